//! The Boltzmann form itself: ln of the ratio of sampled energy histograms at two temperatures, against energy.

use super::rows::{Kind, PARTICLES, Row, Rows, TOKENS};
use super::sides;
use crate::estimators::{Estimate, LevelCount};
use crate::experiments::compare::{Comparison, Findings, Side};
use crate::report::plot::{Axis, Colour, Figure, Panel, Residuals, Series};
use crate::report::table::Table;

/// Name of the predicted line.
const PREDICTED: &str = "predicted: slope −1";
/// Most levels shown of one spectrum.
const CELLS: usize = 24;
/// Draws a level needs at both temperatures together: at the ends of [`RANGE`] one of them then has 36 on average.
const ENOUGH: f64 = 2000.0;
const RANGE: (f64, f64) = (-4.0, 4.0);
const SHOWN: &str = "Each point is one level (one token). E_{×}, where both histograms are equal, is fitted.";

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
    for LevelCount { energy, count1, count2 } in chosen(&test.levels) {
        let x = apart * (energy - crossing);
        if x.abs() > RANGE.1 || count1 == 0.0 || count2 == 0.0 {
            continue;
        }
        let ratio = (count1 / totals.0 * totals.1 / count2).ln();
        let std_error = (test.inflation * (1.0 / count1 + 1.0 / count2)).sqrt();
        rows.estimate(panel, &label, x, Estimate::new(ratio, std_error, count1 + count2), Some(-x));
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

/// Levels with enough draws: all of a few, or the best counted one in each of [`CELLS`] equal intervals of energy.
///
/// Levels are chosen by their draws at both temperatures together: given that sum, the share of either temperature
/// is a binomial variable, so the choice does not favour upward fluctuations. They are never added up, because ln of
/// a sum of ratios is not straight.
fn chosen(levels: &[LevelCount]) -> Vec<LevelCount> {
    let draws = |level: &LevelCount| level.count1 + level.count2;
    let counted: Vec<LevelCount> = levels.iter().copied().filter(|level| draws(level) >= ENOUGH).collect();
    if counted.len() <= CELLS {
        return counted;
    }
    let energies = || counted.iter().map(|l| l.energy);
    let (low, high) = (energies().fold(f64::INFINITY, f64::min), energies().fold(f64::NEG_INFINITY, f64::max));
    let mut cells: Vec<Option<LevelCount>> = vec![None; CELLS];
    for level in counted {
        let k = (((level.energy - low) / (high - low) * CELLS as f64) as usize).min(CELLS - 1);
        if cells[k].is_none_or(|best| draws(&best) < draws(&level)) {
            cells[k] = Some(level);
        }
    }
    cells.into_iter().flatten().collect()
}

/// The figure.
pub fn figure(rows: &[Row]) -> Figure {
    let panels = [(PARTICLES, "Particles"), (TOKENS, "Tokens of the language model")].map(|(panel, title)| {
        let mut series = Vec::new();
        let mut residuals = Vec::new();
        for (k, name) in Row::series_of(rows, panel).into_iter().enumerate() {
            let line: Vec<_> = Row::of(rows, panel, name, Kind::Prediction).map(|r| (r.x, r.y)).collect();
            if !line.is_empty() {
                series.push(Series::line(name, line).coloured(Colour(0, 0, 0)));
                continue;
            }
            let points = || Row::of(rows, panel, name, Kind::Sampled);
            let estimates = points().map(|r| (r.x, r.y, r.std_error));
            series.push(Series::points(name, estimates).coloured(sides::colour(panel, k)));
            residuals.push((name.to_owned(), points().map(|r| (r.x, (r.y - r.exact) / r.std_error)).collect()));
        }
        Panel {
            title: title.to_owned(),
            x: Axis::linear("(β_{1} − β_{2})(E − E_{×})").with_range(RANGE.0, RANGE.1),
            y: Axis::linear("ln [ P_{1}(E) / P_{2}(E) ], sampled").with_range(RANGE.0, RANGE.1),
            series,
            residuals: Some(Residuals { label: "z".to_owned(), series: residuals }),
            notes: vec![SHOWN.to_owned()],
            ..Panel::default()
        }
    });
    Figure {
        title: "The Boltzmann form: log ratios of energy histograms fall with slope −(β_{1} − β_{2})".to_owned(),
        panels: panels.into(),
        ..Figure::default()
    }
}
