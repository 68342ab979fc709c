//! Why a run is not in equilibrium.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::estimators::Drift;

/// What still shows the start, or hides whether it shows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Unsettled {
    /// Means that differ.
    Drifting {
        /// Which means.
        what: Drift,
        /// By how many standard errors; `None` where the values do not change.
        z: Option<f64>,
    },
    /// A series too short for its autocorrelations.
    TooShort {
        /// Sweeps that they need, at least.
        needed: usize,
    },
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
        match z {
            Some(z) => write!(f, "the {what} differ by {z:.1} standard errors"),
            None => write!(f, "the {what} differ, and no value changes any more"),
        }
    }
}
