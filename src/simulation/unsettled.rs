//! Why a run is not in equilibrium.

use std::fmt;

use crate::estimators::Drift;

/// What still shows the start, or hides whether it shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unsettled {
    /// Means that differ.
    Drifting {
        /// Which means.
        what: Drift,
        /// By how many standard errors; infinite where the energies do not change.
        z: f64,
    },
    /// A series too short for its autocorrelations.
    TooShort {
        /// Sweeps that they need, at least.
        needed: usize,
    },
}

impl Unsettled {
    /// Sweeps that the autocorrelations need, from a series too short to tell; 0 where they are known.
    pub(super) fn needed(self) -> u64 {
        match self {
            Self::Drifting { .. } => 0,
            Self::TooShort { needed } => needed as u64,
        }
    }
}

/// In words.
impl fmt::Display for Unsettled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, z) = match self {
            Self::TooShort { needed } => return write!(f, "autocorrelations need at least {needed} sweeps"),
            Self::Drifting { what, z } => (what, z),
        };
        let what = match what {
            Drift::Halves => "halves",
            Drift::Starts => "starts",
            Drift::Replicas => "replicas",
        };
        if z.is_finite() {
            write!(f, "the {what} differ by {z:.1} standard errors")
        } else {
            write!(f, "the {what} differ and the energies do not change")
        }
    }
}
