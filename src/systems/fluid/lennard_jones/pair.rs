//! The Lennard-Jones potential of one pair, cut or shifted.

use super::PairTruncation;

/// u(r) inside the cutoff.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pair {
    cutoff: f64,
    /// r_c^2.
    pub squared: f64,
    /// What is subtracted inside: 0 or u(r_c).
    pub shift: f64,
}

/// `4 (r^-12 - r^-6)` from r^2.
pub(super) fn full(r_squared: f64) -> f64 {
    let s = 1.0 / r_squared;
    let s3 = s * s * s;
    4.0 * s3 * (s3 - 1.0)
}

impl Pair {
    pub(super) fn new(cutoff: f64, truncation: PairTruncation) -> Self {
        let squared = cutoff * cutoff;
        let shift = match truncation {
            PairTruncation::Cut => 0.0,
            PairTruncation::Shifted => full(squared),
        };
        Self { cutoff, squared, shift }
    }

    /// r_c.
    pub fn cutoff(&self) -> f64 {
        self.cutoff
    }

    /// u from r^2.
    #[inline]
    pub fn energy(&self, r_squared: f64) -> f64 {
        if r_squared < self.squared { full(r_squared) - self.shift } else { 0.0 }
    }

    /// `r.f = -r du/dr = 24 (2 r^-12 - r^-6)` inside the cutoff, from r^2.
    #[inline]
    pub fn virial(&self, r_squared: f64) -> f64 {
        if r_squared < self.squared {
            let s = 1.0 / r_squared;
            let s3 = s * s * s;
            24.0 * s3 * (2.0 * s3 - 1.0)
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        let (cut, shifted) = (Pair::new(3.0, PairTruncation::Cut), Pair::new(3.0, PairTruncation::Shifted));
        let well = 2f64.cbrt();
        assert!((cut.energy(well) + 1.0).abs() < 1e-15 && cut.virial(well).abs() < 1e-13);
        assert_eq!((cut.energy(1.0), cut.virial(1.0)), (0.0, 24.0));
        assert_eq!((cut.energy(9.0), shifted.energy(9.0), cut.virial(9.0)), (0.0, 0.0, 0.0));
        assert!(shifted.energy(9.0 - 1e-12).abs() < 1e-14 && cut.energy(9.0 - 1e-12) < -0.005);
        assert_eq!(cut.energy(0.0), f64::INFINITY);
        // r.f = -r du/dr by difference.
        for r in [0.9, 1.1, 1.7, 2.9] {
            let h = 1e-5;
            let slope = (full((r + h) * (r + h)) - full((r - h) * (r - h))) / (2.0 * h);
            assert!((cut.virial(r * r) + r * slope).abs() < 1e-6 * (1.0 + cut.virial(r * r).abs()), "{r}");
        }
    }
}
