//! The Blume–Capel and clock models: exact results by other roads, and every sampler against them.
//!
//! Seeds are case numbers. The bound on |z| is 4.5; every statistical test is repeated with beta 5 % too high, which it must reject.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use gibbs::ensemble::{Canonical, Thermo};
use gibbs::estimators::Drift;
use gibbs::model::{Boundary, Enumerable, Exact, Lattice, LatticeKind, Magnet, Model};
use gibbs::rng::Seed;
use gibbs::samplers::{HeatBath, Metropolis, Mixed, SiteHeatBath, SwendsenWang, Wolff};
use gibbs::simulation::{Budget, SamplerName, Settings, Simulated, Unsettled, run};
use gibbs::systems::{BlumeCapel, Clock, Ising, Potts, System};
use gibbs::testing::{check_model, check_sampler};
use gibbs::units::{Beta, Temperature};
use nalgebra::DMatrix;

const BOUND: f64 = 4.5;
const BETAS: [f64; 6] = [-2.0, -0.3, 0.0, 0.2, 1.0, 4.0];

fn lattice(kind: LatticeKind, sides: &[usize], boundary: Boundary) -> Lattice {
    Lattice::new(kind, sides, boundary).unwrap()
}

fn periodic(kind: LatticeKind, sides: &[usize]) -> Lattice {
    lattice(kind, sides, Boundary::Periodic)
}

fn square(sides: &[usize]) -> Lattice {
    periodic(LatticeKind::Square, sides)
}

fn beta(beta: f64) -> Beta {
    Beta::new(beta).unwrap()
}

#[track_caller]
fn close(what: &str, ours: f64, expected: f64) {
    assert!((ours - expected).abs() <= 1e-12 * (1.0 + expected.abs()), "{what}: {ours:e}, expected {expected:e}");
}

/// ln Z, U, S and C against `expected`, its energies moved by `shift`.
#[track_caller]
fn same(what: &str, ours: Thermo, expected: Thermo, shift: f64) {
    close(what, ours.ln_z, expected.ln_z - ours.beta.get() * shift);
    close(what, ours.energy, expected.energy + shift);
    close(what, ours.entropy, expected.entropy);
    close(what, ours.heat_capacity, expected.heat_capacity);
}

/// Small lattices of every kind, chains among them.
fn lattices() -> Vec<Lattice> {
    use LatticeKind::{Chain, Cubic, Honeycomb, Square, Triangular};
    let both = [Boundary::Periodic, Boundary::Open];
    let shapes = [(Chain, vec![2]), (Chain, vec![5]), (Square, vec![2, 3]), (Triangular, vec![3, 2])];
    let others = [(Honeycomb, vec![2, 4]), (Cubic, vec![2, 2, 2])];
    let shapes = shapes.iter().chain(&others);
    shapes.flat_map(|(kind, sides)| both.map(|boundary| lattice(*kind, sides, boundary))).collect()
}

/// Exact results of small lattices are those of all their states, one by one.
#[test]
fn exact_results_are_those_of_listed_states() {
    for lattice in lattices() {
        for (j, delta, h) in [(1.0, 0.3, 0.0), (-0.7, 1.0, 0.2), (1.0, -0.5, 0.4), (0.0, 0.6, 0.1)] {
            let model = BlumeCapel::new(lattice.clone(), j, delta, h).unwrap();
            let spectrum = model.spectrum_of_states().unwrap();
            for b in BETAS {
                let listed = Canonical::new(&spectrum, beta(b)).thermo();
                same(&format!("{model:?} {b}"), model.thermo(beta(b)).unwrap(), listed, 0.0);
            }
        }
        for (q, j) in [(3, 1.0), (4, -1.0), (5, 0.8)] {
            let model = Clock::new(lattice.clone(), q, j).unwrap();
            let spectrum = model.spectrum_of_states().unwrap();
            for b in BETAS {
                let listed = Canonical::new(&spectrum, beta(b)).thermo();
                same(&format!("clock {q} {j} {lattice} {b}"), model.thermo(beta(b)).unwrap(), listed, 0.0);
            }
        }
    }
}

