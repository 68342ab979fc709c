//! Units of energy. Where a parameter carries one, temperatures are in kelvin, and energies are kept in kelvin (E/k_B).

use std::fmt;
use std::str::FromStr;

use super::constants::{AVOGADRO, BOLTZMANN, CALORIE, ELEMENTARY_CHARGE, PLANCK, SPEED_OF_LIGHT};
use super::error::UnitsError;

/// A unit of energy that a parameter can carry.
///
/// # Examples
///
/// ```
/// use gibbs::units::{Dimension, EnergyUnit};
/// assert_eq!(EnergyUnit::split("12.5 meV"), Some((12.5, EnergyUnit::MilliElectronVolt)));
/// assert_eq!(EnergyUnit::split("12.5"), None);
/// // Room temperature is about 25 meV.
/// assert!((EnergyUnit::MilliElectronVolt.kelvin() - 11.604_518).abs() < 1e-6);
/// // A mole of anything has its entropy in units of R.
/// let (r, symbol) = EnergyUnit::KilojoulePerMole.of_kelvin(Dimension::Entropy);
/// assert_eq!(symbol, "J/(mol K)");
/// assert!((r - 8.314_462_618).abs() < 1e-9);
/// ```
///
/// # References
///
/// The International System of Units, 9th edition (BIPM, 2019), section 2.2: all conversions are exact but for rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnergyUnit {
    /// J.
    Joule,
    /// eV.
    ElectronVolt,
    /// meV.
    MilliElectronVolt,
    /// K: the energy k_B times one kelvin.
    Kelvin,
    /// cm-1: the energy h c times one inverse centimetre.
    InverseCentimetre,
    /// kJ/mol.
    KilojoulePerMole,
    /// kcal/mol, with the thermochemical calorie of 4.184 J.
    KilocaloriePerMole,
}

/// How a quantity depends on the unit of energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// U, F, a chemical potential.
    Energy,
    /// S, C: energy over temperature.
    Entropy,
    /// beta, a response to a field.
    InverseEnergy,
    /// Anything else.
    Number,
}

impl EnergyUnit {
    /// All units. Where one symbol is the end of another, the longer one comes first.
    pub const ALL: [Self; 7] = [
        Self::MilliElectronVolt,
        Self::ElectronVolt,
        Self::KilojoulePerMole,
        Self::KilocaloriePerMole,
        Self::InverseCentimetre,
        Self::Joule,
        Self::Kelvin,
    ];

    /// As it is written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Joule => "J",
            Self::ElectronVolt => "eV",
            Self::MilliElectronVolt => "meV",
            Self::Kelvin => "K",
            Self::InverseCentimetre => "cm-1",
            Self::KilojoulePerMole => "kJ/mol",
            Self::KilocaloriePerMole => "kcal/mol",
        }
    }

    /// The unit over k_B in kelvin.
    #[must_use]
    pub fn kelvin(self) -> f64 {
        match self {
            Self::Joule => 1.0 / BOLTZMANN,
            Self::ElectronVolt => ELEMENTARY_CHARGE / BOLTZMANN,
            Self::MilliElectronVolt => 1e-3 * ELEMENTARY_CHARGE / BOLTZMANN,
            Self::Kelvin => 1.0,
            Self::InverseCentimetre => 100.0 * PLANCK * SPEED_OF_LIGHT / BOLTZMANN,
            Self::KilojoulePerMole => 1e3 / (AVOGADRO * BOLTZMANN),
            Self::KilocaloriePerMole => 1e3 * CALORIE / (AVOGADRO * BOLTZMANN),
        }
    }

    /// The number and the unit of `text`, such as `12.5meV` or `200 cm-1`; `None` where it is no number with a unit.
    #[must_use]
    pub fn split(text: &str) -> Option<(f64, Self)> {
        Self::ALL.into_iter().find_map(|unit| {
            let number = text.trim().strip_suffix(unit.symbol())?.trim_end();
            Some((number.parse().ok()?, unit))
        })
    }

    /// Whether `text` is a number followed by letters that are no known unit.
    #[must_use]
    pub fn is_unknown(text: &str) -> bool {
        let text = text.trim();
        let is_number =
            |part: &str| part.starts_with(|c: char| !c.is_alphabetic()) && part.trim_end().parse::<f64>().is_ok();
        let mut splits = text.char_indices().filter(|(_, c)| c.is_alphabetic()).map(|(at, _)| &text[..at]);
        Self::split(text).is_none() && text.parse::<f64>().is_err() && splits.any(is_number)
    }

    /// The factor that takes a quantity of that dimension from kelvin (k_B = 1) to this unit, and the symbol of the result.
    /// Entropies stay in k_B; in molar units they are in J/(mol K) or cal/(mol K).
    #[must_use]
    pub fn of_kelvin(self, dimension: Dimension) -> (f64, &'static str) {
        match dimension {
            Dimension::Energy => (1.0 / self.kelvin(), self.symbol()),
            Dimension::Entropy => match self {
                Self::KilojoulePerMole => (BOLTZMANN * AVOGADRO, "J/(mol K)"),
                Self::KilocaloriePerMole => (BOLTZMANN * AVOGADRO / CALORIE, "cal/(mol K)"),
                _ => (1.0, "k_B"),
            },
            Dimension::InverseEnergy => (self.kelvin(), ""),
            Dimension::Number => (1.0, ""),
        }
    }
}

