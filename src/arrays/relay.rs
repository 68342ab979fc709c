//! Rows from a reader that cannot be paused, which runs in a thread of its own.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use super::error::ArrayError;
use super::row::Row;

type Item = Result<Row, ArrayError>;

/// Rows that a thread reads ahead, two at most; it ends when they are dropped.
#[derive(Debug)]
pub(super) struct Relay {
    /// None when the last row has been read.
    rows: Receiver<Option<Item>>,
    done: bool,
}

impl Relay {
    /// Starts `work`, which hands each row to the function that it is given and returns when that fails.
    pub(super) fn start<W>(work: W) -> Result<Self, ArrayError>
    where
        W: FnOnce(&mut dyn FnMut(Row) -> Result<(), ArrayError>) -> Result<(), ArrayError> + Send + 'static,
    {
        let (sender, rows) = sync_channel(1);
        let run = move || {
            // Where nobody listens any more, nobody reads this error.
            let mut emit = |row| sender.send(Some(Ok(row))).map_err(|_| ArrayError::Empty);
            let last = work(&mut emit).err().map(Err);
            if last.is_some() && sender.send(last).is_err() {
                return;
            }
            let _ = sender.send(None);
        };
        thread::Builder::new().name("logits".to_owned()).spawn(run)?;
        Ok(Self { rows, done: false })
    }
}

impl Iterator for Relay {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        if self.done {
            return None;
        }
        let unfinished = || Some(Err(ArrayError::Read("its reader ended early".to_owned())));
        let item = self.rows.recv().unwrap_or_else(|_| unfinished());
        self.done = !matches!(item, Some(Ok(_)));
        item
    }
}
