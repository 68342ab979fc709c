//! Numbers from text: comma-separated tables with an optional header, plain lists, JSON arrays. Reads no files.

use thiserror::Error;

/// Text that is no table of numbers.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum TableError {
    /// A cell that is no number.
    #[error("line {line}: expected a number, got `{text}`")]
    Number {
        /// Line, counted from 1.
        line: usize,
        /// The cell.
        text: String,
    },
    /// A row of the wrong width.
    #[error("line {line}: expected {expected} columns, got {found}")]
    Columns {
        /// Line, counted from 1.
        line: usize,
        /// What the rows above have, or the format asks for.
        expected: usize,
        /// What this row has.
        found: usize,
    },
    /// A header that does not name the columns expected.
    #[error("the header must be {expected}, got `{found}`")]
    Header {
        /// The header that is understood.
        expected: &'static str,
        /// The header found.
        found: String,
    },
    /// JSON that is not an array of numbers.
    #[error("expected a JSON array of numbers: {0}")]
    Json(String),
}

/// Rows of numbers with the names of the columns where a header gives them (lower case, units in brackets removed).
pub(super) struct Table {
    pub(super) header: Option<Vec<String>>,
    /// Number of the line and its cells; all rows have the same width.
    pub(super) rows: Vec<(usize, Vec<f64>)>,
}

/// Parses comma-separated `text`; blank lines and lines that start with `#` are skipped.
pub(super) fn parse_table(text: &str) -> Result<Table, TableError> {
    let mut table = Table { header: None, rows: Vec::new() };
    let mut width = None;
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    for (index, content) in lines.filter(|(_, content)| !content.trim().is_empty() && !content.starts_with('#')) {
        let line = index + 1;
        let cells: Vec<&str> = content.split(',').map(|cell| cell.trim().trim_matches('"')).collect();
        if width.is_none() && cells.iter().all(|cell| cell.parse::<f64>().is_err()) {
            table.header = Some(cells.iter().map(|cell| column_name(cell)).collect());
            width = Some(cells.len());
            continue;
        }
        let expected = *width.get_or_insert(cells.len());
        if cells.len() != expected {
            return Err(TableError::Columns { line, expected, found: cells.len() });
        }
        let numbers = cells.iter().map(|cell| parse_number(line, cell)).collect::<Result<_, _>>()?;
        table.rows.push((line, numbers));
    }
    Ok(table)
}

/// Parses numbers separated by commas, white space or line ends.
pub(super) fn parse_list(text: &str) -> Result<Vec<f64>, TableError> {
    let lines = text.lines().enumerate().filter(|(_, content)| !content.starts_with('#'));
    lines
        .flat_map(|(index, content)| {
            let cells = content.split(|c: char| c == ',' || c.is_whitespace()).filter(|cell| !cell.is_empty());
            cells.map(move |cell| parse_number(index + 1, cell))
        })
        .collect()
}

/// Parses a JSON array of numbers; `"inf"` and `"-inf"`, which JSON has no numbers for, may be strings.
pub(super) fn parse_json_array(text: &str) -> Result<Vec<f64>, TableError> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| TableError::Json(error.to_string()))?;
    let items = value.as_array().or_else(|| value.get("logits")?.as_array());
    let items = items.ok_or_else(|| TableError::Json("neither an array nor an object with `logits`".to_owned()))?;
    let number = |(index, item): (usize, &serde_json::Value)| {
        let parsed = item.as_f64().or_else(|| item.as_str()?.parse().ok());
        parsed.ok_or_else(|| TableError::Json(format!("item {index} is {item}")))
    };
    items.iter().enumerate().map(number).collect()
}

fn parse_number(line: usize, text: &str) -> Result<f64, TableError> {
    text.parse().map_err(|_| TableError::Number { line, text: text.to_owned() })
}

fn column_name(cell: &str) -> String {
    cell.split('[').next().unwrap_or(cell).trim().to_lowercase()
}
