//! Which truncation, if any, hides in the draws: the tightest set that holds them all, kind by kind.

use rayon::prelude::*;
use serde::Serialize;

use super::likelihood::Likelihood;
use super::tally::Tally;
use crate::ensemble::{Spectrum, SpectrumError};
use crate::estimators::normal_quantile;
use crate::numerics::{CompensatedSum, sum};
use crate::tokens::TokensError;
use crate::tokens::truncation::{Ties, TruncationKind, thresholds_by};

/// Truncations whose ln L differ by less than this (20 to 1) are not distinguished.
pub const INDISTINGUISHABLE: f64 = 3.0;
/// Levels of all positions together from which the profile over T is coarser.
const MANY_LEVELS: usize = 2_000_000;
const CHUNK: usize = 16;

/// Whether a truncation acts before or after the temperature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TruncationOrder {
    /// On the distribution as the source reports it, at b = 1.
    Before,
    /// On the distribution at the temperature.
    After,
    /// Both are the same sets: top-k and top-n-sigma do not depend on T, and min-p before is min-p^b after.
    Either,
}

/// A kind of truncation at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hypothesis {
    pub kind: TruncationKind,
    pub order: TruncationOrder,
}

/// One truncation fitted to the draws.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Candidate {
    /// top-k, top-p, ...
    pub kind: TruncationKind,
    /// Where it acts.
    pub order: TruncationOrder,
    /// The tightest parameter that keeps every draw, which is the most likely one.
    pub parameter: f64,
    /// Lower end of the interval of the parameter.
    pub parameter_low: f64,
    /// Upper end of the interval of the parameter.
    pub parameter_high: f64,
    /// The same three for the other order, where the sets are the same: min-p after the temperature.
    pub after: Option<[f64; 3]>,
    /// The most likely b = 1/T under the truncation.
    pub beta: f64,
    /// Its standard error; `None` if unknown.
    pub beta_std_error: Option<f64>,
    /// Mean share of the probability at this b that the truncation removes.
    pub removed: f64,
    /// ln of the likelihood over that of no truncation, each at its own most likely T.
    pub gain: f64,
    /// What was fitted, in units of the reference.
    #[serde(skip)]
    pub(super) hypothesis: Hypothesis,
}

/// The smallest p-value over kinds and orders at one b.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TruncationTest {
    /// Kinds and orders tried.
    pub n_hypotheses: usize,
    /// The kind with the smallest p-value.
    pub kind: TruncationKind,
    /// Where it acts.
    pub order: TruncationOrder,
    /// Probability that no draw falls outside so tight a set, times the number of hypotheses.
    pub p_value: f64,
}

/// Kinds and orders that can be tried on these positions. For top-k and min-p the order and the ratios of the list
/// suffice. Of partial spectra the mass is known only at b = 1, and the moments of the full spectrum are unknown.
pub(super) fn hypotheses(likelihood: &Likelihood<'_>) -> Vec<Hypothesis> {
    use TruncationKind::{Epsilon, Eta, MinP, TopK, TopNSigma, TopP, Typical};
    let full = likelihood.tallies.iter().all(Tally::is_full);
    let either = [TopK, MinP, TopNSigma].into_iter().map(|kind| Hypothesis { kind, order: TruncationOrder::Either });
    let ordered = [TopP, Epsilon, Typical, Eta]
        .into_iter()
        .flat_map(|kind| [TruncationOrder::Before, TruncationOrder::After].map(|order| Hypothesis { kind, order }));
    let known =
        |h: &Hypothesis| full || h.order != TruncationOrder::After && !matches!(h.kind, TopNSigma | Typical | Eta);
    either.chain(ordered).filter(known).collect()
}

/// How deep each level lies: a truncation keeps the levels no deeper than its parameter.
fn depths(tally: &Tally<'_>, hypothesis: Hypothesis, beta: f64) -> Vec<f64> {
    let at = if hypothesis.order == TruncationOrder::After { beta } else { 1.0 };
    let mut depths = thresholds_by(hypothesis.kind, Ties::Together, &tally.at(at));
    let listed = tally.unlisted.map_or(1.0, |unlisted| 1.0 - unlisted.mass);
    let scale = match hypothesis.kind {
        TruncationKind::TopP => listed,
        TruncationKind::Epsilon => -listed,
        kind if kind.nested_upwards() => 1.0,
        _ => -1.0,
    };
    depths.iter_mut().for_each(|depth| *depth *= scale);
    depths
}

