//! What is read at most, so that no file can fill the memory.

/// Most numbers of a row: a hundred times the largest vocabulary in use, and 128 MiB.
pub(super) const MOST_NUMBERS: usize = 1 << 24;

/// Most bytes of a line, or of one row in a text file: ten times what the largest vocabularies need.
pub(super) const MOST_BYTES: u64 = 64 << 20;
