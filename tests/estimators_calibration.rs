//! Error bars of correlated series are as long as they say: coverage and scatter over many replicas of AR(1).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use gibbs::estimators::{
    Estimate, EstimatorError, Moments, Replicas, Series, Thermalization, chi_square_survival, series_mean,
    thermalization,
};
use rand::{SeedableRng, rngs::ChaCha8Rng};
use rand_distr::{Distribution, StandardNormal};

/// AR(1) with coefficient `a`, variance 1 and mean 0, started in equilibrium: tau_int = (1/2)(1+a)/(1-a).
fn ar1(a: f64, n: usize, case: u64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(case);
    let mut x: f64 = StandardNormal.sample(&mut rng);
    let step = (1.0 - a * a).sqrt();
    (0..n)
        .map(|_| {
            let noise: f64 = StandardNormal.sample(&mut rng);
            x = a * x + step * noise;
            x
        })
        .collect()
}

fn record(values: &[f64]) -> Series {
    let mut series = Series::new(1);
    values.iter().for_each(|x| series.push(&[*x]).unwrap());
    series
}

fn naive(values: &[f64]) -> Result<Estimate, EstimatorError> {
    values.iter().copied().collect::<Moments>().estimate()
}

/// z-scores of an estimator over replicas with seeds 1, 2, ...
fn z_scores(
    n_replicas: u64,
    length: usize,
    exact: f64,
    estimate: impl Fn(&[f64]) -> Result<Estimate, EstimatorError>,
) -> Vec<f64> {
    (1..=n_replicas).map(|case| estimate(&ar1(0.9, length, case)).unwrap().z_score(exact)).collect()
}

/// Fraction of z-scores within one standard error.
fn coverage(z: &[f64]) -> f64 {
    z.iter().filter(|z| z.abs() < 1.0).count() as f64 / z.len() as f64
}

/// 4.5 standard deviations of a binomial fraction around 0.6827, and `shift` for the estimator's known deviation.
fn bound(n_replicas: u64, shift: f64) -> f64 {
    4.5 * (0.6827f64 * 0.3173 / n_replicas as f64).sqrt() + shift
}

#[test]
fn one_sigma_covers_two_thirds() {
    // length 1000 tau: the error bar scatters by sqrt((2W + 1)/(2n)) = 8 %, W = 6 tau, which lowers the coverage by
    // 0.24 * 0.08^2 = 0.0015; without the correction it is low by (2W + 1)/(2n) = 0.6 %, coverage 0.48 * 0.006 = 0.003
    let (n_replicas, length) = (300, 9_500);
    let limit = bound(n_replicas, 0.005);
    for covered in [
        coverage(&z_scores(n_replicas, length, 0.0, series_mean)),
        coverage(&z_scores(n_replicas, length, 0.0, |x| record(x).mean(0))),
    ] {
        assert!((covered - 0.6827).abs() < limit, "{covered}");
    }
    // negative control: error bars that ignore the correlation cover P(|z| < 1/sqrt 19) = 0.18
    assert!((coverage(&z_scores(n_replicas, length, 0.0, naive)) - 0.6827).abs() > limit);
}

#[test]
fn one_sigma_of_a_variance() {
    // 40 blocks of 25 tau: variance of block means low by 1/25 * 1/2 for x^2 with half the tau, coverage by 0.005;
    // Student with 39 degrees of freedom covers 0.6766 within one sigma
    let n_replicas = 300;
    let z = z_scores(n_replicas, 9_500, 1.0, |x| record(x).variance(0, 40));
    let covered = coverage(&z);
    assert!((covered - 0.6827).abs() < bound(n_replicas, 0.011), "{covered}");
    // negative control: a variance 1.05^2 times larger, with error sqrt(4 tau_2/n) = 0.045, moves z by 2.3
    let wrong: Vec<f64> = z_scores(n_replicas, 9_500, 1.05 * 1.05, |x| record(x).variance(0, 40));
    assert!((coverage(&wrong) - 0.6827).abs() > bound(n_replicas, 0.011));
}

/// z-scores over repetitions of four replicas of `length` steps.
fn replica_z_scores(
    n_repetitions: u64,
    length: usize,
    exact: f64,
    estimate: impl Fn(&Replicas) -> Result<Estimate, EstimatorError>,
) -> Vec<f64> {
    let replicas = |case: u64| {
        let series = (4 * case..4 * case + 4).map(|seed| record(&ar1(0.9, length, seed))).collect();
        Replicas::new(series).unwrap()
    };
    (1..=n_repetitions).map(|case| estimate(&replicas(case)).unwrap().z_score(exact)).collect()
}

