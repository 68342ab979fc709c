//! Sizes, distances and colours of everything but the data.

use super::figure::Colour;

/// Sizes of text \[px\].
pub(super) const FIGURE_TITLE: f64 = 30.0;
pub(super) const PANEL_TITLE: f64 = 24.0;
pub(super) const AXIS_LABEL: f64 = 22.0;
pub(super) const TICK_LABEL: f64 = 20.0;
pub(super) const BODY: f64 = 19.0;

/// Distance of baselines relative to the size.
pub(super) const LEADING: f64 = 1.3;

/// Length of a major tick \[px\].
pub(super) const TICK: f64 = 7.0;

/// Space around a panel \[px\].
pub(super) const MARGIN: f64 = 14.0;

/// Space between neighbours: tick and label, swatch and text, entries of a legend \[px\].
pub(super) const GAP: f64 = 8.0;

/// Width and height of a caption's swatch \[px\].
pub(super) const SWATCH: (f64, f64) = (52.0, 24.0);

/// Length of a legend's sample of a line \[px\].
pub(super) const SAMPLE_WIDTH: f64 = 46.0;

pub(super) const INK: Colour = Colour(34, 34, 34);
pub(super) const GREY: Colour = Colour(110, 110, 110);
pub(super) const GRID: Colour = Colour(228, 228, 228);
pub(super) const WHITE: Colour = Colour(255, 255, 255);
