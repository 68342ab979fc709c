//! Models, prompts and contexts that commands about tokens are given.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use super::arguments::{FormArgs, ModelArgs, SourceArgs};
use super::sources::{form, positions};
use gibbs::ensemble::Spectrum;
use gibbs::experiments::compare::Context;
use gibbs::experiments::tokens;
use gibbs::language::{LanguageModel, Position};

/// Most bytes of a text, or of a line of recorded tokens.
pub const LARGEST: u64 = 1 << 26;

/// The model at `path`, or the embedded one.
pub fn open(path: Option<&PathBuf>) -> Result<LanguageModel> {
    match path {
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

/// The text of the file at `path`.
pub fn read_text(path: &Path) -> Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
    ensure!(text.len() as u64 <= LARGEST, "must have at most {} MiB", LARGEST >> 20);
    Ok(text)
}

fn read_lines(path: &Path) -> Result<Vec<String>> {
    let text = read_text(path).with_context(|| format!("--prompts `{}`", path.display()))?;
    let lines: Vec<String> = text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    ensure!(!lines.is_empty(), "--prompts `{}` holds no prompt; write one per line", path.display());
    Ok(lines)
}

/// The gauge of a spectrum: where its zero of energy lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gauge {
    /// E = -logit.
    Logits,
    /// E = -ln p at T = 1.
    Probabilities,
}

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

/// Full distributions of the file at `path`, in its own gauge.
pub fn contexts_of_file(option: &str, path: &Path, form_args: &FormArgs) -> Result<Vec<Context>> {
    let positions = positions(option, path, &form(form_args)?, usize::MAX)?;
    if let Some(partial) = positions.iter().find(|position| position.unlisted.is_some()) {
        bail!("{option}`{}`, {}: lists a part of the vocabulary, all of it is needed", path.display(), partial.origin);
    }
    Ok(full(positions))
}

/// Positions that list every token, as contexts.
pub fn full(positions: Vec<Position>) -> Vec<Context> {
    positions.into_iter().map(|position| Context { prompt: position.origin, spectrum: position.listed }).collect()
}

/// The spectra of `contexts`.
pub fn spectra(contexts: &[Context]) -> Vec<&Spectrum> {
    contexts.iter().map(|context| &context.spectrum).collect()
}
