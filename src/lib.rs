//! A laboratory for the canonical ensemble.

pub mod ensemble;
pub mod numerics;
pub mod rng;
pub mod samplers;
pub mod systems;
pub mod units;
