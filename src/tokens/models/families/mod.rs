//! Networks of candle-transformers: one reading per text, of which the first block is read at once and the rest one by one.
//!
//! Those networks keep the keys and values of one text inside. Each text is read by a network of its own, made from a
//! template that shares the weights; the text itself is kept beside it, so that a clone or a failed call can read it
//! again.

mod networks;
mod plan;

use std::{fmt, sync::Arc};

use candle_core::{DType, Device, Tensor};

pub(super) use networks::{Cloned, Network};
pub(super) use plan::{KNOWN, Plan, SUPPORTED};

use super::error::LanguageError;

/// A network with its weights.
#[derive(Clone)]
pub(super) struct Family(Arc<dyn Network>);

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family").finish_non_exhaustive()
    }
}

/// A text and the network that has read it; none where it has to be read again.
#[derive(Default)]
pub(super) struct Reading {
    tokens: Vec<u32>,
    network: Option<Box<dyn Network>>,
}

impl Clone for Reading {
    /// The text alone: some networks write keys and values in place, which a copy of them would share.
    fn clone(&self) -> Self {
        Self { tokens: self.tokens.clone(), network: None }
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("tokens", &self.tokens).finish_non_exhaustive()
    }
}

impl Family {
    pub fn new(network: impl Network + 'static) -> Self {
        Self(Arc::new(network))
    }

    /// Logits `[vocab]` of the token after `tokens`, which continue the reading; after an error it is as before.
    pub fn read(&self, tokens: &[u32], reading: &mut Reading) -> Result<Vec<f64>, LanguageError> {
        let mut network = match reading.network.take() {
            Some(network) => network,
            None => {
                let mut network = self.0.fresh()?;
                if !reading.tokens.is_empty() {
                    network.read(&[], &reading.tokens)?;
                }
                network
            }
        };
        let before = reading.tokens.len();
        let logits = continued(network.as_mut(), tokens, &mut reading.tokens);
        match logits {
            Ok(logits) => {
                reading.network = Some(network);
                Ok(logits)
            }
            Err(error) => {
                reading.tokens.truncate(before);
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

/// `[1, n_tokens]`.
pub(super) fn row(tokens: &[u32]) -> candle_core::Result<Tensor> {
    Tensor::from_slice(tokens, (1, tokens.len()), &Device::Cpu)
}
