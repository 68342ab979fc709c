//! The network that a GGUF file describes. Keys and tensors that are not computed are refused.

use std::collections::HashSet;

use candle_core::quantized::gguf_file::{Content, Value};

use super::{header::damaged, tokenizer::string};
use crate::tokens::models::error::LanguageError;

/// The architectures whose networks are computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Architecture {
    Llama,
    Qwen2,
    Qwen3,
    Phi3,
}

impl Architecture {
    pub fn name(self) -> &'static str {
        match self {
            Self::Llama => "llama",
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
            Self::Phi3 => "phi3",
        }
    }

    /// Longest context: candle tabulates the rotary angles; for Llama always of this many positions.
    fn max_context(self) -> usize {
        if self == Self::Llama { 1 << 12 } else { 1 << 14 }
    }
}

/// The shape of the network.
#[derive(Debug)]
pub struct Outline {
    pub architecture: Architecture,
    pub vocab_size: usize,
    pub context_length: usize,
    hidden: usize,
    feed_forward: usize,
    n_blocks: usize,
    n_heads: usize,
    n_kv_heads: usize,
    head_dim: usize,
}

impl Outline {
    /// Reads and checks keys and tensors, and sets the keys that candle would guess.
    pub fn new(content: &mut Content, file_length: u64) -> Result<Self, LanguageError> {
        let name = string(content, "general.architecture")?.unwrap_or_default();
        let architecture = match name {
            "llama" => Architecture::Llama,
            "qwen2" => Architecture::Qwen2,
            "qwen3" => Architecture::Qwen3,
            "phi3" => Architecture::Phi3,
            other => {
                let supported = "supported: llama, qwen2, qwen3, phi3";
                return Err(damaged(format!("architecture {other:?} is not supported ({supported})")));
            }
        };
        let keys = Keys { content, prefix: architecture.name() };
        let hidden = keys.size("embedding_length")?;
        let n_heads = keys.size("attention.head_count")?;
        let n_kv_heads = keys.size("attention.head_count_kv")?;
        let head_dim = match architecture {
            Architecture::Qwen3 => keys.size("attention.key_length")?,
            _ => hidden / n_heads,
        };
        let vocab_size =
            content.tensor_infos.get("token_embd.weight").and_then(|info| info.shape.dims().first().copied());
        let mut outline = Self {
            architecture,
            vocab_size: vocab_size.unwrap_or(0),
            context_length: keys.size("context_length")?,
            hidden,
            feed_forward: keys.size("feed_forward_length")?,
            n_blocks: keys.size("block_count")?,
            n_heads,
            n_kv_heads,
            head_dim,
        };
        if !n_heads.is_multiple_of(n_kv_heads) || !head_dim.is_multiple_of(2) {
            return Err(damaged(format!("{n_heads} heads of width {head_dim} cannot share {n_kv_heads} key heads")));
        }
        if architecture != Architecture::Qwen3 && n_heads * head_dim != hidden {
            return Err(damaged(format!("{n_heads} heads of width {head_dim} do not make {hidden}")));
        }
        outline.check_keys(&keys)?;
        let window = keys.optional_size("attention.sliding_window")?.unwrap_or(usize::MAX);
        outline.context_length = outline.context_length.min(window).min(architecture.max_context());
        outline.check_tensors(content, file_length)?;
        // candle reserves 4096 positions of Qwen3's keys and values, in every block.
        if architecture == Architecture::Qwen3 && outline.n_blocks * n_kv_heads * head_dim > 1 << 19 {
            return Err(damaged(format!("{} blocks of {n_kv_heads} x {head_dim} keys are too many", outline.n_blocks)));
        }
        let context = Value::U32(outline.context_length as u32);
        content.metadata.insert(format!("{}.context_length", architecture.name()), context);
        // The type of Qwen3's rotary tables: F32.
        content.metadata.insert("general.dtype".to_string(), Value::U32(0));
        Ok(outline)
    }

    /// Refuses keys of the architecture whose value is not computed.
    fn check_keys(&self, keys: &Keys<'_>) -> Result<(), LanguageError> {
        keys.number("attention.layer_norm_rms_epsilon")?;
        let phi3 = self.architecture == Architecture::Phi3;
        if self.architecture == Architecture::Qwen3 {
            keys.number("rope.freq_base")?;
        }
        if matches!(self.architecture, Architecture::Llama | Architecture::Phi3) {
            keys.size("rope.dimension_count")?;
        }
        let prefix = format!("{}.", self.architecture.name());
        let mut names: Vec<&String> = keys.content.metadata.keys().filter(|key| key.starts_with(&prefix)).collect();
        names.sort();
        for name in names {
            let value = &keys.content.metadata[name];
            let whole = |n: usize| matches!(value, Value::U32(found) if *found as usize == n);
            let computed = match name.strip_prefix(&prefix).unwrap_or(name) {
                "context_length" | "embedding_length" | "block_count" | "feed_forward_length" => true,
                "attention.head_count" | "attention.head_count_kv" | "attention.sliding_window" => true,
                "attention.layer_norm_rms_epsilon" => true,
                "vocab_size" => whole(self.vocab_size),
                "attention.key_length" | "attention.value_length" | "rope.dimension_count" => whole(self.head_dim),
                "rope.freq_base" => matches!(value, Value::F32(base) if !phi3 || *base == 1e4),
                "rope.scaling.type" => matches!(value, Value::String(kind) if kind == "none"),
                "rope.scaling.original_context_length" => phi3,
                "expert_count" | "expert_used_count" => whole(0),
                _ => false,
            };
            if !computed {
                let shown = match value {
                    Value::Array(values) => format!("an array of {}", values.len()),
                    Value::String(text) if text.len() > 100 => format!("a string of {} bytes", text.len()),
                    value => format!("{value:?}"),
                };
                return Err(damaged(format!("`{name}` = {shown} is not supported")));
            }
        }
        Ok(())
    }

