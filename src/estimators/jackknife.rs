//! Delete-one-block jackknife: the error, and a smaller bias, for any function of means.

use super::error::{EstimatorError, check_finite, check_length};
use super::estimate::Estimate;
use super::moments::Moments;

/// Value and error of `f(means)` by leaving out one block of samples at a time.
///
/// With f_b the function of the means without block b, and f_all with all of B blocks,
/// `value = B f_all - (B - 1) mean(f_b)` (the bias of order 1/n is gone) and
/// `std_error^2 = (B - 1)/B sum_b (f_b - mean(f_b))^2`.
///
/// `columns`: K slices `[n_samples]`, one per observable, measured together; `f` takes the K means. The samples are cut
/// into `n_blocks` consecutive blocks of equal length, the remainder at the end is dropped. Blocks must be long
/// compared with tau_int, or be independent by construction (one sample per block: pass `n_blocks = n_samples`); this
/// function cannot check that, [`super::Series::jackknife`] does. `n_eff` is the number of blocks. Smooth functions
/// only: medians and maxima are beyond the jackknife.
///
/// # Errors
///
/// No column, unequal columns, fewer than two blocks or fewer samples than blocks, a value that is not finite, a
/// function that is not finite, or [`EstimatorError::ConstantSeries`] where no block changes the function.
///
/// # Examples
///
/// The jackknife of `<x^2> - <x>^2` is the unbiased variance:
///
/// ```
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// let x = [1.0, 2.0, 3.0, 6.0];
/// let squares = x.map(|x| x * x);
/// let variance = gibbs::estimators::jackknife(&[&x, &squares], 4, |m| m[1] - m[0] * m[0])?;
/// assert!((variance.value - 14.0 / 3.0).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// B. Efron and C. Stein, Ann. Stat. 9, 586 (1981), doi:10.1214/aos/1176345462.
pub fn jackknife(columns: &[&[f64]], n_blocks: usize, f: impl Fn(&[f64]) -> f64) -> Result<Estimate, EstimatorError> {
    check_length(columns.len(), 1)?;
    check_length(n_blocks, 2)?;
    let n_samples = columns[0].len();
    check_length(n_samples, n_blocks)?;
    for column in columns {
        if column.len() != n_samples {
            return Err(EstimatorError::LengthMismatch { expected: n_samples, found: column.len() });
        }
        check_finite(column)?;
    }
    let length = n_samples / n_blocks;
    let block = |b: usize| {
        columns.iter().map(move |column| column[b * length..(b + 1) * length].iter().sum::<f64>() / length as f64)
    };
    let blocks: Vec<f64> = (0..n_blocks).flat_map(block).collect();
    delete_one(&blocks, columns.len(), f).map(|(found, _)| found)
}

/// The jackknife over block means, row-major `[n_blocks, n_columns]`, and the values without each block.
pub(super) fn delete_one(
    blocks: &[f64],
    n_columns: usize,
    f: impl Fn(&[f64]) -> f64,
) -> Result<(Estimate, Vec<f64>), EstimatorError> {
    let n_blocks = blocks.len() / n_columns;
    let n = n_blocks as f64;
    let mut means = vec![0.0; n_columns];
    for row in blocks.chunks_exact(n_columns) {
        means.iter_mut().zip(row).for_each(|(mean, x)| *mean += x / n);
    }
    let all = f(&means);
    let mut without = vec![0.0; n_columns];
    let deleted: Vec<f64> = blocks
        .chunks_exact(n_columns)
        .map(|row| {
            for ((without, mean), x) in without.iter_mut().zip(&means).zip(row) {
                *without = mean + (mean - x) / (n - 1.0);
            }
            f(&without)
        })
        .collect();
    let found = jackknife_of(all, &deleted)?;
    Ok((found, deleted))
}

/// Value and error from the value `all` of all blocks and the values `deleted` with one block left out, `[n_blocks]`: the
/// second half of [`jackknife`], for estimates that are no functions of means, such as free energies.
///
/// # Errors
///
/// Fewer than two values, one that is not finite, or [`EstimatorError::ConstantSeries`] where all equal `all`.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// // the mean of 1, 2, 6 and the means without each
/// let mean = gibbs::estimators::jackknife_of(3.0, &[4.0, 3.5, 1.5])?;
/// assert_eq!(mean.value, 3.0);
/// assert!((mean.std_error - (7.0f64 / 3.0).sqrt()).abs() < 1e-15);
/// # Ok(())
/// # }
/// ```
pub fn jackknife_of(all: f64, deleted: &[f64]) -> Result<Estimate, EstimatorError> {
    check_length(deleted.len(), 2)?;
    if let Some(&value) = [all].iter().chain(deleted).find(|x| !x.is_finite()) {
        return Err(EstimatorError::NonFiniteFunction { value });
    }
    if deleted.iter().all(|x| *x == all) {
        return Err(EstimatorError::ConstantSeries { value: all, n: deleted.len() });
    }
    Ok(from_deleted(all, deleted))
}

