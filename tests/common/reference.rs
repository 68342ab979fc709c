//! Rows of the reference tables in `tests/reference`.

use std::collections::BTreeMap;

use gibbs::units::{Beta, Temperature};

/// One row by column name, with its unit and without; of two columns that differ by their units the first has the name.
pub struct Row(pub BTreeMap<String, String>);

impl Row {
    /// The text of a column.
    pub fn text(&self, column: &str) -> &str {
        &self.0[column]
    }

    /// The number in a column.
    pub fn number(&self, column: &str) -> f64 {
        self.text(column).parse().unwrap()
    }

    /// 1/T.
    pub fn beta(&self) -> Beta {
        Temperature::new(self.number("T")).unwrap().beta()
    }
}

/// All rows of a reference file, of which there is one at least.
pub fn rows(file: &str) -> Vec<Row> {
    let path = format!("{}/tests/reference/{file}.csv", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    let names: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
    let row = |record: csv::StringRecord| {
        let mut cells = BTreeMap::new();
        for (name, cell) in names.iter().zip(&record) {
            cells.entry(name.split('[').next().unwrap().to_owned()).or_insert(cell.to_owned());
            cells.insert(name.clone(), cell.to_owned());
        }
        Row(cells)
    };
    let rows: Vec<Row> = reader.records().map(|record| row(record.unwrap())).collect();
    assert!(!rows.is_empty(), "{file} is empty");
    rows
}
