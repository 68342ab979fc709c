//! Metropolis sampling of a fluid: one particle at a time is displaced within a small cube.

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::model::{Model, SystemError};
use crate::rng::{index, uniform};
use crate::samplers::{Replica, RestoreError, Resume, Sampler, accepts};
use crate::simd::InstructionSet;
use crate::systems::fluid::lennard_jones::particle_cells::ParticleCells;
use crate::systems::{Displacement, FluidState, LennardJones};
use crate::units::Beta;

/// Acceptance that [`ParticleMoves::tune`] aims at.
const ACCEPTANCE: f64 = 0.45;
/// Sweeps after which the energy is counted afresh.
const SWEEPS_PER_RECOUNT: u64 = 128;
/// Smallest half-width that tuning tries, as a part of the side.
const LEAST_STEP: f64 = 1e-9;

/// A chain of displacements of randomly chosen particles, each proposed uniformly in a cube of fixed half-width around
/// the particle. One advance is N proposals.
///
/// The half-width starts as that of the model; [`ParticleMoves::tune`] adapts it and belongs into the thermalization
/// alone: a step that follows the state while it is measured violates detailed balance.
///
/// A move costs the same whatever N is: particles are sorted into cells, and those near the moved one are found by a
/// vectorised filter. The instruction set ([`GIBBS_SIMD`](crate::samplers::SamplerError::InstructionSet)) does not change
/// a bit of the chain. The running energy is replaced by one counted afresh after every 128 sweeps.
///
/// # Examples
///
/// ```
/// use gibbs::systems::ParticleMoves;
/// use gibbs::samplers::Sampler;
/// use gibbs::{rng::Seed, systems::{LennardJones, PairTruncation}, units::Temperature};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let fluid = LennardJones::new(108, 0.5, 2.5, PairTruncation::Cut)?;
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
    cells: ParticleCells,
    sweeps: u64,
    step: f64,
    accepted: u64,
    proposed: u64,
}

impl<'a> ParticleMoves<'a> {
    /// A chain of `model` at `beta` that starts from `state`.
    ///
    /// # Errors
    ///
    /// T = 0, infinite and negative T; a state of another number of particles; an unknown instruction set in
    /// `GIBBS_SIMD`.
    pub fn new(model: &'a LennardJones, beta: Beta, state: FluidState) -> Result<Self, SystemError> {
        let system = "lennard_jones";
        model.require_equilibrium(beta)?;
        if state.n() != model.n() {
            return Err(SystemError::parameter(system, "n", "that of the state", model.n()));
        }
        let refuse = |value| SystemError::parameter(system, "GIBBS_SIMD", "portable, avx2 or avx512", value);
        let set = InstructionSet::detect().map_err(refuse)?;
        Ok(Self::with_instructions(model, beta, state, set))
    }

    /// The chain with the instructions of `set`.
    fn with_instructions(model: &'a LennardJones, beta: Beta, state: FluidState, set: InstructionSet) -> Self {
        let cells = ParticleCells::new(model, &state, set);
        Self { model, beta, state, cells, sweeps: 0, step: model.step(), accepted: 0, proposed: 0 }
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

    /// W = sum over pairs of r.f in the present state, as [`LennardJones::virial`] but faster.
    #[must_use]
    pub fn virial(&mut self) -> f64 {
        self.cells.virial(&self.state)
    }

    /// Energies of one more particle at each of the points `at` \[sigma\] in the present state, as
    /// [`LennardJones::insertion_energy`] but faster, above all for many points at once.
    #[must_use]
    pub fn insertion_energies(&mut self, at: &[[f64; 3]]) -> Vec<f64> {
        at.iter().map(|&at| self.cells.insertion_energy(self.model.displaced(at, [0.0; 3]))).collect()
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
            let from = self.cells.position(particle);
            let to = self.model.displaced(from, by);
            let energy_change = self.cells.energy_change(particle, from, to);
            self.proposed += 1;
            if accepts(self.beta.get() * energy_change, rng) {
                self.state.displace(Displacement { particle, to }, energy_change);
                self.cells.displace(particle, from, to, &self.state);
                self.accepted += 1;
            }
        }
        self.sweeps += 1;
        if self.sweeps.is_multiple_of(SWEEPS_PER_RECOUNT) {
            self.state.set_energy(self.cells.energy(&self.state) + self.model.tail_energy());
        }
    }

    fn state(&self) -> &FluidState {
        &self.state
    }

    fn energy(&self) -> f64 {
        self.model.running_energy(&self.state)
    }
}

/// Where a [`ParticleMoves`] stands: particles, the order in which they are found, step size and counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedMoves {
    state: FluidState,
    cells: ParticleCells,
    sweeps: u64,
    step: f64,
    accepted: u64,
    proposed: u64,
}

impl Resume for ParticleMoves<'_> {
    type Saved = SavedMoves;

    const NAME: &'static str = "ParticleMoves";

    fn save(&self) -> SavedMoves {
        let (state, cells) = (self.state.clone(), self.cells.clone());
        let (sweeps, step, accepted, proposed) = (self.sweeps, self.step, self.accepted, self.proposed);
        SavedMoves { state, cells, sweeps, step, accepted, proposed }
    }

    fn restore(&mut self, saved: SavedMoves) -> Result<(), RestoreError> {
        RestoreError::unless_fits(self.model, &saved.state)?;
        self.cells = saved.cells.with_instructions_of(&self.cells);
        (self.state, self.sweeps, self.step) = (saved.state, saved.sweeps, saved.step);
        (self.accepted, self.proposed) = (saved.accepted, saved.proposed);
        Ok(())
    }
}

