//! The two-temperature check: it needs no list of states and no partition function.

use rand::Rng;

use super::memory::{memory, thinning};
use super::report::{Check, Kind};
use super::{CONTROL, MAX_DRAWS};
use crate::estimators::{LevelCount, Moments, slope_from_levels};
use crate::samplers::Sampler;
use crate::units::Beta;

/// Draws at each temperature are at least this many; the relative error that lets the control be rejected.
const LEAST_DRAWS: f64 = 4000.0;
const RELATIVE_ERROR: f64 = 0.05 / 9.0;
/// Distance of the two beta in units of 1/sigma_E, and the least share of beta that the second may be.
const SPACING: f64 = 1.5;
const LEAST_SHARE: f64 = 0.25;

/// Samples energies at `beta` and at a smaller beta2, and compares the slope of `ln[P1(E)/P2(E)]` with beta2 - beta; the
/// control is the slope that 1.05 times both would have.
///
/// beta2 lies 1.5/sigma_E away (but not below beta/4), where the energies overlap and the slope is well measured.
/// `start` is where both chains start; they run some tau_int before they count. Blind to a mistake that both
/// temperatures share, such as a wrong density of states.
///
/// # References
///
/// M. R. Shirts, J. Chem. Theory Comput. 9, 909 (2013), doi:10.1021/ct300688p.
pub fn slope<S: Sampler, R: Rng + ?Sized>(mut sampler: impl FnMut(Beta) -> S, beta: Beta, rng: &mut R) -> Check {
    match fit(&mut sampler, beta, rng) {
        Ok(check) => check,
        Err(why) => Check::impossible(Kind::Slope, Some(beta), why),
    }
}

/// A chain that has forgotten its start, with its tau_int.
fn settled<S: Sampler, R: Rng + ?Sized>(mut chain: S, rng: &mut R) -> Result<(S, f64), String> {
    let energy = |chain: &S| Some([chain.energy()]);
    // The first pilot may hold the way down from the start, the second does not.
    memory(&mut chain, rng, energy)?;
    let tau = memory(&mut chain, rng, energy)?;
    Ok((chain, tau))
}

fn draws<S: Sampler, R: Rng + ?Sized>(chain: &mut S, tau: f64, n: usize, rng: &mut R) -> Vec<f64> {
    let apart = thinning(tau);
    (0..n)
        .map(|_| {
            (0..apart).for_each(|_| chain.advance(rng));
            chain.energy()
        })
        .collect()
}

fn fit<S: Sampler, R: Rng + ?Sized>(
    sampler: &mut impl FnMut(Beta) -> S,
    beta: Beta,
    rng: &mut R,
) -> Result<Check, String> {
    let (mut first, tau1) = settled(sampler(beta), rng)?;
    let pilot: Moments = draws(&mut first, tau1, LEAST_DRAWS as usize, rng).into_iter().collect();
    // sqrt(C), the width of the energies in units of T.
    let width = pilot.variance().unwrap_or(0.0).sqrt() * beta.get().abs();
    let share = (1.0 - SPACING / width).max(LEAST_SHARE);
    let beta2 = beta.scaled(share).map_err(|error| error.to_string())?;
    // Var(slope) = 2/(n Var(E)) for distributions that overlap.
    let needed = 4.0 / ((1.0 - share) * width * RELATIVE_ERROR).powi(2);
    let n = needed.clamp(LEAST_DRAWS, MAX_DRAWS as f64) as usize;
    let (mut second, tau2) = settled(sampler(beta2), rng)?;
    let levels = levels(draws(&mut first, tau1, n, rng), draws(&mut second, tau2, n, rng));
    let slope = slope_from_levels(&levels).map_err(|error| error.to_string())?.slope;
    let predicted = beta2.get() - beta.get();
    let detail = format!("slope {slope}, predicted {predicted:.4}, {n} draws each");
    Ok(Check::measured(Kind::Slope, Some(beta), slope.z_score(predicted), slope.z_score(CONTROL * predicted), detail))
}

/// Both samples as one table, equal energies joined.
fn levels(first: Vec<f64>, second: Vec<f64>) -> Vec<LevelCount> {
    let first = first.into_iter().map(|energy| LevelCount { energy, count1: 1.0, count2: 0.0 });
    let second = second.into_iter().map(|energy| LevelCount { energy, count1: 0.0, count2: 1.0 });
    let mut all: Vec<LevelCount> = first.chain(second).collect();
    all.sort_by(|a, b| a.energy.total_cmp(&b.energy));
    all.dedup_by(|next, kept| {
        let same = next.energy == kept.energy;
        if same {
            kept.count1 += next.count1;
            kept.count2 += next.count2;
        }
        same
    });
    all
}
