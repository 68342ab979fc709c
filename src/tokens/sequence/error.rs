//! Why sequences cannot be built, listed or continued.

use std::error::Error;

use thiserror::Error;

use crate::ensemble::SpectrumError;
use crate::units::{Beta, UnitsError};

/// Most sequences that are listed.
pub const MAX_SEQUENCES: usize = 1 << 19;

/// Sequences that cannot be built, listed or continued.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum SequenceError {
    /// A setting outside its range.
    #[error("{name} must be {expected}, got {value}")]
    Setting { name: &'static str, expected: &'static str, value: String },
    /// A token outside the vocabulary.
    #[error("token {token} at place {place} is outside the vocabulary of {vocabulary}")]
    Token { token: u32, place: usize, vocabulary: usize },
    /// Too many sequences to list.
    #[error(
        "{vocabulary}^{length} sequences are too many to list (at most {MAX_SEQUENCES}); take fewer letters or a shorter length"
    )]
    TooMany { vocabulary: usize, length: usize },
    /// A temperature at which the recursion over contexts has no answer.
    #[error("the transfer matrix needs a finite beta, got {0}; list the sequences for T = 0")]
    NoTransferMatrix(Beta),
    /// Logits that make no spectrum.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
    /// A number that is no temperature.
    #[error(transparent)]
    Units(#[from] UnitsError),
    /// The model of the next token refuses.
    #[error(transparent)]
    Source(Box<dyn Error + Send + Sync>),
}
