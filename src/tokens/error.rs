//! Why a question about next-token distributions has no answer.

use thiserror::Error;

use super::truncation::TruncationError;
use crate::ensemble::SpectrumError;
use crate::estimators::EstimatorError;
use crate::units::UnitsError;

/// A view or a measurement of next-token distributions that cannot be made.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum TokensError {
    /// A setting outside its range.
    #[error("{name} must be {expected}, got {value}")]
    Setting { name: &'static str, expected: &'static str, value: String },
    /// Levels that make no spectrum.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
    /// A number that is no temperature.
    #[error(transparent)]
    Units(#[from] UnitsError),
    /// The draws do not support an estimate.
    #[error(transparent)]
    Estimator(#[from] EstimatorError),
    /// A truncation that cannot be applied.
    #[error(transparent)]
    Truncation(#[from] TruncationError),
    /// The language model refuses.
    #[cfg(feature = "llm")]
    #[error(transparent)]
    Language(#[from] super::models::LanguageError),
}
