//! Where next-token distributions come from: files of logits, recorded responses, live servers.

mod file;
pub mod logits;
pub mod recorded;
#[cfg(feature = "server")]
pub mod server;

pub use file::{Positions, ReadOptions, SourceError, read};
