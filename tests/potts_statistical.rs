//! The Potts samplers against exact probabilities, mean energies and order parameters.
//!
//! Seeds are case numbers. Bounds are 4.5 standard deviations of the statistic under the exact law; where a
//! variance is estimated from `BLOCKS` blocks the bound is the Student quantile of the same probability.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::model::{Boundary, Exact, Lattice, LatticeKind, Magnet, Model};
use gibbs::rng::{Seed, TaskRng};
use gibbs::samplers::{HeatBath, Metropolis, Replica, Sampler, Schedule, run};
use gibbs::systems::{Ising, Potts, PottsState};
use gibbs::units::Beta;

const BLOCKS: usize = 128;
/// Two-sided 6.8e-6 (4.5 sigma) quantile of Student's t with 127 degrees of freedom.
const STUDENT: f64 = 4.70;

fn potts(kind: LatticeKind, sides: &[usize], boundary: Boundary, q: u32, j: f64) -> Potts {
    Potts::new(Lattice::new(kind, sides, boundary).unwrap(), q, j).unwrap()
}

/// The colours of a state as one number with digits in base q.
fn index(colours: &[u8], q: u32) -> usize {
    colours.iter().rev().fold(0, |code, &colour| code * q as usize + usize::from(colour))
}

/// Boltzmann probabilities of all q^N states, from their energies computed one by one.
fn probabilities(potts: &Potts, beta: Beta) -> Vec<f64> {
    let (n, q) = (potts.lattice().n_sites(), potts.q() as usize);
    let colours = |code: usize| (0..n).map(|i| (code / q.pow(i as u32) % q) as u8).collect::<Vec<u8>>();
    let energies = (0..q.pow(n as u32)).map(|code| potts.energy(&potts.state(&colours(code)))).collect();
    Canonical::new(&Spectrum::new(energies).unwrap(), beta).probabilities()
}

/// Standardized chi-square by the cube-root normal approximation (Wilson and Hilferty 1931); states are added up in
/// cells that expect at least 10, in the order of falling probability.
fn chi_square_z(counts: &[u64], probabilities: &[f64]) -> f64 {
    let total = counts.iter().sum::<u64>() as f64;
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
    let (mut cells, mut open) = (Vec::new(), (0.0, 0.0));
    for state in order {
        open = (open.0 + counts[state] as f64, open.1 + probabilities[state] * total);
        if open.1 >= 10.0 {
            cells.push(std::mem::take(&mut open));
        }
    }
    // What is left expects fewer than 10 and joins the last cell.
    let last = cells.last_mut().unwrap();
    *last = (last.0 + open.0, last.1 + open.1);
    let chi2: f64 = cells.iter().map(|(observed, expected)| (observed - expected).powi(2) / expected).sum();
    let freedom = cells.len() as f64 - 1.0;
    let spread = 2.0 / (9.0 * freedom);
    ((chi2 / freedom).cbrt() - (1.0 - spread)) / spread.sqrt()
}

/// Visits of every state, one in `thinning` sweeps.
fn visits<S: Sampler<State = PottsState>>(
    chain: &mut S,
    q: u32,
    thinning: u64,
    samples: u64,
    rng: &mut TaskRng,
) -> Vec<u64> {
    let mut counts = vec![0; (q as usize).pow(chain.state().colours().len() as u32)];
    run(chain, Schedule { thermalization: 200, sweeps: 0 }, rng, |_| ());
    for _ in 0..samples {
        (0..thinning).for_each(|_| chain.advance(rng));
        counts[index(chain.state().colours(), q)] += 1;
    }
    counts
}

/// At these temperatures a site forgets its colour within 2 or 3 sweeps (the lattices are above their T_c), so samples
/// 11 sweeps apart have correlations below e^-3 in the slowest of hundreds of modes. 1.05 beta shifts chi-square by
/// samples (0.05 beta)^2 Var E, to be compared with the square root of twice the number of states: the colder or
/// smaller the lattice, the fewer samples show it.
fn check_visits(cases: impl IntoIterator<Item = (u64, Potts, f64)>, samples: u64) {
    for (case, potts, beta) in cases {
        let beta = Beta::new(beta).unwrap();
        let exact = probabilities(&potts, beta);
        let colder = probabilities(&potts, beta.scaled(1.05).unwrap());
        let mut rng = Seed(case).set_up();
        let start = potts.initial_state(&mut rng);
        let mut metropolis = Metropolis::new(&potts, beta, start.clone());
        let mut heat_bath = HeatBath::new(&potts, beta, start);
        for (name, counts) in [
            ("metropolis", visits(&mut metropolis, potts.q(), 11, samples, &mut rng)),
            ("heat bath", visits(&mut heat_bath, potts.q(), 11, samples, &mut rng)),
        ] {
            let (z, control) = (chi_square_z(&counts, &exact), chi_square_z(&counts, &colder));
            println!("case {case} {name}: z {z:.2}, at 1.05 beta {control:.1}");
            assert!(z < 4.5, "case {case} {name}: z = {z}");
            assert!(control > 4.5, "case {case} {name}: 1.05 beta passes with z = {control}");
        }
    }
}

