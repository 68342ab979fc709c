//! A system that its name and parameters do not make.

use thiserror::Error;

use crate::ensemble::SpectrumError;
use crate::model::SystemError;
use crate::units::UnitsError;

/// Names, parameters and files that make no system.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum CatalogueError {
    /// No system of that name; the nearest name is suggested.
    #[error("unknown system `{name}`{} (`gibbs systems` lists them)", suggestion(.nearest))]
    UnknownSystem { name: String, nearest: Option<String> },
    /// No parameter of that name.
    #[error("{system} has no parameter `{name}`{} (it takes {allowed})", suggestion(.nearest))]
    UnknownParameter { system: &'static str, name: String, nearest: Option<String>, allowed: String },
    /// A parameter that must be given and was not.
    #[error("{system} needs {missing}")]
    Missing { system: &'static str, missing: &'static str },
    /// A parameter given twice.
    #[error("{system}: `{name}` is given twice")]
    Duplicate { system: &'static str, name: String },
    /// Two parameters that exclude each other.
    #[error("{system}: give `{first}` or `{second}`, not both")]
    Conflict { system: &'static str, first: &'static str, second: &'static str },
    /// A unit of energy on something else.
    #[error("{system}: `{name}` is not an energy and takes a number without a unit, got `{value}`")]
    NoEnergy { system: &'static str, name: &'static str, value: String },
    /// An unknown unit of energy.
    #[error("{system}: `{name}` has an unknown unit in `{value}`; known are J, eV, meV, K, cm-1, kJ/mol and kcal/mol")]
    UnknownUnit { system: &'static str, name: &'static str, value: String },
    /// Energies in different units, or some without one.
    #[error(
        "{system}: `{first}` has {first_unit} but `{second}` has {second_unit}; give all energies the same unit (a \
         default has none), or give none a unit"
    )]
    MixedUnits {
        system: &'static str,
        first: &'static str,
        first_unit: String,
        second: &'static str,
        second_unit: String,
    },
    /// A file that cannot be read or is not of its form.
    #[error("cannot read `{path}`: {reason}")]
    File { path: String, reason: String },
    /// The system refuses.
    #[error(transparent)]
    System(#[from] SystemError),
}

impl From<SpectrumError> for CatalogueError {
    fn from(error: SpectrumError) -> Self {
        Self::System(error.into())
    }
}

impl From<UnitsError> for CatalogueError {
    fn from(error: UnitsError) -> Self {
        Self::System(error.into())
    }
}

fn suggestion(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!(", did you mean `{name}`?")).unwrap_or_default()
}
