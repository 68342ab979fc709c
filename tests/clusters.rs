//! Cluster samplers against exact probabilities and energies, on lattices of every kind.
//!
//! Seeds are case numbers. Bounds are 4.5 standard deviations of the statistic under the exact law, or the Student
//! quantile of the same probability.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

#[path = "common/chains.rs"]
mod chains;

use chains::{BLOCKS, STUDENT, chi_square_z, mean_and_error, mean_energy, probabilities, visits};
use gibbs::model::{Boundary, ClusterModel, Exact, Lattice, LatticeKind, Model};
use gibbs::rng::Seed;
use gibbs::samplers::{Replica, Sampler, Schedule, SwendsenWang, Wolff, run};
use gibbs::systems::{Flip, Ising, IsingState};
use gibbs::units::{Beta, Temperature};
use rand::Rng;

fn ising(kind: LatticeKind, sides: &[usize], boundary: Boundary, j: f64) -> Ising {
    Ising::new(Lattice::new(kind, sides, boundary).unwrap(), j, 0.0).unwrap()
}

/// Small systems with their temperatures, about 1.5 times where they order.
fn small_systems() -> Vec<(Ising, f64)> {
    use Boundary::{Open, Periodic};
    use LatticeKind::{Chain, Cubic, Honeycomb, Square, Triangular};
    vec![
        (ising(Chain, &[8], Periodic, 1.0), 1.5),
        (ising(Chain, &[8], Open, -1.0), 1.5),
        (ising(Chain, &[2], Periodic, 1.0), 1.7),
        (ising(Square, &[3, 3], Periodic, 1.0), 3.0),
        (ising(Square, &[2, 4], Periodic, -1.0), 4.0),
        (ising(Square, &[2, 4], Periodic, 1.0), -4.0),
        (ising(Square, &[3, 3], Open, 1.0), 2.5),
        (ising(Triangular, &[3, 3], Periodic, 1.0), 5.0),
        (ising(Triangular, &[2, 4], Periodic, 1.0), 5.0),
        (ising(Triangular, &[3, 3], Open, 1.0), 3.0),
        (ising(Triangular, &[3, 3], Open, -1.0), -3.0),
        (ising(Honeycomb, &[2, 4], Periodic, 1.0), 2.0),
        (ising(Honeycomb, &[4, 2], Periodic, -1.0), 2.0),
        (ising(Honeycomb, &[3, 3], Open, 1.0), 1.5),
        (ising(Cubic, &[2, 2, 2], Periodic, 1.0), 6.0),
        (ising(Cubic, &[2, 2, 2], Periodic, -1.0), 6.0),
        (ising(Cubic, &[2, 2, 2], Open, 1.0), 3.0),
    ]
}

/// An Ising model that gives every bond its own cost, as vectors do: the right one, or that of a known mistake.
struct ByCost {
    ising: Ising,
    mistaken: bool,
}

impl Model for ByCost {
    type State = IsingState;
    type Move = Flip;

    fn initial_state<R: Rng + ?Sized>(&self, rng: &mut R) -> IsingState {
        self.ising.initial_state(rng)
    }

    fn energy(&self, state: &IsingState) -> f64 {
        self.ising.energy(state)
    }

    fn propose<R: Rng + ?Sized>(&self, state: &IsingState, rng: &mut R) -> Flip {
        self.ising.propose(state, rng)
    }

    fn energy_change(&self, state: &IsingState, change: &Flip) -> f64 {
        self.ising.energy_change(state, change)
    }

    fn apply(&self, state: &mut IsingState, change: Flip) {
        self.ising.apply(state, change);
    }

    fn moves_per_sweep(&self) -> usize {
        self.ising.moves_per_sweep()
    }
}

impl ClusterModel for ByCost {
    type Spin = i8;
    type Frame = ();
    type Change = bool;

    fn lattice(&self) -> &Lattice {
        self.ising.lattice()
    }

    fn coupling(&self) -> f64 {
        self.ising.coupling()
    }

    fn has_antiferromagnetic_clusters(&self) -> bool {
        true
    }

