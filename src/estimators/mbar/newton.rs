//! Newton's method on the convex function whose minimum the free energies are.

use nalgebra::{DMatrix, DVector};

use super::covariance::Response;
use super::exponentials::Exponentials;
use super::samples::MbarSamples;
use super::start::start;
use crate::estimators::error::EstimatorError;

/// Newton steps after which the solution is given up.
const MAX_ITERATIONS: usize = 200;

/// Longest step in a free energy: far from the minimum the function is nearly flat and the step says little.
const LONGEST_STEP: f64 = 10.0;

/// Added to the Hessian in units of N_k. The gap of states that share one sample is 1/N, so up to 10^8 samples this costs
/// no accuracy and no step.
const RIDGE: f64 = 1e-12;

/// A step shorter than this is the last: the error it leaves is of the order of its square.
const LAST_STEP: f64 = 1e-7;

/// Largest |sum_n w_n W_kn - 1| of a solution, above the rounding errors of sums over many millions of samples.
pub(super) const TOLERANCE: f64 = 1e-9;

/// Runs longer than this many samples a state begin with every [`COARSE_STRIDE`]-th of them.
const COARSE_FROM: usize = 2048;

/// Sixteen times fewer samples leave an error of four standard errors, from where three steps suffice.
const COARSE_STRIDE: usize = 16;

/// The minimum, for sampled states only.
#[derive(Clone, Debug)]
pub(super) struct Solution {
    /// `[K]`.
    pub(super) f: Vec<f64>,
    pub(super) n_iterations: usize,
    /// max_k |sum_n w_n W_kn - 1|.
    pub(super) residual: f64,
    /// `[K, K]`, within 10^-7 of those at the minimum.
    pub(super) overlaps: DMatrix<f64>,
}

/// The free energies of the sampled states: a first guess from pairs of states, improved on a part of the samples, then
/// on all of them.
pub(super) fn solve(samples: &MbarSamples<'_>, sampled: &[usize]) -> Result<(Exponentials, Solution), EstimatorError> {
    let mut f = start(samples, sampled);
    if sampled.iter().all(|&k| samples.n_drawn(k) >= COARSE_FROM) {
        let lists: Vec<Vec<(usize, f64)>> = sampled.iter().map(|&k| samples.thinned(k, COARSE_STRIDE)).collect();
        let gathered: Vec<Vec<f64>> =
            sampled.iter().map(|&k| lists.iter().flatten().map(|(n, _)| samples.row(k)[*n]).collect()).collect();
        let rows: Vec<&[f64]> = gathered.iter().map(Vec::as_slice).collect();
        let weights: Vec<f64> = lists.iter().flatten().map(|(_, weight)| *weight).collect();
        let n_samples: Vec<f64> = lists.iter().map(|list| list.iter().map(|(_, weight)| weight).sum()).collect();
        let part = Equations { rows: &rows, n_samples: &n_samples, weights: &weights, states: sampled };
        // a part that does not converge is no news about the whole
        if let Ok(coarse) = part.solve(&mut Exponentials::new(&rows, &f), &f) {
            f = coarse.f;
        }
    }
    let rows: Vec<&[f64]> = sampled.iter().map(|&k| samples.row(k)).collect();
    let n_samples: Vec<f64> = sampled.iter().map(|&k| samples.n_effective[k]).collect();
    let mut exponentials = Exponentials::new(&rows, &f);
    let all = Equations { rows: &rows, n_samples: &n_samples, weights: &samples.weights, states: sampled };
    let solution = all.solve(&mut exponentials, &f)?;
    Ok((exponentials, solution))
}

/// The equations that the free energies of K states solve, `sum_n w_n W_kn = 1` for every state.
///
/// Their solution is the minimum of `sum_n w_n ln sum_k N_k exp(f_k - u_kn) - sum_k N_k f_k`, with the gradient
/// N_k (S_k - 1), S_k = sum_n w_n W_kn, and the Hessian N_k S_k delta_kl - N_k N_l G_kl.
#[derive(Clone, Copy, Debug)]
pub(super) struct Equations<'a> {
    /// Reduced potentials u_kn: K slices `[N]`.
    pub(super) rows: &'a [&'a [f64]],
    /// N_k, `[K]`.
    pub(super) n_samples: &'a [f64],
    /// w_n, `[N]`.
    pub(super) weights: &'a [f64],
    /// What refusals call the states, `[K]`.
    pub(super) states: &'a [usize],
}

