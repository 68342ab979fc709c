//! How many tokens the truncations leave at each temperature, and why temperature may change nothing.

use crate::ensemble::Canonical;
use crate::tokens::truncation::{Pipeline, Stage, TemperatureOrder, Truncated, Truncation};
use crate::tokens::{Position, TokensError};
use crate::units::Temperature;

/// A token at least this likely at every temperature hides all others.
const NEARLY_CERTAIN: f64 = 0.999;

/// What the truncations do at one temperature.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps {
    /// T.
    pub temperature: Temperature,
    /// Each truncation, in the order they act.
    pub stages: Vec<Stage>,
}

/// Why temperature changes nothing, or less than it could.
#[derive(Clone, Debug, PartialEq)]
pub enum NoEffect {
    /// The same single token is left at every temperature: behind this truncation, or from the start.
    OneToken(Option<Truncation>),
    /// The same tokens, this many, are left at every temperature, and all are equally likely.
    EquallyLikely(usize),
    /// The same token has at least this probability at every temperature above 0.
    NearlyCertain(f64),
    /// A single token is left at these temperatures, though not at all.
    OneTokenAt(Vec<Temperature>),
    /// The truncations stand before the temperature and keep the same tokens, this many, at every temperature.
    SameTokens(usize),
}

/// What the truncations do to one context.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The prompt, or where it stands in its source.
    pub context: String,
    /// Number of its tokens that are possible at all.
    pub n_tokens: usize,
    /// One for each temperature.
    pub steps: Vec<Steps>,
    /// Why temperature changes nothing, where that is so.
    pub no_effect: Option<NoEffect>,
}

/// What the truncations of `pipeline` do to the tokens of `context` at each of `temperatures`.
///
/// # Errors
///
/// A spectrum that cannot be truncated.
///
/// # Examples
///
/// ```
/// use gibbs::ensemble::Spectrum;
/// use gibbs::tokens::Position;
/// use gibbs::tokens::truncation::{Pipeline, Truncation};
/// use gibbs::tokens::views::{NoEffect, explanation};
/// use gibbs::units::Temperature;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let context = Position::full("a prompt", Spectrum::from_logits(&[2.0, 1.0, 0.0])?);
/// let greedy = Truncation::top_k(1)?;
/// let pipeline = Pipeline::new(vec![greedy], None, None)?;
/// let temperatures = [Temperature::new(0.5)?, Temperature::new(2.0)?];
/// let found = explanation(&context, &temperatures, &pipeline)?;
/// assert_eq!(found.steps[1].stages[0].n_kept, 1);
/// assert_eq!(found.no_effect, Some(NoEffect::OneToken(Some(greedy))));
/// # Ok(())
/// # }
/// ```
pub fn explanation(
    context: &Position,
    temperatures: &[Temperature],
    pipeline: &Pipeline,
) -> Result<Explanation, TokensError> {
    let spectrum = &context.listed;
    let mut steps = Vec::new();
    let mut left = Vec::new();
    for &temperature in temperatures {
        steps.push(Steps { temperature, stages: pipeline.stages(spectrum, temperature)? });
        left.push(pipeline.apply(spectrum, temperature)?);
    }
    let no_effect = no_effect(&steps, &left, pipeline);
    let n_tokens = (0..spectrum.len()).filter(|&i| !spectrum.is_forbidden(i)).count();
    Ok(Explanation { context: context.origin.clone(), n_tokens, steps, no_effect })
}

