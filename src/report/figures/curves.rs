//! Figures with temperature as abscissa: U(T), S(T), C(T) and the occupation of the ground state.

use super::rows::{Kind, PARTICLES, Row, Rows, TOKENS};
use super::sides;
use crate::ensemble::Thermo;
use crate::estimators::{Estimate, RESOLVED};
use crate::experiments::compare::{Comparison, Findings, Side, SimulatedPoint};
use crate::report::plot::{Axis, Colour, Figure, Panel, Residuals, RightAxis, RightScale, Series};
use crate::report::table::Table;

/// Name of the series of means over prompts.
const MEAN: &str = "mean over prompts";
/// Name of the prediction for the tokens' heat capacity.
const REM: &str = "random-energy model of the same width";
/// The mean is drawn in black, over the prompts.
const BLACK: Colour = Colour(0, 0, 0);
/// A prediction in grey, behind everything sampled.
const GREY: Colour = Colour(110, 110, 110);

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// U.
    Energy,
    /// S.
    Entropy,
    /// C.
    HeatCapacity,
    /// Probability of the ground state(s).
    GroundProbability,
}

impl Quantity {
    /// The exact value per site; energies are measured from the ground state.
    fn exact(self, findings: &Findings, thermo: &Thermo, ground: Option<f64>) -> Option<f64> {
        let subject = &findings.subject;
        match self {
            Self::Energy => Some((thermo.energy - findings.subject.ground_energy) / subject.n_sites),
            Self::Entropy => Some(thermo.entropy / subject.n_sites),
            Self::HeatCapacity => Some(thermo.heat_capacity / subject.n_sites),
            Self::GroundProbability => ground,
        }
    }

    /// The estimate in the same measure.
    fn sampled(self, findings: &Findings, point: &SimulatedPoint) -> Option<Estimate> {
        let per_site = 1.0 / findings.subject.n_sites;
        match self {
            Self::Energy => Some(point.energy.shifted(-findings.subject.ground_energy).scaled(per_site)),
            Self::Entropy => point.entropy.map(|s| s.scaled(per_site)),
            Self::HeatCapacity => Some(point.heat_capacity().scaled(per_site)),
            Self::GroundProbability => Some(point.ground).filter(|p| counted(p.value * p.n_eff, p.n_eff)),
        }
        .filter(|_| point.resolved)
    }

    fn column(self) -> &'static str {
        match self {
            Self::Energy => "energy_above_ground_per_site[own unit; tokens: nat]",
            Self::Entropy => "entropy_per_site[nat]",
            Self::HeatCapacity => "heat_capacity_per_site[k_B]",
            Self::GroundProbability => "ground_probability[1]",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Energy => "Mean energy rises from the ground state on both sides",
            Self::Entropy => "Entropy: from ln g_{0} at T = 0 to ln W at T = ∞",
            Self::HeatCapacity => "Heat capacity: fluctuations of the energy, with a peak where levels end",
            Self::GroundProbability => "Absolute zero is greedy decoding",
        }
    }

    /// Label and range of the vertical axis of each panel.
    fn axes(self) -> [Axis; 2] {
        match self {
            Self::Energy => [
                Axis::linear("U − E_{0} per particle or site [own unit]").with_range(0.0, 4.5),
                Axis::linear("U − E_{0} [nat]"),
            ],
            Self::Entropy => [
                Axis::linear("S / k_{B} per particle or site [nat]").with_range(0.0, 9.0),
                Axis::linear("token-sampling entropy S [nat]").with_range(0.0, 8.0),
            ],
            Self::HeatCapacity => {
                [Axis::linear("C / k_{B} per particle or site"), Axis::linear("C = Var(E)/T^{2} of the next token")]
            }
            Self::GroundProbability => [
                Axis::linear("probability of the ground state(s)").with_range(0.0, 1.05),
                Axis::linear("probability of the greedy token").with_range(0.0, 1.05),
            ],
        }
    }

    /// A sentence below each panel.
    fn notes(self) -> [&'static str; 2] {
        match self {
            Self::Energy => [
                "Lines exact, points sampled; z: deviation in standard errors. The oscillator never saturates: U → k_{B}T (triangles: above the frame).",
                "Lines are exact. Points are tokens drawn in the same way as particles. E_{0}: energy of the most likely token.",
            ],
            Self::Entropy => [
                "Points: from frequencies of levels. Ising: ln W minus the integral of the sampled C/T. The oscillator has no ln W.",
                "Points: from frequencies of drawn tokens, or ln W minus the integral of the sampled C/T where unseen tokens matter.",
            ],
            Self::HeatCapacity => [
                "Lines exact, points Var(E)/T^{2} of the samples.",
                "Grey: average over random-energy models with the tokens' number and mean spread of levels.",
            ],
            Self::GroundProbability => {
                ["Ising: either of the two ordered states.", "At T = 0 every draw is the most likely token."]
            }
        }
    }

    /// Temperatures shown.
    fn temperatures(self) -> (f64, f64) {
        match self {
            Self::GroundProbability => (0.03, 10.0),
            _ => (0.05, 100.0),
        }
    }
}

