//! Where everything goes: margins from measured text, legends in rows, frames aligned along rows and columns.

use super::PlotError;
use super::axis::{Span, Tick};
use super::canvas::Area;
use super::figure::{Figure, Guide, LegendPlace, Mark, Panel};
use super::legend::{Entry, legend_column, legend_rows, legend_width};
use super::marks::{Look, looks};
use super::text::{Face, cut, prepare, verbatim, width, wrap};

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

/// Space between the title of a panel and what is below \[px\].
const TITLE_GAP: f64 = 12.0;

/// Height of the residuals' frame and its distance from the panel's \[px\].
const RESIDUAL_HEIGHT: f64 = 120.0;
const RESIDUAL_GAP: f64 = 18.0;

/// Half the range of residuals: a little more than the bound of 4.5; what lies beyond is shown at the edge.
const RESIDUAL_RANGE: f64 = 5.6;

/// Width and height of a caption's swatch \[px\].
pub(super) const SWATCH: (f64, f64) = (52.0, 24.0);

/// A text with the left end and height of its baseline, or with its centre, as its owner knows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub text: String,
    pub x: f64,
    pub y: f64,
}

/// A caption: swatch colour by its panel's list, label and text cut to size.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CaptionLine {
    pub label: String,
    pub text: String,
    pub label_x: f64,
    pub text_x: f64,
    pub baseline: f64,
}

/// A panel with all positions fixed, in pixels of the figure.
#[derive(Debug)]
pub(super) struct PanelPlan<'a> {
    pub panel: &'a Panel,
    pub looks: Vec<Look>,
    pub x: Span,
    pub y: Span,
    pub frame: Area,
    pub residual_frame: Option<Area>,
    pub residual_span: Span,
    pub x_ticks: Vec<Tick>,
    pub y_ticks: Vec<Tick>,
    pub right_ticks: Vec<Tick>,
    /// Centred over the frame.
    pub title: Vec<Placed>,
    /// Height above the frame that labels of vertical guides take.
    guides_height: f64,
    /// Centred labels of vertical guides.
    pub guide_labels: Vec<Placed>,
    /// Centred under the frame.
    pub x_label: Vec<Placed>,
    /// Centred along the left edge, reading upwards.
    pub y_label: Vec<Placed>,
    pub right_label: Vec<Placed>,
    pub residual_label: Option<Placed>,
    pub legend: Vec<Entry>,
    pub notes: Vec<Placed>,
    pub captions: Vec<CaptionLine>,
}

/// A figure with all positions fixed.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub width: f64,
    pub height: f64,
    /// Centred lines.
    pub title: Vec<Placed>,
    pub panels: Vec<PanelPlan<'a>>,
}

/// What is known of a panel before its neighbours are.
struct Draft<'a> {
    panel: &'a Panel,
    looks: Vec<Look>,
    x: Span,
    y: Span,
    y_ticks: Vec<Tick>,
    right_ticks: Vec<Tick>,
    y_label: Vec<String>,
    right_label: Vec<String>,
    left: f64,
    right: f64,
}

