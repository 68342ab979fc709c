//! The `config.json` of the other families: what candle-transformers would ignore or misread is refused.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{DType, Device, Shape, Tensor};
use candle_nn::{Init, VarBuilder, var_builder::SimpleBackend};
use candle_transformers::models::{bigcode, gemma, gemma2, gemma3, olmo, olmo2, phi, phi3, stable_lm, starcoder2};
use serde_json::{Value, json};

use super::{
    Family,
    networks::{Cloned, Rebuilt},
};
use crate::tokens::models::error::LanguageError;
use crate::tokens::models::rotary::RopeScaling;
use crate::tokens::models::settings::{Settings, invalid, unsupported};
use crate::tokens::models::weights::Weights;

/// The architectures with their `model_type`.
pub const KNOWN: [(&str, &str); 10] = [
    ("GemmaForCausalLM", "gemma"),
    ("Gemma2ForCausalLM", "gemma2"),
    ("Gemma3ForCausalLM", "gemma3_text"),
    ("PhiForCausalLM", "phi"),
    ("Phi3ForCausalLM", "phi3"),
    ("Starcoder2ForCausalLM", "starcoder2"),
    ("GPTBigCodeForCausalLM", "gpt_bigcode"),
    ("OlmoForCausalLM", "olmo"),
    ("Olmo2ForCausalLM", "olmo2"),
    ("StableLmForCausalLM", "stablelm"),
];

/// All architectures of a folder, for messages.
pub const SUPPORTED: &str = "LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM, \
    GemmaForCausalLM, Gemma2ForCausalLM, Gemma3ForCausalLM, PhiForCausalLM, Phi3ForCausalLM, Starcoder2ForCausalLM, \
    GPTBigCodeForCausalLM, OlmoForCausalLM, Olmo2ForCausalLM, StableLmForCausalLM";

/// Longest context: candle-transformers tabulates the rotary angles of every position when it opens a model.
const MAX_CONTEXT: usize = 1 << 14;

/// Angles of all blocks together, some of which tabulate their own.
const MAX_ANGLES: usize = 1 << 27;

/// Longest context of StarCoder, whose mask is tabulated for all pairs of positions.
const MAX_SQUARE_CONTEXT: usize = 1 << 13;

/// A checked configuration, with the defaults of `transformers` filled in.
pub struct Plan {
    architecture: String,
    settings: Settings,
    pub vocab_size: usize,
    pub context_length: usize,
}

