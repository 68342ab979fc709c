//! A tiny deterministic Llama with a byte tokenizer, written to a temporary folder: no download.

use std::{collections::HashMap, fs, path::Path};

use candle_core::{DType, Device, Tensor, Var};
use candle_nn::VarBuilder;
use gibbs::tokens::models::{Llama, LlamaConfig, RopeScaling};
use rand::{SeedableRng, rngs::ChaCha8Rng};
use rand_distr::{Distribution, Normal};
use serde_json::Value;
use tempfile::TempDir;

/// Two blocks; four query heads share two key heads; head_dim is not hidden / heads; untied head.
pub fn config() -> LlamaConfig {
    LlamaConfig {
        vocab_size: 300,
        hidden_size: 24,
        intermediate_size: 40,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        num_key_value_heads: 2,
        head_dim: 8,
        max_position_embeddings: 32,
        rms_norm_eps: 1e-5,
        rope_theta: 10_000.0,
        rope_scaling: RopeScaling::None,
        qkv_bias: false,
        output_bias: false,
        qk_norm: false,
        tie_word_embeddings: false,
        bos_token_id: None,
        eos_token_ids: vec![0],
    }
}

/// Weights of width 0.2, wide enough that attention is far from uniform.
pub fn weights(config: &LlamaConfig) -> HashMap<String, Var> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let normal = Normal::new(0.0, 0.2).unwrap();
    let tensors = config.tensors().into_iter().map(|(name, shape)| {
        let shift = if shape.len() == 1 { 1.0 } else { 0.0 };
        let n: usize = shape.iter().product();
        let values: Vec<f32> = (0..n).map(|_| shift + normal.sample(&mut rng) as f32).collect();
        (name, Var::from_vec(values, shape, &Device::Cpu).unwrap())
    });
    tensors.collect()
}

/// A network on `weights`, which stay trainable.
pub fn llama(config: &LlamaConfig, weights: &HashMap<String, Var>) -> Llama {
    let tensors = weights.iter().map(|(name, var)| (name.clone(), var.as_tensor().clone())).collect();
    Llama::new(config.clone(), &VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu)).unwrap()
}

/// `[1, n]` token ids.
pub fn row(tokens: &[u32]) -> Tensor {
    Tensor::from_slice(tokens, (1, tokens.len()), &Device::Cpu).unwrap()
}

/// A text of `n` token ids, the same at every call.
pub fn tokens(n: usize) -> Vec<u32> {
    (0..n as u32).map(|i| (i * i * 31 + 17 * i + 5) % 300).collect()
}

/// A byte-level tokenizer of `n_special` special tokens and the 256 bytes.
pub fn tokenizer(n_special: usize) -> String {
    use tokenizers::{
        AddedToken, Tokenizer,
        models::{
            TrainerWrapper,
            bpe::{BPE, BpeTrainer},
        },
        pre_tokenizers::byte_level::ByteLevel,
    };
    let mut tokenizer = Tokenizer::new(BPE::default());
    let byte_level = ByteLevel::default().add_prefix_space(false);
    tokenizer.with_pre_tokenizer(Some(byte_level)).with_decoder(Some(byte_level));
    let special = (0..n_special).map(|i| AddedToken::from(format!("<|{i}|>"), true)).collect();
    let trainer = BpeTrainer::builder()
        .show_progress(false)
        .vocab_size(256 + n_special)
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .special_tokens(special)
        .build();
    tokenizer.train(&mut TrainerWrapper::from(trainer), ["one text"].into_iter()).unwrap();
    tokenizer.to_string(false).unwrap()
}

/// Writes the three files with weights in `dtype`.
pub fn folder(dtype: DType) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = config();
    let tensors: HashMap<String, Tensor> =
        weights(&config).into_iter().map(|(name, var)| (name, var.to_dtype(dtype).unwrap())).collect();
    fs::write(folder.path().join("config.json"), config.to_json().to_string()).unwrap();
    candle_core::safetensors::save(&tensors, folder.path().join("model.safetensors")).unwrap();
    fs::write(folder.path().join("tokenizer.json"), tokenizer(4)).unwrap();
    folder
}

/// Replaces or removes (`None`) keys of the `config.json` in `folder`.
pub fn edit_config(folder: &Path, edits: &[(&str, Option<Value>)]) {
    let path = folder.join("config.json");
    let mut json: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for (key, value) in edits {
        let keys = json.as_object_mut().unwrap();
        match value {
            Some(value) => drop(keys.insert((*key).to_string(), value.clone())),
            None => drop(keys.remove(*key)),
        }
    }
    fs::write(path, json.to_string()).unwrap();
}
