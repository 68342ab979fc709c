//! A table of results: CSV and JSON that read back to the same numbers, and aligned text for people.

use comfy_table::{CellAlignment, Table as TextTable, presets};
use serde_json::{Map, Value, json};

use super::number::{exact, significant};

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A number.
    Number(f64),
    /// A count.
    Count(u64),
    /// Words.
    Text(String),
    /// Nothing known.
    Empty,
}

impl Cell {
    /// The text that reads back to the same value.
    fn to_exact(&self) -> String {
        match self {
            Self::Number(x) => exact(*x),
            Self::Count(n) => n.to_string(),
            Self::Text(text) => text.clone(),
            Self::Empty => String::new(),
        }
    }
}

impl From<f64> for Cell {
    fn from(x: f64) -> Self {
        Self::Number(x)
    }
}

impl From<u64> for Cell {
    fn from(n: u64) -> Self {
        Self::Count(n)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// Named columns and rows of cells.
///
/// # Examples
///
/// ```
/// use gibbs::report::{Cell, Table};
/// let mut table = Table::new(&["temperature", "energy"]);
/// table.push(vec![0.1.into(), Cell::Empty]);
/// assert_eq!(table.to_csv(), "temperature,energy\n0.1,\n");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty table with these columns.
    #[must_use]
    pub fn new(columns: &[&str]) -> Self {
        Self { columns: columns.iter().map(|&c| c.to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row, one cell per column.
    pub fn push(&mut self, row: Vec<Cell>) {
        debug_assert_eq!(row.len(), self.columns.len());
        self.rows.push(row);
    }

    /// The rows so far.
    #[must_use]
    pub fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    /// Comma-separated values with a header; numbers in their shortest form that reads back exactly.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let records = self.rows.iter().map(|row| row.iter().map(Cell::to_exact).collect());
        for record in std::iter::once(self.columns.clone()).chain(records) {
            // Writing to memory fails only for rows of unequal length, which `push` refuses in debug builds.
            let _ = writer.write_record(&record);
        }
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// An array of objects; infinite values are the texts `inf` and `-inf`, missing ones null.
    #[must_use]
    pub fn to_json(&self) -> String {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let fields = self.columns.iter().zip(row).map(|(column, cell)| {
                    let value = match cell {
                        Cell::Number(x) if x.is_finite() => json!(x),
                        Cell::Number(x) => json!(exact(*x)),
                        Cell::Count(n) => json!(n),
                        Cell::Text(text) => json!(text),
                        Cell::Empty => Value::Null,
                    };
                    (column.clone(), value)
                });
                Value::Object(fields.collect::<Map<_, _>>())
            })
            .collect();
        format!("{:#}\n", Value::Array(rows))
    }

    /// Aligned columns for reading: numbers to seven significant digits, right-aligned.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut table = TextTable::new();
        table.load_style(presets::NOTHING).set_header(&self.columns);
        for row in &self.rows {
            table.add_row(row.iter().map(|cell| match cell {
                Cell::Number(x) => significant(*x, 7),
                Cell::Count(n) => n.to_string(),
                Cell::Text(text) => text.clone(),
                Cell::Empty => "-".to_owned(),
            }));
        }
        for (i, column) in table.column_iter_mut().enumerate() {
            let words = self.rows.iter().any(|row| matches!(row[i], Cell::Text(_)));
            column.set_cell_alignment(if words { CellAlignment::Left } else { CellAlignment::Right });
        }
        let mut text = table.trim_fmt();
        text.push('\n');
        text
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_exactly() {
        for x in [0.1, 1.0 / 3.0, 1e300, -5e-324, f64::MAX, 2.5e-7, 1e17, 123_456_789.125] {
            let mut table = Table::new(&["x"]);
            table.push(vec![x.into()]);
            let value: Value = serde_json::from_str(&table.to_json()).unwrap();
            assert_eq!(value[0]["x"].as_f64().unwrap(), x);
        }
    }

    #[test]
    fn text_with_commas_is_quoted() {
        let mut table = Table::new(&["a"]);
        table.push(vec!["x, \"y\"".into()]);
        assert_eq!(table.to_csv(), "a\n\"x, \"\"y\"\"\"\n");
    }
}
