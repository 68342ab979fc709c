//! Levels gathered in bins with moments, from which sums of e^(-beta x) at many beta come without the levels.
//!
//! A distance x >= 0 falls in a bin by the leading bits of t = x + t_0: sixteen bins to each factor of 2, so that a bin's
//! half width s is at most t/32. With u = (x - centre)/s in [-1, 1) and moments M_k = sum of u^k, the levels of a bin add
//!
//! `sum of u^j e^(-beta x) = e^(-beta centre) sum_k (-beta s)^k/k! M_(k+j)`, k + j < 16,
//!
//! up to (beta s)^(16-j)/(16-j)! e^(beta s) of their number. Where beta t is small so is this, and where beta t is not
//! small e^(-beta x) is: the sum over bins of what is left out is estimated at every beta.

use super::dispatch::{self, Work};
use super::exp::{LANES, exp};
use super::instruction_set::InstructionSet;

/// Moments of a bin.
const ORDER: usize = 16;
/// Bits of t below those that choose a bin.
const INSIDE: u32 = 48;
/// Bins for each factor of 2.
const PER_OCTAVE: usize = 1 << (52 - INSIDE);
/// Most bins, 64 octaves of them.
const MOST_BINS: usize = 64 * PER_OCTAVE;
/// A number for each bin. Rows begin at a fixed distance, of which the compiler sees that they do not overlap, and one
/// that is no multiple of a page.
type Row = [f64; MOST_BINS + LANES];
const ZEROS: Row = [0.0; MOST_BINS + LANES];
/// Rows: M_k, then the x in the middle of the bins, then half of their widths.
const CENTRES: usize = ORDER;
const HALVES: usize = ORDER + 1;
const ROWS: usize = ORDER + 2;
/// Levels handled together.
const CHUNK: usize = 256;
/// beta x beyond which levels are left out.
const FAR: f64 = 80.0;
/// 2^52: its last bits count ones.
const ONES: f64 = 4_503_599_627_370_496.0;

/// Moments of levels in bins.
#[derive(Clone, Debug)]
pub(crate) struct Bins {
    /// t_0, a power of 2.
    start: f64,
    /// Number of bins, whole octaves.
    n: usize,
    /// `[ROWS]`.
    rows: Vec<Row>,
    /// Number of levels, those beyond the last bin included.
    n_levels: f64,
}

/// Sums over binned levels at one beta.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Binned {
    /// Z, sum of e^(-beta x).
    pub total: f64,
    /// Mean of x.
    pub mean: f64,
    /// Variance of beta x.
    pub variance: f64,
    /// What the variance would be if no term of it was negative.
    pub without_signs: f64,
    /// Bound of the error of Z, of Z times the mean of beta x, and of Z times the variance.
    pub error: f64,
}

/// Room for the terms of one beta.
#[derive(Clone, Debug, Default)]
pub(crate) struct Terms(Vec<Row>);

/// Which bin, as a number from `start`, and u of each t.
#[inline(always)]
fn place(x: f64, gap: f64, start: f64, n: usize) -> (u64, f64) {
    let t = (x - gap) + start;
    let bits = t.to_bits();
    let bin = bits.wrapping_sub(start.to_bits()) >> INSIDE;
    let inside = f64::from_bits(ONES.to_bits() | (bits & ((1 << INSIDE) - 1))) - ONES;
    let half = (1u64 << (INSIDE - 1)) as f64;
    // The lowest levels of all, at x = 0, are not among those binned.
    let bin = if (x > 0.0) & (bin < n as u64) { bin } else { n as u64 };
    (bin, (inside - half) * (1.0 / half))
}

struct Gather<'a> {
    energies: &'a [f64],
    gap: f64,
    start: f64,
    n: usize,
}

