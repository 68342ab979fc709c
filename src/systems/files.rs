//! The only place of the systems that reads files.

use super::CatalogueError;

/// What `parse` makes of the text at `path`.
pub(super) fn read<T, E: std::fmt::Display>(
    path: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, CatalogueError> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|error| error.to_string());
    read_bytes(path, |bytes| parse(&text(bytes)?).map_err(|error| error.to_string()))
}

/// What `parse` makes of the bytes at `path`.
pub(super) fn read_bytes<T>(path: &str, parse: impl Fn(&[u8]) -> Result<T, String>) -> Result<T, CatalogueError> {
    let read = || parse(&std::fs::read(path).map_err(|error| error.to_string())?);
    read().map_err(|reason| CatalogueError::File { path: path.to_owned(), reason })
}
