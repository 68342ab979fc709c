//! Samplers of the canonical ensemble: what one is, how long it runs, and the only loop.

pub(crate) mod accept;
mod bonds;
mod direct;
mod energy_cells;
mod flat_heat_bath;
mod heat_bath;
mod ladder;
mod level_stream;
mod metropolis;
mod mixed;
mod multicanonical;
mod occupation;
mod resume;
mod site_heat_bath;
mod swendsen_wang;
mod tempering;
mod torus_clusters;
mod transitions;
mod walker;
mod wang_landau;
mod wolff;

pub use accept::accepts;
pub use direct::{Alias, InverseCdf};
pub use energy_cells::EnergyCells;
pub use flat_heat_bath::{FlatHeatBath, FlatWeights};
pub use heat_bath::HeatBath;
pub use ladder::{LadderError, LadderRule, LadderSize, PilotPoint, ladder, ladder_through, predicted_acceptances};
pub use level_stream::LevelStream;
pub use metropolis::Metropolis;
pub use mixed::Mixed;
pub use multicanonical::{Multicanonical, SavedMulticanonical};
pub use occupation::{occupation_numbers, split_binomially};
pub(crate) use resume::replica_by_state;
pub use resume::{Independent, RestoreError, Resume};
pub use site_heat_bath::SiteHeatBath;
pub use swendsen_wang::SwendsenWang;
pub use tempering::{SavedTempering, Tempering};
pub use transitions::Transitions;
pub use wang_landau::{Refinement, SavedWangLandau, WangLandau};
pub use wolff::Wolff;

use rand::Rng;
use thiserror::Error;

use crate::simd::InstructionSet;
use crate::units::Beta;

/// A sampler that would not sample the asked distribution.
#[derive(Clone, Debug, PartialEq, Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum SamplerError {
    /// No chain to exchange states with.
    #[error("replica exchange needs at least one chain, got none")]
    NoChains,
    /// Chains that do not run from cold to hot.
    #[error(
        "temperatures must rise from chain to chain, got beta = {cold} at chain {rung} and {hot} at chain {}",
        .rung + 1
    )]
    LadderOrder { rung: usize, cold: Beta, hot: Beta },
    /// Neighbours that prefer to differ, on a lattice where not all of them can.
    #[error("clusters are frustrated on {lattice} with J = {j} at beta = {beta}; use metropolis or heat-bath")]
    ClusterFrustration { lattice: String, j: f64, beta: Beta },
    /// Neighbours that prefer to differ, in a model whose clusters are of equal spins only.
    #[error("clusters of equal spins need beta J >= 0, got J = {j} at beta = {beta}; use metropolis or heat-bath")]
    ClusterCoupling { j: f64, beta: Beta },
    /// A window of energy that cannot be cut into cells.
    #[error("energy cells need {expected}, got {value}")]
    Cells { expected: &'static str, value: f64 },
    /// A state outside the window.
    #[error("energy {energy} lies outside the cells from {lowest} to {highest}; widen the window or start inside it")]
    OutsideCells { energy: f64, lowest: f64, highest: f64 },
    /// A state whose energy is no level of the grid.
    #[error("energy {energy} is no level of the grid {lowest} + k {step}; correct the step, or use bins")]
    OffGrid { energy: f64, lowest: f64, step: f64 },
    /// A number of weights that is not the number of cells.
    #[error("{expected} cells need as many weights, got {found}")]
    Weights { expected: usize, found: usize },
    /// A start where the chain may not go.
    #[error("the weight of the starting energy {energy} is zero; start where ln g is finite")]
    NoWeight { energy: f64 },
    /// A refinement that does not exist.
    #[error("{name} must be {expected}, got {value}")]
    Refinement { name: &'static str, expected: &'static str, value: f64 },
    /// A Wang–Landau walk that needs more sweeps.
    #[error(
        "the histogram is not flat after {sweeps} sweeps: ln f is still {ln_f:e}, and the least visited of \
         {n_visited} cells has {flatness:.3} of the mean visits; allow more sweeps or narrow the window"
    )]
    NotFlat { sweeps: u64, ln_f: f64, flatness: f64, n_visited: usize },
    /// A field, in which the chances have more classes than the bit-sliced sweep knows.
    #[error("checkerboard sweeps need a system without field, got h = {0}; use single flips")]
    CheckerboardField(f64),
    /// A lattice that is no torus of even sides, or whose sides leave words almost empty.
    #[error(
        "checkerboard sweeps need a periodic square lattice with even sides (beyond 64: sides with divisors that fill \
         words of spins), got {0}; use single flips"
    )]
    CheckerboardLattice(String),
    /// No finite cost.
    #[error("checkerboard sweeps need a finite beta J, got J = {j} at beta = {beta}; use single flips")]
    CheckerboardCoupling { j: f64, beta: Beta },
    /// An unknown instruction set in the environment variable `GIBBS_SIMD`.
    #[error("GIBBS_SIMD must be portable, avx2 or avx512, got `{0}`")]
    InstructionSet(String),
}

/// Whether the environment variable `GIBBS_SIMD`, where it is set, names an instruction set.
///
/// # Errors
///
/// Any other name than `portable`, `avx2` or `avx512`.
pub fn check_environment() -> Result<(), SamplerError> {
    InstructionSet::detect().map_or_else(|name| Err(SamplerError::InstructionSet(name)), |_| Ok(()))
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

    /// Fits what a chain may choose, such as the number of clusters of a sweep, to what it has seen since it was last called: between sweeps
    /// that nothing is measured of, because a chain whose choices follow its state need not keep Boltzmann's distribution.
    fn adapt(&mut self) {}
}

/// A chain at one temperature whose state can be exchanged with that of a chain of the same model at another.
pub trait Replica: Sampler {
    /// The inverse temperature of the chain, which stays where it is.
    fn beta(&self) -> Beta;

    /// Swaps the two states (with whatever is counted along with them); neither chain's beta moves.
    fn exchange(&mut self, other: &mut Self);
}

/// A chain that keeps nothing beside the state of its model: another chain may lend it one and take it back changed.
pub trait StateAlone: Replica<State: Sized> {
    /// The present state.
    fn state_mut(&mut self) -> &mut Self::State;
}

/// A sampler that also draws something which no heat bath changes: the frequency of a mode, the species of a molecule.
///
/// The energies then spread for two reasons, and their variance is not T^2 C: it holds the spread of the mean energies of
/// different frequencies or species as well. Two draws that share everything quenched and are independent otherwise,
/// with energies E and E', have `<(E - E')^2>/2` = the mean of the variances at fixed quenched variables, so that C is a
/// plain mean over draws, with the error of one.
pub trait Quenched: Sampler {
    /// The contribution of the present pair to C, `(E - E')^2/(2 T^2)`: C is its mean over draws.
    fn heat_capacity(&self) -> f64;
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