impl Gather<'_> {
    /// Calls `each` with the bins and the u of a chunk of levels after the other.
    #[inline(always)]
    fn for_each_chunk(&self, mut each: impl FnMut(&[u64], &[f64])) {
        let (mut bins, mut u) = ([0; CHUNK], [0.0; CHUNK]);
        for energies in self.energies.chunks(CHUNK) {
            for ((&x, bin), u) in energies.iter().zip(&mut bins).zip(&mut u) {
                (*bin, *u) = place(x, self.gap, self.start, self.n);
            }
            each(&bins[..energies.len()], &u[..energies.len()]);
        }
    }
}

impl Work for Gather<'_> {
    /// `[ROWS]`, the last two zeros.
    type Output = Vec<Row>;

    #[inline(always)]
    fn run(self) -> Vec<Row> {
        let n = self.n;
        // Where the levels of each bin begin in a list sorted by bins.
        let mut ends = vec![0usize; n + 1];
        self.for_each_chunk(|bins, _| bins.iter().for_each(|&bin| ends[bin as usize] += 1));
        let mut before = 0;
        for end in &mut ends {
            (*end, before) = (before, before + *end);
        }
        let mut sorted = vec![0.0; self.energies.len()];
        self.for_each_chunk(|bins, us| {
            for (&bin, &u) in bins.iter().zip(us) {
                let at = &mut ends[bin as usize];
                sorted[*at] = u;
                *at += 1;
            }
        });
        let mut rows = vec![ZEROS; ROWS];
        let mut begin = 0;
        for (bin, &end) in ends[..n].iter().enumerate() {
            // Levels that repeat make equal sums, whose rounding errors would all have one sign.
            let (mut total, mut lost) = ([0.0; ORDER], [0.0; ORDER]);
            for u in sorted[begin..end].chunks(CHUNK) {
                for (k, b) in powers(u).into_iter().enumerate() {
                    let (a, sum) = (total[k], total[k] + b);
                    let shadow = sum - a;
                    lost[k] += (a - (sum - shadow)) + (b - shadow);
                    total[k] = sum;
                }
            }
            (0..ORDER).for_each(|k| rows[k][bin] = total[k] + lost[k]);
            begin = end;
        }
        rows
    }
}

/// Sums of u^k over at most `CHUNK` numbers.
#[inline(always)]
fn powers(u: &[f64]) -> [f64; ORDER] {
    let mut sums = [0.0; ORDER];
    sums[0] = u.len() as f64;
    let n_blocks = u.len().div_ceil(LANES);
    let (mut base, mut power) = ([[0.0; LANES]; CHUNK / LANES], [[0.0; LANES]; CHUNK / LANES]);
    base.as_flattened_mut()[..u.len()].copy_from_slice(u);
    power.as_flattened_mut()[..u.len()].copy_from_slice(u);
    for sum in &mut sums[1..] {
        let mut lanes = [0.0; LANES];
        for (power, base) in power[..n_blocks].iter_mut().zip(&base) {
            for i in 0..LANES {
                lanes[i] += power[i];
                power[i] *= base[i];
            }
        }
        let [a, b, c, d, e, f, g, h] = lanes;
        *sum = ((a + e) + (c + g)) + ((b + f) + (d + h));
    }
    sums
}

struct Evaluate<'a> {
    bins: &'a Bins,
    beta: f64,
    n: usize,
    terms: &'a mut Terms,
}

/// The sum of a list, by pairs; the list is used up.
#[inline(always)]
fn sum(list: &mut [f64]) -> f64 {
    let mut n = list.len();
    while n > 1 {
        let half = n.div_ceil(2);
        let (low, high) = list[..n].split_at_mut(half);
        low.iter_mut().zip(high).for_each(|(a, b)| *a += *b);
        n = half;
    }
    list.first().copied().unwrap_or(0.0)
}

