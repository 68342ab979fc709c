//! A network with its weights, and the text that a copy of it has read.
//!
//! Those networks keep the keys and values of one text inside. Each text is read by a network of its own, made from a
//! template that shares the weights; the text itself is kept beside it, so that a clone or a failed call can read it
//! again. The first block of a text is read at once and the rest token by token.

use std::{fmt, sync::Arc};

use candle_core::DType;

use super::network::Network;
use crate::tokens::models::error::LanguageError;

/// A network with its weights.
#[derive(Clone)]
pub struct Family(Arc<dyn Network>);

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family").finish_non_exhaustive()
    }
}

/// The text that a network of another family has read, with that network; `None` if it has to read the text again.
#[derive(Default)]
pub struct FamilyCache {
    tokens: Vec<u32>,
    network: Option<Box<dyn Network>>,
}

impl Clone for FamilyCache {
    /// The text alone: some networks write keys and values in place, which a copy of them would share.
    fn clone(&self) -> Self {
        Self { tokens: self.tokens.clone(), network: None }
    }
}

impl fmt::Debug for FamilyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FamilyCache").field("tokens", &self.tokens).finish_non_exhaustive()
    }
}

impl Family {
    pub fn new(network: impl Network + 'static) -> Self {
        Self(Arc::new(network))
    }

    /// Logits `[vocab]` of the token after `tokens`, which continue the text of `cache`; after an error it is as before.
    pub fn read(&self, tokens: &[u32], cache: &mut FamilyCache) -> Result<Vec<f64>, LanguageError> {
        let mut network = match cache.network.take() {
            Some(network) => network,
            None => {
                let mut network = self.0.fresh()?;
                if !cache.tokens.is_empty() {
                    network.read(&[], &cache.tokens)?;
                }
                network
            }
        };
        let before = cache.tokens.len();
        let logits = continued(network.as_mut(), tokens, &mut cache.tokens);
        match logits {
            Ok(logits) => {
                cache.network = Some(network);
                Ok(logits)
            }
            Err(error) => {
                cache.tokens.truncate(before);
                Err(error.into())
            }
        }
    }
}

/// Reads `tokens` after `read`, which then includes them.
///
/// Some networks mask a block as if it opened the text, so only a text's first block is read at once.
fn continued(network: &mut dyn Network, tokens: &[u32], read: &mut Vec<u32>) -> candle_core::Result<Vec<f64>> {
    let block = if read.is_empty() { tokens.len() } else { 1 };
    let mut logits = Vec::new();
    for tokens in tokens.chunks(block) {
        logits = network.read(read, tokens)?.flatten_all()?.to_dtype(DType::F64)?.to_vec1()?;
        read.extend_from_slice(tokens);
    }
    Ok(logits)
}
