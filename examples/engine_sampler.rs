//! The sampler an inference engine would embed: tokens drawn from 32-bit logits under top-p, beside what they should be.
#![allow(clippy::print_stdout)]

use std::error::Error;

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::rng::Seed;
use gibbs::tokens::TokenSampler;
use gibbs::tokens::models::{Cache, LanguageModel};
use gibbs::tokens::truncation::{Pipeline, Truncation};
use gibbs::units::Temperature;

fn main() -> Result<(), Box<dyn Error>> {
    const DRAWS: u32 = 100_000;
    let (model, temperature) = (LanguageModel::embedded()?, Temperature::new(0.8)?);
    let prompt = model.encode("The LORD is my")?;
    let logits: Vec<f32> =
        model.next_token_logits(&prompt, &mut Cache::new())?.into_iter().map(|logit| logit as f32).collect();
    let pipeline = Pipeline::new(vec![Truncation::top_p(0.9)?], None, None)?;

    // Exactly: the kept tokens are a spectrum of their own.
    let kept = pipeline.apply(&Spectrum::from_logits_f32(&logits)?, temperature)?;
    let exact = Canonical::new(&kept.spectrum, kept.beta);

    let (mut sampler, mut rng) = (TokenSampler::new(pipeline, temperature), Seed(1).set_up());
    let mut counts = vec![0u32; logits.len()];
    for _ in 0..DRAWS {
        counts[sampler.draw(&logits, &mut rng)?] += 1;
    }

    let mut tokens: Vec<u32> = (0..logits.len() as u32).filter(|&i| counts[i as usize] > 0).collect();
    tokens.sort_by_key(|&i| std::cmp::Reverse(counts[i as usize]));
    let n_kept = (0..logits.len()).filter(|&i| !kept.spectrum.is_forbidden(i)).count();
    println!("after \"The LORD is my\" at T = 0.8, top-p 0.9: {n_kept} tokens of {} are kept\n", logits.len());
    println!("{:>14}  {:>10}  {:>10}  {:>6}", "token", "drawn", "exact", "z");
    for &token in tokens.iter().take(12) {
        let p = exact.probability(token as usize);
        let drawn = f64::from(counts[token as usize]) / f64::from(DRAWS);
        let z = (drawn - p) / (p * (1.0 - p) / f64::from(DRAWS)).sqrt();
        println!("{:>14}  {drawn:>10.5}  {p:>10.5}  {z:>6.2}", format!("{:?}", model.decode(&[token])?));
    }
    Ok(())
}