impl Work for Evaluate<'_> {
    type Output = Binned;

    #[inline(always)]
    fn run(self) -> Binned {
        let Evaluate { bins, beta, n, terms } = self;
        let n = n.min(MOST_BINS);
        let (Some(rows), Some(terms)) = (bins.rows.first_chunk::<ROWS>(), terms.0.first_chunk_mut::<5>()) else {
            return Binned { total: 0.0, mean: 0.0, variance: 0.0, without_signs: 0.0, error: f64::INFINITY };
        };
        for b in 0..n {
            let (c, s) = (rows[CENTRES][b], rows[HALVES][b]);
            let x = beta * s;
            let mut z = [rows[15][b], rows[15][b], rows[15][b]];
            // Horner's rule for all three: sums over k <= 15, 14 and 13.
            z[0] = rows[14][b] - x * (1.0 / 15.0) * z[0];
            z[0] = rows[13][b] - x * (1.0 / 14.0) * z[0];
            z[1] = rows[14][b] - x * (1.0 / 14.0) * z[1];
            for k in (0..13).rev() {
                let step = x * (1.0 / (k + 1) as f64);
                z[0] = rows[k][b] - step * z[0];
                z[1] = rows[k + 1][b] - step * z[1];
                z[2] = rows[k + 2][b] - step * z[2];
            }
            let y = beta * c;
            let w = exp(-y);
            let x2 = x * x;
            let x4 = x2 * x2;
            // x^14/14! e^x, and e^x < 1 + x (1 + x (1 + x)) as far as x = 2.
            let left_out = x4 * x4 * x4 * x2 * (1.0 + x * (1.0 + x * (1.0 + x))) * (1.0 / 87_178_291_200.0);
            let reach = 1.0 + y;
            terms[0][b] = w * z[0];
            terms[1][b] = (w * s) * z[1];
            terms[2][b] = (w * s) * (s * z[2]);
            terms[3][b] = w * rows[0][b] * (left_out * (reach * reach));
            terms[4][b] = terms[0][b];
        }
        let total = sum(&mut terms[4][..n]);
        for b in 0..n {
            terms[4][b] = rows[CENTRES][b] * terms[0][b] + terms[1][b];
        }
        let mean = sum(&mut terms[4][..n]) / total;
        for b in 0..n {
            let apart = rows[CENTRES][b] - mean;
            let (square, cross, within) = (apart * apart * terms[0][b], 2.0 * apart * terms[1][b], terms[2][b]);
            terms[0][b] = square + cross + within;
            terms[1][b] = square + cross.abs() + within;
        }
        let scale = beta * beta / total;
        Binned {
            total,
            mean,
            variance: scale * sum(&mut terms[0][..n]),
            without_signs: scale * sum(&mut terms[1][..n]),
            error: sum(&mut terms[3][..n]) + bins.n_levels * (exp(-FAR) * (1.0 + FAR) * (1.0 + FAR)),
        }
    }
}

impl Bins {
    /// Bins of a factor of 2.
    pub const PER_OCTAVE: usize = PER_OCTAVE;
    /// Most bins there can be.
    pub const MOST: usize = MOST_BINS;

    /// Bins the levels at `energies` > 0, of which the lowest is `gap` and at x = 0, in `n_octaves` factors of 2 of t
    /// from `start`, a power of 2. Levels beyond are left out, and levels at energy 0.
    pub fn new(set: InstructionSet, energies: &[f64], gap: f64, start: f64, n_octaves: usize) -> Self {
        let n = (n_octaves * PER_OCTAVE).min(MOST_BINS);
        let mut rows = dispatch::with(set, Gather { energies, gap, start, n });
        let edge = |bin: usize| f64::from_bits(start.to_bits() + ((bin as u64) << INSIDE));
        (0..n).for_each(|bin| {
            let half = 0.5 * (edge(bin + 1) - edge(bin));
            (rows[CENTRES][bin], rows[HALVES][bin]) = (edge(bin) + half - start, half);
        });
        Self { start, n, rows, n_levels: energies.len() as f64 }
    }

    /// t_0: rounding moves a level at x by 2^-53 of x + t_0.
    pub fn start(&self) -> f64 {
        self.start
    }

