//! Proposed moves counted by the cells they start from and lead to, whether they were made or not.

use serde::{Deserialize, Serialize};

/// Longest jumps counted, in cells.
const MOST_REACH: usize = 64;

/// A banded table of counts: `counts()[i (2 reach + 1) + reach + j - i]` is the number of moves proposed from cell i
/// to cell j.
///
/// Proposals that leave the window count as i -> i, so the sum of row i is the number of visits to cell i. A proposal
/// that is not symmetric counts with min(1, proposal ratio), the rest as i -> i: the table then describes the walk at
/// infinite temperature, whose stationary distribution over cells is the number of states g_i. Jumps by more than 64
/// cells count as i -> i in both directions, which leaves g_i stationary.
///
/// Counts are whole numbers (exact up to 2^53) for symmetric proposals. Tables of independent walkers add up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transitions {
    n_cells: usize,
    reach: usize,
    counts: Vec<f64>,
}

impl Transitions {
    /// An empty table for `n_cells` cells.
    #[must_use]
    pub fn new(n_cells: usize) -> Self {
        Self { n_cells, reach: 0, counts: vec![0.0; n_cells] }
    }

    /// Number of cells.
    #[must_use]
    pub fn n_cells(&self) -> usize {
        self.n_cells
    }

    /// Longest jump counted so far, in cells.
    #[must_use]
    pub fn reach(&self) -> usize {
        self.reach
    }

    /// The table, row-major `[n_cells, 2 reach + 1]`.
    #[must_use]
    pub fn counts(&self) -> &[f64] {
        &self.counts
    }

    /// Visits of each cell, `[n_cells]`: the sums of the rows.
    #[must_use]
    pub fn visits(&self) -> Vec<f64> {
        self.counts.chunks_exact(2 * self.reach + 1).map(|row| row.iter().sum()).collect()
    }

    /// Whether the table, which may come from a file, is one of `n_cells` cells.
    pub(crate) fn is_of(&self, n_cells: usize) -> bool {
        self.n_cells == n_cells && self.reach <= MOST_REACH && self.counts.len() == n_cells * (2 * self.reach + 1)
    }

    /// Adds the counts of another walker over the same cells; cells beyond those of `self` are ignored.
    pub fn merge(&mut self, other: &Self) {
        self.widen(other.reach);
        let (width, offset) = (2 * self.reach + 1, self.reach - other.reach);
        for (row, added) in self.counts.chunks_exact_mut(width).zip(other.counts.chunks_exact(2 * other.reach + 1)) {
            row[offset..].iter_mut().zip(added).for_each(|(count, n)| *count += n);
        }
    }

    /// Counts a move proposed from cell `from` to cell `to`, with the share `weight` of it that is made at infinite
    /// temperature.
    #[inline]
    pub(super) fn record(&mut self, from: usize, to: Option<usize>, weight: f64) {
        let to = to.unwrap_or(from);
        let jump = to.abs_diff(from);
        if jump > self.reach {
            self.widen(jump);
        }
        let stay = from * (2 * self.reach + 1) + self.reach;
        if jump > self.reach {
            self.counts[stay] += 1.0;
            return;
        }
        self.counts[stay + to - from] += weight;
        if weight < 1.0 {
            self.counts[stay] += 1.0 - weight;
        }
    }

    /// Sets all counts to zero.
    pub(super) fn clear(&mut self) {
        self.counts.fill(0.0);
    }

    #[cold]
    fn widen(&mut self, reach: usize) {
        let reach = reach.min(MOST_REACH);
        if reach <= self.reach {
            return;
        }
        let added = reach - self.reach;
        let mut counts = vec![0.0; self.n_cells * (2 * reach + 1)];
        for (wide, row) in counts.chunks_exact_mut(2 * reach + 1).zip(self.counts.chunks_exact(2 * self.reach + 1)) {
            wide[added..added + row.len()].copy_from_slice(row);
        }
        (self.reach, self.counts) = (reach, counts);
    }
}

/// The table, as estimators take it.
impl AsRef<[f64]> for Transitions {
    fn as_ref(&self) -> &[f64] {
        &self.counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_different_reach_add_up() {
        let mut near = Transitions::new(3);
        near.record(0, Some(1), 1.0);
        near.record(1, None, 1.0);
        near.record(1, Some(0), 0.25);
        let mut far = Transitions::new(3);
        far.record(0, Some(2), 1.0);
        far.record(2, Some(2), 1.0);
        far.record(0, Some(1), 1.0);
        let mut sum = near.clone();
        sum.merge(&far);
        let mut other = far.clone();
        other.merge(&near);
        assert_eq!(sum, other);
        assert_eq!((sum.reach(), sum.visits()), (2, vec![3.0, 2.0, 1.0]));
        #[rustfmt::skip]
        assert_eq!(sum.counts(), [
            0.0, 0.0, 0.0, 2.0, 1.0,
            0.0, 0.25, 1.75, 0.0, 0.0,
            0.0, 0.0, 1.0, 0.0, 0.0,
        ]);
    }

    #[test]
    fn jumps_beyond_the_reach_stay() {
        let mut table = Transitions::new(200);
        table.record(0, Some(150), 1.0);
        table.record(150, Some(150 - MOST_REACH), 1.0);
        assert_eq!((table.reach(), table.counts()[MOST_REACH]), (MOST_REACH, 1.0));
        assert_eq!(table.visits().iter().sum::<f64>(), 2.0);
    }
}
