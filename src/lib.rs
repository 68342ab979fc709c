//! A laboratory for the canonical ensemble.

pub mod ensemble;
pub mod estimators;
pub mod experiments;
#[cfg(feature = "llm")]
pub mod language;
pub mod numerics;
pub mod report;
pub mod rng;
pub mod samplers;
pub mod systems;
pub mod units;
