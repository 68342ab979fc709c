//! `gibbs tokens curve`: exact thermodynamics of next-token distributions.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use super::super::arguments::{Common, CurveArgs, Format};
use super::super::figure::write_figure;
use super::super::models::{self, Gauge};
use super::super::system::check_plot;
use super::super::{Outcome, print, print_table, sources, temperatures};
use super::stream;
use gibbs::ensemble::Thermo;
use gibbs::report::figures::{self, ContextCurve, ContextValues};
use gibbs::report::{Cell, Table, no_effect_sentence, reading_sentences, wrapped};
use gibbs::tokens::thermometer::{Bounds, Interval, position_bounds};
use gibbs::tokens::truncation::Pipeline;
use gibbs::tokens::views::{self, Explanation, MeanThermo};
use gibbs::tokens::{Position, Unlisted};
use gibbs::units::Temperature;

/// Base name of the figure.
const FIGURE: &str = "token_curve";

/// One context along the temperatures.
struct Curve {
    context: String,
    values: Values,
    /// The same on the grid of the figure, where one is drawn.
    fine: Option<Values>,
    /// What the truncations do, where that is asked for.
    explanation: Option<Explanation>,
}

impl Curve {
    fn exact(&self) -> Option<Exact<'_>> {
        match &self.values {
            Values::Exact(points, kept) => Some((&self.context, points, kept)),
            Values::Bounded(..) => None,
        }
    }
}

/// A context, its points, and how many tokens are kept at each.
type Exact<'a> = (&'a str, &'a [Thermo], &'a [usize]);

enum Values {
    /// Of a full spectrum, with the number of tokens that truncations keep; without any, that is empty.
    Exact(Vec<Thermo>, Vec<usize>),
    /// Of a list of the most likely tokens, beside the mass of the others.
    Bounded(f64, Vec<Bounds>),
}

/// What is to be found of every context.
struct Task {
    temperatures: Vec<Temperature>,
    /// Temperatures of the figure, where one is drawn.
    fine: Option<Vec<Temperature>>,
    pipeline: Pipeline,
    explain: bool,
}

/// Runs the command.
pub fn run(common: &Common, args: &CurveArgs) -> Result<Outcome> {
    let temperatures = temperatures::parse("-T", &args.temperatures)?;
    let pipeline = args.truncations.pipeline()?;
    if args.plot {
        check_plot(common, FIGURE, &temperatures)?;
    }
    let fine = args.plot.then(|| temperatures::between(&temperatures));
    let task = Task { temperatures, fine, pipeline, explain: args.explain };
    let (curves, reading) = match &args.source.logits {
        None => {
            let contexts = models::contexts(&args.source, Gauge::Probabilities)?;
            (stream::map(common, "contexts", contexts, |context| task.exact(&context))?, Vec::new())
        }
        Some(path) => {
            let mut positions = sources::positions("--logits ", path, &sources::form(&args.source.form)?)?;
            let view = |position: Position| match position.unlisted {
                None => task.exact(&position),
                Some(unlisted) => task
                    .bounded(&position, unlisted)
                    .with_context(|| format!("--logits `{}`, {}", path.display(), position.origin)),
            };
            let curves = stream::map(common, "contexts", &mut positions, view)?;
            (curves, reading_sentences(&positions.reading()))
        }
    };
    if args.plot {
        plot(common, args, &task, &curves)?;
    }
    if args.explain {
        return explain(common, &task.pipeline, curves, reading);
    }
    let exact: Option<Vec<_>> = curves.iter().map(Curve::exact).collect();
    let table = exact.map_or_else(|| bounds_table(&curves, &task.temperatures), |exact| exact_table(&exact));
    print_table(common, &table.with_reading(reading))?;
    Ok(Outcome::Done)
}

