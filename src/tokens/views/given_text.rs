//! A given text read by a model: the distribution at every token, window by window.

use super::text::Step;
use crate::ensemble::{Canonical, Spectrum};
use crate::tokens::TokensError;
use crate::tokens::models::LanguageModel;
use crate::units::Temperature;

/// Most tokens read at once: the memory of a pass is this many rows of logits, however long the text.
pub const WINDOW: usize = 256;

/// Calls `visit` with the number of each token but the first, the spectrum it stood in, and the token itself.
///
/// Texts longer than a window (256 tokens, or the model's context where that is shorter) are read in windows that
/// advance by half of one, so every token but those of the first window has at least half a window before it.
///
/// # Errors
///
/// Fewer than two tokens; tokens that the model refuses; whatever `visit` returns.
pub fn for_each_position(
    model: &LanguageModel,
    tokens: &[u32],
    mut visit: impl FnMut(usize, &Spectrum, u32) -> Result<(), TokensError>,
) -> Result<(), TokensError> {
    if tokens.len() < 2 {
        let (name, expected) = ("text", "at least two tokens long");
        return Err(TokensError::Setting { name, expected, value: format!("{} tokens", tokens.len()) });
    }
    let window = model.context_length().clamp(2, WINDOW);
    let mut visited = 1;
    let mut start = 0;
    while visited < tokens.len() {
        let end = (start + window).min(tokens.len());
        // The last row would predict what lies beyond the window.
        let rows = model.all_logits(&tokens[start..end - 1])?;
        for (offset, logits) in rows.iter().enumerate().skip(visited - 1 - start) {
            visit(start + offset + 1, &Spectrum::from_logits(logits)?, tokens[start + offset + 1])?;
        }
        visited = end;
        start = (end - window / 2).max(start + 1);
    }
    Ok(())
}

/// `text` read at each of `temperatures`, `[n_temperatures]` lists of one step per token but the first.
///
/// The contexts are those of the text, the same at every temperature.
///
/// # Errors
///
/// As [`for_each_position`].
pub fn read_text(
    model: &LanguageModel,
    text: &str,
    temperatures: &[Temperature],
) -> Result<Vec<Vec<Step>>, TokensError> {
    read_tokens(model, &model.encode(text)?, temperatures)
}

/// As [`read_text`], of the tokens themselves: a text need not be cut again as it was written.
///
/// # Errors
///
/// As [`for_each_position`].
pub fn read_tokens(
    model: &LanguageModel,
    tokens: &[u32],
    temperatures: &[Temperature],
) -> Result<Vec<Vec<Step>>, TokensError> {
    let mut read = vec![Vec::with_capacity(tokens.len()); temperatures.len()];
    for_each_position(model, tokens, |_, spectrum, token| {
        let text = model.decode(&[token])?;
        for (steps, temperature) in read.iter_mut().zip(temperatures) {
            steps.push(Step::new(&Canonical::new(spectrum, temperature.beta()), token, text.clone()));
        }
        Ok(())
    })?;
    Ok(read)
}
