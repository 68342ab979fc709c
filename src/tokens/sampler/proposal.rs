//! Tokens in proportion to their weights by rejection from bounds of blocks.

use rand::Rng;

use super::blocks::{TokenBlocks, WeightBounds};
use crate::rng::{index, uniform};
use crate::simd::LANES;

/// Weights below this share of the total are light: one of them is drawn in a second step, from a new uniform number.
const LIGHT: f64 = 1.0 / (1u64 << 20) as f64;

/// More weights than this are added up in the order of the search: in another order the last one would gain what the
/// roundings of the two sums differ by.
const MANY: usize = 1000;

/// A uniform number in (0, 1] with at least 33 random bits behind its leading zeros.
fn fine_uniform<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    let mut scale = 1.0;
    // A generator that is stuck gets through, too.
    for _ in 0..12 {
        let u = uniform(rng);
        if u > LIGHT {
            return scale * u;
        }
        scale *= LIGHT;
    }
    scale
}

/// The place of the first of the summed weights that reaches `target`.
fn place(weights: &[f64], target: f64, counted: impl Fn(f64) -> bool) -> usize {
    let (mut sum, mut last) = (0.0, 0);
    for (i, &weight) in weights.iter().enumerate().filter(|(_, weight)| counted(**weight)) {
        sum += weight;
        last = i;
        if sum >= target {
            break;
        }
    }
    last
}

/// The sum of those of `weights` that are `counted`, and the largest of them, in eight lanes.
#[inline]
fn sum_and_largest(weights: &[f64], counted: impl Fn(f64) -> bool) -> [f64; 2] {
    let (mut sums, mut largest) = ([0.0; 8], [0.0; 8]);
    let (blocks, rest) = weights.as_chunks::<8>();
    let mut last = [0.0; 8];
    last[..rest.len()].copy_from_slice(rest);
    for block in blocks.iter().chain([&last]) {
        for i in 0..8 {
            let weight = if counted(block[i]) { block[i] } else { 0.0 };
            sums[i] += weight;
            largest[i] = if weight > largest[i] { weight } else { largest[i] };
        }
    }
    [sums.iter().sum(), largest.iter().fold(0.0, |a, &b| if b > a { b } else { a })]
}

/// One of `weights` in proportion, each to 1e-6 of its probability however small it is.
pub(super) fn choose<R: Rng + ?Sized>(weights: &[f64], rng: &mut R) -> usize {
    let mut ceiling = f64::INFINITY;
    loop {
        let [total, largest] = sum_and_largest(weights, |w| w < ceiling);
        // The largest is never light, however many there are.
        let floor = (LIGHT * total).min(largest);
        let [light, _] = sum_and_largest(weights, |w| w < floor);
        // A floor may underflow to 0.
        let is_heavy = |w: f64| w > 0.0 && w >= floor && w < ceiling;
        let total =
            if weights.len() > MANY { light + weights.iter().filter(|w| is_heavy(**w)).sum::<f64>() } else { total };
        let target = fine_uniform(rng) * total;
        // A target may underflow to 0.
        if target > light || light == 0.0 {
            return place(weights, target - light, is_heavy);
        }
        ceiling = floor;
    }
}

/// The bounds of one window of logits, ready to be drawn from.
#[derive(Clone, Debug, Default)]
pub(super) struct Proposal {
    beta: f64,
    window: [f32; 2],
    bounds: WeightBounds,
    /// The sum over the light groups.
    light: f64,
    /// The light groups and the others up to each one, `[groups]`.
    cumulative: Vec<f64>,
    /// Groups with smaller sums are light.
    floor: f64,
}

impl Proposal {
    /// Bounds the weights of allowed tokens with logits in `window`.
    pub fn prepare(&mut self, blocks: &TokenBlocks, beta: f64, [low, high]: [f32; 2]) {
        let window = [low.max(f32::MIN), high];
        (self.beta, self.window) = (beta, window);
        blocks.bound(beta, window, &mut self.bounds);
        let sums = &self.bounds.sums;
        let [total, largest] = sum_and_largest(sums, |_| true);
        let floor = (LIGHT * total).min(largest);
        self.floor = floor;
        self.light = sum_and_largest(sums, |sum| sum < floor)[0];
        let mut total = self.light;
        self.cumulative.clear();
        self.cumulative.extend(sums.iter().map(|&sum| {
            total += if sum >= floor { sum } else { 0.0 };
            total
        }));
    }

