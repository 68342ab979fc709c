//! Levels that can be listed or summed in closed form: one particle, one spin, one molecule, one atom of a crystal.

pub(super) mod classical_power;
pub(super) mod debye_solid;
mod direct_draws;
pub(super) mod einstein_solid;
pub(super) mod listed;
pub(super) mod logits;
pub(super) mod morse;
pub(super) mod oscillator;
pub(super) mod paramagnet;
pub(super) mod particle_in_box;
pub(super) mod rem;
pub(super) mod rotor;
pub(super) mod two_level;

pub use classical_power::ClassicalPower;
pub(in crate::systems) use classical_power::require_equilibrium;
pub use debye_solid::{DebyeModes, DebyeSolid, Mode};
pub use direct_draws::{Geometric, PowerWell};
pub use einstein_solid::EinsteinSolid;
pub use listed::Levels;
pub use logits::Logits;
pub use morse::Morse;
pub use oscillator::Oscillator;
pub use paramagnet::{Paramagnet, Spin};
pub use particle_in_box::ParticleInBox;
pub use rem::{Rem, RemAverage, RemLimit};
pub use rotor::{FrozenMixture, Molecule, Nuclear, Rotor};
pub use two_level::{SchottkyPeak, TwoLevel};
