//! Result files: written to a temporary folder in their own, then renamed, so none is ever half-written and no set is mixed.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

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

/// What temporary folders are called at first.
const TEMPORARY: &str = ".gibbs-";

/// Held while files are written, so that no signal ends the program among them.
static WRITING: Mutex<()> = Mutex::new(());

/// Waits until no files are being written; none are while the guard is kept.
pub fn finish_writing() -> MutexGuard<'static, ()> {
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Refuses a `path` that is there and no file: a device or a folder is not written over.
///
/// # Errors
///
/// What `path` is instead.
pub fn check_target(path: &Path) -> Result<(), ReportError> {
    match std::fs::metadata(path).map(|found| found.file_type()) {
        Ok(kind) if !kind.is_file() => {
            let reason = format!("it is {}, not a file; name a file", crate::files::name(kind));
            Err(unwritten(path, std::io::Error::other(reason)))
        }
        _ => Ok(()),
    }
}

/// Writes `contents` to `path` so that it appears whole or not at all; makes the folder if it is missing.
///
/// # Errors
///
/// The folder or file cannot be made, written or renamed.
pub fn write_atomically(path: &Path, contents: &[u8]) -> Result<(), ReportError> {
    // A link is followed.
    let path = &std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or_else(|| unwritten(path, std::io::Error::other("it names no file")))?;
    replace(folder, &[(name, contents)])
}

/// Writes `files`, names and contents, to `folder`, which is made if it is missing, as one set: the new files stand there all or
/// none, and never among those of another program that writes there at the same time. The last file is the record of the set: the
/// old one is taken away first and the new one comes last.
///
/// # Errors
///
/// The folder or a file cannot be made, written or renamed.
pub fn write_set(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), ReportError> {
    let files: Vec<(&OsStr, &[u8])> = files.iter().map(|(name, bytes)| (OsStr::new(name), bytes.as_slice())).collect();
    replace(folder, &files)
}

fn replace(folder: &Path, files: &[(&OsStr, &[u8])]) -> Result<(), ReportError> {
    let of = |path: &Path| {
        let path = path.to_owned();
        move |error| unwritten(&path, error)
    };
    for (name, _) in files {
        check_target(&folder.join(name))?;
    }
    std::fs::create_dir_all(folder).map_err(of(folder))?;
    let lock = lock(folder);
    let _writing = finish_writing();
    if lock.is_some() {
        remove_left_over(folder);
    }
    let temporary = tempfile::Builder::new().prefix(TEMPORARY).tempdir_in(folder).map_err(of(folder))?;
    for (name, contents) in files {
        let write = || -> std::io::Result<()> {
            let mut file = File::create_new(temporary.path().join(name))?;
            file.write_all(contents)?;
            file.sync_all()
        };
        write().map_err(of(&folder.join(name)))?;
    }
    if let [_, .., (record, _)] = files {
        let record = folder.join(record);
        if record.exists() {
            std::fs::remove_file(&record).map_err(of(&record))?;
        }
    }
    for (name, _) in files {
        let path = folder.join(name);
        std::fs::rename(temporary.path().join(name), &path).map_err(of(&path))?;
    }
    Ok(())
}

/// The folder, kept for one writer until the handle is dropped; `None` where folders have no locks.
fn lock(folder: &Path) -> Option<File> {
    let handle = File::open(folder).ok()?;
    handle.lock().is_ok().then_some(handle)
}

/// Removes what a program left in `folder` that was killed while it wrote there: under the lock nobody else writes.
fn remove_left_over(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_temporary = entry.file_name().to_str().is_some_and(|name| {
            name.strip_prefix(TEMPORARY)
                .is_some_and(|rest| rest.len() == 6 && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
        });
        if is_temporary && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let _ = std::fs::remove_dir_all(entry.path());
        } else if is_temporary && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn unwritten(path: &Path, source: std::io::Error) -> ReportError {
    ReportError::Write { path: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn set(text: &str) -> Vec<(String, Vec<u8>)> {
        ["a.csv", "b.svg", "c.json"].map(|name| (name.to_owned(), text.repeat(1000).into_bytes())).to_vec()
    }

    #[test]
    fn sets_of_many_writers_do_not_mix() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("new").join("out");
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let out = &out;
                scope.spawn(move || (0..20).for_each(|_| write_set(out, &set(&writer.to_string())).unwrap()));
            }
        });
        let text = |name: &str| std::fs::read(out.join(name)).unwrap();
        assert_eq!(names(&out), ["a.csv", "b.svg", "c.json"]);
        assert!(text("a.csv") == text("b.svg") && text("b.svg") == text("c.json"));
    }

    #[test]
    fn what_cannot_be_replaced_is_refused_before_anything_is() {
        let folder = tempfile::tempdir().unwrap();
        write_set(folder.path(), &set("old")).unwrap();
        std::fs::remove_file(folder.path().join("b.svg")).unwrap();
        std::fs::create_dir(folder.path().join("b.svg")).unwrap();
        let error = write_set(folder.path(), &set("new")).unwrap_err();
        assert!(error.to_string().contains("b.svg"), "{error}");
        assert_eq!(names(folder.path()), ["a.csv", "b.svg", "c.json"]);
        assert!(std::fs::read(folder.path().join("a.csv")).unwrap().starts_with(b"old"));
        assert!(std::fs::read(folder.path().join("c.json")).unwrap().starts_with(b"old"));
    }

    #[test]
    fn what_a_killed_program_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at(".gibbs-a1B2c3")).unwrap();
        std::fs::write(at(".gibbs-a1B2c3").join("a.csv"), "half").unwrap();
        std::fs::write(at(".gibbs-Zz9Yy8"), "half").unwrap();
        std::fs::write(at(".gibbs-notes"), "mine").unwrap();
        write_atomically(&at("x.xyz"), b"1").unwrap();
        assert_eq!(names(folder.path()), [".gibbs-notes", "x.xyz"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_devices_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write_atomically(&link, b"new").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
        let error = std::error::Error::source(&check_target(Path::new("/dev/null")).unwrap_err()).unwrap().to_string();
        assert_eq!(error, "it is a device, not a file; name a file");
        assert!(write_atomically(Path::new("/dev/null"), b"x").is_err());
    }
}
