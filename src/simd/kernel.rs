//! The bit-sliced sweep: 512 spins at a time, their neighbours added bit by bit, their chances compared bit by bit.
//!
//! A spin changes if k < threshold, where k has 53 random bits. They come from the highest down, one for each of the
//! 512 spins of a block at a time; a comparison is over at the first bit that differs, so that about 11 of the 53 are
//! drawn.

use super::block::{Block, WORDS};
use super::dispatch::{self, Work};
use super::instruction_set::InstructionSet;
use super::random::{Lanes, step};
use super::torus::{Counts, Torus};

/// Bits of a random number.
const BITS: usize = 53;
/// Bits compared before it is first asked whether all spins of a block are decided, and between later questions.
/// Longer runs than 12 are no longer unrolled by the compiler, and then not vectorized.
const FIRST: usize = 11;
const MORE: usize = 3;

/// How a spin is updated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Flip it: always if two or more of its four bonds are unsatisfied, else by chance.
    Metropolis,
    /// Let it follow the majority of its neighbours, or not, by chance.
    HeatBath,
}

/// The chances of the classes of spins, as numbers of 53 bits that k must be below.
///
/// Metropolis: spins with no and with one unsatisfied bond. Heat bath: spins whose neighbours are unanimous, three to
/// one, two to two.
#[derive(Clone, Debug)]
pub(crate) struct Thresholds {
    /// Masks of all zeros or ones by bit, highest first, and class.
    bits: [[u64; 3]; BITS],
    /// Ones if spins prefer to be antiparallel.
    antiferromagnet: u64,
}

impl Thresholds {
    /// Chances `below` 2^53, and whether satisfied bonds are antiparallel.
    pub fn new(below: [u64; 3], antiferromagnet: bool) -> Self {
        let mut bits = [[0; 3]; BITS];
        for (i, masks) in bits.iter_mut().enumerate() {
            *masks = below.map(|threshold| (threshold >> (BITS - 1 - i) & 1).wrapping_neg());
        }
        Self { bits, antiferromagnet: u64::from(antiferromagnet).wrapping_neg() }
    }
}

/// Spins of a block that are being compared with their thresholds.
struct Comparison {
    /// Class 1.
    odd: Block,
    /// Class 2.
    tie: Block,
    /// All bits so far are equal.
    open: Block,
    /// k is below; anything where the comparison is open.
    below: Block,
}

impl Comparison {
    /// Draws N more bits: a loop over words around an unrolled one over bits, the form that is vectorized.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)]
    fn draw<const N: usize, const TIES: bool>(&mut self, bits: &[[u64; 3]; N], lanes: &mut [Block; 4]) {
        for i in 0..WORDS {
            let mut state = [lanes[0][i], lanes[1][i], lanes[2][i], lanes[3][i]];
            let (odd, mut open, mut below) = (self.odd[i], self.open[i], self.below[i]);
            for masks in bits {
                let random = step(&mut state);
                let even = if TIES { (self.tie[i] & masks[2]) | (!self.tie[i] & masks[0]) } else { masks[0] };
                let threshold = (odd & masks[1]) | (!odd & even);
                below = (open & threshold) | (!open & below);
                open &= !(random ^ threshold);
            }
            (lanes[0][i], lanes[1][i], lanes[2][i], lanes[3][i]) = (state[0], state[1], state[2], state[3]);
            (self.open[i], self.below[i]) = (open, below);
        }
    }

    #[inline(always)]
    fn is_over(&self) -> bool {
        self.open.iter().fold(0, |all, open| all | open) == 0
    }

    /// Compares as many bits as it takes.
    #[inline(always)]
    fn finish<const TIES: bool>(&mut self, bits: &[[u64; 3]; BITS], lanes: &mut [Block; 4]) {
        let Some((first, rest)) = bits.split_first_chunk::<FIRST>() else { return };
        self.draw::<FIRST, TIES>(first, lanes);
        for chunk in rest.as_chunks::<MORE>().0 {
            if self.is_over() {
                return;
            }
            self.draw::<MORE, TIES>(chunk, lanes);
        }
    }
}

#[inline(always)]
fn load(words: &[u64], at: usize) -> Block {
    let mut block = [0; WORDS];
    block.copy_from_slice(&words[at..at + WORDS]);
    block
}

