//! Draws a laid-out figure, from the background to the labels.

use super::axis::Tick;
use super::canvas::{Anchor, Area, Canvas, Letters, Pixel, Stroke, polish};
use super::error::PlotError;
use super::figure::{Colour, Figure, Mark};
use super::frame::Frame;
use super::labels;
use super::layout::FigureLayout;
use super::marks::{LabelStyle, Plane, draw_areas, draw_curves, draw_points, draw_sample};
use super::panel_layout::PanelLayout;
use super::style::{
    AXIS_LABEL, BODY, FIGURE_TITLE, GAP, GREY, GRID, INK, PANEL_TITLE, SAMPLE_WIDTH, SWATCH, TICK, TICK_LABEL, WHITE,
};
use super::text::{Face, prepare, register_fonts};

/// Shift of a baseline that centres capitals and digits on a height, relative to the size.
const CENTRED: f64 = 0.36;

impl Figure {
    /// The figure as an SVG document; equal figures give equal text.
    ///
    /// # Errors
    ///
    /// [`PlotError`] when there are no panels, the size is absurd, or a range that was asked for is not one. Data are never an
    /// error: what is not finite, or not positive on a logarithmic axis, is left out, and a panel without any drawable
    /// value says so.
    pub fn to_svg(&self) -> Result<String, PlotError> {
        Ok(self.to_svg_with_frames()?.0)
    }

    /// The same, with the frame of each panel in the units of the document, for marks that move over it.
    ///
    /// # Errors
    ///
    /// As [`Figure::to_svg`].
    pub fn to_svg_with_frames(&self) -> Result<(String, Vec<Frame>), PlotError> {
        register_fonts()?;
        let layout = FigureLayout::of(self)?;
        let mut document = String::new();
        let canvas = Canvas::new(&mut document, layout.width, layout.height)?;
        canvas.rectangle(Area { left: 0.0, top: 0.0, width: layout.width, height: layout.height }, WHITE, 1.0)?;
        for line in &layout.title {
            canvas.placed(line, Letters::new(Face::Bold, FIGURE_TITLE, Anchor::Middle))?;
        }
        for panel in &layout.panels {
            draw_panel(&canvas, panel)?;
        }
        canvas.finish()?;
        let frames = layout.panels.iter().map(|panel| Frame::new(panel.frame, panel.x)).collect();
        Ok((polish(&document, &prepare(&self.title)), frames))
    }
}

fn draw_panel(canvas: &Canvas, layout: &PanelLayout) -> Result<(), PlotError> {
    let ground = layout.panel.ground;
    let plane = Plane { x: layout.x, y: layout.y, frame: layout.frame, ground: ground.unwrap_or(WHITE) };
    draw_grid(canvas, ground, layout.frame, &layout.x_ticks, &layout.y_ticks)?;
    let style = |label: &str| layout.styles.iter().find(|style| style.label == label);
    let styled = || layout.panel.series.iter().filter_map(|series| Some((series, style(&series.label)?)));
    for (series, style) in styled() {
        draw_areas(canvas, &plane, series, style)?;
    }
    labels::draw_guides(canvas, layout, &plane)?;
    for (series, style) in styled() {
        draw_curves(canvas, &plane, series, style)?;
    }
    draw_border(canvas, layout.frame)?;
    for (series, style) in styled() {
        if let Mark::Points(points) = &series.mark {
            draw_points(canvas, &plane, points, style)?;
        }
    }
    labels::draw_labels(canvas, layout, &plane)?;
    if layout.panel.series.iter().all(|series| is_blank(&series.mark, &plane)) {
        let (x, y) = layout.frame.at((0.5, 0.5));
        let letters = Letters { colour: GREY, ..Letters::new(Face::Regular, BODY, Anchor::Middle) };
        canvas.text("no data that can be drawn", (x, y), letters)?;
    }

    draw_left_labels(canvas, layout.frame, &layout.y_ticks)?;
    draw_right_labels(canvas, layout.frame, &layout.right_ticks)?;
    let lowest = layout.residual_frame.unwrap_or(layout.frame);
    draw_bottom_labels(canvas, lowest, &layout.x_ticks)?;
    draw_residuals(canvas, layout)?;
    draw_texts(canvas, layout)
}

