//! The `config.json` of a Hugging Face Llama, Mistral, Qwen2 or Qwen3: what is read, and what is refused rather than ignored.

use serde_json::{Value, json};

use super::{
    error::{LanguageError, invalid, unsupported},
    rotary::RopeScaling,
    settings::{MAX_SIZE, SIZE, Settings},
};

/// The architectures that are a Llama up to a bias or a norm, with their `model_type`.
pub(super) const LLAMAS: [(&str, &str); 4] = [
    ("LlamaForCausalLM", "llama"),
    ("MistralForCausalLM", "mistral"),
    ("Qwen2ForCausalLM", "qwen2"),
    ("Qwen3ForCausalLM", "qwen3"),
];

const SUPPORTED: &str = "LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM or Qwen3ForCausalLM";

/// The shape of a Llama network: the part of `config.json` that decides its logits.
///
/// Mistral is the same network, Qwen2 has biases on queries, keys and values, Qwen3 norms on queries and keys.
///
/// # Examples
/// ```
/// use gibbs::tokens::models::LlamaConfig;
///
/// let json = r#"{"architectures": ["LlamaForCausalLM"], "hidden_size": 8, "intermediate_size": 16,
///     "num_hidden_layers": 2, "num_attention_heads": 2, "vocab_size": 32,
///     "max_position_embeddings": 64, "rms_norm_eps": 1e-5}"#;
/// let config = LlamaConfig::from_json(json.as_bytes())?;
/// assert_eq!(config.head_dim, 4);
/// assert_eq!(config.rope_theta, 10_000.0);
/// # Ok::<(), gibbs::tokens::models::LanguageError>(())
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
    /// Longest text, in tokens; the sliding window where it is shorter, so that every token sees all earlier ones.
    pub max_position_embeddings: usize,
    /// The constant under the root of the RMS norm.
    pub rms_norm_eps: f64,
    /// Base of the rotary wavelengths.
    pub rope_theta: f64,
    /// How the rotary wavelengths are stretched.
    pub rope_scaling: RopeScaling,
    /// Whether queries, keys and values have a bias.
    pub qkv_bias: bool,
    /// Whether the output of the attention has a bias.
    pub output_bias: bool,
    /// Whether queries and keys pass an RMS norm over the head before they are turned.
    pub qk_norm: bool,
    /// Whether the output layer is the embedding transposed.
    pub tie_word_embeddings: bool,
    /// Tokens that open a text, if the file names any.
    pub bos_token_id: Option<u32>,
    /// Tokens that end a text.
    pub eos_token_ids: Vec<u32>,
}

impl LlamaConfig {
    /// Reads and checks the bytes of a `config.json`.
    ///
    /// # Errors
    /// [`LanguageError::ConfigSyntax`] if it is no JSON or lacks a needed key, [`LanguageError::Unsupported`] for
    /// another architecture, an unknown scaling of the rotary embeddings, biases in the feed-forward layer, another
    /// activation or quantised weights, [`LanguageError::InvalidConfig`] for sizes that fit no network.
    pub fn from_json(bytes: &[u8]) -> Result<Self, LanguageError> {
        let settings = Settings::from_json(bytes)?;
        let architecture = settings.architecture(&LLAMAS, SUPPORTED)?;
        Self::from_settings(&settings, architecture)
    }

