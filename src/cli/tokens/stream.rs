//! Distributions worked on as they are computed or read, so that none is kept.

use anyhow::Result;
use rayon::prelude::*;

use super::super::arguments::Common;
use super::super::progress;

/// Distributions that are in memory at a time.
const BATCH: usize = 16;

/// What `view` makes of each of `items`, see [`each`].
pub fn map<T: Send, U: Send>(
    common: &Common,
    what: &'static str,
    items: impl Iterator<Item = Result<T>>,
    view: impl Fn(T) -> Result<U> + Sync,
) -> Result<Vec<U>> {
    let mut views = Vec::new();
    each(
        common,
        what,
        items,
        |_, item| view(item),
        |view| {
            views.push(view);
            Ok(())
        },
    )?;
    Ok(views)
}

/// Hands what `view` makes of each of `items` to `take`, in their order. The items are read, viewed in parallel and
/// forgotten a few at a time.
pub fn each<T: Send, U: Send>(
    common: &Common,
    what: &'static str,
    items: impl Iterator<Item = Result<T>>,
    view: impl Fn(u32, T) -> Result<U> + Sync,
    mut take: impl FnMut(U) -> Result<()>,
) -> Result<()> {
    let bar = progress::bar(common.quiet, what, None);
    let mut items = (0..).zip(items);
    loop {
        let batch = items.by_ref().take(BATCH).map(|(k, item)| Ok((k, item?))).collect::<Result<Vec<(u32, T)>>>()?;
        if batch.is_empty() {
            break;
        }
        let views = batch.into_par_iter().map(|(k, item)| view(k, item)).collect::<Result<Vec<_>>>()?;
        bar.inc(views.len() as u64);
        views.into_iter().try_for_each(&mut take)?;
    }
    bar.finish_and_clear();
    Ok(())
}
