//! Which colour, marker and dash pattern a label receives, and how marks of each kind are drawn.

use super::axis::Span;
use super::canvas::{Area, Canvas, Pixel, Stroke};
use super::clip::{self, Share};
use super::error::PlotError;
use super::figure::{Colour, Mark, PALETTE, Panel, Series};
use super::style::{SAMPLE_WIDTH, WHITE};

const LINE_WIDTH: f64 = 2.6;
const BAR_WIDTH: f64 = 2.0;
const MARKER_RADIUS: f64 = 6.0;
const BAND_OPACITY: f64 = 0.25;
const HISTOGRAM_OPACITY: f64 = 0.4;

/// Dash patterns of curves in the order of their labels; the first is solid.
const DASHES: [Option<(f64, f64)>; 4] = [None, Some((24.0, 7.0)), Some((11.0, 6.0)), Some((4.0, 5.0))];

/// The pattern of a dashed series.
const DASHED: (f64, f64) = (12.0, 7.0);

/// Everything a label stands for in one panel.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LabelStyle {
    pub label: String,
    pub colour: Colour,
    shape: usize,
    dash: Option<(f64, f64)>,
}

/// The styles of all labels of a panel, in the order of their first appearance.
pub(super) fn styles(panel: &Panel) -> Vec<LabelStyle> {
    let mut styles: Vec<LabelStyle> = Vec::new();
    let mut n_curves = 0;
    let residual_labels = panel.residuals.iter().flat_map(|r| &r.series).map(|(label, _)| (label, None));
    for (label, series) in panel.series.iter().map(|series| (&series.label, Some(series))).chain(residual_labels) {
        let given = series.and_then(|series| series.colour);
        if let Some(style) = styles.iter_mut().find(|style| style.label == *label) {
            style.colour = given.unwrap_or(style.colour);
            continue;
        }
        let has_points = panel.series.iter().any(|s| s.label == *label && matches!(s.mark, Mark::Points(_)));
        let is_curve = panel.series.iter().any(|s| s.label == *label && matches!(s.mark, Mark::Line(_)));
        let dash = if is_curve && !has_points && given.is_none() {
            n_curves += 1;
            DASHES[(n_curves - 1) % DASHES.len()]
        } else {
            None
        };
        let index = styles.len();
        let colour = given.unwrap_or(PALETTE[index % PALETTE.len()]);
        styles.push(LabelStyle { label: label.clone(), colour, shape: index % SHAPES, dash });
    }
    styles
}

/// The axes and the frame of a panel or of its residuals.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plane {
    pub x: Span,
    pub y: Span,
    pub frame: Area,
    /// What the frame is filled with.
    pub ground: Colour,
}

impl Plane {
    fn place(&self, x: f64, y: f64) -> Option<Share> {
        self.x.position(x).zip(self.y.position(y))
    }

    /// The pixel of a data point inside the frame.
    pub fn pixel(&self, x: f64, y: f64) -> Option<Pixel> {
        let inside = |share: f64| (0.0..=1.0).contains(&share);
        self.place(x, y).filter(|share| inside(share.0) && inside(share.1)).map(|share| self.frame.at(share))
    }

    fn curve(&self, canvas: &Canvas, points: &[(f64, f64)], stroke: Stroke) -> Result<(), PlotError> {
        self.line(canvas, points.iter().map(|&(x, y)| self.place(x, y)), stroke)
    }

    fn line(
        &self,
        canvas: &Canvas,
        points: impl IntoIterator<Item = Option<Share>>,
        stroke: Stroke,
    ) -> Result<(), PlotError> {
        for piece in clip::polyline(points) {
            let pixels: Vec<Pixel> = piece.into_iter().map(|share| self.frame.at(share)).collect();
            canvas.path(&pixels, stroke)?;
        }
        Ok(())
    }

    fn area(&self, canvas: &Canvas, corners: Vec<Share>, colour: Colour, opacity: f64) -> Result<(), PlotError> {
        let pixels: Vec<Pixel> = clip::polygon(corners).into_iter().map(|share| self.frame.at(share)).collect();
        canvas.polygon(&pixels, colour, opacity)
    }

    /// The share of `value` on the vertical axis; what has none (zero on a logarithmic axis) is far below the frame.
    fn floor(&self, value: f64) -> Option<f64> {
        if value.is_finite() { Some(self.y.position(value).unwrap_or(-1e3)) } else { None }
    }
}