    pub(super) fn from_settings(settings: &Settings, architecture: &str) -> Result<Self, LanguageError> {
        settings.only("mlp_bias", &[json!(false)], "false")?;
        settings.only("hidden_act", &[json!("silu")], "\"silu\"")?;
        settings.only("quantization_config", &[], "null")?;
        if settings.partial_rotary_factor()?.is_some_and(|factor| factor != 1.0) {
            let value = settings.get("partial_rotary_factor").unwrap_or(&Value::Null);
            return Err(unsupported("partial_rotary_factor", value, "1.0"));
        }
        let (rope_theta, rope_scaling) = settings.rotary()?;
        let count = |key| settings.count(key, None);
        let optional = |key| settings.get(key).map(|_| count(key)).transpose();
        let flag = |key| Ok::<_, LanguageError>(settings.flag(key)?.unwrap_or(false));
        let (hidden_size, num_attention_heads) = (count("hidden_size")?, count("num_attention_heads")?);
        let named_bias = flag("attention_bias")?;
        let (qkv_bias, output_bias) = match architecture {
            "Qwen2ForCausalLM" => (true, false),
            "MistralForCausalLM" => (false, false),
            _ => (named_bias, named_bias),
        };
        if named_bias && !output_bias {
            return Err(unsupported("attention_bias", &json!(true), "that of the architecture"));
        }
        let windowed = flag("use_sliding_window")? || architecture == "MistralForCausalLM";
        let head_dim = match architecture {
            "Qwen3ForCausalLM" => Some(128),
            _ => hidden_size.checked_div(num_attention_heads),
        };
        let config = Self {
            vocab_size: count("vocab_size")?,
            hidden_size,
            intermediate_size: count("intermediate_size")?,
            num_hidden_layers: count("num_hidden_layers")?,
            num_attention_heads,
            num_key_value_heads: optional("num_key_value_heads")?.unwrap_or(num_attention_heads),
            head_dim: optional("head_dim")?.or(head_dim).unwrap_or(0),
            max_position_embeddings: settings.context(windowed)?,
            rms_norm_eps: settings.number("rms_norm_eps")?.unwrap_or(1e-6),
            rope_theta: rope_theta.unwrap_or(10_000.0),
            rope_scaling,
            qkv_bias,
            output_bias,
            qk_norm: architecture == "Qwen3ForCausalLM",
            tie_word_embeddings: flag("tie_word_embeddings")?,
            bos_token_id: settings.token_ids("bos_token_id")?.first().copied(),
            eos_token_ids: settings.token_ids("eos_token_id")?,
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
            if value == 0 || value > MAX_SIZE {
                return Err(invalid(key, value, SIZE));
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
        if self.output_bias && !self.qkv_bias || self.qk_norm && self.qkv_bias != self.output_bias {
            return Err(invalid("attention_bias", self.qkv_bias, "is of no known architecture"));
        }
        self.rope_scaling.check()
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
            let mut part =
                |name: &str, shape: Vec<usize>| tensors.push((format!("model.layers.{layer}.{name}"), shape));
            part("input_layernorm.weight", vec![hidden]);
            for (name, size) in [("q", queries), ("k", keys), ("v", keys)] {
                part(&format!("self_attn.{name}_proj.weight"), vec![size, hidden]);
                if self.qkv_bias {
                    part(&format!("self_attn.{name}_proj.bias"), vec![size]);
                }
                if self.qk_norm && name != "v" {
                    part(&format!("self_attn.{name}_norm.weight"), vec![self.head_dim]);
                }
            }
            part("self_attn.o_proj.weight", vec![hidden, queries]);
            if self.output_bias {
                part("self_attn.o_proj.bias", vec![hidden]);
            }
            part("post_attention_layernorm.weight", vec![hidden]);
            part("mlp.gate_proj.weight", vec![ffn, hidden]);
            part("mlp.up_proj.weight", vec![ffn, hidden]);
            part("mlp.down_proj.weight", vec![hidden, ffn]);
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
        let (architecture, model_type) = match (self.qk_norm, self.qkv_bias, self.output_bias) {
            (true, _, _) => ("Qwen3ForCausalLM", "qwen3"),
            (false, true, false) => ("Qwen2ForCausalLM", "qwen2"),
            _ => ("LlamaForCausalLM", "llama"),
        };
        json!({
            "architectures": [architecture],
            "attention_bias": self.output_bias,
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
            "model_type": model_type,
            "num_attention_heads": self.num_attention_heads,
            "num_hidden_layers": self.num_hidden_layers,
            "num_key_value_heads": self.num_key_value_heads,
            "rms_norm_eps": self.rms_norm_eps,
            "rope_scaling": self.rope_scaling.to_json(),
            "rope_theta": self.rope_theta,
            "tie_word_embeddings": self.tie_word_embeddings,
            "vocab_size": self.vocab_size,
        })
    }
}
