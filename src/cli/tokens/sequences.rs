//! `gibbs tokens sequences`: tempering each token beside the Boltzmann distribution of whole sequences.

use anyhow::{Result, ensure};
use serde_json::json;

use super::super::arguments::{Common, Format, SequencesArgs};
use super::super::figure::{check_figure, write_figure};
use super::super::{Outcome, models, print, print_table, progress, temperatures};
use gibbs::experiments::sequences::{self, Config, LanguageConfig, Letters};
use gibbs::report::{figures, wrapped};
use gibbs::rng::Seed;
use gibbs::units::Temperature;

/// Base name of the figure.
const STEM: &str = "sequences";
/// The text that is enumerated: 6^6 sequences.
const LETTERS: Letters = Letters { alphabet: 6, order: 2, spread: 2.0 };
const LENGTH: usize = 6;
const SWEEPS: u64 = 20_000;
/// The sequences of the language model.
const PROMPT: &str = "And the king said unto";
const TOKENS: usize = 6;
const LANGUAGE_SWEEPS: u64 = 400;
const DRAWS: u64 = 2000;
const REPLICAS: u16 = 4;

/// Runs the command.
pub fn run(common: &Common, args: &SequencesArgs) -> Result<Outcome> {
    let temperatures = temperatures::parse("-T", &args.temperatures)?;
    let model_temperatures = match args.model_temperatures.as_str() {
        "none" => Vec::new(),
        list => temperatures::parse("--model-temperatures", list)?,
    };
    ensure!(args.prompt.as_deref() != Some(""), "--prompt must not be empty: a model needs a token to start from");
    if args.plot {
        check_figure(common, STEM)?;
    }
    let config = Config { length: LENGTH, temperatures, sweeps: SWEEPS, replicas: REPLICAS };
    let bar = progress::bar(common.quiet, "sequences of letters", sequences::n_ticks(&config));
    let study = sequences::run(LETTERS, &config, Seed(common.seed), &|| bar.inc(1))?;
    bar.finish_and_clear();
    let language = (!model_temperatures.is_empty()).then(|| language(common, args, model_temperatures)).transpose()?;
    match common.format {
        Format::Table => {
            print_table(common, &figures::sequences_summary(&study))?;
            if let Some(language) = &language {
                let (prompt, length) = (&language.prompt, language.length);
                let heading = format!("after \"{prompt}\", {length} tokens of the language model");
                print(&format!("\n{}\n", wrapped(&heading)))?;
                print_table(common, &figures::sequences_language_summary(language))?;
            }
        }
        Format::Csv | Format::Json => print_table(common, &figures::sequences_table(&study, language.as_ref()))?,
    }
    if args.plot {
        let csv = figures::sequences_table(&study, language.as_ref()).to_csv();
        let drawn = figures::draw_sequences(&csv)?;
        let config = json!({
            "temperatures": args.temperatures, "model_temperatures": args.model_temperatures, "alphabet": LETTERS.alphabet,
            "order": LETTERS.order, "spread": LETTERS.spread, "length": LENGTH, "sweeps": SWEEPS,
            "prompt": args.prompt.as_deref().unwrap_or(PROMPT), "tokens": TOKENS, "draws": DRAWS,
        });
        write_figure(common, STEM, csv, drawn, config)?;
    }
    Ok(Outcome::Done)
}

fn language(common: &Common, args: &SequencesArgs, temperatures: Vec<Temperature>) -> Result<sequences::Language> {
    let model = models::open(args.model.as_ref())?;
    let chains = Config { length: TOKENS, temperatures, sweeps: LANGUAGE_SWEEPS, replicas: REPLICAS };
    let bar = progress::bar(common.quiet, "sequences of tokens", sequences::n_ticks(&chains));
    let config =
        LanguageConfig { prompt: args.prompt.clone().unwrap_or_else(|| PROMPT.to_owned()), draws: DRAWS, chains };
    let found = sequences::run_language(&model, &config, Seed(common.seed), &|| bar.inc(1))?;
    bar.finish_and_clear();
    Ok(found)
}
