//! The only place of the systems that reads files.

use std::fmt::Display;
use std::path::Path;

use super::CatalogueError;
use crate::files;

/// What `parse` makes of the text at `path`.
pub(super) fn read<T, E: Display>(path: &str, parse: impl Fn(&str) -> Result<T, E>) -> Result<T, CatalogueError> {
    read_bytes(path, |bytes| {
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
        parse(text).map_err(|error| error.to_string())
    })
}

/// What `parse` makes of the bytes at `path`.
pub(super) fn read_bytes<T, E: Display>(
    path: &str,
    parse: impl Fn(&[u8]) -> Result<T, E>,
) -> Result<T, CatalogueError> {
    let refused = |reason| CatalogueError::File { path: path.to_owned(), reason };
    let bytes = files::read(Path::new(path), files::MOST_BYTES).map_err(|error| refused(error.to_string()))?;
    parse(&bytes).map_err(|error| refused(error.to_string()))
}
