//! Next-token distributions as finite systems: from a model, from files of logits, from recorded responses, from a server.
//!
//! Every source is an iterator of [`Position`]s: a spectrum, full or of the listed tokens alone, with the tokens that
//! were drawn from it, where the source reports them.

mod error;
mod logprobs_mode;
#[cfg(feature = "llm")]
pub mod models;
mod position;
#[cfg(feature = "llm")]
pub mod replay;
pub mod sampler;
pub mod sequence;
pub mod sources;
pub mod thermometer;
pub mod truncation;
pub mod views;

pub use error::TokensError;
pub use logprobs_mode::LogprobsMode;
pub use position::{Draw, Position, Unlisted};
pub use sampler::TokenSampler;
