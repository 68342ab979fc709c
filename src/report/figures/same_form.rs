//! The headline: mean energy of particles beside token-sampling entropy, both overlaid, and dU = T dS, which makes them one form.

use super::rows::{Kind, PARTICLES, Row, Rows, TOKENS};
use super::sides;
use crate::ensemble::Thermo;
use crate::estimators::Estimate;
use crate::experiments::compare::{Comparison, Findings, Side, SimulatedPoint};
use crate::report::plot::{Axis, Figure, LegendPlace, Panel, Residuals, Series};
use crate::report::table::Table;
use crate::units::{Beta, Temperature};

/// The panels of heat capacities, by side.
const CAPACITIES: [(Side, &str); 2] =
    [(Side::Particles, "particles: three ways"), (Side::Tokens, "tokens: three ways")];
/// Heat capacities of one subject.
const EXACT: &str = "exact";
const OF_ENERGY: &str = "dU/dT";
const OF_ENTROPY: &str = "T dS/dT";
const OF_FLUCTUATIONS: &str = "Var(E)/T^{2}";
/// Name of the row that says whose heat capacity it is.
const SUBJECT: &str = "subject";

/// Reduced temperatures shown.
const RANGE: (f64, f64) = (0.05, 30.0);

const TEMPERATURE: &str = "T/T*[1]";

/// A subject whose levels end, with what its curves are measured in.
struct Reduced<'a> {
    findings: &'a Findings,
    /// T* = sigma/sqrt(2 ln W), where a random-energy model of this width freezes.
    freezing: f64,
    /// U(inf) - E_0.
    rise: f64,
}

impl<'a> Reduced<'a> {
    fn of(findings: &'a Findings) -> Option<Self> {
        let subject = &findings.subject;
        let freezing = subject.spread? / (2.0 * subject.ln_states).sqrt();
        let hottest = subject.exact().thermo(Beta::ZERO).ok()?;
        let rise = hottest.energy - subject.ground_energy;
        (freezing > 0.0 && rise > 0.0).then_some(Self { findings, freezing, rise })
    }

    fn name(&self) -> &'a str {
        &self.findings.subject.name
    }

    fn x(&self, temperature: Temperature) -> f64 {
        temperature.get() / self.freezing
    }

    /// The mean energy of particles, the entropy of tokens, as a share of its largest value.
    fn share(&self, thermo: &Thermo) -> f64 {
        let subject = &self.findings.subject;
        match subject.side {
            Side::Particles => (thermo.energy - subject.ground_energy) / self.rise,
            Side::Tokens => thermo.entropy / subject.ln_states,
        }
    }

    fn sampled(&self, point: &SimulatedPoint) -> Option<Estimate> {
        let subject = &self.findings.subject;
        match subject.side {
            Side::Particles => Some(point.energy.shifted(-subject.ground_energy).scaled(1.0 / self.rise)),
            Side::Tokens => point.entropy.map(|entropy| entropy.scaled(1.0 / subject.ln_states)),
        }
    }

    /// ln of the number of levels of one particle; a lattice has many particles.
    fn ln_levels(&self) -> f64 {
        let subject = &self.findings.subject;
        if subject.n_sites == 1.0 { subject.ln_states } else { f64::NEG_INFINITY }
    }

    fn resolved(&self) -> impl Iterator<Item = &'a SimulatedPoint> {
        self.findings.points.iter().filter(|point| point.resolved)
    }
}

