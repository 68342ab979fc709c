//! Particle moves against two particles integrated exactly, and against ratios of two temperatures.
//!
//! Seeds are case numbers. Means are compared by Student's t of 128 blocks at the probability of 4.5 sigma.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

#[path = "common/chains.rs"]
mod chains;
#[path = "common/reference.rs"]
mod reference;

use chains::{BLOCKS, STUDENT, chi_square_z, mean_and_error};
use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::model::{Exact, Model};
use gibbs::rng::{Seed, TaskRng, uniform};
use gibbs::samplers::{Metropolis, Sampler};
use gibbs::systems::ParticleMoves;
use gibbs::systems::{Displacement, FluidState, LennardJones, PairTruncation};
use gibbs::testing;
use gibbs::units::Beta;
use rand::{Rng, RngExt};
use reference::rows;

const SWEEPS_PER_BLOCK: usize = 10_000;

/// Two particles in a cube of side `side` with the longest cutoff; proposals reach the whole box.
fn two(side: f64, truncation: PairTruncation) -> LennardJones {
    let model = LennardJones::new(2, 2.0 / side.powi(3), 0.5 * side, truncation).unwrap();
    let reach = 0.5 * model.side();
    model.with_step(reach).unwrap()
}

/// Block means of E, E^2 and W.
fn blocks(chain: &mut ParticleMoves, rng: &mut TaskRng) -> [Vec<f64>; 3] {
    (0..100).for_each(|_| chain.advance(rng));
    let mut means: [Vec<f64>; 3] = Default::default();
    for _ in 0..BLOCKS {
        let mut sums = [0.0; 3];
        for _ in 0..SWEEPS_PER_BLOCK {
            chain.advance(rng);
            let (energy, state) = (chain.energy(), chain.state());
            let term = [energy, energy * energy, chain.model().virial(state)];
            sums.iter_mut().zip(term).for_each(|(sum, term)| *sum += term);
        }
        means.iter_mut().zip(sums).for_each(|(means, sum)| means.push(sum / SWEEPS_PER_BLOCK as f64));
    }
    means
}

fn z(means: &[f64], exact: f64) -> f64 {
    let (mean, error) = mean_and_error(means);
    (mean - exact) / error
}

#[test]
fn two_particles_have_their_energy_heat_capacity_and_virial() {
    for (case, row) in rows("s14_lj_pair").iter().filter(|row| row.text("convention") != "minimum_image").enumerate() {
        let model = two(row.number("L"), PairTruncation::Cut);
        let beta = row.beta();
        let mut rng = Seed(case as u64).set_up();
        let mut chain = ParticleMoves::new(&model, beta, model.lattice()).unwrap();
        let [energies, squares, virials] = blocks(&mut chain, &mut rng);
        let exact = |beta: Beta| {
            let thermo = model.thermo(beta).unwrap();
            let t = beta.temperature().get();
            (thermo.energy, thermo.heat_capacity * t * t + thermo.energy.powi(2))
        };
        let (energy, square) = exact(beta);
        let found = [z(&energies, energy), z(&squares, square), z(&virials, row.number("virial_mean_r.f"))];
        let wrong = exact(beta.scaled(1.05).unwrap());
        let control = [z(&energies, wrong.0), z(&squares, wrong.1)];
        // U without its tail, and pairs counted half.
        let mistakes = [z(&energies, energy - model.tail_energy()), z(&energies, 0.5 * (energy + model.tail_energy()))];
        println!("{case}: z {found:.2?}, control {control:.1?}, mistakes {mistakes:.1?}");
        assert!(found.iter().all(|z| z.abs() < STUDENT), "{case}: {found:?}");
        // In the larger box the hot pair is hardly a pair: there 5 % of T move U by less than two errors.
        let weak = row.number("L") > 5.0 && row.number("T") > 1.5;
        assert!(weak || control.iter().any(|z| z.abs() > STUDENT), "{case}: {control:?}");
        assert!(mistakes.iter().all(|z| z.abs() > STUDENT), "{case}: {mistakes:?}");
    }
}

const BINS: usize = 20;

/// Counts of the distance of two particles in bins up to L/2, and beyond.
fn distances<S: Sampler<State = FluidState>>(chain: &mut S, side: f64, rng: &mut TaskRng) -> Vec<u64> {
    let mut counts = vec![0; BINS + 1];
    for _ in 0..300_000 {
        // Each move is accepted with a probability of one half at least and then forgets: 10 leave 2^-10.
        (0..5).for_each(|_| chain.advance(rng));
        let (a, b) = (chain.state().position(0), chain.state().position(1));
        let squares = [0, 1, 2].map(|k| (a[k] - b[k]).abs().min(side - (a[k] - b[k]).abs()).powi(2));
        let r = squares.iter().sum::<f64>().sqrt();
        counts[((r / (0.5 * side) * BINS as f64) as usize).min(BINS)] += 1;
    }
    counts
}