impl Plan {
    pub fn new(mut settings: Settings, architecture: &str, weights: &Weights<'_>) -> Result<Self, LanguageError> {
        settings.only("quantization_config", &[], "null")?;
        settings.only("use_bidirectional_attention", &[json!(false)], "false")?;
        let windowed = match architecture {
            "GemmaForCausalLM" => {
                gemma(&mut settings)?;
                false
            }
            "Gemma2ForCausalLM" => {
                gemma(&mut settings)?;
                settings.absent("attn_logit_softcapping", 50.0);
                settings.absent("final_logit_softcapping", 30.0);
                scaled_by_head(&mut settings)?;
                settings.default("sliding_window", 4096);
                true
            }
            "Gemma3ForCausalLM" => {
                gemma3(&mut settings)?;
                true
            }
            "PhiForCausalLM" => {
                settings.only("qk_layernorm", &[json!(false)], "false")?;
                settings.only("tie_word_embeddings", &[json!(false)], "false")?;
                settings.default("hidden_act", "gelu_new");
                partial_rotary(&mut settings, 0.5)?;
                settings.set("qk_layernorm", false);
                settings.set("tie_word_embeddings", false);
                settings.default("layer_norm_eps", 1e-5);
                false
            }
            "Phi3ForCausalLM" => {
                settings.only("hidden_act", &[json!("silu")], "\"silu\"")?;
                settings.only("attention_bias", &[json!(false)], "false")?;
                settings.default("hidden_act", "silu");
                settings.default("rms_norm_eps", 1e-5);
                settings.set("bos_token_id", Value::Null);
                settings.set("eos_token_id", Value::Null);
                partial_rotary(&mut settings, 1.0)?;
                true
            }
            "Starcoder2ForCausalLM" => {
                settings.only("tie_word_embeddings", &[json!(true)], "true")?;
                settings.only("mlp_type", &[json!("default")], "\"default\"")?;
                settings.only("norm_type", &[json!("layer_norm")], "\"layer_norm\"")?;
                settings.default("hidden_act", "gelu_pytorch_tanh");
                settings.default("norm_epsilon", 1e-5);
                settings.default("use_bias", true);
                true
            }
            "GPTBigCodeForCausalLM" => {
                bigcode_names(&mut settings)?;
                false
            }
            "OlmoForCausalLM" | "Olmo2ForCausalLM" => {
                settings.only("hidden_act", &[json!("silu")], "\"silu\"")?;
                settings.default("hidden_act", "silu");
                settings.default("attention_bias", false);
                settings.default("tie_word_embeddings", false);
                settings.default("rms_norm_eps", 1e-5);
                false
            }
            _ => {
                settings.only("hidden_act", &[json!("silu")], "\"silu\"")?;
                settings.only("qk_layernorm", &[json!(false)], "false")?;
                settings.only("use_parallel_residual", &[json!(false)], "false")?;
                settings.only("tie_word_embeddings", &[json!(false)], "false")?;
                settings.default("hidden_act", "silu");
                settings.default("layer_norm_eps", 1e-5);
                settings.default("use_qkv_bias", false);
                settings.set("use_flash_attn", false);
                settings.set("use_cache", true);
                partial_rotary(&mut settings, 0.25)?;
                false
            }
        };
        if !architecture.starts_with("Gemma3") {
            plain_rotary(&mut settings)?;
        }
        let head_dim = heads(&mut settings, architecture.starts_with("Gemma"))?;
        if head_dim > weights.longest() {
            return Err(invalid("head_dim", head_dim, "exceeds every tensor"));
        }
        for key in ["hidden_size", "intermediate_size"] {
            settings.count(key, None)?;
        }
        let n_layers = settings.count("num_hidden_layers", None)?;
        if n_layers > weights.len() {
            return Err(invalid("num_hidden_layers", n_layers, "exceeds the number of tensors"));
        }
        let context = settings.context(windowed)?;
        let context_length = if architecture == "GPTBigCodeForCausalLM" {
            if context > MAX_SQUARE_CONTEXT {
                return Err(invalid("n_positions", context, "exceeds 8192"));
            }
            context
        } else {
            context.min(MAX_CONTEXT).min(MAX_ANGLES / n_layers / head_dim).max(1)
        };
        settings.set("max_position_embeddings", context_length);
        let vocab_size = settings.count("vocab_size", None)?;
        Ok(Self { architecture: architecture.to_string(), settings, vocab_size, context_length })
    }

    /// Reads the weights.
    pub fn build(&self, weights: &Weights<'_>) -> Result<Family, LanguageError> {
        let loader = Arc::new(Loader { weights, loaded: Mutex::default(), failure: Mutex::default() });
        let vb = VarBuilder::from_backend(Box::new(Shared(loader.clone())), DType::F32, Device::Cpu);
        let family = self.family(vb, &loader);
        let failure = loader.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (family, failure) {
            (Err(LanguageError::Tensor(_)), Some(failure)) => Err(failure),
            (family, _) => family,
        }
    }

