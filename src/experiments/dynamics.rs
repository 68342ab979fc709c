//! Critical slowing down: how autocorrelation times of the square Ising model grow with its side at T_c.

use super::error::ExperimentError;
use crate::estimators::{Estimate, EstimatorError, WINDOW_FACTOR};
use crate::model::Model;
use crate::rng::TaskRng;
use crate::samplers::{Schedule, SwendsenWang, Wolff};
use crate::simulation::{Observables, SamplerName, measure_chain};
use crate::systems::{Checkerboard, Ising, IsingState, PackedSpins};
use crate::units::Temperature;

/// Autocorrelation times for one side and one sampler, in sweeps. A sweep is as many flips, or attempts, as there are sites.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Side of the torus.
    pub side: usize,
    /// The sampler.
    pub sampler: SamplerName,
    /// tau_int of the energy.
    pub energy: Estimate,
    /// tau_int of M^2.
    pub square: Estimate,
    /// Measured sweeps.
    pub sweeps: u64,
}

/// T_c = 2/ln(1 + sqrt 2) of the infinite square lattice, J = 1.
#[must_use]
pub fn critical_temperature() -> f64 {
    2.0 / 2f64.sqrt().ln_1p()
}

/// Measures the torus of `side` at T_c for `sweeps` sweeps, after a tenth as many from the ordered state.
///
/// `metropolis` is the bit-sliced checkerboard, one sweep a step. A step of `wolff` is a fixed number of clusters; its
/// time is counted in sweeps by the mean number of sites they flip.
///
/// # Errors
///
/// Another sampler than `metropolis`, `wolff` and `swendsen-wang`; an odd side for the checkerboard; a run too short
/// for its autocorrelations.
pub fn times(side: usize, sampler: SamplerName, sweeps: u64, rng: &mut TaskRng) -> Result<Times, ExperimentError> {
    let ising = Ising::torus(side, side, 1.0, 0.0)?;
    let beta = Temperature::new(critical_temperature())?.beta();
    let n = ising.lattice().n_sites() as f64;
    let schedule = Schedule { thermalization: sweeps / 10, sweeps };
    let square = |magnetization: i64| (magnetization as f64 / n).powi(2);
    let spins = Observables::new().column(|spins: &IsingState| square(spins.magnetization()));
    let (chain, sweeps_per_step) = match sampler {
        SamplerName::Metropolis => {
            let bits = Observables::new().column(|spins: &PackedSpins| square(spins.magnetization()));
            (measure_chain(&mut Checkerboard::metropolis(&ising, beta, rng)?, schedule, &bits, rng)?, 1.0)
        }
        SamplerName::SwendsenWang => {
            let mut clusters = SwendsenWang::new(&ising, beta, ising.initial_state(rng))?;
            (measure_chain(&mut clusters, schedule, &spins, rng)?, 1.0)
        }
        SamplerName::Wolff => {
            let mut clusters = Wolff::new(&ising, beta, ising.initial_state(rng))?;
            clusters.tune(schedule.thermalization, rng);
            let chain = measure_chain(&mut clusters, Schedule { thermalization: 0, ..schedule }, &spins, rng)?;
            (chain, clusters.mean_cluster_size() * f64::from(clusters.clusters_per_advance()) / n)
        }
        other => {
            return Err(ExperimentError::Setting {
                name: "sampler",
                expected: "metropolis, wolff or swendsen-wang",
                value: other.name().to_owned(),
            });
        }
    };
    let time = |mean| Ok::<_, ExperimentError>(integrated_time(mean, sweeps)?.scaled(sweeps_per_step));
    Ok(Times { side, sampler, energy: time(chain.energy)?, square: time(chain.means[0])?, sweeps })
}

/// tau_int in steps with the error of Madras and Sokal, window c tau_int, from the mean of `n` steps.
fn integrated_time(mean: Estimate, n: u64) -> Result<Estimate, ExperimentError> {
    let constant = EstimatorError::ConstantSeries { value: mean.value, n: n as usize };
    let tau = mean.tau_int.ok_or(constant)?;
    let std_error = tau * (2.0 * (2.0 * WINDOW_FACTOR * tau + 1.0) / n as f64).sqrt();
    Ok(Estimate::new(tau, std_error, mean.n_eff))
}

/// The exponent z of `tau = a L^z` and its error, by weighted least squares in logarithms; `sides`: `[n]`.
///
/// # Errors
///
/// Fewer than two sides.
pub fn exponent(sides: &[usize], times: &[Estimate]) -> Result<Estimate, ExperimentError> {
    if sides.len() < 2 || sides.len() != times.len() {
        return Err(ExperimentError::Setting {
            name: "sides",
            expected: "at least two, with a time each",
            value: sides.len().to_string(),
        });
    }
    let points =
        || sides.iter().zip(times).map(|(&l, t)| ((l as f64).ln(), t.value.ln(), (t.value / t.std_error).powi(2)));
    let sum = |f: &dyn Fn(f64, f64) -> f64| points().map(|(x, y, w)| w * f(x, y)).sum::<f64>();
    let weight = sum(&|_, _| 1.0);
    let centre = sum(&|x, _| x) / weight;
    let spread = sum(&|x, _| (x - centre).powi(2));
    Ok(Estimate::new(sum(&|x, y| (x - centre) * y) / spread, spread.powf(-0.5), sides.len() as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;

    #[test]
    fn an_exact_power_law_is_recovered() {
        let sides = [16, 32, 64];
        let times: Vec<Estimate> =
            sides.iter().map(|&l| Estimate::new(0.3 * (l as f64).powf(2.17), 0.1 * l as f64, 99.0)).collect();
        let z = exponent(&sides, &times).unwrap();
        assert!((z.value - 2.17).abs() < 1e-12 && z.std_error > 0.0);
        assert!(exponent(&sides[..1], &times[..1]).is_err());
    }

    #[test]
    fn clusters_beat_single_spins() {
        let mut rng = Seed(1).set_up();
        let slow = times(16, SamplerName::Metropolis, 100_000, &mut rng).unwrap();
        let fast = times(16, SamplerName::Wolff, 20_000, &mut rng).unwrap();
        let apart = slow.square.value - fast.square.value;
        assert!(apart > 4.5 * slow.square.std_error.hypot(fast.square.std_error), "{slow:?} {fast:?}");
        assert!(times(16, SamplerName::HeatBath, 1000, &mut rng).is_err());
    }
}
