//! Poisson counts of any mean, zero and beyond the integers of a double included.

use rand::Rng;
use rand_distr::{Distribution, Normal, Poisson};

/// Means above this are drawn from the normal distribution of the same mean and variance.
///
/// Its largest distance from the Poisson distribution is 0.066/sqrt(mean) (the first term of Edgeworth's series), here
/// 2e-9: more than 10^17 draws could tell. Counts much larger are no longer integers of a double.
const NORMAL_ABOVE: f64 = 1e15;

/// How a count is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) enum PoissonCount {
    /// Mean 0.
    Zero,
    /// Exactly.
    Exact(Poisson<f64>),
    /// Mean and variance so large that the shape is normal.
    Normal(Normal<f64>),
}

impl PoissonCount {
    /// Counts of the given mean; `None` unless it is at least 0 and finite.
    pub fn new(mean: f64) -> Option<Self> {
        if mean == 0.0 {
            Some(Self::Zero)
        } else if mean <= NORMAL_ABOVE {
            Poisson::new(mean).ok().map(Self::Exact)
        } else {
            Normal::new(mean, mean.sqrt()).ok().map(Self::Normal)
        }
    }

    /// A count: a whole number, as far as doubles of its size are.
    pub fn draw<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        match self {
            Self::Zero => 0.0,
            Self::Exact(poisson) => poisson.sample(rng),
            Self::Normal(normal) => normal.sample(rng).round(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Seed, StreamId, TaskRng};

    const DRAWS: usize = 200_000;
    /// Cells of chi-square.
    const CELLS: usize = 40;

    fn rng(case: usize) -> TaskRng {
        Seed(case as u64).stream(StreamId::new(1, 4, 0))
    }

    /// Cube-root normal approximation of chi-square of `draws` in cells of width sigma/5 around the mean of a Poisson
    /// distribution; the outermost cells are open.
    fn deviation(draws: &[f64], mean: f64) -> f64 {
        let width = (mean.sqrt() / 5.0).max(1.0).floor();
        let first = (mean - width * CELLS as f64 / 2.0).floor().max(0.0);
        let cell = |k: f64| (((k - first) / width).floor().max(0.0) as usize).min(CELLS - 1);
        let probability = |k: f64| (k * mean.ln() - mean - libm::lgamma(k + 1.0)).exp();
        let mut expected = vec![0.0; CELLS];
        let far = 12.0 * mean.sqrt() + 20.0;
        let mut k = (mean - far).floor().max(0.0);
        while k <= mean + far {
            expected[cell(k)] += probability(k) * draws.len() as f64;
            k += 1.0;
        }
        let mut observed = vec![0.0; CELLS];
        draws.iter().for_each(|&k| observed[cell(k)] += 1.0);
        let used: Vec<usize> = (0..CELLS).filter(|&i| expected[i] >= 10.0).collect();
        let chi2: f64 = used.iter().map(|&i| (observed[i] - expected[i]).powi(2) / expected[i]).sum();
        let d = used.len() as f64;
        ((chi2 / d).cbrt() - (1.0 - 2.0 / (9.0 * d))) / (2.0 / (9.0 * d)).sqrt()
    }

    #[test]
    fn counts_have_the_poisson_distribution() {
        for (case, mean) in [0.01, 0.7, 5.0, 11.9, 12.0, 50.0, 1e3, 1e6].into_iter().enumerate() {
            let count = PoissonCount::new(mean).unwrap();
            let mut rng = rng(case);
            let draws: Vec<f64> = (0..DRAWS).map(|_| count.draw(&mut rng)).collect();
            assert!(deviation(&draws, mean).abs() < 4.5, "{mean}: {}", deviation(&draws, mean));
            // Control: a mean 5 % wrong, beside which 0.01 needs more draws.
            assert!(mean < 0.1 || deviation(&draws, 1.05 * mean).abs() > 4.5, "{mean}");
        }
    }

    /// Where lgamma has no digits left: mean, variance and the third moment of a normal variable.
    #[test]
    fn large_means_are_normal() {
        for (case, mean) in [1e9f64, 1e12, 0.99e15, 1.01e15, 1e19, 1e24].into_iter().enumerate() {
            let count = PoissonCount::new(mean).unwrap();
            let mut rng = rng(20 + case);
            let moments = (0..DRAWS).map(|_| (count.draw(&mut rng) - mean) / mean.sqrt());
            let [m1, m2, m3] = moments.fold([0.0; 3], |[a, b, c], z| [a + z, b + z * z, c + z * z * z]);
            let n = DRAWS as f64;
            assert!((m1 / n.sqrt()).abs() < 4.5, "{mean}");
            assert!(((m2 - n) / (2.0 * n).sqrt()).abs() < 4.5, "{mean}");
            assert!((m3 / (15.0 * n).sqrt()).abs() < 4.5, "{mean}");
            // Control: 5 % more variance.
            assert!(((m2 * 1.05 - n) / (2.0 * n).sqrt()).abs() > 4.5, "{mean}");
        }
    }

    #[test]
    fn no_count_of_a_mean_that_is_none() {
        assert_eq!(PoissonCount::new(0.0).unwrap().draw(&mut rng(0)), 0.0);
        for mean in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(PoissonCount::new(mean).is_none());
        }
    }
}
