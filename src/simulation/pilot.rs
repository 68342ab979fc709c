//! The pilot run of replica exchange: how much the energy fluctuates from the coldest to the hottest temperature.

use serde::{Deserialize, Serialize};

use crate::estimators::Moments;
use crate::samplers::{PilotPoint, Replica, RestoreError, Resume, SavedTempering, Tempering};

/// Exchanged chains that run for some sweeps unobserved and for as many observed.
pub(super) struct Pilot<S> {
    chains: Tempering<S>,
    /// Sweeps of either half.
    half: u64,
    done: u64,
    /// Of the energies, `[n_rungs]`.
    moments: Vec<Moments>,
}

/// The state of a pilot run between two sweeps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SavedPilot<T> {
    chains: SavedTempering<T>,
    half: u64,
    done: u64,
    moments: Vec<Moments>,
}

impl<S: Replica + Resume<State: Sized> + Send> Pilot<S> {
    /// A run of `chains` for twice `half` sweeps.
    pub fn new(chains: Tempering<S>, half: u64) -> Self {
        let moments = vec![Moments::default(); chains.len()];
        Self { chains, half, done: 0, moments }
    }

    /// Sweeps that are still to be made.
    pub fn remaining(&self) -> u64 {
        2 * self.half - self.done
    }

    /// At most `most` sweeps; whether the run has ended.
    pub fn advance(&mut self, most: u64) -> bool {
        for _ in 0..most.min(self.remaining()) {
            self.chains.advance();
            self.done += 1;
            if self.done > self.half {
                self.moments.iter_mut().zip(self.chains.chains()).for_each(|(m, chain)| m.push(chain.energy()));
            }
        }
        self.done == 2 * self.half
    }

    /// Var(E) at each temperature.
    pub fn points(&self) -> Vec<PilotPoint> {
        let point = |(chain, moments): (&S, &Moments)| PilotPoint {
            beta: chain.beta(),
            variance: moments.variance().unwrap_or(0.0),
        };
        self.chains.chains().iter().zip(&self.moments).map(point).collect()
    }

    /// The state of the run.
    pub fn save(&self) -> SavedPilot<S::Saved> {
        SavedPilot { chains: self.chains.save(), half: self.half, done: self.done, moments: self.moments.clone() }
    }

    /// Puts a run that was just started where a run started alike was saved.
    ///
    /// # Errors
    ///
    /// Another length or number of chains; a state of another model.
    pub fn restore(&mut self, saved: SavedPilot<S::Saved>) -> Result<(), RestoreError> {
        RestoreError::unless_equal("sweeps of a pilot run", 2 * self.half as usize, 2 * saved.half as usize)?;
        RestoreError::unless_equal("chains", self.moments.len(), saved.moments.len())?;
        if saved.done > 2 * self.half {
            return Err(RestoreError::Number { what: "sweeps", expected: 2 * self.half, found: saved.done });
        }
        self.chains.restore(saved.chains)?;
        (self.done, self.moments) = (saved.done, saved.moments);
        Ok(())
    }
}
