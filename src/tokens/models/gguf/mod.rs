//! GGUF files: opened once their length fits their header and candle-transformers computes all of their keys.

mod header;
mod shape;
mod tokenizer;

use std::{
    fs::File,
    io::{BufReader, Seek, SeekFrom},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use candle_core::{Device, Tensor, quantized::gguf_file::Content};
use candle_transformers::models::{quantized_llama, quantized_phi3, quantized_qwen2, quantized_qwen3};
use tokenizers::Tokenizer;

use super::{
    error::{LanguageError, first_line},
    families::{Cloned, Family, Network, row},
    files,
    model::{About, LanguageModel, Network as Kind, check_vocabulary},
    tokens,
};
use header::damaged;
use shape::{Architecture, Outline};

/// Opens a GGUF file of a Llama, Qwen2, Qwen3 or Phi-3, quantised or not. The tokenizer is that of the file, or
/// the `tokenizer.json` beside it where the file holds one of another kind.
pub fn open(path: &Path) -> Result<LanguageModel, LanguageError> {
    let unread = |source: std::io::Error| damaged(format!("cannot read `{}`: {source}", path.display()));
    let mut file = BufReader::new(File::open(path).map_err(unread)?);
    let length = file.seek(SeekFrom::End(0)).map_err(unread)?;
    file.rewind().map_err(unread)?;
    header::check(&mut file, length)?;
    file.rewind().map_err(unread)?;
    let mut content = Content::read(&mut file).map_err(|e| damaged(first_line(&e)))?;
    let outline = Outline::new(&mut content, length)?;
    let tokenizer = open_tokenizer(&content, path)?;
    check_vocabulary(&tokenizer, outline.vocab_size)?;
    let about = About {
        architecture: outline.architecture.name().to_string(),
        vocab_size: outline.vocab_size,
        context_length: outline.context_length,
        bos_token_id: tokenizer::token_id(&content, "bos")?,
        eos_token_ids: tokenizer::token_id(&content, "eos")?.into_iter().collect(),
    };
    let device = Device::Cpu;
    let family = match outline.architecture {
        Architecture::Llama => Family::new(Cloned {
            model: quantized_llama::ModelWeights::from_gguf(content, &mut file, &device)?,
            forward: quantized_llama::ModelWeights::forward,
        }),
        Architecture::Phi3 => Family::new(Cloned {
            model: quantized_phi3::ModelWeights::from_gguf(false, content, &mut file, &device)?,
            forward: quantized_phi3::ModelWeights::forward,
        }),
        Architecture::Qwen2 => Family::new(Exclusive::new(
            quantized_qwen2::ModelWeights::from_gguf(content, &mut file, &device)?,
            quantized_qwen2::ModelWeights::clear_kv_cache,
            quantized_qwen2::ModelWeights::forward,
        )),
        Architecture::Qwen3 => Family::new(Exclusive::new(
            quantized_qwen3::ModelWeights::from_gguf(content, &mut file, &device)?,
            quantized_qwen3::ModelWeights::clear_kv_cache,
            quantized_qwen3::ModelWeights::forward,
        )),
    };
    Ok(LanguageModel { network: Kind::Other(family), tokenizer, about })
}

fn open_tokenizer(content: &Content, path: &Path) -> Result<Tokenizer, LanguageError> {
    let kind = match tokenizer::read(content)? {
        Ok(tokenizer) => return Ok(tokenizer),
        Err(kind) => kind,
    };
    let beside = path.with_file_name("tokenizer.json");
    if !beside.exists() {
        return Err(damaged(format!(
            "its tokenizer {kind} is not supported (supported: gpt2 with gpt-2, llama-bpe or qwen2); put the model's \
             tokenizer.json beside the file"
        )));
    }
    tokens::from_json(&files::read(&beside)?)
}

/// A network that is large or cannot be copied: all texts share it, and one that it has not read last is read again.
struct Exclusive<M, C, F> {
    /// The network and the text it has read.
    model: Arc<Mutex<(M, Vec<u32>)>>,
    clear: C,
    forward: F,
}

impl<M, C, F> Exclusive<M, C, F> {
    fn new(model: M, clear: C, forward: F) -> Self {
        Self { model: Arc::new(Mutex::new((model, Vec::new()))), clear, forward }
    }
}

impl<M, C, F> Network for Exclusive<M, C, F>
where
    M: Send + 'static,
    C: Fn(&mut M) + Copy + Send + Sync + 'static,
    F: Fn(&mut M, &Tensor, usize) -> candle_core::Result<Tensor> + Copy + Send + Sync + 'static,
{
    fn read(&mut self, before: &[u32], tokens: &[u32]) -> candle_core::Result<Tensor> {
        let mut model = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        let (model, read) = &mut *model;
        if read != before {
            (self.clear)(model);
            read.clear();
            if !before.is_empty() {
                (self.forward)(model, &row(before)?, 0)?;
            }
        }
        // Emptied until the call succeeds, so that a failed one is not continued.
        read.clear();
        if before.is_empty() {
            (self.clear)(model);
        }
        let logits = (self.forward)(model, &row(tokens)?, before.len());
        match logits {
            Ok(logits) => {
                read.extend(before.iter().chain(tokens));
                Ok(logits)
            }
            Err(error) => {
                (self.clear)(model);
                Err(error)
            }
        }
    }

    fn fresh(&self) -> candle_core::Result<Box<dyn Network>> {
        Ok(Box::new(Self { model: self.model.clone(), clear: self.clear, forward: self.forward }))
    }
}
