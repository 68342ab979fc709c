//! Models, prompts and contexts that commands about tokens are given.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::arguments::{FormArgs, ModelArgs, SourceArgs};
use super::sources::{form, positions};
use gibbs::tokens::Position;
use gibbs::tokens::models::LanguageModel;
use gibbs::tokens::views;

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
        None if source.prompt.is_empty() => views::PROMPTS.map(str::to_owned).to_vec(),
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

/// Full distributions as they are computed or read.
pub type Contexts = Box<dyn Iterator<Item = Result<Position>>>;

/// Full distributions: of a model after prompts, or of a file.
pub fn contexts(source: &SourceArgs, gauge: Gauge) -> Result<Contexts> {
    let Some(path) = &source.logits else {
        source.form.refuse("give --logits FILE with it, or leave it out")?;
        let model = open(source.model.model.as_ref())?;
        let prompts = prompts(&source.model)?;
        let of_prompt = match gauge {
            Gauge::Logits => views::context_of_logits,
            Gauge::Probabilities => views::context,
        };
        return Ok(Box::new(prompts.into_iter().map(move |prompt| Ok(of_prompt(&model, &prompt)?))));
    };
    contexts_of_file("--logits ", path, &source.form)
}

/// Full distributions of the file at `path`, in its own gauge.
pub fn contexts_of_file(option: &'static str, path: &Path, form_args: &FormArgs) -> Result<Contexts> {
    let (positions, path) = (positions(option, path, &form(form_args)?)?, path.to_owned());
    Ok(Box::new(positions.map(move |position| {
        let position = position?;
        let (name, origin) = (path.display(), &position.origin);
        ensure!(
            position.unlisted.is_none(),
            "{option}`{name}`, {origin}: lists only part of the vocabulary; the whole vocabulary is needed"
        );
        Ok(position)
    })))
}
