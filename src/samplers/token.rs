//! Draws of tokens from logits as an engine has them, plain and truncated, each vocabulary read as seldom as possible.

use rand::Rng;

use super::direct::InverseCdf;
use super::token_proposal::Proposal;
use crate::ensemble::truncation::{Judge, Pipeline, Route, TruncationError, Verdict};
use crate::ensemble::{Canonical, EVERYTHING, Spectrum, TokenBlocks};
use crate::rng::index;
use crate::units::Temperature;

/// Proposals of tokens by weight, and tries to make one, after which all admissions are computed: more than chance needs.
const PROPOSALS: usize = 1000;
const TRIES: usize = 20_000;

/// Draws tokens from logits in single precision, exactly as [`Pipeline::apply`] and [`Canonical`] say.
///
/// One pass finds the largest logit of every block of at most 16 tokens. A block is proposed in proportion to a bound of
/// its weights and a token of it with equal probabilities, which is accepted with the ratio of its weight to the bound. So
/// few weights are computed, and each probability is right to 1e-6 of itself, however small: uniforms have as many digits
/// as they need. Logits are subtracted in double precision. A forbidden token, of logit minus infinity, is never accepted.
///
/// Of a truncation the kept set is not made: a proposed token is kept or cut by bounds of the mass of the tokens before
/// it, one pass in single precision, in a few of ten thousand cases one in double precision, and where both are too close
/// to tell by all admissions. What cuts a token narrows the next proposal. top-k and min-p need no such pass. Presets of
/// engines whose ties or bounds differ, and truncations after others than top-k and min-p, take all admissions.
///
/// Every T has a meaning: T = 0 is uniform over the tied maxima, T = infinity over all kept tokens, and a negative
/// temperature prefers the least logits. The memory for one vocabulary is kept between calls.
///
/// # Examples
///
/// ```
/// use gibbs::ensemble::truncation::{Pipeline, Truncation};
/// use gibbs::{rng::Seed, samplers::TokenSampler, units::Temperature};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let pipeline = Pipeline::new(vec![Truncation::top_p(0.9)?], None, None)?;
/// let mut sampler = TokenSampler::new(pipeline, Temperature::new(0.8)?);
/// let logits = [f32::NEG_INFINITY, 9.0, 2.0, -1.0];
/// assert_eq!(sampler.draw(&logits, &mut Seed(1).set_up())?, 1);
/// assert!(!sampler.keeps(&logits, 2)?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TokenSampler {
    pipeline: Pipeline,
    route: Route,
    temperature: Temperature,
    blocks: TokenBlocks,
    proposal: Proposal,
    /// Logits of the other sign, for negative temperatures.
    mirrored: Vec<f32>,
    tokens: Vec<u32>,
}

/// What came out without all admissions.
enum Drawn {
    /// A token.
    Token(usize),
    /// A token, if it is kept, which only the admissions can tell; if not, any.
    Close(usize),
    /// Nothing, for reasons that have nothing to do with which token it would be.
    Nothing,
}

impl TokenSampler {
    /// Draws at `temperature` of what `pipeline` keeps.
    #[must_use]
    pub fn new(pipeline: Pipeline, temperature: Temperature) -> Self {
        Self {
            route: pipeline.route(),
            pipeline,
            temperature,
            blocks: TokenBlocks::default(),
            proposal: Proposal::default(),
            mirrored: Vec::new(),
            tokens: Vec::new(),
        }
    }

    /// One token of `logits`, `[vocab]`.
    ///
    /// # Errors
    ///
    /// No logit, NaN or plus infinity among them (named by index), or all forbidden.
    pub fn draw<R: Rng + ?Sized>(&mut self, logits: &[f32], rng: &mut R) -> Result<usize, TruncationError> {
        self.read(logits)?;
        let drawn = self.draw_by_bounds(logits, rng)?;
        if let Drawn::Token(token) = drawn {
            return Ok(token);
        }
        let kept = self.pipeline.apply(&spectrum(logits)?, self.temperature)?;
        match drawn {
            // One that is not to be had is no reason to draw others less or more often.
            Drawn::Close(token) if !kept.spectrum.is_forbidden(token) => Ok(token),
            _ => Ok(InverseCdf::new(&Canonical::new(&kept.spectrum, kept.beta)).draw(rng)),
        }
    }

    /// Whether `token` is among those kept of `logits`, `[vocab]`: whether it can be drawn at T > 0.
    ///
    /// # Errors
    ///
    /// As [`TokenSampler::draw`].
    pub fn keeps(&mut self, logits: &[f32], token: usize) -> Result<bool, TruncationError> {
        self.read(logits)?;
        if logits.get(token).is_none_or(|&logit| logit == f32::NEG_INFINITY) {
            return Ok(false);
        }
        match self.keeps_by_bounds(logits, token)? {
            Some(kept) => Ok(kept),
            None => Ok(!self.pipeline.apply(&spectrum(logits)?, self.temperature)?.spectrum.is_forbidden(token)),
        }
    }

    /// Reads the logits, with the sign that makes the most likely token the largest.
    fn read(&mut self, logits: &[f32]) -> Result<(), TruncationError> {
        if self.temperature.beta().get() < 0.0 {
            self.mirrored.clear();
            self.mirrored.extend(logits.iter().map(|&x| if x.is_finite() { -x } else { x }));
            self.blocks.read(&self.mirrored)?;
        } else {
            self.blocks.read(logits)?;
        }
        Ok(())
    }

