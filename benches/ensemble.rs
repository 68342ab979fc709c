//! Thermodynamics of listed levels: levels per second, for the vocabularies of a small and a large model.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::rng::Seed;
use gibbs::units::Beta;
use rand_distr::{Distribution, StandardNormal};

fn logits(n: usize) -> Vec<f64> {
    let mut rng = Seed(1).set_up();
    (0..n).map(|_| 2.5 * Distribution::<f64>::sample(&StandardNormal, &mut rng)).collect()
}

fn ensemble(c: &mut Criterion) {
    let mut group = c.benchmark_group("ensemble");
    for n in [2048, 128_256] {
        let logits = logits(n);
        let spectrum = Spectrum::from_logits(&logits).unwrap();
        let beta = Beta::new(1.25).unwrap();
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::new("spectrum from logits", n), |b| {
            b.iter(|| Spectrum::from_logits(&logits).unwrap());
        });
        group.bench_function(BenchmarkId::new("ln_z", n), |b| b.iter(|| Canonical::new(&spectrum, beta)));
        group.bench_function(BenchmarkId::new("thermo", n), |b| {
            b.iter(|| Canonical::new(&spectrum, beta).thermo());
        });
    }
    group.finish();
}

criterion_group!(benches, ensemble);
criterion_main!(benches);
