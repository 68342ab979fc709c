//! Where next-token distributions come from: files of logits, recorded responses, live servers.

mod error;
mod file;
pub mod logits;
mod positions;
pub mod recorded;
#[cfg(feature = "server")]
pub mod server;

pub use error::SourceError;
pub use file::{ReadOptions, read};
pub use positions::{Positions, Reading};
