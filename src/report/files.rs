//! Result files: written under a temporary name in the same folder, then renamed, so none is ever half-written.

use std::io::Write;
use std::path::Path;

use thiserror::Error;

use super::plot::PlotError;

/// A report that cannot be written or drawn.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The file system refused.
    #[error("cannot write `{path}`")]
    Write {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A figure's data are not what its drawing expects.
    #[error("`{figure}`: {reason}")]
    Data {
        /// The figure.
        figure: &'static str,
        /// What is wrong with the data.
        reason: String,
    },
    /// Text that is no configuration of particles.
    #[error("line {line}: {reason}")]
    Xyz {
        /// The line, counted from 1.
        line: usize,
        /// What was expected there.
        reason: String,
    },
    /// A figure that cannot be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
}

/// Writes `contents` to `path` so that it appears whole or not at all; makes the folder if it is missing.
///
/// # Errors
///
/// The folder or file cannot be made, written or renamed.
pub fn write_atomically(path: &Path, contents: &[u8]) -> Result<(), ReportError> {
    // A link is followed; what is neither missing nor a file, such as a device, must not be renamed over.
    let path = &std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        if path.exists() && !path.is_file() {
            return Err(std::io::Error::other("it exists and is not a file"));
        }
        std::fs::create_dir_all(folder)?;
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
        let mut file = builder.prefix(".gibbs-").tempfile_in(folder)?;
        file.write_all(contents)?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|source| ReportError::Write { path: path.display().to_string(), source })
}
