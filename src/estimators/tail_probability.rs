//! Tail probabilities of the four distributions that tests need: chi-square, Kolmogorov, normal and Student.

use super::error::EstimatorError;
use special::{Beta, Gamma};
use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// Probability that a chi-square variable with `dof` degrees of freedom exceeds `x`, `Q(dof/2, x/2)`.
///
/// Keeps its relative precision in the far tail, where one minus the lower function has none left.
///
/// # Errors
///
/// `x` negative or NaN, `dof` not positive and finite.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// // two degrees of freedom: exp(-x/2)
/// let p = gibbs::estimators::chi_square_survival(500.0, 2.0)?;
/// assert!((p / (-250.0f64).exp() - 1.0).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// Even part of the continued fraction in Abramowitz and Stegun, Handbook of Mathematical Functions (1964), eq. 6.5.31.
pub fn chi_square_survival(x: f64, dof: f64) -> Result<f64, EstimatorError> {
    if !(dof > 0.0 && dof.is_finite()) {
        return Err(EstimatorError::DegreesOfFreedom(dof));
    }
    if x.is_nan() || x < 0.0 {
        return Err(EstimatorError::Statistic(x));
    }
    let (a, x) = (0.5 * dof, 0.5 * x);
    if x == f64::INFINITY {
        return Ok(0.0);
    }
    if x < a + 1.0 {
        return Ok(1.0 - x.inc_gamma(a));
    }
    // Lentz's evaluation of Q(a, x) = x^a e^-x / Gamma(a) * 1/(x + 1 - a - 1(1-a)/(x + 3 - a - ...))
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for i in 1..100_000 {
        let i = f64::from(i);
        let numerator = -i * (i - a);
        b += 2.0;
        d = 1.0 / nonzero(numerator * d + b, TINY);
        c = nonzero(b + numerator / c, TINY);
        let factor = c * d;
        fraction *= factor;
        if (factor - 1.0).abs() < 2.0 * f64::EPSILON {
            break;
        }
    }
    Ok((a * x.ln() - x - libm::lgamma(a)).exp() * fraction)
}

fn nonzero(x: f64, tiny: f64) -> f64 {
    if x.abs() < tiny { tiny } else { x }
}

/// Probability that Kolmogorov's variable exceeds `x`, `2 sum_{k>=1} (-1)^(k-1) exp(-2 k^2 x^2)`.
///
/// # Errors
///
/// `x` negative or NaN.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// let p = gibbs::estimators::kolmogorov_survival(1.3581)?;
/// assert!((p - 0.049999630431667413).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
pub fn kolmogorov_survival(x: f64) -> Result<f64, EstimatorError> {
    if x.is_nan() || x < 0.0 {
        return Err(EstimatorError::Statistic(x));
    }
    if x < 0.04 {
        // 1 - p < 1e-300
        return Ok(1.0);
    }
    // each series converges in a few terms on its side of x = 1
    if x < 1.0 {
        let below: f64 = (0..4).map(|k| (-(f64::from(2 * k + 1) * PI / x).powi(2) / 8.0).exp()).sum();
        return Ok(1.0 - (2.0 * PI).sqrt() / x * below);
    }
    let above: f64 =
        (1..7).map(|k| if k % 2 == 1 { 2.0 } else { -2.0 } * (-2.0 * (f64::from(k) * x).powi(2)).exp()).sum();
    Ok(above)
}

/// Probability that a standard normal variable is farther from zero than `z`, `erfc(|z| / sqrt 2)`; NaN for NaN.
///
/// # Examples
///
/// ```
/// let p = gibbs::estimators::normal_two_sided(-1.0);
/// assert!((p - 0.31731050786291410).abs() < 1e-15);
/// ```
#[must_use]
pub fn normal_two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() * FRAC_1_SQRT_2)
}

