//! Sampling a system at a list of temperatures, with exact values beside the estimates where they exist.
//!
//! | file | what it does |
//! | --- | --- |
//! | `name`, `choose` | samplers by name; which one `auto` means, and why |
//! | `chains` | which chain stands for which sampler of which model |
//! | `direct` | independent draws |
//! | `fluid` | particles in a box: pressure, chemical potential, distances |
//! | `replicated` | replicas of one temperature, run until they forget their starts, then measured |
//! | `tempering`, `flat_histogram` | samplers that serve all temperatures at once |
//! | `observables` | rows of estimates from what was recorded |
//! | `curve` | reweighting to other temperatures |
//! | `histogram` | energy histograms |

mod chains;
mod choose;
mod curve;
mod direct;
mod flat_histogram;
mod fluid;
mod histogram;
pub(crate) mod measure;
mod name;
mod observables;
pub(crate) mod replicated;
mod tempering;

use rayon::prelude::*;

pub use choose::Choice;
pub use fluid::{Radial, Shell, Snapshot};
pub use histogram::Cell;
pub use measure::{Chain, Levels, measure_chain, measure_ising, measure_levels};
pub use name::SamplerName;
pub use observables::{CHEMICAL_POTENTIAL, PRESSURE};

use crate::estimators::Estimate;
use crate::experiments::{ExperimentError, Tick};
use crate::rng::{Seed, StreamId, TaskRng};
pub use crate::samplers::LadderRule;
use crate::systems::System;
use crate::units::{Beta, EnergyUnit, Temperature};
use replicated::Plan;

/// Number of this experiment in the random streams.
const EXPERIMENT: u16 = 2;

/// How much to sample at each temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// Independent particles.
    Particles(u64),
    /// Measured sweeps of each replica.
    Sweeps(u64),
    /// As much as brings the standard error of the mean energy down to this.
    Error(f64),
}

/// Particles a direct sampler draws unless told otherwise.
pub const DEFAULT_PARTICLES: u64 = 1_000_000;
/// Sweeps each replica of a chain makes unless told otherwise.
pub const DEFAULT_SWEEPS: u64 = 10_000;
/// Most particles or sweeps that [`Budget::Error`] may ask for.
const MOST: u64 = 1_000_000_000_000_000_000;
const MOST_SWEEPS: u64 = 100_000_000;

/// How a system is sampled.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The sampler.
    pub sampler: SamplerName,
    /// How much; `None` for the defaults.
    pub budget: Option<Budget>,
    /// Independent chains at each temperature, started ordered and disordered in turn.
    pub replicas: u16,
    /// Spacing of the temperatures of replica exchange.
    pub ladder: LadderRule,
    /// Temperatures that the samples are also reweighted to.
    pub curve: Vec<Temperature>,
    /// Whether values are divided by the number of sites.
    pub per_site: bool,
    /// Positions that the particles of a fluid start from, `[n]`; else a lattice and its melt.
    pub start: Option<Vec<[f64; 3]>>,
    /// Snapshots of a fluid that each replica takes at each temperature.
    pub snapshots: u64,
}

impl Default for Settings {
    /// `auto`, the default budgets, two replicas, totals, no curve.
    fn default() -> Self {
        Self {
            sampler: SamplerName::Auto,
            budget: None,
            replicas: 2,
            ladder: LadderRule::EqualAcceptance,
            curve: Vec::new(),
            per_site: false,
            start: None,
            snapshots: 0,
        }
    }
}

/// One observable at one temperature.
#[derive(Clone, Debug)]
pub struct Row {
    /// Temperature.
    pub temperature: Temperature,
    /// Its name; totals, or `_per_site`.
    pub observable: String,
    /// What was estimated.
    pub estimate: Estimate,
    /// What is exact, where it is known, or what was published.
    pub exact: Option<f64>,
    /// Standard error of what was published; 0 of what is exact.
    pub exact_error: f64,
    /// Whether enough independent events were seen for the error to be meant.
    pub resolved: bool,
    /// The sampler used.
    pub sampler: SamplerName,
}

