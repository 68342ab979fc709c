//! Several independent runs at one temperature: pooled estimates, and whether the runs agree.

use super::autocorrelation::{WINDOW_FACTOR, Window};
use super::error::{EstimatorError, check_length};
use super::estimate::Estimate;
use super::moments::mean_of;
use super::pool::{Pool, slices};
use super::rhat::{RHat, split_r_hat};
use super::series::Series;
use super::tail_probability::chi_square_survival;
use std::sync::OnceLock;

/// R independent [`Series`] of the same observables and equally many sweeps.
///
/// Autocovariances are pooled around the mean of all runs, so replicas that sit in different places lengthen the pooled
/// tau_int instead of hiding. One replica gives exactly what its [`Series`] does. n and tau_int count sweeps, n those of
/// all replicas.
///
/// # Examples
///
/// ```
/// use gibbs::estimators::{Replicas, Series};
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// let mut random = 1u32;
/// let mut replicas = vec![Series::new(1); 4];
/// for _ in 0..2000 {
///     for series in &mut replicas {
///         random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
///         series.push(&[f64::from(random) / 4_294_967_296.0])?;
///     }
/// }
/// let replicas = Replicas::new(replicas)?;
/// assert!(replicas.mean(0)?.z_score(0.5).abs() < 4.5);
/// assert!(replicas.agreement(0)?.p_value > 1e-5);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// U. Wolff, Comput. Phys. Commun. 156, 143 (2004), arXiv:hep-lat/0306017, section 3.
#[derive(Clone, Debug)]
pub struct Replicas {
    series: Vec<Series>,
    /// The longest memory of any column, once it has been asked for, and of what is known to move them.
    slowest: OnceLock<f64>,
    known_memory: f64,
}

/// Do the means of the replicas scatter as their errors say?
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// sum_r (m_r - m)^2 / sigma^2, with sigma the error of one replica's mean, pooled over the replicas.
    pub statistic: f64,
    /// Replicas minus one.
    pub dof: usize,
    /// Probability of a statistic at least as large among replicas that agree.
    pub p_value: f64,
    /// The replica furthest from the mean of all.
    pub furthest: usize,
    /// Its distance (m_r - m) in units of its own error, sigma sqrt(1 - 1/R).
    pub z: f64,
}

impl Replicas {
    /// Joins runs, one at least.
    ///
    /// # Errors
    ///
    /// No run, or runs of different length or numbers of observables.
    pub fn new(series: Vec<Series>) -> Result<Self, EstimatorError> {
        check_length(series.len(), 1)?;
        for other in &series {
            for (expected, found) in
                [(series[0].n_sweeps(), other.n_sweeps()), (series[0].n_observables(), other.n_observables())]
            {
                if expected != found {
                    return Err(EstimatorError::LengthMismatch { expected, found });
                }
            }
        }
        Ok(Self { series, slowest: OnceLock::new(), known_memory: 0.5 })
    }

    /// The runs.
    #[must_use]
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// The same, where something that no column shows, such as the travels of exchanged states, is known to have a tau_int of `memory`
    /// sweeps: no mean, and no function of means, is then called more certain than blocks of that memory tell.
    #[must_use]
    pub fn with_memory(self, memory: f64) -> Self {
        Self { known_memory: memory, ..self }
    }

    /// The longest tau_int in sweeps of all observables and their squares, or the known memory.
    ///
    /// # Errors
    ///
    /// A value that is not finite.
    pub fn memory(&self) -> Result<f64, EstimatorError> {
        let slowest = match self.slowest.get() {
            Some(&slowest) => slowest,
            None => {
                let found = Pool::slowest(&self.series)?;
                *self.slowest.get_or_init(|| found)
            }
        };
        Ok(slowest.max(self.known_memory))
    }

