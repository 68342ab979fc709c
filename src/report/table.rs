//! A table of results: CSV and JSON that read back to the same numbers, and aligned text for people.

use serde_json::{Map, Value, json};

use super::number::{exact, significant};
use super::printable::{csv_cell, printable, printable_line};
use super::text::{Column, TEMPERATURE, fitted, hanging};
use crate::estimators::Estimate;

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
    /// The text for a CSV file that reads back to the same value.
    fn to_exact(&self) -> String {
        match self {
            Self::Number(x) => exact(*x),
            Self::Count(n) => n.to_string(),
            Self::Text(text) => csv_cell(text).into_owned(),
            Self::Empty => String::new(),
        }
    }

    /// The text for people in a column of this name, with the error of the number in brackets.
    fn to_text(&self, column: &str, std_error: Option<&Self>) -> String {
        match (self, std_error) {
            // An error of the rounding is none.
            (Self::Number(x), Some(Self::Number(error))) if *error > 1e-14 * x.abs() => {
                Estimate::new(*x, *error, f64::NAN).to_string()
            }
            (Self::Number(x), _) if is_z_score(column) && x.abs() < 1e6 => {
                // Adding zero turns -0 into 0.
                format!("{:.2}", (x * 100.0).round() / 100.0 + 0.0)
            }
            (Self::Number(x), _) => significant(*x, digits(column)),
            (Self::Count(n), _) => n.to_string(),
            (Self::Text(text), _) => printable_line(text).into_owned(),
            (Self::Empty, _) => "-".to_owned(),
        }
    }
}

impl From<f64> for Cell {
    /// The number; a NaN is nothing known.
    fn from(x: f64) -> Self {
        if x.is_nan() { Self::Empty } else { Self::Number(x) }
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
    /// Columns of each table that people see; without any, one table of all.
    views: Vec<Vec<usize>>,
    /// What was left out, cut or guessed of what the numbers come from.
    reading: Vec<String>,
}

impl Table {
    /// An empty table with these columns.
    #[must_use]
    pub fn new(columns: &[&str]) -> Self {
        Self {
            columns: columns.iter().map(|&c| c.to_owned()).collect(),
            rows: Vec::new(),
            views: Vec::new(),
            reading: Vec::new(),
        }
    }

    /// The same table, which people see as one table below another, with these columns each. Files hold all columns.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::report::Table;
    /// let mut table = Table::new(&["context", "energy", "energy_std_error", "depth"]);
    /// table.push(vec!["And the".into(), 0.5.into(), 0.012.into(), 3.0.into()]);
    /// let table = table.with_views(&[&["context", "energy"], &["context", "depth"]]);
    /// let lines = [" context     energy", " And the  0.500(12)", "", " context  depth", " And the      3"];
    /// assert_eq!(table.to_text().lines().collect::<Vec<_>>(), lines);
    /// ```
    #[must_use]
    pub fn with_views(self, views: &[&[&str]]) -> Self {
        let index = |&column: &&str| self.columns.iter().position(|name| name == column);
        debug_assert!(views.iter().all(|view| view.iter().all(|column| index(column).is_some())), "{views:?}");
        let views = views.iter().map(|view| view.iter().filter_map(index).collect()).collect();
        Self { views, ..self }
    }

    /// The same table of numbers from a source of which this was left out, cut or guessed. People read it below the table; in files it is a
    /// column `reading`, the same in all rows, which is absent where there is nothing to say.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::report::Table;
    /// let mut table = Table::new(&["energy"]);
    /// table.push(vec![0.5.into()]);
    /// let table = table.with_reading(vec!["rows cut: 3".to_owned()]);
    /// assert_eq!(table.to_csv(), "energy,reading\n0.5,rows cut: 3\n");
    /// assert!(table.to_text().ends_with("\nreading  rows cut: 3\n"));
    /// ```
    #[must_use]
    pub fn with_reading(self, sentences: Vec<String>) -> Self {
        Self { reading: sentences, ..self }
    }

