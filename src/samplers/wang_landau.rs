//! Wang–Landau sampling: a walk that learns the number of states in every cell of energy.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::accept::accepts;
use super::walker::{SavedWalker, Walker};
use super::{EnergyCells, Multicanonical, RestoreError, SamplerError};
use crate::model::Model;

/// ln f at the start and after every newly found cell.
const FIRST_LN_F: f64 = 1.0;
/// Moves per visited cell, at the same ln f, before a histogram is judged.
const MIN_VISITS: u64 = 100;
/// Sweeps between two looks at the histogram.
const LOOK: u64 = 16;

/// How far a Wang–Landau walk is refined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Refinement {
    /// A histogram is flat when its least visited cell has this share of the mean visits, in `[0, 1)`.
    pub flatness: f64,
    /// ln f at which the walk ends.
    pub final_ln_f: f64,
    /// Sweeps after which it gives up.
    pub max_sweeps: u64,
}

/// Flat to 0.8, ln f down to 10^-6, at most 10^8 sweeps.
impl Default for Refinement {
    fn default() -> Self {
        Self { flatness: 0.8, final_ln_f: 1e-6, max_sweeps: 100_000_000 }
    }
}

/// A random walk in energy with the weights 1/g(E), g being multiplied by f wherever the walk is.
///
/// Moves are made with the cost `ln g(E') - ln g(E) - ln(proposal ratio)`; a move that would leave the window is
/// refused and the present cell counted again. First ln f = 1 is halved whenever the visits since the last halving
/// are flat over the cells ever visited; once ln f would fall below 1/t, t in moves per visited cell, it follows 1/t
/// (looked up once a sweep). Halving alone, however flat the histograms, ends in an error that further moves do not
/// reduce; with 1/t the error falls as 1/sqrt(t). A move into a cell never visited is always made; the cell starts
/// from the ln g of the one before and ln f from 1 again.
///
/// The result is a good weight, not a measurement: it has no error. [`WangLandau::into_multicanonical`] measures.
///
/// # Examples
///
/// ```
/// use gibbs::samplers::{EnergyCells, Refinement, WangLandau};
/// use gibbs::rng::Seed;
/// use gibbs::systems::Ising;
/// use gibbs::model::Model;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // A ring of 8 spins: 2, 56, 140, 56 and 2 states at E = -8, -4, 0, 4, 8.
/// let ring = Ising::ring(8, 1.0, 0.0)?;
/// let mut rng = Seed(1).set_up();
/// let cells = EnergyCells::grid(-8.0, 8.0, 4.0)?;
/// let mut walk = WangLandau::new(&ring, cells, ring.initial_state(&mut rng))?;
/// walk.refine(Refinement { final_ln_f: 1e-4, ..Refinement::default() }, &mut rng)?;
/// assert!((walk.ln_g()[1] - walk.ln_g()[0] - 28f64.ln()).abs() < 0.2);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// F. Wang and D. P. Landau, Phys. Rev. Lett. 86, 2050 (2001), doi:10.1103/PhysRevLett.86.2050;
/// R. E. Belardinelli and V. D. Pereyra, Phys. Rev. E 75, 046701 (2007), doi:10.1103/PhysRevE.75.046701, and
/// J. Chem. Phys. 127, 184105 (2007), doi:10.1063/1.2803061.
#[derive(Clone, Debug)]
pub struct WangLandau<'a, M: Model> {
    walker: Walker<'a, M>,
    /// Minus infinity where the walk has never been.
    ln_g: Vec<f64>,
    ln_f: f64,
    /// Visits since the last halving.
    visits: Vec<u64>,
    n_visited: usize,
    /// Moves since the last halving and since the last discovery.
    moves_at_f: u64,
    moves: u64,
    follows_time: bool,
    /// Sweeps of the present refinement.
    refined: u64,
}

/// Where a [`WangLandau`] stands: state `T`, ln g and counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedWangLandau<T> {
    walker: SavedWalker<T>,
    /// `None` where the walk has never been.
    ln_g: Vec<Option<f64>>,
    ln_f: f64,
    visits: Vec<u64>,
    moves_at_f: u64,
    moves: u64,
    follows_time: bool,
    refined: u64,
}

