//! Truncations of next-token distributions: constrained ensembles, made by forbidding levels.

mod engine;
mod error;
mod kind;
mod pipeline;
mod shortcut;
mod single;
mod threshold;
mod trace;

pub use engine::{Engine, EngineError, TemperatureOrder};
pub use error::TruncationError;
pub use kind::{Ties, TruncationKind};
pub use pipeline::{Pipeline, Truncated};
pub(crate) use shortcut::Shortcut;
pub use single::Truncation;
pub use threshold::{thresholds, thresholds_by};
pub use trace::Stage;
