//! GGUF files: the logits of the same weights in a folder, and every reason to refuse one.
#![cfg(feature = "models")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "language_model/stand_in.rs"]
#[allow(dead_code)]
mod stand_in;

use std::{fs, io::Cursor, path::PathBuf};

use candle_core::{
    Device, Tensor,
    quantized::{
        GgmlDType, QTensor,
        gguf_file::{self, Value},
    },
};
use gibbs::tokens::models::{Cache, LanguageModel, LlamaConfig};
use stand_in::{llama, row, weights};
use tempfile::TempDir;

/// Widths that are multiples of a block of 32.
fn config() -> LlamaConfig {
    LlamaConfig {
        hidden_size: 64,
        intermediate_size: 96,
        head_dim: 16,
        max_position_embeddings: 40,
        rope_theta: 50_000.0,
        ..stand_in::config()
    }
}

fn text(n: u32) -> Vec<u32> {
    (0..n).map(|i| (i * i * 31 + 17 * i + 5) % 300).collect()
}

/// A GGUF file in the making.
struct File {
    keys: Vec<(String, Value)>,
    tensors: Vec<(String, Tensor)>,
}

impl File {
    /// The network of `config` under the names of `architecture`.
    fn new(architecture: &str, config: &LlamaConfig) -> Self {
        let size = |n: usize| Value::U32(n as u32);
        let own = [
            ("context_length", size(config.max_position_embeddings)),
            ("embedding_length", size(config.hidden_size)),
            ("feed_forward_length", size(config.intermediate_size)),
            ("block_count", size(config.num_hidden_layers)),
            ("attention.head_count", size(config.num_attention_heads)),
            ("attention.head_count_kv", size(config.num_key_value_heads)),
            ("attention.key_length", size(config.head_dim)),
            ("attention.value_length", size(config.head_dim)),
            ("attention.layer_norm_rms_epsilon", Value::F32(config.rms_norm_eps as f32)),
            ("rope.dimension_count", size(config.head_dim)),
            ("rope.freq_base", Value::F32(config.rope_theta as f32)),
            ("vocab_size", size(config.vocab_size)),
        ];
        let mut keys: Vec<(String, Value)> =
            own.into_iter().map(|(key, value)| (format!("{architecture}.{key}"), value)).collect();
        let tokenizer: serde_json::Value = serde_json::from_str(&stand_in::tokenizer(4)).unwrap();
        let vocab = tokenizer["model"]["vocab"].as_object().unwrap();
        let mut tokens: Vec<(u64, String)> =
            vocab.iter().map(|(text, id)| (id.as_u64().unwrap(), text.clone())).collect();
        tokens.sort();
        let kinds = tokens.iter().map(|(id, _)| Value::I32(if *id < 4 { 3 } else { 1 })).collect();
        let string = |text: &str| Value::String(text.to_string());
        keys.extend([
            ("general.architecture".to_string(), string(architecture)),
            ("tokenizer.ggml.model".to_string(), string("gpt2")),
            ("tokenizer.ggml.pre".to_string(), string("gpt-2")),
            ("tokenizer.ggml.tokens".to_string(), Value::Array(tokens.iter().map(|(_, text)| string(text)).collect())),
            ("tokenizer.ggml.token_type".to_string(), Value::Array(kinds)),
            ("tokenizer.ggml.merges".to_string(), Value::Array(vec![string("h e"), string("Ġ t")])),
            ("tokenizer.ggml.bos_token_id".to_string(), Value::U32(1)),
        ]);
        // Tokens that the merges make.
        for (key, value) in &mut keys {
            if let (Value::Array(values), "tokenizer.ggml.tokens") = (value, key.as_str()) {
                values.extend([string("he"), string("Ġt")]);
            }
        }
        let mut tensors = Vec::new();
        for (name, var) in weights(config) {
            let mut tensor = var.as_tensor().clone();
            let part = |heads: usize| (heads, 2, config.head_dim / 2, config.hidden_size);
            if architecture == "llama" && (name.contains("q_proj") || name.contains("k_proj")) {
                let heads =
                    if name.contains("q_proj") { config.num_attention_heads } else { config.num_key_value_heads };
                let (shape, parts) = (tensor.shape().clone(), part(heads));
                tensor = tensor.reshape(parts).unwrap().transpose(1, 2).unwrap().contiguous().unwrap();
                tensor = tensor.reshape(shape).unwrap();
            }
            let mut name = name;
            for (theirs, ours) in [
                ("model.embed_tokens", "token_embd"),
                ("model.norm", "output_norm"),
                ("lm_head", "output"),
                ("model.layers", "blk"),
                ("input_layernorm", "attn_norm"),
                ("post_attention_layernorm", "ffn_norm"),
                ("self_attn.q_proj", "attn_q"),
                ("self_attn.k_proj", "attn_k"),
                ("self_attn.v_proj", "attn_v"),
                ("self_attn.o_proj", "attn_output"),
                ("self_attn.q_norm", "attn_q_norm"),
                ("self_attn.k_norm", "attn_k_norm"),
                ("mlp.gate_proj", "ffn_gate"),
                ("mlp.up_proj", "ffn_up"),
                ("mlp.down_proj", "ffn_down"),
            ] {
                name = name.replace(theirs, ours);
            }
            tensors.push((name, tensor));
        }
        tensors.sort_by(|a, b| a.0.cmp(&b.0));
        Self { keys, tensors }
    }

