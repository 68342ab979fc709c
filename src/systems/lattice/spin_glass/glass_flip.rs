//! Single-spin Metropolis dynamics of spin glasses, with the energy in exact whole numbers.

use rand::Rng;

use crate::model::Model;
use crate::rng::uniform;
use crate::samplers::accept::{metropolis_cost, metropolis_probability};
use crate::samplers::{Sampler, accepts, replica_by_state};
use crate::systems::{GlassState, SpinGlass};
use crate::units::Beta;

/// Local fields up to this many small units are looked up.
const MOST_ENTRIES: i64 = 2048;

/// A Metropolis chain of a [`SpinGlass`] at randomly chosen sites.
///
/// It obeys the same law as [`crate::samplers::Metropolis`], draw for draw. Its energy is the one that the state carries along,
/// which never drifts; where couplings are small whole numbers, such as +1 and -1, flip probabilities come from a table.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::systems::{GlassFlip, SpinGlass};
/// use gibbs::samplers::Sampler;
/// use gibbs::model::Model;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let glass = SpinGlass::from_text("0,1,1\n1,2,-1\n2,0,1", 0.0)?;
/// let mut rng = Seed(1).set_up();
/// let mut chain = GlassFlip::new(&glass, Beta::new(0.8)?, glass.initial_state(&mut rng));
/// chain.advance(&mut rng);
/// assert_eq!(chain.energy(), glass.energy(chain.state()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct GlassFlip<'a> {
    model: &'a SpinGlass,
    beta: Beta,
    state: GlassState,
    /// Flip probability by s f + `reach`, f the local field; empty where fields take too many values.
    table: Vec<f64>,
    reach: i64,
    accepted: u64,
    proposed: u64,
}

impl<'a> GlassFlip<'a> {
    /// A chain of `model` at `beta` that starts from `state`.
    #[must_use]
    pub fn new(model: &'a SpinGlass, beta: Beta, state: GlassState) -> Self {
        let reach = model.largest_field();
        let mut chain = Self { model, beta, state, table: Vec::new(), reach, accepted: 0, proposed: 0 };
        if reach <= MOST_ENTRIES {
            chain.table = (-reach..=reach).map(|alignment| metropolis_probability(chain.cost(alignment))).collect();
        }
        chain
    }

    /// Share of the proposed flips that were made; 0 before the first.
    #[must_use]
    pub fn acceptance(&self) -> f64 {
        self.accepted as f64 / self.proposed.max(1) as f64
    }

    /// beta dE of flipping a spin with s f = `alignment`; at T = 0 an energy-neutral flip is free, not 0 * inf.
    fn cost(&self, alignment: i64) -> f64 {
        metropolis_cost(self.beta, self.model.energy_of(2 * alignment), 0.0)
    }
}

impl Sampler for GlassFlip<'_> {
    type State = GlassState;

    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        let moves = self.model.moves_per_sweep();
        for _ in 0..moves {
            let site = self.model.propose(&self.state, rng).site as usize;
            let alignment = self.state.alignment(site);
            let made = match self.table.get((alignment + self.reach) as usize) {
                Some(&probability) => probability >= 1.0 || uniform(rng) <= probability,
                None => accepts(self.cost(alignment), rng),
            };
            if made {
                self.model.flip(&mut self.state, site);
                self.accepted += 1;
            }
        }
        self.proposed += moves as u64;
    }

    fn state(&self) -> &GlassState {
        &self.state
    }

    fn energy(&self) -> f64 {
        self.model.running_energy(&self.state)
    }
}

replica_by_state!("GlassFlip", [] GlassFlip<'_>, GlassState, beta, accepted: u64, proposed: u64);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Boundary, Lattice, LatticeKind};
    use crate::rng::Seed;
    use crate::samplers::Metropolis;

    #[test]
    fn it_repeats_the_generic_chain_draw_for_draw() {
        let square = Lattice::new(LatticeKind::Square, &[4, 5], Boundary::Periodic).unwrap();
        let mut rng = Seed(3).set_up();
        let glasses = [
            (SpinGlass::bimodal(&square, 0.0, &mut rng).unwrap(), true),
            (SpinGlass::bimodal(&square, -0.25, &mut rng).unwrap(), true),
            (SpinGlass::gaussian(&square, 0.1, &mut rng).unwrap(), false),
        ];
        for (glass, has_table) in &glasses {
            for beta in [0.0, 0.7, f64::INFINITY, -0.4].map(|beta| Beta::new(beta).unwrap()) {
                let (mut a, mut b) = (Seed(5).set_up(), Seed(5).set_up());
                let mut generic = Metropolis::new(glass, beta, glass.initial_state(&mut a));
                let mut chain = GlassFlip::new(glass, beta, glass.initial_state(&mut b));
                assert_eq!(!chain.table.is_empty(), *has_table);
                for _ in 0..200 {
                    generic.advance(&mut a);
                    chain.advance(&mut b);
                    assert_eq!(generic.state(), chain.state());
                }
                assert_eq!(generic.acceptance(), chain.acceptance());
                assert!((generic.energy() - chain.energy()).abs() < 1e-9);
                assert_eq!(chain.energy(), glass.energy(chain.state()));
            }
        }
    }
}