/// Boltzmann probabilities of these bins, by midpoints.
fn probabilities(model: &LennardJones, beta: Beta) -> Vec<f64> {
    const FINE: usize = 500;
    let (mut energies, mut volumes) = (Vec::new(), Vec::new());
    let width = 0.5 * model.side() / (BINS * FINE) as f64;
    for k in 0..BINS * FINE {
        let r = (k as f64 + 0.5) * width;
        energies.push(model.pair_energy(r * r));
        volumes.push(4.0 * std::f64::consts::PI * r * r * width);
    }
    energies.push(0.0);
    volumes.push(model.volume() - volumes.iter().sum::<f64>());
    let fine = Canonical::new(&Spectrum::with_degeneracies(energies, &volumes).unwrap(), beta).probabilities();
    fine.chunks(FINE).map(|bin| bin.iter().sum()).collect()
}

/// z of the distances that a chain visits, and of a control at 1.05 beta.
fn distances_z<S: Sampler<State = FluidState>>(
    chain: &mut S,
    model: &LennardJones,
    beta: f64,
    rng: &mut TaskRng,
) -> (f64, f64) {
    let counts = distances(chain, model.side(), rng);
    let z = |beta: f64| chi_square_z(&counts, &probabilities(model, Beta::new(beta).unwrap()));
    (z(beta), z(1.05 * beta))
}

#[test]
fn distances_of_two_particles_have_their_boltzmann_factor() {
    for (case, truncation) in [PairTruncation::Cut, PairTruncation::Shifted].into_iter().enumerate() {
        let (model, beta) = (two(4.0, truncation), 1.0 / 0.85);
        let mut rng = Seed(case as u64).set_up();
        let mut chain = ParticleMoves::new(&model, Beta::new(beta).unwrap(), model.lattice()).unwrap();
        let (z, control) = distances_z(&mut chain, &model, beta, &mut rng);
        let mut plain = Metropolis::new(&model, Beta::new(beta).unwrap(), model.lattice());
        let (z_plain, control_plain) = distances_z(&mut plain, &model, beta, &mut rng);
        println!("{truncation:?}: z {z:.2} and {z_plain:.2}, controls {control:.1} and {control_plain:.1}");
        assert!(z.abs() < 4.5 && z_plain.abs() < 4.5 && control > 4.5 && control_plain > 4.5);
    }
}

/// Mistakes in the proposals of a fluid.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mistake {
    /// The step follows the state: half the distance of the pair.
    StepFollowsState,
    /// Particles stop at the walls of the box instead of coming back on the other side.
    StoppedByWalls,
    /// Pairs count half in the change of the energy.
    HalfCounted,
}

struct Mistaken<'a>(&'a LennardJones, Option<Mistake>);

impl Model for Mistaken<'_> {
    type State = FluidState;
    type Move = Displacement;

    fn initial_state<R: Rng + ?Sized>(&self, rng: &mut R) -> FluidState {
        self.0.initial_state(rng)
    }

    fn energy(&self, state: &FluidState) -> f64 {
        self.0.energy(state)
    }

    fn propose<R: Rng + ?Sized>(&self, state: &FluidState, rng: &mut R) -> Displacement {
        let (side, particle) = (self.0.side(), rng.random_range(0..2));
        let (from, other) = (state.position(particle), state.position(1 - particle));
        let apart = [0, 1, 2].map(|k| (from[k] - other[k]).abs().min(side - (from[k] - other[k]).abs()).powi(2));
        let step = if self.1 == Some(Mistake::StepFollowsState) { 0.5 * apart.iter().sum::<f64>().sqrt() } else { 1.0 };
        let to = from.map(|x| {
            let by = step * (2.0 * uniform(rng) - 1.0);
            if self.1 == Some(Mistake::StoppedByWalls) {
                (x + by).clamp(0.0, 0.999 * side)
            } else {
                (x + by).rem_euclid(side)
            }
        });
        Displacement { particle, to }
    }

    fn energy_change(&self, state: &FluidState, change: &Displacement) -> f64 {
        let whole = self.0.energy_change(state, change);
        if self.1 == Some(Mistake::HalfCounted) { 0.5 * whole } else { whole }
    }

    fn apply(&self, state: &mut FluidState, change: Displacement) {
        self.0.apply(state, change);
    }

    fn moves_per_sweep(&self) -> usize {
        8
    }
}

