//! Where a language model freezes: its mean heat capacity and greedy probability along T, beside the random energy
//! model that knows of it only the number of tokens and the spread of their logits.
#![allow(clippy::print_stdout)]

use std::error::Error;

use gibbs::ensemble::Canonical;
use gibbs::experiments::random_energy::RandomEnergies;
use gibbs::model::Exact;
use gibbs::systems::RemAverage;
use gibbs::tokens::models::LanguageModel;
use gibbs::tokens::views::{PROMPTS, contexts, mean_over_contexts};
use gibbs::units::Temperature;

fn main() -> Result<(), Box<dyn Error>> {
    let contexts = contexts(&LanguageModel::embedded()?, &PROMPTS.map(str::to_owned))?;
    let energies = RandomEnergies::default();
    let views = contexts.iter().map(|context| energies.view(context)).collect::<Result<Vec<_>, _>>()?;
    let n = views.len() as f64;
    let (sigma, v) = (views.iter().map(|view| view.sigma).sum::<f64>() / n, views[0].n_tokens);
    let t_c = sigma / (2.0 * v.ln()).sqrt();
    println!("V = {v}, mean sigma = {sigma:.3}, T_c = sigma/sqrt(2 ln V) = {t_c:.3}\n");

    let random = RemAverage::new(v, sigma)?;
    let temperatures = [0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0, 4.0, 10.0].map(Temperature::new);
    let temperatures = temperatures.into_iter().collect::<Result<Vec<_>, _>>()?;
    println!("{:>5}  {:>11}  {:>12}  {:>7}  {:>12}", "T", "C, model", "C, random", "s^2/T^2", "p(greedy)");
    for t in temperatures {
        let ensembles = || contexts.iter().map(|c| Canonical::new(&c.listed, t.beta()));
        let own = mean_over_contexts(ensembles().map(|tokens| tokens.thermo().heat_capacity));
        let greedy = mean_over_contexts(ensembles().map(|tokens| {
            let level = tokens.spectrum().excitations().iter().position(|&e| e == 0.0).unwrap_or(0);
            tokens.probability(level)
        }));
        let (exact, hot) = (random.thermo(t.beta())?.heat_capacity, (sigma / t.get()).powi(2));
        let (own, greedy) = (own.to_string(), greedy.to_string());
        println!("{t:>5}  {own:>11}  {exact:>12.4}  {hot:>7.2}  {greedy:>12}");
    }

    println!("\n{:<36} {:>10} {:>8} {:>14} {:>12}", "context", "T(peak)/T_c", "C(peak)", "Y2(T_c/2)", "E_0/sigma");
    for view in &views {
        let (own, t_c) = (view.context, view.freezing.get());
        let ratio = own.peak.temperature.get() / t_c;
        let (c, y2) = (own.peak.heat_capacity, own.participation_at_half);
        println!("{:<36} {ratio:>10.3} {c:>8.3} {y2:>14.3} {:>12.3}", view.prompt, -own.depth);
    }
    let average = views[0].gaussian;
    let ratio = average.peak.temperature.get() / views[0].freezing.get();
    let (c, y2) = (average.peak.heat_capacity, average.participation_at_half);
    println!("{:<36} {ratio:>10.3} {c:>8.3} {y2:>14.3} {:>12.3}", "random energies, average", -average.depth);
    println!("{:<36} {:>10.3} {:>8.3} {:>14.3} {:>12.3}", "V -> infinity", 1.0, 2.0 * v.ln(), 0.5, -sigma / t_c);
    Ok(())
}
