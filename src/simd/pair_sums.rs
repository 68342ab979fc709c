//! Energies and virials of Lennard-Jones pairs, added up in eight lanes.
//!
//! Number k of a list is added to lane k mod 8 and the lanes are added in a fixed order, each step rounded: plain
//! arithmetic, which the compiler turns into vector instructions, with the same bits everywhere.

use super::dispatch::{self, Work};
use super::instruction_set::InstructionSet;
use super::neighbours::{LANES, Near};
use serde::{Deserialize, Serialize};

/// Sums over pairs nearer than the cutoff, with s = r^-6.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PairSums {
    /// L.
    pub side: f64,
    /// r_c^2.
    pub cutoff_squared: f64,
    /// What is subtracted from the energy of each pair.
    pub shift: f64,
}

impl PairSums {
    /// Energies of a particle at each of the points with those in the list: 4 (s^2 - s) less the shift, added up.
    #[inline]
    pub fn energies<const N: usize>(&self, set: InstructionSet, near: &Near, at: [[f64; 3]; N]) -> [f64; N] {
        self.sums::<N, false>(set, near, at).map(|sum| 4.0 * sum)
    }

    /// Sum of r.f of a particle at `at` with those in the list: 24 (2 s^2 - s), added up.
    #[inline]
    pub fn virial(&self, set: InstructionSet, near: &Near, at: [f64; 3]) -> f64 {
        24.0 * self.sums::<1, true>(set, near, [at])[0]
    }

    #[inline]
    fn sums<const N: usize, const VIRIAL: bool>(
        &self,
        set: InstructionSet,
        near: &Near,
        at: [[f64; 3]; N],
    ) -> [f64; N] {
        dispatch::with(set, Sum::<N, VIRIAL> { sums: self, near, at })
    }

    /// One term: s (s - 1) - shift/4, or s (2 s - 1) for the virial.
    #[inline(always)]
    fn term<const VIRIAL: bool>(&self, from: [f64; 3], to: [f64; 3]) -> f64 {
        let square = |axis: usize| {
            let apart = (from[axis] - to[axis]).abs();
            let around = self.side - apart;
            let nearest = if around < apart { around } else { apart };
            nearest * nearest
        };
        let r_squared = square(0) + square(1) + square(2);
        let inverse = 1.0 / r_squared;
        let s = inverse * inverse * inverse;
        let value = if VIRIAL { s * (2.0 * s - 1.0) } else { s * (s - 1.0) - 0.25 * self.shift };
        if r_squared < self.cutoff_squared { value } else { 0.0 }
    }
}

struct Sum<'a, const N: usize, const VIRIAL: bool> {
    sums: &'a PairSums,
    near: &'a Near,
    at: [[f64; 3]; N],
}

impl<const N: usize, const VIRIAL: bool> Work for Sum<'_, N, VIRIAL> {
    type Output = [f64; N];

    #[inline(always)]
    fn run(self) -> [f64; N] {
        let [xs, ys, zs] = self.near.coordinates().map(|axis| axis.as_chunks::<LANES>().0);
        let mut lanes = [[0.0; LANES]; N];
        for ((x, y), z) in xs.iter().zip(ys).zip(zs) {
            for i in 0..LANES {
                for (lanes, &point) in lanes.iter_mut().zip(&self.at) {
                    lanes[i] += self.sums.term::<VIRIAL>([x[i], y[i], z[i]], point);
                }
            }
        }
        lanes.map(|a| ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7])))
    }
}

#[cfg(test)]
mod tests {
    use super::super::instruction_set::sets;
    use super::super::{CHUNK, Slots};
    use super::*;

    const SIDE: f64 = 7.3;

