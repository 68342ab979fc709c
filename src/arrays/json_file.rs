//! Logits from a JSON file of any size: one document, or several one after the other.

use std::cell::Cell;
use std::io::BufRead;
use std::rc::Rc;

use super::error::ArrayError;
use super::json::Documents;
use super::literals::Literals;
use super::relay::Relay;

/// The rows in the documents of `reader`.
pub(super) fn open<R: BufRead + Send + 'static>(mut reader: R) -> Result<Relay, ArrayError> {
    if reader.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    // The parser calls, and cannot be paused between rows.
    Relay::start(move |emit| {
        let n_bytes = Rc::new(Cell::new(0));
        let mut json = serde_json::Deserializer::from_reader(Literals::new(reader, Rc::clone(&n_bytes)));
        let mut hand_on = |row| {
            n_bytes.set(0);
            emit(row)
        };
        let mut documents = Documents::new(None, &mut hand_on);
        // An end that is none shows in the document that follows.
        while json.end().is_err() {
            documents.read(&mut json)?;
        }
        Ok(())
    })
}

#[cfg(test)]
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
        let text = b"\xef\xbb\xbf[[1, 2], {\"logits\": [3, NaN]}]";
        let found: Vec<_> = open(&text[..]).unwrap().map(Result::unwrap).collect();
        assert_eq!((found[0].origin.as_str(), found[0].numbers.as_slice()), ("row 1", &[1.0, 2.0][..]));
        assert!(found[1].origin == "row 2" && found[1].numbers[1].is_nan());
        let origins: Vec<_> =
            open(&b" [1]\n{\"logits\":[[[1],[2]],[[3]]]}[4] "[..]).unwrap().map(|p| p.unwrap().origin).collect();
        assert_eq!(origins, ["row 1", "row 2", "row 3", "row 4", "row 5"]);
        assert!(open(&b" "[..]).unwrap().next().is_none());
        assert!(open(&b"[]"[..]).unwrap().next().unwrap().unwrap().numbers.is_empty());
        for (text, message) in [
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
            let many = "row 1: a row may have at most 16777216 numbers, got 16777217";
            let out_of_range = "row 1: number out of range";
            assert!(message == long || message == many || message.starts_with(out_of_range), "{message}");
        }
        // Rows without end are read as long as anyone asks.
        let rows: Vec<_> = read(b"[[1,2]", b",[1,2]").take(1000).map(Result::unwrap).collect();
        assert_eq!(rows[999].origin, "row 1000");
    }
}
