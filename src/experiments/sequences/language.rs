//! Sequences of a language model: the chain of whole sequences beside independent draws, plain and reweighted.

use rayon::prelude::*;

use super::{Language, LanguageConfig, LanguagePoint, chain, check};
use crate::ensemble::{Canonical, Spectrum};
use crate::estimators::{Estimate, Moments};
use crate::experiments::{ExperimentError, Tick};
use crate::model::Model;
use crate::rng::{Seed, Stream};
use crate::simulation::RunLength;
use crate::tokens::models::LanguageModel;
use crate::tokens::sequence::{Continuation, SequenceModel};
use crate::units::{Beta, Temperature};

/// Draws of one task.
const CHUNK: u64 = 64;
/// Reweighted values rest on at least this many effective draws.
const FEWEST: f64 = 100.0;

/// Samples sequences after the prompt at every temperature; one tick each.
///
/// # Errors
///
/// A prompt and length that exceed the model's context; a temperature of 0 or below; fewer than two draws; chains that do not
/// thermalize or are too short for an error.
pub fn run_language(
    model: &LanguageModel,
    config: &LanguageConfig,
    seed: Seed,
    tick: Tick<'_>,
) -> Result<Language, ExperimentError> {
    let chains = &config.chains;
    check(chains)?;
    if chains.temperatures.contains(&Temperature::ZERO) {
        let (name, expected) = ("temperature", "above 0 for a language model");
        return Err(ExperimentError::Setting { name, expected, value: "0".to_owned() });
    }
    if config.draws < 2 {
        let (name, expected) = ("draws", "at least 2");
        return Err(ExperimentError::Setting { name, expected, value: config.draws.to_string() });
    }
    let text = Continuation::new(model, &config.prompt)?;
    let run = RunLength::new(chains.sweeps, chains.replicas, chains.length as f64);
    let point = |(number, &temperature): (usize, &Temperature)| {
        let temperature_number = number as u32;
        let stream = |replica| seed.stream(Stream::SequenceChain { temperature: temperature_number, replica }.id());
        let sampled = chain::measure(&text, chains.length, temperature, run, None, stream)?;
        let draws = draw(&text, chains.length, temperature, config.draws, |chunk| {
            seed.stream(Stream::SequenceDraws { temperature: temperature_number, chunk }.id())
        })?;
        tick();
        draws.point(temperature, sampled)
    };
    let at = |(number, t): (usize, &Temperature)| point((number, t)).map_err(|error| error.at(*t, chains.replicas));
    let points = chains.temperatures.iter().enumerate().map(at).collect::<Result<_, _>>()?;
    Ok(Language { prompt: config.prompt.clone(), length: chains.length, points })
}

/// Independent tempered sequences: energies, and sums of ln Z_t.
struct Draws {
    energies: Vec<f64>,
    ln_z_steps: Vec<f64>,
}

fn draw(
    text: &Continuation<'_>,
    length: usize,
    temperature: Temperature,
    n: u64,
    stream: impl Fn(u16) -> crate::rng::TaskRng + Sync,
) -> Result<Draws, ExperimentError> {
    let model = SequenceModel::new(text, length, temperature)?;
    let n_chunks = n.div_ceil(CHUNK);
    let n_chunks = u16::try_from(n_chunks).map_err(|_| ExperimentError::Setting {
        name: "draws",
        expected: "at most 4194240",
        value: n.to_string(),
    })?;
    let chunk = |chunk: u16| {
        let mut rng = stream(chunk);
        let size = CHUNK.min(n - u64::from(chunk) * CHUNK);
        let one = |_| {
            let (sequence, ln_z_steps) = model.draw(temperature.beta(), &mut rng)?;
            Ok((model.running_energy(&sequence), ln_z_steps))
        };
        (0..size).map(one).collect::<Result<Vec<_>, ExperimentError>>()
    };
    let chunks = (0..n_chunks).into_par_iter().map(chunk).collect::<Result<Vec<_>, _>>()?;
    let (energies, ln_z_steps) = chunks.into_iter().flatten().unzip();
    Ok(Draws { energies, ln_z_steps })
}

impl Draws {
    fn point(
        &self,
        temperature: Temperature,
        sampled: super::SampledSequences,
    ) -> Result<LanguagePoint, ExperimentError> {
        let tempered = self.energies.iter().copied().collect::<Moments>().estimate()?;
        // P/Q of a draw is prod_t Z_t / Z: a level at -sum ln Z_t.
        let levels = Spectrum::new(self.ln_z_steps.iter().map(|w| -w).collect())?;
        let ensemble = Canonical::new(&levels, Beta::new(1.0)?);
        let weights = ensemble.probabilities();
        let n_eff = 1.0 / weights.iter().map(|p| p * p).sum::<f64>();
        let counts = n_eff >= FEWEST;
        Ok(LanguagePoint {
            temperature,
            sampled,
            tempered,
            reweighted: counts.then(|| self.reweighted(&weights, n_eff)),
            divergence: counts.then(|| self.divergence(&ensemble, &weights, n_eff)),
        })
    }

    /// Mean energy with these weights; the error is that of a ratio of means.
    fn reweighted(&self, weights: &[f64], n_eff: f64) -> Estimate {
        let pairs = || weights.iter().zip(&self.energies);
        let mean: f64 = pairs().map(|(p, e)| p * e).sum();
        let variance: f64 = pairs().map(|(p, e)| (p * (e - mean)).powi(2)).sum();
        Estimate::new(mean, variance.sqrt(), n_eff)
    }

    /// ln of the mean of prod_t Z_t minus the mean of its logarithm, with the error to first order.
    fn divergence(&self, ensemble: &Canonical<'_>, weights: &[f64], n_eff: f64) -> Estimate {
        let n = self.ln_z_steps.len() as f64;
        let mean = self.ln_z_steps.iter().sum::<f64>() / n;
        let influence = |(p, w): (&f64, &f64)| (n * p - 1.0 - (w - mean)).powi(2);
        let variance = weights.iter().zip(&self.ln_z_steps).map(influence).sum::<f64>() / (n * n);
        Estimate::new(ensemble.thermo().ln_z - n.ln() - mean, variance.sqrt(), n_eff)
    }
}
