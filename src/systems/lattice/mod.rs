//! Spins on lattices.

pub mod ising;
pub mod potts;
pub mod spin_glass;
pub mod vector;
