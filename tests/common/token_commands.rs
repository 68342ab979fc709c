//! Commands of `gibbs tokens`, and files for them.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use super::program::stdout;

/// The words of `gibbs tokens` with those of `line` and `more`.
pub fn words<'a>(line: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    ["tokens"].into_iter().chain(line.split_whitespace()).chain(more.iter().copied()).collect()
}

/// The path of a new file with this text.
pub fn file(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The rows that the command prints.
pub fn json(line: &str, more: &[&str]) -> Vec<Value> {
    serde_json::from_str(&stdout(&words(line, &[more, &["--format", "json", "--quiet"]].concat()))).unwrap()
}
