//! Synthetic series with known answers, for the tests.

use rand::{SeedableRng, rngs::ChaCha8Rng};
use rand_distr::{Distribution, StandardNormal};

/// The generator of one test case.
pub fn rng(case: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(case)
}

/// AR(1), x_t = a x_{t-1} + sqrt(1 - a^2) e_t, started in equilibrium: variance 1, tau_int = (1/2)(1+a)/(1-a).
pub fn ar1(a: f64, n: usize, case: u64) -> Vec<f64> {
    let mut rng = rng(case);
    let mut x: f64 = StandardNormal.sample(&mut rng);
    let step = (1.0 - a * a).sqrt();
    (0..n)
        .map(|_| {
            let noise: f64 = StandardNormal.sample(&mut rng);
            x = a * x + step * noise;
            x
        })
        .collect()
}
