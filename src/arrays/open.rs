//! The rows of a file of any format.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::error::{ArrayError, brief};
use super::format::{Format, Options};
use super::json_lines::JsonLines;
use super::logit_table::LogitTable;
use super::row::Row;
use super::{json_file, npy, npz, safetensors};

/// The rows of a file of numbers, in its order.
///
/// | ending | rows |
/// | --- | --- |
/// | `.npy`, `.npz` | an array `[n]` or `[..., n]` of f2, f4, f8 or bfloat16, stored row by row |
/// | `.safetensors` | a tensor of the same shapes, F16, BF16, F32 or F64 |
/// | `.csv`, `.tsv`, `.txt` | a header with a column `logit` (and `token`, and columns that tell contexts apart: `context`, `position`, ...); or plain numbers, a row a line, or a single one with a number a line |
/// | `.json` | `[...]`, `[[...], ...]`, or objects `{"logits": ...}` |
/// | `.jsonl` | one of these a line |
///
/// # Errors
///
/// A name with another ending, a file that cannot be read or is of another format than its name says, an array that is
/// not there. The iterator ends with an error at the first row that is damaged or cut off.
pub fn open(
    path: &Path,
    options: &Options,
) -> Result<Box<dyn Iterator<Item = Result<Row, ArrayError>> + Send>, ArrayError> {
    let unknown = || ArrayError::Extension(brief(&path.extension().unwrap_or_default().to_string_lossy()));
    let format = Format::of(path).ok_or_else(unknown)?;
    let file = File::open(path)?;
    let wanted = options.tensor.as_deref();
    Ok(match format {
        Format::Npy => Box::new(npy::open(file)?),
        Format::Npz => Box::new(npz::open(file, wanted)?),
        Format::Safetensors => Box::new(safetensors::open(file, wanted)?),
        Format::Table => Box::new(LogitTable::new(BufReader::new(file))),
        Format::Json => Box::new(json_file::open(BufReader::new(file))?),
        Format::JsonLines => Box::new(JsonLines::new(BufReader::new(file))),
    })
}
