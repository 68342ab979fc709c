//! How an experiment reports progress.

/// Called once for each finished unit of work, from any thread.
pub type Tick<'a> = &'a (dyn Fn() + Sync);