/// Draws what lies below curves and points: bands and histograms.
pub(super) fn draw_areas(canvas: &Canvas, plane: &Plane, series: &Series, style: &LabelStyle) -> Result<(), PlotError> {
    match &series.mark {
        Mark::Band(points) => {
            let edges: Vec<Option<(f64, f64, f64)>> = points
                .iter()
                .map(|&(x, low, high)| Some((plane.x.position(x)?, plane.floor(low)?, plane.y.position(high)?)))
                .collect();
            for piece in edges.split(Option::is_none) {
                let lower = piece.iter().flatten().map(|&(x, low, _)| (x, low));
                let upper = piece.iter().flatten().rev().map(|&(x, _, high)| (x, high));
                plane.area(canvas, lower.chain(upper).collect(), style.colour, BAND_OPACITY)?;
            }
        }
        Mark::Histogram(bars) => {
            for &(left, right, height) in bars {
                let sides = plane.x.position(left).zip(plane.x.position(right));
                let heights = plane.floor(0.0).zip(plane.y.position(height));
                if let (Some((left, right)), Some((base, top))) = (sides, heights) {
                    let corners = [(left, base), (left, top), (right, top), (right, base)];
                    plane.area(canvas, corners.to_vec(), style.colour, HISTOGRAM_OPACITY)?;
                    plane.line(canvas, corners.map(Some), Stroke::solid(style.colour, 1.2))?;
                }
            }
        }
        Mark::Line(_) | Mark::Dashed(_) | Mark::Points(_) => {}
    }
    Ok(())
}

/// Draws curves.
pub(super) fn draw_curves(
    canvas: &Canvas,
    plane: &Plane,
    series: &Series,
    style: &LabelStyle,
) -> Result<(), PlotError> {
    let stroke = Stroke { dash: style.dash, ..Stroke::solid(style.colour, LINE_WIDTH) };
    match &series.mark {
        Mark::Line(points) => plane.curve(canvas, points, stroke),
        Mark::Dashed(points) => plane.curve(canvas, points, Stroke { dash: Some(DASHED), ..stroke }),
        Mark::Points(_) | Mark::Band(_) | Mark::Histogram(_) => Ok(()),
    }
}

/// Draws estimates: bars, then markers; open triangles at the edge for points above or below the frame.
pub(super) fn draw_points(
    canvas: &Canvas,
    plane: &Plane,
    points: &[(f64, f64, f64)],
    style: &LabelStyle,
) -> Result<(), PlotError> {
    let radius = if points.len() > 60 { 0.65 * MARKER_RADIUS } else { MARKER_RADIUS };
    let stroke = Stroke::solid(style.colour, BAR_WIDTH);
    let inside = |share: f64| (-1e-9..=1.0 + 1e-9).contains(&share);
    for &(x, y, std_error) in points {
        let Some((at_x, at_y)) = plane.place(x, y) else { continue };
        if !inside(at_x) {
            continue;
        }
        if std_error > 0.0 && std_error.is_finite() {
            let (low, high) =
                (plane.floor(y - std_error).unwrap_or(-1e3), plane.y.position(y + std_error).unwrap_or(1e3));
            for piece in clip::polyline([Some((at_x, low)), Some((at_x, high))]) {
                let pixels: Vec<Pixel> = piece.into_iter().map(|share| plane.frame.at(share)).collect();
                canvas.path(&pixels, stroke)?;
            }
            for end in [low, high].into_iter().filter(|end| inside(*end)) {
                let (cap_x, cap_y) = plane.frame.at((at_x, end));
                canvas.path(&[(cap_x - radius, cap_y), (cap_x + radius, cap_y)], stroke)?;
            }
        }
        if inside(at_y) {
            draw_marker(canvas, plane.frame.at((at_x, at_y)), radius, (style, plane.ground))?;
        } else {
            let up = if at_y > 1.0 { -1.0 } else { 1.0 };
            let (tip_x, tip_y) = plane.frame.at((at_x, at_y.clamp(0.0, 1.0)));
            let base = tip_y - up * 2.0 * radius;
            let corners = [(tip_x, tip_y), (tip_x - radius, base), (tip_x + radius, base)];
            canvas.polygon(&corners, WHITE, 1.0)?;
            canvas.outline(&corners, stroke)?;
        }
    }
    Ok(())
}

