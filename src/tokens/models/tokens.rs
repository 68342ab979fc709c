//! A `tokenizer.json`, with the one check that its reader leaves out.

use std::collections::HashMap;

use serde::Deserialize;
use tokenizers::Tokenizer;

use super::error::LanguageError;

/// The parts of a pair encoding on which its reader may panic.
#[derive(Deserialize)]
struct Outline {
    model: Model,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Model {
    Pairs { continuing_subword_prefix: Option<String>, vocab: HashMap<String, u32>, merges: Vec<Merge> },
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Merge {
    Pair(String, String),
    Text(String),
}

/// Reads a `tokenizer.json`.
///
/// # Errors
/// [`LanguageError::Tokenizer`] with the tokenizer's own words, or for a merge whose result is no token.
pub(super) fn from_json(bytes: &[u8]) -> Result<Tokenizer, LanguageError> {
    let refused = |reason: String| LanguageError::Tokenizer(reason);
    let outline: Outline = serde_json::from_slice(bytes).map_err(|e| refused(e.to_string()))?;
    if let Model::Pairs { continuing_subword_prefix, vocab, merges } = outline.model {
        let prefix = continuing_subword_prefix.unwrap_or_default();
        let pairs = merges.iter().filter_map(|merge| match merge {
            Merge::Pair(a, b) => Some((a.as_str(), b.as_str())),
            // A text without a space is refused by the reader.
            Merge::Text(text) => text.split_once(' '),
        });
        check_merges(&vocab, &prefix, pairs)?;
    }
    Tokenizer::from_bytes(bytes).map_err(|e| refused(e.to_string()))
}

/// Refuses merges whose result, without the `prefix` of the second token, is no token.
///
/// # Errors
/// [`LanguageError::Tokenizer`] with the pair.
pub(super) fn check_merges<'a>(
    vocab: &HashMap<String, u32>,
    prefix: &str,
    mut merges: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<(), LanguageError> {
    let missing = |a: &str, b: &str| b.strip_prefix(prefix).is_none_or(|b| !vocab.contains_key(&format!("{a}{b}")));
    match merges.find(|(a, b)| missing(a, b)) {
        Some((a, b)) => Err(LanguageError::Tokenizer(format!("merge of {a:?} and {b:?} is not in the vocabulary"))),
        None => Ok(()),
    }
}
