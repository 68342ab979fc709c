//! A number with its statistical uncertainty, and how to write and judge it.

use std::fmt;

use crate::numerics::shortest;

/// The estimate of a number: its value, its standard error, and how much independent information stands behind it.
///
/// Fields: `value` and `std_error` in the unit of the observable; `n_eff`, the number of effectively independent
/// samples (of blocks, for a jackknife), so that the error itself is known to about 1/sqrt(2 n_eff) and, for a
/// jackknife, z follows Student's t with n_eff - 1 degrees of freedom; `tau_int` in steps, where there is one.
///
/// Prints in the compact notation that puts the uncertainty of the last two digits in brackets.
///
/// # Examples
///
/// ```
/// use gibbs::estimators::Estimate;
/// let energy = Estimate::new(-1.41574, 0.00123, 500.0);
/// assert_eq!(energy.to_string(), "-1.4157(12)");
/// assert!((energy.z_score(-1.41451) + 1.0).abs() < 1e-9);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimated value.
    pub value: f64,
    /// One standard deviation of `value`.
    pub std_error: f64,
    /// Number of effectively independent samples or blocks behind the error.
    pub n_eff: f64,
    /// Integrated autocorrelation time in steps (1/2 for white noise), if the estimate comes from a series.
    pub tau_int: Option<f64>,
}

impl Estimate {
    /// An estimate that comes from no time series.
    #[must_use]
    pub fn new(value: f64, std_error: f64, n_eff: f64) -> Self {
        Self { value, std_error, n_eff, tau_int: None }
    }

    /// z = (value - exact) / std_error, the distance from `exact` in standard errors.
    ///
    /// With zero error it is 0 where the value is exact and infinite where it is not.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::estimators::Estimate;
    /// assert_eq!(Estimate::new(3.0, 0.5, 10.0).z_score(2.0), 2.0);
    /// assert_eq!(Estimate::new(3.0, 0.0, 10.0).z_score(3.0), 0.0);
    /// assert_eq!(Estimate::new(2.0, 0.0, 10.0).z_score(3.0), f64::NEG_INFINITY);
    /// ```
    #[must_use]
    pub fn z_score(&self, exact: f64) -> f64 {
        let distance = self.value - exact;
        if distance == 0.0 && self.std_error == 0.0 { 0.0 } else { distance / self.std_error }
    }

    /// [`Estimate::z_score`], where there is one: without an error there is none, unless the value is exact.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::estimators::Estimate;
    /// assert_eq!(Estimate::new(3.0, 0.5, 10.0).finite_z_score(2.0), Some(2.0));
    /// assert_eq!(Estimate::new(3.0, 0.0, 10.0).finite_z_score(3.0), Some(0.0));
    /// assert_eq!(Estimate::new(2.0, 0.0, 10.0).finite_z_score(3.0), None);
    /// ```
    #[must_use]
    pub fn finite_z_score(&self, exact: f64) -> Option<f64> {
        (self.std_error > 0.0 || self.value == exact).then(|| self.z_score(exact))
    }

    /// The same distance between logarithms, `ln(value/exact) value/std_error`: that of a mean of squares is nearly normal where the
    /// mean itself is still skewed, because its error grows with it. [`Estimate::z_score`] where one of the two is not positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::estimators::Estimate;
    /// // Three rare events where nine were expected.
    /// let three = Estimate::new(3.0, 3f64.sqrt(), 3.0);
    /// assert!((three.z_score(9.0) + 3.46).abs() < 0.01 && (three.z_score_of_logarithm(9.0) + 1.90).abs() < 0.01);
    /// ```
    #[must_use]
    pub fn z_score_of_logarithm(&self, exact: f64) -> f64 {
        let positive = self.value > 0.0 && exact > 0.0 && self.std_error > 0.0;
        if positive { (self.value / exact).ln() * self.value / self.std_error } else { self.z_score(exact) }
    }

    /// The estimate of `factor` times the quantity: total to per-site, variance to heat capacity.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::estimators::Estimate;
    /// assert_eq!(Estimate::new(3.0, 0.5, 10.0).scaled(-2.0), Estimate::new(-6.0, 1.0, 10.0));
    /// ```
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self { value: self.value * factor, std_error: self.std_error * factor.abs(), ..self }
    }

    /// The estimate of the quantity plus the exactly known `offset`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::estimators::Estimate;
    /// assert_eq!(Estimate::new(3.0, 0.5, 10.0).shifted(-2.0), Estimate::new(1.0, 0.5, 10.0));
    /// ```
    #[must_use]
    pub fn shifted(self, offset: f64) -> Self {
        Self { value: self.value + offset, ..self }
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&compact(self.value, self.std_error))
    }
}

