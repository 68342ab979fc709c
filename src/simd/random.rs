//! Eight independent xoshiro256++ generators side by side: 512 random bits per step.

use super::block::{Block, WORDS};
use serde::{Deserialize, Serialize};

/// The states of eight generators, word k of generator i at `[k][i]`.
///
/// # References
///
/// D. Blackman and S. Vigna, ACM Trans. Math. Softw. 47, 36 (2021), doi:10.1145/3460772.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Lanes(pub(super) [Block; 4]);

impl Lanes {
    /// Generators whose states are the words that `draw` gives.
    pub fn new(mut draw: impl FnMut() -> u64) -> Self {
        let mut states = [[0; WORDS]; 4];
        states.as_flattened_mut().iter_mut().for_each(|word| *word = draw());
        for i in 0..WORDS {
            // All zeros is the one state that a generator never leaves.
            if states.iter().all(|words| words[i] == 0) {
                states[0][i] = 1;
            }
        }
        Self(states)
    }

    /// The next word of each generator.
    pub fn words(&mut self) -> Block {
        let mut block = [0; WORDS];
        for (i, word) in block.iter_mut().enumerate() {
            let mut state = [self.0[0][i], self.0[1][i], self.0[2][i], self.0[3][i]];
            *word = step(&mut state);
            (0..4).for_each(|k| self.0[k][i] = state[k]);
        }
        block
    }

    /// The next words of each generator, block after block as by [`Lanes::words`].
    #[inline(always)]
    pub(super) fn fill<const N: usize>(&mut self, blocks: &mut [Block; N]) {
        for i in 0..WORDS {
            let mut state = [self.0[0][i], self.0[1][i], self.0[2][i], self.0[3][i]];
            for block in blocks.iter_mut() {
                block[i] = step(&mut state);
            }
            (0..4).for_each(|k| self.0[k][i] = state[k]);
        }
    }
}

/// One step of one generator.
#[inline(always)]
pub(super) fn step(state: &mut [u64; 4]) -> u64 {
    let [mut s0, mut s1, mut s2, mut s3] = *state;
    let result = s0.wrapping_add(s3).rotate_left(23).wrapping_add(s0);
    let shifted = s1 << 17;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = s3.rotate_left(45);
    *state = [s0, s1, s2, s3];
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector that the authors' C program gives for the state 1, 2, 3, 4.
    #[test]
    fn every_lane_repeats_the_reference() {
        let mut words = (0..32).map(|i| 1 + i / 8);
        let mut lanes = Lanes::new(|| words.next().unwrap_or(0));
        for known in [
            41_943_041,
            58_720_359,
            3_588_806_011_781_223,
            3_591_011_842_654_386,
            9_228_616_714_210_784_205,
            9_973_669_472_204_895_162,
            14_011_001_112_246_962_877,
            12_406_186_145_184_390_807,
            15_849_039_046_786_891_736,
            10_450_023_813_501_588_000,
        ] {
            assert_eq!(lanes.words(), [known; 8]);
        }
    }

    #[test]
    fn blocks_in_a_row_are_those_one_by_one() {
        let mut n = 0;
        let mut row = Lanes::new(|| {
            n += 1;
            n
        });
        let mut one_by_one = row.clone();
        let mut blocks = [[0; WORDS]; 5];
        row.fill(&mut blocks);
        assert!(blocks.iter().all(|block| *block == one_by_one.words()));
        assert_eq!(row.0, one_by_one.0);
    }

    #[test]
    fn lanes_differ_and_none_is_stuck() {
        let mut n = 0;
        let mut lanes = Lanes::new(|| {
            n += 1;
            n
        });
        lanes.words();
        let block = lanes.words();
        assert!((0..8).all(|i| (0..i).all(|k| block[i] != block[k])));
        let mut zeros = Lanes::new(|| 0);
        assert!(zeros.words().iter().all(|&word| word != 0));
    }
}
