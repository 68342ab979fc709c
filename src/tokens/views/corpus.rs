//! The corpus temperature of a model: T at which its mean energy equals that of real text.

use rayon::prelude::*;

use super::given_text::for_each_position;
use super::root::rising_root;
use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::estimators::Estimate;
use crate::tokens::TokensError;
use crate::tokens::models::LanguageModel;
use crate::units::Temperature;

/// Tokens of one block: longer than a verse or a speech, so that what one block says hardly depends on the next.
pub const BLOCK: usize = 64;
/// Blocks without which an error cannot be trusted.
pub const MIN_BLOCKS: usize = 4;
/// Temperatures from 1/4 to 4 at which the text is read.
const NODES: usize = 33;
/// ln of the highest of them.
const REACH: f64 = 2.0 * std::f64::consts::LN_2;

/// The corpus temperature, and what stands behind it.
#[derive(Clone, Copy, Debug)]
pub struct CorpusTemperature {
    /// T with sum_t E(x_t) = sum_t U_t(T), the maximum of likelihood. The error is that of blocks of [`BLOCK`] tokens: it
    /// holds however the tokens of a block depend on each other.
    pub temperature: Estimate,
    /// T/sqrt(sum_t C_t), the error if every token were a draw from the model at T: the two agree where it is right.
    pub information_error: f64,
    /// Number of scored tokens: all but the first.
    pub n_tokens: usize,
    /// Mean surprisal of the text at T = 1, its cross-entropy in nats per token.
    pub loss_at_one: f64,
    /// Mean surprisal at the corpus temperature: no other temperature has less.
    pub loss: f64,
    /// Mean entropy of the model at the corpus temperature, equal to `loss`.
    pub entropy: f64,
    /// Mean heat capacity there.
    pub heat_capacity: f64,
}

/// ln Z, U and Var E of a block, summed over its positions, at one node; energies measured from the text's own tokens.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    ln_z: f64,
    energy: f64,
    variance: f64,
}

/// The temperature at which `model` gives `text` the largest likelihood.
///
/// The condition is the thermometer's: the mean energy of the tokens that stand in the text equals the mean of the
/// model's energies U_t(T) in their contexts. The text is read once, at 33 temperatures from 1/4 to 4, and sums are
/// interpolated with their derivatives, which is exact to 1e-6 of T.
///
/// # Errors
///
/// A text of fewer than 4 blocks of 64 tokens, or that the model cannot read; one whose likelihood is largest outside
/// these temperatures.
///
/// # References
///
/// One temperature fitted to held-out text is the calibration of C. Guo et al., arXiv:1706.04599.
pub fn temperature(model: &LanguageModel, text: &str) -> Result<CorpusTemperature, TokensError> {
    temperature_of_passages(model, &[model.encode(text)?])
}

/// As [`temperature`], of independent passages of tokens: each is read on its own, its first token unscored, and no
/// block reaches from one into another.
///
/// # Errors
///
/// As [`temperature`]; a passage of fewer than two tokens.
pub fn temperature_of_passages(model: &LanguageModel, passages: &[Vec<u32>]) -> Result<CorpusTemperature, TokensError> {
    let temperatures: Vec<Temperature> =
        (0..NODES).map(node).map(|x| Temperature::new(x.exp())).collect::<Result<_, _>>()?;
    let mut blocks: Vec<Block> = Vec::new();
    for passage in passages {
        let before = blocks.len();
        for_each_position(model, passage, |position, spectrum, token| {
            let block = before + (position - 1) / BLOCK;
            if blocks.len() <= block {
                blocks.push(Block::default());
            }
            blocks[block].add(spectrum, token as usize, &temperatures);
            Ok(())
        })?;
    }
    if blocks.len() < MIN_BLOCKS {
        return Err(TokensError::Setting {
            name: "text",
            expected: "at least 4 blocks of 64 tokens long for a temperature with an error",
            value: format!("{} tokens", passages.iter().map(Vec::len).sum::<usize>()),
        });
    }
    fit(&blocks)
}

/// ln T of node `k`.
fn node(k: usize) -> f64 {
    REACH * (2.0 * k as f64 / (NODES - 1) as f64 - 1.0)
}

/// Consecutive tokens.
#[derive(Clone, Debug, Default)]
struct Block {
    n_tokens: usize,
    /// One entry per node.
    sums: Vec<Sums>,
}

impl Block {
    fn add(&mut self, spectrum: &Spectrum, token: usize, temperatures: &[Temperature]) {
        let own = spectrum.energy(token);
        let thermo: Vec<Thermo> =
            temperatures.par_iter().map(|t| Canonical::new(spectrum, t.beta()).thermo()).collect();
        self.n_tokens += 1;
        self.sums.resize(temperatures.len(), Sums::default());
        for (sums, t) in self.sums.iter_mut().zip(&thermo) {
            sums.ln_z += t.ln_z + t.beta.get() * own;
            sums.energy += t.energy - own;
            sums.variance += t.heat_capacity / t.beta.get().powi(2);
        }
    }

