//! Tokens of a language model as a canonical ensemble: exact curves of contexts, text drawn and read at a temperature.
//!
//! What needs a model is behind the feature `llm`; what needs only spectra works for logits of any source.

mod along;
#[cfg(feature = "llm")]
mod contexts;
#[cfg(feature = "llm")]
pub mod corpus;
mod curve;
mod draw;
mod explanation;
#[cfg(feature = "llm")]
mod given_text;
mod level_moments;
pub mod matching;
mod participation;
mod root;
pub mod states;
mod text;

pub use along::{AlongText, ContextOrigin, PositionMean, along_given_text, along_text};
#[cfg(feature = "llm")]
pub use contexts::{context, context_of_logits, contexts};
pub use curve::{MeanThermo, curve, mean_over_contexts, truncated_curve};
pub use draw::draw;
pub use explanation::{Explanation, NoEffect, Steps, explanation};
#[cfg(feature = "llm")]
pub use given_text::{WINDOW, for_each_position, read_text, read_tokens};
pub use level_moments::{LevelMoments, level_moments};
pub use participation::{participation, participation_ratio};
pub use text::{Generated, Step};
#[cfg(feature = "llm")]
pub use text::{generate, generate_many};

/// The prompts of the comparison, of the kind the embedded model was trained on.
pub const PROMPTS: [&str; 6] = [
    "And it came to pass, when the king",
    "The LORD is my",
    "Then said Jesus unto",
    "My gracious lord, I",
    "What, art thou",
    "Now is the winter of our",
];
