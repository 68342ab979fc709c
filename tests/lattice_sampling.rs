//! Sampling whole systems through the library: the mistakes that leave plausible numbers behind, each with a control
//! that must be rejected.
//!
//! Seeds are case numbers. Bounds are 4.5 standard deviations; where few blocks give the error, the Student quantile
//! of the same probability.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

use gibbs::rng::Seed;
use gibbs::simulation::{
    Budget, Row, Sampled, SamplerName, Sampling, Settings, Simulated, SimulationError, Status, Unresolved, Unsettled,
    run,
};
use gibbs::systems::{Ising, System};
use gibbs::units::Temperature;

const BOUND: f64 = 4.5;
/// Two-sided 6.8e-6 (4.5 sigma) quantiles of Student's t with 62 degrees of freedom (two walkers of 32 blocks) and 15
/// (the 16 blocks of a curve), and its 0.317 (1 sigma) quantile with 15.
const STUDENT_62: f64 = 4.92;
const STUDENT_15: f64 = 6.73;
const ONE_SIGMA_15: f64 = 1.034;

fn at(temperatures: &[f64]) -> Vec<Temperature> {
    temperatures.iter().map(|&t| Temperature::new(t).unwrap()).collect()
}

/// A system from words, as on the command line.
fn system(words: &str) -> System {
    let mut words = words.split(' ');
    let name = words.next().unwrap();
    let parameters: Vec<(&str, &str)> = words.map(|word| word.split_once('=').unwrap()).collect();
    System::parse(name, &parameters).unwrap()
}

fn settings(sampler: SamplerName, sweeps: u64) -> Settings {
    Settings { sampler, budget: Some(Budget::Sweeps(sweeps)), ..Settings::default() }
}

fn sampled(words: &str, temperatures: &[f64], settings: &Settings, seed: u64) -> Result<Sampled, SimulationError> {
    run(&system(words), &at(temperatures), settings, Seed(seed), &|| ())
}

fn row<'a>(rows: &'a [Row], observable: &str) -> &'a Row {
    rows.iter().find(|row| row.observable == observable).unwrap()
}

/// Probabilities of M = -L^2, -L^2 + 2, ..., L^2 on a torus of side L at K = beta J without field, by building it spin
/// by spin: for every first row, weights of the last row and of M.
fn magnetizations(l: usize, k: f64) -> Vec<f64> {
    let (states, width) = (1usize << l, l * l + 1);
    let bond = |a: usize, b: usize| (if a == b { k } else { -k }).exp();
    let bit = |state: usize, x: usize| state >> x & 1;
    let mut total = vec![0.0; width];
    for first in 0..states {
        let along: f64 = (0..l).map(|x| bond(bit(first, x), bit(first, (x + 1) % l))).product();
        let mut weights = vec![0.0; states * width];
        weights[first * width + first.count_ones() as usize] = along;
        for site in 0..l * (l - 1) {
            let x = site % l;
            let mut next = vec![0.0; states * width];
            for state in 0..states {
                let old = &weights[state * width..(state + 1) * width];
                for spin in 0..2 {
                    let new = state & !(1 << x) | spin << x;
                    let mut factor = bond(bit(state, x), spin);
                    factor *= if x > 0 { bond(bit(new, x - 1), spin) } else { 1.0 };
                    factor *= if x == l - 1 { bond(bit(new, 0), spin) } else { 1.0 };
                    let into = &mut next[new * width..(new + 1) * width];
                    (spin..width).for_each(|up| into[up] += factor * old[up - spin]);
                }
            }
            weights = next;
        }
        for last in 0..states {
            let close: f64 = (0..l).map(|x| bond(bit(last, x), bit(first, x))).product();
            total.iter_mut().zip(&weights[last * width..]).for_each(|(sum, weight)| *sum += close * weight);
        }
    }
    let z: f64 = total.iter().sum();
    total.iter().map(|weight| weight / z).collect()
}

