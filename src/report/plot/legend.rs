//! Where the entries of a legend go: in rows below a panel or in a column beside its frame, never on data.

use super::marks::LabelStyle;
use super::style::{BODY, GAP, SAMPLE_WIDTH};
use super::text::{Face, Placed, cut, prepare, width};

/// Distance of the baselines of a legend's rows \[px\].
const ROW: f64 = 1.55 * BODY;

/// One label of a legend: its index among the styles, and where its sample starts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub style: usize,
    pub label: Placed,
}

/// Width of a legend in one column, bounded by a share of its panel.
pub(super) fn legend_width(styles: &[LabelStyle], panel_width: f64) -> f64 {
    let labels = styles.iter().map(|style| width(&prepare(&style.label), Face::Regular, BODY));
    (labels.fold(0.0, f64::max) + SAMPLE_WIDTH + 3.0 * GAP).min(0.4 * panel_width)
}

/// Entries in rows from `left`, each row at most `limit` wide, in columns of equal width where that costs no extra row.
pub(super) fn legend_rows(styles: &[LabelStyle], left: f64, limit: f64, y: &mut f64) -> Vec<Entry> {
    let entries = entries(styles, limit - SAMPLE_WIDTH - GAP);
    let Some(widest) = entries.iter().map(|entry| entry.2).reduce(f64::max) else { return Vec::new() };
    let column = widest + SAMPLE_WIDTH + 4.0 * GAP;
    let per_row = ((limit + 3.0 * GAP) / column).floor().max(1.0) as usize;
    let n_rows = entries.len().div_ceil(per_row);
    // Rows of even length, in the middle of the panel.
    let per_row = entries.len().div_ceil(n_rows);
    let start = left + 0.5 * (limit - (per_row as f64 * column - 3.0 * GAP)).max(0.0);
    *y += 12.0;
    let top = *y;
    *y += n_rows as f64 * ROW;
    entries
        .into_iter()
        .enumerate()
        .map(|(i, (style, text, _))| {
            let x = start + (i % per_row) as f64 * column + SAMPLE_WIDTH + GAP;
            Entry { style, label: Placed { text, x, y: top + ((i / per_row) as f64 + 1.0) * ROW } }
        })
        .collect()
}

/// Entries in one column right of the frame.
pub(super) fn legend_column(styles: &[LabelStyle], left: f64, right: f64, top: f64) -> Vec<Entry> {
    let x = left + SAMPLE_WIDTH + GAP;
    entries(styles, right - x)
        .into_iter()
        .enumerate()
        .map(|(i, (style, text, _))| Entry { style, label: Placed { text, x, y: top + (i as f64 + 1.0) * ROW } })
        .collect()
}

/// Index, text and width of each entry that has a label.
fn entries(styles: &[LabelStyle], limit: f64) -> Vec<(usize, String, f64)> {
    let labelled = styles.iter().enumerate().filter(|(_, style)| !style.label.is_empty());
    labelled
        .map(|(i, style)| {
            let text = cut(&prepare(&style.label), Face::Regular, BODY, limit);
            let width = width(&text, Face::Regular, BODY);
            (i, text, width)
        })
        .collect()
}
