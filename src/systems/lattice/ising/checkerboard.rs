//! The fastest sweeps of the two-dimensional Ising model: one bit per spin, 512 spins at a time, one sublattice after the other.

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::rng::index;
use crate::samplers::accept::{Chance, heat_bath_probability, metropolis_probability};
use crate::samplers::{Replica, RestoreError, Resume, Sampler, SamplerError};
use crate::simd::{InstructionSet, Lanes, Rule, Thresholds, Torus};
use crate::systems::Ising;
use crate::systems::PackedSpins;
use crate::systems::lattice::ising::packed::layout;
use crate::units::Beta;

/// One sweep in this many of a Metropolis chain is a heat-bath sweep.
const HEAT_BATH_EVERY: u64 = 16;

/// A chain of sweeps that update all spins of one sublattice, then all of the other.
///
/// Spins of one sublattice do not interact: given the other one they are independent, and updating each by a rule that
/// keeps its conditional distribution keeps Boltzmann's. The heat bath draws each spin from that distribution; every
/// flip has a positive chance, so any state follows any other in one sweep. Metropolis sweeps alone are *not* ergodic:
/// where every spin has two neighbours of each sign, all flips are free, all are made, and the state turns into its
/// negative and back forever (4 x 4 has such states). Therefore a Metropolis chain makes, by a throw that does not see
/// the state, one sweep in 16 a heat-bath sweep: a mixture of two rules that keep a distribution keeps it, and it is
/// ergodic because one of them is. At beta J = 0, where Metropolis would flip everything in turn, both are heat baths.
///
/// A spin changes with the chance p if u <= p, where u has 53 random bits: the law of [`crate::samplers::accepts`], so what is
/// rarer than 2^-53 is never done. The random bits come from generators of the chain's own (xoshiro256++), seeded from
/// the generator that builds it. Results do not depend on the instruction set; the environment variable `GIBBS_SIMD`
/// (`portable`, `avx2`, `avx512`) limits it.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::systems::{Checkerboard, Ising};
/// use gibbs::samplers::Sampler;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ising = Ising::torus(64, 64, 1.0, 0.0)?;
/// let mut rng = Seed(1).set_up();
/// let mut chain = Checkerboard::metropolis(&ising, Beta::new(0.6)?, &mut rng)?;
/// chain.advance(&mut rng);
/// let state = ising.state(&chain.state().spins());
/// assert_eq!((chain.state().bond_sum(), chain.state().magnetization()), (state.bond_sum(), state.magnetization()));
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// M. Creutz, L. Jacobs and C. Rebbi, Phys. Rev. Lett. 42, 1390 (1979), doi:10.1103/PhysRevLett.42.1390 (heat bath);
/// R. J. Glauber, J. Math. Phys. 4, 294 (1963), doi:10.1063/1.1703954.
#[derive(Debug)]
pub struct Checkerboard<'a> {
    model: &'a Ising,
    beta: Beta,
    state: PackedSpins,
    lanes: Lanes,
    set: InstructionSet,
    heat_bath: Thresholds,
    /// None for a chain of heat baths.
    metropolis: Option<Thresholds>,
}

impl<'a> Checkerboard<'a> {
    /// Whether the model is one this sampler is for: a torus of even sides without field, whose sides have divisors
    /// enough to fill words (or are at most 64).
    #[must_use]
    pub fn applies(model: &Ising) -> bool {
        layout(model).is_ok()
    }

    /// Metropolis sweeps with the heat baths they need, from a ground state; own generators seeded from `rng`.
    ///
    /// # Errors
    ///
    /// A model for which [`Checkerboard::applies`] says no, an infinite beta J, an unknown name in `GIBBS_SIMD`.
    pub fn metropolis<R: Rng + ?Sized>(model: &'a Ising, beta: Beta, rng: &mut R) -> Result<Self, SamplerError> {
        let mut chain = Self::heat_bath(model, beta, rng)?;
        let k = (beta.get() * model.j()).abs();
        let below = [8.0 * k, 4.0 * k].map(|cost| Chance::new(metropolis_probability(cost)).accepted());
        // Not where e^-4K rounds to 1 and every spin would be flipped.
        if below[1] < 1 << 53 {
            chain.metropolis = Some(Thresholds::new([below[0], below[1], 0], beta.get() * model.j() < 0.0));
        }
        Ok(chain)
    }

