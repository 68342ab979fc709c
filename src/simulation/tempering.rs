//! Replica exchange over all temperatures at once, on a ladder found by a pilot run.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::control::drive;
use super::estimates::Judged;
use super::method::{AllSamples, AllTemperatures, Simulated};
use super::pilot::{Pilot, SavedPilot};
use super::recorder::Recorded;
use super::stretches::Stretches;
use super::tempered_run::{Overlap, SavedTemperedRun, TemperedRun};
use super::thermalization::Measuring;
use super::{Note, Observables, Row, RunLength, SamplerName, Setting, SimulationError, Start, Status, stretches};
use crate::estimators::Replicas;
use crate::rng::{Seed, Stream, TaskRng};
use crate::samplers::{Replica, RestoreError, Resume, Tempering, ladder_through};
use crate::units::{Beta, Temperature};

/// Rungs of the pilot run, in a geometric series.
const PILOT_RUNGS: usize = 24;
/// Acceptance of exchanges that the ladder is built for.
const ACCEPTANCE: f64 = 0.3;
/// Chains of fewer sites, taken together, run on one thread.
const SMALL: f64 = 4096.0;

/// Chains of one model that are exchanged.
pub(super) struct Ladder<'a, S: ?Sized, F> {
    pub system: &'a dyn Simulated,
    pub observables: Arc<Observables<'a, S>>,
    /// A temperature at which single moves relax quickly.
    pub relaxed: f64,
    /// Starts a chain at some beta.
    pub make: F,
    pub overlap: Option<Overlap<'a, S>>,
}

impl<'a, S, F> Ladder<'a, S::State, F>
where
    S: Replica<State: Sized> + Resume + Send,
    F: Fn(Beta, Start, &mut TaskRng) -> Result<S, SimulationError> + Sync,
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
        let mut run = self.start(task)?;
        // From one of the threads of the pool, so that a sweep wakes none that waits for the others.
        let measured =
            rayon::scope(|_| drive(&task.settings.control, &mut run, LadderRun::remaining, LadderRun::advance))?;
        run.samples(measured)
    }

    /// Everything that is run for `task`, before the first sweep of its pilot run.
    fn start<'r>(&'r self, task: &'r AllTemperatures<'r>) -> Result<LadderRun<'r, 'a, S, F>, SimulationError> {
        let length = task.length;
        let stage = match self.pilot(task, length)? {
            Some(pilot) => Stage::Pilot(Box::new(pilot)),
            None => self.exchange(task, length, self.wanted(task.temperatures)?.iter().map(|t| t.beta()).collect())?,
        };
        Ok(LadderRun { ladder: self, task, length, stage })
    }

    /// Sets of chains at `betas`.
    fn exchange<'r>(
        &'r self,
        task: &AllTemperatures<'_>,
        length: RunLength,
        betas: Vec<Beta>,
    ) -> Result<Stage<'r, 'a, S>, SimulationError> {
        let place =
            |t: &Temperature| betas.iter().position(|beta| *beta == t.beta()).ok_or(RestoreError::Temperature(*t));
        let rungs = task.temperatures.iter().map(place).collect::<Result<Vec<usize>, _>>()?;
        let sets: Result<Vec<_>, SimulationError> = (0..length.replicas)
            .map(|set| self.tempering(self.set(&betas, set, task.seed)?, task.seed, Stream::Chains(set)))
            .collect();
        let run = TemperedRun::new(&self.observables, self.overlap.as_ref(), rungs, length, sets?);
        Ok(Stage::Exchange { betas, run: Box::new(run) })
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
    fn set(&self, betas: &[Beta], set: u16, seed: Seed) -> Result<Vec<S>, SimulationError> {
        let mut rng = seed.stream(Stream::Starts(set).id());
        betas.iter().map(|&beta| (self.make)(beta, Start::of(set), &mut rng)).collect()
    }

    /// Exchange after every sweep; small systems are not worth the threads.
    fn tempering(&self, chains: Vec<S>, seed: Seed, stream: Stream) -> Result<Tempering<S>, SimulationError> {
        let small = self.system.n_sites() * (chains.len() as f64) < SMALL;
        let tempering = Tempering::new(chains, 1, seed, stream.id())?;
        Ok(if small { tempering.on_one_thread() } else { tempering })
    }

    /// The pilot run; none where one temperature is all there is.
    fn pilot(&self, task: &AllTemperatures<'_>, length: RunLength) -> Result<Option<Pilot<S>>, SimulationError> {
        let wanted = self.wanted(task.temperatures)?;
        let (cold, hot) = (wanted[0], wanted[wanted.len() - 1]);
        if cold == hot {
            return Ok(None);
        }
        let ratio = (hot.get() / cold.get()).powf(1.0 / (PILOT_RUNGS - 1) as f64);
        let mut betas: Vec<Beta> = vec![cold.beta()];
        for k in 1..PILOT_RUNGS - 1 {
            betas.push(Temperature::new(cold.get() * ratio.powi(k as i32))?.beta());
        }
        betas.push(hot.beta());
        let chains = self.tempering(self.set(&betas, 0, task.seed)?, task.seed, Stream::Pilot)?;
        Ok(Some(Pilot::new(chains, (length.sweeps / 10).max(100))))
    }
}

