//! The multistate Bennett acceptance ratio: free energies and averages from samples of several states at once.
//!
//! | file | its part |
//! | --- | --- |
//! | `samples` | reduced potentials, and which state drew what |
//! | `start` | a first guess from pairs of states |
//! | `exponentials` | the matrix that every iteration streams |
//! | `newton` | the solution |
//! | `covariance` | its errors |
//! | `recounted` | the solution without some of the samples |

mod covariance;
mod exponentials;
mod newton;
mod recounted;
mod samples;
mod start;

pub use covariance::MIN_SHARED_SAMPLES;
pub(crate) use recounted::Recounted;
pub use samples::MbarSamples;

use nalgebra::DMatrix;

use self::covariance::Response;
use self::exponentials::Exponentials;
use super::error::{EstimatorError, check_finite};
use super::estimate::Estimate;
use crate::numerics::ln_sum_exp;

/// Effective samples behind an average or free energy at a state without samples of its own; with fewer, the answer and
/// its error rest on the few samples that happen to lie nearest, and it is refused.
pub const MIN_EFFECTIVE_SAMPLES: f64 = 10.0;

/// The solution of the multistate equations: f_k = -ln Z_k of all states up to one constant, f_0 = 0.
///
/// `f_k = -ln sum_n w_n exp(-u_kn) / D_n` with the mixture `D_n = sum_j N_j exp(f_j - u_jn)`. Of all estimators that use
/// these samples it has the smallest asymptotic variance; two states give Bennett's acceptance ratio, histograms the
/// equations of Ferrenberg and Swendsen. Errors are asymptotic: they assume independent samples (or their stated
/// inefficiencies) and so many that the equations are linear in the fluctuations.
///
/// # Examples
///
/// ```
/// use gibbs::estimators::{Mbar, MbarSamples};
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// // positions in wells x^2/2 and 4 x^2/2, evenly spread over the distributions
/// let x = [-1.5, -0.8, -0.4, 0.0, 0.4, 0.8, 1.5, -0.8, -0.4, -0.2, 0.0, 0.2, 0.4, 0.8];
/// let reduced: Vec<f64> = [1.0, 4.0].iter().flat_map(|k| x.map(|x| 0.5 * k * x * x)).collect();
/// let mbar = Mbar::solve(&MbarSamples::new(&reduced, &[7, 7])?)?;
/// let difference = mbar.difference(0, 1)?;
/// assert!(difference.z_score(2f64.ln()).abs() < 1.0); // ln sqrt(4)
/// assert!(mbar.residual() < 1e-9);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// M. R. Shirts and J. D. Chodera, J. Chem. Phys. 129, 124105 (2008), doi:10.1063/1.2978177.
#[derive(Clone, Debug)]
pub struct Mbar {
    /// `[K]`.
    free_energies: Vec<f64>,
    /// Effective numbers of samples, `[K]`.
    n_samples: Vec<f64>,
    sampled: Vec<usize>,
    exponentials: Exponentials,
    /// ln D_n, `[N]`.
    ln_mixture: Vec<f64>,
    weights: Vec<f64>,
    /// sum_n w_n W_kn W_ln of all states, `[K, K]`.
    overlaps: DMatrix<f64>,
    response: Response,
    n_iterations: usize,
    residual: f64,
}

impl Mbar {
    /// Solves for the free energies of all states, those without samples included.
    ///
    /// # Errors
    ///
    /// [`EstimatorError::FreeEnergiesNotConverged`] with the residual, and [`EstimatorError::StatesDisconnected`] if some
    /// sampled states share fewer than [`MIN_SHARED_SAMPLES`] effective samples with the others: then their relative free
    /// energy is not in the data.
    pub fn solve(samples: &MbarSamples<'_>) -> Result<Self, EstimatorError> {
        let sampled = samples.sampled();
        let (exponentials, solution) = newton::solve(samples, &sampled)?;
        let n_sampled: Vec<f64> = sampled.iter().map(|&k| samples.n_effective[k]).collect();
        let response = Response::new(&solution.overlaps, &n_sampled);
        response.check_connected(&sampled)?;
        let ln_mixture = exponentials.ln_mixture(&solution.f, &n_sampled);
        let n_states = samples.n_states();
        let mut new = Self {
            free_energies: vec![0.0; n_states],
            n_samples: samples.n_effective.clone(),
            sampled,
            exponentials,
            ln_mixture,
            weights: samples.weights.clone(),
            overlaps: DMatrix::zeros(n_states, n_states),
            response,
            n_iterations: solution.n_iterations,
            residual: solution.residual,
        };
        for (i, &k) in new.sampled.iter().enumerate() {
            new.free_energies[k] = solution.f[i];
            for (j, &l) in new.sampled.iter().enumerate() {
                new.overlaps[(k, l)] = solution.overlaps[(i, j)];
            }
        }
        new.add_unsampled(samples);
        let first = new.free_energies[0];
        if !first.is_finite() {
            return Err(EstimatorError::Extrapolation { n_effective: 0.0, needed: MIN_EFFECTIVE_SAMPLES });
        }
        new.free_energies.iter_mut().for_each(|f| *f -= first);
        new.ln_mixture.iter_mut().for_each(|ln_d| *ln_d -= first);
        Ok(new)
    }

