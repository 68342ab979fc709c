//! Replicas of the chain of whole sequences at one temperature, run until they forget their starts, then measured.

use rayon::prelude::*;

use super::Sampled;
use crate::experiments::ExperimentError;
use crate::rng::TaskRng;
use crate::samplers::{Metropolis, Sampler, Schedule, run};
use crate::simulation::measure::{JACKKNIFE_BLOCKS, heat_capacity, or_constant, or_zero};
use crate::simulation::replicated::{Measured, Observable, Plan, Recorder, thermalized};
use crate::tokens::sequence::{NextToken, SequenceModel};
use crate::units::{Beta, Temperature};

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
    plan: Plan,
    is_ground: Option<IsGround<'_>>,
    stream: impl Fn(u16) -> TaskRng + Sync,
) -> Result<Sampled, ExperimentError> {
    let beta = temperature.beta();
    let model = SequenceModel::new(text, length, temperature)?;
    let mut chains = (0..plan.replicas)
        .into_par_iter()
        .map(|replica| {
            let mut rng = stream(replica);
            // In turn, as the judges of thermalization expect.
            let ordered = replica.is_multiple_of(2);
            let start = if ordered { model.greedy()? } else { model.draw(Beta::ZERO, &mut rng)?.0 };
            Ok((Metropolis::new(&model, beta, start), rng))
        })
        .collect::<Result<Vec<_>, ExperimentError>>()?;
    let mut record = |sweeps| -> Result<Vec<Recorder>, ExperimentError> {
        let one = |(chain, rng): &mut (Metropolis<'_, SequenceModel<'_, P>>, TaskRng)| {
            let (mut recorder, mut refused) = (Recorder::new(sweeps, plan.field), None);
            run(chain, Schedule { thermalization: 0, sweeps }, rng, |chain: &Metropolis<'_, SequenceModel<'_, P>>| {
                let ground = is_ground.is_some_and(|is_ground| is_ground(chain.state().tokens()));
                refused = refused.take().or(recorder.push(chain.energy(), f64::from(u8::from(ground))).err());
            });
            refused.map_or(Ok(recorder), |error| Err(error.into()))
        };
        chains.par_iter_mut().map(one).collect()
    };
    let thermalization = thermalized(plan, |sweeps| Ok(vec![record(sweeps)?]))?;
    let replicas = Measured::pooled(record(plan.sweeps)?)?.replicas;
    let acceptance = chains.iter().map(|(chain, _)| chain.acceptance()).sum::<f64>() / chains.len() as f64;
    drop(chains);
    model.into_failure()?;
    let most_likely = or_constant(replicas.mean(Observable::AbsMagnetization.index()))?;
    Ok(Sampled {
        energy: or_constant(replicas.mean(Observable::Energy.index()))?,
        heat_capacity: heat_capacity(or_zero(replicas.variance(Observable::Energy.index(), JACKKNIFE_BLOCKS))?, beta),
        most_likely: is_ground.map(|_| most_likely),
        acceptance,
        thermalization,
    })
}
