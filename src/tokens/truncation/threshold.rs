//! Thresholds: for each token, the parameter of a truncation at which it is just kept.

use std::cmp::Ordering;

use super::kind::{Ties, TruncationKind};
use crate::ensemble::Canonical;
use crate::numerics::{CompensatedSum, sum};

/// The threshold of every level `[n_levels]`: the parameter at which a truncation of `kind` just keeps it.
///
/// | kind | threshold of level i | kept if and only if |
/// | --- | --- | --- |
/// | top-k | 1 + number of levels that are more likely | k >= threshold |
/// | top-p | mass of the levels before i, most likely first, ties by index | p > threshold |
/// | min-p | p_i / p_max | min-p <= threshold |
/// | typical | mass of the levels with smaller abs(-ln p - S) | mass > threshold |
/// | epsilon | p_i | epsilon <= threshold |
/// | eta | max(p_i, (p_i e^S)^2) | eta <= threshold |
/// | top-n-sigma | (E_i - E_0)/sigma, sigma the standard deviation of all allowed E | n >= threshold |
///
/// [`TruncationKind::keeps`] is the last column. At least one level is always kept: for epsilon and eta the most likely
/// levels have the threshold +infinity. A forbidden level is never kept: its threshold is plus or minus infinity. The
/// thresholds of top-p and typical stay below 1, so that the parameter 1 keeps every allowed level.
///
/// Since -ln p_i - S = beta (E_i - U), typical goes by the distance of a level's energy from the mean energy. "More
/// likely" is decided by energies and not by rounded probabilities; at T = 0 and T = infinity the order of the levels
/// is the limit of their order at small and at large T, and at negative temperatures the highest level is most likely.
/// Levels are tokens, g = 1: a degenerate level would count as one.
///
/// # Examples
///
/// ```
/// use gibbs::ensemble::{Canonical, Spectrum};
/// use gibbs::tokens::truncation::{TruncationKind, thresholds};
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let logits: Vec<f64> = [0.25f64, 0.5, 0.25].iter().map(|p| p.ln()).collect();
/// let spectrum = Spectrum::from_logits(&logits)?;
/// let tokens = Canonical::new(&spectrum, Beta::new(1.0)?);
/// assert_eq!(thresholds(TruncationKind::TopK, &tokens), [2.0, 1.0, 2.0]);
/// // Mass 0.5 keeps token 1, any more keeps token 0, and beyond 0.75 token 2 is needed.
/// let top_p = thresholds(TruncationKind::TopP, &tokens);
/// assert!((top_p[0] - 0.5).abs() < 1e-15 && top_p[1] == 0.0 && (top_p[2] - 0.75).abs() < 1e-15);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn thresholds(kind: TruncationKind, ensemble: &Canonical<'_>) -> Vec<f64> {
    thresholds_by(kind, kind.own_ties(), ensemble)
}

/// As [`thresholds`], with the choice of what happens to ties.
///
/// [`Ties::Together`] keeps a token as soon as any order of its ties would: what an observer has to assume who does
/// not know the order of an engine. min-p, epsilon, eta and top-n-sigma do not depend on it.
#[must_use]
pub fn thresholds_by(kind: TruncationKind, ties: Ties, ensemble: &Canonical<'_>) -> Vec<f64> {
    let spectrum = ensemble.spectrum();
    let base = base(ensemble);
    let excitations = spectrum.excitations();
    let mut thresholds = match kind {
        TruncationKind::TopK | TruncationKind::TopP | TruncationKind::Typical => {
            Cumulated::new(kind, ensemble).thresholds(ties)
        }
        TruncationKind::MinP => {
            let weights = ensemble.weights();
            let largest = weights.iter().copied().fold(0.0, f64::max);
            weights.iter().map(|w| w / largest).collect()
        }
        TruncationKind::Epsilon => ensemble.probabilities(),
        TruncationKind::Eta => {
            let scale = ensemble.thermo().entropy.exp();
            ensemble.probabilities().into_iter().map(|p| p.max((p * scale).powi(2))).collect()
        }
        TruncationKind::TopNSigma => {
            let distances = distances(ensemble);
            let allowed = || distances.iter().copied().filter(|x| x.is_finite());
            let n = allowed().count() as f64;
            let mean = sum(allowed()) / n;
            let sigma = (sum(allowed().map(|x| (x - mean).powi(2))) / n).sqrt();
            distances.iter().map(|&x| if x == 0.0 { 0.0 } else { x / sigma }).collect()
        }
    };
    for (threshold, &excitation) in thresholds.iter_mut().zip(excitations) {
        if excitation == f64::INFINITY {
            *threshold = if kind.nested_upwards() { f64::INFINITY } else { f64::NEG_INFINITY };
        } else if excitation == base && matches!(kind, TruncationKind::Epsilon | TruncationKind::Eta) {
            *threshold = f64::INFINITY;
        }
    }
    thresholds
}

