//! Reweighting: continuous curves of U, C, S and F from the energies of a few sampled temperatures.

use rayon::prelude::*;

use super::estimates::{or_constant, rounded};
use super::method::{OneTemperature, Run, Simulated};
use super::recorder::BLOCKS;
use super::{ChainMethods, Note, Observable, Row, RunLength, SamplerName, Settings, SimulationError, Status};
use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::estimators::{DensityOfStates, EnergyHistogram, Estimate, EstimatorError, LevelWeights, jackknife_of};
use crate::rng::{Seed, Stream};
use crate::units::{Beta, Temperature};

/// Effective samples below which a target is an extrapolation.
const ENOUGH: f64 = 200.0;
/// Sweeps of the run at infinite temperature, whose ln Z is the logarithm of the number of states.
const ANCHOR_SWEEPS: u64 = 8192;

/// The energies of one temperature, `[n_blocks][...]`.
pub(super) type Energies = Vec<Vec<f64>>;

/// U and C at each of `targets`, and S and F where the samples reach infinite temperature; the note says why they do not.
///
/// The multistate acceptance ratio turns the energies into a density of states, and its spectrum goes through the same
/// canonical ensemble as any other. A run at infinite temperature is added: ln Z is known there, which makes S and F
/// absolute, if the samples overlap all the way.
///
/// # Errors
///
/// Samples that do not overlap; a target that they do not reach.
pub(super) fn reweighted(
    system: &dyn Simulated,
    methods: &ChainMethods<'_>,
    mut sampled: Vec<(Temperature, Energies)>,
    targets: &[Temperature],
    seed: Seed,
) -> Result<(Vec<Row>, Option<Note>), SimulationError> {
    sampled.retain(|(temperature, _)| temperature.beta().get().is_finite());
    let mut anchored = sampled.clone();
    let mut anchor = anchored.iter().position(|(t, _)| *t == Temperature::INFINITE);
    if anchor.is_none()
        && system.has_equilibrium(Beta::ZERO).is_ok()
        && let Some(energies) = at_infinite_temperature(system, methods, seed)?
    {
        anchored.push((Temperature::INFINITE, energies));
        anchor = Some(anchored.len() - 1);
    }
    let ln_states = system.exact().map(|exact| exact.entropy_limits().1).filter(|ln_states| ln_states.is_finite());
    let known = anchor.zip(ln_states);
    let (density, absolute) = match solve(&anchored, known) {
        Err(SimulationError::Disconnected { .. }) => (solve(&sampled, None)?, false),
        other => (other?, known.is_some()),
    };
    let levels: Vec<&LevelWeights> = std::iter::once(density.levels()).chain(density.without_block()).collect();
    let spectra: Result<Vec<Spectrum>, _> =
        levels.iter().map(|l| Spectrum::with_ln_degeneracies(l.energies().to_vec(), l.ln_weights().to_vec())).collect();
    let spectra = spectra?;
    let rows: Vec<Result<Vec<Row>, SimulationError>> = targets
        .par_iter()
        .map(|&target| {
            let n_eff = effective_samples(density.levels(), target.beta());
            if n_eff < ENOUGH {
                return Err(SimulationError::OutOfReach { temperature: target, n_eff });
            }
            at(system, target, &spectra, absolute, n_eff).map_err(|error| error.at(target, 1))
        })
        .collect();
    // The first refusal in the order of the targets, whichever thread was done first.
    let rows: Vec<Vec<Row>> = rows.into_iter().collect::<Result<_, _>>()?;
    let note = if absolute {
        None
    } else if ln_states.is_none() || anchor.is_none() {
        Some(Note::UnknownStates)
    } else {
        let hottest = sampled.iter().map(|(t, _)| *t).reduce(|a, b| if a.beta() < b.beta() { a } else { b });
        hottest.map(|hottest| Note::NoAbsoluteEntropy { hottest })
    };
    Ok((rows.into_iter().flatten().collect(), note))
}

/// Energies of a run at infinite temperature, where every chain forgets its state in a few sweeps.
fn at_infinite_temperature(
    system: &dyn Simulated,
    methods: &ChainMethods<'_>,
    seed: Seed,
) -> Result<Option<Energies>, SimulationError> {
    let Some(method) = methods.methods.iter().find(|method| Some(method.sampler) == methods.anchor) else {
        return Ok(None);
    };
    let Run::EachTemperature(run) = &method.run else { return Ok(None) };
    let task = OneTemperature {
        temperature: Temperature::INFINITE,
        sampler: method.sampler,
        length: RunLength::new(ANCHOR_SWEEPS, 1, system.n_sites()),
        settings: &Settings { replicas: 1, ..Settings::default() },
        stream: &|replica| seed.stream(Stream::Anchor(replica).id()),
    };
    let sample = run(&task).map_err(|error| error.at(task.temperature, 1))?;
    Ok(Some(sample.energies))
}

fn solve(sampled: &[(Temperature, Energies)], known: Option<(usize, f64)>) -> Result<DensityOfStates, SimulationError> {
    let betas: Vec<f64> = sampled.iter().map(|(t, _)| t.beta().get()).collect();
    let blocks: Result<Vec<Vec<EnergyHistogram>>, EstimatorError> = sampled
        .iter()
        .map(|(_, energies)| energies.iter().take(BLOCKS).map(|block| EnergyHistogram::of_series(block)).collect())
        .collect();
    DensityOfStates::solve(&betas, &blocks?, known).map_err(|error| match error {
        EstimatorError::StatesDisconnected { states, .. } => {
            SimulationError::Disconnected { temperatures: states.iter().map(|&state| sampled[state].0).collect() }
        }
        error => error.into(),
    })
}

fn effective_samples(levels: &LevelWeights, beta: Beta) -> f64 {
    let b = beta.get();
    if b.is_infinite() { 0.0 } else { levels.effective_samples(|energy| -(b * energy)) }
}

fn at(
    system: &dyn Simulated,
    temperature: Temperature,
    spectra: &[Spectrum],
    absolute: bool,
    n_eff: f64,
) -> Result<Vec<Row>, SimulationError> {
    let beta = temperature.beta();
    let thermo: Vec<Thermo> = spectra.iter().map(|spectrum| Canonical::new(spectrum, beta).thermo()).collect();
    let exact = system.exact().and_then(|exact| exact.thermo(beta).ok());
    let row = |observable: Observable, scale: f64, of: fn(&Thermo) -> f64| -> Result<Row, SimulationError> {
        let deleted: Vec<f64> = thermo[1..].iter().map(of).collect();
        let estimate = rounded(or_constant(jackknife_of(of(&thermo[0]), &deleted))?, scale);
        Ok(Row::new(
            (temperature, SamplerName::Mbar),
            observable,
            Estimate { n_eff: n_eff.min(estimate.n_eff), ..estimate },
            exact.as_ref().map(of),
            Status::Ok,
        ))
    };
    let mut rows =
        vec![row(Observable::ENERGY, 0.0, |t| t.energy)?, row(Observable::HEAT_CAPACITY, 0.0, |t| t.heat_capacity)?];
    if absolute {
        rows.push(row(Observable::ENTROPY, 1.0, |t| t.entropy)?);
        if beta != Beta::ZERO {
            rows.push(row(Observable::FREE_ENERGY, temperature.get().abs(), Thermo::free_energy)?);
        }
    }
    Ok(rows)
}
