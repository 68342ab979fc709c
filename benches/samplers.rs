//! Samplers: draws, whole ensembles, flips and clusters per second.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::model::{Boundary, Lattice, LatticeKind, Model};
use gibbs::rng::{Seed, StreamId, TaskRng, uniform};
use gibbs::samplers::{
    Alias, EnergyCells, HeatBath, InverseCdf, Metropolis, Refinement, Sampler, SwendsenWang, Tempering, WangLandau,
    Wolff, occupation_numbers,
};
use gibbs::systems::{GlassFlip, OverRelaxation, SingleFlip, VectorHeatBath};
use gibbs::systems::{Ising, Potts, SpinGlass, VectorModel};
use gibbs::units::Beta;
use rand_distr::{Distribution, StandardNormal};

const VOCABULARY: usize = 128_256;

fn rng() -> TaskRng {
    Seed(1).set_up()
}

fn direct(c: &mut Criterion) {
    let mut rng = rng();
    let logits: Vec<f64> =
        (0..VOCABULARY).map(|_| 2.5 * Distribution::<f64>::sample(&StandardNormal, &mut rng)).collect();
    let spectrum = Spectrum::from_logits(&logits).unwrap();
    let ensemble = Canonical::new(&spectrum, Beta::new(1.25).unwrap());

    let mut group = c.benchmark_group("direct");
    group.throughput(Throughput::Elements(1));
    group.bench_function("uniform", |b| b.iter(|| uniform(&mut rng)));
    let alias = Alias::new(&ensemble);
    group.bench_function(BenchmarkId::new("alias draw", VOCABULARY), |b| b.iter(|| alias.draw(&mut rng)));
    let inverse = InverseCdf::new(&ensemble);
    group.bench_function(BenchmarkId::new("inverse draw", VOCABULARY), |b| b.iter(|| inverse.draw(&mut rng)));
    group.throughput(Throughput::Elements(VOCABULARY as u64));
    group.bench_function(BenchmarkId::new("alias table", VOCABULARY), |b| b.iter(|| Alias::new(&ensemble)));
    group.bench_function(BenchmarkId::new("inverse table and draw", VOCABULARY), |b| {
        b.iter(|| InverseCdf::new(&ensemble).draw(&mut rng));
    });
    for particles in [1_000_000, 1_000_000_000_000_000_000] {
        group.bench_function(BenchmarkId::new("occupation numbers", particles), |b| {
            b.iter(|| occupation_numbers(&ensemble, particles, &mut rng));
        });
    }
    group.finish();
}

fn ising(c: &mut Criterion) {
    let beta = Beta::new(0.5 * 2f64.sqrt().ln_1p()).unwrap();
    let mut group = c.benchmark_group("ising");
    for side in [32, 128] {
        let ising = Ising::torus(side, side, 1.0, 0.0).unwrap();
        let mut rng = rng();
        // Start near equilibrium.
        let mut wolff = Wolff::new(&ising, beta, ising.initial_state(&mut rng)).unwrap();
        wolff.tune(50, &mut rng);
        let state = wolff.state().clone();

        group.throughput(Throughput::Elements(ising.moves_per_sweep() as u64));
        let mut generic = Metropolis::new(&ising, beta, state.clone());
        group.bench_function(BenchmarkId::new("generic metropolis", side), |b| b.iter(|| generic.advance(&mut rng)));
        let mut metropolis = SingleFlip::metropolis(&ising, beta, state.clone());
        group.bench_function(BenchmarkId::new("metropolis", side), |b| b.iter(|| metropolis.advance(&mut rng)));
        let mut heat_bath = SingleFlip::heat_bath(&ising, beta, state.clone());
        group.bench_function(BenchmarkId::new("heat bath", side), |b| b.iter(|| heat_bath.advance(&mut rng)));
    }
    for side in [32, 128, 512] {
        let ising = Ising::torus(side, side, 1.0, 0.0).unwrap();
        let mut rng = rng();
        let mut wolff = Wolff::new(&ising, beta, ising.initial_state(&mut rng)).unwrap();
        wolff.tune(50, &mut rng);
        // Per flipped site: clusters differ in size, and a time is scaled to those of the mean size.
        let mut advances = 200;
        (0..advances).for_each(|_| wolff.advance(&mut rng));
        let flips = |wolff: &Wolff<'_, Ising>, advances: u64| {
            wolff.mean_cluster_size() * f64::from(wolff.clusters_per_advance()) * advances as f64
        };
        let usual = flips(&wolff, advances) / advances as f64;
        group.throughput(Throughput::Elements(usual.round() as u64));
        group.bench_function(BenchmarkId::new("wolff", side), |b| {
            b.iter_custom(|n| {
                let before = flips(&wolff, advances);
                let start = Instant::now();
                (0..n).for_each(|_| wolff.advance(&mut rng));
                let elapsed = start.elapsed();
                advances += n;
                elapsed.mul_f64(n as f64 * usual / (flips(&wolff, advances) - before))
            });
        });
        // Per site and sweep.
        group.throughput(Throughput::Elements(ising.lattice().n_sites() as u64));
        let mut swendsen_wang = SwendsenWang::new(&ising, beta, wolff.state().clone()).unwrap();
        group.bench_function(BenchmarkId::new("swendsen-wang", side), |b| b.iter(|| swendsen_wang.advance(&mut rng)));
    }
    group.finish();
}

