//! Special tokens and the text of single tokens.

use std::fs;

use candle_core::DType;
use gibbs::tokens::models::LanguageModel;
use serde_json::{Value, json};

use crate::stand_in;

/// The stand-in with `edit` applied to its tokenizer.
fn edited(edit: impl FnOnce(&mut Value)) -> Result<LanguageModel, gibbs::tokens::models::LanguageError> {
    let folder = stand_in::folder(DType::F32);
    let path = folder.path().join("tokenizer.json");
    let mut tokenizer: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    edit(&mut tokenizer);
    fs::write(path, tokenizer.to_string()).unwrap();
    LanguageModel::open(folder.path())
}

#[test]
fn the_embedded_model_adds_no_special_token() {
    let model = LanguageModel::embedded().unwrap();
    let text = "In the beginning";
    assert_eq!(model.encode(text).unwrap(), model.encode_continuation(text).unwrap());
    assert_eq!((model.vocab_size(), model.context_length()), (2048, 256));
    assert_eq!((model.bos_token_id(), model.eos_token_ids()), (Some(0), &[0][..]));
    assert_eq!(model.architecture(), "LlamaForCausalLM");
}

#[test]
fn the_post_processor_adds_its_tokens_as_in_transformers() {
    let special = json!({"<|2|>": {"id": "<|2|>", "ids": [2], "tokens": ["<|2|>"]}});
    let text = json!({"Sequence": {"id": "A", "type_id": 0}});
    let opening = json!({"SpecialToken": {"id": "<|2|>", "type_id": 0}});
    let model = edited(|tokenizer| {
        tokenizer["post_processor"] = json!({
            "type": "TemplateProcessing", "single": [opening, text], "pair": [text, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": special,
        });
    })
    .unwrap();
    let bare = model.encode_continuation("My lord").unwrap();
    let full = model.encode("My lord").unwrap();
    assert_eq!((full[0], &full[1..]), (2, &bare[..]));
    assert_eq!(model.decode(&full).unwrap(), "My lord");
}

#[test]
fn tokens_have_their_text_within_a_text() {
    let model = LanguageModel::embedded().unwrap();
    let tokens = model.encode("And the LORD spake unto Moses").unwrap();
    let texts: Vec<String> = tokens.iter().map(|&token| model.token_text(token).unwrap()).collect();
    assert_eq!(texts.concat(), "And the LORD spake unto Moses");
    assert_eq!(model.token_text(0).unwrap(), "<|endoftext|>");
    let part = model.encode("温").unwrap()[0];
    assert_eq!(model.token_text(part).unwrap(), "\u{fffd}");
}

#[test]
fn a_merge_into_no_token_is_refused() {
    let refused = edited(|tokenizer| {
        tokenizer["model"]["vocab"] = json!({"a": 0, "b": 1});
        tokenizer["model"]["merges"] = json!([["a", "b"]]);
    });
    assert_eq!(refused.unwrap_err().to_string(), "tokenizer: merge of \"a\" and \"b\" is not in the vocabulary");
}
