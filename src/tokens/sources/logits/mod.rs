//! Logits from files: one context at a time, and lines with the tokens drawn from it.

mod draws;
mod error;
mod json_lines;
mod open;
mod positions;

pub use crate::arrays::{Format, Options};
pub use draws::write_draws_line;
pub use error::LogitsError;
pub use json_lines::JsonLines;
pub use open::open;
