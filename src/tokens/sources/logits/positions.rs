//! The logits of one context with what was drawn from them, checked and made a position.

use super::ArrayError;
use super::error::brief;
use crate::ensemble::{Spectrum, SpectrumError};
use crate::tokens::{Draw, Position};

/// Most logits of a context: a hundred times the largest vocabulary in use, and 128 MiB.
pub(super) const MOST_TOKENS: usize = 1 << 24;

/// One context as a text file tells it.
#[derive(Debug, Default)]
pub(super) struct Context {
    /// `[vocab]`
    pub(super) logits: Vec<f64>,
    /// E_0 where the logits are measured from the largest.
    pub(super) ground_energy: Option<f64>,
    /// `[vocab]`, or empty.
    pub(super) tokens: Vec<String>,
    /// Indices into the logits.
    pub(super) drawn: Vec<u64>,
}

impl Context {
    /// Adds a logit, up to the largest number of them.
    pub(super) fn push(&mut self, logit: f64, origin: &str) -> Result<(), ArrayError> {
        if self.logits.len() == MOST_TOKENS {
            return Err(ArrayError::Vocabulary { origin: origin.to_owned(), n_tokens: MOST_TOKENS as u64 + 1 });
        }
        self.logits.push(logit);
        Ok(())
    }

    /// The position, which stands at `origin`.
    pub(super) fn into_position(self, origin: String) -> Result<Position, ArrayError> {
        let n_tokens = self.logits.len();
        let listed = match spectrum(self.logits, self.ground_energy) {
            Ok(listed) => listed,
            Err(source) => return Err(ArrayError::Logits { origin: brief(&origin), source }),
        };
        if !self.tokens.is_empty() && self.tokens.len() != n_tokens {
            let n_texts = self.tokens.len();
            return Err(ArrayError::Tokens { origin, n_tokens: n_texts, n_logits: n_tokens });
        }
        let draw = |(index, &token): (usize, &u64)| match usize::try_from(token) {
            Ok(level) if level < n_tokens => Ok(Draw::Listed(level)),
            _ => Err(ArrayError::Drawn { origin: origin.clone(), index, token, n_tokens }),
        };
        let drawn = self.drawn.iter().enumerate().map(draw).collect::<Result<_, _>>()?;
        Ok(Position { origin, listed, unlisted: None, tokens: self.tokens, drawn })
    }
}

/// Logits as levels; with a `ground_energy` they are minus the distances from it.
fn spectrum(logits: Vec<f64>, ground_energy: Option<f64>) -> Result<Spectrum, SpectrumError> {
    let Some(ground_energy) = ground_energy else { return Spectrum::from_logits(&logits) };
    // Refuses by the names of logits first.
    Spectrum::from_logits(&logits)?;
    Spectrum::from_excitations(ground_energy, logits.into_iter().map(|logit| 0.0 - logit).collect())
}
