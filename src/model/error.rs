//! What a system refuses.

use thiserror::Error;

use crate::ensemble::SpectrumError;
use crate::units::{Temperature, UnitsError};

/// A system that cannot be built, or a question it has no answer to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SystemError {
    /// No system of that name; the nearest name is suggested.
    #[error("unknown system `{name}`{} (`gibbs systems` lists them)", suggestion(.nearest))]
    UnknownSystem {
        /// What was asked for.
        name: String,
        /// The nearest existing name.
        nearest: Option<String>,
    },
    /// No parameter of that name.
    #[error("{system} has no parameter `{name}`{} (it takes {allowed})", suggestion(.nearest))]
    UnknownParameter {
        /// System asked for.
        system: &'static str,
        /// Parameter given.
        name: String,
        /// The nearest existing name.
        nearest: Option<String>,
        /// All parameters it takes.
        allowed: String,
    },
    /// A parameter outside its range or not of its form.
    #[error("{system}: `{name}` must be {expected}, got `{value}`")]
    Parameter {
        /// System asked for.
        system: &'static str,
        /// The parameter.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What was given.
        value: String,
    },
    /// A parameter that must be given and was not.
    #[error("{system} needs {missing}")]
    Missing {
        /// System asked for.
        system: &'static str,
        /// What must be given.
        missing: &'static str,
    },
    /// A parameter given twice.
    #[error("{system}: `{name}` is given twice")]
    Duplicate {
        /// System asked for.
        system: &'static str,
        /// The parameter.
        name: String,
    },
    /// Two parameters that exclude each other.
    #[error("{system}: give `{first}` or `{second}`, not both")]
    Conflict {
        /// System asked for.
        system: &'static str,
        /// One of the two.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A unit of energy on something else.
    #[error("{system}: `{name}` is no energy and takes a plain number, got `{value}`")]
    NoEnergy {
        /// System asked for.
        system: &'static str,
        /// The parameter.
        name: &'static str,
        /// What was given.
        value: String,
    },
    /// A unit that is none of energy.
    #[error("{system}: `{name}` has an unknown unit in `{value}`; known are J, eV, meV, K, cm-1 and kJ/mol")]
    UnknownUnit {
        /// System asked for.
        system: &'static str,
        /// The parameter.
        name: &'static str,
        /// What was given.
        value: String,
    },
    /// Energies in different units, or some without one.
    #[error(
        "{system}: `{first}` has {first_unit} and `{second}` {second_unit}; give all energies in one unit, defaults \
         included, or all without"
    )]
    MixedUnits {
        /// System asked for.
        system: &'static str,
        /// A parameter.
        first: &'static str,
        /// Its unit.
        first_unit: String,
        /// A parameter that has another.
        second: &'static str,
        /// Its unit.
        second_unit: String,
    },
    /// A file that cannot be read or is not of its form.
    #[error("cannot read `{path}`: {reason}")]
    File {
        /// Its path.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// A temperature at which the system has no canonical ensemble.
    #[error("{system} has no equilibrium at T = {temperature}: {reason}")]
    NoEquilibrium {
        /// The system.
        system: &'static str,
        /// The temperature asked for.
        temperature: Temperature,
        /// Why there is none.
        reason: &'static str,
    },
    /// A list of levels for samplers that would be too long.
    #[error("{system} would need {needed:.1e} levels at T = {temperature}, more than {limit:e}")]
    TooManyLevels {
        /// The system.
        system: &'static str,
        /// The temperature asked for.
        temperature: Temperature,
        /// How many would be needed.
        needed: f64,
        /// How many are allowed.
        limit: f64,
    },
    /// An exact result that does not exist or is not implemented for these parameters.
    #[error("{system} has no exact result here: {reason}")]
    NoExactResult {
        /// The system.
        system: &'static str,
        /// Why there is none, and what to do instead.
        reason: &'static str,
    },
    /// A cutoff that reaches two images of one particle.
    #[error(
        "{system}: `cutoff` must be at most half the side of the box, {largest}, got `{cutoff}`; at this density n = \
         {needed} would do (n = {n} is too few)"
    )]
    Cutoff {
        /// System asked for.
        system: &'static str,
        /// What was given.
        cutoff: f64,
        /// Half the side of the box, rounded down to four decimals.
        largest: f64,
        /// Number of particles given.
        n: usize,
        /// Number of particles whose box would be large enough.
        needed: f64,
    },
    /// Couplings and fields whose energies no 64-bit number holds.
    #[error("couplings and fields must add up to 0 or to a number from 1e-280 to 1e300, got {0:e}")]
    SumOfEnergies(f64),
    /// The levels are no spectrum.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
    /// The temperature is none.
    #[error(transparent)]
    Units(#[from] UnitsError),
}

fn suggestion(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!(", did you mean `{name}`?")).unwrap_or_default()
}
