//! The Ising samplers against exact probabilities and exact mean energies.
//!
//! Seeds are case numbers. Bounds are 4.5 standard deviations of the statistic under the exact law; where a
//! variance is estimated from `BLOCKS` blocks the bound is the Student quantile of the same probability.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

#[path = "common/chains.rs"]
mod chains;

use std::collections::{HashMap, HashSet};

use chains::{BLOCKS, STUDENT, chi_square_z, index, mean_and_error, mean_energy, probabilities, spins, visits};

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::model::{Boundary, Exact, Lattice, LatticeKind, Model};
use gibbs::rng::{Seed, TaskRng};
use gibbs::samplers::{Metropolis, Sampler, Schedule, Wolff, run};
use gibbs::systems::SingleFlip;
use gibbs::systems::{Flip, Ising, IsingState};
use gibbs::units::{Beta, Temperature};

/// Visits by each of the samplers that apply.
fn all_visits(ising: &Ising, beta: Beta, thinning: u64, samples: u64, case: u64) -> Vec<(&'static str, Vec<u64>)> {
    let mut rng = Seed(case).set_up();
    let start = ising.initial_state(&mut rng);
    let mut generic = Metropolis::new(ising, beta, start.clone());
    let mut table = SingleFlip::metropolis(ising, beta, start.clone());
    let mut heat_bath = SingleFlip::heat_bath(ising, beta, start.clone());
    let mut all = vec![
        ("metropolis", visits(&mut generic, thinning, samples, &mut rng)),
        ("table", visits(&mut table, thinning, samples, &mut rng)),
        ("heat bath", visits(&mut heat_bath, thinning, samples, &mut rng)),
    ];
    if let Ok(mut wolff) = Wolff::new(ising, beta, start) {
        wolff.tune(100, &mut rng);
        all.push(("wolff", visits(&mut wolff, thinning, samples, &mut rng)));
    }
    all
}

/// Relaxation at these temperatures takes at most 10 sweeps of heat bath (8-ring: 1/(1 - tanh 2K) = 7.7), so samples
/// 41 sweeps apart have correlations below e^-4 in the slowest of hundreds of modes: chi-square is inflated by less
/// than 0.1 of its spread. Thinning is odd: see `moves_per_sweep`.
#[test]
fn every_state_is_visited_by_its_boltzmann_weight() {
    let cases = [
        (Ising::torus(3, 3, 1.0, 0.0).unwrap(), 3.0),
        (Ising::torus(3, 3, 1.0, 0.2).unwrap(), 3.0),
        (Ising::torus(3, 3, -1.0, 0.1).unwrap(), 2.0),
        (Ising::ring(8, 1.0, 0.0).unwrap(), 1.5),
        (Ising::ring(8, -1.0, 0.5).unwrap(), 1.5),
        (Ising::torus(2, 4, 1.0, 0.0).unwrap(), 4.0),
    ];
    for (case, (ising, t)) in cases.into_iter().enumerate() {
        let beta = Temperature::new(t).unwrap().beta();
        let exact = probabilities(&ising, beta);
        let colder = probabilities(&ising, beta.scaled(1.05).unwrap());
        for (name, counts) in all_visits(&ising, beta, 41, 200_000, case as u64) {
            let (z, control) = (chi_square_z(&counts, &exact), chi_square_z(&counts, &colder));
            println!("case {case} {name}: z {z:.2}, at 1.05 beta {control:.1}");
            assert!(z < 4.5, "case {case} {name}: z = {z}");
            assert!(control > 4.5, "case {case} {name}: 1.05 beta passes with z = {control}");
        }
    }
}

/// The sweep not to use: sites in order, every flip that costs nothing made.
fn sweep_in_order(ising: &Ising, state: &mut IsingState, beta: f64, rng: &mut TaskRng) {
    for site in 0..ising.lattice().n_sites() as u32 {
        let cost = beta * ising.energy_change(state, &Flip { site });
        if gibbs::samplers::accepts(cost, rng) {
            ising.apply(state, Flip { site });
        }
    }
}

#[test]
fn a_sweep_in_fixed_order_is_caught() {
    let ising = Ising::ring(8, 1.0, 0.0).unwrap();
    let beta = Beta::new(1.0 / 1.5).unwrap();
    let mut rng = Seed(20).set_up();
    let mut state = ising.state(&[]);
    let mut counts = vec![0; 256];
    for _ in 0..20_000 {
        (0..81).for_each(|_| sweep_in_order(&ising, &mut state, beta.get(), &mut rng));
        counts[index(state.spins())] += 1;
    }
    let z = chi_square_z_unpooled(&counts, &probabilities(&ising, beta));
    println!("fixed order: z {z:.1}");
    assert!(z > 100.0, "z = {z}");
}

