//! Has a run forgotten its start: a verdict on a stretch of replicas started ordered and disordered.

use serde::{Deserialize, Serialize};

use super::error::{EstimatorError, check_finite, check_length};
use super::moments::mean_of;
use super::replicas::Scatter;
use super::rhat::split_r_hat;
use super::tail_probability::{chi_square_survival, normal_quantile};

/// A difference of this many standard errors is a drift.
///
/// Three tests are made, each with a false alarm in 0.27 % of stationary stretches if their errors were exact. Measured on
/// four replicas of AR(1): 0.8 % of stretches of 250 tau_int each or longer are called drifting, 3.5 % at 63 tau_int, where
/// the errors themselves are known badly. A false alarm costs a longer run, a drift that is missed costs the result:
/// therefore the bound is lower than the 4.5 of other tests.
pub const DRIFT_BOUND: f64 = 3.0;

/// Probability of a normal value beyond [`DRIFT_BOUND`].
const FALSE_ALARM: f64 = 0.0027;

/// Split R-hat of a thermalized stretch is below this.
pub const R_HAT_BOUND: f64 = 1.01;

/// What a drift was seen in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Drift {
    /// Mean of the second half against that of the first, over all replicas.
    Halves,
    /// Mean of the replicas started ordered against that of those started disordered.
    Starts,
    /// Means of the halves of all replicas among each other.
    Replicas,
}

/// The verdict on a stretch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Thermalization {
    /// This stretch shows no trace of the start.
    Thermalized {
        /// Split R-hat of all replicas.
        r_hat: f64,
        /// (second half - first half) in standard errors.
        z_halves: f64,
        /// (ordered - disordered) in standard errors, where there are both.
        z_starts: Option<f64>,
    },
    /// The start, or a slow mode, still shows: discard the stretch and judge a longer one.
    StillDrifting {
        /// Where.
        what: Drift,
        /// Its size in standard errors (for [`Drift::Replicas`] the normal quantile of the same p-value).
        z: f64,
    },
    /// Too short against its own memory to say.
    TooShort {
        /// Steps of each replica that would do: a lower bound while the memory is not resolved.
        needed: usize,
    },
}

/// The bound of a drift that is looked for in `n_tests` observables or temperatures at once: all together give a false alarm as seldom as
/// one does beyond [`DRIFT_BOUND`].
#[must_use]
pub fn drift_bound(n_tests: usize) -> f64 {
    normal_quantile(1.0 - 0.5 * FALSE_ALARM / n_tests.max(1) as f64).unwrap_or(DRIFT_BOUND).max(DRIFT_BOUND)
}

/// Judges a stretch of replicas by three tests: halves, starts and R-hat.
///
/// `ordered`, `disordered`: the replicas by their start, slices `[n_steps]` of equal length (bins of a
/// [`super::Series`] will do); one of the two lists may be empty, and then only drifts inside the replicas are seen. The
/// errors come from the lag covariances of the second halves around their own means, so that a start which decays does not
/// lengthen the error bars it is judged by; the second halves together must be 100 tau_int long. Energy is a good choice of observable; it cannot see a mode that all replicas have yet to find, nor
/// one that leaves this observable alone.
///
/// # Errors
///
/// No replica, unequal lengths, fewer than four steps, a value that is not finite, or replicas that all rest at one value:
/// then nothing is known about their fluctuations.
///
/// # Examples
///
/// ```
/// use gibbs::estimators::{Drift, Thermalization, thermalization};
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// let mut random = 1u32;
/// let mut noise = || {
///     random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
///     f64::from(random) / 4_294_967_296.0
/// };
/// let hot: Vec<f64> = (0..2000).map(|_| noise()).collect();
/// let cold: Vec<f64> = (0..2000).map(|_| noise()).collect();
/// assert!(matches!(thermalization(&[&cold], &[&hot])?, Thermalization::Thermalized { .. }));
/// let stuck: Vec<f64> = cold.iter().map(|x| x - 0.2).collect();
/// let verdict = thermalization(&[&stuck], &[&hot])?;
/// assert!(matches!(verdict, Thermalization::StillDrifting { what: Drift::Starts, .. }));
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// A. Vehtari et al., Bayesian Anal. 16, 667 (2021), arXiv:1903.08008; two starts: M. E. J. Newman and G. T. Barkema, Monte
/// Carlo Methods in Statistical Physics (Oxford, 1999), section 3.3.
pub fn thermalization(ordered: &[&[f64]], disordered: &[&[f64]]) -> Result<Thermalization, EstimatorError> {
    match drift_among(1, 0.5, ordered, disordered)? {
        // The means agree within their errors, which are too large: R-hat - 1 falls as one over the length.
        Thermalization::Thermalized { r_hat, .. } if r_hat > R_HAT_BOUND => {
            let length = ordered.iter().chain(disordered).next().map_or(0, |replica| replica.len());
            let needed = (length as f64 * (r_hat - 1.0) / (R_HAT_BOUND - 1.0)).ceil() as usize;
            Ok(Thermalization::TooShort { needed: needed.max(length + 1) })
        }
        verdict => Ok(verdict),
    }
}

