//! A system that its name and parameters do not make.

use thiserror::Error;

use crate::ensemble::SpectrumError;
use crate::model::SystemError;
use crate::units::UnitsError;

/// Names, parameters and files that make no system.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CatalogueError {
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
    #[error("{system}: `{name}` is not an energy and takes a number without a unit, got `{value}`")]
    NoEnergy {
        /// System asked for.
        system: &'static str,
        /// The parameter.
        name: &'static str,
        /// What was given.
        value: String,
    },
    /// An unknown unit of energy.
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
        "{system}: `{first}` has {first_unit} but `{second}` has {second_unit}; give all energies the same unit (a \
         default has none), or give none a unit"
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
