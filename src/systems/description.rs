//! What is said of the parameters of a system, and what the descriptions of several systems say alike.

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
