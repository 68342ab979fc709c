//! What the multistate estimator is given: reduced potentials of all samples in all states, and who drew them.

use crate::estimators::error::{EstimatorError, check_length};

/// Samples drawn from K states, each known by its reduced potential u_k in every state.
///
/// The reduced potential is minus the logarithm of the unnormalised weight: beta_k E for the canonical ensemble,
/// beta_k (E - h_k M) with a field. `reduced` is row-major `[K, N]`. Plus infinity is a configuration that a state
/// forbids.
///
/// Correlated samples count for less: with the statistical inefficiency g_k = 2 tau_int of the run of state k, each of
/// its samples weighs 1/g_k and N_k becomes N_k/g_k, in the estimate (Ferrenberg and Swendsen's choice) and in its
/// covariance. Equal g_k leave the estimate as it is and multiply its variance by g.
///
/// # Examples
///
/// ```
/// use gibbs::estimators::{Mbar, MbarSamples};
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// // two levels, 0 and 1, counted at beta = 0 and beta = ln 3: 500 + 500 and 750 + 250 draws
/// let reduced = [0.0, 0.0, 0.0, 3f64.ln()];
/// let samples = MbarSamples::counted(&reduced, &[&[500, 500], &[750, 250]], &[1.0, 1.0])?;
/// let difference = Mbar::solve(&samples)?.difference(0, 1)?;
/// assert!((difference.value - 1.5f64.ln()).abs() < 1e-12); // f = -ln Z, and Z = 2 and 4/3
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// A. M. Ferrenberg and R. H. Swendsen, Phys. Rev. Lett. 63, 1195 (1989), doi:10.1103/PhysRevLett.63.1195.
#[derive(Clone, Debug)]
pub struct MbarSamples<'a> {
    /// `[K, N]`.
    pub(super) reduced: &'a [f64],
    pub(super) n_columns: usize,
    /// Effective number of samples of each state, `[K]`.
    pub(super) n_effective: Vec<f64>,
    /// Weight of each column, `[N]`; adds up to the sum of `n_effective`.
    pub(super) weights: Vec<f64>,
    pub(super) origins: Origins,
}

/// Which state drew which column.
#[derive(Clone, Debug)]
pub(super) enum Origins {
    /// The columns stand in the order of the states; where those of each begin and end.
    Ordered(Vec<std::ops::Range<usize>>),
    /// Columns with their weights, for each state.
    Counted(Vec<Vec<(usize, f64)>>),
}

impl<'a> MbarSamples<'a> {
    /// Independent samples: column n of `reduced` `[K, N]` is one configuration; the first `n_samples[0]` columns were
    /// drawn in state 0, the next `n_samples[1]` in state 1, and so on. Zero is a state that is asked about, not sampled.
    ///
    /// # Errors
    ///
    /// No state, no sample, lengths that do not fit, NaN or minus infinity among the potentials, or a sample that the
    /// state which drew it forbids.
    pub fn new(reduced: &'a [f64], n_samples: &[usize]) -> Result<Self, EstimatorError> {
        Self::correlated(reduced, n_samples, &vec![1.0; n_samples.len()])
    }

    /// As [`MbarSamples::new`], for runs with statistical inefficiencies g_k = 2 tau_int, `[K]`.
    ///
    /// # Errors
    ///
    /// As [`MbarSamples::new`], and an inefficiency that is not positive and finite.
    pub fn correlated(reduced: &'a [f64], n_samples: &[usize], inefficiencies: &[f64]) -> Result<Self, EstimatorError> {
        check_inefficiencies(inefficiencies, n_samples.len())?;
        let ends = n_samples.iter().scan(0, |end, n| {
            *end += n;
            Some(*end)
        });
        let ranges: Vec<_> = ends.zip(n_samples).map(|(end, n)| end - n..end).collect();
        let n_effective = n_samples.iter().zip(inefficiencies).map(|(&n, g)| n as f64 / g).collect();
        let weights: Vec<f64> =
            n_samples.iter().zip(inefficiencies).flat_map(|(&n, g)| std::iter::repeat_n(1.0 / g, n)).collect();
        let origins = Origins::Ordered(ranges);
        Self { reduced, n_columns: weights.len(), n_effective, weights, origins }.checked()
    }

