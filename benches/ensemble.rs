//! Thermodynamics of listed levels: levels per second, from two levels to the vocabulary of a large model.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gibbs::ensemble::{Canonical, Spectrum, curve};
use gibbs::rng::Seed;
use gibbs::units::{Beta, Temperature};
use rand_distr::{Distribution, StandardNormal};

const SIZES: [usize; 4] = [2, 64, 2048, 128_256];

fn logits(n: usize) -> Vec<f64> {
    let mut rng = Seed(1).set_up();
    (0..n).map(|_| 3.0 * Distribution::<f64>::sample(&StandardNormal, &mut rng)).collect()
}

fn ensemble(c: &mut Criterion) {
    let mut group = c.benchmark_group("ensemble");
    for n in SIZES {
        let logits = logits(n);
        let logits_f32: Vec<f32> = logits.iter().map(|&x| x as f32).collect();
        let spectrum = Spectrum::from_logits(&logits).unwrap();
        let beta = Beta::new(1.25).unwrap();
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::new("spectrum from logits", n), |b| {
            b.iter(|| Spectrum::from_logits(&logits).unwrap());
        });
        group.bench_function(BenchmarkId::new("spectrum from f32 logits", n), |b| {
            b.iter(|| Spectrum::from_logits_f32(&logits_f32).unwrap());
        });
        group.bench_function(BenchmarkId::new("ln_z", n), |b| b.iter(|| Canonical::new(&spectrum, beta)));
        group.bench_function(BenchmarkId::new("thermo", n), |b| {
            b.iter(|| Canonical::new(&spectrum, beta).thermo());
        });
        // The exp kernel: e^(-beta E - ln Z) of every level.
        let ensemble = Canonical::new(&spectrum, beta);
        group.bench_function(BenchmarkId::new("probabilities", n), |b| b.iter(|| ensemble.probabilities()));
        // e^x of the standard library, level by level, for comparison.
        group.bench_function(BenchmarkId::new("exp of the library", n), |b| {
            b.iter(|| spectrum.excitations().iter().map(|x| (-1.25 * x).exp()).collect::<Vec<f64>>());
        });
    }
    group.finish();
}

/// U, S, C and ln Z at 200 temperatures, in levels times temperatures per second.
fn curves(c: &mut Criterion) {
    let mut group = c.benchmark_group("curve of 200 temperatures");
    let temperatures = (0..200).map(|k| Temperature::new(0.05 + 4.95 * f64::from(k) / 199.0).unwrap().beta());
    let betas: Vec<Beta> = temperatures.collect();
    for n in SIZES {
        let spectrum = Spectrum::from_logits(&logits(n)).unwrap();
        group.throughput(Throughput::Elements(200 * n as u64));
        group.bench_function(BenchmarkId::new("curve", n), |b| b.iter(|| curve(&spectrum, &betas)));
    }
    group.finish();
}

criterion_group!(benches, ensemble, curves);
criterion_main!(benches);
