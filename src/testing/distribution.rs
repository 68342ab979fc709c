//! Checks of the distribution of states: visits of one long chain, and exact draws kept in place by one sweep.

use rand::Rng;

use super::listing::Listing;
use super::memory::{memory, thinning};
use super::report::{Check, Kind};
use super::{CONTROL, MAX_DRAWS, TYPICAL_BOUND};
use crate::estimators::EstimatorError;
use crate::model::Enumerable;
use crate::samplers::Sampler;
use crate::units::Beta;

const LEAST_DRAWS: f64 = 20_000.0;

/// Draws that let the control be rejected, as far as they are affordable.
fn n_draws<M: Enumerable>(listing: &Listing<'_, M>, beta: Beta, control: Beta) -> usize {
    listing.draws_to_tell(beta, control, TYPICAL_BOUND).clamp(LEAST_DRAWS, MAX_DRAWS as f64) as usize
}

/// Chi-square of counted cells, with the control, as a check.
fn judged<M: Enumerable>(
    listing: &Listing<'_, M>,
    kind: Kind,
    beta: Beta,
    control: Beta,
    counts: Result<(Vec<u64>, String), String>,
) -> Check {
    let deviations = counts.and_then(|(counts, what)| {
        let size = |beta| {
            listing.deviation(&counts, beta).map_err(|error| match error {
                EstimatorError::TooFew { .. } => {
                    "nearly all draws are in one state; choose a higher temperature".to_owned()
                }
                error => error.to_string(),
            })
        };
        let ((test, z), (_, control_z)) = (size(beta)?, size(control)?);
        Ok((z, control_z, format!("chi-square {:.1} for {} degrees of freedom; {what}", test.statistic, test.dof)))
    });
    match deviations {
        Ok((z, control_z, detail)) => Check::measured(kind, Some(beta), z, control_z, detail),
        Err(why) => Check::impossible(kind, Some(beta), why),
    }
}

/// Counts the states (levels, where there are many states) that one chain visits, drawn so many sweeps apart that
/// chi-square against Boltzmann's probabilities holds; the control compares the same counts with 1.05 beta.
///
/// The distance is measured on the energy and on the number of the state in the list: a mode slower than both
/// would make correct chains fail. The number of draws is what the control needs.
pub fn enumeration<M: Enumerable, S: Sampler<State = M::State>, R: Rng + ?Sized>(
    listing: &Listing<'_, M>,
    mut sampler: impl FnMut(Beta, M::State) -> S,
    beta: Beta,
    rng: &mut R,
) -> Check {
    let Ok(control) = beta.scaled(CONTROL) else {
        return Check::impossible(Kind::Enumeration, Some(beta), "beta = 0 has no control at 1.05 beta".to_owned());
    };
    let n = n_draws(listing, beta, control);
    let start = listing.exact_draws(beta).draw(rng);
    let mut chain = sampler(beta, listing.states()[start].clone());
    let observed = |chain: &S| listing.position(chain.state()).map(|i| [listing.spectrum().excitation(i), i as f64]);
    let counts = memory(&mut chain, rng, observed).and_then(|tau| {
        let (apart, mut counts) = (thinning(tau), vec![0; listing.cell_probabilities(beta).len()]);
        for _ in 0..n {
            (0..apart).for_each(|_| chain.advance(rng));
            let state = listing.position(chain.state()).ok_or("the sampler reached a state that is not listed")?;
            counts[listing.cell(state)] += 1;
        }
        Ok((counts, format!("{n} visits of {}, {apart} sweeps apart", listing.cell_name())))
    });
    judged(listing, Kind::Enumeration, beta, control, counts)
}

/// Draws states exactly, lets the sampler make one sweep from each, and compares what comes out with Boltzmann's
/// probabilities: chi-square of independent draws, so nothing is assumed of the chain's memory.
///
/// A kernel that does not leave the distribution invariant fails, whatever else is right. Blind to
/// [`reachability`](super::reachability()): a chain that never moves passes. The control compares with 1.05 beta.
pub fn invariance<M: Enumerable, S: Sampler<State = M::State>, R: Rng + ?Sized>(
    listing: &Listing<'_, M>,
    mut sampler: impl FnMut(Beta, M::State) -> S,
    beta: Beta,
    rng: &mut R,
) -> Check {
    let Ok(control) = beta.scaled(CONTROL) else {
        return Check::impossible(Kind::Invariance, Some(beta), "beta = 0 has no control at 1.05 beta".to_owned());
    };
    let n = n_draws(listing, beta, control);
    let draws = listing.exact_draws(beta);
    let mut counts = vec![0; listing.cell_probabilities(beta).len()];
    let counted = (0..n).try_for_each(|_| {
        let mut chain = sampler(beta, listing.states()[draws.draw(rng)].clone());
        chain.advance(rng);
        let state = listing.position(chain.state()).ok_or("the sampler reached a state that is not listed")?;
        counts[listing.cell(state)] += 1;
        Ok(())
    });
    let counts = counted.map(|()| (counts, format!("{n} exact draws, one sweep each, by {}", listing.cell_name())));
    judged(listing, Kind::Invariance, beta, control, counts)
}