    /// Every tensor must be one of the network, in its shape, within the file.
    fn check_tensors(&self, content: &Content, file_length: u64) -> Result<(), LanguageError> {
        if self.n_blocks > content.tensor_infos.len() {
            return Err(damaged(format!("{} blocks in {} tensors", self.n_blocks, content.tensor_infos.len())));
        }
        let expected = self.tensors();
        let data = file_length.saturating_sub(content.tensor_data_offset);
        for (name, shape) in &expected {
            let Some(info) = content.tensor_infos.get(name) else {
                if name == "output.weight" && self.architecture != Architecture::Phi3 {
                    continue;
                }
                return Err(damaged(format!("it lacks tensor `{name}`")));
            };
            let found = info.shape.dims();
            if found != shape {
                return Err(damaged(format!("tensor `{name}` has shape {found:?}, the keys imply {shape:?}")));
            }
            let block = info.ggml_dtype.block_size();
            if !shape.last().is_some_and(|width| width.is_multiple_of(block)) {
                return Err(damaged(format!("rows of tensor `{name}` are no multiple of a block of {block}")));
            }
            let n_bytes = (shape.iter().product::<usize>() / block) as u64 * info.ggml_dtype.type_size() as u64;
            if n_bytes.saturating_add(info.offset) > data {
                return Err(damaged(format!("it ends within tensor `{name}`")));
            }
        }
        let known: HashSet<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
        let unknown = content.tensor_infos.keys().filter(|name| !known.contains(name.as_str()));
        match unknown.min() {
            Some(name) => Err(damaged(format!("tensor `{name}` is not supported for a {}", self.architecture.name()))),
            None => Ok(()),
        }
    }

    /// Names and shapes of all tensors.
    fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let (hidden, ffn) = (self.hidden, self.feed_forward);
        let (queries, keys) = (self.n_heads * self.head_dim, self.n_kv_heads * self.head_dim);
        let mut tensors = vec![
            ("token_embd.weight".to_string(), vec![self.vocab_size, hidden]),
            ("output_norm.weight".to_string(), vec![hidden]),
            ("output.weight".to_string(), vec![self.vocab_size, hidden]),
        ];
        for block in 0..self.n_blocks {
            let mut part = |name: &str, shape: Vec<usize>| tensors.push((format!("blk.{block}.{name}"), shape));
            part("attn_norm.weight", vec![hidden]);
            part("ffn_norm.weight", vec![hidden]);
            part("attn_output.weight", vec![hidden, queries]);
            part("ffn_down.weight", vec![hidden, ffn]);
            if self.architecture == Architecture::Phi3 {
                part("attn_qkv.weight", vec![queries + 2 * keys, hidden]);
                part("ffn_up.weight", vec![2 * ffn, hidden]);
                continue;
            }
            part("ffn_gate.weight", vec![ffn, hidden]);
            part("ffn_up.weight", vec![ffn, hidden]);
            for (name, size) in [("q", queries), ("k", keys), ("v", keys)] {
                part(&format!("attn_{name}.weight"), vec![size, hidden]);
                if self.architecture == Architecture::Qwen2 {
                    part(&format!("attn_{name}.bias"), vec![size]);
                }
                if self.architecture == Architecture::Qwen3 && name != "v" {
                    part(&format!("attn_{name}_norm.weight"), vec![self.head_dim]);
                }
            }
        }
        tensors
    }
}

/// The keys of one architecture.
struct Keys<'a> {
    content: &'a Content,
    prefix: &'static str,
}

impl Keys<'_> {
    fn optional_size(&self, key: &str) -> Result<Option<usize>, LanguageError> {
        let key = format!("{}.{key}", self.prefix);
        match self.content.metadata.get(&key) {
            None => Ok(None),
            Some(Value::U32(value)) if 0 < *value && *value < 1 << 31 => Ok(Some(*value as usize)),
            Some(_) => Err(damaged(format!("`{key}` must be a positive u32 below 2^31"))),
        }
    }

    fn size(&self, key: &str) -> Result<usize, LanguageError> {
        self.optional_size(key)?.ok_or_else(|| damaged(format!("it lacks the key `{}.{key}`", self.prefix)))
    }

    fn number(&self, key: &str) -> Result<f32, LanguageError> {
        let key = format!("{}.{key}", self.prefix);
        match self.content.metadata.get(&key) {
            Some(Value::F32(value)) if *value > 0.0 && value.is_finite() => Ok(*value),
            _ => Err(damaged(format!("`{key}` must be a positive f32"))),
        }
    }
}
