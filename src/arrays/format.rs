//! The formats of files of numbers, which the ending of a file's name stands for.

use std::path::Path;

/// What a file of numbers is read by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Name of the array in a file that holds several; by default `logits`, or the only one.
    pub tensor: Option<String>,
}

/// The formats of files of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A NumPy array.
    Npy,
    /// Several NumPy arrays.
    Npz,
    /// Named tensors.
    Safetensors,
    /// Comma- or tab-separated text.
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
            "csv" | "tsv" | "txt" => Self::Table,
            "json" => Self::Json,
            "jsonl" | "ndjson" => Self::JsonLines,
            _ => return None,
        })
    }
}
