//! What one or several records of the same observables say together: means, variances and functions of means.

use std::slice;

use super::autocorrelation::{MIN_LENGTH_IN_TAU, WINDOW_FACTOR, Window};
use super::error::{EstimatorError, check_length};
use super::estimate::Estimate;
use super::jackknife::delete_one;
use super::moments::Moments;
use super::series::Series;

/// Jackknife blocks of a [`Series`] are at least this many tau_int long, which leaves their variance about 10 % and
/// the error about 5 % low at worst.
pub const MIN_BLOCK_IN_TAU: f64 = 10.0;

/// A [`Series`] that cannot be cut into this many blocks of [`MIN_BLOCK_IN_TAU`] is refused by the jackknife: fewer
/// blocks know their own scatter too badly.
pub const MIN_BLOCKS: usize = 20;

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

/// What one record says.
impl Series {
    /// Mean of observable `k` over all sweeps, with its error and tau_int in sweeps.
    ///
    /// The variance of the mean comes from the bin averages by Sokal's window ([`super::integrated_time`], here with
    /// the bias of the window removed); `tau_int = n Var(mean) / (2 Var(x))` with the variance of single values, so
    /// n_eff = n / (2 tau_int) holds at every bin size.
    ///
    /// # Errors
    ///
    /// [`EstimatorError::SeriesTooShort`] below [`MIN_LENGTH_IN_TAU`] times tau_int (in particular: a tau_int of
    /// some hundreds of bins), fewer than two bins, all values equal, or an observable that does not exist.
    pub fn mean(&self, k: usize) -> Result<Estimate, EstimatorError> {
        Pool::of(slice::from_ref(self)).mean(k)
    }

    /// Variance of observable `k`, `<x^2> - <x>^2`, bias removed, with its jackknife error: beta^2 times that of the
    /// energy is the heat capacity. `n_blocks` as in [`Series::jackknife`].
    ///
    /// # Errors
    ///
    /// As [`Series::jackknife`].
    pub fn variance(&self, k: usize, n_blocks: usize) -> Result<Estimate, EstimatorError> {
        Pool::of(slice::from_ref(self)).variance(k, n_blocks)
    }

    /// Value and error of `f(means)`, bias removed, by the jackknife over blocks of bins.
    ///
    /// `f` takes the `[n_observables]` means in the order of [`Series::push`]. At most `n_blocks` blocks are used, fewer
    /// if they would be shorter than [`MIN_BLOCK_IN_TAU`] times the largest tau_int among the observables; sweeps that
    /// do not fill the last block are left out. `n_eff` of the result is the number of blocks. A function that
    /// subtracts nearly equal means (`<x^2> - <x>^2` far from zero) loses their common digits: see
    /// [`Series::variance`].
    ///
    /// # Errors
    ///
    /// [`EstimatorError::SeriesTooShort`] if the sweeps would not fill [`MIN_BLOCKS`] such blocks (200 tau_int); it
    /// carries what fewer or shorter blocks give. Also fewer than two blocks or bins, and a function that is not finite
    /// or does not vary from block to block. A constant observable is allowed beside varying ones.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::estimators::Series;
    /// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
    /// let mut series = Series::new(2);
    /// let mut random = 1u32;
    /// for _ in 0..20_000 {
    ///     random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    ///     let x = f64::from(random) / 4_294_967_296.0 - 0.5;
    ///     series.push(&[x.powi(2), x.powi(4)])?;
    /// }
    /// let binder = series.jackknife(64, |m| 1.0 - m[1] / (3.0 * m[0] * m[0]))?;
    /// assert!(binder.z_score(0.4).abs() < 4.5); // <x^4> / <x^2>^2 = 9/5 for a uniform variable
    /// # Ok(())
    /// # }
    /// ```
    pub fn jackknife(&self, n_blocks: usize, f: impl Fn(&[f64]) -> f64) -> Result<Estimate, EstimatorError> {
        Pool::of(slice::from_ref(self)).jackknife(n_blocks, f)
    }
}

/// Columns as slices.
pub(super) fn slices(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}
