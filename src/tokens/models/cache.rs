//! What a network remembers of the text it has read, so that a new token costs one position.

use candle_core::Tensor;

#[cfg(feature = "models")]
use super::families::FamilyCache;

/// What was read so far, one for every text; a clone continues on its own.
#[derive(Debug, Clone, Default)]
pub struct Cache {
    pub(super) n_positions: usize,
    /// Keys and values of each block of a [`Llama`](super::Llama).
    pub(super) layers: Vec<(Tensor, Tensor)>,
    /// The text read by a network of another family.
    #[cfg(feature = "models")]
    pub(super) family: FamilyCache,
}

impl Cache {
    /// A cache before the first token.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of positions read so far.
    pub fn len(&self) -> usize {
        self.n_positions
    }

    /// Whether nothing was read yet.
    pub fn is_empty(&self) -> bool {
        self.n_positions == 0
    }
}
