//! Debye's solid: sound waves up to a cutoff, by one integral that the photon gas shares.

mod modes;
mod row;

pub use modes::{DebyeModes, Mode};
pub(in crate::systems) use row::ROW;

use crate::ensemble::Thermo;
use crate::model::{Exact, SystemError};
use crate::systems::Oscillator;
use crate::systems::radiation::planck::bose_integral;
use crate::systems::unbounded_spectrum::reduced_beta;
use crate::units::Beta;

const NAME: &str = "debye_solid";

/// Below this theta/T Debye's function is its series, exact there to 1e-19.
const SERIES_BELOW: f64 = 1e-2;

/// One atom of a solid whose 3 vibrations per atom have quanta omega of density `3 omega^2/theta^3` up to theta.
///
/// With t = theta/T and Debye's function `D(t) = 3/t^3 int_0^t x^3/(e^x - 1) dx`, per atom:
/// `ln Z = -9t/8 - 3 ln(1 - e^-t) + D(t)`, `U = 9 theta/8 + 3 T D(t)`, `S = 4 D(t) - 3 ln(1 - e^-t)`,
/// `C = 12 D(t) - 9 t/(e^t - 1)`. The first term of U is the zero-point energy. No sum cancels, so S and C keep their
/// relative precision down to `4 pi^4/5 (T/theta)^3` and `12 pi^4/5 (T/theta)^3`.
/// T = 0 is legal; infinite and negative temperatures are refused, because the levels never end.
///
/// # Examples
///
/// ```
/// use gibbs::systems::DebyeSolid;
/// use gibbs::model::Exact;
/// use gibbs::units::Temperature;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let copper = DebyeSolid::new(343.5)?;
/// let cold = copper.thermo(Temperature::new(1.0)?.beta())?;
/// let cubic = 12.0 / 5.0 * std::f64::consts::PI.powi(4) / 343.5f64.powi(3);
/// assert!((cold.heat_capacity / cubic - 1.0).abs() < 1e-14);
/// assert_eq!(copper.thermo(Temperature::ZERO.beta())?.energy, 9.0 / 8.0 * 343.5);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// P. Debye, Ann. Phys. 344, 789 (1912), doi:10.1002/andp.19123441404.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DebyeSolid {
    theta: f64,
}

impl DebyeSolid {
    /// A solid of Debye temperature `theta` > 0 (unit of energy).
    ///
    /// # Errors
    ///
    /// A theta that is not positive and finite.
    pub fn new(theta: f64) -> Result<Self, SystemError> {
        Ok(Self { theta: SystemError::positive(NAME, "theta", theta)? })
    }

    /// theta, the largest quantum.
    #[must_use]
    pub fn theta(&self) -> f64 {
        self.theta
    }

    /// t = theta/T, the number all results depend on.
    ///
    /// # Errors
    ///
    /// Infinite and negative temperatures.
    pub fn reduced_beta(&self, beta: Beta) -> Result<f64, SystemError> {
        reduced_beta(NAME, beta, self.theta)
    }
}

/// D(t) = 3/t^3 int_0^t x^3/(e^x - 1) dx, with its limits 1 at 0 and 0 at infinity.
fn debye(t: f64) -> f64 {
    if t < SERIES_BELOW {
        // Sum of Bernoulli numbers: 3 B_2k t^2k / ((2k + 3) (2k)!); the next term is t^8/7 257 600.
        let square = t * t;
        1.0 - 0.375 * t + square * (0.05 - square * (1.0 / 1680.0 - square / 90_720.0))
    } else {
        3.0 * bose_integral(3, 0.0, t) / t / t / t
    }
}

