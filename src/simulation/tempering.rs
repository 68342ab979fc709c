//! Replica exchange over all temperatures at once, on a ladder found by a pilot run.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::estimates::or_constant;
use super::method::{AllSamples, AllTemperatures, Simulated};
use super::recorder::{Recorded, Recorder};
use super::thermalization::{Phase, Settling};
use super::{
    Budget, DEFAULT_SWEEPS, Observable, Observables, Row, RunLength, SamplerName, Setting, SimulationError, Start,
    Thermalized,
};
use crate::estimators::{Moments, Series};
use crate::model::Model;
use crate::rng::{Seed, Stream};
use crate::samplers::{PilotPoint, Replica, Resume, SavedTempering, Tempering, ladder_through};
use crate::units::{Beta, Temperature};

/// Rungs of the pilot run, in a geometric series.
const PILOT_RUNGS: usize = 24;
/// Acceptance of exchanges that the ladder is built for.
const ACCEPTANCE: f64 = 0.3;
/// Chains of fewer sites, taken together, run on one thread.
const SMALL: f64 = 4096.0;

/// A function of the states of two sets at the same rung, and what it is called.
pub(super) type Overlap<'a, S> = (Observable, Box<dyn Fn(&S, &S) -> f64 + Send + Sync + 'a>);

/// Chains of one model that are exchanged.
pub(super) struct Ladder<'a, M: Model, F> {
    pub system: &'a M,
    pub observables: Arc<Observables<'a, M::State>>,
    /// A temperature at which single moves relax quickly.
    pub relaxed: f64,
    pub make: F,
    pub overlap: Option<Overlap<'a, M::State>>,
}

impl<'a, M, S, F> Ladder<'a, M, F>
where
    M: Model<State: Send + Sync> + Simulated,
    S: Replica<State = M::State> + Resume + Send,
    F: Fn(Beta, M::State) -> S,
{
    /// Samples at the temperatures of `task`.
    ///
    /// Each replica of the settings is a whole set of chains; the first two give the overlap.
    ///
    /// # Errors
    ///
    /// A temperature that is not positive and finite; a budget that is not a number of sweeps; sets that have not
    /// forgotten their starts.
    pub fn run(&self, task: &AllTemperatures<'_>) -> Result<AllSamples, SimulationError> {
        let length = self.length(task)?;
        let betas = self.betas(task, length)?;
        let place = |t: &Temperature| betas.iter().position(|beta| *beta == t.beta()).unwrap_or_default();
        let rungs: Vec<usize> = task.temperatures.iter().map(place).collect();
        let sets: Result<Vec<_>, SimulationError> = (0..length.replicas)
            .map(|set| self.tempering(self.set(&betas, set, task.seed), task.seed, Stream::Chains(set)))
            .collect();
        let mut run = TemperedRun {
            observables: &self.observables,
            overlap: self.overlap.as_ref(),
            rungs,
            length,
            sets: sets?,
            phase: Phase::Settling(Settling::before(length.sweeps)),
            records: Vec::new(),
            overlaps: Vec::new(),
        };
        run.begin();
        let thermalization = run.finish()?;
        self.samples(task, &betas, run, thermalization)
    }

    /// Rows and energies of all temperatures.
    fn samples(
        &self,
        task: &AllTemperatures<'_>,
        betas: &[Beta],
        run: TemperedRun<'_, 'a, S>,
        thermalization: u64,
    ) -> Result<AllSamples, SimulationError> {
        let (system, observables) = (self.system, &self.observables);
        let mut samples = AllSamples::default();
        samples.sampled.notes.push(note(&run.sets, betas, thermalization));
        for ((records, overlaps), &temperature) in run.records.into_iter().zip(&run.overlaps).zip(task.temperatures) {
            let recorded = Recorded::pooled(records)?;
            let at = (temperature, SamplerName::Tempering);
            let rows = observables.rows(at, &recorded, system.exact());
            samples.sampled.rows.extend(rows.map_err(|error| error.at(temperature, run.length.replicas))?);
            if let Some((observable, _)) = self.overlap.as_ref().filter(|_| overlaps.n_sweeps() > 0) {
                let exact = observables.exact_value(observable.name, temperature.beta());
                samples.sampled.rows.push(Row::new(at, *observable, or_constant(overlaps.mean(0))?, exact, true));
            }
            samples.sampled.thermalized.push(Thermalized { temperature, sweeps: thermalization });
            samples.energies.push((temperature, recorded.energies));
            (task.tick)();
        }
        Ok(samples)
    }

    fn length(&self, task: &AllTemperatures<'_>) -> Result<RunLength, SimulationError> {
        let sweeps = match task.settings.budget {
            None => DEFAULT_SWEEPS,
            Some(Budget::Sweeps(sweeps)) => sweeps,
            Some(_) => {
                return Err(SimulationError::Setting {
                    setting: Setting::Error,
                    expected: "left out for tempering, which takes {sweeps}",
                    value: self.system.name().to_owned(),
                });
            }
        };
        Ok(RunLength { sweeps, replicas: task.settings.replicas })
    }

    /// The temperatures asked for and one at which single moves relax quickly, rising.
    fn wanted(&self, temperatures: &[Temperature]) -> Result<Vec<Temperature>, SimulationError> {
        let mut wanted = temperatures.to_vec();
        if let Some(bad) = wanted.iter().find(|t| !(t.get() > 0.0 && t.get().is_finite())) {
            return Err(SimulationError::Setting {
                setting: Setting::Temperatures,
                expected: "positive and finite for tempering",
                value: bad.to_string(),
            });
        }
        let hottest = wanted.iter().fold(self.relaxed, |hottest, t| hottest.max(t.get()));
        wanted.push(Temperature::new(hottest)?);
        wanted.sort_by(|a, b| a.get().total_cmp(&b.get()));
        wanted.dedup();
        Ok(wanted)
    }

    /// The chains of one set, as they start.
    fn set(&self, betas: &[Beta], set: u16, seed: Seed) -> Vec<S> {
        let mut rng = seed.stream(Stream::Starts(set).id());
        let start = |&beta| (self.make)(beta, Start::of(set).state(self.system, &mut rng));
        betas.iter().map(start).collect()
    }

    /// Exchange after every sweep; small systems are not worth the threads.
    fn tempering(&self, chains: Vec<S>, seed: Seed, stream: Stream) -> Result<Tempering<S>, SimulationError> {
        let small = self.system.n_sites() * (chains.len() as f64) < SMALL;
        let tempering = Tempering::new(chains, 1, seed, stream.id())?;
        Ok(if small { tempering.on_one_thread() } else { tempering })
    }

    /// The rungs, coldest first.
    fn betas(&self, task: &AllTemperatures<'_>, length: RunLength) -> Result<Vec<Beta>, SimulationError> {
        let wanted = self.wanted(task.temperatures)?;
        let (cold, hot) = (wanted[0], wanted[wanted.len() - 1]);
        if cold == hot {
            return Ok(vec![cold.beta()]);
        }
        let ratio = (hot.get() / cold.get()).powf(1.0 / (PILOT_RUNGS - 1) as f64);
        let mut betas: Vec<Beta> = vec![cold.beta()];
        for k in 1..PILOT_RUNGS - 1 {
            betas.push(Temperature::new(cold.get() * ratio.powi(k as i32))?.beta());
        }
        betas.push(hot.beta());
        let mut pilot = self.tempering(self.set(&betas, 0, task.seed), task.seed, Stream::Pilot)?;
        let sweeps = (length.sweeps / 10).max(100);
        (0..sweeps).for_each(|_| pilot.advance());
        let mut moments = vec![Moments::default(); PILOT_RUNGS];
        for _ in 0..sweeps {
            pilot.advance();
            moments.iter_mut().zip(pilot.chains()).for_each(|(m, chain)| m.push(chain.energy()));
        }
        let variances = moments.iter().map(|m| m.variance().unwrap_or(0.0));
        let points: Vec<PilotPoint> =
            betas.iter().zip(variances).map(|(&beta, variance)| PilotPoint { beta, variance }).collect();
        Ok(ladder_through(&wanted, &points, task.settings.ladder, ACCEPTANCE)?)
    }
}

