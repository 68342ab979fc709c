//! Exact draws of a unit vector in a field: von Mises on the circle, von Mises and Fisher on the sphere.
//!
//! The density is proportional to `e^(kappa n.s)` with n the axis. What is drawn is x = 1 - n.s in [0, 2], which keeps
//! its digits where kappa is large and s hardly leaves the axis, and then a vector perpendicular to n.

use rand::Rng;

use crate::rng::uniform;
use crate::systems::lattice::vector::{dot, plus_scaled, renormalized};

/// Below this the sphere is uniform to less than rounding.
const FREE: f64 = f64::EPSILON / 16.0;

/// A unit vector of `D` = 2 or 3 components with density proportional to `e^(kappa axis.s)`, kappa >= 0 finite.
pub(super) fn along<const D: usize, R: Rng + ?Sized>(axis: &[f64; D], kappa: f64, rng: &mut R) -> [f64; D] {
    let mut local = [0.0; D];
    if D == 2 {
        let (x, side) = on_circle(kappa, rng);
        local[0] = 1.0 - x;
        local[1] = side * (x * (2.0 - x)).sqrt();
    } else {
        let x = on_sphere(kappa, rng);
        let (a, b, square) = in_disc(rng);
        let scale = (x * (2.0 - x) / square).sqrt();
        local[0] = 1.0 - x;
        local[1] = scale * a;
        local[D - 1] = scale * b;
    }
    reflected(axis, local)
}

/// (1 - cos theta, sign of theta) for theta of von Mises' distribution, by rejection from a Cauchy distribution wrapped
/// around the circle. With v uniform in (-1, 1], `q = sqrt(1 + 4 kappa^2)` and `c0 = (1 + 1/(q + 2 kappa))/2`,
/// `x = 2 sin^2(pi v/2)/(1 + 2 (kappa/c0) cos^2(pi v/2))` is accepted with probability `c e^(1 - c)`, c = c0 + kappa x:
/// two times in three or more often.
///
/// # References
///
/// D. J. Best and N. I. Fisher, J. R. Stat. Soc. C 28, 152 (1979), doi:10.2307/2346732, rewritten without differences.
fn on_circle<R: Rng + ?Sized>(kappa: f64, rng: &mut R) -> (f64, f64) {
    let c0 = 0.5 + 0.5 / (1f64.hypot(2.0 * kappa) + 2.0 * kappa);
    let narrowing = kappa / c0;
    loop {
        let v = 2.0 * uniform(rng) - 1.0;
        let (sine, cosine) = (std::f64::consts::FRAC_PI_2 * v).sin_cos();
        let x = 2.0 * sine * sine / (1.0 + 2.0 * narrowing * cosine * cosine);
        let c = c0 + kappa * x;
        if uniform(rng) <= c * (1.0 - c).exp() {
            return (x, v.signum());
        }
    }
}

/// 1 - cos theta on the sphere, where its density is proportional to `e^(-kappa x)` on [0, 2], by inversion.
fn on_sphere<R: Rng + ?Sized>(kappa: f64, rng: &mut R) -> f64 {
    let u = uniform(rng);
    if kappa < FREE {
        return 2.0 * u;
    }
    // u = 1 may give infinity.
    (-(u * (-2.0 * kappa).exp_m1()).ln_1p() / kappa).min(2.0)
}

/// A point uniform in the unit disc and the square of its distance from the centre, which is not 0.
fn in_disc<R: Rng + ?Sized>(rng: &mut R) -> (f64, f64, f64) {
    loop {
        let (a, b) = (2.0 * uniform(rng) - 1.0, 2.0 * uniform(rng) - 1.0);
        let square = a * a + b * b;
        if square > 0.0 && square <= 1.0 {
            return (a, b, square);
        }
    }
}

