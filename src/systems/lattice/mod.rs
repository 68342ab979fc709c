//! Spins on lattices.

mod automatic;
mod frontier;
pub mod ising;
pub(super) mod parameters;
pub mod potts;
pub mod spin_glass;
pub mod vector;