/// At T = 0 and at infinite temperature: entropies, and energies of ground states known by thought.
#[test]
fn limits_of_entropy_and_energy() {
    let blume = |lattice: Lattice, j, delta, h| BlumeCapel::new(lattice, j, delta, h).unwrap();
    for (model, energy, states) in [
        (blume(square(&[3, 3]), 1.0, 0.0, 0.0), -18.0, 2.0),
        (blume(square(&[3, 3]), 1.0, 2.0, 0.0), 0.0, 3.0),
        (blume(square(&[3, 3]), 0.1, 0.2, 0.0), 0.0, 3.0),
        (blume(square(&[3, 3]), 1.0, 2.5, 0.0), 0.0, 1.0),
        (blume(square(&[2, 4]), -1.0, 0.5, 0.0), -12.0, 2.0),
        (blume(square(&[3, 3]), 1.0, 2.0, 0.5), -4.5, 1.0),
        (blume(square(&[3, 3]), 1.0, 2.5, 0.5), 0.0, 2.0),
        (blume(square(&[2, 2]), 0.0, 0.0, 1.0), -4.0, 1.0),
        (blume(square(&[2, 2]), 0.0, 0.3, 0.0), 0.0, 1.0),
        (blume(periodic(LatticeKind::Chain, &[1 << 31]), 1.0, 0.5, 0.0), -0.5 * 2f64.powi(31), 2.0),
        (blume(periodic(LatticeKind::Chain, &[1001]), 1.0, 1.0, 0.0), 0.0, 3.0),
        (blume(lattice(LatticeKind::Chain, &[100], Boundary::Open), 1.0, 0.0, 0.0), -99.0, 2.0),
    ] {
        let cold = model.thermo(Beta::INFINITE).unwrap();
        close("energy", cold.energy, energy);
        close("entropy", cold.entropy, f64::ln(states));
        assert_eq!(cold.heat_capacity, 0.0);
        let (n, limits) = (model.lattice().n_sites() as f64, model.entropy_limits());
        close("S(0)", limits.0, f64::ln(states));
        close("S(inf)", limits.1, n * 3f64.ln());
        close("entropy", model.thermo(Beta::ZERO).unwrap().entropy, n * 3f64.ln());
    }
    for (lattice, q, j, energy, states) in [
        (square(&[3, 3]), 6, 1.0, -18.0, 6.0),
        (square(&[2, 2]), 8, -1.0, -8.0, 8.0),
        // A frustrated triangle of three directions has all of them different.
        (periodic(LatticeKind::Chain, &[3]), 3, -1.0, -1.5, 6.0),
        (periodic(LatticeKind::Chain, &[100_000]), 64, 1.0, -1e5, 64.0),
        (lattice(LatticeKind::Chain, &[5], Boundary::Open), 5, 1.0, -4.0, 5.0),
    ] {
        let model = Clock::new(lattice, q, j).unwrap();
        let cold = model.thermo(Beta::INFINITE).unwrap();
        close("energy", cold.energy, energy);
        close("entropy", cold.entropy, f64::ln(states));
        close("S(0)", model.entropy_limits().0, f64::ln(states));
    }
}

