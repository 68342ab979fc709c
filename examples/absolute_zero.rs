//! Absolute zero: every particle in the lowest level, every token the most likely one, ties shared equally.
#![allow(clippy::print_stdout)]

use std::error::Error;

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::rng::Seed;
use gibbs::samplers::InverseCdf;
use gibbs::units::Temperature;

fn main() -> Result<(), Box<dyn Error>> {
    let cases = [
        ("a greedy token", Spectrum::from_logits(&[1.0, 5.0, 4.9])?),
        ("two tied tokens", Spectrum::from_logits(&[5.0, 1.0, 5.0])?),
        ("a forbidden favourite", Spectrum::from_logits(&[f64::NEG_INFINITY, 2.0, 1.0])?),
        ("a triplet above a singlet", Spectrum::with_degeneracies(vec![0.0, 1.0], &[1.0, 3.0])?),
    ];
    for (name, spectrum) in &cases {
        println!("{name}: S(0) = ln g_0 = {:.4}", spectrum.ln_ground_degeneracy());
        for t in [1.0, 0.1, 0.01, 0.0] {
            let ensemble = Canonical::new(spectrum, Temperature::new(t)?.beta());
            let exact = ensemble.thermo();
            let mut rng = Seed(1).set_up();
            let sampler = InverseCdf::new(&ensemble);
            let draws: Vec<usize> = (0..12).map(|_| sampler.draw(&mut rng)).collect();
            println!("  T = {t:<5} U = {:<9.5} S = {:<8.5} levels drawn: {draws:?}", exact.energy, exact.entropy);
        }
    }
    Ok(())
}
