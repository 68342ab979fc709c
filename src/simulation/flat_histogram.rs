//! The density of states by Wang–Landau and a multicanonical run, and all temperatures from it at once.

use rayon::prelude::*;

use super::{Budget, EXPERIMENT, Row, Sampled, SamplerName, Settings, observables};
use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::estimators::{CellDensity, EstimatorError, Known, density_from_transitions};
use crate::experiments::{ExperimentError, Tick};
use crate::model::Model;
use crate::rng::{Seed, StreamId, TaskRng};
use crate::samplers::{EnergyCells, Multicanonical, Refinement, Sampler, Transitions, WangLandau};
use crate::systems::System;
use crate::units::{Beta, Temperature};

/// Blocks of the run of each walker.
const BLOCKS: u64 = 32;
/// Measured sweeps of each walker unless told otherwise.
const SWEEPS: u64 = 100_000;
/// Most cells of energy: the walk takes their square in time.
const MOST_CELLS: f64 = 20_000.0;
/// Where refinement ends: the weights steer the measurement, and their errors do not enter it.
const FINAL_LN_F: f64 = 1e-5;
/// Point of the random streams of the walkers.
const WALKERS: u32 = 5 << 24;

/// Samples the density of states of `system` and puts it at `temperatures`.
///
/// Each replica of the settings is a walker: it makes its own weights by Wang–Landau and then measures with them fixed.
/// The number of all states fixes the constant, and where nothing is frustrated the number of ground states is known too.
///
/// # Errors
///
/// A system whose energies are no multiples of one step, or too many; a field of an Ising model; a budget that is not
/// a number of sweeps; a walk that does not become flat.
pub(super) fn run(
    system: &System,
    temperatures: &[Temperature],
    settings: &Settings,
    seed: Seed,
    tick: Tick<'_>,
) -> Result<Sampled, ExperimentError> {
    let sweeps = match settings.budget {
        None => SWEEPS,
        Some(Budget::Sweeps(sweeps)) => sweeps,
        Some(_) => return Err(refusal("--error", "left out for wang-landau, which takes --sweeps", system.name())),
    };
    let cells = cells(system)?;
    let walk = Walk { cells: &cells, sweeps, walkers: settings.replicas, seed };
    let (blocks, trips) = match system {
        System::Ising(model) => walk.run(model)?,
        System::Potts(model) => walk.run(model)?,
        System::SpinGlass(model) => walk.run(model)?,
        other => return Err(ExperimentError::NotSampled { system: other.name() }),
    };
    let density = normalised(system, density_from_transitions(&blocks, cells.len())?)?;
    let energies: Vec<f64> = density.cells().iter().map(|&cell| cells.energy(cell)).collect();
    let mut sampled = Sampled::default();
    for &temperature in temperatures {
        sampled.rows.extend(at(system, temperature, &energies, &density)?);
        tick();
    }
    sampled.notes.push(format!(
        "{} walkers over {} energies: {trips} round trips between the lowest and the highest",
        settings.replicas,
        energies.len()
    ));
    Ok(sampled)
}

fn refusal(name: &'static str, expected: &'static str, value: &str) -> ExperimentError {
    ExperimentError::Setting { name, expected, value: value.to_owned() }
}

/// Cells that hold every energy of `system`.
fn cells(system: &System) -> Result<EnergyCells, ExperimentError> {
    const EXPECTED: &str = "one for a system whose energies are whole multiples of one step, at most 20000 of them";
    let refuse = || refusal("--sampler wang-landau", EXPECTED, system.name());
    let (lowest, highest, step) = match system {
        System::Ising(m) if m.h() == 0.0 && m.j() != 0.0 => {
            let reach = m.j().abs() * m.lattice().n_bonds() as f64;
            (-reach, reach, 2.0 * m.j().abs())
        }
        System::Potts(m) if m.j() != 0.0 => {
            let end = -m.j() * m.lattice().n_bonds() as f64;
            (end.min(0.0), end.max(0.0), m.j().abs())
        }
        System::SpinGlass(m) => {
            let couplings = || m.bonds().iter().map(|bond| bond.coupling.abs());
            let reach = couplings().sum::<f64>() + m.h().abs() * system.exact().n_sites();
            let step = common_step(couplings().chain([m.h().abs()])).ok_or_else(refuse)?;
            (-reach, reach, 2.0 * step)
        }
        _ => return Err(refuse()),
    };
    if (highest - lowest) / step > MOST_CELLS {
        return Err(refuse());
    }
    Ok(EnergyCells::grid(lowest, highest, step)?)
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

/// Walkers with a stream each.
struct Walk<'a> {
    cells: &'a EnergyCells,
    sweeps: u64,
    walkers: u16,
    seed: Seed,
}

