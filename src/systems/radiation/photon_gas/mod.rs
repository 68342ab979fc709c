//! Black-body radiation in a cavity: the canonical ensemble of all its photons in closed form.

mod cavity;
mod photons;
mod poisson;
mod row;

pub use cavity::{Cavity, Radiation};
pub use photons::Photons;
pub(in crate::systems) use row::ROW;

use std::f64::consts::PI;

use crate::ensemble::Thermo;
use crate::model::{Exact, SystemError};
use crate::systems::radiation::planck::{ENERGY_INTEGRAL, PHOTON_INTEGRAL, PLANCK_TEMPERATURE};
use crate::systems::unbounded_spectrum::reduced_beta;
use crate::units::Beta;
use crate::units::constants::{BOLTZMANN, SECOND_RADIATION};

const NAME: &str = "photon_gas";

/// The largest volume \[m^3\]: with it, all results are finite up to the Planck temperature.
const LARGEST_VOLUME: f64 = 1e100;

/// `E = sum over modes of n_i h nu_i`, `n_i = 0, 1, ...`, in a cavity of volume V; zero-point energies are left out.
///
/// Temperatures are in kelvin, and so are energies (E/k_B). With the thermal wavelength `c_2 / T = h c / (k_B T)` the
/// number of modes per x = beta h nu is `A x^2`, `A = 8 pi V (T / c_2)^3` (two polarizations), so
/// `ln Z = -A integral x^2 ln(1 - e^-x) dx = A pi^4 / 45`, `U = 3 T ln Z`, `S = 4 ln Z`, `C = 12 ln Z`, `F = -U/3`.
///
/// The modes are taken as continuous, which needs a cavity much larger than `c_2 / T` (48 um at room temperature): a
/// smaller one has corrections of relative order `(c_2 / T)^2 / V^(2/3)`. A smaller V here is a part of a large cavity.
///
/// T = 0 is legal (the vacuum); infinite and negative temperatures are refused, because the levels never end, and so are
/// those above the Planck temperature.
///
/// # Examples
///
/// ```
/// use gibbs::model::Exact;
/// use gibbs::systems::PhotonGas;
/// use gibbs::units::Temperature;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let gas = PhotonGas::new(1.0)?;
/// let room = Temperature::new(300.0)?.beta();
/// let joules = gas.thermo(room)?.energy * gibbs::units::constants::BOLTZMANN;
/// assert!((joules / 6.128_243_932_726_803_8e-6 - 1.0).abs() < 1e-14);
/// assert!((gas.mean_photons(room)? / 5.477_448_429_154_902_6e14 - 1.0).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// L. D. Landau and E. M. Lifshitz, *Statistical Physics*, Part 1, 3rd edition (1980), section 63.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhotonGas {
    volume: f64,
}

impl Default for PhotonGas {
    /// One cubic metre.
    fn default() -> Self {
        Self { volume: 1.0 }
    }
}

impl PhotonGas {
    /// The radiation in `volume` > 0 \[m^3\].
    ///
    /// # Errors
    ///
    /// A volume that is not positive or above 1e100 m^3.
    pub fn new(volume: f64) -> Result<Self, SystemError> {
        if volume > 0.0 && volume <= LARGEST_VOLUME {
            return Ok(Self { volume });
        }
        Err(SystemError::parameter(NAME, "volume", "positive and at most 1e100 (in m^3)", volume))
    }

    /// V \[m^3\].
    #[must_use]
    pub fn volume(&self) -> f64 {
        self.volume
    }

    /// T \[K\], refused where the gas has no equilibrium.
    fn kelvin(&self, beta: Beta) -> Result<f64, SystemError> {
        let kelvin = 1.0 / reduced_beta(NAME, beta, 1.0)?;
        if kelvin < PLANCK_TEMPERATURE {
            return Ok(kelvin);
        }
        let reason = "it is above the Planck temperature of 1.4e32 K, where the law has no meaning";
        Err(SystemError::NoEquilibrium { system: NAME, temperature: beta.temperature(), reason })
    }

    /// A = 8 pi V (T / c_2)^3: modes per x are A x^2.
    fn modes(&self, beta: Beta) -> Result<f64, SystemError> {
        Ok(8.0 * PI * self.volume * (self.kelvin(beta)? / SECOND_RADIATION).powi(3))
    }