/// The data.
pub(super) fn table(comparison: &Comparison) -> Table {
    let mut rows = Rows::of_many_quantities();
    let subjects: Vec<Reduced<'_>> = comparison.findings.iter().filter_map(Reduced::of).collect();
    for subject in &subjects {
        let side = subject.findings.subject.side;
        rows.these(TEMPERATURE, if side == Side::Tokens { "S/lnV[1]" } else { "(U-E_0)/(U_inf-E_0)[1]" });
        for thermo in &subject.findings.curve {
            let (x, y) = (subject.x(thermo.temperature()), subject.share(thermo));
            rows.point(side.name(), subject.name(), Kind::Exact, x, y);
        }
        for point in subject.resolved() {
            if let Some(estimate) = subject.sampled(point) {
                let (x, exact) = (subject.x(point.temperature), subject.share(&point.exact));
                rows.estimate(side.name(), subject.name(), x, estimate, Some(exact));
            }
        }
    }
    for (side, panel) in CAPACITIES {
        let mut own = subjects.iter().filter(|subject| subject.findings.subject.side == side);
        // By default that is the random-energy model, which has as many levels as the language model has tokens.
        let chosen = match side {
            Side::Particles => own.max_by(|a, b| a.ln_levels().total_cmp(&b.ln_levels())),
            Side::Tokens => own.next(),
        };
        if let Some(subject) = chosen {
            add_three_ways(subject, panel, &mut rows);
        }
    }
    rows.finish()
}

/// C from the slope of U, the slope of S, and the fluctuations, beside the exact curve.
fn add_three_ways(subject: &Reduced<'_>, panel: &str, rows: &mut Rows) {
    rows.these(TEMPERATURE, "");
    rows.label(panel, SUBJECT, Kind::Text, f64::NAN, subject.name());
    rows.these(TEMPERATURE, "heat_capacity[k_B]");
    for thermo in &subject.findings.curve {
        rows.point(panel, EXACT, Kind::Exact, subject.x(thermo.temperature()), thermo.heat_capacity);
    }
    for point in subject.resolved() {
        let exact = Some(point.exact.heat_capacity);
        rows.estimate(panel, OF_FLUCTUATIONS, subject.x(point.temperature), point.heat_capacity(), exact);
    }
    let points: Vec<&SimulatedPoint> = subject.resolved().collect();
    for pair in points.windows(2) {
        let [cold, hot] = [pair[0], pair[1]];
        let [t, u] = [cold, hot].map(|point| point.temperature.get());
        let middle = subject.x(cold.temperature).midpoint(subject.x(hot.temperature));
        let exact = (hot.exact.energy - cold.exact.energy) / (u - t);
        rows.estimate(panel, OF_ENERGY, middle, slope(hot.energy, cold.energy, u - t), Some(exact));
        if let (Some(low), Some(high)) = (cold.entropy, hot.entropy) {
            // dS = C d ln T.
            let step = (u / t).ln();
            let exact = (hot.exact.entropy - cold.exact.entropy) / step;
            let middle = (subject.x(cold.temperature) * subject.x(hot.temperature)).sqrt();
            rows.estimate(panel, OF_ENTROPY, middle, slope(high, low, step), Some(exact));
        }
    }
}

/// The rise of two independent estimates over a step.
fn slope(high: Estimate, low: Estimate, step: f64) -> Estimate {
    let value = (high.value - low.value) / step;
    Estimate::new(value, high.std_error.hypot(low.std_error) / step, high.n_eff.min(low.n_eff))
}

/// The figure.
pub(super) fn figure(rows: &[Row]) -> Figure {
    let x = || Axis::log10("reduced temperature T / T*").with_range(RANGE.0, RANGE.1);
    let share = |label: &str| Axis::linear(label).with_range(0.0, 1.05);
    let panel = |title: &str, y, side: &str| Panel {
        title: title.to_owned(),
        x: x(),
        y: share(y),
        series: curves(rows, side, true),
        residuals: Some(Residuals { label: "z".to_owned(), series: deviations(rows, side) }),
        ..Panel::default()
    };
    let both = Panel {
        title: "Overlaid: from frozen to all states alike".to_owned(),
        x: x(),
        y: share("share of the rise from T = 0 to ∞"),
        series: [PARTICLES, TOKENS].into_iter().flat_map(|side| curves(rows, side, false)).collect(),
        legend: LegendPlace::Hidden,
        notes: vec![
            "Points are sampled, lines are exact: particles warm and solid, tokens cool and dashed. \
             z: deviation in standard errors. T* = σ / √(2 ln W), where σ is the spread of the W levels."
                .to_owned(),
        ],
        ..Panel::default()
    };
    let mut panels = vec![
        panel("Particles: mean energy", "(U − E_{0}) / (U_{∞} − E_{0})", PARTICLES),
        panel("Language model: token-sampling entropy", "S / ln V", TOKENS),
        both,
    ];
    if CAPACITIES.iter().any(|(_, panel)| rows.iter().any(|row| row.panel == *panel)) {
        panels.push(three_ways(rows));
    }
    Figure {
        title: "The same form: heat particles, or heat a language model".to_owned(),
        panels,
        frame_height: 420,
        ..Figure::default()
    }
}

