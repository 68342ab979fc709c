//! All photons of a cavity at once: their number and energy, drawn exactly as a Poisson sum of clusters.

use rand::Rng;
use rand_distr::{Distribution, Gamma, StandardNormal};

use super::poisson::PoissonCount;
use crate::model::{Exact, SystemError};
use crate::rng::uniform;
use crate::samplers::{Independent, Sampler};
use crate::systems::PhotonGas;
use crate::units::Beta;

/// zeta(2), zeta(3) and zeta(4).
const ZETA_2: f64 = std::f64::consts::PI * std::f64::consts::PI / 6.0;
const ZETA_3: f64 = 1.202_056_903_159_594_3;
const ZETA_4: f64 = ZETA_2 * ZETA_2 * 0.4;

/// Mean numbers of clusters above this get their photons from a normal distribution, see [`Cavity`].
const NORMAL_ABOVE: f64 = 1e10;

/// Mean numbers of clusters above this leave an energy whose relative spread, below 1e-14, is lost in rounding.
const MOST_CLUSTERS: f64 = 1e28;

/// What a cavity holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Radiation {
    /// Number of clusters; see [`Cavity`].
    pub clusters: f64,
    /// Number of photons N: a whole number, as far as doubles of its size are.
    pub photons: f64,
    /// E/k_B \[K\].
    pub energy: f64,
}

/// Draws the radiation in a cavity from its canonical ensemble, one independent cavity at a time.
///
/// A mode of x = beta h nu holds n photons with probability `(1 - q) q^n`, `q = e^-x`. Its generating function
/// `(1 - q)/(1 - q z) = exp(sum_k (q^k / k)(z^k - 1))` is that of a sum of clusters: independently for every k, a Poisson
/// number of mean `q^k / k` of them, of k photons each. Over all modes, of which there are `A x^2 dx`, the clusters of k
/// photons have mean number `(A / k) integral x^2 e^(-k x) dx = 2 A / k^4`, and x in each is distributed as
/// `x^2 e^(-k x)`. Hence:
///
/// - the number of clusters is Poisson with mean `2 A zeta(4) = ln Z`;
/// - a cluster has k photons with k ~ Zeta(4), and the energy `k x ~ Gamma(3)` (in units of T) whatever its k;
/// - so E ~ T Gamma(3 M), given M clusters, which has U = 3 T ln Z and Var E = 12 T^2 ln Z = T^2 C.
///
/// Clusters are how photons bunch: were they independent, all k would be 1 and Var N = `<N>`; here it is 1.37 `<N>`.
///
/// The cost does not grow with the number of photons. Clusters of up to K photons are counted by one Poisson
/// variate for each size and the few larger ones drawn one by one, 2 K variates in all with K = (ln Z)^(1/4). Above
/// ln Z = 10^10 the number of photons is normal given the number of clusters: its skewness is then below 4e-5, and 10^11
/// draws could tell (beyond 5.7 standard deviations the true tail is heavier). The energy stays exact up to the normal
/// shape of Poisson counts of mean above 10^15.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::systems::{Cavity, PhotonGas};
/// use gibbs::samplers::Sampler;
/// use gibbs::units::Temperature;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let beta = Temperature::new(300.0)?.beta();
/// let mut cavity = Cavity::new(PhotonGas::new(1.0)?, beta)?;
/// cavity.advance(&mut Seed(1).set_up());
/// assert!((cavity.state().photons / 5.477_448e14 - 1.0).abs() < 1e-6);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Cavity {
    kelvin: f64,
    contents: Contents,
    state: Radiation,
}

/// How clusters and their photons are drawn.
#[derive(Clone, Debug)]
enum Contents {
    /// Counts of clusters of 1, 2, ... K photons, `[K]`, and of all larger ones.
    BySize(Vec<PoissonCount>, PoissonCount),
    /// The count of all clusters; photons are normal given that.
    Together(PoissonCount),
}

impl Cavity {
    /// A sampler of `gas` at `beta` \[1/K\], empty before the first draw. At T = 0 it stays so.
    ///
    /// # Errors
    ///
    /// Temperatures at which the gas has no equilibrium; more than 10^28 clusters, where the relative spread of the energy
    /// is lost in the rounding of doubles.
    pub fn new(gas: PhotonGas, beta: Beta) -> Result<Self, SystemError> {
        let mean = gas.thermo(beta)?.ln_z;
        let contents = contents(mean).ok_or(SystemError::NoEquilibrium {
            system: "photon_gas",
            temperature: beta.temperature(),
            reason: "its fluctuations are below the precision of 64-bit numbers; use a smaller volume, or `gibbs \
                     exact`",
        })?;
        Ok(Self { kelvin: beta.temperature().get(), contents, state: Radiation::default() })
    }
}

