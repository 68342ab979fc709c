//! The tokenizer inside a GGUF file: byte-level pair encoding of GPT-2, Llama 3 and Qwen2.
//!
//! candle has a reader of its own, which puts a space before every GPT-2 text and takes the name that Llama 3 files
//! give to their splitting for that of GPT-2.

use candle_core::quantized::gguf_file::{Content, Value};
use tokenizers::{
    AddedToken, SplitDelimiterBehavior, Tokenizer,
    models::bpe::BPE,
    normalizers::unicode::NFC,
    pre_tokenizers::{
        PreTokenizerWrapper,
        byte_level::ByteLevel,
        sequence::Sequence,
        split::{Split, SplitPattern},
    },
    processors::template::TemplateProcessing,
};

use super::header::damaged;
use crate::tokens::models::{error::LanguageError, tokens};

const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN2: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// How a text is split before its bytes are merged.
#[derive(Clone, Copy, PartialEq)]
enum Splitting {
    Gpt2,
    Llama3,
    Qwen2,
}

/// The tokenizer, or the name of one that is not read.
pub fn read(content: &Content) -> Result<Result<Tokenizer, String>, LanguageError> {
    let kind = string(content, "tokenizer.ggml.model")?.unwrap_or_default();
    let pre = string(content, "tokenizer.ggml.pre")?.unwrap_or("gpt-2");
    let splitting = match (kind, pre) {
        ("gpt2", "gpt-2" | "gpt2") => Splitting::Gpt2,
        ("gpt2", "llama-bpe" | "llama3" | "llama-v3") => Splitting::Llama3,
        ("gpt2", "qwen2" | "deepseek-r1-qwen") => Splitting::Qwen2,
        _ => return Ok(Err(format!("{kind} ({pre})"))),
    };
    byte_pairs(content, splitting).map(Ok)
}

fn byte_pairs(content: &Content, splitting: Splitting) -> Result<Tokenizer, LanguageError> {
    let refused = |error: tokenizers::Error| LanguageError::Tokenizer(error.to_string());
    let names = strings(content, "tokenizer.ggml.tokens")?;
    let merges = strings(content, "tokenizer.ggml.merges")?.into_iter().map(|merge| {
        let pair = merge.split_once(' ').map(|(a, b)| (a.to_string(), b.to_string()));
        pair.ok_or_else(|| LanguageError::Tokenizer(format!("merge {merge:?} has no space")))
    });
    let merges = merges.collect::<Result<Vec<_>, _>>()?;
    let vocabulary: std::collections::HashMap<String, u32> = names.iter().cloned().zip(0..).collect();
    tokens::check_merges(&vocabulary, "", merges.iter().map(|(a, b)| (a.as_str(), b.as_str())))?;
    let ignore_merges = flag(content, "tokenizer.ggml.ignore_merges")?.unwrap_or(splitting == Splitting::Llama3);
    let vocabulary = vocabulary.into_iter().collect::<tokenizers::models::bpe::Vocab>();
    let model = BPE::builder().vocab_and_merges(vocabulary, merges).ignore_merges(ignore_merges);
    let mut tokenizer = Tokenizer::new(model.build().map_err(refused)?);
    let bytes = ByteLevel::new(false, true, splitting == Splitting::Gpt2);
    let pre_tokenizer: PreTokenizerWrapper = match splitting {
        Splitting::Gpt2 => bytes.into(),
        Splitting::Llama3 | Splitting::Qwen2 => {
            let pattern = if splitting == Splitting::Llama3 { LLAMA3 } else { QWEN2 };
            let pattern = SplitPattern::Regex(pattern.to_string());
            let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false).map_err(refused)?;
            Sequence::new(vec![split.into(), bytes.into()]).into()
        }
    };
    if splitting == Splitting::Qwen2 {
        tokenizer.with_normalizer(Some(NFC)).map_err(refused)?;
    }
    tokenizer.with_pre_tokenizer(Some(pre_tokenizer)).with_decoder(Some(bytes));
    add_special(content, &names, &mut tokenizer)?;
    let ends = [
        (flag(content, "tokenizer.ggml.add_bos_token")?.unwrap_or(splitting == Splitting::Llama3), "bos"),
        (flag(content, "tokenizer.ggml.add_eos_token")?.unwrap_or(false), "eos"),
    ];
    let mut special = Vec::new();
    let mut template = vec!["$A".to_string()];
    for (_, end) in ends.into_iter().filter(|(added, _)| *added) {
        let id = token_id(content, end)?
            .ok_or_else(|| damaged(format!("it asks for a {end} token but does not say which")))?;
        let name = names.get(id as usize).ok_or_else(|| damaged(format!("its {end} token {id} has no text")))?;
        special.push((name.clone(), id));
        template.insert(if end == "bos" { 0 } else { template.len() }, name.clone());
    }
    if !special.is_empty() {
        let builder = |e: String| LanguageError::Tokenizer(e);
        let mut processor = TemplateProcessing::builder();
        let processor = processor.try_single(template).map_err(builder)?.special_tokens(special);
        let processor = processor.build().map_err(|e| LanguageError::Tokenizer(e.to_string()))?;
        tokenizer.with_post_processor(Some(processor));
    }
    Ok(tokenizer)
}

/// Control tokens and the unknown one are special; tokens that a user defined are whole, but text.
fn add_special(content: &Content, names: &[String], tokenizer: &mut Tokenizer) -> Result<(), LanguageError> {
    let key = "tokenizer.ggml.token_type";
    let Some(kinds) = content.metadata.get(key) else { return Ok(()) };
    let Value::Array(kinds) = kinds else { return Err(damaged(format!("{key} must be an array"))) };
    let added = names.iter().zip(kinds).filter_map(|(name, kind)| match kind {
        Value::I32(2 | 3) | Value::U32(2 | 3) => Some(AddedToken::from(name.clone(), true)),
        Value::I32(4) | Value::U32(4) => Some(AddedToken::from(name.clone(), false).normalized(false)),
        _ => None,
    });
    tokenizer.add_tokens(added.collect::<Vec<_>>()).map(drop).map_err(|e| LanguageError::Tokenizer(e.to_string()))
}

/// The id of the `bos` or `eos` token.
pub fn token_id(content: &Content, end: &str) -> Result<Option<u32>, LanguageError> {
    let key = format!("tokenizer.ggml.{end}_token_id");
    match content.metadata.get(&key) {
        None => Ok(None),
        Some(Value::U32(id)) => Ok(Some(*id)),
        Some(_) => Err(damaged(format!("{key} must be a u32"))),
    }
}

pub fn string<'a>(content: &'a Content, key: &str) -> Result<Option<&'a str>, LanguageError> {
    match content.metadata.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(damaged(format!("{key} must be a string"))),
    }
}

fn flag(content: &Content, key: &str) -> Result<Option<bool>, LanguageError> {
    match content.metadata.get(key) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(damaged(format!("{key} must be a bool"))),
    }
}

fn strings(content: &Content, key: &str) -> Result<Vec<String>, LanguageError> {
    let wrong = || damaged(format!("{key} must be an array of strings"));
    let Some(Value::Array(values)) = content.metadata.get(key) else { return Err(wrong()) };
    let text = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        _ => Err(wrong()),
    };
    values.iter().map(text).collect()
}
