//! The file of a session with a server: each answer with its request, appended as it comes, so that none is paid for twice.

use std::collections::VecDeque;
use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::config::ServerConfig;
use super::error::ServerError;

/// Longest file that is read again.
const MOST_BYTES: u64 = 1 << 30;

/// Answers that were saved, and the file that the next ones are appended to.
///
/// A line is `{"custom_id": "request 1", "url": ..., "request": {...}, "response": {"body": {...}}}`, the shape of batches, which readers of
/// recorded responses know.
#[derive(Debug)]
pub struct Recording {
    path: PathBuf,
    earlier: VecDeque<Value>,
}

impl Recording {
    /// The answers to the requests of `config` that the file at `path` holds; one that does not exist is made with the first answer.
    ///
    /// A last line that was cut off is taken away.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or written, that holds anything else than answers to these requests, or all of them already.
    pub fn open(path: &Path, config: &ServerConfig) -> Result<Self, ServerError> {
        let mut recording = Self { path: path.to_owned(), earlier: VecDeque::new() };
        if std::fs::exists(path).map_err(|error| recording.refused(&error))? {
            recording.read(config)?;
        }
        Ok(recording)
    }

    fn read(&mut self, config: &ServerConfig) -> Result<(), ServerError> {
        let is_file = std::fs::metadata(&self.path).is_ok_and(|found| found.is_file() && found.len() <= MOST_BYTES);
        if !is_file {
            return Err(self.refused(&"it is no file of at most 1 GiB"));
        }
        let mut file =
            OpenOptions::new().read(true).write(true).open(&self.path).map_err(|error| self.refused(&error))?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(|error| self.refused(&error))?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        for line in text[..whole].lines() {
            let index = self.earlier.len() as u64;
            let saved: Value = serde_json::from_str(line).unwrap_or_default();
            let request = (index < config.n_total()).then(|| config.request(index));
            let is_same = saved["url"] == config.url.as_str() && Some(&saved["request"]) == request.as_ref();
            if !is_same || saved["response"]["body"].is_null() {
                let line = index + 1;
                return Err(self.refused(&format!("line {line} is no answer to request {line} of this session")));
            }
            self.earlier.push_back(saved["response"]["body"].clone());
        }
        if self.earlier.len() as u64 == config.n_total() {
            return Err(self.refused(&"it holds all answers already, and can be judged again as the FILE"));
        }
        file.set_len(whole as u64).map_err(|error| self.refused(&error))
    }

    fn refused(&self, reason: &dyn Display) -> ServerError {
        ServerError::Recording { path: self.path.display().to_string(), reason: reason.to_string() }
    }

    /// Number of answers that are there and have not been taken yet.
    #[must_use]
    pub fn n_earlier(&self) -> usize {
        self.earlier.len()
    }

    /// The next of the saved answers.
    pub(super) fn take(&mut self) -> Option<Value> {
        self.earlier.pop_front()
    }

    /// Saves the answer to request `index`.
    pub(super) fn append(&mut self, config: &ServerConfig, index: u64, answer: &Value) -> Result<(), ServerError> {
        let custom_id = format!("request {}", index + 1);
        let response = json!({ "body": answer });
        let line =
            json!({"custom_id": custom_id, "url": config.url, "request": config.request(index), "response": response});
        let write = || -> std::io::Result<()> {
            if let Some(folder) = self.path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let mut file = OpenOptions::new().append(true).create(true).open(&self.path)?;
            writeln!(file, "{line}")?;
            file.sync_data()
        };
        write().map_err(|error| self.refused(&error))
    }
}
