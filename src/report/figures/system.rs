//! One system at a list of temperatures: exact lines, sampled points, reweighted curves with their bands.

use super::rows::{Kind, Row, Rows};
use crate::experiments::exact::Curve;
use crate::report::number::significant;
use crate::report::plot::{Axis, Figure, Panel, Residuals, Series};
use crate::report::table::Table;
use crate::simulation::{self, Sampled, Scaling};
use crate::units::{Dimension, EnergyUnit};

/// Panels in their order, with the labels of their vertical axes and what these are made of.
const PANELS: [(&str, &str, &str, Dimension); 6] = [
    ("energy", "Mean energy", "U per site", Dimension::Energy),
    ("heat_capacity", "Heat capacity", "C per site", Dimension::Entropy),
    ("entropy", "Entropy", "S per site", Dimension::Entropy),
    ("free_energy", "Free energy", "F per site", Dimension::Energy),
    ("pressure", "Pressure", "P [ε / σ^{3}]", Dimension::Number),
    ("excess_chemical_potential", "Chemical potential, inserted particles", "excess μ", Dimension::Energy),
];
const HISTOGRAMS: &str = "histogram";
const RADIAL: &str = "radial_distribution";
const EXACT: &str = "exact";
const REWEIGHTED: &str = "reweighted (MBAR)";
/// Most histograms shown.
const MOST_HISTOGRAMS: usize = 7;

/// Factor and symbol of a dimension in `unit`; reduced quantities are what they are.
fn scale(unit: Option<EnergyUnit>, dimension: Dimension) -> (f64, &'static str) {
    match (unit, dimension) {
        (Some(unit), _) => unit.of_kelvin(dimension),
        (None, Dimension::Energy) => (1.0, "energy unit"),
        (None, Dimension::Entropy) => (1.0, "k_B"),
        (None, _) => (1.0, ""),
    }
}

/// The data of the figure, per site: exact values where they exist, and what was sampled.
pub(super) fn table(exact: Option<&Curve>, sampled: Option<&Sampled>, n_sites: f64, unit: Option<EnergyUnit>) -> Table {
    let energy = scale(unit, Dimension::Energy);
    let mut rows = Rows::of_many_quantities();
    if let Some(curve) = exact {
        add_exact(curve, n_sites, unit, &mut rows);
    }
    let Some(sampled) = sampled else { return rows.finish() };
    let per_site = |row: &simulation::Row| {
        let divided = row.observable.ends_with("_per_site");
        let row = unit.map_or_else(|| row.clone(), |unit| row.in_unit(unit));
        let intensive = row.kind.scaling == Scaling::Intensive;
        let factor = if divided || intensive { 1.0 } else { 1.0 / n_sites };
        (row.estimate.scaled(factor), row.exact.map(|x| x * factor))
    };
    for (list, name) in [(&sampled.curve, Some(REWEIGHTED)), (&sampled.rows, None)] {
        for row in list.iter().filter(|row| row.temperature.get().is_finite()) {
            let quantity = row.observable.trim_end_matches("_per_site");
            if let Some(shown @ (panel, ..)) = PANELS.iter().find(|(panel, ..)| *panel == quantity) {
                these(&mut rows, *shown, unit);
                let series = name.unwrap_or(row.sampler.name());
                let (estimate, exact) = per_site(row);
                rows.estimate(panel, series, row.temperature.get(), estimate, exact);
            }
        }
    }
    for histogram in sampled.histograms.iter().take(MOST_HISTOGRAMS) {
        let series = format!("T = {}", significant(histogram.temperature.get(), 6));
        rows.these(&format!("energy_per_site[{}]", energy.1), &format!("density[1/({})]", energy.1));
        for cell in &histogram.cells {
            let middle = 0.5 * (cell.low + cell.high) / n_sites * energy.0;
            rows.estimate(HISTOGRAMS, &series, middle, cell.density.scaled(n_sites / energy.0), None);
        }
    }
    for radial in sampled.radial.iter().take(MOST_HISTOGRAMS) {
        let series = format!("T = {}", significant(radial.temperature.get(), 6));
        rows.these("distance[sigma]", "radial_distribution[1]");
        for shell in &radial.shells {
            rows.estimate(RADIAL, &series, 0.5 * (shell.low + shell.high), shell.g, None);
        }
    }
    rows.finish()
}

/// Says that the rows to come are those of a panel, against temperature.
fn these(rows: &mut Rows, (panel, _, label, of): (&str, &str, &str, Dimension), unit: Option<EnergyUnit>) {
    let kelvin = if unit.is_some() { "K" } else { "k_B=1" };
    let per_site = if label.ends_with("per site") { "_per_site" } else { "" };
    let symbol = if of == Dimension::Number { "own unit" } else { scale(unit, of).1 };
    rows.these(&format!("temperature[{kelvin}]"), &format!("{panel}{per_site}[{symbol}]"));
}

fn add_exact(curve: &Curve, n_sites: f64, unit: Option<EnergyUnit>, rows: &mut Rows) {
    let mut add = |t: f64, values: [f64; 4]| {
        for (shown @ (panel, .., of), y) in PANELS.iter().zip(values).filter(|(_, y)| t.is_finite() && y.is_finite()) {
            these(rows, *shown, unit);
            rows.point(panel, EXACT, Kind::Exact, t, y * scale(unit, *of).0);
        }
    };
    match curve {
        Curve::Total(points) => {
            for p in points.iter().map(|p| p.per_site(n_sites)) {
                let values =
                    [p.energy_per_site, p.heat_capacity_per_site, p.entropy_per_site, p.free_energy_per_site()];
                add(p.temperature().get(), values);
            }
        }
        Curve::PerSite(points) => {
            for p in points {
                let values =
                    [p.energy_per_site, p.heat_capacity_per_site, p.entropy_per_site, p.free_energy_per_site()];
                add(p.temperature().get(), values);
            }
        }
    }
}

