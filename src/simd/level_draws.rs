//! Levels drawn in bulk with exact integer probabilities: thresholds counted for few levels, alias cells for many.
//!
//! A level of mass m is drawn with probability m 2^-64, no more and no less.

use std::hint::select_unpredictable;

use super::block::Block;
use super::dispatch::{self, Work};
use super::instruction_set::InstructionSet;
use super::random::Lanes;

/// Draws made together.
pub(crate) const BATCH: usize = 128;
/// Most levels whose thresholds are counted; from about here on a look-up costs less.
const FEW: usize = 16;
/// Draws from one block of random bits, 16 bits each.
const DIGITS: usize = 32;
/// Bits of a random number that follow its first 16.
const REST: u32 = 48;

/// How a random number becomes a level.
#[derive(Clone, Debug)]
pub(crate) enum LevelDraws {
    /// The sum of the masses of levels 0 to k, for every k before the last level that can be drawn: the level of u is
    /// the number of them that are not above u.
    Counted(Vec<u64>),
    /// 2^k cells of equal probability, chosen by the first k bits of u.
    Looked {
        /// k.
        bits: u32,
        /// The cells.
        cells: Vec<Cell>,
    },
}

/// A part of the unit interval that at most two levels share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// The level of the cell's own number is drawn if the other bits of u, moved to the top, are below.
    share: u64,
    /// The level drawn otherwise.
    other: u32,
}

impl LevelDraws {
    /// Levels of these `masses`, `[n_levels]`, which add up to 2^64.
    pub fn new(masses: &[u128]) -> Self {
        debug_assert_eq!(masses.iter().sum::<u128>(), 1 << 64);
        if masses.len() > FEW {
            return Self::looked(masses);
        }
        let last = masses.iter().rposition(|&mass| mass > 0).unwrap_or(0);
        let sums = masses[..last].iter().scan(0, |sum, &mass| {
            *sum += mass as u64;
            Some(*sum)
        });
        Self::Counted(sums.collect())
    }

    /// The alias table: a poor level leaves the rest of its cell to a rich one, until all cells are full.
    fn looked(masses: &[u128]) -> Self {
        let bits = masses.len().next_power_of_two().trailing_zeros().max(1);
        let full = 1u128 << (64 - bits);
        let mut left = masses.to_vec();
        left.resize(1 << bits, 0);
        let mut cells: Vec<Cell> = (0..1 << bits).map(|other| Cell { share: 0, other }).collect();
        let (mut poor, mut rich): (Vec<usize>, Vec<usize>) = (0..left.len()).partition(|&i| left[i] < full);
        while let (Some(p), Some(&r)) = (poor.pop(), rich.last()) {
            cells[p] = Cell { share: (left[p] << bits) as u64, other: r as u32 };
            left[r] -= full - left[p];
            if left[r] < full {
                rich.pop();
                poor.push(r);
            }
        }
        // The integers leave no remainder: what is rich now is exactly full, its cell its own as it was made.
        Self::Looked { bits, cells }
    }

    /// Fills `levels` with independent levels.
    pub fn fill(&self, set: InstructionSet, lanes: &mut Lanes, levels: &mut [[u32; BATCH]]) {
        dispatch::with(set, Fill { table: self, lanes, levels });
    }
}

struct Fill<'a> {
    table: &'a LevelDraws,
    lanes: &'a mut Lanes,
    levels: &'a mut [[u32; BATCH]],
}

impl Work for Fill<'_> {
    type Output = ();

    // Plain loops: code within closures would not be compiled for the instruction set of the caller.
    #[inline(always)]
    fn run(self) {
        match self.table {
            LevelDraws::Counted(thresholds) => {
                let mut first = [0; FEW];
                first.iter_mut().zip(thresholds).for_each(|(first, threshold)| *first = (threshold >> REST) as u16);
                let first = &first[..thresholds.len().min(FEW)];
                for batch in self.levels {
                    count(thresholds, first, self.lanes, batch);
                }
            }
            LevelDraws::Looked { bits, cells } => {
                for batch in self.levels {
                    look_up(*bits, cells, self.lanes, batch);
                }
            }
        }
    }
}