fn draw_texts(canvas: &Canvas, layout: &PanelLayout) -> Result<(), PlotError> {
    for line in &layout.title {
        canvas.placed(line, Letters::new(Face::Bold, PANEL_TITLE, Anchor::Middle))?;
    }
    for line in &layout.x_label {
        canvas.placed(line, Letters::new(Face::Regular, AXIS_LABEL, Anchor::Middle))?;
    }
    for line in layout.y_label.iter().chain(&layout.right_label).chain(&layout.residual_label) {
        let letters = Letters { upwards: true, ..Letters::new(Face::Regular, AXIS_LABEL, Anchor::Middle) };
        canvas.placed(line, letters)?;
    }
    for entry in &layout.legend {
        if let Some(style) = layout.styles.get(entry.style) {
            let sample = (entry.label.x - GAP - SAMPLE_WIDTH, entry.label.y - CENTRED * BODY);
            draw_sample(canvas, layout.panel, style, sample)?;
        }
        canvas.placed(&entry.label, Letters::new(Face::Regular, BODY, Anchor::Start))?;
    }
    for line in &layout.notes {
        canvas.placed(line, Letters::new(Face::Regular, BODY, Anchor::Start))?;
    }
    for (line, caption) in layout.captions.iter().zip(&layout.panel.captions) {
        if let Some(colour) = caption.swatch {
            let left = line.label_x - 1.5 * GAP - SWATCH.0;
            let top = line.baseline - CENTRED * BODY - 0.5 * SWATCH.1;
            let area = Area { left, top, width: SWATCH.0, height: SWATCH.1 };
            canvas.rectangle(area, colour, 1.0)?;
            canvas.outline(&corners(area), Stroke::solid(GREY, 1.0))?;
        }
        canvas.text(&line.label, (line.label_x, line.baseline), Letters::new(Face::Bold, BODY, Anchor::Start))?;
        canvas.text(&line.text, (line.text_x, line.baseline), Letters::new(Face::Mono, BODY, Anchor::Start))?;
    }
    Ok(())
}

fn draw_grid(
    canvas: &Canvas,
    ground: Option<Colour>,
    frame: Area,
    x_ticks: &[Tick],
    y_ticks: &[Tick],
) -> Result<(), PlotError> {
    if let Some(ground) = ground {
        canvas.rectangle(frame, ground, 1.0)?;
    }
    let stroke = Stroke { opacity: if ground.is_some() { 0.2 } else { 1.0 }, ..Stroke::solid(GRID, 1.2) };
    for tick in x_ticks.iter().filter(|tick| tick.label.is_some()) {
        canvas.path(&[frame.at((tick.at, 0.0)), frame.at((tick.at, 1.0))], stroke)?;
    }
    for tick in y_ticks.iter().filter(|tick| tick.label.is_some()) {
        canvas.path(&[frame.at((0.0, tick.at)), frame.at((1.0, tick.at))], stroke)?;
    }
    Ok(())
}

fn draw_border(canvas: &Canvas, frame: Area) -> Result<(), PlotError> {
    canvas.outline(&corners(frame), Stroke::solid(INK, 1.5))
}

/// Length of a tick: minor ones are shorter.
fn tick_length(tick: &Tick) -> f64 {
    if tick.label.is_some() { TICK } else { 0.6 * TICK }
}

fn draw_left_labels(canvas: &Canvas, frame: Area, ticks: &[Tick]) -> Result<(), PlotError> {
    for tick in ticks {
        let (x, y) = frame.at((0.0, tick.at));
        canvas.path(&[(x - tick_length(tick), y), (x, y)], Stroke::solid(INK, 1.5))?;
        let text = tick.label.as_deref().unwrap_or_default();
        let at = (x - TICK - GAP, y + CENTRED * TICK_LABEL);
        canvas.text(text, at, Letters::new(Face::Regular, TICK_LABEL, Anchor::End))?;
    }
    Ok(())
}

fn draw_right_labels(canvas: &Canvas, frame: Area, ticks: &[Tick]) -> Result<(), PlotError> {
    for tick in ticks {
        let (x, y) = frame.at((1.0, tick.at));
        canvas.path(&[(x, y), (x + tick_length(tick), y)], Stroke::solid(INK, 1.5))?;
        let text = tick.label.as_deref().unwrap_or_default();
        let at = (x + TICK + GAP, y + CENTRED * TICK_LABEL);
        canvas.text(text, at, Letters::new(Face::Regular, TICK_LABEL, Anchor::Start))?;
    }
    Ok(())
}

fn draw_bottom_labels(canvas: &Canvas, frame: Area, ticks: &[Tick]) -> Result<(), PlotError> {
    for tick in ticks {
        let (x, y) = frame.at((tick.at, 0.0));
        canvas.path(&[(x, y), (x, y + tick_length(tick))], Stroke::solid(INK, 1.5))?;
        let text = tick.label.as_deref().unwrap_or_default();
        let at = (x, y + TICK + GAP + 0.75 * TICK_LABEL);
        canvas.text(text, at, Letters::new(Face::Regular, TICK_LABEL, Anchor::Middle))?;
    }
    Ok(())
}