/// Exact beta `<M^2>` and beta `(<M^2> - <|M|>^2)`.
fn susceptibilities(l: usize, t: f64) -> (f64, f64) {
    let n = (l * l) as f64;
    let p = magnetizations(l, 1.0 / t);
    let mean = |f: &dyn Fn(f64) -> f64| -> f64 { (0..).zip(&p).map(|(up, p)| p * f(2.0 * f64::from(up) - n)).sum() };
    let square = mean(&|m| m * m);
    (square / t, (square - mean(&f64::abs).powi(2)) / t)
}

#[test]
fn the_distribution_of_the_magnetization_is_that_of_counted_states() {
    let beta = Temperature::new(2.0).unwrap().beta();
    let moments = Ising::torus(4, 4, 1.0, 0.0).unwrap().magnetic_moments(beta).unwrap();
    let (signed, connected) = susceptibilities(4, 2.0);
    assert!((signed - 128.0 * moments.m2).abs() < 1e-10);
    assert!((connected - 128.0 * (moments.m2 - moments.abs_magnetization.powi(2))).abs() < 1e-10);
}

/// Below T_c a chain of single flips never turns round: without a field the response is beta `<M^2>` all the same,
/// and what the chain's own variance gives is the connected one.
#[test]
fn signed_and_connected_susceptibility_are_not_exchanged() {
    for (case, (l, t)) in [(4, 2.0), (8, 2.0), (8, 1.5)].into_iter().enumerate() {
        let (signed, connected) = susceptibilities(l, t);
        for sampler in [SamplerName::Metropolis, SamplerName::Wolff] {
            let found = sampled(&format!("ising l={l}"), &[t], &settings(sampler, 20_000), case as u64).unwrap();
            let (a, b) = (row(&found.rows, "susceptibility"), row(&found.rows, "connected_susceptibility"));
            let z = [a.estimate.z_score(signed), b.estimate.z_score(connected)];
            let exchanged = [a.estimate.z_score(connected), b.estimate.z_score(signed)];
            println!("L {l} T {t} {sampler:?}: z {z:.2?}, exchanged {exchanged:.0?}");
            assert!(z.iter().all(|z| z.abs() <= BOUND), "case {case} {sampler:?}: {z:?}");
            assert!(exchanged.iter().all(|z| z.abs() > 20.0), "case {case} {sampler:?}: {exchanged:?}");
        }
    }
}

#[test]
fn in_a_field_the_susceptibility_is_a_variance() {
    let beta = Temperature::new(4.0).unwrap().beta();
    let moments = Ising::torus(4, 4, 1.0, 0.3).unwrap().magnetic_moments(beta).unwrap();
    let square = 256.0 * moments.m2 * beta.get();
    let variance = square - beta.get() * (16.0 * moments.magnetization).powi(2);
    for (case, sampler) in
        [SamplerName::Metropolis, SamplerName::HeatBath, SamplerName::Tempering].into_iter().enumerate()
    {
        let found = sampled("ising l=4 h=0.3", &[4.0], &settings(sampler, 20_000), 100 + case as u64).unwrap();
        let estimate = row(&found.rows, "susceptibility").estimate;
        let (z, control) = (estimate.z_score(variance), estimate.z_score(square));
        println!("{sampler:?}: z {z:.2}, against <M^2> {control:.0}");
        assert!(z.abs() <= BOUND && control.abs() > 20.0, "{sampler:?}: {z} {control}");
    }
}

/// Rows of `found` within `bound` of the exact values; U and F are not those of 1.05 beta.
fn absolute(words: &str, rows: &[Row], bound: f64) {
    let system = system(words);
    for temperature in rows.chunk_by(|a, b| a.temperature == b.temperature) {
        let t = temperature[0].temperature;
        let names: Vec<&str> = temperature.iter().map(|row| row.observable.as_str()).collect();
        assert_eq!(names, ["energy", "heat_capacity", "entropy", "free_energy"], "{words}");
        let colder = system.exact().thermo(t.beta().scaled(1.05).unwrap()).unwrap();
        let z: Vec<f64> = temperature.iter().map(|row| row.z_score().unwrap()).collect();
        let energy = temperature[0].estimate.z_score(colder.energy);
        let entropy = temperature[2].estimate.z_score(colder.entropy);
        println!("{words} T {t}: z {z:.2?}, at 1.05 beta U {energy:.1}, S {entropy:.1}");
        assert!(z.iter().all(|z| z.abs() <= bound), "{words} at T = {t}: {z:?}");
        assert!(energy.abs() > bound && entropy.abs() > bound, "{words} at T = {t}: 1.05 beta passes");
    }
}

