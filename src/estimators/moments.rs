//! Mean and variance in one pass, without the cancellation of `<x^2> - <x>^2`.

use super::error::{EstimatorError, check_length};
use super::estimate::Estimate;
use serde::{Deserialize, Serialize};

/// Number, mean and sum of squared deviations of a stream of values, by Welford's recurrence.
///
/// `mean_n = mean_{n-1} + (x_n - mean_{n-1}) / n`, so a large common offset costs no digits of the variance.
/// [`Moments::merge`] joins two streams; the result depends on the order in the last bits, so merge in a fixed order.
///
/// # Examples
///
/// ```
/// use gibbs::estimators::Moments;
/// let moments: Moments = [1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0].into_iter().collect();
/// assert_eq!(moments.mean(), Some(1e9 + 2.0));
/// assert_eq!(moments.variance(), Some(1.0));
/// ```
///
/// # References
///
/// B. P. Welford, Technometrics 4, 419 (1962), doi:10.1080/00401706.1962.10490022; merging: T. F. Chan, G. H. Golub and
/// R. J. LeVeque, Am. Stat. 37, 242 (1983), doi:10.1080/00031305.1983.10483115.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    n: usize,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// Adds one value.
    pub fn push(&mut self, x: f64) {
        self.n += 1;
        let distance = x - self.mean;
        self.mean += distance / self.n as f64;
        self.squares += distance * (x - self.mean);
    }

    /// Adds all values that `other` has seen.
    pub fn merge(&mut self, other: &Self) {
        if other.n == 0 {
            return;
        }
        if self.n == 0 {
            *self = *other;
            return;
        }
        let (a, b) = (self.n as f64, other.n as f64);
        let distance = other.mean - self.mean;
        self.n += other.n;
        self.mean += distance * (b / (a + b));
        self.squares += other.squares + distance * distance * (a * b / (a + b));
    }

    /// The moments of all values plus `offset`.
    pub(super) fn shifted(self, offset: f64) -> Self {
        Self { mean: self.mean + offset, ..self }
    }

    /// Number of values seen.
    #[must_use]
    pub fn n(&self) -> usize {
        self.n
    }

    /// Mean; `None` before the first value.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0).then_some(self.mean)
    }

    /// Unbiased variance (divisor n - 1, right for independent values); `None` for fewer than two values.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        (self.n > 1).then(|| self.squares / (self.n - 1) as f64)
    }

    /// Variance with divisor n; `None` before the first value.
    #[must_use]
    pub fn variance_biased(&self) -> Option<f64> {
        (self.n > 0).then(|| self.squares / self.n as f64)
    }

    /// The mean with error sqrt(variance / n), for independent values only.
    ///
    /// # Errors
    ///
    /// Fewer than two values, values that are not finite, or all values equal.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::estimators::Moments;
    /// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
    /// let moments: Moments = [1.0, 2.0, 3.0].into_iter().collect();
    /// assert_eq!(moments.estimate()?.std_error, (1.0f64 / 3.0).sqrt());
    /// # Ok(())
    /// # }
    /// ```
    pub fn estimate(&self) -> Result<Estimate, EstimatorError> {
        check_length(self.n, 2)?;
        if !self.squares.is_finite() {
            return Err(EstimatorError::NonFinite { index: self.n - 1, value: self.mean });
        }
        if self.squares == 0.0 {
            return Err(EstimatorError::ConstantSeries { value: self.mean, n: self.n });
        }
        let n = self.n as f64;
        Ok(Estimate::new(self.mean, (self.squares / (n - 1.0) / n).sqrt(), n))
    }
}

impl Extend<f64> for Moments {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, values: I) {
        values.into_iter().for_each(|x| self.push(x));
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut moments = Self::default();
        moments.extend(values);
        moments
    }
}

/// Mean of `values` (two passes, so a common offset is harmless); NaN if empty.
pub(super) fn mean_of(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let first = values.iter().sum::<f64>() / n;
    first + values.iter().map(|x| x - first).sum::<f64>() / n
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::synthetic::ar1;

    #[test]
    fn closed_form_of_one_to_n() {
        // mean (n+1)/2, variance n(n+1)/12
        let moments: Moments = (1..=1000).map(f64::from).collect();
        assert!((moments.mean().unwrap() - 500.5).abs() < 1e-12 * 500.5);
        let exact = 1000.0 * 1001.0 / 12.0;
        assert!((moments.variance().unwrap() - exact).abs() < 1e-12 * exact);
        assert!((moments.variance_biased().unwrap() - exact * 0.999).abs() < 1e-12 * exact);
    }

    #[test]
    fn merging_equals_pushing() {
        let values = ar1(0.5, 1000, 1);
        let all: Moments = values.iter().copied().collect();
        let mut merged = Moments::default();
        for part in values.chunks(170) {
            merged.merge(&part.iter().copied().collect());
        }
        merged.merge(&Moments::default());
        assert_eq!(merged.n(), all.n());
        assert!((merged.mean().unwrap() - all.mean().unwrap()).abs() < 1e-14);
        assert!((merged.variance().unwrap() / all.variance().unwrap() - 1.0).abs() < 1e-13);
    }

    #[test]
    fn offset_keeps_the_variance() {
        let values = ar1(0.0, 1000, 2);
        let plain: Moments = values.iter().copied().collect();
        let shifted: Moments = values.iter().map(|x| x + 1e9).collect();
        // each shifted value is rounded by at most 2^-24, so the standard deviation moves by no more
        let shift = shifted.variance().unwrap().sqrt() - plain.variance().unwrap().sqrt();
        assert!(shift.abs() < 6e-8, "{shift}");
    }

    #[test]
    fn refusals() {
        assert_eq!(Moments::default().mean(), None);
        assert_eq!([1.0].into_iter().collect::<Moments>().variance(), None);
        let estimate = |x: &[f64]| x.iter().copied().collect::<Moments>().estimate();
        assert_eq!(estimate(&[1.0]), Err(EstimatorError::TooFew { needed: 2, found: 1 }));
        assert_eq!(estimate(&[2.0, 2.0]), Err(EstimatorError::ConstantSeries { value: 2.0, n: 2 }));
        assert!(matches!(estimate(&[2.0, f64::NAN]), Err(EstimatorError::NonFinite { .. })));
    }

    #[test]
    fn two_pass_mean() {
        assert_eq!(mean_of(&[1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0]), 1e9 + 2.0);
    }
}
