//! Estimators: recorded sweeps per second, and the error of a mean from a full record.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gibbs::estimators::{Counts, Series, chi_square};
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

criterion_group!(benches, series, counts);
criterion_main!(benches);
