//! Agreement with Hugging Face transformers on a tiny random model of every supported architecture.
//!
//! The folders are made by `tests/scripts/model_families.py`; the tests need `GIBBS_MODEL_FAMILIES` to name them.
#![cfg(feature = "models")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "language_model/stand_in.rs"]
#[allow(dead_code)]
mod stand_in;

use std::{
    fs,
    path::{Path, PathBuf},
};

use gibbs::tokens::models::{Cache, LanguageError, LanguageModel};
use serde::Deserialize;
use serde_json::json;

/// f32 sums in another order move a logit by some 1e-5.
const TOLERANCE: f64 = 1e-4;

#[derive(Deserialize)]
struct Expected {
    tokens: Vec<u32>,
    logits: Vec<f64>,
}

fn folders(kind: &str) -> Vec<PathBuf> {
    let root = std::env::var("GIBBS_MODEL_FAMILIES").expect("GIBBS_MODEL_FAMILIES must name the folders");
    let entries = fs::read_dir(Path::new(&root).join(kind)).unwrap();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(!folders.is_empty());
    folders
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, |largest, d| if d <= largest { largest } else { d })
}

/// The stand-in's weights under another architecture, with keys that no file can honour.
#[test]
fn absurd_sizes_are_refused_before_memory_is_taken() {
    let architectures =
        ["Gemma", "Gemma2", "Gemma3", "Phi", "Phi3", "Starcoder2", "GPTBigCode", "Olmo", "Olmo2", "StableLm"];
    let most = json!(i32::MAX);
    let even = json!(i32::MAX - 1);
    let mut n_opened = 0;
    for architecture in architectures {
        for edits in [
            vec![],
            vec![("max_position_embeddings", &most), ("n_positions", &most)],
            vec![("head_dim", &even), ("query_pre_attn_scalar", &even)],
            vec![("hidden_size", &even), ("n_embd", &even), ("num_attention_heads", &most)],
            vec![("num_hidden_layers", &most), ("n_layer", &most)],
            vec![("vocab_size", &most)],
            vec![("intermediate_size", &most), ("n_inner", &most)],
            vec![("sliding_window", &most), ("sliding_window_pattern", &most)],
        ] {
            let folder = stand_in::folder(candle_core::DType::F32);
            let mut keys = vec![
                ("architectures", Some(json!([format!("{architecture}ForCausalLM")]))),
                ("model_type", None),
                ("hidden_act", None),
                ("tie_word_embeddings", None),
                ("partial_rotary_factor", Some(json!(1.0))),
                ("query_pre_attn_scalar", Some(json!(8))),
                ("n_embd", Some(json!(24))),
                ("n_layer", Some(json!(2))),
                ("n_head", Some(json!(4))),
                ("n_positions", Some(json!(32))),
            ];
            if !architecture.starts_with("Gemma") {
                keys.push(("head_dim", None));
            }
            keys.extend(edits.into_iter().map(|(key, value)| (key, Some(value.clone()))));
            stand_in::edit_config(folder.path(), &keys);
            match LanguageModel::open(folder.path()) {
                // A Gemma has the tensors of a Llama, and one that claims a long context is read as far as is safe.
                Ok(model) => {
                    assert!(architecture.starts_with("Gemma") && model.context_length() <= 1 << 14);
                    n_opened += 1;
                }
                Err(error) => assert_eq!(error.to_string().lines().count(), 1, "{error}"),
            }
        }
    }
    assert!(n_opened > 0 && n_opened <= 9, "{n_opened} were opened");
}

/// The largest difference to the expected logits, in every way of reading a text.
fn disagreement(folder: &Path) -> Result<f64, LanguageError> {
    let model = LanguageModel::open(folder)?;
    let expected: Vec<Expected> = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let mut largest: f64 = 0.0;
    for Expected { tokens, logits } in &expected {
        let whole = model.next_token_logits(tokens, &mut Cache::new())?;
        // In two pieces, between which clones of the cache read on with another text and with the same.
        let (first, rest) = tokens.split_at(tokens.len() / 2);
        let mut cache = Cache::new();
        if !first.is_empty() {
            model.next_token_logits(first, &mut cache)?;
        }
        let (mut other, mut same) = (cache.clone(), cache.clone());
        model.next_token_logits(&[7, 8, 9], &mut other)?;
        let pieces = model.next_token_logits(rest, &mut cache)?;
        let cloned = model.next_token_logits(rest, &mut same)?;
        let one_by_one = model.all_logits(tokens)?.pop().unwrap();
        for found in [&whole, &pieces, &cloned, &one_by_one] {
            let difference = largest_difference(found, logits);
            largest = if difference <= largest { largest } else { difference };
        }
    }
    Ok(largest)
}

#[test]
#[ignore = "needs the folders of tests/scripts/model_families.py"]
fn logits_equal_those_of_transformers() {
    let mut wrong = Vec::new();
    for folder in folders("opened") {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        match disagreement(&folder) {
            Ok(largest) if largest < TOLERANCE => println!("{name}: {largest:.1e}"),
            Ok(largest) => wrong.push(format!("{name}: logits differ by {largest:.1e}")),
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "needs the folders of tests/scripts/model_families.py"]
fn what_would_be_computed_differently_is_refused() {
    for folder in folders("refused") {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let message = LanguageModel::open(&folder).err().unwrap_or_else(|| panic!("{name} was opened")).to_string();
        println!("{name}: {message}");
        assert!(message.starts_with("config.json: `") && message.contains("supported"), "{name}: {message}");
        assert_eq!(message.lines().count(), 1);
    }
}
