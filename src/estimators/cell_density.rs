//! Numbers of states per cell with jackknife errors, and what is known about them beforehand.

use super::error::{EstimatorError, check_length};
use super::estimate::Estimate;
use super::jackknife::from_deleted;
use crate::numerics::ln_sum_exp;

/// A number of states known beforehand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Known {
    /// ln of the number of states in all cells together; the cells must hold every state.
    Total(f64),
    /// ln g of one cell.
    Cell {
        /// The cell.
        cell: usize,
        /// Its ln g.
        ln_g: f64,
    },
}

/// ln g of the visited cells from a run in B blocks, with errors by leaving out one block at a time.
///
/// Comes from [`super::density_from_transitions`] or [`super::density_from_visits`] up to one constant, which
/// [`CellDensity::normalised`] fixes. Every further known number can first be checked
/// ([`CellDensity::discrepancy`]) and then be used ([`CellDensity::conditioned`]).
///
/// # Examples
///
/// Visits of a two-cell walk with equal weights, in three blocks; one state is known to be in cell 0:
///
/// ```
/// use gibbs::estimators::{Known, density_from_visits};
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// let blocks = [[100.0, 310.0], [90.0, 290.0], [110.0, 300.0]];
/// let density = density_from_visits(&blocks, &[0.0, 0.0])?.normalised(Known::Cell { cell: 0, ln_g: 0.0 })?;
/// let ln_g = density.estimates()?;
/// assert_eq!(ln_g[0].to_string(), "0(0)");
/// assert!(ln_g[1].z_score(3f64.ln()).abs() < 1.0);
/// assert!(density.discrepancy(Known::Total(5f64.ln()))?.z_score(0.0).abs() > 4.0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CellDensity {
    cells: Vec<usize>,
    /// ln g of `cells` from all blocks, and with one left out each, row-major `[n_blocks, n_visited]`.
    all: Vec<f64>,
    deleted: Vec<f64>,
    /// Known numbers used by regression, and the growth of errors that the regression causes.
    conditions: usize,
    inflation: f64,
}

impl CellDensity {
    /// `ln_g(None)` is ln g of `cells` from all blocks, `ln_g(Some(b))` that without block b.
    pub(super) fn from_blocks(
        cells: Vec<usize>,
        n_blocks: usize,
        ln_g: impl Fn(Option<usize>) -> Result<Vec<f64>, EstimatorError>,
    ) -> Result<Self, EstimatorError> {
        let all = ln_g(None)?;
        let mut deleted = Vec::with_capacity(n_blocks * all.len());
        for block in 0..n_blocks {
            deleted.extend(ln_g(Some(block))?);
        }
        Ok(Self { cells, all, deleted, conditions: 0, inflation: 1.0 })
    }

    /// The visited cells, increasing, `[n_visited]`.
    #[must_use]
    pub fn cells(&self) -> &[usize] {
        &self.cells
    }

    /// Number of blocks.
    #[must_use]
    pub fn n_blocks(&self) -> usize {
        self.deleted.len() / self.cells.len().max(1)
    }

    /// ln g of the visited cells from all blocks, `[n_visited]`, without the jackknife's correction of bias.
    #[must_use]
    pub fn ln_g(&self) -> &[f64] {
        &self.all
    }

    /// ln g of the visited cells with errors, `[n_visited]`; a cell that fixed the constant has error 0.
    ///
    /// # Errors
    ///
    /// A value that is not finite.
    pub fn estimates(&self) -> Result<Vec<Estimate>, EstimatorError> {
        (0..self.cells.len()).map(|i| self.estimate(|ln_g| ln_g[i])).collect()
    }

    /// Any smooth function of the ln g of all visited cells (`[n_visited]`, in the order of
    /// [`CellDensity::cells`]), such as an entropy at some temperature, with its error.
    ///
    /// `n_eff` is the number of blocks less the known numbers used by [`CellDensity::conditioned`]: z follows
    /// Student's t with `n_eff - 1` degrees of freedom.
    ///
    /// # Errors
    ///
    /// A value of `f` that is not finite.
    pub fn estimate(&self, f: impl Fn(&[f64]) -> f64) -> Result<Estimate, EstimatorError> {
        let finite = |value: f64| {
            if value.is_finite() { Ok(value) } else { Err(EstimatorError::NonFiniteFunction { value }) }
        };
        let all = finite(f(&self.all))?;
        let deleted: Result<Vec<f64>, _> = self.rows().map(|row| finite(f(row))).collect();
        let estimate = from_deleted(all, &deleted?);
        let std_error = estimate.std_error * self.inflation;
        Ok(Estimate { std_error, n_eff: estimate.n_eff - self.conditions as f64, ..estimate })
    }

