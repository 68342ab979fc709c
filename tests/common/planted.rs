//! Samplers of tokens with a known fault each, for tests that must find it.

// Each test binary uses its own part.
#![allow(dead_code)]

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::rng::{index, uniform};
use gibbs::samplers::Alias;
use gibbs::tokens::truncation::{Pipeline, TemperatureOrder, Truncation};
use gibbs::units::Temperature;
use rand::Rng;

/// A sampler that was asked for softmax at a temperature, and what it does instead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Planted {
    /// What it was asked for.
    Correct,
    /// Divides the logits by T twice: the temperature is T^2.
    TemperatureTwice,
    /// Forgets T: the temperature is 1.
    TemperatureNot,
    /// Draws from the k most likely tokens only.
    HiddenTopK(u64),
    /// Draws from the smallest set of most likely tokens with mass p only.
    HiddenTopP(f64),
    /// Draws from the tokens with at least this share of the largest probability only.
    HiddenMinP(f64),
    /// The largest of logit/T plus Gumbel noise whose uniform lies in [1e-7, 0.999), as in candle's `GumbelSoftmax`: the
    /// noise ends at 6.91, so likely tokens win too often and no token more than 9.7 T below the largest ever does.
    CappedGumbel,
    /// Inverse CDF in double precision with uniforms k/2^24: the tail beyond 1 - 2^-24 does not exist, and of tokens
    /// much rarer than 2^-24 a few stand for all. At the probabilities of 20 000 draws this cannot be seen.
    Uniform24Bits,
    /// The race p_i/q_i in single precision, q_i exponential from 24-bit uniforms and not below 2^-24: a token rarer
    /// than 2^-24 / 17 relative to the most likely one never wins, however many of them there are.
    Race24Bits,
    /// Correct, but with this probability the token is a forbidden one; correct where none is forbidden.
    ForbiddenDrawn {
        /// Probability of a forbidden token.
        rate: f64,
    },
    /// Was asked for the temperature and then this truncation; truncates at T = 1 and heats what is left.
    WrongOrder(Truncation),
}

/// A planted sampler with its tables for one spectrum and temperature.
#[derive(Clone, Debug)]
pub enum Prepared {
    Table(Alias),
    Gumbel { ln_p: Vec<f64> },
    Inverse { cumulative: Vec<f64> },
    Race { p: Vec<f32> },
    Forbidden { table: Alias, forbidden: Vec<usize>, rate: f64 },
}

impl Planted {
    /// Tables for draws from `spectrum` at `temperature`.
    pub fn prepare(self, spectrum: &Spectrum, temperature: Temperature) -> Prepared {
        let t = temperature.get();
        let at = |t: f64| Prepared::Table(Alias::new(&Canonical::new(spectrum, Temperature::new(t).unwrap().beta())));
        let truncated = |truncation: Truncation, order| {
            let pipeline = Pipeline::new(vec![truncation], None, Some(order)).unwrap();
            let kept = pipeline.apply(spectrum, temperature).unwrap();
            Prepared::Table(Alias::new(&Canonical::new(&kept.spectrum, kept.beta)))
        };
        let ensemble = Canonical::new(spectrum, temperature.beta());
        match self {
            Self::Correct => at(t),
            Self::TemperatureTwice => at(t * t),
            Self::TemperatureNot => at(1.0),
            Self::HiddenTopK(k) => truncated(Truncation::top_k(k).unwrap(), TemperatureOrder::First),
            Self::HiddenTopP(p) => truncated(Truncation::top_p(p).unwrap(), TemperatureOrder::First),
            Self::HiddenMinP(ratio) => truncated(Truncation::min_p(ratio).unwrap(), TemperatureOrder::First),
            Self::WrongOrder(truncation) => truncated(truncation, TemperatureOrder::Last),
            Self::CappedGumbel => {
                Prepared::Gumbel { ln_p: (0..spectrum.len()).map(|i| ensemble.ln_probability(i)).collect() }
            }
            Self::Uniform24Bits => {
                let mut sum = 0.0;
                let running = |p: f64| {
                    sum += p;
                    sum
                };
                Prepared::Inverse { cumulative: ensemble.probabilities().into_iter().map(running).collect() }
            }
            Self::Race24Bits => Prepared::Race { p: ensemble.probabilities().into_iter().map(|p| p as f32).collect() },
            Self::ForbiddenDrawn { rate } => Prepared::Forbidden {
                table: Alias::new(&ensemble),
                forbidden: (0..spectrum.len()).filter(|&i| spectrum.is_forbidden(i)).collect(),
                rate,
            },
        }
    }
}

impl Prepared {
    /// The index of one token.
    pub fn draw<R: Rng + ?Sized>(&self, rng: &mut R) -> usize {
        match self {
            Self::Table(table) => table.draw(rng),
            Self::Gumbel { ln_p } => first_largest(ln_p.iter().map(|ln_p| ln_p - (-capped_uniform(rng).ln()).ln())),
            Self::Inverse { cumulative } => inverse(cumulative, f64::from(bits_24(rng)) / f64::from(1u32 << 24)),
            Self::Race { p } => first_largest(p.iter().map(|p| p / exponential_24(rng))),
            Self::Forbidden { table, forbidden, rate } => {
                if !forbidden.is_empty() && uniform(rng) <= *rate {
                    forbidden[index(rng, forbidden.len() as u64) as usize]
                } else {
                    table.draw(rng)
                }
            }
        }
    }
}

fn bits_24<R: Rng + ?Sized>(rng: &mut R) -> u32 {
    (rng.next_u64() >> 40) as u32
}

/// The uniform behind candle's noise, in [1e-7, 0.999).
pub fn capped_uniform<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    1e-7 + (0.999 - 1e-7) * f64::from(bits_24(rng)) / f64::from(1u32 << 24)
}

/// An exponential number in single precision from a uniform k/2^24 in (0, 1], not below 2^-24.
pub fn exponential_24<R: Rng + ?Sized>(rng: &mut R) -> f32 {
    let u = (bits_24(rng) + 1) as f32 / (1u32 << 24) as f32;
    (-u.ln()).max(f32::EPSILON / 2.0)
}

/// The level whose part of [0, 1) holds u.
pub fn inverse(cumulative: &[f64], u: f64) -> usize {
    cumulative.partition_point(|&sum| sum <= u).min(cumulative.len() - 1)
}

fn first_largest<T: PartialOrd + Copy>(values: impl Iterator<Item = T>) -> usize {
    let mut best: Option<(usize, T)> = None;
    for (i, value) in values.enumerate() {
        if best.is_none_or(|(_, largest)| value > largest) {
            best = Some((i, value));
        }
    }
    best.unwrap().0
}