/// Lays a figure out.
pub(super) fn plan(figure: &Figure) -> Result<Plan<'_>, PlotError> {
    let n_rows = figure.panels.len().div_ceil(figure.columns.max(1));
    if n_rows == 0 || figure.columns == 0 {
        return Err(PlotError::Empty { panels: figure.panels.len(), columns: figure.columns });
    }
    let columns = figure.columns.min(figure.panels.len());
    let (panel_width, frame_height) = (f64::from(figure.panel_width), f64::from(figure.frame_height));
    let width = panel_width * columns as f64;
    let refused = PlotError::Size { panel_width: figure.panel_width, frame_height: figure.frame_height };
    if !((300.0..=4000.0).contains(&panel_width) && (100.0..=4000.0).contains(&frame_height) && width <= 20_000.0) {
        return Err(refused);
    }
    let mut top = MARGIN;
    let title = stack(&prepare(&figure.title), Face::Bold, FIGURE_TITLE, width - 2.0 * MARGIN, 0.5 * width, &mut top);
    top += if title.is_empty() { 0.0 } else { GAP };

    let mut drafts = Vec::with_capacity(figure.panels.len());
    for row in figure.panels.chunks(columns) {
        // A panel without residuals has a taller frame, so that the lowest axes of a row are level.
        let extra =
            if row.iter().any(|panel| panel.residuals.is_some()) { RESIDUAL_GAP + RESIDUAL_HEIGHT } else { 0.0 };
        for panel in row {
            drafts.push((Draft::new(panel, frame_height + extra, panel_width)?, frame_height + extra));
        }
    }
    // Frames of a column share their left and right ends.
    let column_ends: Vec<(f64, f64)> = (0..columns)
        .map(|column| {
            let ends = drafts.iter().skip(column).step_by(columns).map(|(draft, _)| (draft.left, draft.right));
            ends.fold((0.0, 0.0), |(a, b), (left, right)| (f64::max(a, left), f64::max(b, right)))
        })
        .collect();
    let mut panels = Vec::with_capacity(drafts.len());
    let mut drafts = drafts.into_iter();
    for _ in 0..n_rows {
        let mut row = Vec::with_capacity(columns);
        for (column, (draft, height)) in drafts.by_ref().take(columns).enumerate() {
            let (left, right) = column_ends[column];
            let cell = panel_width * column as f64;
            let frame = Area { left: cell + left, top: 0.0, width: panel_width - left - right, height };
            row.push(draft.place(frame, cell, panel_width));
        }
        // Frames of a row share their top, and so do titles.
        let guides = row.iter().map(|plan| plan.guides_height).fold(0.0, f64::max);
        let titles = row.iter().map(|plan| plan.title.len()).max().unwrap_or(0) as f64 * PANEL_TITLE * LEADING;
        for line in row.iter_mut().flat_map(|plan| &mut plan.title) {
            line.y -= guides;
        }
        let above = guides + titles + TITLE_GAP;
        let mut bottom = top;
        for mut plan in row {
            let end = plan.shift_down(top + above);
            bottom = bottom.max(end);
            panels.push(plan);
        }
        top = bottom + 1.5 * MARGIN;
    }
    if top > 20_000.0 {
        return Err(refused);
    }
    Ok(Plan { width, height: top.ceil(), title, panels })
}

impl<'a> Draft<'a> {
    fn new(panel: &'a Panel, block_height: f64, panel_width: f64) -> Result<Self, PlotError> {
        let x = Span::of(&panel.x, x_values(panel))?;
        let y = Span::of(&panel.y, y_values(panel, &x))?;
        let frame_height = match panel.residuals {
            Some(_) => block_height - RESIDUAL_GAP - RESIDUAL_HEIGHT,
            None => block_height,
        };
        let n_labels = (frame_height / 70.0) as usize;
        let y_ticks = y.ticks(n_labels);
        let right_ticks = match &panel.right_axis {
            Some(axis) => y.right(axis)?.ticks(n_labels),
            None => Vec::new(),
        };
        let y_label = wrap(&prepare(&panel.y.label), Face::Regular, AXIS_LABEL, frame_height);
        let right_label = panel.right_axis.as_ref().map(|axis| prepare(&axis.label)).unwrap_or_default();
        let right_label = wrap(&right_label, Face::Regular, AXIS_LABEL, frame_height);
        let looks = looks(panel);

        let label_depth = |lines: &[String]| lines.len() as f64 * AXIS_LABEL * LEADING;
        let residual_ticks = if panel.residuals.is_some() { width("−4.5", Face::Regular, TICK_LABEL) } else { 0.0 };
        let tick_width = widest(&y_ticks).max(residual_ticks);
        let left = MARGIN + label_depth(&y_label) + GAP + tick_width + GAP + TICK;
        let mut right = if right_ticks.is_empty() {
            // Half of the last label of the horizontal axis stands out.
            MARGIN + 24.0
        } else {
            TICK + GAP + widest(&right_ticks) + GAP + label_depth(&right_label) + MARGIN
        };
        if panel.legend == LegendPlace::Right {
            right += legend_width(&looks, panel_width);
        }
        // However long the labels, at least a third of the panel is frame.
        let shrink = (2.0 / 3.0 * panel_width / (left + right)).min(1.0);
        let (left, right) = (left * shrink, right * shrink);
        Ok(Self { panel, looks, x, y, y_ticks, right_ticks, y_label, right_label, left, right })
    }

