//! Estimators against tables computed in 50-digit arithmetic (`tests/reference/s16_*.csv`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use gibbs::estimators::{
    Moments, Series, autocorrelation, autocovariance, blocking, chi_square_survival, integrated_time,
    kolmogorov_survival, normal_quantile, r_hat, series_mean, split_r_hat, student_t_two_sided,
};
use std::collections::HashMap;
use std::path::Path;

/// The rows of a table, each a map from column name (without its unit) to text.
fn table(name: &str) -> Vec<HashMap<String, String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').map(|cell| cell.split('[').next().unwrap()).collect();
    lines.map(|line| names.iter().map(|n| n.to_string()).zip(line.split(',').map(str::to_owned)).collect()).collect()
}

fn number(row: &HashMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap()
}

fn column(rows: &[HashMap<String, String>], name: &str) -> Vec<f64> {
    rows.iter().map(|row| number(row, name)).collect()
}

/// The printed AR(1) series of the row's phi.
fn series_of(row: &HashMap<String, String>) -> Vec<f64> {
    column(&table("s16_ar1_series.csv"), &format!("x_phi{}", row["phi"]))
}

#[track_caller]
fn assert_close(value: f64, exact: f64, relative: f64) {
    assert!((value - exact).abs() <= relative * exact.abs(), "{value} is not {exact}");
}

#[test]
fn moments_and_integrated_times() {
    for row in table("s16_ar1_estimates.csv") {
        let series = series_of(&row);
        let moments: Moments = series.iter().copied().collect();
        // the mean is a small difference of values of order 1
        assert!((moments.mean().unwrap() - number(&row, "mean")).abs() < 1e-14);
        assert_close(moments.variance_biased().unwrap(), number(&row, "variance_biased"), 1e-13);
        assert_close(moments.variance().unwrap(), number(&row, "variance_unbiased"), 1e-13);
        assert_close(moments.estimate().unwrap().std_error, number(&row, "naive_std_error"), 1e-13);
        for factor in [5u8, 6, 10] {
            let time = integrated_time(&series, factor.into()).unwrap();
            assert_eq!(time.window as f64, number(&row, &format!("window_c{factor}")));
            assert_close(time.tau_int, number(&row, &format!("tau_int_c{factor}")), 1e-12);
        }
        let mean = series_mean(&series).unwrap();
        assert!((mean.value - number(&row, "mean")).abs() < 1e-14);
        assert_close(mean.std_error, number(&row, "std_error_c6"), 1e-12);
        assert_close(mean.n_eff, number(&row, "n_eff_c6"), 1e-12);
        assert_close(mean.tau_int.unwrap(), number(&row, "tau_int_c6"), 1e-12);
        // The recorder differs by its stated bias correction and Student's factor, and a little for the skewness of its blocks.
        let mut recorder = Series::new(1);
        series.iter().for_each(|x| recorder.push(&[*x]).unwrap());
        let window = number(&row, "window_c6");
        let dof = series.len() as f64 / (2.0 * window + 1.0);
        let factor = (1.0 + 1.0 / dof) * (dof - 1.0) / (dof - 3.0);
        let ratio = recorder.mean(0).unwrap().std_error / (mean.std_error * factor.sqrt());
        assert!((1.0 - 1e-12..1.01).contains(&ratio), "{ratio}");
    }
}

#[test]
fn autocovariances() {
    let mut cache: HashMap<String, (Vec<f64>, Vec<f64>)> = HashMap::new();
    for row in table("s16_ar1_autocovariance.csv") {
        let (gamma, rho) = cache.entry(row["phi"].clone()).or_insert_with(|| {
            let series = series_of(&row);
            (autocovariance(&series, 100).unwrap(), autocorrelation(&series, 100).unwrap())
        });
        let lag = number(&row, "lag") as usize;
        // absolute: a covariance near zero is a sum of terms of order 1
        assert!((gamma[lag] - number(&row, "autocovariance_biased")).abs() < 1e-14);
        assert!((rho[lag] - number(&row, "autocorrelation_biased")).abs() < 1e-14);
        let unbiased = gamma[lag] * 4000.0 / (4000.0 - lag as f64);
        assert!((unbiased - number(&row, "autocovariance_unbiased")).abs() < 1e-14);
    }
}