/// All sets of chains, with everything that is needed to go on bit for bit.
struct TemperedRun<'o, 'a, S: Replica + Resume<State: Sized>> {
    observables: &'o Observables<'a, S::State>,
    overlap: Option<&'o Overlap<'a, S::State>>,
    /// Rungs of the temperatures asked for.
    rungs: Vec<usize>,
    length: RunLength,
    sets: Vec<Tempering<S>>,
    phase: Phase,
    /// Records of the present stretch, `[n_rungs][n_sets]`.
    records: Vec<Vec<Recorder>>,
    /// Overlaps of the first two sets, `[n_rungs]`.
    overlaps: Vec<Series>,
}

/// The state of a run between two sweeps.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(not(test), allow(dead_code, reason = "for the files of experiments that go on"))]
struct SavedRun<T> {
    phase: Phase,
    sets: Vec<SavedTempering<T>>,
    records: Vec<Vec<Recorder>>,
    overlaps: Vec<Series>,
}

impl<S: Replica + Resume<State: Sized> + Send> TemperedRun<'_, '_, S> {
    /// Empties the records for the stretch that begins.
    fn begin(&mut self) {
        let sweeps = match self.phase {
            Phase::Settling(settling) => settling.stretch(),
            Phase::Measuring(_) => self.length.sweeps,
        };
        let recorder = || Recorder::new(sweeps, self.observables.n_columns());
        self.records = self.rungs.iter().map(|_| self.sets.iter().map(|_| recorder()).collect()).collect();
        self.overlaps = vec![Series::new(1); self.rungs.len()];
    }

    /// Runs to the end; the sweeps of thermalization.
    fn finish(&mut self) -> Result<u64, SimulationError> {
        loop {
            if let Some(thermalization) = self.advance(u64::MAX)? {
                return Ok(thermalization);
            }
        }
    }

