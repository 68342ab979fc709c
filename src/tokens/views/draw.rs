//! Many independent tokens from one context, as a position that the thermometer reads.

use rand::Rng;

use crate::ensemble::Canonical;
use crate::experiments::ExperimentError;
use crate::experiments::compare::Context;
use crate::samplers::Alias;
use crate::tokens::truncation::Pipeline;
use crate::tokens::{Draw, Position};
use crate::units::Temperature;

/// `n` draws from what the truncations of `pipeline` leave of `context` at `temperature`, recorded with the whole of it.
///
/// # Errors
///
/// A context that cannot be truncated.
pub fn draw<R: Rng + ?Sized>(
    context: &Context,
    temperature: Temperature,
    pipeline: &Pipeline,
    n: u32,
    rng: &mut R,
) -> Result<Position, ExperimentError> {
    let kept = pipeline.apply(&context.spectrum, temperature)?;
    let sampler = Alias::new(&Canonical::new(&kept.spectrum, kept.beta));
    Ok(Position {
        origin: context.prompt.clone(),
        drawn: (0..n).map(|_| Draw::Listed(sampler.draw(rng))).collect(),
        listed: context.spectrum.clone(),
        unlisted: None,
        tokens: Vec::new(),
    })
}
