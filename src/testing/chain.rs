//! Checks of a chain: its running energy is that of its state, and it reaches every state.

use std::collections::HashSet;

use rand::Rng;

use super::listing::Listing;
use super::moves::rounding;
use super::report::{Check, Kind};
use crate::model::{Enumerable, Model};
use crate::rng::index;
use crate::samplers::Sampler;
use crate::units::Beta;

const SWEEPS: usize = 500;
/// Expected visits at which a state counts as one that must have been seen.
const EXPECTED_VISITS: f64 = 200.0;
const LEAST_SWEEPS: usize = 20_000;

/// Runs `chain` for some sweeps: the energy it tells must be that of its state, computed from scratch.
///
/// `beta` is only named in the report.
pub fn running_energy<M: Model, S: Sampler<State = M::State>, R: Rng + ?Sized>(
    model: &M,
    mut chain: S,
    beta: Beta,
    rng: &mut R,
) -> Check {
    let mut scale = 0.0f64;
    for sweep in 1..=SWEEPS {
        chain.advance(rng);
        let (stated, found) = (chain.energy(), model.energy(chain.state()));
        scale = scale.max(found.abs()).max(stated.abs());
        let agree = (stated - found).abs() <= rounding(scale, sweep * model.moves_per_sweep());
        if !agree {
            let violation =
                format!("sweep {sweep}: the sampler reports the energy {stated}, but its state has {found}");
            return Check::exact(Kind::RunningEnergy, Some(beta), Err(violation));
        }
    }
    Check::exact(Kind::RunningEnergy, Some(beta), Ok(format!("{SWEEPS} sweeps")))
}

/// Runs chains from a lowest state, a highest state and two others: each must visit every state (every level, where
/// there are many states) that Boltzmann's distribution visits at least 200 times in its longest run.
///
/// A run ends when all are seen. This is the check that sees chains which leave Boltzmann's distribution invariant but
/// do not reach all of it, such as a sweep in fixed order that always accepts dE <= 0. Ask it at beta = 0, where all
/// states count, and where the chain is fast; a cold chain can be slow and right.
pub fn reachability<M: Enumerable, S: Sampler<State = M::State>, R: Rng + ?Sized>(
    listing: &Listing<'_, M>,
    mut sampler: impl FnMut(Beta, M::State) -> S,
    beta: Beta,
    rng: &mut R,
) -> Check {
    let probabilities = listing.cell_probabilities(beta);
    let longest = LEAST_SWEEPS.max((2.0 * EXPECTED_VISITS) as usize * probabilities.len());
    let likely = |cell: &usize| probabilities[*cell] * longest as f64 >= EXPECTED_VISITS;
    let required: HashSet<usize> = (0..probabilities.len()).filter(likely).collect();
    let by_energy =
        |a: &usize, b: &usize| listing.spectrum().excitation(*a).total_cmp(&listing.spectrum().excitation(*b));
    let all = 0..listing.states().len();
    let extremes = [all.clone().min_by(by_energy), all.clone().max_by(by_energy)];
    let others: Vec<usize> = (0..2).map(|_| index(rng, all.len() as u64) as usize).collect();
    let found = extremes.into_iter().flatten().chain(others).try_for_each(|start| {
        let mut chain = sampler(beta, listing.states()[start].clone());
        let mut missing = required.clone();
        missing.remove(&listing.cell(start));
        for _ in 0..longest {
            if missing.is_empty() {
                return Ok(());
            }
            chain.advance(rng);
            let Some(state) = listing.position(chain.state()) else {
                return Err("the sampler has reached a state that is not among the listed ones".to_owned());
            };
            missing.remove(&listing.cell(state));
        }
        let (missing, cells) = (missing.len(), listing.cell_name());
        let energy = listing.spectrum().energy(start);
        if missing == 0 {
            Ok(())
        } else {
            Err(format!("{missing} of {} {cells} not reached in {longest} sweeps from E = {energy}", required.len()))
        }
    });
    let summary = || format!("{} {} reached from 4 starts", required.len(), listing.cell_name());
    Check::exact(Kind::Reachability, Some(beta), found.map(|()| summary()))
}