/// The tests of halves, starts and replicas for one of `n_tests` observables or temperatures that are judged at once (see
/// [`drift_bound`]), with a tau_int of at least `memory` steps. R-hat is not judged.
///
/// # Errors
///
/// As [`thermalization`].
pub fn drift_among(
    n_tests: usize,
    memory: f64,
    ordered: &[&[f64]],
    disordered: &[&[f64]],
) -> Result<Thermalization, EstimatorError> {
    let bound = drift_bound(n_tests);
    let replicas = [ordered, disordered].concat();
    check_length(replicas.len(), 1)?;
    let length = replicas[0].len();
    check_length(length, 4)?;
    for replica in &replicas {
        if replica.len() != length {
            return Err(EstimatorError::LengthMismatch { expected: length, found: replica.len() });
        }
        check_finite(replica)?;
    }
    let half = length / 2;
    let halves: Vec<&[f64]> =
        replicas.iter().flat_map(|replica| [&replica[..half], &replica[length - half..]]).collect();
    let settled: Vec<&[f64]> = halves.iter().skip(1).step_by(2).copied().collect();
    let std_error = match Scatter::of(&settled, 1) {
        Ok(scatter) => scatter.std_error * (memory / scatter.tau_int).max(1.0).sqrt(),
        Err(EstimatorError::SeriesTooShort { needed, .. }) => {
            let needed = (2 * needed.div_ceil(replicas.len())).max(length + 1);
            return Ok(Thermalization::TooShort { needed });
        }
        // second halves that rest, each at a value of its own
        Err(EstimatorError::ConstantSeries { .. }) => return resting(&halves, ordered.len()),
        Err(other) => return Err(other),
    };

    let means: Vec<f64> = halves.iter().map(|half| mean_of(half)).collect();
    let mean = |select: &dyn Fn(usize) -> bool| {
        let chosen: Vec<f64> = (0..halves.len()).filter(|&i| select(i)).map(|i| means[i]).collect();
        (chosen.iter().sum::<f64>() / chosen.len() as f64, std_error * std_error / chosen.len() as f64)
    };
    let difference = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0) / (a.1 + b.1).sqrt();
    let z_halves = difference(mean(&|i| i % 2 == 1), mean(&|i| i % 2 == 0));
    let both = !ordered.is_empty() && !disordered.is_empty();
    let n_ordered = 2 * ordered.len();
    let z_starts = both.then(|| difference(mean(&|i| i < n_ordered), mean(&|i| i >= n_ordered)));

    let centre = means.iter().sum::<f64>() / means.len() as f64;
    let statistic: f64 = means.iter().map(|m| ((m - centre) / std_error).powi(2)).sum();
    let p_value = chi_square_survival(statistic, (halves.len() - 1) as f64)?;
    // Beyond what a p-value can say, by the cube root of Wilson and Hilferty; infinite is only what rests.
    let spread = 2.0 / (9.0 * (halves.len() - 1) as f64);
    let far = ((statistic / (halves.len() - 1) as f64).cbrt() - (1.0 - spread)) / spread.sqrt();
    let z_replicas = if p_value > 1e-15 { normal_quantile(1.0 - 0.5 * p_value).unwrap_or(far) } else { far };

    let largest = [(Drift::Starts, z_starts.unwrap_or(0.0)), (Drift::Halves, z_halves), (Drift::Replicas, z_replicas)]
        .into_iter()
        .find(|(_, z)| z.abs() > bound);
    if let Some((what, z)) = largest {
        return Ok(Thermalization::StillDrifting { what, z });
    }
    Ok(Thermalization::Thermalized { r_hat: split_r_hat(&replicas)?.r_hat, z_halves, z_starts })
}

