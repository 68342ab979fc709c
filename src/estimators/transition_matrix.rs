//! Numbers of states from the transitions that a walk proposes between cells.

use super::cell_density::CellDensity;
use super::error::{EstimatorError, check_length};
use super::flat_histogram::check_counts;
use crate::numerics::ln_sum_exp;

/// ln g from proposed moves: n_ij / n_i estimates the transition matrix of the walk that makes every proposal, and g is
/// its stationary distribution.
///
/// `blocks`: `[n_blocks]` of banded counts `[n_cells, 2 reach + 1]`, entry `i (2 reach + 1) + reach + j - i` the
/// number of moves proposed from cell i to cell j, made or not; blocks may differ in reach. The sum n_i of a row
/// is the number of visits. The run may have had any weights that depend on the cell alone: states within a cell must
/// have been visited alike. Proposals to cells never visited are left out, which keeps the ratios of the others
/// because proposals are symmetric.
///
/// Visits enter only through the choice of the row, so a walk that dwells here or there by chance does no harm, unlike
/// in [`super::density_from_visits`]: on the 8 x 8 Ising torus errors are smaller by 1.15 to 1.2 at most levels, which
/// makes this the estimator to use first.
///
/// Solved by the elimination of Grassmann, Taksar and Heyman, which subtracts nothing: relative errors of all g_i
/// stay near rounding, however many decades they span. Cost: n_cells reach^2 per block.
///
/// # Errors
///
/// Fewer than two blocks, a length that is no odd multiple of `n_cells`, a count that is negative or not finite, no
/// visits at all, or [`EstimatorError::Unconnected`] for a cell that some delete-one run cannot place.
///
/// # Examples
///
/// Flips of three free spins, with 0, 1, 2 or 3 of them up: 1, 3, 3 and 1 states.
///
/// ```
/// use gibbs::estimators::{Known, density_from_transitions};
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// #[rustfmt::skip]
/// let block = [
///     0.0, 0.0, 9.0,
///     1.0, 0.0, 2.0,
///     4.0, 0.0, 2.0,
///     5.0, 0.0, 0.0,
/// ];
/// let density = density_from_transitions(&[block, block], 4)?.normalised(Known::Total(8f64.ln()))?;
/// assert!((density.ln_g()[2] - 3f64.ln()).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// J.-S. Wang, T. K. Tay and R. H. Swendsen, Phys. Rev. Lett. 82, 476 (1999), doi:10.1103/PhysRevLett.82.476;
/// W. K. Grassmann, M. I. Taksar and D. P. Heyman, Oper. Res. 33, 1107 (1985), doi:10.1287/opre.33.5.1107.
pub fn density_from_transitions<B: AsRef<[f64]>>(blocks: &[B], n_cells: usize) -> Result<CellDensity, EstimatorError> {
    check_length(blocks.len(), 2)?;
    check_length(n_cells, 1)?;
    let mut reach = 0;
    for block in blocks {
        let block = block.as_ref();
        let width = block.len() / n_cells;
        if width.is_multiple_of(2) || width * n_cells != block.len() {
            return Err(EstimatorError::LengthMismatch { expected: n_cells * (width | 1), found: block.len() });
        }
        check_counts(block)?;
        reach = reach.max(width / 2);
    }
    let mut total = Band::new(n_cells, reach);
    blocks.iter().for_each(|block| total.add(block.as_ref(), 1.0));
    let cells: Vec<usize> = (0..n_cells).filter(|&i| total.row(i).iter().sum::<f64>() > 0.0).collect();
    check_length(cells.len(), 1)?;
    let ln_g = |without: Option<usize>| match without {
        None => total.stationary(&cells),
        Some(block) => {
            let mut rest = total.clone();
            rest.add(blocks[block].as_ref(), -1.0);
            rest.stationary(&cells)
        }
    };
    CellDensity::from_blocks(cells.clone(), blocks.len(), ln_g)
}

/// A matrix `[n, n]` that is zero beyond `reach` from its diagonal, row-major `[n, 2 reach + 1]`.
#[derive(Clone)]
struct Band {
    n: usize,
    reach: usize,
    entries: Vec<f64>,
}

impl Band {
    fn new(n: usize, reach: usize) -> Self {
        Self { n, reach, entries: vec![0.0; n * (2 * reach + 1)] }
    }

    fn row(&self, i: usize) -> &[f64] {
        let width = 2 * self.reach + 1;
        &self.entries[i * width..(i + 1) * width]
    }

    /// Index of (i, j), which must be within reach.
    fn at(&self, i: usize, j: usize) -> usize {
        i * (2 * self.reach + 1) + self.reach + j - i
    }

    /// Adds `factor` times a band of the same rows and at most the same reach.
    fn add(&mut self, other: &[f64], factor: f64) {
        let narrow = other.len() / self.n;
        let (width, offset) = (2 * self.reach + 1, self.reach - narrow / 2);
        for (row, added) in self.entries.chunks_exact_mut(width).zip(other.chunks_exact(narrow)) {
            // Fractional counts may leave a rounding error below zero.
            row[offset..].iter_mut().zip(added).for_each(|(sum, n)| *sum = (*sum + factor * n).max(0.0));
        }
    }

    /// ln of the stationary distribution over `cells` of the chain with these transition counts, 0 for the first.
    fn stationary(&self, cells: &[usize]) -> Result<Vec<f64>, EstimatorError> {
        let mut rates = Band::new(cells.len(), self.reach);
        for (i, &from) in cells.iter().enumerate() {
            let visits: f64 = self.row(from).iter().sum();
            for (j, &to) in cells.iter().enumerate().skip(i.saturating_sub(self.reach)) {
                if to > from + self.reach {
                    break;
                }
                if to != from && from <= to + self.reach {
                    let at = rates.at(i, j);
                    rates.entries[at] = self.entries[self.at(from, to)] / visits;
                }
            }
        }
        rates.eliminate(cells)
    }

