//! Particles that move: an ideal gas, and a Lennard-Jones fluid.

pub(super) mod ideal_gas;
pub(super) mod lennard_jones;
mod maxwell_boltzmann;

pub use ideal_gas::{Filling, IdealGas, Maxwell};
pub use lennard_jones::{
    BOYLE_TEMPERATURE, CHEMICAL_POTENTIAL, Displacement, FluidState, LennardJones, PRESSURE, PairTruncation,
    ParticleMoves, Published, VirialLimit,
};
pub use maxwell_boltzmann::MaxwellBoltzmann;
