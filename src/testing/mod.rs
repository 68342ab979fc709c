//! The tests that this crate gives its own systems, for anyone's own [`Model`] and [`Sampler`].
//!
//! A model whose states can be listed ([`Enumerable`]) needs one line, [`check_model`]; a sampler of such a model needs a
//! closure that starts it, [`check_sampler`]; a model of too many states gets what needs no list, [`check_unlisted`].
//! All return a [`Report`]; nothing is printed and nothing panics.
//!
//! | check | asks | control that must be rejected |
//! | --- | --- | --- |
//! | [`consistency`] | is `energy_change` the difference of `energy` | (no chance in it) |
//! | [`proposal_ratio`] | is `ln_proposal_ratio` what counting finds, there and back | ratio off by 1.5 |
//! | [`running_energy`] | does the chain know the energy of its state | (no chance in it) |
//! | [`reachability`] | is every state reached, at beta = 0 and at the hottest temperature | (no chance in it) |
//! | [`enumeration`] | are states visited by their Boltzmann weight | 1.05 beta |
//! | [`invariance`] | do exact draws stay exact under one sweep | 1.05 beta |
//! | [`slope`] | is ln P1(E)/P2(E) a line of slope beta2 - beta1 | 1.05 beta |
//! | [`coverage`] | are repeated runs right on average, and their error bars as long as they claim | 1.05 beta; errors halved |
//!
//! A check that does not reject its control is [`Verdict::Blind`] and does not pass: it had no power here (too little
//! heat capacity for the draws it may make). Mistakes that simulation codes have made, and what sees them:
//!
//! | mistake | seen by |
//! | --- | --- |
//! | clusters of parallel spins at J < 0 (every flip accepted) | enumeration, invariance, bias; slope |
//! | a wrap or shell of the lattice not mutual, a bond forgotten in `energy_change` | consistency, running energy |
//! | the same wrong lattice in `energy` and `energy_change` | nothing here: compare [`Listing::thermo`] with a closed form |
//! | energy per site in an accept or exchange rule | enumeration, invariance, slope, bias |
//! | sites in fixed order with certain acceptance of dE <= 0 | reachability, enumeration; invariance is blind to it |
//! | an even number of moves per sweep, parity kept at beta = 0 | reachability |
//! | uniform numbers of few bits, a floor under acceptance | enumeration, invariance, down to floors of about one in the number of draws; a floor of 2^-24 needs a test of the accept rule itself |
//! | an asymmetric proposal without its ratio | proposals, enumeration, invariance |
//! | rejected moves not counted as sweeps of the old state | enumeration, invariance, bias |
//! | a field with the wrong sign in a heat bath | enumeration, invariance |
//! | error bars that ignore correlation | coverage |
//! | signed in place of connected susceptibility | nothing here: it is no mistake of a sampler |
//!
//! # Examples
//!
//! ```
//! use gibbs::{rng::Seed, systems::Ising, testing, units::Temperature};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let ring = Ising::ring(4, 1.0, 0.0)?;
//! let report = testing::check_model(&ring, &[Temperature::new(2.0)?], Seed(1))?;
//! assert!(report.passed(), "{report}");
//! # Ok(())
//! # }
//! ```

mod chain;
mod coverage;
mod distribution;
mod listing;
mod memory;
mod moves;
mod report;
mod slope;

pub use chain::{reachability, running_energy};
pub use coverage::{RUNS, coverage};
pub use distribution::{enumeration, invariance};
pub use listing::{Listing, MAX_CELLS, MAX_STATES};
pub use moves::{consistency, proposal_ratio};
pub use report::{ALPHA, Check, Kind, Report, Verdict};
pub use slope::slope;

use thiserror::Error;

use crate::ensemble::SpectrumError;
use crate::estimators::EstimatorError;
use crate::model::{Enumerable, Model};
use crate::rng::{Seed, Stream, TaskRng, index};
use crate::samplers::{Metropolis, Sampler};
use crate::units::{Beta, Temperature};

/// Factor by which beta is misstated in the negative controls.
pub const CONTROL: f64 = 1.05;

/// Most draws that a check makes; where the control needs more, the check is blind.
pub const MAX_DRAWS: usize = 1 << 19;

/// The bound that numbers of draws are planned for; that of a report depends on its number of checks.
const TYPICAL_BOUND: f64 = 4.5;

/// A model or a question that cannot be tested.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum TestingError {
    /// No temperature.
    #[error("at least one temperature is needed, got none")]
    NoTemperature,
    /// A temperature at which a 5 % error changes nothing.
    #[error(
        "T = {0} cannot have a control at 1.05 beta; give finite temperatures other than 0 (beta = 0 is always tested)"
    )]
    Temperature(Temperature),
    /// A model too large to list.
    #[error("the model has more than {0} states; test a smaller one, or use check_unlisted")]
    TooManyStates(usize),
    /// A list with a state in two places.
    #[error("states {first} and {second} of the list are equal; list every state once")]
    ListedTwice { first: usize, second: usize },
    /// All states have one energy, at which every temperature is like any other.
    #[error("all states of the model have the energy {0}, so no temperature can be tested")]
    SingleLevel(f64),
    /// Energies that are no spectrum.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
    /// Checks that cannot be judged.
    #[error(transparent)]
    Estimator(#[from] EstimatorError),
}

/// Numbers of the streams of random numbers, one per question.
fn rng_of(seed: Seed, kind: Kind, point: usize) -> TaskRng {
    seed.stream(Stream::Testing { question: kind as u16, point: point as u32 }.id())
}

