//! Published energies and pressures of the fluid, with uncertainties.

use super::{LennardJones, PairTruncation};
use crate::units::Temperature;

/// What was published for a state point: (value, standard error) of each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Published {
    /// U/N, configurational.
    pub energy: (f64, f64),
    /// P.
    pub pressure: (f64, f64),
}

/// T, density, U/N, its standard error, P, its standard error: N = 500, cut at 3 sigma, long-range corrections added.
///
/// Values by NIST. Where an uncertainty is not handed down with them or smaller, it is the standard error of an
/// independent simulation of 150 000 to 300 000 sweeps that agrees with them.
const POINTS: [[f64; 6]; 10] = [
    [0.85, 0.001, -1.0317e-2, 1.68e-5, 8.4402e-4, 2.96e-8],
    [0.85, 0.005, -5.1901e-2, 3.17e-5, 4.1003e-3, 4.00e-7],
    [0.85, 0.009, -9.3973e-2, 1.29e-4, 7.1641e-3, 2.24e-6],
    [0.85, 0.776, -5.5121, 3.44e-4, 6.7714e-3, 1.83e-3],
    [0.85, 0.82, -5.7947, 3.95e-4, 5.5355e-1, 2.08e-3],
    [0.85, 0.86, -6.0305, 2.38e-3, 1.2660, 1.36e-2],
    [0.9, 0.003, -2.9787e-2, 3.21e-5, 2.6485e-3, 1.49e-7],
    [0.9, 0.007, -6.9805e-2, 7.66e-5, 6.0193e-3, 5.75e-7],
    [0.9, 0.776, -5.4689, 3.33e-4, 2.4056e-1, 1.90e-3],
    [0.9, 0.86, -5.9753, 4.78e-4, 1.5781, 2.55e-3],
];
const PARTICLES: usize = 500;
const CUTOFF: f64 = 3.0;

impl LennardJones {
    /// The published state points: (T, density).
    pub fn published_points() -> impl Iterator<Item = (Temperature, f64)> {
        POINTS.into_iter().filter_map(|point| Some((Temperature::new(point[0]).ok()?, point[1])))
    }

    /// Published U/N and P of this fluid at `temperature`, if it is one of the listed state points.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::{systems::{LennardJones, PairTruncation}, units::Temperature};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let fluid = LennardJones::new(500, 0.776, 3.0, PairTruncation::Cut)?;
    /// assert_eq!(fluid.published(Temperature::new(0.9)?).map(|p| p.energy.0), Some(-5.4689));
    /// assert!(fluid.published(Temperature::new(1.9)?).is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # References
    ///
    /// NIST Standard Reference Simulation Website, SRD 173, Lennard-Jones fluid, Monte Carlo in the canonical ensemble,
    /// doi:10.18434/T4M88Q.
    #[must_use]
    pub fn published(&self, temperature: Temperature) -> Option<Published> {
        if self.n() != PARTICLES || self.cutoff() != CUTOFF || self.truncation() != PairTruncation::Cut {
            return None;
        }
        let [_, _, u, u_error, p, p_error] =
            POINTS.into_iter().find(|point| point[0] == temperature.get() && point[1] == self.density())?;
        Some(Published { energy: (u, u_error), pressure: (p, p_error) })
    }
}
