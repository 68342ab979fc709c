//! One system at a list of temperatures: exact lines, sampled points, reweighted curves with their bands.

use super::rows::{Kind, PARTICLES, Row, Rows};
use super::sides;
use crate::ensemble::ThermoPerSite;
use crate::experiments::exact::Curve;
use crate::report::number::significant;
use crate::report::plot::{Axis, Colour, Figure, Panel, Residuals, Series};
use crate::report::table::Table;
use crate::simulation::{self, Sampled, Scaling};
use crate::units::{Dimension, EnergyUnit};

/// What a panel shows.
struct Shown {
    /// Name of the panel, and of its quantity.
    name: &'static str,
    title: &'static str,
    /// What stands at its vertical axis.
    symbol: &'static str,
    /// Whether it is divided by the number of sites.
    extensive: bool,
    of: Dimension,
}

const fn shown(name: &'static str, title: &'static str, symbol: &'static str, of: Dimension) -> Shown {
    Shown { name, title, symbol, extensive: true, of }
}

/// Panels in their order.
const PANELS: [Shown; 6] = [
    shown("energy", "Mean energy", "U", Dimension::Energy),
    shown("heat_capacity", "Heat capacity", "C", Dimension::Entropy),
    shown("entropy", "Entropy", "S", Dimension::Entropy),
    shown("free_energy", "Free energy", "F", Dimension::Energy),
    Shown { extensive: false, ..shown("pressure", "Pressure", "P [ε / σ^{3}]", Dimension::Number) },
    Shown {
        extensive: false,
        ..shown("excess_chemical_potential", "Chemical potential, inserted particles", "excess μ", Dimension::Energy)
    },
];
const HISTOGRAMS: &str = "histogram";
const RADIAL: &str = "radial_distribution";
/// The series of exact values of a system alone.
pub(super) const EXACT: &str = "exact";
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

/// How many sites a system has, and what one of them is called.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sites {
    /// The number; infinite where values are known per site only.
    pub n: f64,
    /// `site` or `particle`.
    pub name: &'static str,
}

impl Sites {
    /// What totals are divided by.
    fn divisor(self) -> f64 {
        if self.n.is_finite() { self.n } else { 1.0 }
    }

    /// What the names of divided quantities end with: nothing where there is nothing to divide by.
    fn suffix(self) -> String {
        if self.n == 1.0 { String::new() } else { format!("{PER}{}", self.name) }
    }
}

/// The exact curve of one of several systems.
#[derive(Clone, Copy, Debug)]
pub struct SystemCurve<'a> {
    /// What it is called in the legend.
    pub name: &'a str,
    /// The curve.
    pub curve: &'a Curve,
    /// The sites of the system.
    pub sites: Sites,
}