    /// The density with its constant fixed by a known number, in every block alike: the error of that number is 0 and
    /// those of the others are errors of differences.
    ///
    /// # Errors
    ///
    /// A known number that is not finite or belongs to a cell never visited.
    pub fn normalised(mut self, known: Known) -> Result<Self, EstimatorError> {
        let (slot, ln_known) = self.look_up(known)?;
        let width = self.cells.len();
        for row in std::iter::once(&mut self.all[..]).chain(self.deleted.chunks_exact_mut(width)) {
            let measured = measured(row, slot);
            row.iter_mut().for_each(|ln_g| *ln_g = (*ln_g - measured) + ln_known);
        }
        Ok(self)
    }

    /// Measured minus known, with its error: `z_score(0.0)` of it tests the run.
    ///
    /// # Errors
    ///
    /// As [`CellDensity::normalised`].
    pub fn discrepancy(&self, known: Known) -> Result<Estimate, EstimatorError> {
        let (slot, ln_known) = self.look_up(known)?;
        self.estimate(|ln_g| measured(ln_g, slot) - ln_known)
    }

    /// The density given a further known number: every cell moves by its regression on the discrepancy, which for
    /// Gaussian errors is the best use of the knowledge. A walk between two known ends becomes a bridge.
    ///
    /// With d_b the discrepancy without block b and x_b a value, `x - d sum (x_b - x)(d_b - d) / sum (d_b - d)^2`.
    /// Errors grow by the usual factors of a regression, `n_eff` falls by one. A total is reached to first order
    /// in the discrepancy.
    ///
    /// # Errors
    ///
    /// As [`CellDensity::normalised`]; fewer than four blocks left; [`EstimatorError::ConstantSeries`] where the
    /// number is fixed already.
    pub fn conditioned(mut self, known: Known) -> Result<Self, EstimatorError> {
        let (slot, ln_known) = self.look_up(known)?;
        let n_blocks = self.n_blocks();
        check_length(n_blocks, self.conditions + 4)?;
        let residual = measured(&self.all, slot) - ln_known;
        let residuals: Vec<f64> = self.rows().map(|row| measured(row, slot) - ln_known).collect();
        let centre = residuals.iter().sum::<f64>() / n_blocks as f64;
        let spread: f64 = residuals.iter().map(|r| (r - centre).powi(2)).sum();
        if residuals.iter().all(|r| *r == residual) {
            return Err(EstimatorError::ConstantSeries { value: residual, n: n_blocks });
        }
        let z = self.discrepancy(known)?.z_score(0.0);
        let width = self.cells.len();
        for i in 0..width {
            let products = self.rows().zip(&residuals).map(|(row, r)| (row[i] - self.all[i]) * (r - centre));
            let slope = products.sum::<f64>() / spread;
            self.all[i] -= slope * residual;
            for (row, r) in self.deleted.chunks_exact_mut(width).zip(&residuals) {
                row[i] -= slope * r;
            }
        }
        if let Slot::Cell(i) = slot {
            self.all[i] = ln_known;
            self.deleted.chunks_exact_mut(width).for_each(|row| row[i] = ln_known);
        }
        let freedom = (n_blocks - 1 - self.conditions) as f64;
        self.inflation *= (freedom / (freedom - 1.0) * (1.0 + z * z / freedom)).sqrt();
        self.conditions += 1;
        Ok(self)
    }

    fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.deleted.chunks_exact(self.cells.len())
    }

    fn look_up(&self, known: Known) -> Result<(Slot, f64), EstimatorError> {
        let (slot, value) = match known {
            Known::Total(ln_states) => (Slot::Total, ln_states),
            Known::Cell { cell, ln_g } => {
                let slot = self.cells.binary_search(&cell).map_err(|_| EstimatorError::NeverVisited { cell })?;
                (Slot::Cell(slot), ln_g)
            }
        };
        if value.is_finite() { Ok((slot, value)) } else { Err(EstimatorError::NonFinite { index: 0, value }) }
    }
}

