//! Tokens in proportion to their weights by rejection from bounds of blocks.

use rand::Rng;

use crate::ensemble::{TokenBlocks, WeightBounds};
use crate::rng::{index, uniform};
use crate::simd::LANES;

/// What is less than this part of the largest is chosen in a second step, with random numbers of its own.
const LIGHT: f64 = 1.0 / (1u64 << 20) as f64;

/// A uniform number in (0, 1] with at least 33 random bits behind its leading zeros.
fn fine_uniform<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    let mut scale = 1.0;
    // A generator that is stuck gets through, too.
    for _ in 0..40 {
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
fn choose<R: Rng + ?Sized>(weights: &[f64], rng: &mut R) -> usize {
    let mut ceiling = f64::INFINITY;
    loop {
        let [total, largest] = sum_and_largest(weights, |w| w < ceiling);
        let floor = LIGHT * largest;
        let [light, _] = sum_and_largest(weights, |w| w < floor);
        let target = fine_uniform(rng) * total;
        if target > light {
            return place(weights, target - light, |w| w >= floor && w < ceiling);
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
    /// The sum of light groups.
    light: f64,
    /// That and the other groups so far, `[groups]`.
    cumulative: Vec<f64>,
    /// What is light is below it.
    floor: f64,
}

impl Proposal {
    /// Bounds the weights of allowed tokens with logits in `window`.
    pub fn prepare(&mut self, blocks: &TokenBlocks, beta: f64, [low, high]: [f32; 2]) {
        let window = [low.max(f32::MIN), high];
        (self.beta, self.window) = (beta, window);
        blocks.bound(beta, window, &mut self.bounds);
        let sums = &self.bounds.sums;
        self.floor = LIGHT * sum_and_largest(sums, |_| true)[1];
        let floor = self.floor;
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
