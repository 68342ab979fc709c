//! Maxwell's distribution of the speeds of atoms at one temperature, in SI units.

use std::f64::consts::PI;

use special::Gamma;

use crate::model::SystemError;
use crate::units::Beta;
use crate::units::constants::{ATOMIC_MASS, BOLTZMANN};

const NAME: &str = "ideal_gas";

/// Speeds v \[m/s\] of atoms of mass m at T \[K\]: every component of the velocity is normal with the variance
/// `sigma^2 = k_B T/m`, so v has the density `sqrt(2/pi) v^2/sigma^3 e^(-v^2/(2 sigma^2))`.
///
/// # Examples
///
/// ```
/// use gibbs::{systems::MaxwellBoltzmann, units::Temperature};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let argon = MaxwellBoltzmann::new(39.948, Temperature::new(298.15)?.beta())?;
/// assert!((argon.mean() - 397.518_216_911_006_2).abs() < 1e-9);
/// assert!((argon.cdf(argon.most_probable()) - 0.427_593_295_529_120_2).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// J. C. Maxwell, Philos. Mag. 19, 19 (1860), doi:10.1080/14786446008642818.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxwellBoltzmann {
    sigma: f64,
}

impl MaxwellBoltzmann {
    /// Atoms of `mass` \[u\] at `beta` \[1/K\].
    ///
    /// # Errors
    ///
    /// A mass that is not positive and finite; T = 0, infinite and negative T.
    pub fn new(mass: f64, beta: Beta) -> Result<Self, SystemError> {
        SystemError::positive(NAME, "mass", mass)?;
        let kelvin = kelvin(beta)?;
        Ok(Self { sigma: (BOLTZMANN * kelvin / (mass * ATOMIC_MASS)).sqrt() })
    }

    /// sigma = sqrt(k_B T/m) \[m/s\], the standard deviation of one component of the velocity.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// The speed \[m/s\] at the maximum of the density, `sqrt(2 k_B T/m)`.
    #[must_use]
    pub fn most_probable(&self) -> f64 {
        self.sigma * 2f64.sqrt()
    }

    /// `<v>` = sqrt(8 k_B T/(pi m)) \[m/s\].
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.sigma * (8.0 / PI).sqrt()
    }

    /// `sqrt(<v^2>)` = sqrt(3 k_B T/m) \[m/s\].
    #[must_use]
    pub fn rms(&self) -> f64 {
        self.sigma * 3f64.sqrt()
    }

    /// `<v^power>` \[(m/s)^power\] = (2 sigma^2)^(power/2) Gamma((3 + power)/2)/Gamma(3/2); infinite for powers <= -3.
    #[must_use]
    pub fn moment(&self, power: f64) -> f64 {
        if power <= -3.0 {
            return f64::INFINITY;
        }
        self.most_probable().powf(power) * (libm::lgamma(1.5 + 0.5 * power) - libm::lgamma(1.5)).exp()
    }

    /// Probability density \[s/m\] of the speed `v` \[m/s\]; 0 for negative v.
    #[must_use]
    pub fn density(&self, v: f64) -> f64 {
        let x = (v / self.sigma).min(1e100);
        if x <= 0.0 { 0.0 } else { (2.0 / PI).sqrt() / self.sigma * x * x * (-0.5 * x * x).exp() }
    }

    /// Probability of a speed below `v` \[m/s\], `P(3/2, v^2/(2 sigma^2))`; 0 for negative v.
    #[must_use]
    pub fn cdf(&self, v: f64) -> f64 {
        let x = v / self.most_probable();
        if x <= 0.0 { 0.0 } else { (x * x).min(1e4).inc_gamma(1.5) }
    }

    /// Probability of a speed above `v` \[m/s\], with its digits in the tail.
    #[must_use]
    pub fn survival(&self, v: f64) -> f64 {
        let x = v / self.most_probable();
        if x <= 0.0 { 1.0 } else { libm::erfc(x) + 0.5 * self.most_probable() * self.density(v) / x }
    }

    /// Probability of one component of the velocity below `v` \[m/s\].
    #[must_use]
    pub fn component_cdf(&self, v: f64) -> f64 {
        0.5 * libm::erfc(-v / self.most_probable())
    }

    /// The speed \[m/s\] that half of the atoms exceed.
    #[must_use]
    pub fn median(&self) -> f64 {
        // Root of P(3/2, x^2) = 1/2.
        1.087_652_031_758_167_2 * self.most_probable()
    }
}

/// T \[K\], where a classical gas has an ensemble.
pub(super) fn kelvin(beta: Beta) -> Result<f64, SystemError> {
    let b = beta.get();
    let reason = if b < 0.0 {
        "kinetic energies have no upper bound, so no ensemble exists at negative temperature"
    } else if b == 0.0 {
        "kinetic energies have no upper bound, so ln Z diverges"
    } else if b.is_infinite() {
        "the entropy of a classical gas goes to minus infinity there"
    } else {
        return Ok(beta.temperature().get());
    };
    Err(SystemError::NoEquilibrium { system: NAME, temperature: beta.temperature(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gas() -> MaxwellBoltzmann {
        MaxwellBoltzmann::new(4.0, Beta::new(0.01).unwrap()).unwrap()
    }

    #[test]
    fn moments_are_the_named_speeds() {
        let gas = gas();
        assert!((gas.moment(1.0) / gas.mean() - 1.0).abs() < 1e-14);
        assert!((gas.moment(2.0).sqrt() / gas.rms() - 1.0).abs() < 1e-14);
        assert_eq!((gas.moment(0.0), gas.moment(-3.0)), (1.0, f64::INFINITY));
        assert!((gas.cdf(gas.median()) - 0.5).abs() < 1e-13);
    }

    #[test]
    fn the_two_tails_add_up_and_keep_their_digits() {
        let gas = gas();
        for x in [1e-3, 0.1, 0.5, 1.0, 2.0, 5.0] {
            let v = x * gas.most_probable();
            assert!((gas.cdf(v) + gas.survival(v) - 1.0).abs() < 1e-12, "{x}");
            let h = 1e-4 * v;
            assert!(
                ((gas.cdf(v + h) - gas.cdf(v - h)) / (2.0 * h) / gas.density(v) - 1.0).abs() < 1e-5 || x > 3.0,
                "{x}"
            );
        }
        // Small speeds: 4 x^3/(3 sqrt(pi)).
        let small = gas.cdf(1e-5 * gas.most_probable());
        assert!((small / (4.0 / 3.0 / PI.sqrt() * 1e-15) - 1.0).abs() < 1e-9, "{small:e}");
        assert_eq!((gas.cdf(-1.0), gas.survival(-1.0), gas.density(-1.0)), (0.0, 1.0, 0.0));
        assert_eq!((gas.cdf(f64::INFINITY), gas.survival(1e300), gas.density(1e300)), (1.0, 0.0, 0.0));
    }
}
