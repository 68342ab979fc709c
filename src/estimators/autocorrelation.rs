//! How long a series remembers: autocorrelation, its integrated time, and the honest error of a mean.

use super::error::{EstimatorError, check_finite, check_length, check_varies};
use super::estimate::Estimate;
use super::moments::mean_of;

/// Default window factor c: the sum of rho(t) stops at the smallest W with W >= c tau_int(W).
pub const WINDOW_FACTOR: f64 = 6.0;

/// A series must be this many tau_int long; shorter ones are refused.
///
/// At the limit n_eff = 50; the error of the mean is then known to some 25 %, and biased low by about 6 %. Series that just
/// pass are those whose tau_int was estimated too small. Of AR(1) series 100 tau_int long a third are refused, and intervals
/// of one standard error around the others cover the true mean in 61 % of cases; at 200 tau_int it is 1 % and 67 %.
pub const MIN_LENGTH_IN_TAU: f64 = 100.0;

/// Biased autocovariance `gamma(t) = (1/n) sum_{i<n-t} (x_i - m)(x_{i+t} - m)` for t = 0..=max_lag.
///
/// `series`: `[n_steps]`. The divisor is n at every lag, which keeps the spectrum positive and the noise at large
/// lags small.
///
/// # Errors
///
/// Not more values than `max_lag`, or a value that is not finite.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// let gamma = gibbs::estimators::autocovariance(&[1.0, -1.0, 1.0, -1.0], 2)?;
/// assert_eq!(gamma, [1.0, -0.75, 0.5]);
/// # Ok(())
/// # }
/// ```
pub fn autocovariance(series: &[f64], max_lag: usize) -> Result<Vec<f64>, EstimatorError> {
    check_length(series.len(), max_lag.saturating_add(1))?;
    check_finite(series)?;
    let centred = centred(series).1;
    Ok((0..=max_lag).map(|lag| lag_covariance(&centred, lag)).collect())
}

/// Normalised autocorrelation `rho(t) = gamma(t) / gamma(0)` for t = 0..=max_lag, from biased autocovariances.
///
/// `series`: `[n_steps]`.
///
/// # Errors
///
/// As [`autocovariance`], and a series whose values are all equal.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// let rho = gibbs::estimators::autocorrelation(&[2.0, -2.0, 2.0, -2.0], 2)?;
/// assert_eq!(rho, [1.0, -0.75, 0.5]);
/// # Ok(())
/// # }
/// ```
pub fn autocorrelation(series: &[f64], max_lag: usize) -> Result<Vec<f64>, EstimatorError> {
    let gamma = autocovariance(series, max_lag)?;
    check_varies(series)?;
    Ok(gamma.iter().map(|g| g / gamma[0]).collect())
}

/// Values at which a series is short, of all columns together.
const COARSE: usize = 4096;
/// Values that are averaged at a time.
const TOGETHER: usize = 4;
/// Averages in a window that is long enough.
const FINE: usize = 24;
/// Sums that a covariance is added up in, so that no addition waits for the one before.
const LANES: usize = 8;

/// tau_int of a series, with the window it was summed over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IntegratedTime {
    /// tau_int = 1/2 + sum_{t=1}^{W} rho(t), in steps.
    pub tau_int: f64,
    /// The window W, in steps.
    pub window: usize,
    /// Length of the series.
    pub n: usize,
}

impl IntegratedTime {
    /// Standard error of tau_int, `tau_int sqrt(2 (2W + 1) / n)`.
    ///
    /// # References
    ///
    /// N. Madras and A. D. Sokal, J. Stat. Phys. 50, 109 (1988), doi:10.1007/BF01022990.
    #[must_use]
    pub fn std_error(&self) -> f64 {
        self.tau_int * (2.0 * (2 * self.window + 1) as f64 / self.n as f64).sqrt()
    }

    /// tau_int without the leading bias from subtracting the mean of the same data, `tau_int (1 + (2W + 1) / n)`.
    ///
    /// # References
    ///
    /// U. Wolff, Comput. Phys. Commun. 156, 143 (2004), arXiv:hep-lat/0306017, eq. 49.
    #[must_use]
    pub fn bias_corrected(&self) -> f64 {
        self.tau_int * (1.0 + (2 * self.window + 1) as f64 / self.n as f64)
    }
}

