//! Where next-token distributions come from: files of logits, recorded responses, live servers.

pub mod arrays;
mod file;
pub mod recorded;
pub mod server;

pub use file::{Form, Positions, SourceError, read};
