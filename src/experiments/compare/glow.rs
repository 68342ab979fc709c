//! Heating a body and heating a model: photons on Planck spectra with their colours, tokens on theirs with their text.

use super::config::Config;
use crate::ensemble::Canonical;
use crate::estimators::{Counts, Estimate};
use crate::experiments::error::ExperimentError;
use crate::experiments::glow::{self, Glowing, Measured};
use crate::experiments::tick::Tick;
use crate::rng::{Seed, Stream};
use crate::samplers::occupation_numbers;
use crate::tokens::Position;
use crate::units::{Temperature, UnitsError};

/// Bodies that glow, from the coldest to the hottest.
const BODIES: [(&str, f64); 4] =
    [("heating element", 1000.0), ("bulb", 2700.0), ("sun", 5778.0), ("blue star", 12_000.0)];
/// Wavelengths drawn \[nm\].
const RANGE: (f64, f64) = (100.0, 10_000.0);
/// Photons drawn from each body at most, however many particles are asked for: they are drawn one by one.
const MOST_PHOTONS: u64 = 10_000_000;
/// Ranks whose frequency is shown: 1, 2, 3, 4, 6, 8, 12, 16, ... up to this one.
const LAST_RANK: usize = 4096;

/// How often the token of some rank was drawn.
#[derive(Clone, Copy, Debug)]
pub struct RankShare {
    /// 1 for the most likely token.
    pub rank: usize,
    /// Its probability, mean over contexts.
    pub probability: Measured,
}

/// Token probabilities by rank at one temperature.
#[derive(Clone, Debug)]
pub struct TokenSpectrum {
    /// Sampling temperature.
    pub temperature: f64,
    /// Mean over contexts of the largest, second largest, ... probability, `[n_tokens]`.
    pub by_rank: Vec<f64>,
    /// The same from tokens drawn, at some ranks; those never drawn are left out.
    pub drawn: Vec<RankShare>,
    /// Mean entropy over contexts, in nats.
    pub entropy: f64,
    /// What the model wrote at that temperature, without the prompt.
    pub text: String,
}

/// Both halves of the figure.
#[derive(Clone, Debug)]
pub struct Glow {
    /// Hot bodies with their names, coldest first.
    pub bodies: Vec<(&'static str, Glowing)>,
    /// Hot models.
    pub tokens: Vec<TokenSpectrum>,
    /// Prompt that the texts continue.
    pub prompt: String,
}

/// Draws photons from the bodies, and tokens from `contexts` at the temperatures of `texts`, beside the exact spectra.
///
/// As many of either as `config` asks for (of photons at most 10^7 a body).
///
/// # Errors
///
/// The tables of the standard observer or a temperature are refused.
pub fn glow(
    config: &Config,
    contexts: &[Position],
    prompt: &str,
    texts: &[(Temperature, String)],
    seed: Seed,
    tick: Tick<'_>,
) -> Result<Glow, ExperimentError> {
    let temperatures: Vec<Temperature> =
        BODIES.iter().map(|(_, kelvin)| Temperature::new(*kelvin)).collect::<Result<_, UnitsError>>()?;
    let bodies = glow::run(&temperatures, config.particles.min(MOST_PHOTONS), RANGE, seed, tick)?;
    let tokens = (0..)
        .zip(texts)
        .map(|(number, (temperature, text))| {
            let mut rng = |context| seed.stream(Stream::GlowTokens { temperature: number, context }.id());
            token_spectrum(contexts, *temperature, text, config.tokens, &mut rng)
        })
        .collect();
    let bodies = BODIES.iter().map(|(name, _)| *name).zip(bodies).collect();
    Ok(Glow { bodies, tokens, prompt: prompt.to_owned() })
}

fn token_spectrum<R: rand::Rng>(
    contexts: &[Position],
    temperature: Temperature,
    text: &str,
    n_tokens: u64,
    rng: &mut impl FnMut(u16) -> R,
) -> TokenSpectrum {
    let n = contexts.len() as f64;
    let mut by_rank: Vec<f64> = Vec::new();
    let mut counts: Vec<Vec<u64>> = Vec::new();
    let mut entropy = 0.0;
    for (number, context) in (0..).zip(contexts) {
        let ensemble = Canonical::new(&context.listed, temperature.beta());
        entropy += ensemble.thermo().entropy / n;
        let occupation = occupation_numbers(&ensemble, n_tokens, &mut rng(number));
        let mut tokens: Vec<(f64, u64)> = ensemble.probabilities().into_iter().zip(occupation).collect();
        tokens.sort_by(|a, b| b.0.total_cmp(&a.0));
        by_rank.resize(by_rank.len().max(tokens.len()), 0.0);
        for (sum, (p, _)) in by_rank.iter_mut().zip(&tokens) {
            *sum += p / n;
        }
        counts.push(tokens.into_iter().map(|(_, count)| count).collect());
    }
    // 1, 2, 4, 8, ... and 3, 6, 12, ... between them.
    let powers = || std::iter::successors(Some(1usize), |rank| Some(2 * rank));
    let mut ranks: Vec<usize> =
        powers().zip(powers()).flat_map(|(a, b)| [a, 3 * b]).take_while(|r| *r <= 3 * LAST_RANK).collect();
    ranks.sort_unstable();
    let shown = ranks.into_iter().filter(|rank| *rank <= LAST_RANK.min(by_rank.len()));
    let drawn = shown.filter_map(|rank| rank_share(rank, by_rank[rank - 1], &counts, n_tokens)).collect();
    TokenSpectrum { temperature: temperature.get(), by_rank, drawn, entropy, text: text.to_owned() }
}

/// Mean over contexts of the frequency of the token of `rank`; `None` if it was never drawn.
fn rank_share(rank: usize, exact: f64, counts: &[Vec<u64>], n_tokens: u64) -> Option<RankShare> {
    let (mut value, mut variance, mut resolved, mut hits) = (0.0, 0.0, true, 0);
    for context in counts {
        let taken = context.get(rank - 1).copied().unwrap_or(0);
        let occupation = [n_tokens - taken, taken];
        let counts = Counts::new(&[0.0, 1.0], &occupation);
        let share = counts.share(|i| i == 1);
        value += share.value;
        variance += share.std_error.powi(2);
        resolved &= counts.is_resolved();
        hits += taken;
    }
    let n = counts.len() as f64;
    let estimate = Estimate::new(value / n, variance.sqrt() / n, n_tokens as f64 * n);
    (hits > 0).then_some(RankShare { rank, probability: Measured { exact, estimate, resolved } })
}
