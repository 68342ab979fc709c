//! What is measured of the fluid: energy, pressure, chemical potential, pair distances and snapshots.
//!
//! Replicas start from a lattice and from its melt, and find their step sizes before anything is measured.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::{FluidState, LennardJones, ParticleMoves};
use crate::ensemble::{Canonical, Spectrum};
use crate::estimators::{Estimate, EstimatorError, RESOLVED, Replicas, Series, jackknife};
use crate::model::Exact;
use crate::rng::TaskRng;
use crate::samplers::Sampler;
use crate::simulation::estimates::{JACKKNIFE_BLOCKS, Judged, heat_capacity_of, or_constant};
use crate::simulation::recorder::{BLOCKS, Recorded};
use crate::simulation::replicas::{Probe, ReplicatedRun};
use crate::simulation::{
    Observable, Observables, OneTemperature, Radial, Row, Sample, Settings, Shell, SimulationError, Snapshot, Start,
    Status,
};
use crate::units::{Beta, Dimension, Temperature};

/// Sweeps in which a step size is found, before each chain is started.
const TUNING: u64 = 200;
/// Sweeps that melt a lattice, and the temperature of the melt over the one asked for.
const MELTING: usize = 100;
const HOTTER: f64 = 5.0;
/// P.
pub const PRESSURE: Observable = Observable::intensive("pressure", Dimension::Number);
/// What a particle more costs beyond an ideal gas, from inserted particles.
pub const CHEMICAL_POTENTIAL: Observable = Observable::intensive("excess_chemical_potential", Dimension::Energy);
/// Sweeps between two measurements of pressure and inserted particles; a measurement costs as much as one or two
/// sweeps.
const PROBE_EVERY: u64 = 5;
/// Measurements between two counts of pair distances.
const COUNT: u64 = 4;
/// Particles inserted in each measurement, or n if that is less.
const INSERTIONS: usize = 500;
/// Particles whose distances to all others are counted at a time.
const CENTRES: usize = 500;
/// Width of a shell of distance \[sigma\], and the largest distance that is counted.
const SHELL: f64 = 0.025;
const FARTHEST: f64 = 6.0;

/// What a measurement records, in this order.
#[derive(Clone, Copy)]
enum ProbedColumn {
    /// Pair virial W.
    Virial,
    /// Mean of `e^(-beta dU)` over inserted particles.
    Insertion,
}

/// Samples `model` at the temperature of `task`.
///
/// # Errors
///
/// A temperature without equilibrium; a starting configuration that is no state of the model; replicas that do not
/// forget their starts, or a run too short for its autocorrelations.
pub(super) fn sample(model: &LennardJones, task: &OneTemperature<'_>) -> Result<Sample, SimulationError> {
    let (beta, settings) = (task.temperature.beta(), task.settings);
    let make = |from, rng: &mut TaskRng| start(model, beta, from, settings, rng);
    let probe = FluidProbe::new(model, beta, settings.snapshots);
    let observables = Observables::new();
    let mut run = ReplicatedRun::start(make, &observables, task.length, task.stream, probe)?;
    let measured = run.finish(&task.settings.control)?;
    let (recorded, probes) = run.into_recorded()?;
    let seen = Seen::together(probes, task.temperature, model.side())?;
    let judged = Judged { unsettled: measured.unsettled, events: Status::of_changes(recorded.changes[0]) };
    let radial = Radial { temperature: task.temperature, shells: shells(model, &seen.pairs, &seen.counts) };
    Ok(Sample {
        rows: rows(model, task, &recorded, &seen, judged)?,
        energies: recorded.energies,
        verdict: measured.verdict(task.temperature),
        radial: Some(radial),
        snapshots: seen.snapshots,
    })
}

/// A chain with its step size found: from the configuration given, a lattice, or a lattice molten at a higher
/// temperature.
fn start<'a>(
    model: &'a LennardJones,
    beta: Beta,
    start: Start,
    settings: &Settings,
    rng: &mut TaskRng,
) -> Result<ParticleMoves<'a>, SimulationError> {
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

/// What one replica sees besides its energy.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct FluidProbe {
    beta: f64,
    probed: Series,
    /// Numbers of pairs, `[BLOCKS][n_shells]`.
    pairs: Vec<Vec<u64>>,
    /// Times that they were counted, `[BLOCKS]`.
    counts: Vec<u64>,
    /// Energies and positions.
    snapshots: Vec<(f64, Vec<[f64; 3]>)>,
    n_snapshots: u64,
    /// Sweeps from one snapshot to the next.
    between: Option<u64>,
    /// FluidProbe in which an inserted particle met another.
    events: u64,
    /// Whether the attraction of an inserted particle was too strong for a number.
    overflow: bool,
}

impl FluidProbe {
    fn new(model: &LennardJones, beta: Beta, n_snapshots: u64) -> Self {
        Self {
            beta: beta.get(),
            probed: Series::new(2),
            pairs: vec![vec![0; n_shells(model)]; BLOCKS],
            counts: vec![0; BLOCKS],
            snapshots: Vec::new(),
            n_snapshots,
            between: None,
            events: 0,
            overflow: false,
        }
    }
}