#[test]
fn blocks() {
    for row in table("s16_ar1_blocking.csv") {
        let levels = blocking(&series_of(&row)).unwrap();
        let level = levels.iter().find(|level| level.block_size as f64 == number(&row, "block_size")).unwrap();
        assert_eq!(level.n_blocks as f64, number(&row, "n_blocks"));
        assert!((level.mean - number(&row, "mean_of_blocks")).abs() < 1e-14);
        assert_close(level.variance, number(&row, "variance_of_block_means"), 1e-12);
        assert_close(level.std_error, number(&row, "std_error"), 1e-12);
        assert_close(level.std_error_of_std_error, number(&row, "std_error_of_std_error"), 1e-12);
        assert_close(level.statistical_inefficiency, number(&row, "g_blocking"), 1e-12);
    }
}

/// The definition of tau_int, and that it gives the variance of the mean up to terms of order 1/n^2.
#[test]
fn convention_of_the_autocorrelation_time() {
    for row in table("s16_ar1_theory.csv") {
        let (phi, tau) = (number(&row, "phi"), number(&row, "tau_int_half_convention"));
        assert_close(0.5 * (1.0 + phi) / (1.0 - phi), tau, 1e-13);
        // Var(mean) = 2 tau/n - 2 phi (1 - phi^n)/(n (1 - phi))^2
        for n in [1e4, 1e5] {
            let exact = 2.0 * tau / n - 2.0 * phi * (1.0 - phi.powf(n)) / (n * (1.0 - phi)).powi(2);
            assert_close(exact, number(&row, &format!("var_mean_n{n}")), 1e-12);
        }
    }
    // the printed series agree with their theory within the Madras-Sokal error, and not with the other convention
    // (g = 2 tau_int); the series with phi = 0.9 is too short, 420 tau_int, to tell these two apart
    for row in table("s16_ar1_estimates.csv") {
        let time = integrated_time(&series_of(&row), 6.0).unwrap();
        let phi = number(&row, "phi");
        assert!((time.bias_corrected() - 0.5 * (1.0 + phi) / (1.0 - phi)).abs() < 4.5 * time.std_error());
        let other = (1.0 + phi) / (1.0 - phi);
        assert!(phi > 0.8 || (time.bias_corrected() - other).abs() > 4.5 * time.std_error());
    }
}

#[test]
fn replicas() {
    let chains = table("s16_chains.csv");
    let columns: Vec<Vec<f64>> = (0..4).map(|k| column(&chains, &format!("chain{k}"))).collect();
    let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let split = split_r_hat(&slices).unwrap();
    let mut n_checked = 0;
    for row in table("s16_chains_diagnostics.csv") {
        let value = match row["quantity"].as_str() {
            "rhat_classic" => r_hat(&slices).unwrap().r_hat,
            "rhat_split" => split.r_hat,
            "within_chain_variance_split" => split.within,
            "between_chain_variance_split" => split.between,
            "pooled_variance_split" => split.pooled,
            _ => continue,
        };
        assert_close(value, number(&row, "value"), 1e-13);
        n_checked += 1;
    }
    assert_eq!(n_checked, 5);
}

#[test]
fn tail_probabilities() {
    for row in table("s16_stat_functions.csv") {
        let (dof, x) = (number(&row, "dof"), number(&row, "x"));
        let value = match row["function"].as_str() {
            "chi2_sf" => chi_square_survival(x, dof),
            "kolmogorov_asymptotic_sf" => kolmogorov_survival(x),
            "normal_quantile" => normal_quantile(x),
            "student_t_two_sided_p" => student_t_two_sided(x, dof),
            other => panic!("no function {other}"),
        };
        assert_close(value.unwrap(), number(&row, "value"), 1e-12);
    }
}