fn spin_glass(c: &mut Criterion) {
    let cubic = Lattice::new(LatticeKind::Cubic, &[8, 8, 8], Boundary::Periodic).unwrap();
    let mut group = c.benchmark_group("spin glass 8x8x8");
    for (name, glass) in [
        ("bimodal", SpinGlass::bimodal(&cubic, 0.0, &mut rng()).unwrap()),
        ("gaussian", SpinGlass::gaussian(&cubic, 0.0, &mut rng()).unwrap()),
    ] {
        let mut rng = rng();
        let moves = glass.moves_per_sweep() as u64;
        let mut chain = |t: f64| GlassFlip::new(&glass, Beta::new(1.0 / t).unwrap(), glass.initial_state(&mut rng));
        let mut metropolis = chain(1.1);
        let mut generic = Metropolis::new(&glass, Beta::new(1.0 / 1.1).unwrap(), metropolis.state().clone());
        let chains = (0..8).map(|k| chain(0.8 + 0.15 * f64::from(k))).collect();
        group.throughput(Throughput::Elements(moves));
        group.bench_function(BenchmarkId::new("generic metropolis", name), |b| b.iter(|| generic.advance(&mut rng)));
        group.bench_function(BenchmarkId::new("metropolis", name), |b| b.iter(|| metropolis.advance(&mut rng)));
        let mut tempering = Tempering::new(chains, 1, Seed(1), StreamId::new(1, 0, 0)).unwrap();
        group.throughput(Throughput::Elements(8 * moves));
        group.bench_function(BenchmarkId::new("tempering of 8 rungs", name), |b| b.iter(|| tempering.advance()));
    }
    group.finish();
}

fn potts(c: &mut Criterion) {
    let mut group = c.benchmark_group("potts");
    for q in [3, 10, 64] {
        let potts =
            Potts::new(Lattice::new(LatticeKind::Square, &[64, 64], Boundary::Periodic).unwrap(), q, 1.0).unwrap();
        // A little above T_c, where the lattice is disordered but correlated.
        let beta = potts.critical_temperature().unwrap().beta().scaled(0.98).unwrap();
        let mut rng = rng();
        let mut heat_bath = HeatBath::new(&potts, beta, potts.initial_state(&mut rng));
        (0..500).for_each(|_| heat_bath.advance(&mut rng));
        let mut metropolis = Metropolis::new(&potts, beta, heat_bath.state().clone());

        group.throughput(Throughput::Elements(potts.moves_per_sweep() as u64));
        group.bench_function(BenchmarkId::new("metropolis", q), |b| b.iter(|| metropolis.advance(&mut rng)));
        group.bench_function(BenchmarkId::new("heat bath", q), |b| b.iter(|| heat_bath.advance(&mut rng)));
    }
    group.finish();
}

