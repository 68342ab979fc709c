//! `.safetensors` files: a JSON header with names, types and places of tensors, then their numbers.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Take};

use ::safetensors::Dtype;
use ::safetensors::tensor::Metadata;

use super::array_name::choose;
use super::binary_rows::{Layout, Rows};
use super::error::{ArrayError, brief};
use super::number::NumberType;

/// Longest header: room for 100 000 tensors.
const LONGEST_HEADER: u64 = 16 << 20;

/// The rows of the tensor called `wanted`, else of the one called `logits`, else of the only one.
pub(super) fn open(mut file: File, wanted: Option<&str>) -> Result<Rows<BufReader<Take<File>>>, ArrayError> {
    let n_file = file.metadata()?.len();
    let mut length = Vec::new();
    file.by_ref().take(8).read_to_end(&mut length)?;
    let &length = length.first_chunk::<8>().ok_or_else(|| refused(format!("a file of {n_file} bytes")))?;
    let length = u64::from_le_bytes(length);
    if length > LONGEST_HEADER || length > n_file.saturating_sub(8) {
        return Err(refused(format!("a header of {length} bytes in a file of {n_file}")));
    }
    let mut header = Vec::new();
    file.by_ref().take(length).read_to_end(&mut header)?;
    let header: Metadata = serde_json::from_slice(&header).map_err(|error| refused(brief(&error.to_string())))?;
    let (expected, found) = (header.data_len() as u64, n_file.saturating_sub(8 + length));
    if expected != found {
        return Err(ArrayError::Length { expected, found: found.to_string() });
    }
    let names = header.offset_keys();
    let name = choose(&names.iter().map(String::as_str).collect::<Vec<_>>(), wanted)?;
    let info = header.info(name).ok_or(ArrayError::Empty)?;
    let number = match info.dtype {
        Dtype::F16 => NumberType::F16,
        Dtype::BF16 => NumberType::Bf16,
        Dtype::F32 => NumberType::F32,
        Dtype::F64 => NumberType::F64,
        other => return Err(ArrayError::Type { expected: "F16, BF16, F32 or F64", found: format!("{other:?}") }),
    };
    let shape: Vec<u64> = info.shape.iter().map(|&n| n as u64).collect();
    let layout = Layout::new(&shape, number, false)?;
    file.seek(SeekFrom::Start(8 + length + info.data_offsets.0 as u64))?;
    Ok(Rows::new(BufReader::new(file.take(layout.n_bytes())), layout))
}

fn refused(found: String) -> ArrayError {
    ArrayError::Format { expected: "a .safetensors file", found }
}
