//! Replicas of one temperature: run from ordered and disordered starts until they agree, then measured.

use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::recorder::{Recorded, Recorder};
use super::stretches::{self, Stretches, check_records, memory_of_trips};
use super::thermalization::{Measuring, Phase};
use super::{Control, Observables, RunLength, SimulationError, Start};
use crate::estimators::{Estimate, EstimatorError, Replicas};
use crate::rng::{SavedRng, TaskRng};
use crate::samplers::{RestoreError, Resume};

/// A chain that took long to forget its start is measured this often as long, to see what it may fall back into.
const RELAXATIONS: u64 = 10;

/// Whatever else a replica records while it is measured.
pub(crate) trait Probe<S>: Clone + Send + Serialize + DeserializeOwned {
    /// Before a stretch of so many sweeps.
    fn begin(&mut self, _sweeps: u64) {}

    /// Looks at the chain after a sweep, whose number and block of the run `at` tells.
    ///
    /// # Errors
    ///
    /// Whatever the probe refuses.
    fn after_sweep(&mut self, at: (u64, usize), sampler: &mut S, rng: &mut TaskRng) -> Result<(), SimulationError>;
}

/// Nothing else.
impl<S> Probe<S> for () {
    fn after_sweep(&mut self, _: (u64, usize), _: &mut S, _: &mut TaskRng) -> Result<(), SimulationError> {
        Ok(())
    }
}

/// One chain with its generator and with what it has recorded of the present stretch.
struct Replica<S, P> {
    sampler: S,
    rng: TaskRng,
    recorder: Recorder,
    probe: P,
}

/// All replicas of one temperature, with everything that is needed to go on bit for bit.
pub(crate) struct ReplicatedRun<'o, 'a, S: Resume, P = ()> {
    observables: &'o Observables<'a, S::State>,
    length: RunLength,
    phase: Phase,
    replicas: Vec<Replica<S, P>>,
    probe: P,
}

/// The state of a run between two sweeps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SavedRun<T, P> {
    sampler: String,
    /// Measured sweeps of each replica.
    sweeps: u64,
    phase: Phase,
    replicas: Vec<(T, SavedRng, Recorder, P)>,
}

impl<'o, 'a, S: Resume + Send, P: Probe<S>> ReplicatedRun<'o, 'a, S, P> {
    /// Replicas that `make` starts, each with the generator `stream` gives it and a copy of `probe`.
    ///
    /// # Errors
    ///
    /// `make` refuses.
    pub fn start<E: Send>(
        make: impl Fn(Start, &mut TaskRng) -> Result<S, E> + Sync,
        observables: &'o Observables<'a, S::State>,
        length: RunLength,
        stream: impl Fn(u16) -> TaskRng + Sync,
        probe: P,
    ) -> Result<Self, E>
    where
        P: Sync,
    {
        let phase = Phase::first(length);
        let one = |replica| {
            let mut rng = stream(replica);
            let sampler = make(Start::of(replica), &mut rng)?;
            let recorder = Recorder::new(phase.sweeps(), observables.n_columns(), length.coexisting);
            Ok(Replica { sampler, rng, recorder, probe: probe.clone() })
        };
        let replicas: Vec<Result<_, E>> = (0..length.replicas).into_par_iter().map(one).collect();
        // The first refusal, whichever thread was done first.
        let replicas = replicas.into_iter().collect::<Result<_, E>>()?;
        Ok(Self { observables, length, phase, replicas, probe })
    }

    /// Runs to the end; what was measured.
    ///
    /// # Errors
    ///
    /// A value is no number.
    pub fn finish(&mut self, control: &Control) -> Result<Measuring, SimulationError> {
        stretches::finish(self, control)
    }

    /// The chains.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "asked by experiments of the program"))]
    pub fn samplers(&self) -> impl Iterator<Item = &S> {
        self.replicas.iter().map(|replica| &replica.sampler)
    }

    /// What was recorded, and the probes.
    ///
    /// # Errors
    ///
    /// No replica.
    pub fn into_recorded(self) -> Result<(Recorded, Vec<P>), SimulationError> {
        let memory = self.known_memory();
        let (records, probes) = self.replicas.into_iter().map(|replica| (replica.recorder, replica.probe)).unzip();
        Ok((Recorded::pooled(records, memory)?, probes))
    }

