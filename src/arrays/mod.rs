//! Numbers from files: `.npy`, `.npz`, `.safetensors`, CSV, JSON and JSON lines. Knows neither systems nor tokens.
//!
//! [`open`] reads row by row: memory holds a few rows, whatever the size of the file and whatever its header declares.

mod array_name;
mod binary_rows;
mod columns;
mod error;
mod format;
mod json;
mod json_file;
mod json_lines;
mod limits;
mod lines;
mod literals;
mod logit_table;
mod npy;
mod npz;
mod number;
mod number_table;
mod one_row;
mod open;
mod records;
mod relay;
mod row;
mod safetensors;

pub use error::ArrayError;
pub(crate) use error::brief;
pub use format::{Format, Options};
pub(crate) use json_lines::JsonLines;
pub(crate) use literals::quoted_literals;
pub(crate) use npy::{NpyArray, is_npy};
pub(crate) use number::unmask;
pub(crate) use number_table::NumberTable;
pub(crate) use one_row::{one_row, one_row_of_npy};
pub use open::open;
pub use row::Row;
