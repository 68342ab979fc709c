//! Two levels with degeneracies: the Schottky anomaly and its peak.

use crate::ensemble::Spectrum;
use crate::model::{Exact, SystemError};
use crate::systems::description::{DIRECT, parameter};
use crate::systems::{Description, System};
use crate::units::{Beta, Temperature};

/// Levels 0 (degeneracy g0) and `gap` (degeneracy g1): Z = g0 + g1 e^(-beta gap).
///
/// Every temperature is legal: 0, infinite and negative.
///
/// # Examples
///
/// ```
/// use gibbs::model::Exact;
/// use gibbs::systems::TwoLevel;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let spin = TwoLevel::new(1.0, 1.0, 1.0)?;
/// let u = spin.thermo(Beta::new(2.0)?)?.energy;
/// assert!((u - 1.0 / (1.0 + 2f64.exp())).abs() < 1e-15);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TwoLevel {
    gap: f64,
    spectrum: Spectrum,
}

/// The maximum of the heat capacity of a two-level system.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SchottkyPeak {
    /// Where C is largest.
    pub temperature: Temperature,
    /// C there, in units of k_B.
    pub heat_capacity: f64,
}

impl TwoLevel {
    /// Two levels `gap` > 0 apart (unit of energy) with degeneracies `g0` and `g1`.
    ///
    /// # Errors
    ///
    /// A gap or a degeneracy that is not positive and finite.
    pub fn new(gap: f64, g0: f64, g1: f64) -> Result<Self, SystemError> {
        let gap = SystemError::positive("two_level", "gap", gap)?;
        Ok(Self { gap, spectrum: Spectrum::with_degeneracies(vec![0.0, gap], &[g0, g1])? })
    }

    /// The two levels as a spectrum; level 1 is the upper one.
    #[must_use]
    pub fn spectrum(&self) -> &Spectrum {
        &self.spectrum
    }

    /// Position and height of the maximum of C(T), at the root of `2/x = tanh((x - ln(g1/g0))/2)`, x = gap/T.
    ///
    /// # Errors
    ///
    /// A gap so extreme that the temperature is no number.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), gibbs::model::SystemError> {
    /// let peak = gibbs::systems::TwoLevel::new(1.0, 1.0, 1.0)?.schottky_peak()?;
    /// assert!((peak.temperature.get() - 0.41677827980048).abs() < 1e-13);
    /// assert!((peak.heat_capacity - 0.43922883989064).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    pub fn schottky_peak(&self) -> Result<SchottkyPeak, SystemError> {
        let ln_ratio = self.spectrum.ln_degeneracy(1) - self.spectrum.ln_degeneracy(0);
        // The tangent is positive and below 1 at the root, so x exceeds both ln r and 2; at 5 more it is near 1.
        let mut low = ln_ratio.max(2.0);
        let mut high = low + 5.0;
        while let middle = 0.5 * (low + high)
            && low < middle
            && middle < high
        {
            if middle * (0.5 * (middle - ln_ratio)).tanh() < 2.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        let beta = Beta::new(low / self.gap)?;
        Ok(SchottkyPeak {
            temperature: Temperature::new(self.gap / low)?,
            heat_capacity: self.thermo(beta)?.heat_capacity,
        })
    }
}

/// The row of `two_level`.
pub(in crate::systems) static ROW: Description = Description {
    name: "two_level",
    summary: "two levels: the Schottky anomaly",
    hamiltonian: "E = 0 (degeneracy g0) and E = gap (degeneracy g1); every T is legal",
    parameters: &[
        parameter("gap", Some("1"), "E0", "distance between the levels"),
        parameter("g0", Some("1"), "1", "degeneracy of the lower level"),
        parameter("g1", Some("1"), "1", "degeneracy of the upper level"),
    ],
    exact: "closed form; peak of C at 2/x = tanh((x - ln(g1/g0))/2), x = gap/T",
    samplers: DIRECT,
    reference: "W. Schottky, Phys. Z. 23, 448 (1922)",
    unit: None,
    build: |parameters| {
        let [gap, g0, g1] = ["gap", "g0", "g1"].map(|name| parameters.positive(name));
        Ok(System::new(TwoLevel::new(gap?, g0?, g1?)?))
    },
};

solved_by_enumeration!(TwoLevel, ROW);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_gap_and_no_degeneracy() {
        let message = |gap, g0, g1| TwoLevel::new(gap, g0, g1).unwrap_err().to_string();
        assert_eq!(message(-1.0, 1.0, 1.0), "two_level: `gap` must be positive and finite, got `-1`");
        assert_eq!(message(f64::NAN, 1.0, 1.0), "two_level: `gap` must be positive and finite, got `NaN`");
        assert_eq!(message(1.0, 1.0, 0.0), "degeneracy 1 must be positive and finite, got 0");
    }

    #[test]
    fn the_peak_is_a_maximum() {
        for (g0, g1) in [(1.0, 1.0), (2.0, 1.0), (1.0, 50256.0)] {
            let system = TwoLevel::new(0.3, g0, g1).unwrap();
            let peak = system.schottky_peak().unwrap();
            for factor in [0.99, 1.01] {
                let beta = peak.temperature.beta().scaled(factor).unwrap();
                assert!(system.thermo(beta).unwrap().heat_capacity < peak.heat_capacity);
            }
        }
    }

    #[test]
    fn limits_of_temperature() {
        let system = TwoLevel::new(1.0, 1.0, 3.0).unwrap();
        assert_eq!(system.entropy_limits(), (0.0, 4f64.ln()));
        assert_eq!(system.thermo(Beta::INFINITE).unwrap().entropy, 0.0);
        assert!((system.thermo(Beta::new(f64::NEG_INFINITY).unwrap()).unwrap().entropy - 3f64.ln()).abs() < 1e-15);
        assert!((system.thermo(Beta::ZERO).unwrap().energy - 0.75).abs() < 1e-15);
    }
}
