//! When measuring may begin and how long it lasts: stretches of doubling length are thrown away until the last one shows no memory of the
//! start; what it remembers then tells how many sweeps are measured.
//!
//! The length of what is measured is known before the first of its sweeps, so that no run ends early because it happens to look good. A
//! run that turns out to remember more than the stretches before it is measured once more, longer, and keeps none of the first.

use serde::{Deserialize, Serialize};

use super::recorder::{Changes, Recorder, pooled};
use super::unsettled::Unsettled;
use super::{SimulationError, Start, Verdict};
use crate::estimators::{
    Estimate, EstimatorError, MIN_BLOCK_IN_TAU, MIN_BLOCKS, Replicas, Thermalization, drift_among,
};
use crate::units::Temperature;

/// Shortest stretch that is judged.
const FIRST_STRETCH: u64 = 200;
/// Measured sweeps over those that [`MIN_BLOCKS`] need, so that a memory estimated too small does not need another run.
const MARGIN: f64 = 2.0;
/// Default limit over the measured sweeps asked for.
const LIMIT: u64 = 100;
/// Visits of sites by one replica that the default limit allows in any case, and the fewest and the most sweeps it allows for them.
const VISITS: f64 = 4e9;
const FEWEST_SWEEPS: f64 = 5e4;
const MOST_SWEEPS: f64 = 2e7;
/// Visits of sites, and sweeps, that take a hundredth of a second.
const CHEAP_VISITS: f64 = 1e6;
const CHEAP_SWEEPS: f64 = 3e4;
/// Replicas that rest in different states for so many times the sweeps asked for will not meet.
const RESTING: u64 = 10;
/// A run that saw too few changes of a value may last so many times the sweeps asked for.
const RARE: u64 = 16;

/// How long is run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunLength {
    /// Measured sweeps of each replica, at least.
    pub sweeps: u64,
    /// Sweeps of each replica, thrown away or measured, at most.
    pub limit: u64,
    /// Standard error of the mean energy that is asked for, if any.
    pub error: Option<f64>,
    /// Number of replicas.
    pub replicas: u16,
    /// Energies of two phases that coexist: the run goes on until it has often crossed from one to the other.
    pub coexisting: Option<[f64; 2]>,
}

impl RunLength {
    /// At least `sweeps` measured sweeps of `replicas` replicas of `n_sites` sites each, and the default limit.
    #[must_use]
    pub fn new(sweeps: u64, replicas: u16, n_sites: f64) -> Self {
        let visits = (VISITS / n_sites.max(1.0)).clamp(FEWEST_SWEEPS, MOST_SWEEPS) as u64;
        Self { sweeps, limit: visits.max(LIMIT.saturating_mul(sweeps)), error: None, replicas, coexisting: None }
    }

    /// The same with as many sweeps of a small system as cost next to nothing: an excursion over a barrier may be all that a variance is made of,
    /// and a short run that has seen none cannot know.
    pub(super) fn of_small_system(self, n_sites: f64) -> Self {
        let cheap = (CHEAP_VISITS / n_sites.max(1.0)).min(CHEAP_SWEEPS) as u64;
        Self { sweeps: self.sweeps.max(cheap.min(self.limit / 8)), ..self }
    }
}

/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Phase {
    /// Forgetting its starts.
    Settling {
        /// Sweeps of the present stretch.
        stretch: u64,
        /// Sweeps before it.
        before: u64,
        /// Sweeps up to the end of the last stretch that showed the start; one that was too short to tell is none.
        drifted: u64,
    },
    /// Measuring.
    Measuring(Measuring),
}

/// The part of a run that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measuring {
    /// Sweeps of each replica before the first measured one.
    pub thermalization: u64,
    /// Measured sweeps of each replica.
    pub sweeps: u64,
    /// What is wrong with the run, if anything is.
    pub unsettled: Option<Unsettled>,
}

impl Measuring {
    /// Sweeps of thermalization of a run that must be settled.
    ///
    /// # Errors
    ///
    /// It is not.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "asked by experiments of the program"))]
    pub fn settled(self) -> Result<u64, SimulationError> {
        /// Sweeps of the advice over those of a run that did not come to rest.
        const LONGER: u64 = 4;
        match self.unsettled {
            None => Ok(self.thermalization),
            Some(reason) => Err(SimulationError::NotThermalized {
                sweeps: self.thermalization + self.sweeps,
                reason,
                needed: LONGER * self.sweeps,
            }),
        }
    }

