//! What is said of a system: name, Hamiltonian, parameters, exact results, samplers and reference.

use super::parameters::Parameters;
use super::{CatalogueError, System};
use crate::units::EnergyUnit;

/// Everything that the catalogue knows of a system; it stands in the system's own file.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// The name that scripts use.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Energies, degeneracies, zero of energy, legal temperatures.
    pub hamiltonian: &'static str,
    /// What it takes.
    pub parameters: &'static [ParameterDescription],
    /// Which results are exact, and how.
    pub exact: &'static str,
    /// Which samplers apply.
    pub samplers: &'static str,
    /// Where it is explained.
    pub reference: &'static str,
    /// The unit of its energies where T is always in kelvin; `None` where the parameters decide.
    pub unit: Option<EnergyUnit>,
    /// The system of given parameters.
    pub(super) build: fn(&Parameters<'_>) -> Result<System, CatalogueError>,
}

/// One parameter of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterDescription {
    /// The name before the equals sign.
    pub name: &'static str,
    /// What it is when it is not given; `None` where there is no default.
    pub default: Option<&'static str>,
    /// Its unit; `1` for a pure number, `-` for a word or a file.
    pub unit: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// Where a description gives this unit, the parameter is an energy, or proportional to one.
const ENERGY: &str = "E0";

impl ParameterDescription {
    /// Whether it is an energy, or proportional to one, and may carry a unit.
    #[must_use]
    pub fn is_energy(&self) -> bool {
        self.unit.starts_with(ENERGY)
    }
}

/// Samplers of systems that are drawn from their levels.
pub(super) const DIRECT: &str = "direct";
/// Where elementary systems are explained.
pub(super) const TEXTBOOK: &str = "R. K. Pathria and P. D. Beale, Statistical Mechanics, 3rd ed. (2011), chapter 3";

/// One parameter: name, default, unit, meaning.
pub(super) const fn parameter(
    name: &'static str,
    default: Option<&'static str>,
    unit: &'static str,
    meaning: &'static str,
) -> ParameterDescription {
    ParameterDescription { name, default, unit, meaning }
}
