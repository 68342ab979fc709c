//! Errors from few or skewed values: how much wider they must be for the stated share of intervals to cover.

use super::moments::Moments;

/// The factor by which the standard error of the mean of `n` independent values widens so that (mean - exact)/error has a standard deviation
/// of 1, and intervals of two errors their 95 %, for few values and for values of the given `skewness`.
///
/// Student's t with n - 1 degrees of freedom has the variance (n - 1)/(n - 3). Skewed values make the interval of two errors miss by
/// 0.25 skewness^2/n more often (the second term of the expansion of a studentized mean); the wider error takes half of that back,
/// so that intervals of one error, which are right, keep their share.
///
/// # References
///
/// P. Hall, The Bootstrap and Edgeworth Expansion (Springer, 1992), section 2.6.
pub(super) fn widening(n: f64, skewness: f64) -> f64 {
    let student = if n > LEAST { ((n - 1.0) / (n - 3.0)).sqrt() } else { MOST };
    (student * (1.0 + 0.6 * skewness * skewness / n)).min(MOST)
}

/// Fewer values do not know their scatter.
const LEAST: f64 = 4.0;
const MOST: f64 = 2.0;

/// Skewness of independent values, 0 where they are all equal.
pub(super) fn skewness(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let moments: Moments = values.clone().collect();
    let (Some(mean), Some(variance)) = (moments.mean(), moments.variance_biased()) else { return 0.0 };
    if variance == 0.0 {
        return 0.0;
    }
    let cubes: f64 = values.map(|x| ((x - mean) / variance.sqrt()).powi(3)).sum();
    cubes / moments.n() as f64
}
