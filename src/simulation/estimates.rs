//! Estimates of series that may never have changed: frozen, not failed.

use crate::estimators::{Estimate, EstimatorError};
use crate::units::Beta;

use super::{Status, Unresolved, Unsettled};

/// Blocks that the errors of variances and of functions of means come from.
pub(crate) const JACKKNIFE_BLOCKS: usize = 128;

/// Relative rounding error of a sum over a density of states.
const ROUNDING: f64 = 1e-12;

/// C = beta^2 Var(E).
#[must_use]
pub fn heat_capacity(variance: Estimate, beta: Beta) -> Estimate {
    if variance.value == 0.0 {
        return Estimate { value: 0.0, std_error: 0.0, ..variance };
    }
    variance.scaled(beta.get().powi(2))
}

/// The same of a variance that may have failed, or come from too short a series.
pub(crate) fn heat_capacity_of(
    variance: Result<Estimate, EstimatorError>,
    beta: Beta,
) -> Result<Estimate, EstimatorError> {
    match or_zero(variance) {
        Err(EstimatorError::SeriesTooShort { n, tau_int, needed, found }) => {
            Err(EstimatorError::SeriesTooShort { n, tau_int, needed, found: heat_capacity(found, beta) })
        }
        variance => variance.map(|variance| heat_capacity(variance, beta)),
    }
}

/// What an estimate is judged by beside its own series.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    /// What is wrong with the run, if anything is.
    pub unsettled: Option<Unsettled>,
    /// What is wrong with the events that the estimate is made of, if anything is.
    pub events: Status,
}

impl Judged {
    /// The estimate, and what it is worth: one from too short a series, or from a run that is not settled, is not resolved.
    pub fn of(self, estimate: Result<Estimate, EstimatorError>) -> Result<(Estimate, Status), EstimatorError> {
        let (estimate, short) = match or_constant(estimate) {
            Err(EstimatorError::SeriesTooShort { found, needed, .. }) => (found, Some(Unsettled::TooShort { needed })),
            estimate => (estimate?, None),
        };
        Ok((
            estimate,
            match self.unsettled.or(short) {
                Some(unsettled) => Status::Unresolved(Unresolved::Limit(unsettled)),
                None => self.events,
            },
        ))
    }
}

/// A series that never changed is an estimate without an error.
pub(crate) fn or_constant(estimate: Result<Estimate, EstimatorError>) -> Result<Estimate, EstimatorError> {
    match estimate {
        Err(EstimatorError::ConstantSeries { value, n }) => Ok(Estimate::new(value, 0.0, n as f64)),
        other => other,
    }
}

/// The same for a variance, which is then 0.
pub(crate) fn or_zero(variance: Result<Estimate, EstimatorError>) -> Result<Estimate, EstimatorError> {
    or_constant(variance.map_err(|error| match error {
        EstimatorError::ConstantSeries { n, .. } => EstimatorError::ConstantSeries { value: 0.0, n },
        other => other,
    }))
}

/// The estimate with an error that is at least that of rounding: what a known number fixes, such as S at infinite
/// temperature, is not known better than it is computed. `scale` is the size of the terms
/// where they cancel; that of a logarithm is 1.
pub(crate) fn rounded(estimate: Estimate, scale: f64) -> Estimate {
    Estimate { std_error: estimate.std_error.max(ROUNDING * estimate.value.abs().max(scale)), ..estimate }
}
