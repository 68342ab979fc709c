//! What is refused as a temperature or a unit.

use thiserror::Error;

/// A value that is no temperature.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum UnitsError {
    /// Not a number, or minus infinity (which is the same physical state as plus infinity, written `inf`).
    #[error("temperature must be a number or inf, got {0}")]
    Temperature(f64),
    /// The inverse temperature is not a number.
    #[error("inverse temperature must be a number, got {0}")]
    Beta(f64),
    /// Text that does not parse as a number.
    #[error("temperature must be a number or inf, got `{0}`")]
    Text(String),
    /// A temperature with a unit.
    #[error("temperature must be a plain number, in kelvin where energies carry a unit, got `{0}`")]
    TemperatureUnit(String),
    /// Text that is no unit of energy.
    #[error("unit of energy must be J, eV, meV, K, cm-1, kJ/mol or kcal/mol, got `{0}`")]
    EnergyUnit(String),
}
