//! Levels of quantum chains: diagonalization by symmetric blocks, listing and thermodynamics by free fermions, a plain matrix.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gibbs::model::{Boundary, Exact};
use gibbs::rng::Seed;
use gibbs::samplers::Sampler;
use gibbs::systems::FermionModes;
use gibbs::systems::{Matrix, TfimChain, XxzChain};
use gibbs::units::Beta;
use nalgebra::DMatrix;

fn quantum(c: &mut Criterion) {
    let mut group = c.benchmark_group("quantum");
    group.sample_size(10);
    for (boundary, name) in [(Boundary::Periodic, "periodic"), (Boundary::Open, "open")] {
        // 2^12 levels each.
        group.throughput(Throughput::Elements(1 << 12));
        group.bench_function(BenchmarkId::new("xxz diagonalization n=12", name), |b| {
            b.iter(|| XxzChain::new(12, 1.0, 1.0, 0.0, boundary).unwrap());
        });
        let chain = TfimChain::new(12, 1.0, 0.7, boundary).unwrap();
        group.bench_function(BenchmarkId::new("tfim diagonalization n=12", name), |b| {
            b.iter(|| chain.diagonalized().unwrap());
        });
        group.bench_function(BenchmarkId::new("tfim listing by fermions n=12", name), |b| {
            b.iter(|| TfimChain::new(12, 1.0, 0.7, boundary).unwrap().spectrum().unwrap().len());
        });
        let (long, beta) = (TfimChain::new(100_000, 1.0, 1.0, boundary).unwrap(), Beta::new(1.0).unwrap());
        group.throughput(Throughput::Elements(100_000));
        group.bench_function(BenchmarkId::new("tfim thermo n=100000", name), |b| b.iter(|| long.thermo(beta).unwrap()));
        let (mut draws, mut rng) = (FermionModes::new(&long, beta).unwrap(), Seed(1).set_up());
        group.bench_function(BenchmarkId::new("tfim draw n=100000", name), |b| b.iter(|| draws.advance(&mut rng)));
    }
    for rows in [100, 500] {
        let half = DMatrix::from_fn(rows, rows, |i, j| ((i * rows + j) as f64).sin());
        let matrix = &half + half.transpose();
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_function(BenchmarkId::new("matrix", rows), |b| b.iter(|| Matrix::new(matrix.clone()).unwrap()));
    }
    group.finish();
}

criterion_group!(benches, quantum);
criterion_main!(benches);
