//! Physical systems: one per file, with its Hamiltonian, its exact answer and the samplers that are its own.

pub mod catalogue;
mod description;
mod error;
mod files;
mod fluid;
pub(crate) mod lattice;
mod levels;
mod merging;
mod parameters;
mod quantum;
pub mod radiation;
mod read_error;
mod row;
mod system;
mod unbounded_spectrum;

pub use description::{Description, ParameterDescription};
pub use error::CatalogueError;
pub use fluid::{
    BOYLE_TEMPERATURE, CHEMICAL_POTENTIAL, Displacement, Filling, FluidState, IdealGas, LennardJones, Maxwell,
    MaxwellBoltzmann, PRESSURE, PairTruncation, ParticleMoves, Published, VirialLimit,
};
pub use lattice::ising::{
    Checkerboard, Flip, InfiniteIsing, Ising, IsingJointLevel, IsingLevel, IsingState, MagneticMoments, PackedSpins,
    SingleFlip,
};
pub use lattice::potts::{InfinitePotts, OrderMoments, Potts, PottsJointLevel, PottsLevel, PottsState, Recolour};
pub use lattice::spin_glass::{Bond, CouplingsError, GlassFlip, GlassMoments, GlassState, SpinGlass};
pub use lattice::vector::{Heisenberg, OverRelaxation, Turn, VectorHeatBath, VectorModel, VectorState, Xy};
pub use levels::{
    ClassicalPower, DebyeModes, DebyeSolid, EinsteinSolid, FrozenMixture, Geometric, Levels, Logits, Mode, Molecule,
    Morse, Nuclear, Oscillator, Paramagnet, ParticleInBox, PowerWell, Rem, RemAverage, RemLimit, Rotor, SchottkyPeak,
    Spin, TwoLevel,
};
pub use quantum::{
    FermionModes, FermionState, InfiniteTfim, Matrix, Quartic, QuarticAccuracy, QuarticClassical, TfimChain, XxzChain,
};
pub use radiation::{Cavity, PhotonGas, Photons, Radiation};
pub use read_error::ReadError;
pub use system::{PhysicalSystem, System};