    /// The verdict at `temperature`.
    pub fn verdict(self, temperature: Temperature) -> Verdict {
        let Self { thermalization, sweeps, unsettled } = self;
        Verdict { temperature, thermalization, sweeps, unsettled }
    }
}

impl Phase {
    /// The first stretch.
    pub fn first(length: RunLength) -> Self {
        Self::Settling { stretch: FIRST_STRETCH.min(length.sweeps), before: 0, drifted: 0 }
    }

    /// Sweeps of the present stretch.
    pub fn sweeps(self) -> u64 {
        match self {
            Self::Settling { stretch, .. } => stretch,
            Self::Measuring(measuring) => measuring.sweeps,
        }
    }

    /// What follows a stretch in which each replica (in the order of [`Start::of`]) of each temperature left these records; `energy` makes U of
    /// them, `memory` is a tau_int that the records need not show, `relaxations` how often the time of thermalization is measured, where it was long,
    /// and `n_series` the number of series that must be long enough together.
    /// The end of the run where nothing follows.
    ///
    /// # Errors
    ///
    /// A value is no number.
    pub fn next(
        self,
        length: RunLength,
        temperatures: &[Vec<&Recorder>],
        energy: impl Fn(&Replicas) -> Result<Estimate, EstimatorError>,
        (memory, relaxations, n_series): (f64, u64, u16),
    ) -> Result<Next, SimulationError> {
        let mut needed = 0;
        for records in temperatures {
            let replicas = pooled(records)?.with_memory(memory);
            needed = needed.max(sweeps_needed(&replicas, energy(&replicas), (length, n_series))?);
        }
        Ok(match self {
            Self::Settling { stretch, before, drifted } => {
                let total = before + stretch;
                let unsettled = unsettled(temperatures, memory)?;
                let drifted = if matches!(unsettled, Some(Unsettled::Drifting { .. })) { total } else { drifted };
                let rests = matches!(unsettled, Some(Unsettled::Drifting { z: None, .. }));
                let hopeless = rests && total >= RESTING.saturating_mul(length.sweeps);
                if unsettled.is_some() && !hopeless && 2 * total + length.sweeps <= length.limit {
                    return Ok(Next::Stretch(Self::Settling { stretch: total, before: total, drifted }));
                }
                let possible = if hopeless { length.sweeps } else { length.limit.saturating_sub(total) };
                // A phase that a start took long to leave may come back as seldom.
                let relaxed = relaxations.saturating_mul(drifted);
                let sweeps = ((MARGIN * needed as f64).ceil() as u64).max(relaxed).min(possible);
                Next::Stretch(Self::Measuring(Measuring {
                    thermalization: total,
                    sweeps: sweeps.max(length.sweeps),
                    unsettled,
                }))
            }
            Self::Measuring(done) => {
                let total = done.thermalization + done.sweeps;
                let short = needed > done.sweeps;
                let rare = rare_sweeps(temperatures, RARE.saturating_mul(length.sweeps));
                let wanted = if short { (MARGIN * needed as f64).ceil() as u64 } else { 0 };
                let longer = wanted.max(rare.unwrap_or(0)).max(2 * done.sweeps);
                match (done.unsettled, short || rare.is_some(), total + longer <= length.limit) {
                    (None, true, true) => {
                        let again = Measuring { thermalization: total, sweeps: longer, unsettled: None };
                        Next::Stretch(Self::Measuring(again))
                    }
                    (None, true, false) if short => {
                        let unsettled = Some(Unsettled::TooShort { needed: needed as usize });
                        Next::End(Measuring { unsettled, ..done })
                    }
                    _ => Next::End(done),
                }
            }
        })
    }
}

/// What follows a stretch.
pub(crate) enum Next {
    /// Another one.
    Stretch(Phase),
    /// Nothing more.
    End(Measuring),
}