    /// Positions relative to the top of the frame, titles as if there were no guides.
    fn place(self, block: Area, cell: f64, panel_width: f64) -> PanelPlan<'a> {
        let panel = self.panel;
        let inner = panel_width - 2.0 * MARGIN;
        let middle = block.left + 0.5 * block.width;
        let mut frame = block;
        let residual_frame = panel.residuals.as_ref().map(|_| {
            frame.height -= RESIDUAL_GAP + RESIDUAL_HEIGHT;
            Area { top: frame.bottom() + RESIDUAL_GAP, height: RESIDUAL_HEIGHT, ..frame }
        });
        let x_ticks = spaced_ticks(&self.x, frame.width);

        // Above, from the frame upwards: guides, then the title.
        let (guide_labels, guides_height) = guide_labels(panel, &self.x, frame, cell, panel_width);
        let title = wrap(&prepare(&panel.title), Face::Bold, PANEL_TITLE, inner.min(2.0 * (middle - cell - MARGIN)));
        let n_lines = title.len();
        let title = title
            .into_iter()
            .enumerate()
            .map(|(i, text)| {
                let y = -TITLE_GAP - (n_lines - 1 - i) as f64 * PANEL_TITLE * LEADING;
                Placed { text, x: middle, y }
            })
            .collect();

        // Below: tick labels, label, legend, notes, captions.
        let mut y = block.bottom() + TICK + GAP + TICK_LABEL + 4.0;
        let x_label = stack(&prepare(&panel.x.label), Face::Regular, AXIS_LABEL, block.width * 1.1, middle, &mut y);
        let legend = match panel.legend {
            LegendPlace::Hidden => Vec::new(),
            LegendPlace::Below => legend_rows(&self.looks, cell + MARGIN, inner, &mut y),
            LegendPlace::Right => {
                let left = cell + panel_width - MARGIN - legend_width(&self.looks, panel_width) + GAP;
                legend_column(&self.looks, left, cell + panel_width - MARGIN, frame.top)
            }
        };
        let mut notes = Vec::new();
        for note in &panel.notes {
            y += 8.0;
            for text in wrap(&prepare(note), Face::Regular, BODY, inner) {
                y += BODY * LEADING;
                notes.push(Placed { text, x: cell + MARGIN, y });
            }
        }
        let captions = caption_lines(panel, cell + MARGIN, inner, &mut y);

        let depth = self.y_label.len();
        let y_label = upright(self.y_label, frame, |i| cell + MARGIN + (i as f64 + 0.8) * AXIS_LABEL * LEADING);
        let right_edge = block.right() + TICK + GAP + widest(&self.right_ticks) + GAP;
        let right_label = upright(self.right_label, frame, |i| right_edge + (i as f64 + 0.8) * AXIS_LABEL * LEADING);
        let residual_label = residual_frame.zip(panel.residuals.as_ref()).map(|(area, residuals)| Placed {
            text: cut(&prepare(&residuals.label), Face::Regular, AXIS_LABEL, area.height),
            x: cell + MARGIN + (depth.max(1) as f64 - 0.2) * AXIS_LABEL * LEADING,
            y: area.top + 0.5 * area.height,
        });
        PanelPlan {
            panel,
            looks: self.looks,
            x: self.x,
            y: self.y,
            frame,
            residual_frame,
            residual_span: Span::symmetric(RESIDUAL_RANGE),
            x_ticks,
            y_ticks: self.y_ticks,
            right_ticks: self.right_ticks,
            title,
            guides_height,
            guide_labels,
            x_label,
            y_label,
            right_label,
            residual_label,
            legend,
            notes,
            captions,
        }
    }
}