    /// Names and cells of a file, the reading included.
    fn of_file(&self) -> (Vec<String>, impl Iterator<Item = Vec<Cell>>) {
        let reading = (!self.reading.is_empty()).then(|| self.reading.join("; "));
        let columns = self.columns.iter().cloned().chain(reading.as_ref().map(|_| "reading".to_owned())).collect();
        let cells = move |row: &Vec<Cell>| row.iter().cloned().chain(reading.clone().map(Cell::Text)).collect();
        (columns, self.rows.iter().map(cells))
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
        let (columns, rows) = self.of_file();
        let records = rows.map(|row| row.iter().map(Cell::to_exact).collect());
        for record in std::iter::once(columns).chain(records) {
            // Writing to memory fails only for rows of unequal length, which `push` refuses in debug builds.
            let _ = writer.write_record(&record);
        }
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// An array of objects; infinite values are the texts `inf` and `-inf`, missing ones and NaN null.
    #[must_use]
    pub fn to_json(&self) -> String {
        let (columns, rows) = self.of_file();
        let rows: Vec<Value> = rows
            .map(|row| {
                let fields = columns.iter().zip(row).map(|(column, cell)| {
                    let value = match cell {
                        Cell::Number(x) if x.is_finite() => json!(x),
                        Cell::Number(x) => json!(exact(x)),
                        Cell::Count(n) => json!(n),
                        Cell::Text(text) => json!(text),
                        Cell::Empty => Value::Null,
                    };
                    (column.clone(), value)
                });
                Value::Object(fields.collect::<Map<_, _>>())
            })
            .collect();
        printable(&format!("{:#}\n", Value::Array(rows))).into_owned()
    }

    /// Aligned columns for reading, at most [`WIDTH`](super::WIDTH) wide, in more than one table where that is too little: a value
    /// with its error as `1.4157(12)`, other numbers to seven significant digits.
    #[must_use]
    pub fn to_text(&self) -> String {
        let errors: Vec<Option<usize>> = (0..self.columns.len()).map(|i| self.error_of(i)).collect();
        let all = || (0..self.columns.len()).filter(|&i| !errors.contains(&Some(i))).collect();
        let views = if self.views.is_empty() { vec![all()] } else { self.views.clone() };
        let column = |&i: &usize| {
            let name = self.columns[i].as_str();
            let text = |row: &Vec<Cell>| row[i].to_text(name, errors[i].map(|error| &row[error]));
            Column {
                header: heading(name).to_owned(),
                cells: self.rows.iter().map(text).collect(),
                words: self.rows.iter().any(|row| matches!(row[i], Cell::Text(_))),
            }
        };
        let tables = views.iter().map(|view| fitted(&view.iter().map(column).collect::<Vec<_>>()));
        let reading = self.reading.iter().map(|sentence| hanging("reading  ", sentence) + "\n");
        let reading = Some(reading.collect::<String>()).filter(|lines| !lines.is_empty());
        tables.chain(reading).collect::<Vec<_>>().join("\n")
    }

    /// The column with the errors of column `value`: that named after it, or else a column of errors that follows it.
    fn error_of(&self, value: usize) -> Option<usize> {
        let column = |name: &str| self.columns.iter().position(|column| column == name);
        let own = |error: &str| error.strip_suffix("_std_error").and_then(column);
        column(&format!("{}_std_error", self.columns[value])).or_else(|| {
            let next = value + 1;
            self.columns.get(next).filter(|name| name.ends_with("std_error") && own(name).is_none()).map(|_| next)
        })
    }
}

/// How many significant digits people see of a number in the column.
fn digits(column: &str) -> usize {
    match column {
        "tau_int" => 4,
        _ if column.ends_with("n_eff") => 4,
        // The error of a value that has no column here.
        _ if column.ends_with("error") => 2,
        _ => 7,
    }
}

/// Whether the column holds distances in standard errors.
fn is_z_score(column: &str) -> bool {
    column.ends_with("z_score") || column.ends_with("_z") && column != "ln_z"
}

/// A column's name for people.
fn heading(column: &str) -> &str {
    match column {
        "temperature" => TEMPERATURE,
        "z_score" => "z",
        _ => column,
    }
}

#[cfg(test)]
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
    fn what_is_no_number_is_unknown() {
        let mut table = Table::new(&["x", "x_std_error"]);
        table.push(vec![1.5.into(), f64::NAN.into()]);
        assert_eq!(table.to_csv(), "x,x_std_error\n1.5,\n");
        assert_eq!(table.to_text(), "   x\n 1.5\n");
        assert_eq!(
            serde_json::from_str::<Value>(&table.to_json()).unwrap(),
            json!([{ "x": 1.5, "x_std_error": null }])
        );
    }

    #[test]
    fn texts_are_shown_and_not_obeyed() {
        let mut table = Table::new(&["context", "x"]);
        table.push(vec!["=a\u{1b}[2J\u{202e}b".into(), 1.0.into()]);
        assert_eq!(table.to_text(), " context             x\n =a\\u001b[2J\\u202eb  1\n");
        assert_eq!(table.to_csv(), "context,x\n'=a\\u001b[2J\\u202eb,1\n");
        let json = table.to_json();
        assert!(json.contains("=a\\u001b[2J\\u202eb"), "{json}");
        assert_eq!(serde_json::from_str::<Value>(&json).unwrap()[0]["context"], "=a\u{1b}[2J\u{202e}b");
    }

    #[test]
    fn text_with_commas_is_quoted() {
        let mut table = Table::new(&["a"]);
        table.push(vec!["x, \"y\"".into()]);
        assert_eq!(table.to_csv(), "a\n\"x, \"\"y\"\"\"\n");
    }

    #[test]
    fn numbers_that_are_too_wide_stand_in_several_tables() {
        let columns =
            ["temperature", "beta", "ln_z", "free_energy", "energy", "entropy", "heat_capacity", "magnetization"];
        let mut table = Table::new(&columns);
        table.push((1..=8).map(|k| Cell::from(-f64::from(k) * 1.234_567e-123)).collect());
        let text = table.to_text();
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        let headers: Vec<&str> = text.lines().filter(|line| line.contains(" T ")).collect();
        assert_eq!(headers.len(), 2, "{text}");
        assert!(columns[1..].iter().all(|name| headers.iter().any(|header| header.contains(name))), "{text}");
    }

    #[test]
    fn people_see_values_with_errors() {
        let columns = ["temperature", "ln_z", "sampled_energy", "std_error", "z_score", "tau_int"];
        let mut table = Table::new(&columns);
        table.push(vec![2.0.into(), 1.523.into(), 1.5012.into(), 0.001_23.into(), 0.9756.into(), 1.011_656.into()]);
        table.push(vec![0.0.into(), 1.0.into(), 1.0.into(), 0.0.into(), (-0.001).into(), Cell::Empty]);
        let lines = [
            " T   ln_z  sampled_energy     z  tau_int",
            " 2  1.523      1.5012(12)  0.98    1.012",
            " 0      1               1  0.00        -",
        ];
        assert_eq!(table.to_text().lines().collect::<Vec<_>>(), lines);
    }
}