/// The data of the figure: exact values where they exist, and what was sampled of one system.
pub(super) fn table(exact: &[SystemCurve<'_>], sampled: Option<(&Sampled, Sites)>, unit: Option<EnergyUnit>) -> Table {
    let energy = scale(unit, Dimension::Energy);
    let mut rows = Rows::of_many_quantities();
    exact.iter().for_each(|system| add_exact(system, unit, &mut rows));
    let Some((sampled, sites)) = sampled else { return rows.finish() };
    let n_sites = sites.divisor();
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
            if let Some(shown) = PANELS.iter().find(|shown| shown.name == quantity) {
                these(&mut rows, shown, sites, unit);
                let series = name.unwrap_or(row.sampler.name());
                let (estimate, exact) = per_site(row);
                rows.estimate(shown.name, series, row.temperature.get(), estimate, exact);
            }
        }
    }
    for histogram in sampled.histograms.iter().take(MOST_HISTOGRAMS) {
        let series = format!("T = {}", significant(histogram.temperature.get(), 6));
        rows.these(&format!("energy{}[{}]", sites.suffix(), energy.1), &format!("density[1/({})]", energy.1));
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
fn these(rows: &mut Rows, shown: &Shown, sites: Sites, unit: Option<EnergyUnit>) {
    let kelvin = if unit.is_some() { "K" } else { "k_B=1" };
    let suffix = if shown.extensive { sites.suffix() } else { String::new() };
    let symbol = if shown.of == Dimension::Number { "own unit" } else { scale(unit, shown.of).1 };
    rows.these(&format!("temperature[{kelvin}]"), &format!("{}{suffix}[{symbol}]", shown.name));
}

fn add_exact(system: &SystemCurve<'_>, unit: Option<EnergyUnit>, rows: &mut Rows) {
    let mut add = |p: &ThermoPerSite| {
        let t = p.temperature().get();
        let values = [p.energy_per_site, p.heat_capacity_per_site, p.entropy_per_site, p.free_energy_per_site()];
        for (shown, y) in PANELS.iter().zip(values).filter(|(_, y)| t.is_finite() && y.is_finite()) {
            these(rows, shown, system.sites, unit);
            rows.point(shown.name, system.name, Kind::Exact, t, y * scale(unit, shown.of).0);
        }
    };
    match system.curve {
        Curve::Total(points) => points.iter().for_each(|p| add(&p.per_site(system.sites.divisor()))),
        Curve::PerSite(points) => points.iter().for_each(add),
    }
}

/// The figure of the rows of [`table`].
pub(super) fn figure(title: &str, unit: Option<EnergyUnit>, rows: &[Row]) -> Figure {
    let own = |name: &str| rows.iter().filter(|row| row.panel == name).collect::<Vec<_>>();
    let mut panels: Vec<Panel> = PANELS
        .iter()
        .filter(|shown| rows.iter().any(|row| row.panel == shown.name))
        .map(|shown| {
            let symbol = scale(unit, shown.of).1.replace("k_B", "k_{B}");
            let per = if shown.extensive {
                per_what(own(shown.name).iter().map(|row| row.y_quantity.as_str()))
            } else {
                String::new()
            };
            let unit_of_y = if symbol.is_empty() { String::new() } else { format!(" [{symbol}]") };
            thermodynamic(rows, unit, (shown.name, shown.title, &format!("{}{per}{unit_of_y}", shown.symbol)))
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

/// What stands between a quantity and what it is divided by.
const PER: &str = "_per_";

/// ` per site`, ` per site or system`, or nothing, for quantities such as `energy_per_site[K]`.
fn per_what<'a>(quantities: impl Iterator<Item = &'a str>) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for quantity in quantities {
        let name = quantity.split('[').next().unwrap_or_default();
        let part = name.split_once(PER).map_or("system", |(_, part)| part);
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    match parts[..] {
        [] | ["system"] => String::new(),
        _ => format!(" per {}", parts.join(" or ")),
    }
}

/// The colour of each curve and sampler: the same in every panel, also where one is missing.
fn colours(rows: &[Row]) -> Vec<(&str, Colour)> {
    let mut names: Vec<&str> = Vec::new();
    for row in rows.iter().filter(|row| PANELS.iter().any(|shown| shown.name == row.panel)) {
        if !names.contains(&row.series.as_str()) {
            names.push(&row.series);
        }
    }
    names.into_iter().enumerate().map(|(k, name)| (name, sides::colour(PARTICLES, k))).collect()
}

fn thermodynamic(rows: &[Row], unit: Option<EnergyUnit>, (name, title, label): (&str, &str, &str)) -> Panel {
    let kelvin = if unit.is_some() { "K" } else { "energy unit / k_{B}" };
    let (mut series, mut residuals) = (Vec::new(), Vec::new());
    let colours = colours(rows);
    let coloured = |own: &str, series: Series| match colours.iter().find(|(name, _)| *name == own) {
        Some((_, colour)) => series.coloured(*colour),
        None => series,
    };
    for own in Row::series_of(rows, name) {
        let line: Vec<_> = Row::of(rows, name, own, Kind::Exact).map(|r| [r.x, r.y]).collect();
        let estimates: Vec<_> = Row::of(rows, name, own, Kind::Sampled).map(|r| [r.x, r.y, r.std_error]).collect();
        match line[..] {
            [] => {}
            // One value is no line.
            [[x, y]] => series.push(coloured(own, Series::points(own, [(x, y, 0.0)]))),
            _ => {
                let line = broken_at_zero(&line).into_iter().map(|[x, y]| (x, y));
                let repeated = colours.iter().position(|(name, _)| *name == own).is_some_and(sides::is_repeated);
                let line = if repeated { Series::dashed(own, line) } else { Series::line(own, line) };
                series.push(coloured(own, line));
            }
        }
        if estimates.is_empty() {
            continue;
        }
        if own == REWEIGHTED {
            let curve = broken_at_zero(&estimates);
            series.push(coloured(own, Series::band(own, curve.iter().map(|&[x, y, e]| (x, y - e, y + e)))));
            series.push(coloured(own, Series::dashed(own, curve.iter().map(|&[x, y, _]| (x, y)))));
        } else {
            series.push(coloured(own, Series::points(own, estimates.iter().map(|&[x, y, e]| (x, y, e)))));
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
pub(super) fn broken_at_zero<const N: usize>(points: &[[f64; N]]) -> Vec<[f64; N]> {
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
    let divided = rows.iter().any(|row| row.panel == HISTOGRAMS && row.x_quantity.contains(PER));
    let symbol = if divided { "E / N" } else { "E" };
    let per = per_what(rows.iter().filter(|row| row.panel == HISTOGRAMS).map(|row| row.x_quantity.as_str()));
    Panel {
        title: "Energy histograms".to_owned(),
        x: Axis::linear(format!("energy{per} {symbol} [{unit}]")),
        y: Axis::linear(format!("probability density of {symbol}")),
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
