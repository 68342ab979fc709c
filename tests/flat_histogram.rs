//! Wang–Landau and multicanonical runs against exactly known numbers of states.
//!
//! Seeds are case numbers; bounds are Student quantiles of the 4.5 sigma probability shared among the levels.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

use std::f64::consts::{LN_2, PI};

use gibbs::ensemble::{Canonical, Spectrum, Thermo};
use gibbs::estimators::{
    CellDensity, Estimate, Known, density_from_transitions, density_from_visits, student_t_two_sided,
};
use gibbs::model::{Boundary, Exact, Lattice, LatticeKind, Model};
use gibbs::rng::{Seed, StreamId, index, uniform};
use gibbs::samplers::{EnergyCells, Multicanonical, Refinement, Sampler, SamplerError, Transitions, WangLandau};
use gibbs::systems::{Heisenberg, Ising, Potts, SpinGlass, Xy};
use gibbs::units::{Beta, Temperature};
use rand::Rng;
use rayon::prelude::*;

/// Probability beyond 4.5 sigma.
const P_BOUND: f64 = 6.8e-6;

/// How much is measured: `walkers` chains with the same weights, each in `blocks` blocks of `sweeps` sweeps. The eight
/// lowest and the eight highest levels, whose few states are hard to hit, are visited `at_ends` times as often as others.
#[derive(Clone, Copy)]
struct Plan {
    walkers: u16,
    blocks: usize,
    sweeps: u64,
    at_ends: f64,
}

/// Blocks in the order of walkers.
#[derive(Debug, PartialEq)]
struct Run {
    cells: EnergyCells,
    ln_weights: Vec<f64>,
    blocks: Vec<Transitions>,
}

fn run<M>(model: &M, cells: &EnergyCells, plan: Plan, case: u64) -> Run
where
    M: Model + Sync,
    M::State: Sync,
{
    let mut rng = Seed(case).set_up();
    let mut walk = WangLandau::new(model, cells.clone(), model.initial_state(&mut rng)).unwrap();
    walk.refine(Refinement { final_ln_f: 1e-5, ..Refinement::default() }, &mut rng).unwrap();
    let mut ln_weights = walk.ln_g().to_vec();
    let found: Vec<usize> = (0..cells.len()).filter(|&cell| ln_weights[cell].is_finite()).collect();
    for &cell in found.iter().take(8).chain(found.iter().rev().take(8)) {
        ln_weights[cell] -= plan.at_ends.ln();
    }
    let blocks: Vec<Vec<Transitions>> = (0..plan.walkers)
        .into_par_iter()
        .map(|walker| {
            let mut rng = Seed(case).stream(StreamId::new(1, 0, walker));
            let mut chain = Multicanonical::new(model, cells.clone(), &ln_weights, walk.state().clone()).unwrap();
            (0..plan.sweeps).for_each(|_| chain.advance(&mut rng));
            chain.take_transitions();
            let block = |_| {
                (0..plan.sweeps).for_each(|_| chain.advance(&mut rng));
                chain.take_transitions()
            };
            let blocks: Vec<Transitions> = (0..plan.blocks).map(block).collect();
            assert!(chain.round_trips() > 10 * plan.blocks as u64, "{} round trips", chain.round_trips());
            assert!((chain.energy() - model.energy(chain.state())).abs() < 1e-12 * cells.len() as f64);
            blocks
        })
        .collect();
    Run { cells: cells.clone(), ln_weights, blocks: blocks.concat() }
}

impl Run {
    /// Densities by transitions and by visits, normalised by the number of all states.
    fn densities(&self, ln_states: f64) -> [CellDensity; 2] {
        let visits: Vec<Vec<f64>> = self.blocks.iter().map(Transitions::visits).collect();
        let n = self.cells.len();
        [density_from_transitions(&self.blocks, n).unwrap(), density_from_visits(&visits, &self.ln_weights).unwrap()]
            .map(|density| density.normalised(Known::Total(ln_states)).unwrap())
    }
}