    /// Heat-bath sweeps from a ground state; own generators seeded from `rng`.
    ///
    /// # Errors
    ///
    /// As [`Checkerboard::metropolis`].
    pub fn heat_bath<R: Rng + ?Sized>(model: &'a Ising, beta: Beta, rng: &mut R) -> Result<Self, SamplerError> {
        let layout = layout(model)?;
        let k = beta.get() * model.j();
        if !k.is_finite() {
            return Err(SamplerError::CheckerboardCoupling { j: model.j(), beta });
        }
        let set = InstructionSet::detect().map_err(SamplerError::InstructionSet)?;
        let cost = k.abs();
        let below = [8.0 * cost, 4.0 * cost, 0.0].map(|cost| Chance::new(heat_bath_probability(cost)).accepted());
        let state = PackedSpins::from_torus(Torus::new(layout, |x, y| k >= 0.0 || (x + y) % 2 == 0));
        Ok(Self {
            model,
            beta,
            state,
            lanes: Lanes::new(|| rng.next_u64()),
            set,
            heat_bath: Thresholds::new(below, k < 0.0),
            metropolis: None,
        })
    }

    /// The same chain from these spins, `[n_sites]`, by the rules of [`PackedSpins::new`].
    #[must_use]
    pub fn with_spins(mut self, spins: &[i8]) -> Self {
        let layout = *self.state.torus.layout();
        let lx = layout.sides[0];
        let up = |x: usize, y: usize| spins.get(x + lx * y).is_none_or(|&spin| spin >= 0);
        self.state = PackedSpins::from_torus(Torus::new(layout, up));
        self
    }

    /// The same chain from independent random spins, drawn from its own generators.
    #[must_use]
    pub fn disordered(mut self) -> Self {
        let (layout, lanes) = (*self.state.torus.layout(), &mut self.lanes);
        let (mut bits, mut left) = ([0u64; 8], 0usize);
        let up = |_, _| {
            if left == 0 {
                (bits, left) = (lanes.words(), 512);
            }
            left -= 1;
            bits[left / 64] >> (left % 64) & 1 == 1
        };
        self.state = PackedSpins::from_torus(Torus::new(layout, up));
        self
    }

    fn sweep(&mut self, rule: Rule) {
        let thresholds = match (rule, &self.metropolis) {
            (Rule::Metropolis, Some(metropolis)) => metropolis,
            _ => &self.heat_bath,
        };
        let counts = self.state.torus.sweep(self.set, rule, thresholds, &mut self.lanes);
        self.state.record(counts);
    }
}

impl Sampler for Checkerboard<'_> {
    type State = PackedSpins;

    /// One update of every spin.
    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        let metropolis = self.metropolis.is_some() && index(rng, HEAT_BATH_EVERY) > 0;
        self.sweep(if metropolis { Rule::Metropolis } else { Rule::HeatBath });
    }

    fn state(&self) -> &PackedSpins {
        &self.state
    }

    fn energy(&self) -> f64 {
        self.model.energy_of(self.state.bond_sum(), self.state.magnetization())
    }
}

/// Where a [`Checkerboard`] stands: spins, and the generators of their flips.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedCheckerboard {
    spins: PackedSpins,
    lanes: Lanes,
}

impl Resume for Checkerboard<'_> {
    type Saved = SavedCheckerboard;

    const NAME: &'static str = "Checkerboard";

    fn save(&self) -> Self::Saved {
        SavedCheckerboard { spins: self.state.clone(), lanes: self.lanes.clone() }
    }

    fn restore(&mut self, saved: Self::Saved) -> Result<(), RestoreError> {
        if saved.spins.torus.layout() != self.state.torus.layout() {
            return Err(RestoreError::State);
        }
        (self.state, self.lanes) = (saved.spins, saved.lanes);
        Ok(())
    }
}

