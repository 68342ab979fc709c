//! Where replicas start: a single start can agree with itself in a metastable state, two different ones cannot.

use crate::model::Model;
use crate::rng::TaskRng;
use crate::samplers::accept::accepts;

/// Where a replica starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// As ordered as the model's own starting state.
    Ordered,
    /// As the model's own opposite of it; where it has none, as at infinite temperature.
    Disordered,
}

/// Sweeps at infinite temperature that leave nothing of a state.
const MELTING: usize = 20;

impl Start {
    /// Replicas start ordered and disordered in turn.
    pub(crate) fn of(replica: u16) -> Self {
        if replica.is_multiple_of(2) { Self::Ordered } else { Self::Disordered }
    }

    /// A state of `model` to start from.
    pub fn state<M: Model>(self, model: &M, rng: &mut TaskRng) -> M::State {
        let ordered = model.initial_state(rng);
        if self == Self::Ordered {
            return ordered;
        }
        if let Some(opposite) = model.opposite_state(rng) {
            return opposite;
        }
        let mut hot = ordered;
        for _ in 0..MELTING * model.moves_per_sweep() {
            let change = model.propose(&hot, rng);
            if accepts(-model.ln_proposal_ratio(&hot, &change), rng) {
                model.apply(&mut hot, change);
            }
        }
        hot
    }
}
