//! Draws of tokens from logits as an engine has them, plain and truncated, each vocabulary read as seldom as possible.

use rand::Rng;

use super::blocks::{EVERYTHING, TokenBlocks};
use super::bounded::{BoundedTruncation, Membership};
use super::proposal::{Proposal, choose};
use crate::ensemble::{Canonical, Spectrum};
use crate::rng::index;
use crate::tokens::truncation::{Pipeline, Shortcut, Truncated, TruncationError};
use crate::units::Temperature;

/// Proposals of tokens by weight after which all thresholds are computed: more than chance needs.
const PROPOSALS: usize = 1000;
/// Tries to make one proposal, likewise.
const TRIES: usize = 20_000;

/// Draws tokens from logits in single precision, exactly as [`Pipeline::apply`] and [`Canonical`] say.
///
/// One pass finds the largest logit of every block of at most 16 tokens. A block is proposed in proportion to a bound of
/// its weights and a token of it with equal probabilities, which is accepted with the ratio of its weight to the bound. So
/// few weights are computed, and each probability is right to 1e-6 of itself, however small: uniforms have as many digits
/// as they need. Logits are subtracted in double precision. A forbidden token, of logit minus infinity, is never accepted.
///
/// Of a truncation the kept set is not made: a proposed token is kept or cut by bounds of the mass of the tokens before
/// it, one pass in single precision, in a few of ten thousand cases one in double precision, and where both leave it
/// undecided by the thresholds of all tokens. What cuts a token narrows the next proposal. top-k and min-p need no such
/// pass. Presets of engines whose ties or bounds differ, truncations after others than top-k and min-p, and those at
/// negative temperatures take all thresholds. A parameter within 1e-15 of a threshold may fall on either side of it.
///
/// Every T has a meaning: T = 0 is uniform over the tied maxima, T = infinity over all kept tokens, and a negative
/// temperature prefers the least logits. The memory for one vocabulary is kept between calls.
///
/// # Examples
///
/// ```
/// use gibbs::tokens::truncation::{Pipeline, Truncation};
/// use gibbs::rng::Seed;
/// use gibbs::tokens::TokenSampler;
/// use gibbs::units::Temperature;
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
    shortcut: Shortcut,
    temperature: Temperature,
    blocks: TokenBlocks,
    proposal: Proposal,
    /// Logits of the other sign, for negative temperatures.
    mirrored: Vec<f32>,
    tokens: Vec<u32>,
}

/// Result of a draw before all thresholds are computed.
enum Drawn {
    /// A token.
    Token(usize),
    /// This token if the thresholds keep it; if not, any.
    Undecided(usize),
    /// No token; the failure does not depend on the token.
    Nothing,
}

/// What is known about the kept tokens before all thresholds are computed.
enum KeptTokens<'a> {
    /// All are kept.
    All,
    /// Each can be decided by itself.
    Bounded(BoundedTruncation<'a>),
    /// They are among the listed ones, here truncated.
    Listed(Truncated),
    /// Nothing is known.
    Unknown,
}

impl TokenSampler {
    /// Draws at `temperature` of what `pipeline` keeps.
    #[must_use]
    pub fn new(pipeline: Pipeline, temperature: Temperature) -> Self {
        Self {
            shortcut: pipeline.shortcut(),
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
        let kept = self.pipeline.apply(&Spectrum::from_logits_f32(logits)?, self.temperature)?;
        match drawn {
            // A token that is cut must not make the others more or less likely.
            Drawn::Undecided(token) if !kept.spectrum.is_forbidden(token) => Ok(token),
            _ => Ok(choose(&weights(&kept), rng)),
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
        let Self { pipeline, shortcut, temperature, blocks, tokens, .. } = self;
        match kept_tokens(pipeline.upright(temperature.beta()), shortcut, *temperature, blocks, logits, tokens)? {
            KeptTokens::All => return Ok(true),
            KeptTokens::Bounded(bounded) => match bounded.membership(token) {
                Membership::Kept => return Ok(true),
                Membership::Cut(_) => return Ok(false),
                Membership::Undecided => {}
            },
            KeptTokens::Listed(kept) => {
                let place = tokens.iter().position(|&listed| listed as usize == token);
                return Ok(place.is_some_and(|place| !kept.spectrum.is_forbidden(place)));
            }
            KeptTokens::Unknown => {}
        }
        Ok(!pipeline.apply(&Spectrum::from_logits_f32(logits)?, *temperature)?.spectrum.is_forbidden(token))
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
        let Self { pipeline, shortcut, temperature, blocks, proposal, mirrored, tokens } = self;
        let seen = pipeline.upright(temperature.beta());
        if seen.is_none() {
            return Ok(Drawn::Nothing);
        }
        let beta = temperature.beta().get();
        let (beta, logits) = (beta.abs(), if beta < 0.0 { mirrored.as_slice() } else { logits });
        if beta == f64::INFINITY {
            blocks.at_least(logits, blocks.largest(), tokens);
            let n = tokens.len();
            return Ok(match pipeline.keeps_ties(n) {
                true => Drawn::Token(tokens[index(rng, n as u64) as usize] as usize),
                false => Drawn::Nothing,
            });
        }
        if !blocks.covers(beta) {
            return Ok(Drawn::Nothing);
        }
        Ok(match kept_tokens(seen, shortcut, *temperature, blocks, logits, tokens)? {
            KeptTokens::All => {
                proposal.prepare(blocks, beta, EVERYTHING);
                proposal.draw(blocks, logits, TRIES, rng).map_or(Drawn::Nothing, Drawn::Token)
            }
            KeptTokens::Bounded(bounded) => bounded_draw(&bounded, proposal, blocks, logits, beta, rng),
            KeptTokens::Listed(kept) => Drawn::Token(tokens[choose(&weights(&kept), rng)] as usize),
            KeptTokens::Unknown => Drawn::Nothing,
        })
    }
}

/// What is known of the kept tokens where the truncations see the beta `seen`; `tokens` are those listed.
fn kept_tokens<'a>(
    seen: Option<f64>,
    shortcut: &Shortcut,
    temperature: Temperature,
    blocks: &'a TokenBlocks,
    logits: &'a [f32],
    tokens: &mut Vec<u32>,
) -> Result<KeptTokens<'a>, TruncationError> {
    let (truncation, ties, rest) = match shortcut {
        Shortcut::KeepAll => return Ok(KeptTokens::All),
        Shortcut::OneTruncation(truncation, ties) => (truncation, ties, None),
        Shortcut::ShortList(truncation, ties, rest) => (truncation, ties, Some(rest)),
        Shortcut::AllThresholds => return Ok(KeptTokens::Unknown),
    };
    let bounded = seen
        .filter(|&seen| blocks.covers(seen))
        .and_then(|seen| BoundedTruncation::new(blocks, logits, seen, *truncation, *ties, tokens));
    Ok(match (bounded, rest) {
        (Some(bounded), None) => KeptTokens::Bounded(bounded),
        (Some(bounded), Some(rest)) if bounded.list(tokens) => {
            let few: Vec<f32> = tokens.iter().map(|&token| logits[token as usize]).collect();
            KeptTokens::Listed(rest.apply(&Spectrum::from_logits_f32(&few)?, temperature)?)
        }
        _ => KeptTokens::Unknown,
    })
}

