//! How a system is sampled: sampler, length, replicas, and what is made of the samples.

use super::SamplerName;
use crate::samplers::LadderRule;
use crate::units::Temperature;

/// How much to sample at each temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// Independent particles.
    Particles(u64),
    /// Measured sweeps of each replica.
    Sweeps(u64),
    /// As much as brings the standard error of the mean energy down to this.
    Error(f64),
}

/// Default number of particles of a direct sampler.
pub const DEFAULT_PARTICLES: u64 = 1_000_000;
/// Default number of sweeps of each replica.
pub const DEFAULT_SWEEPS: u64 = 10_000;

/// How a system is sampled.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The sampler.
    pub sampler: SamplerName,
    /// How much; `None` for the defaults.
    pub budget: Option<Budget>,
    /// Number of independent chains at each temperature; they start alternately ordered and disordered, so that one alone cannot tell
    /// whether it forgot its start.
    pub replicas: u16,
    /// Spacing of the temperatures of replica exchange.
    pub ladder: LadderRule,
    /// Temperatures that the samples are also reweighted to.
    pub curve: Vec<Temperature>,
    /// Whether values are divided by the number of sites.
    pub per_site: bool,
    /// Positions that the particles of a fluid start from, `[n]`; else a lattice and its melt.
    pub start: Option<Vec<[f64; 3]>>,
    /// Snapshots of a fluid that each replica takes at each temperature.
    pub snapshots: u64,
}

impl Default for Settings {
    /// `auto`, the default budgets, two replicas, totals, no curve.
    fn default() -> Self {
        Self {
            sampler: SamplerName::Auto,
            budget: None,
            replicas: 2,
            ladder: LadderRule::EqualAcceptance,
            curve: Vec::new(),
            per_site: false,
            start: None,
            snapshots: 0,
        }
    }
}
