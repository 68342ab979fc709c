//! A recorder of several observables per sweep whose memory does not grow with the number of sweeps.

use super::error::{EstimatorError, check_finite};
use super::moments::Moments;
use serde::{Deserialize, Serialize};

/// Most bins that a [`Series`] holds; at this number neighbours are averaged in pairs and the bin size doubles.
pub const MAX_BINS: usize = 1 << 16;

/// The record of K observables over any number of sweeps, in bounded memory.
///
/// Holds averages over bins of 1, 2, 4, ... sweeps, fewer than [`MAX_BINS`] of them, and beside them the mean and
/// variance of all single values in one pass. Of every observable it records x - x0 and (x - x0)^2, with x0 the first
/// value, so [`Series::variance`] has no cancellation however far from zero the energies are; callers need not shift
/// them, and need not push squares for a heat capacity. Other powers (M^2, M^4) are observables to push.
///
/// # Examples
///
/// ```
/// use gibbs::estimators::Series;
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// let mut series = Series::new(1);
/// let mut random = 1u32;
/// for _ in 0..200_000 {
///     random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
///     series.push(&[1e6 + f64::from(random) / 4_294_967_296.0])?;
/// }
/// assert_eq!((series.n_sweeps(), series.bin_size()), (200_000, 4));
/// assert!(series.mean(0)?.z_score(1e6 + 0.5).abs() < 4.5);
/// assert!(series.variance(0, 100)?.z_score(1.0 / 12.0).abs() < 4.5);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Series {
    n_observables: usize,
    origin: Vec<f64>,
    /// Of x - x0, `[n_observables]`.
    moments: Vec<Moments>,
    /// Bin averages of x - x0, then of (x - x0)^2, row-major `[n_bins, 2 n_observables]`.
    bins: Vec<f64>,
    bin_size: usize,
    /// Sums over the bin that is being filled, `[2 n_observables]`.
    open: Vec<f64>,
    n_open: usize,
}

impl Series {
    /// An empty record of `n_observables` observables.
    #[must_use]
    pub fn new(n_observables: usize) -> Self {
        Self {
            n_observables,
            origin: Vec::new(),
            moments: vec![Moments::default(); n_observables],
            bins: Vec::new(),
            bin_size: 1,
            open: vec![0.0; 2 * n_observables],
            n_open: 0,
        }
    }

    /// Records one sweep; `values`: `[n_observables]`.
    ///
    /// # Errors
    ///
    /// A wrong number of values, or one that is not finite; then nothing is recorded.
    pub fn push(&mut self, values: &[f64]) -> Result<(), EstimatorError> {
        if values.len() != self.n_observables {
            return Err(EstimatorError::LengthMismatch { expected: self.n_observables, found: values.len() });
        }
        check_finite(values)?;
        if self.origin.is_empty() {
            self.origin.extend_from_slice(values);
        }
        for (k, (x, origin)) in values.iter().zip(&self.origin).enumerate() {
            let distance = x - origin;
            self.moments[k].push(distance);
            self.open[k] += distance;
            self.open[self.n_observables + k] += distance * distance;
        }
        self.n_open += 1;
        if self.n_open == self.bin_size {
            let size = self.bin_size as f64;
            self.bins.extend(self.open.iter().map(|sum| sum / size));
            self.open.fill(0.0);
            self.n_open = 0;
            if self.n_bins() >= MAX_BINS {
                self.coarsen();
            }
        }
        Ok(())
    }

    /// Averages neighbouring bins in pairs, in place.
    fn coarsen(&mut self) {
        let width = 2 * self.n_observables;
        let n_pairs = self.n_bins() / 2;
        for pair in 0..n_pairs {
            for k in 0..width {
                let first = 2 * pair * width + k;
                self.bins[pair * width + k] = 0.5 * (self.bins[first] + self.bins[first + width]);
            }
        }
        self.bins.truncate(n_pairs * width);
        self.bin_size *= 2;
    }

    /// Number of sweeps recorded.
    #[must_use]
    pub fn n_sweeps(&self) -> usize {
        self.moments.first().map_or(0, Moments::n)
    }