    /// Numbers in \[0, SIDE), many of them on faces of the box.
    fn points(n: usize) -> Vec<[f64; 3]> {
        let mut state = 1u64;
        let mut number = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if state >> 60 == 0 { 0.0 } else { (state >> 11) as f64 / (1u64 << 53) as f64 * SIDE }
        };
        (0..n).map(|_| [number(), number(), number()]).collect()
    }

    fn slots(points: &[[f64; 3]]) -> Slots {
        let mut slots = Slots::new(SIDE, points.len().div_ceil(CHUNK));
        points.iter().enumerate().for_each(|(slot, &at)| slots.set(slot, at));
        slots
    }

    fn sums(shift: f64) -> PairSums {
        PairSums { side: SIDE, cutoff_squared: 9.0, shift }
    }

    fn squared_distance(a: [f64; 3], b: [f64; 3]) -> f64 {
        let square = |axis: usize| {
            let apart = (a[axis] - b[axis]).abs();
            apart.min(SIDE - apart).powi(2)
        };
        square(0) + square(1) + square(2)
    }

    /// The sum of a list in the order that is promised, one particle after the other.
    fn twin(points: &[[f64; 3]], near: &[usize], at: [f64; 3], term: impl Fn(f64) -> f64) -> f64 {
        let mut lanes = [0.0; LANES];
        for (k, &slot) in near.iter().enumerate() {
            let squared = squared_distance(points[slot], at);
            let inverse = 1.0 / squared;
            lanes[k % LANES] += if squared < 9.0 { term(inverse * inverse * inverse) } else { 0.0 };
        }
        let [a, b, c, d, e, f, g, h] = lanes;
        ((a + e) + (c + g)) + ((b + f) + (d + h))
    }

    #[test]
    fn all_instruction_sets_repeat_the_scalar_twin_bit_for_bit() {
        for n in [1, 31, 32, 100, 500] {
            let (points, shift) = (points(n), -0.0055);
            let slots = slots(&points);
            let chunks: Vec<u32> = (0..n.div_ceil(CHUNK) as u32).collect();
            for at in [[0.0; 3], [3.1, 0.0, 7.2], [SIDE / 2.0, 6.9, 1.0], points[n / 2]] {
                let to = [at[0] * 0.97, at[1], (at[2] + 0.1) % SIDE];
                for set in sets() {
                    let mut near = Near::default();
                    slots.near(set, &chunks, at, 3.2, &mut near);
                    let listed = near.listed(SIDE);
                    assert!(listed.is_sorted() && listed.iter().all(|&slot| slot < n.next_multiple_of(CHUNK)));
                    let inside = (0..n).filter(|&slot| squared_distance(points[slot], at) < 3.2 * 3.2);
                    assert!(inside.clone().all(|slot| listed.binary_search(&slot).is_ok()));
                    // Few others pass: those within 0.02 of the sphere, and places that are empty.
                    let far = |slot: &&usize| **slot < n && squared_distance(points[**slot], at) > 3.22 * 3.22;
                    assert_eq!(listed.iter().filter(far).count(), 0);
                    let listed: Vec<usize> = listed.into_iter().filter(|&slot| slot < n).collect();
                    let energy = |at| 4.0 * twin(&points, &listed, at, |s| s * (s - 1.0) - 0.25 * shift);
                    let virial = 24.0 * twin(&points, &listed, at, |s| s * (2.0 * s - 1.0));
                    let found = sums(shift).energies(set, &near, [at, to]);
                    assert_eq!(found.map(f64::to_bits), [energy(at), energy(to)].map(f64::to_bits), "{set:?} {n}");
                    assert_eq!(sums(shift).energies(set, &near, [at])[0].to_bits(), found[0].to_bits());
                    assert_eq!(sums(shift).virial(set, &near, at).to_bits(), virial.to_bits());
                }
            }
        }
    }

    #[test]
    fn places_can_be_emptied_and_lifted() {
        let points = points(40);
        for set in sets() {
            let (mut slots, mut near) = (slots(&points), Near::default());
            let mut energy = |slots: &Slots| {
                slots.near(set, &[0, 1], points[7], 3.0, &mut near);
                sums(0.0).energies(set, &near, [points[7]])[0]
            };
            assert_eq!(energy(&slots), f64::INFINITY);
            slots.lift(7);
            let lifted = energy(&slots);
            assert!(lifted.is_finite());
            slots.put_back(7, points[7]);
            assert_eq!(energy(&slots), f64::INFINITY);
            slots.clear(7);
            assert!((energy(&slots) / lifted - 1.0).abs() < 1e-12);
        }
    }
}
