//! Where the parts of one panel go: margins from measured text, labels around the frame, legend and notes below it.

use super::axis::{Span, Tick};
use super::canvas::Area;
use super::error::PlotError;
use super::extent::{x_values, y_values};
use super::figure::{Guide, LegendPlace, Panel};
use super::legend::{Entry, legend_column, legend_rows, legend_width};
use super::marks::{LabelStyle, styles};
use super::style::{AXIS_LABEL, BODY, GAP, LEADING, MARGIN, PANEL_TITLE, SWATCH, TICK, TICK_LABEL};
use super::text::{Face, Placed, cut, cut_between_words, prepare, verbatim, width, wrap};

/// Space between the title of a panel and what is below \[px\].
pub(super) const TITLE_GAP: f64 = 12.0;

/// Height of the residuals' frame and its distance from the panel's \[px\].
pub(super) const RESIDUAL_HEIGHT: f64 = 120.0;
pub(super) const RESIDUAL_GAP: f64 = 18.0;

/// Half the range of residuals: a little more than the bound of 4.5; what lies beyond is shown at the edge.
const RESIDUAL_RANGE: f64 = 5.6;

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
pub(super) struct PanelLayout<'a> {
    pub panel: &'a Panel,
    pub styles: Vec<LabelStyle>,
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
    pub guides_height: f64,
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

/// What is known of a panel before its neighbours are.
pub(super) struct Draft<'a> {
    panel: &'a Panel,
    styles: Vec<LabelStyle>,
    /// Whether the legend of an earlier panel explains this one.
    explained: bool,
    x: Span,
    y: Span,
    y_ticks: Vec<Tick>,
    right_ticks: Vec<Tick>,
    y_label: Vec<String>,
    right_label: Vec<String>,
    /// Space that it needs left and right of the frame.
    pub left: f64,
    pub right: f64,
}

/// The part of the figure's width that a panel has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub left: f64,
    pub width: f64,
}

impl Column {
    /// Where texts begin.
    fn text_left(self) -> f64 {
        self.left + MARGIN
    }

    /// Where texts end.
    fn text_right(self) -> f64 {
        self.left + self.width - MARGIN
    }

    fn text_width(self) -> f64 {
        self.width - 2.0 * MARGIN
    }
}

impl<'a> Draft<'a> {
    /// `block_height`: that of the frame and the residuals.
    pub fn new(panel: &'a Panel, block_height: f64, panel_width: f64) -> Result<Self, PlotError> {
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
        let styles = styles(panel);

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
            right += legend_width(&styles, panel_width);
        }
        // However long the labels, at least a third of the panel is frame.
        let shrink = (2.0 / 3.0 * panel_width / (left + right)).min(1.0);
        let (left, right) = (left * shrink, right * shrink);
        Ok(Self { panel, styles, explained: false, x, y, y_ticks, right_ticks, y_label, right_label, left, right })
    }

    /// The same panel, without a legend of its own where that of an earlier one explains all its styles.
    pub fn after(self, earlier: &[(Draft<'_>, f64)]) -> Self {
        let explains = |draft: &Draft<'_>| {
            draft.panel.legend == LegendPlace::Below && self.styles.iter().all(|style| draft.styles.contains(style))
        };
        let explained = self.panel.legend == LegendPlace::Below && earlier.iter().any(|(draft, _)| explains(draft));
        Self { explained, ..self }
    }

    /// Everything at its place in `block` (the frame and the residuals, whose top is at height 0) and around it; titles as
    /// if there were no labels of guides.
    pub fn place(self, block: Area, column: Column) -> PanelLayout<'a> {
        let panel = self.panel;
        let (frame, residual_frame) = frames(panel, block);
        let middle = block.left + 0.5 * block.width;
        let (guide_labels, guides_height) = guide_labels(panel, &self.x, frame, column);

        // Below the block, one under the other: tick labels, label, legend, notes, captions.
        let mut y = block.bottom() + TICK + GAP + TICK_LABEL + 4.0;
        let x_label = stack(&prepare(&panel.x.label), Face::Regular, AXIS_LABEL, block.width * 1.1, middle, &mut y);
        let own = if self.explained { &[][..] } else { &self.styles };
        let legend = legend(panel, own, frame, column, &mut y);
        let notes = notes(panel, column, &mut y);
        let captions = caption_lines(panel, column, &mut y);

        // Beside the block: labels that read upwards.
        let right_edge = block.right() + TICK + GAP + widest(&self.right_ticks) + GAP;
        let residual_label = residual_label(panel, residual_frame, self.y_label.len(), column);
        PanelLayout {
            panel,
            x_ticks: spaced_ticks(&self.x, frame.width),
            frame,
            residual_frame,
            residual_span: Span::symmetric(RESIDUAL_RANGE),
            title: title(panel, middle, column),
            guides_height,
            guide_labels,
            x_label,
            y_label: upright(self.y_label, frame, column.text_left()),
            right_label: upright(self.right_label, frame, right_edge),
            residual_label,
            legend,
            notes,
            captions,
            styles: self.styles,
            x: self.x,
            y: self.y,
            y_ticks: self.y_ticks,
            right_ticks: self.right_ticks,
        }
    }
}

