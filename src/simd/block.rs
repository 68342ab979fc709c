//! The unit in which the loops over bits run.

/// Eight words: one vector of 512 bits, or several narrower ones.
pub(super) type Block = [u64; 8];

/// Words in a block.
pub(super) const WORDS: usize = 8;
