//! Where everything goes: panels in a grid, their frames aligned along rows and columns.

use super::canvas::Area;
use super::error::PlotError;
use super::figure::Figure;
use super::panel_layout::{Column, Draft, PanelLayout, RESIDUAL_GAP, RESIDUAL_HEIGHT, TITLE_GAP, stack};
use super::style::{FIGURE_TITLE, GAP, LEADING, MARGIN, PANEL_TITLE};
use super::text::{Face, Placed, prepare};

/// A figure with all positions fixed.
#[derive(Debug)]
pub(super) struct FigureLayout<'a> {
    pub width: f64,
    pub height: f64,
    /// Centred lines.
    pub title: Vec<Placed>,
    pub panels: Vec<PanelLayout<'a>>,
}

impl<'a> FigureLayout<'a> {
    /// Lays a figure out.
    pub fn of(figure: &'a Figure) -> Result<Self, PlotError> {
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
        let title =
            stack(&prepare(&figure.title), Face::Bold, FIGURE_TITLE, width - 2.0 * MARGIN, 0.5 * width, &mut top);
        top += if title.is_empty() { 0.0 } else { GAP };

        let mut drafts = Vec::with_capacity(figure.panels.len());
        for row in figure.panels.chunks(columns) {
            // A panel without residuals has a taller frame, so that the lowest axes of a row are level.
            let extra =
                if row.iter().any(|panel| panel.residuals.is_some()) { RESIDUAL_GAP + RESIDUAL_HEIGHT } else { 0.0 };
            for panel in row {
                let draft = Draft::new(panel, frame_height + extra, panel_width)?.after(&drafts);
                drafts.push((draft, frame_height + extra));
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
                let column = Column { left: panel_width * column as f64, width: panel_width };
                let block = Area { left: column.left + left, top: 0.0, width: panel_width - left - right, height };
                row.push(draft.place(block, column));
            }
            // Frames of a row share their top, and so do titles.
            let guides = row.iter().map(|panel| panel.guides_height).fold(0.0, f64::max);
            let titles = row.iter().map(|panel| panel.title.len()).max().unwrap_or(0) as f64 * PANEL_TITLE * LEADING;
            for line in row.iter_mut().flat_map(|panel| &mut panel.title) {
                line.y -= guides;
            }
            let above = guides + titles + TITLE_GAP;
            let mut bottom = top;
            for mut panel in row {
                let end = panel.shift_down(top + above);
                bottom = bottom.max(end);
                panels.push(panel);
            }
            top = bottom + 1.5 * MARGIN;
        }
        if top > 20_000.0 {
            return Err(refused);
        }
        Ok(Self { width, height: top.ceil(), title, panels })
    }
}
