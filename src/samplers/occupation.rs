//! Whole ensembles at once: the occupation numbers of n independent particles, at a cost that does not grow with n.

use rand::Rng;
use rand_distr::{Binomial, Distribution, Poisson};

use crate::ensemble::Canonical;
use crate::rng::uniform;

/// How many of `n_particles` independent particles occupy each level, `[n_levels]`: one multinomial draw.
///
/// The particles are split off level by level with binomial draws, most likely levels first, so the sum is exactly
/// `n_particles` and 10^18 particles cost hardly more than 10^6.
///
/// # Examples
///
/// ```
/// use gibbs::{ensemble::{Canonical, Spectrum}, rng::Seed, samplers::occupation_numbers, units::Beta};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let spectrum = Spectrum::new(vec![0.0, 1.0, 2.0])?;
/// let ensemble = Canonical::new(&spectrum, Beta::new(1.0)?);
/// let n = occupation_numbers(&ensemble, 1_000_000_000_000_000_000, &mut Seed(1).set_up());
/// assert_eq!(n.iter().sum::<u64>(), 1_000_000_000_000_000_000);
/// # Ok(())
/// # }
/// ```
pub fn occupation_numbers<R: Rng + ?Sized>(ensemble: &Canonical<'_>, n_particles: u64, rng: &mut R) -> Vec<u64> {
    let weights = ensemble.weights();
    let mut order: Vec<usize> = (0..weights.len()).filter(|&i| weights[i] > 0.0).collect();
    order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]));
    // Suffix sums from the lightest level up keep the conditional probabilities of the tail right.
    let mut suffix = vec![0.0; order.len()];
    let mut total = 0.0;
    for (sum, &i) in suffix.iter_mut().zip(&order).rev() {
        total += weights[i];
        *sum = total;
    }
    let mut occupation = vec![0; weights.len()];
    let mut left = n_particles;
    for (rank, &i) in order.iter().enumerate() {
        if left == 0 {
            break;
        }
        let rest = suffix.get(rank + 1).copied().unwrap_or(0.0);
        // Draw the rarer side, so that neither probability is lost in 1 - p.
        let taken = if rest == 0.0 {
            left
        } else if weights[i] > rest {
            left - split_binomially(left, rest / suffix[rank], rng)
        } else {
            split_binomially(left, weights[i] / suffix[rank], rng)
        };
        occupation[i] = taken;
        left -= taken;
    }
    occupation
}

/// Below this probability a binomial number is drawn as a Poisson number, which is as close as the probability is small.
///
/// The binomial rejection compares logarithms of size n: above n = 10^13 they lose the digits that decide. From this
/// probability on so few of its draws need them that less than 10^-5 of all go wrong.
const RARE: f64 = 1e-6;

/// Number of successes in `n` trials of probability `p`, right also where n p is small and n astronomically large.
pub fn split_binomially<R: Rng + ?Sized>(n: u64, p: f64, rng: &mut R) -> u64 {
    if p > 0.5 {
        return n - split_binomially(n, 1.0 - p, rng);
    }
    let mean = n as f64 * p;
    if mean < 10.0 {
        return binomial_by_inversion(n, p, rng);
    }
    if p < RARE {
        return Poisson::new(mean).map_or(0, |poisson| (poisson.sample(rng) as u64).min(n));
    }
    Binomial::new(n, p).map_or(0, |binomial| binomial.sample(rng).min(n))
}

/// Inversion from zero up; (1 - p)^n by `ln_1p`, because 1 - p alone rounds to 1 below 1e-16.
fn binomial_by_inversion<R: Rng + ?Sized>(n: u64, p: f64, rng: &mut R) -> u64 {
    let odds = p / (1.0 - p);
    let mut probability = (n as f64 * (-p).ln_1p()).exp();
    let mut remaining = uniform(rng) - probability;
    let mut k = 0u64;
    while remaining > 0.0 && k < n && probability > 0.0 {
        probability *= odds * (n - k) as f64 / (k + 1) as f64;
        k += 1;
        remaining -= probability;
    }
    k
}
