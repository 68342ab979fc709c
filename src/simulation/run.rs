//! All temperatures of one system, whatever the method.

use rayon::prelude::*;

use super::budget::MOST_DRAWS;
use super::method::{
    AllSamples, AllTemperatures, ChainMethods, LevelsAt, OneTemperature, Run, Sample, Sampling, Simulated,
};
use super::sampled::{Histogram, Sampled};
use super::{
    Budget, Choice, LeftOut, Note, Observable, Row, RunLength, SamplerName, Setting, Settings, SimulationError, draws,
    histogram, reweighting,
};
use crate::rng::{Seed, Stream, TaskRng};
use crate::units::Temperature;

/// Samples `system` at `temperatures`, and calls `tick` after each.
///
/// # Errors
///
/// A sampler that does not apply to the system, a temperature without equilibrium, a run too short to forget its start
/// or for its autocorrelations (the message says how many sweeps would do), a curve out of reach of the samples.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::simulation::{Settings, run};
/// use gibbs::systems::System;
/// use gibbs::units::Temperature;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ising = System::parse("ising", &[("l", "4")])?;
/// let sampled = run(&ising, &[Temperature::new(3.0)?], &Settings::default(), Seed(1), &|| ())?;
/// for row in &sampled.rows {
///     assert!(row.z_score().is_none_or(|z| z.abs() < 4.5), "{} {}", row.observable, row.estimate);
/// }
/// # Ok(())
/// # }
/// ```
pub fn run(
    system: &dyn Simulated,
    temperatures: &[Temperature],
    settings: &Settings,
    seed: Seed,
    tick: &(dyn Fn() + Sync),
) -> Result<Sampled, SimulationError> {
    let sampling = system.sampling();
    check(system, &sampling, settings)?;
    let settings = &in_totals(system, settings);
    temperatures.iter().try_for_each(|t| system.has_equilibrium(t.beta()))?;
    let choices: Vec<Choice> =
        temperatures.iter().map(|t| choose(system, &sampling, *t, settings.sampler)).collect::<Result<_, _>>()?;
    let mut sampled = match &sampling {
        Sampling::ExactOnly => Sampled::default(),
        Sampling::Levels(levels) => by_temperature(temperatures, &choices, settings, seed, tick, |t, _, rng| {
            from_levels(system, levels, t, settings, rng)
        })?,
        Sampling::Draws(methods) => by_temperature(temperatures, &choices, settings, seed, tick, |t, choice, rng| {
            let method = methods.iter().find(|method| method.sampler == choice.sampler);
            method.map_or(Ok(Vec::new()), |method| draws::drawn(system, t, method, settings.budget, rng))
        })?,
        Sampling::Chains(methods) => chains(system, methods, temperatures, &choices, settings, seed, tick)?,
    };
    if settings.start.is_some() {
        sampled.notes.push(Note::SameStart);
    }
    if settings.sampler == SamplerName::Auto {
        sampled.choices = temperatures.iter().copied().zip(choices).collect();
    }
    if settings.per_site {
        let n_sites = system.n_sites();
        sampled.rows.iter_mut().chain(&mut sampled.curve).for_each(|row| row.divide(n_sites));
    }
    Ok(sampled)
}

/// The settings with an error of totals, where one per site was asked for.
fn in_totals(system: &dyn Simulated, settings: &Settings) -> Settings {
    let budget = match settings.budget {
        Some(Budget::Error(error)) if settings.per_site => Some(Budget::Error(error * system.n_sites())),
        budget => budget,
    };
    Settings { budget, ..settings.clone() }
}

/// Refuses settings that contradict the system.
fn check(system: &dyn Simulated, sampling: &Sampling<'_>, settings: &Settings) -> Result<(), SimulationError> {
    let refuse = |setting, expected, value: String| Err(SimulationError::Setting { setting, expected, value });
    let chains = match sampling {
        Sampling::Chains(chains) => Some(chains),
        Sampling::ExactOnly | Sampling::Levels(_) | Sampling::Draws(_) => None,
    };
    let positions = chains.is_some_and(|chains| chains.periodic_box.is_some());
    let reweighted = chains.is_some_and(|chains| chains.anchor.is_some());
    if settings.replicas == 0 {
        return refuse(Setting::Replicas, "at least 1", "0".to_owned());
    }
    match settings.budget {
        Some(Budget::Sweeps(sweeps)) if !(1..=MOST_DRAWS).contains(&sweeps) => {
            refuse(Setting::Sweeps, "from 1 to 10^18", sweeps.to_string())
        }
        Some(Budget::Sweeps(sweeps)) if settings.limit.is_some_and(|limit| limit < sweeps) => {
            refuse(Setting::Limit, "at least the sweeps asked for", settings.limit.unwrap_or_default().to_string())
        }
        Some(Budget::Error(error)) if !(error > 0.0 && error.is_finite()) => {
            refuse(Setting::Error, "a positive number", error.to_string())
        }
        Some(Budget::Particles(_)) if chains.is_some() => {
            refuse(Setting::Particles, "left out for a system sampled by {sweeps}", format!("it for {}", system.name()))
        }
        _ if (settings.start.is_some() || settings.snapshots > 0) && !positions => {
            Err(SimulationError::NoPositions { system: system.name() })
        }
        _ if !settings.curve.is_empty() && !reweighted => refuse(
            Setting::Curve,
            "left out for a system that is not a lattice; `gibbs exact` prints its curve",
            format!("it for {}", system.name()),
        ),
        _ => Ok(()),
    }
}

