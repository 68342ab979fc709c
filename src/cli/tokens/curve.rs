//! `gibbs tokens curve`: exact thermodynamics of next-token distributions.

use anyhow::{Context as _, Result, ensure};

use super::super::arguments::{Common, CurveArgs};
use super::super::models::{self, Gauge};
use super::super::{Outcome, print_table, sources, temperatures};
use super::stream;
use gibbs::ensemble::Thermo;
use gibbs::report::{Cell, Table, reading_sentences};
use gibbs::tokens::thermometer::{Bounds, Interval, position_bounds};
use gibbs::tokens::truncation::Pipeline;
use gibbs::tokens::views::{self, MeanThermo};
use gibbs::tokens::{Position, Unlisted};
use gibbs::units::Temperature;

/// One context along the temperatures.
struct Curve {
    context: String,
    values: Values,
}

impl Curve {
    fn exact(&self) -> Option<(&str, &[Thermo])> {
        match &self.values {
            Values::Exact(points) => Some((&self.context, points)),
            Values::Bounded(..) => None,
        }
    }
}

enum Values {
    /// Of a full spectrum.
    Exact(Vec<Thermo>),
    /// Of a list of the most likely tokens, beside the mass of the others.
    Bounded(f64, Vec<Bounds>),
}

/// Runs the command.
pub fn run(common: &Common, args: &CurveArgs) -> Result<Outcome> {
    let temperatures = temperatures::parse("-T", &args.temperatures)?;
    let pipeline = args.truncations.pipeline()?;
    let exact = |context: Position| {
        let values = Values::Exact(views::curve(&context.listed, &temperatures, &pipeline)?);
        Ok(Curve { context: context.origin, values })
    };
    let (curves, reading) = match &args.source.logits {
        None => {
            let contexts = models::contexts(&args.source, Gauge::Probabilities)?;
            (stream::map(common, "contexts", contexts, exact)?, Vec::new())
        }
        Some(path) => {
            let mut positions = sources::positions("--logits ", path, &sources::form(&args.source.form)?)?;
            let view = |position: Position| match position.unlisted {
                None => exact(position),
                Some(unlisted) => bounded(&position, unlisted, &temperatures, &pipeline)
                    .with_context(|| format!("--logits `{}`, {}", path.display(), position.origin)),
            };
            let curves = stream::map(common, "contexts", &mut positions, view)?;
            (curves, reading_sentences(&positions.reading()))
        }
    };
    let exact: Option<Vec<_>> = curves.iter().map(Curve::exact).collect();
    let table = exact.map_or_else(|| bounds_table(&curves, &temperatures), |exact| exact_table(&exact));
    print_table(common, &table.with_reading(reading))?;
    Ok(Outcome::Done)
}

/// What a list of the most likely tokens says: intervals that hold whatever is not listed.
fn bounded(
    position: &Position,
    unlisted: Unlisted,
    temperatures: &[Temperature],
    pipeline: &Pipeline,
) -> Result<Curve> {
    ensure!(pipeline.keeps_all(), "it lists only part of the vocabulary, so truncations cannot be computed");
    let at = |&temperature: &Temperature| {
        position_bounds(position, unlisted, temperature.beta().get()).with_context(|| format!("T = {temperature}"))
    };
    let values = Values::Bounded(unlisted.mass, temperatures.iter().map(at).collect::<Result<_>>()?);
    Ok(Curve { context: position.origin.clone(), values })
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
    for Curve { context, values } in curves {
        match values {
            Values::Exact(exact) => {
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

/// Exact values of all contexts, and their means with the errors of independent prompts.
fn exact_table(contexts: &[(&str, &[Thermo])]) -> Table {
    let mut table = Table::new(&[
        "context",
        "temperature",
        "beta",
        "ln_z",
        "free_energy",
        "energy",
        "entropy",
        "heat_capacity",
        "effective_vocabulary",
        "energy_std_error",
        "entropy_std_error",
        "heat_capacity_std_error",
    ])
    .with_views(&[&[
        "context",
        "temperature",
        "free_energy",
        "energy",
        "entropy",
        "heat_capacity",
        "effective_vocabulary",
    ]]);
    for (context, points) in contexts {
        for t in *points {
            let mut row: Vec<Cell> = vec![(*context).into()];
            row.extend([t.temperature().get(), t.beta.get(), t.ln_z, t.free_energy()].map(Cell::from));
            row.extend([t.energy, t.entropy, t.heat_capacity, t.entropy.exp()].map(Cell::from));
            row.extend([Cell::Empty, Cell::Empty, Cell::Empty]);
            table.push(row);
        }
    }
    let [(_, first), _, ..] = contexts else { return table };
    for (k, t) in first.iter().enumerate() {
        let mean = MeanThermo::over(contexts.iter().map(|(_, points)| &points[k]));
        let means = [mean.energy, mean.entropy, mean.heat_capacity];
        let mut row: Vec<Cell> = vec!["mean".into(), t.temperature().get().into(), t.beta.get().into()];
        row.extend([Cell::Empty, Cell::Empty]);
        row.extend(means.map(|m| Cell::from(m.value)));
        row.push(mean.entropy.value.exp().into());
        row.extend(means.map(|m| Cell::from(m.std_error)));
        table.push(row);
    }
    table
}
