//! Draws outside the lists, against the bounds on the probability of the unlisted tokens.

use rayon::prelude::*;
use serde::Serialize;

use super::bounds::bounds;
use super::likelihood::Likelihood;

/// Rounding of a mass that is one minus a sum of printed probabilities.
const ROUNDING: f64 = 1e-6;

/// Number of draws of unlisted tokens, of positions that list only some of their tokens.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct UnlistedCount {
    /// Draws from such positions.
    pub n_draws: u64,
    /// Draws of unlisted tokens among them.
    pub seen: u64,
    /// Least number expected, whatever the unlisted tokens are.
    pub expected_low: f64,
    /// Largest number expected.
    pub expected_high: f64,
    /// Bound on the probability of so few or so many: Chernoff's, twice for the two sides.
    pub p_value: f64,
}

impl UnlistedCount {
    /// Counts and expects at b; `None` if every position lists all its tokens.
    pub(super) fn at(likelihood: &Likelihood<'_>, beta: f64) -> Option<Self> {
        let partial: Vec<_> = likelihood.tallies.iter().filter(|tally| tally.unlisted.is_some()).collect();
        if partial.is_empty() {
            return None;
        }
        let shares: Vec<(f64, f64)> = partial
            .par_iter()
            .with_min_len(16)
            .map(|tally| {
                let n = (tally.n + tally.n_unlisted) as f64;
                let Some(unlisted) = tally.unlisted.filter(|_| n > 0.0) else { return (0.0, 0.0) };
                match bounds(&tally.spectrum, unlisted, beta) {
                    Ok(bounds) => (
                        n * (bounds.tail.low.unwrap_or(0.0) - ROUNDING).max(0.0),
                        n * (bounds.tail.high.unwrap_or(1.0) + ROUNDING),
                    ),
                    Err(_) => (0.0, n),
                }
            })
            .collect();
        let (low, high) = shares.iter().fold((0.0, 0.0), |(low, high), share| (low + share.0, high + share.1));
        let seen: u64 = partial.iter().map(|tally| tally.n_unlisted).sum();
        let k = seen as f64;
        // P(X >= k) <= e^(-k ln(k/m) + k - m) for a sum of independent indicators of mean m < k, and mirrored.
        let exponent = |mean: f64| if k == 0.0 { mean } else { k * (k / mean).ln() - k + mean };
        let p_value = if k > high {
            2.0 * (-exponent(high)).exp()
        } else if k < low {
            2.0 * (-exponent(low)).exp()
        } else {
            1.0
        };
        Some(Self {
            n_draws: partial.iter().map(|tally| tally.n + tally.n_unlisted).sum(),
            seen,
            expected_low: low,
            expected_high: high,
            p_value: p_value.min(1.0),
        })
    }
}
