//! Sums and logarithms that keep their digits: compensated sums, log-sum-exp, x ln x at 0; two quadratures; and numbers as
//! text that reads back to them, and back.

/// Neumaier's compensated sum: a running total and the rounding errors it has lost so far.
///
/// # Examples
///
/// ```
/// use gibbs::numerics::CompensatedSum;
/// let sum: CompensatedSum = [1e16, 1.0, -1e16].into_iter().collect();
/// assert_eq!(sum.value(), 1.0);
/// ```
///
/// # References
///
/// A. Neumaier, Z. Angew. Math. Mech. 54, 39 (1974), doi:10.1002/zamm.19740540106.
#[derive(Clone, Copy, Debug, Default)]
pub struct CompensatedSum {
    total: f64,
    lost: f64,
}

impl CompensatedSum {
    /// Adds one term.
    pub fn add(&mut self, term: f64) {
        let total = self.total + term;
        self.lost +=
            if self.total.abs() >= term.abs() { (self.total - total) + term } else { (term - total) + self.total };
        self.total = total;
    }

    /// The sum so far.
    #[must_use]
    pub fn value(self) -> f64 {
        self.total + self.lost
    }
}

impl FromIterator<f64> for CompensatedSum {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> Self {
        let mut sum = Self::default();
        terms.into_iter().for_each(|term| sum.add(term));
        sum
    }
}

/// The compensated sum of `terms`.
pub fn sum(terms: impl IntoIterator<Item = f64>) -> f64 {
    terms.into_iter().collect::<CompensatedSum>().value()
}

/// ln(sum_i e^x_i) without overflow; minus infinity for an empty sum or when all terms are minus infinity.
///
/// # Examples
///
/// ```
/// let x = gibbs::numerics::ln_sum_exp([1000.0, 1000.0]);
/// assert!((x - 1000.0 - 2f64.ln()).abs() < 1e-12);
/// ```
pub fn ln_sum_exp<I>(terms: I) -> f64
where
    I: IntoIterator<Item = f64>,
    I::IntoIter: Clone,
{
    let terms = terms.into_iter();
    let largest = terms.clone().fold(f64::NEG_INFINITY, f64::max);
    if largest.is_infinite() {
        return largest;
    }
    largest + sum(terms.map(|x| (x - largest).exp())).ln()
}

/// x ln x with its limit 0 at x = 0.
#[must_use]
pub fn x_ln_x(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x * x.ln() }
}

/// The shortest text that reads back to `x`, with an exponent where |x| is outside `plain`.
#[must_use]
pub fn shortest(x: f64, plain: std::ops::Range<f64>) -> String {
    if x == 0.0 || !x.is_finite() || plain.contains(&x.abs()) { format!("{x}") } else { format!("{x:e}") }
}

/// The whole number that `text` says exactly, also as `1e6` or `2.5e3`; `None` for anything else.
///
/// # Examples
///
/// ```
/// use gibbs::numerics::whole;
/// assert_eq!(["1e6", "2.5e3", "42", "1.5", "-1"].map(whole), [Some(1_000_000), Some(2500), Some(42), None, None]);
/// ```
#[must_use]
pub fn whole(text: &str) -> Option<u64> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = integer.to_owned() + fraction.trim_end_matches('0');
    let decimals = digits.len() - integer.len();
    if integer.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let zeros = exponent.parse::<i32>().ok()?.checked_sub(i32::try_from(decimals).ok()?)?;
    digits.parse::<u64>().ok()?.checked_mul(10u64.checked_pow(u32::try_from(zeros).ok()?)?)
}

/// Positive nodes and weights of the 16-point Gauss–Legendre rule on (-1, 1).
pub(crate) const GAUSS_LEGENDRE_16: [(f64, f64); 8] = [
    (0.09501250983763744, 0.1894506104550685),
    (0.2816035507792589, 0.18260341504492358),
    (0.45801677765722737, 0.16915651939500254),
    (0.6178762444026438, 0.14959598881657674),
    (0.755404408355003, 0.12462897125553388),
    (0.8656312023878318, 0.09515851168249279),
    (0.9445750230732326, 0.062253523938647894),
    (0.9894009349916499, 0.027152459411754096),
];

/// integral_0^length of `integrand` by tanh-sinh quadrature, which a square-root point next to 0 does not disturb.
pub(crate) fn tanh_sinh(length: f64, integrand: impl Fn(f64) -> f64) -> f64 {
    const STEP: f64 = 1.0 / 32.0;
    let node = |i: i32| {
        let u = f64::from(i) * STEP;
        let v = std::f64::consts::FRAC_PI_2 * u.sinh();
        // Distance of the node from 0, to full relative precision.
        let x = length / (1.0 + (-2.0 * v).exp());
        let weight = std::f64::consts::FRAC_PI_2 * u.cosh() / v.cosh().powi(2);
        integrand(x) * weight
    };
    0.5 * length * STEP * sum((-128..=128).map(node))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_exactly() {
        let texts = ["0", "1e18", "1.0", "1.25e2", "18446744073709551615", "9007199254740993", "5.e0", "7E1"];
        let numbers = [0, 1_000_000_000_000_000_000, 1, 125, u64::MAX, 9_007_199_254_740_993, 5, 70];
        assert_eq!(texts.map(whole), numbers.map(Some));
        for text in [
            "",
            "e3",
            ".5e1",
            "1.5",
            "1e-1",
            "1e20",
            "1.25e1",
            "-3",
            "+3",
            "1e99999999999",
            "1_000",
            "inf",
            "1e",
            "0x10",
        ] {
            assert_eq!(whole(text), None, "{text}");
        }
    }

    #[test]
    fn ln_sum_exp_has_its_limits() {
        assert_eq!(ln_sum_exp([]), f64::NEG_INFINITY);
        assert_eq!(ln_sum_exp([f64::NEG_INFINITY, 3.0]), 3.0);
        assert_eq!(x_ln_x(0.0), 0.0);
    }
}
