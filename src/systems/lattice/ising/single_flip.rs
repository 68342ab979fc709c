//! Single-spin dynamics of the Ising model from a table: Metropolis and heat bath at randomly chosen sites.

use rand::Rng;

use crate::model::Model;
use crate::rng::uniform;
use crate::samplers::accept::{heat_bath_probability, metropolis_cost, metropolis_probability};
use crate::samplers::{Sampler, replica_by_state};
use crate::systems::{Ising, IsingState};
use crate::units::Beta;

/// A chain of single-spin flips with one table entry per (spin, sum of its neighbours).
///
/// The Metropolis chain obeys the same law as [`crate::samplers::Metropolis`] on an [`Ising`], draw for draw, without an
/// exponential per flip. The heat bath flips with probability 1/(1 + e^(beta dE)). Both visit sites at random: a
/// sweep in fixed order that always accepts dE <= 0 is not ergodic on small lattices.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::samplers::Sampler;
/// use gibbs::systems::{Ising, SingleFlip};
/// use gibbs::model::Model;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ising = Ising::torus(16, 16, 1.0, 0.0)?;
/// let mut rng = Seed(1).set_up();
/// let mut chain = SingleFlip::metropolis(&ising, Beta::new(0.6)?, ising.initial_state(&mut rng));
/// chain.advance(&mut rng);
/// assert_eq!(chain.energy(), ising.energy(chain.state()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SingleFlip<'a> {
    model: &'a Ising,
    state: IsingState,
    /// Flip probability by 2 (sum of neighbours + 6) + (spin up).
    table: [f64; 26],
    beta: Beta,
    accepted: u64,
    proposed: u64,
}

impl<'a> SingleFlip<'a> {
    /// Metropolis: flips with probability min(1, e^(-beta dE)).
    #[must_use]
    pub fn metropolis(model: &'a Ising, beta: Beta, state: IsingState) -> Self {
        let probability = |energy_change| metropolis_probability(metropolis_cost(beta, energy_change, 0.0));
        Self::new(model, beta, state, probability)
    }

    /// Heat bath: flips with probability 1/(1 + e^(beta dE)), whatever the spin was.
    #[must_use]
    pub fn heat_bath(model: &'a Ising, beta: Beta, state: IsingState) -> Self {
        // At T = 0 an energy-neutral flip costs nothing, not 0 * inf.
        let cost = |energy_change| if energy_change == 0.0 { 0.0 } else { beta.get() * energy_change };
        Self::new(model, beta, state, |energy_change| heat_bath_probability(cost(energy_change)))
    }

    /// `probability` of a flip by its change of energy.
    fn new(model: &'a Ising, beta: Beta, state: IsingState, probability: impl Fn(f64) -> f64) -> Self {
        let mut table = [0.0; 26];
        for (index, entry) in table.iter_mut().enumerate() {
            let spin = if index % 2 == 1 { 1 } else { -1 };
            *entry = probability(model.flip_energy(spin, index as i32 / 2 - 6));
        }
        Self { model, state, table, beta, accepted: 0, proposed: 0 }
    }

    /// Share of the proposed flips that were made; 0 before the first.
    #[must_use]
    pub fn acceptance(&self) -> f64 {
        self.accepted as f64 / self.proposed.max(1) as f64
    }
}

impl Sampler for SingleFlip<'_> {
    type State = IsingState;

    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        let lattice = self.model.lattice();
        let moves = self.model.moves_per_sweep();
        let mut accepted = 0;
        for _ in 0..moves {
            let site = self.model.propose(&self.state, rng).site;
            let sum = lattice.neighbour_sum(self.state.spins(), site);
            let up = self.state.spins()[site as usize] > 0;
            let probability = self.table[(2 * (sum + 6)) as usize + usize::from(up)];
            if probability >= 1.0 || uniform(rng) <= probability {
                self.state.flip(site, sum);
                accepted += 1;
            }
        }
        self.accepted += accepted;
        self.proposed += moves as u64;
    }

    fn state(&self) -> &IsingState {
        &self.state
    }

    fn energy(&self) -> f64 {
        self.model.energy_of(self.state.bond_sum(), self.state.magnetization())
    }
}

replica_by_state!("SingleFlip", [] SingleFlip<'_>, IsingState, beta, accepted: u64, proposed: u64);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;
    use crate::samplers::Metropolis;

    #[test]
    fn the_table_repeats_the_generic_chain_draw_for_draw() {
        for (ising, beta) in [
            (Ising::torus(5, 4, 0.7, 0.3).unwrap(), 0.6),
            (Ising::torus(4, 4, -1.0, 0.0).unwrap(), f64::INFINITY),
            (Ising::ring(9, 1.0, -0.2).unwrap(), 0.9),
            (Ising::torus(3, 3, 1.0, 0.0).unwrap(), -0.4),
            (Ising::torus(4, 4, 1.0, 0.1).unwrap(), 0.0),
        ] {
            let beta = Beta::new(beta).unwrap();
            let (mut a, mut b) = (Seed(5).set_up(), Seed(5).set_up());
            let mut generic = Metropolis::new(&ising, beta, ising.initial_state(&mut a));
            let mut table = SingleFlip::metropolis(&ising, beta, ising.initial_state(&mut b));
            for _ in 0..200 {
                generic.advance(&mut a);
                table.advance(&mut b);
                assert_eq!(generic.state(), table.state());
            }
            assert_eq!(generic.acceptance(), table.acceptance());
            assert!((generic.energy() - table.energy()).abs() < 1e-9);
        }
    }
}
