//! Tokens recorded without their distributions, put back through the model that they are said to come from.

use serde::Deserialize;

use crate::ensemble::Spectrum;
use crate::tokens::models::{Cache, LanguageModel};
use crate::tokens::{Draw, Position, TokensError};

/// A text with known tokens: `{"prompt": TEXT, "tokens": [IDS]}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// Text before the first token.
    pub prompt: String,
    /// Ids of the tokens that were drawn one after another.
    pub tokens: Vec<u32>,
}

/// The distribution that `model` gives before each recorded token, with that token as the one drawn.
///
/// # Errors
///
/// A prompt without tokens, ids outside the vocabulary, or more tokens than the model's context holds.
pub fn replay(model: &LanguageModel, recorded: &Recorded, origin: &str) -> Result<Vec<Position>, TokensError> {
    let mut cache = Cache::new();
    let mut unread = model.encode(&recorded.prompt)?;
    let mut positions = Vec::with_capacity(recorded.tokens.len());
    for (i, &token) in recorded.tokens.iter().enumerate() {
        let listed = Spectrum::from_logits(&model.next_token_logits(&unread, &mut cache)?)?;
        if token as usize >= listed.len() {
            return Err(TokensError::Setting {
                name: "tokens",
                expected: "ids of the model's vocabulary",
                value: format!("{token} in {origin}, where {} are known", listed.len()),
            });
        }
        positions.push(Position {
            drawn: vec![Draw::Listed(token as usize)],
            ..Position::full(format!("{origin}, token {}", i + 1), listed)
        });
        unread = vec![token];
    }
    Ok(positions)
}