impl Task {
    /// What is known of a full spectrum.
    fn exact(&self, context: &Position) -> Result<Curve> {
        let values = |temperatures: &[Temperature]| -> Result<Values> {
            if self.pipeline.keeps_all() {
                return Ok(Values::Exact(views::curve(&context.listed, temperatures, &self.pipeline)?, Vec::new()));
            }
            let points = views::truncated_curve(&context.listed, temperatures, &self.pipeline)?;
            let (points, kept) = points.into_iter().unzip();
            Ok(Values::Exact(points, kept))
        };
        let explanation = || views::explanation(context, &self.temperatures, &self.pipeline);
        Ok(Curve {
            context: context.origin.clone(),
            values: values(&self.temperatures)?,
            fine: self.fine.as_deref().map(values).transpose()?,
            explanation: self.explain.then(explanation).transpose()?,
        })
    }

    /// What a list of the most likely tokens says: intervals that hold whatever is not listed.
    fn bounded(&self, position: &Position, unlisted: Unlisted) -> Result<Curve> {
        let truncates = !self.pipeline.keeps_all();
        ensure!(!truncates, "it lists only part of the vocabulary, so truncations cannot be computed");
        ensure!(!self.explain, "--explain needs the whole vocabulary, but it lists only part of it");
        let at = |&temperature: &Temperature| {
            position_bounds(position, unlisted, temperature.beta().get()).with_context(|| format!("T = {temperature}"))
        };
        let values = |temperatures: &[Temperature]| -> Result<Values> {
            Ok(Values::Bounded(unlisted.mass, temperatures.iter().map(at).collect::<Result<_>>()?))
        };
        Ok(Curve {
            context: position.origin.clone(),
            values: values(&self.temperatures)?,
            fine: self.fine.as_deref().map(values).transpose()?,
            explanation: None,
        })
    }
}

/// Prints what the truncations do, and in sentences why temperature changes nothing.
fn explain(common: &Common, pipeline: &Pipeline, curves: Vec<Curve>, reading: Vec<String>) -> Result<Outcome> {
    let explanations: Vec<Explanation> = curves.into_iter().filter_map(|curve| curve.explanation).collect();
    let table = figures::explanation_table(&explanations, pipeline.temperature_order()).with_reading(reading);
    print_table(common, &table)?;
    if common.format == Format::Table {
        let mut sentences: Vec<(&str, String)> = Vec::new();
        for one in &explanations {
            sentences.extend(one.no_effect.iter().map(|why| (one.context.as_str(), no_effect_sentence(why))));
        }
        // What holds for all of several contexts is said once.
        let same = sentences.len() == explanations.len() && sentences.iter().all(|(_, why)| *why == sentences[0].1);
        if let (true, [(context, _), _, ..]) = (same, &mut sentences[..]) {
            *context = "every context";
            sentences.truncate(1);
        }
        let lines: String =
            sentences.iter().map(|(context, why)| wrapped(&format!("{context}: {why}")) + "\n").collect();
        if !lines.is_empty() {
            print(&format!("\n{lines}"))?;
        }
    }
    Ok(Outcome::Done)
}

/// Writes the figure with its table and manifest to the output folder.
fn plot(common: &Common, args: &CurveArgs, task: &Task, curves: &[Curve]) -> Result<()> {
    let temperatures = task.fine.as_deref().unwrap_or_default();
    let mut contexts = Vec::new();
    for Curve { context, fine, .. } in curves {
        let values = match fine {
            Some(Values::Exact(points, kept)) => ContextValues::Exact(points, kept),
            Some(Values::Bounded(_, bounds)) => ContextValues::Bounded(temperatures, bounds),
            None => continue,
        };
        contexts.push(ContextCurve { context, values });
    }
    let truncations = if task.pipeline.keeps_all() { String::new() } else { format!(": {}", task.pipeline) };
    let csv = figures::token_curve_table(&contexts).to_csv();
    let drawn = figures::draw_token_curve(&format!("Distributions of the next token{truncations}"), &csv)?;
    let names: Vec<&str> = curves.iter().map(|curve| curve.context.as_str()).collect();
    let config = json!({
        "contexts": names,
        "temperatures": args.temperatures,
        "steps": task.pipeline.to_string(),
        "model": args.source.model.model,
        "logits": args.source.logits,
    });
    write_figure(common, FIGURE, csv, drawn, config)
}

