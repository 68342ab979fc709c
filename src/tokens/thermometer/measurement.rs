//! What the thermometer found: numbers, tests and diagnoses, without a sentence.

use serde::Serialize;

use super::answers::Repeats;
use super::battery::{Battery, TestedSetting};
use super::bounds::Interval;
use super::diagnosis::Diagnosis;
use super::likelihood::TemperatureFit;
use super::never_drawn::NeverDrawn;
use super::pairs::TruncationPair;
use super::power::Power;
use super::reference::Reference;
use super::search::Candidate;
use crate::tokens::LogprobsMode;

/// What the draws show. Infinite or unknown numbers are `None` (`null` in JSON).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measurement {
    /// Positions, with or without draws.
    pub n_positions: usize,
    /// Those of them that list only some of their tokens.
    pub n_partial: usize,
    /// Positions at which nothing was drawn.
    pub n_without_draws: usize,
    /// Positions skipped because they list only the drawn token.
    pub n_without_list: usize,
    /// Draws in all, without those of skipped positions.
    pub n_draws: u64,
    /// Draws of unlisted tokens.
    pub n_unlisted: u64,
    /// Draws of tokens of probability zero, those outside the requested truncations included.
    pub n_impossible: u64,
    /// Draws outside the requested truncations.
    pub n_outside: u64,
    /// The temperature in units of the reference.
    pub fit: TemperatureFit,
    /// The tests of the Boltzmann distribution at the fitted temperature.
    pub at_fit: Battery,
    /// Which temperature the reported distribution itself lives at.
    pub reference: Reference,
    /// Truncations more likely than none by more than [`INDISTINGUISHABLE`](super::INDISTINGUISHABLE), the most likely
    /// first.
    pub truncations: Vec<Candidate>,
    /// How many positions were searched for truncations, where not all were.
    pub n_searched: Option<usize>,
    /// Two truncations that explain what one does not.
    pub pair: Option<TruncationPair>,
    /// Mean over positions of the entropy at the fitted temperature, in nats; bounds where tokens are unlisted.
    pub mean_entropy: Interval,
    /// Mean over positions of the heat capacity at the fitted temperature; bounds where tokens are unlisted.
    pub mean_heat_capacity: Interval,
    /// The errors that these draws would have shown.
    pub power: Power,
    /// The requested temperature.
    pub requested_temperature: Option<f64>,
    /// Probability of accusing a correct sampler.
    pub alpha: f64,
    /// Smallest relative error of the temperature that must have been seen for draws to agree.
    pub detect: f64,
    /// Answers that repeat others, whose draws are counted once.
    pub repeats: Repeats,
    /// Tokens taken out of the lists because their draws are not recorded.
    pub never_drawn: Vec<NeverDrawn>,
    /// Tokens of lists that were never drawn although draws of them are expected, and stay in the lists.
    pub never_seen: Vec<NeverDrawn>,
    /// The tests of the requested temperature, one for each mode that the reported distribution may have.
    pub tested: Vec<TestedSetting>,
    /// Whether the requested setting is rejected in every mode; `None` if nothing was requested.
    pub rejected: Option<bool>,
    /// What the draws show, the plainest first. Left out here of JSON: `report::thermometer_json` adds it.
    #[serde(skip)]
    pub diagnoses: Vec<Diagnosis>,
}

impl Measurement {
    /// Whether a setting was requested and the draws reject it.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        self.rejected == Some(true)
    }

    /// The tests of the requested setting in the mode that the draws fit best.
    #[must_use]
    pub fn best_tested(&self) -> Option<&TestedSetting> {
        best(&self.tested)
    }
}

/// Raw logprobs if the draws do not reject them, for they alone say something about the temperature; else the mode with
/// the largest of the smallest p-values.
pub(super) fn best(tested: &[TestedSetting]) -> Option<&TestedSetting> {
    let raw = tested.iter().find(|tested| tested.mode == LogprobsMode::Raw && !tested.rejected);
    raw.or_else(|| {
        tested.iter().reduce(|best, other| if other.battery.least() > best.battery.least() { other } else { best })
    })
}