#[test]
fn every_state_of_three_colours_is_visited_by_its_boltzmann_weight() {
    let torus = |j| potts(LatticeKind::Square, &[3, 3], Boundary::Periodic, 3, j);
    check_visits([(0, torus(1.0), 0.6), (1, torus(-1.0), 0.9)], 250_000);
}

#[test]
fn every_state_of_small_lattices_is_visited_by_its_boltzmann_weight() {
    use Boundary::{Open, Periodic};
    use LatticeKind::{Chain, Square, Triangular};
    let cases = [
        (2, potts(Square, &[2, 3], Periodic, 4, 1.0), 0.7),
        (3, potts(Square, &[2, 3], Open, 4, 1.0), 1.0),
        (4, potts(Square, &[2, 3], Periodic, 4, 1.0), -1.6),
        (5, potts(Triangular, &[3, 2], Periodic, 3, -0.7), 1.5),
        (6, potts(Chain, &[3], Periodic, 12, 1.0), 1.5),
        (7, potts(Square, &[3, 3], Periodic, 2, 1.0), 0.7),
    ];
    check_visits(cases, 150_000);
}

/// Infinite temperature, and absolute zero from both sides.
#[test]
fn limits_of_temperature() {
    let hot = potts(LatticeKind::Chain, &[5], Boundary::Open, 4, 1.0);
    let mut rng = Seed(20).set_up();
    let start = hot.initial_state(&mut rng);
    let uniform = vec![1.0 / 1024.0; 1024];
    let heat_bath = visits(&mut HeatBath::new(&hot, Beta::ZERO, start.clone()), 4, 11, 100_000, &mut rng);
    let metropolis = visits(&mut Metropolis::new(&hot, Beta::ZERO, start), 4, 11, 100_000, &mut rng);
    assert!(chi_square_z(&heat_bath, &uniform) < 4.5 && chi_square_z(&metropolis, &uniform) < 4.5);

    // With room to move: proper 4-colourings of a ladder, which are the top of the spectrum for J > 0.
    for (case, (j, beta)) in [(-1.0, f64::INFINITY), (1.0, f64::NEG_INFINITY)].into_iter().enumerate() {
        let beta = Beta::new(beta).unwrap();
        let ladder = potts(LatticeKind::Square, &[2, 3], Boundary::Open, 4, j);
        let exact = probabilities(&ladder, beta);
        let mut rng = Seed(21 + case as u64).set_up();
        let start = ladder.initial_state(&mut rng);
        let counts = visits(&mut HeatBath::new(&ladder, beta, start), 4, 41, 100_000, &mut rng);
        assert!(counts.iter().zip(&exact).all(|(&n, &p)| n == 0 || p > 0.0), "a state above the ground states");
        let z = chi_square_z(&counts, &exact);
        println!("ground states of case {case}: z {z:.2}");
        assert!(z < 4.5, "{z}");
        assert!(chi_square_z(&counts, &probabilities(&ladder, Beta::ZERO)) > 100.0);
    }

    // A ferromagnet at absolute zero stays, however cold the unit: no weight overflows.
    let cold = potts(LatticeKind::Square, &[4, 4], Boundary::Periodic, 3, 1e300);
    for beta in [1.0, 1e300, f64::INFINITY] {
        let start = cold.initial_state(&mut rng);
        let mut chain = HeatBath::new(&cold, Beta::new(beta).unwrap(), start.clone());
        (0..20).for_each(|_| chain.advance(&mut rng));
        assert_eq!(chain.state(), &start);
    }
}

/// Mean and standard error from block means.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let length = values.len() / BLOCKS;
    let means: Vec<f64> = values.chunks_exact(length).map(|block| block.iter().sum::<f64>() / length as f64).collect();
    let mean = means.iter().sum::<f64>() / BLOCKS as f64;
    let variance = means.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / (BLOCKS - 1) as f64;
    (mean, (variance / BLOCKS as f64).sqrt())
}

/// Energies and magnetizations of a run.
fn series<S: Sampler<State = PottsState>>(potts: &Potts, mut chain: S, rng: &mut TaskRng) -> [Vec<f64>; 2] {
    let (mut energies, mut orders) = (Vec::new(), Vec::new());
    let schedule = Schedule { thermalization: 1000, sweeps: 1024 * BLOCKS as u64 };
    run(&mut chain, schedule, rng, |chain| {
        energies.push(chain.energy());
        orders.push(potts.magnetization(chain.state()));
    });
    [energies, orders]
}

