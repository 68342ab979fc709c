//! Export to GGUF: every weight in its place, the same logits and the same tokens after reading back, and refusals.
#![cfg(feature = "llm")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    io::Cursor,
};

use candle_core::{
    DType, Device, Tensor,
    quantized::{
        GgmlDType,
        gguf_file::{Content, Value},
        tokenizer::TokenizerFromGguf,
    },
};
use gibbs::tokens::models::{LanguageError, LanguageModel, LlamaConfig};
use serde_json::{Value as Json, json};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;

#[allow(dead_code)]
#[path = "language_model/stand_in.rs"]
mod stand_in;

const TEXTS: [&str; 8] = [
    "In the beginning",
    "KING RICHARD III:\nNow is the winter of our",
    "naïve – 温度 = 0.7\t\n",
    "I'll  say   it's\n\n\n  we're 12345 of 3.14",
    "don't THOU'LT 'tis o'er",
    " leading and trailing ",
    "a\u{a0}b\u{2003}c\r\n\td",
    "👑 crown\u{0301}ed, ½ ² Ⅷ _x_ #1!",
];

/// A file of the model and what candle reads in it.
fn exported(model: &LanguageModel) -> (Content, Cursor<Vec<u8>>) {
    let mut file = Cursor::new(model.to_gguf().unwrap());
    (Content::read(&mut file).unwrap(), file)
}

fn bits(tensor: &Tensor) -> Vec<u32> {
    tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap().into_iter().map(f32::to_bits).collect()
}

/// Row of the file in which row `row` of a query or key matrix must stand: of each head, pair i is rows 2i and 2i + 1.
fn interleaved(row: usize, head_dim: usize) -> usize {
    let (head, in_head) = (row / head_dim, row % head_dim);
    let (second, pair) = (in_head / (head_dim / 2), in_head % (head_dim / 2));
    head * head_dim + 2 * pair + second
}

