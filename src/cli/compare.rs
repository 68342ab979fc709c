//! `gibbs compare`, also `gibbs` alone: the comparison of particles and tokens, written to the output folder.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::arguments::{Common, CompareArgs, Format};
use super::{Outcome, advise, check_writable, complain, models, print, print_table, progress};
use gibbs::experiments::compare::{self, Config, Verdict};
use gibbs::files;
use gibbs::report::figures::{FigureName, draw};
use gibbs::report::{Manifest, command_line, summary, verdict_line, verdict_table, wrapped, write_set};
use gibbs::rng::{Seed, Stream};
use gibbs::tokens::truncation::Pipeline;
use gibbs::tokens::views as language;
use gibbs::units::Temperature;

/// Most bytes of a file of settings.
const MOST_BYTES: u64 = 1 << 20;

/// Runs the comparison and writes its figures, tables, summary and manifest.
pub fn run(common: &Common, args: &CompareArgs) -> Result<Outcome> {
    let settings = args.settings.as_ref().or(args.config.as_ref());
    let mut config = read_config(settings.map(PathBuf::as_path))?;
    if args.quick {
        config = config.quick();
    }
    if !args.source.prompt.is_empty() || args.source.prompts.is_some() {
        config.prompts = models::prompts(&args.source)?;
    } else if config.prompts.is_empty() {
        config.prompts = language::PROMPTS.map(str::to_owned).to_vec();
    }
    config.check()?;
    check_writable("--out", &common.out)?;
    let model = models::open(args.source.model.as_ref())?;
    let contexts = language::contexts(&model, &config.prompts)?;
    let subjects = compare::subjects(&config, &contexts)?;
    let bar = progress::bar(common.quiet, "sampling", compare::n_ticks(&subjects));
    let comparison = compare::run(&config, &subjects, Seed(common.seed), &|| bar.inc(1))?;
    bar.finish_and_clear();

    let bar = progress::bar(common.quiet, "drawing text", config.text_temperatures.len());
    let mut texts = Vec::new();
    for (number, &temperature) in (0..).zip(&config.text_temperatures) {
        let temperature = Temperature::new(temperature)?;
        let mut rng = Seed(common.seed).stream(Stream::SummaryText(number).id());
        let text = language::generate(
            &model,
            &config.prompts[0],
            temperature,
            &Pipeline::default(),
            config.text_length,
            &mut rng,
        )?;
        texts.push((temperature, text.continuation().to_owned()));
        bar.inc(1);
    }
    bar.finish_and_clear();
    let glow = compare::glow(&config, &contexts, &config.prompts[0], &texts, Seed(common.seed), &|| ())?;

    let bar = progress::bar(common.quiet, "drawing figures", FigureName::ALL.len());
    let mut files = Vec::new();
    for name in FigureName::ALL {
        let csv = name.table(&comparison, &glow).to_csv();
        let drawn = draw(name, &csv)?;
        let stem = name.stem();
        files.push((format!("{stem}.csv"), csv.into_bytes()));
        files.push((format!("{stem}.svg"), drawn.svg.into_bytes()));
        files.push((format!("{stem}.png"), drawn.png));
        bar.inc(1);
    }
    bar.finish_and_clear();
    files.push(("verdicts.csv".to_owned(), verdict_table(&comparison).to_csv().into_bytes()));
    files.push(("summary.md".to_owned(), summary(&comparison).into_bytes()));
    let arguments = arguments(common, args);
    let manifest = Manifest {
        command: command_line(&arguments),
        arguments,
        config: serde_json::to_value(&config)?,
        seed: common.seed,
        model: Some(args.source.model.as_ref().map_or("embedded".to_owned(), |path| path.display().to_string())),
        version: env!("CARGO_PKG_VERSION"),
        files: files.iter().map(|(name, _)| name.clone()).collect(),
    };
    files.push(("compare.json".to_owned(), manifest.to_json().into_bytes()));
    write_set(&common.out, &files)?;

    print_table(common, &verdict_table(&comparison))?;
    let line = verdict_line(&comparison);
    if common.format == Format::Table {
        let written = format!("wrote {} files to {}", files.len(), common.out.display());
        print(&format!("\n{}\n{}\n", wrapped(&line), wrapped(&written)))?;
    } else {
        advise(common, &line);
    }
    Ok(match comparison.verdict() {
        Verdict::Passed => Outcome::Done,
        Verdict::Undecided => Outcome::Undecided,
        Verdict::Failed => {
            complain(common, &line);
            Outcome::CheckFailed
        }
    })
}

fn read_config(path: Option<&Path>) -> Result<Config> {
    let Some(path) = path else { return Ok(Config::default()) };
    let text = files::read_text(path, MOST_BYTES).with_context(|| format!("cannot read `{}`", path.display()))?;
    toml::from_str(&text).with_context(|| format!("`{}`", path.display()))
}

/// The command that makes these results again.
fn arguments(common: &Common, args: &CompareArgs) -> Vec<String> {
    let path = |path: &PathBuf| path.display().to_string();
    let mut words = vec!["gibbs".to_owned(), "compare".to_owned()];
    words.extend(args.settings.as_ref().or(args.config.as_ref()).map(path));
    words.extend(args.quick.then(|| "--quick".to_owned()));
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    args.source.model.iter().for_each(|model| option("--model", path(model)));
    args.source.prompts.iter().for_each(|prompts| option("--prompts", path(prompts)));
    args.source.prompt.iter().for_each(|prompt| option("--prompt", prompt.clone()));
    option("--seed", common.seed.to_string());
    words
}