    /// Number of bins that matter at `beta`, whole blocks.
    fn used(&self, beta: f64) -> usize {
        let bits = (FAR / beta + self.start).to_bits();
        let last = (bits.saturating_sub(self.start.to_bits()) >> INSIDE) as usize;
        self.n.min((last + 1).next_multiple_of(LANES))
    }

    /// The sums at `beta` > 0.
    pub fn at(&self, set: InstructionSet, beta: f64, terms: &mut Terms) -> Binned {
        terms.0.resize(5, ZEROS);
        dispatch::with(set, Evaluate { bins: self, beta, n: self.used(beta), terms })
    }
}

#[cfg(test)]
mod tests {
    use super::super::exp::tests::next;
    use super::super::instruction_set::sets;
    use super::*;

    fn energies(n: usize, span: f64, seed: u64) -> Vec<f64> {
        let mut state = seed;
        let mut list: Vec<f64> = (0..n).map(|_| 1.0 + span * next(&mut state) * next(&mut state)).collect();
        list.extend([1.0, 0.0, f64::INFINITY]);
        list
    }

    #[test]
    fn sums_over_bins_are_sums_over_levels() {
        for (case, (n, span)) in [(1, 3.0), (7, 100.0), (300, 0.5), (2000, 30.0), (2000, 1e5)].into_iter().enumerate() {
            let energies = energies(n, span, case as u64);
            let n_octaves = ((span / 0.125).log2() as usize) + 2;
            let bins = Bins::new(sets()[0], &energies, 1.0, 0.125, n_octaves);
            for beta in [8.0, 3.0, 1.0, 0.1, 1e-3] {
                let binned = bins.at(sets()[0], beta, &mut Terms::default());
                let x = || energies.iter().filter(|e| (1.0..f64::INFINITY).contains(*e)).map(|e| e - 1.0);
                let total: f64 = x().map(|x| exp(-beta * x)).sum();
                let mean = x().map(|x| x * exp(-beta * x)).sum::<f64>() / total;
                let square = |x: f64| (beta * (x - mean)).powi(2);
                let variance = x().map(|x| square(x) * exp(-beta * x)).sum::<f64>() / total;
                // Here the sums one by one have errors of up to 2000 x 2^-53.
                let close = |a: f64, b: f64| (a - b).abs() <= 3e-13 * b.abs();
                assert!(close(binned.total, total) && close(binned.mean, mean), "{n} {span} {beta} {binned:?}");
                assert!((binned.variance - variance).abs() <= 3e-13 * binned.without_signs, "{n} {span} {beta}");
                assert!(binned.error < 1e-16 * binned.total, "{binned:?}");
            }
        }
    }

    #[test]
    fn all_instruction_sets_give_the_same_bits() {
        for n in [1, 5, 100, 257, 5000] {
            let energies = energies(n, 20.0, n as u64);
            let all = sets().into_iter().map(|set| Bins::new(set, &energies, 1.0, 0.125, 9));
            let all: Vec<Bins> = all.collect();
            for (set, bins) in sets().into_iter().zip(&all) {
                assert_eq!(bins.rows, all[0].rows, "{set:?}");
                for beta in [8.0, 0.6] {
                    let binned = bins.at(set, beta, &mut Terms::default());
                    assert_eq!(binned, all[0].at(sets()[0], beta, &mut Terms::default()), "{set:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_left_out_is_in_the_bound() {
        // Bins far too coarse: all levels are in the first octave.
        let energies = energies(500, 7.0, 3);
        let bins = Bins::new(sets()[0], &energies, 1.0, 8.0, 1);
        let beta = 8.0;
        let binned = bins.at(sets()[0], beta, &mut Terms::default());
        let x = || energies.iter().filter(|e| (1.0..f64::INFINITY).contains(*e)).map(|e| e - 1.0);
        let total: f64 = x().map(|x| exp(-beta * x)).sum();
        let error = (binned.total - total).abs();
        assert!(error < binned.error && binned.error > 1e-12, "{error} {binned:?}");
    }
}
