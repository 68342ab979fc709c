//! NumPy `.npz` files: a zip archive of `.npy` members, read without extracting any.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Component, Path};

use zip::ZipArchive;

use super::array_name::choose;
use super::binary_rows::Rows;
use super::error::{ArrayError, brief};
use super::npy;
use super::relay::Relay;

/// The rows of the member called `wanted`, else of the one called `logits`, else of the only one.
pub(super) fn open(file: File, wanted: Option<&str>) -> Result<Relay, ArrayError> {
    let refused = |error: &dyn std::error::Error| ArrayError::Format {
        expected: "a NumPy .npz file (a zip archive)",
        found: brief(&error.to_string()),
    };
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| refused(&error))?;
    // Names that are no text are none of arrays.
    let members: Vec<String> = archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
    let names: Vec<&str> = members.iter().filter_map(|member| array_name(member)).collect();
    let name = format!("{}.npy", choose(&names, wanted)?);
    let position = archive.index_for_name(&name).ok_or(ArrayError::Empty)?;
    // Encrypted and compressed by other methods: refused before the thread begins.
    archive.by_index(position).map_err(|error| refused(&error))?;
    // A member borrows its archive, so the thread owns both.
    Relay::start(move |emit| {
        let mut member = archive.by_index(position).map_err(|error| ArrayError::Format {
            expected: "a NumPy .npz file (a zip archive)",
            found: brief(&error.to_string()),
        })?;
        let layout = npy::read_layout(&mut member)?;
        for row in Rows::new(&mut member, layout) {
            emit(row?)?;
        }
        // Reading to the end also compares the checksum.
        match member.read(&mut [0])? {
            0 => Ok(()),
            _ => Err(ArrayError::Length { expected: layout.n_bytes(), found: "more".to_owned() }),
        }
    })
}

/// The name of an array, which its member carries with the ending `.npy`; no path that leaves a folder is a name.
fn array_name(member: &str) -> Option<&str> {
    let inside = Path::new(member).components().all(|part| matches!(part, Component::Normal(_)));
    member.strip_suffix(".npy").filter(|_| inside && !member.contains(['\\', '\0', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_the_archive_are_none() {
        assert_eq!(array_name("logits.npy"), Some("logits"));
        assert_eq!(array_name("model/logits.npy"), Some("model/logits"));
        for bad in
            ["../logits.npy", "/logits.npy", "a/../../b.npy", "..\\logits.npy", "c:logits.npy", "logits.txt", "a\0.npy"]
        {
            assert_eq!(array_name(bad), None, "{bad}");
        }
    }
}
