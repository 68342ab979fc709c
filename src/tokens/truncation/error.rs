//! Why a truncation cannot be made or applied.

use thiserror::Error;

use super::engine::{Engine, EngineError};
use super::kind::TruncationKind;
use crate::ensemble::SpectrumError;

/// A truncation that cannot be made or applied.
#[derive(Clone, Debug, PartialEq, Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum TruncationError {
    /// A parameter outside the range of its kind.
    #[error("{kind} must {}, got {value}", .kind.range())]
    Parameter { kind: TruncationKind, value: f64 },
    /// An engine, or a place of the temperature, that does not exist.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A kind that the engine does not have.
    #[error("{engine} has no {kind}, only {}", .engine.kinds())]
    Unsupported { engine: Engine, kind: TruncationKind },
    /// A kind given twice to an engine that takes it once.
    #[error("{engine} takes {kind} once, got it twice")]
    Repeated { engine: Engine, kind: TruncationKind },
    /// A level that is more than one token.
    #[error("truncations act on tokens, levels of degeneracy 1, but level {0} has another")]
    Degenerate(usize),
    /// Levels that are no spectrum.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
}