#[test]
fn mistakes_in_moves_are_rejected() {
    let (model, beta) = (two(4.0, PairTruncation::Cut), 1.0 / 0.85);
    let z = |mistake| {
        let mistaken = Mistaken(&model, mistake);
        let mut chain = Metropolis::new(&mistaken, Beta::new(beta).unwrap(), model.lattice());
        let z = distances_z(&mut chain, &model, beta, &mut Seed(1).set_up()).0;
        println!("{mistake:?}: z {z:.1}");
        z
    };
    assert!(z(None).abs() < 4.5);
    for mistake in [Mistake::StepFollowsState, Mistake::StoppedByWalls, Mistake::HalfCounted] {
        assert!(z(Some(mistake)) > 4.5, "{mistake:?}");
    }
    // The last one is also no consistent model.
    let half = testing::consistency(
        &Mistaken(&model, Some(Mistake::HalfCounted)),
        model.lattice(),
        |_| true,
        &mut Seed(1).set_up(),
    );
    let whole = testing::consistency(&Mistaken(&model, None), model.lattice(), |_| true, &mut Seed(1).set_up());
    assert!(half.z > 4.5 && whole.z < 4.5, "{half:?} {whole:?}");
}

/// ln of the ratio of the histograms of two temperatures has the slope beta2 - beta1; the control is 1.05 times that.
fn two_temperatures(case: u64, model: &LennardJones, t: f64) {
    let sampler = |beta| ParticleMoves::new(model, beta, model.lattice()).unwrap();
    let check = testing::slope(sampler, Beta::new(1.0 / t).unwrap(), &mut Seed(case).set_up());
    let control = check.control.unwrap_or(0.0);
    println!("{} particles: z {:.2}, control {control:.1}; {}", model.n(), check.z, check.detail);
    assert!(check.z < 4.5 && control > 4.5, "{check:?}");
}

#[test]
fn two_temperatures_of_a_fluid_have_the_ratio_of_their_boltzmann_factors() {
    let model = LennardJones::new(32, 0.5, 2.0, PairTruncation::Cut).unwrap().with_step(0.4).unwrap();
    two_temperatures(0, &model, 1.5);
}

#[test]
fn two_temperatures_of_a_liquid_have_the_ratio_of_their_boltzmann_factors() {
    let model = LennardJones::new(30, 0.7, 1.7, PairTruncation::Shifted).unwrap().with_step(0.2).unwrap();
    two_temperatures(1, &model, 1.5);
}

#[test]
fn two_temperatures_of_a_gas_have_the_ratio_of_their_boltzmann_factors() {
    let model = LennardJones::new(60, 0.05, 3.0, PairTruncation::Cut).unwrap().with_step(5.0).unwrap();
    two_temperatures(2, &model, 2.0);
}

/// In a dilute gas energy and pressure approach the second virial coefficients of the cut potential.
#[test]
fn dilute_gases_have_their_virial_limit() {
    let t = gibbs::units::Temperature::new(1.5).unwrap();
    // Two particles: U = 2 u1 rho (1 - 1/2) + O(rho^2) with the tail counted in full, exactly known at any density.
    let model = LennardJones::new(2, 1e-4, 3.0, PairTruncation::Shifted).unwrap();
    let limit = model.virial_limit(t).unwrap();
    let exact = model.thermo(t.beta()).unwrap();
    assert!((exact.energy / (limit.u1 * model.density()) - 1.0).abs() < 1e-3);
    // Forty: sampled, three-body terms are of the order of (rho sigma^3)^2.
    let model = LennardJones::new(40, 2e-3, 3.0, PairTruncation::Cut).unwrap();
    let model = model.clone().with_step(0.5 * model.side()).unwrap();
    let limit = model.virial_limit(t).unwrap();
    let mut rng = Seed(1).set_up();
    let mut chain = ParticleMoves::new(&model, t.beta(), model.lattice()).unwrap();
    (0..100).for_each(|_| chain.advance(&mut rng));
    let (mut energies, mut pressures) = (Vec::new(), Vec::new());
    for _ in 0..BLOCKS {
        let (mut energy, mut pressure) = (0.0, 0.0);
        for _ in 0..400 {
            chain.advance(&mut rng);
            energy += chain.energy() / 400.0;
            pressure += model.pressure(t, chain.virial()) / 400.0;
        }
        energies.push(energy);
        pressures.push(pressure);
    }
    // Each particle has N - 1 others, while the tail counts N.
    let pairs = 1.0 - 1.0 / 40.0;
    let tail = model.tail_energy() / 40.0;
    let u = 40.0 * ((limit.u1 * model.density() - tail) * pairs + tail);
    let ideal = model.density() * t.get();
    let second = (limit.b2_pressure * model.density() * ideal - model.tail_pressure()) * pairs + model.tail_pressure();
    let found = [z(&energies, u), z(&pressures, ideal + second)];
    println!("z of U and P: {found:.2?}; ideal gas: {:.1}", z(&pressures, ideal));
    assert!(found.iter().all(|z| z.abs() < STUDENT), "{found:?}");
    assert!(z(&pressures, ideal).abs() > STUDENT && z(&energies, u * 1.2).abs() > STUDENT);
}
