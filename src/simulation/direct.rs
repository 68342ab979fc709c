//! Independent draws: of particles over listed levels, of coordinates, velocities, modes and photons.

use super::observables::{MEAN_SPEED, PHOTON_ENERGY};
use super::{Budget, DEFAULT_PARTICLES, DEFAULT_SWEEPS, MOST, Row, SamplerName, until};
use crate::ensemble::Spectrum;
use crate::estimators::{Estimate, RESOLVED, Series};
use crate::experiments::ExperimentError;
use crate::model::{Exact, Model};
use crate::rng::TaskRng;
use crate::samplers::{Metropolis, Quenched, Sampler, Schedule, run};
use crate::simulation::measure::{self, Chain, JACKKNIFE_BLOCKS, or_constant, or_zero};
use crate::systems::System;
use crate::systems::radiation::planck::MEAN_PHOTON_ENERGY;
use crate::systems::{Cavity, DebyeModes, FermionModes, FrozenMixture, Maxwell, Photons, PowerWell};
use crate::units::{Beta, Temperature};

/// Most particles that are drawn one by one.
const MOST_ONE_BY_ONE: u64 = 1_000_000_000;
/// Temperatures at which squares of energies are numbers.
const DRAWN: std::ops::RangeInclusive<f64> = 1e-100..=1e100;
/// Atoms, or modes, that are drawn unless told otherwise, and the least number of draws they come in.
const MOST_PARTS: u64 = 100_000_000;
const LEAST_DRAWS: u64 = 1_000;

/// Draws particles over listed levels.
pub(super) fn levels(
    system: &System,
    spectrum: &Spectrum,
    temperature: Temperature,
    budget: Option<Budget>,
    rng: &mut TaskRng,
) -> Result<Vec<Row>, ExperimentError> {
    let beta = temperature.beta();
    let levels = match budget {
        Some(Budget::Error(error)) => {
            let pilot = measure::measure_levels(spectrum, beta, DEFAULT_PARTICLES, rng);
            let n = pilot.variance.value / error.powi(2) * 1.05;
            if n > MOST as f64 {
                return Err(ExperimentError::Setting {
                    name: "--error",
                    expected: "reachable with 10^18 particles",
                    value: format!("one that would take {n:.0e}"),
                });
            }
            measure::measure_levels(spectrum, beta, (n as u64).max(DEFAULT_PARTICLES), rng)
        }
        Some(Budget::Particles(n)) => measure::measure_levels(spectrum, beta, n, rng),
        Some(Budget::Sweeps(_)) => return Err(no_sweeps(system)),
        None => measure::measure_levels(spectrum, beta, DEFAULT_PARTICLES, rng),
    };
    let exact = system.exact().thermo(beta).ok();
    let row = |observable: &str, estimate, exact| {
        Row::beside((temperature, SamplerName::Direct), observable, estimate, exact, levels.resolved)
    };
    let mut rows = vec![
        row("energy", levels.energy, exact.map(|t| t.energy)),
        row("heat_capacity", levels.heat_capacity(beta), exact.map(|t| t.heat_capacity)),
    ];
    rows.extend(levels.entropy.map(|entropy| row("entropy", entropy, exact.map(|t| t.entropy))));
    Ok(rows)
}

/// Draws what has no list of levels, independently or by a chain.
pub(super) fn drawn(
    system: &System,
    temperature: Temperature,
    sampler: SamplerName,
    budget: Option<Budget>,
    rng: &mut TaskRng,
) -> Result<Vec<Row>, ExperimentError> {
    let size = temperature.get().abs();
    if size.is_finite() && size != 0.0 && !DRAWN.contains(&size) {
        return Err(ExperimentError::Setting {
            name: "-T",
            expected: "from 1e-100 to 1e100 for a system without levels, whose energies are squared",
            value: temperature.to_string(),
        });
    }
    let beta = temperature.beta();
    let direct = sampler == SamplerName::Direct;
    let mut draw = |n| draw(system, sampler, beta, n, rng);
    let drawn = match budget {
        Some(Budget::Error(error)) => until(error, draw, |drawn| Ok(drawn.resolved.then_some(drawn.energy.std_error)))?,
        Some(Budget::Particles(n)) if direct && n > MOST_ONE_BY_ONE => {
            return Err(ExperimentError::Setting {
                name: "--particles",
                expected: "at most 10^9 for a system without levels, whose particles are drawn one by one",
                value: n.to_string(),
            });
        }
        Some(Budget::Particles(n)) if direct => draw(n)?,
        Some(Budget::Sweeps(n)) if !direct => draw(n)?,
        Some(Budget::Sweeps(_)) => return Err(no_sweeps(system)),
        Some(Budget::Particles(_)) => {
            return Err(ExperimentError::Setting {
                name: "--particles",
                expected: "left out for a chain, which takes --sweeps",
                value: system.name().to_owned(),
            });
        }
        None => draw(default(system, direct))?,
    };
    let exact = system.exact().thermo(beta).ok();
    let row = |observable: &str, estimate, exact| {
        Row::beside((temperature, sampler), observable, estimate, exact, drawn.resolved)
    };
    let mut rows = vec![
        row("energy", drawn.energy, exact.map(|t| t.energy)),
        row("heat_capacity", drawn.heat_capacity, exact.map(|t| t.heat_capacity)),
    ];
    rows.extend(drawn.others.into_iter().map(|(name, estimate, exact)| row(name, estimate, Some(exact))));
    Ok(rows)
}

