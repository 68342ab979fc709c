//! A run in stretches: some that are thrown away until nothing shows the start, and one that is measured.

use super::control::drive;
use super::recorder::Recorder;
use super::thermalization::{Measuring, Next, Phase, RunLength};
use super::{Control, SimulationError};
use crate::estimators::{Estimate, EstimatorError, MIN_BLOCK_IN_TAU, Replicas};
use crate::samplers::RestoreError;

/// Chains that are recorded in stretches, all of one stretch equally long.
pub(super) trait Stretches {
    /// What the present stretch is for.
    fn phase(&self) -> Phase;

    /// How long is run.
    fn length(&self) -> RunLength;

    /// A tau_int that is known otherwise than from the records, at least 1/2.
    fn known_memory(&self) -> f64 {
        0.5
    }

    /// How often the time of thermalization is measured, where it was long.
    fn relaxations(&self) -> u64 {
        0
    }

    /// Series of the quantity that fewest are recorded of.
    fn n_series(&self) -> u16 {
        self.length().replicas
    }

    /// U of what was recorded.
    fn energy(&self, replicas: &Replicas) -> Result<Estimate, EstimatorError>;

    /// The records of the present stretch, `[n_temperatures][n_replicas]`.
    fn records(&self) -> Vec<Vec<&Recorder>>;

    /// Records so many sweeps more.
    fn record(&mut self, sweeps: u64) -> Result<(), SimulationError>;

    /// Empties the records for a stretch of `phase`.
    fn begin(&mut self, phase: Phase);
}

/// Runs to the end; what was measured.
///
/// # Errors
///
/// A value is no number; the run was asked to end.
pub(super) fn finish(run: &mut impl Stretches, control: &Control) -> Result<Measuring, SimulationError> {
    drive(control, run, remaining, advance)
}

/// Sweeps that the present stretch still has.
pub(super) fn remaining(run: &impl Stretches) -> u64 {
    run.records().into_iter().flatten().next().map_or(0, Recorder::remaining)
}

/// At most `most` sweeps, and never beyond the end of a stretch; at the end of the run, what was measured.
///
/// # Errors
///
/// As [`finish`].
pub(super) fn advance(run: &mut impl Stretches, most: u64) -> Result<Option<Measuring>, SimulationError> {
    let remaining = remaining(run);
    let sweeps = most.min(remaining);
    run.record(sweeps)?;
    if sweeps < remaining {
        return Ok(None);
    }
    let energy = |replicas: &Replicas| run.energy(replicas);
    let known = (run.known_memory(), run.relaxations(), run.n_series());
    match run.phase().next(run.length(), &run.records(), energy, known)? {
        Next::End(measured) => Ok(Some(measured)),
        Next::Stretch(phase) => {
            run.begin(phase);
            Ok(None)
        }
    }
}

/// Refuses stored records that are none of a stretch of `sweeps` sweeps with `n_columns` columns, or that have not come equally far.
pub(super) fn check_records<'r>(
    records: impl Iterator<Item = &'r Recorder>,
    sweeps: u64,
    n_columns: usize,
) -> Result<(), RestoreError> {
    let mut first = None;
    for record in records {
        record.check(sweeps, n_columns)?;
        let done = *first.get_or_insert(record.sweep());
        RestoreError::unless_equal("sweeps of one chain", done as usize, record.sweep() as usize)?;
    }
    Ok(())
}

/// Mean time of a round trip, in blocks of the error bars: from one of two phases to the other and back, or of one state through all exchanged
/// temperatures. Within a block, every state has been replaced this often. What a chain remembers in between, such as the valley that its
/// states came from, no autocorrelation of a short run shows.
const ROUND_TRIPS: f64 = 1.0;

/// The memory, as a tau_int, of chains that made `trips` round trips in `sweeps` sweeps of them all; of less than half a trip, nothing is
/// known but that it takes longer.
pub(super) fn memory_of_trips(sweeps: u64, trips: f64) -> f64 {
    (sweeps as f64 / trips.max(0.5) * ROUND_TRIPS / MIN_BLOCK_IN_TAU).max(0.5)
}