fn draw_residuals(canvas: &Canvas, layout: &PanelLayout) -> Result<(), PlotError> {
    let (Some(frame), Some(residuals)) = (layout.residual_frame, &layout.panel.residuals) else { return Ok(()) };
    let ground = layout.panel.ground;
    let plane = Plane { x: layout.x, y: layout.residual_span, frame, ground: ground.unwrap_or(WHITE) };
    draw_grid(canvas, ground, frame, &layout.x_ticks, &[])?;
    let share = |z: f64| layout.residual_span.position(z).unwrap_or(0.5);
    let band = Area { top: frame.at((0.0, share(1.0))).1, height: (share(1.0) - share(-1.0)) * frame.height, ..frame };
    canvas.rectangle(band, GRID, if ground.is_some() { 0.15 } else { 0.6 })?;
    for (z, dash) in [
        (0.0, None),
        (1.0, Some((3.0, 4.0))),
        (-1.0, Some((3.0, 4.0))),
        (4.5, Some((8.0, 5.0))),
        (-4.5, Some((8.0, 5.0))),
    ] {
        let stroke = Stroke { dash, ..Stroke::solid(GREY, 1.4) };
        canvas.path(&[frame.at((0.0, share(z))), frame.at((1.0, share(z)))], stroke)?;
    }
    draw_border(canvas, frame)?;
    let ticks = [(-4.5, "−4.5"), (0.0, "0"), (4.5, "4.5")];
    let ticks = ticks.map(|(z, label)| Tick { at: share(z), label: Some(label.to_owned()) });
    draw_left_labels(canvas, frame, &ticks)?;
    for (label, points) in &residuals.series {
        let style: Option<&LabelStyle> = layout.styles.iter().find(|style| style.label == *label);
        if let Some(style) = style {
            let points: Vec<(f64, f64, f64)> = points.iter().map(|&(x, z)| (x, z, 0.0)).collect();
            draw_points(canvas, &plane, &points, style)?;
        }
    }
    Ok(())
}

/// Whether nothing of a series has a place on the axes.
fn is_blank(mark: &Mark, plane: &Plane) -> bool {
    let shown = |x: f64, y: f64| plane.x.position(x).is_some() && plane.y.position(y).is_some();
    match mark {
        Mark::Line(points) | Mark::Dashed(points) => !points.iter().any(|p| shown(p.0, p.1)),
        Mark::Points(points) => !points.iter().any(|p| shown(p.0, p.1)),
        Mark::Band(points) | Mark::Histogram(points) => !points.iter().any(|p| shown(p.0, p.2)),
    }
}

