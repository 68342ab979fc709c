//! Every reason to refuse a folder, with the words a reader sees.

use std::fs;

use candle_core::{DType, Device, Tensor};
use gibbs::tokens::models::{LanguageModel, LlamaConfig, RopeScaling};
use serde_json::{Value, json};

use crate::stand_in::{self, edit_config};

/// The message with which the stand-in is refused after `damage`.
fn refusal(damage: impl FnOnce(&std::path::Path)) -> String {
    let folder = stand_in::folder(DType::F32);
    damage(folder.path());
    let error = LanguageModel::open(folder.path()).expect_err("the damaged folder was opened");
    error.to_string().replace(&folder.path().display().to_string(), "FOLDER")
}

fn config_refusal(key: &str, value: Value) -> String {
    refusal(|folder| edit_config(folder, &[(key, Some(value))]))
}

#[test]
fn missing_files_are_named() {
    for name in ["config.json", "model.safetensors", "tokenizer.json"] {
        let message = refusal(|folder| fs::remove_file(folder.join(name)).unwrap());
        let needed = "(needed: config.json, model.safetensors, tokenizer.json)";
        assert_eq!(message, format!("model folder lacks `FOLDER/{name}` {needed}"));
    }
}

#[test]
fn an_unreadable_file_is_named() {
    let message = refusal(|folder| {
        fs::remove_file(folder.join("tokenizer.json")).unwrap();
        fs::create_dir(folder.join("tokenizer.json")).unwrap();
    });
    assert_eq!(message, "cannot read `FOLDER/tokenizer.json`");
}

#[test]
fn unsupported_keys_are_named_with_their_values() {
    let scaled = json!({"rope_type": "llama3", "factor": 8.0, "rope_theta": 5e5});
    let parameters = "rope_type \"default\", \"linear\" or \"llama3\" with the numbers that belong to it";
    let cases = [
        ("architectures", json!("LlamaForCausalLM"), "a list of one architecture"),
        ("architectures", json!([]), "a list of one architecture"),
        ("model_type", json!("qwen2"), "that of the architecture"),
        ("rope_scaling", json!({"type": "dynamic", "factor": 2.0}), parameters),
        ("rope_parameters", scaled, parameters),
        ("rope_parameters", json!({"rope_theta": "1e4"}), parameters),
        ("rope_parameters", json!({"rope_theta": 1e4, "factor": 2.0}), parameters),
        ("rope_parameters", json!(10_000.0), parameters),
        ("layer_types", json!(["linear_attention"]), "\"full_attention\" or \"sliding_attention\""),
        ("mlp_bias", json!(true), "false"),
        ("hidden_act", json!("gelu"), "\"silu\""),
        ("quantization_config", json!({"bits": 4}), "null"),
        ("partial_rotary_factor", json!(0.5), "1.0"),
        ("eos_token_id", json!("</s>"), "a token id, a list of token ids or null"),
    ];
    for (key, value, supported) in cases {
        let shown = if key == "layer_types" { value[0].clone() } else { value.clone() };
        let expected = format!("config.json: `{key}` = {shown} is not supported (supported: {supported})");
        assert_eq!(config_refusal(key, value), expected);
    }
    let supported = "is not supported (supported: LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, Qwen3";
    for (edits, named) in [
        ([("architectures", None), ("model_type", None)], "`model_type` = null"),
        ([("architectures", Some(json!(["GPT2LMHeadModel"]))), ("model_type", None)], "`architectures` = [\"GPT2LMH"),
        ([("architectures", Some(json!(["GPTNeoXForCausalLM"]))), ("model_type", None)], "`architectures` = [\"GPTN"),
    ] {
        let message = refusal(|folder| edit_config(folder, &edits));
        assert!(message.starts_with(&format!("config.json: {named}")) && message.contains(supported), "{message}");
    }
}

#[test]
fn impossible_sizes_are_named() {
    let cases = [
        ("num_key_value_heads", json!(3), "3 must divide num_attention_heads"),
        ("num_attention_heads", json!(0), "0 must be a positive whole number below 2^31"),
        ("vocab_size", json!(0), "0 must be a positive whole number below 2^31"),
        ("head_dim", json!(5), "5 must be even"),
        ("intermediate_size", json!(1_u64 << 40), "1099511627776 must be a positive whole number below 2^31"),
        ("num_hidden_layers", json!(1_000_000_000), "1000000000 exceeds the number of tensors"),
        ("rms_norm_eps", json!(-1e-5), "-0.00001 must be positive and finite"),
        ("rope_theta", json!(0.0), "0 must be positive and finite"),
    ];
    for (key, value, rest) in cases {
        assert_eq!(config_refusal(key, value), format!("config.json: `{key}` = {rest}"));
    }
}

#[test]
fn a_config_that_is_no_config_is_refused() {
    let message = refusal(|folder| fs::write(folder.join("config.json"), "{\"hidden").unwrap());
    assert!(message.starts_with("config.json cannot be parsed: EOF"), "{message}");
    let message = refusal(|folder| edit_config(folder, &[("hidden_size", None)]));
    assert_eq!(message, "config.json: `hidden_size` = null must be a positive whole number below 2^31");
}

