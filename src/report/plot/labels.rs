//! Guides and annotations: lines across a frame and texts inside it, put where they cover the least data.

use super::canvas::{Anchor, Area, Canvas, Letters, Pixel, Stroke};
use super::clip::segment;
use super::error::PlotError;
use super::figure::{Guide, Mark};
use super::marks::Plane;
use super::panel_layout::PanelLayout;
use super::style::{BODY, GREY, WHITE};
use super::text::{Face, prepare, width};

/// Distance of a text from its point or line \[px\].
const DISTANCE: f64 = 9.0;

/// Draws the lines of all guides.
pub(super) fn draw_guides(canvas: &Canvas, layout: &PanelLayout, plane: &Plane) -> Result<(), PlotError> {
    let stroke = Stroke { dash: Some((8.0, 5.0)), ..Stroke::solid(GREY, 1.6) };
    for guide in &layout.panel.guides {
        if let Some((from, to)) = ends(guide, plane) {
            canvas.path(&[from, to], stroke)?;
        }
    }
    Ok(())
}

/// Draws the labels of guides and the annotations.
pub(super) fn draw_labels(canvas: &Canvas, layout: &PanelLayout, plane: &Plane) -> Result<(), PlotError> {
    for label in &layout.guide_labels {
        canvas.placed(label, Letters::new(Face::Regular, BODY, Anchor::Middle))?;
    }
    let mut obstacles = Obstacles::of(layout, plane);
    for guide in &layout.panel.guides {
        let (Guide::Y { label, .. }, Some(((left, height), (right, _)))) = (guide, ends(guide, plane)) else {
            continue;
        };
        let text = prepare(label);
        let room = right - left - 2.0 * DISTANCE - width(&text, Face::Regular, BODY);
        let spots = [1.0, 0.0, 0.5, 0.75, 0.25, 0.625, 0.375, 0.875, 0.125].into_iter().flat_map(|share| {
            let x = left + DISTANCE + share * room;
            [(x, height - 0.35 * BODY), (x, height + 1.05 * BODY)]
        });
        draw_at_best(canvas, &text, spots, plane.frame, &mut obstacles)?;
    }
    for annotation in &layout.panel.annotations {
        let Some((x, y)) = plane.pixel(annotation.x, annotation.y) else { continue };
        let text = prepare(&annotation.text);
        let length = width(&text, Face::Regular, BODY);
        let columns = [x + DISTANCE, x - DISTANCE - length, x - 0.5 * length];
        let spots = [1.0, 2.2, 3.4].into_iter().flat_map(|far| {
            let rows = [y - far * DISTANCE, y + far * DISTANCE + 0.75 * BODY];
            rows.into_iter().flat_map(move |row| columns.into_iter().map(move |column| (column, row)))
        });
        draw_at_best(canvas, &text, spots, plane.frame, &mut obstacles)?;
    }
    Ok(())
}

/// The ends of a guide in pixels; `None` outside the frame.
fn ends(guide: &Guide, plane: &Plane) -> Option<(Pixel, Pixel)> {
    let inside = |share: &f64| (0.0..=1.0).contains(share);
    match guide {
        Guide::X { at, .. } => {
            plane.x.position(*at).filter(inside).map(|x| (plane.frame.at((x, 0.0)), plane.frame.at((x, 1.0))))
        }
        Guide::Y { at, .. } => {
            plane.y.position(*at).filter(inside).map(|y| (plane.frame.at((0.0, y)), plane.frame.at((1.0, y))))
        }
    }
}

/// Draws text with the left end of its baseline at the first of `spots` inside the frame that covers the least, on a
/// translucent ground that keeps it readable above grid and bands.
fn draw_at_best(
    canvas: &Canvas,
    text: &str,
    spots: impl Iterator<Item = Pixel>,
    frame: Area,
    obstacles: &mut Obstacles,
) -> Result<(), PlotError> {
    let length = width(text, Face::Regular, BODY);
    let ground = |(x, y): Pixel| Area { left: x - 4.0, top: y - 0.9 * BODY, width: length + 8.0, height: 1.2 * BODY };
    let fits = |area: &Area| {
        area.left >= frame.left
            && area.right() <= frame.right()
            && area.top >= frame.top
            && area.bottom() <= frame.bottom()
    };
    let best = spots.filter(|spot| fits(&ground(*spot))).map(|spot| (obstacles.covered_by(&ground(spot)), spot));
    let Some((_, spot)) = best.reduce(|a, b| if b.0 < a.0 { b } else { a }) else { return Ok(()) };
    if text.is_empty() {
        return Ok(());
    }
    canvas.rectangle(ground(spot), WHITE, 0.75)?;
    canvas.text(text, spot, Letters::new(Face::Regular, BODY, Anchor::Start))?;
    obstacles.texts.push(ground(spot));
    Ok(())
}

/// What a text inside the frame should not cover, in pixels.
struct Obstacles {
    curves: Vec<(Pixel, Pixel)>,
    points: Vec<Pixel>,
    texts: Vec<Area>,
}

impl Obstacles {
    fn of(layout: &PanelLayout, plane: &Plane) -> Self {
        let mut curves: Vec<(Pixel, Pixel)> = Vec::new();
        let mut points = Vec::new();
        for series in &layout.panel.series {
            match &series.mark {
                Mark::Line(line) | Mark::Dashed(line) => {
                    let pixels = line
                        .windows(2)
                        .filter_map(|pair| plane.pixel(pair[0].0, pair[0].1).zip(plane.pixel(pair[1].0, pair[1].1)));
                    curves.extend(pixels);
                }
                Mark::Points(estimates) => points.extend(estimates.iter().filter_map(|p| plane.pixel(p.0, p.1))),
                Mark::Band(_) | Mark::Histogram(_) => {}
            }
        }
        let verticals = layout.panel.guides.iter().filter(|guide| matches!(guide, Guide::X { .. }));
        curves.extend(verticals.filter_map(|guide| ends(guide, plane)));
        Self { curves, points, texts: Vec::new() }
    }

    /// How much a text on `area` would hide; points and other texts weigh more than curves.
    fn covered_by(&self, area: &Area) -> usize {
        let share = |(x, y): Pixel| ((x - area.left) / area.width, (area.bottom() - y) / area.height);
        let curves = self.curves.iter().filter(|(a, b)| segment(share(*a), share(*b)).is_some()).count();
        let near = |(x, y): &Pixel| {
            const MARKER: f64 = 8.0;
            *x > area.left - MARKER
                && *x < area.right() + MARKER
                && *y > area.top - MARKER
                && *y < area.bottom() + MARKER
        };
        let points = self.points.iter().filter(|point| near(point)).count();
        let meets = |text: &&Area| {
            text.left < area.right() && area.left < text.right() && text.top < area.bottom() && area.top < text.bottom()
        };
        curves + 10 * points + 100 * self.texts.iter().filter(meets).count()
    }
}
