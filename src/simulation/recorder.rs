//! What the replicas of one temperature leave behind, in memory that does not grow with the number of sweeps.

use serde::{Deserialize, Serialize};

use super::SimulationError;
use crate::estimators::{EstimatorError, RESOLVED, Replicas, Series};
use crate::samplers::RestoreError;

/// Blocks that the energies of each replica are kept in, for reweighting with errors.
pub(crate) const BLOCKS: usize = 16;
/// Most energies kept in a block.
const MOST_KEPT: u64 = 4096;
/// Relative difference of values that rounding explains, where a sampler adds up what its moves change.
const ROUNDING: f64 = 1e-12;

/// The record of one replica over a stretch of sweeps whose length is known beforehand.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Recorder {
    series: Series,
    energies: Vec<Vec<f64>>,
    /// How often each column changed from one sweep to the next, `[n_columns]`.
    changes: Vec<u64>,
    /// Values of the last sweep, `[n_columns]`; none before the first.
    previous: Vec<f64>,
    sweep: u64,
    sweeps: u64,
    /// Passages from one of two phases to the other.
    crossings: Option<Crossings>,
    /// Weight of the energies that were passed over since one was kept.
    passed: f64,
}

/// Passages of the energy from at most `low` to at least `high` or back, the mean energies of two phases: a fluctuation of one phase that
/// does not reach the middle of the other is no passage.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Crossings {
    low: f64,
    high: f64,
    above: Option<bool>,
    n: u64,
}

impl Crossings {
    fn between([a, b]: [f64; 2]) -> Self {
        Self { low: a.min(b), high: a.max(b), above: None, n: 0 }
    }

    fn watch(&mut self, energy: f64) {
        let above = if energy >= self.high {
            true
        } else if energy <= self.low {
            false
        } else {
            return;
        };
        self.n += u64::from(self.above == Some(!above));
        self.above = Some(above);
    }
}

impl Recorder {
    /// An empty record of `sweeps` sweeps of `n_columns` values each, the first of which is the energy.
    pub fn new(sweeps: u64, n_columns: usize, coexisting: Option<[f64; 2]>) -> Self {
        Self {
            series: Series::new(n_columns),
            energies: vec![Vec::new(); BLOCKS],
            changes: vec![0; n_columns],
            previous: Vec::new(),
            sweep: 0,
            sweeps,
            crossings: coexisting.map(Crossings::between),
            passed: 0.0,
        }
    }

    /// Sweeps that are still to be recorded.
    pub fn remaining(&self) -> u64 {
        self.sweeps - self.sweep
    }

    /// Sweeps recorded so far.
    pub fn sweep(&self) -> u64 {
        self.sweep
    }

    /// The block that the next sweep belongs to.
    pub fn block(&self) -> usize {
        (self.sweep / self.block_length()) as usize
    }

    fn block_length(&self) -> u64 {
        self.sweeps.div_ceil(BLOCKS as u64).max(1)
    }

    /// One sweep that ended with these values, `[n_columns]`, in a state whose weight in the canonical ensemble is this, at most 1.
    pub fn push(&mut self, values: &[f64], weight: f64) -> Result<(), EstimatorError> {
        let energy = values[0];
        self.series.push(values)?;
        if let Some(crossings) = &mut self.crossings {
            crossings.watch(energy);
        }
        let changed = |last: f64, x: f64| (x - last).abs() > ROUNDING * x.abs().max(last.abs());
        let pairs = self.previous.iter().zip(values);
        self.changes.iter_mut().zip(pairs).for_each(|(n, (&last, &x))| *n += u64::from(changed(last, x)));
        self.previous.clear();
        self.previous.extend_from_slice(values);
        if self.sweep.is_multiple_of(self.block_length().div_ceil(MOST_KEPT)) {
            self.passed += weight;
            if self.passed >= 1.0 {
                let block = self.block();
                self.energies[block].push(energy);
                self.passed -= 1.0;
            }
        }
        self.sweep += 1;
        Ok(())
    }

