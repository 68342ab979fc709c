//! Replicas of the chain of whole sequences at one temperature, run until they forget their starts, then measured.

use super::SampledSequences;
use crate::experiments::ExperimentError;
use crate::rng::TaskRng;
use crate::samplers::Metropolis;
use crate::simulation::estimates::{JACKKNIFE_BLOCKS, heat_capacity, or_constant, or_zero};
use crate::simulation::replicas::ReplicatedRun;
use crate::simulation::{Control, Observable, Observables, RunLength, Start};
use crate::tokens::sequence::{NextToken, Sequence, SequenceModel};
use crate::units::{Beta, Dimension, Temperature};

/// Share of sweeps that ended in the most likely sequence.
const MOST_LIKELY: Observable = Observable::intensive("most_likely", Dimension::Number);

/// Says whether tokens are the most likely sequence.
pub(super) type IsGround<'a> = &'a (dyn Fn(&[u32]) -> bool + Sync);

/// Runs the replicas at `temperature` > 0, which is also that of the proposals, each with the generator `stream` gives it.
///
/// # Errors
///
/// The model refuses; replicas that do not forget their starts; a run too short for its autocorrelations.
pub(super) fn measure<P: NextToken + Sync>(
    text: &P,
    length: usize,
    temperature: Temperature,
    length_of_run: RunLength,
    is_ground: Option<IsGround<'_>>,
    stream: impl Fn(u16) -> TaskRng + Sync,
) -> Result<SampledSequences, ExperimentError> {
    let beta = temperature.beta();
    let model = SequenceModel::new(text, length, temperature)?;
    let observables = Observables::new().mean(MOST_LIKELY, |sequence: &Sequence| {
        f64::from(u8::from(is_ground.is_some_and(|is_ground| is_ground(sequence.tokens()))))
    });
    let make = |start, rng: &mut TaskRng| {
        let state = if start == Start::Ordered { model.greedy()? } else { model.draw(Beta::ZERO, rng)?.0 };
        Ok::<_, ExperimentError>(Metropolis::new(&model, beta, state))
    };
    let mut run = ReplicatedRun::start(make, &observables, length_of_run, stream, ())?;
    let thermalization = run.finish(&Control::default())?.settled()?;
    let acceptance = run.samplers().map(Metropolis::acceptance).sum::<f64>() / f64::from(length_of_run.replicas);
    let (recorded, _) = run.into_recorded()?;
    model.into_failure()?;
    let replicas = &recorded.replicas;
    let most_likely = or_constant(replicas.mean(1))?;
    Ok(SampledSequences {
        energy: or_constant(recorded.replicas.mean(0))?,
        heat_capacity: heat_capacity(or_zero(replicas.variance(0, JACKKNIFE_BLOCKS))?, beta),
        most_likely: is_ground.map(|_| most_likely),
        acceptance,
        thermalization,
    })
}
