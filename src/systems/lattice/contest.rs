//! A pilot run of several samplers on a small lattice: which does the least work for an independent value of the energy.

use crate::estimators::{EstimatorError, WINDOW_FACTOR, integrated_time};
use crate::model::{ClusterModel, Lattice};
use crate::rng::{Seed, Stream, TaskRng};
use crate::samplers::{Sampler, SamplerError, SwendsenWang, Wolff};
use crate::simulation::SamplerName;
use crate::units::Beta;

/// Sites of the lattice of a pilot run, at most: enough for every correlation length at which single spins can win.
const MOST_SITES: usize = 4096;
/// Nanoseconds of work after which the candidates are first compared, and then whenever each has done twice as much.
const FIRST: f64 = 1e6;
/// Nanoseconds of work that the candidates may do together.
const WORK: f64 = 8e7;
/// Sweeps of a candidate, at least and at most.
const FEWEST: f64 = 64.0;
const MOST: f64 = 32768.0;
/// Autocorrelation times in a series that tells its autocorrelation time.
const SHORT: f64 = 20.0;
/// Standard errors by which a candidate must be worse to be dropped.
const CLEARLY: f64 = 2.0;
/// Nanoseconds that recording a sweep takes, whatever the sampler.
const RECORDING: f64 = 220.0;
/// Sweeps in which Wolff's sampler finds its number of clusters.
const TUNING: u64 = 10;

/// Nanoseconds of one sweep per site, as measured on one core of an x86-64 machine: work is counted in these, not timed, so that a choice is the
/// same on every machine. Only their ratios matter.
pub(super) type Work = f64;

/// `lattice`, or its like with as few sites as a pilot run has.
pub(super) fn shrunk(lattice: &Lattice) -> Option<Lattice> {
    let most = (MOST_SITES as f64).powf(1.0 / lattice.dimension() as f64).round() as usize;
    // Odd sides stay odd: they decide what is frustrated.
    let shorter = |side: usize| side.min(most - side % 2);
    let sides: Vec<usize> = lattice.sides().into_iter().map(shorter).collect();
    Lattice::new(lattice.kind(), &sides, lattice.boundary()).ok()
}

struct Candidate<'m> {
    sampler: SamplerName,
    work: Work,
    next_energy: Box<dyn FnMut() -> f64 + 'm>,
    energies: Vec<f64>,
}

/// The work for an independent value.
#[derive(Clone, Copy, Debug)]
struct Cost {
    value: f64,
    error: f64,
    /// Whether the series was long enough to tell; else the value is too small.
    known: bool,
}

/// Candidates that run on a small lattice, for a system of `n_sites` sites.
pub(super) struct Contest<'m> {
    beta: Beta,
    n_sites: f64,
    candidates: Vec<Candidate<'m>>,
}

impl<'m> Contest<'m> {
    pub fn new(beta: Beta, n_sites: usize) -> Self {
        Self { beta, n_sites: n_sites as f64, candidates: Vec::new() }
    }

    /// The chain that `make` starts, if it does.
    pub fn enter<S: Sampler + 'm>(
        &mut self,
        sampler: SamplerName,
        work: Work,
        make: impl FnOnce(Beta, &mut TaskRng) -> Result<S, SamplerError>,
    ) {
        let number = self.candidates.len() as u16;
        let mut rng = Seed(0).stream(Stream::Candidate(number).id());
        if let Ok(mut chain) = make(self.beta, &mut rng) {
            let next_energy = Box::new(move || {
                chain.advance(&mut rng);
                chain.energy()
            });
            self.candidates.push(Candidate { sampler, work, next_energy, energies: Vec::new() });
        }
    }

    /// Wolff's clusters, and those of Swendsen and Wang, with the work of either.
    pub fn enter_clusters<M: ClusterModel<State: Send>>(
        &mut self,
        model: &'m M,
        [wolff, swendsen_wang]: [Work; 2],
    ) {
        self.enter(SamplerName::Wolff, wolff, |beta, rng| {
            let mut chain = Wolff::new(model, beta, model.initial_state(rng))?;
            chain.tune(TUNING, rng);
            Ok(chain)
        });
        self.enter(SamplerName::SwendsenWang, swendsen_wang, |beta, rng| {
            SwendsenWang::new(model, beta, model.initial_state(rng))
        });
    }

    /// The cheapest candidate; where several do equally well, the one that came first. All of them do the same work, so that quick sweeps
    /// are watched for longer.
    pub fn cheapest(mut self, n_pilot: usize) -> Option<SamplerName> {
        let (mut each, mut spent) = (FIRST, 0.0);
        loop {
            for candidate in &mut self.candidates {
                spent += candidate.work_up_to(each, n_pilot as f64);
            }
            let costs: Vec<Cost> = self.candidates.iter().map(|candidate| candidate.cost(self.n_sites)).collect();
            let best = costs.iter().copied().filter(|cost| cost.known).min_by(|a, b| a.value.total_cmp(&b.value));
            if let Some(best) = best {
                let clearly = |cost: &Cost| cost.value - best.value > CLEARLY * cost.error.hypot(best.error);
                let mut costs = costs.iter();
                self.candidates.retain(|_| costs.next().is_none_or(|cost| !clearly(cost)));
            }
            if self.candidates.len() <= 1 || spent + each * self.candidates.len() as f64 > WORK {
                let cost = |candidate: &Candidate<'_>| candidate.cost(self.n_sites).value;
                return self.candidates.iter().min_by(|a, b| cost(a).total_cmp(&cost(b))).map(|best| best.sampler);
            }
            each *= 2.0;
        }
    }
}

impl Candidate<'_> {
    /// Sweeps on a lattice of `n_sites` until it has worked for `each` nanoseconds; the work that was new.
    fn work_up_to(&mut self, each: f64, n_sites: f64) -> f64 {
        let (per_sweep, before) = (self.work * n_sites + RECORDING, self.energies.len());
        let sweeps = (each / per_sweep).clamp(FEWEST, MOST) as usize;
        self.energies.resize_with(sweeps.max(before), &mut self.next_energy);
        (self.energies.len() - before) as f64 * per_sweep
    }

    fn cost(&self, n_sites: f64) -> Cost {
        // The first quarter forgets the start.
        let energies = &self.energies[self.energies.len() / 4..];
        let per_sweep = self.work * n_sites + RECORDING;
        let (tau, error, known) = match integrated_time(energies, WINDOW_FACTOR) {
            Ok(time) => (time.bias_corrected(), time.std_error(), true),
            // As good as known, but for its error.
            Err(EstimatorError::SeriesTooShort { n, tau_int, .. }) if n as f64 > SHORT * tau_int => {
                (tau_int, tau_int * (12.0 * tau_int / n as f64).sqrt() * 2.0, true)
            }
            Err(EstimatorError::SeriesTooShort { tau_int, .. }) => (tau_int, 0.25 * tau_int, false),
            // Nothing happens: sweeps count.
            Err(_) => (0.5, 0.0, true),
        };
        Cost { value: 2.0 * tau * per_sweep, error: 2.0 * error * per_sweep, known }
    }
}
