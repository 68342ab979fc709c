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

#[test]
fn what_a_text_cannot_show_is_counted() {
    use gibbs::rng::{Seed, Stream};
    use gibbs::tokens::truncation::Pipeline;
    use gibbs::tokens::views::generate_many;
    use gibbs::units::Temperature;

    // The stand-in has 300 logits for 4 special tokens and 256 bytes.
    let padded = edited(|_| {}).unwrap();
    let whole = LanguageModel::embedded().unwrap();
    assert_eq!(whole.ids_without_token(), [0u32; 0]);
    assert_eq!(padded.ids_without_token(), (260..300).collect::<Vec<u32>>());
    let stream = |_| Seed(1).stream(Stream::Text { text: 0, temperature: 0 }.id());
    let hot = Temperature::new(1e6).unwrap();
    let text =
        |model| generate_many(model, &["a".to_owned()], hot, &Pipeline::default(), 30, 1, stream).unwrap().remove(0);
    assert_eq!(text(&whole).mass_without_token, 0.0);
    let text = text(&padded);
    assert!((text.mass_without_token - 40.0 / 300.0).abs() < 1e-4, "{}", text.mass_without_token);
    let named = text.steps.iter().filter(|step| step.token.starts_with("<id ") || step.token.starts_with("<|")).count();
    assert_eq!(text.n_left_out, named);
    assert!(text.steps.iter().all(|step| (step.id >= 260) == step.token.starts_with("<id ")) && named > 0, "{text:?}");
}
