//! Weights in several files, and indices that name what they must not.

use std::{collections::HashMap, fs, path::Path};

use candle_core::{DType, Tensor};
use gibbs::tokens::models::LanguageModel;
use serde_json::{Value, json};

use crate::stand_in::{self, tokens};

const INDEX: &str = "model.safetensors.index.json";

/// Splits the weights of the stand-in into two shards with an index.
fn split(folder: &Path) {
    let path = folder.join("model.safetensors");
    let tensors = candle_core::safetensors::load(&path, &candle_core::Device::Cpu).unwrap();
    let mut names: Vec<&String> = tensors.keys().collect();
    names.sort();
    let mut map = serde_json::Map::new();
    for (i, part) in names.chunks(names.len().div_ceil(2)).enumerate() {
        let shard = format!("model-{}-of-2.safetensors", i + 1);
        let part: HashMap<String, Tensor> = part.iter().map(|name| ((*name).clone(), tensors[*name].clone())).collect();
        candle_core::safetensors::save(&part, folder.join(&shard)).unwrap();
        map.extend(part.into_keys().map(|name| (name, json!(shard))));
    }
    fs::write(folder.join(INDEX), json!({"metadata": {}, "weight_map": map}).to_string()).unwrap();
    fs::remove_file(path).unwrap();
}

/// The message with which a split stand-in is refused after `damage`.
fn refusal(damage: impl FnOnce(&Path)) -> String {
    let folder = stand_in::folder(DType::F32);
    split(folder.path());
    damage(folder.path());
    let error = LanguageModel::open(folder.path()).expect_err("the damaged folder was opened");
    error.to_string().replace(&folder.path().display().to_string(), "FOLDER")
}

fn rename_shard(folder: &Path, name: &str) {
    let index: Value = serde_json::from_slice(&fs::read(folder.join(INDEX)).unwrap()).unwrap();
    let text = index.to_string().replace("model-2-of-2.safetensors", name);
    fs::write(folder.join(INDEX), text).unwrap();
}

#[test]
fn shards_give_the_logits_of_one_file() {
    for dtype in [DType::F32, DType::BF16] {
        let folder = stand_in::folder(dtype);
        let whole = LanguageModel::open(folder.path()).unwrap().all_logits(&tokens(12)).unwrap();
        split(folder.path());
        let model = LanguageModel::open(folder.path()).unwrap();
        assert_eq!(model.all_logits(&tokens(12)).unwrap(), whole);
        let layers = model.llama().unwrap().config().num_hidden_layers;
        assert_eq!((model.architecture(), layers), ("LlamaForCausalLM", 2));
    }
}

#[test]
fn a_shard_stays_inside_the_folder() {
    for name in ["../w.safetensors", "/etc/passwd", "a/b.safetensors", "..", ".", "", "a\\\\b", "./w.safetensors"] {
        let message = refusal(|folder| rename_shard(folder, name));
        let shown = name.replace("\\\\", "\\");
        let expected = format!("model.safetensors.index.json: shard {shown:?} must be a plain file name");
        assert_eq!(message, expected);
    }
}

#[cfg(unix)]
#[test]
fn a_shard_is_no_link_out_of_the_folder() {
    let outside = tempfile::tempdir().unwrap();
    let link = |folder: &Path| {
        let target = outside.path().join("w.safetensors");
        fs::rename(folder.join("model-2-of-2.safetensors"), &target).unwrap();
        std::os::unix::fs::symlink(target, folder.join("model-2-of-2.safetensors")).unwrap();
    };
    let shard = "model-2-of-2.safetensors";
    let expected =
        format!("model.safetensors.index.json: shard {shard:?} is a link that leads out of the model folder");
    assert_eq!(refusal(link), expected);
    // The cache of the Hugging Face hub links from snapshots/REVISION to blobs.
    let hub = tempfile::tempdir().unwrap();
    let (revision, blobs) = (hub.path().join("snapshots/main"), hub.path().join("blobs"));
    fs::create_dir_all(&revision).unwrap();
    fs::create_dir_all(&blobs).unwrap();
    let folder = stand_in::folder(DType::F32);
    split(folder.path());
    for (i, entry) in fs::read_dir(folder.path()).unwrap().enumerate() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), blobs.join(i.to_string())).unwrap();
        std::os::unix::fs::symlink(format!("../../blobs/{i}"), revision.join(entry.file_name())).unwrap();
    }
    assert!(LanguageModel::open(&revision).is_ok());
}

#[test]
fn a_damaged_shard_or_index_is_named() {
    let message = refusal(|folder| fs::remove_file(folder.join("model-2-of-2.safetensors")).unwrap());
    let needed = "(needed: config.json, model.safetensors, tokenizer.json)";
    assert_eq!(message, format!("model folder lacks `FOLDER/model-2-of-2.safetensors` {needed}"));
    let message = refusal(|folder| rename_shard(folder, "model-1-of-2.safetensors"));
    assert!(message.starts_with("model.safetensors.index.json lacks tensor `"), "{message}");
    let message = refusal(|folder| fs::write(folder.join("model-1-of-2.safetensors"), [9; 30]).unwrap());
    let damage = "a header of 651061555542690057 bytes in a file of 30";
    assert_eq!(message, format!("model-1-of-2.safetensors is truncated or damaged: {damage}"));
    for (index, start) in [
        ("{\"weight_map\": {\"a\"", "model.safetensors.index.json cannot be parsed: EOF"),
        ("{\"weight_map\": {\"a\": 3}}", "model.safetensors.index.json cannot be parsed: invalid type"),
        ("{}", "model.safetensors.index.json cannot be parsed: missing field `weight_map`"),
    ] {
        let message = refusal(|folder| fs::write(folder.join(INDEX), index).unwrap());
        assert!(message.starts_with(start), "{message}");
    }
    let deep = format!("{{\"weight_map\": {}", "[".repeat(100_000));
    let message = refusal(|folder| fs::write(folder.join(INDEX), deep).unwrap());
    assert_eq!(message.lines().count(), 1, "{message}");
}

#[test]
fn a_header_that_lies_is_refused_before_memory_is_taken() {
    let huge = 1_u64 << 40;
    for header in [
        json!({"w": {"dtype": "F32", "shape": [huge], "data_offsets": [0, 4 * huge]}}),
        json!({"w": {"dtype": "F32", "shape": [huge, huge], "data_offsets": [0, 8]}}),
        json!({"w": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}}),
        json!({"w": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}}),
        json!({"w": {"dtype": "F99", "shape": [2], "data_offsets": [0, 8]}}),
        json!({"w": [1, 2]}),
        json!([]),
    ] {
        let folder = stand_in::folder(DType::F32);
        let text = header.to_string();
        let mut file = (text.len() as u64).to_le_bytes().to_vec();
        file.extend(text.bytes());
        file.extend([0; 8]);
        fs::write(folder.path().join("model.safetensors"), file).unwrap();
        let message = LanguageModel::open(folder.path()).unwrap_err().to_string();
        assert!(message.starts_with("model.safetensors is truncated or damaged: "), "{header}: {message}");
        assert_eq!(message.lines().count(), 1);
    }
}