    /// Grassmann, Taksar and Heyman: the last cell is taken out of the chain again and again, its moves down being
    /// shared among those who led to it; then the weights are built up again.
    fn eliminate(mut self, cells: &[usize]) -> Result<Vec<f64>, EstimatorError> {
        for k in (1..self.n).rev() {
            let lowest = k.saturating_sub(self.reach);
            let down: f64 = (lowest..k).map(|j| self.entries[self.at(k, j)]).sum();
            if !(down > 0.0 && down.is_finite()) {
                return Err(EstimatorError::Unconnected { cell: cells[k] });
            }
            for i in lowest..k {
                let up = self.at(i, k);
                self.entries[up] /= down;
                let share = self.entries[up];
                if share > 0.0 {
                    for j in lowest..k {
                        let (to, from) = (self.at(i, j), self.at(k, j));
                        self.entries[to] += share * self.entries[from];
                    }
                }
            }
        }
        let mut ln_g = vec![0.0; self.n];
        for k in 1..self.n {
            let below = k.saturating_sub(self.reach)..k;
            ln_g[k] = ln_sum_exp(below.map(|i| ln_g[i] + self.entries[self.at(i, k)].ln()));
            if ln_g[k] == f64::NEG_INFINITY {
                return Err(EstimatorError::Unconnected { cell: cells[k] });
            }
        }
        Ok(ln_g)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::Known;
    use crate::numerics::sum;

    #[test]
    fn a_thousand_decades_keep_their_digits() {
        // flips of 4000 free spins: g_i = C(4000, i), up to e^2768
        let n = 4000usize;
        let mut block = vec![0.0; 3 * (n + 1)];
        for i in 0..=n {
            (block[3 * i], block[3 * i + 2]) = (i as f64, (n - i) as f64);
        }
        let density = density_from_transitions(&[&block, &block], n + 1).unwrap();
        let ln_binomial = |k: usize| sum((0..k).map(|i| ((n - i) as f64 / (i + 1) as f64).ln()));
        for k in [1, 100, 1000, 2000, 3999, 4000] {
            let exact = ln_binomial(k);
            assert!((density.ln_g()[k] - exact).abs() < 1e-12 * (1.0 + exact.abs()) * 4.0, "{k}");
        }
    }

    /// Rates min(1, g_j/g_i) between cells up to three apart, every fifth cell missing.
    fn reversible(n: usize, ln_g: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut block = vec![0.0; 7 * n];
        for i in (0..n).filter(|i| i % 5 != 2) {
            for j in i.saturating_sub(3)..(i + 4).min(n) {
                block[7 * i + 3 + j - i] = (ln_g(j) - ln_g(i)).min(0.0).exp() * (1.0 + (i * j % 7) as f64);
            }
        }
        block
    }

    #[test]
    fn wide_bands_with_missing_cells() {
        let ln_g = |i: usize| 200.0 * (0.03 * i as f64).sin();
        let block = reversible(300, ln_g);
        // rows of unequal visits: the rates are what counts, so the totals must not be normalised away
        let mut total = Band::new(300, 3);
        total.add(&block, 1.0);
        let cells: Vec<usize> = (0..300).filter(|i| i % 5 != 2).collect();
        let mut rates = total.clone();
        for (i, row) in block.chunks_exact(7).enumerate() {
            // a stay that makes all rows sum to 100 turns counts into rates
            rates.entries[7 * i + 3] = if i % 5 == 2 { 0.0 } else { 100.0 - row.iter().sum::<f64>() + row[3] };
        }
        let density = density_from_transitions(&[&rates.entries, &rates.entries], 300).unwrap();
        assert_eq!(density.cells(), cells);
        for (&cell, value) in cells.iter().zip(density.ln_g()) {
            assert!((value - (ln_g(cell) - ln_g(0))).abs() < 1e-10, "{cell}: {value} {}", ln_g(cell));
        }
    }

    #[test]
    fn refusals() {
        let of = |blocks: &[Vec<f64>]| density_from_transitions(blocks, 2);
        let both = vec![0.0, 5.0, 5.0, 5.0, 5.0, 0.0];
        assert_eq!(of(std::slice::from_ref(&both)), Err(EstimatorError::TooFew { needed: 2, found: 1 }));
        assert!(matches!(of(&[both.clone(), vec![1.0; 4]]), Err(EstimatorError::LengthMismatch { .. })));
        assert!(matches!(of(&[both.clone(), vec![-1.0; 6]]), Err(EstimatorError::Count { index: 0, .. })));
        let stays = vec![0.0, 5.0, 0.0, 0.0, 5.0, 0.0];
        assert_eq!(of(&[both.clone(), stays.clone()]), Err(EstimatorError::Unconnected { cell: 1 }));
        // blocks of different reach, and a single visited cell
        let lonely = density_from_transitions(&[vec![3.0, 0.0], stays.clone()], 2);
        assert_eq!(lonely, Err(EstimatorError::Unconnected { cell: 1 }));
        let one = density_from_transitions(&[vec![3.0, 0.0], vec![4.0, 0.0]], 2).unwrap();
        let one = one.normalised(Known::Cell { cell: 0, ln_g: 0.5 }).unwrap();
        assert_eq!((one.cells(), one.ln_g()), (&[0][..], &[0.5][..]));
    }
}
