//! Two truncations at once, as engines apply them by default: top-k or min-p, and top-p or min-p beside it.

use serde::Serialize;

use super::likelihood::Likelihood;
use super::search::{Candidate, Cut, Hypothesis, INDISTINGUISHABLE, TruncationOrder, candidate, fitted, is_large};
use super::tally::Tally;
use crate::estimators::normal_quantile;
use crate::tokens::TokensError;
use crate::tokens::truncation::TruncationKind;

const TOP_K: Hypothesis = Hypothesis { kind: TruncationKind::TopK, order: TruncationOrder::Either };
const MIN_P: Hypothesis = Hypothesis { kind: TruncationKind::MinP, order: TruncationOrder::Either };
/// Pairs that are tried: either of the two with top-p before or after the temperature, and both.
const N_PAIRS: f64 = 5.0;
/// k is tried from the least that keeps all draws to this many times it, first in steps of 1/6.
const WIDEST: usize = 8;
const STEPS: usize = 6;

/// Two truncations fitted to the draws.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TruncationPair {
    /// top-k or min-p.
    pub first: TruncationKind,
    /// Its parameter: the tightest that keeps every draw; beside top-p, which goes by what top-k leaves, the likeliest k.
    pub first_parameter: f64,
    /// Lower end of its interval.
    pub first_low: f64,
    /// Upper end of its interval; k is at most the length of the lists.
    pub first_high: f64,
    /// top-p or min-p: of what top-k leaves, and beside min-p of all tokens. Its gain is that of both.
    pub second: Candidate,
    /// Others that the draws cannot distinguish from these two.
    pub alike: Vec<TruncationPair>,
}

/// What every pair is fitted with.
pub(super) struct PairSearch<'s, 'a> {
    pub likelihood: &'s Likelihood<'a>,
    /// Confidence of intervals.
    pub level: f64,
    /// Values of b to try beside those near the maximum.
    pub near: &'s [f64],
    /// The reported distribution is that after the temperature.
    pub tempered: bool,
}