impl PanelLayout<'_> {
    /// Moves everything down to its place in the figure and returns the lowest end.
    pub fn shift_down(&mut self, by: f64) -> f64 {
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

/// The frame, and that of the residuals below it.
fn frames(panel: &Panel, block: Area) -> (Area, Option<Area>) {
    if panel.residuals.is_none() {
        return (block, None);
    }
    let frame = Area { height: block.height - (RESIDUAL_GAP + RESIDUAL_HEIGHT), ..block };
    (frame, Some(Area { top: frame.bottom() + RESIDUAL_GAP, height: RESIDUAL_HEIGHT, ..frame }))
}

/// The title in centred lines above the frame, from the frame upwards.
fn title(panel: &Panel, middle: f64, column: Column) -> Vec<Placed> {
    let limit = column.text_width().min(2.0 * (middle - column.left - MARGIN));
    let lines = wrap(&prepare(&panel.title), Face::Bold, PANEL_TITLE, limit);
    let last = lines.len().saturating_sub(1);
    let height = |line: usize| -TITLE_GAP - (last - line) as f64 * PANEL_TITLE * LEADING;
    lines.into_iter().enumerate().map(|(i, text)| Placed { text, x: middle, y: height(i) }).collect()
}

/// The legend where the panel wants it; in rows, `y` moves below them.
fn legend(panel: &Panel, styles: &[LabelStyle], frame: Area, column: Column, y: &mut f64) -> Vec<Entry> {
    match panel.legend {
        LegendPlace::Hidden => Vec::new(),
        LegendPlace::Below => legend_rows(styles, column.text_left(), column.text_width(), y),
        LegendPlace::Right => {
            let left = column.text_right() - legend_width(styles, column.width) + GAP;
            legend_column(styles, left, column.text_right(), frame.top)
        }
    }
}

/// Notes below `y`, which moves to the last baseline.
fn notes(panel: &Panel, column: Column, y: &mut f64) -> Vec<Placed> {
    let mut lines = Vec::new();
    for note in &panel.notes {
        *y += 8.0;
        for text in wrap(&prepare(note), Face::Regular, BODY, column.text_width()) {
            *y += BODY * LEADING;
            lines.push(Placed { text, x: column.text_left(), y: *y });
        }
    }
    lines
}

/// The label of the residuals, in line with the last of the `depth` lines of the label above.
fn residual_label(panel: &Panel, frame: Option<Area>, depth: usize, column: Column) -> Option<Placed> {
    frame.zip(panel.residuals.as_ref()).map(|(area, residuals)| Placed {
        text: cut(&prepare(&residuals.label), Face::Regular, AXIS_LABEL, area.height),
        x: column.text_left() + (depth.max(1) as f64 - 0.2) * AXIS_LABEL * LEADING,
        y: area.top + 0.5 * area.height,
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
pub(super) fn stack(text: &str, face: Face, size: f64, limit: f64, middle: f64, y: &mut f64) -> Vec<Placed> {
    let lines = wrap(text, face, size, limit).into_iter();
    lines
        .map(|text| {
            *y += size * LEADING;
            Placed { text, x: middle, y: *y }
        })
        .collect()
}

/// Lines that read upwards from `left` on, centred on the frame.
fn upright(lines: Vec<String>, frame: Area, left: f64) -> Vec<Placed> {
    let x = |line: usize| left + (line as f64 + 0.8) * AXIS_LABEL * LEADING;
    let y = frame.top + 0.5 * frame.height;
    lines.into_iter().enumerate().map(|(i, text)| Placed { text, x: x(i), y }).collect()
}

/// Labels of vertical guides in as many rows above the frame as they need; also the height of those rows.
fn guide_labels(panel: &Panel, x: &Span, frame: Area, column: Column) -> (Vec<Placed>, f64) {
    let mut labels: Vec<Placed> = panel
        .guides
        .iter()
        .filter_map(|guide| match guide {
            Guide::X { at, label } if !label.is_empty() => {
                let share = x.position(*at).filter(|share| (0.0..=1.0).contains(share))?;
                let text = cut(&prepare(label), Face::Regular, BODY, column.text_width());
                let half = 0.5 * width(&text, Face::Regular, BODY);
                let (low, high) = (column.text_left() + half, column.text_right() - half);
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

/// Captions below `y`, which moves to the last baseline.
fn caption_lines(panel: &Panel, column: Column, y: &mut f64) -> Vec<CaptionLine> {
    let (left, limit) = (column.text_left(), column.text_width());
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
            let text = cut_between_words(&verbatim(&caption.text), Face::Mono, BODY, left + limit - text_x);
            CaptionLine { label, text, label_x, text_x, baseline: *y }
        })
        .collect()
}
