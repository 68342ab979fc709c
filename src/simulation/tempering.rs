//! Replica exchange over all temperatures at once, on a ladder found by a pilot run.

use super::replicated::{Measured, Plan, Recorder, Start, thermalized};
use super::{Budget, DEFAULT_SWEEPS, EXPERIMENT, Row, Sampled, SamplerName, Settings, finish, observables};
use crate::estimators::{Moments, Series};
use crate::experiments::{ExperimentError, Tick};
use crate::model::Magnet;
use crate::rng::{Seed, StreamId};
use crate::samplers::{HeatBath, PilotPoint, Replica, Tempering, ladder_through};
use crate::simulation::measure::or_constant;
use crate::systems::System;
use crate::systems::{GlassFlip, OverRelaxation, SingleFlip};
use crate::units::{Beta, Temperature};

/// Rungs of the pilot run, in a geometric series.
const PILOT_RUNGS: usize = 24;
/// Acceptance of exchanges that the ladder is built for.
const ACCEPTANCE: f64 = 0.3;
/// Chains of fewer sites, taken together, run on one thread.
const SMALL: f64 = 4096.0;
/// First points of the random streams of the pilot, of starting states, and of the chains.
const PILOT: u32 = 1 << 24;
const STARTS: u32 = 2 << 24;
const CHAINS: u32 = 3 << 24;

/// Samples `system` at `temperatures`, which become rungs of one ladder up to where single spins relax quickly.
///
/// Each replica of the settings is a whole set of chains; the first two give the overlap of a spin glass.
///
/// # Errors
///
/// A temperature that is not positive and finite; a budget that is not a number of sweeps; sets that have not
/// forgotten their starts.
pub(super) fn run(
    system: &System,
    temperatures: &[Temperature],
    settings: &Settings,
    seed: Seed,
    tick: Tick<'_>,
) -> Result<Sampled, ExperimentError> {
    let job = Job { system, temperatures, settings, seed };
    match system {
        System::Ising(model) => job.run(model, |beta, state| SingleFlip::metropolis(model, beta, state), None, tick),
        System::Potts(model) => job.run(model, |beta, state| HeatBath::new(model, beta, state), None, tick),
        System::Xy(model) => job.run(model, |beta, state| OverRelaxation::new(model, beta, state), None, tick),
        System::Heisenberg(model) => job.run(model, |beta, state| OverRelaxation::new(model, beta, state), None, tick),
        System::SpinGlass(model) => {
            let make = |beta, state| GlassFlip::new(model, beta, state);
            job.run(model, make, Some(&|a, b| a.overlap(b).powi(2)), tick)
        }
        other => Err(ExperimentError::NotSampled { system: other.name() }),
    }
}

/// A function of the states of two sets at the same rung.
type Overlap<'a, M> = Option<&'a dyn Fn(&<M as crate::model::Model>::State, &<M as crate::model::Model>::State) -> f64>;

struct Job<'a> {
    system: &'a System,
    temperatures: &'a [Temperature],
    settings: &'a Settings,
    seed: Seed,
}

