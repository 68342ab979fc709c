//! A fluid in its box: replicas from a lattice and from its melt, steps tuned before anything is measured, then energy,
//! pressure, chemical potential, pair distances and snapshots.

use rand::RngExt;
use rayon::prelude::*;

use super::observables::{CHEMICAL_POTENTIAL, PRESSURE};
use super::replicated::{self, BLOCKS, Plan, Recorder, Start};
use super::{Row, SamplerName, Settings};
use crate::ensemble::{Canonical, Spectrum};
use crate::estimators::{Estimate, EstimatorError, RESOLVED, Replicas, Series, jackknife};
use crate::experiments::ExperimentError;
use crate::model::Exact;
use crate::rng::TaskRng;
use crate::samplers::{Sampler, Schedule, run};
use crate::simulation::measure::{JACKKNIFE_BLOCKS, heat_capacity, or_constant, or_zero};
use crate::systems::ParticleMoves;
use crate::systems::{FluidState, LennardJones};
use crate::units::{Beta, Temperature};

/// Sweeps in which a step size is found, before each chain is started.
const TUNING: u64 = 200;
/// Sweeps that melt a lattice, and the temperature of the melt over the one asked for.
const MELTING: usize = 100;
const HOTTER: f64 = 5.0;
/// Sweeps from one look at pressure and inserted particles to the next: a look costs as much as one or two.
const LOOK: u64 = 5;
/// Looks from one count of pair distances to the next.
const COUNT: u64 = 4;
/// Particles inserted in a look, unless there are fewer.
const INSERTIONS: usize = 500;
/// Particles whose distances to all others are counted at a time.
const CENTRES: usize = 500;
/// Width of a shell of distance \[sigma\], and the largest distance that is counted.
const SHELL: f64 = 0.025;
const FARTHEST: f64 = 6.0;

/// A shell of distance around a particle.
#[derive(Clone, Copy, Debug)]
pub struct Shell {
    /// Smallest distance.
    pub low: f64,
    /// Largest distance.
    pub high: f64,
    /// g(r): density of other particles there over the mean density.
    pub g: Estimate,
}

/// The radial distribution function of one temperature.
#[derive(Clone, Debug)]
pub struct Radial {
    /// Temperature.
    pub temperature: Temperature,
    /// Its shells, from the innermost that is ever occupied.
    pub shells: Vec<Shell>,
}

/// A configuration of particles seen on the way.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Temperature.
    pub temperature: Temperature,
    /// Its energy.
    pub energy: f64,
    /// Side of the periodic cube.
    pub side: f64,
    /// Positions, `[n]`.
    pub positions: Vec<[f64; 3]>,
}

/// What a look records, in this order.
#[derive(Clone, Copy)]
enum Seen {
    /// Pair virial W.
    Virial,
    /// Mean of `e^(-beta dU)` over inserted particles.
    Insertion,
}

/// What one temperature left behind.
pub(super) struct Fluid {
    pub rows: Vec<Row>,
    /// Energies by block, as [`replicated::Measured`] keeps them.
    pub energies: Vec<Vec<f64>>,
    pub radial: Radial,
    pub snapshots: Vec<Snapshot>,
}

