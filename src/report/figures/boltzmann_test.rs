//! The Boltzmann form itself: ln of the ratio of sampled energy histograms at two temperatures, against energy.

use super::rows::{Kind, PARTICLES, Row, Rows, TOKENS};
use crate::estimators::{Estimate, LevelCount};
use crate::experiments::compare::{Comparison, Findings, Side};
use crate::report::Table;
use crate::report::plot::{Axis, Colour, Figure, Panel, Residuals, Series};

/// Name of the predicted line.
const PREDICTED: &str = "predicted: slope −1";
/// Cells that a spectrum of many levels is gathered into.
const CELLS: usize = 24;
/// Draws a cell needs at both temperatures to be shown.
const ENOUGH: f64 = 20.0;
const RANGE: (f64, f64) = (-5.0, 5.0);

/// The data of the figure: energies in units of 1/(beta_1 - beta_2) from where both histograms are equal, so that
/// every system has the predicted slope -1 on the same axes.
pub fn table(comparison: &Comparison) -> Table {
    let mut rows = Rows::new("(beta_1-beta_2)(E-E_x)[1]", "ln(P_1/P_2)[1]");
    for (side, panel) in [(Side::Particles, PARTICLES), (Side::Tokens, TOKENS)] {
        for findings in comparison.side(side) {
            points(findings, panel, &mut rows);
        }
        rows.point(panel, PREDICTED, Kind::Prediction, RANGE.0, -RANGE.0);
        rows.point(panel, PREDICTED, Kind::Prediction, RANGE.1, -RANGE.1);
    }
    rows.finish()
}

fn points(findings: &Findings, panel: &str, rows: &mut Rows) {
    let test = &findings.ratio;
    let totals = test.levels.iter().fold((0.0, 0.0), |sum, l| (sum.0 + l.count1, sum.1 + l.count2));
    let apart = test.betas.0.get() - test.betas.1.get();
    let label = format!("{}: slope {}", findings.subject.name, test.slope.scaled(1.0 / apart));
    let crossing = crossing(findings, totals);
    for (energy, first, second) in gathered(&test.levels) {
        if first >= ENOUGH && second >= ENOUGH {
            let x = apart * (energy - crossing);
            let ratio = (first / totals.0 * totals.1 / second).ln();
            let std_error = (test.inflation * (1.0 / first + 1.0 / second)).sqrt();
            let estimate = Estimate { value: ratio, std_error, n_eff: first + second, tau_int: None };
            rows.estimate(panel, &label, x, estimate, Some(-x));
        }
    }
}

/// The energy where both histograms are equal: weighted mean of ln(P1/P2)/slope over the shared cells.
fn crossing(findings: &Findings, totals: (f64, f64)) -> f64 {
    let test = &findings.ratio;
    let slope = test.betas.1.get() - test.betas.0.get();
    let (mut weight_sum, mut sum) = (0.0, 0.0);
    for &LevelCount { energy, count1: first, count2: second } in &test.levels {
        if first > 0.0 && second > 0.0 {
            let weight = 1.0 / (1.0 / first + 1.0 / second);
            sum += weight * (energy - (first / totals.0 * totals.1 / second).ln() / slope);
            weight_sum += weight;
        }
    }
    sum / weight_sum
}

/// Neighbouring energies gathered into at most [`CELLS`] cells: mean energy and counts of each.
fn gathered(levels: &[LevelCount]) -> Vec<(f64, f64, f64)> {
    if levels.len() <= CELLS {
        return levels.iter().map(|l| (l.energy, l.count1, l.count2)).collect();
    }
    let energies = || levels.iter().map(|l| l.energy);
    let (low, high) = (energies().fold(f64::INFINITY, f64::min), energies().fold(f64::NEG_INFINITY, f64::max));
    let mut cells = vec![(0.0, 0.0, 0.0); CELLS];
    for level in levels {
        let k = (((level.energy - low) / (high - low) * CELLS as f64) as usize).min(CELLS - 1);
        cells[k].0 += level.energy * (level.count1 + level.count2);
        cells[k].1 += level.count1;
        cells[k].2 += level.count2;
    }
    cells.into_iter().filter(|c| c.1 + c.2 > 0.0).map(|(e, a, b)| (e / (a + b), a, b)).collect()
}

/// The figure.
pub fn figure(rows: &[Row]) -> Figure {
    let panels = [(PARTICLES, "Particles"), (TOKENS, "Tokens of the language model")].map(|(panel, title)| {
        let mut series = Vec::new();
        let mut residuals = Vec::new();
        for name in Row::series_of(rows, panel) {
            let line: Vec<_> = Row::of(rows, panel, name, Kind::Prediction).map(|r| (r.x, r.y)).collect();
            if !line.is_empty() {
                series.push(Series::line(name, line).coloured(Colour(0, 0, 0)));
                continue;
            }
            let shown = |r: &&Row| r.x.abs() <= RANGE.1;
            let points = || Row::of(rows, panel, name, Kind::Sampled).filter(shown);
            series.push(Series::points(name, points().map(|r| (r.x, r.y, r.std_error))));
            residuals.push((name.to_owned(), points().map(|r| (r.x, (r.y - r.exact) / r.std_error)).collect()));
        }
        Panel {
            title: title.to_owned(),
            x: Axis::linear("(β_{1} − β_{2})(E − E_{×})").with_range(RANGE.0, RANGE.1),
            y: Axis::linear("ln [ P_{1}(E) / P_{2}(E) ], sampled").with_range(RANGE.0, RANGE.1),
            series,
            residuals: Some(Residuals { label: "z".to_owned(), series: residuals }),
            ..Panel::default()
        }
    });
    Figure {
        title: "The Boltzmann form itself: histogram ratios at two temperatures are straight lines of slope −(β_{1} − β_{2})"
            .to_owned(),
        panels: panels.into(),
        ..Figure::default()
    }
}
