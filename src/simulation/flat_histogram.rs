//! The density of states by Wang–Landau and a multicanonical run, and all temperatures from it at once.

use super::estimates::rounded;
use super::flat_walks::FlatWalks;
use super::method::{AllSamples, AllTemperatures, Simulated};
use super::{Budget, LeftOut, Note, Observable, Row, SamplerName, Setting, SimulationError, Status};
use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::estimators::{CellDensity, EstimatorError, Known, density_from_transitions};
use crate::model::Model;
use crate::rng::Stream;
use crate::samplers::EnergyCells;
use crate::units::{Beta, Temperature};

/// Default number of measured sweeps of each walker.
const SWEEPS: u64 = 100_000;
/// Round trips of all walkers between the lowest and the highest energy, below which a phase may be missing from what they saw.
const ROUND_TRIPS: u64 = 10;
/// Most cells of energy: the walk takes their square in time.
const MOST_CELLS: f64 = 20_000.0;

/// Energies that are whole multiples of one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EnergyGrid {
    /// The lowest energy, or a bound of it on the grid.
    pub lowest: f64,
    /// The highest energy, or a bound of it.
    pub highest: f64,
    /// Distance of two energies, or a divisor of it.
    pub step: f64,
}

impl EnergyGrid {
    /// The grid from `-reach` to `reach` of `E = -sum c_k x_k`, every x_k being 1 or -1, for the sizes `abs(c_k)`; `None` where these
    /// have no common step.
    #[must_use]
    pub fn symmetric(reach: f64, sizes: impl Iterator<Item = f64> + Clone) -> Option<Self> {
        Some(Self { lowest: -reach, highest: reach, step: 2.0 * common_step(sizes)? })
    }
}

/// A flat walk over the energies of a system.
pub(super) struct FlatHistogram<'a, M> {
    pub system: &'a M,
    pub grid: Option<EnergyGrid>,
    /// Observables of the system, which a walk over energies does not give.
    pub observables: Vec<Observable>,
    /// ln of the number of ground states, where it is known.
    pub ln_ground_states: Option<f64>,
}

impl<M: Model<State: Send> + Simulated + Sync> FlatHistogram<'_, M> {
    /// Samples the density of states and puts it at the temperatures of `task`.
    ///
    /// Each replica of the settings is a walker: it makes its own weights by Wang–Landau and then measures with them fixed.
    /// The number of all states fixes the constant, and where nothing is frustrated the number of ground states is known too.
    ///
    /// # Errors
    ///
    /// A system whose energies are no multiples of one step, or too many; a budget that is not a number of sweeps; a walk that does
    /// not become flat.
    pub fn run(&self, task: &AllTemperatures<'_>) -> Result<AllSamples, SimulationError> {
        let refusal =
            |setting, expected| SimulationError::Setting { setting, expected, value: self.system.name().to_owned() };
        let sweeps = match task.settings.budget {
            None => SWEEPS,
            Some(Budget::Sweeps(sweeps)) => sweeps,
            Some(_) => return Err(refusal(Setting::Error, "left out for wang-landau, which takes {sweeps}")),
        };
        let grid = self.grid.filter(|grid| (grid.highest - grid.lowest) / grid.step <= MOST_CELLS);
        let grid = grid.ok_or_else(|| SimulationError::NoEnergyGrid { system: self.system.name() })?;
        let cells = EnergyCells::grid(grid.lowest, grid.highest, grid.step)?;
        let stream = |walker| task.seed.stream(Stream::Walkers(walker).id());
        let walks = FlatWalks::start(self.system, &cells, sweeps, task.settings.replicas, stream)?;
        let (blocks, trips) = walks.finish(&task.settings.control)?;
        let density = self.normalised(density_from_transitions(&blocks, cells.len())?)?;
        let energies: Vec<f64> = density.cells().iter().map(|&cell| cells.energy(cell)).collect();
        let status = Status::of_events(trips >= ROUND_TRIPS);
        let mut samples = AllSamples::default();
        for &temperature in task.temperatures {
            samples.sampled.rows.extend(at(self.system, temperature, &energies, &density, status)?);
            (task.tick)();
        }
        samples.sampled.notes.push(Note::FlatHistogram {
            n_walkers: task.settings.replicas,
            n_energies: energies.len(),
            round_trips: trips,
        });
        if !self.observables.is_empty() {
            let observables = self.observables.clone();
            samples.sampled.left_out.push(LeftOut { sampler: SamplerName::WangLandau, observables });
        }
        Ok(samples)
    }

    /// The density with everything used that is known of it.
    fn normalised(&self, density: CellDensity) -> Result<CellDensity, EstimatorError> {
        let density = match ln_states(self.system) {
            Some(ln_states) => density.normalised(Known::Total(ln_states))?,
            None => return Ok(density),
        };
        let Some(ln_g) = self.ln_ground_states else { return Ok(density) };
        let cell = density.cells()[0];
        match density.clone().conditioned(Known::Cell { cell, ln_g }) {
            // The total alone has fixed it.
            Err(EstimatorError::ConstantSeries { .. }) => Ok(density),
            conditioned => conditioned,
        }
    }
}