/// Samples `model` at `temperature`, `sweeps` sweeps a replica.
///
/// # Errors
///
/// A temperature without equilibrium; a starting configuration that is no state of the model; replicas that do not
/// forget their starts, or a run too short for its autocorrelations.
pub(super) fn measure(
    model: &LennardJones,
    temperature: Temperature,
    sweeps: u64,
    settings: &Settings,
    stream: &(impl Fn(u16) -> TaskRng + Sync),
) -> Result<Fluid, ExperimentError> {
    let beta = temperature.beta();
    let plan = Plan { sweeps, replicas: settings.replicas, field: false };
    let started: Result<Vec<(ParticleMoves<'_>, TaskRng)>, ExperimentError> = (0..plan.replicas)
        .into_par_iter()
        .map(|replica| {
            let mut rng = stream(replica);
            Ok((start(model, beta, Start::of(replica), settings, &mut rng)?, rng))
        })
        .collect();
    let mut chains = started?;
    replicated::thermalized(plan, |stretch| {
        let settle = |(chain, rng): &mut (ParticleMoves<'_>, TaskRng)| {
            let mut recorder = Recorder::new(stretch, false);
            let mut refused = None;
            run(chain, Schedule { thermalization: 0, sweeps: stretch }, rng, |chain| {
                refused = refused.take().or(recorder.push(chain.energy(), 0.0).err());
            });
            refused.map_or(Ok(recorder), |error| Err(error.into()))
        };
        Ok(vec![chains.par_iter_mut().map(settle).collect::<Result<Vec<_>, ExperimentError>>()?])
    })?;
    let records: Result<Vec<Record>, ExperimentError> = chains
        .par_iter_mut()
        .map(|(chain, rng)| Record::of(model, chain, plan.sweeps, settings.snapshots, temperature, rng))
        .collect();
    gather(model, temperature, records?)
}

/// A chain with its step size found: from the configuration given, a lattice, or a lattice molten at a higher
/// temperature.
fn start<'a>(
    model: &'a LennardJones,
    beta: Beta,
    start: Start,
    settings: &Settings,
    rng: &mut TaskRng,
) -> Result<ParticleMoves<'a>, ExperimentError> {
    let state = match (&settings.start, start) {
        (Some(positions), _) => model.state(positions)?,
        (None, Start::Ordered) => model.lattice(),
        (None, Start::Disordered) => {
            let mut hot = ParticleMoves::new(model, beta.scaled(1.0 / HOTTER)?, model.lattice())?;
            hot.tune(TUNING, rng);
            (0..MELTING).for_each(|_| hot.advance(rng));
            hot.state().clone()
        }
    };
    let mut chain = ParticleMoves::new(model, beta, state)?;
    chain.tune(TUNING, rng);
    Ok(chain)
}

/// What one replica recorded.
struct Record {
    energy: Series,
    looks: Series,
    /// Numbers of pairs, `[BLOCKS][n_shells]`.
    pairs: Vec<Vec<u64>>,
    /// Times that they were counted, `[BLOCKS]`.
    counts: Vec<u64>,
    energies: Vec<Vec<f64>>,
    snapshots: Vec<Snapshot>,
    /// Sweeps that changed the energy, and looks in which an inserted particle met another.
    changes: u64,
    events: u64,
    /// Whether the attraction of an inserted particle was too strong for a number.
    overflow: bool,
}

impl Record {
    fn of(
        model: &LennardJones,
        chain: &mut ParticleMoves<'_>,
        sweeps: u64,
        n_snapshots: u64,
        temperature: Temperature,
        rng: &mut TaskRng,
    ) -> Result<Self, ExperimentError> {
        let mut record = Self {
            energy: Series::new(1),
            looks: Series::new(2),
            pairs: vec![vec![0; n_shells(model)]; BLOCKS],
            counts: vec![0; BLOCKS],
            energies: vec![Vec::new(); BLOCKS],
            snapshots: Vec::new(),
            changes: 0,
            events: 0,
            overflow: false,
        };
        let length = sweeps.div_ceil(BLOCKS as u64).max(1);
        let (kept, between) = (replicated::stride(length), sweeps.checked_div(n_snapshots).map(|n| n.max(1)));
        let mut previous = chain.energy();
        for sweep in 0..sweeps {
            chain.advance(rng);
            let block = (sweep / length) as usize;
            record.energy.push(&[chain.energy()])?;
            if sweep.is_multiple_of(kept) {
                record.energies[block].push(chain.energy());
            }
            if sweep.is_multiple_of(LOOK) {
                let insertion = insertion(chain, temperature.beta(), rng)?;
                record.events += u64::from(insertion != 1.0);
                record.overflow |= insertion.is_infinite();
                record.looks.push(&[chain.virial(), if insertion.is_finite() { insertion } else { 0.0 }])?;
                let state = chain.state();
                if sweep.is_multiple_of(LOOK * COUNT) {
                    count(model, state, sweep / (LOOK * COUNT), &mut record.pairs[block]);
                    record.counts[block] += 1;
                }
            }
            record.changes += u64::from(chain.energy() != previous);
            previous = chain.energy();
            let more = (record.snapshots.len() as u64) < n_snapshots;
            if more && between.is_some_and(|between| (sweep + 1).is_multiple_of(between)) {
                let positions = chain.state().positions().collect();
                record.snapshots.push(Snapshot { temperature, energy: chain.energy(), side: model.side(), positions });
            }
        }
        Ok(record)
    }
}