/// Intervals of all contexts, empty where unbounded; those of full spectra have no width.
fn bounds_table(curves: &[Curve], temperatures: &[Temperature]) -> Table {
    let mut table = Table::new(&[
        "context",
        "temperature",
        "unlisted_mass",
        "ln_z_low",
        "ln_z_high",
        "energy_low",
        "energy_high",
        "entropy_low",
        "entropy_high",
        "heat_capacity_low",
        "heat_capacity_high",
        "tail_low",
        "tail_high",
    ])
    .with_views(&[
        &["context", "temperature", "unlisted_mass", "tail_low", "tail_high", "energy_low", "energy_high"],
        &["context", "temperature", "entropy_low", "entropy_high", "heat_capacity_low", "heat_capacity_high"],
    ]);
    let mut push = |context: &str, temperature: Temperature, mass: f64, intervals: [Interval; 5]| {
        let mut row: Vec<Cell> = vec![context.into(), temperature.get().into(), mass.into()];
        row.extend(intervals.iter().flat_map(|interval| [Cell::from(interval.low), Cell::from(interval.high)]));
        table.push(row);
    };
    let point = |value: f64| Interval { low: Some(value), high: Some(value) };
    for Curve { context, values, .. } in curves {
        match values {
            Values::Exact(exact, _) => {
                for (t, &temperature) in exact.iter().zip(temperatures) {
                    let intervals = [t.ln_z, t.energy, t.entropy, t.heat_capacity, 0.0].map(point);
                    push(context, temperature, 0.0, intervals);
                }
            }
            Values::Bounded(mass, bounds) => {
                for (b, &temperature) in bounds.iter().zip(temperatures) {
                    push(context, temperature, *mass, [b.ln_z, b.energy, b.entropy, b.heat_capacity, b.tail]);
                }
            }
        }
    }
    table
}

/// Exact values of all contexts, and their means with the errors of independent prompts; with a truncation, how many tokens it keeps.
fn exact_table(contexts: &[Exact<'_>]) -> Table {
    let truncated = contexts.iter().any(|(_, _, kept)| !kept.is_empty());
    let kept_column: &[&str] = if truncated { &["kept"] } else { &[] };
    let values = ["beta", "ln_z", "free_energy", "energy", "entropy", "heat_capacity", "effective_vocabulary"];
    let errors = ["energy_std_error", "entropy_std_error", "heat_capacity_std_error"];
    let head = ["context", "temperature"];
    // In files the column stands last, so that the others stay where they are without it.
    let mut table = Table::new(&[&head[..], &values, &errors, kept_column].concat()).with_views(&[&[
        &head[..],
        kept_column,
        &values[2..],
    ]
    .concat()]);
    for (context, points, kept) in contexts {
        for (k, t) in points.iter().enumerate() {
            let mut row: Vec<Cell> = vec![(*context).into(), t.temperature().get().into()];
            row.extend([t.beta.get(), t.ln_z, t.free_energy()].map(Cell::from));
            row.extend([t.energy, t.entropy, t.heat_capacity, t.entropy.exp()].map(Cell::from));
            row.extend([Cell::Empty, Cell::Empty, Cell::Empty]);
            row.extend(kept.get(k).map(|&n| Cell::from(n as u64)));
            table.push(row);
        }
    }
    let [(_, first, _), _, ..] = contexts else { return table };
    for (k, t) in first.iter().enumerate() {
        let mean = MeanThermo::over(contexts.iter().map(|(_, points, _)| &points[k]));
        let means = [mean.energy, mean.entropy, mean.heat_capacity];
        let mut row: Vec<Cell> = vec!["mean".into(), t.temperature().get().into(), t.beta.get().into()];
        row.extend([Cell::Empty, Cell::Empty]);
        row.extend(means.map(|m| Cell::from(m.value)));
        row.push(mean.entropy.value.exp().into());
        row.extend(means.map(|m| Cell::from(m.std_error)));
        if truncated {
            let n_kept = contexts.iter().filter_map(|(_, _, kept)| kept.get(k).map(|&n| n as f64));
            row.push(views::mean_over_contexts(n_kept).value.into());
        }
        table.push(row);
    }
    table
}
