//! The one row of logits that a file holds, whatever its format.

use super::binary_rows::Rows;
use super::error::ArrayError;
use super::json::Documents;
use super::logit_table::LogitTable;
use super::npy::read_layout;
use super::number::unmask;
use super::row::Row;

/// The numbers of the one row in `text`: a JSON array, or an object with one called `logits`; a comma-separated table
/// with a column `logit`; or a plain list, separated by commas, white space or line ends. Empty text holds none.
pub(crate) fn one_row(text: &str) -> Result<Vec<f64>, ArrayError> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let mut rows = Vec::new();
    if start.starts_with(['[', '{']) {
        let mut keep = |row| {
            rows.push(row);
            Ok(())
        };
        Documents::of_numbers_alone(&mut keep).read_text(start)?;
    } else {
        rows = LogitTable::of_one_row(text.as_bytes()).collect::<Result<_, _>>()?;
    }
    only(rows)
}

/// The numbers of the one row of the `.npy` file that `bytes` are: an array `[n]` or `[1, n]` of floating-point numbers.
pub(crate) fn one_row_of_npy(mut bytes: &[u8]) -> Result<Vec<f64>, ArrayError> {
    let layout = read_layout(&mut bytes)?;
    let (expected, found) = (layout.n_bytes(), bytes.len() as u64);
    if found != expected {
        return Err(ArrayError::Length { expected, found: found.to_string() });
    }
    only(Rows::new(bytes, layout).collect::<Result<_, _>>()?)
}

fn only(mut rows: Vec<Row>) -> Result<Vec<f64>, ArrayError> {
    match rows.len() {
        0 | 1 => {
            let mut numbers = rows.pop().unwrap_or_default().numbers;
            unmask(&mut numbers);
            Ok(numbers)
        }
        n_rows => Err(ArrayError::Several(n_rows)),
    }
}
