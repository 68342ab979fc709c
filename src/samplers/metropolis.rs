//! Metropolis sampling of any model, at sites chosen at random.
//!
//! A sweep in fixed order with ΔE <= 0 always accepted is not ergodic on small lattices: models propose random
//! sites instead.

use rand::Rng;

use super::accept::metropolis_cost;
use super::{Replica, RestoreError, Resume, Sampler, accepts};
use crate::model::Model;
use crate::units::Beta;

/// A Metropolis–Hastings chain: model, beta, state and running energy.
#[derive(Clone, Debug)]
pub struct Metropolis<'a, M: Model> {
    model: &'a M,
    beta: Beta,
    state: M::State,
    energy: f64,
    accepted: u64,
    proposed: u64,
}

impl<'a, M: Model> Metropolis<'a, M> {
    /// A chain of `model` at `beta` that starts from `state`.
    #[must_use]
    pub fn new(model: &'a M, beta: Beta, state: M::State) -> Self {
        let energy = model.energy(&state);
        Self { model, beta, state, energy, accepted: 0, proposed: 0 }
    }

    /// Share of the proposed moves that were made; 0 before the first.
    #[must_use]
    pub fn acceptance(&self) -> f64 {
        self.accepted as f64 / self.proposed.max(1) as f64
    }
}

impl<M: Model> Sampler for Metropolis<'_, M> {
    type State = M::State;

    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        for _ in 0..self.model.moves_per_sweep() {
            let change = self.model.propose(&self.state, rng);
            let energy_change = self.model.energy_change(&self.state, &change);
            let cost = metropolis_cost(self.beta, energy_change, self.model.ln_proposal_ratio(&self.state, &change));
            self.proposed += 1;
            if accepts(cost, rng) {
                self.model.apply(&mut self.state, change);
                self.energy += energy_change;
                self.accepted += 1;
            }
        }
    }

    fn state(&self) -> &M::State {
        &self.state
    }

    fn energy(&self) -> f64 {
        self.energy
    }
}

impl<M: Model<State: Send>> Resume for Metropolis<'_, M> {
    type Saved = (M::State, f64, u64, u64);

    const NAME: &'static str = "Metropolis";

    fn save(&self) -> Self::Saved {
        (self.state.clone(), self.energy, self.accepted, self.proposed)
    }

    fn restore(&mut self, saved: Self::Saved) -> Result<(), RestoreError> {
        RestoreError::unless_fits(self.model, &saved.0)?;
        (self.state, self.energy, self.accepted, self.proposed) = saved;
        Ok(())
    }
}

impl<M: Model> Replica for Metropolis<'_, M> {
    fn beta(&self) -> Beta {
        self.beta
    }

    fn exchange(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.state, &mut other.state);
        std::mem::swap(&mut self.energy, &mut other.energy);
    }
}
