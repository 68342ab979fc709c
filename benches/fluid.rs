//! Moves of the particles of a Lennard-Jones liquid (rho = 0.85, r_c = 3) per second, in small and large boxes.
//!
//! `GIBBS_SIMD=portable` or `avx2` limits the instruction set.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gibbs::rng::Seed;
use gibbs::samplers::Sampler;
use gibbs::systems::ParticleMoves;
use gibbs::systems::{LennardJones, PairTruncation};
use gibbs::units::Temperature;

fn fluid(c: &mut Criterion) {
    let beta = Temperature::new(0.9).unwrap().beta();
    let mut group = c.benchmark_group("fluid");
    group.sample_size(20);
    for (n, thermalization) in [(500, 1000), (4000, 150), (32_000, 30)] {
        let model = LennardJones::new(n, 0.85, 3.0, PairTruncation::Cut).unwrap().with_step(0.15).unwrap();
        let mut rng = Seed(1).set_up();
        let mut chain = ParticleMoves::new(&model, beta, model.lattice()).unwrap();
        chain.tune(thermalization, &mut rng);
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::new("particle moves", n), |b| b.iter(|| chain.advance(&mut rng)));
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::new("virial", n), |b| b.iter(|| chain.virial()));
        let points: Vec<[f64; 3]> = (0..1000).map(|i| [1, 2, 3].map(|k| (i * k) as f64 * 0.618)).collect();
        group.throughput(Throughput::Elements(1000));
        group.bench_function(BenchmarkId::new("insertions", n), |b| b.iter(|| chain.insertion_energies(&points)));
    }
    group.finish();
}

criterion_group!(benches, fluid);
criterion_main!(benches);
