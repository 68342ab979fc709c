//! Temperature and inverse temperature as distinct types.
//!
//! `T = 0` is legal and stands for beta = +infinity; infinite `T` is legal and stands for beta = 0; negative
//! temperatures are legal and mean population inversion. No bare `f64` crosses the border between the two.

use std::fmt;
use std::str::FromStr;

use super::energy::EnergyUnit;
use super::error::UnitsError;

/// Inverse temperature beta = 1/T (k_B = 1), in inverse units of energy; any number but NaN.
///
/// # Examples
///
/// ```
/// use gibbs::units::{Beta, Temperature};
/// # fn main() -> Result<(), gibbs::units::UnitsError> {
/// assert_eq!(Beta::from(Temperature::new(2.0)?).get(), 0.5);
/// assert_eq!(Beta::from(Temperature::ZERO), Beta::INFINITE);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Beta(f64);

impl Beta {
    /// beta = 0: infinite temperature.
    pub const ZERO: Beta = Beta(0.0);
    /// beta = +infinity: absolute zero.
    pub const INFINITE: Beta = Beta(f64::INFINITY);

    /// Wraps `beta`.
    ///
    /// # Errors
    ///
    /// NaN.
    pub fn new(beta: f64) -> Result<Self, UnitsError> {
        if beta.is_nan() { Err(UnitsError::Beta(beta)) } else { Ok(Self(beta + 0.0)) }
    }

    /// The number 1/T.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }

    /// The temperature 1/beta; beta = 0 gives infinity and beta = +infinity gives 0.
    #[must_use]
    pub fn temperature(self) -> Temperature {
        Temperature(if self.0 == 0.0 { f64::INFINITY } else { 1.0 / self.0 })
    }

    /// This inverse temperature times a factor, for example the 1.05 of a negative control.
    ///
    /// # Errors
    ///
    /// The product is not a number (0 times infinity).
    pub fn scaled(self, factor: f64) -> Result<Self, UnitsError> {
        Self::new(self.0 * factor)
    }
}

impl fmt::Display for Beta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Temperature T in units of energy (k_B = 1): any number but NaN and minus infinity.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Temperature(f64);

impl Temperature {
    /// Absolute zero.
    pub const ZERO: Temperature = Temperature(0.0);
    /// Infinite temperature.
    pub const INFINITE: Temperature = Temperature(f64::INFINITY);

    /// Wraps `temperature`.
    ///
    /// # Errors
    ///
    /// NaN and minus infinity.
    pub fn new(temperature: f64) -> Result<Self, UnitsError> {
        if temperature.is_nan() || temperature == f64::NEG_INFINITY {
            return Err(UnitsError::Temperature(temperature));
        }
        Ok(Self(temperature + 0.0))
    }

    /// The number T.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }

    /// The inverse temperature 1/T; T = 0 gives +infinity and T = infinity gives 0.
    #[must_use]
    pub fn beta(self) -> Beta {
        Beta(if self.0 == 0.0 { f64::INFINITY } else { 1.0 / self.0 })
    }
}

impl From<Temperature> for Beta {
    fn from(temperature: Temperature) -> Self {
        temperature.beta()
    }
}

impl FromStr for Temperature {
    type Err = UnitsError;

    fn from_str(text: &str) -> Result<Self, UnitsError> {
        let has_unit = || EnergyUnit::split(text).is_some() || EnergyUnit::is_unknown(text);
        let refusal = |_| {
            if has_unit() { UnitsError::TemperatureUnit(text.to_owned()) } else { UnitsError::Text(text.to_owned()) }
        };
        Self::new(text.trim().parse().map_err(refusal)?)
    }
}

/// For people: a temperature that was computed is written without the noise of rounding, 0.3 and not 0.30000000000000004.
impl fmt::Display for Temperature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Fifteen digits: the last one or two of a computed temperature are those of rounding.
        let t = format!("{:.14e}", self.0).parse().unwrap_or(self.0);
        let size = self.0.abs();
        if size.is_finite() && size != 0.0 && !(1e-5..1e16).contains(&size) {
            return fmt::LowerExp::fmt(&t, f);
        }
        t.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_round_trip() {
        for t in [0.0, f64::INFINITY, 2.0, -0.5] {
            let temperature = Temperature::new(t).unwrap();
            assert_eq!(temperature.beta().temperature(), temperature);
        }
        assert_eq!(Temperature::new(-0.0).unwrap().beta(), Beta::INFINITE);
    }

    #[test]
    fn refuses_what_is_no_temperature() {
        assert_eq!(Temperature::new(f64::NAN).unwrap_err().to_string(), "temperature must be a number or inf, got NaN");
        assert!(Temperature::new(f64::NEG_INFINITY).is_err());
        assert_eq!(Temperature::new(0.1 + 0.2).unwrap().to_string(), "0.3");
        assert_eq!(Temperature::new(1.0 / 3e7).unwrap().to_string(), "3.33333333333333e-8");
        assert!("warm".parse::<Temperature>().is_err());
        for text in ["300K", "25 meV", "20C", "0.1 kcal/mol"] {
            let message = text.parse::<Temperature>().unwrap_err().to_string();
            let expected = "temperature must be a plain number, in kelvin where energies carry a unit, got";
            assert_eq!(message, format!("{expected} `{text}`"));
        }
        assert!(Beta::INFINITE.scaled(0.0).is_err());
    }
}