/// The sampler meant by `asked` at `temperature`, or a refusal that names those that apply.
fn choose(
    system: &dyn Simulated,
    sampling: &Sampling<'_>,
    temperature: Temperature,
    asked: SamplerName,
) -> Result<Choice, SimulationError> {
    let independent = |sampler| Choice { sampler, why: "independent draws are possible" };
    let (all, automatic): (Vec<SamplerName>, Choice) = match sampling {
        Sampling::ExactOnly => return Err(SimulationError::NotSampled { system: system.name() }),
        Sampling::Levels(_) => (vec![SamplerName::Direct], independent(SamplerName::Direct)),
        Sampling::Draws(methods) => {
            let all: Vec<SamplerName> = methods.iter().map(|method| method.sampler).collect();
            let first = all.first().copied().ok_or(SimulationError::NotSampled { system: system.name() })?;
            (all, independent(first))
        }
        Sampling::Chains(chains) => {
            (chains.methods.iter().map(|method| method.sampler).collect(), (chains.automatic)(temperature.beta()))
        }
    };
    let choice = if asked == SamplerName::Auto { automatic } else { Choice { sampler: asked, why: "" } };
    if all.contains(&choice.sampler) {
        return Ok(choice);
    }
    let names: Vec<&str> = all.iter().map(|sampler| sampler.name()).collect();
    Err(SimulationError::NoSuchSampler {
        system: system.name(),
        asked: choice.sampler.name(),
        applicable: names.join(", "),
    })
}

/// Rows of each temperature by itself, with one generator each.
fn by_temperature(
    temperatures: &[Temperature],
    choices: &[Choice],
    settings: &Settings,
    seed: Seed,
    tick: &(dyn Fn() + Sync),
    rows: impl Fn(Temperature, Choice, &mut TaskRng) -> Result<Vec<Row>, SimulationError> + Sync,
) -> Result<Sampled, SimulationError> {
    let at = |(t, (&temperature, &choice)): (usize, (&Temperature, &Choice))| {
        let mut rng = seed.stream(Stream::Sampled { temperature: t as u32, replica: 0 }.id());
        let rows = rows(temperature, choice, &mut rng);
        tick();
        rows.map_err(|error| error.at(temperature, settings.replicas))
    };
    let rows: Vec<_> = temperatures.par_iter().zip(choices).enumerate().map(at).collect();
    let rows: Vec<Vec<Row>> = first_refusal(rows)?;
    Ok(Sampled { rows: rows.into_iter().flatten().collect(), ..Sampled::default() })
}

/// All results, or the first refusal in the order of the temperatures, whichever thread was done first.
fn first_refusal<T>(results: Vec<Result<T, SimulationError>>) -> Result<Vec<T>, SimulationError> {
    results.into_iter().collect()
}

fn from_levels(
    system: &dyn Simulated,
    levels: &LevelsAt<'_>,
    temperature: Temperature,
    settings: &Settings,
    rng: &mut TaskRng,
) -> Result<Vec<Row>, SimulationError> {
    draws::levels(system, &*levels(temperature.beta())?, temperature, settings.budget, rng)
}

