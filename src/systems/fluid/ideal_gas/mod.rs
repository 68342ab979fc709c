//! The classical ideal gas of point atoms: Sackur and Tetrode's entropy, in kelvin.

mod maxwell;
mod row;

pub use maxwell::Maxwell;
pub(in crate::systems) use row::ROW;

use crate::ensemble::Thermo;
use crate::model::{Exact, SystemError};
use crate::systems::fluid::maxwell_boltzmann::{MaxwellBoltzmann, kelvin};
use crate::units::Beta;
use crate::units::constants::{ATOMIC_MASS, BOLTZMANN, PLANCK};

const NAME: &str = "ideal_gas";

/// n atoms of one mass and no spin in a volume: energies E/k_B and temperatures in kelvin.
///
/// `Z = V^n/(lambda^(3n) n!)` with the thermal wavelength `lambda = h/sqrt(2 pi m k_B T)` and `ln n! = n ln n - n`, so that
/// `ln Z = n (ln(V/(n lambda^3)) + 1)` and `S = n (5/2 + ln(V/(n lambda^3)))` (Sackur–Tetrode): the leading order in n, in which
/// all values are n times those of one atom. U = 3nT/2, and C = 3n/2 is the heat capacity at constant volume, also where
/// the volume is that of a given pressure at each temperature (`V = n k_B T/p`; then U and S along T do not differ by
/// the integral of C).
///
/// T = 0 is refused, because the entropy of a classical gas falls to minus infinity there; so are infinite and negative
/// T. Where [`IdealGas::degeneracy_parameter`] is not small against 1, atoms are bosons or fermions and these results
/// do not hold.
///
/// # Examples
///
/// ```
/// use gibbs::model::Exact;
/// use gibbs::systems::{Filling, IdealGas};
/// use gibbs::units::constants;
/// use gibbs::units::Temperature;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let argon = IdealGas::new(39.948, 1, Filling::Pressure(100_000.0))?;
/// let s = argon.thermo(Temperature::new(298.15)?.beta())?.entropy;
/// let molar = s * constants::BOLTZMANN * constants::AVOGADRO;
/// // Literature: 154.846(3) J/(mol K).
/// assert!((molar - 154.846).abs() < 0.003);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// O. Sackur, Ann. Phys. 345, 67 (1913), doi:10.1002/andp.19133450103; H. Tetrode, Ann. Phys. 343, 434 (1912),
/// doi:10.1002/andp.19123430708.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IdealGas {
    mass: f64,
    n: u64,
    filling: Filling,
}

/// What fixes the volume of a gas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Filling {
    /// A pressure p \[Pa\]: V = n k_B T/p.
    Pressure(f64),
    /// A number density rho \[1/m^3\]: V = n/rho.
    Density(f64),
}

impl IdealGas {
    /// `n` atoms of `mass` \[u\] at a pressure or density.
    ///
    /// # Errors
    ///
    /// A mass, pressure or density that is not positive and finite; no atom.
    pub fn new(mass: f64, n: u64, filling: Filling) -> Result<Self, SystemError> {
        let (name, value) = match filling {
            Filling::Pressure(pascal) => ("pressure", pascal),
            Filling::Density(density) => ("density", density),
        };
        SystemError::positive(NAME, "mass", mass)?;
        SystemError::positive(NAME, name, value)?;
        if n == 0 {
            return Err(SystemError::parameter(NAME, "n", "at least 1", n));
        }
        Ok(Self { mass, n, filling })
    }

    /// The mass of an atom \[u\].
    #[must_use]
    pub fn mass(&self) -> f64 {
        self.mass
    }

    /// Number of atoms.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// What fixes the volume.
    #[must_use]
    pub fn filling(&self) -> Filling {
        self.filling
    }

    /// The distribution of speeds at `beta` \[1/K\].
    ///
    /// # Errors
    ///
    /// T = 0, infinite and negative T.
    pub fn speeds(&self, beta: Beta) -> Result<MaxwellBoltzmann, SystemError> {
        MaxwellBoltzmann::new(self.mass, beta)
    }

    /// lambda = h/sqrt(2 pi m k_B T) \[m\], the thermal wavelength.
    ///
    /// # Errors
    ///
    /// T = 0, infinite and negative T.
    pub fn thermal_wavelength(&self, beta: Beta) -> Result<f64, SystemError> {
        let kelvin = kelvin(beta)?;
        Ok(PLANCK / (std::f64::consts::TAU * self.mass * ATOMIC_MASS * BOLTZMANN * kelvin).sqrt())
    }

    /// V \[m^3\], the volume at `beta`.
    ///
    /// # Errors
    ///
    /// T = 0, infinite and negative T.
    pub fn volume(&self, beta: Beta) -> Result<f64, SystemError> {
        Ok(self.n as f64 * self.volume_per_atom(kelvin(beta)?))
    }