/// Integrated autocorrelation time `tau_int = 1/2 + sum_{t=1}^{W} rho(t)` with Sokal's automatic window.
///
/// W is the smallest window with W >= c tau_int(W); `window_factor` is c ([`WINDOW_FACTOR`] unless there is a reason).
/// Two guards keep the window open for anticorrelated series, where the plain rule stops at once and may return a time
/// of zero: W >= c/2 always, and where rho(1) < -3/sqrt(n) the time in the rule is 1/2 + sum |rho(t)|.
/// `series`: `[n_steps]`. What it cannot see: a process much slower than the series is long.
///
/// # Errors
///
/// [`EstimatorError::SeriesTooShort`] if the window has not closed at W = c n / [`MIN_LENGTH_IN_TAU`], which means
/// n < 100 tau_int; it carries what was found. Also all values equal, a value that is not finite, or c not positive.
///
/// # Examples
///
/// ```
/// use gibbs::estimators::{WINDOW_FACTOR, integrated_time};
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// // every random value stands twice: rho(1) = 1/2 on average and 0 beyond, so tau_int = 1
/// let mut random = 1u32;
/// let mut series = Vec::new();
/// for _ in 0..10_000 {
///     random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
///     series.extend([f64::from(random >> 8); 2]);
/// }
/// let time = integrated_time(&series, WINDOW_FACTOR)?;
/// assert!((time.tau_int - 1.0).abs() < 4.5 * time.std_error());
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// A. D. Sokal, Monte Carlo methods in statistical mechanics (1997), doi:10.1007/978-1-4899-0319-8_6, section 3.
pub fn integrated_time(series: &[f64], window_factor: f64) -> Result<IntegratedTime, EstimatorError> {
    let found = Window::of(&[series], window_factor)?;
    if found.closed { Ok(found.time) } else { Err(found.too_short(1)) }
}

/// Mean of a correlated series, with std_error = sqrt(2 tau_int gamma(0) / n) and n_eff = n / (2 tau_int).
///
/// `series`: `[n_steps]`; tau_int as in [`integrated_time`] with [`WINDOW_FACTOR`].
///
/// # Errors
///
/// As [`integrated_time`].
///
/// # Examples
///
/// ```
/// use gibbs::estimators::{EstimatorError, series_mean};
/// let drift: Vec<f64> = (0..1000).map(f64::from).collect();
/// match series_mean(&drift) {
///     Err(EstimatorError::SeriesTooShort { found, .. }) => assert_eq!(found.value, 499.5),
///     other => unreachable!("a drift is no equilibrium series: {other:?}"),
/// }
/// ```
pub fn series_mean(series: &[f64]) -> Result<Estimate, EstimatorError> {
    let found = Window::of(&[series], WINDOW_FACTOR)?;
    if found.closed { Ok(found.estimate()) } else { Err(found.too_short(1)) }
}

/// The outcome of the window rule, closed or not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) time: IntegratedTime,
    pub(super) mean: f64,
    pub(super) variance_biased: f64,
    pub(super) closed: bool,
    /// tau_int, or its bound 1/2 + sum |rho| for an anticorrelated series.
    pub(super) memory: f64,
}

impl Window {
    /// The window rule over one or several series of equal length, with the lag covariances of all around the mean of
    /// all. Pairs that would reach across the ends of neighbours do not exist; (n - t)/(n - R t) makes up for them.
    ///
    /// A long series is looked at in averages first, and finer until the window is [`FINE`] of them long: what they keep of the variance of
    /// the mean, which is all of it, fixes tau_int. The work is then that of one pass, however long the memory.
    pub(super) fn of(columns: &[&[f64]], window_factor: f64) -> Result<Self, EstimatorError> {
        if !(window_factor > 0.0 && window_factor.is_finite()) {
            return Err(EstimatorError::WindowFactor(window_factor));
        }
        let all: Vec<f64> = columns.concat();
        check_length(columns.first().map_or(0, |column| column.len()), 2)?;
        check_finite(&all)?;
        check_varies(&all)?;
        let (n, mean) = (all.len(), mean_of(&all));
        let single: Vec<Vec<f64>> = columns.iter().map(|column| column.iter().map(|x| x - mean).collect()).collect();
        let variance_biased = single.iter().map(|column| lag_covariance(column, 0)).sum::<f64>() / columns.len() as f64;
        let mut scales = vec![single];
        while let Some(last) = scales.last()
            && last.iter().map(Vec::len).sum::<usize>() > COARSE
            && last[0].len() >= 2 * TOGETHER
        {
            let average = |group: &[f64]| group.iter().sum::<f64>() / TOGETHER as f64;
            scales.push(last.iter().map(|column| column.chunks_exact(TOGETHER).map(average).collect()).collect());
        }
        loop {
            let (scale, columns) = (TOGETHER.pow(scales.len() as u32 - 1), scales.pop().unwrap_or_default());
            let found = Self::scan(&columns, window_factor);
            if scale > 1 && found.time.window < FINE {
                continue;
            }
            // Var(mean) = 2 tau Var(x)/n is the same for single values and for averages.
            let in_steps = if scale == 1 { 1.0 } else { scale as f64 * found.variance_biased / variance_biased };
            let time = IntegratedTime { tau_int: found.time.tau_int * in_steps, window: found.time.window * scale, n };
            return Ok(Self { time, mean, variance_biased, memory: found.memory * in_steps, ..found });
        }
    }