fn shown(row: &&Row) -> bool {
    (RANGE.0..=RANGE.1).contains(&row.x)
}

/// Exact curves of a side, with what was sampled of them.
fn curves(rows: &[Row], side: &str, sampled: bool) -> Vec<Series> {
    let mut series = Vec::new();
    for (k, name) in Row::series_of(rows, side).into_iter().enumerate() {
        let colour = sides::colour(side, k);
        let of = |kind| Row::of(rows, side, name, kind).filter(shown);
        series.push(sides::curve(side, name, of(Kind::Exact).map(|r| (r.x, r.y))).coloured(colour));
        if sampled {
            let points = of(Kind::Sampled).map(|r| (r.x, r.y, r.std_error));
            series.push(Series::points(name, points).coloured(colour));
        }
    }
    series
}

fn deviations(rows: &[Row], panel: &str) -> Vec<(String, Vec<(f64, f64)>)> {
    let z = |r: &Row| (r.x, (r.y - r.exact) / r.std_error);
    let of = |name: &str| Row::of(rows, panel, name, Kind::Sampled).filter(shown).map(z).collect::<Vec<_>>();
    Row::series_of(rows, panel)
        .into_iter()
        .map(|name| (name.to_owned(), of(name)))
        .filter(|(_, z)| !z.is_empty())
        .collect()
}

/// The heat capacities of one subject of each side.
fn three_ways(rows: &[Row]) -> Panel {
    let (mut series, mut residuals, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for (side, panel) in CAPACITIES {
        let Some(subject) = Row::of(rows, panel, SUBJECT, Kind::Text).next() else { continue };
        names.push(subject.label.clone());
        let label = |of: &str| format!("{of}, {}", side.name());
        // The subject has its own colour here too; markers tell the ways apart.
        let own = Row::series_of(rows, side.name()).iter().position(|name| *name == subject.label);
        let colour = sides::colour(side.name(), own.unwrap_or(0));
        let line = Row::of(rows, panel, EXACT, Kind::Exact).filter(shown).map(|r| (r.x, r.y));
        series.push(sides::curve(side.name(), &subject.label, line).coloured(colour));
        for of in [OF_ENERGY, OF_ENTROPY, OF_FLUCTUATIONS] {
            let points = Row::of(rows, panel, of, Kind::Sampled).filter(shown).map(|r| (r.x, r.y, r.std_error));
            series.push(Series::points(label(of), points).coloured(colour));
        }
        residuals.extend(deviations(rows, panel).into_iter().map(|(of, z)| (label(&of), z)));
    }
    Panel {
        title: "dU = T dS: one heat capacity, three ways".to_owned(),
        x: Axis::log10("reduced temperature T / T*").with_range(RANGE.0, RANGE.1),
        y: Axis::linear("heat capacity C / k_{B}"),
        series,
        residuals: Some(Residuals { label: "z".to_owned(), series: residuals }),
        notes: vec![
            "However a curve begins, its slopes agree: dU = T dS, so the heat capacity from energies, from entropies and from \
             fluctuations is one curve."
                .to_owned(),
        ],
        ..Panel::default()
    }
}
