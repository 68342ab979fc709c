//! What is wrong with a file of numbers, in one line.

use thiserror::Error;

use super::limits::{MOST_BYTES, MOST_NUMBERS};

/// A file without numbers in a known format. Lines, and bytes within one, count from 1.
#[derive(Clone, Debug, PartialEq, Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum ArrayError {
    /// The bytes cannot be had.
    #[error("cannot be read: {0}")]
    Read(String),
    /// A file name with an unknown extension.
    #[error("the name must end in .npy, .npz, .safetensors, .csv, .tsv, .txt, .json or .jsonl, got `{0}`")]
    Extension(String),
    /// Bytes that are not of the format.
    #[error("must be {expected}, got {found}")]
    Format { expected: &'static str, found: String },
    /// Numbers of a type that is not read.
    #[error("the numbers must be of type {expected}, got {found}")]
    Type { expected: &'static str, found: String },
    /// Whole numbers of two bytes, as which the bits of bfloat16 or float16 are sometimes saved.
    #[error(
        "whole numbers of type {0} are no logits: if they are the bits of bfloat16, save logits.astype(numpy.float32)"
    )]
    Halves(String),
    /// A shape that holds no row.
    #[error("the shape must be [n] or [n_rows, n] without zero lengths, got {0}")]
    Shape(String),
    /// An array stored column by column.
    #[error("the array must be stored row by row, got Fortran order: save numpy.ascontiguousarray(logits)")]
    FortranOrder,
    /// More numbers in a row than are read.
    #[error("{origin}: a row may have at most {MOST_NUMBERS} numbers, got {n_numbers}")]
    Wide { origin: String, n_numbers: u64 },
    /// Several rows where one is read.
    #[error("there must be the logits of one context, got those of {0}")]
    Several(usize),
    /// Fewer or more bytes than the header declares.
    #[error("the header declares {expected} bytes of numbers, but there are {found}")]
    Length { expected: u64, found: String },
    /// A file that ends within a row.
    #[error("{origin}: ends after {found} of {expected} bytes")]
    Truncated { origin: String, expected: u64, found: u64 },
    /// No array of the name wanted.
    #[error("{wanted} was not found among the arrays {found}")]
    Name { wanted: String, found: String },
    /// A cell that is no number.
    #[error("line {line}: expected a number, got `{found}`")]
    Number { line: u64, found: String },
    /// A line or a row longer than is read.
    #[error("{0} is longer than {limit} MiB, the most that is read", limit = MOST_BYTES >> 20)]
    Long(String),
    /// A row of the wrong width.
    #[error("line {line}: expected {expected} columns, got {found}")]
    Columns { line: u64, expected: usize, found: usize },
    /// A header that does not name the columns expected.
    #[error("the header must be {expected}, got `{found}`")]
    Header { expected: &'static str, found: String },
    /// A token that a context lists twice.
    #[error(
        "line {line}: token `{token}` comes twice in one context: add a column `context` that tells contexts apart, or \
         `token_id` where different tokens have one text"
    )]
    Repeated { line: u64, token: String },
    /// A column of a table of logits whose meaning is not known.
    #[error(
        "column `{0}` is not known (known: logit, token, token_id and rank; context, prompt, position, row, step and sample \
         tell contexts apart): rename or remove it"
    )]
    Column(String),
    /// A context whose lines do not follow each other.
    #[error("line {line}: the rows of context `{context}` must be consecutive")]
    Scattered { line: u64, context: String },
    /// JSON of another form.
    #[error("{origin}: {message}")]
    Json { origin: String, message: String },
    /// Bytes that are no text.
    #[error("line {line}: must be UTF-8 text, byte {byte} is not")]
    Utf8 { line: u64, byte: usize },
    /// No array at all.
    #[error("there are no numbers in it")]
    Empty,
}

impl From<std::io::Error> for ArrayError {
    fn from(error: std::io::Error) -> Self {
        Self::Read(brief(&error.to_string()))
    }
}

/// The start of the first line of `text`, for messages: some texts are whole files.
pub(crate) fn brief(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let visible = line.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut start: String = visible.take(120).collect();
    if line.chars().nth(120).is_some() {
        start.push_str("...");
    }
    start
}
