//! Views of next-token distributions: matched temperatures, the random-energy model, densities of states, the corpus
//! temperature.

use anyhow::{Context as _, Result};
use serde_json::json;

use super::super::arguments::{Common, CorpusArgs, FormArgs, MatchArgs, RandomEnergyArgs, StatesArgs};
use super::super::figure::{check_figure, write_figure};
use super::super::models::{self, Contexts, Gauge};
use super::super::system::check_plot;
use super::super::{Outcome, print_table, sources, temperatures};
use super::stream;
use gibbs::ensemble::Spectrum;
use gibbs::experiments::random_energy::RandomEnergies;
use gibbs::report::figures;
use gibbs::tokens::views::corpus as corpus_temperature;
use gibbs::tokens::views::matching::{Prompts, match_models};
use gibbs::tokens::views::states::density_of_states;
use gibbs::units::Temperature;

/// Base name of the figure of matched temperatures.
const MATCH: &str = "token_match";
/// Base name of the figure of densities of states.
const STATES: &str = "token_states";
/// Bins of a density of states.
const BINS: usize = 60;
/// Temperatures whose mean energy is marked on it.
const MARKED: [f64; 3] = [0.5, 1.0, 2.0];

/// `gibbs tokens match`.
pub fn matching(common: &Common, args: &MatchArgs) -> Result<Outcome> {
    let temperatures = temperatures::parse("-T", &args.temperatures)?;
    if args.plot {
        check_plot(common, MATCH, &temperatures)?;
    }
    let (first, mut reading) = spectra(models::contexts(&args.source, Gauge::Logits)?)?;
    let (second, reading_of_second) = spectra(match (&args.with_logits, &args.source.logits) {
        (Some(path), _) => models::contexts_of_file("--with-logits ", path, &FormArgs::default())?,
        (None, given) => {
            let mut other = args.source.clone();
            (other.logits, other.model.model) = (None, args.with.clone());
            anyhow::ensure!(
                given.is_none() || args.with.is_some(),
                "--logits needs a second source to match with: --with-logits FILE or --with MODEL"
            );
            models::contexts(&other, Gauge::Logits)?
        }
    })?;
    // Rows of two files are pairs if there are as many; contexts of two models follow the same prompts.
    let of_one_kind = args.source.logits.is_some() == args.with_logits.is_some();
    let prompts = if of_one_kind && first.len() == second.len() { Prompts::Same } else { Prompts::Different };
    let matches = temperatures
        .iter()
        .map(|&t| match_models(&first, &second, t, prompts).with_context(|| format!("T = {t}")))
        .collect::<Result<Vec<_>>>()?;
    reading.extend(reading_of_second.into_iter().map(|sentence| format!("second source: {sentence}")));
    print_table(common, &figures::match_table(&matches).with_reading(reading))?;
    if args.plot {
        let csv = figures::token_match_table(&matches).to_csv();
        let drawn = figures::draw_token_match(&csv)?;
        let config = json!({
            "temperatures": args.temperatures,
            "first": { "model": args.source.model.model, "logits": args.source.logits },
            "second": { "model": args.with, "logits": args.with_logits },
        });
        write_figure(common, MATCH, csv, drawn, config)?;
    }
    Ok(Outcome::Done)
}

/// Full spectra, and what was left out, cut or guessed of them.
fn spectra(mut contexts: Contexts) -> Result<(Vec<Spectrum>, Vec<String>)> {
    let spectra = sources::keep(contexts.by_ref().map(|context| Ok(context?.listed)), Spectrum::len)?;
    Ok((spectra, contexts.reading()))
}

/// `gibbs tokens random-energy`.
pub fn random_energy(common: &Common, args: &RandomEnergyArgs) -> Result<Outcome> {
    let energies = RandomEnergies::default();
    let mut contexts = models::contexts(&args.source, Gauge::Logits)?;
    let views = stream::map(common, "contexts", &mut contexts, |context| Ok(energies.view(&context)?))?;
    print_table(common, &figures::random_energy_table(&views).with_reading(contexts.reading()))?;
    Ok(Outcome::Done)
}

/// `gibbs tokens states`.
pub fn states(common: &Common, args: &StatesArgs) -> Result<Outcome> {
    if args.plot {
        check_figure(common, STATES)?;
    }
    let mut contexts = models::contexts(&args.source, Gauge::Logits)?;
    let marked = MARKED.iter().map(|&t| Temperature::new(t)).collect::<Result<Vec<_>, _>>()?;
    let state = |context| Ok(density_of_states(&context, BINS, &marked));
    let states = stream::map(common, "contexts", &mut contexts, state)?;
    print_table(common, &figures::ties_table(&states).with_reading(contexts.reading()))?;
    if args.plot {
        let csv = figures::token_states_table(&states).to_csv();
        let drawn = figures::draw_token_states(&csv)?;
        let prompts: Vec<&str> = states.iter().map(|states| states.prompt.as_str()).collect();
        write_figure(common, STATES, csv, drawn, json!({ "contexts": prompts, "bins": BINS, "marked": MARKED }))?;
    }
    Ok(Outcome::Done)
}

/// `gibbs tokens corpus`.
pub fn corpus(common: &Common, args: &CorpusArgs) -> Result<Outcome> {
    let name = || format!("TEXT `{}`", args.text.display());
    let text = models::read_text(&args.text).with_context(name)?;
    let model = models::open(args.model.as_ref())?;
    let found = corpus_temperature::temperature(&model, &text).with_context(name)?;
    print_table(common, &figures::corpus_table(&[(args.text.display().to_string(), found)]))?;
    Ok(Outcome::Done)
}
