//! How responses are read.

use super::format::ResponseFormat;

/// How responses are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The format; `None` detects it for each document.
    pub format: Option<ResponseFormat>,
    /// Size of the vocabulary, from which the number of unlisted tokens follows.
    pub vocabulary: Option<u64>,
    /// Whether positions of the prompt are yielded, too.
    pub include_prompt: bool,
}
