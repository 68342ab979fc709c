//! Language models run on candle: a Hugging Face folder or a GGUF file in, next-token logits out.
//!
//! The only module that sees candle. [`LanguageModel`] opens the files of a model, [`config`] refuses every
//! setting that would be computed differently from `transformers`, and [`llama`] turns token ids into logits. Training (in
//! `examples/train_language_model`) runs through the same [`llama::Llama`]. Families that are no Llama, and GGUF
//! files, run on candle-transformers where the feature `models` is on.

mod cache;
pub mod config;
mod embedded;
pub mod error;
mod export;
#[cfg(feature = "models")]
mod families;
mod files;
mod folder;
#[cfg(feature = "models")]
mod gguf;
pub mod llama;
mod model;
mod rotary;
mod settings;
mod tokens;
mod weights;

pub use cache::Cache;
pub use config::LlamaConfig;
pub use error::LanguageError;
pub use llama::Llama;
pub use model::LanguageModel;
pub use rotary::RopeScaling;
