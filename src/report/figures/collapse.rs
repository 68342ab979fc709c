//! Particles and prompts on the same axes: entropy over its maximum against temperature over the spread of the levels.

use super::rows::{Kind, PARTICLES, Row, Rows, TOKENS};
use super::sides;
use crate::experiments::compare::Comparison;
use crate::report::plot::{Axis, Figure, Guide, LegendPlace, Panel, Series};
use crate::report::table::Table;

const RANGE: (f64, f64) = (0.05, 50.0);

/// The data: S/ln W against T/T*, T* = sigma/sqrt(2 ln W), for every subject whose levels end.
pub fn table(comparison: &Comparison) -> Table {
    let mut rows = Rows::new("T/T*[1]", "S/lnW[1]");
    for findings in &comparison.findings {
        let subject = &findings.subject;
        let Some(spread) = subject.spread else { continue };
        let scale = spread / (2.0 * subject.ln_states).sqrt();
        for thermo in &findings.curve {
            let x = thermo.temperature().get() / scale;
            rows.point(subject.side.name(), &subject.name, Kind::Exact, x, thermo.entropy / subject.ln_states);
        }
        for point in findings.points.iter().filter(|p| p.resolved) {
            if let Some(entropy) = point.entropy {
                let x = point.temperature.get() / scale;
                let exact = point.exact.entropy / subject.ln_states;
                rows.estimate(
                    subject.side.name(),
                    &subject.name,
                    x,
                    entropy.scaled(1.0 / subject.ln_states),
                    Some(exact),
                );
            }
        }
    }
    rows.finish()
}

/// The figure.
pub fn figure(rows: &[Row]) -> Figure {
    let shown = |r: &&Row| r.x >= RANGE.0 && r.x <= RANGE.1;
    let mut series = Vec::new();
    let names = |panel| Row::series_of(rows, panel).into_iter().enumerate().map(move |(k, name)| (panel, k, name));
    for (panel, k, name) in names(PARTICLES).chain(names(TOKENS)) {
        let points = |kind| Row::of(rows, panel, name, kind).filter(shown);
        let line = points(Kind::Exact).map(|r| (r.x, r.y));
        series.push(sides::curve(panel, name, line).coloured(sides::colour(panel, k)));
        // Every third point: the panel holds all subjects.
        series.push(Series::points(name, points(Kind::Sampled).step_by(3).map(|r| (r.x, r.y, r.std_error))));
    }
    let panel = Panel {
        x: Axis::log10("reduced temperature T / T*,  T* = σ / √(2 ln W),  σ: spread of the levels")
            .with_range(RANGE.0, RANGE.1),
        y: Axis::linear("S / ln W").with_range(0.0, 1.05),
        legend: LegendPlace::Right,
        guides: vec![Guide::X { at: 1.0, label: "T = T*: freezing of the random-energy model".to_owned() }],
        series,
        notes: vec![
            "Particles warm and solid, tokens cool and dashed; lines exact, points sampled. The oscillator is left out: its levels never end, so it has no ln W."
                .to_owned(),
        ],
        ..Panel::default()
    };
    Figure {
        title: "Particles and prompts on reduced axes: all go from frozen to S = ln W".to_owned(),
        panels: vec![panel],
        columns: 1,
        panel_width: 1600,
        frame_height: 620,
    }
}