impl<'a, M: Model> WangLandau<'a, M> {
    /// A walk of `model` over `cells` that starts from `state`.
    ///
    /// # Errors
    ///
    /// A start outside the window, or on no level of the grid.
    pub fn new(model: &'a M, cells: EnergyCells, state: M::State) -> Result<Self, SamplerError> {
        let walker = Walker::new(model, cells, state)?;
        let n = walker.cells.len();
        let mut ln_g = vec![f64::NEG_INFINITY; n];
        ln_g[walker.cell] = 0.0;
        Ok(Self {
            walker,
            ln_g,
            ln_f: FIRST_LN_F,
            visits: vec![0; n],
            n_visited: 1,
            moves_at_f: 0,
            moves: 0,
            follows_time: false,
            refined: 0,
        })
    }

    /// Walks until ln f has fallen to `refinement.final_ln_f`.
    ///
    /// # Errors
    ///
    /// A flatness outside `[0, 1)` or a final ln f outside (0, 1); an energy on no level of the grid; or
    /// [`SamplerError::NotFlat`] when `max_sweeps` (counted per call) are not enough: the walk keeps what it has
    /// learned, can be looked at, and goes on when called again.
    pub fn refine<R: Rng + ?Sized>(&mut self, refinement: Refinement, rng: &mut R) -> Result<(), SamplerError> {
        self.refined = 0;
        self.refine_on(refinement, u64::MAX, rng).map(|_| ())
    }

    /// At most `most` sweeps more of the refinement that has begun, and whether it has ended.
    ///
    /// # Errors
    ///
    /// As [`WangLandau::refine`].
    pub fn refine_on<R: Rng + ?Sized>(
        &mut self,
        refinement: Refinement,
        most: u64,
        rng: &mut R,
    ) -> Result<bool, SamplerError> {
        let Refinement { flatness, final_ln_f, max_sweeps } = refinement;
        if !(0.0..1.0).contains(&flatness) {
            return Err(SamplerError::Refinement { name: "flatness", expected: "in [0, 1)", value: flatness });
        }
        if !(final_ln_f > 0.0 && final_ln_f < 1.0) {
            return Err(SamplerError::Refinement { name: "final_ln_f", expected: "in (0, 1)", value: final_ln_f });
        }
        for _ in 0..most.min(max_sweeps.saturating_sub(self.refined)) {
            let sweep = self.refined;
            self.refined += 1;
            self.sweep(rng)?;
            if self.follows_time {
                self.ln_f = self.reciprocal_time();
            } else if sweep.is_multiple_of(LOOK) && self.is_flat(flatness) {
                self.halve();
            }
            if self.ln_f <= final_ln_f {
                return Ok(true);
            }
        }
        if self.refined < max_sweeps {
            return Ok(false);
        }
        Err(SamplerError::NotFlat {
            sweeps: max_sweeps,
            ln_f: self.ln_f,
            flatness: self.flatness(),
            n_visited: self.n_visited,
        })
    }

    /// ln g of every cell up to one common constant, `[n_cells]`; minus infinity where the walk has never been.
    #[must_use]
    pub fn ln_g(&self) -> &[f64] {
        &self.ln_g
    }

    /// The present ln f.
    #[must_use]
    pub fn ln_f(&self) -> f64 {
        self.ln_f
    }

    /// Number of cells ever visited.
    #[must_use]
    pub fn n_visited(&self) -> usize {
        self.n_visited
    }

    /// Sweeps made.
    #[must_use]
    pub fn sweeps(&self) -> u64 {
        self.walker.sweeps
    }

    /// The cells.
    #[must_use]
    pub fn cells(&self) -> &EnergyCells {
        &self.walker.cells
    }

    /// The present state.
    #[must_use]
    pub fn state(&self) -> &M::State {
        &self.walker.state
    }

