//! AdamW whose moments can be saved: candle's own keeps them private, so a run with it cannot be resumed.

use anyhow::{Context, Result};
use candle_core::{Tensor, Var, backprop::GradStore};

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.95;
const EPSILON: f32 = 1e-8;
/// Applied to matrices only; norms are not pulled to zero.
const WEIGHT_DECAY: f64 = 0.1;
/// Largest Euclidean norm of the gradient of all weights together.
const CLIP: f64 = 1.0;

/// One trained tensor with its two moments.
pub struct Slot {
    /// Hugging Face name.
    pub name: String,
    /// The weights, shared with the network.
    pub var: Var,
    /// Running mean of the gradient.
    pub mean: Vec<f32>,
    /// Running mean of the squared gradient.
    pub square: Vec<f32>,
}

impl Slot {
    /// A tensor that was not trained yet.
    pub fn new(name: String, var: Var) -> Self {
        let n = var.elem_count();
        Self { name, var, mean: vec![0.0; n], square: vec![0.0; n] }
    }
}

/// One step from `gradients` at learning rate `rate`; `step` counts from 1. Returns the norm before clipping.
pub fn step(slots: &mut [Slot], gradients: &GradStore, rate: f64, step: u64) -> Result<f64> {
    let gradients = slots.iter().map(|slot| {
        let gradient = gradients.get(&slot.var).with_context(|| format!("`{}` has no gradient", slot.name))?;
        Ok(gradient.flatten_all()?.to_vec1::<f32>()?)
    });
    let gradients = gradients.collect::<Result<Vec<_>>>()?;
    let norm = gradients.iter().flatten().map(|&g| f64::from(g) * f64::from(g)).sum::<f64>().sqrt();
    let scale = if norm > CLIP { (CLIP / norm) as f32 } else { 1.0 };
    let bias = |beta: f32| 1.0 - f64::from(beta).powf(step as f64);
    let rate_1 = (rate / bias(BETA_1)) as f32;
    let bias_2 = bias(BETA_2) as f32;
    for (slot, gradient) in slots.iter_mut().zip(&gradients) {
        let keep = if slot.var.rank() > 1 { (1.0 - rate * WEIGHT_DECAY) as f32 } else { 1.0 };
        let mut weights = slot.var.flatten_all()?.to_vec1::<f32>()?;
        let moments = slot.mean.iter_mut().zip(slot.square.iter_mut());
        for ((w, &g), (mean, square)) in weights.iter_mut().zip(gradient).zip(moments) {
            let g = g * scale;
            *mean = BETA_1 * *mean + (1.0 - BETA_1) * g;
            *square = BETA_2 * *square + (1.0 - BETA_2) * g * g;
            *w = *w * keep - rate_1 * *mean / ((*square / bias_2).sqrt() + EPSILON);
        }
        slot.var.set(&Tensor::from_vec(weights, slot.var.shape(), slot.var.device())?)?;
    }
    Ok(norm)
}