    fn family(&self, vb: VarBuilder<'_>, loader: &Loader<'_, '_>) -> Result<Family, LanguageError> {
        let settings = &self.settings;
        Ok(match self.architecture.as_str() {
            "GemmaForCausalLM" => Family::new(Cloned {
                model: gemma::Model::new(false, &settings.read()?, vb)?,
                forward: gemma::Model::forward,
            }),
            "Gemma2ForCausalLM" => Family::new(Cloned {
                model: gemma2::Model::new(false, &settings.read()?, vb)?,
                forward: gemma2::Model::forward,
            }),
            "Gemma3ForCausalLM" => {
                Family::new(Cloned { model: gemma3::Model::new(false, &settings.read()?, vb)?, forward: one_by_one })
            }
            "PhiForCausalLM" => Family::new(Cloned {
                model: phi::Model::new(&settings.read()?, vb)?,
                forward: |model: &mut phi::Model, tokens: &Tensor, _: usize| model.forward(tokens),
            }),
            "Phi3ForCausalLM" => {
                Family::new(Cloned { model: phi3::Model::new(&settings.read()?, vb)?, forward: phi3::Model::forward })
            }
            "Starcoder2ForCausalLM" => Family::new(Cloned {
                model: starcoder2::Model::new(&settings.read()?, vb)?,
                forward: starcoder2::Model::forward,
            }),
            "OlmoForCausalLM" => {
                Family::new(Cloned { model: olmo::Model::new(&settings.read()?, vb)?, forward: olmo::Model::forward })
            }
            "Olmo2ForCausalLM" => {
                Family::new(Cloned { model: olmo2::Model::new(&settings.read()?, vb)?, forward: olmo2::Model::forward })
            }
            "GPTBigCodeForCausalLM" => {
                let config = bigcode_config(settings)?;
                let model = bigcode::GPTBigCode::load(vb, config()?)?;
                let vb = loader.tensors();
                let make = Arc::new(move || bigcode::GPTBigCode::load(vb.clone(), config()?));
                Family::new(Rebuilt { model, forward: bigcode::GPTBigCode::forward, make })
            }
            _ => {
                let config: stable_lm::Config = settings.read()?;
                let model = stable_lm::Model::new(&config, vb)?;
                let vb = loader.tensors();
                let make = Arc::new(move || stable_lm::Model::new(&config, vb.clone()));
                Family::new(Rebuilt { model, forward: stable_lm::Model::forward, make })
            }
        })
    }
}

/// Gemma 3, whose cache of keys and values takes no block where there are several heads of them.
fn one_by_one(model: &mut gemma3::Model, tokens: &Tensor, before: usize) -> candle_core::Result<Tensor> {
    let mut logits = model.forward(&tokens.narrow(1, 0, 1)?, before)?;
    for i in 1..tokens.dim(1)? {
        logits = model.forward(&tokens.narrow(1, i, 1)?, before + i)?;
    }
    Ok(logits)
}

/// Reads the tensors that a network asks for, keeps them, and keeps why one was not to be had.
struct Loader<'w, 'a> {
    weights: &'w Weights<'a>,
    loaded: Mutex<std::collections::HashMap<String, Tensor>>,
    failure: Mutex<Option<LanguageError>>,
}

impl Loader<'_, '_> {
    /// The tensors read so far, to make the same network again.
    fn tensors(&self) -> VarBuilder<'static> {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        VarBuilder::from_tensors(loaded, DType::F32, &Device::Cpu)
    }
}

struct Shared<'w, 'a>(Arc<Loader<'w, 'a>>);

impl SimpleBackend for Shared<'_, '_> {
    fn get(&self, shape: Shape, name: &str, _: Init, _: DType, _: &Device) -> candle_core::Result<Tensor> {
        let mut loaded = self.0.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tensor) = loaded.get(name).filter(|tensor| tensor.shape() == &shape) {
            return Ok(tensor.clone());
        }
        match self.0.weights.tensor(name, shape.dims()) {
            Ok(tensor) => {
                loaded.insert(name.to_string(), tensor.clone());
                Ok(tensor)
            }
            Err(error) => {
                let message = error.to_string();
                self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                Err(candle_core::Error::Msg(message))
            }
        }
    }

    fn get_unchecked(&self, name: &str, dtype: DType, device: &Device) -> candle_core::Result<Tensor> {
        let shape = self.0.weights.shape(name).unwrap_or_default().to_vec();
        self.get(Shape::from(shape), name, Init::Const(0.0), dtype, device)
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.0.weights.shape(name).is_some()
    }
}