    /// Puts several matrices below each other under one name, as Phi-3 has them.
    fn fuse(&mut self, parts: &[&str], whole: &str) {
        for block in 0..2 {
            let name = |part: &str| format!("blk.{block}.{part}.weight");
            let take = |tensors: &mut Vec<(String, Tensor)>, part: &str| {
                let at = tensors.iter().position(|(found, _)| *found == name(part)).unwrap();
                tensors.remove(at).1
            };
            let parts: Vec<Tensor> = parts.iter().map(|part| take(&mut self.tensors, part)).collect();
            self.tensors.push((name(whole), Tensor::cat(&parts, 0).unwrap()));
        }
    }

    fn set(&mut self, key: &str, value: Value) {
        self.keys.retain(|(found, _)| found != key);
        self.keys.push((key.to_string(), value));
    }

    fn bytes(&self, dtype: GgmlDType) -> Vec<u8> {
        let quantised = |tensor: &Tensor| {
            let dtype = if tensor.rank() == 1 { GgmlDType::F32 } else { dtype };
            QTensor::quantize(tensor, dtype).unwrap()
        };
        let tensors: Vec<(&str, QTensor)> =
            self.tensors.iter().map(|(name, t)| (name.as_str(), quantised(t))).collect();
        let tensors: Vec<(&str, &QTensor)> = tensors.iter().map(|(name, tensor)| (*name, tensor)).collect();
        let keys: Vec<(&str, &Value)> = self.keys.iter().map(|(key, value)| (key.as_str(), value)).collect();
        let mut bytes = Cursor::new(Vec::new());
        gguf_file::write(&mut bytes, &keys, &tensors).unwrap();
        bytes.into_inner()
    }
}

fn written(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gguf");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn open(bytes: &[u8]) -> Result<LanguageModel, String> {
    let (_folder, path) = written(bytes);
    LanguageModel::open(&path).map_err(|e| e.to_string())
}

fn expected(config: &LlamaConfig, tokens: &[u32]) -> Vec<f64> {
    let logits = llama(config, &weights(config)).forward(&row(tokens)).unwrap();
    let last: Vec<f32> = logits.get(0).unwrap().get(tokens.len() - 1).unwrap().to_vec1().unwrap();
    last.into_iter().map(f64::from).collect()
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, |largest, d| if d <= largest { largest } else { d })
}

/// Every architecture with the network of ours that it is.
fn files() -> Vec<(&'static str, LlamaConfig, File)> {
    let qwen2 = LlamaConfig { qkv_bias: true, ..config() };
    let qwen3 = LlamaConfig { qk_norm: true, tie_word_embeddings: true, head_dim: 32, ..config() };
    let phi3 = LlamaConfig { rope_theta: 10_000.0, ..config() };
    let mut fused = File::new("phi3", &phi3);
    fused.fuse(&["attn_q", "attn_k", "attn_v"], "attn_qkv");
    fused.fuse(&["ffn_gate", "ffn_up"], "ffn_up");
    vec![
        ("llama", config(), File::new("llama", &config())),
        ("qwen2", qwen2.clone(), File::new("qwen2", &qwen2)),
        ("qwen3", qwen3.clone(), File::new("qwen3", &qwen3)),
        ("phi3", phi3, fused),
    ]
}

