//! A state with its running energy and cell, and proposals that know the cell they lead to.

use std::fmt;

use rand::Rng;

use serde::{Deserialize, Serialize};

use super::{EnergyCells, RestoreError, SamplerError};
use crate::model::Model;

/// Sweeps after which the running energy is computed afresh.
const RECOMPUTE: u64 = 64;

/// What a flat-histogram sampler moves.
#[derive(Clone)]
pub(super) struct Walker<'a, M: Model> {
    pub model: &'a M,
    pub cells: EnergyCells,
    pub state: M::State,
    pub energy: f64,
    pub cell: usize,
    pub sweeps: u64,
}

/// A move with the energy after it, its cell (`None` outside the window) and ln of the proposal ratio.
pub(super) struct Proposal<C> {
    pub change: C,
    pub energy: f64,
    pub cell: Option<usize>,
    pub ln_ratio: f64,
}

/// Where a [`Walker`] stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SavedWalker<T> {
    state: T,
    energy: f64,
    cell: usize,
    sweeps: u64,
}

/// Without the state, which may be large and need not be printable.
impl<M: Model> fmt::Debug for Walker<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Walker");
        shown.field("cells", &self.cells).field("energy", &self.energy).field("cell", &self.cell);
        shown.field("sweeps", &self.sweeps).finish_non_exhaustive()
    }
}

impl<'a, M: Model> Walker<'a, M> {
    pub fn new(model: &'a M, cells: EnergyCells, state: M::State) -> Result<Self, SamplerError> {
        let energy = model.energy(&state);
        let cell = cells.checked(energy)?;
        Ok(Self { model, cells, state, energy, cell, sweeps: 0 })
    }

    pub fn save(&self) -> SavedWalker<M::State> {
        SavedWalker { state: self.state.clone(), energy: self.energy, cell: self.cell, sweeps: self.sweeps }
    }

    /// Puts a walker over the same cells where the other one was saved.
    pub fn restore(&mut self, saved: SavedWalker<M::State>) -> Result<(), RestoreError> {
        RestoreError::unless_fits(self.model, &saved.state)?;
        // The cell may be the one beside, from before rounding was undone.
        let near = self.cells.cell(saved.energy).is_some_and(|cell| cell.abs_diff(saved.cell) <= 1);
        if saved.cell >= self.cells.len() || !near {
            return Err(RestoreError::State);
        }
        (self.state, self.energy, self.cell, self.sweeps) = (saved.state, saved.energy, saved.cell, saved.sweeps);
        Ok(())
    }

    #[inline]
    pub fn propose<R: Rng + ?Sized>(&self, rng: &mut R) -> Proposal<M::Move> {
        let change = self.model.propose(&self.state, rng);
        let energy = self.energy + self.model.energy_change(&self.state, &change);
        let ln_ratio = self.model.ln_proposal_ratio(&self.state, &change);
        Proposal { cell: self.cells.cell(energy), change, energy, ln_ratio }
    }

    #[inline]
    pub fn make(&mut self, change: M::Move, energy: f64, cell: usize) {
        self.model.apply(&mut self.state, change);
        self.energy = energy;
        self.cell = cell;
    }

    /// Counts a sweep and recomputes the energy every so often; the cell of the recomputed energy, if it has one, is
    /// returned.
    pub fn end_sweep(&mut self) -> Option<Result<usize, SamplerError>> {
        self.sweeps += 1;
        self.sweeps.is_multiple_of(RECOMPUTE).then(|| {
            self.energy = self.model.energy(&self.state);
            self.cells.checked(self.energy)
        })
    }
}
