//! Whole sequences against sequences of tempered tokens: mean energy, most likely sequence, distance, and a language model.

use super::rows::{Kind, Row, Rows, TOKENS};
use super::sides;
use crate::experiments::sequences::{ExactSequences, Language, Study};
use crate::report::plot::{Axis, Colour, Figure, Guide, Mark, Panel, Residuals, Series};
use crate::report::table::Table;

const ENERGY: &str = "mean_energy";
const MOST_LIKELY: &str = "most_likely";
const DISTANCE: &str = "distance";
const LANGUAGE: &str = "language_model";

/// Abscissa and ordinates.
const TEMPERATURE: &str = "temperature[1]";
const ENERGY_PER_TOKEN: &str = "energy_per_token[nat]";
const PROBABILITY: &str = "probability[1]";

/// Series by name; equal ones share a colour in all panels.
const WHOLE: &str = "whole sequences, P_{T}";
const TEMPERED: &str = "each token tempered, Q_{T}";
const REWEIGHTED: &str = "tempered draws reweighted to P_{T}";
const DIVERGENCE: &str = "KL(Q_{T} || P_{T}) [nat]";
const VARIATION: &str = "total variation";
/// Name of the rows that say what was studied.
const SUBJECT: &str = "subject";

/// The data: exact curves of both ensembles, the chain's points, and those of a language model.
pub(super) fn table(study: &Study, language: Option<&Language>) -> Table {
    let mut rows = Rows::of_many_quantities();
    let n = study.length as f64;
    let subject = format!("{}; {} letters long: all {} enumerated", study.text, study.length, sequences(study));
    rows.label(ENERGY, SUBJECT, Kind::Text, f64::NAN, &subject);
    let mut add = |panel: &str, series: &str, quantity: &str, of: &dyn Fn(&ExactSequences) -> f64| {
        rows.these(TEMPERATURE, quantity);
        for exact in &study.curve {
            rows.point(panel, series, Kind::Exact, exact.temperature.get(), of(exact));
        }
    };
    add(ENERGY, WHOLE, ENERGY_PER_TOKEN, &|exact| exact.whole.energy / n);
    add(ENERGY, TEMPERED, ENERGY_PER_TOKEN, &|exact| exact.tempered.energy / n);
    add(MOST_LIKELY, WHOLE, PROBABILITY, &|exact| exact.most_likely.0);
    add(MOST_LIKELY, TEMPERED, PROBABILITY, &|exact| exact.most_likely.1);
    add(DISTANCE, DIVERGENCE, "divergence[nat]", &|exact| exact.tempered.divergence);
    add(DISTANCE, VARIATION, "total_variation[1]", &|exact| exact.total_variation);
    for point in study.points.iter().filter(|point| point.exact.temperature.get().is_finite()) {
        let Some(sampled) = &point.sampled else { continue };
        let t = point.exact.temperature.get();
        rows.these(TEMPERATURE, ENERGY_PER_TOKEN);
        rows.estimate(ENERGY, WHOLE, t, sampled.energy.scaled(1.0 / n), Some(point.exact.whole.energy / n));
        if let Some(share) = sampled.most_likely {
            rows.these(TEMPERATURE, PROBABILITY);
            rows.estimate(MOST_LIKELY, WHOLE, t, share, Some(point.exact.most_likely.0));
        }
    }
    rows.these(TEMPERATURE, ENERGY_PER_TOKEN);
    let Some(language) = language else { return rows.finish() };
    let n = language.length as f64;
    let subject = format!("{} tokens after “{}”", language.length, language.prompt);
    rows.label(LANGUAGE, SUBJECT, Kind::Text, f64::NAN, &subject);
    for point in language.points.iter().filter(|point| point.temperature.get().is_finite()) {
        let t = point.temperature.get();
        let reweighted = point.reweighted.map(|estimate| estimate.scaled(1.0 / n));
        rows.estimate(LANGUAGE, WHOLE, t, point.sampled.energy.scaled(1.0 / n), None);
        rows.estimate(LANGUAGE, TEMPERED, t, point.tempered.scaled(1.0 / n), None);
        if let Some(reweighted) = reweighted {
            rows.estimate(LANGUAGE, REWEIGHTED, t, reweighted, None);
        }
    }
    rows.finish()
}