/// Chains against the eigenvalues of their symmetric transfer matrix, by nalgebra: ln Z, and U by the first two derivatives
/// of ln Z in beta are left to the listed states above.
#[test]
fn chains_have_the_eigenvalues_of_their_transfer_matrix() {
    for (n, j, delta, h) in [(2, 1.0, 0.4, 0.1), (7, -0.6, 1.1, 0.3), (64, 1.0, 0.9, 0.0), (1000, 1.0, 1.0, -0.05)] {
        for b in [0.3, 1.0, -0.7] {
            let spin = [-1.0, 0.0, 1.0f64];
            let half = |s: f64| 0.5 * (delta * s * s - h * s);
            let weight = |s: f64, t: f64| f64::exp(b * (j * s * t - half(s) - half(t)));
            let matrix = DMatrix::from_fn(3, 3, |i, k| weight(spin[i], spin[k])).symmetric_eigen();
            let largest = matrix.eigenvalues.amax();
            let sum: f64 = matrix.eigenvalues.iter().map(|x| (x / largest).powi(n)).sum();
            let ring = periodic(LatticeKind::Chain, &[n as usize]);
            let thermo = BlumeCapel::new(ring, j, delta, h).unwrap().thermo(beta(b)).unwrap();
            close("ring", thermo.ln_z, f64::from(n) * largest.ln() + sum.ln());
            // An open chain has its ends in the place of a bond.
            let ends = DMatrix::from_fn(3, 1, |i, _| f64::exp(-b * half(spin[i])));
            let along = matrix.eigenvectors.transpose() * ends;
            let terms = matrix.eigenvalues.iter().zip(along.iter());
            let sum: f64 = terms.map(|(x, a)| a * a * (x / largest).powi(n - 1)).sum();
            let open = lattice(LatticeKind::Chain, &[n as usize], Boundary::Open);
            let thermo = BlumeCapel::new(open, j, delta, h).unwrap().thermo(beta(b)).unwrap();
            close("open", thermo.ln_z, f64::from(n - 1) * largest.ln() + sum.ln());
        }
    }
    for (n, q, j) in [(3, 2, 1.0), (12, 6, 1.0), (9, 5, -0.8), (1000, 64, 1.0)] {
        for b in [0.3, 1.0, -0.7] {
            let theta = |k: u32| std::f64::consts::TAU * f64::from(k) / f64::from(q);
            let eigenvalue = |m: u32| -> f64 {
                (0..q).map(|k| f64::exp(b * j * theta(k).cos()) * (theta(k) * f64::from(m)).cos()).sum()
            };
            let largest = (0..q).map(|m| eigenvalue(m).abs()).fold(0.0, f64::max);
            let sum: f64 = (0..q).map(|m| (eigenvalue(m) / largest).powi(n)).sum();
            let ring = Clock::new(periodic(LatticeKind::Chain, &[n as usize]), q, j).unwrap();
            close("clock", ring.thermo(beta(b)).unwrap().ln_z, f64::from(n) * largest.ln() + sum.ln());
            let open = Clock::new(lattice(LatticeKind::Chain, &[n as usize], Boundary::Open), q, j).unwrap();
            let ln_z = f64::from(q).ln() + f64::from(n - 1) * eigenvalue(0).ln();
            close("open clock", open.thermo(beta(b)).unwrap().ln_z, ln_z);
        }
    }
}

/// No vacancy at delta = -1000 J: the Ising model, moved by N delta. At delta = 1000 J none but vacancies.
#[test]
fn far_from_zero_delta_leaves_ising_spins_or_none() {
    for lattice in lattices() {
        for h in [0.0, 0.3] {
            let n = lattice.n_sites() as f64;
            let full = BlumeCapel::new(lattice.clone(), 1.0, -1000.0, h).unwrap();
            let empty = BlumeCapel::new(lattice.clone(), 1.0, 1000.0, h).unwrap();
            let ising = Ising::new(lattice.clone(), 1.0, h).unwrap();
            for b in [0.2, 1.0, 4.0] {
                same("full", full.thermo(beta(b)).unwrap(), ising.thermo(beta(b)).unwrap(), -1000.0 * n);
                close("empty", empty.thermo(beta(b)).unwrap().ln_z, 0.0);
            }
        }
    }
}

/// Two directions are the Ising model, three the Potts model of 3J/2, four two Ising models of J/2.
#[test]
fn few_directions_are_older_models() {
    for lattice in lattices() {
        for j in [1.0, -0.6] {
            let n_bonds = lattice.n_bonds() as f64;
            let clock = |q| Clock::new(lattice.clone(), q, j).unwrap();
            let ising = |j| Ising::new(lattice.clone(), j, 0.0).unwrap();
            let potts = Potts::new(lattice.clone(), 3, 1.5 * j).unwrap();
            for b in BETAS {
                let b = beta(b);
                same("two", clock(2).thermo(b).unwrap(), ising(j).thermo(b).unwrap(), 0.0);
                same("three", clock(3).thermo(b).unwrap(), potts.thermo(b).unwrap(), 0.5 * j * n_bonds);
                let one = ising(0.5 * j).thermo(b).unwrap();
                let two = Thermo {
                    ln_z: 2.0 * one.ln_z,
                    energy: 2.0 * one.energy,
                    entropy: 2.0 * one.entropy,
                    heat_capacity: 2.0 * one.heat_capacity,
                    ..one
                };
                same("four", clock(4).thermo(b).unwrap(), two, 0.0);
            }
        }
    }
}