fn p_value(estimate: &Estimate, exact: f64) -> f64 {
    student_t_two_sided(estimate.z_score(exact), estimate.n_eff - 1.0).unwrap()
}

/// Checks every level, and that a density distorted by 5 % is refused. Returns the largest relative deviation, and the
/// largest relative error of the levels that have one.
fn compare(density: &CellDensity, exact: &[f64]) -> [f64; 2] {
    let found = density.estimates().unwrap();
    assert_eq!(found.len(), exact.len());
    let open = || found.iter().zip(exact).filter(|(e, _)| e.std_error > 0.0);
    let least = |scale: f64| open().map(|(e, x)| p_value(e, scale * x)).fold(1.0, f64::min);
    let deviation = found.iter().zip(exact).map(|(e, x)| (e.value / x - 1.0).abs()).fold(0.0, f64::max);
    let error = open().map(|(e, x)| (e.std_error / x).abs()).fold(0.0, f64::max);
    let bound = P_BOUND / exact.len() as f64;
    println!("least p {:.2e}, distorted {:.1e}, deviation {deviation:.1e} error {error:.1e}", least(1.0), least(1.05));
    assert!(least(1.0) > bound);
    assert!(least(1.05) < bound, "a density of states wrong by 5 % passes");
    [deviation, error]
}

/// Both densities of a run of `model` against `exact`, pairs of energy and ln g, before and after the numbers of the
/// first and the last level are used.
fn check<M>(model: &M, cells: &EnergyCells, exact: &[(f64, f64)], plan: Plan, case: u64)
where
    M: Model + Sync,
    M::State: Sync,
{
    println!("case {case}");
    let mut levels: Vec<(usize, f64)> = exact.iter().map(|&(e, ln_g)| (cells.cell(e).unwrap(), ln_g)).collect();
    levels.sort_by_key(|level| level.0);
    let (places, exact): (Vec<usize>, Vec<f64>) = levels.into_iter().unzip();
    let ln_states = gibbs::numerics::ln_sum_exp(exact.iter().copied());
    for mut density in run(model, cells, plan, case).densities(ln_states) {
        assert_eq!(density.cells(), places);
        compare(&density, &exact);
        for i in [0, places.len() - 1] {
            density = density.conditioned(Known::Cell { cell: places[i], ln_g: exact[i] }).unwrap();
        }
        compare(&density, &exact);
    }
}

const SMALL: Plan = Plan { walkers: 4, blocks: 16, sweeps: 4000, at_ends: 1.0 };

fn lattice(kind: LatticeKind, sides: &[usize], boundary: Boundary) -> Lattice {
    Lattice::new(kind, sides, boundary).unwrap()
}

fn grid(half: f64, step: f64) -> EnergyCells {
    EnergyCells::grid(-half, half, step).unwrap()
}