/// Where a known number stands among the visited cells.
#[derive(Clone, Copy)]
enum Slot {
    Total,
    Cell(usize),
}

fn measured(ln_g: &[f64], slot: Slot) -> f64 {
    match slot {
        Slot::Total => ln_sum_exp(ln_g.iter().copied()),
        Slot::Cell(i) => ln_g[i],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::Moments;
    use crate::estimators::synthetic::ar1;

    const BLOCKS: usize = 24;

    /// Five cells whose ln g is a random walk of unit steps around i, in blocks.
    fn walk(noise: &[f64]) -> CellDensity {
        let blocks: Vec<Vec<f64>> = noise
            .chunks_exact(4)
            .map(|steps| {
                let mut sum = 0.0;
                let cumulated = steps.iter().enumerate().map(|(i, e)| {
                    sum += e;
                    (i + 1) as f64 + sum
                });
                std::iter::once(0.0).chain(cumulated).collect()
            })
            .collect();
        let mean = |without: Option<usize>| {
            let kept: Vec<_> = blocks.iter().enumerate().filter(|(b, _)| Some(*b) != without).collect();
            Ok((0..5).map(|i| kept.iter().map(|(_, x)| x[i]).sum::<f64>() / kept.len() as f64).collect())
        };
        CellDensity::from_blocks(vec![0, 2, 3, 4, 7], BLOCKS, mean).unwrap()
    }

    #[test]
    fn a_walk_between_known_ends_is_a_bridge_with_honest_errors() {
        let noise = ar1(0.0, 4 * BLOCKS * 2000, 1);
        let (mut free, mut bridge, mut shrink) = (Moments::default(), Moments::default(), Moments::default());
        for noise in noise.chunks_exact(4 * BLOCKS) {
            let density = walk(noise).normalised(Known::Cell { cell: 0, ln_g: 0.0 }).unwrap();
            let end = Known::Cell { cell: 7, ln_g: 4.0 };
            free.push(density.discrepancy(end).unwrap().z_score(0.0));
            let before = density.estimates().unwrap()[2];
            let density = density.conditioned(end).unwrap();
            let all = density.estimates().unwrap();
            assert_eq!((all[0].std_error, all[4].std_error, all[4].value), (0.0, 0.0, 4.0));
            bridge.push(all[2].z_score(2.0));
            shrink.push((all[2].std_error / before.std_error).powi(2));
        }
        // z^2 of Student's t has mean nu/(nu - 2); its variance over 2000 walks is below 2 (1 + 12/nu) of that squared
        for (moments, freedom) in [(free, BLOCKS - 1), (bridge, BLOCKS - 2)] {
            let expected = freedom as f64 / (freedom as f64 - 2.0);
            let bound = 4.5 * (2.0 * (1.0 + 12.0 / freedom as f64) / 2000.0).sqrt();
            let variance = moments.variance().unwrap() / expected;
            assert!((variance - 1.0).abs() < bound, "{variance}");
            assert!((variance * 0.64 - 1.0).abs() > bound, "errors too large by a quarter would pass: {variance}");
            assert!(moments.estimate().unwrap().z_score(0.0).abs() < 4.5);
        }
        // the middle of a bridge has half the variance of the middle of a walk, and regression costs a little
        let shrink = shrink.mean().unwrap();
        assert!((shrink - 0.5).abs() < 0.06, "{shrink}");
    }

    #[test]
    fn a_total_fixes_the_constant_and_refusals_name_their_cause() {
        let noise = ar1(0.0, 4 * BLOCKS, 2);
        let density = walk(&noise).normalised(Known::Total(100.0)).unwrap();
        assert!((ln_sum_exp(density.ln_g().iter().copied()) - 100.0).abs() < 1e-12);
        let message = density.discrepancy(Known::Cell { cell: 1, ln_g: 0.0 }).unwrap_err().to_string();
        assert_eq!(message, "cell 1 was never visited, so nothing is known about it");
        assert!(density.clone().normalised(Known::Total(f64::NAN)).is_err());
        let fixed = density.normalised(Known::Cell { cell: 0, ln_g: 1.0 }).unwrap();
        let again = fixed.conditioned(Known::Cell { cell: 0, ln_g: 1.0 });
        assert!(matches!(again, Err(EstimatorError::ConstantSeries { .. })));
    }
}
