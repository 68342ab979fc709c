//! The harmonic oscillator of quantum mechanics in closed form, with lists of its lowest levels for samplers.

use crate::ensemble::{Spectrum, Thermo};
use crate::model::{Exact, SystemError};
use crate::simulation::Sampling;
use crate::systems::description::{TEXTBOOK, parameter};
use crate::systems::unbounded_spectrum::{NEGLECTED_EXPONENT, count_levels, reduced_beta};
use crate::systems::{Description, System};
use crate::units::Beta;

const NAME: &str = "oscillator";

/// E_n = quantum (n + 1/2), n = 0, 1, ...; quantum = hbar omega. `Z = 1/(2 sinh(x/2))`, x = beta quantum.
///
/// T = 0 is legal; infinite and negative temperatures are refused, because the levels never end.
///
/// # Examples
///
/// ```
/// use gibbs::model::Exact;
/// use gibbs::systems::Oscillator;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let u = Oscillator::new(1.0)?.thermo(Beta::new(2.0)?)?.energy;
/// assert!((u - 0.5 / 1f64.tanh()).abs() < 1e-15);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Oscillator {
    quantum: f64,
}

impl Oscillator {
    /// An oscillator with levels `quantum` > 0 apart (unit of energy).
    ///
    /// # Errors
    ///
    /// A quantum that is not positive and finite.
    pub fn new(quantum: f64) -> Result<Self, SystemError> {
        Ok(Self { quantum: SystemError::positive(NAME, "quantum", quantum)? })
    }

    /// hbar omega, the distance between levels.
    #[must_use]
    pub fn quantum(&self) -> f64 {
        self.quantum
    }

    /// x = beta hbar omega, the number all results depend on.
    ///
    /// # Errors
    ///
    /// Infinite and negative temperatures.
    pub fn reduced_beta(&self, beta: Beta) -> Result<f64, SystemError> {
        reduced_beta(NAME, beta, self.quantum)
    }

    /// `<n>` = 1/(e^x - 1), the mean occupation number.
    ///
    /// # Errors
    ///
    /// Infinite and negative temperatures.
    pub fn mean_occupation(&self, beta: Beta) -> Result<f64, SystemError> {
        let x = self.reduced_beta(beta)?;
        Ok((-x).exp() / -(-x).exp_m1())
    }

    /// ln Z measured from the zero-point level, -ln(1 - e^-x).
    ///
    /// # Errors
    ///
    /// Infinite and negative temperatures.
    pub fn thermal_ln_z(&self, beta: Beta) -> Result<f64, SystemError> {
        let x = self.reduced_beta(beta)?;
        Ok(if x > 0.5 { -(-(-x).exp()).ln_1p() } else { -(-(-x).exp_m1()).ln() })
    }

    /// The lowest levels as a spectrum; the weight e^(-x n_levels) left out is below 2^-60 of the whole.
    ///
    /// # Errors
    ///
    /// Infinite and negative temperatures, and those that would need more than 10^7 levels.
    pub fn spectrum_at(&self, beta: Beta) -> Result<Spectrum, SystemError> {
        let x = self.reduced_beta(beta)?;
        let n_levels = count_levels(NAME, beta, 2.0 + (NEGLECTED_EXPONENT / x).ceil())?;
        Ok(Spectrum::new((0..n_levels).map(|n| self.quantum * (n as f64 + 0.5)).collect())?)
    }
}

impl Exact for Oscillator {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        let x = self.reduced_beta(beta)?;
        let n_mean = self.mean_occupation(beta)?;
        let (ln_z_thermal, thermal_term) = (self.thermal_ln_z(beta)?, if n_mean == 0.0 { 0.0 } else { x * n_mean });
        Ok(Thermo {
            beta,
            ln_z: ln_z_thermal - 0.5 * x,
            energy: self.quantum * (0.5 + n_mean),
            entropy: ln_z_thermal + thermal_term,
            heat_capacity: thermal_term * (if n_mean == 0.0 { 0.0 } else { x } + thermal_term),
        })
    }

    fn entropy_limits(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
}

/// The row of `oscillator`.
pub(in crate::systems) static ROW: Description = Description {
    name: "oscillator",
    summary: "a harmonic oscillator",
    hamiltonian: "E_n = quantum (n + 1/2), n = 0, 1, ...; T >= 0 and finite",
    parameters: &[parameter("quantum", Some("1"), "E0", "hbar omega, the distance between levels")],
    exact: "closed form",
    samplers: "direct (geometric)",
    reference: TEXTBOOK,
    unit: None,
    build: |parameters| Ok(System::new(Oscillator::new(parameters.positive("quantum")?)?)),
};

physical_system!(Oscillator, ROW, |system| Sampling::of_spectra(|beta| system.spectrum_at(beta)));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::Canonical;

    #[test]
    fn the_closed_form_is_the_sum_over_levels() {
        let oscillator = Oscillator::new(0.7).unwrap();
        for beta in [0.01, 0.5, 3.0, 40.0, 800.0, f64::INFINITY] {
            let beta = Beta::new(beta).unwrap();
            let spectrum = oscillator.spectrum_at(beta).unwrap();
            let listed = Canonical::new(&spectrum, beta).thermo();
            let closed = oscillator.thermo(beta).unwrap();
            let close = |a: f64, b: f64| a == b || (a / b - 1.0).abs() < 1e-12;
            assert!(close(closed.energy, listed.energy) && close(closed.entropy, listed.entropy), "{beta}");
            assert!(close(closed.heat_capacity, listed.heat_capacity) && close(closed.ln_z, listed.ln_z), "{beta}");
        }
    }

    #[test]
    fn high_temperature_is_equipartition() {
        let t = Oscillator::new(1.0).unwrap().thermo(Beta::new(1e-12).unwrap()).unwrap();
        assert!((t.energy / 1e12 - 1.0).abs() < 1e-15 && (t.heat_capacity - 1.0).abs() < 1e-15);
        assert!((t.entropy - 1.0 - 1e12f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let message = |q: f64| Oscillator::new(q).unwrap_err().to_string();
        assert_eq!(message(0.0), "oscillator: `quantum` must be positive and finite, got `0`");
        assert_eq!(message(f64::NAN), "oscillator: `quantum` must be positive and finite, got `NaN`");
        let oscillator = Oscillator::new(1.0).unwrap();
        let message = |beta: f64| oscillator.thermo(Beta::new(beta).unwrap()).unwrap_err().to_string();
        assert_eq!(message(0.0), "oscillator has no equilibrium at T = inf: its levels never end, so ln Z diverges");
        assert_eq!(
            message(-2.0),
            "oscillator has no equilibrium at T = -0.5: its energies have no upper bound, so no ensemble exists at \
             negative temperature"
        );
        assert_eq!(
            oscillator.spectrum_at(Beta::new(1e-7).unwrap()).unwrap_err().to_string(),
            "oscillator would need 5.0e8 levels at T = 10000000, more than 1e7"
        );
    }
}
