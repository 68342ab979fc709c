//! Quantum systems whose levels come from a diagonalization or from free fermions.

pub(super) mod chain;
pub(super) mod matrix;
mod oscillator_basis;
pub(super) mod quartic;
mod quartic_classical;

pub use chain::{FermionModes, FermionState, InfiniteTfim, TfimChain, XxzChain};
pub use matrix::Matrix;
pub use quartic::{Quartic, QuarticAccuracy};
pub use quartic_classical::QuarticClassical;
