//! What stops an experiment.

use thiserror::Error;

use crate::ensemble::SpectrumError;
use crate::estimators::EstimatorError;
use crate::model::SystemError;
use crate::samplers::SamplerError;
use crate::simulation::{Setting, SimulationError};
use crate::systems::CatalogueError;
use crate::systems::radiation::colour::ColourError;
use crate::systems::radiation::planck::PlanckError;
use crate::tokens::TokensError;
use crate::tokens::sequence::SequenceError;
use crate::tokens::truncation::TruncationError;
use crate::units::{Temperature, UnitsError};

/// An experiment that cannot be run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// The system refuses.
    #[error(transparent)]
    System(#[from] SystemError),
    /// Name and parameters make no system.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The simulation refuses.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
    /// The sampler refuses.
    #[error(transparent)]
    Sampler(#[from] SamplerError),
    /// The data do not support an estimate.
    #[error(transparent)]
    Estimator(#[from] EstimatorError),
    /// What is wrong at one temperature.
    #[error("T = {temperature}: {error}")]
    At {
        /// The temperature.
        temperature: Temperature,
        /// What is wrong.
        error: Box<ExperimentError>,
    },
    /// What is wrong in one case of the acceptance suite.
    #[error("{label}, {error}")]
    Case {
        /// The case.
        label: String,
        /// What is wrong.
        error: Box<ExperimentError>,
    },
    /// A black body that cannot be computed.
    #[error(transparent)]
    Planck(#[from] PlanckError),
    /// A colour that cannot be computed.
    #[error(transparent)]
    Colour(#[from] ColourError),
    /// Sequences that cannot be built or listed.
    #[error(transparent)]
    Sequence(#[from] SequenceError),
    /// A truncation that cannot be applied.
    #[error(transparent)]
    Truncation(#[from] TruncationError),
    /// A view or a measurement of next-token distributions that cannot be made.
    #[error(transparent)]
    Tokens(#[from] TokensError),
    /// The language model refuses.
    #[cfg(feature = "llm")]
    #[error(transparent)]
    Language(#[from] crate::tokens::models::LanguageError),
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

impl ExperimentError {
    /// The message with settings called by `name`, as [`SimulationError::message`].
    #[must_use]
    pub fn message(&self, name: &dyn Fn(Setting) -> String) -> String {
        match self {
            Self::Simulation(error) => error.message(name),
            Self::Case { label, error } => format!("{label}, {}", error.message(name)),
            Self::At { temperature, error } => format!("T = {temperature}: {}", error.message(name)),
            other => other.to_string(),
        }
    }

    /// The error as one of a run of `replicas` at `temperature`.
    pub(crate) fn at(self, temperature: Temperature, replicas: u16) -> Self {
        match self {
            Self::Simulation(error) => Self::Simulation(error.at(temperature, replicas)),
            Self::Estimator(error) => Self::Simulation(SimulationError::Estimator(error).at(temperature, replicas)),
            other => Self::At { temperature, error: Box::new(other) },
        }
    }
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