/// How many sequences the study enumerated, in digits.
fn sequences(study: &Study) -> String {
    let power = u32::try_from(study.length).ok().and_then(|length| study.vocabulary.checked_pow(length));
    power.map_or_else(|| format!("{}^{}", study.vocabulary, study.length), |n| n.to_string())
}

/// One row per temperature for reading: exact values of both ensembles per token, what the chain found, and how far off it is.
pub(super) fn summary(study: &Study) -> Table {
    let mut table = Table::new(&[
        "temperature",
        "whole_energy_per_token",
        "whole_entropy_per_token",
        "whole_heat_capacity_per_token",
        "tempered_energy_per_token",
        "tempered_entropy_per_token",
        "divergence_per_token",
        "total_variation",
        "ln_z_steps_variance",
        "sampled_energy_per_token",
        "std_error",
        "z_score",
        "sampled_heat_capacity_per_token",
        "heat_capacity_std_error",
        "acceptance",
    ])
    .with_views(&[
        &[
            "temperature",
            "whole_energy_per_token",
            "whole_entropy_per_token",
            "whole_heat_capacity_per_token",
            "tempered_energy_per_token",
            "tempered_entropy_per_token",
            "divergence_per_token",
            "total_variation",
            "ln_z_steps_variance",
        ],
        &["temperature", "sampled_energy_per_token", "z_score", "sampled_heat_capacity_per_token", "acceptance"],
    ]);
    let n = study.length as f64;
    for point in &study.points {
        let (exact, sampled) = (&point.exact, point.sampled.as_ref());
        let energy = sampled.map(|sampled| sampled.energy.scaled(1.0 / n));
        let heat_capacity = sampled.map(|sampled| sampled.heat_capacity.scaled(1.0 / n));
        table.push(vec![
            exact.temperature.get().into(),
            (exact.whole.energy / n).into(),
            (exact.whole.entropy / n).into(),
            (exact.whole.heat_capacity / n).into(),
            (exact.tempered.energy / n).into(),
            (exact.tempered.entropy / n).into(),
            (exact.tempered.divergence / n).into(),
            exact.total_variation.into(),
            exact.tempered.ln_z_steps_variance.into(),
            energy.map(|energy| energy.value).into(),
            energy.map(|energy| energy.std_error).into(),
            energy.map(|energy| energy.z_score(exact.whole.energy / n)).into(),
            heat_capacity.map(|c| c.value).into(),
            heat_capacity.map(|c| c.std_error).into(),
            sampled.map(|sampled| sampled.acceptance).into(),
        ]);
    }
    table
}

/// The same for a language model, where nothing is exact: the chain, the tempered draws, and these reweighted.
pub(super) fn language_summary(language: &Language) -> Table {
    let mut table = Table::new(&[
        "temperature",
        "whole_energy_per_token",
        "whole_std_error",
        "tempered_energy_per_token",
        "tempered_std_error",
        "reweighted_energy_per_token",
        "reweighted_std_error",
        "reweighted_n_eff",
        "divergence",
        "divergence_std_error",
        "acceptance",
    ]);
    let n = language.length as f64;
    for point in &language.points {
        let (whole, tempered) = (point.sampled.energy.scaled(1.0 / n), point.tempered.scaled(1.0 / n));
        let reweighted = point.reweighted.map(|estimate| estimate.scaled(1.0 / n));
        table.push(vec![
            point.temperature.get().into(),
            whole.value.into(),
            whole.std_error.into(),
            tempered.value.into(),
            tempered.std_error.into(),
            reweighted.map(|estimate| estimate.value).into(),
            reweighted.map(|estimate| estimate.std_error).into(),
            reweighted.map(|estimate| estimate.n_eff).into(),
            point.divergence.map(|estimate| estimate.value).into(),
            point.divergence.map(|estimate| estimate.std_error).into(),
            point.sampled.acceptance.into(),
        ]);
    }
    table
}

