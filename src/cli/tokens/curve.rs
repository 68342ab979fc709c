//! `gibbs tokens curve`: exact thermodynamics of next-token distributions.

use anyhow::{Context as _, Result, ensure};

use super::super::arguments::{Common, CurveArgs};
use super::super::models::{self, Gauge};
use super::super::{Outcome, print_table, sources, temperatures};
use gibbs::experiments::compare::Context;
use gibbs::experiments::thermometer::{Interval, bounds};
use gibbs::experiments::tokens::{self, CurvePoint};
use gibbs::language::{Position, Unlisted};
use gibbs::report::{Cell, Table};
use gibbs::units::Temperature;

/// Runs the command.
pub fn run(common: &Common, args: &CurveArgs) -> Result<Outcome> {
    let temperatures = temperatures::parse("-T", &args.temperatures)?;
    let pipeline = args.truncations.pipeline()?;
    let contexts = match &args.source.logits {
        None => models::contexts(&args.source, Gauge::Probabilities)?,
        Some(path) => {
            let positions = sources::positions("--logits ", path, &sources::form(&args.source.form)?, usize::MAX)?;
            if positions.iter().any(|position| position.unlisted.is_some()) {
                ensure!(
                    pipeline.keeps_all(),
                    "--logits `{}` lists a part of the vocabulary, from which truncations do not follow",
                    path.display()
                );
                print_table(common, &bounds_table(&positions, &temperatures)?)?;
                return Ok(Outcome::Done);
            }
            models::full(positions)
        }
    };
    let points = tokens::curve_truncated(&contexts, &temperatures, &pipeline)?;
    print_table(common, &curve_table(&contexts, &points))?;
    Ok(Outcome::Done)
}

/// What lists of the most likely tokens say: intervals that hold whatever is not listed, empty where unbounded.
fn bounds_table(positions: &[Position], temperatures: &[Temperature]) -> Result<Table> {
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
    ]);
    for position in positions {
        let unlisted = position.unlisted.unwrap_or(Unlisted { mass: 0.0, n_tokens: Some(0) });
        for temperature in temperatures {
            let at = || format!("{}, T = {temperature}", position.origin);
            let found = bounds(&position.listed, unlisted, temperature.beta().get()).with_context(at)?;
            let mut row: Vec<Cell> =
                vec![position.origin.as_str().into(), temperature.get().into(), unlisted.mass.into()];
            for Interval { low, high, .. } in [found.ln_z, found.energy, found.entropy, found.heat_capacity, found.tail]
            {
                row.extend([Cell::from(low), Cell::from(high)]);
            }
            table.push(row);
        }
    }
    Ok(table)
}

fn curve_table(contexts: &[Context], points: &[CurvePoint]) -> Table {
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
    ]);
    for (i, context) in contexts.iter().enumerate() {
        for point in points {
            let t = &point.contexts[i];
            let mut row: Vec<Cell> = vec![context.prompt.as_str().into()];
            row.extend([t.temperature().get(), t.beta.get(), t.ln_z, t.free_energy()].map(Cell::from));
            row.extend([t.energy, t.entropy, t.heat_capacity, t.entropy.exp()].map(Cell::from));
            row.extend([Cell::Empty, Cell::Empty, Cell::Empty]);
            table.push(row);
        }
    }
    for point in points.iter().filter(|_| contexts.len() > 1) {
        let t = &point.contexts[0];
        let means = [point.energy, point.entropy, point.heat_capacity];
        let mut row: Vec<Cell> = vec!["mean".into(), t.temperature().get().into(), t.beta.get().into()];
        row.extend([Cell::Empty, Cell::Empty]);
        row.extend(means.map(|m| Cell::from(m.value)));
        row.push(point.entropy.value.exp().into());
        row.extend(means.map(|m| Cell::from(m.std_error)));
        table.push(row);
    }
    table
}