    /// The state of the run.
    #[cfg_attr(not(test), allow(dead_code, reason = "for the files of experiments that go on"))]
    pub fn save(&self) -> SavedRun<S::Saved, P> {
        let one = |r: &Replica<S, P>| (r.sampler.save(), SavedRng::of(&r.rng), r.recorder.clone(), r.probe.clone());
        SavedRun {
            sampler: S::NAME.to_owned(),
            sweeps: self.length.sweeps,
            phase: self.phase,
            replicas: self.replicas.iter().map(one).collect(),
        }
    }

    /// Puts a run that was just started where a run started alike was saved.
    ///
    /// # Errors
    ///
    /// What another sampler, another number of replicas, another length, other observables or a model of another size stored. Beta and the
    /// energies of the model are not compared: who stores a run stores its parameters beside it.
    #[cfg_attr(not(test), allow(dead_code, reason = "for the files of experiments that go on"))]
    pub fn restore(&mut self, saved: SavedRun<S::Saved, P>) -> Result<(), RestoreError> {
        RestoreError::unless_same(S::NAME, &saved.sampler)?;
        RestoreError::unless_equal("replicas", self.replicas.len(), saved.replicas.len())?;
        RestoreError::unless_equal("measured sweeps", self.length.sweeps as usize, saved.sweeps as usize)?;
        let records = saved.replicas.iter().map(|(_, _, recorder, _)| recorder);
        check_records(records, saved.phase.sweeps(), self.observables.n_columns())?;
        self.phase = saved.phase;
        for (replica, (sampler, rng, recorder, probe)) in self.replicas.iter_mut().zip(saved.replicas) {
            replica.sampler.restore(sampler)?;
            replica.rng = rng.rng();
            replica.recorder = recorder;
            replica.probe = probe;
        }
        Ok(())
    }
}

impl<S: Resume + Send, P: Probe<S>> Stretches for ReplicatedRun<'_, '_, S, P> {
    fn phase(&self) -> Phase {
        self.phase
    }

    fn length(&self) -> RunLength {
        self.length
    }

    fn known_memory(&self) -> f64 {
        let trips: Option<f64> = self.replicas.iter().map(|replica| replica.recorder.round_trips()).sum();
        let sweeps: u64 = self.replicas.iter().map(|replica| replica.recorder.sweep()).sum();
        trips.map_or(0.5, |trips| memory_of_trips(sweeps, trips))
    }

    /// Where phases are counted, round trips tell what the time of thermalization could.
    fn relaxations(&self) -> u64 {
        if self.length.coexisting.is_some() { 0 } else { RELAXATIONS }
    }

    fn energy(&self, replicas: &Replicas) -> Result<Estimate, EstimatorError> {
        self.observables.energy(replicas)
    }

    fn records(&self) -> Vec<Vec<&Recorder>> {
        vec![self.replicas.iter().map(|replica| &replica.recorder).collect()]
    }

    fn record(&mut self, sweeps: u64) -> Result<(), SimulationError> {
        let (observables, phase) = (self.observables, self.phase);
        let record = |replica: &mut Replica<S, P>| replica.record(sweeps, observables, phase);
        let recorded: Vec<Result<(), SimulationError>> = self.replicas.par_iter_mut().map(record).collect();
        recorded.into_iter().collect()
    }

    fn begin(&mut self, phase: Phase) {
        self.phase = phase;
        for replica in &mut self.replicas {
            replica.sampler.adapt();
            replica.recorder = Recorder::new(phase.sweeps(), self.observables.n_columns(), self.length.coexisting);
            replica.probe = self.probe.clone();
            replica.probe.begin(phase.sweeps());
        }
    }
}

