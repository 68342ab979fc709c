//! One token with its reported probability, and where it stands in the JSON of a response.

use std::borrow::Cow;

use serde_json::Value;

use super::error::RecordedError;
use super::format::{ResponseFormat, token_id};

/// Largest amount by which a logarithm may exceed 0, or a probability 1, by rounding.
pub(super) const ROUNDING: f64 = 1e-3;

/// The lowest number of float16, in place of minus infinity.
const LOWEST_F16: f64 = -65504.0;
/// What stands for minus infinity in masks: this, or a number below it, such as the lowest ones of bfloat16 and f32.
const MASKED: f64 = -1e9;

/// The ln p of one token, as a server reports it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum LnProbability {
    /// A number.
    Known(f64),
    /// The server reports p = 0: minus infinity, -1e9 or less, the lowest number of its type, or a probability of 0.
    Zero,
    /// The server reports a number that stands for "very unlikely or impossible": -9999.
    Unreported,
    /// The server reports no number: null.
    Unknown,
}

impl LnProbability {
    pub(super) fn known(self) -> Option<f64> {
        match self {
            Self::Known(ln_p) => Some(ln_p),
            Self::Zero | Self::Unreported | Self::Unknown => None,
        }
    }
}

/// A token of a list, or the chosen one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub text: Option<String>,
    pub id: Option<u64>,
    /// The bytes of its text, where the server reports them: different tokens may have the same text.
    pub bytes: Option<Vec<u8>>,
    pub ln_p: LnProbability,
    /// Its place among all tokens by probability, from 1, where the server reports it.
    pub rank: Option<u64>,
}

impl Entry {
    pub(super) fn new(text: Option<&str>, id: Option<u64>, ln_p: LnProbability) -> Self {
        let id = id.or_else(|| text.and_then(token_id));
        Self { text: text.map(str::to_owned), id, bytes: None, ln_p, rank: None }
    }

    /// Whether both are the same token: by id, bytes or text, the first of these that both have.
    pub(super) fn is(&self, other: &Self) -> bool {
        if self.id.is_some() && other.id.is_some() {
            return self.id == other.id;
        }
        match (&self.bytes, &other.bytes) {
            (Some(bytes), Some(others)) => bytes == others,
            _ => self.text.is_some() && self.text == other.text,
        }
    }

    /// Whether the text stands for several tokens: those whose bytes are no text.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.id.is_none() && self.bytes.is_none() && self.text.as_ref().is_some_and(|text| text.contains('\u{fffd}'))
    }
}

/// How a list was made, which decides how the chosen token may have changed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An array of entries.
    List,
    /// A map from text: without order, and equal texts are one entry.
    Map,
    /// A map from id with the rank of every token.
    Ranked,
    /// Probabilities after sampling: tokens that are not listed may have probability 0.
    Sampled,
}

/// One position of a response, before the levels are made of it.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub origin: String,
    /// Whether the token was given to the model and not drawn from it.
    pub prompt: bool,
    pub chosen: Option<Entry>,
    pub top: Vec<Entry>,
    pub kind: Kind,
}

impl Record {
    /// Leaves one of the entries that are the same token with the same ln p: the last, which stands at its rank.
    pub(super) fn join_equal(&mut self) {
        let repeated = |i: usize| {
            let (entry, later) = (&self.top[i], &self.top[i + 1..]);
            !entry.is_ambiguous() && later.iter().any(|other| other.ln_p == entry.ln_p && other.is(entry))
        };
        let keep: Vec<bool> = (0..self.top.len()).map(|i| !repeated(i)).collect();
        let mut keep = keep.into_iter();
        self.top.retain(|_| keep.next().unwrap_or(true));
    }
}

/// A JSON object within a response, with its place and the format it is read as.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'a> {
    pub value: &'a Value,
    pub origin: &'a str,
    pub format: ResponseFormat,
}

impl<'a> Node<'a> {
    /// Another value of the same place.
    pub(super) fn with(self, value: &'a Value) -> Self {
        Self { value, ..self }
    }