fn betas(temperatures: &[Temperature]) -> Result<Vec<Beta>, TestingError> {
    let bad = |t: &&Temperature| t.beta().get() == 0.0 || !t.beta().get().is_finite();
    match temperatures.iter().find(bad) {
        Some(&t) => Err(TestingError::Temperature(t)),
        None if temperatures.is_empty() => Err(TestingError::NoTemperature),
        None => Ok(temperatures.iter().map(|t| t.beta()).collect()),
    }
}

/// All checks of a model of few states and of its Metropolis chain at `temperatures`.
///
/// Choose temperatures where the heat capacity is not small and the chain not slow. Takes seconds in a release build.
///
/// # Errors
///
/// No temperature, one that is 0 or infinite, and whatever [`Listing::new`] refuses. A model that fails its checks is a
/// report, not an error.
pub fn check_model<M: Enumerable>(model: &M, temperatures: &[Temperature], seed: Seed) -> Result<Report, TestingError> {
    let betas = betas(temperatures)?;
    let listing = Listing::new(model)?;
    let mut rng = rng_of(seed, Kind::Consistency, 0);
    let start = model.initial_state(&mut rng);
    let mut checks = vec![consistency(model, start, |state| listing.position(state).is_some(), &mut rng)];
    let mut rng = rng_of(seed, Kind::Proposals, 0);
    let n = listing.states().len() as u64;
    let origins: Vec<M::State> = (0..24).map(|_| listing.states()[index(&mut rng, n) as usize].clone()).collect();
    checks.push(proposal_ratio(model, origins, &mut rng));
    let metropolis = |beta, state| Metropolis::new(model, beta, state);
    checks.extend(sampler_checks(&listing, metropolis, &betas, seed));
    Ok(Report::new(checks, ALPHA)?)
}

/// All checks of a sampler of a model of few states: `sampler` starts a chain at some beta from some state.
///
/// It is called with beta = 0, with the given temperatures, and with some higher ones.
///
/// # Errors
///
/// As [`check_model`].
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::systems::{Ising, SingleFlip};
/// use gibbs::testing;
/// use gibbs::units::Temperature;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ring = Ising::ring(4, 1.0, 0.3)?;
/// let heat_bath = |beta, state| SingleFlip::heat_bath(&ring, beta, state);
/// let report = testing::check_sampler(&ring, heat_bath, &[Temperature::new(2.0)?], Seed(1))?;
/// assert!(report.passed(), "{report}");
/// # Ok(())
/// # }
/// ```
pub fn check_sampler<M: Enumerable, S: Sampler<State = M::State>>(
    model: &M,
    sampler: impl FnMut(Beta, M::State) -> S,
    temperatures: &[Temperature],
    seed: Seed,
) -> Result<Report, TestingError> {
    let betas = betas(temperatures)?;
    Ok(Report::new(sampler_checks(&Listing::new(model)?, sampler, &betas, seed), ALPHA)?)
}

/// The checks that need no list of states: consistency, running energy and slope, by the Metropolis chain.
///
/// # Errors
///
/// No temperature, or one that is 0 or infinite.
pub fn check_unlisted<M: Model>(model: &M, temperatures: &[Temperature], seed: Seed) -> Result<Report, TestingError> {
    let betas = betas(temperatures)?;
    let mut rng = rng_of(seed, Kind::Consistency, 0);
    let start = model.initial_state(&mut rng);
    let mut checks = vec![consistency(model, start.clone(), |_| true, &mut rng)];
    for (point, &beta) in betas.iter().enumerate() {
        let chain = |beta| Metropolis::new(model, beta, start.clone());
        checks.push(running_energy(model, chain(beta), beta, &mut rng_of(seed, Kind::RunningEnergy, point)));
        checks.push(slope(chain, beta, &mut rng_of(seed, Kind::Slope, point)));
    }
    Ok(Report::new(checks, ALPHA)?)
}

fn sampler_checks<M: Enumerable, S: Sampler<State = M::State>>(
    listing: &Listing<'_, M>,
    mut sampler: impl FnMut(Beta, M::State) -> S,
    betas: &[Beta],
    seed: Seed,
) -> Vec<Check> {
    let mut checks = Vec::new();
    let hottest = betas.iter().copied().min_by(|a, b| a.get().abs().total_cmp(&b.get().abs()));
    for (point, beta) in [Beta::ZERO].into_iter().chain(hottest).enumerate() {
        checks.push(reachability(listing, &mut sampler, beta, &mut rng_of(seed, Kind::Reachability, point)));
    }
    for (point, &beta) in betas.iter().enumerate() {
        let rng = |kind| rng_of(seed, kind, point);
        let start = |rng: &mut TaskRng| listing.states()[listing.exact_draws(beta).draw(rng)].clone();
        let state = start(&mut rng(Kind::RunningEnergy));
        let chain = sampler(beta, state.clone());
        checks.push(running_energy(listing.model(), chain, beta, &mut rng(Kind::RunningEnergy)));
        checks.push(enumeration(listing, &mut sampler, beta, &mut rng(Kind::Enumeration)));
        checks.push(invariance(listing, &mut sampler, beta, &mut rng(Kind::Invariance)));
        checks.push(slope(|beta| sampler(beta, state.clone()), beta, &mut rng(Kind::Slope)));
        checks.extend(coverage(listing, &mut sampler, beta, RUNS, &mut rng(Kind::Coverage)));
    }
    checks
}
