//! Physical systems: one per file, with its Hamiltonian, its exact answer and the samplers that are its own.

pub mod catalogue;
mod description;
mod error;
mod files;
mod fluid;
mod lattice;
mod levels;
mod merging;
mod parameters;
mod quantum;
pub mod radiation;
mod row;
mod system;
mod table;

pub use description::{Description, ParameterDescription};
pub use error::CatalogueError;
pub use fluid::{
    BOYLE_TEMPERATURE, CHEMICAL_POTENTIAL, Displacement, Filling, FluidState, IdealGas, LennardJones, Maxwell,
    MaxwellBoltzmann, PRESSURE, ParticleMoves, Published, Truncation, VirialLimit,
};
pub use lattice::*;
pub use levels::{
    ClassicalPower, DebyeModes, DebyeSolid, EinsteinSolid, FrozenMixture, Geometric, Levels, Logits, Mode, Molecule,
    Morse, Nuclear, Oscillator, Paramagnet, ParticleInBox, PowerWell, Rem, RemAverage, RemLimit, Rotor, SchottkyPeak,
    Spin, TwoLevel,
};
pub use quantum::{
    FermionModes, FermionState, InfiniteTfim, Matrix, Quartic, QuarticAccuracy, QuarticClassical, TfimChain, XxzChain,
};
pub use radiation::{Cavity, PhotonGas, Photons, Radiation};
pub use system::{PhysicalSystem, System};
pub use table::TableError;