    /// Sweeps in a bin, a power of two.
    #[must_use]
    pub fn bin_size(&self) -> usize {
        self.bin_size
    }

    /// Number of complete bins held.
    #[must_use]
    pub fn n_bins(&self) -> usize {
        self.bins.len().checked_div(2 * self.n_observables).unwrap_or(0)
    }

    /// Bin averages of observable `k`, in order of time: a plot of the run, or the input of another estimator.
    ///
    /// # Errors
    ///
    /// An observable that does not exist.
    pub fn bins(&self, k: usize) -> Result<Vec<f64>, EstimatorError> {
        self.check_observable(k)?;
        Ok(self.column(k).map(|x| self.origin[k] + x).collect())
    }

    /// Number of observables.
    #[must_use]
    pub fn n_observables(&self) -> usize {
        self.n_observables
    }

    /// x0 of observable `k`, 0 before the first sweep.
    pub(super) fn origin(&self, k: usize) -> f64 {
        self.origin.get(k).copied().unwrap_or(0.0)
    }

    /// Moments of x - x0 over all sweeps.
    pub(super) fn moments(&self, k: usize) -> &Moments {
        &self.moments[k]
    }

    /// Refuses an observable that is not recorded.
    pub(super) fn check_observable(&self, k: usize) -> Result<(), EstimatorError> {
        if k < self.n_observables {
            Ok(())
        } else {
            Err(EstimatorError::NoSuchObservable { index: k, n_observables: self.n_observables })
        }
    }

    /// Bins of a column: x - x0 of every observable, then (x - x0)^2.
    pub(super) fn column(&self, column: usize) -> impl Iterator<Item = f64> + '_ {
        self.bins.iter().skip(column).step_by(2 * self.n_observables).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::synthetic::ar1;
    use crate::estimators::{MIN_BLOCKS, series_mean};

    fn record(values: &[f64]) -> Series {
        let mut series = Series::new(1);
        values.iter().for_each(|x| series.push(&[*x]).unwrap());
        series
    }

    #[test]
    fn unbinned_mean_is_that_of_the_whole_series() {
        let values = ar1(0.8, 20_000, 1);
        let (binned, whole) = (record(&values).mean(0).unwrap(), series_mean(&values).unwrap());
        assert!((binned.value - whole.value).abs() < 1e-14);
        // Only the bias correction 1 + 1/dof and Student's factor differ, dof = n/(2W + 1); W is about 6 * 4.5.
        let ratio = (binned.std_error / whole.std_error).powi(2) - 1.0;
        let dof = 20_000.0 / 81.0;
        assert!(ratio > 0.0 && ratio < (1.0 + 1.0 / dof) * (dof - 1.0) / (dof - 3.0) - 1.0, "{ratio}");
        assert!((binned.n_eff * 2.0 * binned.tau_int.unwrap() - 20_000.0).abs() < 1e-6);
    }

    #[test]
    fn memory_is_bounded_and_tau_is_in_sweeps() {
        let n = 500_000;
        let series = record(&ar1(0.9, n, 2));
        assert_eq!((series.n_sweeps(), series.bin_size(), series.n_bins()), (n, 8, n / 8));
        let mean = series.mean(0).unwrap();
        assert!(mean.z_score(0.0).abs() < 4.5);
        // scatter of tau from bins of 8: Madras-Sokal with a window of 6 tau sweeps
        let scatter = (2.0 * (2.0 * 6.0 * 9.5 + 8.0) / n as f64).sqrt();
        assert!((mean.tau_int.unwrap() / 9.5 - 1.0).abs() < 4.5 * scatter);
        // negative control: taking bins for sweeps would give a time 8 times smaller
        assert!((mean.tau_int.unwrap() / 8.0 / 9.5 - 1.0).abs() > 4.5 * scatter);
    }

