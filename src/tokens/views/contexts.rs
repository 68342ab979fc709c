//! The distributions of the tokens that may follow a prompt.

use crate::ensemble::{Canonical, Spectrum};
use crate::tokens::models::{Cache, LanguageModel};
use crate::tokens::{Position, TokensError};
use crate::units::Temperature;

/// The next-token distribution after each prompt, as [`context`] gives it.
///
/// # Errors
///
/// As [`context`].
pub fn contexts(model: &LanguageModel, prompts: &[String]) -> Result<Vec<Position>, TokensError> {
    prompts.iter().map(|prompt| context(model, prompt)).collect()
}

/// The next-token distribution after `prompt`, in the gauge E_i = -ln p_i at T = 1, where U(1) = S(1).
///
/// # Errors
///
/// A prompt that the model cannot read, or logits that are no spectrum.
pub fn context(model: &LanguageModel, prompt: &str) -> Result<Position, TokensError> {
    let context = context_of_logits(model, prompt)?;
    Ok(Position { listed: in_probability_gauge(&context.listed)?, ..context })
}

/// The next-token distribution after `prompt` in the gauge of the model, E_i = -logit_i: the levels as the model wrote
/// them, on whatever lattice its number format leaves.
///
/// # Errors
///
/// As [`context`].
pub fn context_of_logits(model: &LanguageModel, prompt: &str) -> Result<Position, TokensError> {
    let logits = model.next_token_logits(&model.encode(prompt)?, &mut Cache::new())?;
    Ok(Position::full(prompt, Spectrum::from_logits(&logits)?))
}

/// The same levels with the zero of energy moved so that E_i = -ln p_i at T = 1.
fn in_probability_gauge(spectrum: &Spectrum) -> Result<Spectrum, TokensError> {
    let unit = Canonical::new(spectrum, Temperature::new(1.0)?.beta());
    let energies = (0..spectrum.len()).map(|i| -unit.ln_probability(i)).collect();
    Ok(Spectrum::new(energies)?)
}
