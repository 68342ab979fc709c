//! What is wrong with a file of logits, in one line.

use thiserror::Error;

use super::{MOST_BYTES, MOST_TOKENS};
use crate::ensemble::SpectrumError;

/// A file that holds no logits in a form that is understood.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ArrayError {
    /// Any of the others, with the file it happened in.
    #[error("{path}: {source}")]
    File {
        /// Path of the file.
        path: String,
        /// What is wrong.
        source: Box<ArrayError>,
    },
    /// The bytes cannot be had.
    #[error("cannot be read: {0}")]
    Read(String),
    /// A name whose ending tells no format.
    #[error("the name must end in .npy, .npz, .safetensors, .csv, .txt, .json or .jsonl, got `{0}`")]
    Extension(String),
    /// Bytes that are not of the format.
    #[error("must be {expected}, got {found}")]
    Format {
        /// The format.
        expected: &'static str,
        /// What was found instead.
        found: String,
    },
    /// Numbers of a type that is no floating-point one of 2, 4 or 8 bytes.
    #[error("the numbers must be of type {expected}, got {found}")]
    Type {
        /// The types that are read.
        expected: &'static str,
        /// The type found.
        found: String,
    },
    /// A shape that is no list of contexts.
    #[error("the shape must be [vocab] or [n_contexts, vocab] with no zeros, got {0}")]
    Shape(String),
    /// An array stored column by column.
    #[error("the array must be stored row by row, got Fortran order: save numpy.ascontiguousarray(logits)")]
    FortranOrder,
    /// More tokens than any vocabulary has.
    #[error("{origin}: a context may have at most {MOST_TOKENS} logits, got {n_tokens}")]
    Vocabulary {
        /// The context.
        origin: String,
        /// The number of its logits, as far as it is known.
        n_tokens: u64,
    },
    /// Fewer or more bytes than the header declares.
    #[error("the header declares {expected} bytes of numbers, but there are {found}")]
    Length {
        /// Bytes declared.
        expected: u64,
        /// Bytes found.
        found: String,
    },
    /// A file that ends within a row.
    #[error("{origin}: ends after {found} of {expected} bytes")]
    Truncated {
        /// The row.
        origin: String,
        /// Bytes of a row.
        expected: u64,
        /// Bytes found.
        found: u64,
    },
    /// No array of the name wanted.
    #[error("{wanted} was not found among the arrays {found}")]
    Name {
        /// What was looked for.
        wanted: String,
        /// The names in the file.
        found: String,
    },
    /// A cell that is no number.
    #[error("{origin}: expected a number, got `{found}`")]
    Number {
        /// Line and cell.
        origin: String,
        /// The text of the cell.
        found: String,
    },
    /// Numbers that are no logits.
    #[error("{origin}: {source}")]
    Logits {
        /// The context.
        origin: String,
        /// What is wrong with them; the index counts from 0.
        source: SpectrumError,
    },
    /// A line or a context beyond all bounds.
    #[error("{0} is longer than {limit} MiB, the most that is read", limit = MOST_BYTES >> 20)]
    Long(String),
    /// A row of the wrong width.
    #[error("line {line}: expected {expected} columns, got {found}")]
    Columns {
        /// Line, counted from 1.
        line: u64,
        /// What the rows above have.
        expected: usize,
        /// What this row has.
        found: usize,
    },
    /// A header that does not name the columns expected.
    #[error("the header must be one with a column `logit`, got `{0}`")]
    Header(String),
    /// A context whose rows do not follow each other.
    #[error("line {line}: the rows of context `{context}` must follow each other, but others stand between")]
    Scattered {
        /// Line, counted from 1.
        line: u64,
        /// The value in the column `context`.
        context: String,
    },
    /// JSON of another form.
    #[error("{origin}: {message}")]
    Json {
        /// The context.
        origin: String,
        /// What is wrong, with line and column.
        message: String,
    },
    /// Bytes that are no text.
    #[error("line {line}: must be UTF-8 text, byte {byte} is not")]
    Utf8 {
        /// Line, counted from 1.
        line: u64,
        /// Byte in the line, counted from 1.
        byte: usize,
    },
    /// A drawn token outside the vocabulary.
    #[error("{origin}: draw {index} must be a token from 0 to {last}, got {token}", last = n_tokens.saturating_sub(1))]
    Drawn {
        /// The context.
        origin: String,
        /// Which of the draws, counted from 0.
        index: usize,
        /// The token drawn.
        token: u64,
        /// Size of the vocabulary.
        n_tokens: usize,
    },
    /// Texts of another number of tokens.
    #[error("{origin}: {n_tokens} tokens for {n_logits} logits")]
    Tokens {
        /// The context.
        origin: String,
        /// Number of texts.
        n_tokens: usize,
        /// Number of logits.
        n_logits: usize,
    },
    /// No context at all.
    #[error("there are no logits in it")]
    Empty,
    /// A position of which not every token is listed, where the whole vocabulary is needed.
    #[error("{0}: only full spectra can be written as logits, this one lists a part of the tokens")]
    Partial(String),
}

impl From<std::io::Error> for ArrayError {
    fn from(error: std::io::Error) -> Self {
        Self::Read(brief(&error.to_string()))
    }
}

/// The start of the first line of `text`, for messages: some texts are whole files.
pub(super) fn brief(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let visible = line.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut start: String = visible.take(120).collect();
    if line.chars().nth(120).is_some() {
        start.push_str("...");
    }
    start
}
