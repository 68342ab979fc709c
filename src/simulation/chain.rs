//! One chain, or one stream of independent draws, of a length that is fixed beforehand, without a verdict on its start.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::estimates::{JACKKNIFE_BLOCKS, or_constant, or_zero};
use super::{Changes, Observables, SimulationError};
use crate::estimators::{Estimate, Series};
use crate::rng::{SavedRng, TaskRng};
use crate::samplers::{RestoreError, Resume, Sampler, Schedule};

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
    let mut recorded = Recorded::new(observables.n_columns());
    recorded.advance(sampler, schedule, observables, u64::MAX, rng)?;
    recorded.chain()
}

/// What is recorded so far.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Recorded {
    /// Sweeps, those before the first observation included.
    sweeps: u64,
    series: Series,
    previous: Option<f64>,
    /// Changes of the energy from one observed sweep to the next; the first counts as one.
    changes: u64,
}

impl Recorded {
    fn new(n_columns: usize) -> Self {
        Self { sweeps: 0, series: Series::new(n_columns), previous: None, changes: 0 }
    }

    /// At most `most` sweeps more of `schedule`; whether it has ended.
    fn advance<S: Sampler, R: Rng + ?Sized>(
        &mut self,
        sampler: &mut S,
        schedule: Schedule,
        observables: &Observables<'_, S::State>,
        most: u64,
        rng: &mut R,
    ) -> Result<bool, SimulationError> {
        let mut values = vec![0.0; observables.n_columns()];
        let last = schedule.thermalization + schedule.sweeps;
        for _ in 0..most.min(last - self.sweeps) {
            sampler.advance(rng);
            self.sweeps += 1;
            if self.sweeps > schedule.thermalization {
                observables.record(sampler.energy(), sampler.state(), &mut values);
                self.changes += u64::from(Some(values[0]) != self.previous);
                self.previous = Some(values[0]);
                self.series.push(&values)?;
            }
        }
        Ok(self.sweeps == last)
    }

    fn chain(&self) -> Result<Chain, SimulationError> {
        let series = &self.series;
        let means = (1..series.n_observables()).map(|column| or_constant(series.mean(column)));
        Ok(Chain {
            energy: or_constant(series.mean(0))?,
            variance: or_zero(series.variance(0, JACKKNIFE_BLOCKS))?,
            means: means.collect::<Result<_, _>>()?,
            resolved: self.changes > Changes::ENOUGH,
        })
    }
}

/// A chain, or a stream of independent draws, that can be stored in the middle and goes on from there bit for bit.
///
/// # Examples
///
/// ```
/// use gibbs::ensemble::{Canonical, Spectrum};
/// use gibbs::rng::Seed;
/// use gibbs::samplers::{Alias, Schedule};
/// use gibbs::simulation::{ChainRun, Observables};
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (levels, energies) = (Spectrum::new(vec![0.0, 1.0])?, Observables::new());
/// let draws = Alias::new(&Canonical::new(&levels, Beta::new(1.0)?));
/// let start = || ChainRun::new(draws.clone(), Schedule { thermalization: 0, sweeps: 1000 }, &energies, Seed(1).set_up());
/// let mut run = start();
/// assert!(!run.advance(600)?);
/// let stored = serde_json::to_string(&run.save())?;
/// let mut other = start();
/// other.restore(serde_json::from_str(&stored)?)?;
/// assert!(run.advance(400)? && other.advance(400)?);
/// assert_eq!(run.measured()?.energy.value, other.measured()?.energy.value);
/// # Ok(())
/// # }
/// ```
pub struct ChainRun<'o, 'a, S: Sampler> {
    sampler: S,
    schedule: Schedule,
    observables: &'o Observables<'a, S::State>,
    rng: TaskRng,
    recorded: Recorded,
}

/// Where a [`ChainRun`] stands: sampler `T`, generator and records.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedChain<T> {
    sampler: String,
    schedule: (u64, u64),
    state: T,
    rng: SavedRng,
    recorded: Recorded,
}

impl<S: Sampler> std::fmt::Debug for ChainRun<'_, '_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChainRun")
            .field("schedule", &self.schedule)
            .field("recorded", &self.recorded)
            .finish_non_exhaustive()
    }
}

impl<'o, 'a, S: Resume> ChainRun<'o, 'a, S> {
    /// A run of `sampler` by `schedule` before its first sweep.
    #[must_use]
    pub fn new(sampler: S, schedule: Schedule, observables: &'o Observables<'a, S::State>, rng: TaskRng) -> Self {
        Self { sampler, schedule, observables, rng, recorded: Recorded::new(observables.n_columns()) }
    }