/// `local`, given relative to the first axis, as it stands relative to `axis`: the reflection that exchanges the two
/// (of -axis and the first axis if they are more than a right angle apart, so that nothing cancels).
fn reflected<const D: usize>(axis: &[f64; D], mut local: [f64; D]) -> [f64; D] {
    let sign = 1f64.copysign(axis[0]);
    let mut mirror = *axis;
    mirror[0] += sign;
    local[0] *= -sign;
    let distance = dot(&mirror, &local) / (1.0 + axis[0].abs());
    renormalized(&plus_scaled(&local, -distance, &mirror))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::kolmogorov_smirnov;
    use crate::rng::Seed;
    use crate::systems::lattice::vector::unit;

    const DRAWS: usize = 20_000;
    /// Two-sided probability beyond 4.5 sigma.
    const RARE: f64 = 6.8e-6;

    /// Around the axis nothing is preferred: sides are equal on the circle, azimuths uniform on the sphere.
    #[test]
    fn draws_are_symmetric_about_every_axis() {
        let mut rng = Seed(1).set_up();
        for (case, kappa) in [0.0, 2.0, 1e4].into_iter().enumerate() {
            for sign in [1.0, -1.0] {
                let axis = [sign * 0.28, 0.96];
                let left = (0..DRAWS).filter(|_| {
                    let s = along(&axis, kappa, &mut rng);
                    axis[0] * s[1] - axis[1] * s[0] > 0.0
                });
                let z = (2.0 * left.count() as f64 / DRAWS as f64 - 1.0) * (DRAWS as f64).sqrt();
                assert!(z.abs() < 4.5, "case {case}: {z}");

                // An axis with two unit vectors at right angles to it and to each other.
                let axis = [sign * 0.48, 0.6, 0.64];
                let e = unit(&[axis[1], -axis[0], 0.0]).unwrap();
                let f: [f64; 3] = std::array::from_fn(|k| {
                    let (i, j) = ((k + 1) % 3, (k + 2) % 3);
                    axis[i] * e[j] - axis[j] * e[i]
                });
                let azimuths: Vec<f64> = (0..DRAWS)
                    .map(|_| {
                        let s = along(&axis, kappa, &mut rng);
                        dot(&s, &f).atan2(dot(&s, &e)) / std::f64::consts::TAU + 0.5
                    })
                    .collect();
                assert!(kolmogorov_smirnov(&azimuths, |x| x).unwrap().p_value > RARE, "case {case}");
                // Powers of a uniform number are not uniform: the test can fail.
                let skewed: Vec<f64> = azimuths.iter().map(|x| x.powf(1.1)).collect();
                assert!(kolmogorov_smirnov(&skewed, |x| x).unwrap().p_value < RARE, "case {case}");
            }
        }
    }

    #[test]
    fn draws_have_unit_length_at_any_concentration() {
        let mut rng = Seed(2).set_up();
        for kappa in [0.0, f64::MIN_POSITIVE, 1e-300, 1e-17, 1e-8, 1.0, 1e8, 1e150, 1e300, f64::MAX] {
            for axis in [[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [-0.0, 0.6, 0.8]] {
                for _ in 0..200 {
                    let s = along(&axis, kappa, &mut rng);
                    assert!((dot(&s, &s) - 1.0).abs() <= 6e-16, "{kappa}: {s:?}");
                    assert!(kappa < 1e8 || dot(&s, &axis) > 1.0 - 1e-6, "{kappa}: {s:?}");
                    let flat = [axis[0], axis[1].hypot(axis[2])];
                    let s = along(&flat, kappa, &mut rng);
                    assert!((dot(&s, &s) - 1.0).abs() <= 6e-16, "{kappa}: {s:?}");
                    assert!(kappa < 1e8 || dot(&s, &flat) > 1.0 - 1e-6, "{kappa}: {s:?}");
                }
            }
        }
    }

    #[test]
    fn the_reflection_carries_the_first_axis_to_the_axis() {
        for axis in [[0.6, 0.0, 0.8], [-0.6, 0.8, 0.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]] {
            let image = reflected(&axis, [1.0, 0.0, 0.0]);
            assert!(image.iter().zip(&axis).all(|(a, b)| (a - b).abs() < 4e-16), "{axis:?}: {image:?}");
            let other = reflected(&axis, [0.0, 0.6, 0.8]);
            assert!(dot(&other, &axis).abs() < 4e-16, "{axis:?}: {other:?}");
        }
    }
}