type Found = Option<(TruncationPair, Likelihood<'static>)>;

impl PairSearch<'_, '_> {
    /// The likeliest pair, with the draws against what it leaves, if it gains more over the likeliest single truncation,
    /// which gains `single`, than chance does with probability `alpha`.
    pub fn pair(&self, single: f64, alpha: f64) -> Result<Found, TokensError> {
        let none = self.likelihood.maximum();
        if !none.beta.is_finite() {
            return Ok(None);
        }
        let orders = if self.tempered {
            &[TruncationOrder::Before][..]
        } else {
            &[TruncationOrder::Before, TruncationOrder::After]
        };
        let mut found = Vec::new();
        for &order in orders {
            let top_p = Hypothesis { kind: TruncationKind::TopP, order };
            found.extend(self.top_k_with(top_p, none.beta, none.ln_likelihood)?);
            found.extend(self.min_p_with(top_p, none.beta, none.ln_likelihood)?);
        }
        found.extend(self.top_k_with(MIN_P, none.beta, none.ln_likelihood)?);
        if self.tempered {
            found.iter_mut().for_each(|(pair, _)| pair.second.seen_after_temperature());
        }
        found.sort_by(|a, b| b.0.second.gain.total_cmp(&a.0.second.gain));
        let mut found = found.into_iter();
        let best = found.next().filter(|(pair, _)| pair.second.gain - single >= (N_PAIRS / alpha).ln());
        Ok(best.map(|(mut pair, behind)| {
            let least = pair.second.gain - INDISTINGUISHABLE;
            pair.alike = found.map(|(pair, _)| pair).take_while(|other| other.second.gain > least).collect();
            (pair, behind)
        }))
    }

    /// top-k, and `second`, top-p or min-p, of what it leaves. Lists of the likeliest tokens hold all that top-k leaves.
    fn top_k_with(&self, second: Hypothesis, start: f64, none: f64) -> Result<Found, TokensError> {
        let tightest = Cut::new(self.likelihood, TOP_K, 1.0).deepest;
        // What is not listed cannot be among those that are left.
        let tallies = &self.likelihood.tallies;
        let lengths =
            |full| tallies.iter().filter(move |tally| tally.is_full() == full).map(|tally| tally.spectrum.len());
        let longest = lengths(false).min().or(lengths(true).max()).unwrap_or(0);
        if self.likelihood.n_unlisted() > 0 || !(1.0..=longest as f64).contains(&tightest) {
            return Ok(None);
        }
        let tightest = tightest as usize;
        let mut fits: Vec<(usize, f64, f64)> = Vec::new();
        let fit = |k: usize, fits: &mut Vec<(usize, f64, f64)>| -> Result<(), TokensError> {
            if k >= tightest && k <= longest && fits.iter().all(|fit| fit.0 != k) {
                let kept = self.likelihood.first(k)?;
                let (beta, ln_likelihood) = fitted(&kept, &kept, second, start, self.near)?;
                fits.push((k, beta, ln_likelihood));
            }
            Ok(())
        };
        let best_of = |fits: &[(usize, f64, f64)]| fits.iter().copied().max_by(|a, b| a.2.total_cmp(&b.2));
        fit(tightest, &mut fits)?;
        if second.kind == TruncationKind::TopP {
            let mut k = tightest;
            while k < WIDEST * tightest {
                k += (k / STEPS).max(1);
                fit(k, &mut fits)?;
            }
            let mut step = best_of(&fits).map_or(1, |best| best.0) / STEPS;
            while step > 0 {
                let centre = best_of(&fits).map_or(tightest, |best| best.0);
                fit(centre.saturating_sub(step), &mut fits)?;
                fit(centre + step, &mut fits)?;
                step /= 2;
            }
        }
        let Some((k, beta, ln_likelihood)) = best_of(&fits) else { return Ok(None) };
        if !(beta.is_finite() && ln_likelihood > none) {
            return Ok(None);
        }
        let kept = self.likelihood.first(k)?;
        let second = candidate(&kept, &kept, second, beta, ln_likelihood - none, self.level)?;
        let drop = 0.5 * normal_quantile(0.5 + 0.5 * self.level)?.powi(2);
        let likely = || fits.iter().filter(|fit| fit.2 >= ln_likelihood - drop).map(|fit| fit.0 as f64);
        let pair = TruncationPair {
            first: TOP_K.kind,
            first_parameter: k as f64,
            first_low: likely().fold(k as f64, f64::min),
            first_high: likely().fold(k as f64, f64::max),
            second,
            alike: Vec::new(),
        };
        let behind = Cut::new(&kept, pair.second.hypothesis, beta).constrained(&kept)?;
        Ok(Some((pair, behind)))
    }

    /// min-p and `top_p`, both of all tokens.
    fn min_p_with(&self, top_p: Hypothesis, start: f64, none: f64) -> Result<Found, TokensError> {
        let whole = self.likelihood;
        // Of lists top-p before the temperature alone is known, which would pass for what others do.
        if !whole.tallies.iter().all(Tally::is_full) || is_large(whole) {
            return Ok(None);
        }
        let kept = Cut::new(whole, MIN_P, 1.0).constrained(whole)?;
        let (beta, ln_likelihood) = fitted(&kept, whole, top_p, start, self.near)?;
        if !(beta.is_finite() && ln_likelihood > none) {
            return Ok(None);
        }
        let gain = ln_likelihood - none;
        let second = candidate(&kept, whole, top_p, beta, gain, self.level)?;
        let behind_top_p = Cut::new(whole, top_p, beta).constrained(whole)?;
        let first = candidate(&behind_top_p, whole, MIN_P, beta, gain, self.level)?;
        let behind = Cut::new(whole, top_p, beta).constrained(&kept)?;
        let pair = TruncationPair {
            first: first.kind,
            first_parameter: first.parameter,
            first_low: first.parameter_low,
            first_high: first.parameter_high,
            second,
            alike: Vec::new(),
        };
        Ok(Some((pair, behind)))
    }
}