/// Second halves without fluctuations: equal values show nothing, different values prove a drift.
fn resting(halves: &[&[f64]], n_ordered: usize) -> Result<Thermalization, EstimatorError> {
    let value = halves[0][0];
    if halves.iter().copied().flatten().all(|x| *x == value) {
        let n = halves.iter().map(|half| half.len()).sum();
        return Err(EstimatorError::ConstantSeries { value, n });
    }
    let moved = halves.chunks_exact(2).any(|pair| pair[0].iter().any(|x| *x != pair[1][0]));
    let starts = n_ordered > 0 && 2 * n_ordered < halves.len();
    let what = match (moved, starts) {
        (true, _) => Drift::Halves,
        (false, true) => Drift::Starts,
        (false, false) => Drift::Replicas,
    };
    Ok(Thermalization::StillDrifting { what, z: f64::INFINITY })
}

/// How many values to discard at the beginning of one series: the d that minimises the squared error that the rest would
/// have if it were white, `sum_{i>=d} (x_i - mean_d)^2 / (n - d)^2`.
///
/// `series`: `[n_steps]`, best as averages over bins of a few tau_int. `None` if the minimum lies in the second half: the
/// series has not settled. It finds a start that stands out of the noise; for a slow drift see [`thermalization`].
///
/// # Errors
///
/// Fewer than four values, or one that is not finite.
///
/// # Examples
///
/// ```
/// let mut series = vec![9.0, 5.0, 3.0];
/// series.extend([0.0, 1.0].repeat(50));
/// assert_eq!(gibbs::estimators::truncation_point(&series)?, Some(3));
/// # Ok::<(), gibbs::estimators::EstimatorError>(())
/// ```
///
/// # References
///
/// K. P. White, Simulation 69, 323 (1997), doi:10.1177/003754979706900601 (MSER).
pub fn truncation_point(series: &[f64]) -> Result<Option<usize>, EstimatorError> {
    check_length(series.len(), 4)?;
    check_finite(series)?;
    let mut moments = super::Moments::default();
    let (mut best, mut least) = (0, f64::INFINITY);
    // from the end, so that every tail adds one value to the tail before; the last few have no variance to speak of
    for d in (0..series.len()).rev() {
        moments.push(series[d]);
        let criterion = moments.variance_biased().unwrap_or(f64::INFINITY) / moments.n() as f64;
        if moments.n() >= 4 && criterion <= least {
            (best, least) = (d, criterion);
        }
    }
    Ok((best <= series.len() / 2).then_some(best))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::synthetic::ar1;

    /// AR(1) with tau_int = 9.5 around an offset that decays as exp(-t / time), and the stretch of it from `start`.
    fn relaxing(offset: f64, time: f64, start: usize, n: usize, case: u64) -> Vec<f64> {
        let equilibrium = ar1(0.9, start + n, case);
        let all = equilibrium.iter().enumerate().map(|(t, x)| x + offset * (-(t as f64) / time).exp());
        all.skip(start).collect()
    }

    fn judge(replicas: &[Vec<f64>]) -> Thermalization {
        let (ordered, disordered) = replicas.split_at(replicas.len() / 2);
        let ordered: Vec<&[f64]> = ordered.iter().map(Vec::as_slice).collect();
        let disordered: Vec<&[f64]> = disordered.iter().map(Vec::as_slice).collect();
        thermalization(&ordered, &disordered).unwrap()
    }

    fn four(offset: f64, time: f64, start: usize, n: usize, case: u64) -> Vec<Vec<f64>> {
        let signs = [-1.0, -1.0, 1.0, 1.0];
        (0..).zip(signs).map(|(r, sign)| relaxing(sign * offset, time, start, n, 10 * case + r)).collect()
    }

    #[test]
    fn a_start_is_seen_until_it_is_forgotten() {
        // both starts relax within 300 steps from 10 standard deviations away
        assert!(matches!(judge(&four(10.0, 300.0, 0, 1500, 1)), Thermalization::StillDrifting { .. }));
        // 3000 steps later e^-10 of it is left
        let verdict = judge(&four(10.0, 300.0, 3000, 6000, 1));
        assert!(matches!(verdict, Thermalization::Thermalized { .. }), "{verdict:?}");
    }

    #[test]
    fn a_slow_drift_of_all_replicas_alike_is_caught() {
        // one sigma over the stretch: R-hat between starts is blind to it, the halves are not
        let n = 6000;
        let drift = |scale: f64| -> Vec<Vec<f64>> {
            let plain = four(0.0, 1.0, 0, n, 2);
            plain.iter().map(|x| x.iter().enumerate().map(|(t, x)| x + scale * t as f64 / n as f64).collect()).collect()
        };
        assert!(matches!(judge(&drift(0.0)), Thermalization::Thermalized { .. }), "{:?}", judge(&drift(0.0)));
        match judge(&drift(1.0)) {
            Thermalization::StillDrifting { what: Drift::Halves, z } => assert!(z > DRIFT_BOUND),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn short_stretches_say_how_much_is_needed() {
        match judge(&four(0.0, 1.0, 0, 100, 3)) {
            Thermalization::TooShort { needed } => assert!(needed > 100 && needed < 100_000, "{needed}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn false_alarms_are_rare() {
        // 2 % of 200 stretches is 4, and 4.5 standard deviations of that count above it is 13
        let alarms = (0..200u64)
            .filter(|case| matches!(judge(&four(0.0, 1.0, 0, 4000, 100 + case)), Thermalization::StillDrifting { .. }))
            .count();
        assert!(alarms <= 13, "{alarms}");
    }

    #[test]
    fn resting_replicas() {
        let rest = [1.0; 10];
        assert_eq!(thermalization(&[&rest], &[&rest]), Err(EstimatorError::ConstantSeries { value: 1.0, n: 20 }));
        let other = [2.0; 10];
        let starts = Thermalization::StillDrifting { what: Drift::Starts, z: f64::INFINITY };
        assert_eq!(thermalization(&[&rest], &[&other]), Ok(starts));
        assert_eq!(thermalization(&[], &[]), Err(EstimatorError::TooFew { needed: 1, found: 0 }));
        let unequal = thermalization(&[&rest], &[&[1.0; 9]]);
        assert_eq!(unequal, Err(EstimatorError::LengthMismatch { expected: 10, found: 9 }));
    }

    #[test]
    fn moving_replicas_that_lie_far_apart_do_not_rest() {
        // Of each kind of start, one replica in either well: halves and starts agree, replicas do not.
        let wells: Vec<Vec<f64>> = four(0.0, 1.0, 0, 4000, 7)
            .into_iter()
            .enumerate()
            .map(|(i, x)| x.into_iter().map(|x| x + if i % 2 == 0 { 1e3 } else { -1e3 }).collect())
            .collect();
        match judge(&wells) {
            Thermalization::StillDrifting { what: Drift::Replicas, z } => assert!(z.is_finite() && z > 100.0, "{z}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_beginning_is_cut_off() {
        // values stay while their squared distance is below 2 variances: an offset of 10 exp(-t/30) beside noise of up to
        // 2 is there between t = 30 ln(10/3.4) = 32 and the end of the first excursions of the noise to sqrt 2
        let d = truncation_point(&relaxing(10.0, 30.0, 0, 4000, 5)).unwrap().unwrap();
        assert!((32..400).contains(&d), "{d}");
        assert!(truncation_point(&relaxing(0.0, 30.0, 0, 4000, 5)).unwrap().is_some());
        let climb: Vec<f64> = (0..1000).map(f64::from).collect();
        assert_eq!(truncation_point(&climb), Ok(None));
        assert_eq!(truncation_point(&[1.0; 3]), Err(EstimatorError::TooFew { needed: 4, found: 3 }));
    }
}
