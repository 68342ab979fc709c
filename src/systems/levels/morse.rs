//! The bound states of a Morse oscillator: the vibration of a diatomic molecule, solved by enumeration.

use crate::ensemble::Spectrum;
use crate::model::SystemError;
use crate::systems::description::{DIRECT, parameter};
use crate::systems::unbounded_spectrum::MAX_LEVELS;
use crate::systems::{Description, System};

const NAME: &str = "morse";

/// E_n = omega_e (n + 1/2) - omega_e_x_e (n + 1/2)^2 for the bound states n + 1/2 < omega_e/(2 omega_e_x_e), measured
/// from the minimum of the potential.
///
/// Levels above the last bound one belong to the continuum of broken molecules and are left out, so the spectrum is
/// finite and every temperature is legal: 0, infinite and negative. Where T approaches the dissociation energy a real gas
/// is no longer this ensemble.
///
/// # Examples
///
/// ```
/// use gibbs::model::Exact;
/// use gibbs::systems::Morse;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), gibbs::model::SystemError> {
/// let molecule = Morse::new(1.0, 0.02)?;
/// assert_eq!((molecule.n_bound(), molecule.dissociation_energy()), (25, 12.5));
/// assert_eq!(molecule.thermo(Beta::INFINITE)?.energy, 0.495);
/// assert!((molecule.thermo(Beta::ZERO)?.entropy - 25f64.ln()).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// P. M. Morse, Phys. Rev. 34, 57 (1929), doi:10.1103/PhysRev.34.57.
#[derive(Clone, Debug, PartialEq)]
pub struct Morse {
    omega_e: f64,
    omega_e_x_e: f64,
    spectrum: Spectrum,
}

impl Morse {
    /// An oscillator of harmonic quantum `omega_e` > 0 and anharmonicity `omega_e_x_e` > 0 (both energies).
    ///
    /// # Errors
    ///
    /// Either is not positive and finite; `omega_e_x_e` is not below `omega_e`, so that no state is bound; more than
    /// 10^7 bound states.
    pub fn new(omega_e: f64, omega_e_x_e: f64) -> Result<Self, SystemError> {
        let refuse = |name, expected, value: f64| Err(SystemError::parameter(NAME, name, expected, value));
        SystemError::positive(NAME, "omega_e", omega_e)?;
        SystemError::positive(NAME, "omega_e_x_e", omega_e_x_e)?;
        if omega_e_x_e >= omega_e {
            return refuse("omega_e_x_e", "below omega_e, or there is no bound state", omega_e_x_e);
        }
        let turning_point = 0.5 * omega_e / omega_e_x_e;
        let n_bound = (turning_point - 0.5).ceil();
        if n_bound > MAX_LEVELS {
            return refuse("omega_e_x_e", "large enough to leave at most 1e7 bound states", omega_e_x_e);
        }
        if (0.5 * omega_e * turning_point).is_infinite() {
            return refuse("omega_e", "small enough for a finite dissociation energy", omega_e);
        }
        let energy = |n: usize| {
            let half = n as f64 + 0.5;
            half * (omega_e - omega_e_x_e * half)
        };
        let spectrum = Spectrum::new((0..n_bound as usize).map(energy).collect())?;
        Ok(Self { omega_e, omega_e_x_e, spectrum })
    }

    /// The bound states by increasing energy.
    #[must_use]
    pub fn spectrum(&self) -> &Spectrum {
        &self.spectrum
    }

    /// Number of bound states.
    #[must_use]
    pub fn n_bound(&self) -> usize {
        self.spectrum.len()
    }

    /// D_e = omega_e^2/(4 omega_e_x_e), the depth of the potential.
    #[must_use]
    pub fn dissociation_energy(&self) -> f64 {
        0.25 * self.omega_e * (self.omega_e / self.omega_e_x_e)
    }
}

/// The row of `morse`.
pub(in crate::systems) static ROW: Description = Description {
    name: "morse",
    summary: "an anharmonic vibration: the bound states of Morse's potential",
    hamiltonian: "E_n = omega_e (n + 1/2) - omega_e_x_e (n + 1/2)^2 for n + 1/2 < omega_e/(2 omega_e_x_e), \
                  measured from the minimum of the potential; bound states only, without the continuum; every T \
                  is legal",
    parameters: &[
        parameter("omega_e", Some("1"), "E0", "harmonic quantum"),
        parameter("omega_e_x_e", Some("0.02"), "E0", "anharmonicity"),
    ],
    exact: "enumeration of the bound states",
    samplers: DIRECT,
    reference: "P. M. Morse, Phys. Rev. 34, 57 (1929), doi:10.1103/PhysRev.34.57",
    unit: None,
    build: |parameters| {
        let [omega_e, omega_e_x_e] = ["omega_e", "omega_e_x_e"].map(|name| parameters.positive(name));
        Ok(System::new(Morse::new(omega_e?, omega_e_x_e?)?))
    },
};

solved_by_enumeration!(Morse, ROW);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Exact;
    use crate::units::Beta;

    #[test]
    fn only_bound_states_count() {
        // omega_e/(2 omega_e_x_e) = 0.5001, 1.5, 1.50001: the state at the edge itself is not bound.
        for (x, n) in [(0.9998, 1), (1.0 / 3.0, 1), (0.33333, 2), (0.02, 25), (1e-3, 500)] {
            let morse = Morse::new(1.0, x).unwrap();
            assert_eq!(morse.n_bound(), n, "{x}");
            let highest = morse.spectrum().energy(n - 1);
            assert!(highest < morse.dissociation_energy());
            assert!((0..n).map(|i| morse.spectrum().energy(i)).is_sorted());
        }
    }

    #[test]
    fn small_anharmonicity_is_a_harmonic_oscillator() {
        let beta = Beta::new(2.0).unwrap();
        let harmonic = crate::systems::Oscillator::new(1.0).unwrap().thermo(beta).unwrap();
        let morse = Morse::new(1.0, 1e-6).unwrap().thermo(beta).unwrap();
        assert!((morse.energy / harmonic.energy - 1.0).abs() < 3e-6 && morse.heat_capacity > harmonic.heat_capacity);
    }

    #[test]
    fn an_inverted_population_has_negative_temperature() {
        let morse = Morse::new(1.0, 0.02).unwrap();
        let top = morse.thermo(Beta::new(f64::NEG_INFINITY).unwrap()).unwrap();
        assert_eq!((top.energy, top.entropy), (morse.spectrum().energy(24), 0.0));
        assert!(morse.thermo(Beta::new(-1.0).unwrap()).unwrap().energy > morse.thermo(Beta::ZERO).unwrap().energy);
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let message = |omega_e, x| Morse::new(omega_e, x).unwrap_err().to_string();
        assert_eq!(message(0.0, 1.0), "morse: `omega_e` must be positive and finite, got `0`");
        assert_eq!(message(1.0, f64::NAN), "morse: `omega_e_x_e` must be positive and finite, got `NaN`");
        assert_eq!(
            message(1.0, 1.0),
            "morse: `omega_e_x_e` must be below omega_e, or there is no bound state, got `1`"
        );
        assert!(message(1e308, 1e306).contains("a finite dissociation energy"));
        assert!(message(1.0, 1e-9).contains("at most 1e7 bound states"));
    }
}
