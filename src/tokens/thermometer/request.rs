//! What the thermometer is asked.

use crate::tokens::LogprobsMode;
use crate::tokens::TokensError;
use crate::tokens::truncation::Pipeline;
use crate::units::Temperature;

/// What is asked of the draws.
#[derive(Clone, Debug)]
pub struct Request {
    /// The temperature that is said to have been applied.
    pub temperature: Option<Temperature>,
    /// The truncations that are said to have been applied; they need a temperature.
    pub truncations: Option<Pipeline>,
    /// Whether the positions report raw or tempered distributions; `None` infers it. Full spectra count as raw by default.
    pub mode: Option<LogprobsMode>,
    /// Probability that a correct sampler is rejected, over all tests together.
    pub alpha: f64,
    /// Confidence level of the intervals.
    pub level: f64,
    /// Smallest relative error of the temperature that must have been seen for draws to agree with the requested one.
    pub detect: f64,
    /// Tokens whose draws are not recorded.
    pub never_drawn: Vec<String>,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            temperature: None,
            truncations: None,
            mode: None,
            alpha: 0.01,
            level: 0.95,
            detect: 0.1,
            never_drawn: Vec::new(),
        }
    }
}

impl Request {
    /// Refuses invalid probabilities.
    pub(super) fn check(&self) -> Result<(), TokensError> {
        for (name, share) in [("alpha", self.alpha), ("the confidence level", self.level)] {
            if !(share > 0.0 && share < 1.0) {
                let value = share.to_string();
                return Err(TokensError::Setting { name, expected: "between 0 and 1", value });
            }
        }
        if !(self.detect > 0.0 && self.detect.is_finite()) {
            let value = self.detect.to_string();
            return Err(TokensError::Setting {
                name: "the error that must be seen",
                expected: "a positive number",
                value,
            });
        }
        Ok(())
    }

    /// The requested truncations, if any of them cuts.
    pub(super) fn pipeline(&self) -> Option<&Pipeline> {
        self.truncations.as_ref().filter(|pipeline| !pipeline.keeps_all())
    }
}
