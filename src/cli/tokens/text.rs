//! `gibbs tokens text`: text that the model writes at several temperatures, and what it costs along the way.

use anyhow::{Result, ensure};
use serde_json::json;

use super::super::arguments::{Common, Format, TextArgs};
use super::super::figure::{check_figure, write_figure};
use super::super::{Outcome, advise, models, print, print_table, progress, temperatures};
use gibbs::report::{Table, figures, wrapped};
use gibbs::rng::{Seed, Stream};
use gibbs::tokens::views::{self, Generated};

/// The prompt of `tokens text` unless one is given.
const PROMPT: &str = "And the king said unto";
/// Base name of the figure.
const STEM: &str = "along_text";

/// Runs the command.
pub fn run(common: &Common, args: &TextArgs) -> Result<Outcome> {
    let temperatures = temperatures::parse("-T", &args.temperatures)?;
    ensure!(args.length > 0, "--length must be at least 1");
    if let Some(negative) = temperatures.iter().find(|t| t.get() < 0.0) {
        advise(common, &format!("T = {negative}: at negative temperature the least likely tokens are preferred"));
    }
    if args.plot {
        check_figure(common, STEM)?;
    }
    let pipeline = args.truncations.pipeline()?;
    let model = models::open(args.source.model.as_ref())?;
    let prompts = if args.source.prompt.is_empty() && args.source.prompts.is_none() {
        vec![PROMPT.to_owned()]
    } else {
        models::prompts(&args.source)?
    };
    let n_texts = prompts.len() * args.texts as usize;
    let bar = progress::bar(common.quiet, "drawing text", temperatures.len());
    let mut by_temperature = Vec::new();
    for (t, &temperature) in (0..).zip(&temperatures) {
        let stream = |k: usize| Seed(common.seed).stream(Stream::Text { text: k as u32, temperature: t }.id());
        by_temperature.push(views::generate_many(
            &model,
            &prompts,
            temperature,
            &pipeline,
            args.length,
            n_texts,
            stream,
        )?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    // Texts after the same prompt stand together, cold to hot.
    let texts: Vec<&Generated> = (0..n_texts).flat_map(|k| by_temperature.iter().map(move |texts| &texts[k])).collect();
    let means: Vec<_> =
        temperatures.iter().zip(&by_temperature).map(|(&t, texts)| views::along_text(t, texts)).collect();
    match common.format {
        Format::Table if args.texts == 1 => print(&readable(&texts))?,
        Format::Table => print_table(common, &figures::position_table(&means))?,
        Format::Csv | Format::Json => print_table(common, &step_table(&texts))?,
    }
    match left_out(&texts) {
        Some(sentence) if common.format == Format::Table => print(&format!("\n{}\n", wrapped(&sentence)))?,
        Some(sentence) => advise(common, &sentence),
        None => {}
    }
    if args.plot {
        let csv = figures::along_text_table(&means).to_csv();
        let drawn = figures::draw_along_text(&csv)?;
        let config = json!({
            "temperatures": args.temperatures, "length": args.length, "texts": args.texts, "prompts": prompts,
            "truncation": pipeline.to_string(),
        });
        write_figure(common, STEM, csv, drawn, config)?;
    }
    Ok(Outcome::Done)
}

fn step_table(texts: &[&Generated]) -> Table {
    let mut table = Table::new(&[
        "text",
        "temperature",
        "position",
        "token",
        "surprisal",
        "entropy",
        "heat_capacity",
        "participation_ratio",
    ]);
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
                step.participation_ratio.into(),
            ]);
        }
    }
    table
}

fn readable(texts: &[&Generated]) -> String {
    let block = |text: &Generated| {
        let [surprisal, entropy, heat_capacity] = text.means();
        // The text itself keeps its own lines: a break that the model did not write would be read as one of its tokens.
        wrapped(&format!(
            "T = {}   mean surprisal {surprisal:.3}, entropy {entropy:.3} nats, heat capacity {heat_capacity:.3} a token",
            text.temperature
        )) + &format!("\n{}\n", text.text)
    };
    texts.iter().map(|text| block(text)).collect::<Vec<_>>().join("\n")
}

/// What the texts do not show; `None` if they show all.
fn left_out(texts: &[&Generated]) -> Option<String> {
    let n_left_out: usize = texts.iter().map(|text| text.n_left_out).sum();
    let mass = texts.iter().map(|text| text.mass_without_token).sum::<f64>() / texts.len() as f64;
    let n_tokens: usize = texts.iter().map(|text| text.steps.len()).sum();
    (n_left_out > 0 || mass > 0.0).then(|| {
        format!(
            "{n_left_out} of the {n_tokens} tokens are not shown: special tokens, and ids that the tokenizer lacks, which have a probability of {mass:.1e} \
             a token; CSV and JSON name them"
        )
    })
}
