//! One question per file: a configuration and a seed in, rows out; no files, no printing.

pub mod audit;
pub mod compare;
pub mod exact;
pub mod forms;
mod measure;
pub mod sample;
pub mod verify;

pub use measure::{Levels, measure_levels};

use thiserror::Error;

use crate::estimators::EstimatorError;
use crate::samplers::SamplerError;
use crate::systems::SystemError;

/// An experiment that cannot be run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// The system refuses.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The sampler refuses.
    #[error(transparent)]
    Sampler(#[from] SamplerError),
    /// The data do not support an estimate.
    #[error(transparent)]
    Estimator(#[from] EstimatorError),
    /// A setting outside its range.
    #[error("{name} must be {expected}, got {value}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What was given.
        value: String,
    },
}

/// Called once for each finished unit of work, from any thread: how an experiment reports progress.
pub type Tick<'a> = &'a (dyn Fn() + Sync);
