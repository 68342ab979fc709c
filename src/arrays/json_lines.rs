//! Rows from JSON lines: one a line, with the tokens drawn from it where they are given.

use std::collections::VecDeque;
use std::io::BufRead;

use super::error::ArrayError;
use super::json::Documents;
use super::lines::Lines;
use super::row::Row;

/// The rows of JSON lines, in order; nothing follows an error. Blank lines are skipped.
#[derive(Debug)]
pub(crate) struct JsonLines<R> {
    lines: Lines<R>,
    /// Read from the line, not yet handed out.
    ready: VecDeque<Result<Row, ArrayError>>,
    done: bool,
}

impl<R: BufRead> JsonLines<R> {
    /// The rows in the lines of `reader`.
    pub(crate) fn new(reader: R) -> Self {
        Self { lines: Lines::new(reader), ready: VecDeque::new(), done: false }
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
        let mut keep = |row| {
            ready.push_back(Ok(row));
            Ok(())
        };
        Documents::new(Some(line), &mut keep).read_text(text).map(|()| true)
    }
}

impl<R: BufRead> Iterator for JsonLines<R> {
    type Item = Result<Row, ArrayError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && !self.done {
            match self.read_line() {
                Ok(true) => {}
                Ok(false) => self.done = true,
                Err(error) => self.ready.push_back(Err(error)),
            }
        }
        let item = self.ready.pop_front()?;
        self.done |= item.is_err();
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Result<Row, ArrayError>> {
        JsonLines::new(text.as_bytes()).collect()
    }

    fn message(text: &str) -> String {
        read(text).pop().unwrap().unwrap_err().to_string()
    }

    #[test]
    fn all_forms_of_a_line_agree() {
        let text = "[1, -2.5, null]\n\n{\"logits\": [1, -2.5, \"-inf\"]}\n[[1, -2.5, -Infinity], [1, \"-2.5\", \"-Infinity\"]]\n\
                    {\"x\": {\"y\": [[]]}, \"logits\": [1, -2.5, null], \"drawn\": [2, 0], \"tokens\": [\"a\", \"\\n\", \"NaN\"]}";
        let rows: Vec<Row> = read(text).into_iter().map(Result::unwrap).collect();
        assert!(rows.iter().all(|row| row.numbers == [1.0, -2.5, f64::NEG_INFINITY]));
        let origins: Vec<&str> = rows.iter().map(|row| row.origin.as_str()).collect();
        assert_eq!(origins, ["line 1", "line 3", "line 4, row 1", "line 4, row 2", "line 5"]);
        assert_eq!(rows[4].drawn, [2, 0]);
        assert_eq!(rows[4].tokens, ["a", "\n", "NaN"]);
        let shifted = read("{\"logits\": [0, -3.5, null], \"ground_energy\": -1}").pop().unwrap().unwrap();
        assert_eq!(shifted.ground_energy, Some(-1.0));
    }

    #[test]
    fn every_refusal_names_its_line() {
        assert!(read("").is_empty() && read("\n").is_empty());
        let form = "neither an array of logits nor an object with `logits`";
        assert_eq!(message("5"), format!("line 1: {form}"));
        assert!(message("{\"choices\": []}").starts_with(&format!("line 1: {form}")));
        assert_eq!(message("[1, 2"), "line 1: EOF while parsing a list at column 5");
        assert_eq!(message("[1, 2] x"), "line 1: trailing characters at column 8");
        assert!(message("[1, true]").starts_with("line 1: invalid type: boolean `true`, expected a logit"));
        assert!(message("[1, [2]]").starts_with("line 1: an array must not mix numbers and arrays"));
        assert!(message("[[1], 2]").starts_with("line 1: an array must not mix numbers and arrays"));
        assert!(message("[1, \"x\"]").starts_with("line 1: expected a number or \"-inf\", got `x`"));
        assert!(message("[1e999]").starts_with("line 1: number out of range"));
        assert!(
            message("{\"logits\": [1], \"logits\": [1]}").starts_with("line 1: an object must have `logits` only once")
        );
        assert!(message("{\"logits\": [1, 2], \"drawn\": [-1]}").starts_with("line 1: invalid value: integer `-1`"));
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