/// Draws or sweeps unless told otherwise: a million atoms, fewer of what costs more.
fn default(system: &System, direct: bool) -> u64 {
    match system {
        System::IdealGas(gas) => affordable(gas.n()),
        System::TfimChain(chain) => affordable(chain.n().into()),
        System::PhotonGas(_) => DEFAULT_PARTICLES / 10,
        _ if direct => DEFAULT_PARTICLES,
        _ => 2 * DEFAULT_SWEEPS,
    }
}

fn no_sweeps(system: &System) -> ExperimentError {
    ExperimentError::Setting {
        name: "--sweeps",
        expected: "left out for independent draws, which take --particles",
        value: system.name().to_owned(),
    }
}

/// Draws of `n` parts each that take seconds.
fn affordable(n: u64) -> u64 {
    (MOST_PARTS / n).clamp(LEAST_DRAWS, DEFAULT_PARTICLES)
}

/// What independent draws or a chain leave behind.
struct Drawn {
    energy: Estimate,
    heat_capacity: Estimate,
    /// Further observables with their exact means.
    others: Vec<(&'static str, Estimate, f64)>,
    resolved: bool,
}

impl Drawn {
    fn of_chain(chain: Chain, beta: Beta) -> Self {
        let heat_capacity = measure::heat_capacity(chain.variance, beta);
        Self { energy: chain.energy, heat_capacity, others: Vec::new(), resolved: chain.resolved }
    }

    /// C as a mean of its own, because energies also spread for a reason that no bath provides.
    fn quenched<S: Quenched>(mut sampler: S, n: u64, rng: &mut TaskRng) -> Result<Self, ExperimentError> {
        let mut events = 0;
        let series = series(&mut sampler, n, rng, |sampler| {
            events += u64::from(sampler.heat_capacity() > 0.0);
            [sampler.energy(), sampler.heat_capacity()]
        })?;
        let [energy, heat_capacity] = [0, 1].map(|k| or_constant(series.mean(k)));
        Ok(Self { energy: energy?, heat_capacity: heat_capacity?, others: Vec::new(), resolved: events > RESOLVED })
    }
}

fn draw(
    system: &System,
    sampler: SamplerName,
    beta: Beta,
    n: u64,
    rng: &mut TaskRng,
) -> Result<Drawn, ExperimentError> {
    let schedule = Schedule { thermalization: 0, sweeps: n };
    match system {
        System::ClassicalPower(power) if sampler == SamplerName::Metropolis => {
            let schedule = Schedule { thermalization: n / 10, sweeps: n };
            let mut walker = Metropolis::new(power, beta, power.initial_state(rng));
            Ok(Drawn::of_chain(measure::measure_chain(&mut walker, schedule, rng)?, beta))
        }
        System::ClassicalPower(power) => {
            Ok(Drawn::of_chain(measure::measure_chain(&mut PowerWell::new(*power, beta)?, schedule, rng)?, beta))
        }
        System::TfimChain(chain) => {
            Ok(Drawn::of_chain(measure::measure_chain(&mut FermionModes::new(chain, beta)?, schedule, rng)?, beta))
        }
        System::DebyeSolid(solid) => Drawn::quenched(DebyeModes::new(*solid, beta)?, n, rng),
        System::Rotor(rotor) => Drawn::quenched(FrozenMixture::new(rotor, beta)?, n, rng),
        System::IdealGas(gas) => {
            let exact = gas.thermo(beta)?.energy;
            let series = series(&mut Maxwell::new(*gas, beta)?, n, rng, |atoms| {
                let [x, y, z] = atoms.state()[0];
                [atoms.energy() - exact, x.hypot(y).hypot(z)]
            })?;
            let events = n;
            let speed = (MEAN_SPEED, series.mean(1)?, gas.speeds(beta)?.mean());
            about(&series, exact, beta, vec![speed], events)
        }
        System::PhotonGas(gas) => {
            let (exact, photons) = (gas.thermo(beta)?.energy, gas.mean_photons(beta)?);
            let mut events = 0;
            let series = series(&mut Cavity::new(*gas, beta)?, n, rng, |cavity| {
                events += u64::from(cavity.state().photons > 0.0);
                [cavity.energy() - exact, cavity.state().photons - photons]
            })?;
            let mut others = vec![("photons", or_constant(series.mean(1))?.shifted(photons), photons)];
            if photons > 0.0 {
                let one = measure::measure_chain(&mut Photons::by_number(beta)?, schedule, rng)?;
                others.push((PHOTON_ENERGY, one.energy, MEAN_PHOTON_ENERGY * beta.temperature().get()));
            }
            about(&series, exact, beta, others, events)
        }
        other => Err(ExperimentError::NotSampled { system: other.name() }),
    }
}

/// U and C from a series of energies counted from the exact U, which leaves them their digits where they hardly spread;
/// `events` of the draws were no mere vacuum.
fn about(
    series: &Series,
    exact: f64,
    beta: Beta,
    others: Vec<(&'static str, Estimate, f64)>,
    events: u64,
) -> Result<Drawn, ExperimentError> {
    let variance = or_zero(series.variance(0, JACKKNIFE_BLOCKS))?;
    Ok(Drawn {
        energy: or_constant(series.mean(0))?.shifted(exact),
        heat_capacity: measure::heat_capacity(variance, beta),
        others,
        resolved: events > RESOLVED,
    })
}

/// What `observe` sees in `n` draws.
fn series<S: Sampler, const K: usize>(
    sampler: &mut S,
    n: u64,
    rng: &mut TaskRng,
    mut observe: impl FnMut(&S) -> [f64; K],
) -> Result<Series, ExperimentError> {
    let (mut series, mut refused) = (Series::new(K), None);
    run(sampler, Schedule { thermalization: 0, sweeps: n }, rng, |sampler| {
        refused = refused.take().or(series.push(&observe(sampler)).err());
    });
    refused.map_or(Ok(series), |error| Err(error.into()))
}
