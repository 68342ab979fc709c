//! The methods of a model of states and moves: which chain at each temperature, which chains are exchanged, which walk is flat.

use std::fmt;
use std::sync::Arc;

use super::flat_histogram::{EnergyGrid, FlatHistogram};
use super::method::{Method, OneTemperature, Run, Sample, Simulated};
use super::replicas::ReplicatedRun;
use super::tempered_run::Overlap;
use super::tempering::Ladder;
use super::{KnownObservable, Observables, SamplerName, SimulationError, Start, coexistence};
use crate::model::{ClusterModel, Exact, LocalStates, Model, SiteEnergies};
use crate::rng::TaskRng;
use crate::samplers::{
    HeatBath, Metropolis, Mixed, Replica, Resume, Sampler, SiteHeatBath, StateAlone, SwendsenWang, Wolff,
};
use crate::units::Beta;

/// Sweeps in which a cluster chain finds the number of clusters of an advance.
const TUNING: u64 = 50;

/// Sweeps of clusters that a disordered start of a cold system gets.
const STIRRING: usize = 10;

/// Changes a disordered start at some beta.
type Stir<'a, S> = Arc<dyn Fn(Beta, S, &mut TaskRng) -> S + Send + Sync + 'a>;

/// A model with what is measured of its states: makes the [`Method`]s that its [`Sampling`](super::Sampling) lists.
pub struct Chains<'a, M: Model> {
    system: &'a M,
    observables: Arc<Observables<'a, M::State>>,
    stir: Option<Stir<'a, M::State>>,
}

impl<M: Model> fmt::Debug for Chains<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chains").finish_non_exhaustive()
    }
}

impl<M: Model> Clone for Chains<'_, M> {
    fn clone(&self) -> Self {
        let Self { system, observables, stir } = self;
        Self { system, observables: Arc::clone(observables), stir: stir.clone() }
    }
}

impl<'a, M: Model<State: Send + Sync> + Simulated> Chains<'a, M> {
    /// Chains of `system`, measured by `observables`.
    #[must_use]
    pub fn new(system: &'a M, observables: Observables<'a, M::State>) -> Self {
        Self { system, observables: Arc::new(observables), stir: None }
    }

    /// The same, whose disordered starts get a few sweeps of clusters below `temperature`, where clusters work: domains that single spins
    /// would grow for as many sweeps as there are sites are then gone, and the disordered start is one of equilibrium sooner than the ordered.
    #[must_use]
    pub fn stirred_below(mut self, temperature: f64) -> Self
    where
        M: ClusterModel<State: Send>,
    {
        let model = self.system;
        self.stir = Some(Arc::new(move |beta, start, rng| {
            if model.has_field() || beta.get().abs() * temperature < 1.0 {
                return start;
            }
            let Ok(mut clusters) = SwendsenWang::new(model, beta, start.clone()) else { return start };
            (0..STIRRING).for_each(|_| clusters.advance(rng));
            clusters.state().clone()
        }));
        self
    }

    /// Where a replica starts at some beta.
    pub(crate) fn start(&self, beta: Beta, start: Start, rng: &mut TaskRng) -> M::State {
        let state = start.state(self.system, rng);
        if start == Start::Disordered { self.stirred(beta, state, rng) } else { state }
    }

    /// What becomes of a disordered start.
    pub(crate) fn stirred(&self, beta: Beta, start: M::State, rng: &mut TaskRng) -> M::State {
        match &self.stir {
            Some(stir) => stir(beta, start, rng),
            None => start,
        }
    }

