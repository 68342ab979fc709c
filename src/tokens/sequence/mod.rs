//! Whole sequences of tokens as microstates: any model of the next token gives every sequence an energy.
//!
//! `E(x) = -sum_t ln p_1(x_t | x_<t)`, where p_1 is the model's distribution at T = 1. The zero of energy is thereby fixed: ln Z = 0 at
//! T = 1 and any length. Two ensembles share these energies:
//!
//! * whole sequences, `P_T(x) = e^(-E(x)/T) / Z(T)`: the canonical ensemble of texts;
//! * each token tempered, `Q_T(x) = prod_t p_1(x_t | x_<t)^(1/T) / Z_t(x_<t; T)`: what a language model draws at temperature T.
//!
//! Every step of the second divides by a partition function of its own, which depends on what stands before: so
//! `Q_T(x) = e^(-E(x)/T) / prod_t Z_t`, and `KL(Q || P) = ln Z - <sum_t ln Z_t>_Q`. The two are one at T = 1, for a single token,
//! and at infinite T (where no token is forbidden, or always equally many); nowhere else in general, T = 0 included: the greedy
//! sequence need not be the most likely one.

mod markov;
mod model;
pub mod study;
mod whole;

pub use markov::MarkovText;
pub use model::{Resampling, Sequence, SequenceModel};
pub use whole::{MAX_SEQUENCES, Tempered, WholeSequences};

use std::borrow::Cow;
use std::error::Error;

use thiserror::Error;

use crate::ensemble::{Canonical, Spectrum, SpectrumError};
use crate::units::{Beta, UnitsError};

/// Sequences that cannot be built, listed or continued.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SequenceError {
    /// A setting outside its range.
    #[error("{name} must be {expected}, got {value}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What was given.
        value: String,
    },
    /// A token that is none.
    #[error("token {token} at place {place} is outside the vocabulary of {vocabulary}")]
    Token {
        /// The token.
        token: u32,
        /// Its place in the sequence.
        place: usize,
        /// Number of tokens there are.
        vocabulary: usize,
    },
    /// Too many sequences to list.
    #[error(
        "{vocabulary}^{length} sequences are too many to list (at most {MAX_SEQUENCES}); take fewer letters or a shorter length"
    )]
    TooMany {
        /// Number of tokens.
        vocabulary: usize,
        /// Length of the sequences.
        length: usize,
    },
    /// A temperature at which the recursion over contexts has no answer.
    #[error("the transfer matrix needs a finite beta, got {0}; list the sequences for T = 0")]
    NoTransferMatrix(Beta),
    /// Logits that are no levels.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
    /// A temperature that is none.
    #[error(transparent)]
    Units(#[from] UnitsError),
    /// The model of the next token refuses.
    #[error(transparent)]
    Source(Box<dyn Error + Send + Sync>),
}

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
fn unit() -> Result<Beta, SequenceError> {
    Ok(Beta::new(1.0)?)
}

/// The levels with E_i = -ln p_i at T = 1.
fn in_probability_gauge(levels: &Spectrum) -> Result<Spectrum, SequenceError> {
    let ensemble = Canonical::new(levels, unit()?);
    Ok(Spectrum::new((0..levels.len()).map(|i| -ensemble.ln_probability(i)).collect())?)
}

/// `length`, if it is one.
fn require_length(length: usize) -> Result<usize, SequenceError> {
    if length > 0 {
        return Ok(length);
    }
    Err(SequenceError::Setting { name: "length", expected: "at least one token", value: length.to_string() })
}