/// Blocks of 1024 sweeps are at least 20 relaxation times long: 4 x 4 sites at and above T_c relax within tens of
/// sweeps.
#[test]
fn mean_energies_and_orders_are_exact() {
    let torus = |q, j| potts(LatticeKind::Square, &[4, 4], Boundary::Periodic, q, j);
    let systems = [torus(3, 1.0), torus(10, 1.0), torus(3, -1.0)];
    let cases = [(0, 1.0), (0, 0.8), (1, 1.3), (1, 1.1), (2, 1.0), (1, -1.5)];
    for (case, (system, beta)) in cases.into_iter().enumerate() {
        let (potts, beta) = (&systems[system], Beta::new(beta).unwrap());
        let expected = |beta: Beta| {
            let order = potts.order_moments(beta).unwrap().m * potts.lattice().n_sites() as f64;
            [potts.thermo(beta).unwrap().energy, order]
        };
        let (exact, colder) = (expected(beta), expected(beta.scaled(1.05).unwrap()));
        let mut rng = Seed(100 + case as u64).set_up();
        let start = potts.initial_state(&mut rng);
        let runs = [
            ("metropolis", series(potts, Metropolis::new(potts, beta, start.clone()), &mut rng)),
            ("heat bath", series(potts, HeatBath::new(potts, beta, start), &mut rng)),
        ];
        for (name, both) in runs {
            for (i, quantity) in ["energy", "order"].into_iter().enumerate() {
                let (mean, error) = mean_and_error(&both[i]);
                let (z, control) = ((mean - exact[i]) / error, (mean - colder[i]) / error);
                println!("case {case} {name} {quantity}: {mean:.4} ({error:.4}), z {z:.2}, control {control:.1}");
                assert!(z.abs() <= STUDENT, "case {case} {name} {quantity}: z = {z}");
                // Where neighbours avoid each other the commonest colour hardly depends on the temperature.
                let told = control.abs() > STUDENT || (beta.get() * potts.j() < 0.0 && quantity == "order");
                assert!(told, "case {case} {name} {quantity}: 1.05 beta passes with {control}");
            }
        }
    }
}

#[test]
fn a_heat_bath_of_spins_has_the_energy_of_the_model() {
    for (case, (ising, beta)) in [
        (Ising::torus(4, 4, 1.0, 0.3).unwrap(), 0.4),
        (Ising::torus(3, 5, -1.0, 0.5).unwrap(), 0.5),
        (Ising::ring(9, 1.0, 0.2).unwrap(), -0.6),
    ]
    .into_iter()
    .enumerate()
    {
        let beta = Beta::new(beta).unwrap();
        let mut rng = Seed(200 + case as u64).set_up();
        let mut chain = HeatBath::new(&ising, beta, ising.initial_state(&mut rng));
        let mut energies = Vec::new();
        let schedule = Schedule { thermalization: 1000, sweeps: 1024 * BLOCKS as u64 };
        run(&mut chain, schedule, &mut rng, |chain| energies.push(chain.energy()));
        assert_eq!(chain.energy(), ising.energy(chain.state()));
        let (mean, error) = mean_and_error(&energies);
        let z = (mean - ising.thermo(beta).unwrap().energy) / error;
        let control = (mean - ising.thermo(beta.scaled(1.05).unwrap()).unwrap().energy) / error;
        println!("spins {case}: {mean:.4} ({error:.4}), z {z:.2}, control {control:.1}");
        assert!(z.abs() <= STUDENT && control.abs() > STUDENT, "case {case}: {z} {control}");
    }
}

#[test]
fn replicas_exchange_states_and_keep_their_temperatures() {
    let potts = potts(LatticeKind::Cubic, &[3, 3, 3], Boundary::Periodic, 5, 1.0);
    let mut rng = Seed(300).set_up();
    let start = potts.initial_state(&mut rng);
    let mut cold = HeatBath::new(&potts, Beta::new(2.0).unwrap(), start.clone());
    let mut hot = HeatBath::new(&potts, Beta::ZERO, start);
    (0..10).for_each(|_| hot.advance(&mut rng));
    let (a, b) = (cold.state().clone(), hot.state().clone());
    cold.exchange(&mut hot);
    assert!(cold.state() == &b && hot.state() == &a && a != b);
    assert_eq!((cold.beta().get(), hot.beta()), (2.0, Beta::ZERO));
    assert_eq!((cold.energy(), hot.energy()), (potts.energy(&b), potts.energy(&a)));
}
