//! Figures: a small declarative description is laid out, drawn to SVG with plotters, and that very SVG is rasterised to PNG.
//!
//! The only module that uses plotters or resvg. A caller describes *what* is shown ([`Figure`], [`Panel`], [`Series`]);
//! layout, ticks, colours, marker shapes, dash patterns and the place of the legend follow from the data. Nothing here
//! writes a file, reads a system font, or depends on anything but the description: equal figures give equal bytes.
//!
//! Of plotters only the elements and the SVG backend are used. Its charts clamp points to the frame (a line leaving the
//! frame gets a false slope), draw NaN at the edge, omit end labels of logarithmic axes and may never return for extreme
//! ranges; so ticks, ranges and clipping are done here and plotters sees nothing but pixels inside the canvas.
//!
//! Not covered: maps of a function of two variables, and axes of dates.
//!
//! # Examples
//!
//! ```
//! use gibbs::report::plot::{Axis, Figure, Panel, Series, svg_to_png};
//! # fn main() -> Result<(), gibbs::report::plot::PlotError> {
//! let exact = (1..=200).map(|i| f64::from(i) * 0.02).map(|t| (t, 1.0 / (1.0 + (1.0 / t).exp())));
//! let figure = Figure {
//!     title: "A two-level system".into(),
//!     panels: vec![Panel {
//!         x: Axis::linear("temperature k_{B}T / ε"),
//!         y: Axis::linear("mean energy U / ε"),
//!         series: vec![Series::line("exact", exact), Series::points("sampled", [(1.0, 0.268, 0.004)])],
//!         ..Panel::default()
//!     }],
//!     ..Figure::default()
//! };
//! let svg = figure.to_svg()?;
//! let png = svg_to_png(&svg, 0.5)?;
//! assert!(svg.starts_with("<svg") && png.starts_with(b"\x89PNG"));
//! # Ok(())
//! # }
//! ```

mod axis;
mod canvas;
mod clip;
mod draw;
mod figure;
mod labels;
mod layout;
mod legend;
mod marks;
mod raster;
mod text;

use thiserror::Error;

pub use axis::{Axis, RightAxis, RightScale, Scale};
pub use figure::{Annotation, Caption, Colour, Figure, Guide, LegendPlace, Mark, PALETTE, Panel, Residuals, Series};
pub use raster::svg_to_png;

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
    #[error("the range of axis `{axis}` must increase and fit its scale, got {low} to {high}")]
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
