//! The temperature at which one model chooses as widely as another: mean entropies are equated. A model whose logits
//! are doubled needs exactly twice the temperature; against random energies of the same width there is a formula too.
#![allow(clippy::print_stdout)]

use std::error::Error;

use gibbs::ensemble::Spectrum;
use gibbs::rng::{Seed, StreamId};
use gibbs::systems::Rem;
use gibbs::tokens::models::LanguageModel;
use gibbs::tokens::views::matching::{Prompts, match_models};
use gibbs::tokens::views::{PROMPTS, contexts};
use gibbs::units::Temperature;

fn main() -> Result<(), Box<dyn Error>> {
    let prompts = PROMPTS.map(str::to_owned);
    let contexts = contexts(&LanguageModel::embedded()?, &prompts)?;
    let model: Vec<Spectrum> = contexts.into_iter().map(|context| context.listed).collect();
    let doubled = model.iter().map(|s| Spectrum::new(s.excitations().iter().map(|e| 2.0 * e).collect()));
    let doubled: Vec<Spectrum> = doubled.collect::<Result<_, _>>()?;
    println!("the model against itself with doubled logits");
    println!("{:>6}  {:>10}  {:>16}  exact", "T", "entropy", "matched T");
    for t in [0.0, 0.3, 0.7, 1.0, 2.0] {
        let found = match_models(&model, &doubled, Temperature::new(t)?, Prompts::Same)?;
        println!("{t:>6}  {:>10.6}  {:>16.12}  {:>5}", found.entropy.value, found.matched.value, 2.0 * t);
    }

    // 64 realizations of V = 2048 levels of spread sigma; well above freezing S = ln V - sigma^2/(2 T^2).
    let (n, sigma) = (11, 3.0);
    let realization = |k| Rem::new(n, sigma, &mut Seed(1).stream(StreamId::new(1, k, 0))).map(|r| r.spectrum().clone());
    let random: Vec<Spectrum> = (0..64).map(realization).collect::<Result<_, _>>()?;
    println!("\nthe model against random energies, sigma = {sigma}");
    println!("{:>6}  {:>14}  {:>14}  sigma/sqrt(2 (ln V - S))", "T", "entropy", "matched T");
    for t in [0.7, 1.0, 2.0, 4.0] {
        let found = match_models(&model, &random, Temperature::new(t)?, Prompts::Different)?;
        let annealed = sigma / (2.0 * (f64::from(n) * 2f64.ln() - found.entropy.value)).sqrt();
        println!("{t:>6}  {:>14}  {:>14}  {annealed:.3}", found.entropy.to_string(), found.matched.to_string());
    }
    Ok(())
}
