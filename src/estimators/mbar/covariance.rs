//! The asymptotic covariance of everything that reweighting estimates, from matrices of the size of the number of states.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use crate::estimators::error::EstimatorError;

/// Effective samples that every group of states must share with the others: with fewer, the one sample that links them
/// decides the free energy and its error alike.
pub const MIN_SHARED_SAMPLES: f64 = 1.0;

/// How the free energies answer to fluctuations of the samples.
///
/// Every estimate is a sum over the samples; to first order its fluctuation is `sum_n w_n v_n` with some v that adds up
/// to 0: W_jn - W_in for f_i - f_j, W_n (A_n - `<A>`) for `<A>`. With X = W N^(1/2) and M = X X^T its variance is
/// v^T (1 - M)^+ v. M has the eigenvalues lambda_i and, through the eigenvectors e_i, those of the K x K matrix
/// B = N^(1/2) W^T W N^(1/2), so `variance = v.v + sum_i (e_i . X^T v)^2 / (1 - lambda_i)`, without the one lambda = 1
/// that belongs to v = 1. No matrix of the size of the samples appears.
///
/// # References
///
/// M. R. Shirts and J. D. Chodera, J. Chem. Phys. 129, 124105 (2008), doi:10.1063/1.2978177, eqs. 8 and D6-D8.
#[derive(Clone, Debug)]
pub(super) struct Response {
    root_n: DVector<f64>,
    eigenvectors: DMatrix<f64>,
    /// 1 - lambda_i.
    gaps: DVector<f64>,
}

impl Response {
    /// From the overlaps `W^T W` `[K, K]` and numbers of samples `[K]` of the sampled states.
    pub(super) fn new(overlaps: &DMatrix<f64>, n_samples: &[f64]) -> Self {
        let root_n = DVector::from_iterator(n_samples.len(), n_samples.iter().map(|n| n.sqrt()));
        let total: f64 = n_samples.iter().sum();
        // less the projector on the eigenvector N^(1/2) 1 of lambda = 1
        let shared = DMatrix::from_fn(n_samples.len(), n_samples.len(), |k, l| {
            root_n[k] * root_n[l] * (overlaps[(k, l)] - 1.0 / total)
        });
        let eigen = SymmetricEigen::new(shared);
        Self { root_n, eigenvectors: eigen.eigenvectors, gaps: eigen.eigenvalues.map(|lambda| 1.0 - lambda) }
    }

    /// 1 - lambda of the slowest mode: 1 for identical states, 0 if two groups share nothing.
    pub(super) fn gap(&self) -> f64 {
        self.gaps.min().max(0.0)
    }

    /// Refuses states that hang together by fewer than [`MIN_SHARED_SAMPLES`], naming those of the smaller group.
    pub(super) fn check_connected(&self, states: &[usize]) -> Result<(), EstimatorError> {
        let shared = self.gap() * self.root_n.norm_squared();
        if shared >= MIN_SHARED_SAMPLES {
            return Ok(());
        }
        let slowest = self.eigenvectors.column(self.gaps.imin());
        let (above, below): (Vec<usize>, Vec<usize>) = (0..states.len()).partition(|&k| slowest[k] >= 0.0);
        let group = if above.len() < below.len() { above } else { below };
        let states = group.into_iter().map(|k| states[k]).collect();
        Err(EstimatorError::StatesDisconnected { states, shared })
    }

    /// Variance of `sum_n w_n v_n`; `own` is `sum_n w_n v_n^2`, `projections` are `sum_n w_n v_n W_kn`, `[K]`.
    pub(super) fn variance(&self, own: f64, projections: impl IntoIterator<Item = f64>) -> f64 {
        let x = DVector::from_iterator(self.root_n.len(), projections).component_mul(&self.root_n);
        let modes = self.eigenvectors.tr_mul(&x);
        own + modes.iter().zip(self.gaps.iter()).map(|(mode, gap)| mode * mode / gap).sum::<f64>()
    }
}
