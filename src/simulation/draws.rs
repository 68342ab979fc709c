//! Independent draws: of particles over listed levels, and of whatever has no list of levels.

use super::estimates::{JACKKNIFE_BLOCKS, heat_capacity, or_constant, or_zero};
use super::method::{Counting, DrawMethod};
use super::run::{MOST_DRAWS, until};
use super::{
    Budget, Chain, DEFAULT_PARTICLES, Observable, Row, SamplerName, Setting, Simulated, SimulationError, measure_levels,
};
use crate::ensemble::Spectrum;
use crate::estimators::{Estimate, RESOLVED, Series};
use crate::rng::TaskRng;
use crate::samplers::{Quenched, Sampler, Schedule, run};
use crate::units::{Beta, Temperature};

/// Most particles that are drawn one by one.
const MOST_ONE_BY_ONE: u64 = 1_000_000_000;
/// Temperatures at which squares of energies are numbers.
const DRAWN: std::ops::RangeInclusive<f64> = 1e-100..=1e100;
/// Parts of a system that are drawn unless told otherwise, and the least number of draws they come in.
const MOST_PARTS: u64 = 100_000_000;
const LEAST_DRAWS: u64 = 1_000;

/// Draws particles over listed levels.
pub(super) fn levels(
    system: &dyn Simulated,
    spectrum: &Spectrum,
    temperature: Temperature,
    budget: Option<Budget>,
    rng: &mut TaskRng,
) -> Result<Vec<Row>, SimulationError> {
    let beta = temperature.beta();
    let levels = match budget {
        Some(Budget::Error(error)) => {
            let pilot = measure_levels(spectrum, beta, DEFAULT_PARTICLES, rng);
            let n = pilot.variance.value / error.powi(2) * 1.05;
            if n > MOST_DRAWS as f64 {
                return Err(SimulationError::Setting {
                    setting: Setting::Error,
                    expected: "reachable with 10^18 particles",
                    value: format!("one that would take {n:.0e}"),
                });
            }
            measure_levels(spectrum, beta, (n as u64).max(DEFAULT_PARTICLES), rng)
        }
        Some(Budget::Particles(n)) => measure_levels(spectrum, beta, n, rng),
        Some(Budget::Sweeps(_)) => return Err(no_sweeps(system)),
        None => measure_levels(spectrum, beta, DEFAULT_PARTICLES, rng),
    };
    let exact = system.exact().and_then(|exact| exact.thermo(beta).ok());
    let row = |observable: Observable, estimate, exact| {
        Row::new((temperature, SamplerName::Direct), observable, estimate, exact, levels.resolved)
    };
    let mut rows = vec![
        row(Observable::ENERGY, levels.energy, exact.map(|t| t.energy)),
        row(Observable::HEAT_CAPACITY, levels.heat_capacity(beta), exact.map(|t| t.heat_capacity)),
    ];
    rows.extend(levels.entropy.map(|entropy| row(Observable::ENTROPY, entropy, exact.map(|t| t.entropy))));
    Ok(rows)
}

/// Draws what has no list of levels, independently or by a chain.
pub(super) fn drawn(
    system: &dyn Simulated,
    temperature: Temperature,
    method: &DrawMethod<'_>,
    budget: Option<Budget>,
    rng: &mut TaskRng,
) -> Result<Vec<Row>, SimulationError> {
    let size = temperature.get().abs();
    if size.is_finite() && size != 0.0 && !DRAWN.contains(&size) {
        return Err(SimulationError::Setting {
            setting: Setting::Temperatures,
            expected: "from 1e-100 to 1e100 for a system without levels, whose energies are squared",
            value: temperature.to_string(),
        });
    }
    let beta = temperature.beta();
    let direct = method.counting == Counting::Particles;
    let mut draw = |n| (method.draw)(beta, n, rng);
    let drawn = match budget {
        Some(Budget::Error(error)) => until(error, draw, |drawn| Ok(drawn.resolved.then_some(drawn.energy.std_error)))?,
        Some(Budget::Particles(n)) if direct && n > MOST_ONE_BY_ONE => {
            return Err(SimulationError::Setting {
                setting: Setting::Particles,
                expected: "at most 10^9 for a system without levels, whose particles are drawn one by one",
                value: n.to_string(),
            });
        }
        Some(Budget::Particles(n)) if direct => draw(n)?,
        Some(Budget::Sweeps(n)) if !direct => draw(n)?,
        Some(Budget::Sweeps(_)) => return Err(no_sweeps(system)),
        Some(Budget::Particles(_)) => {
            return Err(SimulationError::Setting {
                setting: Setting::Particles,
                expected: "left out for a chain, which takes {sweeps}",
                value: system.name().to_owned(),
            });
        }
        None => draw(method.default)?,
    };
    let exact = system.exact().and_then(|exact| exact.thermo(beta).ok());
    let row = |observable: Observable, estimate, exact| {
        Row::new((temperature, method.sampler), observable, estimate, exact, drawn.resolved)
    };
    let mut rows = vec![
        row(Observable::ENERGY, drawn.energy, exact.map(|t| t.energy)),
        row(Observable::HEAT_CAPACITY, drawn.heat_capacity, exact.map(|t| t.heat_capacity)),
    ];
    rows.extend(drawn.others.into_iter().map(|(name, estimate, exact)| row(name, estimate, Some(exact))));
    Ok(rows)
}

