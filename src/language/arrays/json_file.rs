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