impl Walk<'_> {
    /// Proposed transitions by block, those of all walkers one after the other, and the round trips.
    fn run<M: Model + Sync>(&self, model: &M) -> Result<(Vec<Transitions>, u64), ExperimentError> {
        let walks: Result<Vec<(Vec<Transitions>, u64)>, ExperimentError> = (0..self.walkers)
            .into_par_iter()
            .map(|walker| {
                let mut rng = self.seed.stream(StreamId::new(EXPERIMENT, WALKERS, walker));
                let mut weights = WangLandau::new(model, self.cells.clone(), model.initial_state(&mut rng))?;
                weights.refine(Refinement { final_ln_f: FINAL_LN_F, ..Refinement::default() }, &mut rng)?;
                Ok(self.measure(weights.into_multicanonical(), &mut rng))
            })
            .collect();
        let (mut blocks, mut trips) = (Vec::new(), 0);
        for (own, own_trips) in walks? {
            blocks.extend(own);
            trips += own_trips;
        }
        Ok((blocks, trips))
    }

    fn measure<M: Model>(&self, mut walk: Multicanonical<'_, M>, rng: &mut TaskRng) -> (Vec<Transitions>, u64) {
        let block = |walk: &mut Multicanonical<'_, M>, rng: &mut TaskRng| {
            (0..(self.sweeps / BLOCKS).max(1)).for_each(|_| walk.advance(rng));
            walk.take_transitions()
        };
        block(&mut walk, rng);
        let blocks = (0..BLOCKS).map(|_| block(&mut walk, rng)).collect();
        (blocks, walk.round_trips())
    }
}

/// The density with everything used that is known of it.
fn normalised(system: &System, density: CellDensity) -> Result<CellDensity, EstimatorError> {
    let density = density.normalised(Known::Total(system.exact().entropy_limits().1))?;
    let ground = match system {
        System::Ising(m) if m.j() > 0.0 || m.lattice().is_bipartite() => 2f64.ln(),
        System::Potts(m) if m.j() > 0.0 => f64::from(m.q()).ln(),
        _ => return Ok(density),
    };
    let cell = density.cells()[0];
    match density.clone().conditioned(Known::Cell { cell, ln_g: ground }) {
        // The total alone has fixed it.
        Err(EstimatorError::ConstantSeries { .. }) => Ok(density),
        conditioned => conditioned,
    }
}

fn at(
    system: &System,
    temperature: Temperature,
    energies: &[f64],
    density: &CellDensity,
) -> Result<Vec<Row>, ExperimentError> {
    let beta = temperature.beta();
    let exact = system.exact().thermo(beta).ok();
    // A spectrum that cannot be made gives NaN, which the estimate refuses.
    let thermo = |ln_g: &[f64]| {
        let spectrum = Spectrum::with_ln_degeneracies(energies.to_vec(), ln_g.to_vec());
        spectrum.map(|spectrum| Canonical::new(&spectrum, beta).thermo())
    };
    let row = |observable: &str, scale: f64, of: fn(&Thermo) -> f64| -> Result<Row, ExperimentError> {
        let estimate = density.estimate(|ln_g| thermo(ln_g).map_or(f64::NAN, |t| of(&t)))?;
        Ok(Row::beside(
            (temperature, SamplerName::WangLandau),
            observable,
            observables::rounded(estimate, scale),
            exact.as_ref().map(of),
            true,
        ))
    };
    let reach = energies.iter().fold(0.0f64, |reach, energy| reach.max(energy.abs()));
    let mut rows = vec![
        row("energy", reach, |t| t.energy)?,
        row("heat_capacity", 0.0, |t| t.heat_capacity)?,
        row("entropy", 1.0, |t| t.entropy)?,
    ];
    if beta != Beta::ZERO {
        rows.push(row(observables::FREE_ENERGY, temperature.get().abs(), Thermo::free_energy)?);
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
