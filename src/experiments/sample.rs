//! Sampling a system at a list of temperatures, with exact values beside the estimates where they exist.

use std::str::FromStr;

use rayon::prelude::*;

use super::measure::{self, Chain};
use super::{ExperimentError, Tick};
use crate::estimators::Estimate;
use crate::rng::{Seed, StreamId, TaskRng};
use crate::samplers::{PowerWell, Schedule};
use crate::systems::{Model, System};
use crate::units::{Beta, Temperature};

/// Number of this experiment in the random streams.
const EXPERIMENT: u16 = 2;

/// Samplers by the names of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SamplerName {
    /// Chosen by system and temperature.
    Auto,
    /// Independent draws.
    Direct,
    /// Random-site Metropolis.
    Metropolis,
    /// Random-site heat bath.
    HeatBath,
    /// Wolff's single cluster.
    Wolff,
}

impl SamplerName {
    const ALL: [Self; 5] = [Self::Auto, Self::Direct, Self::Metropolis, Self::HeatBath, Self::Wolff];

    /// The name on the command line and in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Direct => "direct",
            Self::Metropolis => "metropolis",
            Self::HeatBath => "heat-bath",
            Self::Wolff => "wolff",
        }
    }
}

impl FromStr for SamplerName {
    type Err = ExperimentError;

    fn from_str(name: &str) -> Result<Self, ExperimentError> {
        Self::ALL.into_iter().find(|sampler| sampler.name() == name).ok_or_else(|| ExperimentError::Setting {
            name: "--sampler",
            expected: "auto, direct, metropolis, heat-bath or wolff",
            value: format!("`{name}`"),
        })
    }
}

/// How much to sample at each temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// Independent particles.
    Particles(u64),
    /// Sweeps of a chain, after a tenth as many unobserved ones.
    Sweeps(u64),
    /// As much as brings the standard error of the mean energy down to this.
    Error(f64),
}

/// Particles a direct sampler draws, and sweeps a chain makes, unless told otherwise.
pub const DEFAULT_PARTICLES: u64 = 1_000_000;
/// Sweeps a chain makes unless told otherwise.
pub const DEFAULT_SWEEPS: u64 = 20_000;
/// Most particles or sweeps that [`Budget::Error`] may ask for.
const MOST: u64 = 1_000_000_000_000_000_000;
const MOST_SWEEPS: u64 = 100_000_000;
/// Most particles that are drawn one by one.
const MOST_ONE_BY_ONE: u64 = 1_000_000_000;

/// One observable at one temperature.
#[derive(Clone, Debug)]
pub struct Row {
    /// Temperature.
    pub temperature: Temperature,
    /// Its name; totals, or `_per_site`.
    pub observable: String,
    /// What was estimated.
    pub estimate: Estimate,
    /// What is exact, where it is known.
    pub exact: Option<f64>,
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
        self.resolved.then(|| self.estimate.z_score(exact))
    }
}

/// Samples `system` at `temperatures` and returns one row per temperature and observable, totals or per site.
///
/// # Errors
///
/// A sampler that does not apply to the system, a temperature without equilibrium, a chain too short for its
/// autocorrelations (the message says how many sweeps would do).
pub fn run(
    system: &System,
    temperatures: &[Temperature],
    sampler: SamplerName,
    budget: Option<Budget>,
    per_site: bool,
    seed: Seed,
    tick: Tick<'_>,
) -> Result<Vec<Row>, ExperimentError> {
    let rows: Result<Vec<Vec<Row>>, ExperimentError> = temperatures
        .par_iter()
        .enumerate()
        .map(|(t, &temperature)| {
            let mut rng = seed.stream(StreamId::new(EXPERIMENT, t as u32, 0));
            let rows = at_temperature(system, temperature, sampler, budget, &mut rng);
            tick();
            rows
        })
        .collect();
    let mut rows: Vec<Row> = rows?.into_iter().flatten().collect();
    if per_site {
        let n_sites = system.exact().n_sites();
        for row in &mut rows {
            row.observable.push_str("_per_site");
            row.estimate = row.estimate.scaled(1.0 / n_sites);
            row.exact = row.exact.map(|x| x / n_sites);
        }
    }
    Ok(rows)
}