impl<S: Resume, P: Probe<S>> Replica<S, P> {
    fn record(
        &mut self,
        sweeps: u64,
        observables: &Observables<'_, S::State>,
        phase: Phase,
    ) -> Result<(), SimulationError> {
        let mut values = vec![0.0; observables.n_columns()];
        for _ in 0..sweeps {
            self.sampler.advance(&mut self.rng);
            let weight = observables.record(self.sampler.energy(), self.sampler.state(), &mut values);
            let at = (self.recorder.sweep(), self.recorder.block());
            self.recorder.push(&values, weight)?;
            if matches!(phase, Phase::Measuring(_)) {
                self.probe.after_sweep(at, &mut self.sampler, &mut self.rng)?;
            } else if self.recorder.sweep().is_power_of_two() {
                self.sampler.adapt();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::model::{Boundary, Lattice, LatticeKind};
    use crate::rng::Seed;
    use crate::samplers::{HeatBath, Metropolis, Sampler, SwendsenWang, Wolff};
    use crate::systems::{
        Checkerboard, GlassFlip, Heisenberg, Ising, LennardJones, OverRelaxation, PairTruncation, ParticleMoves, Potts,
        SingleFlip, SpinGlass, VectorHeatBath, Xy,
    };
    use crate::units::Beta;

    const LENGTH: RunLength = RunLength { sweeps: 3000, limit: 6000, error: None, replicas: 2, coexisting: None };

    fn started<'o, 'a, S: Resume + Send>(
        make: &(impl Fn(Start, &mut TaskRng) -> S + Sync),
        observables: &'o Observables<'a, S::State>,
    ) -> ReplicatedRun<'o, 'a, S> {
        let make = |start, rng: &mut TaskRng| Ok::<_, SimulationError>(make(start, rng));
        let stream = |replica| Seed(5).stream(crate::rng::Stream::Sampled { temperature: 0, replica }.id());
        ReplicatedRun::start(make, observables, LENGTH, stream, ()).unwrap()
    }

    /// A run that is stored as text in the middle of thermalization and of measuring, and goes on in chains started anew, leaves what an
    /// unbroken one does, bit for bit.
    fn goes_on_from_a_file<S: Resume + Send>(make: impl Fn(Start, &mut TaskRng) -> S + Sync)
    where
        S::State: Sized,
    {
        let observables = Observables::new();
        let mut whole = started(&make, &observables);
        let thermalization = whole.finish(&Control::default()).unwrap();
        let mut broken = started(&make, &observables);
        let mut pieces = 0;
        let finished = loop {
            if let Some(thermalization) = stretches::advance(&mut broken, 130).unwrap() {
                break thermalization;
            }
            let text = serde_json::to_string(&broken.save()).unwrap();
            broken = started(&make, &observables);
            broken.restore(serde_json::from_str(&text).unwrap()).unwrap();
            pieces += 1;
        };
        assert!(pieces > 20 && finished == thermalization);
        let (a, b) = (whole.into_recorded().unwrap().0, broken.into_recorded().unwrap().0);
        assert_eq!((a.energies, a.changes), (b.energies, b.changes));
        assert_eq!(a.replicas.series()[1].bins(0).unwrap(), b.replicas.series()[1].bins(0).unwrap());
    }

    fn beta(b: f64) -> Beta {
        Beta::new(b).unwrap()
    }

    #[test]
    fn every_sampler_of_spins_goes_on_from_a_file() {
        let square = || Lattice::new(LatticeKind::Square, &[6, 6], Boundary::Periodic).unwrap();
        let ising = Ising::new(square(), 1.0, 0.0).unwrap();
        goes_on_from_a_file(|start, rng| SingleFlip::metropolis(&ising, beta(0.3), start.state(&ising, rng)));
        goes_on_from_a_file(|start, rng| Metropolis::new(&ising, beta(0.3), start.state(&ising, rng)));
        goes_on_from_a_file(|start, rng| SwendsenWang::new(&ising, beta(0.4), start.state(&ising, rng)).unwrap());
        goes_on_from_a_file(|start, rng| {
            let mut wolff = Wolff::new(&ising, beta(0.4), start.state(&ising, rng)).unwrap();
            wolff.tune(20, rng);
            wolff
        });
        goes_on_from_a_file(|_, rng| Checkerboard::metropolis(&ising, beta(0.3), rng).unwrap());
        let potts = Potts::new(square(), 3, 1.0).unwrap();
        goes_on_from_a_file(|start, rng| HeatBath::new(&potts, beta(0.7), start.state(&potts, rng)));
        let (xy, heisenberg) = (Xy::new(square(), 1.0).unwrap(), Heisenberg::new(square(), 1.0).unwrap());
        goes_on_from_a_file(|start, rng| VectorHeatBath::new(&xy, beta(0.5), start.state(&xy, rng)));
        goes_on_from_a_file(|start, rng| OverRelaxation::new(&heisenberg, beta(0.5), start.state(&heisenberg, rng)));
        let glass = SpinGlass::gaussian(&square(), 0.1, &mut Seed(1).set_up()).unwrap();
        goes_on_from_a_file(|_, rng| GlassFlip::new(&glass, beta(0.4), glass.initial_state(rng)));
    }

    #[test]
    fn particles_go_on_from_a_file() {
        let gas = LennardJones::new(300, 0.01, 2.5, PairTruncation::Cut).unwrap();
        goes_on_from_a_file(|_, rng| {
            let mut moves = ParticleMoves::new(&gas, beta(0.5), gas.lattice()).unwrap();
            moves.tune(50, rng);
            (0..100).for_each(|_| moves.advance(rng));
            moves
        });
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let ising = |sides: &[usize]| {
            Ising::new(Lattice::new(LatticeKind::Square, sides, Boundary::Periodic).unwrap(), 1.0, 0.0).unwrap()
        };
        let (own, turned, larger) = (ising(&[4, 9]), ising(&[6, 6]), ising(&[8, 8]));
        let energies = Observables::new();
        let length =
            |sweeps, replicas| RunLength { sweeps, limit: 10 * sweeps, error: None, replicas, coexisting: None };
        let stream = |replica| Seed(5).stream(crate::rng::Stream::Sampled { temperature: 0, replica }.id());
        fn heat_bath<'m>(
            model: &'m Ising,
        ) -> impl Fn(Start, &mut TaskRng) -> Result<HeatBath<'m, Ising>, SimulationError> {
            |start, rng| Ok(HeatBath::new(model, beta(0.3), start.state(model, rng)))
        }
        let mut run = ReplicatedRun::start(heat_bath(&own), &energies, length(1000, 2), stream, ()).unwrap();
        stretches::advance(&mut run, 100).unwrap();
        let text = serde_json::to_string(&run.save()).unwrap();
        let refusal = |model, length, observables: &Observables<'_, _>| {
            let mut other = ReplicatedRun::start(heat_bath(model), observables, length, stream, ()).unwrap();
            other.restore(serde_json::from_str(&text).unwrap()).unwrap_err()
        };
        let number = |what, expected, found| RestoreError::Number { what, expected, found };
        // As many spins on another lattice have other bonds.
        assert_eq!(refusal(&turned, length(1000, 2), &energies), RestoreError::State);
        assert_eq!(refusal(&larger, length(1000, 2), &energies), RestoreError::State);
        assert_eq!(refusal(&own, length(1000, 3), &energies), number("replicas", 3, 2));
        assert_eq!(refusal(&own, length(2000, 2), &energies), number("measured sweeps", 2000, 1000));
        let more = Observables::new().column(|_: &crate::systems::IsingState| 0.0);
        assert_eq!(refusal(&own, length(1000, 2), &more), number("columns", 2, 1));
        // Another sampler whose stored form looks the same.
        let clusters = |start: Start, rng: &mut TaskRng| Wolff::new(&own, beta(0.3), start.state(&own, rng));
        let wolff = ReplicatedRun::start(clusters, &energies, length(1000, 2), stream, ()).unwrap();
        let single = |start: Start, rng: &mut TaskRng| {
            Ok::<_, SimulationError>(Metropolis::new(&own, beta(0.3), start.state(&own, rng)))
        };
        let mut single = ReplicatedRun::start(single, &energies, length(1000, 2), stream, ()).unwrap();
        let text = serde_json::to_string(&wolff.save()).unwrap();
        assert_eq!(
            single.restore(serde_json::from_str(&text).unwrap()).unwrap_err().to_string(),
            "what is stored comes from Wolff, and cannot go on by Metropolis"
        );
    }
}
