//! A pilot run of several samplers on a small lattice: which does the least work for an independent value of
//! the energy.

use crate::estimators::{EstimatorError, WINDOW_FACTOR, integrated_time};
use crate::model::{ClusterModel, Lattice};
use crate::rng::{Seed, Stream, TaskRng};
use crate::samplers::{Mixed, Sampler, SamplerError, StateAlone, Wolff};
use crate::simulation::SamplerName;
use crate::units::Beta;

/// Sites of the lattice of a pilot run, at most: enough for every correlation length at which single spins can win.
const MOST_SITES: usize = 4096;
/// Nanoseconds of work of a candidate after which all are first compared; and then whenever each has done twice as much.
const FIRST: f64 = 2.5e5;
/// Nanoseconds of work that one candidate may do, and how many sweeps of the quickest it may amount to.
const WORK: f64 = 2e8;
const SWEEPS: f64 = 5000.0;
/// Sweeps of a candidate, at least and at most.
const FEWEST: f64 = 256.0;
const MOST: f64 = 32768.0;
/// The least autocorrelation time that is hoped for: clusters may leave less than independent draws would.
const LEAST: f64 = 0.4;
/// Autocorrelation times in a series that tells its autocorrelation time.
const SHORT: f64 = 50.0;
/// Standard errors by which a candidate must be worse to be dropped.
const CLEARLY: f64 = 2.0;
/// Nanoseconds that recording a sweep takes, and judging what was recorded, whatever the sampler.
const RECORDING: f64 = 1000.0;
/// Sweeps in which Wolff's sampler finds its number of clusters.
const TUNING: u64 = 10;

/// Nanoseconds of one sweep per site, as measured on one core of an x86-64 machine: work is counted in these, not timed, so that a choice is the
/// same on every machine. Only their ratios matter.
pub(super) type Work = f64;

/// Autocorrelation times on the lattice of a pilot run over those on one of half the side, from which on they are taken to grow further.
const GROWING: f64 = 2.0;

/// A model on the lattice of a pilot run and, where that is smaller than its own, on one of half the side.
pub(super) struct Pilots<M> {
    own: M,
    half: Option<M>,
}

impl<M> Pilots<M> {
    /// What `make` makes of lattices like `lattice`; `None` where it refuses.
    pub fn new<E>(lattice: &Lattice, make: impl Fn(Lattice) -> Result<M, E>) -> Option<Self> {
        let side = (MOST_SITES as f64).powf(1.0 / lattice.dimension() as f64).round() as usize;
        let like = |side| make(shrunk(lattice, side)?).ok();
        let shorter = lattice.sides().into_iter().any(|own| own > side);
        Some(Self { own: like(side)?, half: if shorter { like(side / 2) } else { None } })
    }

    /// What does the least work, by the contest that `enter` makes with a model; `None` where nothing is known of it, or only that it takes
    /// ever longer on larger lattices.
    pub fn cheapest<'m>(&'m self, enter: impl Fn(&'m M) -> Contest<'m>) -> Option<SamplerName> {
        let winner = enter(&self.own).winner()?;
        let clusters = matches!(winner.sampler, SamplerName::Wolff | SamplerName::Mixed);
        if let (Some(half), false) = (&self.half, clusters) {
            let mut other = enter(half);
            other.candidates.retain(|candidate| candidate.sampler == winner.sampler);
            if other.winner().is_none_or(|other| winner.memory > GROWING * other.memory) {
                return None;
            }
        }
        Some(winner.sampler)
    }
}

/// `lattice`, or its like with no side longer than `most`.
fn shrunk(lattice: &Lattice, most: usize) -> Option<Lattice> {
    // Odd sides stay odd: they decide what is frustrated.
    let shorter = |side: usize| side.min(most - side % 2);
    let sides: Vec<usize> = lattice.sides().into_iter().map(shorter).collect();
    Lattice::new(lattice.kind(), &sides, lattice.boundary()).ok()
}

/// What won a contest.
struct Winner {
    sampler: SamplerName,
    /// tau_int of the energy, in sweeps.
    memory: f64,
}

/// A chain that is tried.
struct Candidate<'m> {
    sampler: SamplerName,
    work: Work,
    /// Energy and order after a sweep.
    sweep: Box<dyn FnMut() -> [f64; 2] + 'm>,
    series: [Vec<f64>; 2],
}

/// The work for an independent value.
#[derive(Clone, Copy, Debug)]
struct Cost {
    value: f64,
    error: f64,
    /// tau_int of the energy, in sweeps.
    memory: f64,
    /// Whether the series was long enough to tell; else the value is too small.
    known: bool,
}

/// Candidates that run on a small lattice of `n_pilot` sites, for a system of `n_sites` sites.
pub(super) struct Contest<'m> {
    beta: Beta,
    n_sites: f64,
    n_pilot: f64,
    candidates: Vec<Candidate<'m>>,
}

impl<'m> Contest<'m> {
    pub fn new(beta: Beta, [n_sites, n_pilot]: [usize; 2]) -> Self {
        Self { beta, n_sites: n_sites as f64, n_pilot: n_pilot as f64, candidates: Vec::new() }
    }

