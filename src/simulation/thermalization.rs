//! When measuring may begin: stretches of doubling length are thrown away until the last one shows no memory of the start.

use serde::{Deserialize, Serialize};

use super::recorder::Recorder;
use super::unsettled::Unsettled;
use super::{SimulationError, Start};
use crate::estimators::{EstimatorError, Thermalization, thermalization};

/// Shortest stretch that is judged.
const FIRST_STRETCH: u64 = 200;
/// Thermalization may take this many times the measured sweeps.
const PATIENCE: u64 = 4;
/// Factor of the advice when they do not suffice: this many times the requested sweeps, or the sweeps needed by a series
/// that was too short.
const LONGER: u64 = 4;

/// How long is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunLength {
    /// Measured sweeps of each replica.
    pub sweeps: u64,
    /// Number of replicas.
    pub replicas: u16,
}

/// The part of a run that is thrown away: its present stretch and all sweeps so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settling {
    measured: u64,
    stretch: u64,
    total: u64,
}

impl Settling {
    /// Before `measured` measured sweeps.
    pub fn before(measured: u64) -> Self {
        Self { measured, stretch: FIRST_STRETCH.min(measured), total: 0 }
    }

    /// Sweeps of the present stretch.
    pub fn stretch(self) -> u64 {
        self.stretch
    }

    /// Judges the present stretch by what each replica (in the order of [`Start::of`]) of each temperature did in it. The number of
    /// sweeps thrown away, if nothing shows the start any more; otherwise the next stretch has begun.
    ///
    /// # Errors
    ///
    /// The replicas have not forgotten their starts within [`PATIENCE`] times the measured sweeps.
    pub fn judge(&mut self, temperatures: &[Vec<&Recorder>]) -> Result<Option<u64>, SimulationError> {
        self.total += self.stretch;
        let unsettled = temperatures.iter().map(|replicas| unsettled(replicas)).collect::<Result<Vec<_>, _>>()?;
        let Some(unsettled) = unsettled.into_iter().flatten().max_by_key(|unsettled| unsettled.needed()) else {
            return Ok(Some(self.total));
        };
        if self.total >= PATIENCE * self.measured {
            let needed = LONGER * unsettled.needed().max(self.measured);
            return Err(SimulationError::NotThermalized { sweeps: self.total, reason: unsettled, needed });
        }
        self.stretch = self.total;
        Ok(None)
    }
}

/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phase {
    /// Forgetting its starts.
    Settling(Settling),
    /// Measuring, after so many sweeps of thermalization.
    Measuring(u64),
}

impl Phase {
    /// Sweeps of the present stretch of a run of `measured` measured sweeps.
    pub fn sweeps(self, measured: u64) -> u64 {
        match self {
            Self::Settling(settling) => settling.stretch,
            Self::Measuring(_) => measured,
        }
    }
}

/// What still shows the start in the energies of the replicas of one temperature, if anything does.
fn unsettled(replicas: &[&Recorder]) -> Result<Option<Unsettled>, SimulationError> {
    let of = |start| {
        let chosen = (0u16..).zip(replicas).filter(move |(replica, _)| Start::of(*replica) == start);
        chosen.map(|(_, record)| record.energy_bins()).collect::<Result<Vec<_>, _>>()
    };
    let (ordered, disordered) = (of(Start::Ordered)?, of(Start::Disordered)?);
    let ordered: Vec<&[f64]> = ordered.iter().map(Vec::as_slice).collect();
    let disordered: Vec<&[f64]> = disordered.iter().map(Vec::as_slice).collect();
    Ok(match thermalization(&ordered, &disordered) {
        Ok(Thermalization::Thermalized { .. }) => None,
        // Frozen in the same state: nothing moves, and nothing is left of two different starts.
        Err(EstimatorError::ConstantSeries { .. }) => None,
        Ok(Thermalization::StillDrifting { what, z }) => Some(Unsettled::Drifting { what, z }),
        Ok(Thermalization::TooShort { needed }) => Some(Unsettled::TooShort { needed }),
        Err(other) => return Err(other.into()),
    })
}
