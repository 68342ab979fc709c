//! What is seen of particles that have positions.

use crate::estimators::Estimate;
use crate::units::Temperature;

/// A shell of distance around a particle.
#[derive(Clone, Copy, Debug)]
pub struct Shell {
    /// Smallest distance.
    pub low: f64,
    /// Largest distance.
    pub high: f64,
    /// g(r): density of other particles there over the mean density.
    pub g: Estimate,
}

/// The radial distribution function of one temperature.
#[derive(Clone, Debug)]
pub struct Radial {
    /// Temperature.
    pub temperature: Temperature,
    /// Its shells, from the innermost that is ever occupied.
    pub shells: Vec<Shell>,
}

/// A configuration of particles seen on the way.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Temperature.
    pub temperature: Temperature,
    /// Its energy.
    pub energy: f64,
    /// Side of the periodic cube.
    pub side: f64,
    /// Positions, `[n]`.
    pub positions: Vec<[f64; 3]>,
}
