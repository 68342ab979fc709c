//! Softmax and logits are inverses up to a constant, and softmax is the Boltzmann distribution with E = -logit.
#![allow(clippy::print_stdout)]

use std::error::Error;

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::rng::Seed;
use gibbs::samplers::occupation_numbers;
use gibbs::units::Temperature;

fn main() -> Result<(), Box<dyn Error>> {
    let given = [0.6f64, 0.3, 0.1];
    let logits: Vec<f64> = given.iter().map(|p| p.ln()).collect();
    let shifted: Vec<f64> = logits.iter().map(|logit| logit + 42.0).collect();

    println!("p -> ln p -> p at T = 1, also with 42 added to every logit:");
    for logits in [&logits, &shifted] {
        let tokens = Spectrum::from_logits(logits)?;
        let back = Canonical::new(&tokens, Temperature::new(1.0)?.beta()).probabilities();
        println!("  logits {logits:8.4?}  ->  p {back:.6?}");
    }

    println!("\nThe same three levels as particles, a million of them at each temperature:");
    let particles = Spectrum::new(logits.iter().map(|logit| -logit).collect())?;
    for t in [0.0, 0.5, 1.0, 2.0, f64::INFINITY] {
        let ensemble = Canonical::new(&particles, Temperature::new(t)?.beta());
        let n = occupation_numbers(&ensemble, 1_000_000, &mut Seed(1).set_up());
        let exact = ensemble.probabilities();
        println!("  T = {t:<4} drawn {n:7?}   exact p {exact:.6?}");
    }
    Ok(())
}
