//! A model as one GGUF file of unquantised weights, for llama.cpp and everything built on it.

use std::{collections::HashMap, io::Cursor};

use candle_core::{
    Tensor,
    quantized::{
        GgmlDType, QTensor,
        gguf_file::{self, Value},
    },
};
use serde_json::Value as Json;

use super::{config::LlamaConfig, error::LanguageError, model::LanguageModel, rotary::RopeScaling};

/// `tokenizer.ggml.token_type` of ordinary text.
const NORMAL: i32 = 1;
/// A control token, which prints nothing.
const CONTROL: i32 = 3;
/// Of an added token that is ordinary text.
const USER_DEFINED: i32 = 4;
/// Of a row of the embedding that no text reaches.
const UNUSED: i32 = 5;

impl LanguageModel {
    /// The bytes of a GGUF file with these weights in F32 and this tokenizer.
    ///
    /// The rows of the query and key matrices change their order: a rotary pair is (i, i + head_dim/2) here, as in
    /// Hugging Face files, and (2i, 2i + 1) in GGUF files of Llamas; every other number keeps its place. A tied output
    /// layer is not written, which is how the format says that it is tied. Of several tokens that end a text the
    /// first is named. Memory: three times the weights.
    ///
    /// # Errors
    /// [`LanguageError::NotExportable`] for a network with more than a Llama has, and for a tokenizer that is not the
    /// byte-level BPE of GPT-2; [`LanguageError::Tokenizer`] if it cannot be written out.
    ///
    /// # Examples
    /// ```
    /// use gibbs::tokens::models::LanguageModel;
    /// # fn main() -> Result<(), gibbs::tokens::models::LanguageError> {
    /// let file = LanguageModel::embedded()?.to_gguf()?;
    /// assert_eq!(&file[..4], b"GGUF");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # References
    /// The GGUF specification, `docs/gguf.md` of ggml; `convert_hf_to_gguf.py` of llama.cpp.
    pub fn to_gguf(&self) -> Result<Vec<u8>, LanguageError> {
        let llama = self.llama().ok_or_else(|| refusal("architecture", self.architecture().to_string(), "a Llama"))?;
        let config = llama.config();
        refuse_other_networks(config)?;
        let text = self.tokenizer().to_string(false).map_err(|e| LanguageError::Tokenizer(e.to_string()))?;
        let tokenizer = serde_json::from_str(&text).map_err(|e| LanguageError::Tokenizer(e.to_string()))?;
        let mut metadata = network(config);
        metadata.extend(vocabulary(config, &tokenizer)?);
        let mut tensors = Vec::new();
        for (name, tensor) in llama.tensors() {
            let tensor = match name.rsplit('.').nth(1) {
                Some("q_proj") => interleave(tensor, config.num_attention_heads)?,
                Some("k_proj") => interleave(tensor, config.num_key_value_heads)?,
                _ => tensor.clone(),
            };
            tensors.push((gguf_name(&name), QTensor::quantize(&tensor, GgmlDType::F32)?));
        }
        let metadata: Vec<_> = metadata.iter().map(|(key, value)| (*key, value)).collect();
        let tensors: Vec<_> = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
        let mut file = Cursor::new(Vec::new());
        gguf_file::write(&mut file, &metadata, &tensors)?;
        Ok(file.into_inner())
    }
}

/// Name in a GGUF file of the tensor with a Hugging Face name.
fn gguf_name(name: &str) -> String {
    let renamed = [
        ("model.embed_tokens", "token_embd"),
        ("model.layers", "blk"),
        ("input_layernorm", "attn_norm"),
        ("self_attn.q_proj", "attn_q"),
        ("self_attn.k_proj", "attn_k"),
        ("self_attn.v_proj", "attn_v"),
        ("self_attn.o_proj", "attn_output"),
        ("post_attention_layernorm", "ffn_norm"),
        ("mlp.gate_proj", "ffn_gate"),
        ("mlp.up_proj", "ffn_up"),
        ("mlp.down_proj", "ffn_down"),
        ("model.norm", "output_norm"),
        ("lm_head", "output"),
    ];
    renamed.iter().fold(name.to_string(), |name, (from, to)| name.replace(from, to))
}

/// Rows of each head from the order of rotary pairs (i, i + head_dim/2) into (2i, 2i + 1); `w` is `[out, in]`.
fn interleave(w: &Tensor, n_heads: usize) -> candle_core::Result<Tensor> {
    let (rows, columns) = w.dims2()?;
    let pairs = w.reshape((n_heads, 2, rows / n_heads / 2, columns))?;
    pairs.transpose(1, 2)?.contiguous()?.reshape((rows, columns))
}

/// The part of the metadata that decides the logits.
fn network(config: &LlamaConfig) -> Vec<(&'static str, Value)> {
    let count = |n: usize| Value::U32(u32::try_from(n).unwrap_or(u32::MAX));
    vec![
        ("general.architecture", Value::String("llama".to_string())),
        ("general.file_type", Value::U32(0)),
        ("llama.vocab_size", count(config.vocab_size)),
        ("llama.context_length", count(config.max_position_embeddings)),
        ("llama.embedding_length", count(config.hidden_size)),
        ("llama.block_count", count(config.num_hidden_layers)),
        ("llama.feed_forward_length", count(config.intermediate_size)),
        ("llama.attention.head_count", count(config.num_attention_heads)),
        ("llama.attention.head_count_kv", count(config.num_key_value_heads)),
        ("llama.attention.key_length", count(config.head_dim)),
        ("llama.attention.value_length", count(config.head_dim)),
        ("llama.attention.layer_norm_rms_epsilon", Value::F32(config.rms_norm_eps as f32)),
        ("llama.rope.dimension_count", count(config.head_dim)),
        ("llama.rope.freq_base", Value::F32(config.rope_theta as f32)),
    ]
}