    fn volume_per_atom(&self, kelvin: f64) -> f64 {
        match self.filling {
            Filling::Pressure(pascal) => BOLTZMANN * kelvin / pascal,
            Filling::Density(density) => 1.0 / density,
        }
    }

    /// n lambda^3/V, the mean number of atoms per thermal wavelength cubed: Maxwell–Boltzmann statistics needs it to
    /// be small, and is off by about 0.18 of it in the pressure of spinless bosons.
    ///
    /// # Errors
    ///
    /// T = 0, infinite and negative T.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::{systems::{Filling, IdealGas}, units::Temperature};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let helium = IdealGas::new(4.0026, 1, Filling::Pressure(1e5))?;
    /// assert!(helium.degeneracy_parameter(Temperature::new(300.0)?.beta())? < 1e-5);
    /// assert!(helium.degeneracy_parameter(Temperature::new(2.0)?.beta())? > 0.8);
    /// # Ok(())
    /// # }
    /// ```
    pub fn degeneracy_parameter(&self, beta: Beta) -> Result<f64, SystemError> {
        Ok(self.thermal_wavelength(beta)?.powi(3) / self.volume_per_atom(kelvin(beta)?))
    }

    /// mu = -T ln(V/(n lambda^3)) \[K\], the chemical potential over k_B.
    ///
    /// # Errors
    ///
    /// T = 0, infinite and negative T.
    pub fn chemical_potential(&self, beta: Beta) -> Result<f64, SystemError> {
        Ok(kelvin(beta)? * self.degeneracy_parameter(beta)?.ln())
    }
}

impl Exact for IdealGas {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        let n = self.n as f64;
        let ln_room = -self.degeneracy_parameter(beta)?.ln();
        Ok(Thermo {
            beta,
            ln_z: n * (ln_room + 1.0),
            energy: 1.5 * n * kelvin(beta)?,
            entropy: n * (ln_room + 2.5),
            heat_capacity: 1.5 * n,
        })
    }

    fn n_sites(&self) -> f64 {
        self.n as f64
    }

    fn has_fixed_levels(&self) -> bool {
        matches!(self.filling, Filling::Density(_))
    }

    fn entropy_limits(&self) -> (f64, f64) {
        (f64::NEG_INFINITY, f64::INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pressure_and_density_agree_where_they_describe_one_volume() {
        let beta = Beta::new(1.0 / 300.0).unwrap();
        let by_pressure = IdealGas::new(20.0, 1000, Filling::Pressure(1e5)).unwrap();
        let density = 1000.0 / by_pressure.volume(beta).unwrap();
        let by_density = IdealGas::new(20.0, 1000, Filling::Density(density)).unwrap();
        let (one, other) = (by_pressure.thermo(beta).unwrap(), by_density.thermo(beta).unwrap());
        assert!((one.entropy / other.entropy - 1.0).abs() < 1e-14);
        assert!((one.ln_z + beta.get() * one.energy - one.entropy).abs() < 1e-9);
        // S = (U - mu n)/T + ln Z with p V = n T.
        let mu = by_density.chemical_potential(beta).unwrap();
        assert!((beta.get() * (one.energy - 1000.0 * mu) + 1000.0 - one.entropy).abs() < 1e-8);
    }

    #[test]
    fn entropy_at_constant_density_is_the_integral_of_the_heat_capacity() {
        let gas = IdealGas::new(4.0, 10, Filling::Density(1e25)).unwrap();
        let s = |t: f64| gas.thermo(Beta::new(1.0 / t).unwrap()).unwrap().entropy;
        assert!((s(600.0) - s(300.0) - 15.0 * 2f64.ln()).abs() < 1e-11);
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let message = |mass, n, filling| IdealGas::new(mass, n, filling).unwrap_err().to_string();
        assert_eq!(message(-1.0, 1, Filling::Pressure(1.0)), "ideal_gas: `mass` must be positive and finite, got `-1`");
        assert_eq!(message(1.0, 0, Filling::Density(1.0)), "ideal_gas: `n` must be at least 1, got `0`");
        assert!(message(1.0, 1, Filling::Density(f64::NAN)).contains("`density` must be positive"));
        assert!(message(1.0, 1, Filling::Pressure(0.0)).contains("`pressure` must be positive"));
        let gas = IdealGas::new(4.0, 1, Filling::Pressure(1e5)).unwrap();
        let message = |beta: f64| gas.thermo(Beta::new(beta).unwrap()).unwrap_err().to_string();
        assert!(
            message(f64::INFINITY).starts_with("ideal_gas has no equilibrium at T = 0: the entropy of a classical gas")
        );
        assert!(message(0.0).contains("ln Z diverges") && message(-1.0).contains("no upper bound"));
    }
}