    /// `<N> = 2 zeta(3) A`, mean number of photons in the cavity.
    ///
    /// # Errors
    ///
    /// As [`Exact::thermo`].
    pub fn mean_photons(&self, beta: Beta) -> Result<f64, SystemError> {
        Ok(PHOTON_INTEGRAL * self.modes(beta)?)
    }

    /// `Var N = <N> zeta(2) / zeta(3)`: photons bunch, so it exceeds the mean.
    ///
    /// # Errors
    ///
    /// As [`Exact::thermo`].
    pub fn variance_of_photons(&self, beta: Beta) -> Result<f64, SystemError> {
        // 2 zeta(2) = pi^2 / 3.
        Ok(PI * PI / 3.0 * self.modes(beta)?)
    }

    /// `p = U / (3 V)`, pressure \[Pa\].
    ///
    /// # Errors
    ///
    /// As [`Exact::thermo`].
    pub fn pressure(&self, beta: Beta) -> Result<f64, SystemError> {
        Ok(self.thermo(beta)?.energy / 3.0 / self.volume * BOLTZMANN)
    }
}

impl Exact for PhotonGas {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        // integral x^3/(e^x - 1) = 3 times that of -x^2 ln(1 - e^-x), by parts.
        let ln_z = self.modes(beta)? * ENERGY_INTEGRAL / 3.0;
        Ok(Thermo {
            beta,
            ln_z,
            energy: 3.0 * ln_z * self.kelvin(beta)?,
            entropy: 4.0 * ln_z,
            heat_capacity: 12.0 * ln_z,
        })
    }

    fn entropy_limits(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Temperature;
    use crate::units::constants::RADIATION_DENSITY;

    fn kelvin(t: f64) -> Beta {
        Temperature::new(t).unwrap().beta()
    }

    #[test]
    fn the_constants_of_radiation_come_out() {
        let gas = PhotonGas::new(3.0).unwrap();
        for t in [1e-20, 2.7, 300.0, 5778.0, 1e9, 1e31] {
            let thermo = gas.thermo(kelvin(t)).unwrap();
            let joules = RADIATION_DENSITY * t.powi(4) * 3.0;
            assert!((thermo.energy * BOLTZMANN / joules - 1.0).abs() < 1e-14, "{t}");
            assert!((thermo.free_energy() / thermo.energy + 1.0 / 3.0).abs() < 1e-14);
            assert!((thermo.entropy * t / thermo.energy - 4.0 / 3.0).abs() < 1e-14);
            assert!((thermo.heat_capacity * t / thermo.energy - 4.0).abs() < 1e-14);
        }
    }

    #[test]
    fn absolute_zero_is_the_vacuum() {
        let gas = PhotonGas::default();
        let thermo = gas.thermo(Beta::INFINITE).unwrap();
        assert_eq!([thermo.ln_z, thermo.energy, thermo.entropy, thermo.heat_capacity], [0.0; 4]);
        assert_eq!(gas.mean_photons(Beta::INFINITE).unwrap(), 0.0);
        assert_eq!(gas.pressure(Beta::INFINITE).unwrap(), 0.0);
    }

    #[test]
    fn the_largest_results_are_finite() {
        let thermo = PhotonGas::new(LARGEST_VOLUME).unwrap().thermo(kelvin(1.416e32)).unwrap();
        assert!(thermo.energy.is_finite() && thermo.heat_capacity.is_finite());
    }

    #[test]
    fn every_refusal_names_its_cause() {
        for volume in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let message = PhotonGas::new(volume).unwrap_err().to_string();
            let expected = format!("photon_gas: `volume` must be positive and at most 1e100 (in m^3), got `{volume}`");
            assert_eq!(message, expected);
        }
        let message = |beta: Beta| PhotonGas::default().thermo(beta).unwrap_err().to_string();
        assert!(message(Beta::ZERO).contains("at T = inf: its levels never end"));
        assert!(message(kelvin(-3.0)).contains("no upper bound"));
        assert!(message(kelvin(1e33)).contains("Planck temperature"));
    }
}
