//! Passes over the logits of a vocabulary: maxima of blocks, crude Boltzmann weights, their bounds and sums.
//!
//! Crude weights are right to a stated bound, which is all that a rejection or a comparison that is not close needs. Rows
//! of sixteen logits are plain arithmetic, which the compiler turns into vector instructions, with the same bits everywhere.

use super::dispatch::{self, Work};
use super::instruction_set::InstructionSet;

/// Logits in a row.
pub(crate) const LANES: usize = 16;

type Row = [f32; LANES];

/// Relative error that no [`crude`] weight and no sum of them exceeds, as long as x >= [`LEAST`].
pub(crate) const CRUDE: f64 = 1.0 / 8192.0;

/// The exponent of 2 below which crude weights do not fall: what is smaller, forbidden tokens too, weighs as much.
pub(crate) const LEAST: f32 = -125.0;

/// Added to and subtracted from a number of at most 2^22 it leaves the nearest integer, and in its lowest bits that integer.
const ROUND: f32 = 12_582_912.0;

/// Rows whose weights are added in single precision before the sum is added in double precision.
const ROWS: usize = 32;

/// 2^((x - largest) scale) to a relative error of [`CRUDE`], not below 2^[`LEAST`]; `scale` is at least 0 and x at most `largest`.
///
/// The exponent is wrong by 3 roundings, 125 x 3 x 2^-24 x ln 2 = 1.6e-5, and the polynomial by 7.5e-5.
#[inline(always)]
fn crude(x: f32, largest: f32, scale: f32) -> (f32, f32) {
    let exponent = (x - largest) * scale;
    let exponent = if exponent > LEAST { exponent } else { LEAST };
    let shifted = exponent + ROUND;
    let rest = exponent - (shifted - ROUND);
    let power = 0.999_928_1 + rest * (0.693_261 + rest * (0.242_611_12 + rest * 0.055_171_67));
    (f32::from_bits(power.to_bits().wrapping_add(shifted.to_bits() << 23)), exponent)
}

/// Logits that are no full row, filled up with minus infinity.
#[inline(always)]
fn last_row(rest: &[f32]) -> Row {
    let mut row = [f32::NEG_INFINITY; LANES];
    row[..rest.len()].copy_from_slice(rest);
    row
}

/// A function, so that the compiler knows that its lists do not overlap: of fields it does not.
#[inline(always)]
fn maxima_of(logits: &[f32], rows: usize, maxima: &mut Vec<f32>) -> Option<f32> {
    maxima.resize(logits.len().div_ceil(rows * LANES) * LANES, 0.0);
    let mut largest = NOTHING;
    // Minus infinity plus a number or minus infinity stays what it is; all else makes it NaN for good.
    let mut check = NOTHING;
    let mut tiles = logits.chunks_exact(rows * LANES);
    let mut found = maxima.as_chunks_mut::<LANES>().0.iter_mut();
    for (tile, found) in tiles.by_ref().zip(found.by_ref()) {
        let (of_tile, tile_check) = maxima_of_rows(tile.as_chunks::<LANES>().0);
        (largest, check) = (larger(of_tile, largest), plus(check, tile_check));
        *found = of_tile;
    }
    if let Some(found) = found.next() {
        let (full_rows, rest) = tiles.remainder().as_chunks::<LANES>();
        let (of_rows, rows_check) = maxima_of_rows(full_rows);
        let last = last_row(rest);
        *found = larger(last, of_rows);
        (largest, check) = (larger(*found, largest), plus(plus(check, rows_check), last));
    }
    let of_all = largest.into_iter().fold(f32::NEG_INFINITY, |a, b| if b > a { b } else { a });
    (check == NOTHING).then_some(of_all)
}

struct MaximaOf<'a> {
    logits: &'a [f32],
    rows: usize,
    maxima: &'a mut Vec<f32>,
}

impl Work for MaximaOf<'_> {
    type Output = Option<f32>;

    #[inline(always)]
    fn run(self) -> Option<f32> {
        maxima_of(self.logits, self.rows, self.maxima)
    }
}