fn contents(mean: f64) -> Option<Contents> {
    if mean.is_nan() || mean > MOST_CLUSTERS {
        return None;
    }
    if mean > NORMAL_ABOVE {
        return Some(Contents::Together(PoissonCount::new(mean)?));
    }
    let largest = mean.powf(0.25).ceil().max(1.0) as usize;
    let of_size = |k: usize| PoissonCount::new(mean / ZETA_4 * (k as f64).powi(-4));
    let counts: Option<Vec<PoissonCount>> = (1..=largest).map(of_size).collect();
    Some(Contents::BySize(counts?, PoissonCount::new(mean / ZETA_4 * sum_from(largest + 1))?))
}

/// `sum_{k >= first} k^-4`: some terms, then the Euler–Maclaurin formula, whose next term is below rounding.
fn sum_from(first: usize) -> f64 {
    const TERMS: usize = 30;
    let n = (first + TERMS) as f64;
    let rest = n.powi(-3) / 3.0 + n.powi(-4) / 2.0 + n.powi(-5) / 3.0 - n.powi(-7) / 6.0 + n.powi(-9) / 4.5;
    rest + (first..first + TERMS).rev().map(|k| (k as f64).powi(-4)).sum::<f64>()
}

/// A k >= `first` with probability proportional to `k^-4`, by rejection from the whole part of a Pareto variable.
fn draw_from<R: Rng + ?Sized>(first: f64, rng: &mut R) -> f64 {
    // Proposed with k^-3 - (k+1)^-3; the ratio falls with k.
    let ratio = |k: f64| {
        let step = 1.0 / k;
        // k^-4 / (k^-3 - (k+1)^-3), without the difference of nearly equal numbers.
        (1.0 + step).powi(3) / (3.0 + step * (3.0 + step))
    };
    let most = ratio(first);
    loop {
        let k = (first * uniform(rng).powf(-1.0 / 3.0)).floor();
        if uniform(rng) * most <= ratio(k) {
            return k;
        }
    }
}

impl Sampler for Cavity {
    type State = Radiation;

    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        let (mut clusters, mut photons) = (0.0, 0.0);
        match &self.contents {
            Contents::BySize(counts, larger) => {
                for (k, count) in (1u32..).zip(counts) {
                    let n = count.draw(rng);
                    clusters += n;
                    photons += n * f64::from(k);
                }
                let first = (counts.len() + 1) as f64;
                let mut left = larger.draw(rng);
                clusters += left;
                while left > 0.0 {
                    photons += draw_from(first, rng);
                    left -= 1.0;
                }
            }
            Contents::Together(count) => {
                const MEAN: f64 = ZETA_3 / ZETA_4;
                const VARIANCE: f64 = ZETA_2 / ZETA_4 - MEAN * MEAN;
                clusters = count.draw(rng);
                let normal: f64 = StandardNormal.sample(rng);
                photons = (clusters * MEAN + (clusters * VARIANCE).sqrt() * normal).round();
            }
        }
        // No cluster, no energy: Gamma(0) is the constant 0.
        let energy = Gamma::new(3.0 * clusters, self.kelvin).map_or(0.0, |gamma| gamma.sample(rng));
        self.state = Radiation { clusters, photons, energy };
    }

    fn state(&self) -> &Radiation {
        &self.state
    }

    fn energy(&self) -> f64 {
        self.state.energy
    }
}

impl Independent for Cavity {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;
    use crate::units::Temperature;

    #[test]
    fn tails_of_the_zeta_function() {
        assert!((sum_from(1) - ZETA_4).abs() < 1e-15);
        for first in [2, 5, 30, 317] {
            // Small terms first.
            let head: f64 = (1..first).rev().map(|k| (k as f64).powi(-4)).sum();
            assert!((head + sum_from(first) - ZETA_4).abs() < 1e-15);
        }
        // Asymptotic series to the order that doubles see.
        let n = 1e5f64;
        assert!((sum_from(100_000) * n.powi(3) * 3.0 - 1.0 - 1.5 / n - 1.0 / (n * n)).abs() < 1e-13);
    }

    #[test]
    fn the_vacuum_is_empty() {
        let mut cavity = Cavity::new(PhotonGas::default(), Beta::INFINITE).unwrap();
        cavity.advance(&mut Seed(1).set_up());
        assert_eq!(*cavity.state(), Radiation::default());
    }

    #[test]
    fn refuses_what_it_cannot_draw() {
        let message = |t: f64| {
            let beta = Temperature::new(t).unwrap().beta();
            Cavity::new(PhotonGas::default(), beta).unwrap_err().to_string()
        };
        assert!(message(1e8).contains("or `gibbs exact`"));
        assert!(message(f64::INFINITY).contains("levels never end"));
        assert!(message(-1.0).contains("no upper bound"));
    }
}