    /// At most `most` sweeps, and never beyond the end of a stretch; at the end of the run, the sweeps of thermalization.
    fn advance(&mut self, most: u64) -> Result<Option<u64>, SimulationError> {
        let remaining = self.records.iter().flatten().next().map_or(0, Recorder::remaining);
        let sweeps = most.min(remaining);
        self.record(sweeps)?;
        if sweeps < remaining {
            return Ok(None);
        }
        match &mut self.phase {
            Phase::Measuring(thermalization) => Ok(Some(*thermalization)),
            Phase::Settling(settling) => {
                let records: Vec<Vec<&Recorder>> = self.records.iter().map(|own| own.iter().collect()).collect();
                if let Some(total) = settling.judge(&records)? {
                    self.phase = Phase::Measuring(total);
                    self.sets.iter_mut().for_each(Tempering::forget);
                }
                self.begin();
                Ok(None)
            }
        }
    }

    /// Advances all sets in step and records the chains at the rungs asked for.
    fn record(&mut self, sweeps: u64) -> Result<(), SimulationError> {
        let mut values = vec![0.0; self.observables.n_columns()];
        for _ in 0..sweeps {
            self.sets.iter_mut().for_each(Tempering::advance);
            for (own, &rung) in self.records.iter_mut().zip(&self.rungs) {
                for (recorder, set) in own.iter_mut().zip(&self.sets) {
                    let chain = set.chain(rung);
                    self.observables.record(chain.energy(), chain.state(), &mut values);
                    recorder.push(&values)?;
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

    /// The state of the run.
    #[cfg_attr(not(test), allow(dead_code, reason = "for the files of experiments that go on"))]
    fn save(&self) -> SavedRun<S::Saved> {
        SavedRun {
            phase: self.phase,
            sets: self.sets.iter().map(Tempering::save).collect(),
            records: self.records.clone(),
            overlaps: self.overlaps.clone(),
        }
    }

    /// Puts a run that was just started where a run started alike was saved.
    #[cfg_attr(not(test), allow(dead_code, reason = "for the files of experiments that go on"))]
    fn restore(&mut self, saved: SavedRun<S::Saved>) {
        (self.phase, self.records, self.overlaps) = (saved.phase, saved.records, saved.overlaps);
        self.sets.iter_mut().zip(saved.sets).for_each(|(set, saved)| set.restore(saved));
    }
}

/// What the exchanges did.
fn note<S: Replica>(sets: &[Tempering<S>], betas: &[Beta], thermalization: u64) -> String {
    let first = &sets[0];
    let acceptances = (0..betas.len() - 1).map(|pair| first.acceptance(pair));
    let (low, high) = acceptances.fold((1.0f64, 0.0f64), |(low, high), a| (low.min(a), high.max(a)));
    let trips: u64 = sets.iter().map(Tempering::round_trips).sum();
    format!(
        "{} temperatures from {} to {}: {:.2} to {:.2} of the exchanges accepted, {trips} round trips, \
         {thermalization} sweeps of thermalization",
        betas.len(),
        betas[0].temperature(),
        betas[betas.len() - 1].temperature(),
        low,
        high
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::model::{Boundary, Lattice, LatticeKind};
    use crate::samplers::HeatBath;
    use crate::systems::Potts;
    use crate::units::Dimension;

    #[test]
    fn exchanged_chains_go_on_from_a_file() {
        let potts =
            Potts::new(Lattice::new(LatticeKind::Square, &[4, 4], Boundary::Periodic).unwrap(), 3, 1.0).unwrap();
        let observables = Observables::new()
            .mean(Observable::intensive("first", Dimension::Number), |state: &crate::systems::PottsState| {
                f64::from(state.colours()[0])
            });
        let start = || {
            let chain = |k: u32, set: u16| {
                let mut rng = Seed(3).stream(Stream::Starts(set).id());
                HeatBath::new(
                    &potts,
                    Beta::new(1.2 - 0.2 * f64::from(k)).unwrap(),
                    Start::of(set).state(&potts, &mut rng),
                )
            };
            let set = |set| {
                let chains = (0..4).map(|k| chain(k, set)).collect();
                Tempering::new(chains, 1, Seed(3), Stream::Chains(set).id()).unwrap()
            };
            let length = RunLength { sweeps: 2000, replicas: 2 };
            let phase = Phase::Settling(Settling::before(length.sweeps));
            let sets = vec![set(0), set(1)];
            let (records, overlaps) = (Vec::new(), Vec::new());
            let mut run = TemperedRun {
                observables: &observables,
                overlap: None,
                rungs: vec![0, 2],
                length,
                sets,
                phase,
                records,
                overlaps,
            };
            run.begin();
            run
        };
        let mut whole = start();
        let thermalization = whole.finish().unwrap();
        let (mut broken, mut pieces) = (start(), 0);
        let finished = loop {
            if let Some(thermalization) = broken.advance(77).unwrap() {
                break thermalization;
            }
            let text = serde_json::to_string(&broken.save()).unwrap();
            broken = start();
            broken.restore(serde_json::from_str(&text).unwrap());
            pieces += 1;
        };
        assert!(pieces > 25 && finished == thermalization);
        assert_eq!(serde_json::to_string(&whole.save()).unwrap(), serde_json::to_string(&broken.save()).unwrap());
    }
}
