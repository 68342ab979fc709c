//! Logits from JSON lines: one context a line, with the tokens drawn from it where they are given.

use std::io::BufRead;

use super::error::LogitsError;
use super::positions::RowPositions;
use crate::arrays;
use crate::tokens::position::Position;

/// The contexts of JSON lines, as full spectra.
///
/// A line is an array of logits `[vocab]` or an object `{"prompt": ..., "logits": [...], "tokens": [...], "drawn": [...]}`.
/// All but `logits` may be missing: `drawn` holds indices into `logits`, in the order drawn, and `tokens` the texts of
/// the vocabulary. A forbidden token is `null`, `"-inf"` or `-Infinity`. With `ground_energy` the logits are minus the
/// distances from it, as [`write_draws_line`](super::write_draws_line) writes energies that it would round otherwise.
///
/// Nothing follows an error. A line may have 64 MiB; blank lines are skipped.
///
/// # Examples
///
/// ```
/// use gibbs::tokens::Draw;
/// use gibbs::tokens::sources::logits::JsonLines;
/// # fn main() -> Result<(), gibbs::tokens::sources::logits::LogitsError> {
/// let text = r#"{"prompt": "One", "logits": [1.5, "-inf", 0], "drawn": [0, 2, 0]}"#;
/// let positions = JsonLines::new(text.as_bytes()).collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(positions[0].drawn, [Draw::Listed(0), Draw::Listed(2), Draw::Listed(0)]);
/// assert!(positions[0].listed.is_forbidden(1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct JsonLines<R>(RowPositions<arrays::JsonLines<R>>);

impl<R: BufRead> JsonLines<R> {
    /// The contexts of the lines of `reader`.
    #[must_use]
    pub fn new(reader: R) -> Self {
        Self(RowPositions::new(arrays::JsonLines::new(reader)))
    }
}

impl<R: BufRead> Iterator for JsonLines<R> {
    type Item = Result<Position, LogitsError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Result<Position, LogitsError>> {
        JsonLines::new(text.as_bytes()).collect()
    }

    fn message(text: &str) -> String {
        read(text).pop().unwrap().unwrap_err().to_string()
    }

    #[test]
    fn all_forms_of_a_line_agree() {
        let text = "[1, -2.5, null]\n{\"logits\": [1, -2.5, \"-inf\"]}\n[[1, -2.5, -Infinity]]\n\
                    {\"logits\": [0, -3.5, null], \"ground_energy\": -1}";
        let positions: Vec<Position> = read(text).into_iter().map(Result::unwrap).collect();
        assert_eq!(positions.len(), 4);
        assert!(positions.iter().all(|position| position.listed == positions[0].listed));
    }

    #[test]
    fn every_refusal_names_line_and_index() {
        let number = "must be a number or -inf (a forbidden token), got";
        assert_eq!(message(""), "there are no logits in it");
        assert_eq!(message("[1]\n[2, NaN]"), format!("line 2: logit 1 {number} NaN"));
        assert_eq!(message("[1]\n[[2], [1, 1, Infinity]]"), format!("line 2, row 2: logit 2 {number} inf"));
        assert_eq!(message("[null, \"-inf\"]"), "line 1: all 2 levels are forbidden, at least one must be allowed");
        assert_eq!(message("[]"), "line 1: a spectrum needs at least one level, got none");
        assert_eq!(message("{\"logits\": []}"), "line 1: a spectrum needs at least one level, got none");
        assert_eq!(
            message("{\"logits\": [1, 2], \"drawn\": [0, 2]}"),
            "line 1: draw 1 must be a token from 0 to 1, got 2"
        );
        assert_eq!(message("{\"logits\": [1, 2], \"tokens\": [\"a\"]}"), "line 1: 1 tokens for 2 logits");
    }

    #[test]
    fn nothing_follows_an_error() {
        let rows: Vec<bool> = read("[1]\n[NaN]\n[2]\n").iter().map(Result::is_ok).collect();
        assert_eq!(rows, [true, false]);
    }
}
