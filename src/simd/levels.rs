//! Sums over the levels of a spectrum in eight lanes: weights with their moments.
//!
//! Terms are computed 64 at a time and stored, then added: by pairs to eight, and these to eight sums in lanes without
//! loss. A sum of n terms >= 0 is then right to 2^-53 (3 + 3 + n 2^-53) of itself whatever n, beside the errors of the
//! terms. The order of all additions is fixed, so that every instruction set gives the same bits. The loops run over
//! slices of no fixed length: the form that is vectorized.

use super::dispatch::{self, Work};
use super::exp::{LANES, exp};
use super::instruction_set::InstructionSet;

/// Levels whose terms are stored together where there are many; a short list costs less with a shorter chunk.
pub(super) const CHUNK: usize = 64;
const SHORT: usize = 16;
/// Levels that are sooner done one by one.
pub(super) const FEW: usize = 4;

/// Levels at distances d = x - base, with weights e^(ln g - beta d - shift).
///
/// The others are the allowed levels (x < +infinity) that do not tie with the base (x = base).
#[derive(Clone, Copy, Debug)]
pub(crate) struct LevelList<'a> {
    /// x, `[n_levels]`.
    pub energies: &'a [f64],
    /// ln g, `[n_levels]`; empty where every g is 1.
    pub ln_degeneracies: &'a [f64],
    /// beta; a sign other than that of every d makes no sense.
    pub beta: f64,
    /// The x that distances are measured from.
    pub base: f64,
}

/// Sums over the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LevelMoments {
    /// Sum of the weights w.
    pub total: f64,
    /// Sum of w d.
    pub first: f64,
    /// Sum of w (beta d)^2.
    pub second: f64,
}

impl LevelList<'_> {
    /// The largest ln g - beta d of the others; minus infinity where there are none.
    pub fn largest(self, set: InstructionSet) -> f64 {
        dispatch::with(set, Largest(self))
    }

    /// Sums over the others of w, w d, w (beta d)^2 in one pass. beta must be finite.
    pub fn moments(self, set: InstructionSet, shift: f64) -> LevelMoments {
        let work = MomentsOf { levels: self, shift };
        let [total, first, second] = if self.energies.len() <= FEW { work.few() } else { dispatch::with(set, work) };
        LevelMoments { total, first, second }
    }

    /// Sum over the others of w (beta (d - mean))^2. beta must be finite.
    pub fn spread(self, set: InstructionSet, shift: f64, mean: f64) -> f64 {
        dispatch::with(set, SpreadOf { levels: self, shift, mean })[0]
    }

    /// e^min(ln g - beta d - shift, 0) of every level, 0 of a forbidden one.
    pub fn factors(self, set: InstructionSet, shift: f64) -> Vec<f64> {
        let work = Factors { levels: self, shift };
        if self.energies.len() <= FEW { work.few() } else { dispatch::with(set, work) }
    }

    /// ln g of level `i`.
    fn ln_g(&self, i: usize) -> f64 {
        self.ln_degeneracies.get(i).copied().unwrap_or(0.0)
    }

    /// ln of the factor of an allowed level.
    #[inline(always)]
    fn exponent(&self, x: f64, ln_g: f64, shift: f64) -> f64 {
        let d = x - self.base;
        let y = if d == 0.0 { 0.0 } else { self.beta * d };
        let exponent = (ln_g - y) - shift;
        if exponent > 0.0 { 0.0 } else { exponent }
    }

    /// The x of C levels after the other, and their ln g, empty where all are 0.
    #[inline(always)]
    fn chunks<const C: usize>(&self) -> impl Iterator<Item = (&[f64], &[f64])> {
        self.energies
            .chunks(C)
            .enumerate()
            .map(|(k, x)| (x, self.ln_degeneracies.get(k * C..k * C + x.len()).unwrap_or_default()))
    }

    /// d and w of a level; both 0 of one that is not among the others.
    #[inline(always)]
    fn term(&self, x: f64, ln_g: f64, shift: f64) -> [f64; 2] {
        let other = (x != self.base) & (x < f64::INFINITY);
        let d = if other { x - self.base } else { 0.0 };
        let w = exp((ln_g - self.beta * d) - shift);
        [d, if other { w } else { 0.0 }]
    }
}

