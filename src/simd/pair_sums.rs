//! Energies and virials of Lennard-Jones pairs, added up in eight lanes.
//!
//! Number k of a list is added to lane k mod 8 and the lanes are added in a fixed order, each step rounded: plain
//! arithmetic, which the compiler turns into vector instructions, with the same bits everywhere.

use super::neighbours::{LANES, Near};
use super::{InstructionSet, Level};

/// Sums over pairs nearer than the cutoff, with s = r^-6.
#[derive(Clone, Copy, Debug, PartialEq)]
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
        match set.0 {
            // SAFETY: an `InstructionSet` of this level is made only after all these features were detected.
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Level::Avx512 => unsafe { avx512::<N, VIRIAL>(self, near, at) },
            // SAFETY: likewise.
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Level::Avx2 => unsafe { avx2::<N, VIRIAL>(self, near, at) },
            _ => generic::<N, VIRIAL>(self, near, at),
        }
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

#[inline(always)]
fn generic<const N: usize, const VIRIAL: bool>(sums: &PairSums, near: &Near, at: [[f64; 3]; N]) -> [f64; N] {
    let [xs, ys, zs] = near.coordinates().map(|axis| axis.as_chunks::<LANES>().0);
    let mut lanes = [[0.0; LANES]; N];
    for ((x, y), z) in xs.iter().zip(ys).zip(zs) {
        for i in 0..LANES {
            for (lanes, &point) in lanes.iter_mut().zip(&at) {
                lanes[i] += sums.term::<VIRIAL>([x[i], y[i], z[i]], point);
            }
        }
    }
    lanes.map(|a| ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7])))
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,popcnt")]
fn avx2<const N: usize, const VIRIAL: bool>(sums: &PairSums, near: &Near, at: [[f64; 3]; N]) -> [f64; N] {
    generic::<N, VIRIAL>(sums, near, at)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq")]
fn avx512<const N: usize, const VIRIAL: bool>(sums: &PairSums, near: &Near, at: [[f64; 3]; N]) -> [f64; N] {
    generic::<N, VIRIAL>(sums, near, at)
}
