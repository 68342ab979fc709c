//! Files of distributions that commands are given.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::arguments::FormArgs;
use gibbs::language::{Form, Position, read};

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
