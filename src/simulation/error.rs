//! What a simulation refuses, with the setting that would help; a program gives the settings its own names.

use thiserror::Error;

use super::{Setting, Unsettled};
use crate::ensemble::SpectrumError;
use crate::estimators::EstimatorError;
use crate::model::SystemError;
use crate::samplers::{LadderError, RestoreError, SamplerError};
use crate::units::{Temperature, UnitsError};

/// A simulation that cannot be run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SimulationError {
    /// The system refuses.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The sampler refuses.
    #[error(transparent)]
    Sampler(#[from] SamplerError),
    /// The data do not support an estimate.
    #[error(transparent)]
    Estimator(#[from] EstimatorError),
    /// What is stored does not fit the run that is to go on from it.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// The temperatures of replica exchange cannot be built.
    #[error(transparent)]
    Ladder(#[from] LadderError),
    /// A system with an exact answer alone, such as an average over disorder or an infinite lattice.
    #[error("{system} with these parameters cannot be sampled; `gibbs exact` has its exact results")]
    NotSampled {
        /// The system.
        system: &'static str,
    },
    /// A sampler that does not apply to the system.
    #[error("{}", self.message(&Setting::plain))]
    NoSuchSampler {
        /// The system.
        system: &'static str,
        /// The sampler asked for.
        asked: &'static str,
        /// Those that apply.
        applicable: String,
    },
    /// A system whose energies are not whole multiples of one step, or too many of them.
    #[error("{}", self.message(&Setting::plain))]
    NoEnergyGrid {
        /// The system.
        system: &'static str,
    },
    /// A temperature that is not known to be near a transition of first order.
    #[error("{}", self.message(&Setting::plain))]
    NoCoexistence {
        /// The system.
        system: &'static str,
        /// The temperature.
        temperature: Temperature,
    },
    /// Positions asked of a system that has none.
    #[error("{}", self.message(&Setting::plain))]
    NoPositions {
        /// The system.
        system: &'static str,
    },
    /// A run too short for its autocorrelations.
    #[error("{}", self.message(&Setting::plain))]
    TooShort {
        /// tau_int found, in sweeps: a lower bound.
        tau_int: f64,
        /// Sweeps of each replica that would do for it.
        needed: u64,
    },
    /// Replicas that have not forgotten where they started.
    #[error("{}", self.message(&Setting::plain))]
    NotThermalized {
        /// Sweeps made.
        sweeps: u64,
        /// What still drifts.
        reason: Unsettled,
        /// Sweeps that may do.
        needed: u64,
    },
    /// Temperatures whose samples do not overlap with those of the others.
    #[error("{}", self.message(&Setting::plain))]
    Disconnected {
        /// The temperatures.
        temperatures: Vec<Temperature>,
    },
    /// A temperature that the samples do not reach by reweighting.
    #[error("{}", self.message(&Setting::plain))]
    OutOfReach {
        /// Temperature.
        temperature: Temperature,
        /// Effective number of samples that count there.
        n_eff: f64,
    },
    /// What is wrong at one temperature.
    #[error("{}", self.message(&Setting::plain))]
    At {
        /// The temperature.
        temperature: Temperature,
        /// What is wrong.
        error: Box<SimulationError>,
    },
    /// The run was asked to end before it was done.
    #[error("the run was asked to end")]
    Stopped,
    /// A setting that is out of its range or does not apply.
    #[error("{}", self.message(&Setting::plain))]
    Setting {
        /// The setting.
        setting: Setting,
        /// What it must be; `{name}` stands for the name of another setting.
        expected: &'static str,
        /// What was given.
        value: String,
    },
}

impl SimulationError {
    /// The message with settings called by `name`: the library has its own names for them, a command line its flags.
    #[must_use]
    pub fn message(&self, name: &dyn Fn(Setting) -> String) -> String {
        match self {
            Self::NoSuchSampler { system, asked, applicable } => {
                format!("{} must be one of {applicable} for {system}, got `{asked}`", name(Setting::Sampler))
            }
            Self::NoEnergyGrid { system } => format!(
                "{} wang-landau must be used only for systems whose energies are whole multiples of one step, at most \
                 20000 of them, got {system}",
                name(Setting::Sampler)
            ),
            Self::NoCoexistence { system, temperature } => format!(
                "{} multicanonical must be used only near a transition of first order whose energies are known (potts, q > 4, on a \
                 periodic square lattice wider than its correlation length), got {system} at T = {temperature}",
                name(Setting::Sampler)
            ),
            Self::NoPositions { system } => format!(
                "{} and {} must be left out for a system without positions, got {system}",
                name(Setting::Start),
                name(Setting::Snapshots)
            ),
            Self::TooShort { tau_int, needed } => format!(
                "the run is too short for its autocorrelation time of at least {tau_int:.1} sweeps: ask for {} \
                 {needed}, or for another sampler",
                name(Setting::Sweeps)
            ),
            Self::NotThermalized { sweeps, reason, needed } => format!(
                "not thermalized after {sweeps} sweeps ({reason}): ask for {} {needed}, or for another sampler",
                name(Setting::Sweeps)
            ),
            Self::Disconnected { temperatures } => {
                let listed: Vec<String> = temperatures.iter().map(Temperature::to_string).collect();
                format!(
                    "{}: the energies sampled at T = {} do not overlap with those at the other temperatures; add temperatures between \
                     them to {}",
                    name(Setting::Curve),
                    listed.join(", "),
                    name(Setting::Temperatures)
                )
            }
            Self::OutOfReach { temperature, n_eff } => format!(
                "{}: the samples do not support T = {temperature} ({n_eff:.0} effective samples); sample a \
                 temperature nearer to it",
                name(Setting::Curve)
            ),
            Self::At { temperature, error } => format!("T = {temperature}: {}", error.message(name)),
            Self::Setting { setting, expected, value } => {
                let expected = Setting::ALL.iter().fold((*expected).to_owned(), |text, &other| {
                    text.replace(&format!("{{{}}}", other.plain()), &name(other))
                });
                format!("{} must be {expected}, got {value}", name(*setting))
            }
            Self::System(_)
            | Self::Sampler(_)
            | Self::Estimator(_)
            | Self::Ladder(_)
            | Self::Restore(_)
            | Self::Stopped
            | Self::NotSampled { .. } => self.to_string(),
        }
    }

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

impl From<UnitsError> for SimulationError {
    fn from(error: UnitsError) -> Self {
        Self::System(error.into())
    }
}

impl From<SpectrumError> for SimulationError {
    fn from(error: SpectrumError) -> Self {
        Self::System(error.into())
    }
}