/// Sweeps of each replica that blocks of the longest memory need, and the error asked for.
fn sweeps_needed(
    replicas: &Replicas,
    energy: Result<Estimate, EstimatorError>,
    (length, n_series): (RunLength, u16),
) -> Result<u64, SimulationError> {
    let n = f64::from(length.replicas);
    let blocks = MIN_BLOCKS as f64 * MIN_BLOCK_IN_TAU * replicas.memory()? / f64::from(n_series);
    let found = match energy {
        Ok(found) | Err(EstimatorError::SeriesTooShort { found, .. }) => found.std_error,
        Err(EstimatorError::ConstantSeries { .. }) => 0.0,
        Err(other) => return Err(other.into()),
    };
    let error = length.error.map_or(0.0, |error| replicas.n_sweeps() as f64 / n * (found / error).powi(2));
    Ok(blocks.max(error).ceil() as u64)
}

/// Sweeps of each replica, at most `most`, in which all values that change at all would change often enough; `None` where they did, or where so
/// many do not do.
fn rare_sweeps(temperatures: &[Vec<&Recorder>], most: u64) -> Option<u64> {
    let columns = |records: &Vec<&Recorder>| {
        let n_columns = records.first().map_or(0, |record| record.n_columns());
        (0..n_columns).map(|column| Changes::of(records, column)).collect::<Vec<_>>()
    };
    let rare = temperatures.iter().flat_map(columns).filter(|changes| !changes.are_enough());
    rare.filter_map(Changes::sweeps_needed).filter(|&sweeps| sweeps <= most).max()
}

/// What shows the start most, in the columns of all temperatures, if anything does.
fn unsettled(temperatures: &[Vec<&Recorder>], memory: f64) -> Result<Option<Unsettled>, SimulationError> {
    let n_columns = temperatures.first().and_then(|records| records.first()).map_or(0, |record| record.n_columns());
    let n_tests = temperatures.len() * n_columns;
    let size = |z: Option<f64>| z.map_or(f64::INFINITY, f64::abs);
    let mut worst: Option<Unsettled> = None;
    for (records, column) in temperatures.iter().flat_map(|records| (0..n_columns).map(move |k| (records, k))) {
        let found = column_unsettled(records, column, (n_tests, memory))?;
        worst = match (worst, found) {
            (Some(Unsettled::Drifting { what, z }), Some(Unsettled::Drifting { z: other, .. }))
                if size(z) >= size(other) =>
            {
                Some(Unsettled::Drifting { what, z })
            }
            (Some(Unsettled::Drifting { what, z }), Some(Unsettled::TooShort { .. })) => {
                Some(Unsettled::Drifting { what, z })
            }
            (Some(Unsettled::TooShort { needed }), Some(Unsettled::TooShort { needed: other })) => {
                Some(Unsettled::TooShort { needed: needed.max(other) })
            }
            (worst, found) => found.or(worst),
        };
    }
    Ok(worst)
}

/// What still shows the start in one column of the replicas of one temperature, if anything does.
fn column_unsettled(
    replicas: &[&Recorder],
    column: usize,
    (n_tests, memory): (usize, f64),
) -> Result<Option<Unsettled>, SimulationError> {
    let of = |start| {
        let chosen = (0u16..).zip(replicas).filter(move |(replica, _)| Start::of(*replica) == start);
        chosen.map(|(_, record)| record.bins(column)).collect::<Result<Vec<_>, _>>()
    };
    let (ordered, disordered) = (of(Start::Ordered)?, of(Start::Disordered)?);
    let ordered: Vec<&[f64]> = ordered.iter().map(Vec::as_slice).collect();
    let disordered: Vec<&[f64]> = disordered.iter().map(Vec::as_slice).collect();
    let bin_size = replicas.first().map_or(1, |record| record.bin_size());
    Ok(match drift_among(n_tests, memory / bin_size as f64, &ordered, &disordered) {
        Ok(Thermalization::Thermalized { .. }) => None,
        // Frozen in the same state: nothing moves, and nothing is left of two different starts.
        Err(EstimatorError::ConstantSeries { .. }) => None,
        Ok(Thermalization::StillDrifting { what, z }) => {
            Some(Unsettled::Drifting { what, z: Some(z).filter(|z| z.is_finite()) })
        }
        Ok(Thermalization::TooShort { needed }) => Some(Unsettled::TooShort { needed: needed * bin_size }),
        Err(other) => return Err(other.into()),
    })
}
