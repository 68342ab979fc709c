//! Sets of exchanged chains: run until they forget their starts, then measured.

use serde::{Deserialize, Serialize};

use super::recorder::Recorder;
use super::stretches::{Stretches, check_records, memory_of_trips};
use super::thermalization::Phase;
use super::{KnownObservable, Observables, RunLength, SimulationError};
use crate::estimators::{Estimate, EstimatorError, Replicas, Series};
use crate::samplers::{Replica, RestoreError, Resume, SavedTempering, Tempering};

/// A function of the states of two sets at the same rung, and what it is called.
pub(super) type Overlap<'a, S> = (KnownObservable<'a>, Box<dyn Fn(&S, &S) -> f64 + Send + Sync + 'a>);

/// All sets of chains, with everything that is needed to go on bit for bit.
pub(super) struct TemperedRun<'o, 'a, S: Replica + Resume<State: Sized>> {
    observables: &'o Observables<'a, S::State>,
    overlap: Option<&'o Overlap<'a, S::State>>,
    /// Rungs of the temperatures asked for.
    rungs: Vec<usize>,
    pub length: RunLength,
    pub sets: Vec<Tempering<S>>,
    phase: Phase,
    /// Records of the present stretch, `[n_rungs][n_sets]`.
    pub records: Vec<Vec<Recorder>>,
    /// Overlaps of the first two sets, `[n_rungs]`.
    pub overlaps: Vec<Series>,
}

/// The state of a run between two sweeps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SavedTemperedRun<T> {
    sampler: String,
    rungs: Vec<usize>,
    /// Measured sweeps of each set.
    sweeps: u64,
    phase: Phase,
    sets: Vec<SavedTempering<T>>,
    records: Vec<Vec<Recorder>>,
    overlaps: Vec<Series>,
}

impl<'o, 'a, S: Replica + Resume<State: Sized> + Send> TemperedRun<'o, 'a, S> {
    /// `sets` of chains before their first sweep, recorded at `rungs`.
    pub fn new(
        observables: &'o Observables<'a, S::State>,
        overlap: Option<&'o Overlap<'a, S::State>>,
        rungs: Vec<usize>,
        length: RunLength,
        sets: Vec<Tempering<S>>,
    ) -> Self {
        let phase = Phase::first(length);
        let (records, overlaps) = (Vec::new(), Vec::new());
        let mut run = Self { observables, overlap, rungs, length, sets, phase, records, overlaps };
        run.begin(phase);
        run
    }

    /// The state of the run.
    pub fn save(&self) -> SavedTemperedRun<S::Saved> {
        SavedTemperedRun {
            sampler: S::NAME.to_owned(),
            rungs: self.rungs.clone(),
            sweeps: self.length.sweeps,
            phase: self.phase,
            sets: self.sets.iter().map(Tempering::save).collect(),
            records: self.records.clone(),
            overlaps: self.overlaps.clone(),
        }
    }

    /// Puts a run that was just started where a run started alike was saved.
    ///
    /// # Errors
    ///
    /// What another sampler, another number of sets, other temperatures asked for, another length, other observables or a model of another
    /// size stored. The energies of the model are not compared: who stores a run stores its parameters beside it.
    pub fn restore(&mut self, saved: SavedTemperedRun<S::Saved>) -> Result<(), RestoreError> {
        RestoreError::unless_same(S::NAME, &saved.sampler)?;
        RestoreError::unless_equal("replicas", self.sets.len(), saved.sets.len())?;
        RestoreError::unless_equal("measured sweeps", self.length.sweeps as usize, saved.sweeps as usize)?;
        for found in [saved.records.len(), saved.overlaps.len()] {
            RestoreError::unless_equal("temperatures", self.rungs.len(), found)?;
        }
        if saved.rungs != self.rungs {
            return Err(RestoreError::Temperatures);
        }
        for own in &saved.records {
            RestoreError::unless_equal("replicas", self.sets.len(), own.len())?;
        }
        check_records(saved.records.iter().flatten(), saved.phase.sweeps(), self.observables.n_columns())?;
        self.sets.iter_mut().zip(saved.sets).try_for_each(|(set, saved)| set.restore(saved))?;
        (self.phase, self.records, self.overlaps) = (saved.phase, saved.records, saved.overlaps);
        Ok(())
    }
}

impl<S: Replica + Resume<State: Sized> + Send> Stretches for TemperedRun<'_, '_, S> {
    fn phase(&self) -> Phase {
        self.phase
    }

    fn length(&self) -> RunLength {
        self.length
    }

    /// A state is another one when it has been at the hot end and back: see [`memory_of_trips`].
    fn known_memory(&self) -> f64 {
        let n_chains = self.sets.first().map_or(1, Tempering::len);
        if n_chains < 2 {
            return 0.5;
        }
        let trips: u64 = self.sets.iter().map(Tempering::round_trips).sum();
        let sweeps = self.records.first().and_then(|own| own.first()).map_or(0, Recorder::sweep);
        memory_of_trips(sweeps * (n_chains * self.sets.len()) as u64, trips as f64)
    }

    /// The overlap of two sets is one series.
    fn n_series(&self) -> u16 {
        if self.overlap.is_some() { 1 } else { self.length.replicas }
    }

    fn energy(&self, replicas: &Replicas) -> Result<Estimate, EstimatorError> {
        self.observables.energy(replicas)
    }

    fn records(&self) -> Vec<Vec<&Recorder>> {
        self.records.iter().map(|own| own.iter().collect()).collect()
    }

    /// Advances all sets in step and records the chains at the rungs asked for.
    fn record(&mut self, sweeps: u64) -> Result<(), SimulationError> {
        let mut values = vec![0.0; self.observables.n_columns()];
        for _ in 0..sweeps {
            self.sets.iter_mut().for_each(Tempering::advance);
            for (own, &rung) in self.records.iter_mut().zip(&self.rungs) {
                for (recorder, set) in own.iter_mut().zip(&self.sets) {
                    let chain = set.chain(rung);
                    let weight = self.observables.record(chain.energy(), chain.state(), &mut values);
                    recorder.push(&values, weight)?;
                }
            }
            let measuring = matches!(self.phase, Phase::Measuring(_));
            if let (true, Some((_, overlap)), [a, b, ..]) = (measuring, self.overlap, &self.sets[..]) {
                for (series, &rung) in self.overlaps.iter_mut().zip(&self.rungs) {
                    series.push(&[overlap(a.chain(rung).state(), b.chain(rung).state())])?;
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, phase: Phase) {
        self.phase = phase;
        let recorder = || Recorder::new(phase.sweeps(), self.observables.n_columns(), None);
        self.records = self.rungs.iter().map(|_| self.sets.iter().map(|_| recorder()).collect()).collect();
        self.overlaps = vec![Series::new(1); self.rungs.len()];
        self.sets.iter_mut().for_each(Tempering::forget);
    }
}
