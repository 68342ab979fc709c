//! Two phases at a transition of first order: weights that lead over the energies between them, and samples made canonical again.

use super::control::drive;
use super::flat_histogram::EnergyGrid;
use super::method::{OneTemperature, Sample, Simulated};
use super::replicas::ReplicatedRun;
use super::{Observables, SimulationError, Start};
use crate::model::{LocalStates, Model};
use crate::rng::TaskRng;
use crate::samplers::{EnergyCells, FlatHeatBath, FlatWeights, Sampler};

/// Visits of each energy until the weights are good enough to measure with, per site: as many as it takes to go from one phase to the other
/// and back some times.
const VISITS: f64 = 40.0;
/// Sweeps in which the weights must be found; whatever they are then is used.
const MOST_SWEEPS: u64 = 1_000_000;
/// Sweeps of a canonical chain in each phase, to find an energy near its mean.
const SEARCH: usize = 500;
/// The replica whose generator finds the weights: none that is measured.
const LEARNER: u16 = u16::MAX;

/// Samples one temperature, near which two phases coexist, with weights that are flat between them.
pub(super) fn sample<M: Model<State: Send + Sync> + LocalStates + Simulated>(
    model: &M,
    observables: &Observables<'_, M::State>,
    grid: Option<EnergyGrid>,
    task: &OneTemperature<'_>,
) -> Result<Sample, SimulationError> {
    let (Some(grid), Some(phases)) = (grid, task.length.coexisting) else {
        return Err(SimulationError::NoCoexistence { system: model.name(), temperature: task.temperature });
    };
    let weights = learned(model, grid, phases, task)?;
    let middle = 0.5 * (phases[0] + phases[1]);
    let observables = observables.clone().reweighted(|energy| weights.canonical(energy), middle);
    let make = |start: Start, rng: &mut TaskRng| {
        Ok::<_, SimulationError>(FlatHeatBath::learned(model, weights.clone(), start.state(model, rng))?)
    };
    let mut run = ReplicatedRun::start(make, &observables, task.length, task.stream, ())?;
    let measured = run.finish(&task.settings.control)?;
    let (recorded, _) = run.into_recorded()?;
    Ok(Sample {
        rows: observables.rows((task.temperature, task.sampler), &recorded, measured.unsettled, model.exact())?,
        energies: recorded.energies,
        verdict: measured.verdict(task.temperature),
        radial: None,
        snapshots: Vec::new(),
    })
}

/// Weights that are flat between the energies `phases`.
fn learned<M: Model + LocalStates>(
    model: &M,
    grid: EnergyGrid,
    phases: [f64; 2],
    task: &OneTemperature<'_>,
) -> Result<FlatWeights, SimulationError> {
    let cells = EnergyCells::grid(grid.lowest, grid.highest, grid.step)?;
    let (beta, mut rng) = (task.temperature.beta(), (task.stream)(LEARNER));
    // Not every energy of the grid is one of a state.
    let mut nearest = |start: Start, phase: f64| -> Result<f64, SimulationError> {
        let state = start.state(model, &mut rng);
        let mut chain = FlatHeatBath::new(model, beta, cells.clone(), phases, state)?;
        let mut found = chain.energy();
        for _ in 0..SEARCH {
            chain.advance(&mut rng);
            let energy = chain.energy();
            if (energy - phase).abs() < (found - phase).abs() {
                found = energy;
            }
        }
        Ok(found)
    };
    let phases = [nearest(Start::Ordered, phases[0])?, nearest(Start::Disordered, phases[1])?];
    let start = model.initial_state(&mut rng);
    let chain = FlatHeatBath::new(model, beta, cells, phases, start)?;
    let final_ln_f = 1.0 / (VISITS * model.site_count() as f64);
    let mut learner = (chain, rng, MOST_SWEEPS);
    drive(
        &task.settings.control,
        &mut learner,
        |(_, _, left)| *left,
        |(chain, rng, left), sweeps| {
            *left -= sweeps;
            Ok((chain.learn(final_ln_f, sweeps, rng) || *left == 0).then_some(()))
        },
    )?;
    Ok(learner.0.weights().clone())
}