fn corners(area: Area) -> [Pixel; 4] {
    [(area.left, area.top), (area.right(), area.top), (area.right(), area.bottom()), (area.left, area.bottom())]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use resvg::usvg::{Node, Options, Rect, Tree};

    use crate::report::plot::{
        Annotation, Axis, Caption, Figure, Guide, LegendPlace, PALETTE, Panel, PlotError, Residuals, RightAxis,
        RightScale, Scale, Series, svg_to_png,
    };

    const HOSTILE: [f64; 14] = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        -0.0,
        1.0,
        -1.0,
        5e-324,
        1e-300,
        1e300,
        -1e300,
        f64::MAX,
        1.0 + 1e-15,
        3.0,
    ];

    /// Every kind of series over the same data.
    fn panel(x: Axis, y: Axis, data: &[(f64, f64)]) -> Panel {
        let triples = || data.iter().map(|&(x, y)| (x, y, y));
        Panel {
            title: "title".into(),
            x,
            y,
            series: vec![
                Series::line("line", data.iter().copied()),
                Series::dashed("dashed", data.iter().copied()),
                Series::points("points", triples()),
                Series::band("band", triples()),
                Series::histogram("histogram", triples()),
            ],
            residuals: Some(Residuals { label: "z".into(), series: vec![("points".into(), data.to_vec())] }),
            guides: data.iter().map(|&(at, _)| Guide::X { at, label: "x".into() }).collect(),
            annotations: data.iter().map(|&(x, y)| Annotation { x, y, text: "here".into() }).collect(),
            ..Panel::default()
        }
    }

    /// Renders, and checks that every number in the document is one and lies on or near the sheet.
    fn check(figure: &Figure) -> String {
        let svg = figure.to_svg().unwrap();
        for line in svg.lines().filter(|line| !line.starts_with("<text")) {
            assert!(!line.contains("NaN") && !line.contains("inf"), "{line}");
            assert!(!line.contains("1000000"), "a coordinate was out of bounds: {line}");
        }
        assert!(svg_to_png(&svg, 0.25).unwrap().starts_with(b"\x89PNG"));
        svg
    }

    fn one(panel: Panel) -> Figure {
        Figure { panels: vec![panel], ..Figure::default() }
    }

    #[test]
    fn hostile_data_never_panic_or_leave_the_sheet() {
        let mut all = Vec::new();
        for x in HOSTILE {
            for y in HOSTILE {
                all.push((x, y));
            }
        }
        let sets: [&[(f64, f64)]; 6] =
            [&[], &[(2.0, 3.0)], &[(2.0, 3.0), (2.0, 3.0)], &[(f64::NAN, 1.0)], &[(0.0, 0.0), (1e300, 1e-300)], &all];
        for data in sets {
            for x_scale in [Scale::Linear, Scale::Log10] {
                for y_scale in [Scale::Linear, Scale::Log10] {
                    for range in [None, Some((1e-3, 1e3)), Some((1e-300, 1e300)), Some((1.0, 1.0 + 1e-9))] {
                        let axis = |scale| Axis { label: "q / u".into(), scale, range };
                        check(&one(panel(axis(x_scale), axis(y_scale), data)));
                    }
                }
            }
        }
    }

    #[test]
    fn an_empty_panel_says_so() {
        let svg = check(&one(panel(Axis::log10("x"), Axis::log10("y"), &[(-1.0, 1.0)])));
        assert!(svg.contains("no data that can be drawn"));
        assert!(!check(&one(panel(Axis::linear("x"), Axis::log10("y"), &[(-1.0, 1.0)]))).contains("no data"));
    }

    #[test]
    fn impossible_descriptions_are_refused() {
        let refuse = |figure: Figure| figure.to_svg().unwrap_err();
        assert!(matches!(refuse(Figure::default()), PlotError::Empty { .. }));
        let figure = one(Panel::default());
        assert!(matches!(refuse(Figure { columns: 0, ..figure.clone() }), PlotError::Empty { .. }));
        assert!(matches!(refuse(Figure { panel_width: 0, ..figure.clone() }), PlotError::Size { .. }));
        assert!(matches!(refuse(Figure { frame_height: u32::MAX, ..figure.clone() }), PlotError::Size { .. }));
        assert!(matches!(refuse(Figure { panels: vec![Panel::default(); 200], ..figure }), PlotError::Size { .. }));
        let reversed = Panel { x: Axis::linear("T").with_range(2.0, 1.0), ..Panel::default() };
        assert!(matches!(refuse(one(reversed)), PlotError::Range { .. }));
        let right_axis = Some(RightAxis { label: "W".into(), scale: RightScale::Exp });
        let exponential = Panel { y: Axis::log10("S"), right_axis, ..Panel::default() };
        assert!(matches!(refuse(one(exponential)), PlotError::RightAxis { .. }));
    }

    #[test]
    fn any_text_gives_a_document_that_parses() {
        let nasty = "a < b & \"c\" 'd' \u{0}\u{1b}[0m\u{fffe}\u{e000} _{x ^{y}} \n\t ⟨E⟩ kʙ 你好 ".repeat(20);
        let mut panel = panel(Axis::linear(nasty.clone()), Axis::linear(nasty.clone()), &[(1.0, 2.0), (2.0, 3.0)]);
        panel.title.clone_from(&nasty);
        panel.right_axis = Some(RightAxis { label: nasty.clone(), scale: RightScale::Exp });
        panel.series.push(Series::line(nasty.clone(), [(1.0, 2.0), (1.5, 2.5)]));
        panel.annotations.push(Annotation { x: 1.5, y: 2.5, text: nasty.clone() });
        panel.guides.push(Guide::Y { at: 2.5, label: nasty.clone() });
        panel.notes.push(nasty.clone());
        panel.captions.push(Caption { swatch: Some(PALETTE[0]), label: nasty.clone(), text: nasty.clone() });
        for legend in [LegendPlace::Below, LegendPlace::Right, LegendPlace::Hidden] {
            check(&Figure {
                title: nasty.clone(),
                panels: vec![Panel { legend, ..panel.clone() }],
                ..Figure::default()
            });
        }
    }

    /// Two panels with everything a figure of the comparison has.
    fn rich() -> Figure {
        let grid = |n: i32| (1..=n).map(move |i| 5.0 * f64::from(i) / f64::from(n));
        let curve = |k: f64| move |t: f64| (t, k * t / (1.0 + t));
        let names =
            ["two-level, g_{1} = 1", "oscillator", "paramagnet J = 9/2", "2-D Ising 32 × 32", "a", "b", "c", "d"];
        let mut series = Vec::new();
        let mut residuals = Vec::new();
        for (k, name) in names.iter().enumerate() {
            let k = 1.0 + k as f64;
            series.push(Series::line(*name, grid(300).map(curve(k))));
            series.push(Series::points(*name, grid(9).map(|t| (t, curve(k)(t).1 + 0.05, 0.1))));
            residuals.push(((*name).to_owned(), grid(9).map(|t| (t, 0.5)).collect()));
        }
        let left = Panel {
            title: "Particles".into(),
            x: Axis::log10("temperature k_{B}T / ε"),
            y: Axis::linear("entropy S / kʙ"),
            series: series.clone(),
            residuals: Some(Residuals { label: "z".into(), series: residuals }),
            guides: vec![
                Guide::X { at: 1.0, label: "Schottky peak".into() },
                Guide::X { at: 1.1, label: "T_{c}".into() },
                Guide::Y { at: 3.0, label: "ln 20".into() },
            ],
            notes: vec!["A sentence about the definition of what is shown, long enough to need a second line.".into()],
            ..Panel::default()
        };
        let right = Panel {
            title: "Tokens".into(),
            x: Axis::linear("sampling temperature T"),
            y: Axis::linear("entropy S / nats"),
            right_axis: Some(RightAxis { label: "effective vocabulary e^{S}".into(), scale: RightScale::Exp }),
            series,
            legend: LegendPlace::Right,
            captions: vec![Caption {
                swatch: Some(PALETTE[1]),
                label: "T = 0.7".into(),
                text: "Once upon ".repeat(30),
            }],
            annotations: vec![Annotation { x: 2.0, y: 2.0, text: "as trained".into() }],
            ..Panel::default()
        };
        Figure { title: "Entropy of particles and of tokens".into(), panels: vec![left, right], ..Figure::default() }
    }

    #[test]
    fn no_text_is_cut_and_no_two_texts_overlap() {
        let mut fonts = resvg::usvg::fontdb::Database::new();
        for bytes in [dejavu::sans::regular(), dejavu::sans::bold(), dejavu::sans_mono::regular()] {
            fonts.load_font_data(bytes.to_vec());
        }
        let options = Options { fontdb: Arc::new(fonts), ..Options::default() };
        let tree = Tree::from_str(&rich().to_svg().unwrap(), &options).unwrap();
        let mut boxes: Vec<(String, Rect)> = Vec::new();
        let mut groups = vec![tree.root()];
        while let Some(group) = groups.pop() {
            for node in group.children() {
                match node {
                    Node::Group(inner) => groups.push(inner),
                    Node::Text(text) => {
                        let content = text.chunks().iter().map(|chunk| chunk.text()).collect();
                        boxes.push((content, text.abs_bounding_box()));
                    }
                    _ => {}
                }
            }
        }
        assert!(boxes.len() > 50);
        // Only the overlong caption may be shortened.
        let shortened: Vec<&String> = boxes.iter().map(|(text, _)| text).filter(|text| text.contains('…')).collect();
        assert!(matches!(shortened[..], [caption] if caption.starts_with("Once")), "{shortened:?}");
        for (i, (text, area)) in boxes.iter().enumerate() {
            let inside = area.left() >= 0.0 && area.right() <= tree.size().width();
            assert!(inside && area.top() >= 0.0 && area.bottom() <= tree.size().height(), "`{text}` is cut: {area:?}");
            for (other, there) in &boxes[..i] {
                // Boxes span ascent to descent, so boxes of neighbouring lines may touch.
                let meet = area.left() < there.right()
                    && there.left() < area.right()
                    && area.top() + 4.0 < there.bottom()
                    && there.top() + 4.0 < area.bottom();
                assert!(!meet, "`{text}` overlaps `{other}`");
            }
        }
    }

    #[test]
    fn equal_figures_give_equal_bytes_of_the_size_announced() {
        let (first, second) = (check(&rich()), check(&rich()));
        assert_eq!(first, second);
        let (png, again) = (svg_to_png(&first, 1.0).unwrap(), svg_to_png(&second, 1.0).unwrap());
        assert_eq!(png, again);
        assert!(first.contains("width=\"1600\""));
        assert_eq!(png[16..20], 1600u32.to_be_bytes());
    }
}
