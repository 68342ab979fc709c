//! A heat bath whose weights lead over the energies between two phases, and learn how.

use rand::Rng;

use super::accept::heat_bath_weight;
use super::{EnergyCells, Sampler, SamplerError, replica_by_state};
use crate::model::{Environment, LocalStates};
use crate::rng::{index, uniform};
use crate::units::Beta;

/// ln f at the start.
const FIRST_LN_F: f64 = 1.0;

/// A chain that gives one random site after another a value drawn with the weights `e^(-w(E))` of the energies that the values lead to.
///
/// Beyond two energies, those of two phases that coexist, `w = beta E` up to a constant and the chain is the heat bath at beta. Between them w
/// is what [`FlatHeatBath::learn`] has found to make all energies equally likely, so that the chain walks from one phase to the other where
/// the canonical one would wait for a fluctuation whose chance falls as e^(-area of the interface).
///
/// A mean at beta is that of the values times [`FlatWeights::canonical`], over that of these factors.
///
/// # Examples
///
/// ```
/// use gibbs::model::{Boundary, Lattice, LatticeKind, Model};
/// use gibbs::rng::Seed;
/// use gibbs::samplers::{EnergyCells, FlatHeatBath, Sampler};
/// use gibbs::systems::Potts;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let potts = Potts::new(Lattice::new(LatticeKind::Square, &[8, 8], Boundary::Periodic)?, 20, 1.0)?;
/// let (mut rng, energies) = (Seed(1).set_up(), EnergyCells::grid(-128.0, 0.0, 1.0)?);
/// let start = potts.initial_state(&mut rng);
/// let mut chain = FlatHeatBath::new(&potts, Beta::new(1.7)?, energies, [-115.0, -40.0], start)?;
/// while !chain.learn(1e-3, 100, &mut rng) {}
/// let mut below = 0;
/// for _ in 0..10_000 {
///     chain.advance(&mut rng);
///     below += u32::from(chain.energy() < -77.5);
/// }
/// assert!((2000..8000).contains(&below));
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// B. A. Berg and T. Neuhaus, Phys. Rev. Lett. 68, 9 (1992), doi:10.1103/PhysRevLett.68.9 (the ensemble); F. Wang and D. P. Landau, Phys. Rev. Lett. 86,
/// 2050 (2001), doi:10.1103/PhysRevLett.86.2050, C. Zhou and R. N. Bhatt, Phys. Rev. E 72, 025701 (2005), doi:10.1103/PhysRevE.72.025701, and
/// R. E. Belardinelli and V. D. Pereyra, Phys. Rev. E 75, 046701 (2007), doi:10.1103/PhysRevE.75.046701 (how the weights are learned).
#[derive(Clone, Debug)]
pub struct FlatHeatBath<'a, M: LocalStates> {
    model: &'a M,
    state: M::State,
    weights: FlatWeights,
    /// Energies of a value at a site.
    levels: Vec<f64>,
    environment: Environment,
    /// Weights of the listed values.
    listed: Vec<f64>,
    /// The same by energy and level, where nothing is to be learned.
    table: Option<Table>,
    learning: Learning,
}

/// Weights of the energies that the levels of a site lead to, over that of the first level.
#[derive(Clone, Debug)]
struct Table {
    /// `[n_energies][n_levels]`
    ratios: Vec<f64>,
    n_levels: usize,
    /// The first of the energies that the first level leads to.
    first: f64,
    per_width: f64,
}

impl Table {
    /// Of all energies of the cells, and of those that the first level would lead to at a site that cannot have it.
    fn new(weights: &FlatWeights, levels: &[f64]) -> Self {
        let cells = &weights.cells;
        let reach = levels.iter().fold(0.0f64, |reach, level| reach.max((level - levels[0]).abs()));
        let beyond = (reach / cells.width()).ceil() as usize;
        let first = cells.energy(0) - beyond as f64 * cells.width();
        let ratios = (0..cells.len() + 2 * beyond).flat_map(|k| {
            let energy = first + k as f64 * cells.width();
            levels.iter().map(move |level| weights.ratio(energy, energy + level - levels[0]))
        });
        Self { ratios: ratios.collect(), n_levels: levels.len(), first, per_width: 1.0 / cells.width() }
    }

    /// The weights of all levels where the first leads to `energy`.
    #[inline]
    fn of(&self, energy: f64) -> &[f64] {
        let row = ((energy - self.first) * self.per_width + 0.5) as usize;
        &self.ratios[row * self.n_levels..][..self.n_levels]
    }
}

