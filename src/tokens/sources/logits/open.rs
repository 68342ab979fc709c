//! The contexts of a file of logits of any format.

use std::path::Path;

use super::error::LogitsError;
use super::positions::RowPositions;
use crate::arrays::{self, Options, brief};
use crate::tokens::position::Position;

/// The contexts of a file of logits, as full spectra in the order of the file: E_i = -logit_i.
///
/// The formats are those of [`arrays::open`]. A logit of minus infinity is a forbidden token; JSON may write it as `null`,
/// `"-inf"` or `-Infinity`.
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
/// use gibbs::tokens::sources::logits::{Options, open};
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
) -> Result<Box<dyn Iterator<Item = Result<Position, LogitsError>> + Send>, LogitsError> {
    let shown = brief(&path.to_string_lossy());
    let in_file = move |source| LogitsError::File { path: shown.clone(), source: Box::new(source) };
    match arrays::open(path, options) {
        Ok(rows) => Ok(Box::new(RowPositions::new(rows).map(move |position| position.map_err(&in_file)))),
        Err(error) => Err(in_file(error.into())),
    }
}