#[test]
fn a_file_gives_the_logits_of_its_weights() {
    for (name, config, file) in files() {
        let model = open(&file.bytes(GgmlDType::F32)).unwrap();
        assert_eq!((model.architecture(), model.vocab_size(), model.context_length()), (name, 300, 40));
        for n in [1, 2, 13, 40] {
            let tokens = text(n);
            let whole = model.next_token_logits(&tokens, &mut Cache::new()).unwrap();
            let (first, rest) = tokens.split_at(tokens.len() / 2);
            // Two texts in turn.
            let (mut cache, mut other) = (Cache::new(), Cache::new());
            if !first.is_empty() {
                model.next_token_logits(first, &mut cache).unwrap();
            }
            model.next_token_logits(&[3, 2, 1], &mut other).unwrap();
            let mut same = cache.clone();
            let pieces = model.next_token_logits(rest, &mut cache).unwrap();
            let cloned = model.next_token_logits(rest, &mut same).unwrap();
            let one_by_one = model.all_logits(&tokens).unwrap().pop().unwrap();
            let expected = expected(&config, &tokens);
            for found in [whole, pieces, cloned, one_by_one] {
                let difference = largest_difference(&found, &expected);
                assert!(difference < 1e-4, "{name}, {n} tokens: {difference:.1e}");
            }
        }
        let error = model.next_token_logits(&text(41), &mut Cache::new()).unwrap_err().to_string();
        assert_eq!(error, "41 positions exceed the model's context of 40 tokens");
    }
}

#[test]
fn coarser_weights_move_the_logits_more() {
    for (name, config, file) in files() {
        let tokens = text(13);
        let expected = expected(&config, &tokens);
        let mut finer = 1e-6;
        for dtype in [GgmlDType::F16, GgmlDType::Q8_0, GgmlDType::Q4_0] {
            let model = open(&file.bytes(dtype)).unwrap();
            let found = model.next_token_logits(&tokens, &mut Cache::new()).unwrap();
            let difference = largest_difference(&found, &expected);
            assert!(difference > finer, "{name} {dtype:?}: {difference:.1e}");
            // Half a step of Q8_0 is 1/254 of the largest weight of a block; logits have a width of about 3.
            if dtype != GgmlDType::Q4_0 {
                assert!(difference < 0.5, "{name} {dtype:?}: {difference:.1e}");
            }
            finer = difference;
        }
    }
}

#[test]
fn the_tokenizer_of_the_file_adds_what_it_says() {
    let mut file = File::new("llama", &config());
    let model = open(&file.bytes(GgmlDType::F32)).unwrap();
    let tokens = model.encode("he said the").unwrap();
    assert_eq!(model.decode(&tokens).unwrap(), "he said the");
    assert_eq!(model.token_text(tokens[0]).unwrap(), "he");
    assert_eq!(model.bos_token_id(), Some(1));
    file.set("tokenizer.ggml.add_bos_token", Value::Bool(true));
    let opened = open(&file.bytes(GgmlDType::F32)).unwrap();
    assert_eq!(opened.encode("he said the").unwrap(), [&[1], &tokens[..]].concat());
    assert_eq!(opened.encode_continuation("he said the").unwrap(), tokens);
    // A tokenizer of another kind is looked for beside the file.
    file.set("tokenizer.ggml.model", Value::String("llama".to_string()));
    let (folder, path) = written(&file.bytes(GgmlDType::F32));
    let message = LanguageModel::open(&path).unwrap_err().to_string();
    assert!(message.starts_with("GGUF file: its tokenizer llama (gpt-2) is not supported"), "{message}");
    fs::write(folder.path().join("tokenizer.json"), stand_in::tokenizer(4)).unwrap();
    assert!(LanguageModel::open(&path).is_ok());
}

