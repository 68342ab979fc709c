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