/// The part that turns text into ids, from the contents of `tokenizer.json`.
fn vocabulary(config: &LlamaConfig, tokenizer: &Json) -> Result<Vec<(&'static str, Value)>, LanguageError> {
    refuse_other_tokenizers(tokenizer)?;
    let mut texts: HashMap<u64, (String, i32)> = HashMap::new();
    for (text, id) in tokenizer["model"]["vocab"].as_object().into_iter().flatten() {
        texts.extend(id.as_u64().map(|id| (id, (text.clone(), NORMAL))));
    }
    for added in tokenizer["added_tokens"].as_array().into_iter().flatten() {
        if let (Some(id), Some(text)) = (added["id"].as_u64(), added["content"].as_str()) {
            let kind = if added["special"] == true { CONTROL } else { USER_DEFINED };
            texts.insert(id, (text.to_string(), kind));
        }
    }
    // The file names every row of the embedding, also those the tokenizer never produces.
    let unused = |id: u64| (format!("[PAD{id}]"), UNUSED);
    let tokens = (0..config.vocab_size as u64).map(|id| texts.remove(&id).unwrap_or_else(|| unused(id)));
    let (tokens, kinds) = tokens.map(|(text, kind)| (Value::String(text), Value::I32(kind))).unzip();
    let merges = tokenizer["model"]["merges"].as_array().into_iter().flatten().filter_map(merge);
    let mut metadata = vec![
        ("tokenizer.ggml.model", Value::String("gpt2".to_string())),
        ("tokenizer.ggml.pre", Value::String("gpt-2".to_string())),
        ("tokenizer.ggml.tokens", Value::Array(tokens)),
        ("tokenizer.ggml.token_type", Value::Array(kinds)),
        ("tokenizer.ggml.merges", Value::Array(merges.map(Value::String).collect())),
        ("tokenizer.ggml.add_bos_token", Value::Bool(false)),
        ("tokenizer.ggml.add_eos_token", Value::Bool(false)),
    ];
    metadata.extend(config.bos_token_id.map(|id| ("tokenizer.ggml.bos_token_id", Value::U32(id))));
    metadata.extend(config.eos_token_ids.first().map(|&id| ("tokenizer.ggml.eos_token_id", Value::U32(id))));
    Ok(metadata)
}

/// `left right`, from either of the two ways in which `tokenizer.json` has them.
fn merge(pair: &Json) -> Option<String> {
    match pair {
        Json::String(pair) => Some(pair.clone()),
        pair => Some(format!("{} {}", pair[0].as_str()?, pair[1].as_str()?)),
    }
}

fn refusal(part: &'static str, value: String, supported: &'static str) -> LanguageError {
    LanguageError::NotExportable { part, value, supported }
}

/// What other families add to a Llama.
fn refuse_other_networks(config: &LlamaConfig) -> Result<(), LanguageError> {
    let additions = [("qkv_bias", config.qkv_bias), ("output_bias", config.output_bias), ("qk_norm", config.qk_norm)];
    if let Some((part, _)) = additions.into_iter().find(|(_, added)| *added) {
        return Err(refusal(part, "true".to_string(), "false"));
    }
    match &config.rope_scaling {
        RopeScaling::None => Ok(()),
        other => Err(refusal("rope_scaling", format!("{other:?}"), "none")),
    }
}

/// Refuses what a GGUF file cannot hold, and what llama.cpp would compute differently.
fn refuse_other_tokenizers(tokenizer: &Json) -> Result<(), LanguageError> {
    let refuse =
        |part, value: &Json, supported| Err(refusal(part, value.to_string().chars().take(120).collect(), supported));
    let model = &tokenizer["model"];
    if model["type"] != "BPE" {
        return refuse("model.type", &model["type"], "\"BPE\"");
    }
    let flags = [("model.byte_fallback", &model["byte_fallback"]), ("model.ignore_merges", &model["ignore_merges"])];
    if let Some((part, value)) = flags.into_iter().find(|(_, value)| **value == true) {
        return refuse(part, value, "false");
    }
    let absent = [
        ("normalizer", &tokenizer["normalizer"]),
        ("model.dropout", &model["dropout"]),
        ("model.continuing_subword_prefix", &model["continuing_subword_prefix"]),
        ("model.end_of_word_suffix", &model["end_of_word_suffix"]),
    ];
    if let Some((part, value)) = absent.into_iter().find(|(_, value)| !value.is_null() && **value != "") {
        return refuse(part, value, "null");
    }
    let pre = &tokenizer["pre_tokenizer"];
    if pre["type"] != "ByteLevel" || pre["add_prefix_space"] == true || pre["use_regex"] == false {
        return refuse("pre_tokenizer", pre, "ByteLevel with its own expression and without a prefix space");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn rows_of_a_head_are_interleaved() {
        // Two heads of width 6: rows 0 1 2 | 3 4 5 become 0 3 1 4 2 5.
        let w = Tensor::arange(0u32, 12, &Device::Cpu).unwrap().reshape((12, 1)).unwrap();
        let rows = interleave(&w, 2).unwrap().flatten_all().unwrap().to_vec1::<u32>().unwrap();
        assert_eq!(rows, [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]);
    }

    #[test]
    fn merges_are_read_in_both_ways() {
        assert_eq!(merge(&serde_json::json!(["Ġ", "th"])), Some("Ġ th".to_string()));
        assert_eq!(merge(&serde_json::json!("Ġ th")), Some("Ġ th".to_string()));
        assert_eq!(merge(&serde_json::json!([1, 2])), None);
    }
}
