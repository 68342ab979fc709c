//! Blocking: the error of the mean from averages over ever longer blocks.

use super::error::{EstimatorError, check_finite, check_length, check_varies};
use super::moments::Moments;

/// One blocking step: statistics of the averages over consecutive blocks of `block_size` steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockingLevel {
    /// Steps in a block, a power of two.
    pub block_size: usize,
    /// Number of whole blocks; the incomplete last one is dropped.
    pub n_blocks: usize,
    /// Mean of the block averages.
    pub mean: f64,
    /// Unbiased variance of the block averages.
    pub variance: f64,
    /// sqrt(variance / n_blocks): the error of the mean, once the blocks are long compared with tau_int.
    pub std_error: f64,
    /// The error of that error for independent blocks, `std_error / sqrt(2 (n_blocks - 1))`.
    pub std_error_of_std_error: f64,
    /// block_size times variance over the variance of the single values: grows from 1 to its limit 2 tau_int.
    pub statistical_inefficiency: f64,
}

/// Blocking analysis of Flyvbjerg and Petersen: one [`BlockingLevel`] per block size 1, 2, 4, ... down to two blocks.
///
/// `series`: `[n_steps]`. The error to quote stands where `std_error` stops growing with the block size; if it never
/// does, the series is too short. The choice is left to the eye: [`super::series_mean`] makes it by rule.
///
/// # Errors
///
/// Fewer than two values, a value that is not finite, or all values equal.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// let levels = gibbs::estimators::blocking(&[0.0, 0.0, 3.0, 3.0])?;
/// assert_eq!(levels.len(), 2);
/// assert_eq!((levels[1].block_size, levels[1].mean, levels[1].variance), (2, 1.5, 4.5));
/// assert_eq!(levels[1].statistical_inefficiency, 3.0);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// H. Flyvbjerg and H. G. Petersen, J. Chem. Phys. 91, 461 (1989), doi:10.1063/1.457480, eqs. 20-28.
pub fn blocking(series: &[f64]) -> Result<Vec<BlockingLevel>, EstimatorError> {
    check_length(series.len(), 2)?;
    check_finite(series)?;
    check_varies(series)?;
    let mut averages = series.to_vec();
    let mut levels: Vec<BlockingLevel> = Vec::new();
    let mut block_size = 1;
    while averages.len() >= 2 {
        let moments: Moments = averages.iter().copied().collect();
        let n_blocks = averages.len();
        let (mean, variance) = (moments.mean().unwrap_or(f64::NAN), moments.variance().unwrap_or(f64::NAN));
        let single = levels.first().map_or(variance, |level| level.variance);
        let std_error = (variance / n_blocks as f64).sqrt();
        levels.push(BlockingLevel {
            block_size,
            n_blocks,
            mean,
            variance,
            std_error,
            std_error_of_std_error: std_error / (2.0 * (n_blocks - 1) as f64).sqrt(),
            statistical_inefficiency: block_size as f64 * variance / single,
        });
        averages = averages.chunks_exact(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect();
        block_size *= 2;
    }
    Ok(levels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::synthetic::ar1;

    #[test]
    fn inefficiency_of_autoregressive_blocks() {
        // the mean of B steps of AR(1) has variance (2 tau - 2a(1 - a^B)/(B(1-a)^2))/B, exactly
        let a: f64 = 0.9;
        for level in blocking(&ar1(a, 1 << 18, 1)).unwrap() {
            let b = level.block_size as f64;
            let exact = (1.0 + a) / (1.0 - a) - 2.0 * a * (1.0 - a.powf(b)) / (b * (1.0 - a) * (1.0 - a));
            // variances of n_blocks Gaussian averages scatter by sqrt(2/n) times at most sqrt(2 tau / b + 1);
            // below 100 blocks the scatter is not Gaussian and the level is not tested
            let n = level.n_blocks as f64;
            let scatter = (2.0 / n * (19.0 / b + 1.0)).sqrt() + (2.0 * 19.0 / (1 << 18) as f64).sqrt();
            let distance = (level.statistical_inefficiency / exact - 1.0) / scatter;
            assert!(level.n_blocks < 100 || distance.abs() < 4.5, "block size {b}: {distance}");
        }
    }

    #[test]
    fn blocks_are_taken_from_the_start() {
        let levels = blocking(&[1.0, 2.0, 3.0, 4.0, 100.0]).unwrap();
        assert_eq!(levels.len(), 2);
        assert_eq!((levels[1].n_blocks, levels[1].mean), (2, 2.5));
    }

    #[test]
    fn refusals() {
        assert_eq!(blocking(&[1.0]), Err(EstimatorError::TooFew { needed: 2, found: 1 }));
        assert_eq!(blocking(&[0.1; 7]), Err(EstimatorError::ConstantSeries { value: 0.1, n: 7 }));
        assert!(matches!(blocking(&[f64::INFINITY, 1.0]), Err(EstimatorError::NonFinite { index: 0, .. })));
    }
}
