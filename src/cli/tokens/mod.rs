//! `gibbs tokens`: next-token distributions of models and files as canonical ensembles.

mod curve;
mod draw;
mod sequences;
mod stream;
mod text;
mod views;

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::arguments::{Common, ExportArgs, TokensCommand};
use super::{Outcome, advise, models};
use gibbs::report::write_atomically;

/// Runs `gibbs tokens ...`.
pub fn run(common: &Common, command: &TokensCommand) -> Result<Outcome> {
    match command {
        TokensCommand::Curve(args) => curve::run(common, args),
        TokensCommand::Text(args) => text::run(common, args),
        TokensCommand::Draw(args) => draw::run(common, args),
        TokensCommand::Match(args) => views::matching(common, args),
        TokensCommand::RandomEnergy(args) => views::random_energy(common, args),
        TokensCommand::States(args) => views::states(common, args),
        TokensCommand::Corpus(args) => views::corpus(common, args),
        TokensCommand::Sequences(args) => sequences::run(common, args),
        TokensCommand::Export(args) => export(common, args),
    }
}

/// Writes the model as a GGUF file.
fn export(common: &Common, args: &ExportArgs) -> Result<Outcome> {
    let model = models::open(args.model.as_ref())?;
    let name = || format!("FILE.gguf `{}`", args.file.display());
    let folder = args.file.parent().filter(|folder| !folder.as_os_str().is_empty());
    ensure!(folder.is_none_or(Path::is_dir), "{}: its folder does not exist; make it first", name());
    write_atomically(&args.file, &model.to_gguf()?).with_context(name)?;
    advise(common, &format!("wrote {}", args.file.display()));
    Ok(Outcome::Done)
}
