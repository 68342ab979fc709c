//! A run in stretches: some that are thrown away until nothing shows the start, and one that is measured.

use super::SimulationError;
use super::recorder::Recorder;
use super::thermalization::Phase;
use crate::samplers::RestoreError;

/// Chains that are recorded in stretches, all of one stretch equally long.
pub(super) trait Stretches {
    /// What the present stretch is for.
    fn phase(&self) -> Phase;

    /// The records of the present stretch, `[n_temperatures][n_replicas]`.
    fn records(&self) -> Vec<Vec<&Recorder>>;

    /// Records so many sweeps more.
    fn record(&mut self, sweeps: u64) -> Result<(), SimulationError>;

    /// Empties the records for a stretch of `phase`.
    fn begin(&mut self, phase: Phase);
}

/// Runs to the end; the sweeps of thermalization.
///
/// # Errors
///
/// The replicas do not forget their starts; a value is no number.
pub(super) fn finish(run: &mut impl Stretches) -> Result<u64, SimulationError> {
    loop {
        if let Some(thermalization) = advance(run, u64::MAX)? {
            return Ok(thermalization);
        }
    }
}

/// At most `most` sweeps, and never beyond the end of a stretch; at the end of the run, the sweeps of thermalization.
///
/// # Errors
///
/// As [`finish`].
pub(super) fn advance(run: &mut impl Stretches, most: u64) -> Result<Option<u64>, SimulationError> {
    let remaining = run.records().into_iter().flatten().next().map_or(0, Recorder::remaining);
    let sweeps = most.min(remaining);
    run.record(sweeps)?;
    if sweeps < remaining {
        return Ok(None);
    }
    let mut settling = match run.phase() {
        Phase::Measuring(thermalization) => return Ok(Some(thermalization)),
        Phase::Settling(settling) => settling,
    };
    let next = match settling.judge(&run.records())? {
        None => Phase::Settling(settling),
        Some(total) => Phase::Measuring(total),
    };
    run.begin(next);
    Ok(None)
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
