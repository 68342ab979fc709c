//! Which distribution the reported probabilities are those of.

use serde::Serialize;

/// Which distribution a source reports: what engines call raw and processed logprobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogprobsMode {
    /// The model's distribution at T = 1.
    Raw,
    /// The distribution at the sampling temperature.
    Tempered,
}

impl LogprobsMode {
    /// The name in tables and options.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Tempered => "tempered",
        }
    }
}
