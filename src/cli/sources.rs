//! Files of distributions that commands are given.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Error, Result, anyhow, ensure};

use super::arguments::FormArgs;
use gibbs::tokens::Position;
use gibbs::tokens::sources::recorded::RecordedError;
use gibbs::tokens::sources::{ReadOptions, SourceError, read};

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

/// The positions of the file at `path`, one at least.
pub fn positions(
    option: &str,
    path: &Path,
    form: &ReadOptions,
) -> Result<impl Iterator<Item = Result<Position>> + use<>> {
    let name = format!("{option}`{}`", path.display());
    let mut positions = read(path, form).with_context(|| name.clone())?.map(|item| item.map_err(remedied)).peekable();
    ensure!(positions.peek().is_some(), "{name} holds no next-token distribution");
    if let Some(Ok(first)) = positions.peek()
        && looks_like_probabilities(first)
    {
        let _ = writeln!(
            std::io::stderr(),
            "warning: {name}: the numbers of {} add up to 1, as probabilities do, and are taken for logits; give their logarithms if they are",
            first.origin
        );
    }
    Ok(positions.map(move |position| position.with_context(|| name.clone())))
}

/// Whether what is read as logits are probabilities: fractions that add up to 1.
fn looks_like_probabilities(position: &Position) -> bool {
    let numbers: Vec<f64> = (0..position.listed.len()).map(|level| -position.listed.energy(level)).collect();
    let fractions = numbers.iter().all(|x| (0.0..=1.0).contains(x)) && numbers.iter().any(|x| *x > 0.0 && *x < 1.0);
    position.unlisted.is_none() && numbers.len() > 1 && fractions && (numbers.iter().sum::<f64>() - 1.0).abs() < 1e-4
}

/// What is wrong with a file, with the option that helps where there is one.
fn remedied(error: SourceError) -> Error {
    match &error {
        SourceError::Response(cause @ RecordedError::Undetected { .. }) => anyhow!("{cause}{}", remedy(cause)),
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
