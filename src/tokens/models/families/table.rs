//! The families, one row each: what a `config.json` must say, what it may leave out, and how its network is made.
//!
//! candle-transformers passes over keys that it does not compute. Each row refuses the values of these keys that would
//! change the logits, and fills in the defaults of `transformers` where those of candle differ or are missing.

use candle_nn::VarBuilder;

use super::checks;
use super::load::{self, Loaded};
use super::loader::Loader;
use crate::tokens::models::error::LanguageError;
use crate::tokens::models::settings::Settings;

/// All architectures of a folder, for messages.
pub const SUPPORTED: &str = "LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM, \
    GemmaForCausalLM, Gemma2ForCausalLM, Gemma3ForCausalLM, PhiForCausalLM, Phi3ForCausalLM, Starcoder2ForCausalLM, \
    GPTBigCodeForCausalLM, OlmoForCausalLM, Olmo2ForCausalLM, StableLmForCausalLM";

/// A key of `config.json` and a value as JSON.
type Key = (&'static str, &'static str);

/// What a family needs.
pub(super) struct Row {
    pub(super) architecture: &'static str,
    model_type: &'static str,
    /// Keys that may be absent or have this value alone.
    pub(super) only: &'static [Key],
    /// Values of keys that are absent or null.
    pub(super) defaults: &'static [Key],
    /// Values that replace those of the file.
    pub(super) fixed: &'static [Key],
    /// Checks of several keys together.
    pub(super) check: fn(&mut Settings) -> Result<(), LanguageError>,
    pub(super) rotary: Rotary,
    /// Whether a head may have another width than `hidden_size / num_attention_heads`.
    pub(super) free_head_width: bool,
    /// Whether `sliding_window` bounds the text of which every token sees all earlier ones.
    pub(super) windowed: bool,
    /// Whether candle tabulates a mask for all pairs of positions.
    pub(super) square_mask: bool,
    pub(super) load: fn(&Settings, VarBuilder<'_>, &Loader<'_, '_>) -> Loaded,
}

/// How positions are turned.
#[derive(Clone, Copy)]
pub(super) enum Rotary {
    /// All of a head at one base, or no rotary positions at all.
    Whole,
    /// A share of each head, by default this one.
    Part(f64),
    /// As the check of the family settles it.
    Checked,
}

/// A row that asks for nothing.
const PLAIN: Row = Row {
    architecture: "",
    model_type: "",
    only: &[],
    defaults: &[],
    fixed: &[],
    check: checks::none,
    rotary: Rotary::Whole,
    free_head_width: false,
    windowed: false,
    square_mask: false,
    load: load::gemma,
};

/// What the three Gemmas have in common.
const GEMMA: Row = Row {
    only: &[
        ("hidden_activation", "\"gelu_pytorch_tanh\""),
        ("hidden_act", "\"gelu_pytorch_tanh\""),
        ("tie_word_embeddings", "true"),
    ],
    defaults: &[("attention_bias", "false"), ("head_dim", "256"), ("rms_norm_eps", "1e-6")],
    fixed: &[("hidden_act", "null"), ("hidden_activation", "\"gelu_pytorch_tanh\"")],
    free_head_width: true,
    ..PLAIN
};

/// [`GEMMA`]'s defaults with the window of the later two.
const WINDOWED_GEMMA: &[Key] =
    &[("attention_bias", "false"), ("head_dim", "256"), ("rms_norm_eps", "1e-6"), ("sliding_window", "4096")];

/// What the two OLMos have in common.
const OLMO: Row = Row {
    only: &[("hidden_act", "\"silu\"")],
    defaults: &[
        ("hidden_act", "\"silu\""),
        ("attention_bias", "false"),
        ("tie_word_embeddings", "false"),
        ("rms_norm_eps", "1e-5"),
    ],
    ..PLAIN
};

pub(super) static FAMILIES: [Row; 10] = [
    Row { architecture: "GemmaForCausalLM", model_type: "gemma", load: load::gemma, ..GEMMA },
    Row {
        architecture: "Gemma2ForCausalLM",
        model_type: "gemma2",
        defaults: WINDOWED_GEMMA,
        check: checks::gemma2,
        windowed: true,
        load: load::gemma2,
        ..GEMMA
    },
    Row {
        architecture: "Gemma3ForCausalLM",
        model_type: "gemma3_text",
        defaults: WINDOWED_GEMMA,
        check: checks::gemma3,
        rotary: Rotary::Checked,
        windowed: true,
        load: load::gemma3,
        ..GEMMA
    },
    Row {
        architecture: "PhiForCausalLM",
        model_type: "phi",
        only: &[("qk_layernorm", "false"), ("tie_word_embeddings", "false")],
        defaults: &[("hidden_act", "\"gelu_new\""), ("layer_norm_eps", "1e-5")],
        fixed: &[("qk_layernorm", "false"), ("tie_word_embeddings", "false")],
        rotary: Rotary::Part(0.5),
        load: load::phi,
        ..PLAIN
    },
    Row {
        architecture: "Phi3ForCausalLM",
        model_type: "phi3",
        only: &[("hidden_act", "\"silu\""), ("attention_bias", "false")],
        defaults: &[("hidden_act", "\"silu\""), ("rms_norm_eps", "1e-5")],
        fixed: &[("bos_token_id", "null"), ("eos_token_id", "null")],
        rotary: Rotary::Part(1.0),
        windowed: true,
        load: load::phi3,
        ..PLAIN
    },
    Row {
        architecture: "Starcoder2ForCausalLM",
        model_type: "starcoder2",
        only: &[("tie_word_embeddings", "true"), ("mlp_type", "\"default\""), ("norm_type", "\"layer_norm\"")],
        defaults: &[("hidden_act", "\"gelu_pytorch_tanh\""), ("norm_epsilon", "1e-5"), ("use_bias", "true")],
        windowed: true,
        load: load::starcoder2,
        ..PLAIN
    },
    Row {
        architecture: "GPTBigCodeForCausalLM",
        model_type: "gpt_bigcode",
        only: &[
            ("activation_function", "\"gelu_pytorch_tanh\" or \"gelu_new\""),
            ("scale_attn_weights", "true"),
            // candle splits the heads of the other form wrongly.
            ("multi_query", "true"),
            ("add_cross_attention", "false"),
            ("tie_word_embeddings", "true"),
        ],
        check: checks::bigcode_names,
        square_mask: true,
        load: load::bigcode,
        ..PLAIN
    },
    Row { architecture: "OlmoForCausalLM", model_type: "olmo", load: load::olmo, ..OLMO },
    Row { architecture: "Olmo2ForCausalLM", model_type: "olmo2", load: load::olmo2, ..OLMO },
    Row {
        architecture: "StableLmForCausalLM",
        model_type: "stablelm",
        only: &[
            ("hidden_act", "\"silu\""),
            ("qk_layernorm", "false"),
            ("use_parallel_residual", "false"),
            ("tie_word_embeddings", "false"),
        ],
        defaults: &[("hidden_act", "\"silu\""), ("layer_norm_eps", "1e-5"), ("use_qkv_bias", "false")],
        fixed: &[("use_flash_attn", "false"), ("use_cache", "true")],
        rotary: Rotary::Part(0.25),
        load: load::stable_lm,
        ..PLAIN
    },
];

/// The architectures with their `model_type`.
pub fn known() -> [(&'static str, &'static str); FAMILIES.len()] {
    std::array::from_fn(|i| (FAMILIES[i].architecture, FAMILIES[i].model_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_complete() {
        for (i, row) in FAMILIES.iter().enumerate() {
            assert!(SUPPORTED.split(", ").any(|name| name == row.architecture), "{}", row.architecture);
            assert!(FAMILIES[..i].iter().all(|other| other.architecture != row.architecture));
            let values = row.only.iter().flat_map(|(_, values)| values.split(" or "));
            for value in values.chain(row.defaults.iter().chain(row.fixed).map(|(_, value)| *value)) {
                serde_json::from_str::<serde_json::Value>(value).unwrap();
            }
        }
    }
}