/// Draws the sample of a label in a legend, `SAMPLE_WIDTH` wide and centred on the height of `at`.
pub(super) fn draw_sample(canvas: &Canvas, panel: &Panel, style: &LabelStyle, at: Pixel) -> Result<(), PlotError> {
    let (left, middle) = at;
    let right = left + SAMPLE_WIDTH;
    let centre = (left + 0.5 * SAMPLE_WIDTH, middle);
    let line = Stroke { dash: style.dash, ..Stroke::solid(style.colour, LINE_WIDTH) };
    if let Some(ground) = panel.ground {
        canvas.rectangle(
            Area { left: left - 4.0, top: middle - 11.0, width: SAMPLE_WIDTH + 8.0, height: 22.0 },
            ground,
            1.0,
        )?;
    }
    let marks = || panel.series.iter().filter(|series| series.label == style.label).map(|series| &series.mark);
    for mark in marks() {
        let box_area = Area { left, top: middle - 8.0, width: SAMPLE_WIDTH, height: 16.0 };
        match mark {
            Mark::Band(_) => canvas.rectangle(box_area, style.colour, BAND_OPACITY)?,
            Mark::Histogram(_) => {
                canvas.rectangle(box_area, style.colour, HISTOGRAM_OPACITY)?;
                let corners =
                    [(left, middle + 8.0), (left, middle - 8.0), (right, middle - 8.0), (right, middle + 8.0)];
                canvas.path(&corners, Stroke::solid(style.colour, 1.2))?;
            }
            Mark::Line(_) | Mark::Dashed(_) | Mark::Points(_) => {}
        }
    }
    for mark in marks() {
        match mark {
            Mark::Line(_) => canvas.path(&[(left, middle), (right, middle)], line)?,
            Mark::Dashed(_) => {
                canvas.path(&[(left, middle), (right, middle)], Stroke { dash: Some(DASHED), ..line })?;
            }
            Mark::Points(_) | Mark::Band(_) | Mark::Histogram(_) => {}
        }
    }
    // A label that occurs among the residuals only is a marker too.
    if marks().any(|mark| matches!(mark, Mark::Points(_))) || marks().next().is_none() {
        draw_marker(canvas, centre, MARKER_RADIUS, (style, panel.ground.unwrap_or(WHITE)))?;
    }
    Ok(())
}

/// Number of marker shapes; not a divisor of the number of colours, so that pairs repeat late.
const SHAPES: usize = 8;

/// Draws one marker on a thin rim in the colour of the ground, which separates it from the curve of its own colour.
fn draw_marker(
    canvas: &Canvas,
    centre: Pixel,
    radius: f64,
    (style, ground): (&LabelStyle, Colour),
) -> Result<(), PlotError> {
    const RIM: f64 = 1.3;
    let corners: &[(f64, f64)] = match style.shape {
        0 => {
            canvas.circle(centre, radius + RIM, ground)?;
            return canvas.circle(centre, radius, style.colour);
        }
        1 => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        2 => &[(0.0, -1.25), (1.1, 0.8), (-1.1, 0.8)],
        3 => &[(0.0, -1.3), (1.1, 0.0), (0.0, 1.3), (-1.1, 0.0)],
        4 => &[(0.0, 1.25), (1.1, -0.8), (-1.1, -0.8)],
        5 => &[
            (-0.4, -1.2),
            (0.4, -1.2),
            (0.4, -0.4),
            (1.2, -0.4),
            (1.2, 0.4),
            (0.4, 0.4),
            (0.4, 1.2),
            (-0.4, 1.2),
            (-0.4, 0.4),
            (-1.2, 0.4),
            (-1.2, -0.4),
            (-0.4, -0.4),
        ],
        6 => &[(-1.0, -1.0), (0.0, -0.4), (1.0, -1.0), (0.4, 0.0), (1.0, 1.0), (0.0, 0.4), (-1.0, 1.0), (-0.4, 0.0)],
        _ => &[(-0.6, -1.04), (0.6, -1.04), (1.2, 0.0), (0.6, 1.04), (-0.6, 1.04), (-1.2, 0.0)],
    };
    let pixels: Vec<Pixel> = corners.iter().map(|&(x, y)| (centre.0 + radius * x, centre.1 + radius * y)).collect();
    canvas.outline(&pixels, Stroke::solid(ground, 2.0 * RIM))?;
    canvas.polygon(&pixels, style.colour, 1.0)
}