fn no_effect(steps: &[Steps], left: &[Truncated], pipeline: &Pipeline) -> Option<NoEffect> {
    let first = left.first()?;
    let tokens = |kept: &Truncated| (0..kept.spectrum.len()).map(|i| kept.spectrum.is_forbidden(i)).collect::<Vec<_>>();
    let same = left.iter().all(|kept| kept.n_kept == first.n_kept) && {
        let of_first = tokens(first);
        left.iter().all(|kept| tokens(kept) == of_first)
    };
    if same && first.n_kept == 1 {
        let n_stages = steps.first().map_or(0, |steps| steps.stages.len());
        let alone = |&k: &usize| steps.iter().all(|steps| steps.stages[k].n_kept == 1);
        let by = (0..n_stages).find(alone).map(|k| steps[0].stages[k].truncation);
        return Some(NoEffect::OneToken(by));
    }
    if same && first.spectrum.highest_excitation() == 0.0 {
        return Some(NoEffect::EquallyLikely(first.n_kept));
    }
    // At T = 0 one token is certain, which is no surprise.
    let warm = || steps.iter().zip(left).filter(|(steps, _)| steps.temperature != Temperature::ZERO);
    let likeliest: Vec<(usize, f64)> = warm().map(|(_, kept)| likeliest(kept)).collect();
    let least = likeliest.iter().map(|&(_, p)| p).fold(1.0, f64::min);
    let same_token = likeliest.first().is_some_and(|(token, _)| likeliest.iter().all(|(other, _)| other == token));
    if same_token && least >= NEARLY_CERTAIN {
        return Some(NoEffect::NearlyCertain(least));
    }
    let alone = warm().filter(|(_, kept)| kept.n_kept == 1);
    let alone: Vec<Temperature> = alone.map(|(steps, _)| steps.temperature).collect();
    if !alone.is_empty() {
        return Some(NoEffect::OneTokenAt(alone));
    }
    let last = pipeline.temperature_order() == TemperatureOrder::Last && !pipeline.keeps_all();
    (last && left.len() > 1).then_some(NoEffect::SameTokens(first.n_kept))
}

/// The most likely of the tokens kept, and its probability.
fn likeliest(kept: &Truncated) -> (usize, f64) {
    let ensemble = Canonical::new(&kept.spectrum, kept.beta);
    let probabilities = (0..kept.spectrum.len()).map(|i| (i, ensemble.probability(i)));
    probabilities.fold((0, 0.0), |best, next| if next.1 > best.1 { next } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::Spectrum;

    fn found(
        logits: &[f64],
        temperatures: &[f64],
        truncations: Vec<Truncation>,
        order: TemperatureOrder,
    ) -> Explanation {
        let context = Position::full("x", Spectrum::from_logits(logits).unwrap());
        let temperatures: Vec<Temperature> = temperatures.iter().map(|&t| Temperature::new(t).unwrap()).collect();
        explanation(&context, &temperatures, &Pipeline::new(truncations, None, Some(order)).unwrap()).unwrap()
    }

    #[test]
    fn every_reason_is_found_where_it_holds_and_nowhere_else() {
        use TemperatureOrder::{First, Last};
        let logits = [3.0, 2.0, 1.0, 0.0, f64::NEG_INFINITY];
        let (top_k, top_p) = (|k| Truncation::top_k(k).unwrap(), |p| Truncation::top_p(p).unwrap());
        let reason =
            |temperatures: &[f64], truncations, order| found(&logits, temperatures, truncations, order).no_effect;
        assert_eq!(reason(&[0.5, 2.0], vec![], First), None);
        assert_eq!(reason(&[0.5, 2.0], vec![top_k(3)], First), None);
        assert_eq!(reason(&[0.5, 2.0], vec![top_k(3), top_k(1)], First), Some(NoEffect::OneToken(Some(top_k(1)))));
        // At negative temperature it is another token.
        assert_ne!(reason(&[-1.0, 1.0], vec![top_k(1)], First), Some(NoEffect::OneToken(Some(top_k(1)))));
        assert_eq!(reason(&[0.5, 2.0], vec![top_p(0.9)], Last), Some(NoEffect::SameTokens(3)));
        assert_eq!(reason(&[0.5], vec![top_p(0.9)], Last), None);
        assert_eq!(reason(&[0.0], vec![], First), None);
        let cold = Temperature::new(0.2).unwrap();
        assert_eq!(reason(&[0.0, 0.2, 2.0], vec![top_p(0.9)], First), Some(NoEffect::OneTokenAt(vec![cold])));
        let alone = found(&[1.0, f64::NEG_INFINITY], &[0.5, 2.0], vec![], First);
        assert_eq!((alone.n_tokens, alone.no_effect), (1, Some(NoEffect::OneToken(None))));
        let tied = found(&[1.0, 1.0, 0.0], &[0.5, 2.0], vec![top_k(2)], First).no_effect;
        assert_eq!(tied, Some(NoEffect::EquallyLikely(2)));
        let sure = found(&[20.0, 0.0], &[0.5, 2.0], vec![], First).no_effect;
        let Some(NoEffect::NearlyCertain(least)) = sure else { panic!("{sure:?}") };
        assert!((least - 1.0 / (1.0 + (-10f64).exp())).abs() < 1e-15);
    }
}
