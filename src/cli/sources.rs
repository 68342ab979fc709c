//! Models, prompts and files of distributions that commands about tokens are given.

#[cfg(feature = "llm")]
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use super::arguments::{FormArgs, ModelArgs, SourceArgs};
use gibbs::ensemble::Spectrum;
use gibbs::experiments::compare::Context;
use gibbs::experiments::tokens;
use gibbs::language::{Form, LanguageModel, Position, read};

/// Most bytes of a text, or of a line of recorded tokens.
#[cfg(feature = "llm")]
pub const LARGEST: u64 = 1 << 26;

#[cfg(feature = "llm")]
/// The model at `path`, or the embedded one.
pub fn open(path: Option<&PathBuf>) -> Result<LanguageModel> {
    match path {
        None => Ok(LanguageModel::embedded()?),
        Some(path) => LanguageModel::open(path).with_context(|| format!("--model `{}`", path.display())),
    }
}

#[cfg(feature = "llm")]
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

#[cfg(feature = "llm")]
/// The text of the file at `path`.
pub fn read_text(path: &Path) -> Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
    ensure!(text.len() as u64 <= LARGEST, "must have at most {} MiB", LARGEST >> 20);
    Ok(text)
}

#[cfg(feature = "llm")]
fn read_lines(path: &Path) -> Result<Vec<String>> {
    let text = read_text(path).with_context(|| format!("--prompts `{}`", path.display()))?;
    let lines: Vec<String> = text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    ensure!(!lines.is_empty(), "--prompts `{}` holds no prompt; write one per line", path.display());
    Ok(lines)
}

/// Most logits that are kept: two gigabytes of them.
const MOST_LEVELS: usize = 1 << 28;

/// How a file is to be read.
pub fn form(args: &FormArgs) -> Result<Form> {
    Ok(Form {
        responses: args.input_format.as_deref().map(str::parse).transpose()?,
        tensor: args.tensor.clone(),
        vocabulary: args.vocabulary,
    })
}

/// The positions of the file at `path`, at most `limit` of them.
pub fn positions(option: &str, path: &Path, form: &Form, limit: usize) -> Result<Vec<Position>> {
    let name = || format!("{option}`{}`", path.display());
    let mut positions: Vec<Position> = Vec::new();
    let mut levels = 0;
    for position in read(path, form).with_context(name)?.take(limit) {
        let position = position.with_context(name)?;
        levels += position.listed.len();
        ensure!(
            levels <= MOST_LEVELS,
            "{} holds more than {MOST_LEVELS} logits, which are kept in memory; give a part of it",
            name()
        );
        positions.push(position);
    }
    ensure!(!positions.is_empty(), "{} holds no next-token distribution", name());
    Ok(positions)
}

#[cfg(feature = "llm")]
/// The gauge of a spectrum: where its zero of energy lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gauge {
    /// E = -logit.
    Logits,
    /// E = -ln p at T = 1.
    Probabilities,
}

#[cfg(feature = "llm")]
/// Full distributions: of a model after prompts, or of a file.
pub fn contexts(source: &SourceArgs, gauge: Gauge) -> Result<Vec<Context>> {
    let Some(path) = &source.logits else {
        source.form.refuse("give --logits FILE with it, or leave it out")?;
        let model = open(source.model.model.as_ref())?;
        let prompts = prompts(&source.model)?;
        return Ok(match gauge {
            Gauge::Logits => tokens::contexts_of_logits(&model, &prompts)?,
            Gauge::Probabilities => tokens::contexts(&model, &prompts)?,
        });
    };
    contexts_of_file("--logits ", path, &source.form)
}

#[cfg(feature = "llm")]
/// Full distributions of the file at `path`, in its own gauge.
pub fn contexts_of_file(option: &str, path: &Path, form_args: &FormArgs) -> Result<Vec<Context>> {
    let positions = positions(option, path, &form(form_args)?, usize::MAX)?;
    if let Some(partial) = positions.iter().find(|position| position.unlisted.is_some()) {
        bail!("{option}`{}`, {}: lists a part of the vocabulary, all of it is needed", path.display(), partial.origin);
    }
    Ok(full(positions))
}

#[cfg(feature = "llm")]
/// Positions that list every token, as contexts.
pub fn full(positions: Vec<Position>) -> Vec<Context> {
    positions.into_iter().map(|position| Context { prompt: position.origin, spectrum: position.listed }).collect()
}

#[cfg(feature = "llm")]
/// The spectra of `contexts`.
pub fn spectra(contexts: &[Context]) -> Vec<&Spectrum> {
    contexts.iter().map(|context| &context.spectrum).collect()
}
