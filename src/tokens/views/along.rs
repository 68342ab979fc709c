//! Mean surprisal, entropy, heat capacity and participation ratio at each position of many independent texts.

use super::curve::mean_over_contexts;
use super::text::{Generated, Step};
use crate::estimators::Estimate;
use crate::units::Temperature;

/// Means over texts at one position.
#[derive(Clone, Copy, Debug)]
pub struct PositionMean {
    /// Number of the token in its text after the prompt, from 1.
    pub position: usize,
    /// Mean surprisal of the token that stands there, in nats; the errors of all four are those of independent texts.
    pub surprisal: Estimate,
    /// Mean entropy of the distribution there, in nats.
    pub entropy: Estimate,
    /// Mean heat capacity.
    pub heat_capacity: Estimate,
    /// Mean of 1/sum p^2.
    pub participation_ratio: Estimate,
}

/// Who wrote the texts that the contexts come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextOrigin {
    /// Texts the model wrote at the temperature: other contexts at every temperature.
    SelfGenerated,
    /// Texts given to it: the same contexts at every temperature.
    Given,
}

impl ContextOrigin {
    /// The name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SelfGenerated => "self-generated",
            Self::Given => "given",
        }
    }
}

/// Means along the texts, and their balance.
#[derive(Clone, Debug)]
pub struct AlongText {
    /// Who wrote the texts.
    pub contexts: ContextOrigin,
    /// Temperature of every distribution.
    pub temperature: Temperature,
    /// One entry per position, as far as the longest text goes; a position that one text alone reaches has no error.
    pub positions: Vec<PositionMean>,
    /// Mean surprisal per token over all positions, with the error of independent texts.
    pub surprisal: Estimate,
    /// Mean entropy per token over all positions, with the error of independent texts.
    pub entropy: Estimate,
    /// Mean of surprisal - entropy over all tokens, with standard error sqrt(sum C)/n.
    ///
    /// Surprisal - entropy = beta (E - U) has mean 0 and variance C given all tokens before it if the tokens were drawn
    /// at this temperature, so for self-generated text the balance is 0 within its error at every temperature, correlated
    /// as the tokens are. For a given text it is what the thermometer brings to 0.
    pub balance: Estimate,
    /// Number of texts.
    pub n_texts: usize,
}

/// Means along texts that the model wrote itself at `temperature`: the contexts change with it.
#[must_use]
pub fn along_text(temperature: Temperature, texts: &[Generated]) -> AlongText {
    along(ContextOrigin::SelfGenerated, temperature, texts.iter().map(|text| text.steps.as_slice()).collect())
}

/// Means along given texts as the model read them at `temperature` (see `read_text`): the contexts are the same at every
/// temperature.
#[must_use]
pub fn along_given_text(temperature: Temperature, texts: &[Vec<Step>]) -> AlongText {
    along(ContextOrigin::Given, temperature, texts.iter().map(Vec::as_slice).collect())
}

fn along(contexts: ContextOrigin, temperature: Temperature, mut texts: Vec<&[Step]>) -> AlongText {
    texts.retain(|text| !text.is_empty());
    let longest = texts.iter().map(|text| text.len()).max().unwrap_or(0);
    let mean = |at: usize, f: fn(&Step) -> f64| mean_over_contexts(texts.iter().filter_map(|t| t.get(at)).map(f));
    let position = |at: usize| PositionMean {
        position: at + 1,
        surprisal: mean(at, |s| s.surprisal),
        entropy: mean(at, |s| s.entropy),
        heat_capacity: mean(at, |s| s.heat_capacity),
        participation_ratio: mean(at, |s| s.participation_ratio),
    };
    let of_text =
        |f: fn(&Step) -> f64| mean_over_contexts(texts.iter().map(|t| t.iter().map(f).sum::<f64>() / t.len() as f64));
    let all = || texts.iter().copied().flatten();
    let n = all().count() as f64;
    let excess: f64 = all().map(|s| s.surprisal - s.entropy).sum();
    let information: f64 = all().map(|s| s.heat_capacity).sum();
    AlongText {
        contexts,
        temperature,
        positions: (0..longest).map(position).collect(),
        surprisal: of_text(|s| s.surprisal),
        entropy: of_text(|s| s.entropy),
        balance: Estimate::new(excess / n, information.sqrt() / n, n),
        n_texts: texts.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(surprisal: f64) -> Step {
        let token = String::new();
        Step { id: 0, token, surprisal, entropy: 1.0, heat_capacity: 2.0, participation_ratio: 3.0 }
    }

    #[test]
    fn means_are_over_the_texts_that_reach_a_position() {
        let along = along_given_text(Temperature::ZERO, &[vec![step(1.0), step(5.0)], vec![step(3.0)], vec![]]);
        assert_eq!((along.n_texts, along.positions.len()), (2, 2));
        let first = along.positions[0];
        assert_eq!((first.position, first.surprisal.value, first.surprisal.std_error), (1, 2.0, 1.0));
        assert_eq!(along.positions[1].surprisal.value, 5.0);
        assert!(along.positions[1].surprisal.std_error.is_nan());
        assert_eq!((along.surprisal.value, along.entropy.value), (3.0, 1.0));
        assert_eq!((along.balance.value, along.balance.std_error), (2.0, 6f64.sqrt() / 3.0));
    }
}