    /// Free energies and overlaps of the states without samples, before the constant is fixed.
    fn add_unsampled(&mut self, samples: &MbarSamples<'_>) {
        let mut done: Vec<(usize, Vec<f64>)> = Vec::new();
        for k in (0..samples.n_states()).filter(|&k| self.n_samples[k] == 0.0) {
            let (f, shares) = self.shares(samples.row(k));
            let weighted = || shares.iter().zip(&self.weights).map(|(share, weight)| share * weight);
            let padded = self.exponentials.padded(weighted());
            let mut found: Vec<(usize, f64)> = self.sampled.iter().copied().zip(self.project_from(&padded)).collect();
            found.push((k, weighted().zip(&shares).map(|(x, share)| x * share).sum()));
            for (other, theirs) in &done {
                found.push((*other, weighted().zip(theirs).map(|(x, share)| x * share).sum()));
            }
            for (l, overlap) in found {
                self.overlaps[(k, l)] = overlap;
                self.overlaps[(l, k)] = overlap;
            }
            self.free_energies[k] = f;
            done.push((k, shares));
        }
    }

    /// -ln Z of a reduced potential `[N]` and W_n = exp(f - u_n) / D_n, `[N]`, so that sum_n w_n W_n = 1.
    fn shares(&self, reduced: &[f64]) -> (f64, Vec<f64>) {
        let terms = reduced.iter().zip(&self.ln_mixture).zip(&self.weights);
        let f = -ln_sum_exp(terms.map(|((u, ln_d), weight)| weight.ln() - u - ln_d));
        if !f.is_finite() {
            return (f, vec![0.0; reduced.len()]);
        }
        (f, reduced.iter().zip(&self.ln_mixture).map(|(u, ln_d)| (f - u - ln_d).exp()).collect())
    }

    /// Projections on the sampled states of a padded column.
    fn project_from(&self, padded: &[f64]) -> Vec<f64> {
        let of_sampled = |values: &[f64]| -> Vec<f64> { self.sampled.iter().map(|&k| values[k]).collect() };
        self.exponentials.project(&of_sampled(&self.free_energies), &of_sampled(&self.n_samples), padded)
    }

    /// f_k = -ln Z_k relative to state 0, `[K]`; plus infinity for a state that forbids all samples.
    #[must_use]
    pub fn free_energies(&self) -> &[f64] {
        &self.free_energies
    }

    /// Newton steps over all samples.
    #[must_use]
    pub fn n_iterations(&self) -> usize {
        self.n_iterations
    }

    /// max_k |sum_n w_n W_kn - 1|, by how much the equations are missed.
    #[must_use]
    pub fn residual(&self) -> f64 {
        self.residual
    }

    /// f_j - f_i with its error; `n_eff` is the smaller number of effective samples of the two states.
    ///
    /// # Errors
    ///
    /// A state that does not exist, or one without samples that fewer than [`MIN_EFFECTIVE_SAMPLES`] support.
    pub fn difference(&self, i: usize, j: usize) -> Result<Estimate, EstimatorError> {
        let n_effective = self.effective_samples(i)?.min(self.effective_samples(j)?);
        for k in [i, j] {
            if self.n_samples[k] == 0.0 {
                check_support(self.effective_samples(k)?)?;
            }
        }
        let g = &self.overlaps;
        let own = g[(i, i)] + g[(j, j)] - 2.0 * g[(i, j)];
        let variance = self.response.variance(own, self.sampled.iter().map(|&k| g[(k, j)] - g[(k, i)]));
        let std_error = if i == j { 0.0 } else { variance.max(0.0).sqrt() };
        Ok(Estimate::new(self.free_energies[j] - self.free_energies[i], std_error, n_effective))
    }