#[test]
fn reweighted_curves_are_absolute() {
    for (case, (words, sampled_at, curve)) in [
        ("ising l=8", &[2.2, 2.6, 3.5][..], &[2.4, 3.0][..]),
        ("potts l=4 q=3", &[0.95, 1.3], &[1.05, 1.2]),
        ("xy dimension=1 l=8", &[0.5, 1.0], &[0.6, 0.8]),
        ("spin_glass dimension=2 l=4", &[1.3, 2.5], &[1.6, 2.0]),
    ]
    .into_iter()
    .enumerate()
    {
        let settings = Settings { curve: at(curve), ..settings(SamplerName::Auto, 20_000) };
        let found = sampled(words, sampled_at, &settings, 200 + case as u64).unwrap();
        assert!(found.curve.iter().all(|row| row.sampler == SamplerName::Mbar));
        absolute(words, &found.curve, STUDENT_15);
    }
}

#[test]
fn densities_of_states_are_absolute() {
    for (case, (words, temperatures)) in
        [("ising l=8", [2.0, 3.0]), ("potts l=4 q=3", [1.0, 1.3]), ("spin_glass dimension=2 l=4", [1.3, 2.0])]
            .into_iter()
            .enumerate()
    {
        let settings = settings(SamplerName::WangLandau, 100_000);
        let found = sampled(words, &temperatures, &settings, 300 + case as u64).unwrap();
        absolute(words, &found.rows, STUDENT_62);
    }
}

/// Two temperatures near each other far below T_c share no energies with infinite temperature.
#[test]
fn curves_cut_off_from_infinite_temperature_leave_out_what_is_absolute() {
    let settings = Settings { curve: at(&[1.95]), ..settings(SamplerName::Wolff, 10_000) };
    let found = sampled("ising l=24", &[1.9, 2.0], &settings, 400).unwrap();
    let names: Vec<&str> = found.curve.iter().map(|row| row.observable.as_str()).collect();
    assert_eq!(names, ["energy", "heat_capacity"]);
    for row in &found.curve {
        assert!(row.z_score().unwrap().abs() <= STUDENT_15, "{row:?}");
    }
    let colder = system("ising l=24").exact().thermo(at(&[1.95])[0].beta().scaled(1.05).unwrap()).unwrap();
    assert!(found.curve[0].estimate.z_score(colder.energy).abs() > STUDENT_15);
}

/// Errors of a curve are what estimates scatter by; half of them are not.
#[test]
fn errors_of_curves_cover() {
    const SEEDS: u64 = 200;
    let settings = Settings { curve: at(&[2.5]), ..settings(SamplerName::Wolff, 1000) };
    let mut z: Vec<Vec<f64>> = vec![Vec::new(); 4];
    for seed in 0..SEEDS {
        let found = sampled("ising l=4", &[2.0, 3.0], &settings, seed).unwrap();
        z.iter_mut().zip(&found.curve).for_each(|(all, row)| all.push(row.z_score().unwrap()));
    }
    // 4 standard deviations of a binomial share of 0.683.
    let (expected, slack) = (0.683, 4.0 * (0.683 * 0.317 / SEEDS as f64).sqrt());
    for (name, z) in ["energy", "heat_capacity", "entropy", "free_energy"].iter().zip(&z) {
        let share = |bound: f64| z.iter().filter(|z| z.abs() <= bound).count() as f64 / SEEDS as f64;
        let (share, control) = (share(ONE_SIGMA_15), share(ONE_SIGMA_15 / 2.0));
        println!("{name}: {share:.3} within one error, {control:.3} within half of it");
        assert!((share - expected).abs() <= slack, "{name}: {share}");
        assert!((control - expected).abs() > slack, "{name}: {control}");
    }
}

