//! What stops an experiment.

use thiserror::Error;

use crate::ensemble::SpectrumError;
use crate::estimators::EstimatorError;
use crate::model::SystemError;
use crate::samplers::{LadderError, SamplerError};
use crate::systems::radiation::colour::ColourError;
use crate::systems::radiation::planck::PlanckError;
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
    /// A sampler that does not apply to the system.
    #[error("--sampler must be one of {applicable} for {system}, got `{asked}`")]
    NoSuchSampler {
        /// The system.
        system: &'static str,
        /// The sampler asked for.
        asked: &'static str,
        /// Those that apply.
        applicable: String,
    },
    /// A run too short for its autocorrelations.
    #[error(
        "the run is too short for autocorrelations over {tau_int:.0} sweeps or more: ask for --sweeps {needed}, or for another sampler"
    )]
    TooShort {
        /// tau_int found, in sweeps: a lower bound.
        tau_int: f64,
        /// Sweeps of each replica that would do for it.
        needed: u64,
    },
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
    /// Replicas that have not forgotten where they started.
    #[error("not thermalized after {sweeps} sweeps ({reason}): ask for --sweeps {needed}, or for another sampler")]
    NotThermalized {
        /// Sweeps made.
        sweeps: u64,
        /// What still drifts.
        reason: String,
        /// Sweeps that may do.
        needed: u64,
    },
    /// A temperature that the samples do not reach by reweighting.
    #[error(
        "--curve: T = {temperature} is out of reach of the sampled temperatures ({n_eff:.0} effective samples); sample nearer to it"
    )]
    OutOfReach {
        /// Temperature.
        temperature: Temperature,
        /// Effective number of samples that count there.
        n_eff: f64,
    },
    /// A ladder of temperatures that cannot be built.
    #[error(transparent)]
    Ladder(#[from] LadderError),
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
    /// Temperatures that cannot be matched.
    #[error(transparent)]
    Matching(#[from] crate::tokens::views::matching::MatchingError),
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
    /// The error as one of a run of `replicas` at `temperature`.
    pub(crate) fn at(self, temperature: Temperature, replicas: u16) -> Self {
        let error = match self {
            Self::Estimator(EstimatorError::SeriesTooShort { tau_int, needed, .. }) => {
                // A lower bound of tau_int: twice as much leaves room for the rest of it.
                Self::TooShort { tau_int, needed: (2 * needed as u64).div_ceil(replicas.into()) }
            }
            other => other,
        };
        Self::At { temperature, error: Box::new(error) }
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