/// Many directions of a cold chain are those of the xy model but for steps that are frozen out.
#[test]
fn many_directions_are_a_planar_spin() {
    let ring = periodic(LatticeKind::Chain, &[16]);
    let (clock, xy) =
        (Clock::new(ring.clone(), 64, 1.0).unwrap(), System::parse("xy", &[("dimension", "1"), ("l", "16")]).unwrap());
    for b in [0.5, 1.0, 2.0] {
        let (ours, theirs) = (clock.thermo(beta(b)).unwrap(), xy.exact().thermo(beta(b)).unwrap());
        close("energy", ours.energy, theirs.energy);
        close("heat capacity", ours.heat_capacity, theirs.heat_capacity);
        close("ln z", ours.ln_z - 16.0 * 64f64.ln(), theirs.ln_z);
    }
}

#[test]
fn models_and_samplers_pass_the_harness() {
    let at = |t: f64| [Temperature::new(t).unwrap()];
    let mut seed = 0;
    let mut passes = |report: gibbs::testing::Report| {
        assert!(report.passed(), "{report}");
        seed += 1;
        Seed(seed)
    };
    let bc = BlumeCapel::new(square(&[2, 2]), 1.0, 0.5, 0.2).unwrap();
    let seed = passes(check_model(&bc, &at(2.5), Seed(0)).unwrap());
    let seed = passes(check_sampler(&bc, |beta, state| HeatBath::new(&bc, beta, state), &at(2.5), seed).unwrap());
    let mixed = |beta, state: <BlumeCapel as Model>::State| {
        Mixed::new(HeatBath::new(&bc, beta, state.clone()), Wolff::new(&bc, beta, state).unwrap())
    };
    let seed = passes(check_sampler(&bc, mixed, &at(2.5), seed).unwrap());
    let bc = BlumeCapel::new(square(&[2, 3]), 1.0, 1.9, 0.0).unwrap();
    let seed = passes(check_sampler(&bc, |beta, state| HeatBath::new(&bc, beta, state), &at(1.5), seed).unwrap());
    let bc = BlumeCapel::new(periodic(LatticeKind::Triangular, &[2, 3]), -1.0, 0.3, 0.0).unwrap();
    let seed = passes(check_sampler(&bc, |beta, state| HeatBath::new(&bc, beta, state), &at(3.0), seed).unwrap());
    let mut seed = passes(check_model(&bc, &at(3.0), seed).unwrap());
    for (sides, q, j, t) in
        [([2, 2], 6, 1.0, 1.2), ([2, 3], 5, 1.0, 1.5), ([2, 2], 5, -1.0, 1.2), ([2, 3], 2, 1.0, 2.5)]
    {
        let clock = Clock::new(square(&sides), q, j).unwrap();
        let t = at(t);
        seed = passes(check_model(&clock, &t, seed).unwrap());
        seed = passes(check_sampler(&clock, |beta, state| SiteHeatBath::new(&clock, beta, state), &t, seed).unwrap());
        if j > 0.0 || clock.lattice().is_bipartite() {
            seed = passes(check_sampler(&clock, |b, state| Wolff::new(&clock, b, state).unwrap(), &t, seed).unwrap());
            let swendsen_wang = |b, state| SwendsenWang::new(&clock, b, state).unwrap();
            seed = passes(check_sampler(&clock, swendsen_wang, &t, seed).unwrap());
        }
    }
    assert_eq!(seed, Seed(22));
}