    /// The chain that `make` starts at some beta from some state, called `sampler`, at each temperature by itself.
    pub fn each<S: Resume<State = M::State> + Send>(
        &self,
        sampler: SamplerName,
        make: impl Fn(Beta, M::State, &mut TaskRng) -> Result<S, SimulationError> + Send + Sync + 'a,
    ) -> Method<'a> {
        let chains = self.clone();
        let make = move |beta, start: Start, rng: &mut TaskRng| {
            let state = chains.start(beta, start, rng);
            make(beta, state, rng)
        };
        chain_method(sampler, self.system.exact(), Arc::clone(&self.observables), make)
    }

    /// Metropolis moves.
    #[must_use]
    pub fn metropolis(&self) -> Method<'a> {
        let model = self.system;
        self.each(SamplerName::Metropolis, move |beta, state, _| Ok(Metropolis::new(model, beta, state)))
    }

    /// Replica exchange of the chains that `make` starts; all temperatures become rungs of one ladder up to `relaxed`, a temperature at
    /// which they forget their states in a few sweeps.
    pub fn tempering<S: Replica<State = M::State> + Resume + Send>(
        &self,
        relaxed: f64,
        make: impl Fn(Beta, M::State) -> S + Send + Sync + 'a,
    ) -> Method<'a> {
        self.tempered(relaxed, make, None)
    }

    /// The same, with a function of the states of two independent sets of chains at the same temperature.
    pub fn tempering_with_overlap<S: Replica<State = M::State> + Resume + Send>(
        &self,
        relaxed: f64,
        make: impl Fn(Beta, M::State) -> S + Send + Sync + 'a,
        observable: impl Into<KnownObservable<'a>>,
        overlap: impl Fn(&M::State, &M::State) -> f64 + Send + Sync + 'a,
    ) -> Method<'a> {
        self.tempered(relaxed, make, Some((observable.into(), Box::new(overlap))))
    }

    fn tempered<S: Replica<State = M::State> + Resume + Send>(
        &self,
        relaxed: f64,
        make: impl Fn(Beta, M::State) -> S + Send + Sync + 'a,
        overlap: Option<Overlap<'a, M::State>>,
    ) -> Method<'a> {
        let system = self.system;
        let make = move |beta, start: Start, rng: &mut TaskRng| Ok(make(beta, start.state(system, rng)));
        tempering_method(system, Arc::clone(&self.observables), relaxed, make, overlap)
    }

    /// Wang–Landau and a multicanonical run over the energies of `grid`; without one the method refuses. `ln_ground_states` is the
    /// logarithm of the number of ground states, where it is known.
    #[must_use]
    pub fn flat_histogram(&self, grid: Option<EnergyGrid>, ln_ground_states: Option<f64>) -> Method<'a>
    where
        M: Sync,
    {
        let observables = self.observables.quantities().collect();
        let flat = FlatHistogram { system: self.system, grid, observables, ln_ground_states };
        Method { sampler: SamplerName::WangLandau, run: Run::AllTemperatures(Box::new(move |task| flat.run(task))) }
    }

    /// Weights that are flat between two phases near a transition of first order, and samples made canonical again, over the energies of
    /// `grid`; where there are no two phases the method refuses.
    #[must_use]
    pub fn multicanonical(&self, grid: Option<EnergyGrid>) -> Method<'a>
    where
        M: LocalStates,
        M::State: 'a,
    {
        let (model, observables) = (self.system, Arc::clone(&self.observables));
        Method::each(SamplerName::Multicanonical, move |task| coexistence::sample(model, &observables, grid, task))
    }

    /// Wolff's clusters.
    #[must_use]
    pub fn wolff(&self) -> Method<'a>
    where
        M: ClusterModel<Spin: Send>,
    {
        let model = self.system;
        self.each(SamplerName::Wolff, move |beta, state, rng| {
            let mut chain = Wolff::new(model, beta, state)?;
            chain.tune(TUNING, rng);
            Ok(chain)
        })
    }

    /// Sweeps of the chain that `local` starts at some beta from some state, and Wolff's clusters, in turn.
    pub fn mixed<L: StateAlone<State = M::State> + Resume + Send>(
        &self,
        local: impl Fn(Beta, M::State) -> L + Send + Sync + 'a,
    ) -> Method<'a>
    where
        M: ClusterModel<Spin: Send>,
    {
        let model = self.system;
        self.each(SamplerName::Mixed, move |beta, state, rng| {
            let clusters = Wolff::new(model, beta, state.clone())?;
            let mut chain = Mixed::new(local(beta, state), clusters);
            chain.tune(TUNING, rng);
            Ok(chain)
        })
    }

    /// Swendsen and Wang's clusters.
    #[must_use]
    pub fn swendsen_wang(&self) -> Method<'a>
    where
        M: ClusterModel<Spin: Send>,
    {
        let model = self.system;
        self.each(SamplerName::SwendsenWang, move |beta, state, _| Ok(SwendsenWang::new(model, beta, state)?))
    }

    /// The heat bath of models whose sites take few values.
    #[must_use]
    pub fn heat_bath(&self) -> Method<'a>
    where
        M: LocalStates,
    {
        let model = self.system;
        self.each(SamplerName::HeatBath, move |beta, state, _| Ok(HeatBath::new(model, beta, state)))
    }

    /// The heat bath of models whose sites have values of any energies.
    #[must_use]
    pub fn site_heat_bath(&self) -> Method<'a>
    where
        M: SiteEnergies,
    {
        let model = self.system;
        self.each(SamplerName::HeatBath, move |beta, state, _| Ok(SiteHeatBath::new(model, beta, state)))
    }
}

/// The chain that `make` starts, called `sampler`, at each temperature by itself: for chains that keep states of their own kind.
pub fn chain_method<'a, S: Resume + Send>(
    sampler: SamplerName,
    exact: Option<&'a (dyn Exact + Sync)>,
    observables: Arc<Observables<'a, S::State>>,
    make: impl Fn(Beta, Start, &mut TaskRng) -> Result<S, SimulationError> + Send + Sync + 'a,
) -> Method<'a>
where
    S::State: Sized + 'a,
{
    let run = move |task: &OneTemperature<'_>| -> Result<Sample, SimulationError> {
        let beta = task.temperature.beta();
        let make = |start, rng: &mut TaskRng| make(beta, start, rng);
        let mut run = ReplicatedRun::start(make, &observables, task.length, task.stream, ())?;
        let measured = run.finish(&task.settings.control)?;
        let (recorded, _) = run.into_recorded()?;
        Ok(Sample {
            rows: observables.rows((task.temperature, task.sampler), &recorded, measured.unsettled, exact)?,
            energies: recorded.energies,
            verdict: measured.verdict(task.temperature),
            radial: None,
            snapshots: Vec::new(),
        })
    };
    Method { sampler, run: Run::EachTemperature(Box::new(run)) }
}

/// Replica exchange of the chains that `make` starts: for chains that keep states of their own kind.
pub fn tempering_method<'a, S: Replica<State: Sized + 'a> + Resume + Send>(
    system: &'a dyn Simulated,
    observables: Arc<Observables<'a, S::State>>,
    relaxed: f64,
    make: impl Fn(Beta, Start, &mut TaskRng) -> Result<S, SimulationError> + Send + Sync + 'a,
    overlap: Option<Overlap<'a, S::State>>,
) -> Method<'a> {
    let ladder = Ladder { system, observables, relaxed, make, overlap };
    Method { sampler: SamplerName::Tempering, run: Run::AllTemperatures(Box::new(move |task| ladder.run(task))) }
}