/// Chi-square without the guard on rare cells, for data that are meant to be wrong.
fn chi_square_z_unpooled(counts: &[u64], probabilities: &[f64]) -> f64 {
    let total = counts.iter().sum::<u64>() as f64;
    let chi2: f64 = counts.iter().zip(probabilities).map(|(&n, p)| (n as f64 - p * total).powi(2) / (p * total)).sum();
    let freedom = counts.len() as f64 - 1.0;
    (chi2 - freedom) / (2.0 * freedom).sqrt()
}

#[test]
fn classes_of_the_4x4_torus_have_their_weights() {
    let ising = Ising::torus(4, 4, 1.0, 0.0).unwrap();
    let beta = Temperature::new(3.5).unwrap().beta();
    let classes: HashMap<(i64, i64), usize> = ising
        .joint_density_of_states()
        .unwrap()
        .iter()
        .enumerate()
        .map(|(i, level)| ((level.bond_sum, level.magnetization), i))
        .collect();
    let weights = |beta: Beta| {
        let levels = ising.joint_density_of_states().unwrap();
        let energies = levels.iter().map(|level| -level.bond_sum as f64).collect();
        let ln_counts = levels.iter().map(|level| level.ln_count).collect();
        Canonical::new(&Spectrum::with_ln_degeneracies(energies, ln_counts).unwrap(), beta).probabilities()
    };
    let class: Vec<usize> = (0..1 << 16)
        .map(|bits| ising.state(&spins(bits, 16)))
        .map(|state| classes[&(state.bond_sum(), state.magnetization())])
        .collect();
    for (name, counts) in all_visits(&ising, beta, 41, 100_000, 30) {
        let mut by_class = vec![0; classes.len()];
        counts.iter().zip(&class).for_each(|(n, &class)| by_class[class] += n);
        let z = chi_square_z(&by_class, &weights(beta));
        let control = chi_square_z(&by_class, &weights(beta.scaled(1.05).unwrap()));
        println!("4x4 {name}: z {z:.2}, at 1.05 beta {control:.1}");
        assert!(z < 4.5 && control > 4.5, "{name}: {z} {control}");
    }
}

/// States that the sweep in fixed order can never leave nor reach from elsewhere: every flip of the sweep is free
/// or downhill, for as long as it takes to come back.
fn frozen(ising: &Ising) -> Vec<usize> {
    let n = ising.lattice().n_sites();
    let next = |bits: usize| {
        let mut state = ising.state(&spins(bits, n));
        for site in 0..n as u32 {
            if ising.energy_change(&state, &Flip { site }) > 0.0 {
                return None;
            }
            ising.apply(&mut state, Flip { site });
        }
        Some(index(state.spins()))
    };
    // Every flip made, a sweep turns s into -s and two come back to s.
    (0..1 << n).filter(|&bits| next(bits).and_then(next) == Some(bits)).collect()
}

#[test]
fn no_state_is_frozen_or_out_of_reach() {
    let small = Ising::torus(3, 3, 1.0, 0.0).unwrap();
    assert_eq!(frozen(&small).len(), 8);
    let ising = Ising::torus(4, 4, 1.0, 0.0).unwrap();
    let frozen = frozen(&ising);
    assert_eq!(frozen.len(), 64);
    let set: HashSet<usize> = frozen.iter().copied().collect();
    let beta = Temperature::new(2.5).unwrap().beta();
    let mut rng = Seed(40).set_up();
    for &bits in &frozen {
        let mut state = ising.state(&spins(bits, 16));
        sweep_in_order(&ising, &mut state, beta.get(), &mut rng);
        assert!(set.contains(&index(state.spins())), "the frozen states of the fixed order");
        // At random sites 20 sweeps leave the set but for its weight, 64 of 65 536 states at E = 0: below 1e-3.
        let mut chain = SingleFlip::metropolis(&ising, beta, state);
        let stayed = (0..40).filter(|_| {
            (0..20).for_each(|_| chain.advance(&mut rng));
            set.contains(&index(chain.state().spins()))
        });
        assert!(stayed.count() <= 3);
    }
    // At T = 100 the rarest state has 0.7/65 536: 2e6 sweeps miss one of them with probability 3e-5, at T = inf
    // with less; the sweep of an odd number of flips keeps no parity even there.
    for (case, t) in [100.0, f64::INFINITY].into_iter().enumerate() {
        let beta = Temperature::new(t).unwrap().beta();
        let mut rng = Seed(41 + case as u64).set_up();
        let start = ising.initial_state(&mut rng);
        let metropolis = visits(&mut SingleFlip::metropolis(&ising, beta, start.clone()), 1, 2_000_000, &mut rng);
        let mut wolff = Wolff::new(&ising, beta, start).unwrap();
        wolff.tune(100, &mut rng);
        let wolff = visits(&mut wolff, 1, 2_000_000, &mut rng);
        for counts in [metropolis, wolff] {
            assert_eq!(counts.iter().filter(|&&n| n == 0).count(), 0, "T = {t}");
            assert!(frozen.iter().all(|&bits| counts[bits] > 0));
        }
    }
}