    fn spins<'a>(&self, state: &'a IsingState) -> &'a [i8] {
        self.ising.spins(state)
    }

    fn spins_mut<'a>(&self, state: &'a mut IsingState) -> &'a mut [i8] {
        self.ising.spins_mut(state)
    }

    fn recount(&self, state: &mut IsingState) {
        self.ising.recount(state);
    }

    fn draw_frame<R: Rng + ?Sized>(&self, _rng: &mut R) {}

    /// The mistake: parallel spins only, whatever the sign of J. With J < 0 their bonds gain energy when they break,
    /// so none is ever frozen, and every cluster is one spin: infinite temperature, without a warning.
    fn bond_cost(&self, a: i8, b: i8, frame: &()) -> f64 {
        if self.mistaken && a != b { 0.0 } else { self.ising.bond_cost(a, b, frame) }
    }

    fn draw_change<R: Rng + ?Sized>(&self, frame: &(), rng: &mut R) -> bool {
        self.ising.draw_change(frame, rng)
    }

    fn draw_move<R: Rng + ?Sized>(&self, spin: i8, frame: &(), rng: &mut R) -> bool {
        self.ising.draw_move(spin, frame, rng)
    }

    fn changed(&self, spin: i8, frame: &(), change: &bool) -> i8 {
        self.ising.changed(spin, frame, change)
    }
}

