//! Logits from JSON lines: one context a line, with the tokens drawn from it where they are given.

use std::collections::VecDeque;
use std::io::{BufRead, Read};
use std::rc::Rc;

use super::json::Documents;
use super::lines::Lines;
use super::literals::Literals;
use super::{ArrayError, Position};

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
/// use gibbs::tokens::sources::arrays::JsonLines;
/// # fn main() -> Result<(), gibbs::tokens::sources::arrays::ArrayError> {
/// let text = r#"{"prompt": "One", "logits": [1.5, "-inf", 0], "drawn": [0, 2, 0]}"#;
/// let positions = JsonLines::new(text.as_bytes()).collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(positions[0].drawn, [Draw::Listed(0), Draw::Listed(2), Draw::Listed(0)]);
/// assert!(positions[0].listed.is_forbidden(1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct JsonLines<R> {
    lines: Lines<R>,
    /// Read from the line, not yet handed out.
    ready: VecDeque<Result<Position, ArrayError>>,
    n_positions: u64,
    done: bool,
}

impl<R: BufRead> JsonLines<R> {
    /// The contexts of the lines of `reader`.
    #[must_use]
    pub fn new(reader: R) -> Self {
        Self { lines: Lines::new(reader), ready: VecDeque::new(), n_positions: 0, done: false }
    }

    /// Reads the next line that is not blank; false at the end.
    fn read_line(&mut self) -> Result<bool, ArrayError> {
        let (line, text) = loop {
            match self.lines.next_line()? {
                None => return Ok(false),
                Some((_, text)) if text.trim().is_empty() => {}
                Some(found) => break found,
            }
        };
        let ready = &mut self.ready;
        let mut keep = |position| {
            ready.push_back(Ok(position));
            Ok(())
        };
        let mut documents = Documents::new(Some(line), &mut keep);
        if text.contains("NaN") || text.contains("Infinity") {
            let mut quoted = Vec::new();
            Literals::new(text.as_bytes(), Rc::default()).read_to_end(&mut quoted)?;
            return parse(&quoted, &mut documents).map(|()| true);
        }
        parse(text.as_bytes(), &mut documents).map(|()| true)
    }
}

fn parse(text: &[u8], documents: &mut Documents<'_>) -> Result<(), ArrayError> {
    let mut json = serde_json::Deserializer::from_slice(text);
    documents.read(&mut json)?;
    json.end().map_err(|error| documents.refused(&error.to_string()))
}

impl<R: BufRead> Iterator for JsonLines<R> {
    type Item = Result<Position, ArrayError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && !self.done {
            match self.read_line() {
                Ok(true) => {}
                Ok(false) if self.n_positions == 0 => self.ready.push_back(Err(ArrayError::Empty)),
                Ok(false) => self.done = true,
                Err(error) => self.ready.push_back(Err(error)),
            }
        }
        let item = self.ready.pop_front()?;
        self.n_positions += 1;
        self.done |= item.is_err();
        Some(item)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tokens::Draw;

    fn read(text: &str) -> Vec<Result<Position, ArrayError>> {
        JsonLines::new(text.as_bytes()).collect()
    }

    fn message(text: &str) -> String {
        read(text).pop().unwrap().unwrap_err().to_string()
    }

    #[test]
    fn all_forms_of_a_line_agree() {
        let text = "[1, -2.5, null]\n\n{\"logits\": [1, -2.5, \"-inf\"]}\n[[1, -2.5, -Infinity], [1, \"-2.5\", \"-Infinity\"]]\n\
                    {\"x\": {\"y\": [[]]}, \"logits\": [1, -2.5, null], \"drawn\": [2, 0], \"tokens\": [\"a\", \"\\n\", \"NaN\"]}";
        let rows: Vec<Position> = read(text).into_iter().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 5);
        assert!(rows.iter().all(|row| row.listed == rows[0].listed && row.unlisted.is_none()));
        let origins: Vec<&str> = rows.iter().map(|row| row.origin.as_str()).collect();
        assert_eq!(origins, ["line 1", "line 3", "line 4, row 1", "line 4, row 2", "line 5"]);
        assert_eq!(rows[4].drawn, [Draw::Listed(2), Draw::Listed(0)]);
        assert_eq!(rows[4].tokens, ["a", "\n", "NaN"]);
        let shifted = read("{\"logits\": [0, -3.5, null], \"ground_energy\": -1}").pop().unwrap().unwrap();
        assert_eq!(shifted.listed, rows[0].listed);
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
        let form = "neither an array of logits nor an object with `logits`";
        assert_eq!(message("5"), format!("line 1: {form}"));
        assert!(message("{\"choices\": []}").starts_with(&format!("line 1: {form}")));
        assert_eq!(message("[1, 2"), "line 1: EOF while parsing a list at column 5");
        assert_eq!(message("[1, 2] x"), "line 1: trailing characters at column 8");
        assert!(message("[1, true]").starts_with("line 1: invalid type: boolean `true`, expected a logit"));
        assert!(message("[1, [2]]").starts_with("line 1: numbers and arrays must not stand in one array"));
        assert!(message("[[1], 2]").starts_with("line 1: numbers and arrays must not stand in one array"));
        assert!(message("[1, \"x\"]").starts_with("line 1: expected a number or \"-inf\", got `x`"));
        assert!(message("[1e999]").starts_with("line 1: number out of range"));
        assert!(
            message("{\"logits\": [1], \"logits\": [1]}").starts_with("line 1: `logits` must stand in an object once")
        );
        assert_eq!(
            message("{\"logits\": [1, 2], \"drawn\": [0, 2]}"),
            "line 1: draw 1 must be a token from 0 to 1, got 2"
        );
        assert!(message("{\"logits\": [1, 2], \"drawn\": [-1]}").starts_with("line 1: invalid value: integer `-1`"));
        assert_eq!(message("{\"logits\": [1, 2], \"tokens\": [\"a\"]}"), "line 1: 1 tokens for 2 logits");
        assert!(message("{\"logits\": [[1]], \"drawn\": [0]}").starts_with("line 1: `drawn` and `tokens` belong to"));
    }

    #[test]
    fn deep_json_is_refused() {
        for deep in ["[".repeat(100_000), format!("{{\"logits\":{}", "[".repeat(100_000))] {
            assert!(message(&deep).contains("recursion limit exceeded"), "{}", message(&deep));
        }
        // What is passed over needs no recursion.
        assert!(message(&"{\"a\":".repeat(100_000)).contains("EOF"));
    }
}
