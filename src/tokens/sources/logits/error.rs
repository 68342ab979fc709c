//! Errors of files of logits.

use thiserror::Error;

use crate::arrays::ArrayError;
use crate::ensemble::SpectrumError;

/// A file that yields no logits, or a position that cannot be written as logits.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum LogitsError {
    /// Any of the others, with the file it happened in.
    #[error("{path}: {source}")]
    File {
        /// Path of the file.
        path: String,
        /// What is wrong.
        source: Box<LogitsError>,
    },
    /// The file holds no rows of numbers.
    #[error(transparent)]
    Array(ArrayError),
    /// More tokens than any vocabulary has.
    #[error("{origin}: a context may have at most 16777216 logits, got {n_tokens}")]
    Vocabulary {
        /// The context.
        origin: String,
        /// The number of its logits, as far as it is known.
        n_tokens: u64,
    },
    /// An array whose shape is no list of contexts.
    #[error("the shape must be [vocab] or [n_contexts, vocab], without zero lengths, got {0}")]
    Shape(String),
    /// Numbers that are no logits.
    #[error("{origin}: {source}")]
    Spectrum {
        /// The context.
        origin: String,
        /// What is wrong with them; the index counts from 0.
        source: SpectrumError,
    },
    /// A drawn token outside the vocabulary.
    #[error("{origin}: draw {index} must be a token from 0 to {last}, got {token}", last = n_tokens.saturating_sub(1))]
    Drawn {
        /// The context.
        origin: String,
        /// Which of the draws, counted from 0.
        index: usize,
        /// The token drawn.
        token: u64,
        /// Size of the vocabulary.
        n_tokens: usize,
    },
    /// Texts of another number of tokens.
    #[error("{origin}: {n_tokens} tokens for {n_logits} logits")]
    Tokens {
        /// The context.
        origin: String,
        /// Number of texts.
        n_tokens: usize,
        /// Number of logits.
        n_logits: usize,
    },
    /// No context at all.
    #[error("there are no logits in it")]
    Empty,
    /// A position of which not every token is listed, where the whole vocabulary is needed.
    #[error("{0}: only full spectra can be written as logits, this one lists a part of the tokens")]
    Partial(String),
    /// A position that JSON cannot hold.
    #[error("{origin}: {message}")]
    Json {
        /// The position.
        origin: String,
        /// What is wrong.
        message: String,
    },
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
