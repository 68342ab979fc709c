//! Levels that can be listed or summed in closed form: one particle, one spin, one molecule, one atom of a crystal.

mod classical_power;
mod debye_modes;
mod debye_solid;
mod direct_draws;
mod einstein_solid;
mod frozen_mixture;
mod listed;
mod logits;
mod morse;
mod oscillator;
mod paramagnet;
mod particle_in_box;
mod rem;
mod rem_average;
mod rotor;
mod two_level;

pub use classical_power::ClassicalPower;
pub(in crate::systems) use classical_power::require_equilibrium;
pub use debye_modes::{DebyeModes, Mode};
pub use debye_solid::DebyeSolid;
pub use direct_draws::{Geometric, PowerWell};
pub use einstein_solid::EinsteinSolid;
pub use frozen_mixture::{FrozenMixture, Molecule};
pub use listed::Levels;
pub use logits::Logits;
pub use morse::Morse;
pub use oscillator::Oscillator;
pub use paramagnet::{Paramagnet, Spin};
pub use particle_in_box::ParticleInBox;
pub use rem::{Rem, RemLimit};
pub use rem_average::RemAverage;
pub use rotor::{Nuclear, Rotor};
pub use two_level::{SchottkyPeak, TwoLevel};