/// The figure of the rows of [`table`].
pub(super) fn figure(title: &str, unit: Option<EnergyUnit>, rows: &[Row]) -> Figure {
    let mut panels: Vec<Panel> = PANELS
        .iter()
        .filter(|(panel, ..)| rows.iter().any(|row| row.panel == *panel))
        .map(|&(name, title, label, of)| {
            let symbol = scale(unit, of).1.replace("k_B", "k_{B}");
            let label = if symbol.is_empty() { label.to_owned() } else { format!("{label} [{symbol}]") };
            thermodynamic(rows, unit, (name, title, &label))
        })
        .collect();
    if rows.iter().any(|row| row.panel == HISTOGRAMS) {
        panels.push(histograms(rows, scale(unit, Dimension::Energy).1));
    }
    if rows.iter().any(|row| row.panel == RADIAL) {
        panels.push(radial(rows));
    }
    Figure { title: title.to_owned(), panels, ..Figure::default() }
}

fn thermodynamic(rows: &[Row], unit: Option<EnergyUnit>, (name, title, label): (&str, &str, &str)) -> Panel {
    let kelvin = if unit.is_some() { "K" } else { "energy unit / k_{B}" };
    let (mut series, mut residuals) = (Vec::new(), Vec::new());
    for own in Row::series_of(rows, name) {
        let line: Vec<_> = Row::of(rows, name, own, Kind::Exact).map(|r| [r.x, r.y]).collect();
        let estimates: Vec<_> = Row::of(rows, name, own, Kind::Sampled).map(|r| [r.x, r.y, r.std_error]).collect();
        match line[..] {
            [] => {}
            // One value is no line.
            [[x, y]] => series.push(Series::points(own, [(x, y, 0.0)])),
            _ => series.push(Series::line(own, broken_at_zero(&line).into_iter().map(|[x, y]| (x, y)))),
        }
        if estimates.is_empty() {
            continue;
        }
        if own == REWEIGHTED {
            let curve = broken_at_zero(&estimates);
            series.push(Series::band(own, curve.iter().map(|&[x, y, e]| (x, y - e, y + e))));
            series.push(Series::dashed(own, curve.iter().map(|&[x, y, _]| (x, y))));
        } else {
            series.push(Series::points(own, estimates.iter().map(|&[x, y, e]| (x, y, e))));
        }
        let z: Vec<_> = Row::of(rows, name, own, Kind::Sampled)
            .filter(|r| r.exact.is_finite())
            .map(|r| (r.x, (r.y - r.exact) / r.std_error))
            .collect();
        if !z.is_empty() {
            residuals.push((own.to_owned(), z));
        }
    }
    Panel {
        title: title.to_owned(),
        x: Axis::linear(format!("temperature T [{kelvin}]")),
        y: Axis::linear(label),
        series,
        residuals: (!residuals.is_empty()).then(|| Residuals { label: "z".to_owned(), series: residuals }),
        ..Panel::default()
    }
}

/// Points with a gap, a point that is nowhere, between negative and other temperatures: no curve goes through T = 0.
fn broken_at_zero<const N: usize>(points: &[[f64; N]]) -> Vec<[f64; N]> {
    let sides: Vec<&[[f64; N]]> = points.chunk_by(|a, b| (a[0] < 0.0) == (b[0] < 0.0)).collect();
    sides.join(&[f64::NAN; N])
}

fn radial(rows: &[Row]) -> Panel {
    let series = Row::series_of(rows, RADIAL)
        .into_iter()
        .map(|own| Series::line(own, Row::of(rows, RADIAL, own, Kind::Sampled).map(|r| (r.x, r.y))));
    Panel {
        title: "Radial distribution function".to_owned(),
        x: Axis::linear("distance r [σ]"),
        y: Axis::linear("g(r)"),
        series: series.collect(),
        ..Panel::default()
    }
}

fn histograms(rows: &[Row], unit: &str) -> Panel {
    let series = Row::series_of(rows, HISTOGRAMS).into_iter().flat_map(|own| {
        let cells: Vec<_> = Row::of(rows, HISTOGRAMS, own, Kind::Sampled).map(|r| (r.x, r.y, r.std_error)).collect();
        [Series::line(own, cells.iter().map(|&(x, y, _)| (x, y))), Series::points(own, cells)]
    });
    Panel {
        title: "Energy histograms".to_owned(),
        x: Axis::linear(format!("energy per site E / N [{unit}]")),
        y: Axis::linear("probability density of E / N"),
        series: series.collect(),
        ..Panel::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_have_a_gap_below_zero_and_nowhere_else() {
        let broken = broken_at_zero(&[[-2.0, 1.0], [-1.0, 2.0], [0.0, 3.0], [1.0, 4.0]]);
        assert_eq!(broken.iter().map(|[x, _]| x.is_nan()).collect::<Vec<_>>(), [false, false, true, false, false]);
        assert_eq!(broken_at_zero(&[[0.5, 1.0], [2.0, 3.0]]).len(), 2);
    }
}
