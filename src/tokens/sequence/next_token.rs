//! A model of the next token, and the gauge in which its levels are energies of sequences.

use std::borrow::Cow;

use super::error::SequenceError;
use crate::ensemble::{Canonical, Spectrum};
use crate::units::Beta;

/// A model of the next token after a fixed context.
///
/// The energies may come in any gauge: E_i = -logit_i will do, since only differences within one spectrum matter.
pub trait NextToken {
    /// Number of tokens; they are called 0, 1, 2 ...
    fn vocabulary(&self) -> usize;

    /// Levels `[vocabulary]` of the token after `prefix`, the sequence so far; the context before it is the model's own.
    ///
    /// # Errors
    ///
    /// The model refuses, or its logits are no levels.
    fn next(&self, prefix: &[u32]) -> Result<Cow<'_, Spectrum>, SequenceError>;

    /// The levels that each of `tokens[start..]` was chosen from, `[tokens.len() - start]`.
    ///
    /// # Errors
    ///
    /// As [`NextToken::next`].
    fn along(&self, tokens: &[u32], start: usize) -> Result<Vec<Cow<'_, Spectrum>>, SequenceError> {
        (start..tokens.len()).map(|t| self.next(&tokens[..t])).collect()
    }
}

/// T = 1, where a sequence has the model's own probability.
pub(super) fn unit() -> Result<Beta, SequenceError> {
    Ok(Beta::new(1.0)?)
}

/// The levels with E_i = -ln p_i at T = 1.
pub(super) fn in_probability_gauge(levels: &Spectrum) -> Result<Spectrum, SequenceError> {
    let ensemble = Canonical::new(levels, unit()?);
    Ok(Spectrum::new((0..levels.len()).map(|i| -ensemble.ln_probability(i)).collect())?)
}

/// `length`, unless it is zero.
pub(super) fn require_length(length: usize) -> Result<usize, SequenceError> {
    if length > 0 {
        return Ok(length);
    }
    Err(SequenceError::Setting { name: "length", expected: "at least one token", value: length.to_string() })
}