#[test]
fn one_sigma_of_four_replicas() {
    // 4 x 2400 steps are 1000 tau: scatter of the error bar as for one series of that length, see above
    let (n_repetitions, length) = (300, 2_400);
    let limit = bound(n_repetitions, 0.005);
    let covered = coverage(&replica_z_scores(n_repetitions, length, 0.0, |replicas| replicas.mean(0)));
    assert!((covered - 0.6827).abs() < limit, "{covered}");
    // negative control: the error of one replica taken for that of all four, coverage P(|z| < 2) = 0.95
    let single = |replicas: &Replicas| replicas.mean(0).map(|all| Estimate { std_error: 2.0 * all.std_error, ..all });
    assert!((coverage(&replica_z_scores(n_repetitions, length, 0.0, single)) - 0.6827).abs() > limit);
}

/// Verdicts on stationary stretches of `length` steps, two replicas for each start: how many drift, how many are passed.
fn verdicts(n_stretches: u64, length: usize) -> (f64, f64) {
    let (mut drifting, mut thermalized) = (0.0, 0.0);
    for case in 1..=n_stretches {
        let replicas: Vec<Vec<f64>> = (4 * case..4 * case + 4).map(|seed| ar1(0.9, length, seed)).collect();
        let slices: Vec<&[f64]> = replicas.iter().map(Vec::as_slice).collect();
        match thermalization(&slices[..2], &slices[2..]).unwrap() {
            Thermalization::Thermalized { .. } => thermalized += 1.0,
            Thermalization::StillDrifting { .. } => drifting += 1.0,
            Thermalization::TooShort { .. } => {}
        }
    }
    (drifting / n_stretches as f64, thermalized / n_stretches as f64)
}

#[test]
#[ignore = "2000 repetitions at two lengths"]
fn coverage_over_2000_sets_of_replicas() {
    for length in [2_400, 9_600] {
        let covered = coverage(&replica_z_scores(2000, length, 0.0, |replicas| replicas.mean(0)));
        assert!((0.636..0.730).contains(&covered), "mean, {length}: {covered}");
    }
    let covered = coverage(&replica_z_scores(2000, 9_600, 1.0, |replicas| replicas.variance(0, 100)));
    assert!((0.636..0.730).contains(&covered), "variance: {covered}");
}

#[test]
#[ignore = "2000 stretches at three lengths"]
fn false_alarms_of_thermalization() {
    // three tests at 3 sigma: 0.8 %, and 4.5 standard deviations of the count more; at 600 steps (second halves of 126 tau
    // together) the error bars scatter by 20 %, and P(|z| > 3) of such z is 0.6 % and more
    for (length, alarms, passed) in [(600, 0.05, 0.0), (2_400, 0.0171, 0.5), (9_600, 0.0171, 0.95)] {
        let (drifting, thermalized) = verdicts(2000, length);
        assert!(drifting < alarms && thermalized >= passed, "{length}: {drifting} drifting, {thermalized} thermalized");
    }
}

/// Nightly: `cargo test --release -- --ignored`.
#[test]
#[ignore = "2000 replicas of 95 000 steps"]
fn coverage_over_2000_replicas() {
    let z = z_scores(2000, 95_000, 0.0, |x| record(x).mean(0));
    let covered = coverage(&z);
    assert!((0.636..0.730).contains(&covered), "{covered}");
    let two_sigma = z.iter().filter(|z| z.abs() < 2.0).count() as f64 / 2000.0;
    assert!((two_sigma - 0.9545).abs() < 4.5 * (0.9545f64 * 0.0455 / 2000.0).sqrt(), "{two_sigma}");
    // the sum of squares is chi-square distributed, but for the scatter of the error bars: (2W + 1)/n = 0.12 %
    let squares: f64 = z.iter().map(|z| z * z).sum();
    let upper = chi_square_survival(squares, 2000.0).unwrap();
    assert!((3.4e-6..1.0 - 3.4e-6).contains(&upper), "{squares}");
    let covered = coverage(&z_scores(2000, 95_000, 1.0, |x| record(x).variance(0, 100)));
    assert!((0.636..0.730).contains(&covered), "{covered}");
    // negative control
    let covered = coverage(&z_scores(2000, 95_000, 0.0, naive));
    assert!(!(0.636..0.730).contains(&covered), "{covered}");
}
