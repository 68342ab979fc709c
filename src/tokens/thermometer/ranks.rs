//! Goodness of fit at one temperature: randomized probability-integral transforms of the draws.

use rayon::prelude::*;
use serde::Serialize;

use super::likelihood::Likelihood;
use super::tally::Tally;
use crate::estimators::kolmogorov_smirnov;
use crate::rng::{Seed, Stream, uniform};
use crate::tokens::TokensError;

/// The thinnest tail counted expects this many draws.
const LEAST_EXPECTED: f64 = 1.0;
/// The thickest tail counted, as a power of 1/2.
const THICKEST: i32 = 4;

/// How uniform the draws' ranks are.
///
/// With the levels of each position in order of rising energy, u = (mass beyond x) + v p(x), v uniform in (0, 1], is
/// uniform in (0, 1] for a correct sampler, whatever the spectra are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RankUniformity {
    /// The b = 1/T the draws are held against; `None` if infinite.
    pub beta: Option<f64>,
    /// Largest distance between the distribution of u and the uniform one (Kolmogorov–Smirnov).
    pub ks_statistic: f64,
    /// Its p-value; too large, so on the safe side, at a T fitted to the same draws.
    pub ks_p_value: f64,
    /// Draws among the least likely tokens, against the binomial law.
    pub tails: Vec<TailCount>,
    /// Least p-value of the tails times their number; 1 where there are too few draws for any.
    pub tail_p_value: f64,
}

/// Draws with u <= share: beyond the rank that all but this share of the probability lies before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TailCount {
    /// Share of the probability.
    pub share: f64,
    /// Draws expected.
    pub expected: f64,
    /// Draws seen.
    pub seen: u64,
    /// Two-sided exact binomial p-value.
    pub p_value: f64,
}

impl RankUniformity {
    /// Transforms the draws at b and tests them. The numbers v come from the streams of `seed`, one per position.
    pub(super) fn at(likelihood: &Likelihood<'_>, beta: f64, seed: Seed) -> Result<Self, TokensError> {
        let of_tally = |(i, tally): (usize, &Tally<'_>)| transforms(tally, beta, seed, i as u32);
        let values: Vec<f64> = likelihood
            .tallies
            .par_iter()
            .enumerate()
            .with_min_len(16)
            .map(of_tally)
            .collect::<Vec<_>>()
            .into_iter()
            .flatten()
            .collect();
        let ks = kolmogorov_smirnov(&values, |u| u)?;
        let n = values.len() as u64;
        let mut tails = Vec::new();
        let mut share = 0.5f64.powi(THICKEST);
        while share * n as f64 >= LEAST_EXPECTED {
            let seen = values.iter().filter(|&&u| u <= share).count() as u64;
            tails.push(TailCount {
                share,
                expected: share * n as f64,
                seen,
                p_value: binomial_two_sided(seen, n, share),
            });
            share *= 0.5;
        }
        let least = tails.iter().map(|tail| tail.p_value).fold(1.0, f64::min);
        Ok(Self {
            beta: beta.is_finite().then_some(beta),
            ks_statistic: ks.statistic,
            ks_p_value: ks.p_value,
            tail_p_value: (least * tails.len().max(1) as f64).min(1.0),
            tails,
        })
    }
}

fn transforms(tally: &Tally<'_>, beta: f64, seed: Seed, position: u32) -> Vec<f64> {
    if tally.n == 0 {
        return Vec::new();
    }
    let ensemble = tally.at(beta);
    let mut rng = seed.stream(Stream::Thermometer(position).id());
    let mut values = Vec::with_capacity(tally.n as usize);
    let mut beyond = 0.0;
    // From the least likely level up, so that a thin tail keeps its digits.
    for &level in tally.order().iter().rev() {
        let level = level as usize;
        let probability = ensemble.probability(level);
        if let Ok(found) = tally.counts.binary_search_by_key(&level, |&(level, _)| level) {
            for _ in 0..tally.counts[found].1 {
                values.push((beyond + uniform(&mut rng) * probability).min(1.0));
            }
        }
        beyond += probability;
    }
    values
}

/// Twice the smaller of P(X <= seen) and P(X >= seen) of a binomial X, at most 1.
fn binomial_two_sided(seen: u64, n: u64, share: f64) -> f64 {
    let (k, n) = (seen as f64, n as f64);
    let ln_choose = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
    let at = (ln_choose + k * share.ln() + (n - k) * (-share).ln_1p()).exp();
    let odds = share / (1.0 - share);
    // Terms fall from the seen value away from the mean: that side's tail is the smaller one, up to the term itself.
    let (mut total, mut term, mut i) = (at, at, k);
    let upwards = k > n * share;
    while term > 1e-17 * total {
        term *= if upwards { (n - i) / (i + 1.0) * odds } else { i / (n - i + 1.0) / odds };
        i += if upwards { 1.0 } else { -1.0 };
        total += term;
    }
    (2.0 * total).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binomial_tails_are_the_sums_of_their_terms() {
        // n = 4, p = 1/4: P(X >= 3) = (12 + 1)/256, P(X <= 0) = 81/256
        assert!((binomial_two_sided(3, 4, 0.25) - 26.0 / 256.0).abs() < 1e-14);
        assert!((binomial_two_sided(0, 4, 0.25) - 162.0 / 256.0).abs() < 1e-14);
        assert_eq!(binomial_two_sided(1, 4, 0.25), 1.0);
        assert!((binomial_two_sided(4, 4, 0.25) - 2.0 / 256.0).abs() < 1e-15);
        let far = binomial_two_sided(0, 100_000, 3.276e-4);
        assert!((far.ln() - 2f64.ln() - 1e5 * (-3.276e-4f64).ln_1p()).abs() < 1e-6);
    }
}
