//! How a system is sampled: sampler, length, replicas, and what is made of the samples.

use super::{Control, RunLength, SamplerName};
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
    /// Sweeps of each replica, thrown away or measured, at most; `None` for the default of [`RunLength::new`].
    pub limit: Option<u64>,
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
    /// Tells how far the run is, and asks it to end.
    pub control: Control,
}

impl Settings {
    /// The length of chains of a system of `n_sites` sites.
    pub(super) fn length(&self, n_sites: f64) -> RunLength {
        let (sweeps, error) = match self.budget {
            Some(Budget::Sweeps(sweeps)) => (sweeps, None),
            Some(Budget::Error(error)) => (DEFAULT_SWEEPS, Some(error)),
            Some(Budget::Particles(_)) | None => (DEFAULT_SWEEPS, None),
        };
        let default = RunLength { error, ..RunLength::new(sweeps, self.replicas, n_sites) };
        RunLength { limit: self.limit.unwrap_or(default.limit), ..default }
    }
}

impl Default for Settings {
    /// `auto`, the default budgets, two replicas, totals, no curve.
    fn default() -> Self {
        Self {
            sampler: SamplerName::Auto,
            budget: None,
            limit: None,
            replicas: 2,
            ladder: LadderRule::EqualAcceptance,
            curve: Vec::new(),
            per_site: false,
            start: None,
            snapshots: 0,
            control: Control::default(),
        }
    }
}