impl Row {
    /// (estimate - exact)/error; `None` without an exact value, or where too few events were seen to tell.
    #[must_use]
    pub fn z_score(&self) -> Option<f64> {
        let exact = self.exact?;
        let std_error = self.estimate.std_error.hypot(self.exact_error);
        self.resolved.then(|| Estimate { std_error, ..self.estimate }.z_score(exact))
    }

    /// A row beside what is exact, where that is known.
    fn beside(
        (temperature, sampler): (Temperature, SamplerName),
        observable: &str,
        estimate: Estimate,
        exact: Option<f64>,
        resolved: bool,
    ) -> Self {
        Self { temperature, observable: observable.to_owned(), estimate, exact, exact_error: 0.0, resolved, sampler }
    }

    /// The same row of a system that counts in kelvin, in `unit`.
    #[must_use]
    pub fn in_unit(&self, unit: EnergyUnit) -> Self {
        let factor = unit.of_kelvin(observables::dimension(&self.observable)).0;
        Self {
            estimate: self.estimate.scaled(factor),
            exact: self.exact.map(|x| x * factor),
            exact_error: self.exact_error * factor,
            ..self.clone()
        }
    }

    /// Divides by the number of sites what grows with it.
    fn divide(&mut self, n_sites: f64) {
        if observables::INTENSIVE.contains(&self.observable.as_str()) {
            return;
        }
        self.observable.push_str(observables::PER_SITE);
        self.estimate = self.estimate.scaled(1.0 / n_sites);
        self.exact = self.exact.map(|x| x / n_sites);
        self.exact_error /= n_sites;
    }
}

/// The energy histogram of one temperature.
#[derive(Clone, Debug)]
pub struct Histogram {
    /// Temperature.
    pub temperature: Temperature,
    /// Its cells, rising in energy.
    pub cells: Vec<Cell>,
}

/// Everything that came out of sampling a system.
#[derive(Clone, Debug, Default)]
pub struct Sampled {
    /// One row per temperature and observable.
    pub rows: Vec<Row>,
    /// Rows of the reweighted curve.
    pub curve: Vec<Row>,
    /// Energy histograms of the temperatures sampled by chains.
    pub histograms: Vec<Histogram>,
    /// Radial distribution functions of a fluid.
    pub radial: Vec<Radial>,
    /// Snapshots of a fluid.
    pub snapshots: Vec<Snapshot>,
    /// Which sampler `auto` chose at which temperature, and why.
    pub choices: Vec<(Temperature, Choice)>,
    /// What else there is to say about the run.
    pub notes: Vec<String>,
}

/// Samples `system` at `temperatures`.
///
/// # Errors
///
/// A sampler that does not apply to the system, a temperature without equilibrium, a run too short to forget its start
/// or for its autocorrelations (the message says how many sweeps would do), a curve out of reach of the samples.
pub fn run(
    system: &System,
    temperatures: &[Temperature],
    settings: &Settings,
    seed: Seed,
    tick: Tick<'_>,
) -> Result<Sampled, ExperimentError> {
    check(system, settings)?;
    let settings = &in_totals(system, settings);
    temperatures.iter().try_for_each(|t| has_ensemble(system, t.beta()))?;
    let choices: Result<Vec<Choice>, ExperimentError> =
        temperatures.iter().map(|t| choose::choose(system, t.beta(), settings.sampler)).collect();
    let choices = choices?;
    let mut sampled = match choices.first().map(|choice| choice.sampler) {
        Some(SamplerName::Tempering) => tempering::run(system, temperatures, settings, seed, tick)?,
        Some(SamplerName::WangLandau) => flat_histogram::run(system, temperatures, settings, seed, tick)?,
        _ => independent(system, temperatures, &choices, settings, seed, tick)?,
    };
    if settings.start.is_some() {
        sampled
            .notes
            .push("all replicas started from one configuration: they cannot tell whether they forgot it".to_owned());
    }
    if settings.replicas == 1 && (system.is_lattice() || matches!(system, System::LennardJones(_))) {
        sampled.notes.push("one replica cannot tell where it started: --replicas 2 would".to_owned());
    }
    if settings.sampler == SamplerName::Auto {
        sampled.choices = temperatures.iter().copied().zip(choices).collect();
    }
    if settings.per_site {
        let n_sites = system.exact().n_sites();
        sampled.rows.iter_mut().chain(&mut sampled.curve).for_each(|row| row.divide(n_sites));
    }
    Ok(sampled)
}