/// Probability that Student's t with `dof` degrees of freedom is farther from zero than `t`,
/// `I_{dof/(dof + t^2)}(dof/2, 1/2)`.
///
/// The right judge of a z-score whose error comes from few blocks: dof = n_eff - 1 for a jackknife. Beyond 10^6
/// degrees of freedom Wallace's normal approximation is used, exact there to 10^-9 relative for |t| < 10.
///
/// # Errors
///
/// `t` NaN, `dof` not positive (infinity is the normal distribution).
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// // one degree of freedom: Cauchy, half of it beyond 1
/// let p = gibbs::estimators::student_t_two_sided(1.0, 1.0)?;
/// assert!((p - 0.5).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// D. L. Wallace, Ann. Math. Stat. 30, 1121 (1959).
pub fn student_t_two_sided(t: f64, dof: f64) -> Result<f64, EstimatorError> {
    if dof.is_nan() || dof <= 0.0 {
        return Err(EstimatorError::DegreesOfFreedom(dof));
    }
    if t.is_nan() {
        return Err(EstimatorError::Statistic(t));
    }
    if dof == f64::INFINITY || t.is_infinite() {
        return Ok(normal_two_sided(t));
    }
    if dof > 1e6 {
        let root = (dof * (t * t / dof).ln_1p()).sqrt();
        return Ok(normal_two_sided(root * (8.0 * dof + 1.0) / (8.0 * dof + 3.0)));
    }
    let x = dof / (dof + t * t);
    if x == 0.0 {
        return Ok(0.0);
    }
    let (p, q) = (0.5 * dof, 0.5);
    Ok(x.inc_beta(p, q, p.ln_beta(q)).clamp(0.0, 1.0))
}

/// The z that a standard normal variable stays below with the given `probability`, inverse of `erfc(-z/sqrt 2)/2`.
///
/// # Errors
///
/// A probability outside the open interval (0, 1), or denormal.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// let z = gibbs::estimators::normal_quantile(0.975)?;
/// assert!((z - 1.9599639845400539).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
pub fn normal_quantile(probability: f64) -> Result<f64, EstimatorError> {
    if !(f64::MIN_POSITIVE..1.0).contains(&probability) {
        return Err(EstimatorError::Probability(probability));
    }
    if probability > 0.5 {
        return Ok(-lower_quantile(1.0 - probability));
    }
    Ok(lower_quantile(probability))
}

/// The |z| that a standard normal variable exceeds with the two-sided probability `p`, inverse of [`normal_two_sided`]; infinite for 0.
///
/// # Errors
///
/// A probability that is negative, NaN or denormal.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// use gibbs::estimators::{normal_equivalent, student_t_two_sided};
/// // 4.5 standard errors, estimated from 40 values, are as improbable as 4.0 that are known.
/// let z = normal_equivalent(student_t_two_sided(4.5, 39.0)?)?;
/// assert!((z - 4.0).abs() < 0.05);
/// # Ok(())
/// # }
/// ```
pub fn normal_equivalent(p: f64) -> Result<f64, EstimatorError> {
    if p == 0.0 { Ok(f64::INFINITY) } else { Ok(-normal_quantile((0.5 * p).min(0.5))?) }
}