impl Replica for ParticleMoves<'_> {
    fn beta(&self) -> Beta {
        self.beta
    }

    fn exchange(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.state, &mut other.state);
        std::mem::swap(&mut self.cells, &mut other.cells);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;
    use crate::systems::PairTruncation;
    use crate::units::Temperature;

    fn beta(temperature: f64) -> Beta {
        Temperature::new(temperature).unwrap().beta()
    }

    #[test]
    fn no_instruction_set_changes_a_bit_of_a_chain() {
        for (n, density, sweeps) in [(108, 0.8, 200), (2048, 0.7, 20)] {
            let model = LennardJones::new(n, density, 2.5, PairTruncation::Shifted).unwrap().with_step(0.2).unwrap();
            let run = |name: &str| {
                let set = InstructionSet::at_most(name)?;
                let mut chain = ParticleMoves::with_instructions(&model, beta(1.1), model.lattice(), set);
                let mut rng = Seed(1).set_up();
                (0..sweeps).for_each(|_| chain.advance(&mut rng));
                let inserted = chain.insertion_energies(&[[0.3, 0.2, 0.1]])[0];
                Some((chain.state().clone(), chain.acceptance(), chain.virial().to_bits(), inserted.to_bits()))
            };
            let portable = run("portable");
            assert!(portable.is_some() && run("avx2") == portable && run("avx512") == portable);
        }
    }

    /// Before and after the energy is counted afresh.
    #[test]
    fn the_running_energy_is_the_energy() {
        for (n, density) in [(64, 0.6), (1500, 0.7)] {
            let model = LennardJones::new(n, density, 2.2, PairTruncation::Cut).unwrap();
            let mut rng = Seed(1).set_up();
            let mut chain = ParticleMoves::new(&model, beta(1.3), model.lattice()).unwrap();
            for sweep in 1..=2 * SWEEPS_PER_RECOUNT {
                chain.advance(&mut rng);
                if sweep.is_multiple_of(SWEEPS_PER_RECOUNT) || sweep % 50 == 0 {
                    let energy = model.energy(chain.state());
                    assert!((chain.energy() / energy - 1.0).abs() < 1e-11, "{n}: {} {energy}", chain.energy());
                    assert_eq!(chain.energy(), chain.state().energy());
                    assert!((chain.virial() / model.virial(chain.state()) - 1.0).abs() < 1e-10);
                }
            }
        }
    }

    #[test]
    fn tuning_finds_the_acceptance_and_ends() {
        for (density, temperature, truncation) in
            [(0.85, 0.9, PairTruncation::Cut), (0.3, 2.0, PairTruncation::Shifted)]
        {
            let model = LennardJones::new(256, density, 2.5, truncation).unwrap();
            let mut rng = Seed(1).set_up();
            let mut chain = ParticleMoves::new(&model, beta(temperature), model.lattice()).unwrap();
            chain.tune(300, &mut rng);
            assert_eq!(chain.acceptance(), 0.0);
            let step = chain.step();
            (0..100).for_each(|_| chain.advance(&mut rng));
            assert!((chain.acceptance() - ACCEPTANCE).abs() < 0.03, "{density}: {}", chain.acceptance());
            assert_eq!(chain.step(), step);
        }
        // Where nearly everything is accepted the step ends at half the side.
        let gas = LennardJones::new(10, 1e-6, 3.0, PairTruncation::Cut).unwrap();
        let mut chain = ParticleMoves::new(&gas, beta(1.0), gas.lattice()).unwrap();
        chain.tune(300, &mut Seed(1).set_up());
        assert_eq!(chain.step(), 0.5 * gas.side());
    }

    #[test]
    fn replicas_exchange_states() {
        let model = LennardJones::new(1500, 0.5, 2.5, PairTruncation::Cut).unwrap();
        let chain = |temperature| ParticleMoves::new(&model, beta(temperature), model.lattice()).unwrap();
        let (mut cold, mut hot, mut rng) = (chain(1.0), chain(2.0), Seed(1).set_up());
        (0..3).for_each(|_| hot.advance(&mut rng));
        let state = hot.state().clone();
        cold.exchange(&mut hot);
        assert!(*cold.state() == state && cold.beta() == beta(1.0));
        (0..3).for_each(|_| cold.advance(&mut rng));
        assert!((cold.energy() / model.energy(cold.state()) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let model = LennardJones::new(10, 0.01, 3.0, PairTruncation::Cut).unwrap();
        for b in [0.0, -1.0, f64::INFINITY] {
            assert!(ParticleMoves::new(&model, Beta::new(b).unwrap(), model.lattice()).is_err());
        }
        let other = LennardJones::new(11, 0.01, 3.0, PairTruncation::Cut).unwrap();
        let message = ParticleMoves::new(&model, beta(1.0), other.lattice()).unwrap_err().to_string();
        assert_eq!(message, "lennard_jones: `n` must be that of the state, got `10`");
        let mut chain = ParticleMoves::new(&model, beta(1.0), model.lattice()).unwrap();
        assert!(chain.set_step(f64::NAN).is_err() && chain.set_step(0.1).is_ok() && chain.step() == 0.1);
    }
}
