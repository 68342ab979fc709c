//! Logits from files: `.npy`, `.npz`, `.safetensors`, CSV, JSON and JSON lines, one context at a time.
//!
//! Every format is read row by row: memory holds a few contexts, whatever the size of the file and whatever its header
//! declares.

mod context;
mod draws;
mod error;
mod json;
mod json_file;
mod json_lines;
mod lines;
mod literals;
mod npy;
mod npz;
mod relay;
mod rows;
mod safetensors;
mod table;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use context::MOST_TOKENS;
pub use draws::write_draws_line;
pub use error::ArrayError;
use error::brief;
pub use json_lines::JsonLines;
use lines::MOST_BYTES;

use crate::tokens::Position;

/// What a file of logits is read by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Name of the array in a file that holds several; by default `logits`, or the only one.
    pub tensor: Option<String>,
}

/// The formats of files of logits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A NumPy array.
    Npy,
    /// Several NumPy arrays.
    Npz,
    /// Named tensors.
    Safetensors,
    /// Comma-separated text.
    Table,
    /// JSON arrays and objects.
    Json,
    /// JSON arrays and objects, one a line.
    JsonLines,
}

impl Format {
    /// The format that the ending of a file's name stands for.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_lowercase();
        Some(match ending.as_str() {
            "npy" => Self::Npy,
            "npz" => Self::Npz,
            "safetensors" => Self::Safetensors,
            "csv" | "txt" => Self::Table,
            "json" => Self::Json,
            "jsonl" | "ndjson" => Self::JsonLines,
            _ => return None,
        })
    }
}

/// The contexts of a file of logits, as full spectra in the order of the file: E_i = -logit_i.
///
/// | ending | contexts |
/// | --- | --- |
/// | `.npy`, `.npz` | an array `[vocab]` or `[..., vocab]` of f2, f4 or f8, stored row by row |
/// | `.safetensors` | a tensor of the same shapes, F16, BF16, F32 or F64 |
/// | `.csv`, `.txt` | a header with a column `logit` (and `context`, and `token`); or plain numbers, a context a line, or a single one with a number a line |
/// | `.json` | `[...]`, `[[...], ...]`, or objects `{"logits": ...}` |
/// | `.jsonl` | one of these a line, as [`JsonLines`] reads them |
///
/// A logit of minus infinity is a forbidden token; JSON may write it as `null`, `"-inf"` or `-Infinity`.
///
/// # Errors
///
/// A name with another ending, a file that cannot be read or is of another format than its name says, an array that is
/// not there. The iterator ends with an error at the first context that is no list of logits: NaN or plus infinity
/// (named by row and index), all forbidden, none at all, or cut off.
///
/// # Examples
///
/// ```
/// use gibbs::tokens::sources::arrays::{Options, open};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("logits.csv");
/// std::fs::write(&path, "1.5,0,-inf\n2,2,2\n")?;
/// let contexts = open(&path, &Options::default())?.collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(contexts.len(), 2);
/// assert!(contexts[0].listed.is_forbidden(2));
/// assert_eq!(contexts[1].listed.ln_ground_degeneracy(), 3f64.ln());
/// # Ok(())
/// # }
/// ```
pub fn open(
    path: &Path,
    options: &Options,
) -> Result<Box<dyn Iterator<Item = Result<Position, ArrayError>> + Send>, ArrayError> {
    let shown = brief(&path.to_string_lossy());
    let in_file = move |source| ArrayError::File { path: shown.clone(), source: Box::new(source) };
    match open_bare(path, options) {
        Ok(positions) => Ok(Box::new(positions.map(move |position| position.map_err(&in_file)))),
        Err(error) => Err(in_file(error)),
    }
}

fn open_bare(
    path: &Path,
    options: &Options,
) -> Result<Box<dyn Iterator<Item = Result<Position, ArrayError>> + Send>, ArrayError> {
    let unknown = || ArrayError::Extension(brief(&path.extension().unwrap_or_default().to_string_lossy()));
    let format = Format::of(path).ok_or_else(unknown)?;
    let file = File::open(path)?;
    let wanted = options.tensor.as_deref();
    Ok(match format {
        Format::Npy => Box::new(npy::open(file)?),
        Format::Npz => Box::new(npz::open(file, wanted)?),
        Format::Safetensors => Box::new(safetensors::open(file, wanted)?),
        Format::Table => Box::new(table::Table::new(BufReader::new(file))),
        Format::Json => Box::new(json_file::open(BufReader::new(file))?),
        Format::JsonLines => Box::new(JsonLines::new(BufReader::new(file))),
    })
}

/// The array called `wanted`, else the one called `logits`, else the only one.
fn choose<'a>(names: &[&'a str], wanted: Option<&str>) -> Result<&'a str, ArrayError> {
    let name = wanted.unwrap_or("logits");
    if let Some(found) = names.iter().find(|other| **other == name) {
        return Ok(found);
    }
    match names {
        [only] if wanted.is_none() => Ok(only),
        [] => Err(ArrayError::Empty),
        _ => {
            let mut listed: Vec<String> = names.iter().take(8).map(|other| format!("`{}`", brief(other))).collect();
            if names.len() > 8 {
                listed.push(format!("and {} others", names.len() - 8));
            }
            Err(ArrayError::Name { wanted: format!("`{}`", brief(name)), found: listed.join(", ") })
        }
    }
}