/// Every sampler of both, through the driver, against exact energies, magnetizations, susceptibilities and cumulants.
#[test]
fn every_sampler_agrees_with_what_is_exact() {
    let (mut number, mut worst) = (0, 0f64);
    for (name, parameters, samplers, temperatures) in [
        ("blume_capel", "l=3 delta=0.5", "mixed heat-bath metropolis tempering wang-landau", [1.5, 3.0]),
        ("blume_capel", "l=3x4 delta=1.5 h=0.5", "mixed heat-bath metropolis tempering wang-landau", [1.5, 3.0]),
        ("blume_capel", "l=3 delta=1.975", "heat-bath metropolis tempering auto", [0.8, 1.5]),
        (
            "blume_capel",
            "lattice=triangular l=3 j=-1 delta=0.5",
            "heat-bath metropolis tempering wang-landau",
            [1.5, 4.0],
        ),
        ("blume_capel", "dimension=1 l=30 delta=0.7 h=0.3", "mixed heat-bath metropolis tempering", [0.8, 2.0]),
        ("blume_capel", "l=2x4 j=-1 delta=0.5", "mixed heat-bath", [1.0, 2.0]),
        ("clock", "l=3 q=6", "wolff swendsen-wang heat-bath metropolis tempering wang-landau", [0.8, 2.0]),
        ("clock", "l=2x4 q=5 j=-1", "wolff swendsen-wang heat-bath metropolis tempering", [0.8, 2.0]),
        ("clock", "l=3 q=3", "wolff swendsen-wang heat-bath metropolis tempering wang-landau", [1.0, 2.0]),
        ("clock", "l=2x4 q=4 j=-1 boundary=open", "wolff heat-bath metropolis wang-landau", [0.8, 2.0]),
        ("clock", "lattice=triangular l=3 j=-1 q=6", "heat-bath metropolis tempering wang-landau", [0.8, 2.0]),
        ("clock", "dimension=1 l=30 q=12", "wolff heat-bath metropolis tempering", [0.5, 2.0]),
    ] {
        let pairs: Vec<(&str, &str)> = parameters.split(' ').filter_map(|pair| pair.split_once('=')).collect();
        let system = System::parse(name, &pairs).unwrap();
        let temperatures = temperatures.map(|t| Temperature::new(t).unwrap());
        for sampler in samplers.split(' ') {
            let settings = Settings {
                sampler: sampler.parse().unwrap(),
                budget: Some(Budget::Sweeps(if sampler == "wang-landau" { 100_000 } else { 20_000 })),
                ..Settings::default()
            };
            let sampled = run(&system, &temperatures, &settings, Seed(number), &|| ()).unwrap();
            number += 1;
            let z: Vec<f64> = sampled.rows.iter().filter_map(gibbs::simulation::Row::z_score).collect();
            let largest = z.iter().fold(0.0, |largest: f64, z| largest.max(z.abs()));
            // U at 1.05 beta.
            let energies = sampled.rows.iter().filter(|row| row.observable == "energy");
            let control = energies.map(|row| {
                let wrong = row.temperature.beta().scaled(1.05).unwrap();
                row.estimate.z_score(system.exact().thermo(wrong).unwrap().energy).abs()
            });
            let control = control.fold(0.0, f64::max);
            println!("{name} {parameters} {sampler}: {} values, |z| up to {largest:.2}, control {control:.1}", z.len());
            assert!(z.len() >= 4 && largest <= BOUND, "{name} {parameters} {sampler}: {z:?}");
            assert!(control > BOUND, "{name} {parameters} {sampler}: 1.05 beta passes with {control}");
            worst = worst.max(largest);
        }
    }
    println!("{number} runs, |z| up to {worst:.2}");
}

