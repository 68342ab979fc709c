//! What is wrong with a file that a system is read from.

use thiserror::Error;

use crate::arrays::ArrayError;
use crate::model::SystemError;

/// A file that describes no system: its text, or the system that it would be, is refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file holds no numbers of the form asked for.
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// Bytes that are no text.
    #[error(transparent)]
    Text(#[from] std::str::Utf8Error),
    /// The numbers make no system.
    #[error(transparent)]
    System(#[from] SystemError),
}