/// Weights `e^(-w(E))` that are canonical beyond two energies.
#[derive(Clone, Debug)]
pub struct FlatWeights {
    beta: Beta,
    cells: EnergyCells,
    /// Cell of the lower of the two energies.
    low: usize,
    /// w between the two energies, both included.
    learned: Vec<f64>,
}

impl FlatWeights {
    /// w - beta E of a cell between the two energies, counted from the lower; at most 0 when the weights are learned.
    fn above(&self, cell: usize) -> f64 {
        self.learned[cell] - self.beta.get() * self.cells.energy(self.low + cell)
    }

    /// How much likelier a state of `energy` is at beta than with these weights, over the largest of these ratios.
    #[must_use]
    pub fn canonical(&self, energy: f64) -> f64 {
        heat_bath_weight(-self.above(self.inside(energy)).min(0.0))
    }

    /// The nearest cell between the two energies, counted from the lower.
    #[inline]
    fn inside(&self, energy: f64) -> usize {
        let first = self.cells.energy(self.low);
        // Negative distances become 0.
        (((energy - first) / self.cells.width() + 0.5) as usize).min(self.learned.len() - 1)
    }

    /// The weight of an energy over that of another, from which it is not far.
    #[inline]
    fn ratio(&self, of: f64, to: f64) -> f64 {
        heat_bath_weight(self.cost(to) - self.cost(of))
    }

    /// w of an energy.
    #[inline]
    fn cost(&self, energy: f64) -> f64 {
        let inside = self.inside(energy);
        self.learned[inside] + self.beta.get() * (energy - self.cells.energy(self.low + inside))
    }
}

/// How far the weights are learned.
#[derive(Clone, Debug)]
struct Learning {
    ln_f: f64,
    /// Visits between the two energies since ln f was halved, by cell.
    visits: Vec<u64>,
    /// Cells there that were ever visited.
    seen: Vec<bool>,
    /// All visits there.
    moves: u64,
    follows_time: bool,
}

impl<'a, M: LocalStates> FlatHeatBath<'a, M> {
    /// A chain at `beta` that starts from `state` with canonical weights; `cells` are all energies of the model, `phases` two of them.
    ///
    /// # Errors
    ///
    /// Energies outside the cells.
    pub fn new(
        model: &'a M,
        beta: Beta,
        cells: EnergyCells,
        phases: [f64; 2],
        state: M::State,
    ) -> Result<Self, SamplerError> {
        let (lowest, highest) = (cells.energy(0), cells.energy(cells.len() - 1));
        let cell = |energy| cells.cell(energy).ok_or(SamplerError::OutsideCells { energy, lowest, highest });
        let (a, b) = (cell(phases[0])?, cell(phases[1])?);
        let (low, high) = (a.min(b), a.max(b));
        let learned = (low..=high).map(|cell| beta.get() * cells.energy(cell)).collect();
        Self::with_weights(model, FlatWeights { beta, cells, low, learned }, state)
    }

    /// A chain with weights that another one of the same model has learned, and that stay as they are.
    ///
    /// # Errors
    ///
    /// A state whose energy is outside the cells.
    pub fn learned(model: &'a M, weights: FlatWeights, state: M::State) -> Result<Self, SamplerError> {
        let mut chain = Self::with_weights(model, weights, state)?;
        chain.table = Some(Table::new(&chain.weights, &chain.levels));
        Ok(chain)
    }

    fn with_weights(model: &'a M, weights: FlatWeights, state: M::State) -> Result<Self, SamplerError> {
        weights.cells.checked(model.energy(&state))?;
        let n = weights.learned.len();
        Ok(Self {
            model,
            state,
            weights,
            levels: model.local_levels(),
            environment: Environment::default(),
            listed: Vec::new(),
            table: None,
            learning: Learning {
                ln_f: FIRST_LN_F,
                visits: vec![0; n],
                seen: vec![false; n],
                moves: 0,
                follows_time: false,
            },
        })
    }

    /// The weights as they are.
    #[must_use]
    pub fn weights(&self) -> &FlatWeights {
        &self.weights
    }