    /// The window rule over `columns` of equal length around a mean of zero.
    fn scan(columns: &[Vec<f64>], window_factor: f64) -> Self {
        let length = columns[0].len();
        let n = length * columns.len();
        let covariance = |lag: usize| {
            let pairs: f64 = columns.iter().map(|column| lag_covariance(column, lag)).sum();
            let missing = (n - lag) as f64 / (n - columns.len() * lag) as f64;
            pairs / columns.len() as f64 * missing
        };
        let variance_biased = covariance(0);
        let last = ((window_factor * n as f64 / MIN_LENGTH_IN_TAU) as usize).min(length - 1);
        let significantly_negative = -3.0 / (n as f64).sqrt();
        let (mut tau_int, mut absolute, mut anticorrelated) = (0.5, 0.5, false);
        let time = IntegratedTime { tau_int, window: 0, n };
        let mut window = Self { time, mean: 0.0, variance_biased, closed: false, memory: 0.5 };
        for lag in 1..=last {
            let rho = covariance(lag) / variance_biased;
            tau_int += rho;
            absolute += rho.abs();
            anticorrelated |= lag == 1 && rho < significantly_negative;
            window.memory = if anticorrelated { absolute } else { tau_int }.max(0.5);
            window.time = IntegratedTime { tau_int, window: lag, n };
            if lag as f64 >= window_factor * window.memory {
                // a time of zero or less would claim an exact mean
                window.closed = tau_int > 0.0;
                break;
            }
        }
        window
    }

    pub(super) fn estimate(&self) -> Estimate {
        let (tau_int, n) = (self.time.tau_int, self.time.n as f64);
        Estimate {
            value: self.mean,
            std_error: (2.0 * tau_int.max(0.0) * self.variance_biased / n).sqrt(),
            n_eff: n / (2.0 * tau_int),
            tau_int: Some(tau_int),
        }
    }

    /// The refusal of a window that has not closed; `bin_size` steps stand behind each value.
    pub(super) fn too_short(&self, bin_size: usize) -> EstimatorError {
        let (n, size) = (self.time.n * bin_size, bin_size as f64);
        let needed = (MIN_LENGTH_IN_TAU * self.memory * size).ceil() as usize;
        EstimatorError::SeriesTooShort {
            n,
            tau_int: self.time.tau_int * size,
            needed: needed.max(n + 1),
            found: self.estimate(),
        }
    }
}

fn centred(series: &[f64]) -> (f64, Vec<f64>) {
    let mean = mean_of(series);
    (mean, series.iter().map(|x| x - mean).collect())
}