    /// At most `most` sweeps or draws more; whether the schedule has ended.
    ///
    /// # Errors
    ///
    /// A value that is no finite number.
    pub fn advance(&mut self, most: u64) -> Result<bool, SimulationError> {
        self.recorded.advance(&mut self.sampler, self.schedule, self.observables, most, &mut self.rng)
    }

    /// What was measured so far.
    ///
    /// # Errors
    ///
    /// The series is too short for its autocorrelation time.
    pub fn measured(&self) -> Result<Chain, SimulationError> {
        self.recorded.chain()
    }

    /// Where the run stands.
    pub fn save(&self) -> SavedChain<S::Saved> {
        SavedChain {
            sampler: S::NAME.to_owned(),
            schedule: (self.schedule.thermalization, self.schedule.sweeps),
            state: self.sampler.save(),
            rng: SavedRng::of(&self.rng),
            recorded: self.recorded.clone(),
        }
    }

    /// Puts a run that was just started where a run started alike was saved.
    ///
    /// # Errors
    ///
    /// What another sampler, another schedule, other observables or another model stored.
    pub fn restore(&mut self, saved: SavedChain<S::Saved>) -> Result<(), RestoreError> {
        let Schedule { thermalization, sweeps } = self.schedule;
        RestoreError::unless_same(S::NAME, &saved.sampler)?;
        RestoreError::unless_equal("sweeps of thermalization", thermalization as usize, saved.schedule.0 as usize)?;
        RestoreError::unless_equal("measured sweeps", sweeps as usize, saved.schedule.1 as usize)?;
        let n_columns = self.observables.n_columns();
        RestoreError::unless_equal("columns", n_columns, saved.recorded.series.n_observables())?;
        if saved.recorded.sweeps > thermalization + sweeps {
            return Err(RestoreError::State);
        }
        self.sampler.restore(saved.state)?;
        (self.rng, self.recorded) = (saved.rng.rng(), saved.recorded);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::rng::Seed;
    use crate::samplers::{HeatBath, Metropolis};
    use crate::systems::{ClassicalPower, Filling, IdealGas, Ising, Maxwell, PowerWell};
    use crate::units::Beta;

    const SCHEDULE: Schedule = Schedule { thermalization: 50, sweeps: 3000 };

    fn goes_on_from_a_file<S: Resume>(make: impl Fn(&mut TaskRng) -> S) {
        let energies = Observables::new();
        let start = || {
            let mut rng = Seed(6).set_up();
            ChainRun::new(make(&mut rng), SCHEDULE, &energies, rng)
        };
        let (mut whole, mut broken) = (start(), start());
        assert!(whole.advance(u64::MAX).unwrap());
        while !broken.advance(37).unwrap() {
            let text = serde_json::to_string(&broken.save()).unwrap();
            broken = start();
            broken.restore(serde_json::from_str(&text).unwrap()).unwrap();
        }
        assert_eq!(serde_json::to_string(&whole.recorded).unwrap(), serde_json::to_string(&broken.recorded).unwrap());
        let (a, b) = (whole.measured().unwrap(), broken.measured().unwrap());
        assert_eq!((a.energy.value, a.energy.std_error), (b.energy.value, b.energy.std_error));
    }

    #[test]
    fn draws_and_chains_go_on_from_a_file() {
        let beta = Beta::new(0.5).unwrap();
        let well = ClassicalPower::new(4.0, 1.0).unwrap();
        goes_on_from_a_file(|_| PowerWell::new(well, beta).unwrap());
        goes_on_from_a_file(|rng| Metropolis::new(&well, beta, well.initial_state(rng)));
        let gas = IdealGas::new(40.0, 3, Filling::Pressure(1e5)).unwrap();
        goes_on_from_a_file(|_| Maxwell::new(gas, Beta::new(1.0 / 300.0).unwrap()).unwrap());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let beta = Beta::new(0.5).unwrap();
        let rings = [8, 9].map(|n| Ising::ring(n, 1.0, 0.0).unwrap());
        let energies = Observables::new();
        let run = |ring, sweeps| {
            let schedule = Schedule { sweeps, ..SCHEDULE };
            let state = Ising::initial_state(ring, &mut Seed(1).set_up());
            ChainRun::new(HeatBath::new(ring, beta, state), schedule, &energies, Seed(1).set_up())
        };
        let saved = || run(&rings[0], 100).save();
        assert_eq!(run(&rings[1], 100).restore(saved()), Err(RestoreError::State));
        let other = RestoreError::Number { what: "measured sweeps", expected: 200, found: 100 };
        assert_eq!(run(&rings[0], 200).restore(saved()), Err(other));
        assert_eq!(run(&rings[0], 100).restore(saved()), Ok(()));
    }
}