/// What the three Gemmas have in common.
fn gemma(settings: &mut Settings) -> Result<(), LanguageError> {
    let activation = "gelu_pytorch_tanh";
    for key in ["hidden_activation", "hidden_act"] {
        settings.only(key, &[json!(activation)], "\"gelu_pytorch_tanh\"")?;
        settings.set(key, Value::Null);
    }
    settings.set("hidden_activation", activation);
    settings.only("tie_word_embeddings", &[json!(true)], "true")?;
    settings.default("attention_bias", false);
    settings.default("head_dim", 256);
    settings.default("rms_norm_eps", 1e-6);
    Ok(())
}

/// Gemma 3 turns its local and its global layers at different bases, in a pattern that repeats.
fn gemma3(settings: &mut Settings) -> Result<(), LanguageError> {
    gemma(settings)?;
    scaled_by_head(settings)?;
    settings.default("sliding_window", 4096);
    let parameters = settings.get("rope_parameters").cloned();
    for (kind, key, default) in
        [("full_attention", "rope_theta", 1e6), ("sliding_attention", "rope_local_base_freq", 1e4)]
    {
        let nested = parameters.as_ref().and_then(|parameters| parameters.get(kind)).filter(|value| !value.is_null());
        if RopeScaling::from_json("rope_parameters", nested)? != RopeScaling::None {
            return Err(unsupported("rope_parameters", nested.unwrap_or(&Value::Null), "rope_type \"default\""));
        }
        if let Some(theta) = nested.and_then(|nested| nested.get("rope_theta")) {
            settings.set(key, theta.clone());
        }
        settings.default(key, default);
    }
    if RopeScaling::from_json("rope_scaling", settings.get("rope_scaling"))? != RopeScaling::None {
        return Err(unsupported("rope_scaling", settings.get("rope_scaling").unwrap_or(&Value::Null), "null"));
    }
    let n_layers = settings.count("num_hidden_layers", None)?;
    let pattern = match settings.get("layer_types").and_then(Value::as_array) {
        None => settings.count("sliding_window_pattern", Some(settings.count("_sliding_window_pattern", Some(6))?))?,
        Some(kinds) => {
            let global = |kind: &Value| kind == "full_attention";
            let pattern = kinds.iter().position(global).unwrap_or(n_layers) + 1;
            if kinds.len() != n_layers || kinds.iter().enumerate().any(|(i, k)| global(k) != ((i + 1) % pattern == 0)) {
                let kinds = Value::Array(kinds.clone());
                return Err(unsupported("layer_types", &kinds, "one for each layer, every n-th \"full_attention\""));
            }
            pattern
        }
    };
    settings.set("sliding_window_pattern", pattern);
    Ok(())
}

/// Refuses attention that is not divided by the root of the head's width.
fn scaled_by_head(settings: &mut Settings) -> Result<(), LanguageError> {
    settings.default("query_pre_attn_scalar", 256);
    if settings.count("query_pre_attn_scalar", None)? == settings.count("head_dim", None)? {
        return Ok(());
    }
    let value = settings.get("query_pre_attn_scalar").unwrap_or(&Value::Null);
    Err(unsupported("query_pre_attn_scalar", value, "head_dim"))
}

/// Settles the share of a head that is turned.
fn partial_rotary(settings: &mut Settings, default: f64) -> Result<(), LanguageError> {
    let factor = settings.partial_rotary_factor().unwrap_or(default);
    let head_dim = settings.count("hidden_size", None)? / settings.count("num_attention_heads", None)?;
    let turned = (factor * head_dim as f64) as usize;
    if !(factor > 0.0 && factor <= 1.0) || turned == 0 || !turned.is_multiple_of(2) {
        return Err(invalid("partial_rotary_factor", factor, "must turn an even part of the head"));
    }
    settings.set("partial_rotary_factor", factor);
    Ok(())
}

