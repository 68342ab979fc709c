//! Opening a Hugging Face model: three files of a folder, or the same three as bytes in the binary.

use std::{collections::HashMap, fs, io, path::Path};

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use tokenizers::Tokenizer;

use super::{
    config::LlamaConfig,
    error::LanguageError,
    llama::{Cache, Llama},
};

/// A Llama together with its tokenizer: text in, next-token logits out.
#[derive(Debug, Clone)]
pub struct LanguageModel {
    llama: Llama,
    tokenizer: Tokenizer,
}

impl LanguageModel {
    /// Opens `folder`, which holds `config.json`, `model.safetensors` and `tokenizer.json`.
    ///
    /// # Errors
    /// [`LanguageError::MissingFile`] or [`LanguageError::ReadFile`] with the path; otherwise as
    /// [`LanguageModel::from_bytes`].
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, LanguageError> {
        let folder = folder.as_ref();
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read(&path).map_err(|source| match source.kind() {
                io::ErrorKind::NotFound => LanguageError::MissingFile { path },
                _ => LanguageError::ReadFile { path, source },
            })
        };
        Self::from_bytes(&read("config.json")?, &read("model.safetensors")?, &read("tokenizer.json")?)
    }

    /// Opens the contents of `config.json`, `model.safetensors` and `tokenizer.json`.
    ///
    /// Weights in F16 and BF16 are widened to F32. Tensors the configuration does not imply are ignored.
    ///
    /// # Errors
    /// Those of [`LlamaConfig::from_json`]; [`LanguageError::Weights`] for a truncated or damaged file;
    /// [`LanguageError::MissingTensor`], [`LanguageError::TensorShape`], [`LanguageError::TensorType`];
    /// [`LanguageError::Tokenizer`]; [`LanguageError::VocabularyTooLarge`].
    pub fn from_bytes(config: &[u8], weights: &[u8], tokenizer: &[u8]) -> Result<Self, LanguageError> {
        let config = LlamaConfig::from_json(config)?;
        let tokenizer = Tokenizer::from_bytes(tokenizer).map_err(|e| LanguageError::Tokenizer(e.to_string()))?;
        let largest = tokenizer.get_vocab(true).into_values().max();
        let n_tokens = largest.map_or(0, |id| id as usize + 1);
        if n_tokens > config.vocab_size {
            return Err(LanguageError::VocabularyTooLarge { tokenizer: n_tokens, model: config.vocab_size });
        }
        let tensors = read_tensors(&config, weights)?;
        let vb = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
        Ok(Self { llama: Llama::new(config, &vb)?, tokenizer })
    }

    /// The network.
    pub fn llama(&self) -> &Llama {
        &self.llama
    }

    /// The tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The shape of the network.
    pub fn config(&self) -> &LlamaConfig {
        self.llama.config()
    }

    /// Token ids of `text`, without any token added in front or behind.
    ///
    /// # Errors
    /// [`LanguageError::Tokenizer`] with the tokenizer's own words.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, LanguageError> {
        let encoding = self.tokenizer.encode(text, false).map_err(|e| LanguageError::Tokenizer(e.to_string()))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// Text of `tokens`, special tokens left out.
    ///
    /// # Errors
    /// [`LanguageError::Tokenizer`] with the tokenizer's own words.
    pub fn decode(&self, tokens: &[u32]) -> Result<String, LanguageError> {
        self.tokenizer.decode(tokens, true).map_err(|e| LanguageError::Tokenizer(e.to_string()))
    }

    /// Logits `[vocab]` of the token after `tokens`, which continue what `cache` has read.
    ///
    /// # Errors
    /// [`LanguageError::NoTokens`], [`LanguageError::TokenOutOfRange`], [`LanguageError::ContextOverflow`].
    pub fn next_token_logits(&self, tokens: &[u32], cache: &mut Cache) -> Result<Vec<f64>, LanguageError> {
        let logits = self.llama.forward_cached(&self.row(tokens)?, cache)?;
        let last = logits.get(0)?.get(tokens.len() - 1)?;
        Ok(last.to_dtype(DType::F64)?.to_vec1()?)
    }

    /// Logits `[n_tokens][vocab]` of every position of `tokens`: row t predicts token t + 1.
    ///
    /// # Errors
    /// As [`LanguageModel::next_token_logits`].
    pub fn all_logits(&self, tokens: &[u32]) -> Result<Vec<Vec<f64>>, LanguageError> {
        let logits = self.llama.forward(&self.row(tokens)?)?;
        Ok(logits.get(0)?.to_dtype(DType::F64)?.to_vec2()?)
    }

    /// `tokens` as a tensor `[1, n_tokens]`.
    fn row(&self, tokens: &[u32]) -> Result<Tensor, LanguageError> {
        if tokens.is_empty() {
            return Err(LanguageError::NoTokens);
        }
        let vocab_size = self.config().vocab_size;
        if let Some(&token) = tokens.iter().find(|&&token| token as usize >= vocab_size) {
            return Err(LanguageError::TokenOutOfRange { token, vocab_size });
        }
        Ok(Tensor::from_slice(tokens, (1, tokens.len()), self.llama.device())?)
    }
}

/// The tensors `config` implies, as F32.
fn read_tensors(config: &LlamaConfig, weights: &[u8]) -> Result<HashMap<String, Tensor>, LanguageError> {
    let file = SafeTensors::deserialize(weights).map_err(LanguageError::Weights)?;
    let mut tensors = HashMap::new();
    for (name, expected) in config.tensors() {
        let Ok(view) = file.tensor(&name) else {
            return Err(LanguageError::MissingTensor { name });
        };
        if view.shape() != expected {
            return Err(LanguageError::TensorShape { name, expected, found: view.shape().to_vec() });
        }
        let tensor = widen(&name, &view)?;
        tensors.insert(name, tensor);
    }
    Ok(tensors)
}

/// A stored tensor as F32.
fn widen(name: &str, view: &TensorView<'_>) -> Result<Tensor, LanguageError> {
    let dtype = match view.dtype() {
        Dtype::F32 => DType::F32,
        Dtype::F16 => DType::F16,
        Dtype::BF16 => DType::BF16,
        other => {
            let dtype = format!("{other:?}");
            return Err(LanguageError::TensorType { name: name.to_string(), dtype });
        }
    };
    let stored = Tensor::from_raw_buffer(view.data(), dtype, view.shape(), &Device::Cpu)?;
    Ok(stored.to_dtype(DType::F32)?)
}