/// The function near one set of free energies.
struct Local {
    /// G_kl, `[K, K]`.
    overlaps: DMatrix<f64>,
    /// S_k, `[K]`.
    sums: DVector<f64>,
    gradient: DVector<f64>,
}

impl Equations<'_> {
    /// The solution by Newton's method from `start`, f_0 held fixed. `exponentials` are those of the same rows.
    ///
    /// A step is shortened where the slope at its end rises by more than half of the fall at its beginning.
    pub(super) fn solve(&self, exponentials: &mut Exponentials, start: &[f64]) -> Result<Solution, EstimatorError> {
        let n = DVector::from_column_slice(self.n_samples);
        let root_weights = exponentials.padded(self.weights.iter().map(|w| w.sqrt()));
        let weights = exponentials.padded(self.weights.iter().copied());
        let mut f = start.to_vec();
        let mut at = |f: &[f64]| {
            exponentials.recentre(self.rows, f);
            let overlaps = exponentials.overlaps(f, self.n_samples, &root_weights);
            let sums = &overlaps * &n;
            let gradient = n.zip_map(&sums, |n, sum| n * (sum - 1.0));
            Local { overlaps, sums, gradient }
        };
        let mut here = at(&f);
        let mut iteration = 0;
        while iteration < MAX_ITERATIONS {
            iteration += 1;
            let step = here.newton_step(&n);
            let longest = step.amax();
            if longest <= LAST_STEP {
                f.iter_mut().zip(step.iter()).for_each(|(f, step)| *f += step);
                break;
            }
            let fall = -here.gradient.dot(&step);
            let mut length = (LONGEST_STEP / longest).min(1.0);
            here = loop {
                let end: Vec<f64> = f.iter().zip(step.iter()).map(|(f, step)| f + length * step).collect();
                let there = at(&end);
                let rise = there.gradient.dot(&step);
                if rise <= 0.5 * fall || length * longest <= LAST_STEP {
                    f = end;
                    break there;
                }
                // the root of the slope, by linear interpolation
                length *= (fall / (fall + rise)).clamp(0.1, 0.9);
            };
        }
        exponentials.recentre(self.rows, &f);
        let sums = exponentials.project(&f, self.n_samples, &weights);
        let residual = sums.iter().map(|sum| (sum - 1.0).abs()).fold(0.0, f64::max);
        if residual.is_nan() || residual > TOLERANCE {
            // states that share nothing have no solution, and then this is what should be said
            Response::new(&here.overlaps, self.n_samples).check_connected(self.states)?;
            return Err(EstimatorError::FreeEnergiesNotConverged { n_iterations: iteration, residual });
        }
        Ok(Solution { f, n_iterations: iteration, residual, overlaps: here.overlaps })
    }
}

impl Local {
    /// Minus the inverse Hessian times the gradient, zero for the first state.
    ///
    /// [`RIDGE`] gives the Hessian an inverse where states hardly overlap. Where rounding takes that away again, the
    /// ridge alone takes the place of the Hessian.
    fn newton_step(&self, n: &DVector<f64>) -> DVector<f64> {
        let free = n.len() - 1;
        if free == 0 {
            return DVector::zeros(1);
        }
        let hessian = DMatrix::from_fn(free, free, |i, j| {
            let (k, l) = (i + 1, j + 1);
            (if k == l { n[k] * (self.sums[k] + RIDGE) } else { 0.0 }) - n[k] * n[l] * self.overlaps[(k, l)]
        });
        let slope = self.gradient.rows(1, free).into_owned();
        let step = match hessian.cholesky() {
            Some(factors) => factors.solve(&slope),
            None => slope.zip_map(&n.rows(1, free), |slope, n| slope / (RIDGE * n)),
        };
        (-step).insert_row(0, 0.0)
    }
}