#[test]
fn what_would_be_passed_over_is_refused() {
    let cases: [(&str, Value, &str); 12] = [
        ("general.architecture", Value::String("gemma3".into()), "architecture \"gemma3\" is not supported"),
        ("general.architecture", Value::U32(3), "general.architecture must be a string"),
        ("general.alignment", Value::U32(0), "general.alignment must be a u32 power of two"),
        ("llama.rope.scaling.type", Value::String("yarn".into()), "`llama.rope.scaling.type` = "),
        ("llama.expert_count", Value::U32(8), "`llama.expert_count` = "),
        ("llama.logit_scale", Value::F32(2.0), "`llama.logit_scale` = "),
        ("llama.block_count", Value::U32(1 << 30), "1073741824 blocks in 21 tensors"),
        ("llama.block_count", Value::String("two".into()), "`llama.block_count` must be a positive u32"),
        ("llama.attention.head_count", Value::U32(0), "`llama.attention.head_count` must be a positive u32"),
        ("llama.feed_forward_length", Value::U32(95), "tensor `blk.0.ffn_down.weight` has shape [64, 96]"),
        ("llama.attention.layer_norm_rms_epsilon", Value::F32(f32::NAN), "`llama.attention.layer_norm_rms_epsilon`"),
        ("tokenizer.ggml.tokens", Value::Array(vec![Value::U32(1)]), "tokenizer.ggml.tokens must be an array"),
    ];
    for (key, value, start) in cases {
        let mut file = File::new("llama", &config());
        file.set(key, value);
        let message = open(&file.bytes(GgmlDType::F32)).unwrap_err();
        assert!(message.starts_with(&format!("GGUF file: {start}")), "{key}: {message}");
        assert_eq!(message.lines().count(), 1);
    }
    let mut file = File::new("llama", &config());
    file.tensors
        .push(("rope_freqs.weight".to_string(), Tensor::zeros(8, candle_core::DType::F32, &Device::Cpu).unwrap()));
    let message = open(&file.bytes(GgmlDType::F32)).unwrap_err();
    assert_eq!(message, "GGUF file: tensor `rope_freqs.weight` is not supported for a llama");
    file.tensors.retain(|(name, _)| name != "rope_freqs.weight" && name != "blk.1.attn_v.weight");
    let message = open(&file.bytes(GgmlDType::F32)).unwrap_err();
    assert_eq!(message, "GGUF file: it lacks tensor `blk.1.attn_v.weight`");
}

#[test]
fn damaged_files_are_refused_in_one_line() {
    let whole = File::new("llama", &config()).bytes(GgmlDType::Q8_0);
    let refused = |bytes: &[u8], start: &str| {
        let message = open(bytes).unwrap_err();
        assert!(message.starts_with(&format!("GGUF file: {start}")), "{message}");
        assert_eq!(message.lines().count(), 1);
    };
    refused(b"", "it ends within its header");
    refused(b"GGML\x03\0\0\0", "it does not begin with \"GGUF\"");
    refused(b"GGUF\x09\0\0\0", "version 9 is not supported");
    for kept in [10, 30, 100, 2_000, 6_000, whole.len() / 2, whole.len() - 40] {
        refused(&whole[..kept], "");
    }
    let header = |n_tensors: u64, n_keys: u64, rest: &[u8]| {
        [b"GGUF\x03\0\0\0".as_slice(), &n_tensors.to_le_bytes(), &n_keys.to_le_bytes(), rest].concat()
    };
    refused(&header(u64::MAX, 0, &[0; 100]), "18446744073709551615 tensors and 0 keys are declared in 100 bytes");
    refused(&header(0, 1 << 40, &[0; 100]), "0 tensors and 1099511627776 keys are declared in 100 bytes");
    refused(&header(0, 1, &[0xff; 100]), "a key of 18446744073709551615 bytes is declared");
    let key = [&1_u64.to_le_bytes()[..], b"a"].concat();
    let string = [&key[..], &8_u32.to_le_bytes(), &(1_u64 << 23).to_le_bytes(), b"short"].concat();
    refused(&header(0, 1, &string), "8388608 bytes are declared where 5 are left");
    let array = [&key[..], &9_u32.to_le_bytes(), &0_u32.to_le_bytes(), &(1_u64 << 50).to_le_bytes()].concat();
    refused(&header(0, 1, &array), "arrays of over 8388608 elements are declared");
    let nested = [&key[..], &9_u32.to_le_bytes(), &[9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0].repeat(10)].concat();
    refused(&header(0, 1, &nested), "its arrays are nested too deep");
    let tensor = [&key[..], &2_u32.to_le_bytes(), &(1_u64 << 40).to_le_bytes(), &(1_u64 << 40).to_le_bytes(), &[0; 12]];
    refused(&header(1, 0, &tensor.concat()), "a tensor of 18446744073709551615 numbers or more");
}

#[test]
fn no_changed_byte_of_a_header_is_a_panic() {
    let whole = File::new("llama", &config()).bytes(GgmlDType::Q8_0);
    let (_folder, path) = written(&whole);
    for at in (0..whole.len().min(9_000)).step_by(29) {
        for byte in [0, 1, 0x7f, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] = byte;
            fs::write(&path, &bytes).unwrap();
            if let Err(error) = LanguageModel::open(&path) {
                assert_eq!(error.to_string().lines().count(), 1, "byte {at}: {error}");
            }
        }
    }
}