/// Whether both outcomes were seen often enough for the error of their share to be normal.
fn counted(hits: f64, n: f64) -> bool {
    hits.min(n - hits) >= RESOLVED as f64
}

/// The data of a figure.
pub fn table(comparison: &Comparison, quantity: Quantity) -> Table {
    let mut rows = Rows::new("temperature[k_B=1]", quantity.column());
    for (side, panel) in [(Side::Particles, PARTICLES), (Side::Tokens, TOKENS)] {
        for findings in comparison.side(side) {
            let name = &findings.subject.name;
            for (thermo, &ground) in findings.curve.iter().zip(&findings.ground_curve) {
                if let Some(y) = quantity.exact(findings, thermo, ground) {
                    rows.point(panel, name, Kind::Exact, thermo.temperature().get(), y);
                }
            }
            for point in &findings.points {
                if let Some(estimate) = quantity.sampled(findings, point) {
                    let exact = quantity.exact(findings, &point.exact, point.exact_ground);
                    rows.estimate(panel, name, point.temperature.get(), estimate, exact);
                }
            }
        }
    }
    mean_over_prompts(comparison, quantity, &mut rows);
    if quantity == Quantity::HeatCapacity {
        for thermo in &comparison.rem_prediction {
            rows.point(TOKENS, REM, Kind::Prediction, thermo.temperature().get(), thermo.heat_capacity);
        }
    }
    rows.finish()
}

/// Mean of the exact curves and of the estimates over prompts; all prompts share their temperatures.
fn mean_over_prompts(comparison: &Comparison, quantity: Quantity, rows: &mut Rows) {
    let prompts: Vec<&Findings> = comparison.side(Side::Tokens).collect();
    let n = prompts.len() as f64;
    if prompts.len() < 2 {
        return;
    }
    for k in 0..prompts[0].curve.len() {
        let values = prompts.iter().filter_map(|f| quantity.exact(f, &f.curve[k], f.ground_curve[k]));
        rows.point(TOKENS, MEAN, Kind::Exact, prompts[0].curve[k].temperature().get(), values.sum::<f64>() / n);
    }
    for k in 0..prompts[0].points.len() {
        let estimates: Vec<Estimate> = prompts.iter().filter_map(|f| quantity.sampled(f, &f.points[k])).collect();
        let exact: f64 =
            prompts.iter().filter_map(|f| quantity.exact(f, &f.points[k].exact, f.points[k].exact_ground)).sum::<f64>()
                / n;
        if estimates.len() == prompts.len() {
            let value = estimates.iter().map(|e| e.value).sum::<f64>() / n;
            let std_error = estimates.iter().map(|e| e.std_error.powi(2)).sum::<f64>().sqrt() / n;
            let mean = Estimate { value, std_error, ..estimates[0] };
            rows.estimate(TOKENS, MEAN, prompts[0].points[k].temperature.get(), mean, Some(exact));
        }
    }
}

/// The figure.
pub fn figure(rows: &[Row], quantity: Quantity) -> Figure {
    let (low, high) = quantity.temperatures();
    let x_labels = ["temperature T [own energy unit / k_{B}]", "sampling temperature T"];
    let titles = ["Particles", "Tokens of the language model"];
    let panels = [PARTICLES, TOKENS].into_iter().zip(quantity.axes()).enumerate().map(|(k, (panel, y))| {
        let shown = |row: &&Row| row.x >= low && row.x <= high;
        let mut series = Vec::new();
        let mut residuals = Vec::new();
        for (k, name) in Row::series_of(rows, panel).into_iter().enumerate() {
            let own = |s: Series| s.coloured(if name == MEAN { BLACK } else { sides::colour(panel, k) });
            let points = |kind| Row::of(rows, panel, name, kind).filter(shown);
            let line: Vec<_> = points(Kind::Exact).map(|r| (r.x, r.y)).collect();
            let predicted: Vec<_> = points(Kind::Prediction).map(|r| (r.x, r.y)).collect();
            let estimates: Vec<_> = points(Kind::Sampled).map(|r| (r.x, r.y, r.std_error)).collect();
            if !line.is_empty() {
                series.push(own(sides::curve(panel, name, line)));
            }
            if !predicted.is_empty() {
                series.push(Series::line(name, predicted).coloured(GREY));
            }
            if !estimates.is_empty() {
                series.push(own(Series::points(name, estimates)));
                let z = points(Kind::Sampled).map(|r| (r.x, (r.y - r.exact) / r.std_error));
                residuals.push((name.to_owned(), z.collect()));
            }
        }
        let effective_vocabulary = quantity == Quantity::Entropy && panel == TOKENS;
        Panel {
            title: titles[k].to_owned(),
            x: Axis::log10(x_labels[k]).with_range(low, high),
            y,
            right_axis: effective_vocabulary
                .then(|| RightAxis { label: "effective vocabulary e^{S}".to_owned(), scale: RightScale::Exp }),
            series,
            residuals: Some(Residuals { label: "z".to_owned(), series: residuals }),
            notes: vec![quantity.notes()[k].to_owned()],
            ..Panel::default()
        }
    });
    Figure { title: quantity.title().to_owned(), panels: panels.collect(), ..Figure::default() }
}
