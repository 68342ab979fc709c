//! One next-token distribution, as much of it as a source reports, with the tokens drawn from it.

use super::LogprobsMode;
use crate::ensemble::Spectrum;

/// The levels E_i of one next-token distribution and the draws from it.
///
/// A full spectrum lists every token of the vocabulary: E_i = -logit_i in any gauge. A partial one lists some, in the
/// gauge E_i = -ln p_i of the distribution that the source reports, so that the listed probabilities and the mass of
/// the [`Unlisted`] add up to one. Level i is entry i of the source, not a rank.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// The prompt it follows, or where it stands in its source: `row 3`, `line 2, token 17`.
    pub origin: String,
    /// The listed tokens.
    pub listed: Spectrum,
    /// The rest of the vocabulary; `None` if all of it is listed.
    pub unlisted: Option<Unlisted>,
    /// Text of the listed tokens `[n_listed]`, or empty where the source has none.
    pub tokens: Vec<String>,
    /// The tokens drawn, in order.
    pub drawn: Vec<Draw>,
    /// Which distribution the source reports, where its format says so.
    pub reported: Option<LogprobsMode>,
}

impl Position {
    /// The distribution over a whole vocabulary, without draws.
    #[must_use]
    pub fn full(origin: impl Into<String>, listed: Spectrum) -> Self {
        Self { origin: origin.into(), listed, unlisted: None, tokens: Vec::new(), drawn: Vec::new(), reported: None }
    }
}

/// Tokens that a source does not list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unlisted {
    /// Their probability together, in the distribution that the source reports.
    pub mass: f64,
    /// How many there are, where the vocabulary is known.
    pub n_tokens: Option<u64>,
}

/// A drawn token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Draw {
    /// A listed one, by its level.
    Listed(usize),
    /// An unlisted one, with its ln p if the source reports it.
    Unlisted {
        /// ln of its probability in the distribution that the source reports.
        ln_probability: Option<f64>,
    },
}
