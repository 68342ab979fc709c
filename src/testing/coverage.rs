//! Checks of repeated runs: their mean energy is the exact one, and their error bars hold it as often as they claim.

use rand::Rng;

use super::CONTROL;
use super::listing::Listing;
use super::memory::memory;
use super::report::{Check, Kind, size_of_student};
use crate::ensemble::Canonical;
use crate::estimators::{Estimate, EstimatorError, Moments, series_mean};
use crate::model::Enumerable;
use crate::samplers::Sampler;
use crate::units::Beta;

/// Runs of [`coverage`] in a report.
pub const RUNS: usize = 200;

/// Share of normal variables within one standard deviation.
const ONE_SIGMA: f64 = 0.682_689_492_137_085_9;
/// Effectively independent samples in a run, and per squared skewness of the energy: of rare excitations, a run then
/// has some 25.
const LEAST_N_EFF: f64 = 250.0;
const N_EFF_PER_SKEWNESS: f64 = 25.0;
const LEAST_SWEEPS: f64 = 500.0;
const MOST_SWEEPS: f64 = 100_000.0;
/// Standard errors that 1.05 beta shall be away from the mean of all runs.
const CONTROL_DISTANCE: f64 = 9.0;
/// Factor by which the control of the coverage understates error bars.
const UNDERSTATED: f64 = 0.5;

/// Repeats a short run `runs` times from exactly drawn states.
///
/// [`Kind::Bias`]: the mean of the mean energies against the exact energy, by Student's law of their scatter; the
/// control compares with the exact energy at 1.05 beta. [`Kind::Coverage`]: how often the exact energy lies within one
/// [`series_mean`] error of the run's mean, against the binomial law at 68.3 %; the control halves the error bars. Runs
/// of 500 tau_int and more, as here, cover one or two percent less than that, which 200 runs do not see.
pub fn coverage<M: Enumerable, S: Sampler<State = M::State>, R: Rng + ?Sized>(
    listing: &Listing<'_, M>,
    mut sampler: impl FnMut(Beta, M::State) -> S,
    beta: Beta,
    runs: usize,
    rng: &mut R,
) -> [Check; 2] {
    let measured = repeat(listing, &mut sampler, beta, runs, rng);
    match measured.and_then(|(runs, sweeps)| judged(listing, beta, &runs, sweeps).map_err(|error| error.to_string())) {
        Ok(checks) => checks,
        Err(why) => [Kind::Bias, Kind::Coverage].map(|kind| Check::impossible(kind, Some(beta), why.clone())),
    }
}

/// The mean energy of every run, and how many sweeps each made.
fn repeat<M: Enumerable, S: Sampler<State = M::State>, R: Rng + ?Sized>(
    listing: &Listing<'_, M>,
    sampler: &mut impl FnMut(Beta, M::State) -> S,
    beta: Beta,
    runs: usize,
    rng: &mut R,
) -> Result<(Vec<Estimate>, usize), String> {
    let exact_draws = listing.exact_draws(beta);
    let mut chain = |rng: &mut R| sampler(beta, listing.states()[exact_draws.draw(rng)].clone());
    // A slow mode that the energy hardly shows makes rare excursions, which short runs miss: the state tells of it too.
    let observed = |chain: &S| listing.position(chain.state()).map(|i| [chain.energy(), i as f64]);
    let tau = memory(&mut chain(rng), rng, observed)?;
    let (skewness, heat_capacity) = (skewness(listing, beta), listing.thermo(beta).heat_capacity);
    let by_control = (CONTROL_DISTANCE / (CONTROL - 1.0)).powi(2) / heat_capacity / runs as f64;
    let n_eff = LEAST_N_EFF.max(by_control).max(N_EFF_PER_SKEWNESS * skewness * skewness);
    let sweeps = (2.0 * tau * n_eff).clamp(LEAST_SWEEPS, MOST_SWEEPS) as usize;
    let one = |_| {
        let mut chain = chain(rng);
        let energies: Vec<f64> = (0..sweeps)
            .map(|_| {
                chain.advance(rng);
                chain.energy()
            })
            .collect();
        match series_mean(&energies) {
            // Refused by a reader of one run, but leaving such runs out would favour those with small errors.
            Err(EstimatorError::SeriesTooShort { found, .. }) => Ok(found),
            other => other.map_err(|error| error.to_string()),
        }
    };
    Ok(((0..runs).map(one).collect::<Result<_, _>>()?, sweeps))
}

/// Third central moment of the energy over the 3/2 power of its variance.
fn skewness<M: Enumerable>(listing: &Listing<'_, M>, beta: Beta) -> f64 {
    let ensemble = Canonical::new(listing.spectrum(), beta);
    let mean = listing.thermo(beta).energy;
    let moment = |power: i32| {
        let terms = (0..listing.states().len()).map(|i| (ensemble.probability(i), listing.spectrum().energy(i)));
        terms.filter(|(p, _)| *p > 0.0).map(|(p, energy)| p * (energy - mean).powi(power)).sum::<f64>()
    };
    moment(3) / moment(2).powf(1.5)
}

fn judged<M: Enumerable>(
    listing: &Listing<'_, M>,
    beta: Beta,
    runs: &[Estimate],
    sweeps: usize,
) -> Result<[Check; 2], EstimatorError> {
    let exact = listing.thermo(beta).energy;
    let colder = beta.scaled(CONTROL).map_or(exact, |beta| listing.thermo(beta).energy);
    let mean = runs.iter().map(|run| run.value).collect::<Moments>().estimate()?;
    let size = |energy| size_of_student(mean.z_score(energy), runs.len() - 1);
    let detail = format!("E = {mean}, exact {exact:.6}; {} runs of {sweeps} sweeps", runs.len());
    let bias = Check::measured(Kind::Bias, Some(beta), size(exact)?, size(colder)?, detail);
    let n = runs.len() as f64;
    let share =
        |factor: f64| runs.iter().filter(|run| (run.value - exact).abs() <= factor * run.std_error).count() as f64 / n;
    let spread = (ONE_SIGMA * (1.0 - ONE_SIGMA) / n).sqrt();
    let size = |factor| (share(factor) - ONE_SIGMA) / spread;
    let detail = format!("{:.1} % within one error; control: errors halved", 100.0 * share(1.0));
    let coverage = Check::measured(Kind::Coverage, Some(beta), size(1.0), size(UNDERSTATED), detail);
    Ok([bias, coverage])
}