/// Mean of `e^(-beta dU)` over particles inserted at random: the partition function of one more particle on as many
/// levels. Infinite where that is no number.
fn insertion(chain: &mut ParticleMoves<'_>, beta: Beta, rng: &mut TaskRng) -> Result<f64, ExperimentError> {
    let (n, side) = (INSERTIONS.min(chain.model().n()), chain.model().side());
    let points: Vec<[f64; 3]> = (0..n).map(|_| [(); 3].map(|()| side * rng.random::<f64>())).collect();
    let energies = chain.insertion_energies(&points);
    if energies.iter().all(|&energy| energy == f64::INFINITY) {
        return Ok(0.0);
    }
    Ok((Canonical::new(&Spectrum::new(energies)?, beta).thermo().ln_z - (n as f64).ln()).exp())
}

fn n_shells(model: &LennardJones) -> usize {
    ((0.5 * model.side()).min(FARTHEST) / SHELL) as usize
}

/// Adds the distances from some particles, others each time, to all others.
fn count(model: &LennardJones, state: &FluidState, time: u64, pairs: &mut [u64]) {
    let (side, positions) = (model.side(), state.positions().collect::<Vec<_>>());
    let (n, reach) = (positions.len(), (pairs.len() as f64 * SHELL).powi(2));
    let centres = n.min(CENTRES);
    for k in 0..centres {
        let centre = (time as usize * centres + k) % n;
        for (other, position) in positions.iter().enumerate() {
            let mut squared = 0.0;
            for axis in 0..3 {
                let d = position[axis] - positions[centre][axis];
                squared += (d - side * (d / side).round()).powi(2);
            }
            if squared < reach && other != centre {
                pairs[((squared.sqrt() / SHELL) as usize).min(pairs.len() - 1)] += 1;
            }
        }
    }
}

