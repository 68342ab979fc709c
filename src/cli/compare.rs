//! `gibbs compare`, also `gibbs` alone, and `gibbs page`: the comparison of particles and tokens, written to the output folder.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use rayon::prelude::*;

use super::arguments::{Common, CompareArgs, Format, SourceArgs};
use super::{Outcome, advise, check_writable, complain, models, print, print_table, progress};
use gibbs::experiments::compare::{self, Comparison, Config, Glow, Subject, Verdict};
use gibbs::files;
use gibbs::report::figures::{FigureName, draw};
use gibbs::report::{
    Manifest, Page, command_line, hanging, printable, printable_line, summary, verdict_line, verdict_table, wrapped,
    write_atomically, write_set,
};
use gibbs::rng::{Seed, Stream, TaskRng};
use gibbs::tokens::Position;
use gibbs::tokens::models::LanguageModel;
use gibbs::tokens::truncation::Pipeline;
use gibbs::tokens::views as language;
use gibbs::units::Temperature;

/// Most bytes of a file of settings.
const MOST_BYTES: u64 = 1 << 20;

/// Rows of a file that are compared: as many as prompts are built in.
const MOST_ROWS: usize = 6;

/// A page of more bytes is slow to open on a phone.
const LARGE_PAGE: usize = 3_000_000;
/// Logits that differ by more are none of a language model.
const WIDEST: f64 = 1e100;

/// What tokens are drawn from: a model after prompts, or rows of a file.
struct Tokens {
    /// `None` for a file.
    model: Option<LanguageModel>,
    contexts: Vec<Position>,
    /// The name in "the next token of ...".
    name: String,
    /// What was left out, cut or guessed of a file.
    reading: Vec<String>,
}

/// `gibbs compare`: runs the comparison and writes its figures, tables, summary, page and manifest.
pub fn run(common: &Common, args: &CompareArgs) -> Result<Outcome> {
    let study = Study::run(common, args)?;
    let mut files = Vec::new();
    let bar = progress::bar(common.quiet, "drawing figures", FigureName::ALL.len());
    for name in FigureName::ALL {
        let csv = name.table(&study.comparison, &study.glow).to_csv();
        let drawn = draw(name, &csv)?;
        let stem = name.stem();
        files.push((format!("{stem}.csv"), csv.into_bytes()));
        files.push((format!("{stem}.svg"), drawn.svg.into_bytes()));
        files.push((format!("{stem}.png"), drawn.png));
        bar.inc(1);
    }
    bar.finish_and_clear();
    let verdicts = verdict_table(&study.comparison).with_reading(study.tokens.reading.clone());
    let arguments = arguments(common, args, "compare");
    files.push(("report.html".to_owned(), study.page(common, command_line(&arguments))?.into_bytes()));
    files.push(("verdicts.csv".to_owned(), verdicts.to_csv().into_bytes()));
    files.push(("summary.md".to_owned(), summary(&study.comparison).into_bytes()));
    let source = &args.source;
    let given = source.logits.as_ref().or(source.model.model.as_ref());
    let manifest = Manifest {
        command: command_line(&arguments),
        arguments,
        config: serde_json::to_value(&study.config)?,
        seed: common.seed,
        model: Some(given.map_or("embedded".to_owned(), |path| path.display().to_string())),
        version: env!("CARGO_PKG_VERSION"),
        files: files.iter().map(|(name, _)| name.clone()).collect(),
    };
    files.push(("compare.json".to_owned(), manifest.to_json().into_bytes()));
    write_set(&common.out, &files)?;

    print_table(common, &verdicts)?;
    study.conclude(common, &format!("wrote {} files to {}", files.len(), common.out.display()))
}

/// `gibbs page`: runs the comparison and writes its page alone.
pub fn page(common: &Common, args: &CompareArgs) -> Result<Outcome> {
    let study = Study::run(common, args)?;
    let html = study.page(common, command_line(&arguments(common, args, "page")))?;
    let path = common.out.join("report.html");
    write_atomically(&path, html.as_bytes())?;
    if common.format == Format::Table {
        study.tokens.reading.iter().try_for_each(|sentence| print(&(hanging("reading  ", sentence) + "\n")))?;
    }
    if html.len() > LARGE_PAGE {
        advise(common, &format!("the page has {:.1} MB; fewer prompts make a smaller one", html.len() as f64 / 1e6));
    }
    study.conclude(common, &format!("wrote {}", path.display()))
}

