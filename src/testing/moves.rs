//! Checks of a model alone: its moves and energies agree with each other, and its proposals with their ratio.

use std::collections::HashMap;
use std::hash::Hash;

use rand::Rng;

use super::report::{Check, Kind, size_of_chi_square};
use crate::model::Model;

/// Moves of the walk.
const STEPS: usize = 4000;
/// States whose proposals are counted, and ways back counted from each.
const ORIGINS: usize = 24;
const WAYS_BACK: usize = 12;
/// Proposals counted per neighbour, and the bounds on their number.
const PER_NEIGHBOUR: usize = 200;
const LEAST_PROPOSALS: usize = 2000;
const MOST_PROPOSALS: usize = 50_000;
/// Pairs with fewer counts either way are too rare for a normal law.
const LEAST_COUNT: f64 = 25.0;
/// By what factor the proposal ratio is misstated in the control.
const WRONG_RATIO: f64 = 1.5;

/// Largest disagreement of two energies that rounding explains, where energies of size `scale` were added `n` times.
pub(super) fn rounding(scale: f64, n: usize) -> f64 {
    64.0 * f64::EPSILON * scale.max(f64::MIN_POSITIVE) * (n as f64 + 16.0)
}

/// Walks at random through a model, taking every proposed move, and compares each `energy_change` with the difference
/// of energies computed from scratch, and their sum with the energy at the end.
///
/// `is_state` tells whether a state belongs to the model, where that is known.
pub fn consistency<M: Model, R: Rng + ?Sized>(
    model: &M,
    start: M::State,
    is_state: impl Fn(&M::State) -> bool,
    rng: &mut R,
) -> Check {
    Check::exact(Kind::Consistency, None, walk(model, start, is_state, rng))
}

fn walk<M: Model, R: Rng + ?Sized>(
    model: &M,
    mut state: M::State,
    is_state: impl Fn(&M::State) -> bool,
    rng: &mut R,
) -> Result<String, String> {
    if !is_state(&state) {
        return Err("`initial_state` is not among the listed states".to_owned());
    }
    let mut energy = model.energy(&state);
    let (mut running, mut scale) = (energy, energy.abs());
    for step in 1..=STEPS {
        let change = model.propose(&state, rng);
        let stated = model.energy_change(&state, &change);
        model.apply(&mut state, change);
        if !is_state(&state) {
            return Err(format!("move {step}: `apply` leads to a state that is not among the listed ones"));
        }
        let after = model.energy(&state);
        scale = scale.max(after.abs()).max(stated.abs());
        let found = after - energy;
        let agree = (stated - found).abs() <= rounding(scale, 1);
        if !agree {
            return Err(format!("move {step}: `energy_change` is {stated}, but `energy` changes by {found}"));
        }
        running += stated;
        energy = after;
    }
    let agree = (running - energy).abs() <= rounding(scale, STEPS);
    if !agree {
        return Err(format!("after {STEPS} moves the running energy is {running}, but `energy` is {energy}"));
    }
    Ok(format!("{STEPS} moves, E = {energy:.6} at the end"))
}

/// Counted proposals of one state from another.
#[derive(Clone, Debug)]
struct Proposals<S> {
    to: S,
    count: f64,
    /// Sum of e^ratio over them, and of its square.
    ratios: f64,
    squares: f64,
}

/// Counts `n` proposals from `origin` by the state they lead to, in order of first appearance; those that change
/// nothing are left out.
fn proposals<M: Model<State: Eq + Hash>, R: Rng + ?Sized>(
    model: &M,
    origin: &M::State,
    n: usize,
    rng: &mut R,
) -> Vec<Proposals<M::State>> {
    let mut found: Vec<Proposals<M::State>> = Vec::new();
    let mut places: HashMap<M::State, usize> = HashMap::new();
    for _ in 0..n {
        let change = model.propose(origin, rng);
        let ratio = model.ln_proposal_ratio(origin, &change).exp();
        let mut to = origin.clone();
        model.apply(&mut to, change);
        if to == *origin {
            continue;
        }
        let place = *places.entry(to.clone()).or_insert(found.len());
        if place == found.len() {
            found.push(Proposals { to, count: 0.0, ratios: 0.0, squares: 0.0 });
        }
        found[place].count += 1.0;
        found[place].ratios += ratio;
        found[place].squares += ratio * ratio;
    }
    found
}

/// Counts proposals from some states and back again: the sum of e^[`Model::ln_proposal_ratio`] over the proposals of
/// `b` from `a` must be the number of proposals of `a` from as many tries at `b`.
///
/// Chi-square over the pairs with at least 25 counts. The control misstates the ratio by a factor of 1.5.
/// `origins` are the states to start from (the first 24 are used).
pub fn proposal_ratio<M: Model<State: Eq + Hash>, R: Rng + ?Sized>(
    model: &M,
    origins: impl IntoIterator<Item = M::State>,
    rng: &mut R,
) -> Check {
    let (mut statistic, mut control, mut pairs) = (0.0, 0.0, 0);
    for origin in origins.into_iter().take(ORIGINS) {
        // What is tested is chosen by proposals that are not tested, or the choice would favour high counts.
        let pilot = proposals(model, &origin, LEAST_PROPOSALS, rng);
        let n = (PER_NEIGHBOUR * pilot.len()).clamp(LEAST_PROPOSALS, MOST_PROPOSALS);
        let there = proposals(model, &origin, n, rng);
        for chosen in pilot.iter().step_by(pilot.len().div_ceil(WAYS_BACK).max(1)) {
            let (ratios, squares) = there
                .iter()
                .find(|proposed| proposed.to == chosen.to)
                .map_or((0.0, 0.0), |proposed| (proposed.ratios, proposed.squares));
            let back = proposals(model, &chosen.to, n, rng);
            let back = back.iter().find(|proposed| proposed.to == origin).map_or(0.0, |proposed| proposed.count);
            let size = |factor: f64| {
                // Of n tries each: a proposal that is certain has no variance. Counts are known to one.
                let (sum, n) = (factor * ratios, n as f64);
                let variance = factor * factor * squares - sum * sum / n + back - back * back / n;
                (sum - back).powi(2) / variance.max(1.0)
            };
            if ratios + back >= LEAST_COUNT {
                statistic += size(1.0);
                control += size(WRONG_RATIO);
                pairs += 1;
            }
        }
    }
    if pairs == 0 {
        let why = format!(
            "no pair of states was proposed {LEAST_COUNT} times in both directions within {LEAST_PROPOSALS} proposals"
        );
        return Check::impossible(Kind::Proposals, None, why);
    }
    match (size_of_chi_square(statistic, pairs), size_of_chi_square(control, pairs)) {
        (Ok(z), Ok(control_z)) => {
            let detail = format!("chi-square {statistic:.1} for {pairs} pairs; control: ratio off by {WRONG_RATIO}");
            Check::measured(Kind::Proposals, None, z, control_z, detail)
        }
        (Err(error), _) | (_, Err(error)) => Check::impossible(Kind::Proposals, None, error.to_string()),
    }
}