/// Visits of every state by Wolff and by Swendsen and Wang.
fn cluster_visits<M>(model: &M, beta: Beta, samples: u64, case: u64) -> [(&'static str, Vec<u64>); 2]
where
    M: ClusterModel<State = IsingState>,
{
    let mut rng = Seed(case).set_up();
    let start = model.initial_state(&mut rng);
    let mut wolff = Wolff::new(model, beta, start.clone()).unwrap();
    wolff.tune(100, &mut rng);
    let mut swendsen_wang = SwendsenWang::new(model, beta, start).unwrap();
    [
        ("wolff", visits(&mut wolff, 7, samples, &mut rng)),
        ("swendsen-wang", visits(&mut swendsen_wang, 7, samples, &mut rng)),
    ]
}

/// Above their ordering temperature clusters renew these lattices in one or two sweeps: 7 sweeps leave correlations
/// below e^-3 in the slowest of hundreds of modes.
#[test]
fn every_state_is_visited_by_its_boltzmann_weight() {
    for (case, (ising, t)) in small_systems().into_iter().enumerate() {
        let beta = Temperature::new(t).unwrap().beta();
        let exact = probabilities(&ising, beta);
        let colder = probabilities(&ising, beta.scaled(1.05).unwrap());
        for (name, counts) in cluster_visits(&ising, beta, 60_000, case as u64) {
            let (z, control) = (chi_square_z(&counts, &exact), chi_square_z(&counts, &colder));
            println!("{} {name}: z {z:.2}, at 1.05 beta {control:.1}", ising.lattice());
            assert!(z < 4.5, "case {case} {name}: z = {z}");
            assert!(control > 4.5, "case {case} {name}: 1.05 beta passes with z = {control}");
        }
    }
}

#[test]
fn bonds_with_their_own_costs_make_the_same_clusters() {
    for (case, (ising, t)) in small_systems().into_iter().enumerate().step_by(3) {
        let beta = Temperature::new(t).unwrap().beta();
        let exact = probabilities(&ising, beta);
        let model = ByCost { ising, mistaken: false };
        for (name, counts) in cluster_visits(&model, beta, 60_000, 100 + case as u64) {
            let z = chi_square_z(&counts, &exact);
            println!("{} {name}: z {z:.2}", model.ising.lattice());
            assert!(z < 4.5, "case {case} {name}: z = {z}");
        }
    }
}

#[test]
fn clusters_of_parallel_spins_in_an_antiferromagnet_are_caught() {
    let ising = ising(LatticeKind::Square, &[2, 4], Boundary::Periodic, -1.0);
    let beta = Temperature::new(4.0).unwrap().beta();
    let (exact, hot) = (probabilities(&ising, beta), probabilities(&ising, Beta::ZERO));
    let model = ByCost { ising, mistaken: true };
    for (name, counts) in cluster_visits(&model, beta, 20_000, 200) {
        let (z, at_infinity) = (chi_square_z(&counts, &exact), chi_square_z(&counts, &hot));
        println!("mistaken {name}: z {z:.1}, at T = inf {at_infinity:.2}");
        assert!(z > 30.0 && at_infinity < 4.5, "{name}: {z} {at_infinity}");
    }
}

/// At T_c the energy renews itself within ten sweeps of clusters; blocks are tens of times longer.
#[test]
fn mean_energies_at_the_critical_point() {
    let critical = 2.0 / 2f64.sqrt().ln_1p();
    for (case, (l, j, t, sweeps)) in
        [(16, 1.0, critical, 256), (32, 1.0, critical, 128), (16, -1.0, critical, 256), (16, 1.0, -critical, 256)]
            .into_iter()
            .enumerate()
    {
        let ising = Ising::torus(l, l, j, 0.0).unwrap();
        let beta = Temperature::new(t).unwrap().beta();
        let exact = ising.thermo(beta).unwrap().energy;
        let colder = ising.thermo(beta.scaled(1.05).unwrap()).unwrap().energy;
        let mut rng = Seed(300 + case as u64).set_up();
        let mut wolff = Wolff::new(&ising, beta, ising.initial_state(&mut rng)).unwrap();
        wolff.tune(200, &mut rng);
        let mut swendsen_wang = SwendsenWang::new(&ising, beta, wolff.state().clone()).unwrap();
        let results = [
            ("wolff", mean_energy(&mut wolff, sweeps, &mut rng)),
            ("swendsen-wang", mean_energy(&mut swendsen_wang, sweeps, &mut rng)),
        ];
        for (name, (mean, error)) in results {
            let (z, control) = ((mean - exact) / error, (mean - colder) / error);
            println!("L {l} J {j} {name}: {mean:.3} ({error:.3}), z {z:.2}, at 1.05 beta {control:.1}");
            assert!(z.abs() <= STUDENT && control.abs() > STUDENT, "case {case} {name}: {z} {control}");
        }
    }
}

#[test]
fn cluster_sizes_are_squared_magnetizations() {
    let systems = [
        (ising(LatticeKind::Triangular, &[4, 4], Boundary::Periodic, 1.0), 4.0),
        (ising(LatticeKind::Cubic, &[2, 2, 3], Boundary::Periodic, 1.0), 5.0),
        (ising(LatticeKind::Honeycomb, &[4, 3], Boundary::Open, 1.0), 1.5),
    ];
    for (case, (ising, t)) in systems.into_iter().enumerate() {
        let beta = Temperature::new(t).unwrap().beta();
        let m2 = |beta: Beta| ising.magnetic_moments(beta).unwrap().m2;
        let mut rng = Seed(400 + case as u64).set_up();
        let mut state = ising.initial_state(&mut rng);
        let means: Vec<f64> = (0..BLOCKS)
            .map(|_| {
                let mut wolff = Wolff::new(&ising, beta, state.clone()).unwrap();
                run(&mut wolff, Schedule { thermalization: 0, sweeps: 3000 }, &mut rng, |_| ());
                state = wolff.state().clone();
                wolff.mean_cluster_size() / ising.n_sites()
            })
            .collect();
        let (mean, error) = mean_and_error(&means);
        let (z, control) = ((mean - m2(beta)) / error, (mean - m2(beta.scaled(1.05).unwrap())) / error);
        println!("{}: {mean:.5} ({error:.5}), z {z:.2}, at 1.05 beta {control:.1}", ising.lattice());
        assert!(z.abs() <= STUDENT && control.abs() > STUDENT, "{z} {control}");
    }
}

fn exchanged<S: Replica<State = IsingState>>(mut a: S, mut b: S) {
    let before = (a.beta(), a.energy(), a.state().clone(), b.beta(), b.energy(), b.state().clone());
    assert_ne!(before.1, before.4);
    a.exchange(&mut b);
    assert_eq!((a.beta(), a.energy(), a.state(), b.beta()), (before.0, before.4, &before.5, before.3));
    assert_eq!((b.energy(), b.state()), (before.1, &before.2));
}

#[test]
fn replicas_exchange_states_and_keep_their_temperatures() {
    let ising = ising(LatticeKind::Cubic, &[4, 4, 4], Boundary::Periodic, 1.0);
    let (cold, hot) = (Beta::INFINITE, Beta::new(0.1).unwrap());
    let mut rng = Seed(500).set_up();
    let mut mixed = SwendsenWang::new(&ising, hot, ising.state(&[])).unwrap();
    mixed.advance(&mut rng);
    let state = mixed.state().clone();
    let swendsen_wang = |beta, state| SwendsenWang::new(&ising, beta, state).unwrap();
    exchanged(swendsen_wang(cold, ising.state(&[])), swendsen_wang(hot, state.clone()));
    let wolff = |beta, state| Wolff::new(&ising, beta, state).unwrap();
    exchanged(wolff(cold, ising.state(&[])), wolff(hot, state));
}