/// The Ising torus, with the energies and ln g of its levels.
fn torus(l: usize) -> (Ising, Vec<(f64, f64)>) {
    let path = format!("{}/tests/reference/s08_ising2d_dos_{l}x{l}.csv", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    let number = |text: &str| text.parse().unwrap();
    let exact = reader.records().map(|row| row.unwrap()).map(|row| (number(&row[0]), number(&row[2]))).collect();
    (Ising::torus(l, l, 1.0, 0.0).unwrap(), exact)
}

#[test]
fn a_ring_has_its_binomial_numbers() {
    let ring = Ising::ring(12, 1.0, 0.0).unwrap();
    let ln_binomial = |k: u32| (0..k).map(|i| (f64::from(12 - i) / f64::from(i + 1)).ln()).sum::<f64>();
    // k broken bonds, an even number of them
    let exact: Vec<(f64, f64)> =
        (0..=12).step_by(2).map(|k| (2.0 * f64::from(k) - 12.0, LN_2 + ln_binomial(k))).collect();
    check(&ring, &grid(12.0, 4.0), &exact, SMALL, 1);
}

#[test]
fn four_by_four() {
    let (ising, exact) = torus(4);
    check(&ising, &grid(32.0, 4.0), &exact, SMALL, 2);
}

#[test]
fn potts_tori() {
    for (q, case) in [(3, 3), (10, 4)] {
        let potts = Potts::new(lattice(LatticeKind::Square, &[4, 4], Boundary::Periodic), q, 1.0).unwrap();
        let levels = potts.density_of_states().unwrap();
        let exact: Vec<(f64, f64)> =
            levels.iter().map(|level| (potts.energy_of(level.satisfied as i64), level.count.ln())).collect();
        check(&potts, &EnergyCells::grid(-32.0, 0.0, 1.0).unwrap(), &exact, Plan { sweeps: 16_000, ..SMALL }, case);
    }
}

/// ln g of the levels of all states that are listed one by one.
fn counted(energies: impl Iterator<Item = f64>) -> Vec<(f64, f64)> {
    let mut counts = std::collections::BTreeMap::new();
    energies.for_each(|e| *counts.entry(e as i64).or_insert(0.0) += 1.0);
    counts.into_iter().map(|(e, n): (i64, f64)| (e as f64, n.ln())).collect()
}

#[test]
fn three_dimensions_and_a_spin_glass() {
    let ising = Ising::new(lattice(LatticeKind::Cubic, &[2, 2, 4], Boundary::Periodic), 1.0, 0.0).unwrap();
    let spins = |bits: u32| (0..16).map(|i| if bits >> i & 1 == 1 { 1 } else { -1 }).collect::<Vec<i8>>();
    let exact = counted((0..1 << 16).map(|bits| ising.energy(&ising.state(&spins(bits)))));
    // every other level of this grid does not exist
    check(&ising, &grid(48.0, 2.0), &exact, SMALL, 5);
    let square = lattice(LatticeKind::Square, &[4, 4], Boundary::Periodic);
    let glass = SpinGlass::bimodal(&square, 0.0, &mut Seed(6).set_up()).unwrap();
    let levels = glass.levels().unwrap();
    let exact: Vec<(f64, f64)> = (0..levels.len()).map(|i| (levels.energy(i), levels.ln_degeneracy(i))).collect();
    check(&glass, &grid(32.0, 2.0), &exact, SMALL, 6);
}

/// Two dice whose sum is the energy: 6 - abs(E - 7) states. High faces like to turn back and low ones forward, and a
/// turn leads from six to one too, so proposals are not symmetric and jump by up to five levels.
struct Dice {
    /// Whether the ratio of proposals is told.
    honest: bool,
}

fn turned(face: u64, forward: bool) -> u64 {
    (face + if forward { 0 } else { 4 }) % 6 + 1
}

/// Probability to propose a turn of a die that shows `face`.
fn turn_probability(face: u64, forward: bool) -> f64 {
    let p = if face <= 3 { 0.8 } else { 0.4 };
    if forward { p } else { 1.0 - p }
}

impl Model for Dice {
    type State = [u64; 2];
    type Move = (usize, bool);

    fn initial_state<R: Rng + ?Sized>(&self, _: &mut R) -> [u64; 2] {
        [1, 1]
    }

    fn energy(&self, dice: &[u64; 2]) -> f64 {
        (dice[0] + dice[1]) as f64
    }

    fn propose<R: Rng + ?Sized>(&self, dice: &[u64; 2], rng: &mut R) -> (usize, bool) {
        let die = index(rng, 2) as usize;
        (die, uniform(rng) <= turn_probability(dice[die], true))
    }

    fn energy_change(&self, dice: &[u64; 2], &(die, forward): &(usize, bool)) -> f64 {
        turned(dice[die], forward) as f64 - dice[die] as f64
    }

    fn apply(&self, dice: &mut [u64; 2], (die, forward): (usize, bool)) {
        dice[die] = turned(dice[die], forward);
    }

    fn moves_per_sweep(&self) -> usize {
        13
    }

    fn ln_proposal_ratio(&self, dice: &[u64; 2], &(die, forward): &(usize, bool)) -> f64 {
        let back = turn_probability(turned(dice[die], forward), !forward);
        if self.honest { (back / turn_probability(dice[die], forward)).ln() } else { 0.0 }
    }
}

#[test]
fn proposals_that_are_not_symmetric() {
    let cells = EnergyCells::grid(2.0, 12.0, 1.0).unwrap();
    let ln_g = |e: i32| f64::from(6 - (e - 7).abs()).ln();
    let exact: Vec<(f64, f64)> = (2..=12).map(|e| (f64::from(e), ln_g(e))).collect();
    check(&Dice { honest: true }, &cells, &exact, SMALL, 7);
    for density in run(&Dice { honest: false }, &cells, SMALL, 7).densities(36f64.ln()) {
        let least = density.estimates().unwrap().iter().zip(&exact).map(|(e, x)| p_value(e, x.1)).fold(1.0, f64::min);
        assert!(least < P_BOUND / 11.0, "dice that hide their proposal ratio pass: {least:e}");
    }
}

/// Shares of phase space between `edges` from the share below each energy.
fn shares(cells: &EnergyCells, below: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    let half = 0.5 * cells.width();
    let ln_share = |e: f64| (below((e + half).min(2.0)) - below(e - half)).ln();
    (0..cells.len()).map(|i| cells.energy(i)).map(|e| (e, ln_share(e))).collect()
}

#[test]
fn bins_of_continuous_spins() {
    let chain = |n| lattice(LatticeKind::Chain, &[n], Boundary::Open);
    let pair = EnergyCells::bins(-1.0, 1.0, 10).unwrap();
    // E = -cos(angle), the angle uniform on a circle, and on a sphere
    let exact = shares(&pair, |e| 0.5 + e.clamp(-1.0, 1.0).asin() / PI);
    check(&Xy::new(chain(2), 1.0).unwrap(), &pair, &exact, Plan { sweeps: 40_000, ..SMALL }, 8);
    let exact = shares(&pair, |e| 0.5 + 0.5 * e.clamp(-1.0, 1.0));
    check(&Heisenberg::new(chain(2), 1.0).unwrap(), &pair, &exact, Plan { sweeps: 40_000, ..SMALL }, 9);
    // the sum of two uniform numbers has a triangular density
    let triple = EnergyCells::bins(-2.0, 2.0, 16).unwrap();
    let below = |e: f64| if e < 0.0 { (2.0 + e).powi(2) / 8.0 } else { 1.0 - (2.0 - e).powi(2) / 8.0 };
    check(&Heisenberg::new(chain(3), 1.0).unwrap(), &triple, &shares(&triple, below), SMALL, 10);
}

/// U, S, C and F at `beta` from the levels of `density`.
fn thermo(density: &CellDensity, cells: &EnergyCells, beta: Beta) -> [Estimate; 4] {
    let energies: Vec<f64> = density.cells().iter().map(|&cell| cells.energy(cell)).collect();
    let of = |f: fn(&Thermo) -> f64| {
        let value = |ln_g: &[f64]| {
            let spectrum = Spectrum::with_ln_degeneracies(energies.clone(), ln_g.to_vec()).unwrap();
            f(&Canonical::new(&spectrum, beta).thermo())
        };
        density.estimate(value).unwrap()
    };
    [of(|t| t.energy), of(|t| t.entropy), of(|t| t.heat_capacity), of(Thermo::free_energy)]
}

/// U, S, C and F from `density` at all temperatures, and their refusal at 1.05 beta.
fn check_thermo(ising: &Ising, density: &CellDensity, cells: &EnergyCells) {
    let temperatures = [0.5, 1.0, 2.0, 2.27, 3.0, 10.0];
    let mut controls = 0;
    for t in temperatures {
        let beta = Temperature::new(t).unwrap().beta();
        let least = |beta: Beta, found: &[Estimate; 4]| {
            let exact = ising.thermo(beta).unwrap();
            let exact = [exact.energy, exact.entropy, exact.heat_capacity, exact.free_energy()];
            found.iter().zip(exact).map(|(e, x)| p_value(e, x)).fold(1.0, f64::min)
        };
        let found = thermo(density, cells, beta);
        let (p, control) = (least(beta, &found), least(beta.scaled(1.05).unwrap(), &found));
        let [u, s, c, f] = found;
        println!("T = {t}: U = {u}, S = {s}, C = {c}, F = {f}, least p {p:.2e}, at 1.05 beta {control:.1e}");
        assert!(p > P_BOUND / (4 * temperatures.len()) as f64);
        controls += usize::from(control < P_BOUND / (4 * temperatures.len()) as f64);
    }
    // at T = 10 five per cent of beta change little
    assert!(controls + 1 >= temperatures.len(), "{controls} of {} wrong temperatures refused", temperatures.len());
}

#[test]
fn absolute_thermodynamics_at_every_temperature() {
    let (ising, _) = torus(4);
    let cells = grid(32.0, 4.0);
    for density in run(&ising, &cells, SMALL, 11).densities(16.0 * LN_2) {
        check_thermo(&ising, &density, &cells);
    }
}

#[test]
fn threads_do_not_change_a_count() {
    let (ising, _) = torus(4);
    let of = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&ising, &grid(32.0, 4.0), Plan { blocks: 2, sweeps: 1000, ..SMALL }, 12))
    };
    assert_eq!(of(1), of(4));
}

