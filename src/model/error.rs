//! What a system refuses.

use thiserror::Error;

use crate::ensemble::SpectrumError;
use crate::units::{Temperature, UnitsError};

/// A system that cannot be built, or a question it has no answer to.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum SystemError {
    /// A parameter outside its range or not of its form.
    #[error("{system}: `{name}` must be {expected}, got `{value}`")]
    Parameter { system: &'static str, name: &'static str, expected: &'static str, value: String },
    /// A temperature at which the system has no canonical ensemble.
    #[error("{system} has no equilibrium at T = {temperature}: {reason}")]
    NoEquilibrium { system: &'static str, temperature: Temperature, reason: &'static str },
    /// A list of levels for samplers that would be too long.
    #[error("{system} would need {needed:.1e} levels at T = {temperature}, more than {limit:e}")]
    TooManyLevels { system: &'static str, temperature: Temperature, needed: f64, limit: f64 },
    /// An exact result that does not exist or is not implemented for these parameters.
    #[error("{system} has no exact result here: {reason}")]
    NoExactResult { system: &'static str, reason: &'static str },
    /// A cutoff that reaches two images of one particle; `largest` is rounded down to four decimals.
    #[error(
        "{system}: `cutoff` must be at most half the side of the box, {largest}, got `{cutoff}`; at this density n = \
         {needed} would do (n = {n} is too few)"
    )]
    Cutoff { system: &'static str, cutoff: f64, largest: f64, n: usize, needed: f64 },
    /// Couplings and fields whose energies no 64-bit number holds.
    #[error("couplings and fields must add up to 0 or to a number from 1e-280 to 1e300, got {0:e}")]
    SumOfEnergies(f64),
    /// Totals that no 64-bit number holds.
    #[error(
        "ln Z, U or F at T = {0} exceeds the largest number, 1.8e308; choose energies and temperatures of ordinary size"
    )]
    OutOfRange(Temperature),
    /// The levels are no spectrum.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
    /// An invalid temperature.
    #[error(transparent)]
    Units(#[from] UnitsError),
}

impl SystemError {
    /// Refuses `value` of the parameter `name` of `system`, which must be `expected`.
    pub fn parameter(
        system: &'static str,
        name: &'static str,
        expected: &'static str,
        value: impl std::fmt::Display,
    ) -> Self {
        Self::Parameter { system, name, expected, value: value.to_string() }
    }

    /// The `value` of a parameter that must be positive and finite.
    pub(crate) fn positive(system: &'static str, name: &'static str, value: f64) -> Result<f64, Self> {
        if value > 0.0 && value.is_finite() {
            return Ok(value);
        }
        Err(Self::parameter(system, name, "positive and finite", value))
    }
}
