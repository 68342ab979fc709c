//! Sweeps of the two-dimensional Ising model at T_c: single flips and checkerboard sweeps, in flips per second.
//!
//! `GIBBS_SIMD=portable` or `avx2` limits the instruction set.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gibbs::model::Model;
use gibbs::rng::Seed;
use gibbs::samplers::Sampler;
use gibbs::systems::Ising;
use gibbs::systems::{Checkerboard, SingleFlip};
use gibbs::units::Beta;

fn lattice(c: &mut Criterion) {
    let beta = Beta::new(0.5 * 2f64.sqrt().ln_1p()).unwrap();
    let mut group = c.benchmark_group("lattice");
    group.sample_size(20);
    for side in [32, 128, 1024, 4096] {
        let ising = Ising::torus(side, side, 1.0, 0.0).unwrap();
        let mut rng = Seed(1).set_up();
        group.throughput(Throughput::Elements(ising.moves_per_sweep() as u64));
        // Near equilibrium: 50 sweeps take the energy within some percent of its mean.
        let mut packed = Checkerboard::metropolis(&ising, beta, &mut rng).unwrap();
        (0..50).for_each(|_| packed.advance(&mut rng));
        let mut single = SingleFlip::metropolis(&ising, beta, ising.state(&packed.state().spins()));
        group.bench_function(BenchmarkId::new("single flip", side), |b| b.iter(|| single.advance(&mut rng)));
        group.bench_function(BenchmarkId::new("checkerboard", side), |b| b.iter(|| packed.advance(&mut rng)));
        let mut bath = Checkerboard::heat_bath(&ising, beta, &mut rng).unwrap().with_spins(&packed.state().spins());
        group.bench_function(BenchmarkId::new("heat bath", side), |b| b.iter(|| bath.advance(&mut rng)));
    }
    group.finish();
}

criterion_group!(benches, lattice);
criterion_main!(benches);