/// The largest logit of every block: block `LANES * tile + lane` are the logits of one lane of `rows` successive rows.
/// Returns the largest of all, or `None` if a logit is plus infinity or not a number.
pub(crate) fn block_maxima(set: InstructionSet, logits: &[f32], rows: usize, maxima: &mut Vec<f32>) -> Option<f32> {
    dispatch::with(set, MaximaOf { logits, rows, maxima })
}

const NOTHING: Row = [f32::NEG_INFINITY; LANES];

#[inline(always)]
fn maxima_of_rows(rows: &[Row]) -> (Row, Row) {
    let (mut largest, mut check) = (NOTHING, NOTHING);
    for &row in rows {
        (largest, check) = (larger(row, largest), plus(check, row));
    }
    (largest, check)
}

#[inline(always)]
fn larger(a: Row, b: Row) -> Row {
    let mut larger = b;
    for i in 0..LANES {
        larger[i] = if a[i] > b[i] { a[i] } else { b[i] };
    }
    larger
}

#[inline(always)]
fn plus(a: Row, b: Row) -> Row {
    let mut sum = a;
    for i in 0..LANES {
        sum[i] += b[i];
    }
    sum
}

/// A function for the same reason.
#[inline(always)]
fn bounds_of(
    maxima: &[f32],
    largest: f32,
    scale: f32,
    [low, high]: [f32; 2],
    bounds: &mut Vec<f32>,
    sums: &mut Vec<f64>,
) {
    const GROUP: usize = LANES * LANES;
    bounds.resize(maxima.len(), 0.0);
    sums.resize(maxima.len().div_ceil(GROUP) * LANES, 0.0);
    let groups = maxima.chunks(GROUP).zip(bounds.chunks_mut(GROUP)).zip(sums.as_chunks_mut::<LANES>().0);
    for ((maxima, bounds), sums) in groups {
        let mut group = [0.0; LANES];
        for (row, bounds) in maxima.as_chunks::<LANES>().0.iter().zip(bounds.as_chunks_mut::<LANES>().0) {
            for i in 0..LANES {
                let x = row[i];
                let (weight, _) = crude(if x < high { x } else { high }, largest, scale);
                let inside = (x >= low) & (x > f32::NEG_INFINITY);
                bounds[i] = if inside { weight * (1.0 + 2.0 * CRUDE as f32) } else { 0.0 };
                group[i] += f64::from(bounds[i]);
            }
        }
        *sums = group;
    }
}

struct BoundsOf<'a> {
    maxima: &'a [f32],
    largest: f32,
    scale: f32,
    window: [f32; 2],
    bounds: &'a mut Vec<f32>,
    sums: &'a mut Vec<f64>,
}

impl Work for BoundsOf<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        bounds_of(self.maxima, self.largest, self.scale, self.window, self.bounds, self.sums);
    }
}

/// Upper bounds of the weights of tokens in `[low, high]` of blocks with these maxima, `[blocks]`, 0 for a block without
/// any; and their sums over groups of [`LANES`] blocks in the same lane of successive tiles.
pub(crate) fn weight_bounds(
    set: InstructionSet,
    maxima: &[f32],
    largest: f32,
    scale: f32,
    window: [f32; 2],
    bounds: &mut Vec<f32>,
    sums: &mut Vec<f64>,
) {
    dispatch::with(set, BoundsOf { maxima, largest, scale, window, bounds, sums });
}

struct MassesOf<'a, const N: usize> {
    logits: &'a [f32],
    largest: f32,
    scale: f32,
    windows: [[f32; 2]; N],
}

impl<const N: usize> Work for MassesOf<'_, N> {
    type Output = [f64; N];

    #[inline(always)]
    fn run(self) -> [f64; N] {
        let Self { logits, largest, scale, windows } = self;
        let (rows, rest) = logits.as_chunks::<LANES>();
        let last = [last_row(rest)];
        let mut sums = [[0.0; LANES]; N];
        for rows in rows.chunks(ROWS).chain([&last[..]]) {
            let mut part = [[0.0f32; LANES]; N];
            for row in rows {
                for i in 0..LANES {
                    let (weight, _) = crude(row[i], largest, scale);
                    for n in 0..N {
                        let inside = (row[i] >= windows[n][0]) & (row[i] <= windows[n][1]);
                        part[n][i] += if inside { weight } else { 0.0 };
                    }
                }
            }
            for n in 0..N {
                add(&mut sums[n], &part[n]);
            }
        }
        sums.map(added)
    }
}

