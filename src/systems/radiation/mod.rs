//! Black-body radiation: Planck's law, the photon gas in a cavity, and the colours that an eye sees.

pub mod colour;
mod colour_temperature;
pub(super) mod photon_gas;
pub mod planck;

pub use colour_temperature::CorrelatedTemperature;
pub use photon_gas::{Cavity, PhotonGas, Photons, Radiation};
