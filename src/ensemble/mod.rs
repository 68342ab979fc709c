//! The canonical ensemble of a system with listed levels: the one place where Boltzmann weights are computed.

mod canonical;
mod curve;
mod portion;
mod spectrum;
mod thermo;
mod weight;

pub use canonical::Canonical;
pub use curve::curve;
pub(crate) use portion::Portion;
pub use spectrum::{Spectrum, SpectrumError};
pub use thermo::{Thermo, ThermoPerSite};
pub(crate) use weight::boltzmann_weight;
