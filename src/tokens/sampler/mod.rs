//! The token sampler: one draw from a truncated distribution without computing most of its weights.

mod blocks;
mod proposal;
mod token;

pub(crate) use blocks::{EVERYTHING, Precision, TokenBlocks, WeightBounds};
pub use token::TokenSampler;