impl Probe<ParticleMoves<'_>> for FluidProbe {
    fn begin(&mut self, sweeps: u64) {
        self.between = sweeps.checked_div(self.n_snapshots).map(|n| n.max(1));
    }

    fn after_sweep(
        &mut self,
        (sweep, block): (u64, usize),
        chain: &mut ParticleMoves<'_>,
        rng: &mut TaskRng,
    ) -> Result<(), SimulationError> {
        if sweep.is_multiple_of(PROBE_EVERY) {
            let insertion = insertion(chain, Beta::new(self.beta)?, rng)?;
            self.events += u64::from(insertion != 1.0);
            self.overflow |= insertion.is_infinite();
            self.probed.push(&[chain.virial(), if insertion.is_finite() { insertion } else { 0.0 }])?;
            if sweep.is_multiple_of(PROBE_EVERY * COUNT) {
                count(chain.model(), chain.state(), sweep / (PROBE_EVERY * COUNT), &mut self.pairs[block]);
                self.counts[block] += 1;
            }
        }
        let more = (self.snapshots.len() as u64) < self.n_snapshots;
        if more && self.between.is_some_and(|between| (sweep + 1).is_multiple_of(between)) {
            self.snapshots.push((chain.energy(), chain.state().positions().collect()));
        }
        Ok(())
    }
}

/// What all replicas saw.
struct Seen {
    probed: Replicas,
    /// Numbers of pairs in blocks, `[n_blocks][n_shells]`, and the times that they were counted.
    pairs: Vec<Vec<u64>>,
    counts: Vec<u64>,
    snapshots: Vec<Snapshot>,
    events: u64,
    overflow: bool,
}

impl Seen {
    fn together(probes: Vec<FluidProbe>, temperature: Temperature, side: f64) -> Result<Self, SimulationError> {
        let (mut probed, mut pairs, mut counts, mut snapshots) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut events, mut overflow) = (0, false);
        for probe in probes {
            probed.push(probe.probed);
            pairs.extend(probe.pairs);
            counts.extend(probe.counts);
            let seen = |(energy, positions)| Snapshot { temperature, energy, side, positions };
            snapshots.extend(probe.snapshots.into_iter().map(seen));
            events += probe.events;
            overflow |= probe.overflow;
        }
        Ok(Self { probed: Replicas::new(probed)?, pairs, counts, snapshots, events, overflow })
    }
}

/// Rows of what all replicas saw, beside exact and published values.
fn rows(
    model: &LennardJones,
    task: &OneTemperature<'_>,
    recorded: &Recorded,
    seen: &Seen,
    judged: Judged,
) -> Result<Vec<Row>, SimulationError> {
    let temperature = task.temperature;
    let row = |observable, estimate, exact: Option<(f64, f64)>, judged: Judged| -> Result<Row, EstimatorError> {
        let (estimate, status) = judged.of(estimate)?;
        let row = Row::new((temperature, task.sampler), observable, estimate, exact.map(|(value, _)| value), status);
        Ok(Row { exact_error: exact.map_or(0.0, |(_, error)| error), ..row })
    };
    let thermo = model.thermo(temperature.beta()).ok();
    let published = model.published(temperature);
    let known = |exact: Option<f64>, published: Option<(f64, f64)>| exact.map(|exact| (exact, 0.0)).or(published);
    let n = model.n() as f64;
    let variance = recorded.replicas.variance(0, JACKKNIFE_BLOCKS);
    let pressure =
        |virial: Estimate| virial.scaled(1.0 / (3.0 * model.volume())).shifted(model.pressure(temperature, 0.0));
    let virial = in_sweeps(or_constant(seen.probed.mean(ProbedColumn::Virial as usize)), pressure);
    let exact_energy = known(thermo.map(|t| t.energy), published.map(|p| (n * p.energy.0, n * p.energy.1)));
    let mut rows = vec![
        row(Observable::ENERGY, recorded.replicas.mean(0), exact_energy, judged)?,
        row(
            Observable::HEAT_CAPACITY,
            heat_capacity_of(variance, temperature.beta()),
            thermo.map(|t| (t.heat_capacity, 0.0)),
            judged,
        )?,
        row(PRESSURE, virial, published.map(|p| p.pressure), judged)?,
    ];
    let t = temperature.get();
    match seen.probed.jackknife(JACKKNIFE_BLOCKS, |means| -t * means[ProbedColumn::Insertion as usize].ln()) {
        // No particle ever fitted in.
        Err(EstimatorError::NonFiniteFunction { .. } | EstimatorError::ConstantSeries { .. }) => {}
        _ if seen.overflow => {}
        potential => {
            let potential = in_sweeps(potential, |potential| potential.shifted(model.tail_chemical_potential()));
            let judged = Judged { events: Status::of_events(seen.events > RESOLVED), ..judged };
            rows.push(row(CHEMICAL_POTENTIAL, potential, None, judged)?);
        }
    }
    Ok(rows)
}

/// Mean of `e^(-beta dU)` over particles inserted at random: the partition function of one more particle on as many
/// levels. Infinite where that is no number.
fn insertion(chain: &mut ParticleMoves<'_>, beta: Beta, rng: &mut TaskRng) -> Result<f64, SimulationError> {
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

/// What `of` makes of an estimate over probes, with its autocorrelation time in sweeps, and the sweeps it needs where it is refused.
fn in_sweeps(
    estimate: Result<Estimate, EstimatorError>,
    of: impl Fn(Estimate) -> Estimate,
) -> Result<Estimate, EstimatorError> {
    let slower = |found: Estimate| Estimate { tau_int: found.tau_int.map(|tau| tau * PROBE_EVERY as f64), ..of(found) };
    match estimate {
        Ok(estimate) => Ok(slower(estimate)),
        Err(EstimatorError::SeriesTooShort { tau_int, n, needed, found }) => Err(EstimatorError::SeriesTooShort {
            tau_int: tau_int * PROBE_EVERY as f64,
            n: n * PROBE_EVERY as usize,
            needed: needed * PROBE_EVERY as usize,
            found: slower(found),
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
