//! Samplers of the canonical ensemble: what one is, how long it runs, and the only loop.

mod accept;
mod bonds;
mod direct;
mod glass_flip;
mod ladder;
mod heat_bath;
mod metropolis;
mod occupation;
mod single_flip;
mod tempering;
mod swendsen_wang;
mod unbounded;
mod wolff;

pub use accept::accepts;
pub use direct::{Alias, InverseCdf};
pub use glass_flip::GlassFlip;
pub use ladder::{LadderError, LadderRule, LadderSize, PilotPoint, ladder, ladder_through, predicted_acceptances};
pub use heat_bath::HeatBath;
pub use metropolis::Metropolis;
pub use occupation::{occupation_numbers, split_binomially};
pub use single_flip::SingleFlip;
pub use tempering::Tempering;
pub use swendsen_wang::SwendsenWang;
pub use unbounded::{Geometric, PowerWell};
pub use wolff::Wolff;

use rand::Rng;
use thiserror::Error;

use crate::units::Beta;

/// A sampler that would not sample the asked distribution.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum SamplerError {
    /// A field, which cluster flips do not see.
    #[error("clusters need a system without field, got h = {0}; use metropolis or heat-bath")]
    ClusterField(f64),
    /// No chain to exchange states with.
    #[error("replica exchange needs at least one chain, got none")]
    NoChains,
    /// Chains that do not run from cold to hot.
    #[error("rungs must run from cold to hot, got beta = {cold} at rung {rung} and {hot} at rung {}", .rung + 1)]
    LadderOrder {
        /// The first of the two rungs.
        rung: usize,
        /// Its inverse temperature.
        cold: Beta,
        /// That of the next rung.
        hot: Beta,
    },
    /// Neighbours that prefer to differ, on a lattice where not all of them can.
    #[error("clusters are frustrated on {lattice} with J = {j} at beta = {beta}; use metropolis or heat-bath")]
    ClusterFrustration {
        /// Kind and sides of the lattice.
        lattice: String,
        /// Coupling.
        j: f64,
        /// Inverse temperature.
        beta: Beta,
    },
    /// Neighbours that prefer to differ, in a model whose clusters are of equal spins only.
    #[error("clusters of equal spins need beta J >= 0, got J = {j} at beta = {beta}; use metropolis or heat-bath")]
    ClusterCoupling {
        /// Coupling.
        j: f64,
        /// Inverse temperature.
        beta: Beta,
    },
}

/// Draws from a canonical ensemble, one sweep or one independent draw at a time. Computes no statistics.
pub trait Sampler {
    /// What is sampled.
    type State: ?Sized;

    /// One sweep of a Markov chain, or one independent draw.
    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R);

    /// The present state.
    fn state(&self) -> &Self::State;

    /// Its energy.
    fn energy(&self) -> f64;
}

/// A chain at one temperature whose state can be exchanged with that of a chain of the same model at another.
pub trait Replica: Sampler {
    /// The inverse temperature of the chain, which stays where it is.
    fn beta(&self) -> Beta;

    /// Swaps the two states (with whatever is counted along with them); neither chain's beta moves.
    fn exchange(&mut self, other: &mut Self);
}

/// How long a sampler runs: `thermalization` sweeps unobserved, then `sweeps` observed ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Sweeps before the first observation.
    pub thermalization: u64,
    /// Observed sweeps.
    pub sweeps: u64,
}

/// Runs `sampler` by `schedule`, calling `observe` after every observed sweep: the only sampling loop.
pub fn run<S, R>(sampler: &mut S, schedule: Schedule, rng: &mut R, mut observe: impl FnMut(&S))
where
    S: Sampler,
    R: Rng + ?Sized,
{
    for _ in 0..schedule.thermalization {
        sampler.advance(rng);
    }
    for _ in 0..schedule.sweeps {
        sampler.advance(rng);
        observe(sampler);
    }
}
