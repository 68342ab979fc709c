//! The record beside the results: command, configuration, seed, versions, commit.

use serde::Serialize;
use serde_json::Value;

/// How a set of results was made. It holds no time and no machine, so equal runs leave equal records.
#[derive(Clone, Debug, Serialize)]
pub struct Manifest {
    /// The command that makes it again.
    pub command: String,
    /// All settings, defaults included.
    pub config: Value,
    /// The seed.
    pub seed: u64,
    /// What the logits came from, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Version of this program.
    pub version: &'static str,
    /// Files it belongs to.
    pub files: Vec<String>,
}

impl Manifest {
    /// The text of the file.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }
}