/// Crude weights of the tokens inside each window `[low, high]`, added up.
pub(crate) fn masses<const N: usize>(
    set: InstructionSet,
    logits: &[f32],
    largest: f32,
    scale: f32,
    windows: [[f32; 2]; N],
) -> [f64; N] {
    dispatch::with(set, MassesOf { logits, largest, scale, windows })
}

struct MomentsOf<'a> {
    logits: &'a [f32],
    largest: f32,
    scale: f32,
}

impl Work for MomentsOf<'_> {
    type Output = [f64; 2];

    #[inline(always)]
    fn run(self) -> [f64; 2] {
        let Self { logits, largest, scale } = self;
        let (rows, rest) = logits.as_chunks::<LANES>();
        let last = [last_row(rest)];
        let (mut zeroth, mut first) = ([0.0; LANES], [0.0; LANES]);
        for rows in rows.chunks(ROWS).chain([&last[..]]) {
            let (mut part_zeroth, mut part_first) = ([0.0f32; LANES], [0.0f32; LANES]);
            for row in rows {
                for i in 0..LANES {
                    let (weight, exponent) = crude(row[i], largest, scale);
                    part_zeroth[i] += weight;
                    part_first[i] += if exponent > LEAST { weight * (largest - row[i]) } else { 0.0 };
                }
            }
            add(&mut zeroth, &part_zeroth);
            add(&mut first, &part_first);
        }
        [added(zeroth), added(first)]
    }
}

/// Sums of the crude weights of all tokens and of weight times distance below `largest`; what weighs no more than
/// 2^[`LEAST`] has no part in the second.
pub(crate) fn moments(set: InstructionSet, logits: &[f32], largest: f32, scale: f32) -> [f64; 2] {
    dispatch::with(set, MomentsOf { logits, largest, scale })
}

#[inline(always)]
fn add(sums: &mut [f64; LANES], part: &Row) {
    for i in 0..LANES {
        sums[i] += f64::from(part[i]);
    }
}