fn flat_histogram(c: &mut Criterion) {
    const SWEEPS: u64 = 100;
    let mut group = c.benchmark_group("flat histogram");
    for side in [8usize, 32] {
        let ising = Ising::torus(side, side, 1.0, 0.0).unwrap();
        let mut rng = rng();
        let half = 2.0 * (side * side) as f64;
        let cells = EnergyCells::grid(-half, half, 4.0).unwrap();
        let mut walk = WangLandau::new(&ising, cells, ising.initial_state(&mut rng)).unwrap();
        // Coarse weights over all energies found; refinements that end after SWEEPS sweeps go on from there.
        let few = Refinement { max_sweeps: 20_000, ..Refinement::default() };
        walk.refine(few, &mut rng).unwrap_err();
        let few = Refinement { max_sweeps: SWEEPS, final_ln_f: f64::MIN_POSITIVE, ..few };
        group.throughput(Throughput::Elements(SWEEPS * ising.moves_per_sweep() as u64));
        group.bench_function(BenchmarkId::new("wang-landau", side), |b| {
            b.iter(|| walk.refine(few, &mut rng).unwrap_err());
        });
        let mut chain = walk.into_multicanonical();
        group.bench_function(BenchmarkId::new("multicanonical", side), |b| {
            b.iter(|| (0..SWEEPS).for_each(|_| chain.advance(&mut rng)));
        });
    }
    group.finish();
}

fn vector<const D: usize>(c: &mut Criterion, name: &str, beta: f64) {
    let square = Lattice::new(LatticeKind::Square, &[32, 32], Boundary::Periodic).unwrap();
    let (model, beta) = (VectorModel::<D>::new(square, 1.0).unwrap(), Beta::new(beta).unwrap());
    let mut rng = rng();
    let mut wolff = Wolff::new(&model, beta, model.initial_state(&mut rng)).unwrap();
    wolff.tune(100, &mut rng);
    (0..200).for_each(|_| wolff.advance(&mut rng));
    let mut metropolis = Metropolis::new(&model, beta, wolff.state().clone());
    let mut heat_bath = VectorHeatBath::new(&model, beta, wolff.state().clone());
    let mut over_relaxation = OverRelaxation::new(&model, beta, wolff.state().clone());

    let mut group = c.benchmark_group("vector");
    group.throughput(Throughput::Elements(model.moves_per_sweep() as u64));
    group.bench_function(BenchmarkId::new("metropolis", name), |b| b.iter(|| metropolis.advance(&mut rng)));
    group.bench_function(BenchmarkId::new("heat bath", name), |b| b.iter(|| heat_bath.advance(&mut rng)));
    group.bench_function(BenchmarkId::new("reflections", name), |b| b.iter(|| over_relaxation.reflect()));
    // Three updates of every site.
    group.throughput(Throughput::Elements(3 * model.moves_per_sweep() as u64));
    group.bench_function(BenchmarkId::new("over-relaxation", name), |b| b.iter(|| over_relaxation.advance(&mut rng)));
    // Per reflected site.
    let reflected = wolff.mean_cluster_size() * f64::from(wolff.clusters_per_advance());
    group.throughput(Throughput::Elements(reflected.round() as u64));
    group.bench_function(BenchmarkId::new("wolff", name), |b| b.iter(|| wolff.advance(&mut rng)));
    group.finish();
}

/// Near the transition of the XY model, and where Heisenberg's has a correlation length of some ten sites.
fn vectors(c: &mut Criterion) {
    vector::<2>(c, "xy", 1.1);
    vector::<3>(c, "heisenberg", 1.5);
}

criterion_group!(benches, direct, ising, spin_glass, potts, flat_histogram, vectors);
criterion_main!(benches);