/// The quantile for p <= 1/2: Newton on ln Phi, which is concave and rises to the root from the left, from the bound
/// Phi(z) <= exp(-z^2/2)/2; near the median a last step on Phi itself, where p - 1/2 has the digits.
fn lower_quantile(p: f64) -> f64 {
    let density = |z: f64| (-0.5 * z * z).exp() / (2.0 * PI).sqrt();
    let mut z = -(-2.0 * (2.0 * p).ln()).max(0.0).sqrt();
    for _ in 0..60 {
        let below = 0.5 * libm::erfc(-z * FRAC_1_SQRT_2);
        let step = (p.ln() - below.ln()) * below / density(z);
        if !step.is_finite() {
            break;
        }
        z += step;
        if step.abs() <= 4.0 * f64::EPSILON * z.abs() {
            break;
        }
    }
    if p > 0.25 {
        z += ((p - 0.5) - 0.5 * libm::erf(z * FRAC_1_SQRT_2)) / density(z);
    }
    // the median is 0, not -0
    z + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chi_square_with_even_degrees_is_a_poisson_sum() {
        for (x, half) in [(0.3, 1u32), (3.0, 3), (30.0, 4), (600.0, 10), (3.0, 10)] {
            let mean = 0.5 * x;
            let mut term = 1.0;
            let mut sum = 0.0;
            for j in 0..half {
                sum += term;
                term *= mean / f64::from(j + 1);
            }
            let exact: f64 = sum * (-mean).exp();
            let p = chi_square_survival(x, f64::from(2 * half)).unwrap();
            assert!((p / exact - 1.0).abs() < 1e-12, "x = {x}: {p} against {exact}");
        }
    }

    #[test]
    fn series_of_kolmogorov_meet() {
        let (low, high) = (kolmogorov_survival(1.0 - 1e-12).unwrap(), kolmogorov_survival(1.0).unwrap());
        assert!((low - high).abs() < 3e-12);
        assert_eq!(kolmogorov_survival(0.0), Ok(1.0));
        assert_eq!(kolmogorov_survival(f64::INFINITY), Ok(0.0));
    }

    #[test]
    fn student_between_cauchy_and_normal() {
        for t in [0.0, 0.3, 4.5, 100.0] {
            let cauchy = 1.0 - 2.0 / PI * f64::atan(t);
            assert!((student_t_two_sided(t, 1.0).unwrap() - cauchy).abs() < 1e-14);
            assert_eq!(student_t_two_sided(-t, f64::INFINITY), Ok(normal_two_sided(t)));
        }
        for t in [0.1, 1.0, 4.5, 9.0] {
            let series = student_t_two_sided(t, 1e6).unwrap();
            let approximation = student_t_two_sided(t, 1e6 * (1.0 + 1e-12)).unwrap();
            assert!((series / approximation - 1.0).abs() < 1e-9, "t = {t}");
        }
    }

    #[test]
    fn quantile_inverts_the_tail() {
        for p in [1e-300, 1e-20, 1e-3, 0.2, 0.26, 0.4, 0.499_999_9] {
            let z = normal_quantile(p).unwrap();
            // relative error of p is |z| phi/Phi times that of z, about z^2 in the tail
            assert!((0.5 * libm::erfc(-z * FRAC_1_SQRT_2) / p - 1.0).abs() < 1e-15 * (10.0 + z * z), "p = {p}");
        }
        assert_eq!(normal_quantile(0.5), Ok(0.0));
        // p = 1/2 - d: z = -sqrt(2 pi) d to first order
        let z = normal_quantile(0.5 - 1e-9).unwrap();
        assert!((z / (-(2.0 * PI).sqrt() * (0.5 - (0.5 - 1e-9))) - 1.0).abs() < 1e-14);
    }

    #[test]
    fn refusals() {
        for p in [0.0, 1.0, -0.1, f64::NAN, f64::INFINITY] {
            assert!(matches!(normal_quantile(p), Err(EstimatorError::Probability(_))));
        }
        assert!(matches!(chi_square_survival(1.0, 0.0), Err(EstimatorError::DegreesOfFreedom(_))));
        assert!(matches!(chi_square_survival(f64::NAN, 1.0), Err(EstimatorError::Statistic(_))));
        assert!(matches!(kolmogorov_survival(-1.0), Err(EstimatorError::Statistic(_))));
        assert!(matches!(student_t_two_sided(1.0, f64::NAN), Err(EstimatorError::DegreesOfFreedom(_))));
        assert!(matches!(student_t_two_sided(f64::NAN, 1.0), Err(EstimatorError::Statistic(_))));
    }
}