/// e^x, without the work where x = 0: one of a few levels has this exponent.
fn exp_or_one(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { exp(x) }
}

/// Sums in lanes of chunks, and what rounding has lost.
struct Sums<const N: usize> {
    total: [[f64; LANES]; N],
    lost: [[f64; LANES]; N],
}

impl<const N: usize> Sums<N> {
    #[inline(always)]
    fn new() -> Self {
        Self { total: [[0.0; LANES]; N], lost: [[0.0; LANES]; N] }
    }

    /// Adds a chunk of terms.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)]
    fn add<const C: usize>(&mut self, chunk: &mut [[f64; C]; N]) {
        for (k, terms) in chunk.iter_mut().enumerate() {
            let mut width = C;
            while width > LANES {
                width /= 2;
                let (low, high) = terms.split_at_mut(width);
                low.iter_mut().zip(high).for_each(|(a, b)| *a += *b);
            }
            for i in 0..LANES {
                let (a, b) = (self.total[k][i], terms[i]);
                let sum = a + b;
                let shadow = sum - a;
                self.lost[k][i] += (a - (sum - shadow)) + (b - shadow);
                self.total[k][i] = sum;
            }
        }
    }

    #[inline(always)]
    fn finish(&self) -> [f64; N] {
        let of_lanes = |a: [f64; LANES]| ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7]));
        std::array::from_fn(|k| {
            // An infinite sum has lost what is no number.
            let (total, lost) = (of_lanes(self.total[k]), of_lanes(self.lost[k]));
            if total.is_finite() { total + lost } else { total }
        })
    }
}

struct MomentsOf<'a> {
    levels: LevelList<'a>,
    shift: f64,
}

impl MomentsOf<'_> {
    /// w, w d, w (beta d)^2. The square of an energy that nothing occupies may be infinite.
    #[inline(always)]
    fn products(&self, d: f64, w: f64) -> [f64; 3] {
        let y = if w > 0.0 { self.levels.beta * d } else { 0.0 };
        [w, w * d, w * (y * y)]
    }

    /// What `run` gives, of at most [`FEW`] levels.
    fn few(self) -> [f64; 3] {
        let levels = self.levels;
        let mut terms = [[0.0; FEW]; 3];
        for (i, &x) in levels.energies.iter().enumerate().take(FEW) {
            if x != levels.base && x < f64::INFINITY {
                let d = x - levels.base;
                let exponent = (levels.ln_g(i) - levels.beta * d) - self.shift;
                [terms[0][i], terms[1][i], terms[2][i]] = self.products(d, exp_or_one(exponent));
            }
        }
        terms.map(|a| (a[0] + a[2]) + (a[1] + a[3]))
    }
}

impl Work for MomentsOf<'_> {
    type Output = [f64; 3];

    #[inline(always)]
    fn run(self) -> [f64; 3] {
        if self.levels.energies.len() <= SHORT { self.sum::<SHORT>() } else { self.sum::<CHUNK>() }
    }
}

impl MomentsOf<'_> {
    #[inline(always)]
    fn sum<const C: usize>(&self) -> [f64; 3] {
        let mut sums = Sums::<3>::new();
        let mut terms = [[0.0; C]; 3];
        for (x, ln_g) in self.levels.chunks::<C>() {
            let [zeroth, first, second] = &mut terms;
            let out = zeroth.iter_mut().zip(first.iter_mut()).zip(second.iter_mut());
            if ln_g.is_empty() {
                for (&x, ((zeroth, first), second)) in x.iter().zip(out) {
                    let [d, w] = self.levels.term(x, 0.0, self.shift);
                    [*zeroth, *first, *second] = self.products(d, w);
                }
            } else {
                for ((&x, &ln_g), ((zeroth, first), second)) in x.iter().zip(ln_g).zip(out) {
                    let [d, w] = self.levels.term(x, ln_g, self.shift);
                    [*zeroth, *first, *second] = self.products(d, w);
                }
            }
            if x.len() < C && self.levels.energies.len() > C {
                terms.iter_mut().for_each(|terms| terms[x.len()..].fill(0.0));
            }
            sums.add(&mut terms);
        }
        sums.finish()
    }
}

struct SpreadOf<'a> {
    levels: LevelList<'a>,
    shift: f64,
    mean: f64,
}