#[inline(always)]
fn added(mut lanes: [f64; LANES]) -> f64 {
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            lanes[i] += lanes[i + half];
        }
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::super::instruction_set::sets;
    use super::*;

    /// Logits of a mixture of sizes with ties, forbidden tokens, subnormal numbers and signs of zero.
    fn logits(n: usize) -> Vec<f32> {
        let mut state = n as u64;
        let mut word = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u32
        };
        let logit = |_| match word() % 8 {
            0 => f32::NEG_INFINITY,
            1 => (word() % 5) as f32,
            2 => -1e30,
            3 => f32::from_bits(word() % 100),
            4 => -0.0,
            _ => (f64::from(word()) / f64::from(1u32 << 31) * 30.0 - 15.0) as f32,
        };
        (0..n).map(logit).collect()
    }

    const SIZES: [usize; 9] = [1, 15, 16, 17, 511, 512, 513, 5000, 1_000_000];

    #[test]
    fn maxima_are_those_of_a_scalar_twin_on_every_instruction_set() {
        for n in SIZES {
            for rows in [1, 3, 16] {
                let mut logits = logits(n);
                let tiles = n.div_ceil(rows * LANES);
                let mut twin = vec![f32::NEG_INFINITY; tiles * LANES];
                for (i, &x) in logits.iter().enumerate() {
                    let block = i / (rows * LANES) * LANES + i % LANES;
                    twin[block] = twin[block].max(x);
                }
                for set in sets() {
                    let mut maxima = vec![7.0];
                    let largest = block_maxima(set, &logits, rows, &mut maxima);
                    assert_eq!(largest, twin.iter().copied().reduce(f32::max));
                    assert!(maxima == twin, "{set:?} {n} {rows}");
                }
                for bad in [f32::NAN, -f32::NAN, f32::INFINITY] {
                    let (place, mut maxima) = (n / 2, Vec::new());
                    let good = std::mem::replace(&mut logits[place], bad);
                    assert!(sets().into_iter().all(|set| block_maxima(set, &logits, rows, &mut maxima).is_none()));
                    logits[place] = good;
                }
            }
        }
    }

    #[test]
    fn crude_weights_keep_their_bound() {
        for scale in [1.0f32, 0.3, 7.7] {
            let mut worst = 0.0f64;
            for k in 0..=1_000_000 {
                let x = 2.5 - 125.0 / scale * (k as f32 / 1e6);
                let (weight, exponent) = crude(x, 2.5, scale);
                if exponent > LEAST {
                    let exact = ((f64::from(x) - 2.5) * f64::from(scale)).exp2();
                    worst = worst.max((f64::from(weight) / exact - 1.0).abs());
                }
            }
            assert!(worst < CRUDE * 0.75 && worst > CRUDE / 2.0, "{worst}");
        }
        for x in [f32::NEG_INFINITY, -1e38, -200.0] {
            assert!((crude(x, 1.0, 1.0).0 / LEAST.exp2() - 1.0).abs() < CRUDE as f32);
            assert!(crude(x, 1.0, 0.0).0 == crude(1.0, 1.0, 0.0).0 || x == f32::NEG_INFINITY);
        }
    }

    #[test]
    fn sums_keep_their_bound_and_are_the_same_bits_on_every_instruction_set() {
        for n in SIZES {
            let logits = logits(n);
            let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            if largest == f32::NEG_INFINITY {
                continue;
            }
            for scale in [0.0f32, 0.01, 1.8, 300.0] {
                let weight = |x: f32| ((f64::from(x) - f64::from(largest)) * f64::from(scale)).exp2();
                let allowed = || logits.iter().copied().filter(|&x| x > f32::NEG_INFINITY);
                let windows = [[f32::NEG_INFINITY, largest], [-3.0, 4.0], [4.0, 3.0]];
                let bits = |sums: &[f64]| sums.iter().map(|sum| sum.to_bits()).collect::<Vec<_>>();
                let portable = sets()[0];
                let found = masses(portable, &logits, largest, scale, windows);
                let mean = moments(portable, &logits, largest, scale);
                for set in sets() {
                    assert_eq!(bits(&found), bits(&masses(set, &logits, largest, scale, windows)));
                    assert_eq!(bits(&mean), bits(&moments(set, &logits, largest, scale)));
                }
                let least = 1e-30;
                for (found, [low, high]) in found.into_iter().zip(windows) {
                    let exact: f64 = allowed().filter(|&x| x >= low && x <= high).map(weight).sum();
                    assert!((found - exact).abs() <= CRUDE * exact + least, "{n} {scale}: {found} {exact}");
                }
                let exact: f64 = allowed().map(|x| weight(x) * (f64::from(largest) - f64::from(x))).sum();
                assert!(mean[0] == found[0] && (mean[1] - exact).abs() <= CRUDE * exact + least, "{n} {scale}");
            }
        }
    }

    #[test]
    fn bounds_are_above_the_weights() {
        for n in SIZES {
            let (logits, mut maxima) = (logits(n), Vec::new());
            block_maxima(sets()[0], &logits, 2, &mut maxima);
            let largest = maxima.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            for window in [[f32::NEG_INFINITY, largest], [-2.0, 3.0]] {
                let (mut bounds, mut sums) = (Vec::new(), Vec::new());
                weight_bounds(sets()[0], &maxima, largest, 1.3, window, &mut bounds, &mut sums);
                for set in sets() {
                    let (mut others, mut other_sums) = (vec![1.0; 9], Vec::new());
                    weight_bounds(set, &maxima, largest, 1.3, window, &mut others, &mut other_sums);
                    assert!(others == bounds && other_sums == sums);
                }
                for (group, sum) in sums.iter().enumerate() {
                    let first = group / LANES * LANES * LANES + group % LANES;
                    let members = (0..LANES).filter_map(|k| bounds.get(first + k * LANES));
                    let exact: f64 = members.copied().map(f64::from).sum();
                    assert!((sum - exact).abs() <= 1e-14 * exact);
                }
                for (i, &x) in logits.iter().enumerate() {
                    let bound = f64::from(bounds[i / (2 * LANES) * LANES + i % LANES]);
                    let weight = (1.3 * (f64::from(x) - f64::from(largest))).exp2();
                    assert!(!(x >= window[0] && x <= window[1]) || bound >= weight, "{x} {bound}");
                    assert!(bound > 0.0 || x < window[0] || x == f32::NEG_INFINITY);
                }
            }
        }
    }
}