    /// `<A>` at a reduced potential u, `<A> = sum_n w_n W_n A_n` with W_n = exp(f - u_n) / D_n, and its error.
    ///
    /// `observable`: A_n, `[N]`; `reduced`: u_n, `[N]`, in the order of the columns of the samples. u may be that of a
    /// sampled state or any other. `n_eff` is the number of effective samples (sum w W)^2 / sum w W^2. A constant
    /// observable has no error.
    ///
    /// # Errors
    ///
    /// Wrong lengths, a value that is not finite, a potential that is NaN or minus infinity, or fewer than
    /// [`MIN_EFFECTIVE_SAMPLES`] effective samples.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::estimators::{Mbar, MbarSamples};
    /// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
    /// // levels 0 and 1 counted at beta = 0; the mean energy at beta = ln 3 is 1/4
    /// let samples = MbarSamples::counted(&[0.0, 0.0], &[&[500, 500]], &[1.0])?;
    /// let energy = Mbar::solve(&samples)?.expectation(&[0.0, 1.0], &[0.0, 3f64.ln()])?;
    /// assert!((energy.value - 0.25).abs() < 1e-12);
    /// # Ok(())
    /// # }
    /// ```
    pub fn expectation(&self, observable: &[f64], reduced: &[f64]) -> Result<Estimate, EstimatorError> {
        let expected = self.weights.len();
        for found in [observable.len(), reduced.len()] {
            if found != expected {
                return Err(EstimatorError::LengthMismatch { expected, found });
            }
        }
        check_finite(observable)?;
        if let Some(index) = reduced.iter().position(|u| u.is_nan() || *u == f64::NEG_INFINITY) {
            return Err(EstimatorError::NonFinite { index, value: reduced[index] });
        }
        let (f, shares) = self.shares(reduced);
        let n_effective = if f.is_finite() {
            1.0 / shares.iter().zip(&self.weights).map(|(share, weight)| weight * share * share).sum::<f64>()
        } else {
            0.0
        };
        check_support(n_effective)?;
        let average = |about: f64| -> f64 {
            let terms = observable.iter().zip(&shares).zip(&self.weights);
            terms.map(|((a, share), weight)| weight * share * (a - about)).sum()
        };
        let near = average(0.0);
        let mean = near + average(near);
        let fluctuations = observable.iter().zip(&shares).map(|(a, share)| share * (a - mean));
        let own = fluctuations.clone().zip(&self.weights).map(|(v, weight)| weight * v * v).sum();
        let padded = self.exponentials.padded(fluctuations.zip(&self.weights).map(|(v, weight)| weight * v));
        let variance = self.response.variance(own, self.project_from(&padded));
        Ok(Estimate::new(mean, variance.sqrt(), n_effective))
    }

    /// Effective samples (sum_n w_n W_kn)^2 / sum_n w_n W_kn^2 that support state k: its own, and those of the others
    /// as far as they overlap.
    ///
    /// # Errors
    ///
    /// A state that does not exist.
    ///
    /// # References
    ///
    /// L. Kish, Survey Sampling (Wiley, 1965), section 11.7.
    pub fn effective_samples(&self, k: usize) -> Result<f64, EstimatorError> {
        let n_states = self.n_samples.len();
        if k >= n_states {
            return Err(EstimatorError::NoSuchState { index: k, n_states });
        }
        let square = self.overlaps[(k, k)];
        Ok(if square > 0.0 { 1.0 / square } else { 0.0 })
    }

    /// O_kl = N_l sum_n w_n W_kn W_ln, `[K, K]` row-major: the probability that a configuration of state k would be
    /// taken for one drawn in state l. Rows add up to 1.
    ///
    /// # References
    ///
    /// P. V. Klimovich, M. R. Shirts and D. L. Mobley, J. Comput. Aided Mol. Des. 29, 397 (2015),
    /// doi:10.1007/s10822-015-9840-9.
    #[must_use]
    pub fn overlap_matrix(&self) -> Vec<f64> {
        let n_states = self.n_samples.len();
        let entry = |x: usize| self.n_samples[x % n_states] * self.overlaps[(x / n_states, x % n_states)];
        (0..n_states * n_states).map(entry).collect()
    }

    /// 1 minus the second eigenvalue of the overlap matrix: 1 for identical states, 0 if two groups share nothing. Times
    /// the number of samples it is the number that the two groups share.
    #[must_use]
    pub fn overlap_gap(&self) -> f64 {
        self.response.gap()
    }

    /// ln D_n of every sample, `[N]`: a sample has the weight exp(-u_n) / D_n at the reduced potential u.
    #[must_use]
    pub fn ln_mixture(&self) -> &[f64] {
        &self.ln_mixture
    }
}

fn check_support(n_effective: f64) -> Result<(), EstimatorError> {
    if n_effective >= MIN_EFFECTIVE_SAMPLES {
        Ok(())
    } else {
        Err(EstimatorError::Extrapolation { n_effective, needed: MIN_EFFECTIVE_SAMPLES })
    }
}

#[cfg(test)]
mod tests;
