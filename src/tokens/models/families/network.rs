//! The operations needed from a network of candle-transformers, and how to make one for each text.

use std::sync::Arc;

use candle_core::{Device, Result, Tensor};

/// A network that remembers the text it has read.
pub trait Network: Send + Sync {
    /// Logits of the token after `tokens`, which follow the text `before` that was read already.
    fn read(&mut self, before: &[u32], tokens: &[u32]) -> Result<Tensor>;

    /// A network with the same weights that has read nothing. Asked only of a template, which never reads.
    fn fresh(&self) -> Result<Box<dyn Network>>;
}

/// A network whose copy shares the weights.
pub struct Cloned<M, F> {
    pub model: M,
    /// The forward pass, from tokens `[1, n]` and the number of positions before them.
    pub forward: F,
}

impl<M, F> Network for Cloned<M, F>
where
    M: Clone + Send + Sync + 'static,
    F: Fn(&mut M, &Tensor, usize) -> Result<Tensor> + Copy + Send + Sync + 'static,
{
    fn read(&mut self, before: &[u32], tokens: &[u32]) -> Result<Tensor> {
        (self.forward)(&mut self.model, &row(tokens)?, before.len())
    }

    fn fresh(&self) -> Result<Box<dyn Network>> {
        Ok(Box::new(Self { model: self.model.clone(), forward: self.forward }))
    }
}

/// A network that cannot be copied, made anew from the same tensors for each text.
pub struct Rebuilt<M, F> {
    pub model: M,
    pub forward: F,
    pub make: Arc<dyn Fn() -> Result<M> + Send + Sync>,
}

impl<M, F> Network for Rebuilt<M, F>
where
    M: Send + Sync + 'static,
    F: Fn(&mut M, &Tensor, usize) -> Result<Tensor> + Copy + Send + Sync + 'static,
{
    fn read(&mut self, before: &[u32], tokens: &[u32]) -> Result<Tensor> {
        (self.forward)(&mut self.model, &row(tokens)?, before.len())
    }

    fn fresh(&self) -> Result<Box<dyn Network>> {
        Ok(Box::new(Self { model: (self.make)()?, forward: self.forward, make: self.make.clone() }))
    }
}

/// Tokens as a tensor `[1, n_tokens]`.
pub fn row(tokens: &[u32]) -> Result<Tensor> {
    Tensor::from_slice(tokens, (1, tokens.len()), &Device::Cpu)
}
