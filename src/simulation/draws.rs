//! Independent draws: of particles over listed levels, and of whatever has no list of levels.

use super::budget::{MOST_DRAWS, until};
use super::method::{Counting, DrawMethod, Simulated};
use super::{
    Budget, DEFAULT_PARTICLES, Observable, Row, SamplerName, Setting, SimulationError, Status, measure_levels,
};
use crate::ensemble::Spectrum;
use crate::rng::TaskRng;
use crate::units::Temperature;

/// Most particles that are drawn one by one.
const MOST_ONE_BY_ONE: u64 = 1_000_000_000;
/// Temperatures at which squares of energies are numbers.
const DRAWN: std::ops::RangeInclusive<f64> = 1e-100..=1e100;
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
                    expected: "an error that at most 10^18 particles reach",
                    value: format!("an error that would take {n:.0e} particles"),
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
        Row::new((temperature, SamplerName::Direct), observable, estimate, exact, Status::of_events(levels.resolved))
    };
    let mut rows = vec![
        row(Observable::ENERGY, levels.energy, exact.map(|t| t.energy)),
        row(Observable::HEAT_CAPACITY, levels.heat_capacity(beta), exact.map(|t| t.heat_capacity)),
    ];
    rows.extend(levels.entropy.map(|entropy| row(Observable::ENTROPY, entropy, exact.map(|t| t.entropy))));
    if let Some(magnetization) = system.level_magnetization() {
        let estimates = magnetization.estimates(&levels, beta);
        let known = magnetization.exact(beta).into_iter().zip(estimates);
        rows.extend(known.map(|((observable, exact), estimate)| row(observable, estimate, Some(exact))));
    }
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
                value: format!("it for {}", system.name()),
            });
        }
        None => draw(method.default)?,
    };
    let exact = system.exact().and_then(|exact| exact.thermo(beta).ok());
    let row = |observable: Observable, estimate, exact| {
        Row::new((temperature, method.sampler), observable, estimate, exact, Status::of_events(drawn.resolved))
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
        value: format!("it for {}", system.name()),
    }
}
