//! Errors of files of logits.

use thiserror::Error;

use crate::arrays::ArrayError;
use crate::ensemble::SpectrumError;

/// A file that yields no logits, or a position that cannot be written as logits. An index counts from 0.
#[derive(Clone, Debug, PartialEq, Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum LogitsError {
    /// Any of the others, with the file it happened in.
    #[error("{path}: {source}")]
    File { path: String, source: Box<LogitsError> },
    /// The file holds no rows of numbers.
    #[error(transparent)]
    Array(ArrayError),
    /// More tokens than any vocabulary has.
    #[error("{origin}: a context may have at most 16777216 logits, got {n_tokens}")]
    Vocabulary { origin: String, n_tokens: u64 },
    /// An array whose shape is no list of contexts.
    #[error("the shape must be [vocab] or [n_contexts, vocab], without zero lengths, got {0}")]
    Shape(String),
    /// Numbers that are no logits.
    #[error("{origin}: {source}")]
    Spectrum { origin: String, source: SpectrumError },
    /// A drawn token outside the vocabulary.
    #[error("{origin}: draw {index} must be a token from 0 to {last}, got {token}", last = n_tokens.saturating_sub(1))]
    Drawn { origin: String, index: usize, token: u64, n_tokens: usize },
    /// Texts of another number of tokens.
    #[error("{origin}: {n_tokens} tokens for {n_logits} logits")]
    Tokens { origin: String, n_tokens: usize, n_logits: usize },
    /// No context at all.
    #[error("there are no logits in it")]
    Empty,
    /// A position of which not every token is listed, where the whole vocabulary is needed.
    #[error("{0}: only full spectra can be written as logits, this one lists a part of the tokens")]
    Partial(String),
    /// A position that JSON cannot hold.
    #[error("{origin}: {message}")]
    Json { origin: String, message: String },
}

impl From<ArrayError> for LogitsError {
    /// In the words of logits, where there are any.
    fn from(error: ArrayError) -> Self {
        match error {
            ArrayError::Wide { origin, n_numbers } => Self::Vocabulary { origin, n_tokens: n_numbers },
            ArrayError::Shape(shape) => Self::Shape(shape),
            ArrayError::Empty => Self::Empty,
            other => Self::Array(other),
        }
    }
}