    /// The sums at ln T = `x`, from the nodes on both sides and the derivatives there: cubic Hermite polynomials.
    ///
    /// By x = ln T: d ln Z = beta U, d U = beta Var E; Var E between the nodes is the slope of the polynomial of U.
    fn at(&self, x: f64) -> Sums {
        let step = node(1) - node(0);
        let left = (((x - node(0)) / step) as usize).min(NODES - 2);
        let s = (x - node(left)) / step;
        let (a, b) = (self.sums[left], self.sums[left + 1]);
        let (beta_a, beta_b) = ((-node(left)).exp(), (-node(left + 1)).exp());
        let cubic = |a: f64, slope_a: f64, b: f64, slope_b: f64| {
            let (t, u) = (1.0 - s, s);
            t * t * ((1.0 + 2.0 * u) * a + u * step * slope_a) + u * u * ((1.0 + 2.0 * t) * b - t * step * slope_b)
        };
        let slope = |a: f64, slope_a: f64, b: f64, slope_b: f64| {
            let (t, u) = (1.0 - s, s);
            6.0 * t * u * (b - a) / step + t * (1.0 - 3.0 * u) * slope_a + u * (1.0 - 3.0 * t) * slope_b
        };
        Sums {
            ln_z: cubic(a.ln_z, beta_a * a.energy, b.ln_z, beta_b * b.energy),
            energy: cubic(a.energy, beta_a * a.variance, b.energy, beta_b * b.variance),
            variance: x.exp() * slope(a.energy, beta_a * a.variance, b.energy, beta_b * b.variance),
        }
    }
}

fn fit(blocks: &[Block]) -> Result<CorpusTemperature, TokensError> {
    let mut all = Block { n_tokens: 0, sums: vec![Sums::default(); NODES] };
    for block in blocks {
        all.n_tokens += block.n_tokens;
        for (sum, part) in all.sums.iter_mut().zip(&block.sums) {
            sum.ln_z += part.ln_z;
            sum.energy += part.energy;
            sum.variance += part.variance;
        }
    }
    let n = all.n_tokens as f64;
    let (low, high) = (all.at(-REACH).energy, all.at(REACH).energy);
    if !(low < 0.0 && high > 0.0) {
        return Err(TokensError::Setting {
            name: "the text",
            expected: "one whose mean energy the model has at a temperature from 1/4 to 4",
            value: if low < 0.0 { "a hotter one" } else { "a colder one" }.to_owned(),
        });
    }
    let slope = |x: f64| (-x).exp() * all.at(x).variance;
    let x = rising_root(|x| (all.at(x).energy, slope(x)), 0.0, -REACH, REACH);
    let (beta, found) = ((-x).exp(), all.at(x));
    let information = beta * beta * found.variance;
    // The score of a block is beta (U - E); those of all blocks add up to 0.
    let scores: f64 = blocks.iter().map(|block| (beta * block.at(x).energy).powi(2)).sum();
    let n_blocks = blocks.len() as f64;
    let sandwich = (n_blocks / (n_blocks - 1.0) * scores).sqrt() / information;
    let t = Temperature::new(x.exp())?.get();
    Ok(CorpusTemperature {
        temperature: Estimate::new(t, t * sandwich, n_blocks),
        information_error: t / information.sqrt(),
        n_tokens: all.n_tokens,
        loss_at_one: all.at(0.0).ln_z / n,
        loss: found.ln_z / n,
        entropy: (found.ln_z + beta * found.energy) / n,
        heat_capacity: information / n,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_between_nodes_are_those_of_the_ensemble() {
        let spectrum = Spectrum::new((0..400).map(|i| f64::from(i * i % 401) * 0.03).collect()).unwrap();
        let temperatures: Vec<Temperature> = (0..NODES).map(|k| Temperature::new(node(k).exp()).unwrap()).collect();
        let mut block = Block::default();
        block.add(&spectrum, 7, &temperatures);
        for k in 0..10 * (NODES - 1) {
            let x = node(0) + (k as f64 + 0.5) / 10.0 * (node(1) - node(0));
            let (beta, found) = (Temperature::new(x.exp()).unwrap().beta(), block.at(x));
            let exact = Canonical::new(&spectrum, beta).thermo();
            let variance = exact.heat_capacity / beta.get().powi(2);
            assert!((found.energy - (exact.energy - spectrum.energy(7))).abs() < 1e-5 * variance.sqrt(), "{x}");
            assert!((found.variance / variance - 1.0).abs() < 1e-4, "{x}: {} {variance}", found.variance);
        }
    }
}
