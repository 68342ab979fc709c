//! Boltzmann weights of tokens from logits in single precision, bounded block by block without computing them all.

use crate::ensemble::SpectrumError;
use crate::numerics::CompensatedSum;
use crate::simd::{CRUDE, InstructionSet, LANES, block_maxima, masses, moments, weight_bounds, weights};

/// All tokens that are allowed.
pub(crate) const EVERYTHING: [f32; 2] = [f32::MIN, f32::MAX];

/// The largest logit of every block of a vocabulary.
///
/// A tile is made of `rows` rows of sixteen successive logits, a block is one lane of it.
#[derive(Clone, Debug)]
pub(crate) struct TokenBlocks {
    set: InstructionSet,
    n: usize,
    rows: usize,
    maxima: Vec<f32>,
    largest: f32,
}

/// Upper bounds of the weights in each block, `[blocks]`, and their sums over groups: one lane of sixteen tiles.
#[derive(Clone, Debug, Default)]
pub(crate) struct WeightBounds {
    pub bounds: Vec<f32>,
    pub sums: Vec<f64>,
}

/// How exactly the weights of tokens are added up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Precision {
    /// One pass in single precision.
    Crude,
    /// Several times slower, in double precision.
    Fine,
}

impl Precision {
    /// Relative error of a sum of weights.
    pub fn error(self) -> f64 {
        match self {
            Self::Crude => CRUDE,
            Self::Fine => 1e-12,
        }
    }
}

impl Default for TokenBlocks {
    fn default() -> Self {
        let set = InstructionSet::current();
        Self { set, n: 0, rows: 1, maxima: Vec::new(), largest: f32::NEG_INFINITY }
    }
}

impl TokenBlocks {
    /// Reads `logits`, `[vocab]`: one pass.
    ///
    /// # Errors
    ///
    /// As [`Spectrum::from_logits`](crate::ensemble::Spectrum::from_logits).
    pub fn read(&mut self, logits: &[f32]) -> Result<(), SpectrumError> {
        self.n = logits.len();
        // As many tiles as a vocabulary of the common size has, or more; at most 16 tries in the mean.
        self.rows = (logits.len() / 2048).clamp(1, 16);
        if logits.is_empty() {
            return Err(SpectrumError::Empty);
        }
        let Some(largest) = block_maxima(self.set, logits, self.rows, &mut self.maxima) else {
            let is_bad = |x: &f32| x.is_nan() || *x == f32::INFINITY;
            let index = logits.iter().position(is_bad).unwrap_or(0);
            return Err(SpectrumError::Logit { index, value: f64::from(logits[index]) });
        };
        self.largest = largest;
        if self.largest == f32::NEG_INFINITY {
            return Err(SpectrumError::AllForbidden(logits.len()));
        }
        Ok(())
    }

    /// The largest logit.
    pub fn largest(&self) -> f32 {
        self.largest
    }

    /// Rows of a tile: tokens of a block.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The token in `row` of `lane` of `tile`, if the vocabulary reaches so far.
    pub fn token(&self, tile: usize, lane: usize, row: usize) -> Option<usize> {
        let token = (tile * self.rows + row) * LANES + lane;
        (token < self.n).then_some(token)
    }

    /// beta/ln 2. The error of crude weights is bounded where beta is 0 or between 1e-20 and 1e20.
    fn scale(beta: f64) -> f32 {
        (beta * std::f64::consts::LOG2_E) as f32
    }

    /// Whether the error bounds of the methods below hold at this `beta`.
    pub fn covers(&self, beta: f64) -> bool {
        (beta == 0.0 || (1e-20..=1e20).contains(&beta)) && self.largest.abs() <= 1e15
    }

    /// e^(-beta d) of a token at the distance d below the largest logit, or below another one.
    pub fn weight(beta: f64, distance: f64) -> f64 {
        if distance == 0.0 || beta == 0.0 { 1.0 } else { (-beta * distance).exp() }
    }

    /// Distance of a logit below the largest one.
    pub fn distance(&self, logit: f32) -> f64 {
        f64::from(self.largest) - f64::from(logit)
    }

