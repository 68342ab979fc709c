//! Where a drawn frame lies, for marks that move over it.

use super::axis::Span;
use super::canvas::{Area, FINE};

/// The frame of a panel in the units of the drawing's `viewBox`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    area: Area,
    x: Span,
}

impl Frame {
    pub(super) fn new(area: Area, x: Span) -> Self {
        Self { area, x }
    }

    /// Heights of the upper and the lower edge.
    #[must_use]
    pub fn top_and_bottom(&self) -> (f64, f64) {
        (self.area.top * FINE, self.area.bottom() * FINE)
    }

    /// Where `value` of the horizontal axis lies: at the nearer edge if it is beyond the axis or has no place on it, as zero has none on a
    /// logarithmic one.
    #[must_use]
    pub fn place(&self, value: f64) -> f64 {
        let beyond = if value > 0.0 { 1.0 } else { 0.0 };
        let share = self.x.position(value).unwrap_or(beyond).clamp(0.0, 1.0);
        (self.area.left + share * self.area.width) * FINE
    }
}