/// Depths of one hypothesis at one b with the deepest draw.
pub(super) struct Cut {
    depths: Vec<Vec<f64>>,
    pub deepest: f64,
}

impl Cut {
    pub fn new(likelihood: &Likelihood<'_>, hypothesis: Hypothesis, beta: f64) -> Self {
        let of_tally =
            |tally: &Tally<'_>| if tally.n + tally.n_unlisted > 0 { depths(tally, hypothesis, beta) } else { vec![] };
        let depths: Vec<Vec<f64>> = likelihood.tallies.par_iter().with_min_len(CHUNK).map(of_tally).collect();
        let mut deepest = f64::NEG_INFINITY;
        for (tally, depths) in likelihood.tallies.iter().zip(&depths) {
            deepest = tally.counts.iter().map(|&(level, _)| depths[level]).fold(deepest, f64::max);
            if tally.n_unlisted > 0 && !tally.is_full() {
                // An unlisted token is at least as deep as the deepest listed one.
                let allowed = depths.iter().filter(|depth| depth.is_finite());
                deepest = allowed.copied().fold(deepest, f64::max);
            }
        }
        Self { depths, deepest }
    }

    /// -sum over draws of ln of the mass kept, and the mean mass removed.
    fn removed(&self, likelihood: &Likelihood<'_>, beta: f64) -> (f64, f64) {
        let of_pair = |(tally, depths): (&Tally<'_>, &Vec<f64>)| -> [f64; 2] {
            if tally.n == 0 || depths.iter().all(|&depth| depth <= self.deepest || depth == f64::INFINITY) {
                return [0.0; 2];
            }
            let ensemble = tally.at(beta);
            let part = |kept: bool| {
                let levels = (0..depths.len()).filter(|&i| (depths[i] <= self.deepest) == kept);
                sum(levels.map(|i| ensemble.probability(i)))
            };
            let out = part(false);
            let ln_kept = if out < 0.5 { (-out).ln_1p() } else { part(true).ln() };
            [-(tally.n as f64) * ln_kept, tally.n as f64 * out]
        };
        let parts: Vec<[f64; 2]> =
            likelihood.tallies.par_iter().zip(&self.depths).with_min_len(CHUNK).map(of_pair).collect();
        let total = |k: usize| parts.iter().map(|part| part[k]).collect::<CompensatedSum>().value();
        (total(0), total(1) / likelihood.n_draws() as f64)
    }