/// ln of the number of all states, where it is known: without it entropies have no absolute value.
fn ln_states(system: &dyn Simulated) -> Option<f64> {
    system.exact().map(|exact| exact.entropy_limits().1).filter(|ln_states| ln_states.is_finite())
}

/// The largest number that all are whole multiples of, by Euclid's algorithm to nine digits; `None` where there is
/// none worth the name.
fn common_step(numbers: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let largest = numbers.clone().fold(0.0, f64::max);
    let mut step = 0.0;
    for number in numbers {
        let (mut a, mut b) = (f64::max(step, number), f64::min(step, number));
        while b > 1e-9 * largest {
            let rest = a % b;
            (a, b) = (b, rest.min(b - rest));
        }
        step = a;
        if step < largest / MOST_CELLS {
            return None;
        }
    }
    (step > 0.0).then_some(step)
}

fn at(
    system: &dyn Simulated,
    temperature: Temperature,
    energies: &[f64],
    density: &CellDensity,
    status: Status,
) -> Result<Vec<Row>, SimulationError> {
    let beta = temperature.beta();
    let exact = system.exact().and_then(|exact| exact.thermo(beta).ok());
    // A spectrum that cannot be made gives NaN, which the estimate refuses.
    let thermo = |ln_g: &[f64]| {
        let spectrum = Spectrum::with_ln_degeneracies(energies.to_vec(), ln_g.to_vec());
        spectrum.map(|spectrum| Canonical::new(&spectrum, beta).thermo())
    };
    let row = |observable: Observable, scale: f64, of: fn(&Thermo) -> f64| -> Result<Row, SimulationError> {
        let estimate = density.estimate(|ln_g| thermo(ln_g).map_or(f64::NAN, |t| of(&t)))?;
        Ok(Row::new(
            (temperature, SamplerName::WangLandau),
            observable,
            rounded(estimate, scale),
            exact.as_ref().map(of),
            status,
        ))
    };
    let reach = energies.iter().fold(0.0f64, |reach, energy| reach.max(energy.abs()));
    let mut rows =
        vec![row(Observable::ENERGY, reach, |t| t.energy)?, row(Observable::HEAT_CAPACITY, 0.0, |t| t.heat_capacity)?];
    if ln_states(system).is_none() {
        return Ok(rows);
    }
    rows.push(row(Observable::ENTROPY, 1.0, |t| t.entropy)?);
    if beta != Beta::ZERO {
        rows.push(row(Observable::FREE_ENERGY, temperature.get().abs(), Thermo::free_energy)?);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::common_step;

    #[test]
    fn steps_that_numbers_have_in_common() {
        let of = |numbers: &[f64]| common_step(numbers.iter().copied());
        assert_eq!((of(&[1.0, 1.0, 0.0]), of(&[2.5, 1.5])), (Some(1.0), Some(0.5)));
        assert!((of(&[0.3, 0.5]).unwrap_or(0.0) - 0.1).abs() < 1e-12);
        assert_eq!((of(&[1.0, 2f64.sqrt(), 3f64.sqrt()]), of(&[0.0])), (None, None));
    }
}
