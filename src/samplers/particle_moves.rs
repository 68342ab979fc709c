//! Metropolis sampling of a fluid: one particle at a time is displaced within a small cube.

use rand::Rng;

use super::{Replica, Sampler, accepts};
use crate::rng::{index, uniform};
use crate::systems::{Displacement, FluidState, LennardJones, Model, SystemError};
use crate::units::Beta;

/// Acceptance that [`ParticleMoves::tune`] aims at.
const ACCEPTANCE: f64 = 0.45;
/// Smallest half-width that tuning tries, as a part of the side.
const LEAST_STEP: f64 = 1e-9;

/// A chain of displacements of randomly chosen particles, each proposed uniformly in a cube of fixed half-width around
/// the particle. One advance is N proposals.
///
/// The half-width starts as that of the model; [`ParticleMoves::tune`] adapts it and belongs into the thermalization
/// alone: a step that follows the state while it is measured violates detailed balance.
///
/// # Examples
///
/// ```
/// use gibbs::samplers::{ParticleMoves, Sampler};
/// use gibbs::{rng::Seed, systems::{LennardJones, Truncation}, units::Temperature};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let fluid = LennardJones::new(108, 0.5, 2.5, Truncation::Cut)?;
/// let mut rng = Seed(1).set_up();
/// let mut chain = ParticleMoves::new(&fluid, Temperature::new(1.5)?.beta(), fluid.lattice())?;
/// chain.tune(50, &mut rng);
/// let step = chain.step();
/// (0..50).for_each(|_| chain.advance(&mut rng));
/// assert!(chain.step() == step && (0.3..0.6).contains(&chain.acceptance()));
/// assert!(chain.energy() < 0.0);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// N. Metropolis et al., J. Chem. Phys. 21, 1087 (1953), doi:10.1063/1.1699114.
#[derive(Clone, Debug)]
pub struct ParticleMoves<'a> {
    model: &'a LennardJones,
    beta: Beta,
    state: FluidState,
    step: f64,
    accepted: u64,
    proposed: u64,
}

impl<'a> ParticleMoves<'a> {
    /// A chain of `model` at `beta` that starts from `state`.
    ///
    /// # Errors
    ///
    /// T = 0, infinite and negative T.
    pub fn new(model: &'a LennardJones, beta: Beta, state: FluidState) -> Result<Self, SystemError> {
        model.require_equilibrium(beta)?;
        Ok(Self { model, beta, state, step: model.step(), accepted: 0, proposed: 0 })
    }

    /// Runs `sweeps` sweeps and adapts the half-width of the displacements after each, towards an acceptance of 45 %;
    /// then counts of acceptance start anew. Only for thermalization.
    pub fn tune<R: Rng + ?Sized>(&mut self, sweeps: u64, rng: &mut R) {
        for sweep in 0..sweeps {
            (self.accepted, self.proposed) = (0, 0);
            self.advance(rng);
            // Steps change by at most a factor 1.5 at first and by ever less later.
            let gain = 1.0 / (1.0 + sweep as f64 / 20.0).sqrt();
            let factor = (gain * (self.acceptance() - ACCEPTANCE)).exp();
            self.step = (self.step * factor).clamp(LEAST_STEP * self.model.side(), 0.5 * self.model.side());
        }
        (self.accepted, self.proposed) = (0, 0);
    }

    /// Half-width of the cube \[sigma\] in which displacements are proposed.
    #[must_use]
    pub fn step(&self) -> f64 {
        self.step
    }

    /// Sets the half-width \[sigma\], for a chain that continues another; acceptance is counted anew.
    ///
    /// # Errors
    ///
    /// A step that is not positive or exceeds half the side of the box.
    pub fn set_step(&mut self, step: f64) -> Result<(), SystemError> {
        self.step = self.model.clone().with_step(step)?.step();
        (self.accepted, self.proposed) = (0, 0);
        Ok(())
    }

    /// Share of the proposed moves that were made since the step was last changed; 0 before the first.
    #[must_use]
    pub fn acceptance(&self) -> f64 {
        self.accepted as f64 / self.proposed.max(1) as f64
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &'a LennardJones {
        self.model
    }

    /// W = sum over pairs of r.f in the present state, as [`LennardJones::virial`].
    #[must_use]
    pub fn virial(&self) -> f64 {
        self.model.virial(&self.state)
    }

    /// Energy of one more particle at `at` in the present state, as [`LennardJones::insertion_energy`].
    #[must_use]
    pub fn insertion_energy(&self, at: [f64; 3]) -> f64 {
        self.model.insertion_energy(&self.state, at)
    }
}

impl Sampler for ParticleMoves<'_> {
    type State = FluidState;

    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        let n = self.model.n() as u64;
        for _ in 0..n {
            let particle = index(rng, n) as usize;
            let mut by = || self.step * (2.0 * uniform(rng) - 1.0);
            let by = [by(), by(), by()];
            let change = Displacement { particle, to: self.model.displaced(self.state.position(particle), by) };
            let cost = self.beta.get() * self.model.energy_change(&self.state, &change);
            self.proposed += 1;
            if accepts(cost, rng) {
                self.model.apply(&mut self.state, change);
                self.accepted += 1;
            }
        }
    }

    fn state(&self) -> &FluidState {
        &self.state
    }

    fn energy(&self) -> f64 {
        self.model.running_energy(&self.state)
    }
}

impl Replica for ParticleMoves<'_> {
    fn beta(&self) -> Beta {
        self.beta
    }

    fn exchange(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.state, &mut other.state);
    }
}
