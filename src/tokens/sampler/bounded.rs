//! Whether a truncation keeps one token, from bounds of sums of weights, without an order of the tokens.
//!
//! An answer is given only where the thresholds must give the same, rounding included; the rest is undecided. The first
//! bounds come from a pass in single precision and leave a few of ten thousand tokens undecided, the next are in double
//! precision.

use super::blocks::{EVERYTHING, Precision, TokenBlocks};
use crate::tokens::truncation::{Ties, Truncation, TruncationKind};

/// Verdict on a token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Membership {
    /// It is kept.
    Kept,
    /// It is not, and all tokens that are have logits in this window.
    Cut([f32; 2]),
    /// Only the thresholds of all tokens decide.
    Undecided,
}

/// A truncation of the tokens of a vocabulary at a beta that is not negative.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BoundedTruncation<'a> {
    blocks: &'a TokenBlocks,
    logits: &'a [f32],
    beta: f64,
    truncation: Truncation,
    /// No smaller logit is kept.
    least: f32,
    /// For top-n-sigma: n sigma.
    width: f64,
    /// For top-k of ties one by one: the number of the ties with the least logit that are kept.
    n_ties: Option<usize>,
}

/// Roundings of a distance between levels and of what it is divided by, and some more.
const ROUNDING: f64 = 1.0 / (1u64 << 48) as f64;

/// Relative error of quantities other than sums of weights.
const SMALL: f64 = 1e-11;

/// Relative error of a standard deviation.
const SPREAD: f64 = 1e-9;

/// Depths up to which a weight relative to the largest is a number with all its digits, not a subnormal one.
const DEEPEST: f64 = 690.0;

fn rounded_down(x: f64) -> f32 {
    let near = x as f32;
    if f64::from(near) > x { near.next_down() } else { near }
}

fn rounded_up(x: f64) -> f32 {
    -rounded_down(-x)
}

impl<'a> BoundedTruncation<'a> {
    /// Prepares `truncation` of the tokens of `blocks`, whose `logits` they are: for top-k the least logit is selected. None
    /// for top-k where other distances may round to a tie with the k-th, and for top-n-sigma where sigma is not finite.
    pub fn new(
        blocks: &'a TokenBlocks,
        logits: &'a [f32],
        beta: f64,
        truncation: Truncation,
        ties: Ties,
        scratch: &mut Vec<u32>,
    ) -> Option<Self> {
        let mut bounded = Self { blocks, logits, beta, truncation, least: f32::MIN, width: 0.0, n_ties: None };
        match truncation.kind() {
            TruncationKind::TopK => bounded.select(ties, scratch)?,
            TruncationKind::TopNSigma => bounded.spread()?,
            TruncationKind::MinP if beta > 0.0 && -truncation.parameter().ln() < DEEPEST => {
                let limit = -truncation.parameter().ln();
                bounded.least = bounded.below_top((limit + 2.0 * SMALL * (1.0 + limit)) / beta);
            }
            _ => {}
        }
        Some(bounded)
    }

    /// A window of logits outside which no token is kept.
    pub fn window(&self) -> [f32; 2] {
        [self.least, EVERYTHING[1]]
    }

