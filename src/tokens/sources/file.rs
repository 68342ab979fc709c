//! Any file with next-token distributions: arrays of logits, draws, recorded responses, told apart by name and content.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, stdin};
use std::path::Path;

use crate::tokens::Position;
use crate::tokens::sources::arrays::{self, ArrayError, Format};
use crate::tokens::sources::recorded::{self, RecordedError, ResponseFormat, Responses};

/// How a file is to be read where its content does not tell.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// Shape of recorded responses; none detects it.
    pub responses: Option<ResponseFormat>,
    /// Array to read where a file holds several.
    pub tensor: Option<String>,
    /// Number of tokens of the vocabulary, where responses list some of them.
    pub vocabulary: Option<u64>,
}

/// A file that yields no distributions.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The file cannot be opened or read.
    #[error(transparent)]
    Read(#[from] std::io::Error),
    /// It is no array of logits.
    #[error("{0}")]
    Array(ArrayError),
    /// It is no recorded response.
    #[error(transparent)]
    Response(#[from] RecordedError),
    /// It has no use for a part of the form.
    #[error("{0}; leave it out")]
    Unused(&'static str),
}

const NO_TENSOR: SourceError = SourceError::Unused("a tensor is chosen by name in .npz and .safetensors files alone");
const NO_VOCABULARY: SourceError = SourceError::Unused(
    "the size of the vocabulary belongs to responses that list a part of it, and here all logits are",
);

impl From<ArrayError> for SourceError {
    /// Without the path, which the caller knows.
    fn from(error: ArrayError) -> Self {
        match error {
            ArrayError::File { source, .. } => Self::Array(*source),
            other => Self::Array(other),
        }
    }
}

/// Positions as they are read.
pub type Positions = Box<dyn Iterator<Item = Result<Position, SourceError>> + Send>;

/// Bytes that are looked at to tell responses from arrays.
const GLANCE: usize = 1 << 16;

/// The positions of the file at `path`; `-` is standard input.
///
/// Files named .npy, .npz, .safetensors or .csv are arrays. Anything else is recorded responses if it begins like some or
/// `form` says so; if not, logits with their draws, in the format of its name or else in JSON lines.
///
/// # Errors
///
/// A file that cannot be opened, or that is damaged where it begins; damage further down comes with its position.
pub fn read(path: &Path, form: &Form) -> Result<Positions, SourceError> {
    let format = Format::of(path);
    if form.tensor.is_some() && !matches!(format, Some(Format::Npz | Format::Safetensors)) {
        return Err(NO_TENSOR);
    }
    let open = || -> Result<Positions, SourceError> {
        if form.vocabulary.is_some() {
            return Err(NO_VOCABULARY);
        }
        let options = arrays::Options { tensor: form.tensor.clone() };
        Ok(Box::new(arrays::open(path, &options)?.map(|position| Ok(position?))))
    };
    let is_array = matches!(format, Some(Format::Npy | Format::Npz | Format::Safetensors));
    let is_csv = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    if form.responses.is_none() && (is_array || is_csv) {
        return open();
    }
    let mut file: Box<dyn Read + Send> =
        if path == Path::new("-") { Box::new(stdin()) } else { Box::new(File::open(path)?) };
    let mut beginning = Vec::with_capacity(GLANCE);
    file.by_ref().take(GLANCE as u64).read_to_end(&mut beginning)?;
    let responses = form.responses.is_some() || recorded::looks_like_response(&beginning);
    // A pipe cannot be opened again.
    if !responses && format.is_some() && path.is_file() {
        return open();
    }
    let reader: Box<dyn BufRead + Send> = Box::new(BufReader::new(std::io::Cursor::new(beginning).chain(file)));
    if responses {
        let options =
            recorded::Options { format: form.responses, vocabulary: form.vocabulary, ..recorded::Options::default() };
        return Ok(Box::new(Responses::new(reader, options).map(|position| Ok(position?))));
    }
    if form.vocabulary.is_some() {
        return Err(NO_VOCABULARY);
    }
    Ok(Box::new(arrays::JsonLines::new(reader).map(|position| Ok(position?))))
}