impl FromStr for EnergyUnit {
    type Err = UnitsError;

    fn from_str(text: &str) -> Result<Self, UnitsError> {
        let known = Self::ALL.into_iter().find(|unit| unit.symbol() == text.trim());
        known.ok_or_else(|| UnitsError::EnergyUnit(text.to_owned()))
    }
}

impl fmt::Display for EnergyUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_is_read_as_itself() {
        for unit in EnergyUnit::ALL {
            for text in [format!("1.5e-3{unit}"), format!(" 1.5e-3 {unit} ")] {
                assert_eq!(EnergyUnit::split(&text), Some((1.5e-3, unit)), "{text}");
            }
        }
        assert_eq!("meV".parse(), Ok(EnergyUnit::MilliElectronVolt));
        assert_eq!(
            "kcal".parse::<EnergyUnit>().unwrap_err().to_string(),
            "unit of energy must be J, eV, meV, K, cm-1, kJ/mol or kcal/mol, got `kcal`"
        );
        for text in ["12.5GeV", "1 kcal", "-3 mev", "1ev", "1e5x", "1kJ"] {
            assert!(EnergyUnit::is_unknown(text), "{text}");
        }
        for text in ["12.5", "1e-3", "inf", "wide", "5meV", "-1"] {
            assert!(!EnergyUnit::is_unknown(text), "{text}");
        }
        for text in ["", "J", "meV", "1 kJ", "1mev", "1 GeV", "12 cm", "1.5"] {
            assert_eq!(EnergyUnit::split(text), None, "{text}");
        }
    }

    #[test]
    fn conversions_are_those_of_the_si() {
        // h c/k_B in cm K and k_B in eV/K: the published digits of the exact constants.
        assert!((EnergyUnit::InverseCentimetre.kelvin() - 1.438_776_877_503_933).abs() < 1e-14);
        assert!((1.0 / EnergyUnit::ElectronVolt.kelvin() - 8.617_333_262_145_18e-5).abs() < 1e-18);
        assert!((1.0 / EnergyUnit::KilojoulePerMole.kelvin() - 8.314_462_618_153_24e-3).abs() < 1e-16);
        assert!((EnergyUnit::Joule.of_kelvin(Dimension::Energy).0 / BOLTZMANN - 1.0).abs() < 1e-15);
        assert_eq!(EnergyUnit::Kelvin.of_kelvin(Dimension::Energy), (1.0, "K"));
        // R in cal/(mol K).
        let (r, symbol) = EnergyUnit::KilocaloriePerMole.of_kelvin(Dimension::Entropy);
        assert!((r - 1.987_204_258_640_83).abs() < 1e-14 && symbol == "cal/(mol K)");
    }
}