    /// The draws against spectra without the levels that are too deep.
    pub fn constrained(&self, likelihood: &Likelihood<'_>) -> Result<Likelihood<'static>, SpectrumError> {
        let spectrum = |(tally, depths): (&Tally<'_>, &Vec<f64>)| {
            let kept = |i: usize| depths.get(i).is_none_or(|&depth| depth <= self.deepest);
            let levels = 0..tally.spectrum.len();
            let energies: Vec<f64> =
                levels.map(|i| if kept(i) { tally.spectrum.energy(i) } else { f64::INFINITY }).collect();
            // A position without a draw may keep nothing under a set that others chose.
            if energies.iter().all(|&e| e == f64::INFINITY) {
                Ok(tally.spectrum.clone().into_owned())
            } else {
                Spectrum::new(energies)
            }
        };
        Ok(likelihood.constrained(likelihood.tallies.iter().zip(&self.depths).map(spectrum).collect::<Result<_, _>>()?))
    }

    /// The loosest depth that is not rejected: draws all stay within `deepest` with probability above `miss`.
    fn loosest(&self, likelihood: &Likelihood<'_>, beta: f64, miss: f64) -> f64 {
        let mut beyond = Vec::new();
        let mut kept: Vec<f64> = Vec::with_capacity(self.depths.len());
        for (j, (tally, depths)) in likelihood.tallies.iter().zip(&self.depths).enumerate() {
            let mut mass = 0.0;
            if tally.n > 0 {
                let ensemble = tally.at(beta);
                for (i, &depth) in depths.iter().enumerate().filter(|(_, depth)| **depth < f64::INFINITY) {
                    let probability = ensemble.probability(i);
                    if depth <= self.deepest { mass += probability } else { beyond.push((depth, j, probability)) }
                }
            }
            kept.push(mass);
        }
        beyond.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut exponent = 0.0;
        for (depth, j, probability) in beyond {
            exponent += likelihood.tallies[j].n as f64 * (probability / kept[j]).ln_1p();
            kept[j] += probability;
            if exponent > -miss.ln() {
                return depth;
            }
        }
        f64::INFINITY
    }
}

/// Tests at b whether the draws avoid what some truncation would remove.
///
/// All n draws lie in the set of a given parameter with probability e^-G, G = -sum ln(mass kept). The sets are nested,
/// so e^-G at the tightest parameter that holds the draws is at most uniform: a p-value without any fit. Draws of
/// unlisted tokens count as depths of their own; the others are then conditioned on the list.
pub(super) fn test(likelihood: &Likelihood<'_>, beta: f64) -> Option<TruncationTest> {
    let hypotheses = hypotheses(likelihood);
    let n_hypotheses = hypotheses.len();
    let exponents = hypotheses.into_iter().map(|h| (h, Cut::new(likelihood, h, beta).removed(likelihood, beta).0));
    let (worst, exponent) = exponents.max_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(TruncationTest {
        n_hypotheses,
        kind: worst.kind,
        order: worst.order,
        p_value: (n_hypotheses as f64 * (-exponent).exp()).min(1.0),
    })
}

/// Fits every truncation that gains likelihood, the most likely first. `near`: further values of b to try; `tempered`: the
/// reported distribution is that after the temperature, and what was before is not known.
pub(super) fn candidates(
    likelihood: &Likelihood<'_>,
    level: f64,
    near: &[f64],
    tempered: bool,
) -> Result<Vec<Candidate>, TokensError> {
    let none = likelihood.maximum();
    if !none.beta.is_finite() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for hypothesis in hypotheses(likelihood).into_iter().filter(|h| !(tempered && h.order == TruncationOrder::After)) {
        let (beta, ln_likelihood) = fitted(likelihood, likelihood, hypothesis, none.beta, near)?;
        let gain = ln_likelihood - none.ln_likelihood;
        if gain > 0.0 && beta.is_finite() {
            found.push(candidate(likelihood, likelihood, hypothesis, beta, gain, level)?);
        }
    }
    if tempered {
        found.iter_mut().for_each(Candidate::seen_after_temperature);
    }
    found.sort_by(|a, b| b.gain.total_cmp(&a.gain));
    Ok(found)
}

impl Candidate {
    /// Corrects the place of sets found on logprobs that are tempered already: what seems to act before the temperature acts
    /// after it.
    pub(super) fn seen_after_temperature(&mut self) {
        if self.order == TruncationOrder::Before || self.after.is_some() {
            (self.order, self.after) = (TruncationOrder::After, None);
        }
    }
}

/// The most likely b, with ln L there, of the draws against the levels of `kept` behind a further truncation, whose sets
/// are those of the distributions of `source`, of the same levels.
pub(super) fn fitted(
    kept: &Likelihood<'_>,
    source: &Likelihood<'_>,
    hypothesis: Hypothesis,
    start: f64,
    near: &[f64],
) -> Result<(f64, f64), TokensError> {
    if hypothesis.order == TruncationOrder::After {
        return Ok(profile(kept, source, hypothesis, start, near));
    }
    let best = Cut::new(source, hypothesis, 1.0).constrained(kept)?.maximum();
    Ok((best.beta, best.ln_likelihood))
}

/// Whether there are so many levels that a profile over T is made coarser.
pub(super) fn is_large(likelihood: &Likelihood<'_>) -> bool {
    likelihood.tallies.iter().map(|tally| tally.spectrum.len()).sum::<usize>() > MANY_LEVELS
}

/// [`fitted`] of a truncation whose sets change with b.
fn profile(
    kept: &Likelihood<'_>,
    source: &Likelihood<'_>,
    hypothesis: Hypothesis,
    start: f64,
    near: &[f64],
) -> (f64, f64) {
    let at = |beta: f64| kept.at(beta).ln_likelihood + Cut::new(source, hypothesis, beta).removed(kept, beta).0;
    let (n, rounds) = if is_large(source) { (6, 3) } else { (12, 5) };
    // A truncation cools: the temperature behind it is higher than the one that fits without.
    let mut best = (start, at(start));
    let consider = |beta: f64, best: &mut (f64, f64)| {
        let value = at(beta);
        if value > best.1 {
            *best = (beta, value);
        }
    };
    near.iter().filter(|beta| beta.is_finite() && **beta > 0.0).for_each(|&beta| consider(beta, &mut best));
    let mut width = 1.2;
    (0..=n).for_each(|i| consider(start * f64::exp(-width + 1.5 * width * f64::from(i) / f64::from(n)), &mut best));
    width *= 1.5 / f64::from(n);
    for _ in 0..rounds {
        let centre = best.0;
        for i in [-3.0, -2.0, -1.0, 1.0, 2.0, 3.0] {
            consider(centre * f64::exp(width * i / 3.0), &mut best);
        }
        width /= 3.0;
    }
    best
}

/// What is fitted at `beta` by [`fitted`], with its errors.
pub(super) fn candidate(
    kept: &Likelihood<'_>,
    source: &Likelihood<'_>,
    hypothesis: Hypothesis,
    beta: f64,
    gain: f64,
    level: f64,
) -> Result<Candidate, TokensError> {
    let cut = Cut::new(source, hypothesis, beta);
    let information = cut.constrained(kept)?.at(beta).information;
    let kind = hypothesis.kind;
    let sign = if kind.nested_upwards() { 1.0 } else { -1.0 };
    let (mut deepest, mut loosest) = (cut.deepest, cut.loosest(kept, beta, 1.0 - level));
    if hypothesis.order == TruncationOrder::After && information > 0.0 {
        // Sets that change with T inherit its error.
        let error = normal_quantile(0.5 + 0.5 * level)? / information.sqrt();
        for other in [beta - error, beta + error] {
            let cut = Cut::new(source, hypothesis, other);
            deepest = deepest.min(cut.deepest);
            loosest = loosest.max(cut.loosest(kept, other, 1.0 - level));
        }
    }
    let unbounded = match kind {
        TruncationKind::TopP | TruncationKind::Typical => 1.0,
        TruncationKind::TopK | TruncationKind::TopNSigma => f64::MAX,
        _ => 0.0,
    };
    let tightest = sign * cut.deepest;
    // The last k that is not rejected is one before the first that is.
    let other = match kind {
        _ if loosest == f64::INFINITY => unbounded,
        TruncationKind::TopK => loosest - 1.0,
        _ => sign * loosest,
    };
    let (low, high) = ((sign * deepest).min(other), (sign * deepest).max(other));
    // The smallest ratio of probabilities min-p keeps, at the temperature: the ratio at b = 1 to the power b.
    let after = (kind == TruncationKind::MinP).then(|| [tightest, low, high].map(|ratio| ratio.powf(beta)));
    Ok(Candidate {
        kind,
        order: hypothesis.order,
        parameter: tightest,
        parameter_low: low,
        parameter_high: high,
        after,
        beta,
        beta_std_error: Some(information.sqrt().recip()).filter(|error| error.is_finite()),
        removed: cut.removed(kept, beta).1,
        gain,
        hypothesis,
    })
}

/// The draws against the spectra that `candidate` leaves.
pub(super) fn behind(likelihood: &Likelihood<'_>, candidate: &Candidate) -> Result<Likelihood<'static>, TokensError> {
    Ok(Cut::new(likelihood, candidate.hypothesis, candidate.beta).constrained(likelihood)?)
}