impl SpreadOf<'_> {
    #[inline(always)]
    fn square(&self, [d, w]: [f64; 2]) -> f64 {
        let y = if w > 0.0 { self.levels.beta * (d - self.mean) } else { 0.0 };
        w * y * y
    }
}

impl Work for SpreadOf<'_> {
    type Output = [f64; 1];

    #[inline(always)]
    fn run(self) -> [f64; 1] {
        if self.levels.energies.len() <= SHORT { self.sum::<SHORT>() } else { self.sum::<CHUNK>() }
    }
}

impl SpreadOf<'_> {
    #[inline(always)]
    fn sum<const C: usize>(&self) -> [f64; 1] {
        let mut sums = Sums::<1>::new();
        let mut terms = [[0.0; C]];
        for (x, ln_g) in self.levels.chunks::<C>() {
            let out = terms[0].iter_mut().zip(x);
            if ln_g.is_empty() {
                out.for_each(|(out, &x)| *out = self.square(self.levels.term(x, 0.0, self.shift)));
            } else {
                let out = out.zip(ln_g);
                out.for_each(|((out, &x), &ln_g)| *out = self.square(self.levels.term(x, ln_g, self.shift)));
            }
            terms[0][x.len()..].fill(0.0);
            sums.add(&mut terms);
        }
        sums.finish()
    }
}

struct Largest<'a>(LevelList<'a>);

impl Work for Largest<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let levels = self.0;
        let mut largest = [f64::NEG_INFINITY; CHUNK];
        let mut exponents = [f64::NEG_INFINITY; CHUNK];
        for (x, ln_g) in levels.chunks::<CHUNK>() {
            let exponent = |x: f64, ln_g: f64| {
                let other = (x != levels.base) & (x < f64::INFINITY);
                if other { ln_g - levels.beta * (x - levels.base) } else { f64::NEG_INFINITY }
            };
            if ln_g.is_empty() {
                exponents.iter_mut().zip(x).for_each(|(e, &x)| *e = exponent(x, 0.0));
            } else {
                exponents.iter_mut().zip(x).zip(ln_g).for_each(|((e, &x), &ln_g)| *e = exponent(x, ln_g));
            }
            // What an earlier chunk left behind the end of the last does no harm.
            largest.iter_mut().zip(&exponents).for_each(|(a, &b)| *a = if b > *a { b } else { *a });
        }
        largest.into_iter().fold(f64::NEG_INFINITY, f64::max)
    }
}

struct Factors<'a> {
    levels: LevelList<'a>,
    shift: f64,
}

impl Factors<'_> {
    /// What `run` gives.
    fn few(self) -> Vec<f64> {
        let Factors { levels, shift } = self;
        let factor = |(i, &x): (usize, &f64)| {
            if x < f64::INFINITY { exp_or_one(levels.exponent(x, levels.ln_g(i), shift)) } else { 0.0 }
        };
        levels.energies.iter().enumerate().map(factor).collect()
    }
}

impl Work for Factors<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn run(self) -> Vec<f64> {
        let Factors { levels, shift } = self;
        let factor = |x: f64, ln_g: f64| {
            let factor = exp(levels.exponent(x, ln_g, shift));
            if x < f64::INFINITY { factor } else { 0.0 }
        };
        let mut factors = Vec::with_capacity(levels.energies.len());
        let mut stage = [0.0; CHUNK];
        for (x, ln_g) in levels.chunks::<CHUNK>() {
            let out = stage.iter_mut().zip(x);
            if ln_g.is_empty() {
                out.for_each(|(out, &x)| *out = factor(x, 0.0));
            } else {
                out.zip(ln_g).for_each(|((out, &x), &ln_g)| *out = factor(x, ln_g));
            }
            factors.extend_from_slice(&stage[..x.len()]);
        }
        factors
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::exp::tests::next;
    use super::super::instruction_set::sets;
    use super::*;

    /// Neumaier's sum.
    fn compensated(terms: impl Iterator<Item = f64>) -> f64 {
        let (mut total, mut lost) = (0.0f64, 0.0);
        for term in terms {
            let sum = total + term;
            lost += if total.abs() >= term.abs() { (total - sum) + term } else { (term - sum) + total };
            total = sum;
        }
        total + lost
    }