fn no_sweeps(system: &dyn Simulated) -> SimulationError {
    SimulationError::Setting {
        setting: Setting::Sweeps,
        expected: "left out for independent draws, which take {particles}",
        value: system.name().to_owned(),
    }
}

/// Draws of `n` parts each that take seconds: a million, fewer of what costs more.
#[must_use]
pub fn affordable_draws(n: u64) -> u64 {
    (MOST_PARTS / n).clamp(LEAST_DRAWS, DEFAULT_PARTICLES)
}

/// What independent draws or a single chain leave behind.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// U.
    pub energy: Estimate,
    /// C.
    pub heat_capacity: Estimate,
    /// Further observables with their exact means.
    pub others: Vec<(Observable, Estimate, f64)>,
    /// Whether enough events were seen for errors to be meant.
    pub resolved: bool,
}

impl Drawn {
    /// Of a chain at `beta`.
    #[must_use]
    pub fn of_chain(chain: &Chain, beta: Beta) -> Self {
        let heat_capacity = heat_capacity(chain.variance, beta);
        Self { energy: chain.energy, heat_capacity, others: Vec::new(), resolved: chain.resolved }
    }

    /// Of `n` draws of a sampler whose energies also spread for a reason that no bath provides: C is a mean of its own.
    ///
    /// # Errors
    ///
    /// The series supports no estimate.
    pub fn of_quenched<S: Quenched>(sampler: &mut S, n: u64, rng: &mut TaskRng) -> Result<Self, SimulationError> {
        let mut events = 0;
        let series = record(sampler, n, rng, |sampler| {
            events += u64::from(sampler.heat_capacity() > 0.0);
            [sampler.energy(), sampler.heat_capacity()]
        })?;
        let [energy, heat_capacity] = [0, 1].map(|k| or_constant(series.mean(k)));
        Ok(Self { energy: energy?, heat_capacity: heat_capacity?, others: Vec::new(), resolved: events > RESOLVED })
    }

    /// Of a series whose column 0 is the energy counted from the exact U, which leaves it its digits where it hardly spreads;
    /// `events` of the draws were not a mere vacuum.
    ///
    /// # Errors
    ///
    /// The series supports no estimate.
    pub fn about(
        series: &Series,
        exact_energy: f64,
        beta: Beta,
        others: Vec<(Observable, Estimate, f64)>,
        events: u64,
    ) -> Result<Self, SimulationError> {
        let variance = or_zero(series.variance(0, JACKKNIFE_BLOCKS))?;
        Ok(Self {
            energy: or_constant(series.mean(0))?.shifted(exact_energy),
            heat_capacity: heat_capacity(variance, beta),
            others,
            resolved: events > RESOLVED,
        })
    }
}

/// What `observe` sees in `n` draws.
///
/// # Errors
///
/// A value that is no finite number.
pub fn record<S: Sampler, const K: usize>(
    sampler: &mut S,
    n: u64,
    rng: &mut TaskRng,
    mut observe: impl FnMut(&S) -> [f64; K],
) -> Result<Series, SimulationError> {
    let (mut series, mut refused) = (Series::new(K), None);
    run(sampler, Schedule { thermalization: 0, sweeps: n }, rng, |sampler| {
        refused = refused.take().or(series.push(&observe(sampler)).err());
    });
    refused.map_or(Ok(series), |error| Err(error.into()))
}
