//! The only place that draws with plotters: elements in pixels, collected into one SVG document.

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, DashedPathElement, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontTransform, RGBAColor, RGBColor, TextStyle};

use super::error::PlotError;
use super::figure::Colour;
use super::style::INK;
use super::text::{BASELINE, Face, Placed, SCRIPT_SIZE, SUBSCRIPT, SUPERSCRIPT, register_fonts};

/// Units of the drawing per pixel: plotters' coordinates are integers, and a curve on whole pixels looks jagged.
pub(super) const FINE: f64 = 10.0;

/// What [`TextStyle`] multiplies the size of a font by before it writes it.
const PLOTTERS_FONT_SCALE: f64 = 1.24;

/// A position in pixels from the upper left corner.
pub(super) type Pixel = (f64, f64);

/// An area in pixels; `y` grows downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl Area {
    pub fn right(&self) -> f64 {
        self.left + self.width
    }

    pub fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// The pixel at a share of the width and, from the bottom, of the height.
    pub fn at(&self, (x, y): (f64, f64)) -> Pixel {
        (self.left + x * self.width, self.bottom() - y * self.height)
    }
}

/// How a line is drawn; widths and lengths in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stroke {
    pub colour: Colour,
    pub opacity: f64,
    pub width: f64,
    /// Lengths of dash and gap.
    pub dash: Option<(f64, f64)>,
}

impl Stroke {
    pub fn solid(colour: Colour, width: f64) -> Self {
        Self { colour, opacity: 1.0, width, dash: None }
    }
}

/// Which part of a text stands at the given position; the position is always on its baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Face, size in pixels, colour and direction of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Letters {
    pub face: Face,
    pub size: f64,
    pub colour: Colour,
    pub anchor: Anchor,
    /// Reads upwards.
    pub upwards: bool,
}

impl Letters {
    /// From left to right, in the colour of text.
    pub fn new(face: Face, size: f64, anchor: Anchor) -> Self {
        Self { face, size, colour: INK, anchor, upwards: false }
    }
}

/// A white sheet to draw on.
pub(super) struct Canvas<'a> {
    root: DrawingArea<SVGBackend<'a>, Shift>,
}

impl<'a> Canvas<'a> {
    /// A sheet of `width` x `height` pixels that writes into `document`.
    pub fn new(document: &'a mut String, width: f64, height: f64) -> Result<Self, PlotError> {
        register_fonts()?;
        let size = ((width * FINE) as u32, (height * FINE) as u32);
        Ok(Self { root: SVGBackend::with_string(document, size).into_drawing_area() })
    }

    /// A line through `points`.
    pub fn path(&self, points: &[Pixel], stroke: Stroke) -> Result<(), PlotError> {
        let mut points: Vec<(i32, i32)> = points.iter().map(|&point| fine(point)).collect();
        points.dedup();
        if points.len() < 2 {
            return Ok(());
        }
        let style = mix(stroke.colour, stroke.opacity).stroke_width((stroke.width * FINE) as u32);
        let done = match stroke.dash {
            None => self.root.draw(&PathElement::new(points, style)),
            Some((dash, gap)) => self.root.draw(&DashedPathElement::new(points, dash * FINE, gap * FINE, style)),
        };
        done.map_err(failed)
    }

    /// The outline of a polygon.
    pub fn outline(&self, corners: &[Pixel], stroke: Stroke) -> Result<(), PlotError> {
        // Closed past its first edge, so that the corner where it starts is joined like the others.
        let closed: Vec<Pixel> = corners.iter().chain(corners.iter().take(2)).copied().collect();
        self.path(&closed, stroke)
    }

    /// A filled polygon.
    pub fn polygon(&self, corners: &[Pixel], colour: Colour, opacity: f64) -> Result<(), PlotError> {
        if corners.len() < 3 {
            return Ok(());
        }
        let corners: Vec<(i32, i32)> = corners.iter().map(|&corner| fine(corner)).collect();
        self.root.draw(&Polygon::new(corners, mix(colour, opacity).filled())).map_err(failed)
    }

    /// A filled rectangle.
    pub fn rectangle(&self, area: Area, colour: Colour, opacity: f64) -> Result<(), PlotError> {
        let corners = [fine((area.left, area.top)), fine((area.right(), area.bottom()))];
        self.root.draw(&Rectangle::new(corners, mix(colour, opacity).filled())).map_err(failed)
    }

    /// A filled circle.
    pub fn circle(&self, centre: Pixel, radius: f64, colour: Colour) -> Result<(), PlotError> {
        self.root.draw(&Circle::new(fine(centre), radius * FINE, mix(colour, 1.0).filled())).map_err(failed)
    }

