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
mod error;
mod extent;
mod figure;
mod frame;
mod labels;
mod layout;
mod legend;
mod marks;
mod panel_layout;
mod raster;
mod style;
mod text;

pub use axis::{Axis, RightAxis, RightScale, Scale};
pub use error::PlotError;
pub use figure::{Annotation, Caption, Colour, Figure, Guide, LegendPlace, Mark, PALETTE, Panel, Residuals, Series};
pub use frame::Frame;
pub use raster::svg_to_png;
