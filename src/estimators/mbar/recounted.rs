//! The same states with some of their samples left out: what an error by leaving out blocks needs.

use super::exponentials::Exponentials;
use super::newton::Equations;
use crate::estimators::error::EstimatorError;

/// States whose samples are counted again and again, all of them sampled.
#[derive(Clone, Debug)]
pub(crate) struct Recounted<'a> {
    /// Reduced potentials, K slices `[N]`.
    rows: Vec<&'a [f64]>,
    /// Free energies of all samples, `[K]`: where every solution begins.
    start: &'a [f64],
    states: Vec<usize>,
    exponentials: Exponentials,
}

impl<'a> Recounted<'a> {
    /// `reduced`: `[K, N]` row-major; `free_energies`: those of all samples, `[K]`.
    pub(crate) fn new(reduced: &'a [f64], free_energies: &'a [f64]) -> Self {
        let n_states = free_energies.len();
        let rows: Vec<&[f64]> = reduced.chunks_exact(reduced.len() / n_states).collect();
        let exponentials = Exponentials::new(&rows, free_energies);
        Self { rows, start: free_energies, states: (0..n_states).collect(), exponentials }
    }

    /// Free energies `[K]` and ln D_n `[N]` for `n_samples` `[K]` and weights of the columns `[N]`.
    ///
    /// # Errors
    ///
    /// As [`super::Mbar::solve`].
    pub(crate) fn solve(&mut self, n_samples: &[f64], weights: &[f64]) -> Result<(Vec<f64>, Vec<f64>), EstimatorError> {
        let equations = Equations { rows: &self.rows, n_samples, weights, states: &self.states };
        let f = equations.solve(&mut self.exponentials, self.start)?.f;
        let ln_mixture = self.exponentials.ln_mixture(&f, n_samples);
        Ok((f, ln_mixture))
    }
}