    /// The value of a key that is there and not null.
    pub(super) fn get(self, key: &str) -> Option<&'a Value> {
        self.value.get(key).filter(|value| !value.is_null())
    }

    /// Its place, for messages.
    pub(super) fn named(self) -> String {
        named(self.origin)
    }

    pub(super) fn wrong_type(self, key: &'static str, expected: &'static str, found: &Value) -> RecordedError {
        RecordedError::WrongType { origin: self.named(), key, expected, found: type_name(found) }
    }

    pub(super) fn missing(self, key: &'static str) -> RecordedError {
        RecordedError::MissingKey { origin: self.named(), format: self.format, key }
    }

    /// The array of a key; empty where the key is absent or null.
    pub(super) fn array(self, key: &'static str) -> Result<&'a [Value], RecordedError> {
        match self.get(key) {
            None => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(other) => Err(self.wrong_type(key, "an array", other)),
        }
    }

    /// The text of a key that must be there.
    pub(super) fn text(self, key: &'static str) -> Result<&'a str, RecordedError> {
        match self.value.get(key) {
            None => Err(self.missing(key)),
            Some(Value::String(text)) => Ok(text),
            Some(other) => Err(self.wrong_type(key, "a string", other)),
        }
    }

    /// ln p of a key that must be there, `logprob` or another name of it.
    pub(super) fn ln_probability(self, key: &'static str) -> Result<LnProbability, RecordedError> {
        let value = self.value.get(key).ok_or_else(|| self.missing(key))?;
        self.with(value).as_ln_probability(key)
    }

    /// ln p that this value itself is.
    pub(super) fn as_ln_probability(self, key: &'static str) -> Result<LnProbability, RecordedError> {
        let Some(ln_p) = self.number(key)? else { return Ok(LnProbability::Unknown) };
        if ln_p == LOWEST_F16 || ln_p <= MASKED {
            Ok(LnProbability::Zero)
        } else if ln_p == -9999.0 {
            Ok(LnProbability::Unreported)
        } else if ln_p <= ROUNDING {
            Ok(LnProbability::Known(ln_p.min(0.0) + 0.0))
        } else {
            Err(self.bad_number(key, "the logarithm of a probability, at most 0", ln_p))
        }
    }

    /// ln p of a probability p.
    pub(super) fn probability(self, key: &'static str) -> Result<LnProbability, RecordedError> {
        let value = self.value.get(key).ok_or_else(|| self.missing(key))?;
        let Some(p) = self.with(value).number(key)? else { return Ok(LnProbability::Unknown) };
        if p == 0.0 {
            Ok(LnProbability::Zero)
        } else if p > 0.0 && p <= 1.0 + ROUNDING {
            Ok(LnProbability::Known(p.ln().min(0.0)))
        } else {
            Err(self.bad_number(key, "a probability between 0 and 1", p))
        }
    }

    /// A number; `None` for null. `NaN` and `Infinity`, which JSON lacks, arrive as strings.
    fn number(self, key: &'static str) -> Result<Option<f64>, RecordedError> {
        match self.value {
            Value::Null => Ok(None),
            Value::Number(number) => Ok(number.as_f64()),
            Value::String(text) => match text.as_str() {
                "-Infinity" | "-inf" | "-Inf" => Ok(Some(f64::NEG_INFINITY)),
                "Infinity" | "inf" | "Inf" => Ok(Some(f64::INFINITY)),
                "NaN" | "nan" => Ok(Some(f64::NAN)),
                _ => Err(self.wrong_type(key, "a number", self.value)),
            },
            other => Err(self.wrong_type(key, "a number", other)),
        }
    }

    fn bad_number(self, key: &'static str, requirement: &'static str, value: f64) -> RecordedError {
        RecordedError::Number { origin: self.named(), key, requirement, value }
    }

    /// A token with `logprob`, or `prob` where the server reports that instead.
    ///
    /// The token is `token` or `text`; an integer there is its id, and the text then stands in `bytes` (mistral.rs).
    pub(super) fn entry(self) -> Result<Entry, RecordedError> {
        if !self.value.is_object() {
            return Err(self.wrong_type("token", "an object", self.value));
        }
        let token = self.get("token").or_else(|| self.get("text"));
        let id = self.get("id").and_then(Value::as_u64);
        let (text, id) = match token {
            Some(Value::String(text)) => (Some(text.as_str()), id),
            Some(Value::Number(number)) => (self.get("bytes").and_then(Value::as_str), number.as_u64()),
            Some(other) => return Err(self.wrong_type("token", "a string", other)),
            None if id.is_some() => (None, id),
            None => return Err(self.missing("token")),
        };
        let sampled = self.value.get("logprob").is_none() && self.value.get("prob").is_some();
        let ln_p = if sampled { self.probability("prob")? } else { self.ln_probability("logprob")? };
        let bytes = self.get("bytes").and_then(Value::as_array);
        let byte = |value: &Value| value.as_u64().and_then(|byte| u8::try_from(byte).ok());
        let bytes = bytes.filter(|bytes| !bytes.is_empty()).and_then(|bytes| bytes.iter().map(byte).collect());
        Ok(Entry { bytes, ..Entry::new(text, id, ln_p) })
    }

    /// The tokens of the array of a key.
    pub(super) fn entries(self, key: &'static str) -> Result<Vec<Entry>, RecordedError> {
        self.array(key)?.iter().map(|value| self.with(value).entry()).collect()
    }

    /// A chosen token that carries its own top list, as most servers write it.
    pub(super) fn record(self, prompt: bool) -> Result<Record, RecordedError> {
        let chosen = self.entry()?;
        let sampled = self.value.get("logprob").is_none();
        let top = match self.get("top_probs") {
            Some(_) => self.entries("top_probs")?,
            None => self.entries("top_logprobs")?,
        };
        let kind = if sampled { Kind::Sampled } else { Kind::List };
        Ok(Record { origin: self.origin.to_owned(), prompt, chosen: Some(chosen), top, kind })
    }
}

/// The JSON type of a value, with its article.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The place of a document, or what it is where it is the only one.
pub(super) fn named(origin: &str) -> String {
    if origin.is_empty() { "the response".to_owned() } else { origin.to_owned() }
}

/// Place of token `index` (from 0) within a document.
pub(super) fn token_origin(document: &str, index: usize) -> String {
    within(document, "token", index)
}

/// Place of choice `index` (from 0) of `choices` within a document: the document itself where there is no other.
pub(super) fn choice_origin<'a>(document: &'a str, choices: &[Value], index: usize) -> Cow<'a, str> {
    if choices.len() == 1 { Cow::Borrowed(document) } else { Cow::Owned(within(document, "choice", index)) }
}

/// Place of a part (from 0) within a document; a document without a name is the only one.
pub(super) fn within(document: &str, part: &str, index: usize) -> String {
    let separator = if document.is_empty() { "" } else { ", " };
    format!("{document}{separator}{part} {}", index + 1)
}
