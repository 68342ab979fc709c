//! Logits from a JSON file of any size: one document, or several one after the other.

use std::cell::Cell;
use std::io::BufRead;
use std::rc::Rc;

use super::ArrayError;
use super::json::Documents;
use super::literals::Literals;
use super::relay::Relay;

/// The contexts in the documents of `reader`.
pub(super) fn open<R: BufRead + Send + 'static>(mut reader: R) -> Result<Relay, ArrayError> {
    if reader.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    // The parser calls, and cannot be paused between rows.
    Relay::start(move |emit| {
        let n_bytes = Rc::new(Cell::new(0));
        let mut json = serde_json::Deserializer::from_reader(Literals::new(reader, Rc::clone(&n_bytes)));
        let mut n_positions = 0u64;
        let mut hand_on = |position| {
            n_bytes.set(0);
            n_positions += 1;
            emit(position)
        };
        let mut documents = Documents::new(None, &mut hand_on);
        // An end that is none shows in the document that follows.
        while json.end().is_err() {
            documents.read(&mut json)?;
        }
        if n_positions == 0 { Err(ArrayError::Empty) } else { Ok(()) }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::{BufReader, Read};

    /// A gigabyte of JSON that is not in memory: a start, and then the same bytes again and again.
    struct Endless {
        start: &'static [u8],
        again: &'static [u8],
        served: usize,
    }

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let begin = self.served;
            for byte in buffer.iter_mut().take((1 << 30) - begin) {
                let i = self.served;
                *byte =
                    *self.start.get(i).unwrap_or(&self.again[i.saturating_sub(self.start.len()) % self.again.len()]);
                self.served += 1;
            }
            Ok(self.served - begin)
        }
    }

    fn read(start: &'static [u8], again: &'static [u8]) -> Relay {
        open(BufReader::new(Endless { start, again, served: 0 })).unwrap()
    }

    #[test]
    fn documents_follow_each_other() {
        let text = b"\xef\xbb\xbf[[1, 2], {\"logits\": [3, NaN]}";
        let found: Vec<_> = open(&text[..]).unwrap().collect();
        assert_eq!(found[0].as_ref().unwrap().origin, "row 1");
        let message = found[1].as_ref().unwrap_err().to_string();
        assert_eq!(message, "row 2: logit 1 must be a number or -inf (a forbidden token), got NaN");
        let origins: Vec<_> =
            open(&b" [1]\n{\"logits\":[[[1],[2]],[[3]]]}[4] "[..]).unwrap().map(|p| p.unwrap().origin).collect();
        assert_eq!(origins, ["row 1", "row 2", "row 3", "row 4", "row 5"]);
        for (text, message) in [
            (" ", "there are no logits in it"),
            ("[]", "row 1: a spectrum needs at least one level, got none"),
            ("[[1],", "row 2: EOF while parsing a value at line 1 column 5"),
            ("[1]x", "row 2: expected value at line 1 column 4"),
        ] {
            let last = open(text.as_bytes()).unwrap().last().unwrap();
            assert_eq!(last.unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn what_has_no_end_ends_after_64_mebibytes() {
        let long = "row 1: a context is longer than 64 MiB, the most that is read";
        for (start, again) in [(&b"[1"[..], &b",1"[..]), (b"{\"", b"a"), (b"[\"", b"a"), (b"", b" "), (b"[1", b"1")] {
            let message = read(start, again).last().unwrap().unwrap_err().to_string();
            let many = "row 1: a context may have at most 16777216 logits, got 16777217";
            let out_of_range = "row 1: number out of range";
            assert!(message == long || message == many || message.starts_with(out_of_range), "{message}");
        }
        // Rows without end are read as long as anyone asks.
        let rows: Vec<_> = read(b"[[1,2]", b",[1,2]").take(1000).map(Result::unwrap).collect();
        assert_eq!(rows[999].origin, "row 1000");
    }
}
