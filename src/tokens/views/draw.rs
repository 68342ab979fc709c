//! Many independent tokens from one context, as a position that the thermometer reads.

use rand::Rng;

use crate::ensemble::Canonical;
use crate::samplers::Alias;
use crate::tokens::truncation::Pipeline;
use crate::tokens::{Draw, Position, TokensError};
use crate::units::Temperature;

/// `n` draws from what the truncations of `pipeline` leave of `context`, which lists every token, at `temperature`,
/// recorded with the whole of it.
///
/// # Errors
///
/// A context that cannot be truncated.
pub fn draw<R: Rng + ?Sized>(
    context: &Position,
    temperature: Temperature,
    pipeline: &Pipeline,
    n: u32,
    rng: &mut R,
) -> Result<Position, TokensError> {
    let kept = pipeline.apply(&context.listed, temperature)?;
    let sampler = Alias::new(&Canonical::new(&kept.spectrum, kept.beta));
    Ok(Position {
        drawn: (0..n).map(|_| Draw::Listed(sampler.draw(rng))).collect(),
        ..Position::full(&context.origin, context.listed.clone())
    })
}
