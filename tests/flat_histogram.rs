//! Wang–Landau and multicanonical runs against exactly known numbers of states.
//!
//! Seeds are case numbers; bounds are Student quantiles of the 4.5 sigma probability shared among the levels.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

use gibbs::estimators::{
    CellDensity, Estimate, Known, density_from_transitions, density_from_visits, student_t_two_sided,
};
use gibbs::rng::Seed;
use gibbs::samplers::{EnergyCells, Refinement, Sampler, SamplerError, Transitions, WangLandau};
use gibbs::systems::{Ising, Model};

const BLOCKS: usize = 64;

/// Densities by transitions and by visits of one run, normalised by the ground state's two, ends known.
fn run(ising: &Ising, half: f64, sweeps_per_block: u64, case: u64) -> [CellDensity; 2] {
    let mut rng = Seed(case).set_up();
    let cells = EnergyCells::grid(-half, half, 4.0).unwrap();
    let mut walk = WangLandau::new(ising, cells, ising.initial_state(&mut rng)).unwrap();
    walk.refine(Refinement { final_ln_f: 1e-5, ..Refinement::default() }, &mut rng).unwrap();
    let mut chain = walk.into_multicanonical();
    (0..sweeps_per_block / 4).for_each(|_| chain.advance(&mut rng));
    chain.take_transitions();
    let blocks: Vec<Transitions> = (0..BLOCKS)
        .map(|_| {
            (0..sweeps_per_block).for_each(|_| chain.advance(&mut rng));
            chain.take_transitions()
        })
        .collect();
    println!("case {case}: {} round trips", chain.round_trips());
    assert!(chain.round_trips() > 10 * BLOCKS as u64);
    assert_eq!(chain.energy(), ising.energy(chain.state()));
    let visits: Vec<Vec<f64>> = blocks.iter().map(Transitions::visits).collect();
    let n = chain.cells().len();
    let last = Known::Cell { cell: n - 1, ln_g: 2f64.ln() };
    [density_from_transitions(&blocks, n).unwrap(), density_from_visits(&visits, chain.ln_g()).unwrap()].map(
        |density| {
            let density = density.normalised(Known::Cell { cell: 0, ln_g: 2f64.ln() }).unwrap();
            let gap = density.discrepancy(last).unwrap();
            println!("other end: {gap}, z = {:.2}", gap.z_score(0.0));
            assert!(p_value(&gap, 0.0) > 6.8e-6);
            density.conditioned(last).unwrap()
        },
    )
}

fn p_value(estimate: &Estimate, exact: f64) -> f64 {
    student_t_two_sided(estimate.z_score(exact), estimate.n_eff - 1.0).unwrap()
}

/// Least p-value over the levels and largest relative deviation; checks each and a density distorted by 1 %.
fn compare(density: &CellDensity, exact: &[f64]) -> (f64, f64) {
    let found = density.estimates().unwrap();
    assert_eq!(found.len(), exact.len());
    let least = |scale: f64| {
        let open = found.iter().zip(exact).filter(|(e, _)| e.std_error > 0.0);
        open.map(|(e, x)| p_value(e, scale * x)).fold(1.0, f64::min)
    };
    let deviation = found.iter().zip(exact).map(|(e, x)| (e.value / x - 1.0).abs()).fold(0.0, f64::max);
    let bound = 6.8e-6 / exact.len() as f64;
    println!("least p {:.2e}, distorted {:.1e}, largest deviation {deviation:.2e}", least(1.0), least(1.01));
    assert!(least(1.0) > bound);
    assert!(least(1.01) < bound, "a density of states wrong by 1 % passes");
    (least(1.0), deviation)
}

fn torus(l: usize) -> (Ising, Vec<f64>) {
    let path = format!("{}/tests/reference/s08_ising2d_dos_{l}x{l}.csv", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    let exact = reader.records().map(|row| row.unwrap()[2].parse().unwrap()).collect();
    (Ising::torus(l, l, 1.0, 0.0).unwrap(), exact)
}

#[test]
fn four_by_four() {
    let (ising, exact) = torus(4);
    for density in run(&ising, 32.0, 4000, 1) {
        compare(&density, &exact);
    }
}

#[test]
#[ignore = "ten seconds or more"]
fn eight_by_eight_to_a_tenth_of_a_percent() {
    let (ising, exact) = torus(8);
    let densities = run(&ising, 128.0, 200_000, 2);
    for density in &densities {
        let (_, deviation) = compare(density, &exact);
        assert!(deviation < 1e-3, "{deviation}");
    }
    let [a, b] = densities.map(|density| density.estimates().unwrap());
    for (a, b) in a.iter().zip(&b) {
        println!("{a} {b} ratio of errors {:.2}", b.std_error / a.std_error);
    }
}

#[test]
fn a_walk_that_cannot_converge_says_so_and_goes_on() {
    let ising = Ising::torus(4, 4, 1.0, 0.0).unwrap();
    let mut rng = Seed(3).set_up();
    let start = |cells: EnergyCells| WangLandau::new(&ising, cells, ising.state(&[]));
    assert!(matches!(start(EnergyCells::grid(-16.0, 32.0, 4.0).unwrap()), Err(SamplerError::OutsideCells { .. })));
    assert!(matches!(start(EnergyCells::grid(-34.0, 34.0, 4.0).unwrap()), Err(SamplerError::OffGrid { .. })));
    let mut walk = start(EnergyCells::grid(-32.0, 0.0, 4.0).unwrap()).unwrap();
    let few = Refinement { max_sweeps: 100, final_ln_f: 1e-5, ..Refinement::default() };
    assert!(matches!(walk.refine(few, &mut rng), Err(SamplerError::NotFlat { sweeps: 100, .. })));
    walk.refine(Refinement { max_sweeps: 10_000_000, ..few }, &mut rng).unwrap();
    // eight cells of nine up to E = 0: there is none at -28, and none above the window
    assert_eq!(walk.n_visited(), 8);
}
