//! Physical systems: one per file, with its Hamiltonian, its exact answer and the samplers that are its own.

#[macro_use]
mod system;

pub mod catalogue;
mod description;
mod error;
mod files;
mod fluid;
mod lattice;
mod levels;
mod merging;
mod parameters;
mod quantum;
pub mod radiation;
mod read_error;
mod unbounded_spectrum;

pub use description::ParameterDescription;
pub use error::CatalogueError;
pub use fluid::*;
pub use lattice::*;
pub use levels::*;
pub use quantum::*;
pub use radiation::{Cavity, PhotonGas, Photons, Radiation};
pub use read_error::ReadError;
pub use system::{Description, PhysicalSystem, System};