/// A finished comparison.
struct Study {
    config: Config,
    tokens: Tokens,
    subjects: Vec<Subject>,
    comparison: Comparison,
    glow: Glow,
}

impl Study {
    fn run(common: &Common, args: &CompareArgs) -> Result<Self> {
        let settings = args.settings.as_ref().or(args.config.as_ref());
        let mut config = read_config(settings.map(PathBuf::as_path))?;
        if args.quick {
            config = config.quick();
        }
        let source = &args.source.model;
        if args.source.logits.is_some() {
            config.prompts.clear();
        } else if !source.prompt.is_empty() || source.prompts.is_some() {
            config.prompts = models::prompts(source)?;
        } else if config.prompts.is_empty() {
            config.prompts = language::PROMPTS.map(str::to_owned).to_vec();
        }
        config.check()?;
        check_writable("--out", &common.out)?;
        let tokens = Tokens::of(&args.source, &config.prompts)?;
        let subjects = compare::subjects(&config, &tokens.contexts)?;
        let bar = progress::bar(common.quiet, "sampling", compare::n_ticks(&subjects));
        let comparison = compare::run(&config, &subjects, Seed(common.seed), &|| bar.inc(1))?;
        bar.finish_and_clear();

        let bar = progress::bar(common.quiet, "drawing text", config.text_temperatures.len());
        let mut texts = Vec::new();
        let prompt = config.prompts.first().map_or("", String::as_str);
        for (number, &temperature) in (0..).zip(&config.text_temperatures) {
            let stream = Stream::SummaryText(number).id();
            let temperature = Temperature::new(temperature)?;
            let mut rng = Seed(common.seed).stream(stream);
            texts.push((temperature, tokens.text(prompt, temperature, config.text_length, &mut rng)?));
            bar.inc(1);
        }
        bar.finish_and_clear();
        let glow = compare::glow(&config, &tokens.contexts, prompt, &texts, Seed(common.seed), &|| ())?;
        Ok(Self { config, tokens, subjects, comparison, glow })
    }

    fn page(&self, common: &Common, command: String) -> Result<String> {
        let bar = progress::bar(common.quiet, "making the page", compare::n_lookup_ticks());
        let seed = Seed(common.seed);
        let lookup = compare::lookup(&self.config, &self.subjects, &self.tokens.contexts, seed, &|| bar.inc(1))?;
        let texts = |(k, prompt): (usize, &String)| self.texts(prompt, k as u32, seed);
        let texts = match self.tokens.model {
            None => Vec::new(),
            Some(_) => self.config.prompts.par_iter().enumerate().map(texts).collect::<Result<_>>()?,
        };
        let names = lookup.contexts.iter().zip(&self.tokens.contexts);
        let html = Page {
            comparison: &self.comparison,
            lookup: &lookup,
            glow: &self.glow,
            token_names: names
                .map(|(likeliest, context)| self.tokens.names(context, &likeliest.tokens))
                .collect::<Result<_>>()?,
            texts,
            model: self.tokens.name.clone(),
            command,
            reading: self.tokens.reading.clone(),
        }
        .to_html()?;
        bar.finish_and_clear();
        Ok(html)
    }

    /// What the model writes for the page after the `k`-th prompt.
    fn texts(&self, prompt: &str, k: u32, seed: Seed) -> Result<Vec<String>> {
        let text = |(number, temperature): (u16, Temperature)| {
            let mut rng = seed.stream(Stream::PageText { prompt: k, temperature: number }.id());
            Ok(printable(&self.tokens.text(prompt, temperature, compare::WRITTEN_TOKENS, &mut rng)?).into_owned())
        };
        (0..).zip(compare::written()).map(text).collect()
    }

