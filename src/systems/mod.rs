//! Physical systems: one per file, with its Hamiltonian, its exact answer and the samplers that are its own.

pub mod catalogue;
mod fluid;
pub(crate) mod lattice;
mod levels;
mod merging;
mod quantum;
pub mod radiation;
mod table;
mod unbounded_spectrum;

pub use catalogue::System;
pub use fluid::{
    BOYLE_TEMPERATURE, Displacement, Filling, FluidState, IdealGas, LennardJones, Maxwell, MaxwellBoltzmann,
    ParticleMoves, Published, Truncation, VirialLimit,
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
pub use table::TableError;