/// The estimate from f_all and the values with one block left out, `[n_blocks]`.
pub(super) fn from_deleted(all: f64, deleted: &[f64]) -> Estimate {
    let n = deleted.len() as f64;
    // deviations from f_all are small: sums of them lose no digits
    let moments: Moments = deleted.iter().map(|x| x - all).collect();
    let bias = moments.mean().unwrap_or(f64::NAN);
    let spread = moments.variance_biased().unwrap_or(f64::NAN);
    Estimate::new(all - (n - 1.0) * bias, ((n - 1.0) * spread).sqrt(), n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::synthetic::ar1;

    #[test]
    fn a_mean_has_its_textbook_error() {
        let x = ar1(0.0, 1000, 1);
        let estimate = jackknife(&[&x], 1000, |m| m[0]).unwrap();
        let exact = x.iter().copied().collect::<Moments>().estimate().unwrap();
        assert!((estimate.value - exact.value).abs() < 1e-14);
        assert!((estimate.std_error / exact.std_error - 1.0).abs() < 1e-11);
        assert_eq!((estimate.n_eff, estimate.tau_int), (1000.0, None));
    }

    #[test]
    fn variance_is_unbiased_and_has_its_gaussian_error() {
        let n = 20_000;
        let x = ar1(0.0, n, 2);
        let squares: Vec<f64> = x.iter().map(|x| x * x).collect();
        let estimate = jackknife(&[&x, &squares], n, |m| m[1] - m[0] * m[0]).unwrap();
        let exact = x.iter().copied().collect::<Moments>().variance().unwrap();
        assert!((estimate.value / exact - 1.0).abs() < 1e-10);
        // the error of a Gaussian variance is sqrt(2/n); that of an estimated fourth moment scatters by
        // sqrt(Var (x^2-1)^2 / n) / (2 * 2) = sqrt(56/n)/4 relative
        let relative = estimate.std_error / (2.0 / n as f64).sqrt() - 1.0;
        assert!(relative.abs() < 4.5 * (56.0 / n as f64).sqrt() / 4.0, "{relative}");
        assert!(estimate.z_score(1.0).abs() < 4.5);
        // negative control: a variance 1.05^2 times larger
        assert!(estimate.z_score(1.05 * 1.05).abs() > 4.5);
    }

    #[test]
    fn blocks_see_the_correlation() {
        let x = ar1(0.9, 64_000, 3);
        let single = jackknife(&[&x], 64_000, |m| m[0]).unwrap().std_error;
        let blocked = jackknife(&[&x], 64, |m| m[0]).unwrap().std_error;
        // ratio sqrt(2 tau) = sqrt(19), known to 1/sqrt(2*63); the blocks of 1000 are 105 tau long
        assert!((blocked / single / 19f64.sqrt() - 1.0).abs() < 4.5 / 126f64.sqrt());
    }

    #[test]
    fn refusals() {
        let identity = |m: &[f64]| m[0];
        assert_eq!(jackknife(&[], 2, identity), Err(EstimatorError::TooFew { needed: 1, found: 0 }));
        assert_eq!(jackknife(&[&[1.0, 2.0]], 1, identity), Err(EstimatorError::TooFew { needed: 2, found: 1 }));
        assert_eq!(jackknife(&[&[1.0, 2.0]], 3, identity), Err(EstimatorError::TooFew { needed: 3, found: 2 }));
        let unequal = jackknife(&[&[1.0, 2.0], &[1.0]], 2, identity);
        assert_eq!(unequal, Err(EstimatorError::LengthMismatch { expected: 2, found: 1 }));
        let pole = jackknife(&[&[1.0, 1.0, -2.0]], 3, |m| 1.0 / m[0]);
        assert_eq!(pole, Err(EstimatorError::NonFiniteFunction { value: f64::INFINITY }));
        assert_eq!(jackknife(&[&[1.0, 1.0]], 2, identity), Err(EstimatorError::ConstantSeries { value: 1.0, n: 2 }));
    }
}
