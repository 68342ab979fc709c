//! Tables of numbers from comma-separated text, with the names of their columns where a header gives them.

use super::error::ArrayError;
use super::records::{Records, column_name, number};

/// Rows of numbers, all of the same width.
#[derive(Debug, Default)]
pub(crate) struct NumberTable {
    /// The names of the columns: lower case, without units in brackets.
    pub(crate) header: Option<Vec<String>>,
    /// Each with the number of its line.
    pub(crate) rows: Vec<(u64, Vec<f64>)>,
}

impl NumberTable {
    /// The table in `text`: a first row without any number is its header. Blank lines and lines that begin with `#` are
    /// skipped.
    pub(crate) fn parse(text: &str) -> Result<Self, ArrayError> {
        let mut records = Records::new(text.as_bytes());
        let mut table = Self::default();
        let mut width = None;
        while let Some((line, record)) = records.next()? {
            let cells: Vec<&str> = record.iter().map(|cell| cell.trim().trim_matches('"')).collect();
            if width.is_none() && cells.iter().all(|cell| cell.parse::<f64>().is_err()) {
                table.header = Some(cells.iter().map(|cell| column_name(cell)).collect());
                width = Some(cells.len());
                continue;
            }
            let expected = *width.get_or_insert(cells.len());
            if cells.len() != expected {
                return Err(ArrayError::Columns { line, expected, found: cells.len() });
            }
            let numbers = cells.iter().map(|cell| number(line, cell)).collect::<Result<_, _>>()?;
            table.rows.push((line, numbers));
        }
        Ok(table)
    }
}