/// Replica exchange from the first sweep of its pilot run to the last one that is measured, with everything that is needed to go on bit
/// for bit.
struct LadderRun<'r, 'a, S: Replica<State: Sized> + Resume, F> {
    ladder: &'r Ladder<'a, S::State, F>,
    task: &'r AllTemperatures<'r>,
    length: RunLength,
    stage: Stage<'r, 'a, S>,
}

/// What a run is at.
enum Stage<'r, 'a, S: Replica + Resume<State: Sized>> {
    /// Finding the temperatures.
    Pilot(Box<Pilot<S>>),
    /// Exchanging between them, from the coldest to the hottest.
    Exchange { betas: Vec<Beta>, run: Box<TemperedRun<'r, 'a, S>> },
}

/// The state of a run between two sweeps.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum SavedLadder<T> {
    Pilot(SavedPilot<T>),
    Exchange { betas: Vec<f64>, run: SavedTemperedRun<T> },
}

impl<'a, S, F> LadderRun<'_, 'a, S, F>
where
    S: Replica<State: Sized> + Resume + Send,
    F: Fn(Beta, Start, &mut TaskRng) -> Result<S, SimulationError> + Sync,
{
    /// Sweeps that the present stretch still has.
    fn remaining(&self) -> u64 {
        match &self.stage {
            Stage::Pilot(pilot) => pilot.remaining(),
            Stage::Exchange { run, .. } => stretches::remaining(&**run),
        }
    }

    /// At most `most` sweeps, and never beyond the end of a stretch; at the end of the run, the sweeps of thermalization.
    fn advance(&mut self, most: u64) -> Result<Option<Measuring>, SimulationError> {
        let points = match &mut self.stage {
            Stage::Exchange { run, .. } => return stretches::advance(&mut **run, most),
            Stage::Pilot(pilot) => {
                if !pilot.advance(most) {
                    return Ok(None);
                }
                pilot.points()
            }
        };
        let wanted = self.ladder.wanted(self.task.temperatures)?;
        let betas = ladder_through(&wanted, &points, self.task.settings.ladder, ACCEPTANCE)?;
        self.stage = self.ladder.exchange(self.task, self.length, betas)?;
        Ok(None)
    }

    /// The state of the run.
    #[cfg_attr(not(test), allow(dead_code, reason = "for the files of experiments that go on"))]
    fn save(&self) -> SavedLadder<S::Saved> {
        match &self.stage {
            Stage::Pilot(pilot) => SavedLadder::Pilot(pilot.save()),
            Stage::Exchange { betas, run } => {
                SavedLadder::Exchange { betas: betas.iter().map(|beta| beta.get()).collect(), run: run.save() }
            }
        }
    }

    /// Puts a run that was just started where a run started alike was saved.
    ///
    /// # Errors
    ///
    /// What was stored does not fit the task.
    #[cfg_attr(not(test), allow(dead_code, reason = "for the files of experiments that go on"))]
    fn restore(&mut self, saved: SavedLadder<S::Saved>) -> Result<(), SimulationError> {
        match (saved, &mut self.stage) {
            (SavedLadder::Pilot(saved), Stage::Pilot(pilot)) => pilot.restore(saved)?,
            (SavedLadder::Pilot(_), Stage::Exchange { .. }) => {
                return Err(RestoreError::Stage { found: "pilot run" }.into());
            }
            (SavedLadder::Exchange { betas, run: saved }, _) => {
                let betas = betas.into_iter().map(Beta::new).collect::<Result<Vec<_>, _>>()?;
                self.stage = self.ladder.exchange(self.task, self.length, betas)?;
                if let Stage::Exchange { run, .. } = &mut self.stage {
                    run.restore(saved)?;
                }
            }
        }
        Ok(())
    }

    /// Rows and energies of all temperatures.
    fn samples(self, measured: Measuring) -> Result<AllSamples, SimulationError> {
        let (Ladder { system, observables, overlap, .. }, task) = (self.ladder, self.task);
        let mut samples = AllSamples::default();
        let Stage::Exchange { betas, run } = self.stage else { return Ok(samples) };
        let memory = run.known_memory();
        samples.sampled.notes.push(note(&run.sets, &betas, measured.thermalization));
        for ((records, overlaps), &temperature) in run.records.into_iter().zip(&run.overlaps).zip(task.temperatures) {
            let recorded = Recorded::pooled(records, memory)?;
            let at = (temperature, SamplerName::Tempering);
            let rows = observables.rows(at, &recorded, measured.unsettled, system.exact());
            samples.sampled.rows.extend(rows.map_err(|error| error.at(temperature, run.length.replicas))?);
            if let Some((quantity, _)) = overlap.as_ref().filter(|_| overlaps.n_sweeps() > 0) {
                let exact = quantity.exact(temperature.beta());
                let overlaps = Replicas::new(vec![overlaps.clone()])?.with_memory(memory);
                let judged = Judged { unsettled: measured.unsettled, events: Status::Ok };
                let (estimate, status) = judged.of(overlaps.mean(0))?;
                samples.sampled.rows.push(Row::new(at, quantity.observable, estimate, exact, status));
            }
            samples.sampled.verdicts.push(measured.verdict(temperature));
            samples.energies.push((temperature, recorded.energies));
            (task.tick)();
        }
        Ok(samples)
    }
}

