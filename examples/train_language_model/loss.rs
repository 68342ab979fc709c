//! Cross-entropy of the next token in one pass over the logits, with its gradient.
//!
//! The same value as `candle_nn::loss::cross_entropy`, whose chain of primitives reads and writes the
//! logits, the largest tensor of the network, some fifteen times.

use candle_core::{CpuStorage, CustomOp1, Error, Layout, Result, Shape, Tensor};

/// Mean of `-ln p(target)` over rows, from logits `[n, vocab]`.
pub fn cross_entropy(logits: &Tensor, targets: Vec<u32>) -> Result<Tensor> {
    logits.apply_op1(CrossEntropy { targets })
}

/// `-ln p(target)` of every row of `logits` `[n, vocab]`.
pub fn surprisals(logits: &Tensor, targets: &[u32]) -> Result<Vec<f64>> {
    let (_, vocab) = logits.dims2()?;
    let values = logits.flatten_all()?.to_vec1::<f32>()?;
    Ok(values.chunks_exact(vocab).zip(targets).map(|(row, &target)| surprisal(row, target)).collect())
}

struct CrossEntropy {
    targets: Vec<u32>,
}

impl CustomOp1 for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross-entropy"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (CpuStorage::F32(values), Some((start, end)), &[n, vocab]) =
            (storage, layout.contiguous_offsets(), layout.dims())
        else {
            return Err(Error::Msg("cross-entropy needs contiguous f32 logits [n, vocab]".to_string()));
        };
        let rows = values[start..end].chunks_exact(vocab).zip(&self.targets);
        let total: f64 = rows.map(|(row, &target)| surprisal(row, target)).sum();
        Ok((CpuStorage::F32(vec![(total / n as f64) as f32]), Shape::from(())))
    }

    fn bwd(&self, logits: &Tensor, _loss: &Tensor, upstream: &Tensor) -> Result<Option<Tensor>> {
        let (n, vocab) = logits.dims2()?;
        let scale = upstream.to_scalar::<f32>()? / n as f32;
        let mut gradient = logits.flatten_all()?.to_vec1::<f32>()?;
        for (row, &target) in gradient.chunks_exact_mut(vocab).zip(&self.targets) {
            let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let mut sum = 0.0;
            for value in row.iter_mut() {
                *value = (*value - largest).exp();
                sum += *value;
            }
            row.iter_mut().for_each(|value| *value *= scale / sum);
            row[target as usize] -= scale;
        }
        Ok(Some(Tensor::from_vec(gradient, (n, vocab), logits.device())?))
    }
}

fn surprisal(row: &[f32], target: u32) -> f64 {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = row.iter().map(|&value| (value - largest).exp()).sum();
    f64::from(largest + sum.ln() - row[target as usize])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use candle_core::{Device, Var};

    use super::*;

    #[test]
    fn value_and_gradient_equal_those_of_candle() {
        let values: Vec<f32> = (0..60).map(|i| (i as f32 * 0.7).sin() * 9.0).collect();
        let logits = Var::from_vec(values, (4, 15), &Device::Cpu).unwrap();
        let targets = vec![0, 7, 14, 3];
        let target_tensor = Tensor::from_slice(&targets, 4, &Device::Cpu).unwrap();
        // Twice the loss, so that the gradient from above is not 1.
        let ours = (cross_entropy(&logits, targets.clone()).unwrap() * 2.0).unwrap();
        let theirs = (candle_nn::loss::cross_entropy(&logits, &target_tensor).unwrap() * 2.0).unwrap();
        let value = |t: &Tensor| t.to_scalar::<f32>().unwrap();
        assert!((value(&ours) - value(&theirs)).abs() < 1e-5);
        let gradient = |t: &Tensor| t.backward().unwrap().get(&logits).unwrap().clone();
        let difference = (gradient(&ours) - gradient(&theirs)).unwrap().abs().unwrap();
        assert!(value(&difference.max_all().unwrap()) < 1e-6);
        let mean = surprisals(&logits, &targets).unwrap().iter().sum::<f64>() / 4.0;
        assert!((2.0 * mean - f64::from(value(&theirs))).abs() < 1e-5);
    }
}
