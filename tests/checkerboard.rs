//! Checkerboard sweeps against Boltzmann's probabilities of all states and Kaufman's mean energies.
//!
//! Seeds are case numbers. Bounds are 4.5 standard deviations, or the p-value that belongs to them.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::HashMap;

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::estimators::{Series, chi_square};
use gibbs::model::{Exact, Model};
use gibbs::rng::{Seed, TaskRng};
use gibbs::samplers::{Sampler, Schedule, run};
use gibbs::systems::Checkerboard;
use gibbs::systems::Ising;
use gibbs::units::{Beta, Temperature};

/// Two-sided probability of 4.5 standard deviations.
const RARE: f64 = 6.8e-6;

fn chains<'a>(ising: &'a Ising, beta: Beta, rng: &mut TaskRng) -> [(&'static str, Checkerboard<'a>); 2] {
    [
        ("metropolis", Checkerboard::metropolis(ising, beta, rng).unwrap().disordered()),
        ("heat bath", Checkerboard::heat_bath(ising, beta, rng).unwrap().disordered()),
    ]
}

fn bits(spins: &[i8]) -> usize {
    spins.iter().enumerate().map(|(i, &s)| usize::from(s > 0) << i).sum()
}

fn spins(bits: usize, n: usize) -> Vec<i8> {
    (0..n).map(|i| if bits >> i & 1 == 1 { 1 } else { -1 }).collect()
}

/// Boltzmann probabilities of all 2^N states, from their energies one by one.
fn probabilities(ising: &Ising, beta: Beta) -> Vec<f64> {
    let n = ising.lattice().n_sites();
    let energies = (0..1 << n).map(|b| ising.energy(&ising.state(&spins(b, n)))).collect();
    Canonical::new(&Spectrum::new(energies).unwrap(), beta).probabilities()
}

