//! Independent draws where levels never end: a classical power-law well by gamma variates, an oscillator by inversion.

use rand::Rng;
use rand_distr::{Distribution, Gamma};

use crate::model::SystemError;
use crate::rng::uniform;
use crate::samplers::{Independent, Sampler};
use crate::systems::{ClassicalPower, Oscillator};
use crate::units::Beta;

/// Draws the coordinate of a [`ClassicalPower`] well: beta E ~ Gamma(1/power), and the sign of x by a fair coin.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::systems::{ClassicalPower, PowerWell};
/// use gibbs::samplers::Sampler;
/// use gibbs::model::Model;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let well = ClassicalPower::new(4.0, 1.0)?;
/// let mut sampler = PowerWell::new(well, Beta::new(2.0)?)?;
/// sampler.advance(&mut Seed(1).set_up());
/// assert!((well.energy(sampler.state()) / sampler.energy() - 1.0).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct PowerWell {
    well: ClassicalPower,
    energies: Gamma<f64>,
    x: f64,
    energy: f64,
}

impl PowerWell {
    /// A sampler of `well` at `beta`, resting at x = 0 before the first draw.
    ///
    /// # Errors
    ///
    /// T = 0, infinite and negative T, and temperatures whose reciprocal overflows.
    pub fn new(well: ClassicalPower, beta: Beta) -> Result<Self, SystemError> {
        let scale = 1.0 / well.require_equilibrium(beta)?;
        let energies = Gamma::new(1.0 / well.power(), scale).map_err(|_| SystemError::NoEquilibrium {
            system: "classical_power",
            temperature: beta.temperature(),
            reason: "it is too extreme for the gamma distribution",
        })?;
        Ok(Self { well, energies, x: 0.0, energy: 0.0 })
    }
}

impl Sampler for PowerWell {
    /// x.
    type State = f64;

    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        self.energy = self.energies.sample(rng);
        let distance = self.well.coordinate(self.energy);
        self.x = if rng.next_u32() & 1 == 0 { distance } else { -distance };
    }

    fn state(&self) -> &f64 {
        &self.x
    }

    fn energy(&self) -> f64 {
        self.energy
    }
}

impl Independent for PowerWell {}

/// Draws the occupation number n of an [`Oscillator`] by inversion of P(n >= k) = e^(-k x), x = beta quantum.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::systems::{Geometric, Oscillator};
/// use gibbs::samplers::Sampler;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut sampler = Geometric::new(Oscillator::new(2.0)?, Beta::INFINITE)?;
/// sampler.advance(&mut Seed(1).set_up());
/// assert_eq!((*sampler.state(), sampler.energy()), (0, 1.0));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Geometric {
    quantum: f64,
    reduced_beta: f64,
    n: u64,
}

impl Geometric {
    /// A sampler of `oscillator` at `beta`, in the ground state before the first draw.
    ///
    /// # Errors
    ///
    /// Infinite and negative temperatures.
    pub fn new(oscillator: Oscillator, beta: Beta) -> Result<Self, SystemError> {
        Ok(Self { quantum: oscillator.quantum(), reduced_beta: oscillator.reduced_beta(beta)?, n: 0 })
    }
}

impl Sampler for Geometric {
    /// n.
    type State = u64;

    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        self.n = occupation(self.reduced_beta, rng);
    }

    fn state(&self) -> &u64 {
        &self.n
    }

    fn energy(&self) -> f64 {
        self.quantum * (self.n as f64 + 0.5)
    }
}

impl Independent for Geometric {}