impl Replica for Checkerboard<'_> {
    fn beta(&self) -> Beta {
        self.beta
    }

    /// Swaps the spins; each chain keeps its random bits.
    fn exchange(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.state, &mut other.state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;

    fn beta(beta: f64) -> Beta {
        Beta::new(beta).unwrap()
    }

    #[test]
    fn refusals_name_the_remedy() {
        let refusal = |ising: Ising, b: f64| {
            Checkerboard::metropolis(&ising, beta(b), &mut Seed(1).set_up()).map(|_| ()).unwrap_err().to_string()
        };
        let odd = refusal(Ising::torus(4, 5, 1.0, 0.0).unwrap(), 0.5);
        assert!(
            odd.starts_with("checkerboard sweeps need a periodic square lattice with even sides")
                && odd.contains("4x5")
        );
        assert!(refusal(Ising::ring(8, 1.0, 0.0).unwrap(), 0.5).contains("chain 8"));
        assert!(refusal(Ising::torus(134, 134, 1.0, 0.0).unwrap(), 0.5).contains("134x134"));
        assert!(refusal(Ising::torus(4, 4, 1.0, 0.1).unwrap(), 0.5).contains("h = 0.1"));
        assert!(refusal(Ising::torus(4, 4, 1.0, 0.0).unwrap(), f64::INFINITY).contains("finite beta J"));
        assert!(refusal(Ising::torus(4, 4, 0.0, 0.0).unwrap(), f64::INFINITY).contains("finite beta J"));
        assert!(Checkerboard::applies(&Ising::torus(128, 134, 1.0, 0.0).unwrap()));
    }

    /// Spins with two neighbours of each sign everywhere.
    fn stripes() -> Vec<i8> {
        (0..16).map(|site| if (site % 4 + site / 4) % 4 < 2 { 1 } else { -1 }).collect()
    }

    #[test]
    fn metropolis_sweeps_alone_never_leave_a_cycle() {
        let ising = Ising::torus(4, 4, 1.0, 0.0).unwrap();
        let mut rng = Seed(1).set_up();
        let start =
            || Checkerboard::metropolis(&ising, beta(0.4), &mut Seed(1).set_up()).unwrap().with_spins(&stripes());
        let negative: Vec<i8> = stripes().iter().map(|spin| -spin).collect();
        let (mut pure, mut mixed) = (start(), start());
        let mut left = 0;
        for sweep in 0..1000 {
            pure.sweep(Rule::Metropolis);
            assert_eq!(pure.state().spins(), if sweep % 2 == 0 { negative.clone() } else { stripes() });
            mixed.advance(&mut rng);
            left += u32::from(![&negative, &stripes()].contains(&&mixed.state().spins()));
        }
        assert!(left > 900, "{left}");
    }

    #[test]
    fn exchange_swaps_states_and_counts() {
        let ising = Ising::torus(8, 6, 1.0, 0.0).unwrap();
        let mut rng = Seed(2).set_up();
        let mut hot = Checkerboard::heat_bath(&ising, beta(0.2), &mut rng).unwrap().disordered();
        let mut cold = Checkerboard::metropolis(&ising, beta(0.6), &mut rng).unwrap();
        assert_eq!((cold.energy(), cold.state().magnetization()), (-96.0, 48));
        let (spins, energy) = (hot.state().spins(), hot.energy());
        hot.exchange(&mut cold);
        assert_eq!((cold.state().spins(), cold.energy(), hot.energy()), (spins, energy, -96.0));
        assert_eq!((hot.beta(), cold.beta()), (beta(0.2), beta(0.6)));
    }

    #[test]
    fn ground_states_fit_the_sign_of_the_coupling() {
        let ising = Ising::torus(8, 6, -1.0, 0.0).unwrap();
        let mut rng = Seed(3).set_up();
        let neel = Checkerboard::metropolis(&ising, beta(0.6), &mut rng).unwrap();
        assert_eq!((neel.energy(), neel.state().magnetization()), (-96.0, 0));
        let up = Checkerboard::metropolis(&ising, beta(-0.6), &mut rng).unwrap();
        assert_eq!((up.energy(), up.state().bond_sum()), (96.0, 96));
    }
}
