//! Chains of quantum spins 1/2: the XXZ chain by diagonalization, the transverse-field Ising chain by free fermions.
//!
//! Energies, temperatures and fields in units of one arbitrary energy, k_B = 1.

mod blocks;
mod fermion_modes;
mod fermions;
mod infinite;
mod parity;
mod splitting;
mod symmetry;
mod tfim;
mod tfim_row;
mod xxz;

pub use fermion_modes::{FermionModes, FermionState};
pub use infinite::InfiniteTfim;
pub use tfim::TfimChain;
pub(in crate::systems) use tfim_row::ROW as TFIM;
pub(in crate::systems) use xxz::ROW as XXZ;
pub use xxz::XxzChain;

use crate::model::SystemError;

/// Differences of energy below this share of the coupling, times the number of sites or its root, are rounding.
///
/// Eigenvalues of the blocks scatter by some 10^-15 of the norm of the Hamiltonian, which is at most the number of sites times the
/// coupling. No temperature above 10^-12 of the coupling sees a difference, and at T = 0 a multiplet is counted whole.
const RESOLUTION: f64 = 1e-13;

/// Largest parameter in size: squares of energies must not overflow.
const LARGEST: f64 = 1e100;

fn checked(system: &'static str, name: &'static str, value: f64) -> Result<f64, SystemError> {
    if value.abs() <= LARGEST {
        return Ok(value + 0.0);
    }
    Err(SystemError::parameter(system, name, "a finite number of at most 1e100 in size", value))
}

fn require_sites(system: &'static str, n: u32, most: u32, expected: &'static str) -> Result<(), SystemError> {
    if (2..=most).contains(&n) {
        return Ok(());
    }
    Err(SystemError::parameter(system, "n", expected, n))
}
