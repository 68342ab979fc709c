//! What stops a drawing.

use thiserror::Error;

/// Why a figure cannot be drawn or rasterised.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PlotError {
    /// There is nothing to draw.
    #[error("a figure needs at least one panel and one column, got {panels} panels in {columns} columns")]
    Empty {
        /// Number of panels.
        panels: usize,
        /// Number of columns.
        columns: usize,
    },
    /// The canvas would be absurd: panels from 300 to 4000 pixels wide, frames from 100 to 4000 high, at most 20 000 in all.
    #[error("the figure's size is out of bounds, got panels {panel_width} wide, frames {frame_height} high")]
    Size {
        /// Width of one panel as asked for.
        panel_width: u32,
        /// Height of one frame as asked for.
        frame_height: u32,
    },
    /// A range that was asked for is not one: ends must be finite, below 1e300, increasing, and positive on a log axis.
    #[error(
        "the range of axis `{axis}` must be finite and increase, and be positive on a logarithmic scale, got {low} to \
         {high}"
    )]
    Range {
        /// Label of the axis.
        axis: String,
        /// Lower end as given.
        low: f64,
        /// Upper end as given.
        high: f64,
    },
    /// The right axis cannot be a function of the left one.
    #[error("the right axis `{label}` needs a positive factor, or a linear left axis for an exponential")]
    RightAxis {
        /// Label of the right axis.
        label: String,
    },
    /// The embedded fonts are not readable.
    #[error("the embedded fonts cannot be read")]
    Font,
    /// The drawing backend refused an element.
    #[error("drawing failed")]
    Draw(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The text is not an SVG document.
    #[error("not an SVG document")]
    Svg(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The scale gives no image or one with more than 2^28 pixels.
    #[error("the scale must give between 1 and 2^28 pixels, got {scale}")]
    RasterScale {
        /// Scale as given.
        scale: f32,
    },
    /// The image could not be encoded.
    #[error("encoding the PNG failed")]
    Png(#[source] Box<dyn std::error::Error + Send + Sync>),
}
