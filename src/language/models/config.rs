//! The `config.json` of a Hugging Face Llama: what is read, and what is refused rather than ignored.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::LanguageError;

/// The shape of a Llama network: the part of `config.json` that decides its logits.
///
/// # Examples
/// ```
/// use gibbs::language::LlamaConfig;
///
/// let json = r#"{"architectures": ["LlamaForCausalLM"], "hidden_size": 8, "intermediate_size": 16,
///     "num_hidden_layers": 2, "num_attention_heads": 2, "vocab_size": 32,
///     "max_position_embeddings": 64, "rms_norm_eps": 1e-5}"#;
/// let config = LlamaConfig::from_json(json.as_bytes())?;
/// assert_eq!(config.head_dim, 4);
/// assert_eq!(config.rope_theta, 10_000.0);
/// # Ok::<(), gibbs::language::LanguageError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LlamaConfig {
    /// Number of tokens with an embedding, `vocab`.
    pub vocab_size: usize,
    /// Width of the residual stream, `hidden`.
    pub hidden_size: usize,
    /// Width of the gated feed-forward layer.
    pub intermediate_size: usize,
    /// Number of blocks.
    pub num_hidden_layers: usize,
    /// Number of query heads.
    pub num_attention_heads: usize,
    /// Number of key and value heads; divides the number of query heads.
    pub num_key_value_heads: usize,
    /// Width of one head; even. Need not be `hidden_size / num_attention_heads`.
    pub head_dim: usize,
    /// Longest text, in tokens.
    pub max_position_embeddings: usize,
    /// The constant under the root of the RMS norm.
    pub rms_norm_eps: f64,
    /// Base of the rotary wavelengths.
    pub rope_theta: f64,
    /// Whether the output layer is the embedding transposed.
    pub tie_word_embeddings: bool,
    /// Tokens that open a text, if the file names any.
    pub bos_token_id: Option<u32>,
    /// Tokens that end a text.
    pub eos_token_ids: Vec<u32>,
}

/// `config.json` as written; absent keys take the defaults of `transformers`.
#[derive(Deserialize)]
struct Raw {
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    max_position_embeddings: usize,
    rms_norm_eps: Option<f64>,
    rope_theta: Option<f64>,
    tie_word_embeddings: Option<bool>,
    bos_token_id: Option<Value>,
    eos_token_id: Option<Value>,
}

impl LlamaConfig {
    /// Reads and checks the bytes of a `config.json`.
    ///
    /// # Errors
    /// [`LanguageError::ConfigSyntax`] if it is no JSON or lacks a needed key, [`LanguageError::Unsupported`] for
    /// another architecture, scaled rotary embeddings, biases, another activation or quantised weights,
    /// [`LanguageError::InvalidConfig`] for sizes that fit no network.
    pub fn from_json(bytes: &[u8]) -> Result<Self, LanguageError> {
        let keys: Map<String, Value> = serde_json::from_slice(bytes).map_err(LanguageError::ConfigSyntax)?;
        refuse_unsupported(&keys)?;
        let theta_in_parameters = rotary_theta(&keys)?;
        let raw: Raw = serde_json::from_value(Value::Object(keys)).map_err(LanguageError::ConfigSyntax)?;
        let config = Self {
            vocab_size: raw.vocab_size,
            hidden_size: raw.hidden_size,
            intermediate_size: raw.intermediate_size,
            num_hidden_layers: raw.num_hidden_layers,
            num_attention_heads: raw.num_attention_heads,
            num_key_value_heads: raw.num_key_value_heads.unwrap_or(raw.num_attention_heads),
            head_dim: raw.head_dim.or_else(|| raw.hidden_size.checked_div(raw.num_attention_heads)).unwrap_or(0),
            max_position_embeddings: raw.max_position_embeddings,
            rms_norm_eps: raw.rms_norm_eps.unwrap_or(1e-6),
            rope_theta: theta_in_parameters.or(raw.rope_theta).unwrap_or(10_000.0),
            tie_word_embeddings: raw.tie_word_embeddings.unwrap_or(false),
            bos_token_id: token_ids("bos_token_id", raw.bos_token_id.as_ref())?.first().copied(),
            eos_token_ids: token_ids("eos_token_id", raw.eos_token_id.as_ref())?,
        };
        config.check()?;
        Ok(config)
    }

    /// Checks that the sizes describe a network.
    ///
    /// # Errors
    /// [`LanguageError::InvalidConfig`] with the first key that does not.
    pub fn check(&self) -> Result<(), LanguageError> {
        let sizes = [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("intermediate_size", self.intermediate_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("num_key_value_heads", self.num_key_value_heads),
            ("head_dim", self.head_dim),
            ("max_position_embeddings", self.max_position_embeddings),
        ];
        for (key, value) in sizes {
            if value == 0 {
                return Err(invalid(key, value, "must be positive"));
            }
        }
        if !self.num_attention_heads.is_multiple_of(self.num_key_value_heads) {
            return Err(invalid("num_key_value_heads", self.num_key_value_heads, "must divide num_attention_heads"));
        }
        if !self.head_dim.is_multiple_of(2) {
            return Err(invalid("head_dim", self.head_dim, "must be even"));
        }
        for (key, value) in [("rms_norm_eps", self.rms_norm_eps), ("rope_theta", self.rope_theta)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(invalid(key, value, "must be positive and finite"));
            }
        }
        Ok(())
    }

