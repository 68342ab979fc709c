//! The state of a training run in one file, replaced as a whole.

use std::{collections::HashMap, fs, path::Path};

use anyhow::{Context, Result};
use candle_core::{Device, Tensor, Var, safetensors as candle_file};

use crate::optimizer::Slot;

/// How far a run has come. The segments of step n are drawn from stream n of the seed, so no generator is stored.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// Optimizer steps made.
    pub step: u64,
    /// Tokens trained on, repetitions counted.
    pub tokens: u64,
    /// Training time, pauses between resumes not counted.
    pub seconds: f64,
}

/// Writes weights, moments and progress to `folder`; a run killed here leaves the previous state.
pub fn save(folder: &Path, slots: &[Slot], progress: &Progress) -> Result<()> {
    let mut tensors = HashMap::new();
    for slot in slots {
        let moment = |values: &[f32]| Tensor::from_slice(values, slot.var.shape(), &Device::Cpu);
        tensors.insert(slot.name.clone(), slot.var.as_tensor().clone());
        tensors.insert(format!("{}.mean", slot.name), moment(&slot.mean)?);
        tensors.insert(format!("{}.square", slot.name), moment(&slot.square)?);
    }
    let counts = [progress.step as f64, progress.tokens as f64, progress.seconds];
    tensors.insert("progress".to_string(), Tensor::from_slice(&counts, 3, &Device::Cpu)?);
    let next = folder.join("checkpoint.next");
    candle_file::save(&tensors, &next)?;
    Ok(fs::rename(&next, folder.join("checkpoint.safetensors"))?)
}

/// Reads the state back, or `None` if there is none.
pub fn load(folder: &Path, names: impl Iterator<Item = String>) -> Result<Option<(Vec<Slot>, Progress)>> {
    let path = folder.join("checkpoint.safetensors");
    if !path.exists() {
        return Ok(None);
    }
    let tensors = candle_file::load(&path, &Device::Cpu)?;
    let get = |name: &str| tensors.get(name).with_context(|| format!("checkpoint lacks `{name}`"));
    let slots = names.map(|name| -> Result<Slot> {
        let moment =
            |which: &str| -> Result<Vec<f32>> { Ok(get(&format!("{name}.{which}"))?.flatten_all()?.to_vec1()?) };
        let (mean, square) = (moment("mean")?, moment("square")?);
        Ok(Slot { var: Var::from_tensor(get(&name)?)?, name, mean, square })
    });
    let slots = slots.collect::<Result<Vec<_>>>()?;
    let counts = get("progress")?.to_vec1::<f64>()?;
    let count = |i: usize| counts.get(i).copied().context("damaged progress");
    let progress = Progress { step: count(0)? as u64, tokens: count(1)? as u64, seconds: count(2)? };
    Ok(Some((slots, progress)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_run_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let names = || ["a".to_string(), "b".to_string()].into_iter();
        assert!(load(folder.path(), names()).unwrap().is_none());
        let slots: Vec<Slot> = names()
            .map(|name| {
                let var = Var::from_slice(&[1.5_f32, -2.0, 0.1, 7.0], (2, 2), &Device::Cpu).unwrap();
                Slot { name, var, mean: vec![0.1, 0.2, 0.3, 0.4], square: vec![1.0, 2.0, 3.0, 4.0] }
            })
            .collect();
        let progress = Progress { step: 7, tokens: 14_336, seconds: 3.25 };
        save(folder.path(), &slots, &progress).unwrap();
        let (loaded, found) = load(folder.path(), names()).unwrap().unwrap();
        assert_eq!((found.step, found.tokens, found.seconds), (7, 14_336, 3.25));
        for (slot, expected) in loaded.iter().zip(&slots) {
            let values = |slot: &Slot| slot.var.to_vec2::<f32>().unwrap();
            assert_eq!(slot.name, expected.name);
            assert_eq!(values(slot), values(expected));
            assert_eq!((&slot.mean, &slot.square), (&expected.mean, &expected.square));
        }
        assert!(load(folder.path(), ["c".to_string()].into_iter()).is_err());
    }
}