/// Whether each level is kept, `[n_levels]`: whether its threshold, see [`thresholds_by`], is one that `keeps` accepts. Of top-k, top-p and
/// typical it has to accept all that are smaller than one it accepts; only levels near the cut are put in order, so that
/// sums may round otherwise.
pub(super) fn kept_by(
    kind: TruncationKind,
    ties: Ties,
    ensemble: &Canonical<'_>,
    keeps: impl Fn(f64) -> bool,
) -> Vec<bool> {
    match kind {
        TruncationKind::TopK | TruncationKind::TopP | TruncationKind::Typical => {
            Cumulated::new(kind, ensemble).kept(ties, keeps)
        }
        _ => thresholds_by(kind, ties, ensemble).into_iter().map(keeps).collect(),
    }
}

/// Excitation of the most likely level.
fn base(ensemble: &Canonical<'_>) -> f64 {
    if ensemble.beta().get() < 0.0 { ensemble.spectrum().highest_excitation() } else { 0.0 }
}

/// What energies are divided by: the span, whose squares cannot overflow; +infinity stays forbidden.
fn unit(ensemble: &Canonical<'_>) -> f64 {
    let span = ensemble.spectrum().highest_excitation();
    if span == 0.0 { 1.0 } else { span }
}

/// Distances of all levels from the most likely one.
fn distances(ensemble: &Canonical<'_>) -> Vec<f64> {
    let (base, unit) = (base(ensemble), unit(ensemble));
    ensemble.spectrum().excitations().iter().map(|&x| ((x - base) / unit).abs()).collect()
}

/// A truncation that goes by the summed shares of the levels with smaller keys.
struct Cumulated {
    keys: Vec<f64>,
    /// Empty where each level counts as 1.
    shares: Vec<f64>,
    start: f64,
    /// Upper bound of the threshold of an allowed level.
    most: f64,
}

impl Cumulated {
    fn new(kind: TruncationKind, ensemble: &Canonical<'_>) -> Self {
        if kind == TruncationKind::TopK {
            return Self { keys: distances(ensemble), shares: Vec::new(), start: 1.0, most: f64::INFINITY };
        }
        // Where all weights are 1 shares of 2^-k are exact, which e^(-ln Z) is not.
        let mut shares = ensemble.weights();
        let total = sum(shares.iter().copied());
        shares.iter_mut().for_each(|share| *share /= total);
        let keys = if kind == TruncationKind::Typical {
            let (excitations, unit) = (ensemble.spectrum().excitations(), unit(ensemble));
            let occupied = || (0..excitations.len()).filter(|&i| shares[i] > 0.0);
            let mean = sum(occupied().map(|i| shares[i] * (excitations[i] / unit)));
            let total = sum(occupied().map(|i| shares[i]));
            excitations.iter().map(|&x| (x / unit - mean / total).abs()).collect()
        } else {
            distances(ensemble)
        };
        Self { keys, shares, start: 0.0, most: 1f64.next_down() }
    }

    fn share(&self, i: usize) -> f64 {
        self.shares.get(i).copied().unwrap_or(1.0)
    }

    fn compare(&self, a: usize, b: usize) -> Ordering {
        self.keys[a].total_cmp(&self.keys[b]).then(a.cmp(&b))
    }

