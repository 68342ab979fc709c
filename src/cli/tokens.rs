//! `gibbs tokens`: curves and text of a language model.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::arguments::{Common, Format, ModelArgs, TokensCommand};
use super::{Outcome, advise, print, print_table, progress, temperatures};
use gibbs::experiments::compare::Context;
use gibbs::experiments::tokens::{self, CurvePoint, Generated};
use gibbs::language::LanguageModel;
use gibbs::report::{Cell, Table};
use gibbs::rng::{Seed, StreamId};
use gibbs::units::Temperature;

/// Number of this experiment in the random streams.
const EXPERIMENT: u16 = 3;
/// The prompt of `tokens text` unless one is given.
const TEXT_PROMPT: &str = "And the king said unto";

/// Runs `gibbs tokens ...`.
pub fn run(common: &Common, command: &TokensCommand) -> Result<Outcome> {
    match command {
        TokensCommand::Curve { source, temperatures } => {
            let temperatures = temperatures::parse("-T", temperatures)?;
            let model = open(source)?;
            let contexts = tokens::contexts(&model, &prompts(source)?)?;
            print_table(common, &curve_table(&contexts, &tokens::curve(&contexts, &temperatures)))?;
        }
        TokensCommand::Text { source, temperatures, length } => {
            let temperatures = temperatures::parse("-T", temperatures)?;
            ensure!(*length > 0, "--length must be at least 1");
            if let Some(negative) = temperatures.iter().find(|t| t.get() < 0.0) {
                advise(common, &format!("T = {negative} prefers the least likely tokens"));
            }
            let model = open(source)?;
            let prompts = if source.prompt.is_empty() && source.prompts.is_none() {
                vec![TEXT_PROMPT.to_owned()]
            } else {
                prompts(source)?
            };
            let texts = generate(common, &model, &prompts, &temperatures, *length)?;
            match common.format {
                Format::Table => print(&readable(&texts))?,
                Format::Csv | Format::Json => print_table(common, &step_table(&texts))?,
            }
        }
    }
    Ok(Outcome::Done)
}

/// The model asked for.
pub fn open(source: &ModelArgs) -> Result<LanguageModel> {
    match &source.model {
        None => Ok(LanguageModel::embedded()?),
        Some(path) => LanguageModel::open(path).with_context(|| format!("--model `{}`", path.display())),
    }
}

/// The prompts asked for, or those built in.
pub fn prompts(source: &ModelArgs) -> Result<Vec<String>> {
    let prompts = match &source.prompts {
        Some(path) => read_lines(path)?,
        None if source.prompt.is_empty() => tokens::PROMPTS.map(str::to_owned).to_vec(),
        None => source.prompt.clone(),
    };
    ensure!(prompts.iter().all(|p| !p.is_empty()), "--prompt must not be empty: a model needs a token to start from");
    Ok(prompts)
}

fn read_lines(path: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("--prompts `{}`", path.display()))?;
    let lines: Vec<String> = text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    ensure!(!lines.is_empty(), "--prompts `{}` holds no prompt; write one per line", path.display());
    Ok(lines)
}

fn generate(
    common: &Common,
    model: &LanguageModel,
    prompts: &[String],
    temperatures: &[Temperature],
    length: usize,
) -> Result<Vec<Generated>> {
    let bar = progress::bar(common.quiet, "drawing text", prompts.len() * temperatures.len());
    let mut texts = Vec::new();
    for (p, prompt) in (0..).zip(prompts) {
        for (t, &temperature) in (0..).zip(temperatures) {
            let mut rng = Seed(common.seed).stream(StreamId::new(EXPERIMENT, p, t));
            texts.push(tokens::generate(model, prompt, temperature, length, &mut rng)?);
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(texts)
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

fn step_table(texts: &[Generated]) -> Table {
    let mut table = Table::new(&["text", "temperature", "position", "token", "surprisal", "entropy", "heat_capacity"]);
    for (number, text) in (1u64..).zip(texts) {
        for (position, step) in (1u64..).zip(&text.steps) {
            table.push(vec![
                number.into(),
                text.temperature.get().into(),
                position.into(),
                step.token.as_str().into(),
                step.surprisal.into(),
                step.entropy.into(),
                step.heat_capacity.into(),
            ]);
        }
    }
    table
}

fn readable(texts: &[Generated]) -> String {
    let block = |text: &Generated| {
        let [surprisal, entropy, heat_capacity] = text.means();
        format!(
            "T = {}   mean surprisal {surprisal:.3}, entropy {entropy:.3} nats, heat capacity {heat_capacity:.3} a token\n{}\n",
            text.temperature, text.text
        )
    };
    texts.iter().map(block).collect::<Vec<_>>().join("\n")
}