#[test]
#[ignore = "a minute on two cores"]
fn eight_by_eight_to_a_tenth_of_a_percent() {
    let (ising, exact) = torus(8);
    let cells = grid(128.0, 4.0);
    let places: Vec<usize> = exact.iter().map(|level| cells.cell(level.0).unwrap()).collect();
    let exact: Vec<f64> = exact.iter().map(|level| level.1).collect();
    let plan = Plan { walkers: 4, blocks: 16, sweeps: 900_000, at_ends: 10.0 };
    let densities = run(&ising, &cells, plan, 13).densities(64.0 * LN_2);
    let used = densities.map(|density| {
        assert_eq!(density.cells(), places);
        compare(&density, &exact);
        check_thermo(&ising, &density, &cells);
        [0, cells.len() - 1].into_iter().fold(density, |density, cell| {
            let known = Known::Cell { cell, ln_g: LN_2 };
            let gap = density.discrepancy(known).unwrap();
            println!("cell {cell}: {gap}, z = {:.2}", gap.z_score(0.0));
            density.conditioned(known).unwrap()
        })
    });
    let [deviation, error] = compare(&used[0], &exact);
    assert!(deviation < 1e-3, "{deviation}");
    assert!(3.0 * error < 1e-3, "a tenth of a percent is not three errors: {error}");
    let [a, b] = used.map(|density| density.estimates().unwrap());
    for (a, b) in a.iter().zip(&b) {
        println!("{a} {b} ratio of errors {:.2}", b.std_error / a.std_error);
    }
}

#[test]
fn a_walk_that_cannot_converge_says_so_and_goes_on() {
    let ising = Ising::torus(4, 4, 1.0, 0.0).unwrap();
    let mut rng = Seed(14).set_up();
    let start = |cells: EnergyCells| WangLandau::new(&ising, cells, ising.state(&[]));
    assert!(matches!(start(EnergyCells::grid(-16.0, 32.0, 4.0).unwrap()), Err(SamplerError::OutsideCells { .. })));
    assert!(matches!(start(grid(34.0, 4.0)), Err(SamplerError::OffGrid { .. })));
    let mut walk = start(EnergyCells::grid(-32.0, 0.0, 4.0).unwrap()).unwrap();
    let few = Refinement { max_sweeps: 100, final_ln_f: 1e-5, ..Refinement::default() };
    assert!(matches!(walk.refine(few, &mut rng), Err(SamplerError::NotFlat { sweeps: 100, .. })));
    walk.refine(Refinement { max_sweeps: 10_000_000, ..few }, &mut rng).unwrap();
    // eight cells of nine up to E = 0: there is none at -28, and none above the window
    assert_eq!(walk.n_visited(), 8);
}