/// The settings with an error of totals, where one per site was asked for.
fn in_totals(system: &System, settings: &Settings) -> Settings {
    let budget = match settings.budget {
        Some(Budget::Error(error)) if settings.per_site => Some(Budget::Error(error * system.exact().n_sites())),
        budget => budget,
    };
    Settings { budget, ..settings.clone() }
}

/// Refuses settings that contradict the system.
fn check(system: &System, settings: &Settings) -> Result<(), ExperimentError> {
    let refuse = |name, expected, value: String| Err(ExperimentError::Setting { name, expected, value });
    let fluid = matches!(system, System::LennardJones(_));
    match settings.budget {
        Some(Budget::Error(error)) if !(error > 0.0 && error.is_finite()) => {
            refuse("--error", "a positive number", error.to_string())
        }
        Some(Budget::Particles(_)) if system.is_lattice() || fluid => {
            refuse("--particles", "left out for a system sampled by --sweeps", system.name().to_owned())
        }
        _ if (settings.start.is_some() || settings.snapshots > 0) && !fluid => {
            refuse("--restart and --trajectory", "left out for a system without positions", system.name().to_owned())
        }
        _ if !settings.curve.is_empty() && !system.is_lattice() => refuse(
            "--curve",
            "left out for a system that is not a lattice: its exact curve is that of `gibbs exact`",
            system.name().to_owned(),
        ),
        _ => Ok(()),
    }
}

/// Refuses T = 0 where only a limit is: chains of classical vectors fall towards it for ever.
fn has_ensemble(system: &System, beta: Beta) -> Result<(), ExperimentError> {
    match system {
        System::Xy(model) => Ok(model.reduced_coupling(beta).map(drop)?),
        System::Heisenberg(model) => Ok(model.reduced_coupling(beta).map(drop)?),
        _ => Ok(()),
    }
}

/// What one temperature left behind.
struct Sample {
    rows: Vec<Row>,
    /// Energies by block, of chains.
    energies: Option<Vec<Vec<f64>>>,
    radial: Option<Radial>,
    snapshots: Vec<Snapshot>,
}

impl Sample {
    fn new(rows: Vec<Row>, energies: Option<Vec<Vec<f64>>>) -> Self {
        Self { rows, energies, radial: None, snapshots: Vec::new() }
    }
}

/// Samples each temperature by itself.
fn independent(
    system: &System,
    temperatures: &[Temperature],
    choices: &[Choice],
    settings: &Settings,
    seed: Seed,
    tick: Tick<'_>,
) -> Result<Sampled, ExperimentError> {
    let samples: Result<Vec<Sample>, ExperimentError> = temperatures
        .par_iter()
        .zip(choices)
        .enumerate()
        .map(|(t, (&temperature, choice))| {
            let stream = |replica| seed.stream(StreamId::new(EXPERIMENT, t as u32, replica));
            let sample = at_temperature(system, temperature, choice.sampler, settings, &stream);
            tick();
            sample.map_err(|error| error.at(temperature, settings.replicas))
        })
        .collect();
    let mut sampled = Sampled::default();
    let mut chains = Vec::new();
    for (sample, &temperature) in samples?.into_iter().zip(temperatures) {
        sampled.rows.extend(sample.rows);
        sampled.radial.extend(sample.radial);
        sampled.snapshots.extend(sample.snapshots);
        chains.extend(sample.energies.map(|energies| (temperature, energies)));
    }
    finish(system, chains, settings, seed, &mut sampled)?;
    Ok(sampled)
}