/// Chains caught in stripes, or in the phase that a field disfavours, are not resolved or right.
#[test]
fn frozen_chains_are_never_silently_wrong() {
    let (mut unresolved, mut answered) = (0, 0);
    for seed in 0..20 {
        for (words, lowest, highest) in
            [("ising l=16", -512.0, -508.0), ("ising l=32", -2048.0, -2035.0), ("ising l=16 h=-0.1", -537.6, -533.0)]
        {
            for sampler in [SamplerName::HeatBath, SamplerName::Metropolis] {
                let settings = Settings { replicas: 4, limit: Some(5000), ..settings(sampler, 500) };
                let found = sampled(words, &[1.0], &settings, seed).unwrap();
                if found.verdicts[0].unsettled.is_some() {
                    assert!(found.rows.iter().all(|row| !row.is_resolved()), "{words}: {found}");
                    unresolved += 1;
                    continue;
                }
                let energy = row(&found.rows, "energy");
                let u = energy.estimate.value;
                assert!((lowest..=highest).contains(&u), "{words} {sampler:?} seed {seed}: U = {u}");
                assert!(energy.z_score().is_none_or(|z| z.abs() <= BOUND), "{words} seed {seed}: {energy:?}");
                answered += 1;
            }
        }
    }
    println!("{unresolved} unresolved, {answered} answered");
    assert!(unresolved >= 10 && answered >= 10, "{unresolved} unresolved, {answered} answered");
}

/// Where a strong first-order transition lets two phases coexist, each start keeps its own for very long. Replicas from both starts see it,
/// and one start alone makes no round trip between the phases.
#[test]
fn coexisting_phases_are_not_resolved() {
    let t = 1.0 / 64f64.sqrt().ln_1p();
    for seed in 0..5 {
        let settings = Settings { limit: Some(6000), ..settings(SamplerName::HeatBath, 1500) };
        let two = sampled("potts l=16 q=64", &[t], &settings, seed).unwrap();
        assert!(two.rows.iter().all(|row| !row.is_resolved()), "{two}");
        let one = sampled("potts l=16 q=64", &[t], &Settings { replicas: 1, ..settings }, seed).unwrap();
        assert!(one.rows.iter().all(|row| !row.is_resolved()), "{one}");
        let u = row(&one.rows, "energy").estimate.value;
        // Duality: at T_c the energies of the two phases lie equally far from -N (1 + 1/sqrt q) = -288.
        assert!(u < -400.0, "seed {seed}: the ordered start has melted, U = {u}");
    }
    let above = sampled("potts l=16 q=64", &[0.6], &settings(SamplerName::HeatBath, 500), 0).unwrap();
    assert!(row(&above.rows, "energy").estimate.value > -150.0);
}

/// 2 h N = 0.3 is nothing beside the fluctuations of the energy, but M is 35 or -35: only the sign of M, of replicas that start along and
/// against the field, tells that single spins do not turn it in so few sweeps.
#[test]
fn a_magnetization_that_never_turns_is_not_resolved() {
    let words = "ising l=6 h=0.004";
    let single = Settings { limit: Some(4000), ..settings(SamplerName::HeatBath, 1000) };
    for row in &sampled(words, &[1.2], &single, 1).unwrap().rows {
        let drifting = matches!(row.status, Status::Unresolved(Unresolved::Limit(Unsettled::Drifting { .. })));
        assert!(drifting, "{} is {:?}", row.observable, row.status);
    }
    // Sweeps and clusters in turn cross, and are right.
    let crossed = sampled(words, &[1.2], &settings(SamplerName::Auto, 1000), 1).unwrap();
    assert_eq!(crossed.rows.len(), 7);
    for row in &crossed.rows {
        let z = row.z_score();
        assert!(row.is_resolved() && z.is_some_and(|z| z.abs() < BOUND), "{} {z:?}", row.observable);
    }
}

