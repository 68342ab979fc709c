//! Entropy, surprisal and participation ratio along the position in a text, at several temperatures.

use super::rows::{Kind, Row, Rows, TOKENS};
use super::sides;
use crate::estimators::Estimate;
use crate::report::plot::{Axis, Figure, Panel, Series};
use crate::report::table::Table;
use crate::tokens::views::{AlongText, ContextOrigin, PositionMean};

/// What is drawn: its name in the table, its unit there, its label, and how it is read off.
type Quantity = (&'static str, &'static str, &'static str, fn(&PositionMean) -> Estimate);

/// One panel each.
const QUANTITIES: [Quantity; 2] = [
    ("entropy", "nat", "entropy S of the next token [nat]", |p| p.entropy),
    ("heat capacity", "k_B", "heat capacity C = Var(surprisal)", |p| p.heat_capacity),
];
/// Mean surprisal beside the entropy.
const SURPRISAL: &str = "surprisal";
/// What is said of all texts of a kind.
const NOTE: &str = "note";

/// One row per position and temperature, for reading by other programs.
pub(super) fn position_table(texts: &[AlongText]) -> Table {
    let names = ["surprisal", "entropy", "heat_capacity", "participation_ratio"];
    let columns: Vec<String> = names.iter().flat_map(|n| [(*n).to_owned(), format!("{n}_std_error")]).collect();
    let head = ["contexts", "temperature", "position", "n_texts"];
    let mut table = Table::new(&head.into_iter().chain(columns.iter().map(String::as_str)).collect::<Vec<_>>());
    for text in texts {
        for p in &text.positions {
            let mut row = vec![text.contexts.name().into(), text.temperature.get().into()];
            row.extend([(p.position as u64).into(), (text.n_texts as u64).into()]);
            for estimate in [p.surprisal, p.entropy, p.heat_capacity, p.participation_ratio] {
                row.extend([estimate.value.into(), estimate.std_error.into()]);
            }
            table.push(row);
        }
    }
    table
}

/// The data.
pub(super) fn table(texts: &[AlongText]) -> Table {
    let mut rows = Rows::of_many_quantities();
    for text in texts {
        let name = format!("T = {}", text.temperature);
        let panel = |quantity: &str| format!("{}: {quantity}", text.contexts.name());
        for position in &text.positions {
            let x = position.position as f64;
            for (quantity, unit, _, of) in QUANTITIES {
                rows.these("position[token]", &format!("{quantity}[{unit}]"));
                rows.estimate(&panel(quantity), &name, x, of(position), None);
            }
            rows.these("position[token]", "surprisal[nat]");
            rows.estimate(&panel(SURPRISAL), &name, x, position.surprisal, None);
        }
        let balance = format!(
            "{name}: mean surprisal {}, entropy {}, difference {} nats a token ({} texts)",
            text.surprisal, text.entropy, text.balance, text.n_texts
        );
        rows.these("temperature[1]", "");
        rows.label(&panel(NOTE), &name, Kind::Text, text.temperature.get(), &balance);
    }
    rows.finish()
}

/// The figure of the rows of [`table`].
pub(super) fn figure(rows: &[Row]) -> Figure {
    let mut panels = Vec::new();
    for contexts in [ContextOrigin::SelfGenerated, ContextOrigin::Given] {
        for (quantity, _, label, _) in QUANTITIES {
            let name = format!("{}: {quantity}", contexts.name());
            if rows.iter().any(|row| row.panel == name) {
                panels.push(panel(rows, contexts, quantity, label));
            }
        }
    }
    let title = "Along a text: means over independent texts with bands of one standard error".to_owned();
    Figure { title, panels, frame_height: 400, ..Figure::default() }
}

fn panel(rows: &[Row], contexts: ContextOrigin, quantity: &'static str, label: &str) -> Panel {
    let name = format!("{}: {quantity}", contexts.name());
    let own = format!("{}: {SURPRISAL}", contexts.name());
    let entropy = quantity == QUANTITIES[0].0;
    let mut series = Vec::new();
    for (k, text) in Row::series_of(rows, &name).into_iter().enumerate() {
        let colour = sides::colour(TOKENS, k);
        let estimates: Vec<(f64, f64, f64)> =
            Row::of(rows, &name, text, Kind::Sampled).map(|r| (r.x, r.y, r.std_error)).collect();
        let known = estimates.iter().filter(|e| e.2.is_finite());
        series.push(Series::band(text, known.map(|&(x, y, e)| (x, y - e, y + e))).coloured(colour));
        series.push(Series::line(text, estimates.iter().map(|&(x, y, _)| (x, y))).coloured(colour));
        if entropy {
            let surprisals = Row::of(rows, &own, text, Kind::Sampled).map(|r| (r.x, r.y, f64::NAN));
            series.push(Series::points(text, surprisals).coloured(colour));
        }
    }
    let title = match contexts {
        ContextOrigin::SelfGenerated => format!("Text the model writes at T: {quantity}"),
        ContextOrigin::Given => format!("Text given to it, read at T: {quantity}"),
    };
    let notes = if entropy {
        let balances = format!("{}: {NOTE}", contexts.name());
        let texts = Row::series_of(rows, &balances);
        let lines = texts.into_iter().flat_map(|t| Row::of(rows, &balances, t, Kind::Text)).map(|r| r.label.clone());
        let points = match contexts {
            ContextOrigin::SelfGenerated => {
                "Lines: entropy; points: surprisal of the token drawn. Their means agree at every T."
            }
            ContextOrigin::Given => "Lines: entropy; points: surprisal of the token that stands there.",
        };
        std::iter::once(points.to_owned()).chain(lines).collect()
    } else {
        Vec::new()
    };
    Panel {
        title,
        x: Axis::linear("position in the text [token]"),
        y: Axis::linear(label),
        series,
        notes,
        ..Panel::default()
    }
}
