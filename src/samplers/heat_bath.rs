//! Heat bath of models whose sites take one of few values, at sites chosen at random.

use rand::Rng;

use super::accept::heat_bath_weight;
use super::{Sampler, replica_by_state};
use crate::model::{Environment, LocalStates};
use crate::rng::{index, uniform};
use crate::units::Beta;

/// A chain that gives one random site after another a value drawn from its Boltzmann distribution at fixed
/// surroundings, whatever the site had before.
///
/// Weights stand in a table and are taken relative to the best value at the site, so none overflows and at T = 0 the
/// best values are drawn with equal probabilities. Values that differ from the rest (the colours of the neighbours)
/// are looked at one by one and the rest together: the time per site does not grow with the number of values.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::samplers::{HeatBath, Sampler};
/// use gibbs::model::{Boundary, Lattice, LatticeKind, Model};
/// use gibbs::systems::Potts;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let potts = Potts::new(Lattice::new(LatticeKind::Square, &[16, 16], Boundary::Periodic)?, 10, 1.0)?;
/// let mut rng = Seed(1).set_up();
/// let mut chain = HeatBath::new(&potts, Beta::new(1.2)?, potts.initial_state(&mut rng));
/// chain.advance(&mut rng);
/// assert_eq!(chain.energy(), potts.energy(chain.state()));
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// M. Creutz, Phys. Rev. D 21, 2308 (1980), doi:10.1103/PhysRevD.21.2308.
#[derive(Clone, Debug)]
pub struct HeatBath<'a, M: LocalStates> {
    model: &'a M,
    beta: Beta,
    state: M::State,
    /// Weight of level b where level a is the best, at a * n_levels + b; above 1 if b is better.
    weights: Vec<f64>,
    /// Place of every level, `[n_levels]`, in the order of falling weight.
    rank: Vec<u32>,
    environment: Environment,
}

impl<'a, M: LocalStates> HeatBath<'a, M> {
    /// A chain of `model` at `beta` that starts from `state`.
    #[must_use]
    pub fn new(model: &'a M, beta: Beta, state: M::State) -> Self {
        let levels = model.local_levels();
        let weight = |best: f64, energy: f64| {
            // At T = 0 values of equal energy are equally likely, not 0 * inf.
            heat_bath_weight(if energy == best { 0.0 } else { beta.get() * (energy - best) })
        };
        let weights = levels.iter().flat_map(|&best| levels.iter().map(move |&energy| weight(best, energy))).collect();
        let mut order: Vec<usize> = (0..levels.len()).collect();
        order.sort_by(|&a, &b| {
            let rising = levels[a].total_cmp(&levels[b]);
            if beta.get() < 0.0 { rising.reverse() } else { rising }
        });
        let mut rank = vec![0; levels.len()];
        order.iter().enumerate().for_each(|(place, &level)| rank[level] = place as u32);
        Self { model, beta, state, weights, rank, environment: Environment::default() }
    }

    /// A value for the site whose environment has been written.
    #[inline]
    fn draw<R: Rng + ?Sized>(&mut self, rng: &mut R) -> usize {
        let (listed, rest) = (self.environment.listed(), self.environment.rest());
        let n_rest = self.model.n_values() - listed.len();
        let levels = listed.iter().map(|&(_, level)| level as usize).chain((n_rest > 0).then_some(rest));
        let best = levels.min_by_key(|&level| self.rank[level]).unwrap_or(rest);
        let n_levels = self.rank.len();
        let weights = &self.weights[best * n_levels..(best + 1) * n_levels];
        let of_listed: f64 = listed.iter().map(|&(_, level)| weights[level as usize]).sum();
        // Where no value is unlisted, that level may be better than the best and its weight infinite.
        let of_rest = if n_rest > 0 { n_rest as f64 * weights[rest] } else { 0.0 };
        let target = uniform(rng) * (of_listed + of_rest);
        // A target above 0 never meets a value of weight 0, and the sum is repeated in the same order.
        let mut reached = 0.0;
        for &(value, level) in listed {
            reached += weights[level as usize];
            if target <= reached {
                return value as usize;
            }
        }
        let rank = ((target - reached) / weights[rest]) as usize;
        self.environment.unlisted(rank.min(n_rest.saturating_sub(1)))
    }
}

impl<M: LocalStates> Sampler for HeatBath<'_, M> {
    type State = M::State;

    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        let sites = self.model.site_count() as u64;
        for _ in 0..self.model.moves_per_sweep() {
            let site = index(rng, sites) as usize;
            self.model.environment(&self.state, site, &mut self.environment);
            let value = self.draw(rng);
            self.model.set_value(&mut self.state, site, value, &self.environment);
        }
    }

    fn state(&self) -> &M::State {
        &self.state
    }

    fn energy(&self) -> f64 {
        self.model.running_energy(&self.state)
    }
}

replica_by_state!("HeatBath", [M: LocalStates<State: Send>] HeatBath<'_, M>, M::State, beta);
