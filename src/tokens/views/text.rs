//! Text that a model writes, token by token: what each token cost, and what else could have come.

#[cfg(feature = "llm")]
use rand::Rng;
#[cfg(feature = "llm")]
use rayon::prelude::*;

use super::participation::participation_ratio;
use crate::ensemble::Canonical;
#[cfg(feature = "llm")]
use crate::ensemble::Spectrum;
#[cfg(feature = "llm")]
use crate::rng::TaskRng;
#[cfg(feature = "llm")]
use crate::samplers::InverseCdf;
#[cfg(feature = "llm")]
use crate::tokens::TokensError;
#[cfg(feature = "llm")]
use crate::tokens::models::{Cache, LanguageModel};
#[cfg(feature = "llm")]
use crate::tokens::truncation::Pipeline;
use crate::units::Temperature;

/// One token of a text, with the distribution it stood in.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its number in the vocabulary.
    pub id: u32,
    /// Its text.
    pub token: String,
    /// -ln of its probability at the temperature of the text, in nats.
    pub surprisal: f64,
    /// Entropy of the distribution, in nats.
    pub entropy: f64,
    /// Heat capacity of the distribution: the variance of the surprisal.
    pub heat_capacity: f64,
    /// 1/sum p^2 of the distribution: how many tokens share it.
    pub participation_ratio: f64,
}

impl Step {
    /// Token `id`, written `token`, in its distribution.
    #[must_use]
    pub fn new(ensemble: &Canonical<'_>, id: u32, token: String) -> Self {
        let thermo = ensemble.thermo();
        Self {
            id,
            token,
            surprisal: ensemble.surprisal(id as usize),
            entropy: thermo.entropy,
            heat_capacity: thermo.heat_capacity,
            participation_ratio: participation_ratio(ensemble),
        }
    }
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
    /// How many of them are not in `text`: special ones, and ids without a token.
    pub n_left_out: usize,
    /// Mean over the steps of the probability of all ids without a token.
    pub mass_without_token: f64,
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

/// Draws `length` tokens after `prompt`, each from what the truncations of `pipeline` leave at `temperature`: surprisal,
/// entropy, C and participation ratio are those of the truncated ensembles. T = 0 is greedy decoding, uniform among
/// exact ties.
///
/// # Errors
///
/// Prompt and length together exceed the model's context.
#[cfg(feature = "llm")]
pub fn generate<R: Rng + ?Sized>(
    model: &LanguageModel,
    prompt: &str,
    temperature: Temperature,
    pipeline: &Pipeline,
    length: usize,
    rng: &mut R,
) -> Result<Generated, TokensError> {
    let mut tokens = model.encode(prompt)?;
    let room = model.context_length().saturating_sub(tokens.len());
    if length > room {
        return Err(TokensError::Setting {
            name: "length",
            expected: "at most the room the model's context leaves after the prompt",
            value: format!("{length} where {room} are left"),
        });
    }
    let mut cache = Cache::new();
    let mut unread = 0;
    let mut steps = Vec::with_capacity(length);
    let without_token = model.ids_without_token();
    let (mut n_left_out, mut mass_without_token) = (0, 0.0);
    for _ in 0..length {
        let logits = model.next_token_logits(&tokens[unread..], &mut cache)?;
        unread = tokens.len();
        let kept = pipeline.apply(&Spectrum::from_logits(&logits)?, temperature)?;
        let ensemble = Canonical::new(&kept.spectrum, kept.beta);
        let drawn = InverseCdf::new(&ensemble).draw(rng) as u32;
        tokens.push(drawn);
        let left_out = model.name_of_left_out(drawn);
        n_left_out += usize::from(left_out.is_some());
        mass_without_token += without_token.iter().map(|&id| ensemble.probability(id as usize)).sum::<f64>();
        steps.push(Step::new(&ensemble, drawn, left_out.map_or_else(|| model.decode(&[drawn]), Ok)?));
    }
    mass_without_token /= length as f64;
    let (text, prompt_bytes) = (model.decode(&tokens)?, prompt.len());
    Ok(Generated { temperature, prompt_bytes, text, steps, n_left_out, mass_without_token })
}

/// `n_texts` independent texts of `length` tokens at one temperature, truncated by `pipeline`, text k after prompt k modulo their number and from
/// its own generator `stream(k)`: the same for any number of threads.
///
/// # Errors
///
/// No prompt; otherwise as [`generate`].
#[cfg(feature = "llm")]
pub fn generate_many(
    model: &LanguageModel,
    prompts: &[String],
    temperature: Temperature,
    pipeline: &Pipeline,
    length: usize,
    n_texts: usize,
    stream: impl Fn(usize) -> TaskRng + Sync,
) -> Result<Vec<Generated>, TokensError> {
    if prompts.is_empty() {
        let (name, expected) = ("prompts", "at least one");
        return Err(TokensError::Setting { name, expected, value: "none".to_owned() });
    }
    let text = |k: usize| generate(model, &prompts[k % prompts.len()], temperature, pipeline, length, &mut stream(k));
    (0..n_texts).into_par_iter().map(text).collect()
}
