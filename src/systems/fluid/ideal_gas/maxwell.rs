//! Independent draws of the velocities of all atoms of an ideal gas: three normal components each.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::model::SystemError;
use crate::samplers::{Independent, Sampler};
use crate::systems::IdealGas;
use crate::units::Beta;

/// The most atoms that are drawn one by one.
const MAX_ATOMS: u64 = 10_000_000;

/// Draws the velocities \[m/s\] of the n atoms of an [`IdealGas`]: components are normal with `sigma^2 = k_B T/m`.
///
/// The energy is kinetic, `sum m v^2/(2 k_B)` in kelvin, and T times a gamma variate of shape 3n/2. Positions, which are
/// uniform in the volume and independent of everything, are not drawn.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::systems::{Filling, IdealGas, Maxwell};
/// use gibbs::samplers::Sampler;
/// use gibbs::units::Temperature;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let argon = IdealGas::new(39.948, 1000, Filling::Pressure(1e5))?;
/// let mut atoms = Maxwell::new(argon, Temperature::new(300.0)?.beta())?;
/// atoms.advance(&mut Seed(1).set_up());
/// assert_eq!(atoms.state().len(), 1000);
/// assert!((atoms.energy() / (1.5 * 1000.0 * 300.0) - 1.0).abs() < 0.15);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Maxwell {
    kelvin: f64,
    sigma: f64,
    velocities: Vec<[f64; 3]>,
    energy: f64,
}

impl Maxwell {
    /// A sampler of `gas` at `beta` \[1/K\], all atoms at rest before the first draw.
    ///
    /// # Errors
    ///
    /// T = 0, infinite and negative T; more than 10^7 atoms.
    pub fn new(gas: IdealGas, beta: Beta) -> Result<Self, SystemError> {
        let sigma = gas.speeds(beta)?.sigma();
        if gas.n() > MAX_ATOMS {
            let expected = "at most 10000000 where velocities are drawn";
            return Err(SystemError::parameter("ideal_gas", "n", expected, gas.n()));
        }
        let velocities = vec![[0.0; 3]; gas.n() as usize];
        Ok(Self { kelvin: beta.temperature().get(), sigma, velocities, energy: 0.0 })
    }
}

impl Sampler for Maxwell {
    /// Velocities \[m/s\], `[n, 3]`.
    type State = [[f64; 3]];

    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        let mut squares = 0.0;
        for velocity in &mut self.velocities {
            for component in velocity {
                let standard: f64 = StandardNormal.sample(rng);
                squares += standard * standard;
                *component = self.sigma * standard;
            }
        }
        self.energy = 0.5 * self.kelvin * squares;
    }

    fn state(&self) -> &[[f64; 3]] {
        &self.velocities
    }

    /// Kinetic energy over k_B \[K\].
    fn energy(&self) -> f64 {
        self.energy
    }
}

impl Independent for Maxwell {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;
    use crate::systems::Filling;
    use crate::units::constants::{ATOMIC_MASS, BOLTZMANN};

    #[test]
    fn the_energy_is_that_of_the_velocities() {
        let gas = IdealGas::new(20.0, 50, Filling::Density(1e25)).unwrap();
        let mut atoms = Maxwell::new(gas, Beta::new(1e-3).unwrap()).unwrap();
        atoms.advance(&mut Seed(1).set_up());
        let squares: f64 = atoms.state().iter().flatten().map(|v| v * v).sum();
        let kinetic = 0.5 * 20.0 * ATOMIC_MASS / BOLTZMANN * squares;
        assert!((kinetic / atoms.energy() - 1.0).abs() < 1e-13);
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let gas = |n| IdealGas::new(20.0, n, Filling::Density(1e25)).unwrap();
        let message = |n, b: f64| Maxwell::new(gas(n), Beta::new(b).unwrap()).unwrap_err().to_string();
        assert!(message(1, 0.0).contains("ln Z diverges") && message(1, f64::INFINITY).contains("T = 0"));
        let many = message(10_000_001, 1.0);
        assert_eq!(many, "ideal_gas: `n` must be at most 10000000 where velocities are drawn, got `10000001`");
    }
}
