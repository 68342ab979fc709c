//! The multistate acceptance ratio: a table of independent values, and error bars that are as long as they say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use gibbs::estimators::{Mbar, MbarSamples};
use rand::{SeedableRng, rngs::ChaCha8Rng};
use rand_distr::{Distribution, StandardNormal};
use std::path::Path;

/// The numbers of a table, row by row, "nan" included.
fn table(name: &str) -> Vec<Vec<f64>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect()
}

/// Reduced potentials beta k (x - x0)^2 / 2 of all positions in all wells (k, x0, beta), `[K, N]`.
fn potentials(wells: &[(f64, f64, f64)], x: &[f64]) -> Vec<f64> {
    wells.iter().flat_map(|(k, x0, beta)| x.iter().map(move |x| 0.5 * beta * k * (x - x0).powi(2))).collect()
}

#[track_caller]
fn assert_close(value: f64, exact: f64, relative: f64) {
    assert!((value - exact).abs() <= relative * exact.abs(), "{value} is not {exact}");
}

#[test]
fn free_energies_and_averages_of_the_table() {
    let samples = table("s16_mbar_samples.csv");
    let states = table("s16_mbar_free_energies.csv");
    let x: Vec<f64> = samples.iter().map(|row| row[2]).collect();
    let squares: Vec<f64> = x.iter().map(|x| x * x).collect();
    let wells: Vec<(f64, f64, f64)> = states.iter().map(|row| (row[1], row[2], row[3])).collect();
    let n: Vec<usize> = states.iter().map(|row| row[4] as usize).collect();
    let reduced = potentials(&wells, &x);
    let mbar = Mbar::solve(&MbarSamples::new(&reduced, &n).unwrap()).unwrap();
    for (state, row) in states.iter().enumerate() {
        let difference = mbar.difference(0, state).unwrap();
        assert_close(difference.value, row[7], 1e-12);
        assert_close(difference.std_error, row[8], 1e-8);
        let here = &reduced[state * x.len()..(state + 1) * x.len()];
        let mean = mbar.expectation(&x, here).unwrap();
        assert_close(mean.value, row[9], 1e-11);
        assert_close(mbar.expectation(&squares, here).unwrap().value, row[10], 1e-11);
        assert_close(mbar.effective_samples(state).unwrap(), row[13], 1e-7);
        assert_close(mean.n_eff, row[13], 1e-11);
    }
    // the estimates are no closer to the exact values than their errors, so the table does not test those by accident
    assert!((mbar.difference(0, 3).unwrap().value - states[3][6]).abs() > 1e-3);
}

#[test]
fn two_states_are_bennetts_ratio_and_one_is_exponential_averaging() {
    let samples = table("s16_mbar_samples.csv");
    let states = table("s16_mbar_free_energies.csv");
    let well = |state: usize| (states[state][1], states[state][2], states[state][3]);
    for row in table("s16_pairwise_free_energies.csv") {
        let (a, b) = (row[0] as usize, row[1] as usize);
        let of = |state: usize| samples.iter().filter(move |s| s[1] as usize == state).map(|s| s[2]);
        let mut x: Vec<f64> = of(a).collect();
        let n_a = x.len();
        let one_sided = potentials(&[well(a), well(b)], &x);
        // pairs of very different wells are estimated from some ten effective samples; none here has fewer
        let single = Mbar::solve(&MbarSamples::new(&one_sided, &[n_a, 0]).unwrap()).unwrap();
        assert_close(single.free_energies()[1], row[2], 1e-12);
        if row[3].is_finite() {
            x.extend(of(b));
            let reduced = potentials(&[well(a), well(b)], &x);
            let both = Mbar::solve(&MbarSamples::new(&reduced, &[n_a, x.len() - n_a]).unwrap()).unwrap();
            assert_close(both.difference(0, 1).unwrap().value, row[3], 1e-12);
        }
    }
}

