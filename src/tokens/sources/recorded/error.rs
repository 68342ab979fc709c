//! Every way a recorded response can be refused, with the place and a value of bounded length.

use crate::ensemble::SpectrumError;

use super::format::{KNOWN, ResponseFormat};

/// Why recorded responses were not read.
///
/// `origin` says where: `line 3`, `line 2, token 17`, `response 4`. No message holds more than a few dozen characters
/// of the input.
#[derive(Debug, thiserror::Error)]
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
    TooLong {
        /// The line or document.
        origin: String,
        /// Most MiB that are read at once.
        limit: usize,
    },
    /// A line or document with more values than what is held in memory.
    #[error("{origin} holds more than {limit} {what}: write one response per line (JSONL)")]
    TooMany {
        /// The line or document.
        origin: String,
        /// Most that are read at once.
        limit: usize,
        /// What there are too many of.
        what: &'static str,
    },
    /// Bytes that are not UTF-8.
    #[error("line {line} is not UTF-8 text (byte {byte} of it)")]
    Utf8 {
        /// Line, from 1.
        line: u64,
        /// Byte within the line, from 1.
        byte: usize,
    },
    /// Text that is not JSON.
    #[error("line {line}, column {column} is not JSON: {reason}")]
    Syntax {
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: usize,
        /// What the JSON parser says, without the input.
        reason: String,
    },
    /// The input ends within a JSON value.
    #[error("line {line} ends within a JSON value: the recording is cut off")]
    CutOff {
        /// Line, from 1.
        line: u64,
    },
    /// JSON of no known shape.
    #[error("{origin} is no recorded response of a known format (known: {KNOWN})")]
    Undetected {
        /// The document.
        origin: String,
    },
    /// A name that is no format.
    #[error("`{name}` is no format of recorded responses (known: {KNOWN})")]
    UnknownFormat {
        /// The name, shortened.
        name: String,
    },
    /// A document that does not fit its format, or an entry without its number.
    #[error("{origin} is not in the format {format}: it lacks `{key}`")]
    MissingKey {
        /// The document or token.
        origin: String,
        /// The format it was read as.
        format: ResponseFormat,
        /// The key that is not there.
        key: &'static str,
    },
    /// A value of another JSON type than the format has there.
    #[error("{origin}: `{key}` must be {expected}, got {found}")]
    WrongType {
        /// The document or token.
        origin: String,
        /// The key.
        key: &'static str,
        /// The type that was expected.
        expected: &'static str,
        /// The type that was found.
        found: &'static str,
    },
    /// A number that is no probability or logarithm of one.
    #[error("{origin}: `{key}` must be {requirement}, got {value}")]
    Number {
        /// The token.
        origin: String,
        /// The key.
        key: &'static str,
        /// What it must be.
        requirement: &'static str,
        /// The value.
        value: f64,
    },
    /// Two parallel lists of different lengths.
    #[error("{origin}: {tokens} tokens but {others} entries of `{key}`")]
    Lengths {
        /// The document or choice.
        origin: String,
        /// Number of tokens.
        tokens: usize,
        /// The other list.
        key: &'static str,
        /// Its length.
        others: usize,
    },
    /// Listed probabilities that cannot be those of one distribution.
    #[error("{origin}: the listed probabilities add up to {sum:.6}, more than 1")]
    Mass {
        /// The token.
        origin: String,
        /// Their sum.
        sum: f64,
    },
    /// A drawn token outside the list with more probability than the list leaves.
    #[error(
        "{origin}: the drawn token is not listed and has probability {probability:.6}, but the listed tokens leave \
         only {left:.6}"
    )]
    Contradiction {
        /// The token.
        origin: String,
        /// Probability of the token drawn.
        probability: f64,
        /// 1 - sum of the listed ones.
        left: f64,
    },
    /// More tokens, or more probability outside the list, than the vocabulary has room for.
    #[error("{origin}: {listed} tokens with probability {sum:.6} in all do not fit a vocabulary of {vocabulary}")]
    Vocabulary {
        /// The token.
        origin: String,
        /// Number of listed tokens.
        listed: usize,
        /// Sum of their probabilities.
        sum: f64,
        /// Size of the vocabulary.
        vocabulary: u64,
    },
    /// Listed levels that are no spectrum.
    #[error("{origin}: {source}")]
    Spectrum {
        /// The token.
        origin: String,
        /// What is wrong with them.
        source: SpectrumError,
    },
    /// The record of a request that the server refused.
    #[error("{origin} records an error of the server: {message}")]
    Server {
        /// The document.
        origin: String,
        /// What the server said, shortened.
        message: String,
    },
    /// Responses, but none with log probabilities.
    #[error("{responses} responses but no log probability in them: record them with `logprobs` and `top_logprobs`")]
    NoLogprobs {
        /// Number of documents read.
        responses: u64,
    },
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