/// What the exchanges did.
fn note<S: Replica>(sets: &[Tempering<S>], betas: &[Beta], thermalization: u64) -> Note {
    let first = &sets[0];
    let acceptances = (0..betas.len() - 1).map(|pair| first.acceptance(pair));
    Note::Exchange {
        n_temperatures: betas.len(),
        coldest: betas[0].temperature(),
        hottest: betas[betas.len() - 1].temperature(),
        acceptance: acceptances.fold((1.0f64, 0.0f64), |(low, high), a| (low.min(a), high.max(a))),
        round_trips: sets.iter().map(Tempering::round_trips).sum(),
        thermalization,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Boundary, Lattice, LatticeKind};
    use crate::samplers::HeatBath;
    use crate::simulation::Budget;
    use crate::simulation::{Observable, Settings};
    use crate::systems::{Potts, PottsState};
    use crate::units::Dimension;

    const FIRST: Observable = Observable::intensive("first", Dimension::Number);
    const SAME: Observable = Observable::intensive("same", Dimension::Number);

    fn potts(side: usize) -> Potts {
        Potts::new(Lattice::new(LatticeKind::Square, &[side, side], Boundary::Periodic).unwrap(), 3, 1.0).unwrap()
    }

    /// A heat bath, as [`Ladder::make`] returns it.
    type Made<'m> = Result<HeatBath<'m, Potts>, SimulationError>;

    fn ladder<'m>(potts: &'m Potts) -> Ladder<'m, PottsState, impl Fn(Beta, Start, &mut TaskRng) -> Made<'m>> {
        let first = |state: &PottsState| f64::from(state.colours()[0]);
        let same = |a: &PottsState, b: &PottsState| f64::from(u8::from(a.colours()[0] == b.colours()[0]));
        Ladder {
            system: potts,
            observables: Arc::new(Observables::new().mean(FIRST, first)),
            relaxed: 2.0,
            make: |beta, start: Start, rng: &mut TaskRng| Ok(HeatBath::new(potts, beta, start.state(potts, rng))),
            overlap: Some((SAME.into(), Box::new(same))),
        }
    }

    fn settings(replicas: u16, sweeps: u64) -> Settings {
        Settings { replicas, budget: Some(Budget::Sweeps(sweeps)), ..Settings::default() }
    }

    fn task<'t>(temperatures: &'t [Temperature], settings: &'t Settings) -> AllTemperatures<'t> {
        let Some(Budget::Sweeps(sweeps)) = settings.budget else { panic!("no number of sweeps") };
        let length = RunLength::new(sweeps, settings.replicas, 16.0);
        AllTemperatures { temperatures, settings, length, seed: Seed(3), tick: &|| () }
    }

    #[test]
    fn exchanged_chains_go_on_from_a_file() {
        let (potts, settings) = (potts(4), settings(2, 2000));
        let (ladder, temperatures) = (ladder(&potts), [0.9, 1.2].map(|t| Temperature::new(t).unwrap()));
        let task = task(&temperatures, &settings);
        let mut whole = ladder.start(&task).unwrap();
        let thermalization = loop {
            if let Some(thermalization) = whole.advance(u64::MAX).unwrap() {
                break thermalization;
            }
        };
        let (mut broken, mut pilots, mut pieces) = (ladder.start(&task).unwrap(), 0, 0);
        let finished = loop {
            if let Some(thermalization) = broken.advance(77).unwrap() {
                break thermalization;
            }
            let text = serde_json::to_string(&broken.save()).unwrap();
            broken = ladder.start(&task).unwrap();
            broken.restore(serde_json::from_str(&text).unwrap()).unwrap();
            pilots += usize::from(matches!(broken.stage, Stage::Pilot(_)));
            pieces += 1;
        };
        assert!(pilots > 3 && pieces > pilots + 25 && finished == thermalization, "{pilots} {pieces}");
        assert_eq!(serde_json::to_string(&whole.save()).unwrap(), serde_json::to_string(&broken.save()).unwrap());
        let rows = |run: LadderRun<'_, '_, _, _>| format!("{:?}", run.samples(finished).unwrap().sampled);
        assert_eq!(rows(whole), rows(broken));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let (small, large) = (potts(4), potts(6));
        let temperatures = [0.9, 1.2].map(|t| Temperature::new(t).unwrap());
        let (two, three, longer) = (settings(2, 2000), settings(3, 2000), settings(2, 4000));
        for sweeps in [77, 2000] {
            let own = ladder(&small);
            let own_task = task(&temperatures, &two);
            let mut run = own.start(&own_task).unwrap();
            // In the pilot run, and beyond it.
            for _ in 0..3 {
                run.advance(sweeps).unwrap();
            }
            let text = serde_json::to_string(&run.save()).unwrap();
            let refusal = |potts, temperatures: &[Temperature], settings| {
                let (ladder, task) = (ladder(potts), task(temperatures, settings));
                let mut other = ladder.start(&task).unwrap();
                other.restore(serde_json::from_str(&text).unwrap()).unwrap_err().to_string()
            };
            assert!(refusal(&large, &temperatures, &two).contains("its size, its values or its counts differ"));
            assert!(refusal(&small, &temperatures, &longer).contains("sweeps"));
            let one = [Temperature::new(2.0).unwrap()];
            if sweeps == 77 {
                let message = "what is stored is a run in its pilot run, which this run does not have";
                assert_eq!(refusal(&small, &one, &two), message);
            } else {
                assert!(refusal(&small, &temperatures, &three).contains("2 replicas, where this run has 3"));
                assert!(refusal(&small, &temperatures[..1], &two).contains("2 temperatures, where this run has 1"));
                let other = [Temperature::new(0.95).unwrap(), temperatures[1]];
                assert_eq!(refusal(&small, &other, &two), "what is stored has no temperature T = 0.95");
                let swapped = [temperatures[1], temperatures[0]];
                assert!(refusal(&small, &swapped, &two).ends_with("at other temperatures, or in another order"));
            }
        }
    }
}
