//! A model of your own in a few lines: a chain molecule of six bonds, each trans (E = 0) or one of two gauche forms (E = 1). Chains, replica
//! exchange, a reweighted curve, errors and verdicts come from the driver; all numbers stand beside their closed forms.
#![allow(clippy::print_stdout)]

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::model::{Exact, Model};
use gibbs::rng::{Seed, index};
use gibbs::samplers::Metropolis;
use gibbs::simulation::{
    ChainMethods, Chains, Observable, Observables, SamplerName, Sampling, Settings, Simulated, run,
};
use gibbs::units::{Dimension, Temperature};
use rand::Rng;

/// With the levels of all six bonds, E = k in 2^k times 6 over k ways.
struct Molecule(Spectrum);

/// Neighbouring bonds that are both gauche: 5 p^2, if p = U/6 is the probability of one.
const PAIRS: Observable = Observable::extensive("gauche_pairs", Dimension::Number);

impl Model for Molecule {
    type State = [u8; 6];
    type Move = (usize, u8); // which bond, and its new form

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
        Some(&self.0)
    }
    fn sampling(&self) -> Sampling<'_> {
        let pairs = |bonds: &[u8; 6]| bonds.windows(2).filter(|pair| pair[0] > 0 && pair[1] > 0).count() as f64;
        let gauche = |beta| Canonical::new(&self.0, beta).thermo().energy / 6.0;
        let known = PAIRS.known(move |beta| Some(5.0 * gauche(beta).powi(2)));
        let chains = Chains::new(self, Observables::new().mean(known, pairs));
        let tempering = chains.tempering(4.0, |beta, state| Metropolis::new(self, beta, state));
        Sampling::Chains(ChainMethods::new(vec![chains.metropolis(), tempering]))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ways = [1.0, 12.0, 60.0, 160.0, 240.0, 192.0, 64.0];
    let molecule = Molecule(Spectrum::with_degeneracies((0..7).map(f64::from).collect(), &ways)?);
    let [cold, between, warm, hot] = [0.3, 0.4, 0.5, 1.0].map(Temperature::new);
    let (sampled_at, curve) = (vec![cold?, warm?, hot?], vec![between?]);
    for sampler in [SamplerName::Metropolis, SamplerName::Tempering] {
        let settings = Settings { sampler, curve: curve.clone(), ..Settings::default() };
        let sampled = run(&molecule, &sampled_at, &settings, Seed(1), &|| ())?;
        sampled.rows.iter().chain(&sampled.curve).for_each(|row| println!("{row}"));
        sampled.thermalized.iter().for_each(|verdict| println!("{verdict}"));
    }
    Ok(())
}
