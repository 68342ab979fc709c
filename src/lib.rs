//! gibbs

#[cfg(feature = "llm")]
pub mod language;
