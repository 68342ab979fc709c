//! Estimators: recorded sweeps per second, the error of a mean from a full record, and free energies of many states.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gibbs::estimators::{Counts, DensityOfStates, EnergyHistogram, Mbar, MbarSamples, Series, chi_square};
use gibbs::rng::{Seed, uniform};

fn series(c: &mut Criterion) {
    let mut group = c.benchmark_group("series");
    for n in [10_000usize, 200_000] {
        let mut rng = Seed(1).set_up();
        let mut x = 0.0;
        let values: Vec<[f64; 3]> = (0..n)
            .map(|_| {
                x = 0.8 * x + uniform(&mut rng) - 0.5;
                [x, x * x, x.abs()]
            })
            .collect();
        let record = || {
            let mut series = Series::new(3);
            values.iter().for_each(|row| series.push(row).unwrap());
            series
        };
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::new("push three observables", n), |b| b.iter(record));
        let full = record();
        group.bench_function(BenchmarkId::new("mean", n), |b| b.iter(|| full.mean(0).unwrap()));
        group.bench_function(BenchmarkId::new("variance", n), |b| b.iter(|| full.variance(0, 128).unwrap()));
    }
    group.finish();
}

fn counts(c: &mut Criterion) {
    const LEVELS: usize = 128_256;
    let values: Vec<f64> = (0..LEVELS).map(|i| (i as f64).ln_1p()).collect();
    let counts: Vec<u64> = (0..LEVELS as u64).map(|i| 10_000_000 / (i + 1)).collect();
    let mut group = c.benchmark_group("counts");
    group.throughput(Throughput::Elements(LEVELS as u64));
    group.bench_function("mean and variance", |b| {
        b.iter(|| {
            let counts = Counts::new(&values, &counts);
            (counts.mean(), counts.variance())
        });
    });
    let expected: Vec<f64> = counts.iter().map(|&n| n as f64).collect();
    group.bench_function("chi-square", |b| b.iter(|| chi_square(&counts, &expected).unwrap()));
    group.finish();
}

/// Oscillators with x0 from 0 to 3 and k from 1 to 5, n samples each.
fn mbar(c: &mut Criterion) {
    let mut group = c.benchmark_group("mbar");
    group.sample_size(20);
    for (n_states, n) in [(8usize, 5_000usize), (16, 10_000)] {
        let mut rng = Seed(1).set_up();
        let wells: Vec<(f64, f64)> = (0..n_states)
            .map(|k| {
                let t = k as f64 / (n_states - 1) as f64;
                (1.0 + 4.0 * t, 3.0 * t)
            })
            .collect();
        let mut x = Vec::new();
        for (k, x0) in &wells {
            x.extend((0..n).map(|_| {
                let (radius, angle) = (uniform(&mut rng), uniform(&mut rng));
                x0 + (-2.0 * radius.ln() / k).sqrt() * (std::f64::consts::TAU * angle).cos()
            }));
        }
        let reduced: Vec<f64> =
            wells.iter().flat_map(|(k, x0)| x.iter().map(move |x| 0.5 * k * (x - x0).powi(2))).collect();
        let samples = MbarSamples::new(&reduced, &vec![n; n_states]).unwrap();
        let id = format!("{n_states} x {n}");
        group.bench_function(BenchmarkId::new("solve", &id), |b| b.iter(|| Mbar::solve(&samples).unwrap()));
        let solved = Mbar::solve(&samples).unwrap();
        group.bench_function(BenchmarkId::new("errors of all differences", &id), |b| {
            b.iter(|| {
                let pairs = (0..n_states).flat_map(|i| (0..n_states).map(move |j| (i, j)));
                pairs.map(|(i, j)| solved.difference(i, j).unwrap().std_error).sum::<f64>()
            });
        });
        group.bench_function(BenchmarkId::new("one average", &id), |b| {
            b.iter(|| solved.expectation(&x, &reduced[..x.len()]).unwrap());
        });
    }
    group.finish();
}

/// Sixteen temperatures on one ladder of 1000 levels, 32 blocks: what a lattice gives.
fn density_of_states(c: &mut Criterion) {
    let betas: Vec<f64> = (0..16).map(|k| 0.002 * f64::from(k)).collect();
    let mut rng = Seed(1).set_up();
    let runs: Vec<Vec<EnergyHistogram>> = betas
        .iter()
        .map(|beta| {
            let mut draw = || {
                // uniform levels 0..1000 weighted by exp(-beta E), by rejection
                loop {
                    let energy = (1000.0 * uniform(&mut rng)).floor();
                    if uniform(&mut rng).ln() < -beta * energy {
                        return energy;
                    }
                }
            };
            (0..32)
                .map(|_| EnergyHistogram::of_series(&(0..2000).map(|_| draw()).collect::<Vec<_>>()).unwrap())
                .collect()
        })
        .collect();
    c.bench_function("density of states with 32 jackknife blocks, 16 runs x 64000", |b| {
        b.iter(|| DensityOfStates::solve(&betas, &runs, None).unwrap());
    });
}

criterion_group!(benches, series, counts, mbar, density_of_states);
criterion_main!(benches);