/// Compares the first 16 bits of each number with those of the thresholds, and draws the others only in a tie.
#[inline(always)]
#[allow(clippy::needless_range_loop)]
fn count(thresholds: &[u64], first: &[u16], lanes: &mut Lanes, levels: &mut [u32; BATCH]) {
    let mut blocks = [[0; 8]; BATCH / DIGITS];
    lanes.fill(&mut blocks);
    for (levels, block) in levels.as_chunks_mut::<DIGITS>().0.iter_mut().zip(&blocks) {
        let digits = digits(block);
        let (mut above, mut tied) = ([0u16; DIGITS], [0u16; DIGITS]);
        for &first in first {
            for i in 0..DIGITS {
                above[i] += u16::from(digits[i] > first);
                tied[i] |= u16::from(digits[i] == first);
            }
        }
        for i in 0..DIGITS {
            levels[i] = u32::from(above[i]);
        }
        if tied.iter().fold(0, |any, tie| any | tie) != 0 {
            for i in (0..DIGITS).filter(|&i| tied[i] != 0) {
                let u = u64::from(digits[i]) << REST | lanes.words()[0] >> (64 - REST);
                levels[i] = thresholds.partition_point(|&threshold| threshold <= u) as u32;
            }
        }
    }
}

/// The 16-bit digits of a block, lowest first.
#[inline(always)]
fn digits(block: &Block) -> [u16; DIGITS] {
    let mut digits = [0; DIGITS];
    for (four, word) in digits.as_chunks_mut::<4>().0.iter_mut().zip(block) {
        *four = [*word as u16, (word >> 16) as u16, (word >> 32) as u16, (word >> 48) as u16];
    }
    digits
}

/// One word of 64 bits chooses the cell and which of its two levels it is.
#[inline(always)]
fn look_up(bits: u32, cells: &[Cell], lanes: &mut Lanes, levels: &mut [u32; BATCH]) {
    let mask = cells.len() - 1;
    let cells = &cells[..=mask];
    let mut blocks = [[0; 8]; 8];
    for levels in levels.as_chunks_mut::<64>().0 {
        lanes.fill(&mut blocks);
        for (level, &word) in levels.iter_mut().zip(blocks.as_flattened()) {
            *level = owner(bits, cells, mask, word);
        }
    }
}

#[inline(always)]
fn owner(bits: u32, cells: &[Cell], mask: usize, word: u64) -> u32 {
    let number = (word >> (64 - bits)) as usize & mask;
    let Cell { share, other } = cells[number];
    // Which of the two is hard to guess: nothing branches on it.
    select_unpredictable(word << bits < share, number as u32, other)
}

#[cfg(test)]
mod tests {
    use super::super::instruction_set::sets;
    use super::super::random::step;
    use super::*;

    const WHOLE: u128 = 1 << 64;

    fn lanes(seed: u64) -> Lanes {
        let mut state = [seed, 2, 3, 4];
        Lanes::new(move || step(&mut state))
    }

    /// Masses of any size, many of them zero, tiny, or powers of two.
    fn masses(n: usize, seed: u64) -> Vec<u128> {
        let mut lanes = lanes(seed);
        let mut left = WHOLE;
        let mut masses: Vec<u128> = (0..n)
            .map(|_| {
                let [a, b, ..] = lanes.words();
                let mass = match a % 4 {
                    0 => 0,
                    1 => u128::from(b >> 48),
                    2 => 1 << (b % 60),
                    _ => u128::from(b) / n as u128,
                };
                let mass = mass.min(left);
                left -= mass;
                mass
            })
            .collect();
        masses[seed as usize % n] += left;
        masses
    }

    /// The level of u by adding up masses.
    fn inverse(masses: &[u128], u: u64) -> u32 {
        let mut sum = 0;
        masses
            .iter()
            .take_while(|&&mass| {
                sum += mass;
                sum <= u128::from(u)
            })
            .count() as u32
    }

    #[test]
    fn alias_cells_hold_every_mass_exactly() {
        for (case, n) in [(1, 1), (2, 2), (3, 3), (4, 17), (5, 64), (6, 1000), (7, 4097)] {
            let masses = masses(n, case);
            let LevelDraws::Looked { bits, cells } = LevelDraws::looked(&masses) else { unreachable!() };
            let mut held = vec![0u128; cells.len()];
            for (number, cell) in cells.iter().enumerate() {
                // Values of the other bits below the share.
                let own = u128::from(cell.share >> bits);
                assert_eq!(cell.share.trailing_zeros().min(bits), bits);
                held[number] += own;
                held[cell.other as usize] += (1 << (64 - bits)) - own;
            }
            assert_eq!(held[..n], masses);
            assert!(held[n..].iter().all(|&mass| mass == 0));
        }
    }

