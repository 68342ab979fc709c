//! What is measured at one temperature: energy, heat capacity and entropy of an ensemble drawn level by level.
//!
//! Particles and tokens both come through [`measure_levels`].

use rand::Rng;

use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::estimators::{Counts, Estimate, EstimatorError, RESOLVED, Series};
use crate::experiments::ExperimentError;
use crate::model::{Exact, Model};
use crate::samplers::{Sampler, Schedule, Wolff, occupation_numbers, run};
use crate::systems::{Ising, IsingState};
use crate::units::Beta;

/// One ensemble of independent particles (or tokens) drawn over the levels of a spectrum.
#[derive(Clone, Debug)]
pub struct Levels {
    /// Inverse temperature it was drawn at.
    pub beta: Beta,
    /// How many occupy each level, `[n_levels]`.
    pub occupation: Vec<u64>,
    /// U.
    pub energy: Estimate,
    /// Var(E), what the heat capacity is made of.
    pub variance: Estimate,
    /// S in nats from the frequencies alone; `None` where levels never drawn would matter.
    pub entropy: Option<Estimate>,
    /// Share in the ground state(s).
    pub ground: Estimate,
    /// Whether enough draws left the most populated level for errors to be quoted.
    pub resolved: bool,
    /// The exact values.
    pub exact: Thermo,
    /// The exact share in the ground state(s).
    pub exact_ground: f64,
}

impl Levels {
    /// C = beta^2 Var(E), for the temperature the ensemble is said to have.
    #[must_use]
    pub fn heat_capacity(&self, beta: Beta) -> Estimate {
        heat_capacity(self.variance, beta)
    }
}

/// C = beta^2 Var(E).
#[must_use]
pub fn heat_capacity(variance: Estimate, beta: Beta) -> Estimate {
    if variance.value == 0.0 {
        return Estimate { value: 0.0, std_error: 0.0, ..variance };
    }
    variance.scaled(beta.get().powi(2))
}

/// Draws `n` particles over the levels of `spectrum` at `beta` and measures.
pub fn measure_levels<R: Rng + ?Sized>(spectrum: &Spectrum, beta: Beta, n: u64, rng: &mut R) -> Levels {
    let ensemble = Canonical::new(spectrum, beta);
    let occupation = occupation_numbers(&ensemble, n, rng);
    let counts = Counts::new(spectrum.excitations(), &occupation);
    let is_ground = |i: usize| spectrum.excitation(i) == 0.0;
    Levels {
        beta,
        energy: counts.mean().shifted(spectrum.ground_energy()),
        variance: counts.variance(),
        entropy: counts.entropy(|i| spectrum.ln_degeneracy(i)),
        ground: counts.share(is_ground),
        resolved: counts.is_resolved(),
        exact: ensemble.thermo(),
        exact_ground: (0..spectrum.len()).filter(|&i| is_ground(i)).map(|i| ensemble.probability(i)).sum(),
        occupation,
    }
}

/// A Markov chain (or a stream of independent draws) measured sweep by sweep, in bounded memory.
#[derive(Clone, Debug)]
pub struct Chain {
    /// U.
    pub energy: Estimate,
    /// Var(E).
    pub variance: Estimate,
    /// Share of sweeps that ended in a ground state.
    pub ground: Estimate,
    /// Whether the energy changed often enough for errors to be quoted.
    pub resolved: bool,
}

/// Runs `sampler` by `schedule` and measures its energy.
///
/// # Errors
///
/// The series is too short for its autocorrelation time.
pub fn measure_chain<S: Sampler, R: Rng + ?Sized>(
    sampler: &mut S,
    schedule: Schedule,
    rng: &mut R,
) -> Result<Chain, ExperimentError> {
    record(sampler, schedule, None, rng)
}

/// Measures the Ising model by Wolff's clusters.
///
/// # Errors
///
/// Clusters do not apply (a field, frustrated bonds); a series too short.
pub fn measure_ising<R: Rng + ?Sized>(
    ising: &Ising,
    beta: Beta,
    schedule: Schedule,
    rng: &mut R,
) -> Result<Chain, ExperimentError> {
    let ground = ising.thermo(Beta::INFINITE).ok().map(|t| t.energy);
    let mut wolff = Wolff::new(ising, beta, start(ising, rng))?;
    wolff.tune(schedule.thermalization, rng);
    record(&mut wolff, Schedule { thermalization: 0, ..schedule }, ground, rng)
}

fn record<S: Sampler, R: Rng + ?Sized>(
    sampler: &mut S,
    schedule: Schedule,
    ground_energy: Option<f64>,
    rng: &mut R,
) -> Result<Chain, ExperimentError> {
    let mut series = Series::new(2);
    let (mut previous, mut changes, mut refused) = (f64::NAN, 0u64, None);
    run(sampler, schedule, rng, |sampler| {
        let energy = sampler.energy();
        changes += u64::from(energy != previous);
        previous = energy;
        let ground = if ground_energy == Some(energy) { 1.0 } else { 0.0 };
        if let Err(error) = series.push(&[energy, ground]) {
            refused = Some(error);
        }
    });
    if let Some(error) = refused {
        return Err(error.into());
    }
    Ok(Chain {
        energy: or_constant(series.mean(0))?,
        variance: or_zero(series.variance(0, JACKKNIFE_BLOCKS))?,
        ground: or_constant(series.mean(1))?,
        // An excursion is two changes.
        resolved: changes > 2 * RESOLVED,
    })
}

/// Blocks that the errors of variances come from.
pub(crate) const JACKKNIFE_BLOCKS: usize = 128;

/// A series that never changed is an estimate without an error: frozen, not failed.
pub(crate) fn or_constant(estimate: Result<Estimate, EstimatorError>) -> Result<Estimate, EstimatorError> {
    match estimate {
        Err(EstimatorError::ConstantSeries { value, n }) => Ok(Estimate::new(value, 0.0, n as f64)),
        other => other,
    }
}

/// The same for a variance, which is then 0.
pub(crate) fn or_zero(variance: Result<Estimate, EstimatorError>) -> Result<Estimate, EstimatorError> {
    or_constant(variance.map_err(|error| match error {
        EstimatorError::ConstantSeries { n, .. } => EstimatorError::ConstantSeries { value: 0.0, n },
        other => other,
    }))
}

/// All spins up, from where a ferromagnet melts faster than it orders; at random for an antiferromagnet.
fn start<R: Rng + ?Sized>(ising: &Ising, rng: &mut R) -> IsingState {
    if ising.j() > 0.0 { ising.state(&vec![1; ising.lattice().n_sites()]) } else { ising.initial_state(rng) }
}

/// Energies of the Ising model after each of the sweeps of `schedule`, by Wolff's clusters.
///
/// # Errors
///
/// As [`measure_ising`].
pub fn chain_energies<R: Rng + ?Sized>(
    ising: &Ising,
    beta: Beta,
    schedule: Schedule,
    rng: &mut R,
) -> Result<Vec<f64>, ExperimentError> {
    let mut wolff = Wolff::new(ising, beta, start(ising, rng))?;
    wolff.tune(schedule.thermalization, rng);
    let mut energies = Vec::new();
    run(&mut wolff, Schedule { thermalization: 0, ..schedule }, rng, |wolff| energies.push(wolff.energy()));
    Ok(energies)
}
