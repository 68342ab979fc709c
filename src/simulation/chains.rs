//! Which chain stands for which sampler of which model.

use super::SamplerName;
use super::replicated::{Measured, Plan, Start, measure};
use crate::experiments::ExperimentError;
use crate::model::{ClusterModel, Magnet};
use crate::rng::TaskRng;
use crate::samplers::{HeatBath, Metropolis, Sampler, SwendsenWang, Wolff};
use crate::systems::{Checkerboard, GlassFlip, OverRelaxation, SingleFlip, VectorHeatBath};
use crate::systems::{Ising, Potts, System, VectorModel};
use crate::units::Beta;

/// Sweeps in which a cluster chain finds the number of clusters of an advance.
const TUNING: u64 = 50;

/// One temperature of one system.
#[derive(Clone, Copy)]
pub(super) struct Point {
    pub beta: Beta,
    pub sampler: SamplerName,
    pub plan: Plan,
}

/// Runs the replicas of a lattice model.
///
/// # Errors
///
/// As [`measure`]; a system that is no lattice model.
pub(super) fn lattice(
    system: &System,
    point: Point,
    stream: impl Fn(u16) -> TaskRng + Sync,
) -> Result<Measured, ExperimentError> {
    match system {
        System::Ising(model) => ising(model, point, stream),
        System::Potts(model) => potts(model, point, stream),
        System::Xy(model) => vector(model, point, stream),
        System::Heisenberg(model) => vector(model, point, stream),
        System::SpinGlass(model) => {
            run(model, point.plan, stream, |state, _| Ok(GlassFlip::new(model, point.beta, state)))
        }
        other => Err(ExperimentError::NotSampled { system: other.name() }),
    }
}

/// Runs chains over the states of `model` itself.
fn run<M: Magnet + Sync, S: Sampler<State = M::State> + Send>(
    model: &M,
    plan: Plan,
    stream: impl Fn(u16) -> TaskRng + Sync,
    make: impl Fn(M::State, &mut TaskRng) -> Result<S, ExperimentError> + Sync,
) -> Result<Measured, ExperimentError> {
    let make = |start: Start, rng: &mut TaskRng| {
        let state = start.state(model, rng);
        make(state, rng)
    };
    measure(make, |chain: &S| model.magnetization(chain.state()), plan, stream)
}

fn clusters<M: ClusterModel + Magnet + Sync>(
    model: &M,
    point: Point,
    stream: impl Fn(u16) -> TaskRng + Sync,
) -> Result<Measured, ExperimentError>
where
    M::State: Send,
    M::Spin: Send,
{
    let Point { beta, sampler, plan } = point;
    if sampler == SamplerName::SwendsenWang {
        return run(model, plan, stream, |state, _| Ok(SwendsenWang::new(model, beta, state)?));
    }
    run(model, plan, stream, |state, rng| {
        let mut chain = Wolff::new(model, beta, state)?;
        chain.tune(TUNING, rng);
        Ok(chain)
    })
}

fn metropolis<M: Magnet + Sync>(
    model: &M,
    point: Point,
    stream: impl Fn(u16) -> TaskRng + Sync,
) -> Result<Measured, ExperimentError>
where
    M::State: Send,
{
    run(model, point.plan, stream, |state, _| Ok(Metropolis::new(model, point.beta, state)))
}

/// Single flips are bit-sliced where they can be.
fn ising(model: &Ising, point: Point, stream: impl Fn(u16) -> TaskRng + Sync) -> Result<Measured, ExperimentError> {
    let Point { beta, sampler, plan } = point;
    let sliced = Checkerboard::applies(model) && beta.get().is_finite();
    match sampler {
        SamplerName::Metropolis if sliced => {
            checkerboard(plan, stream, |rng| Ok(Checkerboard::metropolis(model, beta, rng)?))
        }
        SamplerName::HeatBath if sliced => {
            checkerboard(plan, stream, |rng| Ok(Checkerboard::heat_bath(model, beta, rng)?))
        }
        SamplerName::Metropolis => run(model, plan, stream, |state, _| Ok(SingleFlip::metropolis(model, beta, state))),
        SamplerName::HeatBath => run(model, plan, stream, |state, _| Ok(SingleFlip::heat_bath(model, beta, state))),
        _ => clusters(model, point, stream),
    }
}

fn checkerboard<'a>(
    plan: Plan,
    stream: impl Fn(u16) -> TaskRng + Sync,
    ordered: impl Fn(&mut TaskRng) -> Result<Checkerboard<'a>, ExperimentError> + Sync,
) -> Result<Measured, ExperimentError> {
    let make = |start: Start, rng: &mut TaskRng| {
        let chain = ordered(rng)?;
        Ok(if start == Start::Ordered { chain } else { chain.disordered() })
    };
    measure(make, |chain: &Checkerboard<'_>| chain.state().magnetization() as f64, plan, stream)
}

fn vector<const D: usize>(
    model: &VectorModel<D>,
    point: Point,
    stream: impl Fn(u16) -> TaskRng + Sync,
) -> Result<Measured, ExperimentError> {
    match point.sampler {
        SamplerName::Metropolis => metropolis(model, point, stream),
        SamplerName::HeatBath => {
            run(model, point.plan, stream, |state, _| Ok(VectorHeatBath::new(model, point.beta, state)))
        }
        SamplerName::OverRelaxation => {
            run(model, point.plan, stream, |state, _| Ok(OverRelaxation::new(model, point.beta, state)))
        }
        _ => clusters(model, point, stream),
    }
}

fn potts(model: &Potts, point: Point, stream: impl Fn(u16) -> TaskRng + Sync) -> Result<Measured, ExperimentError> {
    match point.sampler {
        SamplerName::Metropolis => metropolis(model, point, stream),
        SamplerName::HeatBath => run(model, point.plan, stream, |state, _| Ok(HeatBath::new(model, point.beta, state))),
        _ => clusters(model, point, stream),
    }
}

/// Runs `system` at infinite temperature, where every chain forgets its state in a few sweeps.
pub(super) fn infinite_temperature(
    system: &System,
    sweeps: u64,
    stream: impl Fn(u16) -> TaskRng + Sync,
) -> Result<Measured, ExperimentError> {
    let plan = Plan { sweeps, replicas: 1, field: false };
    lattice(system, Point { beta: Beta::ZERO, sampler: SamplerName::HeatBath, plan }, stream)
}
