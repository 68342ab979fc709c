//! What the draws may show: each mistake with the numbers that belong to it.

use serde::Serialize;

use super::answers::Repetition;
use super::pairs::TruncationPair;
use super::search::TruncationOrder;
use crate::tokens::truncation::TruncationKind;

/// What the draws show.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Diagnosis {
    /// The draws do not contradict the setting.
    Consistent,
    /// Tokens that the answer has already were drawn too rarely, as under a penalty.
    RareRepetition(Repetition),
    /// The gaps between logprobs are those of 16-bit logits at one of these temperatures, not at the requested one.
    OtherGaps {
        /// The temperatures.
        temperatures: Vec<f64>,
    },
    /// T fits 1, whatever was requested.
    NotApplied,
    /// T fits the square of the requested one.
    AppliedTwice,
    /// T fits the inverse of the requested one: logits are multiplied and not divided.
    Inverse,
    /// Only most likely tokens were drawn.
    Greedy,
    /// The draws are uniform, or prefer unlikely tokens.
    InfinitelyHot,
    /// T agrees with none of these.
    OtherTemperature,
    /// With the most likely truncation taken into account, T agrees with none of these: the temperature or the truncation
    /// is another one.
    OtherTemperatureOrTruncation,
    /// Unlikely tokens are missing, as with this truncation.
    HiddenTruncation {
        /// top-k, top-p, ...
        truncation: TruncationKind,
        /// Where it acts.
        order: TruncationOrder,
        /// Its most likely parameter.
        parameter: f64,
        /// Its interval.
        parameter_low: f64,
        /// Its interval.
        parameter_high: f64,
        /// The parameter after the temperature, where the same sets have one there, too.
        parameter_after: Option<f64>,
        /// Others that the draws cannot distinguish from it.
        alike: Vec<Alternative>,
    },
    /// Unlikely tokens are missing, as with these two truncations.
    HiddenTruncations(Box<TruncationPair>),
    /// Tokens of probability zero were drawn.
    Impossible {
        /// How many.
        n: u64,
    },
    /// Tokens that the requested truncations remove were drawn.
    OutsideTruncation {
        /// How many.
        n: u64,
    },
    /// More or fewer unlisted tokens were drawn than any tail allows.
    UnlistedCount,
    /// No temperature gives such draws, alone or with one of the truncations that can be tested.
    NotBoltzmann,
    /// Too few or too many of the least likely tokens at every temperature.
    WrongTail,
    /// The draws follow the reported distribution, which is that of the sampling temperature, whatever this is.
    AsReported,
    /// The draws do not distinguish temperatures.
    NotIdentifiable,
}

/// A truncation that explains the draws as well as the one that is named.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Alternative {
    /// top-k, top-p, ...
    pub kind: TruncationKind,
    /// Its most likely parameter.
    pub parameter: f64,
    /// Where it acts.
    pub order: TruncationOrder,
}
