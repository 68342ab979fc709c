//! One question per file: a configuration and a seed in, rows out; no files, no printing.

#[doc(hidden)]
pub mod audit;
#[doc(hidden)]
pub mod canonical_tests;
#[doc(hidden)]
pub mod compare;
pub mod dynamics;
mod error;
#[doc(hidden)]
pub mod exact;
pub mod finite_size;
pub mod glow;
#[doc(hidden)]
pub mod random_energy;
#[doc(hidden)]
pub mod sequences;
mod tick;
#[doc(hidden)]
pub mod verify;

pub use crate::samplers::check_environment;
pub use error::ExperimentError;
pub use tick::Tick;