    /// Finds the k-th largest logit among the few candidates.
    fn select(&mut self, ties: Ties, candidates: &mut Vec<u32>) -> Option<()> {
        if self.truncation.parameter() >= self.logits.len() as f64 {
            return Some(());
        }
        let k = self.truncation.parameter() as usize;
        let bound = self.blocks.below_kth_largest(k);
        self.blocks.at_least(self.logits, bound, candidates);
        let mut values: Vec<f32> = candidates.iter().map(|&i| self.logits[i as usize]).collect();
        if k > values.len() {
            return Some(());
        }
        let least = *values.select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a)).1;
        if self.may_tie(least, self.blocks.distance(least)) {
            return None;
        }
        self.least = least;
        if ties == Ties::ByIndex {
            self.n_ties = Some(k - values.iter().filter(|&&x| x > least).count());
        }
        Some(())
    }

    /// Finds n sigma of top-n-sigma.
    fn spread(&mut self) -> Option<()> {
        let allowed =
            || self.logits.iter().copied().filter(|&x| x > f32::NEG_INFINITY).map(|x| self.blocks.distance(x));
        let n = allowed().count() as f64;
        let mean = allowed().sum::<f64>() / n;
        let sigma = (allowed().map(|d| (d - mean).powi(2)).sum::<f64>() / n).sqrt();
        self.width = self.truncation.parameter() * sigma;
        self.least = self.below_top(self.width * (1.0 + 2.0 * SPREAD));
        self.width.is_finite().then_some(())
    }

    /// The largest logit that is not nearer than `width` to the largest of all.
    fn below_top(&self, width: f64) -> f32 {
        rounded_down(f64::from(self.blocks.largest()) - width).max(f32::MIN)
    }

    /// Whether another logit may have a distance that rounds to the same as `logit`'s, `scale` being what is rounded.
    fn may_tie(&self, logit: f32, scale: f64) -> bool {
        let reach = scale * ROUNDING;
        let gap = |other: f32| (f64::from(other) - f64::from(logit)).abs();
        reach > 0.0 && (gap(logit.next_up()) <= reach || gap(logit.next_down()) <= reach)
    }

    /// Whether `token` is kept.
    pub fn membership(&self, token: usize) -> Membership {
        let logit = self.logits[token];
        if logit < self.least {
            return Membership::Cut(self.window());
        }
        let distance = self.blocks.distance(logit);
        let parameter = self.truncation.parameter();
        match self.truncation.kind() {
            TruncationKind::TopK => self.among_the_first(token),
            TruncationKind::MinP => {
                let (depth, limit) = (self.beta * distance, -parameter.ln());
                let margin = SMALL * (1.0 + limit);
                match depth {
                    0.0 => Membership::Kept,
                    _ if parameter == 0.0 || depth < limit - margin && limit < DEEPEST => Membership::Kept,
                    _ if depth > limit + margin && limit < DEEPEST => Membership::Cut(self.above(logit)),
                    _ => Membership::Undecided,
                }
            }
            TruncationKind::TopNSigma => {
                if distance == 0.0 || distance < self.width * (1.0 - SPREAD) {
                    Membership::Kept
                } else if distance > self.width * (1.0 + SPREAD) {
                    Membership::Cut(self.above(logit))
                } else {
                    Membership::Undecided
                }
            }
            TruncationKind::TopP | TruncationKind::Typical if parameter == 1.0 => Membership::Kept,
            TruncationKind::Epsilon | TruncationKind::Eta if distance == 0.0 => Membership::Kept,
            _ => self.by_bounds(token),
        }
    }

    /// Lists the tokens that are kept, in order; false when one is undecided.
    pub fn list(&self, tokens: &mut Vec<u32>) -> bool {
        self.blocks.at_least(self.logits, self.least, tokens);
        let (mut decided, mut ties) = (true, self.n_ties);
        tokens.retain(|&token| {
            let token = token as usize;
            // Ties are counted on the way: one by one each would be counted from the first on.
            if let Some(left) = ties.as_mut().filter(|_| self.logits[token] == self.least) {
                let keeps = *left > 0;
                *left -= usize::from(keeps);
                return keeps;
            }
            let membership = self.membership(token);
            decided &= membership != Membership::Undecided;
            membership == Membership::Kept
        });
        decided
    }

    /// Crude bounds, and finer ones where these do not decide.
    fn by_bounds(&self, token: usize) -> Membership {
        let by = |precision| match self.truncation.kind() {
            TruncationKind::TopP => self.top_p(token, precision),
            TruncationKind::Typical => self.typical(token, precision),
            _ => self.epsilon_or_eta(token, precision),
        };
        match by(Precision::Crude) {
            Membership::Undecided => by(Precision::Fine),
            known => known,
        }
    }

    fn above(&self, logit: f32) -> [f32; 2] {
        [logit.next_up(), EVERYTHING[1]]
    }

    fn among_the_first(&self, token: usize) -> Membership {
        let Some(n_ties) = self.n_ties.filter(|_| self.logits[token] == self.least) else { return Membership::Kept };
        let before = self.logits[..token].iter().filter(|&&x| x == self.least).count();
        if before < n_ties { Membership::Kept } else { Membership::Cut(self.window()) }
    }

    /// Verdict for a share that must stay below `limit` and lies between `low` and `high`, each with a relative error.
    fn below(low: f64, high: f64, error: f64, limit: f64, others: [f32; 2]) -> Membership {
        // Shares as small as weights that are not resolved decide nothing.
        if limit < 1e-9 {
            Membership::Undecided
        } else if high * (1.0 + error) < limit {
            Membership::Kept
        } else if low * (1.0 - error) >= limit {
            Membership::Cut(others)
        } else {
            Membership::Undecided
        }
    }

    /// The tokens before this one are those with larger logits and those with the same and smaller indices.
    fn top_p(&self, token: usize, precision: Precision) -> Membership {
        let logit = self.logits[token];
        if self.may_tie(logit, self.blocks.distance(logit)) {
            return Membership::Undecided;
        }
        let (before, behind) = self.logits.split_at(token);
        let masses = |part: &[f32], window| self.blocks.masses(part, self.beta, [EVERYTHING, window], precision);
        let [z, mass] = masses(before, [logit, EVERYTHING[1]]);
        let [rest, above] = masses(behind, self.above(logit));
        let share = (mass + above) / (z + rest);
        Self::below(share, share, 3.0 * precision.error() + SMALL, self.truncation.parameter(), [logit, EVERYTHING[1]])
    }

    /// The tokens before this one are those nearer to the mean energy: on its own side those between it and the mean,
    /// on the other side as far as the error of the mean allows.
    fn typical(&self, token: usize, precision: Precision) -> Membership {
        let [z, first] = self.blocks.moments(self.logits, self.beta, precision);
        let mean = first / z;
        if !mean.is_finite() {
            return Membership::Undecided;
        }
        let logit = self.logits[token];
        let distance = self.blocks.distance(logit);
        let unresolved = if self.beta > 0.0 { 1e-25 / self.beta } else { 0.0 };
        let reach = distance.max(mean) * ROUNDING;
        let error = (3.0 * precision.error() + SMALL) * mean + reach + unresolved;
        // The nearest logits that cannot round to a tie with this one.
        let above = rounded_down(f64::from(logit) + reach).next_up();
        let below = rounded_up(f64::from(logit) - reach).next_down();
        let top = f64::from(self.blocks.largest());
        // The logits as far from the mean on the other side, the mean being somewhat less and somewhat more.
        let [less, more] = [-error, error].map(|error| top - (2.0 * (mean + error) - distance));
        let (inner, outer) = if distance > mean + error {
            ([above, rounded_down(more).next_down()], [logit.next_up(), rounded_up(less)])
        } else if distance < mean - error || distance == 0.0 {
            ([rounded_up(less).next_up(), below], [rounded_down(more), logit.next_down()])
        } else {
            let near = [-4.0 * error, 4.0 * error].map(|error| f64::from(logit) + error);
            ([f32::MAX, f32::MIN], [rounded_down(near[0]), rounded_up(near[1])])
        };
        let [low, high] = self.blocks.masses(self.logits, self.beta, [inner, outer], precision).map(|mass| mass / z);
        Self::below(low, high, 3.0 * precision.error() + SMALL, self.truncation.parameter(), outer)
    }

    /// The probability, or for eta the square of probability times e^S if it is larger, has to reach the parameter.
    fn epsilon_or_eta(&self, token: usize, precision: Precision) -> Membership {
        let logit = self.logits[token];
        let distance = self.blocks.distance(logit);
        let [z, first] = self.blocks.moments(self.logits, self.beta, precision);
        let parameter = self.truncation.parameter();
        let (least, depth) = (parameter.ln(), self.beta * distance);
        // ln of the threshold and its error.
        let mut found = -depth - z.ln();
        let mut error = 2.0 * precision.error() + SMALL * (1.0 + depth);
        if self.truncation.kind() == TruncationKind::Eta {
            let mean = self.beta * first / z;
            if !mean.is_finite() {
                return Membership::Undecided;
            }
            let other = 2.0 * (mean - depth);
            error = error.max(6.0 * precision.error() * mean + SMALL * (1.0 + mean + depth));
            found = found.max(other);
        }
        if found - error > least && least > -600.0 {
            Membership::Kept
        } else if found + error < least && least > -600.0 {
            Membership::Cut(self.above(logit))
        } else {
            Membership::Undecided
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Probability of the tokens that are left undecided.
    fn open(bounded: &BoundedTruncation<'_>, precision: Precision) -> f64 {
        let weight = |i: usize| TokenBlocks::weight(bounded.beta, bounded.blocks.distance(bounded.logits[i]));
        let total: f64 = (0..bounded.logits.len()).map(weight).sum();
        let membership = |i| match bounded.truncation.kind() {
            TruncationKind::TopP => bounded.top_p(i, precision),
            TruncationKind::Typical => bounded.typical(i, precision),
            _ => bounded.epsilon_or_eta(i, precision),
        };
        (0..bounded.logits.len()).filter(|&i| membership(i) == Membership::Undecided).map(weight).sum::<f64>() / total
    }

    /// Ordinary logits.
    fn logits() -> Vec<f32> {
        let mut state = 1u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1u64 << 24) as f32
        };
        (0..3000).map(|_| 20.0 * uniform() * uniform()).collect()
    }

    fn read(logits: &[f32]) -> TokenBlocks {
        let mut blocks = TokenBlocks::default();
        blocks.read(logits).unwrap();
        blocks
    }

    #[test]
    fn ordinary_logits_need_no_thresholds() {
        let logits = logits();
        let blocks = read(&logits);
        for kind in TruncationKind::ALL {
            let parameter = match kind {
                TruncationKind::TopK => 40.0,
                TruncationKind::TopNSigma => 1.5,
                TruncationKind::Epsilon | TruncationKind::Eta => 1e-3,
                _ => 0.3,
            };
            let truncation = Truncation::new(kind, parameter).unwrap();
            for (beta, ties) in [(1.1, kind.own_ties()), (0.8, Ties::ByIndex)] {
                let bounded =
                    BoundedTruncation::new(&blocks, &logits, beta, truncation, ties, &mut Vec::new()).unwrap();
                let memberships: Vec<Membership> = (0..logits.len()).map(|token| bounded.membership(token)).collect();
                let kept = memberships.iter().filter(|&&membership| membership == Membership::Kept).count();
                let undecided = memberships.iter().filter(|&&membership| membership == Membership::Undecided).count();
                assert!(
                    undecided == 0 && kept > 0 && kept < logits.len(),
                    "{kind}: {kept} kept, {undecided} undecided"
                );
                let mut listed = Vec::new();
                assert!(bounded.list(&mut listed));
                let expected = (0..logits.len()).filter(|&token| memberships[token] == Membership::Kept);
                // Only top-k and min-p know where to look.
                if matches!(kind, TruncationKind::TopK | TruncationKind::MinP) {
                    assert!(expected.eq(listed.into_iter().map(|token| token as usize)), "{kind}");
                }
            }
        }
    }

    #[test]
    fn typical_decides_on_a_token_with_nearly_all_mass() {
        for (top, rest) in [(1.0, -60.0), (0.0, -60.0), (0.0, -20.0), (-3.0, -1e30)] {
            let mut logits = [rest; 100];
            logits[7] = top;
            let (blocks, typical) = (read(&logits), Truncation::typical(0.5).unwrap());
            let bounded =
                BoundedTruncation::new(&blocks, &logits, 1.0, typical, Ties::Together, &mut Vec::new()).unwrap();
            assert_eq!(bounded.membership(7), Membership::Kept, "{top} above {rest}");
        }
    }

    #[test]
    fn crude_bounds_leave_little_open_and_fine_ones_nothing() {
        let logits = logits();
        let blocks = read(&logits);
        for truncation in [
            Truncation::top_p(0.9).unwrap(),
            Truncation::typical(0.7).unwrap(),
            Truncation::epsilon(1e-3).unwrap(),
            Truncation::eta(1e-3).unwrap(),
        ] {
            let bounded =
                BoundedTruncation::new(&blocks, &logits, 1.1, truncation, Ties::ByIndex, &mut Vec::new()).unwrap();
            let [crude, fine] = [Precision::Crude, Precision::Fine].map(|precision| open(&bounded, precision));
            assert!(crude < 5e-3 && fine == 0.0, "{truncation}: {crude} {fine}");
        }
    }

    #[test]
    fn rounding_goes_one_way() {
        for x in [0.1, -0.1, 1e-50, -1e-50, 3.0, 1e300, -1e300, f64::NEG_INFINITY] {
            assert!(f64::from(rounded_down(x)) <= x && f64::from(rounded_up(x)) >= x, "{x}");
        }
    }
}
