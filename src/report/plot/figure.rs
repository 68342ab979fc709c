//! What a figure shows: plain descriptions without any drawing.

use super::axis::{Axis, RightAxis};

/// A colour of the sRGB space, one byte per channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

/// Colours in the order in which labels receive them; then they repeat with other markers.
///
/// The set of Okabe and Ito, distinguishable with the common colour-vision deficiencies, without its yellow (too pale for
/// lines on white) and with its black last.
///
/// # References
///
/// M. Okabe and K. Ito, *Color Universal Design* (2008), <https://jfly.uni-koeln.de/color/>.
pub const PALETTE: [Colour; 7] = [
    Colour(0, 114, 178),
    Colour(213, 94, 0),
    Colour(0, 158, 115),
    Colour(204, 121, 167),
    Colour(230, 159, 0),
    Colour(86, 180, 233),
    Colour(0, 0, 0),
];

/// A figure: a title over a grid of panels, filled row by row.
///
/// Titles, axis labels, legends, guides and annotations understand `_{...}` and `^{...}` for sub- and superscripts.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Title over all panels; may be empty.
    pub title: String,
    /// Panels, row by row.
    pub panels: Vec<Panel>,
    /// Panels per row.
    pub columns: usize,
    /// Width of one panel with its labels \[px\].
    pub panel_width: u32,
    /// Height of one frame without labels and residuals \[px\]; the height of the figure follows.
    pub frame_height: u32,
}

impl Default for Figure {
    /// No panels, two columns of 800 px, frames of 460 px: about 1600 x 900 px with a legend and residuals.
    fn default() -> Self {
        Self { title: String::new(), panels: Vec::new(), columns: 2, panel_width: 800, frame_height: 460 }
    }
}

/// One pair of axes with everything drawn between and below them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Panel {
    /// Title over the frame; may be empty.
    pub title: String,
    /// Horizontal axis.
    pub x: Axis,
    /// Left vertical axis.
    pub y: Axis,
    /// A second reading of the vertical axis, on the right.
    pub right_axis: Option<RightAxis>,
    /// Colour behind the data, white where none is given.
    pub ground: Option<Colour>,
    /// What is drawn; a later series of the same kind lies on top. Series with equal labels share colour and legend entry.
    pub series: Vec<Series>,
    /// A narrow frame below that shares the horizontal axis and shows deviations in standard errors.
    pub residuals: Option<Residuals>,
    /// Where the legend goes.
    pub legend: LegendPlace,
    /// Straight lines across the frame.
    pub guides: Vec<Guide>,
    /// Texts at data coordinates.
    pub annotations: Vec<Annotation>,
    /// Sentences below the panel, wrapped to its width.
    pub notes: Vec<String>,
    /// Lines of text in a fixed-width face below the panel, each with an optional swatch of colour.
    pub captions: Vec<Caption>,
}

/// One set of data under one label.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Entry in the legend; an empty label has none.
    pub label: String,
    /// The data and how they are drawn.
    pub mark: Mark,
    /// Colour in place of the one the label receives from [`PALETTE`].
    pub colour: Option<Colour>,
}

/// Data together with the way they are drawn. Values that are not finite are left out and interrupt lines.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Mark {
    /// An exact curve through `(x, y)`. Where no points carry the same label and no colour is given, dash patterns tell curves
    /// apart.
    Line(Vec<(f64, f64)>),
    /// A dashed curve through `(x, y)`: a prediction or bound beside the exact one.
    Dashed(Vec<(f64, f64)>),
    /// Estimates `(x, y, std_error)` with bars of one standard error; 0 or NaN draws no bar.
    ///
    /// A point above or below the frame is shown as an open triangle at its edge, never dropped in silence.
    Points(Vec<(f64, f64, f64)>),
    /// The area between two curves, `(x, low, high)`.
    Band(Vec<(f64, f64, f64)>),
    /// Bars `(left, right, height)` that stand on 0, or on the lower edge of a logarithmic axis.
    Histogram(Vec<(f64, f64, f64)>),
}

impl Series {
    /// An exact curve; see [`Mark::Line`].
    pub fn line(label: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        Self::new(label, Mark::Line(points.into_iter().collect()))
    }

    /// A dashed curve; see [`Mark::Dashed`].
    pub fn dashed(label: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        Self::new(label, Mark::Dashed(points.into_iter().collect()))
    }

    /// Estimates `(x, y, std_error)`; see [`Mark::Points`].
    pub fn points(label: impl Into<String>, points: impl IntoIterator<Item = (f64, f64, f64)>) -> Self {
        Self::new(label, Mark::Points(points.into_iter().collect()))
    }

    /// The area between `low` and `high` in `(x, low, high)`; see [`Mark::Band`].
    pub fn band(label: impl Into<String>, points: impl IntoIterator<Item = (f64, f64, f64)>) -> Self {
        Self::new(label, Mark::Band(points.into_iter().collect()))
    }

    /// Bars `(left, right, height)`; see [`Mark::Histogram`].
    pub fn histogram(label: impl Into<String>, bars: impl IntoIterator<Item = (f64, f64, f64)>) -> Self {
        Self::new(label, Mark::Histogram(bars.into_iter().collect()))
    }

    /// The same series in a given colour.
    #[must_use]
    pub fn coloured(self, colour: Colour) -> Self {
        Self { colour: Some(colour), ..self }
    }

    fn new(label: impl Into<String>, mark: Mark) -> Self {
        Self { label: label.into(), mark, colour: None }
    }
}

/// Deviations of estimates from exact values in standard errors, `z = (estimate - exact) / std_error`.
///
/// Guide lines at 0, ±1 and ±4.5 (the bound beyond which a check fails) are always drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Residuals {
    /// Label of the vertical axis, usually `z`.
    pub label: String,
    /// Series of `(x, z)` under the labels of the panel's series, so that colours and markers agree.
    pub series: Vec<(String, Vec<(f64, f64)>)>,
}

/// Where a panel's legend goes; it never covers data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum LegendPlace {
    /// In rows below the horizontal axis.
    #[default]
    Below,
    /// In one column right of the frame.
    Right,
    /// Nowhere.
    Hidden,
}

/// A straight line across the frame with a label.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Guide {
    /// Vertical line at a value of the horizontal axis; its label stands above the frame.
    X {
        /// Position in data units.
        at: f64,
        /// Label, for example `T_{c}`.
        label: String,
    },
    /// Horizontal line at a value of the left axis; its label stands on it at the right.
    Y {
        /// Position in data units.
        at: f64,
        /// Label, for example `ln W`.
        label: String,
    },
}

/// A short text beside a point of the panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotation {
    /// Horizontal position in data units.
    pub x: f64,
    /// Vertical position in data units of the left axis.
    pub y: f64,
    /// What it says.
    pub text: String,
}

/// A line below a panel: a swatch, a label, and text in a fixed-width face that is cut with an ellipsis where it does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caption {
    /// Colour of the swatch; `None` draws none.
    pub swatch: Option<Colour>,
    /// Label, for example `2856 K`; may be empty.
    pub label: String,
    /// Text, shown as it is: line breaks become ↵ and no markup is interpreted.
    pub text: String,
}
