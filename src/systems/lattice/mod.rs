//! Spins on lattices.

mod frontier;
pub mod ising;
pub mod potts;
pub mod spin_glass;
pub mod vector;
