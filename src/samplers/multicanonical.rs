//! Multicanonical sampling: a Markov chain with fixed weights 1/g(E) that visits all energies alike.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::accept::{accepts, metropolis_probability};
use super::walker::{SavedWalker, Walker};
use super::{EnergyCells, RestoreError, Resume, Sampler, SamplerError, Transitions};
use crate::model::Model;

/// A Metropolis–Hastings chain with weights that depend on the cell of energy alone: cost
/// `ln g(E') - ln g(E) - ln(proposal ratio)`.
///
/// Unlike a Wang–Landau walk it has a stationary distribution, equal for all states of a cell, so what it counts can
/// be measured with errors. It computes no statistics; it shows the present cell and the proposed transitions, from
/// which ln g follows. Moves to cells without weight are refused.
///
/// Blocks for error bars must be long compared with a round trip between the lowest and the highest weighted cell.
///
/// # Examples
///
/// ```
/// use gibbs::samplers::{EnergyCells, Multicanonical, Sampler};
/// use gibbs::rng::Seed;
/// use gibbs::systems::Ising;
/// use gibbs::model::Model;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ring = Ising::ring(8, 1.0, 0.0)?;
/// let mut rng = Seed(1).set_up();
/// let ln_g = [2.0, 56.0, 140.0, 56.0, 2.0].map(f64::ln);
/// let cells = EnergyCells::grid(-8.0, 8.0, 4.0)?;
/// let mut chain = Multicanonical::new(&ring, cells, &ln_g, ring.initial_state(&mut rng))?;
/// (0..100_000).for_each(|_| chain.advance(&mut rng));
/// let visits = chain.take_transitions().visits();
/// assert!(visits.iter().all(|n| (n / 180_000.0 - 1.0).abs() < 0.1) && chain.round_trips() > 1000);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// B. A. Berg and T. Neuhaus, Phys. Rev. Lett. 68, 9 (1992), doi:10.1103/PhysRevLett.68.9.
#[derive(Clone, Debug)]
pub struct Multicanonical<'a, M: Model> {
    walker: Walker<'a, M>,
    /// Plus infinity for cells without weight, which are never entered.
    ln_g: Vec<f64>,
    transitions: Transitions,
    lowest: usize,
    highest: usize,
    /// Times the walk has gone from one end to the other.
    crossings: u64,
    last_end: Option<usize>,
}

impl<'a, M: Model> Multicanonical<'a, M> {
    /// A chain of `model` over `cells` with weights 1/g, `ln_g` `[n_cells]`, that starts from `state`; cells whose
    /// ln g is not finite have no weight.
    ///
    /// # Errors
    ///
    /// A start outside the window, on no level of the grid or in a cell without weight; a wrong number of weights.
    pub fn new(model: &'a M, cells: EnergyCells, ln_g: &[f64], state: M::State) -> Result<Self, SamplerError> {
        if ln_g.len() != cells.len() {
            return Err(SamplerError::Weights { expected: cells.len(), found: ln_g.len() });
        }
        let walker = Walker::new(model, cells, state)?;
        if !ln_g[walker.cell].is_finite() {
            return Err(SamplerError::NoWeight { energy: walker.energy });
        }
        Ok(Self::from_walker(walker, ln_g))
    }

    /// The walker stands in a cell with weight.
    pub(super) fn from_walker(walker: Walker<'a, M>, ln_g: &[f64]) -> Self {
        let weighted = |g: &f64| g.is_finite();
        Self {
            lowest: ln_g.iter().position(weighted).unwrap_or(0),
            highest: ln_g.iter().rposition(weighted).unwrap_or(0),
            ln_g: ln_g.iter().map(|&g| if g.is_finite() { g } else { f64::INFINITY }).collect(),
            transitions: Transitions::new(ln_g.len()),
            walker,
            crossings: 0,
            last_end: None,
        }
    }

    /// The cell of the present state.
    #[must_use]
    pub fn cell(&self) -> usize {
        self.walker.cell
    }

    /// The cells.
    #[must_use]
    pub fn cells(&self) -> &EnergyCells {
        &self.walker.cells
    }