    /// Bounds of the weights of tokens with logits in `window`.
    pub fn bound(&self, beta: f64, window: [f32; 2], bounds: &mut WeightBounds) {
        let WeightBounds { bounds, sums } = bounds;
        weight_bounds(self.set, &self.maxima, self.largest, Self::scale(beta), window, bounds, sums);
    }

    /// Sums of weights over windows of logits; what weighs less than 2^-125 may count as much.
    pub fn masses<const N: usize>(
        &self,
        logits: &[f32],
        beta: f64,
        windows: [[f32; 2]; N],
        precision: Precision,
    ) -> [f64; N] {
        if precision == Precision::Crude {
            return masses(self.set, logits, self.largest, Self::scale(beta), windows);
        }
        self.sums(logits, beta, |logit, weight| {
            windows.map(|[low, high]| if logit >= low && logit <= high { weight } else { 0.0 })
        })
    }

    /// Sums of weights, and of weights times distances below the largest logit.
    pub fn moments(&self, logits: &[f32], beta: f64, precision: Precision) -> [f64; 2] {
        if precision == Precision::Crude {
            return moments(self.set, logits, self.largest, Self::scale(beta));
        }
        self.sums(logits, beta, |logit, weight| {
            [weight, if weight > 0.0 { weight * self.distance(logit) } else { 0.0 }]
        })
    }

    /// Sums of `terms` of the logit and the weight of each allowed token, compensated from chunk to chunk: as many as there
    /// may be, they are right to the roundings of one chunk.
    fn sums<const N: usize>(&self, logits: &[f32], beta: f64, terms: impl Fn(f32, f64) -> [f64; N]) -> [f64; N] {
        const CHUNK: usize = 256;
        let (mut distances, mut found) = ([0.0; CHUNK], [0.0; CHUNK]);
        let mut sums = [CompensatedSum::default(); N];
        for chunk in logits.chunks(CHUNK) {
            for (distance, &logit) in distances.iter_mut().zip(chunk) {
                // Forbidden tokens are left out below; here 0 times infinity must not make NaN.
                *distance = if logit > f32::NEG_INFINITY { self.distance(logit) } else { 0.0 };
            }
            weights(self.set, beta, &distances[..chunk.len()], &mut found);
            let mut of_chunk = [0.0; N];
            for (&logit, &weight) in chunk.iter().zip(&found) {
                if logit > f32::NEG_INFINITY {
                    of_chunk.iter_mut().zip(terms(logit, weight)).for_each(|(sum, term)| *sum += term);
                }
            }
            sums.iter_mut().zip(of_chunk).for_each(|(sum, term)| sum.add(term));
        }
        sums.map(CompensatedSum::value)
    }

    /// A lower bound of the k-th largest logit: the k-th largest of maxima of groups of blocks.
    pub fn below_kth_largest(&self, k: usize) -> f32 {
        let mut groups = self.maxima.clone();
        // Fewer groups are quicker to select from, more have a bound that is closer.
        while groups.len() / 2 >= 16 * k {
            let half = groups.len().div_ceil(2);
            let (first, second) = groups.split_at_mut(half);
            first.iter_mut().zip(second).for_each(|(a, b)| *a = a.max(*b));
            groups.truncate(half);
        }
        if k > groups.len() {
            return f32::MIN;
        }
        groups.select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a)).1.max(f32::MIN)
    }

    /// The allowed tokens with logits of at least `bound`, in order.
    pub fn at_least(&self, logits: &[f32], bound: f32, tokens: &mut Vec<u32>) {
        tokens.clear();
        let blocks: Vec<usize> = (0..self.maxima.len()).filter(|&block| self.maxima[block] >= bound).collect();
        let bound = bound.max(f32::MIN);
        if blocks.len() * 4 > self.maxima.len() {
            tokens.extend((0..logits.len()).filter(|&i| logits[i] >= bound).map(|i| i as u32));
            return;
        }
        for block in blocks {
            let first = block / LANES * self.rows * LANES + block % LANES;
            let members = (0..self.rows).map(|row| first + row * LANES).take_while(|&token| token < self.n);
            tokens.extend(members.filter(|&token| logits[token] >= bound).map(|token| token as u32));
        }
        tokens.sort_unstable();
    }
}
