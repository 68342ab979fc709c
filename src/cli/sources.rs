//! Files of distributions that commands are given.

use std::path::Path;

use anyhow::{Context as _, Error, Result, anyhow, ensure};

use super::arguments::FormArgs;
use gibbs::tokens::Position;
use gibbs::tokens::sources::recorded::RecordedError;
use gibbs::tokens::sources::{Positions, ReadOptions, Reading, SourceError, read};

/// Most logits that are kept: two gigabytes of them.
const MOST_LEVELS: usize = 1 << 28;

/// How a file is to be read.
pub fn form(args: &FormArgs) -> Result<ReadOptions> {
    Ok(ReadOptions {
        responses: args.input_format.as_deref().map(str::parse).transpose()?,
        tensor: args.tensor.clone(),
        vocabulary: args.vocabulary,
    })
}

/// The positions of a file that a command was given, with its name in every refusal.
pub struct FilePositions {
    name: String,
    first: Option<Result<Position, SourceError>>,
    others: Positions,
}

/// The positions of the file at `path`, one at least.
pub fn positions(option: &str, path: &Path, form: &ReadOptions) -> Result<FilePositions> {
    let name = format!("{option}`{}`", path.display());
    let mut others = read(path, form).with_context(|| name.clone())?;
    let first = others.next();
    ensure!(first.is_some(), "{name} holds no next-token distribution");
    Ok(FilePositions { name, first, others })
}

impl FilePositions {
    /// The option with the path, for messages.
    #[cfg(feature = "llm")]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What was left out, cut or guessed so far.
    pub fn reading(&self) -> Reading {
        self.others.reading()
    }
}

impl Iterator for FilePositions {
    type Item = Result<Position>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.first.take().or_else(|| self.others.next())?;
        Some(item.map_err(remedied).with_context(|| self.name.clone()))
    }
}

/// What is wrong with a file, with the option that helps where there is one.
fn remedied(error: SourceError) -> Error {
    match &error {
        SourceError::Response(cause @ RecordedError::Undetected { .. }) => anyhow!("{cause}{}", remedy(cause)),
        SourceError::NoArray(cause) => anyhow!("{cause}; name one of them with --tensor"),
        _ => error.into(),
    }
}

/// The option that helps where a response is not read, to be added to the message.
pub fn remedy(error: &RecordedError) -> &'static str {
    if matches!(error, RecordedError::Undetected { .. }) { "; name one with --input-format" } else { "" }
}

/// All of `items` at once, as far as memory may serve; `n_levels` tells how many logits one has.
pub fn keep<T>(items: impl Iterator<Item = Result<T>>, n_levels: impl Fn(&T) -> usize) -> Result<Vec<T>> {
    let mut levels = 0;
    let count = |item: Result<T>| {
        let item = item?;
        levels += n_levels(&item);
        ensure!(
            levels <= MOST_LEVELS,
            "there are more than {MOST_LEVELS} logits, and all must fit in memory; give fewer contexts"
        );
        Ok(item)
    };
    items.map(count).collect()
}