/// Free energies up to the first, means of `x` and effective samples of every state by the definition, iterated to its fixed point
/// with weights 1/g_k of the samples of state k.
fn by_definition(reduced: &[f64], n: &[usize], g: &[f64], x: &[f64]) -> Vec<[f64; 3]> {
    let weights: Vec<f64> = n.iter().zip(g).flat_map(|(&n, g)| vec![1.0 / g; n]).collect();
    let n_columns = weights.len();
    let factor = |k: usize, f: f64, column: usize| (f - reduced[k * n_columns + column]).exp();
    let mut f = vec![0.0; n.len()];
    let mixture = |f: &[f64]| -> Vec<f64> {
        let at = |column| (0..n.len()).map(|k| n[k] as f64 / g[k] * factor(k, f[k], column)).sum();
        (0..n_columns).map(at).collect()
    };
    for _ in 0..20_000 {
        let d = mixture(&f);
        let sum = |k: usize| (0..n_columns).map(|i| weights[i] * factor(k, 0.0, i) / d[i]).sum::<f64>();
        let next: Vec<f64> = (0..n.len()).map(|k| -sum(k).ln()).collect();
        f = next.iter().map(|x| x - next[0]).collect();
    }
    let d = mixture(&f);
    let of = |k: usize| {
        let shares: Vec<f64> = (0..n_columns).map(|i| factor(k, f[k], i) / d[i]).collect();
        let total = |power: i32| (0..n_columns).map(|i| weights[i] * shares[i].powi(power)).sum::<f64>();
        let mean = (0..n_columns).map(|i| weights[i] * shares[i] * x[i]).sum::<f64>() / total(1);
        [f[k], mean, total(1).powi(2) / total(2)]
    };
    (0..n.len()).map(of).collect()
}

/// The table has independent samples, whose weights are all 1; here every state has its own.
#[test]
fn weights_are_those_of_the_definition() {
    let samples = table("s16_mbar_samples.csv");
    let states = table("s16_mbar_free_energies.csv");
    let x: Vec<f64> = samples.iter().map(|row| row[2]).collect();
    let wells: Vec<(f64, f64, f64)> = states.iter().map(|row| (row[1], row[2], row[3])).collect();
    let n: Vec<usize> = states.iter().map(|row| row[4] as usize).collect();
    let reduced = potentials(&wells, &x);
    let g: Vec<f64> = (0..n.len()).map(|k| [1.0, 7.5, 0.5, 3.0, 20.0][k % 5]).collect();
    let mbar = Mbar::solve(&MbarSamples::correlated(&reduced, &n, &g).unwrap()).unwrap();
    let expected = by_definition(&reduced, &n, &g, &x);
    let plain = by_definition(&reduced, &n, &vec![1.0; n.len()], &x);
    let mut moved = 0.0_f64;
    for (k, [f, mean, effective]) in expected.iter().enumerate() {
        let here = &reduced[k * x.len()..(k + 1) * x.len()];
        assert!((mbar.difference(0, k).unwrap().value - f).abs() < 1e-11, "f of state {k}");
        assert_close(mbar.expectation(&x, here).unwrap().value, *mean, 1e-9);
        assert_close(mbar.effective_samples(k).unwrap(), *effective, 1e-9);
        moved = moved.max((f - plain[k][0]).abs());
    }
    // Control: weights of 1 give other free energies.
    assert!(moved > 1e-3, "{moved}");
}

/// A sample that was drawn twice counts twice: in values and in errors.
#[test]
fn counts_are_repeated_samples() {
    let wells = [(1.0, 0.0, 1.0), (2.0, 0.5, 1.0), (3.0, 1.0, 1.0)];
    let grid: Vec<f64> = (-6..=8).map(|i| 0.25 * f64::from(i)).collect();
    let count = |(k, x0, beta): (f64, f64, f64)| -> Vec<u64> {
        grid.iter().map(|x| (40.0 * (-0.5 * beta * k * (x - x0) * (x - x0)).exp()).round() as u64).collect()
    };
    let counts = wells.map(count);
    let repeated: Vec<f64> = counts
        .iter()
        .flat_map(|row| grid.iter().zip(row).flat_map(|(&x, &n)| std::iter::repeat_n(x, n as usize)))
        .collect();
    let n = counts.each_ref().map(|row| row.iter().sum::<u64>() as usize);
    let (on_grid, one_by_one) = (potentials(&wells, &grid), potentials(&wells, &repeated));
    for g in [[1.0, 1.0, 1.0], [2.0, 5.0, 0.25]] {
        let rows: Vec<&[u64]> = counts.iter().map(Vec::as_slice).collect();
        let counted = Mbar::solve(&MbarSamples::counted(&on_grid, &rows, &g).unwrap()).unwrap();
        let listed = Mbar::solve(&MbarSamples::correlated(&one_by_one, &n, &g).unwrap()).unwrap();
        for k in 0..3 {
            let here = |all: &[f64]| all[k * all.len() / 3..(k + 1) * all.len() / 3].to_vec();
            let mean = counted.expectation(&grid, &here(&on_grid)).unwrap();
            let expected = listed.expectation(&repeated, &here(&one_by_one)).unwrap();
            assert_close(mean.value, expected.value, 1e-11);
            assert_close(mean.std_error, expected.std_error, 1e-8);
            let (difference, expected) = (counted.difference(0, k).unwrap(), listed.difference(0, k).unwrap());
            assert!((difference.value - expected.value).abs() < 1e-11);
            assert!((difference.std_error - expected.std_error).abs() <= 1e-8 * expected.std_error);
        }
    }
}

