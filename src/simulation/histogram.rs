//! Energy histograms of a sampled temperature, with errors from blocks.

use super::SimulationError;
use crate::estimators::{Estimate, jackknife};

/// One cell of a histogram.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// Lower edge, total energy.
    pub low: f64,
    /// Upper edge.
    pub high: f64,
    /// Probability of the cell divided by its width.
    pub density: Estimate,
}

/// Levels up to this many have a cell each.
const MOST_LEVELS: usize = 64;
/// Cells that are counted one by one at most.
const MOST_CELLS: f64 = 16384.0;
/// Cells where there are more levels, or a continuum of them.
const CELLS: usize = 48;

/// The histogram of `energies`, `[n_blocks][...]`: a cell for each level where they are few, equal cells otherwise.
///
/// # Errors
///
/// Fewer than two blocks with energies.
pub(super) fn histogram(energies: &[Vec<f64>]) -> Result<Vec<Cell>, SimulationError> {
    let edges = edges(energies);
    let length = energies.iter().map(Vec::len).filter(|n| *n > 0).min().unwrap_or(0);
    let blocks: Vec<&[f64]> = energies.iter().filter(|block| !block.is_empty()).map(|block| &block[..length]).collect();
    let mut cells = Vec::with_capacity(edges.len());
    for (low, high) in edges {
        let shares: Vec<f64> = blocks
            .iter()
            .map(|block| block.iter().filter(|e| **e >= low && **e < high).count() as f64 / length as f64)
            .collect();
        // A cell that no block has seen, or all have seen equally often, has no error to quote.
        let Ok(share) = jackknife(&[&shares], shares.len().max(2), |m| m[0]) else { continue };
        cells.push(Cell { low, high, density: share.scaled(1.0 / (high - low)) });
    }
    Ok(cells)
}

/// Edges of the cells that cover all energies.
fn edges(energies: &[Vec<f64>]) -> Vec<(f64, f64)> {
    let mut levels: Vec<f64> = energies.iter().flatten().copied().collect();
    levels.sort_by(f64::total_cmp);
    let (Some(&lowest), Some(&highest)) = (levels.first(), levels.last()) else { return Vec::new() };
    let spread = (highest - lowest).max(f64::MIN_POSITIVE);
    levels.dedup_by(|a, b| (*a - *b).abs() <= 1e-9 * spread);
    let gap = levels.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    let gap = if gap.is_finite() { gap } else { 1.0 };
    // Cells of whole numbers of levels: others would hold one more and one less in turn.
    let width = gap * if levels.len() <= MOST_LEVELS { 1.0 } else { (spread / CELLS as f64 / gap).ceil() };
    // Levels of which two nearly coincide share equal cells.
    let width = if spread / width > MOST_CELLS { spread / CELLS as f64 } else { width };
    let n = (spread / width).floor() as usize + 1;
    (0..n).map(|k| lowest - 0.5 * gap.min(width) + k as f64 * width).map(|low| (low, low + width)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_levels_have_a_cell_each_and_many_share_them() {
        let blocks = vec![vec![0.0, 1.0, 1.0, 3.0], vec![0.0, 0.0, 1.0, 3.0]];
        let cells = histogram(&blocks).unwrap();
        // The share of level 3 is the same in both blocks: no error, no cell.
        assert_eq!(cells.iter().map(|c| (c.low, c.high)).collect::<Vec<_>>(), [(-0.5, 0.5), (0.5, 1.5)]);
        assert_eq!(cells[0].density.value, 0.375);
        let many: Vec<Vec<f64>> =
            (0..4).map(|b| (0..1000).map(|i| f64::from((i * i * (7 + b)) % 997)).collect()).collect();
        let cells = histogram(&many).unwrap();
        let total: f64 = cells.iter().map(|c| c.density.value * (c.high - c.low)).sum();
        assert!(cells.len() <= CELLS + 1 && (total - 1.0).abs() < 0.05, "{total}");
    }
}