/// Energies relax within L^2.17 sweeps (16: 400 at T_c) of single flips and a few of clusters. Blocks are at least 10
/// (single flips at T_c) to hundreds of relaxation times long, which narrows their scatter by at most 5 %.
#[test]
fn mean_energies_are_those_of_kaufman() {
    let critical = 2.0 / 2f64.sqrt().ln_1p();
    let mut worst: f64 = 0.0;
    for l in [4usize, 8, 16] {
        let ising = Ising::torus(l, l, 1.0, 0.0).unwrap();
        for (i, t) in [1.5, 2.0, critical, 2.5, 4.0].into_iter().enumerate() {
            let beta = Temperature::new(t).unwrap().beta();
            let exact = ising.thermo(beta).unwrap();
            let colder = ising.thermo(beta.scaled(1.05).unwrap()).unwrap();
            let mut rng = Seed(100 + (10 * l + i) as u64).set_up();
            let start = ising.initial_state(&mut rng);
            let mut wolff = Wolff::new(&ising, beta, start.clone()).unwrap();
            wolff.tune(500, &mut rng);
            let results = [
                ("metropolis", mean_energy(&mut SingleFlip::metropolis(&ising, beta, start), 4096, &mut rng)),
                ("wolff", mean_energy(&mut wolff, 1024, &mut rng)),
            ];
            for (name, (mean, error)) in results {
                let z = (mean - exact.energy) / error;
                let control = (mean - colder.energy) / error;
                println!("{l} T {t:.3} {name}: {mean:.4} ({error:.4}), z {z:.2}, at 1.05 beta {control:.1}");
                worst = worst.max(z.abs());
                assert!(z.abs() <= STUDENT, "{l} x {l}, T = {t}, {name}: z = {z}");
                assert!(control.abs() > STUDENT, "{l} x {l}, T = {t}, {name}: 1.05 beta passes with {control}");
            }
        }
    }
    println!("largest |z| {worst:.2}");
}

#[test]
fn antiferromagnets_and_fields_have_their_energies() {
    let cases = [
        (Ising::torus(4, 4, -1.0, 0.0).unwrap(), 2.5),
        (Ising::torus(8, 8, -1.0, 0.0).unwrap(), 2.5),
        (Ising::torus(16, 16, -1.0, 0.0).unwrap(), 3.0),
        (Ising::torus(3, 5, -1.0, 0.0).unwrap(), 1.5),
        (Ising::torus(4, 6, -1.0, 0.7).unwrap(), 2.0),
        (Ising::torus(4, 4, 1.0, 0.1).unwrap(), 2.5),
        (Ising::ring(64, -1.0, 0.5).unwrap(), 1.0),
    ];
    for (case, (ising, t)) in cases.into_iter().enumerate() {
        let beta = Temperature::new(t).unwrap().beta();
        let exact = ising.thermo(beta).unwrap().energy;
        let colder = ising.thermo(beta.scaled(1.05).unwrap()).unwrap().energy;
        let mut rng = Seed(300 + case as u64).set_up();
        let start = ising.initial_state(&mut rng);
        let results = [
            ("generic metropolis", mean_energy(&mut Metropolis::new(&ising, beta, start.clone()), 1024, &mut rng)),
            ("heat bath", mean_energy(&mut SingleFlip::heat_bath(&ising, beta, start), 1024, &mut rng)),
        ];
        for (name, (mean, error)) in results {
            let (z, control) = ((mean - exact) / error, (mean - colder) / error);
            println!("case {case} {name}: {mean:.4} ({error:.4}), z {z:.2}, at 1.05 beta {control:.1}");
            assert!(z.abs() <= STUDENT && control.abs() > STUDENT, "case {case} {name}: {z} {control}");
        }
    }
}