/// z-scores of all pairs of free-energy differences, and of `<x^2>` in every well, over repetitions with seeds 1, 2, ...;
/// the spring constants of the exact values are multiplied by `factors`.
fn z_scores(n_repetitions: u64, n_per_state: usize, factors: [f64; 4]) -> (Vec<f64>, Vec<f64>) {
    let wells = [(1.0, 0.0, 1.0), (1.8, 0.4, 1.0), (3.0, 0.7, 1.0), (5.0, 1.0, 1.0)];
    let (mut free, mut squares) = (Vec::new(), Vec::new());
    for case in 1..=n_repetitions {
        let mut rng = ChaCha8Rng::seed_from_u64(case);
        let mut x = Vec::new();
        for (k, x0, _) in wells {
            x.extend((0..n_per_state).map(|_| {
                let normal: f64 = StandardNormal.sample(&mut rng);
                x0 + normal / f64::sqrt(k)
            }));
        }
        let reduced = potentials(&wells, &x);
        let mbar = Mbar::solve(&MbarSamples::new(&reduced, &[n_per_state; 4]).unwrap()).unwrap();
        for a in 0..4 {
            for b in a + 1..4 {
                let exact = 0.5 * (wells[b].0 * factors[b] / (wells[a].0 * factors[a])).ln();
                free.push(mbar.difference(a, b).unwrap().z_score(exact));
            }
            let here = &reduced[a * x.len()..(a + 1) * x.len()];
            let from_centre: Vec<f64> = x.iter().map(|x| (x - wells[a].1).powi(2)).collect();
            let exact = 1.0 / (wells[a].0 * factors[a]);
            squares.push(mbar.expectation(&from_centre, here).unwrap().z_score(exact));
        }
    }
    (free, squares)
}

/// Coverage and mean of z within 4.5 standard deviations, every repetition counted as one: its z are correlated.
fn calibrated(z: &[f64], n_repetitions: u64) -> bool {
    let n = n_repetitions as f64;
    let covered = z.iter().filter(|z| z.abs() < 1.0).count() as f64 / z.len() as f64;
    let mean = z.iter().sum::<f64>() / z.len() as f64;
    (covered - 0.6827).abs() < 4.5 * (0.6827f64 * 0.3173 / n).sqrt() && mean.abs() < 4.5 / n.sqrt()
}

fn check_calibration(n_repetitions: u64, n_per_state: usize) {
    let (free, squares) = z_scores(n_repetitions, n_per_state, [1.0; 4]);
    assert!(calibrated(&free, n_repetitions) && calibrated(&squares, n_repetitions));
    // negative control: every spring constant 5 % too large against the one before; at 40 x 1000 samples this moves the
    // mean z by more than 1, against a bound of 0.71
    let (free, squares) = z_scores(n_repetitions, n_per_state, [1.0, 1.05, 1.05f64.powi(2), 1.05f64.powi(3)]);
    assert!(!calibrated(&free, n_repetitions) && !calibrated(&squares, n_repetitions));
}

#[test]
fn errors_of_wells_are_calibrated() {
    check_calibration(40, 1000);
}

#[test]
#[ignore = "200 repetitions"]
fn errors_of_wells_are_calibrated_in_full() {
    check_calibration(200, 5000);
}
