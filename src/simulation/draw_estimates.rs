//! What independent draws, or a single chain, leave behind.

use super::estimates::{JACKKNIFE_BLOCKS, heat_capacity, or_constant, or_zero};
use super::{Chain, DEFAULT_PARTICLES, Observable, SimulationError};
use crate::estimators::{Estimate, RESOLVED, Series};
use crate::rng::TaskRng;
use crate::samplers::{Quenched, Sampler, Schedule, run};
use crate::units::Beta;

/// Default number of parts of a system to be drawn, and the least number of draws they are divided into.
const MOST_PARTS: u64 = 100_000_000;
const LEAST_DRAWS: u64 = 1_000;

/// Default number of draws of `n` parts each: a million, fewer where a draw costs more.
#[must_use]
pub fn affordable_draws(n: u64) -> u64 {
    (MOST_PARTS / n.max(1)).clamp(LEAST_DRAWS, DEFAULT_PARTICLES)
}

/// What independent draws or a single chain leave behind.
#[derive(Clone, Debug)]
pub struct DrawEstimates {
    /// U.
    pub energy: Estimate,
    /// C.
    pub heat_capacity: Estimate,
    /// Further observables with their exact means.
    pub others: Vec<(Observable, Estimate, f64)>,
    /// Whether enough events were seen for errors to be meant.
    pub resolved: bool,
}

impl DrawEstimates {
    /// Of a chain at `beta`.
    #[must_use]
    pub fn of_chain(chain: &Chain, beta: Beta) -> Self {
        let heat_capacity = heat_capacity(chain.variance, beta);
        Self { energy: chain.energy, heat_capacity, others: Vec::new(), resolved: chain.resolved }
    }

    /// Of `n` draws of a sampler whose energies also spread for a reason that no bath provides: C is a mean of its own.
    ///
    /// # Errors
    ///
    /// The series supports no estimate.
    pub fn of_quenched<S: Quenched>(sampler: &mut S, n: u64, rng: &mut TaskRng) -> Result<Self, SimulationError> {
        let mut events = 0;
        let series = record(sampler, n, rng, |sampler| {
            events += u64::from(sampler.heat_capacity() > 0.0);
            [sampler.energy(), sampler.heat_capacity()]
        })?;
        let [energy, heat_capacity] = [0, 1].map(|k| or_constant(series.mean(k)));
        Ok(Self { energy: energy?, heat_capacity: heat_capacity?, others: Vec::new(), resolved: events > RESOLVED })
    }

    /// Of a series whose column 0 is the energy counted from the exact U, which leaves it its digits where it hardly spreads;
    /// `events` of the draws were not a mere vacuum.
    ///
    /// # Errors
    ///
    /// The series supports no estimate.
    pub fn about(
        series: &Series,
        exact_energy: f64,
        beta: Beta,
        others: Vec<(Observable, Estimate, f64)>,
        events: u64,
    ) -> Result<Self, SimulationError> {
        let variance = or_zero(series.variance(0, JACKKNIFE_BLOCKS))?;
        Ok(Self {
            energy: or_constant(series.mean(0))?.shifted(exact_energy),
            heat_capacity: heat_capacity(variance, beta),
            others,
            resolved: events > RESOLVED,
        })
    }
}

/// What `observe` sees in `n` draws.
///
/// # Errors
///
/// A value that is no finite number.
pub fn record<S: Sampler, const K: usize>(
    sampler: &mut S,
    n: u64,
    rng: &mut TaskRng,
    mut observe: impl FnMut(&S) -> [f64; K],
) -> Result<Series, SimulationError> {
    let (mut series, mut refused) = (Series::new(K), None);
    run(sampler, Schedule { thermalization: 0, sweeps: n }, rng, |sampler| {
        refused = refused.take().or(series.push(&observe(sampler)).err());
    });
    refused.map_or(Ok(series), |error| Err(error.into()))
}
