//! Replicas of one temperature: run from ordered and disordered starts until they agree, then measured.

use rayon::prelude::*;

use crate::estimators::{EstimatorError, Replicas, Series, Thermalization, thermalization};
use crate::experiments::ExperimentError;
use crate::model::Model;
use crate::rng::TaskRng;
use crate::samplers::{Metropolis, Sampler, Schedule, run};
use crate::units::Beta;

/// Where a replica starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// As ordered as the model's own starting state.
    Ordered,
    /// As at infinite temperature.
    Disordered,
}

impl Start {
    /// Replicas start ordered and disordered in turn.
    pub fn of(replica: u16) -> Self {
        if replica.is_multiple_of(2) { Self::Ordered } else { Self::Disordered }
    }

    /// A state of `model` to start from.
    pub fn state<M: Model>(self, model: &M, rng: &mut TaskRng) -> M::State {
        let ordered = model.initial_state(rng);
        if self == Self::Ordered {
            return ordered;
        }
        let mut hot = Metropolis::new(model, Beta::ZERO, ordered);
        (0..MELTING).for_each(|_| hot.advance(rng));
        hot.state().clone()
    }
}

/// Sweeps at infinite temperature that leave nothing of a state.
const MELTING: usize = 20;
/// Shortest stretch that is judged.
const FIRST_STRETCH: u64 = 200;
/// Thermalization may take this many times the measured sweeps.
const PATIENCE: u64 = 4;
/// What is advised where it does not: this many times the sweeps asked for, or the needed ones seen by a series that
/// was too short to see all.
const LONGER: u64 = 4;
/// Blocks that the energies of each replica are kept in, for reweighting with errors.
pub(super) const BLOCKS: usize = 16;
/// Most energies kept in a block.
const MOST_KEPT: u64 = 4096;

/// Sweeps from one energy kept to the next, in blocks of that many sweeps.
pub(super) fn stride(block_length: u64) -> u64 {
    block_length.div_ceil(MOST_KEPT)
}

/// What a replica records after each sweep, in this order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Observable {
    Energy,
    /// M, with its sign; 0 where none is preferred, because waiting for it to turn round would be in vain.
    Magnetization,
    /// abs(M).
    AbsMagnetization,
    /// M^2.
    Square,
    /// M^4.
    Fourth,
}

impl Observable {
    const COUNT: usize = 5;

    pub fn index(self) -> usize {
        self as usize
    }
}

/// How much is run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Measured sweeps of each replica.
    pub sweeps: u64,
    /// Number of replicas.
    pub replicas: u16,
    /// Whether a field prefers one sign of M.
    pub field: bool,
}

/// What the replicas of one temperature left behind.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    /// The observables.
    pub replicas: Replicas,
    /// Energies by block, those of all replicas together, thinned: `[BLOCKS][...]`.
    pub energies: Vec<Vec<f64>>,
    /// Changes of energy from one sweep to the next, over all replicas.
    pub changes: u64,
}

/// The record of one replica over a stretch of sweeps whose length is known beforehand.
pub(crate) struct Recorder {
    series: Series,
    energies: Vec<Vec<f64>>,
    changes: u64,
    previous: f64,
    sweep: u64,
    block_length: u64,
    stride: u64,
    field: bool,
}

impl Recorder {
    /// An empty record of `sweeps` sweeps.
    pub fn new(sweeps: u64, field: bool) -> Self {
        let block_length = sweeps.div_ceil(BLOCKS as u64).max(1);
        Self {
            series: Series::new(Observable::COUNT),
            energies: vec![Vec::new(); BLOCKS],
            changes: 0,
            previous: f64::NAN,
            sweep: 0,
            block_length,
            stride: stride(block_length),
            field,
        }
    }

    /// One sweep that ended with these values.
    pub fn push(&mut self, energy: f64, magnetization: f64) -> Result<(), EstimatorError> {
        let m = magnetization;
        let signed = if self.field { m } else { 0.0 };
        self.series.push(&[energy, signed, m.abs(), m * m, m.powi(4)])?;
        self.changes += u64::from(energy != self.previous);
        self.previous = energy;
        if self.sweep.is_multiple_of(self.stride) {
            self.energies[(self.sweep / self.block_length) as usize].push(energy);
        }
        self.sweep += 1;
        Ok(())
    }
}

impl Measured {
    /// The records of all replicas of one temperature.
    pub fn pooled(records: Vec<Recorder>) -> Result<Self, ExperimentError> {
        let (mut series, mut energies, mut changes) = (Vec::new(), vec![Vec::new(); BLOCKS], 0);
        for record in records {
            energies.iter_mut().zip(record.energies).for_each(|(all, own): (&mut Vec<f64>, _)| all.extend(own));
            changes += record.changes;
            series.push(record.series);
        }
        Ok(Self { replicas: Replicas::new(series)?, energies, changes })
    }
}