    /// The least visited cell's share of the mean visits since the last halving, over the cells ever visited.
    #[must_use]
    pub fn flatness(&self) -> f64 {
        let visited = self.ln_g.iter().zip(&self.visits).filter(|(g, _)| g.is_finite()).map(|(_, n)| *n);
        let least = visited.min().unwrap_or(0);
        least as f64 * self.n_visited as f64 / self.moves_at_f.max(1) as f64
    }

    /// The production run with the weights learned so far, from the present state.
    #[must_use]
    pub fn into_multicanonical(self) -> Multicanonical<'a, M> {
        Multicanonical::from_walker(self.walker, &self.ln_g)
    }

    /// Where the walk stands.
    #[must_use]
    pub fn save(&self) -> SavedWangLandau<M::State> {
        SavedWangLandau {
            walker: self.walker.save(),
            ln_g: self.ln_g.iter().map(|&g| g.is_finite().then_some(g)).collect(),
            ln_f: self.ln_f,
            visits: self.visits.clone(),
            moves_at_f: self.moves_at_f,
            moves: self.moves,
            follows_time: self.follows_time,
            refined: self.refined,
        }
    }

    /// Puts a walk of the same model over the same cells where the other one was saved.
    ///
    /// # Errors
    ///
    /// Another number of cells; a state of another model. What it was restored to is then undefined.
    pub fn restore(&mut self, saved: SavedWangLandau<M::State>) -> Result<(), RestoreError> {
        RestoreError::unless_equal("cells", self.ln_g.len(), saved.ln_g.len())?;
        RestoreError::unless_equal("cells", self.ln_g.len(), saved.visits.len())?;
        self.walker.restore(saved.walker)?;
        if saved.ln_g[self.walker.cell].is_none() {
            return Err(RestoreError::State);
        }
        self.n_visited = saved.ln_g.iter().flatten().count();
        self.ln_g = saved.ln_g.into_iter().map(|g| g.unwrap_or(f64::NEG_INFINITY)).collect();
        (self.ln_f, self.follows_time, self.visits) = (saved.ln_f, saved.follows_time, saved.visits);
        (self.moves_at_f, self.moves, self.refined) = (saved.moves_at_f, saved.moves, saved.refined);
        Ok(())
    }

    fn sweep<R: Rng + ?Sized>(&mut self, rng: &mut R) -> Result<(), SamplerError> {
        let moves = self.walker.model.moves_per_sweep();
        for _ in 0..moves {
            let proposal = self.walker.propose(rng);
            let from = self.walker.cell;
            if let Some(to) = proposal.cell
                && accepts(self.ln_g[to] - self.ln_g[from] - proposal.ln_ratio, rng)
            {
                self.walker.make(proposal.change, proposal.energy, to);
                if self.ln_g[to] == f64::NEG_INFINITY {
                    self.discover(to, self.ln_g[from]);
                }
            }
            let cell = self.walker.cell;
            self.ln_g[cell] += self.ln_f;
            self.visits[cell] += 1;
            self.moves += 1;
            self.moves_at_f += 1;
        }
        if let Some(cell) = self.walker.end_sweep() {
            let cell = cell?;
            if self.ln_g[cell].is_finite() {
                self.walker.cell = cell;
            }
        }
        Ok(())
    }

    #[cold]
    fn discover(&mut self, cell: usize, ln_g: f64) {
        self.ln_g[cell] = ln_g;
        self.n_visited += 1;
        self.ln_f = FIRST_LN_F;
        self.follows_time = false;
        self.moves = 0;
        self.forget_visits();
    }

    fn is_flat(&self, flatness: f64) -> bool {
        self.moves_at_f >= MIN_VISITS * self.n_visited as u64 && self.flatness() >= flatness
    }

    fn halve(&mut self) {
        self.ln_f *= 0.5;
        if self.ln_f < self.reciprocal_time() {
            self.follows_time = true;
            self.ln_f = self.reciprocal_time();
        }
        self.forget_visits();
    }

    fn forget_visits(&mut self) {
        self.visits.fill(0);
        self.moves_at_f = 0;
    }

    /// 1/t, t in moves per visited cell since the last discovery.
    fn reciprocal_time(&self) -> f64 {
        self.n_visited as f64 / self.moves.max(1) as f64
    }
}
