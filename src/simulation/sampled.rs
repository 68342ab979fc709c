//! Everything that came out of sampling a system.

use std::fmt;

use super::{Cell, Choice, LeftOut, Note, Radial, Row, Snapshot, Unsettled};
use crate::units::Temperature;

/// The energy histogram of one temperature.
#[derive(Clone, Debug)]
pub struct Histogram {
    /// Temperature.
    pub temperature: Temperature,
    /// Its cells, rising in energy.
    pub cells: Vec<Cell>,
}

/// The verdict on the replicas of one temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Temperature.
    pub temperature: Temperature,
    /// Sweeps of each replica that were thrown away.
    pub thermalization: u64,
    /// Measured sweeps of each replica.
    pub sweeps: u64,
    /// What still shows the starts, or needs more sweeps than the limit allows; `None` where the replicas forgot their starts.
    pub unsettled: Option<Unsettled>,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "T = {:<8} ", self.temperature.to_string())?;
        match self.unsettled {
            None => write!(f, "thermalized after {} sweeps, measured for {}", self.thermalization, self.sweeps),
            Some(unsettled) => write!(f, "not in equilibrium after {} sweeps: {unsettled}", self.thermalization),
        }
    }
}

/// Everything that came out of sampling a system.
#[derive(Clone, Debug, Default)]
pub struct Sampled {
    /// One row per temperature and observable.
    pub rows: Vec<Row>,
    /// Rows of the reweighted curve.
    pub curve: Vec<Row>,
    /// Energy histograms of the temperatures sampled by chains.
    pub histograms: Vec<Histogram>,
    /// Verdicts on the starts, of temperatures sampled by chains.
    pub verdicts: Vec<Verdict>,
    /// Radial distribution functions of a fluid.
    pub radial: Vec<Radial>,
    /// Snapshots of a fluid.
    pub snapshots: Vec<Snapshot>,
    /// Which sampler `auto` chose at which temperature, and why.
    pub choices: Vec<(Temperature, Choice)>,
    /// What else there is to say about the run.
    pub notes: Vec<Note>,
    /// Observables of the system that a method, or the curve, does not give.
    pub left_out: Vec<LeftOut>,
    /// Temperatures that were not done when the run was asked to end.
    pub missing: Vec<Temperature>,
}

/// For a look in a terminal: the verdicts, the rows and the curve, a line each.
impl fmt::Display for Sampled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.verdicts.iter().try_for_each(|verdict| writeln!(f, "{verdict}"))?;
        self.rows.iter().chain(&self.curve).try_for_each(|row| writeln!(f, "{row}"))
    }
}
