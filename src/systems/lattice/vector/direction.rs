//! Arithmetic of vectors of D components: products, lengths, directions drawn uniformly.

use rand::{Rng, RngExt};

/// a . b.
#[inline]
pub(crate) fn dot<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// a + factor b.
#[inline]
pub(crate) fn plus_scaled<const D: usize>(a: &[f64; D], factor: f64, b: &[f64; D]) -> [f64; D] {
    std::array::from_fn(|k| a[k] + factor * b[k])
}

/// `v` scaled to unit length; `None` for a vector without a direction (zero, or not finite).
#[inline]
pub(crate) fn unit<const D: usize>(v: &[f64; D]) -> Option<[f64; D]> {
    let length = dot(v, v).sqrt();
    (length > 0.0 && length.is_finite()).then(|| v.map(|x| x / length))
}

/// `v`, which rounding has moved from unit length by some 1e-16, scaled back to it.
#[inline]
pub(crate) fn renormalized<const D: usize>(v: &[f64; D]) -> [f64; D] {
    // One step of Newton for 1/sqrt: the square of the error is gone.
    let scale = 1.5 - 0.5 * dot(v, v);
    v.map(|x| x * scale)
}

/// A direction uniform on the sphere: a point uniform in the ball, drawn by rejection from the cube and scaled.
pub(super) fn random_direction<const D: usize, R: Rng + ?Sized>(rng: &mut R) -> [f64; D] {
    loop {
        let point: [f64; D] = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
        if dot(&point, &point) <= 1.0
            && let Some(direction) = unit(&point)
        {
            return direction;
        }
    }
}
