//! One question per file: a configuration and a seed in, rows out; no files, no printing.

pub mod audit;
pub mod compare;
pub mod exact;
pub mod forms;
mod measure;
pub mod sample;
#[cfg(feature = "llm")]
pub mod tokens;
pub mod verify;

pub use measure::{Chain, Levels, measure_chain, measure_ising, measure_levels};

use thiserror::Error;

use crate::ensemble::SpectrumError;
use crate::estimators::EstimatorError;
use crate::samplers::SamplerError;
use crate::systems::SystemError;
use crate::systems::colour::ColourError;
use crate::systems::planck::PlanckError;
use crate::units::UnitsError;

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
    /// A system with an exact answer alone, such as an average over disorder or an infinite lattice.
    #[error("{system} with these parameters has no states to sample; ask `gibbs exact`")]
    NotSampled {
        /// The system.
        system: &'static str,
    },
    /// A black body that cannot be computed.
    #[error(transparent)]
    Planck(#[from] PlanckError),
    /// A colour that cannot be computed.
    #[error(transparent)]
    Colour(#[from] ColourError),
    /// The language model refuses.
    #[cfg(feature = "llm")]
    #[error(transparent)]
    Language(#[from] crate::language::LanguageError),
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

impl From<UnitsError> for ExperimentError {
    fn from(error: UnitsError) -> Self {
        Self::System(error.into())
    }
}

impl From<SpectrumError> for ExperimentError {
    fn from(error: SpectrumError) -> Self {
        Self::System(error.into())
    }
}

/// Called once for each finished unit of work, from any thread: how an experiment reports progress.
pub type Tick<'a> = &'a (dyn Fn() + Sync);
