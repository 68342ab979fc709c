//! Heat bath of models whose sites take one of few values with any energies, at sites chosen at random.

use rand::Rng;

use super::accept::heat_bath_weight;
use super::{Sampler, replica_by_state};
use crate::model::SiteEnergies;
use crate::rng::{index, uniform};
use crate::units::Beta;

/// Energies of a site closer than this, relative to the largest of them, are equal: at T = 0 such values are equally likely.
const ROUNDING: f64 = 1e-14;

/// A chain that gives one random site after another a value drawn from its Boltzmann distribution at fixed
/// surroundings, whatever the site had before: the time per site grows with the number of values.
///
/// For models with a short list of energies [`HeatBath`](super::HeatBath) is faster.
///
/// # Examples
///
/// ```
/// use gibbs::model::{Boundary, Lattice, LatticeKind, Model};
/// use gibbs::rng::Seed;
/// use gibbs::samplers::{Sampler, SiteHeatBath};
/// use gibbs::systems::Clock;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let clock = Clock::new(Lattice::new(LatticeKind::Square, &[8, 8], Boundary::Periodic)?, 6, 1.0)?;
/// let mut rng = Seed(1).set_up();
/// let mut chain = SiteHeatBath::new(&clock, Beta::new(0.8)?, clock.initial_state(&mut rng));
/// chain.advance(&mut rng);
/// assert_eq!(chain.energy(), clock.energy(chain.state()));
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// M. Creutz, Phys. Rev. D 21, 2308 (1980), doi:10.1103/PhysRevD.21.2308.
#[derive(Clone, Debug)]
pub struct SiteHeatBath<'a, M: SiteEnergies> {
    model: &'a M,
    beta: Beta,
    state: M::State,
    /// Energies of the values at one site, then sums of their weights, `[n_values]`.
    values: Vec<f64>,
}

impl<'a, M: SiteEnergies> SiteHeatBath<'a, M> {
    /// A chain of `model` at `beta` that starts from `state`.
    #[must_use]
    pub fn new(model: &'a M, beta: Beta, state: M::State) -> Self {
        Self { model, beta, state, values: vec![0.0; model.n_values()] }
    }

    fn draw<R: Rng + ?Sized>(&mut self, site: usize, rng: &mut R) -> usize {
        self.model.site_energies(&self.state, site, &mut self.values);
        let beta = self.beta.get();
        let range = self
            .values
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &energy| (low.min(energy), high.max(energy)));
        let best = if beta < 0.0 { range.1 } else { range.0 };
        let tie = ROUNDING * range.0.abs().max(range.1.abs());
        let mut reached = 0.0;
        for value in &mut self.values {
            let above = *value - best;
            reached += heat_bath_weight(if above.abs() <= tie { 0.0 } else { beta * above });
            *value = reached;
        }
        // A target above 0 never meets a value of weight 0.
        let target = uniform(rng) * reached;
        self.values.iter().position(|&reached| target <= reached).unwrap_or_default()
    }
}

impl<M: SiteEnergies> Sampler for SiteHeatBath<'_, M> {
    type State = M::State;

    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        for _ in 0..self.model.moves_per_sweep() {
            let site = index(rng, self.model.n_sites() as u64) as usize;
            let value = self.draw(site, rng);
            self.model.set_value(&mut self.state, site, value);
        }
    }

    fn state(&self) -> &M::State {
        &self.state
    }

    fn energy(&self) -> f64 {
        self.model.running_energy(&self.state)
    }
}

replica_by_state!("SiteHeatBath", [M: SiteEnergies<State: Send>] SiteHeatBath<'_, M>, M::State, beta);