/// Visits of cells that `cell` numbers, one in `thinning` sweeps.
fn visits(
    chain: &mut Checkerboard<'_>,
    (thinning, samples): (u64, u64),
    rng: &mut TaskRng,
    n_cells: usize,
    cell: impl Fn(&Checkerboard<'_>) -> usize,
) -> Vec<u64> {
    let mut counts = vec![0; n_cells];
    run(chain, Schedule { thermalization: 200, sweeps: 0 }, rng, |_| ());
    for _ in 0..samples {
        (0..thinning).for_each(|_| chain.advance(rng));
        counts[cell(chain)] += 1;
    }
    counts
}

fn p_value(counts: &[u64], probabilities: &[f64]) -> f64 {
    let n: u64 = counts.iter().sum();
    let expected: Vec<f64> = probabilities.iter().map(|p| p * n as f64).collect();
    chi_square(counts, &expected).unwrap().p_value
}

/// Relaxation at these temperatures takes a few sweeps: samples 21 apart are independent to e^-4.
#[test]
fn every_state_is_visited_by_its_boltzmann_weight() {
    let mut case = 0;
    for (lx, ly, t) in [(2, 2, 6.0), (2, 4, 5.0), (4, 2, 5.0)] {
        for j in [1.0, -1.0] {
            let ising = Ising::torus(lx, ly, j, 0.0).unwrap();
            let beta = Temperature::new(t).unwrap().beta();
            let (exact, colder) = (probabilities(&ising, beta), probabilities(&ising, beta.scaled(1.05).unwrap()));
            let mut rng = Seed(case).set_up();
            case += 1;
            for (name, mut chain) in chains(&ising, beta, &mut rng) {
                let cell = |chain: &Checkerboard<'_>| bits(&chain.state().spins());
                let counts = visits(&mut chain, (21, 60_000), &mut rng, exact.len(), cell);
                let (p, control) = (p_value(&counts, &exact), p_value(&counts, &colder));
                assert!(p > RARE, "{lx}x{ly} J = {j}, {name}: p = {p}");
                assert!(control < RARE, "{lx}x{ly} J = {j}, {name}: 1.05 beta passes with p = {control}");
            }
        }
    }
}

/// By energy and magnetization, and by hand among the 65 536 states: the free ones, which Metropolis sweeps alone
/// neither leave nor reach.
#[test]
fn classes_of_the_4x4_torus_have_their_weights() {
    for (case, j) in [1.0, -1.0].into_iter().enumerate() {
        let ising = Ising::torus(4, 4, j, 0.0).unwrap();
        let beta = Temperature::new(4.0).unwrap().beta();
        let free: Vec<bool> = (0..1usize << 16)
            .map(|b| (0..16).all(|i| ising.lattice().neighbours(i).filter(|&k| b >> k & 1 == 1).count() == 2))
            .collect();
        assert!(free.iter().any(|&free| free));
        let mut classes = HashMap::new();
        let class: Vec<usize> = (0..1usize << 16)
            .map(|b| {
                let state = ising.state(&spins(b, 16));
                let next = classes.len();
                *classes.entry((state.bond_sum(), state.magnetization(), free[b])).or_insert(next)
            })
            .collect();
        let weights = |beta: Beta| {
            let mut weights = vec![0.0; classes.len()];
            probabilities(&ising, beta).iter().zip(&class).for_each(|(p, &class)| weights[class] += p);
            weights
        };
        let mut rng = Seed(20 + case as u64).set_up();
        for (name, mut chain) in chains(&ising, beta, &mut rng) {
            let cell = |chain: &Checkerboard<'_>| class[bits(&chain.state().spins())];
            // A free state is left at heat-bath sweeps only, one in 16: correlations fall to e^-3 in 48 sweeps, of a
            // cell that holds less than 1e-3 of all.
            let counts = visits(&mut chain, (49, 60_000), &mut rng, classes.len(), cell);
            let p = p_value(&counts, &weights(beta));
            let control = p_value(&counts, &weights(beta.scaled(1.05).unwrap()));
            assert!(p > RARE, "J = {j}, {name}: p = {p}");
            assert!(control < RARE, "J = {j}, {name}: 1.05 beta passes with p = {control}");
        }
    }
}

/// At infinite temperature every state is as likely as any other, and spins do not turn in step.
#[test]
fn hot_chains_visit_all_states_alike() {
    let ising = Ising::torus(2, 4, 1.0, 0.0).unwrap();
    let mut rng = Seed(30).set_up();
    for (name, mut chain) in chains(&ising, Beta::ZERO, &mut rng) {
        let cell = |chain: &Checkerboard<'_>| bits(&chain.state().spins());
        let counts = visits(&mut chain, (1, 100_000), &mut rng, 256, cell);
        let p = p_value(&counts, &[1.0 / 256.0; 256]);
        assert!(p > RARE, "{name}: p = {p}");
    }
}

/// No shape so long and thin that below T_c pairs of walls across it wander from end to end: such a chain needs far more
/// sweeps (128 x 12 at T = 2: 10^7) than this test has.
#[test]
fn mean_energies_are_those_of_kaufman() {
    let critical = 2.0 / 2f64.sqrt().ln_1p();
    let mut case = 100;
    for (lx, ly, j) in
        [(16, 16, 1.0), (32, 32, 1.0), (64, 64, 1.0), (24, 40, 1.0), (6, 10, 1.0), (16, 32, -1.0), (128, 34, 1.0)]
    {
        let ising = Ising::torus(lx, ly, j, 0.0).unwrap();
        for t in [2.0, critical, 2.6] {
            let beta = Temperature::new(t).unwrap().beta();
            let exact = ising.thermo(beta).unwrap().energy;
            let colder = ising.thermo(beta.scaled(1.05).unwrap()).unwrap().energy;
            let mut rng = Seed(case).set_up();
            case += 1;
            let ordered = [
                ("metropolis", Checkerboard::metropolis(&ising, beta, &mut rng).unwrap()),
                ("heat bath", Checkerboard::heat_bath(&ising, beta, &mut rng).unwrap()),
            ];
            for (name, mut chain) in ordered {
                let mut series = Series::new(1);
                let schedule = Schedule { thermalization: 10_000, sweeps: 100_000 };
                run(&mut chain, schedule, &mut rng, |chain| series.push(&[chain.energy()]).unwrap());
                let mean = series.mean(0).unwrap();
                let (z, control) = (mean.z_score(exact), mean.z_score(colder));
                assert!(z.abs() <= 4.5, "{lx}x{ly} J = {j}, T = {t}, {name}: z = {z}");
                assert!(control.abs() > 4.5, "{lx}x{ly}, T = {t}, {name}: 1.05 beta passes with z = {control}");
            }
        }
    }
}

#[test]
fn first_sweeps_are_known() {
    let ising = Ising::torus(32, 32, 1.0, 0.0).unwrap();
    let first = |chain: &mut Checkerboard<'_>, rng: &mut TaskRng| -> Vec<(i64, i64)> {
        (0..5)
            .map(|_| {
                chain.advance(rng);
                (chain.state().bond_sum(), chain.state().magnetization())
            })
            .collect()
    };
    let mut rng = Seed(7).set_up();
    let mut all = chains(&ising, Beta::new(0.4).unwrap(), &mut rng);
    let [metropolis, heat_bath] = [0, 1].map(|i| first(&mut all[i].1, &mut rng));
    assert_eq!(metropolis, [(856, -76), (952, -176), (1088, -214), (1112, -236), (1056, -268)]);
    assert_eq!(heat_bath, [(764, 70), (952, 22), (980, 20), (944, 10), (928, -54)]);
}