/// Updates one sublattice; if asked, counts both.
#[inline(always)]
fn half_sweep<const HEAT_BATH: bool, const COUNT: bool>(
    torus: &mut Torus,
    sublattice: usize,
    thresholds: &Thresholds,
    lanes: &mut Lanes,
) -> Counts {
    let layout = torus.layout;
    let [first, second] = &mut torus.words;
    let (own, other) = if sublattice == 0 { (first, &*second) } else { (second, &*first) };
    let (mut random, sign) = (lanes.0, thresholds.antiferromagnet);
    let (mut up, mut antiparallel) = ([0; WORDS], [0; WORDS]);
    for row in 0..layout.rows {
        let start = layout.row(row + 1);
        let side = if (row + sublattice).is_multiple_of(2) { start - 1 } else { start + 1 };
        for at in (0..layout.width).step_by(WORDS) {
            let mut used = [layout.bits(); WORDS];
            if layout.width - at < WORDS {
                used[layout.width - at..].fill(0);
            }
            let mut spins = load(own, start + at);
            let around = [
                load(other, start + at),
                load(other, side + at),
                load(other, start + at - layout.stride),
                load(other, start + at + layout.stride),
            ];
            let mut comparison = Comparison { odd: [0; WORDS], tie: [0; WORDS], open: [0; WORDS], below: [0; WORDS] };
            let mut certain = [0; WORDS];
            for i in 0..WORDS {
                // Metropolis counts unsatisfied bonds, the heat bath neighbours that want the spin up.
                let reference = if HEAT_BATH { sign } else { spins[i] ^ sign };
                let [a, b, c, d] = [0, 1, 2, 3].map(|k| around[k][i] ^ reference);
                let (one, other_one, two, other_two) = (a ^ b, c ^ d, a & b, c & d);
                comparison.odd[i] = one ^ other_one;
                if HEAT_BATH {
                    certain[i] = (two & (other_one | other_two)) | (one & other_two);
                    comparison.tie[i] = one | (two ^ other_two);
                    comparison.open[i] = used[i];
                } else {
                    certain[i] = two | other_two | (one & other_one);
                    comparison.open[i] = used[i] & !certain[i];
                }
            }
            comparison.finish::<HEAT_BATH>(&thresholds.bits, &mut random);
            for i in 0..WORDS {
                let chance = comparison.below[i] & !comparison.open[i];
                let change = if HEAT_BATH { spins[i] ^ certain[i] ^ chance } else { certain[i] | chance };
                spins[i] ^= change & used[i];
                if COUNT {
                    up[i] += u64::from((spins[i] & used[i]).count_ones() + (around[0][i] & used[i]).count_ones());
                    let unequal = [0, 1, 2, 3].map(|k| ((around[k][i] ^ spins[i]) & used[i]).count_ones());
                    antiparallel[i] += u64::from(unequal[0] + unequal[1] + unequal[2] + unequal[3]);
                }
            }
            own[start + at..start + at + WORDS].copy_from_slice(&spins);
        }
    }
    lanes.0 = random;
    Counts { up: up.iter().sum(), antiparallel: antiparallel.iter().sum() }
}

#[inline(always)]
fn both<const HEAT_BATH: bool>(torus: &mut Torus, thresholds: &Thresholds, lanes: &mut Lanes) -> Counts {
    half_sweep::<HEAT_BATH, false>(torus, 0, thresholds, lanes);
    torus.refresh(0);
    let counts = half_sweep::<HEAT_BATH, true>(torus, 1, thresholds, lanes);
    torus.refresh(1);
    counts
}

struct Sweep<'a> {
    torus: &'a mut Torus,
    rule: Rule,
    thresholds: &'a Thresholds,
    lanes: &'a mut Lanes,
}

impl Work for Sweep<'_> {
    type Output = Counts;

    #[inline(always)]
    fn run(self) -> Counts {
        let Self { torus, rule, thresholds, lanes } = self;
        match rule {
            Rule::Metropolis => both::<false>(torus, thresholds, lanes),
            Rule::HeatBath => both::<true>(torus, thresholds, lanes),
        }
    }
}

impl Torus {
    /// One sweep with the instructions of `set`: the spins of sublattice 0, then those of sublattice 1.
    pub fn sweep(&mut self, set: InstructionSet, rule: Rule, thresholds: &Thresholds, lanes: &mut Lanes) -> Counts {
        dispatch::with(set, Sweep { torus: self, rule, thresholds, lanes })
    }
}

#[cfg(test)]
mod tests {
    use super::super::instruction_set::sets;
    use super::super::layout::Layout;
    use super::*;

    /// The number that one spin compares: its bits of as many random blocks as were drawn, the rest of them zeros.
    fn number(drawn: &[Block], word: usize, bit: usize) -> u64 {
        drawn.iter().enumerate().map(|(i, block)| (block[word] >> bit & 1) << (BITS - 1 - i)).sum()
    }