/// A gap of 4 at T = 0.2 is crossed once in some 10^7 sweeps, but the many ground states of a glass are exchanged all the time: the energy is not
/// known, the magnetization is.
#[test]
fn what_moves_while_the_energy_rests_is_resolved() {
    let found = sampled("spin_glass l=3", &[0.2], &settings(SamplerName::Tempering, 4000), 1).unwrap();
    for row in &found.rows {
        let of_the_energy = ["energy", "heat_capacity"].contains(&row.observable.as_str());
        assert_eq!(row.is_resolved(), !of_the_energy, "{row}");
    }
}

/// Excursions of the energy that a run of the sweeps asked for sees too few of are waited for, and then counted right.
#[test]
fn rare_excursions_are_waited_for() {
    for seed in 0..4 {
        let found = sampled("ising l=4", &[0.9], &settings(SamplerName::HeatBath, 20_000), seed).unwrap();
        let energy = row(&found.rows, "energy");
        assert!(found.verdicts[0].sweeps > 40_000, "{found}");
        assert!(energy.is_resolved() && energy.z_score().is_some_and(|z| z.abs() < BOUND), "{energy:?}");
    }
}

/// Two temperatures that differ in the last digits have different estimates, unless they use the same random numbers.
#[test]
fn temperatures_do_not_share_random_numbers() {
    let draws = Settings { budget: Some(Budget::Particles(10_000)), ..Settings::default() };
    let chains = |sampler| settings(sampler, 500);
    let cases = [
        ("two_level", draws.clone()),
        ("rem", draws.clone()),
        ("classical_power", draws),
        ("ideal_gas", Settings::default()),
        ("ising l=8", chains(SamplerName::Metropolis)),
        ("ising l=9", chains(SamplerName::Wolff)),
        ("ising l=6 h=0.1", chains(SamplerName::Auto)),
        ("xy l=6", chains(SamplerName::Auto)),
        ("spin_glass l=3", chains(SamplerName::Auto)),
        ("lennard_jones n=32 density=0.2 cutoff=2", chains(SamplerName::Auto)),
    ];
    for (words, settings) in cases {
        let both = sampled(words, &[2.3, 2.3 * (1.0 + 1e-12)], &settings, 1).unwrap();
        let (first, second) = both.rows.split_at(both.rows.len() / 2);
        let values = |rows: &[Row]| rows.iter().map(|row| row.estimate.value).collect::<Vec<f64>>();
        let differ = |(a, b): (f64, f64)| (a - b).abs() > 1e-9 * a.abs();
        assert!(values(first).into_iter().zip(values(second)).any(differ), "{words}");
    }
}

/// Single spins where they are quick, clusters where they are not, weights that are flat where two phases coexist; a pilot run on a small
/// lattice is not taken in by a correlation length beyond it.
#[test]
fn auto_takes_what_suits_the_temperature() {
    let local = [SamplerName::Metropolis, SamplerName::HeatBath];
    let cases: [(&str, f64, &[SamplerName]); 11] = [
        ("ising l=64", 1.8, &local),
        ("ising l=64", 4.5, &local),
        ("ising l=4096", 3.5, &local),
        ("ising l=64", 2.269, &[SamplerName::Wolff]),
        ("ising l=2048", 2.269, &[SamplerName::Wolff]),
        ("ising dimension=3 l=32", 4.51, &[SamplerName::Wolff]),
        ("potts l=32 q=3", 0.995, &[SamplerName::Wolff]),
        ("potts l=24 q=10", 0.7012, &[SamplerName::Multicanonical]),
        ("blume_capel l=32 delta=0.5", 1.0, &local),
        ("blume_capel l=32 delta=1", 1.4, &[SamplerName::Mixed]),
        ("blume_capel l=32 h=0.05", 1.2, &[SamplerName::Mixed]),
    ];
    for (words, t, expected) in cases {
        let system = system(words);
        let Sampling::Chains(methods) = system.sampling() else { panic!("{words} has no chains") };
        let choice = (methods.automatic)(Temperature::new(t).unwrap().beta());
        assert!(expected.contains(&choice.sampler), "{words} at T = {t}: {choice:?}");
    }
}
