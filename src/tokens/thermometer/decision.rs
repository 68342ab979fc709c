//! What the measurement decides: the draws agree with what was asked, or not, or it is not known.

use serde::Serialize;

use super::diagnosis::Diagnosis;
use super::likelihood::FitStatus;
use super::measurement::Measurement;
use super::reference::ReferenceSource;

/// Draws expected of a token of which there is none that no chance explains: with a probability of 2e-9, or 2e-4 for any of 10^5 tokens.
const MISSING: f64 = 20.0;

/// Whether the draws agree.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Decision {
    /// They agree with the requested setting, and an error of the size asked about would have been seen; or, where none was requested, they
    /// follow a Boltzmann distribution whose temperature is measured.
    Agrees,
    /// They do not.
    Rejected,
    /// They do not speak against it, and do not decide.
    Undecided {
        /// Why.
        doubts: Vec<Doubt>,
    },
}

/// Why draws do not decide.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Doubt {
    /// The logprobs may be raw or tempered.
    LogprobsMode,
    /// An error of the temperature of the size asked about need not have been seen.
    Power {
        /// The relative error asked about.
        detect: f64,
        /// Tokens that would show it, if they tell as much as these; `None` if these tell nothing.
        tokens: Option<u64>,
    },
    /// T = 0 was asked for, only most likely tokens were drawn, and a temperature that is higher than the one asked about need not have been seen.
    MayBeWarm {
        /// The temperature asked about.
        detect: f64,
        /// The temperature that is excluded, and those above it.
        below: Option<f64>,
    },
    /// A token was never drawn where many draws of it are expected: they may not be recorded, or the sampler may not draw it.
    NeverDrawn,
    /// The draws do not determine a temperature.
    NotIdentifiable,
}

impl Measurement {
    /// What the draws decide.
    #[must_use]
    pub fn decision(&self) -> Decision {
        if self.rejected == Some(true) || (self.rejected.is_none() && self.has_no_temperature()) {
            return Decision::Rejected;
        }
        let doubts: Vec<Doubt> = match self.requested_temperature {
            Some(requested) => {
                let missing = self.never_seen.iter().any(|never| never.mass >= MISSING).then_some(Doubt::NeverDrawn);
                let doubts = self.mode_doubt(requested).into_iter().chain(self.power_doubt(requested));
                doubts.chain(missing).collect()
            }
            None => {
                (self.fit.status == FitStatus::NotIdentifiable).then_some(Doubt::NotIdentifiable).into_iter().collect()
            }
        };
        if doubts.is_empty() { Decision::Agrees } else { Decision::Undecided { doubts } }
    }

    /// Whether no temperature gives such draws.
    fn has_no_temperature(&self) -> bool {
        use Diagnosis::{Impossible, NotBoltzmann, UnlistedCount, WrongTail};
        let is_none =
            |diagnosis: &Diagnosis| matches!(diagnosis, Impossible { .. } | NotBoltzmann | UnlistedCount | WrongTail);
        self.diagnoses.iter().any(is_none)
    }

    /// At T = 1 raw and tempered logprobs are the same.
    fn mode_doubt(&self, requested: f64) -> Option<Doubt> {
        let known =
            matches!(self.reference.source, ReferenceSource::Given | ReferenceSource::Format | ReferenceSource::Gaps);
        (!known && requested != 1.0 && requested != 0.0).then_some(Doubt::LogprobsMode)
    }

    fn power_doubt(&self, requested: f64) -> Option<Doubt> {
        // Any other than a most likely token speaks against T = 0.
        if requested == 0.0 && self.fit.status == FitStatus::GroundStates {
            let (detect, below) = (self.detect, self.fit.temperature_high);
            return below.is_none_or(|below| below > detect).then_some(Doubt::MayBeWarm { detect, below });
        }
        let error = self.power.relative_temperature_error;
        if error.is_some_and(|error| error <= self.detect) {
            return None;
        }
        let tokens = self.power.tokens_to_see(self.detect, self.fit.n_draws);
        Some(Doubt::Power { detect: self.detect, tokens })
    }
}
