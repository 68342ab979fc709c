//! What one or several records of the same observables say together: means, variances and functions of means.

use std::slice;

use super::autocorrelation::{MIN_LENGTH_IN_TAU, WINDOW_FACTOR, Window};
use super::error::{EstimatorError, check_length};
use super::estimate::Estimate;
use super::jackknife::delete_one;
use super::moments::Moments;
use super::series::Series;
use super::small_samples::{skewness, widening};

/// Jackknife blocks of a [`Series`] are at least this many times its memory long.
pub const MIN_BLOCK_IN_TAU: f64 = 10.0;

/// A [`Series`] that cannot be cut into this many blocks of [`MIN_BLOCK_IN_TAU`] is refused by the jackknife: fewer
/// blocks know their own scatter too badly.
pub const MIN_BLOCKS: usize = 20;

/// The error of a mean comes from the scatter of blocks, not from the window of its own autocorrelation, where the memory of the run is
/// this many times longer: the window of a quick observable closes before a slow mode of small weight is seen.
const HIDDEN: f64 = 2.0;

/// Records of equal length and equal observables, at least one: a [`Series`] is a pool of one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pool<'a> {
    series: &'a [Series],
    /// The largest tau_int of all columns in sweeps, or that of what moves them: no estimate may be more certain than it allows.
    memory: f64,
}

/// Block means of some columns, row-major `[n_blocks, n_columns]`.
struct Blocks {
    means: Vec<f64>,
    n_columns: usize,
    /// Share of the variance of an infinitely long block that these have.
    share: f64,
    /// Sweeps of all records that would make [`MIN_BLOCKS`] blocks, where there are fewer.
    needed: Option<usize>,
}

impl Blocks {
    /// Standard errors from these blocks are too small by this factor.
    fn widening(&self, values: impl Iterator<Item = f64> + Clone) -> f64 {
        let n = (self.means.len() / self.n_columns) as f64;
        widening(n, skewness(values)) / self.share.sqrt()
    }
}

impl<'a> Pool<'a> {
    /// Of records whose columns have a tau_int of at most `memory` sweeps: see [`Pool::slowest`].
    pub(super) fn of(series: &'a [Series], memory: f64) -> Self {
        Self { series, memory }
    }