/// The figure of the rows of [`table`].
pub(super) fn figure(rows: &[Row]) -> Figure {
    let has_language = rows.iter().any(|row| row.panel == LANGUAGE);
    let subject = |panel| Row::of(rows, panel, SUBJECT, Kind::Text).map(|row| row.label.clone());
    let mut energy = panel(rows, ENERGY, "Mean energy", Axis::linear("U / N [nat per token]"));
    energy.notes = subject(ENERGY).collect();
    energy.notes.push(
        "Lines: enumeration. Points: Metropolis–Hastings over whole sequences, blocks redrawn by the model.".into(),
    );
    let most_likely = panel(rows, MOST_LIKELY, "The most likely sequence", Axis::linear("its probability"));
    let mut distance =
        panel(rows, DISTANCE, "Distance of the two ensembles", Axis::linear("KL [nat] or total variation [1]"));
    distance.y = distance.y.with_range(0.0, 1.05 * top(rows, DISTANCE));
    distance.notes = vec![
        "KL(Q || P) = ln Z − ⟨Σ_{t} ln Z_{t}⟩_{Q}: each step divides by a Z_{t} that depends on its context. The two \
                           are one at T = 1 and T = ∞, and for a single token; not at T = 0."
            .to_owned(),
    ];
    let mut panels = vec![energy, most_likely, distance];
    if has_language {
        let mut language = panel(rows, LANGUAGE, "A language model", Axis::linear("U / N [nat per token]"));
        language.notes = subject(LANGUAGE).map(|subject| format!("Sequences: {subject}.")).collect();
        language.notes.push(
            "Nothing is exact here: two independent ways to whole sequences must agree. Points of one T stand side by side."
                .into(),
        );
        side_by_side(&mut language);
        panels.push(language);
    }
    Figure {
        title: "Tempering each token is not the Boltzmann distribution of whole sequences".to_owned(),
        panels,
        columns: if has_language { 2 } else { 3 },
        panel_width: if has_language { 800 } else { 640 },
        frame_height: 400,
    }
}

/// Moves the points of the series apart, which share their temperatures, and leaves room at the ends.
fn side_by_side(panel: &mut Panel) {
    let (mut low, mut high) = (f64::INFINITY, 0.0f64);
    for (k, series) in panel.series.iter_mut().enumerate() {
        let Mark::Points(points) = &mut series.mark else { continue };
        for (t, ..) in points {
            (low, high) = (low.min(*t), high.max(*t));
            *t *= 1.0 + 0.012 * (k as f64 - 1.0);
        }
    }
    if low <= high {
        panel.x = panel.x.clone().with_range(low / 1.06, 1.06 * high);
    }
}

fn top(rows: &[Row], panel: &str) -> f64 {
    rows.iter().filter(|row| row.panel == panel && row.y.is_finite()).map(|row| row.y).fold(0.0, f64::max)
}

/// The same in all panels. Distances are between the two ensembles and have the colour of neither.
fn colour(series: &str) -> Colour {
    let all = [WHOLE, TEMPERED, REWEIGHTED, DIVERGENCE, VARIATION];
    sides::colour(TOKENS, all.iter().position(|name| *name == series).unwrap_or(all.len()))
}

fn panel(rows: &[Row], name: &str, title: &str, y: Axis) -> Panel {
    let (mut series, mut residuals) = (Vec::new(), Vec::new());
    for own in Row::series_of(rows, name).into_iter().filter(|own| *own != SUBJECT) {
        let line: Vec<_> = Row::of(rows, name, own, Kind::Exact).map(|r| (r.x, r.y)).collect();
        let points: Vec<_> = Row::of(rows, name, own, Kind::Sampled).map(|r| (r.x, r.y, r.std_error)).collect();
        let judged = Row::of(rows, name, own, Kind::Sampled).filter(|r| r.exact.is_finite() && r.std_error > 0.0);
        let z: Vec<_> = judged.map(|r| (r.x, (r.y - r.exact) / r.std_error)).collect();
        if !line.is_empty() {
            series.push(Series::line(own, line).coloured(colour(own)));
        }
        if !points.is_empty() {
            series.push(Series::points(own, points).coloured(colour(own)));
        }
        if !z.is_empty() {
            residuals.push((own.to_owned(), z));
        }
    }
    Panel {
        title: title.to_owned(),
        x: Axis::log10("temperature T"),
        y,
        series,
        residuals: (!residuals.is_empty()).then(|| Residuals { label: "z".to_owned(), series: residuals }),
        guides: vec![Guide::X { at: 1.0, label: "T = 1".to_owned() }],
        ..Panel::default()
    }
}
