//! Arithmetic of vectors of D components: products, lengths, directions drawn uniformly.

use rand::{Rng, RngExt};

/// a . b.
#[inline]
pub(super) fn dot<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// a + factor b.
#[inline]
pub(super) fn plus_scaled<const D: usize>(a: &[f64; D], factor: f64, b: &[f64; D]) -> [f64; D] {
    std::array::from_fn(|k| a[k] + factor * b[k])
}

/// `v` scaled to unit length; `None` for a vector without a direction (zero, or not finite).
#[inline]
pub(super) fn unit<const D: usize>(v: &[f64; D]) -> Option<[f64; D]> {
    let length = dot(v, v).sqrt();
    (length > 0.0 && length.is_finite()).then(|| v.map(|x| x / length))
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