/// Estimates from what all replicas recorded.
fn gather(model: &LennardJones, temperature: Temperature, records: Vec<Record>) -> Result<Fluid, ExperimentError> {
    let beta = temperature.beta();
    let (mut energy, mut looks) = (Vec::new(), Vec::new());
    let (mut energies, mut snapshots) = (vec![Vec::new(); BLOCKS], Vec::new());
    let (mut pairs, mut counts) = (Vec::new(), Vec::new());
    let (mut changes, mut events, mut overflow) = (0, 0, false);
    for record in records {
        changes += record.changes;
        events += record.events;
        overflow |= record.overflow;
        energy.push(record.energy);
        looks.push(record.looks);
        energies.iter_mut().zip(record.energies).for_each(|(all, own): (&mut Vec<f64>, _)| all.extend(own));
        pairs.extend(record.pairs);
        counts.extend(record.counts);
        snapshots.extend(record.snapshots);
    }
    let (energy, looks) = (Replicas::new(energy)?, Replicas::new(looks)?);
    // An encounter is two changes.
    let resolved = changes > 2 * RESOLVED;
    let row = |observable: &str, estimate, exact: Option<(f64, f64)>| Row {
        temperature,
        observable: observable.to_owned(),
        estimate,
        exact: exact.map(|(value, _)| value),
        exact_error: exact.map_or(0.0, |(_, error)| error),
        resolved: if observable == CHEMICAL_POTENTIAL { events > RESOLVED } else { resolved },
        sampler: SamplerName::Metropolis,
    };
    let thermo = model.thermo(beta).ok();
    let published = model.published(temperature);
    let known = |exact: Option<f64>, published: Option<(f64, f64)>| exact.map(|exact| (exact, 0.0)).or(published);
    let n = model.n() as f64;
    let variance = or_zero(energy.variance(0, JACKKNIFE_BLOCKS))?;
    let virial = in_sweeps(or_constant(looks.mean(Seen::Virial as usize)))?;
    let pressure = virial.scaled(1.0 / (3.0 * model.volume())).shifted(model.pressure(temperature, 0.0));
    let mut rows = vec![
        row(
            "energy",
            or_constant(energy.mean(0))?,
            known(thermo.map(|t| t.energy), published.map(|p| (n * p.energy.0, n * p.energy.1))),
        ),
        row("heat_capacity", heat_capacity(variance, beta), thermo.map(|t| (t.heat_capacity, 0.0))),
        row(PRESSURE, pressure, published.map(|p| p.pressure)),
    ];
    let t = temperature.get();
    match looks.jackknife(JACKKNIFE_BLOCKS, |means| -t * means[Seen::Insertion as usize].ln()) {
        // No particle ever fitted in.
        Err(EstimatorError::NonFiniteFunction { .. } | EstimatorError::ConstantSeries { .. }) => {}
        _ if overflow => {}
        potential => {
            let potential = in_sweeps(potential)?.shifted(model.tail_chemical_potential());
            rows.push(row(CHEMICAL_POTENTIAL, potential, None));
        }
    }
    let radial = Radial { temperature, shells: shells(model, &pairs, &counts) };
    Ok(Fluid { rows, energies, radial, snapshots })
}

/// An estimate over looks with its autocorrelation time in sweeps, and the sweeps it needs where it is refused.
fn in_sweeps(estimate: Result<Estimate, EstimatorError>) -> Result<Estimate, EstimatorError> {
    match estimate {
        Ok(estimate) => Ok(Estimate { tau_int: estimate.tau_int.map(|tau| tau * LOOK as f64), ..estimate }),
        Err(EstimatorError::SeriesTooShort { tau_int, n, needed, found }) => Err(EstimatorError::SeriesTooShort {
            tau_int: tau_int * LOOK as f64,
            n: n * LOOK as usize,
            needed: needed * LOOK as usize,
            found,
        }),
        Err(other) => Err(other),
    }
}

/// g(r): pairs counted over those of an ideal gas of as many particles, with errors from blocks.
fn shells(model: &LennardJones, pairs: &[Vec<u64>], counts: &[u64]) -> Vec<Shell> {
    let n = model.n();
    let centres = n.min(CENTRES) as f64;
    let ideal = |low: f64, high: f64| {
        let volume = 4.0 / 3.0 * std::f64::consts::PI * (high.powi(3) - low.powi(3));
        centres * (n as f64 - 1.0) * volume / model.volume()
    };
    let shell = |k: usize| {
        let (low, high) = (k as f64 * SHELL, (k + 1) as f64 * SHELL);
        let blocks: Vec<f64> = pairs
            .iter()
            .zip(counts)
            .filter(|(_, times)| **times > 0)
            .map(|(pairs, &times)| pairs[k] as f64 / (times as f64 * ideal(low, high)))
            .collect();
        let g = jackknife(&[&blocks], blocks.len().max(2), |mean| mean[0]).ok()?;
        Some(Shell { low, high, g })
    };
    (0..n_shells(model)).filter_map(shell).collect()
}