impl Exact for DebyeSolid {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        let t = self.reduced_beta(beta)?;
        let (mean, edge) = (debye(t), Oscillator::new(self.theta)?);
        let ln_z_edge = 3.0 * edge.thermal_ln_z(beta)?;
        let occupation = edge.mean_occupation(beta)?;
        let edge_term = if occupation == 0.0 { 0.0 } else { 9.0 * t * occupation };
        Ok(Thermo {
            beta,
            ln_z: ln_z_edge + mean - 1.125 * t,
            energy: 1.125 * self.theta + 3.0 * mean / beta.get(),
            entropy: ln_z_edge + 4.0 * mean,
            heat_capacity: 12.0 * mean - edge_term,
        })
    }

    fn entropy_limits(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(t_over_theta: f64) -> Thermo {
        DebyeSolid::new(1.0).unwrap().thermo(Beta::new(1.0 / t_over_theta).unwrap()).unwrap()
    }

    #[test]
    fn series_and_quadrature_meet() {
        for t in [SERIES_BELOW, 0.7 * SERIES_BELOW, 0.5 * SERIES_BELOW] {
            let square = t * t;
            let series = 1.0 - 0.375 * t + square * (0.05 - square * (1.0 / 1680.0 - square / 90_720.0));
            assert!((3.0 * bose_integral(3, 0.0, t) / t.powi(3) / series - 1.0).abs() < 2e-15);
        }
    }

    #[test]
    fn both_ends_follow_their_laws() {
        let cubic = 0.8 * std::f64::consts::PI.powi(4);
        for t in [1e-6, 1e-4, 1e-2] {
            let (cold, law) = (at(t), cubic * t.powi(3));
            assert!((cold.heat_capacity / (3.0 * law) - 1.0).abs() < 1e-14, "{t}");
            assert!((cold.entropy / law - 1.0).abs() < 1e-14, "{t}");
        }
        // C = 3 - 3/(20 x^2) + ..., S = 3 ln x + 4 + 3/(40 x^2), x = T/theta.
        for x in [1e3, 1e6] {
            let hot = at(x);
            assert!((hot.heat_capacity - 3.0 + 0.15 / (x * x)).abs() < 1e-14, "{x}");
            assert!((hot.entropy / (3.0 * f64::ln(x) + 4.0 + 0.075 / (x * x)) - 1.0).abs() < 1e-14, "{x}");
        }
        let extreme = at(1e200);
        assert_eq!((extreme.heat_capacity, extreme.energy), (3.0, 3e200));
        assert_eq!(at(1e-200).heat_capacity, 0.0);
    }

    /// Quadrature with 40 digits.
    #[test]
    fn twelve_decades_of_temperature() {
        for (x, entropy, heat_capacity) in [
            (1e-6, 7.792_727_282_720_195e-17, 2.337_818_184_816_058_5e-16),
            (1e-3, 7.792_727_282_720_195e-8, 2.337_818_184_816_058_5e-7),
            (0.03, 2.104_036_366_300_580_4e-3, 6.312_109_097_870_226e-3),
            (0.7, 3.077_682_766_761_987_7, 2.714_862_050_683_447_3),
            (40.0, 15.066_685_236_818_657, 2.999_906_252_092_593_6),
            (1e4, 31.631_021_116_678_548, 2.999_999_998_500_000_4),
            (1e6, 45.446_531_673_892_9, 2.999_999_999_999_85),
        ] {
            assert!((at(x).entropy / entropy - 1.0).abs() < 2e-14, "{x}");
            assert!((at(x).heat_capacity / heat_capacity - 1.0).abs() < 2e-14, "{x}");
        }
    }

    #[test]
    fn absolute_zero() {
        let cold = DebyeSolid::new(2.0).unwrap().thermo(Beta::INFINITE).unwrap();
        assert_eq!((cold.energy, cold.entropy, cold.heat_capacity), (2.25, 0.0, 0.0));
        assert_eq!(cold.free_energy(), 2.25);
    }

    #[test]
    fn the_derivatives_agree() {
        for x in [0.03, 0.2, 1.0, 30.0] {
            let h = 1e-4 * x;
            let slope = (at(x + h).energy - at(x - h).energy) / (2.0 * h);
            assert!((slope / at(x).heat_capacity - 1.0).abs() < 1e-6, "{x}");
            assert!((at(x).ln_z + at(x).energy / x - at(x).entropy).abs() < 1e-12 * at(x).ln_z.abs().max(1.0));
        }
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let message = |theta: f64| DebyeSolid::new(theta).unwrap_err().to_string();
        assert_eq!(message(f64::INFINITY), "debye_solid: `theta` must be positive and finite, got `inf`");
        let solid = DebyeSolid::new(1.0).unwrap();
        let message = |beta: f64| solid.thermo(Beta::new(beta).unwrap()).unwrap_err().to_string();
        assert!(message(0.0).starts_with("debye_solid has no equilibrium at T = inf"));
        assert!(message(-1.0).starts_with("debye_solid has no equilibrium at T = -1"));
    }
}