    #[test]
    fn bins_are_averages_of_consecutive_sweeps() {
        let n = MAX_BINS + 3;
        let series = record(&(0..n).map(|i| i as f64).collect::<Vec<_>>());
        assert_eq!((series.bin_size(), series.n_bins()), (2, MAX_BINS / 2 + 1));
        let bins = series.bins(0).unwrap();
        assert!(bins.iter().enumerate().all(|(i, x)| *x == 2.0 * i as f64 + 0.5));
    }

    #[test]
    fn variance_survives_an_offset() {
        let values = ar1(0.9, 200_000, 3);
        let plain = record(&values).variance(0, 64).unwrap();
        let far = record(&values.iter().map(|x| x + 1e8).collect::<Vec<_>>()).variance(0, 64).unwrap();
        assert!(plain.z_score(1.0).abs() < 4.5, "{plain}");
        // error of the variance: sqrt(2 * 2 tau_2 / n), tau_2 = (1/2)(1 + a^2)/(1 - a^2), known to 1/sqrt(2 * 63)
        let exact = (2.0 * (1.81 / 0.19) / 200_000.0f64).sqrt();
        assert!((plain.std_error / exact - 1.0).abs() < 4.5 / 126f64.sqrt());
        assert!(plain.z_score(1.05 * 1.05).abs() > 4.5, "negative control");
        // x + 1e8 is rounded to 1.5e-8; squares away from zero would lose everything beyond 2
        assert!((far.value - plain.value).abs() < 1e-7);
    }

    #[test]
    fn jackknife_of_two_observables() {
        let values = ar1(0.5, 300_000, 4);
        let mut series = Series::new(3);
        values.iter().for_each(|x| series.push(&[x * x, x.powi(4), 7.0]).unwrap());
        let ratio = series.jackknife(100, |m| m[1] / (m[0] * m[0]) + m[2]).unwrap();
        assert_eq!(ratio.n_eff, 100.0);
        assert!(ratio.z_score(10.0).abs() < 4.5, "{ratio}");
        assert!(ratio.z_score(10.0 + 3.0 * 0.05).abs() > 4.5, "negative control: {ratio}");
    }

    #[test]
    fn blocks_are_lengthened_or_refused() {
        // tau = 9.5: blocks of 95, so 4000 sweeps allow some 40 of the 1000 asked for, and 1000 sweeps are too few
        let few = record(&ar1(0.9, 4000, 5)).variance(0, 1000).unwrap().n_eff;
        assert!((MIN_BLOCKS as f64..100.0).contains(&few), "{few}");
        match record(&ar1(0.9, 1000, 6)).variance(0, 1000) {
            Err(EstimatorError::SeriesTooShort { n: 1000, tau_int, needed, found }) => {
                assert!(tau_int > 5.0 && needed > 1000 && found.std_error > 0.0);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn refusals() {
        let mut series = Series::new(2);
        assert_eq!(series.push(&[1.0]), Err(EstimatorError::LengthMismatch { expected: 2, found: 1 }));
        assert!(matches!(series.push(&[1.0, f64::NAN]), Err(EstimatorError::NonFinite { index: 1, .. })));
        assert_eq!(series.n_sweeps(), 0);
        assert_eq!(series.mean(0), Err(EstimatorError::TooFew { needed: 2, found: 0 }));
        for _ in 0..1000 {
            series.push(&[0.1, 0.2]).unwrap();
        }
        assert_eq!(series.mean(1), Err(EstimatorError::ConstantSeries { value: 0.2, n: 1000 }));
        assert_eq!(series.mean(2), Err(EstimatorError::NoSuchObservable { index: 2, n_observables: 2 }));
        assert!(matches!(series.variance(0, 50), Err(EstimatorError::ConstantSeries { value: 0.0, .. })));
        assert_eq!(series.jackknife(1, |m| m[0]), Err(EstimatorError::TooFew { needed: 2, found: 1 }));
        let drift = record(&(0..1000).map(f64::from).collect::<Vec<_>>());
        assert!(matches!(drift.mean(0), Err(EstimatorError::SeriesTooShort { n: 1000, .. })));
        assert!(matches!(drift.jackknife(20, |m| m[0]), Err(EstimatorError::SeriesTooShort { n: 1000, .. })));
    }
}
