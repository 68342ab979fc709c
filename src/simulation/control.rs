//! What a run tells while it goes on, and how it is asked to end early.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::SimulationError;

/// A piece of a run lasts about this long: then it tells how far it is, and looks whether it was asked to end.
const PIECE: Duration = Duration::from_millis(100);

type Report = Box<dyn Fn(u64, u64) + Send + Sync>;

/// A handle on a run that is going on, shared between its threads and the one that watches. It does not change what is computed.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::simulation::{Control, Settings, run};
/// use gibbs::systems::System;
/// use gibbs::units::Temperature;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let settings = Settings { control: Control::reporting(|done, planned| assert!(done <= planned)), ..Settings::default() };
/// settings.control.stop();
/// let ising = System::parse("ising", &[("l", "4")])?;
/// let temperatures = [Temperature::new(2.0)?, Temperature::new(3.0)?];
/// // Asked to end before it began: there are no rows, and it says which temperatures are missing.
/// let sampled = run(&ising, &temperatures, &settings, Seed(1), &|| ())?;
/// assert!(sampled.rows.is_empty() && sampled.missing == temperatures);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Control(Arc<Shared>);

#[derive(Default)]
struct Shared {
    stopped: AtomicBool,
    done: AtomicU64,
    planned: AtomicU64,
    report: Option<Report>,
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").field("stopped", &self.is_stopped()).finish_non_exhaustive()
    }
}

impl Control {
    /// A handle that calls `report` a few times a second with the sweeps that are done and those that are planned so far, of all
    /// temperatures together. More are planned where a run turns out to need them.
    pub fn reporting(report: impl Fn(u64, u64) + Send + Sync + 'static) -> Self {
        Self(Arc::new(Shared { report: Some(Box::new(report)), ..Shared::default() }))
    }

    /// Asks the run to end: temperatures that are done keep their rows, the others are missing.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to end.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::Relaxed)
    }

    /// Plans so many sweeps more.
    pub(super) fn plan(&self, sweeps: u64) {
        self.0.planned.fetch_add(sweeps, Ordering::Relaxed);
    }

    /// So many more are done.
    fn count(&self, sweeps: u64) {
        let done = self.0.done.fetch_add(sweeps, Ordering::Relaxed) + sweeps;
        if let Some(report) = &self.0.report {
            report(done, self.0.planned.load(Ordering::Relaxed).max(done));
        }
    }
}

/// Advances `run` piece by piece to its end. `remaining` says how many sweeps its present stretch still has, `advance` makes at most so many
/// and answers what the run leaves when it ends. The pieces follow the clock; what is computed does not depend on them.
///
/// # Errors
///
/// Those of the run; it was asked to end.
pub(super) fn drive<R, T>(
    control: &Control,
    run: &mut R,
    remaining: impl Fn(&R) -> u64,
    advance: impl Fn(&mut R, u64) -> Result<Option<T>, SimulationError>,
) -> Result<T, SimulationError> {
    let mut piece = 1;
    control.plan(remaining(run));
    loop {
        if control.is_stopped() {
            return Err(SimulationError::Stopped);
        }
        let (begin, left) = (Instant::now(), remaining(run));
        let sweeps = left.min(piece);
        let ended = advance(run, sweeps)?;
        control.count(sweeps);
        if let Some(ended) = ended {
            return Ok(ended);
        }
        if sweeps == left {
            control.plan(remaining(run));
        }
        let took = begin.elapsed();
        if took < PIECE / 2 {
            piece = piece.saturating_mul(2);
        } else if took > PIECE * 2 {
            piece = (piece / 2).max(1);
        }
    }
}