    /// `start` plus the summed shares of the levels with smaller keys, lower indices among equal keys counting as smaller
    /// with [`Ties::ByIndex`].
    fn thresholds(&self, ties: Ties) -> Vec<f64> {
        let mut order: Vec<usize> = (0..self.keys.len()).collect();
        order.sort_unstable_by(|&a, &b| self.compare(a, b));
        let mut sums = vec![0.0; self.keys.len()];
        let mut before = CompensatedSum::default();
        before.add(self.start);
        let mut group = f64::NAN;
        let mut before_group = self.start;
        for i in order {
            if self.keys[i] != group || ties == Ties::ByIndex {
                (group, before_group) = (self.keys[i], before.value());
            }
            sums[i] = before_group.min(self.most);
            before.add(self.share(i));
        }
        sums
    }

    /// Halves the levels among which the cut is until they are few, like a search for a median.
    fn kept(&self, ties: Ties, keeps: impl Fn(f64) -> bool) -> Vec<bool> {
        const FEW: usize = 32;
        let keeps = |before: CompensatedSum| keeps(before.value().min(self.most));
        let mut levels: Vec<usize> = (0..self.keys.len()).filter(|&i| self.keys[i] < f64::INFINITY).collect();
        let mut before = CompensatedSum::default();
        before.add(self.start);
        // Levels in front of `first` are kept, those from `end` on are not.
        let (mut first, mut end) = (0, levels.len());
        while end - first > FEW {
            let middle = first.midpoint(end);
            levels[first..end].select_nth_unstable_by(middle - first, |&a, &b| self.compare(a, b));
            let mut before_middle = before;
            levels[first..middle].iter().for_each(|&i| before_middle.add(self.share(i)));
            if keeps(before_middle) {
                (first, before) = (middle, before_middle);
            } else {
                end = middle;
            }
        }
        levels[first..end].sort_unstable_by(|&a, &b| self.compare(a, b));
        while first < end && keeps(before) {
            before.add(self.share(levels[first]));
            first += 1;
        }
        let mut kept = vec![false; self.keys.len()];
        levels[..first].iter().for_each(|&i| kept[i] = true);
        if ties == Ties::Together && first > 0 {
            // The last one kept is behind all others.
            let last = levels[..first].iter().fold(0.0, |last: f64, &i| last.max(self.keys[i]));
            levels[first..].iter().filter(|&&i| self.keys[i] == last).for_each(|&i| kept[i] = true);
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::Spectrum;
    use crate::units::Beta;

    const LOGITS: [f64; 9] = [1.0, 3.0, f64::NEG_INFINITY, -0.5, 3.0, 0.0, -7.0, 1.0, 2.25];

    /// The kept set by its definition, without thresholds.
    fn kept(kind: TruncationKind, parameter: f64, logits: &[f64], beta: f64) -> Vec<bool> {
        let spectrum = Spectrum::from_logits(logits).unwrap();
        let p = Canonical::new(&spectrum, Beta::new(beta).unwrap()).probabilities();
        let entropy: f64 = -p.iter().filter(|&&p| p > 0.0).map(|p| p * p.ln()).sum::<f64>();
        let largest = p.iter().copied().fold(0.0, f64::max);
        let allowed: Vec<usize> = (0..p.len()).filter(|&i| p[i] > 0.0).collect();
        let smallest_set = |key: &dyn Fn(usize) -> f64, with_ties: bool| {
            let mut order = allowed.clone();
            order.sort_by(|&a, &b| key(a).partial_cmp(&key(b)).unwrap());
            let mut mass = 0.0;
            let n = 1 + order
                .iter()
                .take_while(|&&i| {
                    mass += p[i];
                    mass < parameter
                })
                .count();
            let last = key(order[n.min(order.len()) - 1]);
            let cut: Vec<usize> = order.into_iter().take(n).collect();
            (0..p.len())
                .map(|i| p[i] > 0.0 && (cut.contains(&i) || with_ties && (key(i) - last).abs() < 1e-14))
                .collect::<Vec<_>>()
        };
        let by_probability =
            |least: f64| p.iter().map(|&p| p > 0.0 && (p >= least || p == largest)).collect::<Vec<_>>();
        match kind {
            TruncationKind::TopK => {
                let mut sorted: Vec<f64> = logits.to_vec();
                sorted.sort_by(|a, b| b.partial_cmp(a).unwrap());
                let least = sorted[(parameter as usize - 1).min(sorted.len() - 1)];
                logits.iter().map(|&x| x > f64::NEG_INFINITY && x >= least).collect()
            }
            TruncationKind::TopP => smallest_set(&|i| -logits[i], false),
            TruncationKind::Typical => smallest_set(&|i| (-p[i].ln() - entropy).abs(), true),
            TruncationKind::MinP => by_probability(parameter * largest),
            TruncationKind::Epsilon => by_probability(parameter),
            TruncationKind::Eta => by_probability(parameter.min(parameter.sqrt() * (-entropy).exp())),
            TruncationKind::TopNSigma => {
                let finite: Vec<f64> = logits.iter().copied().filter(|x| x.is_finite()).collect();
                let mean = finite.iter().sum::<f64>() / finite.len() as f64;
                let variance = finite.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / finite.len() as f64;
                let top = finite.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                logits.iter().map(|&x| x.is_finite() && x >= top - parameter * variance.sqrt()).collect()
            }
        }
    }

    #[test]
    fn a_token_is_kept_exactly_from_its_threshold_on() {
        for beta in [0.3, 1.0, 2.5] {
            let spectrum = Spectrum::from_logits(&LOGITS).unwrap();
            let ensemble = Canonical::new(&spectrum, Beta::new(beta).unwrap());
            for kind in TruncationKind::ALL {
                let thresholds = thresholds(kind, &ensemble);
                let parameters: Vec<f64> = match kind {
                    TruncationKind::TopK => (1..=10).map(f64::from).collect(),
                    TruncationKind::TopNSigma => (1..80).map(|i| 0.0513 * f64::from(i)).collect(),
                    _ => (1..500).map(|i| f64::from(i) / 500.3).collect(),
                };
                for parameter in parameters {
                    let by_threshold: Vec<bool> = thresholds.iter().map(|&a| kind.keeps(parameter, a)).collect();
                    assert_eq!(by_threshold, kept(kind, parameter, &LOGITS, beta), "{kind} {parameter} at beta {beta}");
                    assert!(by_threshold.contains(&true));
                }
            }
        }
    }

    #[test]
    fn kept_levels_are_those_whose_threshold_is_kept() {
        let mut state = 1u64;
        let mut word = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64
        };
        for n in [1, 9, 33, 200, 5000] {
            // Many ties, and none.
            for step in [1e-9, 0.25] {
                let mut logit = || (word() / 2e6 / step).round() * step;
                let logits: Vec<f64> = (0..n).map(|i| if i % 6 == 1 { f64::NEG_INFINITY } else { logit() }).collect();
                let spectrum = Spectrum::from_logits(&logits).unwrap();
                for beta in [-0.4, 0.0, 1.3, f64::INFINITY] {
                    let ensemble = Canonical::new(&spectrum, Beta::new(beta).unwrap());
                    for kind in [TruncationKind::TopK, TruncationKind::TopP, TruncationKind::Typical] {
                        for ties in [Ties::Together, Ties::ByIndex] {
                            let thresholds = thresholds_by(kind, ties, &ensemble);
                            for parameter in [0.0123, 0.31, 0.777, 1.0] {
                                let k = (parameter * n as f64).ceil();
                                let parameter = if kind == TruncationKind::TopK { k } else { parameter };
                                let keeps = |threshold| kind.keeps(parameter, threshold);
                                let kept = kept_by(kind, ties, &ensemble, keeps);
                                let same = (0..n).all(|i| {
                                    let rounds = (thresholds[i] - parameter).abs() < 1e-12 && parameter < 1.0;
                                    kept[i] == keeps(thresholds[i]) || rounds
                                });
                                assert!(same, "{kind} {parameter} of {n} at beta {beta}, {ties:?}");
                            }
                        }
                    }
                }
            }
        }
    }

    /// Shares of 1/4 each add up to the parameter itself.
    #[test]
    fn infinitely_hot_tokens_have_equal_shares() {
        let spectrum = Spectrum::from_logits(&[4.0, 3.0, 2.0, 1.0]).unwrap();
        for beta in [0.0, 1e-17, 1e-300] {
            let ensemble = Canonical::new(&spectrum, Beta::new(beta).unwrap());
            for (parameter, n) in [(0.25, 1), (0.5, 2), (0.75, 3), (0.76, 4)] {
                let keeps = |threshold| TruncationKind::TopP.keeps(parameter, threshold);
                let kept = kept_by(TruncationKind::TopP, Ties::ByIndex, &ensemble, keeps);
                assert_eq!(kept.iter().filter(|&&kept| kept).count(), n, "{parameter} at beta = {beta}");
            }
        }
    }

    #[test]
    fn directions_are_as_stated() {
        let spectrum = Spectrum::from_logits(&LOGITS).unwrap();
        let ensemble = Canonical::new(&spectrum, Beta::new(1.0).unwrap());
        for kind in TruncationKind::ALL {
            let n_kept = |parameter| thresholds(kind, &ensemble).iter().filter(|&&a| kind.keeps(parameter, a)).count();
            let (small, large) = if kind == TruncationKind::TopK { (1.0, 5.0) } else { (0.1, 0.9) };
            assert_eq!(n_kept(large) > n_kept(small), kind.nested_upwards(), "{kind}");
        }
    }

    #[test]
    fn ties_share_a_threshold_or_queue() {
        let spectrum = Spectrum::from_logits(&[0.0, 1.0, 1.0, 1.0]).unwrap();
        let ensemble = Canonical::new(&spectrum, Beta::new(1.0).unwrap());
        let top_k = |ties| thresholds_by(TruncationKind::TopK, ties, &ensemble);
        assert_eq!(top_k(Ties::Together), [4.0, 1.0, 1.0, 1.0]);
        assert_eq!(top_k(Ties::ByIndex), [4.0, 1.0, 2.0, 3.0]);
        let top_p = thresholds_by(TruncationKind::TopP, Ties::Together, &ensemble);
        assert_eq!(top_p[1..], [0.0; 3]);
    }

    #[test]
    fn limits_of_temperature_are_limits_of_the_kept_sets() {
        let spectrum = Spectrum::from_logits(&LOGITS).unwrap();
        let parameter = |kind| if matches!(kind, TruncationKind::TopK) { 3.0 } else { 0.41 };
        let kept = |kind: TruncationKind, beta: f64| {
            let ensemble = Canonical::new(&spectrum, Beta::new(beta).unwrap());
            thresholds(kind, &ensemble).into_iter().map(|a| kind.keeps(parameter(kind), a)).collect::<Vec<_>>()
        };
        for kind in TruncationKind::ALL {
            assert_eq!(kept(kind, 0.0), kept(kind, 1e-9), "{kind} at infinite T");
            assert_eq!(kept(kind, f64::INFINITY), kept(kind, 1e4), "{kind} at T = 0");
            assert!(kept(kind, -1.0).contains(&true) && !kept(kind, -1.0)[2], "{kind} at negative T");
        }
        assert!(kept(TruncationKind::TopK, -1.0)[6], "the least likely token leads at negative T");
    }

    #[test]
    fn a_parameter_of_one_keeps_all_and_equal_logits_are_no_special_case() {
        let spectrum = Spectrum::from_logits(&[0.0, -60.0, -700.0, -800.0]).unwrap();
        let ensemble = Canonical::new(&spectrum, Beta::new(1.0).unwrap());
        for kind in [TruncationKind::TopP, TruncationKind::Typical] {
            assert!(thresholds(kind, &ensemble).iter().all(|&a| kind.keeps(1.0, a)));
        }
        let flat = Spectrum::from_logits(&[2.0; 4]).unwrap();
        let ensemble = Canonical::new(&flat, Beta::new(1.0).unwrap());
        assert_eq!(thresholds(TruncationKind::TopNSigma, &ensemble), [0.0; 4]);
        assert_eq!(thresholds(TruncationKind::Typical, &ensemble), [0.0; 4]);
    }
}
