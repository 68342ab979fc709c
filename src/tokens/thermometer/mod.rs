//! The thermometer: which temperature, and which truncation, drawn tokens were drawn at.
//!
//! Given draws x from known spectra, the most likely b = 1/T solves sum E(x) = sum U(b): the thermometer equates
//! energies. Its relative error is 1/sqrt(sum C): heat capacity is sensitivity.

mod answers;
mod battery;
mod bounds;
mod decision;
mod diagnosis;
mod evidence;
mod gap_quantum;
mod hidden;
mod likelihood;
mod mean_bounds;
mod measure;
mod measurement;
mod never_drawn;
mod pairs;
mod power;
mod ranks;
mod reference;
mod request;
mod requested;
mod search;
mod tally;
mod unlisted;

pub use crate::tokens::LogprobsMode;
pub use answers::{Repeats, Repetition};
pub use battery::{Battery, TestKind, TestOutcome, TestedSetting};
pub use bounds::{Bounds, BoundsError, Interval, bounds, position_bounds};
pub use decision::{Decision, Doubt};
pub use diagnosis::{Alternative, Diagnosis};
pub use gap_quantum::GapQuantum;
pub use likelihood::{FitStatus, LEAST_SUM_C, Likelihood, LikelihoodPoint, TemperatureFit};
pub use measure::measure;
pub use measurement::Measurement;
pub use never_drawn::NeverDrawn;
pub use pairs::TruncationPair;
pub use power::{POWER, Power};
pub use ranks::{RankUniformity, TailCount};
pub use reference::{Reference, ReferenceSource};
pub use request::Request;
pub use search::{Candidate, INDISTINGUISHABLE, TruncationOrder, TruncationTest};
pub use unlisted::UnlistedCount;