    /// Names and shapes of all tensors of the network, in the order of the forward pass.
    ///
    /// Matrices are `[out, in]`, as in `model.safetensors`.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let queries = self.num_attention_heads * self.head_dim;
        let keys = self.num_key_value_heads * self.head_dim;
        let (hidden, ffn) = (self.hidden_size, self.intermediate_size);
        let mut tensors = vec![("model.embed_tokens.weight".to_string(), vec![self.vocab_size, hidden])];
        for layer in 0..self.num_hidden_layers {
            let parts = [
                ("input_layernorm", vec![hidden]),
                ("self_attn.q_proj", vec![queries, hidden]),
                ("self_attn.k_proj", vec![keys, hidden]),
                ("self_attn.v_proj", vec![keys, hidden]),
                ("self_attn.o_proj", vec![hidden, queries]),
                ("post_attention_layernorm", vec![hidden]),
                ("mlp.gate_proj", vec![ffn, hidden]),
                ("mlp.up_proj", vec![ffn, hidden]),
                ("mlp.down_proj", vec![hidden, ffn]),
            ];
            for (part, shape) in parts {
                tensors.push((format!("model.layers.{layer}.{part}.weight"), shape));
            }
        }
        tensors.push(("model.norm.weight".to_string(), vec![hidden]));
        if !self.tie_word_embeddings {
            tensors.push(("lm_head.weight".to_string(), vec![self.vocab_size, hidden]));
        }
        tensors
    }

    /// Number of trained numbers.
    pub fn n_parameters(&self) -> usize {
        self.tensors().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum()
    }

    /// The `config.json` that `transformers` reads back as the same network.
    pub fn to_json(&self) -> Value {
        json!({
            "architectures": ["LlamaForCausalLM"],
            "attention_bias": false,
            "bos_token_id": self.bos_token_id,
            "eos_token_id": match self.eos_token_ids.as_slice() {
                [] => Value::Null,
                [one] => json!(one),
                several => json!(several),
            },
            "head_dim": self.head_dim,
            "hidden_act": "silu",
            "hidden_size": self.hidden_size,
            "intermediate_size": self.intermediate_size,
            "max_position_embeddings": self.max_position_embeddings,
            "mlp_bias": false,
            "model_type": "llama",
            "num_attention_heads": self.num_attention_heads,
            "num_hidden_layers": self.num_hidden_layers,
            "num_key_value_heads": self.num_key_value_heads,
            "rms_norm_eps": self.rms_norm_eps,
            "rope_scaling": null,
            "rope_theta": self.rope_theta,
            "tie_word_embeddings": self.tie_word_embeddings,
            "vocab_size": self.vocab_size,
        })
    }
}

fn invalid(key: &'static str, value: impl ToString, requirement: &'static str) -> LanguageError {
    LanguageError::InvalidConfig { key, value: value.to_string(), requirement }
}

fn unsupported(key: &'static str, value: &Value, supported: &'static str) -> LanguageError {
    LanguageError::Unsupported { key, value: value.to_string(), supported }
}

/// Every key whose unsupported values would silently change the logits.
fn refuse_unsupported(keys: &Map<String, Value>) -> Result<(), LanguageError> {
    let accepted =
        |key: &str, values: &[Value]| keys.get(key).filter(|value| !value.is_null() && !values.contains(value));
    let llama = "LlamaForCausalLM";
    match keys.get("architectures").filter(|value| !value.is_null()) {
        Some(value) if *value != json!([llama]) => {
            return Err(unsupported("architectures", value, "[\"LlamaForCausalLM\"]"));
        }
        None if keys.get("model_type") != Some(&json!("llama")) => {
            let value = keys.get("model_type").unwrap_or(&Value::Null);
            return Err(unsupported("model_type", value, "\"llama\""));
        }
        _ => {}
    }
    let refusals: [(&'static str, &[Value], &'static str); 7] = [
        ("model_type", &[json!("llama")], "\"llama\""),
        ("rope_scaling", &[], "null"),
        ("attention_bias", &[json!(false)], "false"),
        ("mlp_bias", &[json!(false)], "false"),
        ("hidden_act", &[json!("silu")], "\"silu\""),
        ("quantization_config", &[], "null"),
        ("partial_rotary_factor", &[json!(1.0), json!(1)], "1.0"),
    ];
    for (key, values, supported) in refusals {
        if let Some(value) = accepted(key, values) {
            return Err(unsupported(key, value, supported));
        }
    }
    Ok(())
}

/// `rope_parameters.rope_theta`, where `transformers` 5 writes what used to be `rope_theta`.
fn rotary_theta(keys: &Map<String, Value>) -> Result<Option<f64>, LanguageError> {
    let Some(parameters) = keys.get("rope_parameters").filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let supported = "rope_type \"default\" with rope_theta";
    let refuse = || unsupported("rope_parameters", parameters, supported);
    let parameters_by_key = parameters.as_object().ok_or_else(refuse)?;
    for (key, value) in parameters_by_key {
        let known = match key.as_str() {
            "rope_theta" => value.is_number(),
            "rope_type" | "type" => value == "default",
            _ => false,
        };
        if !known {
            return Err(refuse());
        }
    }
    Ok(parameters_by_key.get("rope_theta").and_then(Value::as_f64))
}

/// A token id, a list of them, or none.
fn token_ids(key: &'static str, value: Option<&Value>) -> Result<Vec<u32>, LanguageError> {
    let wrong = |value: &Value| unsupported(key, value, "a token id, a list of token ids or null");
    let one = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok()).ok_or_else(|| wrong(value));
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(ids)) => ids.iter().map(one).collect(),
        Some(id) => Ok(vec![one(id)?]),
    }
}
