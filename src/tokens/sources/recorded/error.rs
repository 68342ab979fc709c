//! Every way a recorded response can be refused, with the place and a value of bounded length.

use crate::ensemble::SpectrumError;

use super::format::{KNOWN, ResponseFormat};

/// Why recorded responses were not read.
///
/// `origin` says where: `line 3`, `line 2, token 17`, `response 4`. No message holds more than a few dozen characters
/// of the input. Lines, columns and bytes within a line count from 1.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum RecordedError {
    /// The source of bytes answered with an error.
    #[error("cannot read the responses: {0}")]
    Read(#[from] std::io::Error),
    /// Nothing but white space.
    #[error("no recorded response: the input is empty")]
    Empty,
    /// A line, or a document over several lines, that is longer than what is held in memory.
    #[error("{origin} is longer than {limit} MiB: write one response per line (JSONL)")]
    TooLong { origin: String, limit: usize },
    /// A line or document with more values than what is held in memory.
    #[error(
        "{origin} holds more than {limit} {what}: write one response per line (JSONL), of fewer tokens or shorter lists"
    )]
    TooMany { origin: String, limit: usize, what: &'static str },
    /// Bytes that are not UTF-8.
    #[error("line {line} is not UTF-8 text (byte {byte} of it)")]
    Utf8 { line: u64, byte: usize },
    /// Text that is not JSON.
    #[error("line {line}, column {column} is not JSON: {reason}")]
    Syntax { line: u64, column: usize, reason: String },
    /// The input ends within a JSON value.
    #[error("line {line} ends within a JSON value: the recording is cut off")]
    CutOff { line: u64 },
    /// JSON of no known shape.
    #[error("{origin} is no recorded response of a known format (known: {KNOWN}), nor an object with `logits`")]
    Undetected { origin: String },
    /// A name that is no format.
    #[error("`{name}` is no format of recorded responses (known: {KNOWN})")]
    UnknownFormat { name: String },
    /// A document that does not fit its format, or an entry without its number.
    #[error("{origin} is not in the format {format}: it lacks `{key}`")]
    MissingKey { origin: String, format: ResponseFormat, key: &'static str },
    /// A value of another JSON type than the format has there.
    #[error("{origin}: `{key}` must be {expected}, got {found}")]
    WrongType { origin: String, key: &'static str, expected: &'static str, found: &'static str },
    /// A number that is no probability or logarithm of one.
    #[error("{origin}: `{key}` must be {requirement}, got {value}")]
    Number { origin: String, key: &'static str, requirement: &'static str, value: f64 },
    /// Two parallel lists of different lengths.
    #[error("{origin}: {tokens} tokens but {others} entries of `{key}`")]
    Lengths { origin: String, tokens: usize, key: &'static str, others: usize },
    /// Listed probabilities that cannot be those of one distribution.
    #[error("{origin}: the listed probabilities add up to {sum:.6}, more than 1")]
    Mass { origin: String, sum: f64 },
    /// A drawn token outside the list with more probability than the list leaves.
    #[error(
        "{origin}: the drawn token is not listed and has probability {probability:.6}, but the listed tokens leave \
         only {left:.6}"
    )]
    Contradiction { origin: String, probability: f64, left: f64 },
    /// More tokens, or more probability outside the list, than the vocabulary has room for.
    #[error("{origin}: {listed} tokens with probability {sum:.6} in all do not fit a vocabulary of {vocabulary}")]
    Vocabulary { origin: String, listed: usize, sum: f64, vocabulary: u64 },
    /// Listed levels that are no spectrum.
    #[error("{origin}: {source}")]
    Spectrum { origin: String, source: SpectrumError },
    /// The record of a request that the server refused.
    #[error("{origin} records an error of the server: {message}")]
    Server { origin: String, message: String },
    /// A mean over all tokens in place of the logarithm of each.
    #[error("{origin} holds an average alone (`{key}`), no log probability of a token: ask for those of every token")]
    Average { origin: String, key: &'static str },
    /// Responses, but none with log probabilities.
    #[error("{responses} responses but no log probability in them: record them with `logprobs` and `top_logprobs`")]
    NoLogprobs { responses: u64 },
}

/// The first characters of a text from outside, without control characters.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut short: String = text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}
