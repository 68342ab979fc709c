//! How long a chain must be left alone between draws that count as independent.

use rand::Rng;

use crate::estimators::{EstimatorError, WINDOW_FACTOR, integrated_time};
use crate::samplers::Sampler;

/// Sweeps of the first attempt and of the last.
const FIRST_PILOT: usize = 4000;
const LONGEST_PILOT: usize = 1 << 16;
/// Draws are this many tau_int apart: e^-6 of a correlation is left.
const THINNING_IN_TAU: f64 = 6.0;

/// tau_int in sweeps, the largest among the observables of `observe`; a chain that does not forget is described in
/// words.
pub(super) fn memory<S: Sampler, R: Rng + ?Sized, const K: usize>(
    chain: &mut S,
    rng: &mut R,
    observe: impl Fn(&S) -> Option<[f64; K]>,
) -> Result<f64, String> {
    let mut length = FIRST_PILOT;
    loop {
        let mut series = vec![Vec::with_capacity(length); K];
        for _ in 0..length {
            chain.advance(rng);
            let values = observe(chain).ok_or("the sampler has reached a state that is not among the listed ones")?;
            series.iter_mut().zip(values).for_each(|(one, value)| one.push(value));
        }
        let mut tau = 0.5f64;
        let mut longer = 0;
        for one in &series {
            match integrated_time(one, WINDOW_FACTOR) {
                Ok(time) => tau = tau.max(time.tau_int),
                Err(EstimatorError::SeriesTooShort { needed, .. }) => longer = longer.max(needed),
                Err(EstimatorError::ConstantSeries { .. }) => longer = longer.max(8 * length),
                Err(error) => return Err(error.to_string()),
            }
        }
        if longer == 0 {
            return Ok(tau);
        }
        if length >= LONGEST_PILOT {
            return Err(format!("the chain is still correlated with its start after {length} sweeps"));
        }
        length = (2 * longer).max(2 * length).min(LONGEST_PILOT);
    }
}

/// Sweeps between draws. Odd, or chains that alternate between two halves of their states would be seen in one.
pub(super) fn thinning(tau: f64) -> usize {
    (THINNING_IN_TAU * tau).ceil() as usize | 1
}