    /// At every threshold and one below it, and at both ends.
    #[test]
    fn words_at_the_edges_draw_no_level_without_mass() {
        for (case, n) in [(1, 1), (2, 2), (3, 5), (4, 16), (5, 17), (6, 300)] {
            let masses = masses(n, case);
            match LevelDraws::new(&masses) {
                LevelDraws::Counted(thresholds) => {
                    for u in thresholds.iter().flat_map(|&t| [t.wrapping_sub(1), t]).chain([0, u64::MAX]) {
                        let level = thresholds.partition_point(|&threshold| threshold <= u);
                        assert_eq!(level as u32, inverse(&masses, u));
                        assert!(masses[level] > 0);
                    }
                }
                LevelDraws::Looked { bits, cells } => {
                    for (number, cell) in cells.iter().enumerate() {
                        let first = (number as u64) << (64 - bits);
                        let edge = cell.share >> bits;
                        for word in [0, edge.saturating_sub(1), edge, u64::MAX >> bits] {
                            let level = owner(bits, &cells, cells.len() - 1, first | word.min(u64::MAX >> bits));
                            assert!(masses[level as usize] > 0);
                        }
                    }
                }
            }
        }
    }

    /// One draw after the other, in the order of the words.
    fn twin(masses: &[u128], table: &LevelDraws, lanes: &mut Lanes) -> [u32; BATCH] {
        let mut levels = [0; BATCH];
        match table {
            LevelDraws::Counted(thresholds) => {
                let blocks: Vec<Block> = (0..BATCH / DIGITS).map(|_| lanes.words()).collect();
                for (i, level) in levels.iter_mut().enumerate() {
                    let digit = blocks[i / DIGITS][i % DIGITS / 4] >> (16 * (i % 4)) & 0xffff;
                    let tied = thresholds.iter().any(|threshold| threshold >> REST == digit);
                    let rest = if tied { lanes.words()[0] >> 16 } else { 0 };
                    *level = inverse(masses, digit << REST | rest);
                }
            }
            LevelDraws::Looked { bits, cells } => {
                for levels in levels.as_chunks_mut::<8>().0 {
                    for (level, word) in levels.iter_mut().zip(lanes.words()) {
                        let cell = cells[(word >> (64 - bits)) as usize];
                        *level = if word << bits < cell.share { (word >> (64 - bits)) as u32 } else { cell.other };
                    }
                }
            }
        }
        levels
    }

    #[test]
    fn all_instruction_sets_repeat_the_scalar_twin_bit_for_bit() {
        for (case, n) in [(1, 1), (2, 2), (3, 3), (4, 7), (5, 16), (6, 17), (7, 256), (8, 5000)] {
            let masses = masses(n, case);
            let table = LevelDraws::new(&masses);
            let mut own = lanes(case);
            let expected: Vec<[u32; BATCH]> = (0..200).map(|_| twin(&masses, &table, &mut own)).collect();
            for set in sets() {
                let (mut random, mut found) = (lanes(case), vec![[0; BATCH]; 200]);
                table.fill(set, &mut random, &mut found);
                assert_eq!(found, expected, "{set:?} {n}");
                assert_eq!(random.0, own.0, "{set:?} {n}");
            }
        }
    }

    /// Four thresholds that share their first bits: one draw in two is a tie.
    #[test]
    fn ties_are_resolved_by_further_bits() {
        let masses = [WHOLE / 2 - 5, 2, 0, 3, WHOLE / 2];
        let LevelDraws::Counted(thresholds) = LevelDraws::new(&masses) else { unreachable!() };
        assert_eq!(thresholds, [(1 << 63) - 5, (1 << 63) - 3, (1 << 63) - 3, 1 << 63]);
        for (u, level) in [(0, 0), ((1 << 63) - 6, 0), ((1 << 63) - 4, 1), ((1 << 63) - 3, 3), (1 << 63, 4)] {
            assert_eq!(thresholds.partition_point(|&threshold| threshold <= u), level);
        }
    }
}