    fn pool(&self) -> Result<Pool<'_>, EstimatorError> {
        Ok(Pool::of(&self.series, self.memory()?))
    }

    /// Sweeps of all replicas.
    #[must_use]
    pub fn n_sweeps(&self) -> usize {
        self.series.iter().map(Series::n_sweeps).sum()
    }

    /// Mean of observable `k` over all sweeps of all replicas, with its error and the pooled tau_int in sweeps.
    ///
    /// The lag covariances are sums over the pairs inside each replica, around the mean of all. The window must close
    /// inside one replica, so each has to be some 6 tau_int long; the start of every replica must be forgotten.
    ///
    /// # Errors
    ///
    /// As [`Series::mean`], with n and the number needed counting the sweeps of all replicas.
    pub fn mean(&self, k: usize) -> Result<Estimate, EstimatorError> {
        self.pool()?.mean(k)
    }

    /// Variance of observable `k` around the mean of all replicas, as [`Series::variance`].
    ///
    /// # Errors
    ///
    /// As [`Replicas::jackknife`].
    pub fn variance(&self, k: usize, n_blocks: usize) -> Result<Estimate, EstimatorError> {
        self.pool()?.variance(k, n_blocks)
    }

    /// Value and error of `f(means)` by the jackknife over the blocks of all replicas, as [`Series::jackknife`]; no block
    /// reaches across two replicas. `n_blocks` counts those of all replicas.
    ///
    /// # Errors
    ///
    /// As [`Series::jackknife`].
    pub fn jackknife(&self, n_blocks: usize, f: impl Fn(&[f64]) -> f64) -> Result<Estimate, EstimatorError> {
        self.pool()?.jackknife(n_blocks, f)
    }

    /// R-hat of the halves of all replicas, from the bins of observable `k`.
    ///
    /// # Errors
    ///
    /// As [`split_r_hat`], or an observable that does not exist.
    pub fn split_r_hat(&self, k: usize) -> Result<RHat, EstimatorError> {
        split_r_hat(&slices(&self.bins(k)?))
    }

    /// Chi-square test that the means of observable `k` agree. The errors come from lag covariances around each replica's
    /// own mean, so that a disagreement does not enlarge the error it is judged by.
    ///
    /// # Errors
    ///
    /// Fewer than two replicas, and as [`Replicas::mean`].
    pub fn agreement(&self, k: usize) -> Result<Agreement, EstimatorError> {
        check_length(self.series.len(), 2)?;
        let scatter = Scatter::of(&slices(&self.bins(k)?), self.series[0].bin_size())?;
        let n_replicas = self.series.len() as f64;
        let mean = mean_of(&scatter.means);
        let distances: Vec<f64> = scatter.means.iter().map(|m| (m - mean) / scatter.std_error).collect();
        let statistic: f64 = distances.iter().map(|z| z * z).sum();
        let dof = self.series.len() - 1;
        let furthest = (0..=dof).max_by(|&a, &b| distances[a].abs().total_cmp(&distances[b].abs())).unwrap_or(0);
        let z = distances[furthest] / (1.0 - 1.0 / n_replicas).sqrt();
        Ok(Agreement { statistic, dof, p_value: chi_square_survival(statistic, dof as f64)?, furthest, z })
    }

    fn bins(&self, k: usize) -> Result<Vec<Vec<f64>>, EstimatorError> {
        self.series.iter().map(|series| series.bins(k)).collect()
    }
}

/// Means of columns and the error of one of them, from lag covariances around each column's own mean.
#[derive(Clone, Debug)]
pub(super) struct Scatter {
    pub(super) means: Vec<f64>,
    pub(super) std_error: f64,
    pub(super) tau_int: f64,
}

