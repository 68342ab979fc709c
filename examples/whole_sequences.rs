//! Drawing each token at temperature T is not the Boltzmann distribution of whole sequences: both in closed form, and a chain
//! that samples the second by redrawing blocks from the model itself. They are one at T = 1.
#![allow(clippy::print_stdout)]

use std::error::Error;

use gibbs::model::Model;
use gibbs::rng::Seed;
use gibbs::samplers::{Metropolis, Schedule};
use gibbs::simulation::{Observables, measure_chain};
use gibbs::tokens::sequence::{MarkovText, SequenceModel};
use gibbs::units::Temperature;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut rng, length) = (Seed(1).set_up(), 20);
    let text = MarkovText::random(5, 1, 2.0, &mut rng)?;
    println!("{length} letters; mean energy per letter in nats, KL(Q || P) in nats per sequence");
    println!("{:>5}  {:>9}  {:>12}  {:>6}  {:>10}  {:>9}", "T", "P exact", "P sampled", "z", "Q exact", "KL");
    for t in [0.3, 0.5, 0.8, 1.0, 2.0, 5.0] {
        let (t, n) = (Temperature::new(t)?, length as f64);
        let (whole, tempered) = (text.whole(length, t.beta())?, text.tempered(length, t.beta())?);
        let model = SequenceModel::new(&text, length, t)?;
        let mut chain = Metropolis::new(&model, t.beta(), model.initial_state(&mut rng));
        let measured = measure_chain(
            &mut chain,
            Schedule { thermalization: 2000, sweeps: 50_000 },
            &Observables::new(),
            &mut rng,
        )?;
        println!(
            "{t:>5}  {:>9.5}  {:>12}  {:>+6.2}  {:>10.5}  {:>9.5}",
            whole.energy / n,
            measured.energy.scaled(1.0 / n).to_string(),
            measured.energy.z_score(whole.energy),
            tempered.energy / n,
            tempered.divergence
        );
    }
    Ok(())
}