fn at_temperature(
    system: &System,
    temperature: Temperature,
    sampler: SamplerName,
    budget: Option<Budget>,
    rng: &mut TaskRng,
) -> Result<Vec<Row>, ExperimentError> {
    let beta = temperature.beta();
    let sampler = choose(system, beta, sampler)?;
    let exact = system.exact().thermo(beta).ok();
    let row = |observable: &str, estimate: Estimate, exact: Option<f64>, resolved: bool| Row {
        temperature,
        observable: observable.to_owned(),
        estimate,
        exact,
        resolved,
        sampler,
    };
    if sampler == SamplerName::Direct && !matches!(system, System::ClassicalPower(_)) {
        let Some(spectrum) = system.spectrum_at(beta)? else {
            return Err(ExperimentError::NotSampled { system: system.name() });
        };
        let levels = match budget {
            Some(Budget::Error(error)) => {
                let pilot = measure::measure_levels(&spectrum, beta, DEFAULT_PARTICLES, rng);
                let n = pilot.variance.value / error.powi(2) * 1.05;
                measure::measure_levels(&spectrum, beta, (n as u64).clamp(DEFAULT_PARTICLES, MOST), rng)
            }
            Some(Budget::Particles(n)) => measure::measure_levels(&spectrum, beta, n, rng),
            Some(Budget::Sweeps(_)) => return Err(no_sweeps(system)),
            None => measure::measure_levels(&spectrum, beta, DEFAULT_PARTICLES, rng),
        };
        let mut rows = vec![
            row("energy", levels.energy, exact.map(|t| t.energy), levels.resolved),
            row("heat_capacity", levels.heat_capacity(beta), exact.map(|t| t.heat_capacity), levels.resolved),
        ];
        if let Some(entropy) = levels.entropy {
            rows.push(row("entropy", entropy, exact.map(|t| t.entropy), levels.resolved));
        }
        return Ok(rows);
    }
    let chain = match budget {
        Some(Budget::Error(error)) => until(error, |sweeps, rng| chain(system, sampler, beta, sweeps, rng), rng)?,
        Some(Budget::Sweeps(n)) => chain(system, sampler, beta, n, rng)?,
        Some(Budget::Particles(n)) if sampler == SamplerName::Direct && n > MOST_ONE_BY_ONE => {
            return Err(ExperimentError::Setting {
                name: "--particles",
                expected: "at most 10^9 for a continuous system, whose particles are drawn one by one",
                value: n.to_string(),
            });
        }
        Some(Budget::Particles(n)) if sampler == SamplerName::Direct => chain(system, sampler, beta, n, rng)?,
        Some(Budget::Particles(_)) => {
            return Err(ExperimentError::Setting {
                name: "--particles",
                expected: "left out for a lattice, which is sampled by --sweeps",
                value: system.name().to_owned(),
            });
        }
        None if sampler == SamplerName::Direct => chain(system, sampler, beta, DEFAULT_PARTICLES, rng)?,
        None => chain(system, sampler, beta, DEFAULT_SWEEPS, rng)?,
    };
    let mut rows = vec![
        row("energy", chain.energy, exact.map(|t| t.energy), chain.resolved),
        row(
            "heat_capacity",
            measure::heat_capacity(chain.variance, beta),
            exact.map(|t| t.heat_capacity),
            chain.resolved,
        ),
    ];
    if let System::Ising(ising) = system {
        let moments = ising.magnetic_moments(beta).ok();
        let exact = moments.map(|m| m.abs_magnetization * ising.lattice().n_sites() as f64);
        if let Some(estimate) = chain.abs_magnetization {
            rows.push(row("abs_magnetization", estimate, exact, chain.resolved));
        }
    }
    Ok(rows)
}

/// The sampler meant by `auto`, or a refusal of one that does not apply.
fn choose(system: &System, beta: Beta, sampler: SamplerName) -> Result<SamplerName, ExperimentError> {
    let System::Ising(ising) = system else {
        return match sampler {
            SamplerName::Auto | SamplerName::Direct => Ok(SamplerName::Direct),
            SamplerName::Metropolis if matches!(system, System::ClassicalPower(_)) => Ok(sampler),
            _ => Err(ExperimentError::Setting {
                name: "--sampler",
                expected: "direct: this system is drawn independently",
                value: format!("`{}`", sampler.name()),
            }),
        };
    };
    match sampler {
        // At beta = 0 clusters are single spins that always flip: on a handful of sites that is a pendulum.
        SamplerName::Auto if ising.j() > 0.0 && ising.h() == 0.0 && beta.get() > 0.0 => Ok(SamplerName::Wolff),
        SamplerName::Auto => Ok(SamplerName::HeatBath),
        SamplerName::Direct => Err(ExperimentError::Setting {
            name: "--sampler",
            expected: "metropolis, heat-bath or wolff for a lattice",
            value: "`direct`".to_owned(),
        }),
        chosen => Ok(chosen),
    }
}

fn no_sweeps(system: &System) -> ExperimentError {
    ExperimentError::Setting {
        name: "--sweeps",
        expected: "left out for independent draws, which take --particles",
        value: system.name().to_owned(),
    }
}

fn chain(
    system: &System,
    sampler: SamplerName,
    beta: Beta,
    sweeps: u64,
    rng: &mut TaskRng,
) -> Result<Chain, ExperimentError> {
    let schedule = Schedule { thermalization: sweeps / 10, sweeps };
    match system {
        System::Ising(ising) => measure::measure_ising(ising, sampler, beta, schedule, rng),
        System::ClassicalPower(power) if sampler == SamplerName::Metropolis => {
            let mut walker = crate::samplers::Metropolis::new(power, beta, power.initial_state(rng));
            measure::measure_chain(&mut walker, schedule, rng)
        }
        System::ClassicalPower(power) => {
            let schedule = Schedule { thermalization: 0, ..schedule };
            measure::measure_chain(&mut PowerWell::new(*power, beta)?, schedule, rng)
        }
        other => Err(no_sweeps(other)),
    }
}

/// Repeats with more sweeps until the error of the mean energy is at most `error`.
fn until(
    error: f64,
    mut measure: impl FnMut(u64, &mut TaskRng) -> Result<Chain, ExperimentError>,
    rng: &mut TaskRng,
) -> Result<Chain, ExperimentError> {
    if !(error > 0.0 && error.is_finite()) {
        return Err(ExperimentError::Setting {
            name: "--error",
            expected: "a positive number",
            value: error.to_string(),
        });
    }
    let mut sweeps = DEFAULT_SWEEPS;
    loop {
        let chain = measure(sweeps, rng)?;
        if chain.energy.std_error <= error {
            return Ok(chain);
        }
        let factor = (chain.energy.std_error / error).powi(2) * 1.1;
        let wanted = sweeps as f64 * factor;
        if wanted > MOST_SWEEPS as f64 {
            return Err(ExperimentError::Setting {
                name: "--error",
                expected: "reachable in 10^8 sweeps",
                value: format!("{error}, which would take about {wanted:.1e}"),
            });
        }
        sweeps = wanted.ceil() as u64;
    }
}