impl Scatter {
    /// `columns`: equally long; `bin_size` steps stand behind each value, for the number of steps in a refusal.
    pub(super) fn of(columns: &[&[f64]], bin_size: usize) -> Result<Self, EstimatorError> {
        let means: Vec<f64> = columns.iter().map(|column| mean_of(column)).collect();
        let centred: Vec<Vec<f64>> =
            columns.iter().zip(&means).map(|(column, mean)| column.iter().map(|x| x - mean).collect()).collect();
        let window = Window::of(&slices(&centred), WINDOW_FACTOR)?;
        if !window.closed {
            return Err(window.too_short(bin_size));
        }
        // each column's own mean was subtracted, which lowers every lag covariance by the variance of that mean
        let length = window.time.n as f64 / columns.len() as f64;
        let tau_int = window.time.tau_int * (1.0 + (2 * window.time.window + 1) as f64 / length);
        Ok(Self { means, std_error: (2.0 * tau_int * window.variance_biased / length).sqrt(), tau_int })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::synthetic::ar1;

    fn record(values: &[f64]) -> Series {
        let mut series = Series::new(1);
        values.iter().for_each(|x| series.push(&[*x]).unwrap());
        series
    }

    fn replicas(n_replicas: u64, a: f64, n: usize, case: u64) -> Replicas {
        Replicas::new((0..n_replicas).map(|r| record(&ar1(a, n, 1000 * case + r))).collect()).unwrap()
    }

    #[test]
    fn one_replica_is_its_series() {
        for (a, n, case) in [(0.8, 20_000, 1), (0.9, 150_000, 2), (0.95, 1000, 3)] {
            let one = replicas(1, a, n, case);
            let series = one.series()[0].clone();
            assert_eq!(one.mean(0), series.mean(0));
            assert_eq!(one.variance(0, 64), series.variance(0, 64));
            assert_eq!(one.jackknife(32, |m| m[0] * m[0]), series.jackknife(32, |m| m[0] * m[0]));
        }
    }

    #[test]
    fn pooled_estimates() {
        let four = replicas(4, 0.9, 5000, 4);
        let mean = four.mean(0).unwrap();
        // tau = 9.5 in 20 000 sweeps, known to sqrt(2 (2W + 1)/n) = 11 %
        let exact = (2.0 * 9.5 / 20_000.0f64).sqrt();
        assert!((mean.std_error / exact - 1.0).abs() < 4.5 * 0.055, "{mean:?}");
        assert!((mean.tau_int.unwrap() / 9.5 - 1.0).abs() < 4.5 * 0.11);
        assert!(mean.z_score(0.0).abs() < 4.5 && mean.z_score(10.0 * exact).abs() > 4.5);
        let variance = four.variance(0, 80).unwrap();
        assert!(variance.z_score(1.0).abs() < 4.5 && variance.n_eff <= 80.0, "{variance}");
        assert!(variance.z_score(2.0).abs() > 4.5, "negative control");
        assert!(four.split_r_hat(0).unwrap().r_hat < 1.03);
        // the whole variance, though the replicas start in different places
        let pooled: crate::estimators::Moments =
            four.series().iter().flat_map(|series| series.bins(0).unwrap()).collect();
        assert!((variance.value - pooled.variance_biased().unwrap()).abs() < 0.02);
        let short = replicas(4, 0.99, 400, 5);
        match short.mean(0) {
            Err(EstimatorError::SeriesTooShort { n: 1600, needed, .. }) => assert!(needed > 1600),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn disagreement_is_seen() {
        let agree = replicas(4, 0.8, 5000, 6);
        let test = agree.agreement(0).unwrap();
        assert!(test.dof == 3 && test.p_value > 7e-6 && test.z.abs() < 4.5, "{test:?}");
        // negative control: one replica displaced by a quarter of a standard deviation, 6 of its errors
        let mut series = agree.series().to_vec();
        series[2] = record(&ar1(0.8, 5000, 6002).iter().map(|x| x + 0.25).collect::<Vec<_>>());
        let displaced = Replicas::new(series).unwrap();
        let test = displaced.agreement(0).unwrap();
        assert!(test.p_value < 7e-6 && test.furthest == 2, "{test:?}");
    }

    #[test]
    fn refusals() {
        assert!(matches!(Replicas::new(Vec::new()), Err(EstimatorError::TooFew { needed: 1, found: 0 })));
        let unequal = Replicas::new(vec![record(&[1.0, 2.0]), record(&[1.0])]);
        assert!(matches!(unequal, Err(EstimatorError::LengthMismatch { expected: 2, found: 1 })));
        let one = replicas(1, 0.0, 100, 7);
        assert_eq!(one.agreement(0), Err(EstimatorError::TooFew { needed: 2, found: 1 }));
        assert_eq!(one.mean(1), Err(EstimatorError::NoSuchObservable { index: 1, n_observables: 1 }));
    }
}
