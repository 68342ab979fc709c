//! The language model: what its forward pass must satisfy, and every reason to refuse a folder.
#![cfg(feature = "llm")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod forward;
mod refusals;
mod shards;
mod stand_in;
mod transformers;
mod vocabulary;