    fn draw_by_bounds<R: Rng + ?Sized>(&mut self, logits: &[f32], rng: &mut R) -> Result<Drawn, TruncationError> {
        let Self { pipeline, route, temperature, blocks, proposal, mirrored, tokens } = self;
        let beta = temperature.beta();
        let Some(seen) = pipeline.seen_alike(beta).map(f64::abs) else { return Ok(Drawn::Nothing) };
        let (given, logits) = (logits, if beta.get() < 0.0 { mirrored.as_slice() } else { logits });
        let beta = beta.get().abs();
        if beta == f64::INFINITY {
            blocks.at_least(logits, blocks.largest(), tokens);
            let n = tokens.len();
            return Ok(match pipeline.keeps_ties(n) {
                true => Drawn::Token(tokens[index(rng, n as u64) as usize] as usize),
                false => Drawn::Nothing,
            });
        }
        if !blocks.covers(beta) || !blocks.covers(seen) {
            return Ok(Drawn::Nothing);
        }
        match route {
            Route::Listed => Ok(Drawn::Nothing),
            Route::Whole => {
                proposal.prepare(blocks, beta, EVERYTHING);
                Ok(proposal.draw(blocks, logits, TRIES, rng).map_or(Drawn::Nothing, Drawn::Token))
            }
            Route::One(truncation, ties) => {
                let judge = Judge::new(blocks, logits, seen, *truncation, *ties, tokens);
                Ok(judge.map_or(Drawn::Nothing, |judge| judged_draw(&judge, proposal, blocks, logits, beta, rng)))
            }
            Route::Few(truncation, ties, rest) => {
                let Some(judge) = Judge::new(blocks, logits, seen, *truncation, *ties, tokens) else {
                    return Ok(Drawn::Nothing);
                };
                if !list(&judge, blocks, logits, tokens) {
                    return Ok(Drawn::Nothing);
                }
                let few: Vec<f32> = tokens.iter().map(|&i| given[i as usize]).collect();
                let kept = rest.apply(&spectrum(&few)?, *temperature)?;
                let place = InverseCdf::new(&Canonical::new(&kept.spectrum, kept.beta)).draw(rng);
                Ok(Drawn::Token(tokens[place] as usize))
            }
        }
    }

    /// None where all admissions are needed.
    fn keeps_by_bounds(&mut self, logits: &[f32], token: usize) -> Result<Option<bool>, TruncationError> {
        let Self { pipeline, route, temperature, blocks, mirrored, tokens, .. } = self;
        let beta = temperature.beta();
        let Some(seen) = pipeline.seen_alike(beta).map(f64::abs) else { return Ok(None) };
        let (given, logits) = (logits, if beta.get() < 0.0 { mirrored.as_slice() } else { logits });
        if !blocks.covers(seen) {
            return Ok(None);
        }
        match route {
            Route::Listed => Ok(None),
            Route::Whole => Ok(Some(true)),
            Route::One(truncation, ties) => {
                let judge = Judge::new(blocks, logits, seen, *truncation, *ties, tokens);
                Ok(judge.and_then(|judge| match judge.verdict(token) {
                    Verdict::Kept => Some(true),
                    Verdict::Cut(_) => Some(false),
                    Verdict::Close => None,
                }))
            }
            Route::Few(truncation, ties, rest) => {
                let Some(judge) = Judge::new(blocks, logits, seen, *truncation, *ties, tokens) else { return Ok(None) };
                if !list(&judge, blocks, logits, tokens) {
                    return Ok(None);
                }
                let few: Vec<f32> = tokens.iter().map(|&i| given[i as usize]).collect();
                let kept = rest.apply(&spectrum(&few)?, *temperature)?;
                let place = tokens.iter().position(|&i| i as usize == token);
                Ok(Some(place.is_some_and(|place| !kept.spectrum.is_forbidden(place))))
            }
        }
    }
}

fn spectrum(logits: &[f32]) -> Result<Spectrum, TruncationError> {
    Ok(Spectrum::from_logits(&logits.iter().copied().map(f64::from).collect::<Vec<_>>())?)
}

/// Lists the tokens that `judge` keeps; false when one is too close to tell.
fn list(judge: &Judge<'_>, blocks: &TokenBlocks, logits: &[f32], tokens: &mut Vec<u32>) -> bool {
    blocks.at_least(logits, judge.window()[0], tokens);
    let mut told = true;
    tokens.retain(|&token| {
        let verdict = judge.verdict(token as usize);
        told &= verdict != Verdict::Close;
        verdict == Verdict::Kept
    });
    told
}

/// Proposes tokens of narrower and narrower windows until one is kept.
fn judged_draw<R: Rng + ?Sized>(
    judge: &Judge<'_>,
    proposal: &mut Proposal,
    blocks: &TokenBlocks,
    logits: &[f32],
    beta: f64,
    rng: &mut R,
) -> Drawn {
    let mut window = judge.window();
    let mut cut: Option<usize> = None;
    proposal.prepare(blocks, beta, window);
    for _ in 0..PROPOSALS {
        let Some(token) = proposal.draw(blocks, logits, TRIES, rng) else { break };
        // Of equal tokens those behind one that is cut are, too.
        if cut.is_some_and(|cut| logits[token] == logits[cut] && token >= cut) {
            continue;
        }
        match judge.verdict(token) {
            Verdict::Kept => return Drawn::Token(token),
            Verdict::Cut([low, high]) => {
                cut = Some(token);
                window = [window[0].max(low), window[1].min(high)];
                proposal.prepare(blocks, beta, window);
            }
            Verdict::Close => return Drawn::Close(token),
        }
    }
    Drawn::Nothing
}
