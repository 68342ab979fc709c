//! Samplers of the canonical ensemble: what one is, how long it runs, and the only loop.

mod accept;
mod checkerboard;
mod direct;
mod metropolis;
mod occupation;
mod packed;
mod single_flip;
mod unbounded;
mod wolff;

pub use accept::accepts;
pub use checkerboard::Checkerboard;
pub use direct::{Alias, InverseCdf};
pub use metropolis::Metropolis;
pub use occupation::{occupation_numbers, split_binomially};
pub use packed::PackedSpins;
pub use single_flip::SingleFlip;
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
    /// Neighbours that prefer to be antiparallel.
    #[error("clusters of parallel spins need beta J >= 0, got J = {j} at beta = {beta}; use metropolis or heat-bath")]
    ClusterCoupling {
        /// Coupling.
        j: f64,
        /// Inverse temperature.
        beta: Beta,
    },
    /// A field, in which the chances have more classes than the bit-sliced sweep knows.
    #[error("checkerboard sweeps need a system without field, got h = {0}; use single flips")]
    CheckerboardField(f64),
    /// A lattice that is no torus of even sides, or whose sides leave words almost empty.
    #[error(
        "checkerboard sweeps need a square torus of even sides (beyond 64: with divisors that fill words), got {0}; use single flips"
    )]
    CheckerboardLattice(String),
    /// No finite cost.
    #[error("checkerboard sweeps need a finite beta J, got J = {j} at beta = {beta}; use single flips")]
    CheckerboardCoupling {
        /// Coupling.
        j: f64,
        /// Inverse temperature.
        beta: Beta,
    },
    /// An unknown instruction set in the environment variable `GIBBS_SIMD`.
    #[error("GIBBS_SIMD must be portable, avx2 or avx512, got `{0}`")]
    InstructionSet(String),
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
