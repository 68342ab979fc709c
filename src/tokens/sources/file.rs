//! Any file with next-token distributions: logits, draws or recorded responses, by its name and its content.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, stdin};
use std::path::Path;

use crate::arrays::{ArrayError, brief};
use crate::tokens::sources::error::SourceError;
use crate::tokens::sources::logits::{self, Format, LogitsError};
use crate::tokens::sources::positions::Positions;
use crate::tokens::sources::recorded::{self, ResponseFormat, Responses};

/// How to read a file whose name and content do not determine it.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Format of recorded responses; `None` detects it.
    pub responses: Option<ResponseFormat>,
    /// Array to read where a file holds several.
    pub tensor: Option<String>,
    /// Size of the vocabulary: for responses that list only some of its tokens, and for logits with columns of padding behind them.
    pub vocabulary: Option<u64>,
}

const NO_TENSOR: SourceError = SourceError::Unused("only .npz and .safetensors files have arrays to choose by name");

/// Bytes at the start of a file from which its format is detected.
const PREFIX_BYTES: usize = 1 << 16;

/// Refuses what begins as no text does.
fn check_text(prefix: &[u8]) -> Result<(), SourceError> {
    const FOREIGN: [(&[u8], &str, &str); 6] = [
        (b"\x1f\x8b", "compressed by gzip", "unpack it first"),
        (b"PK\x03\x04", "a zip archive", "unpack it first, or name it .npz if it holds arrays"),
        (b"\x28\xb5\x2f\xfd", "compressed by zstd", "unpack it first"),
        (b"\xff\xfe", "UTF-16 text", "convert it to UTF-8"),
        (b"\xfe\xff", "UTF-16 text", "convert it to UTF-8"),
        (b"<", "HTML or XML", "give the JSON that the server sent"),
    ];
    let found = FOREIGN.into_iter().find(|(bytes, ..)| prefix.trim_ascii_start().starts_with(bytes));
    found.map_or(Ok(()), |(_, what, remedy)| Err(SourceError::Foreign { what, remedy }))
}

/// The positions of the file at `path`; `-` is standard input.
///
/// Files named .npy, .npz, .safetensors, .csv or .tsv hold logits. Any other file holds recorded responses if its first bytes
/// are those of a response or `options` name a format of responses; otherwise it holds logits with their draws, in the
/// format of its name or else in JSON lines.
///
/// # Errors
///
/// A file that cannot be opened, or that is damaged where it begins; damage further down comes with its position.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Positions, SourceError> {
    let format = Format::of(path);
    if options.tensor.is_some() && !matches!(format, Some(Format::Npz | Format::Safetensors)) {
        return Err(NO_TENSOR);
    }
    let open = || -> Result<Positions, SourceError> {
        let named = logits::Options { tensor: options.tensor.clone() };
        Ok(Positions::of_logits(logits::open(path, &named)?, options.vocabulary))
    };
    let is_array = matches!(format, Some(Format::Npy | Format::Npz | Format::Safetensors));
    let ending = path.extension().unwrap_or_default();
    let is_csv = ["csv", "tsv"].iter().any(|name| ending.eq_ignore_ascii_case(name));
    if options.responses.is_none() && (is_array || is_csv) {
        if is_csv {
            let mut prefix = Vec::new();
            File::open(path)?.take(PREFIX_BYTES as u64).read_to_end(&mut prefix)?;
            check_text(&prefix)?;
        }
        return open();
    }
    let mut file: Box<dyn Read + Send> =
        if path == Path::new("-") { Box::new(stdin()) } else { Box::new(File::open(path)?) };
    let mut prefix = Vec::with_capacity(PREFIX_BYTES);
    file.by_ref().take(PREFIX_BYTES as u64).read_to_end(&mut prefix)?;
    check_text(&prefix)?;
    let responses = options.responses.is_some() || recorded::is_recorded_response(&prefix);
    // A pipe cannot be opened again.
    if !responses && format.is_some() && path.is_file() {
        return open();
    }
    // Text that is no JSON, with a name that stands for no format.
    let is_json = prefix.trim_ascii_start().first().is_none_or(|byte| b"[{\xef".contains(byte));
    if !responses && format.is_none() && !ending.is_empty() && !is_json {
        let ending = brief(&ending.to_string_lossy());
        return Err(SourceError::Logits(LogitsError::Array(ArrayError::Extension(ending))));
    }
    let reader: Box<dyn BufRead + Send> = Box::new(BufReader::new(std::io::Cursor::new(prefix).chain(file)));
    if responses {
        let options = recorded::Options {
            format: options.responses,
            vocabulary: options.vocabulary,
            ..recorded::Options::default()
        };
        return Ok(Positions::of_responses(Responses::new(reader, options)));
    }
    Ok(Positions::of_logits(Box::new(logits::JsonLines::new(reader)), options.vocabulary))
}
