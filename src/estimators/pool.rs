//! What one or several records of the same observables say together: means, variances and functions of means.

use super::autocorrelation::{WINDOW_FACTOR, Window};
use super::jackknife::delete_one;
use super::moments::Moments;
use super::series::Series;
use super::{Estimate, EstimatorError, MIN_BLOCK_IN_TAU, MIN_BLOCKS, MIN_LENGTH_IN_TAU, check_length};

/// Records of equal length and equal observables, at least one: a [`Series`] is a pool of one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pool<'a> {
    series: &'a [Series],
}

impl<'a> Pool<'a> {
    pub(super) fn of(series: &'a [Series]) -> Self {
        Self { series }
    }

    fn first(&self) -> &'a Series {
        &self.series[0]
    }

    /// Sweeps of all records.
    fn n_sweeps(&self) -> usize {
        self.first().n_sweeps() * self.series.len()
    }

    /// Mean of observable `k`, as [`Series::mean`].
    pub(super) fn mean(&self, k: usize) -> Result<Estimate, EstimatorError> {
        self.first().check_observable(k)?;
        check_length(self.first().n_sweeps(), 2)?;
        let n = self.n_sweeps();
        let origin = self.first().origin(k);
        let mut moments = Moments::default();
        for series in self.series {
            moments.merge(&series.moments(k).shifted(series.origin(k) - origin));
        }
        let variance = moments.variance_biased().unwrap_or(f64::NAN);
        let value = origin + moments.mean().unwrap_or(f64::NAN);
        let columns = self.columns(k);
        let window = Window::of(&slices(&columns), WINDOW_FACTOR).map_err(|error| match error {
            EstimatorError::ConstantSeries { .. } => EstimatorError::ConstantSeries { value, n },
            other => other,
        })?;
        // Var(mean over the binned sweeps), carried over to all n sweeps
        let n_bins = window.time.n;
        let binned = (n_bins * self.first().bin_size()) as f64 / n as f64;
        let tau_bins = window.time.bias_corrected();
        let var_mean = 2.0 * tau_bins * window.variance_biased / n_bins as f64 * binned;
        let tau_int = var_mean * n as f64 / (2.0 * variance);
        let estimate = Estimate {
            value,
            std_error: var_mean.max(0.0).sqrt(),
            n_eff: n as f64 / (2.0 * tau_int),
            tau_int: Some(tau_int),
        };
        if window.closed {
            return Ok(estimate);
        }
        let needed = (MIN_LENGTH_IN_TAU * window.memory * self.first().bin_size() as f64).ceil() as usize;
        Err(EstimatorError::SeriesTooShort { n, tau_int, needed: needed.max(n + 1), found: estimate })
    }

    /// Variance of observable `k`, as [`Series::variance`].
    pub(super) fn variance(&self, k: usize, n_blocks: usize) -> Result<Estimate, EstimatorError> {
        self.first().check_observable(k)?;
        self.jackknife_of_columns(&[k, self.first().n_observables() + k], n_blocks, |m| m[1] - m[0] * m[0])
    }

    /// Function of the means, as [`Series::jackknife`].
    pub(super) fn jackknife(&self, n_blocks: usize, f: impl Fn(&[f64]) -> f64) -> Result<Estimate, EstimatorError> {
        let columns: Vec<usize> = (0..self.first().n_observables()).collect();
        self.jackknife_of_columns(&columns, n_blocks, |m| {
            let means: Vec<f64> = m.iter().enumerate().map(|(k, distance)| self.first().origin(k) + distance).collect();
            f(&means)
        })
    }

    /// Bins of a column of every record, measured from the origin of the first: x - x0, then (x - x0)^2.
    fn columns(&self, column: usize) -> Vec<Vec<f64>> {
        let n_observables = self.first().n_observables();
        self.series
            .iter()
            .map(|series| {
                let k = column % n_observables;
                let shift = series.origin(k) - self.first().origin(k);
                if column < n_observables {
                    return series.column(k).map(|x| x + shift).collect();
                }
                // (x - a)^2 = (x - b)^2 + 2 (b - a)(x - b) + (b - a)^2
                let pairs = series.column(column).zip(series.column(k));
                pairs.map(|(square, x)| square + 2.0 * shift * x + shift * shift).collect()
            })
            .collect()
    }

    /// Largest tau_int in sweeps of the given columns of bins, at least 1/2 bin; constant columns are passed over.
    fn slowest(&self, columns: &[Vec<Vec<f64>>]) -> Result<f64, EstimatorError> {
        let mut slowest: f64 = 0.5;
        for column in columns {
            match Window::of(&slices(column), WINDOW_FACTOR) {
                Ok(window) if window.closed => slowest = slowest.max(window.time.tau_int),
                Ok(window) => {
                    slowest = slowest.max(window.time.tau_int).max(window.time.n as f64 / MIN_LENGTH_IN_TAU);
                }
                Err(EstimatorError::ConstantSeries { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(slowest * self.first().bin_size() as f64)
    }

    fn jackknife_of_columns(
        &self,
        columns: &[usize],
        n_blocks: usize,
        f: impl Fn(&[f64]) -> f64,
    ) -> Result<Estimate, EstimatorError> {
        let n_bins = self.first().n_bins();
        let n_series = self.series.len();
        check_length(n_blocks, 2)?;
        check_length(n_bins, 2)?;
        let columns: Vec<Vec<Vec<f64>>> = columns.iter().map(|&column| self.columns(column)).collect();
        let tau_int = self.slowest(&columns)?;
        let shortest = (MIN_BLOCK_IN_TAU * tau_int / self.first().bin_size() as f64).ceil() as usize;
        // blocks of one record; all records are cut alike, and none is shared by two
        let possible = n_bins / shortest.max(1);
        let least = if n_series == 1 { 2 } else { 1 };
        let used = (n_blocks / n_series).min(possible).max(least);
        let length = n_bins / used;
        let mut blocks = Vec::with_capacity(n_series * used * columns.len());
        for series in 0..n_series {
            for block in 0..used {
                for column in &columns {
                    let bins = &column[series][block * length..(block + 1) * length];
                    blocks.push(bins.iter().sum::<f64>() / length as f64);
                }
            }
        }
        let found = delete_one(&blocks, columns.len(), f)?;
        if possible * n_series >= MIN_BLOCKS {
            return Ok(found);
        }
        let needed = (MIN_BLOCKS as f64 * MIN_BLOCK_IN_TAU * tau_int).ceil() as usize;
        let n = self.n_sweeps();
        Err(EstimatorError::SeriesTooShort { n, tau_int, needed: needed.max(n + 1), found })
    }
}

/// Columns as slices.
pub(super) fn slices(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}
