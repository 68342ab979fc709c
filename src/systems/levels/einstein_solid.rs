//! Einstein's solid: three equal oscillators per atom, in closed form and as listed levels.

use crate::ensemble::{Spectrum, Thermo};
use crate::model::{Exact, SystemError};
use crate::simulation::Sampling;
use crate::systems::description::{DIRECT, parameter};
use crate::systems::unbounded_spectrum::{NEGLECTED_EXPONENT, count_levels};
use crate::systems::{Description, Oscillator, System};
use crate::units::Beta;

const NAME: &str = "einstein_solid";

/// One atom of a solid whose 3N vibrations have one quantum theta: E_n = theta (n + 3/2) with degeneracy
/// (n + 1)(n + 2)/2, n = n_x + n_y + n_z.
///
/// All values are per atom and three times those of an [`Oscillator`], the zero-point energy 3 theta/2 included.
/// T = 0 is legal; infinite and negative temperatures are refused, because the levels never end.
///
/// # Examples
///
/// ```
/// use gibbs::systems::EinsteinSolid;
/// use gibbs::model::Exact;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let solid = EinsteinSolid::new(1.0)?;
/// assert_eq!(solid.thermo(Beta::INFINITE)?.energy, 1.5);
/// assert!((solid.thermo(Beta::new(1.0)?)?.heat_capacity - 3.0 * 0.920_673_594_207_792_3).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// A. Einstein, Ann. Phys. 327, 180 (1907), doi:10.1002/andp.19063270110.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EinsteinSolid {
    vibration: Oscillator,
}

impl EinsteinSolid {
    /// A solid of Einstein temperature `theta` > 0 (unit of energy).
    ///
    /// # Errors
    ///
    /// A theta that is not positive and finite.
    pub fn new(theta: f64) -> Result<Self, SystemError> {
        Ok(Self { vibration: Oscillator::new(SystemError::positive(NAME, "theta", theta)?)? })
    }

    /// theta, the quantum of every vibration.
    #[must_use]
    pub fn theta(&self) -> f64 {
        self.vibration.quantum()
    }

    /// The lowest levels of one atom as a spectrum; the weight left out is below 2^-60 of the whole.
    ///
    /// The levels from N on have at most the weight `(N+1)(N+2)/2 q^N/(1 - q)^3`, q = e^(-theta/T), because
    /// `(N+m+1)(N+m+2) <= (N+1)(N+2)(m+1)(m+2)/2`; N makes that less than 2^-72 of the weight of the first excited level.
    ///
    /// # Errors
    ///
    /// Infinite and negative temperatures, and those that would need more than 10^7 levels.
    pub fn spectrum_at(&self, beta: Beta) -> Result<Spectrum, SystemError> {
        let x = self.reduced_beta(beta)?;
        let ln_whole = 3.0 * self.vibration.thermal_ln_z(beta)?;
        let mut n_levels = 3.0;
        loop {
            let needed =
                2.0 + ((NEGLECTED_EXPONENT + ln_whole + f64::ln(n_levels + 1.0) + f64::ln(n_levels + 2.0)) / x).ceil();
            if needed > n_levels {
                n_levels = needed;
            } else {
                break;
            }
        }
        let numbers = 0..count_levels(NAME, beta, n_levels)?;
        let energies = numbers.clone().map(|n| self.theta() * (n as f64 + 1.5)).collect();
        let degeneracies: Vec<f64> = numbers.map(|n| 0.5 * (n as f64 + 1.0) * (n as f64 + 2.0)).collect();
        Ok(Spectrum::with_degeneracies(energies, &degeneracies)?)
    }

    fn reduced_beta(&self, beta: Beta) -> Result<f64, SystemError> {
        crate::systems::unbounded_spectrum::reduced_beta(NAME, beta, self.theta())
    }
}

impl Exact for EinsteinSolid {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        self.reduced_beta(beta)?;
        let one = self.vibration.thermo(beta)?;
        Ok(Thermo {
            beta,
            ln_z: 3.0 * one.ln_z,
            energy: 3.0 * one.energy,
            entropy: 3.0 * one.entropy,
            heat_capacity: 3.0 * one.heat_capacity,
        })
    }

    fn entropy_limits(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
}

/// The row of `einstein_solid`.
pub(in crate::systems) static ROW: Description = Description {
    name: "einstein_solid",
    summary: "an atom of Einstein's crystal: three oscillators of one frequency",
    hamiltonian: "E_n = theta (n + 3/2), degeneracy (n+1)(n+2)/2; T >= 0 and finite",
    parameters: &[parameter("theta", Some("1"), "E0", "quantum of the oscillators")],
    exact: "closed form",
    samplers: DIRECT,
    reference: "A. Einstein, Ann. Phys. 327, 180 (1907), doi:10.1002/andp.19063270110",
    unit: None,
    build: |parameters| Ok(System::new(EinsteinSolid::new(parameters.positive("theta")?)?)),
};

physical_system!(EinsteinSolid, ROW, |system| Sampling::of_spectra(|beta| system.spectrum_at(beta)));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::Canonical;

    #[test]
    fn the_closed_form_is_the_sum_over_levels() {
        let solid = EinsteinSolid::new(0.7).unwrap();
        for beta in [0.001, 0.01, 0.5, 3.0, 40.0, 800.0, f64::INFINITY] {
            let beta = Beta::new(beta).unwrap();
            let spectrum = solid.spectrum_at(beta).unwrap();
            let listed = Canonical::new(&spectrum, beta).thermo();
            let closed = solid.thermo(beta).unwrap();
            let close = |a: f64, b: f64| a == b || (a / b - 1.0).abs() < 1e-12;
            assert!(close(closed.energy, listed.energy) && close(closed.entropy, listed.entropy), "{beta}");
            assert!(close(closed.heat_capacity, listed.heat_capacity) && close(closed.ln_z, listed.ln_z), "{beta}");
        }
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let message = |theta: f64| EinsteinSolid::new(theta).unwrap_err().to_string();
        assert_eq!(message(0.0), "einstein_solid: `theta` must be positive and finite, got `0`");
        let solid = EinsteinSolid::new(1.0).unwrap();
        let message = |beta: f64| solid.thermo(Beta::new(beta).unwrap()).unwrap_err().to_string();
        assert!(message(0.0).starts_with("einstein_solid has no equilibrium at T = inf"));
        assert!(message(-1.0).starts_with("einstein_solid has no equilibrium at T = -1"));
        let hot = solid.spectrum_at(Beta::new(1e-6).unwrap()).unwrap_err().to_string();
        assert!(hot.starts_with("einstein_solid would need") && hot.ends_with("more than 1e7"), "{hot}");
    }
}