/// One occupation number at x = beta quantum: u <= e^(-k x) exactly when k <= -ln(u)/x.
pub(super) fn occupation<R: Rng + ?Sized>(x: f64, rng: &mut R) -> u64 {
    (-uniform(rng).ln() / x) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Seed, StreamId};
    use crate::samplers::Metropolis;

    const DRAWS: usize = 100_000;

    /// Kolmogorov's statistic sqrt(n) D of `values` against a distribution function.
    fn kolmogorov(mut values: Vec<f64>, distribution: impl Fn(f64) -> f64) -> f64 {
        values.sort_by(f64::total_cmp);
        let n = values.len() as f64;
        let distance = |(i, &x): (usize, &f64)| {
            let f = distribution(x);
            (f - i as f64 / n).max((i + 1) as f64 / n - f)
        };
        values.iter().enumerate().map(distance).fold(0.0, f64::max) * n.sqrt()
    }

    /// z of the mean of `values` against an exact mean and standard deviation.
    fn z_of_mean(values: &[f64], mean: f64, deviation: f64) -> f64 {
        let n = values.len() as f64;
        (values.iter().sum::<f64>() / n - mean) / (deviation / n.sqrt())
    }

    fn beta(value: f64) -> Beta {
        Beta::new(value).unwrap()
    }

    #[test]
    fn the_harmonic_well_is_normal() {
        // exp(-beta k x^2): normal of variance 1/(2 beta k). Kolmogorov's survival at 2.3 is 2 e^(-2 2.3^2) = 5e-5.
        for (case, b) in [0.5, 2.0].into_iter().enumerate() {
            let mut rng = Seed(case as u64).stream(StreamId::new(1, 0, 0));
            let mut sampler = PowerWell::new(ClassicalPower::new(2.0, 3.0).unwrap(), beta(b)).unwrap();
            let mut draw = || {
                sampler.advance(&mut rng);
                *sampler.state()
            };
            let x: Vec<f64> = (0..DRAWS).map(|_| draw()).collect();
            let normal = |b: f64| move |x: f64| 0.5 * libm::erfc(-x * (b * 3.0).sqrt());
            assert!(kolmogorov(x.clone(), normal(b)) < 2.3);
            assert!(kolmogorov(x, normal(1.05 * b)) > 2.3);
        }
    }

    /// A chain that starts from a draw at the right temperature must still have that distribution later: replicas
    /// are independent, so no correlation enters the test. A chain at 1.05 beta moves away from it.
    #[test]
    fn metropolis_leaves_the_distribution_as_it_is() {
        let (well, b, k) = (ClassicalPower::new(2.0, 3.0).unwrap(), 2.0, 3.0);
        let after = |chain_beta: f64| {
            let replica = |r: u32| {
                let mut rng = Seed(1).stream(StreamId::new(1, r, 3));
                let mut start = PowerWell::new(well, beta(b)).unwrap();
                start.advance(&mut rng);
                let mut chain = Metropolis::new(&well, beta(chain_beta), *start.state());
                (0..6).for_each(|_| chain.advance(&mut rng));
                *chain.state()
            };
            (0..DRAWS as u32 / 2).map(replica).collect()
        };
        let normal = |x: f64| 0.5 * libm::erfc(-x * (b * k).sqrt());
        assert!(kolmogorov(after(b), normal) < 2.3);
        assert!(z_of_square(&after(b), 0.5 / (b * k)).abs() < 4.5);
        assert!(z_of_square(&after(1.05 * b), 0.5 / (b * k)).abs() > 4.5);
    }

    /// z of the mean square of normal `values` against their variance.
    fn z_of_square(values: &[f64], variance: f64) -> f64 {
        let squares: Vec<f64> = values.iter().map(|x| x * x).collect();
        z_of_mean(&squares, variance, variance * 2f64.sqrt())
    }

    #[test]
    fn every_power_has_its_mean_energy() {
        for (case, power) in [0.5, 1.0, 2.0, 4.0, 10.0].into_iter().enumerate() {
            let mut rng = Seed(case as u64).stream(StreamId::new(1, 1, 0));
            let mut sampler = PowerWell::new(ClassicalPower::new(power, 0.7).unwrap(), beta(2.0)).unwrap();
            let mut draw = || {
                sampler.advance(&mut rng);
                sampler.energy()
            };
            let energies: Vec<f64> = (0..DRAWS).map(|_| draw()).collect();
            let (mean, deviation) = (0.5 / power, 0.5 / power.sqrt());
            assert!(z_of_mean(&energies, mean, deviation).abs() < 4.5);
            if power <= 4.0 {
                // The control is 0.05 sqrt(n/power) = 7.9 deviations away at power 4, and too close beyond.
                assert!(z_of_mean(&energies, mean / 1.05, deviation / 1.05).abs() > 3.0);
            }
        }
    }

    #[test]
    fn occupation_numbers_are_geometric() {
        for (case, x) in [0.3f64, 1.0, 2.5].into_iter().enumerate() {
            let mut rng = Seed(case as u64).stream(StreamId::new(1, 2, 0));
            let mut sampler = Geometric::new(Oscillator::new(1.0).unwrap(), beta(x)).unwrap();
            let mut counts = [0.0f64; 6];
            for _ in 0..DRAWS {
                sampler.advance(&mut rng);
                counts[(*sampler.state()).min(5) as usize] += 1.0;
            }
            let chi_square = |x: f64| {
                let expected = |n: usize| {
                    let p = (-x * n as f64).exp() * if n == 5 { 1.0 } else { 1.0 - (-x).exp() };
                    p * DRAWS as f64
                };
                (0..6).map(|n| (counts[n] - expected(n)).powi(2) / expected(n)).sum::<f64>()
            };
            // Five degrees of freedom: P(chi^2 > 33.1) = 3.6e-6, z = 4.5.
            assert!(chi_square(x) < 33.1, "{x}: {}", chi_square(x));
            assert!(chi_square(1.05 * x) > 33.1, "{x}: {}", chi_square(1.05 * x));
        }
    }

    #[test]
    fn refuses_what_has_no_equilibrium() {
        let well = ClassicalPower::new(2.0, 1.0).unwrap();
        for b in [0.0, -1.0, f64::INFINITY] {
            assert!(PowerWell::new(well, beta(b)).is_err());
        }
        for b in [0.0, -1.0] {
            assert!(Geometric::new(Oscillator::new(1.0).unwrap(), beta(b)).is_err());
        }
    }
}