/// Rows are not resolved where the two phases of a first-order transition hold the two starts apart.
#[test]
fn two_phases_are_not_taken_for_one() {
    let system = System::parse("blume_capel", &[("l", "16"), ("delta", "1.995")]).unwrap();
    let settings = Settings {
        sampler: SamplerName::HeatBath,
        budget: Some(Budget::Sweeps(2000)),
        limit: Some(20_000),
        ..Settings::default()
    };
    let sampled = run(&system, &[Temperature::new(0.4).unwrap()], &settings, Seed(1), &|| ()).unwrap();
    assert!(sampled.rows.iter().all(|row| !row.is_resolved()), "{sampled}");
    assert!(
        matches!(sampled.verdicts[0].unsettled, Some(Unsettled::Drifting { what: Drift::Starts, .. })),
        "{sampled}"
    );
    let automatic = |delta: &str, t: f64| {
        let system = System::parse("blume_capel", &[("l", "3"), ("delta", delta)]).unwrap();
        let sampled = run(&system, &[Temperature::new(t).unwrap()], &Settings::default(), Seed(1), &|| ()).unwrap();
        sampled.choices[0].1.sampler
    };
    assert_eq!([automatic("1.975", 1.0), automatic("1", 5.0)], [SamplerName::Tempering, SamplerName::HeatBath]);
    assert_eq!(automatic("1.975", f64::INFINITY), SamplerName::HeatBath);
}

#[test]
fn refusals() {
    let message = |name, parameters: &[(&str, &str)]| System::parse(name, parameters).unwrap_err().to_string();
    assert_eq!(message("clock", &[("q", "65")]), "clock: `q` must be a whole number from 2 to 64, got `65`");
    assert_eq!(
        message("blume_capel", &[("delta", "inf")]),
        "blume_capel: `delta` must be finite and at most 1e290 in size, got `inf`"
    );
    let sampled = |name, parameters: &[(&str, &str)], sampler| {
        let system = System::parse(name, parameters).unwrap();
        let settings = Settings { sampler, ..Settings::default() };
        run(&system, &[Temperature::new(1.0).unwrap()], &settings, Seed(1), &|| ()).unwrap_err().to_string()
    };
    let irrational = [("l", "4"), ("delta", "1.4142135623730951")];
    assert!(sampled("blume_capel", &irrational, SamplerName::WangLandau).contains("whole multiples of one step"));
    assert!(sampled("clock", &[("l", "4"), ("q", "5")], SamplerName::WangLandau).contains("whole multiples"));
    assert!(sampled("clock", &[("l", "3"), ("j", "-1")], SamplerName::Wolff).contains("frustrated"));
    assert!(sampled("blume_capel", &[], SamplerName::Wolff).contains("heat-bath, metropolis, tempering, wang-landau"));
    let large = System::parse("blume_capel", &[]).unwrap();
    assert!(large.exact().thermo(Beta::ZERO).unwrap_err().to_string().contains("no exact result"));
    assert_eq!(Simulated::n_sites(&large), 1024.0);
}

/// Energies counted along never drift, and magnetizations are those of the spins.
#[test]
fn running_energies_are_exact() {
    let mut rng = Seed(3).set_up();
    for lattice in lattices() {
        let bc = BlumeCapel::new(lattice.clone(), 0.7, 0.3, 0.1).unwrap();
        let mut chain = Metropolis::new(&bc, beta(0.2), bc.initial_state(&mut rng));
        (0..200).for_each(|_| gibbs::samplers::Sampler::advance(&mut chain, &mut rng));
        let state = gibbs::samplers::Sampler::state(&chain);
        assert_eq!(*state, bc.state(state.spins()));
        let clock = Clock::new(lattice, 7, 0.7).unwrap();
        let mut chain = Wolff::new(&clock, beta(0.2), clock.initial_state(&mut rng)).unwrap();
        (0..200).for_each(|_| gibbs::samplers::Sampler::advance(&mut chain, &mut rng));
        let state = gibbs::samplers::Sampler::state(&chain);
        assert_eq!(*state, clock.state(state.directions()));
        let angle = |k: &u8| std::f64::consts::TAU * f64::from(*k) / 7.0;
        let total = state.directions().iter().fold((0.0, 0.0), |m, k| (m.0 + angle(k).cos(), m.1 + angle(k).sin()));
        assert!((clock.magnetization(state) - f64::hypot(total.0, total.1)).abs() < 1e-13);
    }
}