impl PanelPlan<'_> {
    /// Moves everything down to its place in the figure and returns the lowest end.
    fn shift_down(&mut self, by: f64) -> f64 {
        let lines = [
            &mut self.title,
            &mut self.guide_labels,
            &mut self.x_label,
            &mut self.y_label,
            &mut self.right_label,
            &mut self.notes,
        ];
        let placed = lines.into_iter().flatten();
        let placed = placed.chain(self.legend.iter_mut().map(|entry| &mut entry.label)).chain(&mut self.residual_label);
        let mut bottom: f64 = 0.0;
        for text in placed {
            text.y += by;
            bottom = bottom.max(text.y + GAP);
        }
        for line in &mut self.captions {
            line.baseline += by;
            bottom = bottom.max(line.baseline + GAP);
        }
        self.frame.top += by;
        if let Some(frame) = &mut self.residual_frame {
            frame.top += by;
        }
        let lowest = self.residual_frame.unwrap_or(self.frame).bottom();
        bottom.max(lowest + TICK + GAP + TICK_LABEL)
    }
}

/// Every horizontal position the data use.
fn x_values(panel: &Panel) -> impl Iterator<Item = f64> {
    let series = panel.series.iter().flat_map(|series| -> Vec<f64> {
        match &series.mark {
            Mark::Line(points) | Mark::Dashed(points) => points.iter().map(|p| p.0).collect(),
            Mark::Points(points) | Mark::Band(points) => points.iter().map(|p| p.0).collect(),
            Mark::Histogram(bars) => bars.iter().flat_map(|bar| [bar.0, bar.1]).collect(),
        }
    });
    series.chain(panel.residuals.iter().flat_map(|r| &r.series).flat_map(|(_, points)| points).map(|p| p.0))
}

/// Every vertical position the data use within the horizontal range, ends of error bars and feet of histograms included.
fn y_values<'a>(panel: &'a Panel, x: &'a Span) -> impl Iterator<Item = f64> + 'a {
    let seen = |at: f64| x.position(at).is_some_and(|share| (-1e-9..=1.0 + 1e-9).contains(&share));
    panel.series.iter().flat_map(move |series| -> Vec<f64> {
        match &series.mark {
            Mark::Line(points) | Mark::Dashed(points) => points.iter().filter(|p| seen(p.0)).map(|p| p.1).collect(),
            Mark::Points(points) => {
                // On a logarithmic axis a bar may reach below zero: the ends that have a place count.
                let ends = |&(_, y, error): &(f64, f64, f64)| {
                    let error = if error > 0.0 { error } else { 0.0 };
                    [y, y + error, y - error]
                };
                points.iter().filter(|p| seen(p.0)).flat_map(ends).collect()
            }
            Mark::Band(points) => points.iter().filter(|p| seen(p.0)).flat_map(|p| [p.1, p.2]).collect(),
            Mark::Histogram(bars) => bars.iter().flat_map(|bar| [0.0, bar.2]).collect(),
        }
    })
}

/// Ticks whose labels keep a distance of at least a character from each other.
fn spaced_ticks(span: &Span, length: f64) -> Vec<Tick> {
    let mut max_labels = 9;
    loop {
        let ticks = span.ticks(max_labels);
        let labelled: Vec<(f64, f64)> = ticks
            .iter()
            .filter_map(|tick| Some((tick.at * length, width(tick.label.as_ref()?, Face::Regular, TICK_LABEL))))
            .collect();
        let free = |pair: &[(f64, f64)]| pair[1].0 - pair[0].0 - 0.5 * (pair[0].1 + pair[1].1);
        if max_labels <= 2 || labelled.windows(2).all(|pair| free(pair) >= 0.8 * TICK_LABEL) {
            return ticks;
        }
        max_labels -= 1;
    }
}