impl Job<'_> {
    fn run<M: Magnet, S: Replica<State = M::State> + Send>(
        &self,
        model: &M,
        make: impl Fn(Beta, M::State) -> S,
        overlap: Overlap<'_, M>,
        tick: Tick<'_>,
    ) -> Result<Sampled, ExperimentError> {
        let plan = self.plan()?;
        let betas = self.ladder(model, &make, plan)?;
        let place = |t: &Temperature| betas.iter().position(|beta| *beta == t.beta()).unwrap_or_default();
        let rungs: Vec<usize> = self.temperatures.iter().map(place).collect();
        let sets: Result<Vec<_>, _> = (0..plan.replicas)
            .map(|set| {
                let chains = self.chains(model, &make, &betas, set);
                self.tempering(chains, StreamId::new(EXPERIMENT, CHAINS, set))
            })
            .collect();
        let mut sets = sets?;
        let thermalization =
            thermalized(plan, |sweeps| record(&mut sets, model, &rungs, Plan { sweeps, ..plan }, |_| Ok(())))?;
        sets.iter_mut().for_each(Tempering::forget);
        let mut overlaps = vec![Series::new(1); rungs.len()];
        let records = record(&mut sets, model, &rungs, plan, |sets| {
            if let (Some(overlap), [a, b, ..]) = (overlap, sets) {
                for (series, &rung) in overlaps.iter_mut().zip(&rungs) {
                    series.push(&[overlap(a.chain(rung).state(), b.chain(rung).state())])?;
                }
            }
            Ok(())
        })?;
        let mut sampled = Sampled::default();
        let mut energies = Vec::new();
        for ((records, overlaps), &temperature) in records.into_iter().zip(&overlaps).zip(self.temperatures) {
            let measured = Measured::pooled(records)?;
            let rows = observables::rows(self.system, temperature, SamplerName::Tempering, &measured);
            sampled.rows.extend(rows.map_err(|error| error.at(temperature, plan.replicas))?);
            if overlaps.n_sweeps() > 0 {
                sampled.rows.push(Row::beside(
                    (temperature, SamplerName::Tempering),
                    observables::OVERLAP,
                    or_constant(overlaps.mean(0))?,
                    observables::exact_overlap(self.system, temperature),
                    true,
                ));
            }
            energies.push((temperature, measured.energies));
            tick();
        }
        sampled.notes.push(note(&sets, &betas, thermalization));
        finish(self.system, energies, self.settings, self.seed, &mut sampled)?;
        Ok(sampled)
    }

    fn plan(&self) -> Result<Plan, ExperimentError> {
        let sweeps = match self.settings.budget {
            None => DEFAULT_SWEEPS,
            Some(Budget::Sweeps(sweeps)) => sweeps,
            Some(_) => {
                return Err(ExperimentError::Setting {
                    name: "--error",
                    expected: "left out for tempering, which takes --sweeps",
                    value: self.system.name().to_owned(),
                });
            }
        };
        Ok(Plan { sweeps, replicas: self.settings.replicas, field: self.system.field() != 0.0 })
    }

    /// The temperatures asked for and one at which single spins relax quickly, rising.
    fn wanted(&self) -> Result<Vec<Temperature>, ExperimentError> {
        let mut wanted = self.temperatures.to_vec();
        if let Some(bad) = wanted.iter().find(|t| !(t.get() > 0.0 && t.get().is_finite())) {
            return Err(ExperimentError::Setting {
                name: "-T",
                expected: "positive and finite for tempering",
                value: bad.to_string(),
            });
        }
        let relaxed = self.system.mean_field_temperature().unwrap_or(0.0);
        let hottest = wanted.iter().fold(relaxed, |hottest, t| hottest.max(t.get()));
        wanted.push(Temperature::new(hottest)?);
        wanted.sort_by(|a, b| a.get().total_cmp(&b.get()));
        wanted.dedup();
        Ok(wanted)
    }

    fn chains<M: Magnet, S: Replica<State = M::State>>(
        &self,
        model: &M,
        make: &impl Fn(Beta, M::State) -> S,
        betas: &[Beta],
        set: u16,
    ) -> Vec<S> {
        let mut rng = self.seed.stream(StreamId::new(EXPERIMENT, STARTS, set));
        betas.iter().map(|&beta| make(beta, Start::of(set).state(model, &mut rng))).collect()
    }

    /// Exchange after every sweep; small systems are not worth the threads.
    fn tempering<S: Replica>(&self, chains: Vec<S>, stream: StreamId) -> Result<Tempering<S>, ExperimentError> {
        let small = self.system.exact().n_sites() * (chains.len() as f64) < SMALL;
        let tempering = Tempering::new(chains, 1, self.seed, stream)?;
        Ok(if small { tempering.on_one_thread() } else { tempering })
    }

    /// The rungs, coldest first.
    fn ladder<M: Magnet, S: Replica<State = M::State> + Send>(
        &self,
        model: &M,
        make: &impl Fn(Beta, M::State) -> S,
        plan: Plan,
    ) -> Result<Vec<Beta>, ExperimentError> {
        let wanted = self.wanted()?;
        let (cold, hot) = (wanted[0], wanted[wanted.len() - 1]);
        if cold == hot {
            return Ok(vec![cold.beta()]);
        }
        let ratio = (hot.get() / cold.get()).powf(1.0 / (PILOT_RUNGS - 1) as f64);
        let mut betas: Vec<Beta> = vec![cold.beta()];
        for k in 1..PILOT_RUNGS - 1 {
            betas.push(Temperature::new(cold.get() * ratio.powi(k as i32))?.beta());
        }
        betas.push(hot.beta());
        let chains = self.chains(model, make, &betas, 0);
        let mut pilot = self.tempering(chains, StreamId::new(EXPERIMENT, PILOT, 0))?;
        let sweeps = (plan.sweeps / 10).max(100);
        (0..sweeps).for_each(|_| pilot.advance());
        let mut moments = vec![Moments::default(); PILOT_RUNGS];
        for _ in 0..sweeps {
            pilot.advance();
            moments.iter_mut().zip(pilot.chains()).for_each(|(m, chain)| m.push(chain.energy()));
        }
        let variances = moments.iter().map(|m| m.variance().unwrap_or(0.0));
        let points: Vec<PilotPoint> =
            betas.iter().zip(variances).map(|(&beta, variance)| PilotPoint { beta, variance }).collect();
        Ok(ladder_through(&wanted, &points, self.settings.ladder, ACCEPTANCE)?)
    }
}

/// Advances all sets in step and records the chains at `rungs`: `[n_rungs][n_sets]`.
fn record<M: Magnet, S: Replica<State = M::State> + Send>(
    sets: &mut [Tempering<S>],
    model: &M,
    rungs: &[usize],
    plan: Plan,
    mut observe: impl FnMut(&[Tempering<S>]) -> Result<(), ExperimentError>,
) -> Result<Vec<Vec<Recorder>>, ExperimentError> {
    let mut records: Vec<Vec<Recorder>> =
        rungs.iter().map(|_| sets.iter().map(|_| Recorder::new(plan.sweeps, plan.field)).collect()).collect();
    for _ in 0..plan.sweeps {
        sets.iter_mut().for_each(Tempering::advance);
        for (own, &rung) in records.iter_mut().zip(rungs) {
            for (recorder, set) in own.iter_mut().zip(sets.iter()) {
                let chain = set.chain(rung);
                recorder.push(chain.energy(), model.magnetization(chain.state()))?;
            }
        }
        observe(sets)?;
    }
    Ok(records)
}

/// What the exchanges did.
fn note<S: Replica>(sets: &[Tempering<S>], betas: &[Beta], thermalization: u64) -> String {
    let first = &sets[0];
    let acceptances = (0..betas.len() - 1).map(|pair| first.acceptance(pair));
    let (low, high) = acceptances.fold((1.0f64, 0.0f64), |(low, high), a| (low.min(a), high.max(a)));
    let trips: u64 = sets.iter().map(Tempering::round_trips).sum();
    format!(
        "ladder of {} temperatures from {} to {}: {:.2} to {:.2} of the exchanges made, {trips} round trips, after {thermalization} sweeps",
        betas.len(),
        betas[0].temperature(),
        betas[betas.len() - 1].temperature(),
        low,
        high
    )
}
