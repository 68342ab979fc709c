//! What else there is to say about a run, as numbers.

use super::{Observable, SamplerName};
use crate::units::Temperature;

/// Something that happened in a run.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Note {
    /// What replica exchange did.
    Exchange {
        /// Number of temperatures.
        n_temperatures: usize,
        /// The coldest temperature.
        coldest: Temperature,
        /// The hottest temperature.
        hottest: Temperature,
        /// The least and the largest share of accepted exchanges of two neighbours.
        acceptance: (f64, f64),
        /// Ways from the coldest to the hottest temperature and back, of all replicas.
        round_trips: u64,
        /// Sweeps of thermalization.
        thermalization: u64,
    },
    /// What the walkers of a flat histogram did.
    FlatHistogram {
        /// Number of walkers.
        n_walkers: u16,
        /// Number of energies that were visited.
        n_energies: usize,
        /// Ways from the lowest to the highest energy and back, of all walkers.
        round_trips: u64,
    },
    /// The samples of a curve do not reach infinite temperature, where ln Z is known: it has no S and F.
    NoAbsoluteEntropy {
        /// The hottest temperature that was sampled.
        hottest: Temperature,
    },
    /// The number of states is not known, so the curve has no S and F.
    UnknownStates,
    /// All replicas started from one configuration, so different starts could not be compared.
    SameStart,
}

/// Observables of a system that a method does not give: it knows states by their energies alone.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOut {
    /// The method.
    pub sampler: SamplerName,
    /// What it does not give, never empty.
    pub observables: Vec<Observable>,
}
