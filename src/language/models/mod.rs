//! Language models run on candle: a Hugging Face folder in, next-token logits out.
//!
//! The only module that sees candle. [`folder`] opens the files of a model, [`config`] refuses whatever the model
//! code would compute differently from its author, and [`llama`] turns token ids into logits. Training (in
//! `examples/train_language_model`) runs through the same [`llama::Llama`].

pub mod config;
mod embedded;
pub mod error;
mod export;
pub mod folder;
pub mod llama;

pub use config::LlamaConfig;
pub use error::LanguageError;
pub use folder::LanguageModel;
pub use llama::{Cache, Llama};
