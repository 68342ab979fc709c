//! Newton's method on the convex function whose minimum the free energies are.

use nalgebra::{DMatrix, DVector};

use super::super::EstimatorError;
use super::covariance::Response;
use super::exponentials::Exponentials;
use super::samples::MbarSamples;
use super::start::start;

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

/// Where the minimum is, for sampled states only.
#[derive(Clone, Debug)]
pub(in crate::estimators) struct Solution {
    /// `[K]`.
    pub(in crate::estimators) f: Vec<f64>,
    pub(super) n_iterations: usize,
    /// max_k |sum_n w_n W_kn - 1|.
    pub(super) residual: f64,
    /// `[K, K]`, within 10^-7 of those at the minimum.
    pub(super) overlaps: DMatrix<f64>,
}

/// The free energies of the sampled states from the acceptance ratios of pairs, then a part of the samples, then all.
pub(super) fn solve(samples: &MbarSamples<'_>, sampled: &[usize]) -> Result<(Exponentials, Solution), EstimatorError> {
    let mut f = start(samples, sampled);
    if sampled.iter().all(|&k| samples.n_drawn(k) >= COARSE_FROM) {
        let lists: Vec<Vec<(usize, f64)>> = sampled.iter().map(|&k| samples.thinned(k, COARSE_STRIDE)).collect();
        let gathered: Vec<Vec<f64>> =
            sampled.iter().map(|&k| lists.iter().flatten().map(|(n, _)| samples.row(k)[*n]).collect()).collect();
        let rows: Vec<&[f64]> = gathered.iter().map(Vec::as_slice).collect();
        let weights: Vec<f64> = lists.iter().flatten().map(|(_, weight)| *weight).collect();
        let n_samples: Vec<f64> = lists.iter().map(|list| list.iter().map(|(_, weight)| weight).sum()).collect();
        let mut exponentials = Exponentials::new(&rows, &f);
        // a part that does not converge is no news about the whole
        if let Ok(coarse) = minimise(&mut exponentials, &rows, &n_samples, &weights, &f, sampled) {
            f = coarse.f;
        }
    }
    let rows: Vec<&[f64]> = sampled.iter().map(|&k| samples.row(k)).collect();
    let n_samples: Vec<f64> = sampled.iter().map(|&k| samples.n_effective[k]).collect();
    let mut exponentials = Exponentials::new(&rows, &f);
    let solution = minimise(&mut exponentials, &rows, &n_samples, &samples.weights, &f, sampled)?;
    Ok((exponentials, solution))
}

/// The minimum of `sum_n w_n ln sum_k N_k exp(f_k - u_kn) - sum_k N_k f_k` from `start`, f_0 held fixed;
/// `states` are the names of the states in refusals.
///
/// Gradient N_k (S_k - 1) with S_k = sum_n w_n W_kn, Hessian N_k S_k delta_kl - N_k N_l G_kl. A step is halved or better
/// where the slope at its end rises by more than half of the fall at its beginning.
pub(in crate::estimators) fn minimise(
    exponentials: &mut Exponentials,
    rows: &[&[f64]],
    n_samples: &[f64],
    weights: &[f64],
    start: &[f64],
    states: &[usize],
) -> Result<Solution, EstimatorError> {
    let n = DVector::from_column_slice(n_samples);
    let root_weights = exponentials.padded(weights.iter().map(|w| w.sqrt()));
    let padded = exponentials.padded(weights.iter().copied());
    let mut f = start.to_vec();
    let mut evaluate = |f: &[f64]| {
        exponentials.recentre(rows, f);
        let overlaps = exponentials.overlaps(f, n_samples, &root_weights);
        let sums = &overlaps * &n;
        let gradient = n.zip_map(&sums, |n, sum| n * (sum - 1.0));
        (overlaps, sums, gradient)
    };
    let mut found = evaluate(&f);
    let mut iteration = 0;
    while iteration < MAX_ITERATIONS {
        iteration += 1;
        let (overlaps, sums, gradient) = &found;
        let step = newton_step(overlaps, sums, gradient, &n);
        let longest = step.amax();
        if longest <= LAST_STEP {
            f.iter_mut().zip(step.iter()).for_each(|(f, step)| *f += step);
            break;
        }
        let fall = -gradient.dot(&step);
        let mut length = (LONGEST_STEP / longest).min(1.0);
        found = loop {
            let end: Vec<f64> = f.iter().zip(step.iter()).map(|(f, step)| f + length * step).collect();
            let there = evaluate(&end);
            let rise = there.2.dot(&step);
            if rise <= 0.5 * fall || length * longest <= LAST_STEP {
                f = end;
                break there;
            }
            // the root of the slope, by linear interpolation
            length *= (fall / (fall + rise)).clamp(0.1, 0.9);
        };
    }
    exponentials.recentre(rows, &f);
    let sums = exponentials.project(&f, n_samples, &padded);
    let residual = sums.iter().map(|sum| (sum - 1.0).abs()).fold(0.0, f64::max);
    if residual.is_nan() || residual > TOLERANCE {
        // where states share nothing there is nothing to converge to, and that is the better news
        Response::new(&found.0, n_samples).check_connected(states)?;
        return Err(EstimatorError::FreeEnergiesNotConverged { n_iterations: iteration, residual });
    }
    Ok(Solution { f, n_iterations: iteration, residual, overlaps: found.0 })
}

/// Minus the inverse Hessian times the gradient, zero for the first state. [`RIDGE`] gives the Hessian an inverse where
/// states hardly overlap; where rounding takes it away again, its diagonal stands for it.
fn newton_step(
    overlaps: &DMatrix<f64>,
    sums: &DVector<f64>,
    gradient: &DVector<f64>,
    n: &DVector<f64>,
) -> DVector<f64> {
    let free = n.len() - 1;
    if free == 0 {
        return DVector::zeros(1);
    }
    let hessian = DMatrix::from_fn(free, free, |i, j| {
        let (k, l) = (i + 1, j + 1);
        (if k == l { n[k] * (sums[k] + RIDGE) } else { 0.0 }) - n[k] * n[l] * overlaps[(k, l)]
    });
    let slope = gradient.rows(1, free).into_owned();
    let step = match hessian.cholesky() {
        Some(factors) => factors.solve(&slope),
        None => slope.zip_map(&n.rows(1, free), |slope, n| slope / (RIDGE * n)),
    };
    (-step).insert_row(0, 0.0)
}
