//! Checks of a `config.json` that need more than one key: rotary positions, heads, the pattern of windows.

use serde_json::Value;

use crate::tokens::models::error::{LanguageError, invalid, unsupported};
use crate::tokens::models::rotary::RopeScaling;
use crate::tokens::models::settings::Settings;

/// What every family allows.
pub(super) fn none(_: &mut Settings) -> Result<(), LanguageError> {
    Ok(())
}

/// Gemma 2 caps its logits where the key is absent, and does not where it is null.
pub(super) fn gemma2(settings: &mut Settings) -> Result<(), LanguageError> {
    settings.absent("attn_logit_softcapping", 50.0);
    settings.absent("final_logit_softcapping", 30.0);
    scaled_by_head(settings)
}

/// Gemma 3 turns its local and its global layers at different bases, in a pattern that repeats.
pub(super) fn gemma3(settings: &mut Settings) -> Result<(), LanguageError> {
    scaled_by_head(settings)?;
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
pub(super) fn partial_rotary(settings: &mut Settings, default: f64) -> Result<(), LanguageError> {
    let factor = settings.partial_rotary_factor()?.unwrap_or(default);
    let head_dim = settings.count("hidden_size", None)? / settings.count("num_attention_heads", None)?;
    let turned = (factor * head_dim as f64) as usize;
    if !(factor > 0.0 && factor <= 1.0) || turned == 0 || !turned.is_multiple_of(2) {
        return Err(invalid("partial_rotary_factor", factor, "must rotate an even number of dimensions of each head"));
    }
    settings.set("partial_rotary_factor", factor);
    Ok(())
}

/// Settles the base of the wavelengths, which must not be scaled.
pub(super) fn plain_rotary(settings: &mut Settings) -> Result<(), LanguageError> {
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
pub(super) fn heads(settings: &mut Settings, free_width: bool) -> Result<usize, LanguageError> {
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
pub(super) fn bigcode_names(settings: &mut Settings) -> Result<(), LanguageError> {
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
