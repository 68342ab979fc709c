//! Particles over levels: single draws and whole ensembles, in draws and ensembles per second.
//!
//! `GIBBS_SIMD=portable` or `avx2` limits the instruction set.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::rng::Seed;
use gibbs::samplers::{Alias, LevelStream, occupation_numbers};
use gibbs::units::Beta;

/// A ladder whose highest level is e^-6 times as likely as the lowest.
fn ladder(n_levels: u32) -> Spectrum {
    Spectrum::new((0..n_levels).map(|i| 6.0 * f64::from(i) / f64::from(n_levels)).collect()).unwrap()
}

fn single_draws(c: &mut Criterion) {
    const DRAWS: usize = 1 << 14;
    let beta = Beta::new(1.0).unwrap();
    let mut group = c.benchmark_group("single draws");
    group.throughput(Throughput::Elements(DRAWS as u64));
    for n_levels in [2, 4, 8, 16, 32, 64, 256, 1000, 2048, 100_000] {
        let spectrum = ladder(n_levels);
        let ensemble = Canonical::new(&spectrum, beta);
        let mut rng = Seed(1).set_up();
        let mut stream = LevelStream::new(&ensemble, &mut rng).unwrap();
        let mut levels = vec![0; DRAWS];
        group.bench_function(BenchmarkId::new("stream", n_levels), |b| b.iter(|| stream.fill(&mut levels)));
        group.bench_function(BenchmarkId::new("stream, counted", n_levels), |b| {
            b.iter(|| stream.counts(DRAWS as u64));
        });
        let alias = Alias::new(&ensemble);
        group.bench_function(BenchmarkId::new("alias", n_levels), |b| {
            b.iter(|| levels.iter_mut().for_each(|level| *level = alias.draw(&mut rng) as u32));
        });
    }
    group.finish();
}

fn ensembles(c: &mut Criterion) {
    let beta = Beta::new(1.0).unwrap();
    let mut group = c.benchmark_group("occupation numbers");
    for n_levels in [2, 64, 2048] {
        let spectrum = ladder(n_levels);
        let ensemble = Canonical::new(&spectrum, beta);
        let mut rng = Seed(1).set_up();
        group.throughput(Throughput::Elements(u64::from(n_levels)));
        for (name, particles) in
            [("10^6", 1_000_000), ("10^12", 1_000_000_000_000), ("10^18", 1_000_000_000_000_000_000)]
        {
            group.bench_function(BenchmarkId::new(name, n_levels), |b| {
                b.iter(|| occupation_numbers(&ensemble, particles, &mut rng));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, single_draws, ensembles);
criterion_main!(benches);
