//! The density of states of contexts beside the Gaussian of the same width.

use super::rows::{Kind, Row, Rows};
use crate::report::plot::{Axis, Colour, Figure, Guide, Panel, Series};
use crate::report::table::Table;
use crate::tokens::views::states::{LevelTies, States, TOP};

const TOKENS: &str = "tokens of the context";
const GAUSSIAN: &str = "Gaussian of the same V and σ";
const MARKS: &str = "mean energies";
const TIES: &str = "ties";
/// The prediction is drawn in grey, in front of the bars.
const GREY: Colour = Colour(70, 70, 70);

/// One row per context: its ties and the lattice of its gaps.
pub(super) fn ties_table(states: &[States]) -> Table {
    let mut table = Table::new(&[
        "context",
        "n_tokens",
        "sigma",
        "n_distinct",
        "n_tied",
        "ground_degeneracy",
        "significant_bits",
        "quantum",
        "top_quantum",
    ]);
    for context in states {
        let ties = &context.ties;
        table.push(vec![
            context.prompt.as_str().into(),
            context.n_tokens.into(),
            context.sigma.into(),
            (ties.n_distinct as u64).into(),
            ((ties.n_levels - ties.n_distinct) as u64).into(),
            (ties.ground_degeneracy as u64).into(),
            u64::from(ties.significant_bits).into(),
            ties.quantum.into(),
            ties.top_quantum.into(),
        ]);
    }
    table
}

/// The data: number of tokens per nat in bins, the Gaussian at their middles, U(T), and the ties in words.
pub(super) fn table(states: &[States]) -> Table {
    let mut rows = Rows::new("energy_from_mean[nat]", "tokens_per_nat[1/nat]");
    for context in states {
        let panel = context.prompt.as_str();
        for (series, kind) in [(TOKENS, Kind::Exact), (GAUSSIAN, Kind::Prediction)] {
            for bin in &context.bins {
                let n = if kind == Kind::Exact { bin.n_tokens } else { bin.gaussian };
                rows.point(panel, series, kind, 0.5 * (bin.low + bin.high), n / (bin.high - bin.low));
            }
        }
        for (temperature, energy) in &context.marks {
            rows.label(panel, MARKS, Kind::Text, *energy, &format!("T = {temperature}"));
        }
        rows.label(panel, TIES, Kind::Text, 0.0, &words(context.n_tokens, context.sigma, &context.ties));
    }
    rows.finish()
}

/// `2048 tokens, σ = 2.91 nat; 3 coincide with another; ...`
fn words(n_tokens: f64, sigma: f64, ties: &LevelTies) -> String {
    let tied = match ties.n_levels - ties.n_distinct {
        0 => "no two coincide".to_owned(),
        1 => "1 coincides with another".to_owned(),
        n => format!("{n} coincide with another"),
    };
    let ground = match ties.ground_degeneracy {
        1 => String::new(),
        g => format!(", {g} share the lowest energy"),
    };
    let lattice = match (ties.quantum, ties.top_quantum) {
        (Some(q), _) => format!("all gaps are multiples of 1/{}", (1.0 / q).round()),
        (None, Some(q)) => format!("gaps among the lowest {TOP} are multiples of 1/{}", (1.0 / q).round()),
        (None, None) => {
            format!("the gaps are multiples of no quantum but the rounding of {}-bit mantissas", ties.significant_bits)
        }
    };
    format!("{n_tokens} tokens, σ = {sigma:.2} nat; {tied}{ground}; {lattice}.")
}

/// The figure of the rows of [`table`].
pub(super) fn figure(rows: &[Row]) -> Figure {
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        if !names.contains(&row.panel.as_str()) {
            names.push(&row.panel);
        }
    }
    let columns = if names.len() > 4 { 3 } else { names.len().clamp(1, 2) };
    Figure {
        title: "Density of states of the next token, and the mean energies at T in it".to_owned(),
        panels: names.into_iter().map(|name| panel(rows, name)).collect(),
        columns,
        panel_width: if columns == 3 { 620 } else { 800 },
        frame_height: if columns == 3 { 340 } else { 420 },
    }
}

fn panel(rows: &[Row], name: &str) -> Panel {
    let tokens: Vec<(f64, f64)> = Row::of(rows, name, TOKENS, Kind::Exact).map(|r| (r.x, r.y)).collect();
    let gaussian = Row::of(rows, name, GAUSSIAN, Kind::Prediction).map(|r| (r.x, r.y));
    let width = tokens.windows(2).map(|pair| pair[1].0 - pair[0].0).next().unwrap_or(1.0);
    // A single token stands one third of the way up from the edge to ten.
    let (floor, top) = (0.5 / width, tokens.iter().map(|bar| bar.1).fold(1.0 / width, f64::max));
    let bars = tokens.iter().filter(|bar| bar.1 > 0.0).map(|&(x, y)| (x - 0.5 * width, x + 0.5 * width, y));
    let marks = Row::of(rows, name, MARKS, Kind::Text);
    Panel {
        title: format!("“{name} …”"),
        x: Axis::linear("energy E − mean over all tokens [nat]"),
        y: Axis::log10("tokens per nat").with_range(floor, 3.0 * top),
        series: vec![
            Series::histogram(TOKENS, bars),
            Series::dashed(GAUSSIAN, gaussian.filter(|point| point.1 >= floor)).coloured(GREY),
        ],
        guides: marks.map(|row| Guide::X { at: row.x, label: row.label.clone() }).collect(),
        notes: Row::of(rows, name, TIES, Kind::Text).map(|row| row.label.clone()).collect(),
        ..Panel::default()
    }
}