fn lag_covariance(centred: &[f64], lag: usize) -> f64 {
    let (early, late) = (&centred[..centred.len() - lag], &centred[lag..]);
    let (mut sums, pairs) = ([0.0; LANES], early.chunks_exact(LANES).zip(late.chunks_exact(LANES)));
    for (a, b) in pairs {
        (0..LANES).for_each(|lane| sums[lane] += a[lane] * b[lane]);
    }
    let done = early.len() - early.len() % LANES;
    let rest: f64 = early[done..].iter().zip(&late[done..]).map(|(a, b)| a * b).sum();
    (sums.iter().sum::<f64>() + rest) / centred.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::synthetic::ar1;

    /// tau_int of AR(1) against (1/2)(1+a)/(1-a), in Madras-Sokal errors.
    fn z_of_time(a: f64, case: u64) -> f64 {
        let time = integrated_time(&ar1(a, 200_000, case), WINDOW_FACTOR).unwrap();
        (time.bias_corrected() - 0.5 * (1.0 + a) / (1.0 - a)) / time.std_error()
    }

    #[test]
    fn times_of_autoregressive_series() {
        for (case, a) in [(1, 0.0), (2, 0.3), (3, 0.8), (4, 0.95)] {
            let z = z_of_time(a, case);
            assert!(z.abs() < 4.5, "a = {a}: z = {z}");
        }
        // negative control: the same data tested against the time of a slightly slower process
        let time = integrated_time(&ar1(0.8, 200_000, 3), WINDOW_FACTOR).unwrap();
        assert!((time.bias_corrected() - 0.5 * 1.88 / 0.12).abs() > 4.5 * time.std_error());
    }

    #[test]
    fn anticorrelated_series_keep_a_positive_time() {
        for (case, a) in [(5u64, -0.5), (6, -0.9)] {
            let series = ar1(a, 100_000, case);
            let time = integrated_time(&series, WINDOW_FACTOR).unwrap();
            let exact = 0.5 * (1.0 + a) / (1.0 - a);
            // sum |rho| gives W >= 6 (1/2)(1+|a|)/(1-|a|): the tail beyond is below |a|^W; the noise of the sum
            // is at most the Madras-Sokal error of the time of |rho|
            let absolute = 0.5 * (1.0 + a.abs()) / (1.0 - a.abs());
            let noise = absolute * (2.0 * (2 * time.window + 1) as f64 / 1e5).sqrt();
            assert!(time.window as f64 >= 5.0 * absolute, "a = {a}: W = {}", time.window);
            assert!((time.tau_int - exact).abs() < 4.5 * noise, "a = {a}: {time:?}");
            assert!(time.tau_int > 0.0);
        }
    }

    #[test]
    fn short_series_are_refused_with_what_was_found() {
        let series = ar1(0.99, 1000, 7);
        match series_mean(&series) {
            Err(EstimatorError::SeriesTooShort { n: 1000, tau_int, needed, found }) => {
                assert!(tau_int > 1000.0 / MIN_LENGTH_IN_TAU);
                assert_eq!(found.tau_int, Some(tau_int));
                assert!(found.std_error > 0.0 && needed > 1000);
            }
            other => panic!("{other:?}"),
        }
        assert!(series_mean(&ar1(0.5, 1000, 7)).is_ok());
    }

    #[test]
    fn error_is_that_of_the_definition() {
        let series = ar1(0.5, 5000, 8);
        let estimate = series_mean(&series).unwrap();
        let time = integrated_time(&series, WINDOW_FACTOR).unwrap();
        let gamma = autocovariance(&series, 0).unwrap()[0];
        assert_eq!(estimate.tau_int, Some(time.tau_int));
        assert!((estimate.std_error - (2.0 * time.tau_int * gamma / 5000.0).sqrt()).abs() < 1e-15);
        assert!((estimate.n_eff - 5000.0 / (2.0 * time.tau_int)).abs() < 1e-9);
    }

    #[test]
    fn refusals() {
        assert_eq!(series_mean(&[1.0]), Err(EstimatorError::TooFew { needed: 2, found: 1 }));
        assert_eq!(series_mean(&[0.1; 100]), Err(EstimatorError::ConstantSeries { value: 0.1, n: 100 }));
        assert!(matches!(series_mean(&[1.0, f64::NAN]), Err(EstimatorError::NonFinite { index: 1, .. })));
        assert!(matches!(integrated_time(&[1.0, 2.0], f64::NAN), Err(EstimatorError::WindowFactor(_))));
        assert_eq!(autocovariance(&[1.0, 2.0], 2), Err(EstimatorError::TooFew { needed: 3, found: 2 }));
        assert_eq!(autocorrelation(&[0.1; 9], 2), Err(EstimatorError::ConstantSeries { value: 0.1, n: 9 }));
        // a strict alternation has no decaying correlation at all
        let flip: Vec<f64> = (0..1000).map(|i| f64::from(i % 2)).collect();
        assert!(matches!(series_mean(&flip), Err(EstimatorError::SeriesTooShort { .. })));
    }
}