    /// The same, with the memory of the columns themselves.
    fn of_one(series: &'a Series) -> Result<Self, EstimatorError> {
        let one = slice::from_ref(series);
        Ok(Self::of(one, Self::slowest(one)?))
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
        let columns = columns(self.series, k);
        let window = Window::of(&slices(&columns), WINDOW_FACTOR).map_err(|error| match error {
            EstimatorError::ConstantSeries { .. } => EstimatorError::ConstantSeries { value, n },
            other => other,
        })?;
        let bin_size = self.first().bin_size() as f64;
        // Var(mean over the binned sweeps), carried over to all n sweeps
        let n_bins = window.time.n as f64;
        let binned = n_bins * bin_size / n as f64;
        let tau_bins = window.time.bias_corrected();
        let mut var_mean = 2.0 * tau_bins * window.variance_biased / n_bins * binned;
        let blocks = self.blocks(vec![columns], MOST_BLOCKS)?;
        let hidden = self.memory > HIDDEN * window.time.tau_int * bin_size;
        let means = blocks.means.iter().copied();
        let widening = if hidden {
            let scatter: Moments = means.clone().collect();
            var_mean = scatter.variance().unwrap_or(0.0) / scatter.n() as f64;
            blocks.widening(means)
        } else {
            // The window knows its tau_int as well as that many blocks would.
            let dof = n_bins / (2 * window.time.window + 1) as f64;
            widening(dof, skewness(means) * (dof / blocks.means.len() as f64).sqrt())
        };
        let var_mean = var_mean.max(0.0) * widening * widening;
        let tau_int = var_mean * n as f64 / (2.0 * variance);
        let estimate =
            Estimate { value, std_error: var_mean.sqrt(), n_eff: n as f64 / (2.0 * tau_int), tau_int: Some(tau_int) };
        let short = (!window.closed).then(|| (MIN_LENGTH_IN_TAU * window.memory * bin_size).ceil() as usize);
        match short.max(blocks.needed.filter(|_| hidden)) {
            None => Ok(estimate),
            Some(needed) => {
                Err(EstimatorError::SeriesTooShort { n, tau_int, needed: needed.max(n + 1), found: estimate })
            }
        }
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

    /// Largest tau_int in sweeps of all columns and their squares, at least 1/2; constant columns are passed over.
    pub(super) fn slowest(series: &[Series]) -> Result<f64, EstimatorError> {
        let Some(first) = series.first().filter(|first| first.n_bins() >= 2) else { return Ok(0.5) };
        let mut slowest: f64 = 0.5;
        for column in 0..2 * first.n_observables() {
            match Window::of(&slices(&columns(series, column)), WINDOW_FACTOR) {
                Ok(window) if window.closed => slowest = slowest.max(window.time.tau_int),
                Ok(window) => {
                    slowest = slowest.max(window.time.tau_int).max(window.time.n as f64 / MIN_LENGTH_IN_TAU);
                }
                Err(EstimatorError::ConstantSeries { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(slowest * first.bin_size() as f64)
    }

    /// At most `n_blocks` blocks of `columns`, each long compared with the memory.
    fn blocks(&self, columns: Vec<Vec<Vec<f64>>>, n_blocks: usize) -> Result<Blocks, EstimatorError> {
        let n_bins = self.first().n_bins();
        let n_series = self.series.len();
        check_length(n_blocks, 2)?;
        check_length(n_bins, 2)?;
        let bin_size = self.first().bin_size() as f64;
        let shortest = (MIN_BLOCK_IN_TAU * self.memory / bin_size).ceil() as usize;
        // blocks of one record; all records are cut alike, and none is shared by two
        let possible = n_bins / shortest.max(1);
        let least = if n_series == 1 { 2 } else { 1 };
        let used = (n_blocks / n_series).min(possible).max(least);
        let length = n_bins / used;
        let mut means = Vec::with_capacity(n_series * used * columns.len());
        for series in 0..n_series {
            for block in 0..used {
                for column in &columns {
                    let bins = &column[series][block * length..(block + 1) * length];
                    means.push(bins.iter().sum::<f64>() / length as f64);
                }
            }
        }
        // The variance of the mean of l values of AR(1) is short of 2 tau sigma^2/l by (tau - 1/(4 tau))/l.
        let missing = (self.memory - 0.25 / self.memory) / (length as f64 * bin_size);
        let needed = (MIN_BLOCKS as f64 * MIN_BLOCK_IN_TAU * self.memory).ceil() as usize;
        Ok(Blocks {
            means,
            n_columns: columns.len(),
            share: (1.0 - missing).max(LEAST_SHARE),
            needed: (possible * n_series < MIN_BLOCKS).then_some(needed),
        })
    }

    fn jackknife_of_columns(
        &self,
        chosen: &[usize],
        n_blocks: usize,
        f: impl Fn(&[f64]) -> f64,
    ) -> Result<Estimate, EstimatorError> {
        let blocks = self.blocks(chosen.iter().map(|&column| columns(self.series, column)).collect(), n_blocks)?;
        let (mut found, deleted) = delete_one(&blocks.means, chosen.len(), f)?;
        // A block that is missing moves the estimate the other way.
        found.std_error *= blocks.widening(deleted.iter().map(|x| -x));
        let n = self.n_sweeps();
        match blocks.needed {
            None => Ok(found),
            Some(needed) => {
                let needed = needed.max(n + 1);
                Err(EstimatorError::SeriesTooShort { n, tau_int: self.memory, needed, found })
            }
        }
    }
}

/// Most blocks that the error of a mean with a hidden memory comes from.
const MOST_BLOCKS: usize = 128;

/// Blocks that hold less of their variance than this are too short to be mended.
const LEAST_SHARE: f64 = 0.5;

/// Bins of a column of every record, measured from the origin of the first: x - x0, then (x - x0)^2.
fn columns(series: &[Series], column: usize) -> Vec<Vec<f64>> {
    let n_observables = series[0].n_observables();
    let of = |one: &Series| {
        let k = column % n_observables;
        let shift = one.origin(k) - series[0].origin(k);
        if column < n_observables {
            return one.column(k).map(|x| x + shift).collect();
        }
        // (x - a)^2 = (x - b)^2 + 2 (b - a)(x - b) + (b - a)^2
        let pairs = one.column(column).zip(one.column(k));
        pairs.map(|(square, x)| square + 2.0 * shift * x + shift * shift).collect()
    };
    series.iter().map(of).collect()
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
        Pool::of_one(self)?.mean(k)
    }

    /// Variance of observable `k`, `<x^2> - <x>^2`, bias removed, with its jackknife error: beta^2 times that of the
    /// energy is the heat capacity. `n_blocks` as in [`Series::jackknife`].
    ///
    /// # Errors
    ///
    /// As [`Series::jackknife`].
    pub fn variance(&self, k: usize, n_blocks: usize) -> Result<Estimate, EstimatorError> {
        Pool::of_one(self)?.variance(k, n_blocks)
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
        Pool::of_one(self)?.jackknife(n_blocks, f)
    }
}

/// Columns as slices.
pub(super) fn slices(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::synthetic::ar1;

    /// Mean square of z over 400 series of AR(1), and its distance from 1 in standard errors: an error bar that is too short or too long by a quarter
    /// would be off by 5 or more.
    #[test]
    fn errors_of_means_and_variances_are_as_long_as_they_say() {
        let estimates: Vec<[f64; 3]> = (0..400)
            .map(|case| {
                let mut series = Series::new(1);
                ar1(0.5, 4000, case).iter().for_each(|x| series.push(&[*x]).unwrap());
                let square = series.jackknife(64, |means| means[0] + means[0] * means[0] / 1e3).unwrap();
                [
                    series.mean(0).unwrap().z_score(0.0),
                    series.variance(0, 64).unwrap().z_score(1.0),
                    square.z_score(0.0),
                ]
            })
            .collect();
        for k in 0..3 {
            let mean = estimates.iter().map(|z| z[k] * z[k]).sum::<f64>() / 400.0;
            assert!((mean - 1.0).abs() < 4.5 * (2.0f64 / 400.0).sqrt(), "{k}: {mean}");
        }
    }
}
