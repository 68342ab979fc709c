//! Positions from a reader that cannot be paused, which runs in a thread of its own.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use super::{ArrayError, Position};

type Item = Result<Position, ArrayError>;

/// Positions that a thread reads ahead, two at most; it ends when they are dropped.
#[derive(Debug)]
pub(super) struct Relay {
    /// None when the last position has been read.
    positions: Receiver<Option<Item>>,
    done: bool,
}

impl Relay {
    /// Starts `work`, which hands each position to the function that it is given and returns when that fails.
    pub(super) fn start<W>(work: W) -> Result<Self, ArrayError>
    where
        W: FnOnce(&mut dyn FnMut(Position) -> Result<(), ArrayError>) -> Result<(), ArrayError> + Send + 'static,
    {
        let (sender, positions) = sync_channel(1);
        let run = move || {
            // Where nobody listens any more, nobody reads this error.
            let mut emit = |position| sender.send(Some(Ok(position))).map_err(|_| ArrayError::Empty);
            let last = work(&mut emit).err().map(Err);
            if last.is_some() && sender.send(last).is_err() {
                return;
            }
            let _ = sender.send(None);
        };
        thread::Builder::new().name("logits".to_owned()).spawn(run)?;
        Ok(Self { positions, done: false })
    }
}

impl Iterator for Relay {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        if self.done {
            return None;
        }
        let unfinished = || Some(Err(ArrayError::Read("its reader ended early".to_owned())));
        let item = self.positions.recv().unwrap_or_else(|_| unfinished());
        self.done = !matches!(item, Some(Ok(_)));
        item
    }
}
