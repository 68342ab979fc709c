//! A model that this crate does not know, driven like those that it does: with and without an exact answer, by methods that differ from one
//! temperature to another.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use gibbs::model::{Exact, Model};
use gibbs::rng::{Seed, index};
use gibbs::samplers::Metropolis;
use gibbs::simulation::{
    ChainMethods, Chains, Choice, EnergyGrid, LeftOut, Observable, Observables, Row, SamplerName, Sampling, Settings,
    Simulated, run,
};
use gibbs::units::{Beta, Dimension, Temperature};
use gibbs::{Canonical, Spectrum};
use rand::Rng;

#[path = "../examples/your_own_model.rs"]
mod example;

/// Six independent bonds, each of energy 0 or, in two forms, 1.
struct Molecule {
    levels: Spectrum,
    tells_exact: bool,
    /// Replica exchange below this temperature, Metropolis above.
    tempered_below: f64,
}

const PAIRS: Observable = Observable::extensive("gauche_pairs", Dimension::Number);

impl Molecule {
    fn new(tells_exact: bool, tempered_below: f64) -> Self {
        let ways = [1.0, 12.0, 60.0, 160.0, 240.0, 192.0, 64.0];
        let levels = Spectrum::with_degeneracies((0..7).map(f64::from).collect(), &ways).unwrap();
        Self { levels, tells_exact, tempered_below }
    }

    /// U, C and the pairs at `beta`.
    fn expected(&self, beta: Beta) -> [f64; 3] {
        let thermo = Canonical::new(&self.levels, beta).thermo();
        [thermo.energy, thermo.heat_capacity, 5.0 * (thermo.energy / 6.0).powi(2)]
    }
}

impl Model for Molecule {
    type State = [u8; 6];
    type Move = (usize, u8);

    fn initial_state<R: Rng + ?Sized>(&self, _: &mut R) -> [u8; 6] {
        [0; 6]
    }
    fn energy(&self, bonds: &[u8; 6]) -> f64 {
        bonds.iter().filter(|&&form| form > 0).count() as f64
    }
    fn propose<R: Rng + ?Sized>(&self, bonds: &[u8; 6], rng: &mut R) -> (usize, u8) {
        let bond = index(rng, 6) as usize;
        (bond, (bonds[bond] + 1 + index(rng, 2) as u8) % 3)
    }
    fn energy_change(&self, bonds: &[u8; 6], &(bond, form): &(usize, u8)) -> f64 {
        f64::from(form.min(1)) - f64::from(bonds[bond].min(1))
    }
    fn apply(&self, bonds: &mut [u8; 6], (bond, form): (usize, u8)) {
        bonds[bond] = form;
    }
    fn moves_per_sweep(&self) -> usize {
        6
    }
}

impl Simulated for Molecule {
    fn name(&self) -> &'static str {
        "molecule"
    }
    fn exact(&self) -> Option<&(dyn Exact + Sync)> {
        self.tells_exact.then_some(&self.levels)
    }
    fn sampling(&self) -> Sampling<'_> {
        let pairs = |bonds: &[u8; 6]| bonds.windows(2).filter(|pair| pair[0] > 0 && pair[1] > 0).count() as f64;
        let chains = Chains::new(self, Observables::new().mean(PAIRS, pairs));
        let methods = vec![
            chains.metropolis(),
            chains.tempering(4.0, |beta, state| Metropolis::new(self, beta, state)),
            chains.flat_histogram(Some(EnergyGrid { lowest: 0.0, highest: 6.0, step: 1.0 }), Some(0.0)),
        ];
        let automatic = |beta: Beta| {
            let cold = beta.temperature().get() < self.tempered_below;
            Choice { sampler: if cold { SamplerName::Tempering } else { SamplerName::Metropolis }, why: "a test" }
        };
        Sampling::Chains(ChainMethods::new(methods).automatic(automatic))
    }
}

fn at(all: &[f64]) -> Vec<Temperature> {
    all.iter().map(|&t| Temperature::new(t).unwrap()).collect()
}

