//! The energy axis cut into cells: discrete levels on a grid, or bins of equal width.

use super::SamplerError;

/// Most cells that an axis may have.
const MOST_CELLS: f64 = 1e7;
/// Distance from a level of the grid, in steps, that rounding can explain.
const OFF_GRID: f64 = 1e-3;
/// Distance beyond the outermost edges, in cells, that rounding can explain.
const EDGE: f64 = 1e-9;

/// Cells of energy between a lowest and a highest one, the window in which flat-histogram samplers walk.
///
/// A grid has one cell per possible level, `index = round((E - lowest)/step)`; bins have equal widths and hold their
/// edges. Cells may stay empty: not every grid point is a level (an Ising torus has no second lowest one).
///
/// # Examples
///
/// ```
/// use gibbs::samplers::EnergyCells;
/// # fn main() -> Result<(), gibbs::samplers::SamplerError> {
/// // The 4 x 4 Ising torus: E = -32, -28, ..., 32 in units of J.
/// let levels = EnergyCells::grid(-32.0, 32.0, 4.0)?;
/// assert_eq!((levels.len(), levels.cell(-24.0), levels.cell(36.0)), (17, Some(2), None));
/// let bins = EnergyCells::bins(0.0, 10.0, 5)?;
/// assert_eq!((bins.cell(3.9), bins.cell(10.0), bins.energy(1)), (Some(1), Some(4), 3.0));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct EnergyCells {
    /// Lower edge of the first cell.
    origin: f64,
    width: f64,
    per_width: f64,
    n: usize,
    is_grid: bool,
}

impl EnergyCells {
    /// The levels `lowest`, `lowest + step`, ..., `highest`.
    ///
    /// # Errors
    ///
    /// A bound or step that is not finite, a step that is not positive, `highest` below `lowest` or not on the grid,
    /// more than 10^7 levels.
    pub fn grid(lowest: f64, highest: f64, step: f64) -> Result<Self, SamplerError> {
        let refuse = |expected, value| Err(SamplerError::Cells { expected, value });
        if !(step > 0.0 && step.is_finite()) {
            return refuse("a positive finite step", step);
        }
        let steps = (highest - lowest) / step;
        if !(lowest.is_finite() && (0.0..MOST_CELLS).contains(&steps)) {
            return refuse("finite bounds with at most 10^7 cells between them, the lower one first", highest);
        }
        if (steps - steps.round()).abs() > OFF_GRID {
            return refuse("a highest level that lies whole steps above the lowest", highest);
        }
        let n = steps.round() as usize + 1;
        Ok(Self { origin: lowest - 0.5 * step, width: step, per_width: 1.0 / step, n, is_grid: true })
    }

    /// `n` bins of equal width from `lowest` to `highest`.
    ///
    /// # Errors
    ///
    /// A bound that is not finite, `highest` not above `lowest`, no bin or more than 10^7.
    pub fn bins(lowest: f64, highest: f64, n: usize) -> Result<Self, SamplerError> {
        let refuse = |expected, value| Err(SamplerError::Cells { expected, value });
        if !(1.0..MOST_CELLS).contains(&(n as f64)) {
            return refuse("between 1 and 10^7 bins", n as f64);
        }
        let width = (highest - lowest) / n as f64;
        if !(lowest.is_finite() && width > 0.0 && width.is_finite()) {
            return refuse("finite bounds, the lower one first", highest);
        }
        Ok(Self { origin: lowest, width, per_width: 1.0 / width, n, is_grid: false })
    }

    /// Number of cells, empty ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.n
    }

    /// Never true: there is at least one cell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Step of the grid, or width of a bin.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.width
    }

    /// The cell of `energy`; `None` outside the window and for NaN.
    #[inline]
    #[must_use]
    pub fn cell(&self, energy: f64) -> Option<usize> {
        let x = (energy - self.origin) * self.per_width;
        (x >= -EDGE && x <= self.n as f64 + EDGE).then(|| (x as usize).min(self.n - 1))
    }

    /// The level of a grid cell, or the middle of a bin.
    #[must_use]
    pub fn energy(&self, cell: usize) -> f64 {
        self.origin + (cell as f64 + 0.5) * self.width
    }

    /// The cell of `energy`, which must lie in the window and, for a grid, on a level.
    pub(super) fn checked(&self, energy: f64) -> Result<usize, SamplerError> {
        let (lowest, highest) = (self.energy(0), self.energy(self.n - 1));
        let cell = self.cell(energy).ok_or(SamplerError::OutsideCells { energy, lowest, highest })?;
        if self.is_grid && (energy - self.energy(cell)).abs() > OFF_GRID * self.width {
            return Err(SamplerError::OffGrid { energy, lowest, step: self.width });
        }
        Ok(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_survive_rounding_and_edges_belong_to_the_window() {
        let grid = EnergyCells::grid(-0.3, 0.3, 0.1).unwrap();
        let mut energy = -0.3;
        for cell in 0..7 {
            assert_eq!(grid.checked(energy), Ok(cell));
            assert!((grid.energy(cell) - energy).abs() < 1e-15);
            energy += 0.1;
        }
        assert_eq!((grid.len(), grid.cell(energy), grid.cell(f64::NAN)), (7, None, None));
        let bins = EnergyCells::bins(-1.0, 2.0, 7).unwrap();
        assert_eq!((bins.cell(-1.0 - 1e-12), bins.cell(2.0 + 1e-12)), (Some(0), Some(6)));
        assert_eq!((bins.cell(-1.001), bins.cell(2.001)), (None, None));
        assert_eq!(bins.cell(f64::NEG_INFINITY), None);
    }

    #[test]
    fn refusals() {
        for (lowest, highest, step) in
            [(0.0, 1.0, 0.0), (0.0, 1.0, f64::NAN), (1.0, 0.0, 0.5), (f64::NAN, 1.0, 0.5), (0.0, 1.0, 1e-9)]
        {
            assert!(matches!(EnergyCells::grid(lowest, highest, step), Err(SamplerError::Cells { .. })));
        }
        let message = EnergyCells::grid(0.0, 1.0, 0.4).unwrap_err().to_string();
        assert_eq!(message, "energy cells need a highest level that lies whole steps above the lowest, got 1");
        for (lowest, highest, n) in [(0.0, 1.0, 0), (1.0, 1.0, 3), (0.0, f64::INFINITY, 3)] {
            assert!(matches!(EnergyCells::bins(lowest, highest, n), Err(SamplerError::Cells { .. })));
        }
        let grid = EnergyCells::grid(-4.0, 4.0, 4.0).unwrap();
        assert_eq!(grid.checked(2.0).unwrap_err(), SamplerError::OffGrid { energy: 2.0, lowest: -4.0, step: 4.0 });
        assert!(matches!(grid.checked(8.0), Err(SamplerError::OutsideCells { .. })));
    }
}
