//! Samplers by the names of the command line.

use std::str::FromStr;

use super::{Setting, SimulationError};

/// A sampler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SamplerName {
    /// Chosen by system and temperature.
    Auto,
    /// Independent draws.
    Direct,
    /// Metropolis moves of single spins or coordinates.
    Metropolis,
    /// Single spins drawn afresh in the field of their neighbours.
    HeatBath,
    /// Heat-bath sweeps mixed with reflections that keep the energy.
    OverRelaxation,
    /// Wolff's single cluster.
    Wolff,
    /// Swendsen and Wang's clusters everywhere.
    SwendsenWang,
    /// Sweeps of single spins and clusters in turn.
    Mixed,
    /// Replica exchange between temperatures.
    Tempering,
    /// Wang–Landau's density of states, then a multicanonical run: all temperatures at once.
    WangLandau,
    /// Weights that are flat between two phases.
    Multicanonical,
    /// Reweighted from samples at other temperatures; never asked for by name.
    Mbar,
    /// A sampler of the user's own.
    Other(&'static str),
}

impl SamplerName {
    const ALL: [Self; 11] = [
        Self::Auto,
        Self::Direct,
        Self::Metropolis,
        Self::HeatBath,
        Self::OverRelaxation,
        Self::Wolff,
        Self::SwendsenWang,
        Self::Mixed,
        Self::Tempering,
        Self::WangLandau,
        Self::Multicanonical,
    ];

    /// The name on the command line and in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Direct => "direct",
            Self::Metropolis => "metropolis",
            Self::HeatBath => "heat-bath",
            Self::OverRelaxation => "over-relaxation",
            Self::Wolff => "wolff",
            Self::SwendsenWang => "swendsen-wang",
            Self::Mixed => "mixed",
            Self::Tempering => "tempering",
            Self::WangLandau => "wang-landau",
            Self::Multicanonical => "multicanonical",
            Self::Mbar => "mbar",
            Self::Other(name) => name,
        }
    }
}

/// A sampler with the reason it was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The sampler.
    pub sampler: SamplerName,
    /// Why; empty where it was asked for by name.
    pub why: &'static str,
}

impl FromStr for SamplerName {
    type Err = SimulationError;

    fn from_str(name: &str) -> Result<Self, SimulationError> {
        Self::ALL.into_iter().find(|sampler| sampler.name() == name).ok_or_else(|| SimulationError::Setting {
            setting: Setting::Sampler,
            expected: "auto, direct, metropolis, heat-bath, over-relaxation, wolff, swendsen-wang, mixed, \
                       tempering, wang-landau or multicanonical",
            value: format!("`{name}`"),
        })
    }
}