    /// Histograms: column n of `reduced` `[K, N]` is a level, or any configuration, that state k has drawn `counts[k][n]`
    /// times, K slices `[N]`. `inefficiencies` as in [`MbarSamples::correlated`], 1 for independent draws.
    ///
    /// # Errors
    ///
    /// As [`MbarSamples::correlated`].
    pub fn counted(reduced: &'a [f64], counts: &[&[u64]], inefficiencies: &[f64]) -> Result<Self, EstimatorError> {
        check_inefficiencies(inefficiencies, counts.len())?;
        let n_columns = counts.first().map_or(0, |row| row.len());
        if let Some(row) = counts.iter().find(|row| row.len() != n_columns) {
            return Err(EstimatorError::LengthMismatch { expected: n_columns, found: row.len() });
        }
        let drawn = counts.iter().zip(inefficiencies).map(|(row, g)| {
            let occupied = row.iter().enumerate().filter(|(_, n)| **n > 0);
            occupied.map(|(column, n)| (column, *n as f64 / g)).collect()
        });
        Self::drawn(reduced, n_columns, drawn.collect())
    }

    /// Columns with their weights for each state, in order of the columns.
    pub(crate) fn drawn(
        reduced: &'a [f64],
        n_columns: usize,
        drawn: Vec<Vec<(usize, f64)>>,
    ) -> Result<Self, EstimatorError> {
        let n_effective = drawn.iter().map(|list| list.iter().map(|(_, weight)| weight).sum()).collect();
        let mut weights = vec![0.0; n_columns];
        for (column, weight) in drawn.iter().flatten() {
            weights[*column] += weight;
        }
        Self { reduced, n_columns, n_effective, weights, origins: Origins::Counted(drawn) }.checked()
    }

    /// Number of states, K.
    #[must_use]
    pub fn n_states(&self) -> usize {
        self.n_effective.len()
    }

    /// The potentials of all columns in state k, `[N]`.
    pub(super) fn row(&self, k: usize) -> &'a [f64] {
        &self.reduced[k * self.n_columns..(k + 1) * self.n_columns]
    }

    /// The states that have samples.
    pub(super) fn sampled(&self) -> Vec<usize> {
        (0..self.n_states()).filter(|&k| self.n_effective[k] > 0.0).collect()
    }

    /// Every `stride`-th column that state k has drawn, with its weight.
    pub(super) fn thinned(&self, k: usize, stride: usize) -> Vec<(usize, f64)> {
        match &self.origins {
            Origins::Ordered(ranges) => ranges[k].clone().step_by(stride).map(|n| (n, self.weights[n])).collect(),
            Origins::Counted(drawn) => drawn[k].iter().step_by(stride).copied().collect(),
        }
    }

    /// Columns that state k has drawn from, each counted once.
    pub(super) fn n_drawn(&self, k: usize) -> usize {
        match &self.origins {
            Origins::Ordered(ranges) => ranges[k].len(),
            Origins::Counted(drawn) => drawn[k].len(),
        }
    }

    fn checked(self) -> Result<Self, EstimatorError> {
        check_length(self.n_states(), 1)?;
        check_length(self.n_columns, 1)?;
        let expected = self.n_states() * self.n_columns;
        if self.reduced.len() != expected {
            return Err(EstimatorError::LengthMismatch { expected, found: self.reduced.len() });
        }
        for state in 0..self.n_states() {
            let row = self.row(state);
            let refuse = |sample: usize| EstimatorError::ReducedPotential { state, sample, value: row[sample] };
            if let Some(sample) = row.iter().position(|u| u.is_nan() || *u == f64::NEG_INFINITY) {
                return Err(refuse(sample));
            }
            let forbidden = match &self.origins {
                Origins::Ordered(ranges) => ranges[state].clone().find(|&n| row[n] == f64::INFINITY),
                Origins::Counted(drawn) => drawn[state].iter().map(|(n, _)| *n).find(|&n| row[n] == f64::INFINITY),
            };
            if let Some(sample) = forbidden {
                return Err(refuse(sample));
            }
        }
        if self.sampled().is_empty() {
            return Err(EstimatorError::TooFew { needed: 1, found: 0 });
        }
        Ok(self)
    }
}

fn check_inefficiencies(inefficiencies: &[f64], n_states: usize) -> Result<(), EstimatorError> {
    if inefficiencies.len() != n_states {
        return Err(EstimatorError::LengthMismatch { expected: n_states, found: inefficiencies.len() });
    }
    match inefficiencies.iter().position(|g| !(*g > 0.0 && g.is_finite())) {
        Some(state) => Err(EstimatorError::Inefficiency { state, value: inefficiencies[state] }),
        None => Ok(()),
    }
}
