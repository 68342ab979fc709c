//! Models, prompts and contexts that commands about tokens are given.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::vec;

use anyhow::{Context as _, Result, ensure};

use super::arguments::{FormArgs, ModelArgs, SourceArgs};
use super::sources::{FilePositions, form, positions};
use gibbs::report::reading_sentences;
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

/// Full distributions, computed or read one at a time.
pub enum Contexts {
    /// Of a model, after prompts.
    Computed(Box<LanguageModel>, vec::IntoIter<String>, Gauge),
    /// Of a file, in its own gauge.
    Read(Box<FilePositions>),
}

/// Full distributions: of a model after prompts, or of a file.
pub fn contexts(source: &SourceArgs, gauge: Gauge) -> Result<Contexts> {
    let Some(path) = &source.logits else {
        source.form.refuse("give --logits FILE with it, or leave it out")?;
        let model = open(source.model.model.as_ref())?;
        return Ok(Contexts::Computed(Box::new(model), prompts(&source.model)?.into_iter(), gauge));
    };
    contexts_of_file("--logits ", path, &source.form)
}

/// Full distributions of the file at `path`, in its own gauge.
pub fn contexts_of_file(option: &'static str, path: &Path, form_args: &FormArgs) -> Result<Contexts> {
    Ok(Contexts::Read(Box::new(positions(option, path, &form(form_args)?)?)))
}

impl Contexts {
    /// Sentences on what was left out, cut or guessed so far.
    pub fn reading(&self) -> Vec<String> {
        match self {
            Self::Computed(..) => Vec::new(),
            Self::Read(positions) => reading_sentences(&positions.reading()),
        }
    }
}

impl Iterator for Contexts {
    type Item = Result<Position>;

    fn next(&mut self) -> Option<Self::Item> {
        let positions = match self {
            Self::Computed(model, prompts, gauge) => {
                let context = match gauge {
                    Gauge::Logits => views::context_of_logits,
                    Gauge::Probabilities => views::context,
                };
                return prompts.next().map(|prompt| Ok(context(model, &prompt)?));
            }
            Self::Read(positions) => positions,
        };
        let position = positions.next()?;
        let whole = |position: Position| {
            ensure!(
                position.unlisted.is_none(),
                "{}, {}: lists only part of the vocabulary; the whole vocabulary is needed",
                positions.name(),
                position.origin
            );
            Ok(position)
        };
        Some(position.and_then(whole))
    }
}
