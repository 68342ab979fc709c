//! Five samplers before the thermometer: a correct one, three that are found out, and one whose fault is out of reach.
#![allow(clippy::print_stdout)]

use std::error::Error;

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::report::thermometer_sentence;
use gibbs::rng::{Seed, StreamId, TaskRng, index, uniform};
use gibbs::samplers::InverseCdf;
use gibbs::tokens::models::LanguageModel;
use gibbs::tokens::thermometer::{Request, measure};
use gibbs::tokens::views::{PROMPTS, contexts};
use gibbs::tokens::{Draw, Position};
use gibbs::units::Temperature;

const T: f64 = 0.8;
type Sampler = fn(&Spectrum, &mut TaskRng) -> Result<Vec<usize>, Box<dyn Error>>;

/// 4 000 tokens from the Boltzmann distribution at `t`.
fn boltzmann(levels: &Spectrum, t: f64, rng: &mut TaskRng) -> Result<Vec<usize>, Box<dyn Error>> {
    let sampler = InverseCdf::new(&Canonical::new(levels, Temperature::new(t)?.beta()));
    Ok((0..4_000).map(|_| sampler.draw(rng)).collect())
}

fn top_40(levels: &Spectrum, rng: &mut TaskRng) -> Result<Vec<usize>, Box<dyn Error>> {
    let mut sorted = levels.excitations().to_vec();
    sorted.sort_by(f64::total_cmp);
    let kept = levels.excitations().iter().map(|&e| if e <= sorted[39] { e } else { f64::INFINITY });
    boltzmann(&Spectrum::new(kept.collect())?, T, rng)
}

/// The least of E/T + ln(-ln u), a Boltzmann draw if `u` is uniform in (0, 1).
fn race(levels: &Spectrum, mut u: impl FnMut() -> f64) -> Vec<usize> {
    let mut costs = || levels.excitations().iter().map(|e| e / T + (-u().ln()).ln()).enumerate().collect::<Vec<_>>();
    (0..4_000).filter_map(|_| costs().into_iter().min_by(|a, b| a.1.total_cmp(&b.1))).map(|winner| winner.0).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let contexts = contexts(&LanguageModel::embedded()?, &PROMPTS.map(String::from))?;
    let request = Request { temperature: Some(Temperature::new(T)?), ..Request::default() };
    let samplers: [(&str, Sampler); 5] = [
        ("correct", |levels, rng| boltzmann(levels, T, rng)),
        ("temperature applied twice", |levels, rng| boltzmann(levels, T * T, rng)),
        ("hidden top-k of 40", top_40),
        ("noise capped as in candle", |levels, rng| Ok(race(levels, || 1e-7 + (0.999 - 1e-7) * uniform(rng)))),
        ("24 bits of noise, to 16.6 T", |levels, rng| Ok(race(levels, || index(rng, 1 << 24) as f64 / 2f64.powi(24)))),
    ];
    for (point, (planted, sampler)) in (0..).zip(samplers) {
        let (mut positions, mut rng) = (Vec::new(), Seed(1).stream(StreamId::new(1, point, 0)));
        for context in &contexts {
            let drawn = sampler(&context.listed, &mut rng)?.into_iter().map(Draw::Listed).collect();
            positions.push(Position { drawn, ..context.clone() });
        }
        let report = measure(&positions, &request, Seed(1))?;
        let reach = report.power.deepest_gap.unwrap_or(f64::NAN) / T;
        println!("{planted}, draws reach a gap of {reach:.1} T: {}", thermometer_sentence(&report));
    }
    Ok(())
}