/// Weights of all tokens.
fn weights(kept: &Truncated) -> Vec<f64> {
    Canonical::new(&kept.spectrum, kept.beta).weights()
}

/// Proposes tokens of narrower and narrower windows until one is kept.
fn bounded_draw<R: Rng + ?Sized>(
    bounded: &BoundedTruncation<'_>,
    proposal: &mut Proposal,
    blocks: &TokenBlocks,
    logits: &[f32],
    beta: f64,
    rng: &mut R,
) -> Drawn {
    let mut window = bounded.window();
    let mut cut: Option<usize> = None;
    proposal.prepare(blocks, beta, window);
    for _ in 0..PROPOSALS {
        let Some(token) = proposal.draw(blocks, logits, TRIES, rng) else { break };
        // Of equal tokens those behind one that is cut are, too.
        if cut.is_some_and(|cut| logits[token] == logits[cut] && token >= cut) {
            continue;
        }
        match bounded.membership(token) {
            Membership::Kept => return Drawn::Token(token),
            Membership::Cut([low, high]) => {
                cut = Some(token);
                window = [window[0].max(low), window[1].min(high)];
                proposal.prepare(blocks, beta, window);
            }
            Membership::Undecided => return Drawn::Undecided(token),
        }
    }
    Drawn::Nothing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;
    use crate::tokens::truncation::{Truncation, TruncationKind};

    #[test]
    fn ordinary_logits_are_drawn_without_thresholds() {
        let logits: Vec<f32> = (0..4000u32).map(|i| (i * 1571 % 4001) as f32 * 0.003).collect();
        let parameter = |kind| match kind {
            TruncationKind::TopK => 40.0,
            TruncationKind::TopNSigma => 1.5,
            TruncationKind::Epsilon | TruncationKind::Eta => 1e-4,
            _ => 0.5,
        };
        let truncation = |kind| Truncation::new(kind, parameter(kind)).unwrap();
        let mut pipelines: Vec<Vec<Truncation>> =
            TruncationKind::ALL.iter().map(|&kind| vec![truncation(kind)]).collect();
        pipelines.push(vec![truncation(TruncationKind::TopK), truncation(TruncationKind::TopP)]);
        pipelines.push(vec![truncation(TruncationKind::MinP), truncation(TruncationKind::Typical)]);
        let mut cases: Vec<(Vec<Truncation>, f64)> = pipelines.into_iter().map(|pipeline| (pipeline, 0.8)).collect();
        cases.extend([0.0, 0.8, f64::INFINITY, -0.8].map(|t| (Vec::new(), t)));
        for (truncations, t) in cases {
            let pipeline = Pipeline::new(truncations, None, None).unwrap();
            let mut sampler = TokenSampler::new(pipeline.clone(), Temperature::new(t).unwrap());
            sampler.read(&logits).unwrap();
            let mut rng = Seed(0).set_up();
            let is_drawn = |_: &usize| matches!(sampler.draw_by_bounds(&logits, &mut rng).unwrap(), Drawn::Token(_));
            let drawn = (0..200).filter(is_drawn).count();
            assert!(drawn >= 198, "{pipeline} at T = {t}: {drawn} of 200");
        }
    }
}