/// Runs the replicas that `make` starts, each with the generator `stream` gives it.
///
/// # Errors
///
/// `make` refuses; as [`thermalized`].
pub(super) fn measure<S: Sampler + Send>(
    make: impl Fn(Start, &mut TaskRng) -> Result<S, ExperimentError> + Sync,
    magnetization: impl Fn(&S) -> f64 + Sync,
    plan: Plan,
    stream: impl Fn(u16) -> TaskRng + Sync,
) -> Result<Measured, ExperimentError> {
    let started: Result<Vec<(S, TaskRng)>, ExperimentError> = (0..plan.replicas)
        .into_par_iter()
        .map(|replica| {
            let mut rng = stream(replica);
            Ok((make(Start::of(replica), &mut rng)?, rng))
        })
        .collect();
    let mut chains = started?;
    let mut record = |sweeps| -> Result<Vec<Recorder>, ExperimentError> {
        let one = |(sampler, rng): &mut (S, TaskRng)| {
            let (mut recorder, mut refused) = (Recorder::new(sweeps, plan.field), None);
            run(sampler, Schedule { thermalization: 0, sweeps }, rng, |sampler| {
                refused = refused.take().or(recorder.push(sampler.energy(), magnetization(sampler)).err());
            });
            refused.map_or(Ok(recorder), |error| Err(error.into()))
        };
        chains.par_iter_mut().map(one).collect()
    };
    thermalized(plan, |sweeps| Ok(vec![record(sweeps)?]))?;
    Measured::pooled(record(plan.sweeps)?)
}

/// Runs stretches of doubling length until the last one shows no memory of the start at any point; the number of
/// sweeps that took. `record` runs a stretch and returns what each replica (in the order of [`Start::of`]) of each point
/// did in it.
///
/// # Errors
///
/// The replicas have not forgotten their starts within [`PATIENCE`] times `plan.sweeps` sweeps.
pub(crate) fn thermalized(
    plan: Plan,
    mut record: impl FnMut(u64) -> Result<Vec<Vec<Recorder>>, ExperimentError>,
) -> Result<u64, ExperimentError> {
    let (mut stretch, mut total) = (FIRST_STRETCH.min(plan.sweeps), 0);
    loop {
        let points = record(stretch)?;
        total += stretch;
        let unsettled = points.iter().map(|point| verdict(point)).collect::<Result<Vec<_>, _>>()?;
        let Some(unsettled) = unsettled.into_iter().flatten().max_by_key(|unsettled| unsettled.needed) else {
            return Ok(total);
        };
        if total >= PATIENCE * plan.sweeps {
            let needed = LONGER * unsettled.needed.max(plan.sweeps);
            return Err(ExperimentError::NotThermalized { sweeps: total, reason: unsettled.reason, needed });
        }
        stretch = total;
    }
}

/// What still shows the start.
struct Unsettled {
    reason: String,
    /// Sweeps that its autocorrelations need, from a series too short to tell; 0 where they are known.
    needed: u64,
}

/// What still shows the start in the energies of the replicas of one point, if anything does.
fn verdict(replicas: &[Recorder]) -> Result<Option<Unsettled>, ExperimentError> {
    let of = |start| {
        let chosen = (0u16..).zip(replicas).filter(move |(replica, _)| Start::of(*replica) == start);
        chosen.map(|(_, record)| record.series.bins(Observable::Energy.index())).collect::<Result<Vec<_>, _>>()
    };
    let (ordered, disordered) = (of(Start::Ordered)?, of(Start::Disordered)?);
    let ordered: Vec<&[f64]> = ordered.iter().map(Vec::as_slice).collect();
    let disordered: Vec<&[f64]> = disordered.iter().map(Vec::as_slice).collect();
    Ok(match thermalization(&ordered, &disordered) {
        Ok(Thermalization::Thermalized { .. }) => None,
        // Frozen in the same state: nothing moves, and nothing is left of two different starts.
        Err(EstimatorError::ConstantSeries { .. }) => None,
        Ok(Thermalization::StillDrifting { what, z }) => {
            let apart = if z.is_finite() { format!("by {z:.1} standard errors") } else { "and do not move".to_owned() };
            Some(Unsettled { reason: format!("{what:?} differ {apart}"), needed: 0 })
        }
        Ok(Thermalization::TooShort { needed }) => {
            Some(Unsettled { reason: format!("autocorrelations need {needed} sweeps"), needed: needed as u64 })
        }
        Err(other) => return Err(other.into()),
    })
}
