//! Temperature and inverse temperature as distinct types, in units where k_B = 1; units of energy, and constants of the SI.

pub mod constants;
mod energy;
mod error;
mod temperature;

pub use energy::{Dimension, EnergyUnit};
pub use error::UnitsError;
pub use temperature::{Beta, Temperature};

/// Nats to bits: divides by ln 2. Entropies are nats everywhere inside; only reports convert.
#[must_use]
pub fn bits(nats: f64) -> f64 {
    nats / std::f64::consts::LN_2
}
