//! One chain, or one stream of independent draws, of a length that is fixed beforehand, without a verdict on its start.

use rand::Rng;

use super::estimates::{JACKKNIFE_BLOCKS, or_constant, or_zero};
use super::{Observables, SimulationError};
use crate::estimators::{Estimate, RESOLVED, Series};
use crate::samplers::{Sampler, Schedule, run};

/// A chain measured sweep by sweep, in bounded memory.
#[derive(Clone, Debug)]
pub struct Chain {
    /// U.
    pub energy: Estimate,
    /// Var(E).
    pub variance: Estimate,
    /// Means of the columns after the energy, in their order, `[n_columns - 1]`.
    pub means: Vec<Estimate>,
    /// Whether the energy changed often enough for errors to be quoted.
    pub resolved: bool,
}

/// Runs `sampler` by `schedule` and measures `observables`.
///
/// # Errors
///
/// The series is too short for its autocorrelation time.
///
/// # Examples
///
/// ```
/// use gibbs::model::{Exact, Model};
/// use gibbs::rng::Seed;
/// use gibbs::samplers::{Metropolis, Schedule};
/// use gibbs::simulation::{Observables, measure_chain};
/// use gibbs::systems::Ising;
/// use gibbs::units::Temperature;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (ring, mut rng) = (Ising::ring(8, 1.0, 0.0)?, Seed(1).set_up());
/// let beta = Temperature::new(2.0)?.beta();
/// let mut chain = Metropolis::new(&ring, beta, ring.initial_state(&mut rng));
/// let measured = measure_chain(&mut chain, Schedule { thermalization: 100, sweeps: 10_000 }, &Observables::new(), &mut rng)?;
/// assert!(measured.energy.z_score(ring.thermo(beta)?.energy).abs() < 4.5);
/// # Ok(())
/// # }
/// ```
pub fn measure_chain<S: Sampler, R: Rng + ?Sized>(
    sampler: &mut S,
    schedule: Schedule,
    observables: &Observables<'_, S::State>,
    rng: &mut R,
) -> Result<Chain, SimulationError> {
    let (mut series, mut values) = (Series::new(observables.n_columns()), vec![0.0; observables.n_columns()]);
    let (mut previous, mut changes, mut refused) = (f64::NAN, 0u64, None);
    run(sampler, schedule, rng, |sampler| {
        observables.record(sampler.energy(), sampler.state(), &mut values);
        changes += u64::from(values[0] != previous);
        previous = values[0];
        refused = refused.take().or(series.push(&values).err());
    });
    if let Some(error) = refused {
        return Err(error.into());
    }
    let means = (1..observables.n_columns()).map(|column| or_constant(series.mean(column)));
    Ok(Chain {
        energy: or_constant(series.mean(0))?,
        variance: or_zero(series.variance(0, JACKKNIFE_BLOCKS))?,
        means: means.collect::<Result<_, _>>()?,
        // An excursion is two changes.
        resolved: changes > 2 * RESOLVED,
    })
}
