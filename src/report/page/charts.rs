//! The figures of the page: curves with a cursor that moves over them, and small curves of their own.

use crate::experiments::compare::{Comparison, Glow, SIDE};
use crate::experiments::glow::VISIBLE;
use crate::report::figures::FigureName;
use crate::report::files::ReportError;
use crate::report::plot::{Figure, Mark};
use crate::units::Temperature;

/// The figures with a cursor.
const MOVED_OVER: [FigureName; 3] = [FigureName::MeanEnergy, FigureName::Entropy, FigureName::HeatCapacity];
/// One in so many points is shown: the cursor's table has all values.
const THINNING: usize = 2;

/// Size of the small spectrum, and what it shows: wavelengths \[nm\] and radiances \[W sr^-1 m^-2 nm^-1\].
const SPECTRUM: (f64, f64) = (300.0, 120.0);
const WAVELENGTHS: (f64, f64) = (100.0, 5000.0);
const RADIANCES: (f64, f64) = (1e-3, 1e9);

/// A figure with a cursor in each panel.
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// The drawing.
    pub svg: String,
    /// Where the cursor of each panel stands, `[n_panels][n_temperatures]`.
    pub places: Vec<Vec<f64>>,
}

impl Chart {
    /// All of them.
    pub fn all(comparison: &Comparison, glow: &Glow, temperatures: &[Temperature]) -> Result<Vec<Self>, ReportError> {
        let chart =
            |name: &FigureName| Self::of(plain(name.describe(&name.table(comparison, glow).to_csv())?), temperatures);
        MOVED_OVER.iter().map(chart).collect()
    }

    fn of(figure: Figure, temperatures: &[Temperature]) -> Result<Self, ReportError> {
        let (svg, frames) = figure.to_svg_with_frames()?;
        let cursors: String = frames
            .iter()
            .map(|frame| {
                let (x, (top, bottom)) = (frame.place(1.0), frame.top_and_bottom());
                format!("<line class=\"cursor\" x1=\"{x:.0}\" x2=\"{x:.0}\" y1=\"{top:.0}\" y2=\"{bottom:.0}\"/>\n")
            })
            .collect();
        let svg = labelled(&svg, &figure.title).replace("</svg>", &(cursors + "</svg>"));
        let places = frames.iter().map(|frame| temperatures.iter().map(|t| frame.place(t.get()).round()).collect());
        Ok(Self { title: plain_text(&figure.title), svg, places: places.collect() })
    }
}

/// The figure without its residuals and with fewer points.
fn plain(mut figure: Figure) -> Figure {
    for panel in &mut figure.panels {
        panel.residuals = None;
        for series in &mut panel.series {
            if let Mark::Points(points) = &mut series.mark {
                *points = points.iter().step_by(THINNING).copied().collect();
            }
        }
    }
    figure
}

/// A drawing that screen readers know by its title.
pub fn labelled(svg: &str, title: &str) -> String {
    let escaped = plain_text(title).replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    svg.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{escaped}\" "), 1)
}

/// A title without the marks of sub- and superscripts.
fn plain_text(title: &str) -> String {
    title.replace(['{', '}', '_', '^'], "")
}

/// The spins that are up, as the data of a path of unit squares.
pub fn lattice_path(spins: &[i8]) -> String {
    let mut path = String::new();
    for (y, row) in spins.chunks(SIDE).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run[0] > 0 {
                path.push_str(&format!("M{x} {y}h{}v1h-{}z", run.len(), run.len()));
            }
            x += run.len();
        }
    }
    path
}

/// Share of the way from the first to the second of `ends`, by ratios.
fn share((low, high): (f64, f64), value: f64) -> f64 {
    (value / low).ln() / (high / low).ln()
}

/// Left end and width of what the eye sees, in the small spectrum.
pub fn visible_band() -> (f64, f64) {
    let [left, right] = [VISIBLE.0, VISIBLE.1].map(|nm| SPECTRUM.0 * share(WAVELENGTHS, nm));
    (left.round(), (right - left).round())
}

/// A small spectrum as the data of a path.
pub fn spectrum_path(spectrum: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for &(nm, radiance) in spectrum {
        if radiance < RADIANCES.0 {
            continue;
        }
        let height = share(RADIANCES, radiance).min(1.0);
        let (x, y) = (SPECTRUM.0 * share(WAVELENGTHS, nm), SPECTRUM.1 * (1.0 - height));
        path.push_str(&format!("{}{x:.0} {y:.1}", if path.is_empty() { "M" } else { "L" }));
    }
    path
}
