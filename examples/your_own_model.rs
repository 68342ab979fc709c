//! A system of your own in a few lines, with the tests this crate gives its own: a chain molecule of six bonds, each
//! trans (E = 0) or one of two gauche forms (E = 1), so Z = (1 + 2 e^(-1/T))^6 is its closed form.
#![allow(clippy::print_stdout)]

use std::error::Error;

use gibbs::model::{Enumerable, Model};
use gibbs::rng::{Seed, index};
use gibbs::testing::{Listing, check_model};
use gibbs::units::Temperature;
use rand::Rng;

struct Molecule;

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

impl Enumerable for Molecule {
    fn states(&self) -> impl Iterator<Item = [u8; 6]> {
        (0..3u32.pow(6)).map(|k| std::array::from_fn(|bond| (k / 3u32.pow(bond as u32) % 3) as u8))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (listing, temperatures) = (Listing::new(&Molecule)?, [Temperature::new(0.4)?, Temperature::new(1.0)?]);
    println!("{:>4}  {:>14}  {:>14}", "T", "U closed form", "U from states");
    for t in temperatures {
        let gauche = 2.0 * (-1.0 / t.get()).exp();
        println!("{t:>4}  {:>14.10}  {:>14.10}", 6.0 * gauche / (1.0 + gauche), listing.thermo(t.beta()).energy);
    }
    let report = check_model(&Molecule, &temperatures, Seed(1))?;
    println!("\n{report}");
    if report.passed() { Ok(()) } else { Err("the molecule is not sampled as it should be".into()) }
}
