//! Files that are read whole: no more of one than a stated size, and nothing but files.

use std::fs::{File, FileType};
use std::io::{self, Read};
use std::path::Path;

/// Most bytes of a file of parameters or of a configuration of particles: 256 MiB.
pub const MOST_BYTES: u64 = 1 << 28;

/// The bytes of the file at `path`, if it has at most `most` of them.
///
/// # Errors
///
/// No such file; a folder, device, pipe or socket, which is not opened; more bytes than `most`.
///
/// # Examples
///
/// ```
/// let text = gibbs::files::read(std::path::Path::new("Cargo.toml"), 1 << 20)?;
/// assert!(text.starts_with(b"[package]"));
/// assert!(gibbs::files::read(std::path::Path::new("Cargo.toml"), 8).is_err());
/// assert!(gibbs::files::read(std::path::Path::new("src"), 8).is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    // Asked before it is opened: a pipe without a writer would never open.
    let kind = std::fs::metadata(path)?.file_type();
    if !kind.is_file() {
        return Err(io::Error::other(format!("it is {}, not a file; name a file", name(kind))));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("it is longer than {}; shorten it", size(most))));
    }
    Ok(bytes)
}

/// The text of the file at `path`, as [`read`].
///
/// # Errors
///
/// As [`read`]; bytes that are not UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?).map_err(|error| {
        let byte = error.utf8_error().valid_up_to() + 1;
        io::Error::new(io::ErrorKind::InvalidData, format!("it must be UTF-8 text, byte {byte} is not"))
    })
}

/// What something that is no file is called.
#[must_use]
pub fn name(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
    }
    if kind.is_dir() { "a folder" } else { "something else" }
}

fn size(bytes: u64) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{bytes} bytes") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_or_too_long_is_refused_by_name() {
        let message = |path: &str, most| read_text(Path::new(path), most).unwrap_err().to_string();
        assert_eq!(message("src", 1), "it is a folder, not a file; name a file");
        assert_eq!(message("Cargo.toml", 7), "it is longer than 7 bytes; shorten it");
        #[cfg(unix)]
        assert_eq!(message("/dev/zero", MOST_BYTES), "it is a device, not a file; name a file");
        assert_eq!(message("assets/../output/glow.png", MOST_BYTES), "it must be UTF-8 text, byte 1 is not");
    }
}
