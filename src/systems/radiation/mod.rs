//! Black-body radiation: Planck's law, the photon gas in a cavity, and the colours that an eye sees.

mod cavity;
pub mod colour;
mod colour_temperature;
mod photon_gas;
mod photons;
pub mod planck;
mod poisson;

pub use cavity::{Cavity, Radiation};
pub use colour_temperature::CorrelatedTemperature;
pub use photon_gas::PhotonGas;
pub use photons::Photons;