    /// The chain that `make` starts, if it does; `order` is a magnetization.
    pub fn enter<S: Sampler + 'm>(
        &mut self,
        sampler: SamplerName,
        work: Work,
        order: impl Fn(&S::State) -> f64 + 'm,
        make: impl FnOnce(Beta, &mut TaskRng) -> Result<S, SamplerError>,
    ) {
        let number = self.candidates.len() as u16;
        let mut rng = Seed(0).stream(Stream::Candidate(number).id());
        if let Ok(mut chain) = make(self.beta, &mut rng) {
            let sweep = Box::new(move || {
                chain.advance(&mut rng);
                [chain.energy(), order(chain.state()).abs()]
            });
            self.candidates.push(Candidate { sampler, work, sweep, series: [Vec::new(), Vec::new()] });
        }
    }

    /// Wolff's clusters. Those of Swendsen and Wang, which take about as much work for a sweep, leave twice the autocorrelation time.
    pub fn enter_wolff<M: ClusterModel<State: Send>>(
        &mut self,
        model: &'m M,
        work: Work,
        order: impl Fn(&M::State) -> f64 + 'm,
    ) {
        self.enter(SamplerName::Wolff, work, order, |beta, rng| {
            let mut chain = Wolff::new(model, beta, model.initial_state(rng))?;
            chain.tune(TUNING, rng);
            Ok(chain)
        });
    }

    /// Sweeps of the chain that `local` starts, and Wolff's clusters, in turn.
    pub fn enter_mixed<M: ClusterModel<State: Send>, L: StateAlone<State = M::State> + 'm>(
        &mut self,
        model: &'m M,
        work: Work,
        order: impl Fn(&M::State) -> f64 + 'm,
        local: impl FnOnce(Beta, M::State) -> L,
    ) {
        self.enter(SamplerName::Mixed, work, order, |beta, rng| {
            let start = model.initial_state(rng);
            let mut chain = Mixed::new(local(beta, start.clone()), Wolff::new(model, beta, start)?);
            chain.tune(TUNING, rng);
            Ok(chain)
        });
    }

    /// The candidate with the cheapest independent energies of those that the run was long enough for, if it was for any. All of them do the same work, so that quick sweeps
    /// are watched for longer; a candidate that could not win with independent sweeps does none.
    fn winner(mut self) -> Option<Winner> {
        let quickest = self.candidates.iter().map(|candidate| candidate.work).fold(f64::INFINITY, f64::min);
        let most = (SWEEPS * (quickest * self.n_sites + RECORDING)).min(WORK);
        let mut each = FIRST;
        loop {
            let mut best: Option<Cost> = None;
            for candidate in &mut self.candidates {
                let least = 2.0 * LEAST * candidate.per_sweep(self.n_sites);
                if best.is_none_or(|best| best.value + CLEARLY * best.error > least) {
                    candidate.work_up_to(each, self.n_pilot);
                }
                let cost = candidate.cost(self.n_sites);
                if cost.known && best.is_none_or(|best| cost.value < best.value) {
                    best = Some(cost);
                }
            }
            if let Some(best) = best {
                let clearly = |cost: Cost| cost.value - best.value > CLEARLY * cost.error.hypot(best.error);
                self.candidates.retain(|candidate| !clearly(candidate.cost(self.n_sites)));
            }
            let alone = self.candidates.len() <= 1 && best.is_some();
            if alone || 2.0 * each > most {
                let costs = self.candidates.iter().map(|candidate| (candidate.sampler, candidate.cost(self.n_sites)));
                let known = costs.filter(|(_, cost)| cost.known);
                let cheapest = known.min_by(|a, b| a.1.value.total_cmp(&b.1.value));
                return cheapest.map(|(sampler, cost)| Winner { sampler, memory: cost.memory });
            }
            each *= 2.0;
        }
    }
}

impl Candidate<'_> {
    /// Nanoseconds of a sweep of `n_sites` sites.
    fn per_sweep(&self, n_sites: f64) -> f64 {
        self.work * n_sites + RECORDING
    }

    /// Sweeps on a lattice of `n_pilot` sites until it has worked for `each` nanoseconds.
    fn work_up_to(&mut self, each: f64, n_pilot: f64) {
        let sweeps = (each / self.per_sweep(n_pilot)).clamp(FEWEST, MOST) as usize;
        while self.series[0].len() < sweeps {
            let values = (self.sweep)();
            self.series.iter_mut().zip(values).for_each(|(series, value)| series.push(value));
        }
    }

    /// By the energy, once energy and order are known. One that has not run costs what independent sweeps would.
    fn cost(&self, n_sites: f64) -> Cost {
        let per_sweep = self.per_sweep(n_sites);
        let of = |series: &Vec<f64>| {
            // The first quarter forgets the start.
            let (tau, error, known) = match integrated_time(&series[series.len() / 4..], WINDOW_FACTOR) {
                Ok(time) => (time.bias_corrected(), time.std_error(), true),
                // As good as known, but for its error.
                Err(EstimatorError::SeriesTooShort { n, tau_int, .. }) if n as f64 > SHORT * tau_int => {
                    (tau_int, tau_int * (24.0 * tau_int / n as f64).sqrt(), true)
                }
                Err(EstimatorError::SeriesTooShort { tau_int, .. }) => (tau_int, 0.25 * tau_int, false),
                // Nothing happens: sweeps count.
                Err(_) => (LEAST, 0.0, true),
            };
            Cost { value: 2.0 * tau * per_sweep, error: 2.0 * error * per_sweep, memory: tau, known }
        };
        let [energy, order] = [of(&self.series[0]), of(&self.series[1])];
        Cost { known: energy.known && order.known, ..energy }
    }
}