/// Every tensor of the network is in the file, bit for bit, and nothing else.
fn check_weights(model: &LanguageModel) {
    let (content, mut file) = exported(model);
    let mut expected = BTreeSet::new();
    for (name, tensor) in model.llama().unwrap().tensors() {
        let short = name.trim_start_matches("model.").trim_end_matches(".weight");
        let (layer, part) = match short.strip_prefix("layers.").and_then(|rest| rest.split_once('.')) {
            Some((layer, part)) => (format!("blk.{layer}."), part),
            None => (String::new(), short),
        };
        let part = match part {
            "embed_tokens" => "token_embd",
            "norm" => "output_norm",
            "lm_head" => "output",
            "input_layernorm" => "attn_norm",
            "post_attention_layernorm" => "ffn_norm",
            "self_attn.q_proj" => "attn_q",
            "self_attn.k_proj" => "attn_k",
            "self_attn.v_proj" => "attn_v",
            "self_attn.o_proj" => "attn_output",
            "mlp.gate_proj" => "ffn_gate",
            "mlp.up_proj" => "ffn_up",
            "mlp.down_proj" => "ffn_down",
            other => panic!("unexpected tensor {other}"),
        };
        let found_name = format!("{layer}{part}.weight");
        let found = content.tensor(&mut file, &found_name, &Device::Cpu).unwrap();
        assert_eq!(found.dtype(), GgmlDType::F32, "{found_name}");
        let found = found.dequantize(&Device::Cpu).unwrap();
        assert_eq!(found.dims(), tensor.dims(), "{found_name}");
        let (found, given) = (bits(&found), bits(tensor));
        if part == "attn_q" || part == "attn_k" {
            let columns = tensor.dim(1).unwrap();
            for (row, given) in given.chunks(columns).enumerate() {
                let row = interleaved(row, model.llama().unwrap().config().head_dim);
                assert_eq!(&found[row * columns..(row + 1) * columns], given, "{found_name}, row {row}");
            }
        } else {
            assert!(found == given, "{found_name}");
        }
        expected.insert(found_name);
    }
    assert_eq!(content.tensor_infos.keys().cloned().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn every_weight_is_in_the_file() {
    let embedded = LanguageModel::embedded().unwrap();
    assert_eq!(embedded.llama().unwrap().tensors().len(), embedded.llama().unwrap().config().tensors().len());
    check_weights(&embedded);
    // Shared key heads, a wide head, and an output layer of its own.
    check_weights(&LanguageModel::open(stand_in::folder(DType::F32).path()).unwrap());
}

#[test]
fn metadata_describe_the_network() {
    let folder = stand_in::folder(DType::F32);
    let model = LanguageModel::open(folder.path()).unwrap();
    let (content, _) = exported(&model);
    let number = |key: &str| content.metadata[key].to_u32().unwrap() as usize;
    let config = stand_in::config();
    for (key, expected) in [
        ("llama.vocab_size", config.vocab_size),
        ("llama.context_length", config.max_position_embeddings),
        ("llama.embedding_length", config.hidden_size),
        ("llama.block_count", config.num_hidden_layers),
        ("llama.feed_forward_length", config.intermediate_size),
        ("llama.attention.head_count", config.num_attention_heads),
        ("llama.attention.head_count_kv", config.num_key_value_heads),
        ("llama.attention.key_length", config.head_dim),
        ("llama.attention.value_length", config.head_dim),
        ("llama.rope.dimension_count", config.head_dim),
        ("tokenizer.ggml.eos_token_id", 0),
    ] {
        assert_eq!(number(key), expected, "{key}");
    }
    let real = |key: &str| content.metadata[key].to_f32().unwrap();
    assert_eq!(real("llama.attention.layer_norm_rms_epsilon"), 1e-5);
    assert_eq!(real("llama.rope.freq_base"), 10_000.0);
    assert!(!content.metadata.contains_key("tokenizer.ggml.bos_token_id"), "the stand-in names none");
    // 4 special tokens, 256 bytes, and 40 rows of the embedding that no text reaches.
    let array = |key: &str| content.metadata[key].to_vec().unwrap().clone();
    let (texts, kinds) = (array("tokenizer.ggml.tokens"), array("tokenizer.ggml.token_type"));
    let kinds: Vec<i32> = kinds.iter().map(|kind| kind.to_i32().unwrap()).collect();
    let expected: Vec<i32> = [vec![3; 4], vec![1; 256], vec![5; 40]].concat();
    assert_eq!(kinds, expected);
    let texts: BTreeSet<_> = texts.iter().map(|text| text.to_string().unwrap()).collect();
    assert_eq!(texts.len(), config.vocab_size, "every row has a text of its own");
    assert!(matches!(&content.metadata["tokenizer.ggml.add_bos_token"], Value::Bool(false)));
}

#[test]
fn the_tokenizer_survives() {
    let model = LanguageModel::embedded().unwrap();
    let (content, _) = exported(&model);
    let mut tokenizer = tokenizers::Tokenizer::from_gguf(&content).unwrap();
    // candle puts a space before the first word, which GPT-2, llama.cpp and this model do not.
    tokenizer.with_pre_tokenizer(Some(ByteLevel::default().add_prefix_space(false)));
    for text in TEXTS {
        let ids = tokenizer.encode(text, false).unwrap().get_ids().to_vec();
        assert_eq!(ids, model.encode(text).unwrap(), "{text:?}");
    }
    assert_eq!(tokenizer.token_to_id("<|endoftext|>"), Some(0));
}

/// The file of the stand-in with another `tokenizer.json`.
fn with_tokenizer(edit: impl FnOnce(&mut Json)) -> Result<Vec<u8>, LanguageError> {
    let config = LlamaConfig { vocab_size: 300, ..stand_in::config() };
    let mut tokenizer: Json = serde_json::from_str(&stand_in::tokenizer(4)).unwrap();
    edit(&mut tokenizer);
    let folder = stand_in::folder(DType::F32);
    let weights = fs::read(folder.path().join("model.safetensors")).unwrap();
    let config = config.to_json().to_string();
    LanguageModel::from_bytes(config.as_bytes(), &weights, tokenizer.to_string().as_bytes()).unwrap().to_gguf()
}

#[test]
fn tokenizers_the_format_cannot_describe_are_refused() {
    assert!(with_tokenizer(|_| ()).is_ok());
    let message = |edit: &dyn Fn(&mut Json)| with_tokenizer(edit).unwrap_err().to_string();
    let words = json!({"type": "WordLevel", "vocab": {"a": 0, "<unk>": 1}, "unk_token": "<unk>"});
    let refused = [
        message(&|t| t["model"] = words.clone()),
        message(&|t| t["normalizer"] = json!({"type": "NFC"})),
        message(&|t| t["pre_tokenizer"] = Json::Null),
        message(&|t| t["pre_tokenizer"]["add_prefix_space"] = json!(true)),
        message(&|t| t["pre_tokenizer"]["use_regex"] = json!(false)),
        message(&|t| t["pre_tokenizer"] = json!({"type": "Whitespace"})),
        message(&|t| t["model"]["byte_fallback"] = json!(true)),
        message(&|t| t["model"]["ignore_merges"] = json!(true)),
        message(&|t| t["model"]["continuing_subword_prefix"] = json!("##")),
    ];
    for message in &refused {
        assert!(message.starts_with('`'), "{message}");
        assert!(message.contains("cannot be exported to GGUF (supported: "), "{message}");
    }
    assert_eq!(refused[1], "`normalizer` = {\"type\":\"NFC\"} cannot be exported to GGUF (supported: null)");
}

#[test]
fn networks_with_more_than_a_llama_has_are_refused() {
    let config = LlamaConfig { qkv_bias: true, ..stand_in::config() };
    let tensors: HashMap<String, Tensor> =
        stand_in::weights(&config).into_iter().map(|(name, var)| (name, var.as_tensor().clone())).collect();
    let weights = safetensors::serialize(&tensors, None).unwrap();
    let mut json = config.to_json();
    json.as_object_mut().unwrap().remove("attention_bias");
    json["architectures"] = json!(["Qwen2ForCausalLM"]);
    json["model_type"] = json!("qwen2");
    let tokenizer = stand_in::tokenizer(4);
    let model = LanguageModel::from_bytes(json.to_string().as_bytes(), &weights, tokenizer.as_bytes()).unwrap();
    let refusal = model.to_gguf().unwrap_err().to_string();
    assert_eq!(refusal, "`qkv_bias` = true cannot be exported to GGUF (supported: false)");
}

/// Exported and opened again: the same tokens and, up to the order of sums in f32, the same logits.
#[cfg(feature = "models")]
#[test]
fn a_reopened_file_gives_the_same_logits() {
    let model = LanguageModel::embedded().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("embedded.gguf");
    fs::write(&path, model.to_gguf().unwrap()).unwrap();
    let reopened = LanguageModel::open(&path).unwrap();
    assert_eq!(reopened.eos_token_ids(), model.eos_token_ids());
    for text in TEXTS {
        let tokens = model.encode(text).unwrap();
        assert_eq!(reopened.encode(text).unwrap(), tokens, "{text:?}");
        let (expected, found) = (model.all_logits(&tokens).unwrap(), reopened.all_logits(&tokens).unwrap());
        assert_eq!(found.len(), expected.len());
        let pairs = found.iter().flatten().zip(expected.iter().flatten());
        let largest = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(largest < 1e-4, "{text:?}: {largest:e}");
        println!("{text:?}: {largest:.1e}");
    }
}