    /// Says the verdict and what was written.
    fn conclude(&self, common: &Common, written: &str) -> Result<Outcome> {
        let line = verdict_line(&self.comparison);
        if common.format == Format::Table {
            print(&format!("\n{}\n{}\n", wrapped(&line), wrapped(written)))?;
        } else {
            advise(common, &line);
        }
        Ok(match self.comparison.verdict() {
            Verdict::Passed => Outcome::Done,
            Verdict::Undecided => Outcome::Undecided,
            Verdict::Failed => {
                complain(common, &line);
                Outcome::CheckFailed
            }
        })
    }
}

impl Tokens {
    fn of(source: &SourceArgs, prompts: &[String]) -> Result<Self> {
        let Some(path) = &source.logits else {
            source.form.refuse("give --logits FILE with it, or leave it out")?;
            let path = source.model.model.as_ref();
            let model = models::open(path)?;
            let contexts = language::contexts(&model, prompts)?;
            let name = path.map_or("the embedded language model".to_owned(), |path| format!("`{}`", path.display()));
            return Ok(Self { model: Some(model), contexts, name, reading: Vec::new() });
        };
        let mut read = models::contexts_of_file("--logits ", path, &source.form)?;
        let contexts = read.by_ref().take(MOST_ROWS).collect::<Result<Vec<_>>>()?;
        let more = read.next().transpose()?.is_some();
        let name = |context: &Position| format!("--logits `{}`, {}", path.display(), context.origin);
        for context in &contexts {
            ensure!(
                context.listed.highest_excitation() > 0.0,
                "{}: all tokens that are allowed have the same logit, so no temperature can be seen; leave the row out",
                name(context)
            );
            ensure!(
                context.listed.highest_excitation() < WIDEST,
                "{}: the logits differ by {WIDEST:e} or more; divide them by a constant",
                name(context)
            );
        }
        let mut reading = read.reading();
        if more {
            reading.push(format!("the first {MOST_ROWS} rows are compared, and the others are left out"));
        }
        Ok(Self { model: None, contexts, name: format!("`{}`", path.display()), reading })
    }

    /// What the model writes after `prompt`; nothing for a file.
    fn text(&self, prompt: &str, temperature: Temperature, length: usize, rng: &mut TaskRng) -> Result<String> {
        let Some(model) = &self.model else { return Ok(String::new()) };
        let text = language::generate(model, prompt, temperature, &Pipeline::default(), length, rng)?;
        Ok(text.continuation().to_owned())
    }

    /// Names of some tokens of a context: their text where it is known.
    fn names(&self, context: &Position, tokens: &[usize]) -> Result<Vec<String>> {
        let name = |&token: &usize| {
            let text = match &self.model {
                Some(model) => model.token_text(token as u32)?,
                None => context.tokens.get(token).cloned().unwrap_or_else(|| format!("token {token}")),
            };
            Ok(printable_line(&text).into_owned())
        };
        tokens.iter().map(name).collect()
    }
}

fn read_config(path: Option<&Path>) -> Result<Config> {
    let Some(path) = path else { return Ok(Config::default()) };
    let text = files::read_text(path, MOST_BYTES).with_context(|| format!("cannot read `{}`", path.display()))?;
    toml::from_str(&text).with_context(|| format!("`{}`", path.display()))
}

/// The command that makes these results again.
fn arguments(common: &Common, args: &CompareArgs, command: &str) -> Vec<String> {
    let path = |path: &PathBuf| path.display().to_string();
    let mut words = vec!["gibbs".to_owned(), command.to_owned()];
    words.extend(args.settings.as_ref().or(args.config.as_ref()).map(path));
    words.extend(args.quick.then(|| "--quick".to_owned()));
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    let SourceArgs { model, logits, form } = &args.source;
    model.model.iter().for_each(|model| option("--model", path(model)));
    model.prompts.iter().for_each(|prompts| option("--prompts", path(prompts)));
    model.prompt.iter().for_each(|prompt| option("--prompt", prompt.clone()));
    logits.iter().for_each(|logits| option("--logits", path(logits)));
    form.input_format.iter().for_each(|format| option("--input-format", format.clone()));
    form.tensor.iter().for_each(|tensor| option("--tensor", tensor.clone()));
    form.vocabulary.iter().for_each(|vocabulary| option("--vocabulary", vocabulary.to_string()));
    option("--seed", common.seed.to_string());
    words
}
