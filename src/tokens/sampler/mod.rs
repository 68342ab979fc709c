//! The token sampler: one draw from a truncated distribution without computing most of its weights.

mod blocks;
mod bounded;
mod proposal;
mod token;

pub use token::TokenSampler;