/// Relaxation at these temperatures takes tens of sweeps at most; a block is at least 20 of them.
#[test]
fn single_flips_reach_equilibrium_on_lattices_of_every_kind() {
    let lattice = |kind, sides: &[usize], boundary| Lattice::new(kind, sides, boundary).unwrap();
    let (periodic, open) = (Boundary::Periodic, Boundary::Open);
    let cases = [
        (lattice(LatticeKind::Cubic, &[2, 3, 4], periodic), 1.0, 0.0, 6.0),
        (lattice(LatticeKind::Cubic, &[3, 3, 2], open), -1.0, 0.3, 3.0),
        (lattice(LatticeKind::Triangular, &[4, 6], periodic), 1.0, 0.0, 5.0),
        (lattice(LatticeKind::Triangular, &[4, 6], periodic), -1.0, 0.0, 1.5),
        (lattice(LatticeKind::Triangular, &[5, 4], open), -1.0, 0.5, 1.5),
        (lattice(LatticeKind::Honeycomb, &[6, 4], periodic), 1.0, 0.0, 2.0),
        (lattice(LatticeKind::Honeycomb, &[5, 5], open), -1.0, 0.0, 1.5),
        (lattice(LatticeKind::Square, &[5, 5], open), 1.0, 0.2, 2.5),
        (lattice(LatticeKind::Chain, &[20], open), 1.0, 0.3, 1.0),
    ];
    for (case, (lattice, j, h, t)) in cases.into_iter().enumerate() {
        let ising = Ising::new(lattice, j, h).unwrap();
        let beta = Temperature::new(t).unwrap().beta();
        let exact = ising.thermo(beta).unwrap().energy;
        let colder = ising.thermo(beta.scaled(1.05).unwrap()).unwrap().energy;
        let mut rng = Seed(500 + case as u64).set_up();
        let start = ising.initial_state(&mut rng);
        let results = [
            ("generic", mean_energy(&mut Metropolis::new(&ising, beta, start.clone()), 512, &mut rng)),
            ("metropolis", mean_energy(&mut SingleFlip::metropolis(&ising, beta, start.clone()), 512, &mut rng)),
            ("heat bath", mean_energy(&mut SingleFlip::heat_bath(&ising, beta, start), 512, &mut rng)),
        ];
        for (name, (mean, error)) in results {
            let (z, control) = ((mean - exact) / error, (mean - colder) / error);
            println!("{} J {j} {name}: {mean:.4} ({error:.4}), z {z:.2}, 1.05 beta {control:.1}", ising.lattice());
            assert!(z.abs() <= STUDENT && control.abs() > STUDENT, "case {case} {name}: {z} {control}");
        }
    }
}

#[test]
fn cluster_sizes_estimate_the_squared_magnetization() {
    let ising = Ising::torus(4, 4, 1.0, 0.0).unwrap();
    let beta = Temperature::new(2.5).unwrap().beta();
    let (exact, colder) =
        (ising.magnetic_moments(beta).unwrap().m2, ising.magnetic_moments(beta.scaled(1.05).unwrap()).unwrap().m2);
    let mut rng = Seed(400).set_up();
    let mut state = ising.initial_state(&mut rng);
    // Per block the mean cluster size over N, and the mean of m^2 over the same states.
    let mut blocks = [Vec::new(), Vec::new()];
    for _ in 0..BLOCKS {
        let mut wolff = Wolff::new(&ising, beta, state).unwrap();
        let mut m2 = 0.0;
        run(&mut wolff, Schedule { thermalization: 0, sweeps: 3000 }, &mut rng, |chain| {
            m2 += (chain.magnetization() as f64 / 16.0).powi(2) / 3000.0;
        });
        blocks[0].push(wolff.mean_cluster_size() / 16.0);
        blocks[1].push(m2);
        state = wolff.state().clone();
    }
    for (name, means) in ["cluster size", "magnetization"].into_iter().zip(blocks) {
        let (mean, error) = mean_and_error(&means);
        let (z, control) = ((mean - exact) / error, (mean - colder) / error);
        println!("<m^2> by {name}: {mean:.5} ({error:.5}), exact {exact:.5}, z {z:.2}, at 1.05 beta {control:.1}");
        assert!(z.abs() <= STUDENT && control.abs() > STUDENT, "{name}: {z} {control}");
    }
}
