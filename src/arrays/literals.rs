//! JSON as Python writes it, with bare `NaN` and `Infinity`, made JSON by quotes around them.

use std::cell::Cell;
use std::io::{BufRead, Error, Read, Result};
use std::rc::Rc;

use super::limits::MOST_BYTES;

/// Longest of the words.
const LONGEST: usize = "Infinity".len();

/// A stream of JSON in which those words are strings, and which ends with an error after [`MOST_BYTES`] of one row.
#[derive(Debug)]
pub(super) struct Literals<R> {
    reader: R,
    /// Bytes since the last row, which whoever takes that sets to zero.
    n_bytes: Rc<Cell<u64>>,
    state: State,
    /// A minus sign and the letters of a word, outside strings.
    word: Vec<u8>,
    /// Bytes to hand out, from `next` on.
    ready: Vec<u8>,
    next: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Outside,
    String,
    /// After a backslash in a string.
    Escape,
}

impl<R: BufRead> Literals<R> {
    pub(super) fn new(reader: R, n_bytes: Rc<Cell<u64>>) -> Self {
        Self { reader, n_bytes, state: State::Outside, word: Vec::new(), ready: Vec::new(), next: 0 }
    }

    /// Translates what the reader holds ready; false at the end.
    fn refill(&mut self) -> Result<bool> {
        self.ready.clear();
        self.next = 0;
        let chunk = self.reader.fill_buf()?;
        let n = chunk.len();
        self.n_bytes.set(self.n_bytes.get() + n as u64);
        if self.n_bytes.get() > MOST_BYTES {
            return Err(Error::other(format!(
                "a context is longer than {} MiB, the most that is read",
                MOST_BYTES >> 20
            )));
        }
        for &byte in chunk {
            match self.state {
                State::Outside => {
                    let letter = byte.is_ascii_alphabetic() && self.word.len() <= LONGEST;
                    if letter || (byte == b'-' && self.word.is_empty()) {
                        self.word.push(byte);
                        continue;
                    }
                    flush(&mut self.word, &mut self.ready);
                    if byte == b'"' {
                        self.state = State::String;
                    }
                }
                State::String if byte == b'"' => self.state = State::Outside,
                State::String if byte == b'\\' => self.state = State::Escape,
                State::String => {}
                State::Escape => self.state = State::String,
            }
            self.ready.push(byte);
        }
        self.reader.consume(n);
        if n == 0 {
            flush(&mut self.word, &mut self.ready);
        }
        Ok(!self.ready.is_empty() || n > 0)
    }
}

/// A text with those words as strings; `None` if it holds none of them.
pub(crate) fn quoted_literals(text: &str) -> Option<String> {
    if !text.contains("NaN") && !text.contains("Infinity") {
        return None;
    }
    let mut quoted = String::new();
    Literals::new(text.as_bytes(), Rc::default()).read_to_string(&mut quoted).ok()?;
    Some(quoted)
}

/// Hands out a word, in quotes where it is one that JSON does not know.
fn flush(word: &mut Vec<u8>, ready: &mut Vec<u8>) {
    let quoted = matches!(word.as_slice(), b"NaN" | b"-NaN" | b"Infinity" | b"-Infinity");
    let quote: &[u8] = if quoted { b"\"" } else { b"" };
    ready.extend_from_slice(quote);
    ready.append(word);
    ready.extend_from_slice(quote);
}

impl<R: BufRead> Read for Literals<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        while self.next == self.ready.len() {
            if !self.refill()? {
                return Ok(0);
            }
        }
        let n = buffer.len().min(self.ready.len() - self.next);
        buffer[..n].copy_from_slice(&self.ready[self.next..self.next + n]);
        self.next += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    #[test]
    fn words_are_quoted_outside_strings_only() {
        let given = r#"{"NaN \" -Infinity": [1e-5, -2, -Infinity,NaN, null, true, Infinit, InfinityInfinity, -x], "a":-Infinity"#;
        let wanted = r#"{"NaN \" -Infinity": [1e-5, -2, "-Infinity","NaN", null, true, Infinit, InfinityInfinity, -x], "a":"-Infinity""#;
        for capacity in [1, 2, 3, 7, 1000] {
            let reader = BufReader::with_capacity(capacity, given.as_bytes());
            let mut found = String::new();
            Literals::new(reader, Rc::default()).read_to_string(&mut found).unwrap();
            assert_eq!(found, wanted);
        }
    }
}
