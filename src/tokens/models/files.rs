//! Files of a model folder, read whole only where they cannot be longer than memory allows.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use super::error::LanguageError;

/// No `config.json`, index or `tokenizer.json` is longer.
const MAX_BYTES: u64 = 1 << 28;

/// The contents of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, LanguageError> {
    let mut contents = Vec::new();
    let file = File::open(path).map_err(|source| error(path, source))?;
    file.take(MAX_BYTES + 1).read_to_end(&mut contents).map_err(|source| error(path, source))?;
    if contents.len() as u64 > MAX_BYTES {
        return Err(LanguageError::FileTooLarge { path: path.to_owned(), max_bytes: MAX_BYTES });
    }
    Ok(contents)
}

/// The length of a file, in bytes.
pub(super) fn length(path: &Path) -> Result<u64, LanguageError> {
    Ok(path.metadata().map_err(|source| error(path, source))?.len())
}

pub(super) fn error(path: &Path, source: io::Error) -> LanguageError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => LanguageError::MissingFile { path },
        _ => LanguageError::ReadFile { path, source },
    }
}
