//! A language model as a body that is heated: U, S and C of its next token, and what it writes, from frozen to molten.
#![allow(clippy::print_stdout)]

use std::error::Error;

use gibbs::rng::{Seed, StreamId};
use gibbs::tokens::models::LanguageModel;
use gibbs::tokens::truncation::Pipeline;
use gibbs::tokens::views::{context, curve, generate};
use gibbs::units::Temperature;

fn main() -> Result<(), Box<dyn Error>> {
    let model = LanguageModel::embedded()?;
    let prompt = "And the king said unto";
    let spectrum = context(&model, prompt)?.listed;
    println!("ln W = {:.4}, gauge E = -ln p at T = 1, so U(1) = S(1)", spectrum.ln_states());
    println!("{:>6}  {:>9}  {:>9}  {:>9}  {:>11}", "T", "U", "S", "C", "e^S tokens");
    let temperatures: Result<Vec<_>, _> =
        [0.0, 0.1, 0.2, 0.5, 0.7, 1.0, 1.5, 2.0, 5.0, 20.0, f64::INFINITY].map(Temperature::new).into_iter().collect();
    for t in curve(&spectrum, &temperatures?, &Pipeline::default())? {
        println!(
            "{:>6}  {:>9.5}  {:>9.5}  {:>9.5}  {:>11.2}",
            t.temperature(),
            t.energy,
            t.entropy,
            t.heat_capacity,
            t.entropy.exp()
        );
    }
    for (point, t) in (0..).zip([0.0, 0.7, 1.5, 5.0]) {
        let mut rng = Seed(1).stream(StreamId::new(1, point, 0));
        let text = generate(&model, prompt, Temperature::new(t)?, &Pipeline::default(), 50, &mut rng)?;
        println!("\nT = {t}\n{}", text.text);
    }
    Ok(())
}