    /// Excitations with ties at 0 and at the top, forbidden and subnormal ones; the highest is 40.
    pub fn excitations(n: usize, state: &mut u64) -> Vec<f64> {
        let number = |u: f64| match (u * 1e6) as u64 % 10 {
            0 => 0.0,
            1 => f64::INFINITY,
            2 => 40.0,
            3 => f64::from_bits((u * 1e3) as u64),
            _ => 40.0 * u,
        };
        (0..n).map(|_| number(next(state))).collect()
    }

    pub fn sizes() -> impl Iterator<Item = usize> {
        (0..35).chain([63, 64, 65, 127, 129, 1000, 4097, 100_003])
    }

    #[test]
    fn sums_are_the_sums_of_the_twin_with_all_instruction_sets() {
        let mut state = 1;
        for n in sizes() {
            let energies = excitations(n, &mut state);
            let ln_g: Vec<f64> = (0..n).map(|_| 9.0 * next(&mut state)).collect();
            for (ln_degeneracies, beta) in
                [(&ln_g[..0], 0.7), (&ln_g[..], 1.3), (&ln_g[..], -2.0), (&ln_g[..0], 0.0), (&ln_g[..0], 30.0)]
            {
                let base = if beta < 0.0 { 40.0 } else { 0.0 };
                let levels = LevelList { energies: &energies, ln_degeneracies, beta, base };
                let others = || (0..n).filter(|&i| energies[i] != base && energies[i] < f64::INFINITY);
                let ln_g = |i: usize| ln_degeneracies.get(i).copied().unwrap_or(0.0);
                let exponent = |i: usize| ln_g(i) - beta * (energies[i] - base);
                let largest = others().map(exponent).fold(f64::NEG_INFINITY, f64::max);
                let shift = if largest > f64::NEG_INFINITY { largest } else { 0.0 };
                let terms = |i: usize| {
                    let (d, w) = (energies[i] - base, exp(exponent(i) - shift));
                    (d, w, w * (beta * d) * (beta * d))
                };
                let moments = levels.moments(sets()[0], shift);
                let exact = LevelMoments {
                    total: compensated(others().map(|i| terms(i).1)),
                    first: compensated(others().map(|i| terms(i).1 * terms(i).0)),
                    second: compensated(others().map(|i| terms(i).2)),
                };
                // Sums by 2^-53 (7 + 3 + 1), terms by two or three roundings more.
                let close = |a: f64, b: f64| (a - b).abs() <= 14.0 * 0.5 * f64::EPSILON * b.abs() + 1e-300;
                assert!(close(moments.total, exact.total) && close(moments.first, exact.first), "{n} {beta}");
                assert!(close(moments.second, exact.second), "{n} {beta} {moments:?} {exact:?}");
                let spread = levels.spread(sets()[0], shift, 1.7 - base);
                let exact = |i: usize| terms(i).1 * (beta * (energies[i] - base - (1.7 - base))).powi(2);
                assert!(close(spread, compensated(others().map(exact))), "{n} {beta}");
                for set in sets() {
                    assert_eq!(levels.moments(set, shift), moments, "{set:?}");
                    assert_eq!(levels.spread(set, shift, 1.7 - base).to_bits(), spread.to_bits());
                    assert_eq!(levels.largest(set), largest);
                    let factors = levels.factors(set, shift);
                    assert_eq!(factors.len(), n);
                    for i in 0..n {
                        let factor =
                            if energies[i] == f64::INFINITY { 0.0 } else { exp((exponent(i) - shift).min(0.0)) };
                        assert_eq!(factors[i].to_bits(), factor.to_bits());
                    }
                }
            }
        }
    }

    #[test]
    fn limits_of_beta_are_no_nan() {
        let energies = [0.0, 1.0, f64::INFINITY, 3.0, 1e308];
        for (beta, base, known) in [
            (f64::INFINITY, 0.0, [1.0, 0.0, 0.0, 0.0, 0.0]),
            (f64::NEG_INFINITY, 1e308, [0.0, 0.0, 0.0, 0.0, 1.0]),
            (0.0, 0.0, [1.0, 1.0, 0.0, 1.0, 1.0]),
        ] {
            let levels = LevelList { energies: &energies, ln_degeneracies: &[], beta, base };
            for set in sets() {
                assert_eq!(levels.factors(set, 0.0), known);
            }
        }
    }
}
