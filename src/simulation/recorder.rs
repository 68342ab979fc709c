//! What the replicas of one temperature leave behind, in memory that does not grow with the number of sweeps.

use serde::{Deserialize, Serialize};

use super::SimulationError;
use crate::estimators::{EstimatorError, RESOLVED, Replicas, Series};
use crate::samplers::RestoreError;

/// Blocks that the energies of each replica are kept in, for reweighting with errors.
pub(crate) const BLOCKS: usize = 16;
/// Most energies kept in a block.
const MOST_KEPT: u64 = 4096;

/// The record of one replica over a stretch of sweeps whose length is known beforehand.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Recorder {
    series: Series,
    energies: Vec<Vec<f64>>,
    changes: u64,
    previous: Option<f64>,
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
            changes: 0,
            previous: None,
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
        self.changes += u64::from(Some(energy) != self.previous);
        self.previous = Some(energy);
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
        RestoreError::unless_equal("columns", n_columns, self.series.n_observables())?;
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

/// The records of all replicas at one temperature.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    /// Series of all columns.
    pub replicas: Replicas,
    /// Energies by block, those of all replicas together, thinned: `[BLOCKS][...]`.
    pub energies: Vec<Vec<f64>>,
    /// Changes of energy from one sweep to the next, over all replicas; each first sweep counts as one.
    pub changes: u64,
}

impl Recorded {
    /// The records of all replicas of one temperature; `memory` is a tau_int that they need not show.
    pub fn pooled(records: Vec<Recorder>, memory: f64) -> Result<Self, SimulationError> {
        let (mut series, mut energies, mut changes) = (Vec::new(), vec![Vec::new(); BLOCKS], 0);
        for record in records {
            energies.iter_mut().zip(record.energies).for_each(|(all, own): (&mut Vec<f64>, _)| all.extend(own));
            changes += record.changes;
            series.push(record.series);
        }
        Ok(Self { replicas: Replicas::new(series)?.with_memory(memory), energies, changes })
    }

    /// Whether enough events were seen for errors to be meant: an excursion from the commonest energy is two changes, and
    /// one that moves in most sweeps has no commonest energy.
    pub fn is_resolved(&self) -> bool {
        self.changes > (2 * RESOLVED).min(self.replicas.n_sweeps() as u64 / 2)
    }
}