fn widest(ticks: &[Tick]) -> f64 {
    ticks.iter().flat_map(|tick| &tick.label).map(|label| width(label, Face::Regular, TICK_LABEL)).fold(0.0, f64::max)
}

/// Centred lines below `y`, which moves to the last baseline.
fn stack(text: &str, face: Face, size: f64, limit: f64, middle: f64, y: &mut f64) -> Vec<Placed> {
    let lines = wrap(text, face, size, limit).into_iter();
    lines
        .map(|text| {
            *y += size * LEADING;
            Placed { text, x: middle, y: *y }
        })
        .collect()
}

/// Lines along a vertical edge, centred on the frame.
fn upright(lines: Vec<String>, frame: Area, x: impl Fn(usize) -> f64) -> Vec<Placed> {
    let y = frame.top + 0.5 * frame.height;
    lines.into_iter().enumerate().map(|(i, text)| Placed { text, x: x(i), y }).collect()
}

/// Labels of vertical guides in as many rows above the frame as they need; also the height of those rows.
fn guide_labels(panel: &Panel, x: &Span, frame: Area, cell: f64, panel_width: f64) -> (Vec<Placed>, f64) {
    let mut labels: Vec<Placed> = panel
        .guides
        .iter()
        .filter_map(|guide| match guide {
            Guide::X { at, label } if !label.is_empty() => {
                let share = x.position(*at).filter(|share| (0.0..=1.0).contains(share))?;
                let text = cut(&prepare(label), Face::Regular, BODY, panel_width - 2.0 * MARGIN);
                let half = 0.5 * width(&text, Face::Regular, BODY);
                let (low, high) = (cell + MARGIN + half, cell + panel_width - MARGIN - half);
                Some(Placed { text, x: frame.at((share, 0.0)).0.min(high).max(low), y: 0.0 })
            }
            _ => None,
        })
        .collect();
    labels.sort_by(|a, b| a.x.total_cmp(&b.x));
    let mut row_ends: Vec<f64> = Vec::new();
    for label in &mut labels {
        let half = 0.5 * width(&label.text, Face::Regular, BODY);
        let row = row_ends.iter().position(|end| label.x - half >= end + GAP).unwrap_or(row_ends.len());
        if row == row_ends.len() {
            row_ends.push(0.0);
        }
        row_ends[row] = label.x + half;
        label.y = -GAP - row as f64 * BODY * LEADING;
    }
    let height = if row_ends.is_empty() { 0.0 } else { 4.0 + row_ends.len() as f64 * BODY * LEADING };
    (labels, height)
}

fn caption_lines(panel: &Panel, left: f64, limit: f64, y: &mut f64) -> Vec<CaptionLine> {
    let has_swatch = panel.captions.iter().any(|caption| caption.swatch.is_some());
    let label_x = left + if has_swatch { SWATCH.0 + 1.5 * GAP } else { 0.0 };
    let labels: Vec<String> =
        panel.captions.iter().map(|c| cut(&verbatim(&c.label), Face::Bold, BODY, 0.4 * limit)).collect();
    let widest = labels.iter().map(|label| width(label, Face::Bold, BODY)).fold(0.0, f64::max);
    let text_x = label_x + if widest > 0.0 { widest + 2.0 * GAP } else { 0.0 };
    if !panel.captions.is_empty() {
        *y += 10.0;
    }
    panel
        .captions
        .iter()
        .zip(labels)
        .map(|(caption, label)| {
            *y += SWATCH.1 + GAP;
            let text = cut(&verbatim(&caption.text), Face::Mono, BODY, left + limit - text_x);
            CaptionLine { label, text, label_x, text_x, baseline: *y }
        })
        .collect()
}
