//! Next-token distributions as finite systems: from a model, from files of logits, from recorded responses, from a server.
//!
//! Every source is an iterator of [`Position`]s: a spectrum, full or of the listed tokens alone, with the tokens that
//! were drawn from it, where the source tells.

pub mod arrays;
#[cfg(feature = "llm")]
pub mod models;
mod position;
pub mod recorded;
pub mod server;
mod source;

#[cfg(feature = "llm")]
pub use models::{Cache, LanguageError, LanguageModel, Llama, LlamaConfig, RopeScaling, config, error, folder, llama};
pub use position::{Draw, Position, Unlisted};
pub use source::{Form, Positions, SourceError, read};