    /// ln g that the weights are made of, `[n_cells]`; plus infinity for cells without weight.
    #[must_use]
    pub fn ln_g(&self) -> &[f64] {
        &self.ln_g
    }

    /// Moves proposed since the start or the last [`Multicanonical::take_transitions`].
    #[must_use]
    pub fn transitions(&self) -> &Transitions {
        &self.transitions
    }

    /// The moves proposed since the last call, for one block of the run; counting starts again from zero.
    pub fn take_transitions(&mut self) -> Transitions {
        let block = self.transitions.clone();
        self.transitions.clear();
        block
    }

    /// Completed trips from one end of the weighted cells to the other and back.
    #[must_use]
    pub fn round_trips(&self) -> u64 {
        self.crossings / 2
    }

    #[inline]
    fn watch_ends(&mut self) {
        let cell = self.walker.cell;
        if (cell == self.lowest || cell == self.highest) && self.last_end != Some(cell) {
            self.crossings += u64::from(self.last_end.is_some());
            self.last_end = Some(cell);
        }
    }
}

impl<M: Model> Sampler for Multicanonical<'_, M> {
    type State = M::State;

    /// One sweep.
    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        self.watch_ends();
        for _ in 0..self.walker.model.moves_per_sweep() {
            let proposal = self.walker.propose(rng);
            let from = self.walker.cell;
            let at_infinite_temperature =
                if proposal.ln_ratio == 0.0 { 1.0 } else { metropolis_probability(0.0 - proposal.ln_ratio) };
            self.transitions.record(from, proposal.cell, at_infinite_temperature);
            if let Some(to) = proposal.cell
                && accepts(self.ln_g[to] - self.ln_g[from] - proposal.ln_ratio, rng)
            {
                self.walker.make(proposal.change, proposal.energy, to);
                self.watch_ends();
            }
        }
        // Rounding may move an energy over the edge of its bin, but not to where no weight is.
        if let Some(Ok(cell)) = self.walker.end_sweep()
            && self.ln_g[cell].is_finite()
        {
            self.walker.cell = cell;
        }
    }

    fn state(&self) -> &M::State {
        &self.walker.state
    }

    fn energy(&self) -> f64 {
        self.walker.energy
    }
}

/// Where a [`Multicanonical`] stands: state `T`, weights and counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedMulticanonical<T> {
    walker: SavedWalker<T>,
    /// `None` for cells without weight.
    ln_g: Vec<Option<f64>>,
    transitions: Transitions,
    crossings: u64,
    last_end: Option<usize>,
}

impl<M: Model<State: Send>> Resume for Multicanonical<'_, M> {
    type Saved = SavedMulticanonical<M::State>;

    const NAME: &'static str = "Multicanonical";

    fn save(&self) -> Self::Saved {
        SavedMulticanonical {
            walker: self.walker.save(),
            ln_g: self.ln_g.iter().map(|&g| g.is_finite().then_some(g)).collect(),
            transitions: self.transitions.clone(),
            crossings: self.crossings,
            last_end: self.last_end,
        }
    }

    /// Restores the weights as well.
    fn restore(&mut self, saved: Self::Saved) -> Result<(), RestoreError> {
        RestoreError::unless_equal("cells", self.ln_g.len(), saved.ln_g.len())?;
        if !saved.transitions.is_of(saved.ln_g.len()) {
            return Err(RestoreError::State);
        }
        self.walker.restore(saved.walker)?;
        if saved.ln_g[self.walker.cell].is_none() {
            return Err(RestoreError::State);
        }
        self.lowest = saved.ln_g.iter().position(Option::is_some).unwrap_or(0);
        self.highest = saved.ln_g.iter().rposition(Option::is_some).unwrap_or(0);
        self.ln_g = saved.ln_g.into_iter().map(|g| g.unwrap_or(f64::INFINITY)).collect();
        (self.transitions, self.crossings, self.last_end) = (saved.transitions, saved.crossings, saved.last_end);
        Ok(())
    }
}
