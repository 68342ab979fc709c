//! One row of numbers with its place in the file.

use super::error::ArrayError;
use super::limits::MOST_NUMBERS;

/// A row of numbers from a file: the logits of one context, with what the file notes beside them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// Where it stands in its file, for messages: `row 3`, `line 2, row 1`.
    pub origin: String,
    /// The numbers.
    pub numbers: Vec<f64>,
    /// E_0, where the numbers are measured from it.
    pub ground_energy: Option<f64>,
    /// Texts of the tokens, one for each number, or empty.
    pub tokens: Vec<String>,
    /// The tokens drawn, as indices into the numbers.
    pub drawn: Vec<u64>,
}

impl Row {
    /// Numbers alone.
    pub(super) fn new(origin: String, numbers: Vec<f64>) -> Self {
        Self { origin, numbers, ..Self::default() }
    }

    /// Adds a number, up to the largest count of them; `origin` is the place in the file.
    pub(super) fn push(&mut self, number: f64, origin: &str) -> Result<(), ArrayError> {
        if self.numbers.len() == MOST_NUMBERS {
            return Err(ArrayError::Wide { origin: origin.to_owned(), n_numbers: MOST_NUMBERS as u64 + 1 });
        }
        self.numbers.push(number);
        Ok(())
    }
}
