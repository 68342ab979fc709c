//! Independent draws, of which particles are made: over listed levels, of a coordinate.

use super::{Budget, DEFAULT_PARTICLES, DEFAULT_SWEEPS, MOST, Row, SamplerName, until};
use crate::experiments::ExperimentError;
use crate::experiments::measure::{self, Chain};
use crate::rng::TaskRng;
use crate::samplers::{PowerWell, Schedule};
use crate::systems::{Model, System};
use crate::units::{Beta, Temperature};

/// Most particles that are drawn one by one.
const MOST_ONE_BY_ONE: u64 = 1_000_000_000;

/// Draws particles over listed levels.
pub(super) fn levels(
    system: &System,
    temperature: Temperature,
    budget: Option<Budget>,
    rng: &mut TaskRng,
) -> Result<Vec<Row>, ExperimentError> {
    let beta = temperature.beta();
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
    let exact = system.exact().thermo(beta).ok();
    let row = |observable: &str, estimate, exact| Row {
        temperature,
        observable: observable.to_owned(),
        estimate,
        exact,
        exact_error: 0.0,
        resolved: levels.resolved,
        sampler: SamplerName::Direct,
    };
    let mut rows = vec![
        row("energy", levels.energy, exact.map(|t| t.energy)),
        row("heat_capacity", levels.heat_capacity(beta), exact.map(|t| t.heat_capacity)),
    ];
    rows.extend(levels.entropy.map(|entropy| row("entropy", entropy, exact.map(|t| t.entropy))));
    Ok(rows)
}

/// Draws a classical coordinate, independently or by a chain.
pub(super) fn coordinate(
    system: &System,
    temperature: Temperature,
    sampler: SamplerName,
    budget: Option<Budget>,
    rng: &mut TaskRng,
) -> Result<Vec<Row>, ExperimentError> {
    let beta = temperature.beta();
    let direct = sampler == SamplerName::Direct;
    let chain = match budget {
        Some(Budget::Error(error)) => {
            until(error, |sweeps| chain(system, sampler, beta, sweeps, rng), |chain| Ok(chain.energy.std_error))?
        }
        Some(Budget::Particles(n)) if direct && n > MOST_ONE_BY_ONE => {
            return Err(ExperimentError::Setting {
                name: "--particles",
                expected: "at most 10^9 for a continuous system, whose particles are drawn one by one",
                value: n.to_string(),
            });
        }
        Some(Budget::Particles(n)) if direct => chain(system, sampler, beta, n, rng)?,
        Some(Budget::Sweeps(n)) if !direct => chain(system, sampler, beta, n, rng)?,
        Some(Budget::Sweeps(_)) => return Err(no_sweeps(system)),
        Some(Budget::Particles(_)) => {
            return Err(ExperimentError::Setting {
                name: "--particles",
                expected: "left out for a chain, which takes --sweeps",
                value: system.name().to_owned(),
            });
        }
        None => chain(system, sampler, beta, if direct { DEFAULT_PARTICLES } else { 2 * DEFAULT_SWEEPS }, rng)?,
    };
    let exact = system.exact().thermo(beta).ok();
    let row = |observable: &str, estimate, exact| Row {
        temperature,
        observable: observable.to_owned(),
        estimate,
        exact,
        exact_error: 0.0,
        resolved: chain.resolved,
        sampler,
    };
    Ok(vec![
        row("energy", chain.energy, exact.map(|t| t.energy)),
        row("heat_capacity", measure::heat_capacity(chain.variance, beta), exact.map(|t| t.heat_capacity)),
    ])
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
    let System::ClassicalPower(power) = system else { return Err(no_sweeps(system)) };
    if sampler == SamplerName::Metropolis {
        let schedule = Schedule { thermalization: sweeps / 10, sweeps };
        let mut walker = crate::samplers::Metropolis::new(power, beta, power.initial_state(rng));
        return measure::measure_chain(&mut walker, schedule, rng);
    }
    let schedule = Schedule { thermalization: 0, sweeps };
    measure::measure_chain(&mut PowerWell::new(*power, beta)?, schedule, rng)
}