/// Samples by chains: the temperatures of a method that serves all at once together, the others each by itself.
fn chains(
    system: &dyn Simulated,
    methods: &ChainMethods<'_>,
    temperatures: &[Temperature],
    choices: &[Choice],
    settings: &Settings,
    seed: Seed,
    tick: &(dyn Fn() + Sync),
) -> Result<Sampled, SimulationError> {
    let length = settings.length(system.n_sites());
    let (mut groups, mut missing) = (Vec::new(), Vec::new());
    for method in &methods.methods {
        let Run::AllTemperatures(run) = &method.run else { continue };
        let chosen = temperatures.iter().zip(choices).filter(|(_, choice)| choice.sampler == method.sampler);
        let own: Vec<Temperature> = chosen.map(|(&temperature, _)| temperature).collect();
        if !own.is_empty() {
            match run(&AllTemperatures { temperatures: &own, length, settings, seed, tick }) {
                Err(SimulationError::Stopped) => missing.extend(own),
                samples => groups.push(samples?),
            }
        }
    }
    let each = |(t, (&temperature, choice)): (usize, (&Temperature, &Choice))| {
        let method = methods.methods.iter().find(|method| method.sampler == choice.sampler)?;
        let Run::EachTemperature(run) = &method.run else { return None };
        let stream = |replica| seed.stream(Stream::Sampled { temperature: t as u32, replica }.id());
        let length = RunLength { coexisting: system.coexisting_energies(temperature.beta()), ..length };
        let lattice = methods.periodic_box.is_none();
        let length = if lattice { length.of_small_system(system.n_sites()) } else { length };
        let task = OneTemperature { temperature, sampler: choice.sampler, length, settings, stream: &stream };
        let sample = match run(&task) {
            Err(SimulationError::Stopped) => Ok(Err(temperature)),
            sample => sample.map(Ok).map_err(|error| error.at(temperature, settings.replicas)),
        };
        tick();
        Some(sample)
    };
    let samples: Vec<_> = temperatures.par_iter().zip(choices).enumerate().filter_map(each).collect();
    let mut done = Vec::new();
    for sample in first_refusal(samples)? {
        match sample {
            Ok(sample) => done.push(sample),
            Err(temperature) => missing.push(temperature),
        }
    }
    if !done.is_empty() || groups.is_empty() {
        groups.push(together(done));
    }
    let AllSamples { mut sampled, energies } = in_order(groups, temperatures);
    sampled.missing = temperatures.iter().copied().filter(|temperature| missing.contains(temperature)).collect();
    for (temperature, energies) in &energies {
        let cells = histogram::histogram(energies)?;
        sampled.histograms.push(Histogram { temperature: *temperature, cells });
    }
    if !settings.curve.is_empty() && !energies.is_empty() && sampled.missing.is_empty() {
        let (curve, note) = reweighting::reweighted(system, methods, energies, &settings.curve, seed)?;
        sampled.curve = curve;
        sampled.notes.extend(note);
        sampled.left_out.extend(left_out_of_curve(&sampled));
    }
    Ok(sampled)
}

/// What was measured at the sampled temperatures and has no curve.
fn left_out_of_curve(sampled: &Sampled) -> Option<LeftOut> {
    let mut observables: Vec<Observable> = Vec::new();
    for kind in sampled.rows.iter().map(|row| row.kind) {
        if !observables.contains(&kind) && !sampled.curve.iter().any(|row| row.kind == kind) {
            observables.push(kind);
        }
    }
    (!observables.is_empty()).then_some(LeftOut { sampler: SamplerName::Mbar, observables })
}

/// What several methods left behind, in the order of the temperatures.
fn in_order(mut groups: Vec<AllSamples>, temperatures: &[Temperature]) -> AllSamples {
    if groups.len() == 1 {
        return groups.remove(0);
    }
    let mut all = AllSamples::default();
    for AllSamples { sampled, energies } in groups {
        all.sampled.rows.extend(sampled.rows);
        all.sampled.verdicts.extend(sampled.verdicts);
        all.sampled.radial.extend(sampled.radial);
        all.sampled.snapshots.extend(sampled.snapshots);
        all.sampled.notes.extend(sampled.notes);
        all.sampled.left_out.extend(sampled.left_out);
        all.energies.extend(energies);
    }
    let place = |t: Temperature| temperatures.iter().position(|other| *other == t);
    all.sampled.rows.sort_by_key(|row| place(row.temperature));
    all.sampled.verdicts.sort_by_key(|verdict| place(verdict.temperature));
    all.energies.sort_by_key(|(temperature, _)| place(*temperature));
    all
}

fn together(samples: Vec<Sample>) -> AllSamples {
    let mut all = AllSamples::default();
    for sample in samples {
        all.energies.push((sample.verdict.temperature, sample.energies));
        all.sampled.rows.extend(sample.rows);
        all.sampled.radial.extend(sample.radial);
        all.sampled.snapshots.extend(sample.snapshots);
        all.sampled.verdicts.push(sample.verdict);
    }
    all
}