    /// One token of the window, accepted after at most `tries` proposals.
    pub fn draw<R: Rng + ?Sized>(
        &self,
        blocks: &TokenBlocks,
        logits: &[f32],
        tries: usize,
        rng: &mut R,
    ) -> Option<usize> {
        let WeightBounds { bounds, sums } = &self.bounds;
        let total = self.cumulative.last().copied().filter(|&total| total > 0.0)?;
        for _ in 0..tries {
            let target = fine_uniform(rng) * total;
            let group = if target > self.light {
                self.cumulative.partition_point(|&sum| sum < target)
            } else {
                let light: Vec<f64> = sums.iter().map(|&sum| if sum < self.floor { sum } else { 0.0 }).collect();
                choose(&light, rng)
            };
            // The blocks of a group lie in the same lane of successive tiles.
            let (tile, lane) = (group / LANES * LANES, group % LANES);
            let blocks_of = bounds[tile * LANES..].chunks(LANES).map(|tile| f64::from(tile[lane]));
            let mut members = [0.0; LANES];
            members.iter_mut().zip(blocks_of).for_each(|(member, bound)| *member = bound);
            let member = choose(&members, rng);
            let row = index(rng, blocks.rows() as u64) as usize;
            let Some(token) = blocks.token(tile + member, lane, row) else { continue };
            let logit = logits[token];
            if !(logit >= self.window[0] && logit <= self.window[1]) {
                continue;
            }
            let weight = TokenBlocks::weight(self.beta, blocks.distance(logit));
            if fine_uniform(rng) * members[member] <= weight {
                return Some(token);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Constant, Seed, TaskRng};

    /// Some words of zeros, then those of a generator: what comes true once in 2^20, 2^40, ... draws.
    struct Zeros<'a>(u32, &'a mut TaskRng);

    impl rand::rand_core::TryRng for Zeros<'_> {
        type Error = std::convert::Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(self.1.next_u32())
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            self.0 = self.0.saturating_sub(1);
            Ok(if self.0 > 0 { 0 } else { self.1.next_u64() })
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
            self.1.fill_bytes(bytes);
            Ok(())
        }
    }

    #[test]
    fn what_is_one_in_1e13_is_chosen_in_proportion() {
        // u <= 2^-40 in all draws, so that the two light ones, 4 x 2^-45 together, come up in one of 8 draws, 3 : 1.
        let unit = 2f64.powi(-45);
        let weights = [3.0 * unit, 1.0 - 4.0 * unit, unit, 0.0];
        const DRAWS: u32 = 80_000;
        let mut counts = [0u32; 4];
        let mut rng = Seed(0).set_up();
        for _ in 0..DRAWS {
            counts[choose(&weights, &mut Zeros(3, &mut rng))] += 1;
        }
        let z =
            |count: u32, n: u32, p: f64| (f64::from(count) - f64::from(n) * p) / (f64::from(n) * p * (1.0 - p)).sqrt();
        let light = counts[0] + counts[2];
        assert!(
            counts[3] == 0 && z(light, DRAWS, 0.125).abs() < 4.5 && z(counts[0], light, 0.75).abs() < 4.5,
            "{counts:?}"
        );
        assert!(z(light, DRAWS, 0.125 * 1.1).abs() > 4.5 && z(counts[0], light, 0.7).abs() > 4.5);
    }

    #[test]
    fn what_is_light_among_many_is_chosen_by_numbers_of_its_own() {
        // A share of 2^-35, and u <= 2^-40.
        let mut weights = vec![1.0; 1 << 16];
        weights[5] = 2.0 * LIGHT;
        assert_eq!(choose(&weights, &mut Zeros(3, &mut Seed(0).set_up())), 5);
        // Of so many the largest have less than the part that is light.
        let weights = vec![1.0; 1 << 21];
        assert!(choose(&weights, &mut Seed(0).set_up()) > 0);
    }

    #[test]
    fn the_last_of_many_has_its_share() {
        // Added up one by one these are too much by 2.6e-11, a part of 2.6e-5 of the last.
        let weights = vec![f64::from(-1.851_677_2f32).exp(); 1_000_000];
        // u is 1e-6 (1 - 1e-5) below 1.
        let word = u64::MAX - ((1.0 - 1e-5) * 1e-6 * 2f64.powi(64)) as u64;
        assert_eq!(choose(&weights, &mut Constant::new(word)), 999_999);
    }

    #[test]
    fn uniforms_have_digits_behind_their_zeros() {
        let mut rng = Seed(0).set_up();
        for zeros in 1..6 {
            let u = fine_uniform(&mut Zeros(zeros + 1, &mut rng));
            // 33 bits at least, and more than those of one word.
            assert!(u > 0.0 && u <= LIGHT.powi(zeros as i32));
            assert_ne!(u * 2f64.powi(20 * zeros as i32 + 30) % 1.0, 0.0);
        }
        assert!(fine_uniform(&mut Constant::new(0)) > 0.0);
        assert_eq!(choose(&[0.0, 1e-60, 1.0], &mut Constant::new(0)), 1);
    }

    #[test]
    fn a_proposal_has_the_weights_of_its_window() {
        let logits: Vec<f32> =
            (0..700).map(|i| if i % 5 == 0 { f32::NEG_INFINITY } else { (i % 37) as f32 * 0.1 }).collect();
        let mut blocks = TokenBlocks::default();
        blocks.read(&logits).unwrap();
        let (mut proposal, mut rng) = (Proposal::default(), Seed(1).set_up());
        proposal.prepare(&blocks, 1.3, [0.5, 2.0]);
        let weight = |i: usize| {
            if logits[i] >= 0.5 && logits[i] <= 2.0 {
                TokenBlocks::weight(1.3, blocks.distance(logits[i]))
            } else {
                0.0
            }
        };
        let total: f64 = (0..700).map(weight).sum();
        let mut counts = vec![0u32; 700];
        const DRAWS: u32 = 200_000;
        (0..DRAWS).for_each(|_| counts[proposal.draw(&blocks, &logits, 1000, &mut rng).unwrap()] += 1);
        let chi2 = |shift: f64| {
            let terms = (0..700).filter(|&i| weight(i) > 0.0).map(|i| {
                let expected = f64::from(DRAWS) * weight(i) / total * (1.0 + shift * f64::from(logits[i] - 1.3));
                ((f64::from(counts[i]) - expected).powi(2) / expected, 1.0)
            });
            let (chi2, n) = terms.fold((0.0, -1.0), |(a, b), (c, d)| (a + c, b + d));
            (chi2 - n) / (2.0f64 * n).sqrt()
        };
        assert!((0..700).all(|i| weight(i) > 0.0 || counts[i] == 0));
        assert!(chi2(0.0).abs() < 4.5 && chi2(0.05) > 4.5, "{} {}", chi2(0.0), chi2(0.05));
        // Nothing in the window, nothing to draw.
        proposal.prepare(&blocks, 1.3, [50.0, 60.0]);
        assert_eq!(proposal.draw(&blocks, &logits, 10, &mut rng), None);
    }
}