    /// Prepared text with its baseline at `at`.
    pub fn text(&self, text: &str, at: Pixel, letters: Letters) -> Result<(), PlotError> {
        if text.is_empty() {
            return Ok(());
        }
        let font =
            FontDesc::new(letters.face.family(), letters.size * FINE * PLOTTERS_FONT_SCALE, letters.face.style());
        let font = if letters.upwards { font.transform(FontTransform::Rotate270) } else { font };
        let h_pos = match letters.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let colour = mix(letters.colour, 1.0);
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(h_pos, VPos::Top));
        self.root.draw_text(text, &style, fine(at)).map_err(failed)
    }

    /// A text at its place.
    pub fn placed(&self, text: &Placed, letters: Letters) -> Result<(), PlotError> {
        self.text(&text.text, (text.x, text.y), letters)
    }

    /// Ends the document.
    pub fn finish(self) -> Result<(), PlotError> {
        self.root.present().map_err(failed)
    }
}

/// The document as plotters wrote it, made fit to be viewed anywhere: size in pixels and not in fine units, a title for
/// screen readers, families with fallbacks, baselines where they were asked for, and sub- and superscripts.
pub(super) fn polish(document: &str, title: &str) -> String {
    let mut out = String::with_capacity(document.len() + 1024);
    let mut lines = document.lines();
    if let Some(header) = lines.next() {
        let side = |name: &str| -> f64 {
            let value = header.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split('"').next());
            value.and_then(|number| number.parse().ok()).unwrap_or(0.0)
        };
        let (width, height) = (side("width"), side("height"));
        out.push_str(&format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {width} {height}\" \
             stroke-linejoin=\"round\">\n",
            width / FINE,
            height / FINE,
        ));
        let escaped = title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let plain = escaped.replace([SUBSCRIPT, SUPERSCRIPT, BASELINE], "");
        out.push_str(&format!("<title>{plain}</title>\n"));
    }
    while let Some(line) = lines.next() {
        if !line.starts_with("<text") {
            out.push_str(line);
            out.push('\n');
            continue;
        }
        // A text takes three lines: its tag, its content, its end. Attributes hold no text of the caller.
        let tag = line
            .replace(" dy=\"0.76em\"", "")
            .replace("\"DejaVu Sans\"", "\"DejaVu Sans, sans-serif\"")
            .replace("\"DejaVu Sans Mono\"", "\"DejaVu Sans Mono, monospace\"");
        out.push_str(&tag);
        out.push_str(&scripts(lines.next().unwrap_or_default()));
        out.push_str(lines.next().unwrap_or_default());
        out.push('\n');
    }
    out
}

/// Sub- and superscripts as shifted spans. Shifts add up along a text, so each one is taken back after it.
fn scripts(content: &str) -> String {
    let mut out = String::with_capacity(content.len());
    let mut shift = 0.0;
    let mut back = false;
    for c in content.chars() {
        match c {
            SUBSCRIPT | SUPERSCRIPT => {
                if back {
                    out.push_str("</tspan>");
                }
                back = false;
                shift = if c == SUBSCRIPT { 0.2 } else { -0.36 };
                // An em is that of the smaller span.
                let own = shift / SCRIPT_SIZE;
                out.push_str(&format!("<tspan dy=\"{own:.3}em\" font-size=\"{:.0}%\">", 100.0 * SCRIPT_SIZE));
            }
            BASELINE => {
                out.push_str(&format!("</tspan><tspan dy=\"{:.3}em\">", -shift));
                back = true;
            }
            other => out.push(other),
        }
    }
    if back {
        out.push_str("</tspan>");
    }
    out
}

/// Pixels to fine units, bounded so that the conversion is exact.
fn fine((x, y): Pixel) -> (i32, i32) {
    let convert = |length: f64| (length * FINE).round().clamp(-1e6, 1e6) as i32;
    (convert(x), convert(y))
}

fn mix(Colour(red, green, blue): Colour, opacity: f64) -> RGBAColor {
    RGBColor(red, green, blue).mix(opacity)
}

fn failed(error: DrawingAreaErrorKind<std::io::Error>) -> PlotError {
    PlotError::Draw(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_return_to_the_baseline() {
        let text = scripts("T\u{e000}c\u{e002} = e\u{e001}S\u{e002}");
        assert_eq!(text.matches("<tspan").count(), text.matches("</tspan>").count());
        assert!(text.contains("dy=\"-0.200em\"> = e"));
    }
}
