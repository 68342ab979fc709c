//! One question per file: a configuration and a seed in, rows out; no files, no printing.

pub mod audit;
pub mod canonical_tests;
pub mod compare;
pub mod dynamics;
mod error;
pub mod exact;
pub mod finite_size;
pub mod glow;
pub mod random_energy;
mod tick;
pub mod verify;

pub use crate::samplers::check_environment;
pub use error::ExperimentError;
pub use tick::Tick;
