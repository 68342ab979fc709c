//! Prompts, and the distributions of the tokens that may follow them.

#[cfg(feature = "llm")]
use crate::ensemble::{Canonical, Spectrum};
#[cfg(feature = "llm")]
#[cfg(feature = "llm")]
use crate::tokens::models::{Cache, LanguageModel};
#[cfg(feature = "llm")]
use crate::tokens::{Position, TokensError};
#[cfg(feature = "llm")]
use crate::units::Temperature;

/// The prompts of the comparison, of the kind the embedded model was trained on.
pub const PROMPTS: [&str; 6] = [
    "And it came to pass, when the king",
    "The LORD is my",
    "Then said Jesus unto",
    "My gracious lord, I",
    "What, art thou",
    "Now is the winter of our",
];

/// The next-token distribution after each prompt, as [`context`] gives it.
///
/// # Errors
///
/// As [`context`].
#[cfg(feature = "llm")]
pub fn contexts(model: &LanguageModel, prompts: &[String]) -> Result<Vec<Position>, TokensError> {
    prompts.iter().map(|prompt| context(model, prompt)).collect()
}

/// The next-token distribution after `prompt`, in the gauge E_i = -ln p_i at T = 1, where U(1) = S(1).
///
/// # Errors
///
/// A prompt that the model cannot read, or logits that are no spectrum.
#[cfg(feature = "llm")]
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
#[cfg(feature = "llm")]
pub fn context_of_logits(model: &LanguageModel, prompt: &str) -> Result<Position, TokensError> {
    let logits = model.next_token_logits(&model.encode(prompt)?, &mut Cache::new())?;
    Ok(Position::full(prompt, Spectrum::from_logits(&logits)?))
}

/// The same levels with the zero of energy moved so that E_i = -ln p_i at T = 1.
#[cfg(feature = "llm")]
fn in_probability_gauge(spectrum: &Spectrum) -> Result<Spectrum, TokensError> {
    let unit = Canonical::new(spectrum, Temperature::new(1.0)?.beta());
    let energies = (0..spectrum.len()).map(|i| -unit.ln_probability(i)).collect();
    Ok(Spectrum::new(energies)?)
}