/// z of U, C and the pairs of `rows` against `molecule` at beta misstated by `factor`.
fn worst(molecule: &Molecule, rows: &[Row], factor: f64) -> f64 {
    let z = |row: &Row| {
        let beta = row.temperature.beta().scaled(factor).unwrap();
        let [energy, heat_capacity, pairs] = molecule.expected(beta);
        match row.observable.as_str() {
            "energy" => row.estimate.z_score(energy),
            "heat_capacity" => row.estimate.z_score(heat_capacity),
            "gauche_pairs" => row.estimate.z_score(pairs),
            other => panic!("{other} has no value here"),
        }
    };
    rows.iter().map(z).fold(0.0, |worst, z| worst.max(z.abs()))
}

#[test]
fn every_method_is_right_without_an_exact_answer() {
    let molecule = Molecule::new(false, 0.0);
    let samplers = [SamplerName::Metropolis, SamplerName::Tempering, SamplerName::WangLandau];
    for (case, sampler) in (1..).zip(samplers) {
        let curve = if sampler == SamplerName::WangLandau { Vec::new() } else { at(&[0.4, 0.8]) };
        let settings = Settings { sampler, curve: curve.clone(), ..Settings::default() };
        let sampled = run(&molecule, &at(&[0.3, 0.5, 1.0]), &settings, Seed(case), &|| ()).unwrap();
        // What a walk over energies and a curve do not give is said.
        let by = if sampler == SamplerName::WangLandau { sampler } else { SamplerName::Mbar };
        assert_eq!(sampled.left_out, [LeftOut { sampler: by, observables: vec![PAIRS] }]);
        // Nothing is said of absolute entropies, and nothing has a z-score.
        assert_eq!(sampled.curve.len(), 2 * curve.len(), "{sampler:?}");
        assert_eq!(sampled.rows.len(), if sampler == SamplerName::WangLandau { 6 } else { 9 });
        let rows: Vec<Row> = sampled.rows.into_iter().chain(sampled.curve).collect();
        assert!(rows.iter().all(|row| row.z_score().is_none()));
        assert!(worst(&molecule, &rows, 1.0) < 4.5, "{sampler:?}: {}", worst(&molecule, &rows, 1.0));
        assert!(worst(&molecule, &rows, 1.05) > 4.5, "{sampler:?} does not see 5 % of beta");
    }
}

#[test]
fn an_exact_answer_makes_entropies_absolute() {
    let molecule = Molecule::new(true, 0.0);
    let settings = Settings { sampler: SamplerName::WangLandau, ..Settings::default() };
    let sampled = run(&molecule, &at(&[0.5]), &settings, Seed(4), &|| ()).unwrap();
    let names: Vec<&str> = sampled.rows.iter().map(|row| row.observable.as_str()).collect();
    assert_eq!(names, ["energy", "heat_capacity", "entropy", "free_energy"]);
    assert!(sampled.rows.iter().all(|row| row.z_score().unwrap().abs() < 4.5));
}

#[test]
fn methods_may_differ_from_one_temperature_to_another() {
    let molecule = Molecule::new(true, 0.45);
    let temperatures = at(&[1.0, 0.3, 0.7, 0.4]);
    let sampled = run(&molecule, &temperatures, &Settings::default(), Seed(5), &|| ()).unwrap();
    let found: Vec<(f64, SamplerName)> =
        sampled.rows.iter().step_by(3).map(|row| (row.temperature.get(), row.sampler)).collect();
    let (hot, cold) = (SamplerName::Metropolis, SamplerName::Tempering);
    assert_eq!(found, [(1.0, hot), (0.3, cold), (0.7, hot), (0.4, cold)]);
    assert_eq!(sampled.verdicts.len(), 4);
    assert!(worst(&molecule, &sampled.rows, 1.0) < 4.5 && worst(&molecule, &sampled.rows, 1.05) > 4.5);
}

#[test]
fn settings_are_checked_before_anything_runs() {
    let molecule = Molecule::new(true, 0.0);
    let refusal = |settings: Settings| run(&molecule, &at(&[1.0]), &settings, Seed(1), &|| ()).unwrap_err().to_string();
    assert_eq!(refusal(Settings { replicas: 0, ..Settings::default() }), "replicas must be at least 1, got 0");
    let message = refusal(Settings { sampler: SamplerName::Wolff, ..Settings::default() });
    assert_eq!(message, "sampler must be one of metropolis, tempering, wang-landau for molecule, got `wolff`");
}

#[test]
fn the_example_agrees_with_its_closed_forms() {
    example::main().unwrap();
}
