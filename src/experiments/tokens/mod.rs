//! Tokens of a language model as a canonical ensemble: exact curves of contexts, and text drawn at a temperature.

use rand::Rng;
use rayon::prelude::*;

use super::ExperimentError;
use super::compare::Context;
use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::estimators::{Estimate, Moments};
use crate::language::{Cache, LanguageModel};
use crate::samplers::InverseCdf;
use crate::units::{Beta, Temperature};

/// The prompts of the comparison, of the kind the embedded model was trained on.
pub const PROMPTS: [&str; 6] = [
    "And it came to pass, when the king",
    "The LORD is my",
    "Then said Jesus unto",
    "My gracious lord, I",
    "What, art thou",
    "Now is the winter of our",
];

/// The next-token spectrum after each prompt, in the gauge E_i = -ln p_i at T = 1, where U(1) = S(1).
///
/// # Errors
///
/// A prompt that the model cannot read, or logits that are no spectrum.
pub fn contexts(model: &LanguageModel, prompts: &[String]) -> Result<Vec<Context>, ExperimentError> {
    prompts
        .iter()
        .map(|prompt| {
            let logits = model.next_token_logits(&model.encode(prompt)?, &mut Cache::new())?;
            let spectrum = Spectrum::from_logits(&logits)?;
            Ok(Context { prompt: prompt.clone(), spectrum: in_probability_gauge(&spectrum)? })
        })
        .collect()
}

/// The same levels with the zero of energy moved so that E_i = -ln p_i at T = 1.
fn in_probability_gauge(spectrum: &Spectrum) -> Result<Spectrum, ExperimentError> {
    let unit = Canonical::new(spectrum, Temperature::new(1.0)?.beta());
    let energies = (0..spectrum.len()).map(|i| -unit.ln_probability(i)).collect();
    Ok(Spectrum::new(energies)?)
}

/// Thermodynamics of contexts at one temperature.
#[derive(Clone, Debug)]
pub struct CurvePoint {
    /// One value per context.
    pub contexts: Vec<Thermo>,
    /// Mean energy over contexts; errors are those of independent prompts.
    pub energy: Estimate,
    /// Mean entropy over contexts.
    pub entropy: Estimate,
    /// Mean heat capacity over contexts.
    pub heat_capacity: Estimate,
}

/// Exact U, S and C of fixed `contexts` at `temperatures`, and their means over contexts.
#[must_use]
pub fn curve(contexts: &[Context], temperatures: &[Temperature]) -> Vec<CurvePoint> {
    temperatures
        .par_iter()
        .map(|temperature| {
            let values: Vec<Thermo> =
                contexts.iter().map(|c| Canonical::new(&c.spectrum, temperature.beta()).thermo()).collect();
            let mean = |f: fn(&Thermo) -> f64| mean_over_contexts(values.iter().map(f));
            CurvePoint {
                energy: mean(|t| t.energy),
                entropy: mean(|t| t.entropy),
                heat_capacity: mean(|t| t.heat_capacity),
                contexts: values,
            }
        })
        .collect()
}

/// Mean of one value per prompt with the standard error of independent prompts; NaN for the error of a single one.
pub fn mean_over_contexts(values: impl Iterator<Item = f64>) -> Estimate {
    let moments: Moments = values.collect();
    let n = moments.n() as f64;
    let std_error = moments.variance().map_or(f64::NAN, |variance| (variance / n).sqrt());
    Estimate::new(moments.mean().unwrap_or(f64::NAN), std_error, n)
}

/// One drawn token.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its text.
    pub token: String,
    /// -ln of its probability at the sampling temperature, in nats.
    pub surprisal: f64,
    /// Entropy of the distribution it was drawn from, in nats.
    pub entropy: f64,
    /// Heat capacity of that distribution.
    pub heat_capacity: f64,
}

/// Text continued from a prompt at one temperature, token by token.
///
/// Tempering each token is not the Boltzmann distribution of whole texts: every step divides by a partition
/// function of its own.
#[derive(Clone, Debug)]
pub struct Generated {
    /// Sampling temperature.
    pub temperature: Temperature,
    /// Prompt and continuation.
    pub text: String,
    /// Bytes of the prompt within it.
    prompt_bytes: usize,
    /// The drawn tokens.
    pub steps: Vec<Step>,
}

impl Generated {
    /// The text without the prompt.
    #[must_use]
    pub fn continuation(&self) -> &str {
        self.text.get(self.prompt_bytes..).unwrap_or(&self.text)
    }

    /// Means of surprisal, entropy and heat capacity along the text. No errors: tokens of one text are correlated.
    #[must_use]
    pub fn means(&self) -> [f64; 3] {
        let n = self.steps.len() as f64;
        let mean = |f: fn(&Step) -> f64| self.steps.iter().map(f).sum::<f64>() / n;
        [mean(|s| s.surprisal), mean(|s| s.entropy), mean(|s| s.heat_capacity)]
    }
}

/// Draws `length` tokens after `prompt` at `temperature`; T = 0 is greedy decoding, uniform among exact ties.
///
/// # Errors
///
/// Prompt and length together exceed the model's context.
pub fn generate<R: Rng + ?Sized>(
    model: &LanguageModel,
    prompt: &str,
    temperature: Temperature,
    length: usize,
    rng: &mut R,
) -> Result<Generated, ExperimentError> {
    let beta: Beta = temperature.beta();
    let mut tokens = model.encode(prompt)?;
    let room = model.context_length().saturating_sub(tokens.len());
    if length > room {
        return Err(ExperimentError::Setting {
            name: "length",
            expected: "at most the room the model's context leaves after the prompt",
            value: format!("{length} where {room} are left"),
        });
    }
    let mut cache = Cache::new();
    let mut unread = 0;
    let mut steps = Vec::with_capacity(length);
    for _ in 0..length {
        let logits = model.next_token_logits(&tokens[unread..], &mut cache)?;
        unread = tokens.len();
        let spectrum = Spectrum::from_logits(&logits)?;
        let ensemble = Canonical::new(&spectrum, beta);
        let drawn = InverseCdf::new(&ensemble).draw(rng);
        let thermo = ensemble.thermo();
        tokens.push(drawn as u32);
        steps.push(Step {
            token: model.decode(&[drawn as u32])?,
            surprisal: ensemble.surprisal(drawn),
            entropy: thermo.entropy,
            heat_capacity: thermo.heat_capacity,
        });
    }
    Ok(Generated { temperature, prompt_bytes: prompt.len(), text: model.decode(&tokens)?, steps })
}