#[test]
fn keys_of_a_wrong_type_are_named() {
    for key in ["rope_theta", "rms_norm_eps", "partial_rotary_factor"] {
        for value in [json!("500000"), json!(true), json!([1])] {
            let expected = format!("config.json: `{key}` = {value} is not supported (supported: a number)");
            assert_eq!(config_refusal(key, value), expected);
        }
    }
    for key in ["hidden_size", "head_dim", "num_key_value_heads", "intermediate_size", "vocab_size"] {
        for value in [json!(-4), json!("32"), json!(4.5), json!(true)] {
            let expected = format!("config.json: `{key}` = {value} must be a positive whole number below 2^31");
            assert_eq!(config_refusal(key, value), expected);
        }
    }
    for key in ["tie_word_embeddings", "attention_bias", "use_sliding_window"] {
        for value in [json!("false"), json!(0)] {
            let expected = format!("config.json: `{key}` = {value} is not supported (supported: true or false)");
            assert_eq!(config_refusal(key, value), expected);
        }
    }
    assert!(config_refusal("layer_types", json!("full_attention")).contains("a list of kinds of attention"));
    let nested = config_refusal("rope_parameters", json!({"rope_type": "default", "rope_theta": "1e4"}));
    assert!(nested.contains("`rope_parameters`"), "{nested}");
}

#[test]
fn a_folder_with_an_adapter_is_refused() {
    for name in ["adapter_config.json", "adapter_model.safetensors", "adapter_model.bin"] {
        let message = refusal(|folder| fs::write(folder.join(name), "{}").unwrap());
        assert!(message.contains(&format!("PEFT adapter (`{name}`)")) && message.contains("merge"), "{message}");
    }
}

#[test]
fn truncated_weights_are_refused_wherever_the_cut_is() {
    let folder = stand_in::folder(DType::F32);
    let path = folder.path().join("model.safetensors");
    let whole = fs::read(&path).unwrap();
    for kept in [0, 5, 8, 100, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..kept]).unwrap();
        let message = LanguageModel::open(folder.path()).unwrap_err().to_string();
        assert!(message.starts_with("model.safetensors is truncated or damaged: "), "{kept}: {message}");
    }
}

#[test]
fn wrong_tensors_are_named() {
    let rewrite = |edit: fn(&mut std::collections::HashMap<String, Tensor>)| {
        refusal(|folder| {
            let path = folder.join("model.safetensors");
            let mut tensors = candle_core::safetensors::load(&path, &Device::Cpu).unwrap();
            edit(&mut tensors);
            candle_core::safetensors::save(&tensors, path).unwrap();
        })
    };
    let message = rewrite(|tensors| drop(tensors.remove("model.layers.1.mlp.up_proj.weight")));
    assert_eq!(message, "model.safetensors lacks tensor `model.layers.1.mlp.up_proj.weight`");
    let message = rewrite(|tensors| {
        let name = "model.layers.0.self_attn.k_proj.weight";
        let transposed = tensors[name].t().unwrap().contiguous().unwrap();
        tensors.insert(name.to_string(), transposed);
    });
    assert_eq!(
        message,
        "tensor `model.layers.0.self_attn.k_proj.weight` has shape [24, 16], config.json implies [16, 24]"
    );
    let message = rewrite(|tensors| {
        let norm = tensors["model.norm.weight"].to_dtype(DType::F64).unwrap();
        tensors.insert("model.norm.weight".to_string(), norm);
    });
    assert_eq!(message, "tensor `model.norm.weight` is stored as F64; only F32, F16 and BF16 are supported");
    // A tied model must not need the head, an untied one must.
    let message = rewrite(|tensors| drop(tensors.remove("lm_head.weight")));
    assert_eq!(message, "model.safetensors lacks tensor `lm_head.weight`");
}

#[test]
fn a_tied_model_needs_no_head() {
    let folder = stand_in::folder(DType::F32);
    let path = folder.path().join("model.safetensors");
    let mut tensors = candle_core::safetensors::load(&path, &Device::Cpu).unwrap();
    tensors.remove("lm_head.weight");
    candle_core::safetensors::save(&tensors, path).unwrap();
    edit_config(folder.path(), &[("tie_word_embeddings", Some(json!(true)))]);
    assert!(LanguageModel::open(folder.path()).is_ok());
}

#[test]
fn a_tokenizer_must_be_one_and_fit_the_model() {
    let message = refusal(|folder| fs::write(folder.join("tokenizer.json"), "{}").unwrap());
    assert!(message.starts_with("tokenizer: "), "{message}");
    let message = refusal(|folder| {
        fs::write(folder.join("tokenizer.json"), stand_in::tokenizer(45)).unwrap();
    });
    assert_eq!(message, "the tokenizer has 301 tokens, the model embeds only 300");
}

#[test]
fn both_spellings_of_theta_are_read() {
    let read = |edits: &[(&str, Option<Value>)]| {
        let folder = stand_in::folder(DType::F32);
        edit_config(folder.path(), edits);
        LanguageModel::open(folder.path()).unwrap().llama().unwrap().config().rope_theta
    };
    assert_eq!(read(&[("rope_theta", Some(json!(5e5)))]), 5e5);
    let new = json!({"rope_type": "default", "rope_theta": 2e5});
    assert_eq!(read(&[("rope_theta", None), ("rope_parameters", Some(new))]), 2e5);
    assert_eq!(read(&[("rope_theta", None)]), 1e4);
}

#[test]
fn a_config_survives_its_own_json() {
    let config = stand_in::config();
    let tied =
        LlamaConfig { tie_word_embeddings: true, bos_token_id: Some(1), eos_token_ids: vec![2, 3], ..config.clone() };
    let qwen2 = LlamaConfig { qkv_bias: true, ..config.clone() };
    let qwen3 = LlamaConfig { qk_norm: true, rope_scaling: RopeScaling::Linear { factor: 2.0 }, ..config.clone() };
    let biased = LlamaConfig { qkv_bias: true, output_bias: true, ..config.clone() };
    for config in [config, tied, qwen2, qwen3, biased] {
        let json = config.to_json().to_string();
        assert_eq!(LlamaConfig::from_json(json.as_bytes()).unwrap(), config);
    }
}