/// Settles the base of the wavelengths, which must not be scaled.
fn plain_rotary(settings: &mut Settings) -> Result<(), LanguageError> {
    let (theta, scaling) = settings.rotary()?;
    if scaling != RopeScaling::None {
        let key = if settings.get("rope_scaling").is_some() { "rope_scaling" } else { "rope_parameters" };
        return Err(unsupported(key, settings.get(key).unwrap_or(&Value::Null), "rope_type \"default\""));
    }
    let theta = theta.unwrap_or(1e4);
    if !(theta > 0.0 && theta.is_finite()) {
        return Err(invalid("rope_theta", theta, "must be positive and finite"));
    }
    settings.set("rope_theta", theta);
    settings.set("rope_scaling", Value::Null);
    Ok(())
}

/// Settles the numbers of heads and checks their width, which is `hidden_size / num_attention_heads` unless free.
fn heads(settings: &mut Settings, free_width: bool) -> Result<usize, LanguageError> {
    let hidden = settings.count("hidden_size", None)?;
    let n_heads = settings.count("num_attention_heads", None)?;
    let n_kv_heads = settings.count("num_key_value_heads", Some(n_heads))?;
    settings.set("num_key_value_heads", n_kv_heads);
    if !n_heads.is_multiple_of(n_kv_heads) {
        return Err(invalid("num_key_value_heads", n_kv_heads, "must divide num_attention_heads"));
    }
    let head_dim = settings.count("head_dim", Some((hidden / n_heads).max(1)))?;
    if !free_width && n_heads * head_dim != hidden {
        return Err(invalid("num_attention_heads", n_heads, "times the width of a head must be hidden_size"));
    }
    if !head_dim.is_multiple_of(2) {
        return Err(invalid("head_dim", head_dim, "must be even"));
    }
    Ok(head_dim)
}

/// Gives StarCoder's keys the names of the others.
fn bigcode_names(settings: &mut Settings) -> Result<(), LanguageError> {
    let activation = "\"gelu_pytorch_tanh\" or \"gelu_new\"";
    settings.only("activation_function", &[json!("gelu_pytorch_tanh"), json!("gelu_new")], activation)?;
    settings.only("scale_attn_weights", &[json!(true)], "true")?;
    // candle splits the heads of the other form wrongly.
    settings.only("multi_query", &[json!(true)], "true")?;
    settings.only("add_cross_attention", &[json!(false)], "false")?;
    settings.only("tie_word_embeddings", &[json!(true)], "true")?;
    let names: [(&'static str, &str); 4] = [
        ("n_embd", "hidden_size"),
        ("n_layer", "num_hidden_layers"),
        ("n_head", "num_attention_heads"),
        ("n_positions", "max_position_embeddings"),
    ];
    for (theirs, ours) in names {
        settings.set(ours, settings.count(theirs, None)?);
    }
    let inner = settings.count("n_inner", Some(4 * settings.count("n_embd", None)?))?;
    settings.set("intermediate_size", inner);
    settings.set("head_dim", Value::Null);
    Ok(())
}

/// A maker of StarCoder's configuration, which cannot be copied.
fn bigcode_config(
    settings: &Settings,
) -> Result<impl Fn() -> candle_core::Result<bigcode::Config> + Send + Sync + Copy + 'static, LanguageError> {
    let size = |key: &'static str| settings.count(key, None);
    let (vocab_size, hidden_size) = (size("vocab_size")?, size("hidden_size")?);
    let (num_hidden_layers, num_attention_heads) = (size("num_hidden_layers")?, size("num_attention_heads")?);
    let (max_position_embeddings, inner) = (size("max_position_embeddings")?, size("intermediate_size")?);
    let layer_norm_epsilon = settings.get("layer_norm_epsilon").and_then(Value::as_f64).unwrap_or(1e-5);
    Ok(move || {
        Ok(bigcode::Config {
            vocab_size,
            max_position_embeddings,
            num_hidden_layers,
            hidden_size,
            layer_norm_epsilon,
            n_inner: Some(inner),
            num_attention_heads,
            multi_query: true,
            use_cache: true,
        })
    })
}
