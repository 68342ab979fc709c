//! The extremes of a list of energies, and the list measured from the lowest: integers in the order of the numbers.

use super::dispatch::{self, Work};
use super::instruction_set::InstructionSet;
use super::levels::{CHUNK, FEW};

/// What a list of energies spans.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    /// The lowest energy: +infinity where all are.
    pub lowest: f64,
    /// The highest below +infinity.
    pub highest: f64,
    /// Whether every one is a number above minus infinity.
    pub valid: bool,
}

struct RangeOf<'a, T> {
    sign: f64,
    values: &'a [T],
}

/// Integers in the order of numbers, with NaN at both ends: their extremes are found in any order of comparison.
#[inline(always)]
fn key(number: f64) -> i64 {
    let bits = number.to_bits() as i64;
    bits ^ ((bits >> 63) as u64 >> 1) as i64
}

/// The inverse of `key`.
fn number(key: i64) -> f64 {
    f64::from_bits((key ^ ((key >> 63) as u64 >> 1) as i64) as u64)
}

impl<T: Copy + Into<f64>> Work for RangeOf<'_, T> {
    type Output = Range;

    #[inline(always)]
    fn run(self) -> Range {
        let infinity = key(f64::INFINITY);
        let (mut lowest, mut highest, mut top) = (infinity, key(f64::NEG_INFINITY), i64::MIN);
        for &value in self.values {
            let e = key(self.sign * value.into());
            lowest = lowest.min(e);
            highest = highest.max(if e < infinity { e } else { i64::MIN });
            top = top.max(e);
        }
        let valid = lowest > key(f64::NEG_INFINITY) && top <= infinity;
        Range { lowest: number(lowest), highest: number(highest), valid }
    }
}

/// The range of the energies sign x values, of f64 or f32.
pub(crate) fn range<T: Copy + Into<f64>>(set: InstructionSet, sign: f64, values: &[T]) -> Range {
    let work = RangeOf { sign, values };
    if values.len() <= FEW { work.run() } else { dispatch::with(set, work) }
}

/// Energies measured from the lowest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Lowest {
    /// How many are 0.
    pub n_lowest: usize,
    /// The least above 0; +infinity where there is none.
    pub gap: f64,
}

/// What the distances are so far, as integers: their bits less 1, of which the largest is that of 0.
struct Distances {
    lowest: f64,
    count: u64,
    gap: u64,
}

impl Distances {
    #[inline(always)]
    fn new(lowest: f64) -> Self {
        Self { lowest, count: 0, gap: f64::INFINITY.to_bits() - 1 }
    }

    /// Puts energy - lowest in the place of every energy.
    #[inline(always)]
    fn take(&mut self, energies: &mut [f64]) {
        let (lowest, mut count, mut gap) = (self.lowest, 0, self.gap);
        for energy in energies {
            // Without the sign of -0.
            let d = (*energy - lowest).abs();
            *energy = d;
            let bits = d.to_bits().wrapping_sub(1);
            count += bits >> 63;
            gap = gap.min(bits);
        }
        self.count += count;
        self.gap = gap;
    }

    #[inline(always)]
    fn finish(self) -> Lowest {
        Lowest { n_lowest: self.count as usize, gap: f64::from_bits(self.gap + 1) }
    }
}

struct InPlace<'a> {
    lowest: f64,
    energies: &'a mut [f64],
}

impl Work for InPlace<'_> {
    type Output = Lowest;

    #[inline(always)]
    fn run(self) -> Lowest {
        let mut distances = Distances::new(self.lowest);
        distances.take(self.energies);
        distances.finish()
    }
}

struct Negated<'a, T> {
    highest: f64,
    logits: &'a [T],
}

impl<T: Copy + Into<f64>> Work for Negated<'_, T> {
    type Output = (Vec<f64>, Lowest);

    #[inline(always)]
    fn run(self) -> (Vec<f64>, Lowest) {
        let mut list = Vec::with_capacity(self.logits.len());
        let mut stage = [0.0; CHUNK];
        let mut distances = Distances::new(-self.highest);
        for logits in self.logits.chunks(CHUNK) {
            let stage = &mut stage[..logits.len()];
            stage.iter_mut().zip(logits).for_each(|(energy, &logit)| *energy = -logit.into());
            distances.take(stage);
            list.extend_from_slice(stage);
        }
        (list, distances.finish())
    }
}

/// Puts energy - lowest, which is not below 0, in the place of every energy.
pub(crate) fn measure_from(set: InstructionSet, lowest: f64, energies: &mut [f64]) -> Lowest {
    let work = InPlace { lowest, energies };
    if work.energies.len() <= FEW { work.run() } else { dispatch::with(set, work) }
}

/// The distances `highest` - logit, `[n_levels]`, of which none is below 0.
pub(crate) fn below<T: Copy + Into<f64>>(set: InstructionSet, highest: f64, logits: &[T]) -> (Vec<f64>, Lowest) {
    if logits.len() <= CHUNK {
        let mut list: Vec<f64> = logits.iter().map(|&logit| -logit.into()).collect();
        let lowest = measure_from(set, -highest, &mut list);
        return (list, lowest);
    }
    dispatch::with(set, Negated { highest, logits })
}

#[cfg(test)]
mod tests {
    use super::super::instruction_set::sets;
    use super::super::levels::tests::{excitations, sizes};
    use super::*;

    #[test]
    fn extremes_and_distances_are_exact_with_all_instruction_sets() {
        let mut state = 2;
        for n in sizes() {
            let energies: Vec<f64> = excitations(n, &mut state).iter().map(|x| x - 7.0).collect();
            let finite = || energies.iter().copied().filter(|x| x.is_finite());
            let lowest = finite().fold(f64::INFINITY, f64::min);
            let highest = finite().fold(f64::NEG_INFINITY, f64::max);
            let logits: Vec<f64> = energies.iter().map(|x| -x).collect();
            let logits_f32: Vec<f32> = logits.iter().map(|&x| x as f32).collect();
            for set in sets() {
                let known = Range { lowest, highest, valid: true };
                assert_eq!(range(set, 1.0, &energies), known);
                assert_eq!(range(set, -1.0, &logits), known);
                for bad in [f64::NAN, -f64::NAN, f64::NEG_INFINITY] {
                    for at in [0, n / 2, n.saturating_sub(1)] {
                        let mut energies = energies.clone();
                        energies.iter_mut().skip(at).take(1).for_each(|x| *x = bad);
                        assert_eq!(range(set, 1.0, &energies).valid, n == 0);
                    }
                }
                if lowest == f64::INFINITY {
                    continue;
                }
                let mut distances = energies.clone();
                let found = measure_from(set, lowest, &mut distances);
                assert!(distances.iter().zip(&energies).all(|(d, x)| *d == x - lowest));
                assert_eq!(found.n_lowest, energies.iter().filter(|&&x| x == lowest).count());
                let gap = distances.iter().copied().filter(|&d| d > 0.0).fold(f64::INFINITY, f64::min);
                assert_eq!(found.gap, gap);
                assert_eq!(below(set, -lowest, &logits), (distances, found));
                let lowest = range(set, -1.0, &logits_f32).lowest;
                let (distances, _) = below(set, -lowest, &logits_f32);
                assert!(distances.iter().zip(&logits_f32).all(|(d, &x)| *d == -f64::from(x) - lowest));
            }
        }
    }
}
