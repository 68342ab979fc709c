//! Why a file yields no distributions.

use crate::arrays::ArrayError;
use crate::tokens::sources::logits::LogitsError;
use crate::tokens::sources::recorded::RecordedError;

/// A file that yields no distributions.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The file cannot be opened or read.
    #[error(transparent)]
    Read(#[from] std::io::Error),
    /// It holds no logits.
    #[error("{0}")]
    Logits(LogitsError),
    /// It holds arrays, and none of the name wanted.
    #[error("{0}")]
    NoArray(LogitsError),
    /// It is no recorded response.
    #[error(transparent)]
    Response(#[from] RecordedError),
    /// A size of the vocabulary that logits do not have.
    #[error("{origin} has {columns} logits, {reason}; give another --vocabulary or leave it out")]
    Padding {
        /// Which row.
        origin: String,
        /// Logits in it.
        columns: usize,
        /// What is wrong.
        reason: String,
    },
    /// Bytes that are no text.
    #[error("it is {what}; {remedy}")]
    Foreign {
        /// What they are.
        what: &'static str,
        /// What helps.
        remedy: &'static str,
    },
    /// An option that does not apply to this file.
    #[error("{0}; leave it out")]
    Unused(&'static str),
}

impl From<LogitsError> for SourceError {
    /// Without the path, which the caller knows.
    fn from(error: LogitsError) -> Self {
        let error = match error {
            LogitsError::File { source, .. } => *source,
            other => other,
        };
        match error {
            LogitsError::Array(ArrayError::Name { .. }) => Self::NoArray(error),
            other => Self::Logits(other),
        }
    }
}