    /// At most `sweeps` sweeps in which every visit between the two energies makes its energy less likely by a factor f: `ln f` is halved
    /// whenever all these energies have been visited 1/sqrt(ln f) times, and falls as one over the visits per energy once it would be less.
    /// Whether it has come down to `final_ln_f`.
    pub fn learn<R: Rng + ?Sized>(&mut self, final_ln_f: f64, sweeps: u64, rng: &mut R) -> bool {
        for _ in 0..sweeps {
            for _ in 0..self.model.moves_per_sweep() {
                self.move_site(rng);
                self.note();
            }
            self.learning.refine();
            if self.learning.ln_f <= final_ln_f {
                break;
            }
        }
        let weights = &mut self.weights;
        let largest = (0..weights.learned.len()).map(|cell| weights.above(cell)).fold(f64::NEG_INFINITY, f64::max);
        weights.learned.iter_mut().for_each(|cost| *cost -= largest);
        self.learning.ln_f <= final_ln_f
    }

    /// A new value of a random site.
    #[inline]
    fn move_site<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        let site = index(rng, self.model.site_count() as u64) as usize;
        self.model.environment(&self.state, site, &mut self.environment);
        let present = self.environment.level(self.model.value(&self.state, site));
        let (listed, rest) = (self.environment.listed(), self.environment.rest());
        let n_rest = self.model.n_values() - listed.len();
        let first = self.model.running_energy(&self.state) - self.levels[present] + self.levels[0];
        let mut of_listed = std::mem::take(&mut self.listed);
        of_listed.clear();
        let one_of_rest = if let Some(table) = &self.table {
            let ratios = table.of(first);
            of_listed.extend(listed.iter().map(|&(_, level)| ratios[level as usize]));
            ratios[rest]
        } else {
            let ratio = |level: usize| self.weights.ratio(first, first - self.levels[0] + self.levels[level]);
            of_listed.extend(listed.iter().map(|&(_, level)| ratio(level as usize)));
            ratio(rest)
        };
        let of_rest = if n_rest > 0 { n_rest as f64 * one_of_rest } else { 0.0 };
        let target = uniform(rng) * (of_listed.iter().sum::<f64>() + of_rest);
        let mut reached = 0.0;
        let mut drawn = None;
        for (&(value, _), weight) in listed.iter().zip(&of_listed) {
            reached += weight;
            if target <= reached {
                drawn = Some(value as usize);
                break;
            }
        }
        let value = drawn.unwrap_or_else(|| {
            let rank = ((target - reached) / one_of_rest) as usize;
            self.environment.unlisted(rank.min(n_rest.saturating_sub(1)))
        });
        self.model.set_value(&mut self.state, site, value, &self.environment);
        self.listed = of_listed;
    }

    /// One visit while learning.
    #[inline]
    fn note(&mut self) {
        let energy = self.model.running_energy(&self.state);
        let FlatWeights { cells, low, learned, .. } = &mut self.weights;
        let Some(cell) = cells.cell(energy).and_then(|cell| cell.checked_sub(*low)) else { return };
        if let Some(cost) = learned.get_mut(cell) {
            *cost += self.learning.ln_f;
            self.learning.visits[cell] += 1;
            self.learning.seen[cell] = true;
            self.learning.moves += 1;
        }
    }
}

impl Learning {
    fn refine(&mut self) {
        let n_seen = self.seen.iter().filter(|&&seen| seen).count();
        let reciprocal_time = n_seen as f64 / self.moves.max(1) as f64;
        if self.follows_time {
            self.ln_f = reciprocal_time;
            return;
        }
        let enough = (1.0 / self.ln_f.sqrt()).ceil() as u64;
        let both_ends = self.seen.first() == Some(&true) && self.seen.last() == Some(&true);
        if both_ends && self.visits.iter().zip(&self.seen).all(|(&visits, &seen)| !seen || visits >= enough) {
            self.ln_f *= 0.5;
            self.visits.fill(0);
            if self.ln_f < reciprocal_time {
                (self.ln_f, self.follows_time) = (reciprocal_time, true);
            }
        }
    }
}

impl<M: LocalStates> Sampler for FlatHeatBath<'_, M> {
    type State = M::State;

    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        for _ in 0..self.model.moves_per_sweep() {
            self.move_site(rng);
        }
    }

    fn state(&self) -> &M::State {
        &self.state
    }

    fn energy(&self) -> f64 {
        self.model.running_energy(&self.state)
    }
}

replica_by_state!("FlatHeatBath", [M: LocalStates<State: Send>] FlatHeatBath<'_, M>, M::State, weights.beta);