    /// Half a sweep on an array of spins, site by site with integers, in the order of the blocks.
    fn twin(
        up: &mut [Vec<bool>],
        layout: &Layout,
        sublattice: usize,
        rule: Rule,
        below: [u64; 3],
        antiferromagnet: bool,
        lanes: &mut Lanes,
    ) {
        let (lx, ly, columns) = (layout.sides[0], layout.sides[1], 2 * layout.width);
        for row in 0..layout.rows {
            for at in (0..layout.width).step_by(WORDS) {
                // Word, bit, site, and the threshold or the certainty of each spin of the block.
                let mut spins = Vec::new();
                for word in at..layout.width.min(at + WORDS) {
                    for bit in 0..layout.bands[0] * layout.bands[1] {
                        let x = (bit % layout.bands[0]) * columns + 2 * word + (row + sublattice) % 2;
                        let y = (bit / layout.bands[0]) * layout.rows + row;
                        let around =
                            [((x + 1) % lx, y), ((x + lx - 1) % lx, y), (x, (y + 1) % ly), (x, (y + ly - 1) % ly)];
                        let n = around.iter().filter(|(x, y)| up[*y][*x] != antiferromagnet).count();
                        let (follow, threshold) = match rule {
                            Rule::HeatBath => (n > 2, Some(below[[0, 1, 2, 1, 0][n]])),
                            Rule::Metropolis => {
                                let unsatisfied = if up[y][x] { 4 - n } else { n };
                                (up[y][x], (unsatisfied < 2).then(|| below[unsatisfied]))
                            }
                        };
                        spins.push((word - at, bit, x, y, follow, threshold));
                    }
                }
                let mut drawn: Vec<Block> = (0..FIRST).map(|_| lanes.words()).collect();
                let open = |drawn: &[Block]| {
                    spins
                        .iter()
                        .any(|s| s.5.is_some_and(|t| (number(drawn, s.0, s.1) ^ t) >> (BITS - drawn.len()) == 0))
                };
                while drawn.len() < BITS && open(&drawn) {
                    drawn.extend((0..MORE).map(|_| lanes.words()));
                }
                for (word, bit, x, y, follow, threshold) in spins {
                    // Decided within the bits drawn, so the bits not drawn do not matter.
                    let change = threshold.is_none_or(|t| number(&drawn, word, bit) < t);
                    up[y][x] = follow ^ change;
                }
            }
        }
    }

    #[test]
    fn all_instruction_sets_repeat_the_scalar_twin_bit_for_bit() {
        let chance = |p: f64| (p * (1u64 << BITS) as f64) as u64;
        let mut case = 0;
        for (lx, ly) in [(2, 2), (2, 4), (4, 4), (6, 10), (10, 6), (14, 34), (24, 40), (32, 32), (64, 128), (134, 6)] {
            let layout = Layout::new(lx, ly).unwrap();
            for (rule, below) in [
                (Rule::Metropolis, [chance(0.03), chance(0.17), 0]),
                (Rule::Metropolis, [0, chance(1.0 - 1e-9), 0]),
                (Rule::HeatBath, [chance(0.03), chance(0.15), chance(0.5)]),
            ] {
                for antiferromagnet in [false, true] {
                    case += 1;
                    let seed = || {
                        let mut state = [case, 2, 3, 4];
                        Lanes::new(move || step(&mut state))
                    };
                    let mut start = seed();
                    let mut spins: Vec<Vec<bool>> =
                        (0..ly).map(|_| (0..lx).map(|_| start.words()[0] >> 63 == 1).collect()).collect();
                    let thresholds = Thresholds::new(below, antiferromagnet);
                    let mut toruses: Vec<_> =
                        sets().into_iter().map(|set| (set, Torus::new(layout, |x, y| spins[y][x]), seed())).collect();
                    let mut lanes = seed();
                    for _ in 0..5 {
                        (0..2).for_each(|sublattice| {
                            twin(&mut spins, &layout, sublattice, rule, below, antiferromagnet, &mut lanes);
                        });
                        let expected = Torus::new(layout, |x, y| spins[y][x]);
                        for (set, torus, own) in &mut toruses {
                            let counts = torus.sweep(*set, rule, &thresholds, own);
                            assert_eq!(counts, expected.counts(), "{set:?} {lx}x{ly} {rule:?}");
                            let equal = |(x, y)| torus.is_up(x, y) == expected.is_up(x, y);
                            assert!((0..ly).flat_map(|y| (0..lx).map(move |x| (x, y))).all(equal), "{set:?} {lx}x{ly}");
                            assert_eq!(own.0, lanes.0);
                        }
                    }
                }
            }
        }
    }

    /// A comparison of all 53 bits, where the words are equal to the last.
    #[test]
    fn equality_to_the_last_bit_is_not_below() {
        let lanes = [[1; WORDS], [2; WORDS], [3; WORDS], [4; WORDS]];
        let mut state = [1, 2, 3, 4];
        let k = (0..BITS).fold(0, |k, _| 2 * k + (step(&mut state) & 1));
        for (threshold, below) in [(k - 1, 0), (k, 0), (k + 1, 1)] {
            let thresholds = Thresholds::new([threshold, 0, 0], false);
            let mut comparison = Comparison { odd: [0; WORDS], tie: [0; WORDS], open: [1; WORDS], below: [0; WORDS] };
            let mut drawn = lanes;
            comparison.finish::<false>(&thresholds.bits, &mut drawn);
            assert_eq!(comparison.below[0] & !comparison.open[0] & 1, below);
        }
    }
}