/// `-1.4157(12)`: value and error rounded to the second digit of the error; an error that reaches the units keeps its
/// decimal point, `123.4(1.2)`; beyond 10^9 or below 10^-4 a power of ten is split off, `1.2346(12)e20`.
fn compact(value: f64, std_error: f64) -> String {
    if !value.is_finite() || !std_error.is_finite() || std_error <= 0.0 {
        let plain = |x: f64| shortest(x + 0.0, 1e-4..1e9);
        return format!("{}({})", plain(value), plain(std_error));
    }
    let (digits, first) = two_digits(std_error);
    let leading = two_digits(value.abs().max(std_error)).1;
    if (-4..9).contains(&leading) {
        return bracketed(value, &digits, first - 1);
    }
    // 10^-leading may overflow where the value does not: divide by two halves
    let half = leading / 2;
    let reduced = value / 10f64.powi(half) / 10f64.powi(leading - half);
    format!("{}e{leading}", bracketed(reduced, &digits, first - 1 - leading))
}

/// `value` to the decimal place `last`, with the two digits of its error in that place.
fn bracketed(value: f64, digits: &str, last: i32) -> String {
    if last >= 0 {
        let unit = 10f64.powi(last);
        let zeros = "0".repeat(last.unsigned_abs() as usize);
        return format!("{:.0}({digits}{zeros})", (value / unit).round() * unit + 0.0);
    }
    let decimals = last.unsigned_abs() as usize;
    let mut number = format!("{value:.decimals$}");
    if number.starts_with('-') && number.bytes().all(|b| matches!(b, b'-' | b'0' | b'.')) {
        number.remove(0);
    }
    if last == -1 { format!("{number}({}.{})", &digits[..1], &digits[1..]) } else { format!("{number}({digits})") }
}

/// First two digits of `x` > 0 after rounding, and the power of ten of the first.
fn two_digits(x: f64) -> (String, i32) {
    let text = format!("{x:.1e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.replace('.', ""), exponent.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: f64, std_error: f64) -> String {
        Estimate::new(value, std_error, 1.0).to_string()
    }

    #[test]
    fn two_digits_of_the_error() {
        assert_eq!(text(-1.41574, 0.001_234), "-1.4157(12)");
        assert_eq!(text(0.0, 0.001_234), "0.0000(12)");
        assert_eq!(text(-0.000_001, 0.001_234), "0.0000(12)");
        assert_eq!(text(0.025, 0.9), "0.03(90)");
        assert_eq!(text(12.3456, 0.0996), "12.35(10)");
        assert_eq!(text(12.3456, 0.996), "12.3(1.0)");
        assert_eq!(text(12.3456, 0.994), "12.35(99)");
    }

    #[test]
    fn errors_of_one_and_more() {
        assert_eq!(text(123.44, 1.23), "123.4(1.2)");
        assert_eq!(text(-0.01, 5.0), "0.0(5.0)");
        assert_eq!(text(123.4, 12.3), "123(12)");
        assert_eq!(text(1234.0, 123.0), "1230(120)");
        assert_eq!(text(12.0, 1230.0), "0(1200)");
        assert_eq!(text(-12.0, 1230.0), "0(1200)");
    }

    #[test]
    fn huge_and_small() {
        assert_eq!(text(1.23456e20, 1.2e17), "1.2346(12)e20");
        assert_eq!(text(-4.2e-12, 1.5e-13), "-4.20(15)e-12");
        assert_eq!(text(-4.2e-300, 1.5e-301), "-4.20(15)e-300");
        assert_eq!(text(2.5e-310, 1.5e-311), "2.50(15)e-310");
        assert_eq!(text(1.0e-9, 3.0e-5), "0.0(3.0)e-5");
    }

    #[test]
    fn errors_that_say_nothing() {
        assert_eq!(text(-1.5, 0.0), "-1.5(0)");
        assert_eq!(text(1e300, 0.0), "1e300(0)");
        assert_eq!(text(0.5, f64::INFINITY), "0.5(inf)");
        assert_eq!(text(f64::NAN, 0.1), "NaN(0.1)");
        assert_eq!(text(0.5, f64::NAN), "0.5(NaN)");
    }

    #[test]
    fn display_obeys_width() {
        assert_eq!(format!("{:>14}", Estimate::new(-1.41574, 0.001_234, 1.0)), "   -1.4157(12)");
    }

    #[test]
    fn z_score_limits() {
        assert_eq!(Estimate::new(1.0, 0.0, 1.0).z_score(0.5), f64::INFINITY);
        assert!(Estimate::new(1.0, f64::NAN, 1.0).z_score(1.0).is_nan());
        assert_eq!(Estimate::new(1.0, f64::INFINITY, 1.0).z_score(0.0), 0.0);
    }
}
