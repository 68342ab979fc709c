//! Particles that move: an ideal gas, and a Lennard-Jones fluid.

mod ideal_gas;
mod lennard_jones;
mod maxwell;
mod maxwell_boltzmann;

pub use ideal_gas::{Filling, IdealGas};
pub use lennard_jones::{
    BOYLE_TEMPERATURE, Displacement, FluidState, LennardJones, ParticleMoves, Published, Truncation, VirialLimit,
};
pub use maxwell::Maxwell;
pub use maxwell_boltzmann::MaxwellBoltzmann;