    /// Refuses what is stored of another stretch than one of `sweeps` sweeps of `n_columns` values each.
    pub fn check(&self, sweeps: u64, n_columns: usize) -> Result<(), RestoreError> {
        RestoreError::unless_equal("sweeps of a stretch", sweeps as usize, self.sweeps as usize)?;
        for found in [self.series.n_observables(), self.changes.len()] {
            RestoreError::unless_equal("columns", n_columns, found)?;
        }
        RestoreError::unless_equal("blocks of energies", BLOCKS, self.energies.len())?;
        if self.sweep > self.sweeps {
            return Err(RestoreError::Number { what: "sweeps", expected: self.sweeps, found: self.sweep });
        }
        Ok(())
    }

    /// Round trips between two phases; `None` where there are none to go between.
    pub fn round_trips(&self) -> Option<f64> {
        self.crossings.map(|crossings| 0.5 * crossings.n as f64)
    }

    /// Number of columns, the energy included.
    pub fn n_columns(&self) -> usize {
        self.series.n_observables()
    }

    /// Sweeps in a bin.
    pub fn bin_size(&self) -> usize {
        self.series.bin_size()
    }

    /// Averages of a column over bins.
    pub fn bins(&self, column: usize) -> Result<Vec<f64>, EstimatorError> {
        self.series.bins(column)
    }
}

/// The series of all replicas of one temperature, which go on.
pub(crate) fn pooled(records: &[&Recorder]) -> Result<Replicas, EstimatorError> {
    Replicas::new(records.iter().map(|record| record.series.clone()).collect())
}

/// How often a value changed from one sweep to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Changes {
    /// Over all replicas.
    pub n: u64,
    /// Sweeps of each replica.
    pub sweeps: u64,
    /// Number of replicas.
    pub replicas: u64,
}

impl Changes {
    /// Changes from which on errors are quoted: an excursion from the commonest value is two.
    pub const ENOUGH: u64 = 2 * RESOLVED;
    /// Sweeps that are advised, over those that would do on average.
    const MARGIN: f64 = 1.25;

    /// Of a column of all replicas at one temperature.
    pub(crate) fn of(records: &[&Recorder], column: usize) -> Self {
        let n = records.iter().map(|record| record.changes[column]).sum();
        Self { n, sweeps: records.first().map_or(0, |record| record.sweep), replicas: records.len() as u64 }
    }

    /// Whether enough were seen for errors to be meant: what moves in most sweeps has no commonest value.
    #[must_use]
    pub fn are_enough(self) -> bool {
        self.n > Self::ENOUGH.min(self.sweeps * self.replicas / 2)
    }

    /// Sweeps of each replica in which enough changes are expected; `None` where none was seen.
    #[must_use]
    pub fn sweeps_needed(self) -> Option<u64> {
        let longer = Self::MARGIN * Self::ENOUGH as f64 / self.n as f64;
        (self.n > 0).then_some((self.sweeps as f64 * longer).ceil() as u64)
    }
}

/// The records of all replicas at one temperature.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    /// Series of all columns.
    pub replicas: Replicas,
    /// Energies by block, those of all replicas together, thinned: `[BLOCKS][...]`.
    pub energies: Vec<Vec<f64>>,
    /// Changes of each column, `[n_columns]`.
    pub changes: Vec<Changes>,
    /// Values of the last sweep of the first replica, `[n_columns]`.
    pub last: Vec<f64>,
}

impl Recorded {
    /// The records of all replicas of one temperature; `memory` is a tau_int that they need not show.
    pub fn pooled(records: Vec<Recorder>, memory: f64) -> Result<Self, SimulationError> {
        let all: Vec<&Recorder> = records.iter().collect();
        let changes = (0..all.first().map_or(0, |first| first.n_columns())).map(|k| Changes::of(&all, k)).collect();
        let last = all.first().map_or_else(Vec::new, |first| first.previous.clone());
        let (mut series, mut energies) = (Vec::new(), vec![Vec::new(); BLOCKS]);
        for record in records {
            energies.iter_mut().zip(record.energies).for_each(|(all, own): (&mut Vec<f64>, _)| all.extend(own));
            series.push(record.series);
        }
        Ok(Self { replicas: Replicas::new(series)?.with_memory(memory), energies, changes, last })
    }
}