/// Adds histograms and the reweighted curve of the energies of `chains`.
fn finish(
    system: &System,
    chains: Vec<(Temperature, Vec<Vec<f64>>)>,
    settings: &Settings,
    seed: Seed,
    sampled: &mut Sampled,
) -> Result<(), ExperimentError> {
    for (temperature, energies) in &chains {
        sampled.histograms.push(Histogram { temperature: *temperature, cells: histogram::histogram(energies)? });
    }
    if !settings.curve.is_empty() {
        sampled.curve = curve::reweighted(system, chains, &settings.curve, seed)?;
    }
    Ok(())
}

fn at_temperature(
    system: &System,
    temperature: Temperature,
    sampler: SamplerName,
    settings: &Settings,
    stream: &(impl Fn(u16) -> TaskRng + Sync),
) -> Result<Sample, ExperimentError> {
    let beta = temperature.beta();
    if system.is_lattice() {
        let run = |sweeps| {
            let plan = Plan { sweeps, replicas: settings.replicas, field: system.field() != 0.0 };
            chains::lattice(system, chains::Point { beta, sampler, plan }, stream)
        };
        let measured = match settings.budget {
            Some(Budget::Error(error)) => until(error, run, |measured| {
                let frozen = !observables::is_resolved(measured);
                Ok((!frozen).then_some(observables::energy(measured)?.std_error))
            })?,
            Some(Budget::Sweeps(sweeps)) => run(sweeps)?,
            _ => run(DEFAULT_SWEEPS)?,
        };
        let rows = observables::rows(system, temperature, sampler, &measured)?;
        return Ok(Sample::new(rows, Some(measured.energies)));
    }
    if let System::LennardJones(model) = system {
        let run = |sweeps| fluid::measure(model, temperature, sweeps, settings, stream);
        let fluid = match settings.budget {
            Some(Budget::Error(error)) => until(error, run, |fluid| {
                let energy = &fluid.rows[0];
                Ok(energy.resolved.then_some(energy.estimate.std_error))
            })?,
            Some(Budget::Sweeps(sweeps)) => run(sweeps)?,
            _ => run(DEFAULT_SWEEPS)?,
        };
        let radial = Some(fluid.radial);
        return Ok(Sample { rows: fluid.rows, energies: Some(fluid.energies), radial, snapshots: fluid.snapshots });
    }
    let mut rng = stream(0);
    let rows = match system.spectrum_at(beta)? {
        Some(spectrum) => direct::levels(system, &spectrum, temperature, settings.budget, &mut rng)?,
        None => direct::drawn(system, temperature, sampler, settings.budget, &mut rng)?,
    };
    Ok(Sample::new(rows, None))
}

/// Repeats `run` with more sweeps or draws until the error of the mean energy is at most `error`. `std_error` is `None`
/// where too few events were seen for an error to be meant.
fn until<T>(
    error: f64,
    mut run: impl FnMut(u64) -> Result<T, ExperimentError>,
    std_error: impl Fn(&T) -> Result<Option<f64>, ExperimentError>,
) -> Result<T, ExperimentError> {
    let mut sweeps = DEFAULT_SWEEPS;
    loop {
        let found = run(sweeps)?;
        let wanted = match std_error(&found)? {
            Some(reached) if reached <= error => return Ok(found),
            Some(reached) => sweeps as f64 * (reached / error).powi(2) * 1.1,
            None => 10.0 * sweeps as f64,
        };
        if wanted > MOST_SWEEPS as f64 {
            return Err(ExperimentError::Setting {
                name: "--error",
                expected: "reachable in 10^8 sweeps or draws",
                value: format!("one that would take {wanted:.0e} or more"),
            });
        }
        sweeps = wanted.ceil() as u64;
    }
}
