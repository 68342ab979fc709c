//! What a ladder of temperatures is asked for, what its pilot has seen, and what is refused.

use thiserror::Error;

use crate::units::{Beta, Temperature, UnitsError};

/// A ladder that cannot be built.
#[derive(Clone, Debug, PartialEq, Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum LadderError {
    /// Too few points to interpolate between.
    #[error("the pilot run must have at least two temperatures, got {0}")]
    Pilot(usize),
    /// An invalid pilot point.
    #[error("pilot point {index} needs a finite beta >= 0 and a finite variance >= 0, got {variance} at beta = {beta}")]
    Point { index: usize, beta: Beta, variance: f64 },
    /// Two pilot points at one temperature.
    #[error("the pilot has two points at beta = {0}; combine them into one")]
    Repeated(Beta),
    /// A temperature outside the range of the pilot run.
    #[error("the pilot run covers T = {coldest} to {hottest}, but not T = {temperature}")]
    Range { temperature: Temperature, coldest: Temperature, hottest: Temperature },
    /// Ends that do not span a range.
    #[error("temperatures must go from cold to hot, got T = {cold} and {hot}")]
    Ends { cold: Temperature, hot: Temperature },
    /// No temperature at all.
    #[error("replica exchange needs at least one temperature, got none")]
    Empty,
    /// An acceptance that no spacing can have.
    #[error("the acceptance asked for must lie between 0 and 1, got {0}")]
    Acceptance(f64),
    /// Fewer temperatures than ends, or too many.
    #[error("replica exchange takes 2 to 4096 temperatures, got {0}")]
    Rungs(usize),
    /// A target that takes too many rungs.
    #[error("an acceptance of {0} needs more than 4096 temperatures: lower it, or narrow the range")]
    TooManyRungs(f64),
    /// An invalid inverse temperature.
    #[error(transparent)]
    Units(#[from] UnitsError),
}

/// What a pilot run has seen at one temperature. (Its mean energy is not needed: the slope of U is -Var E.)
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PilotPoint {
    /// Inverse temperature.
    pub beta: Beta,
    /// Var E of the whole system, T^2 C.
    pub variance: f64,
}

/// What neighbouring rungs have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LadderRule {
    /// Equal acceptance of exchanges: equal steps of `integral sqrt(Var E) d beta = integral sqrt(C)/T dT`.
    EqualAcceptance,
    /// Equal increase of the entropy: equal steps of `integral beta Var E d beta = integral C/T dT`.
    EqualEntropy,
}

/// How many rungs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LadderSize {
    /// This many, both ends included.
    Rungs(usize),
    /// As few as predict this acceptance for every pair of neighbours.
    Acceptance(f64),
}

impl Default for LadderSize {
    /// Acceptance 0.3: near the 0.23 that is best for equal steps, with a margin for energies that are not Gaussian.
    fn default() -> Self {
        Self::Acceptance(0.3)
    }
}
