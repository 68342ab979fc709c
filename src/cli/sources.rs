//! Files of distributions that commands are given.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::arguments::FormArgs;
use gibbs::tokens::Position;
use gibbs::tokens::sources::{Form, read};

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

/// The positions of the file at `path`, one at least.
pub fn positions(option: &str, path: &Path, form: &Form) -> Result<impl Iterator<Item = Result<Position>> + use<>> {
    let name = format!("{option}`{}`", path.display());
    let mut positions = read(path, form).with_context(|| name.clone())?.peekable();
    ensure!(positions.peek().is_some(), "{name} holds no next-token distribution");
    Ok(positions.map(move |position| position.with_context(|| name.clone())))
}

/// All of `items` at once, as far as memory may serve; `n_levels` tells how many logits one has.
pub fn keep<T>(items: impl Iterator<Item = Result<T>>, n_levels: impl Fn(&T) -> usize) -> Result<Vec<T>> {
    let mut levels = 0;
    let count = |item: Result<T>| {
        let item = item?;
        levels += n_levels(&item);
        ensure!(
            levels <= MOST_LEVELS,
            "there are more than {MOST_LEVELS} logits, all of which are needed in memory; give a part of them"
        );
        Ok(item)
    };
    items.map(count).collect()
}
