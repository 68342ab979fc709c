//! The temperature at which one model has the mean next-token entropy that another has at a given temperature.

use std::borrow::Borrow;

use rayon::prelude::*;
use thiserror::Error;

use super::curve::mean_over_contexts;
use super::root::rising_root;
use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::estimators::Estimate;
use crate::units::{Temperature, UnitsError};

/// Temperatures that cannot be matched.
#[derive(Clone, Debug, PartialEq, Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum MatchingError {
    /// No spectrum at all.
    #[error("a mean entropy needs at least one context, got none")]
    NoContexts,
    /// More entropy than there is at infinite temperature.
    #[error(
        "no temperature gives a mean entropy of {target} nats: it ends at {highest}, the mean ln of the vocabulary"
    )]
    TooHigh { target: f64, highest: f64 },
    /// Less entropy than ties leave at T = 0, or not a number.
    #[error("no temperature gives a mean entropy of {target} nats: ties leave {lowest} at T = 0")]
    TooLow { target: f64, lowest: f64 },
    /// All levels of every context are equal.
    #[error("all tokens are equally likely in every context: the entropy is {0} nats at every temperature")]
    Flat(f64),
    /// A temperature at which no model is run.
    #[error("temperature to match must be 0 or more, got {0}")]
    Negative(Temperature),
    /// Contexts that cannot be paired: one model has more of them.
    #[error("contexts after the same prompts must be as many for both models, got {first} and {second}")]
    Unpaired { first: usize, second: usize },
    /// A number that is no temperature.
    #[error(transparent)]
    Units(#[from] UnitsError),
}

/// A temperature with the mean entropy asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Matched {
    /// T.
    pub temperature: Temperature,
    /// Mean entropy there, in nats.
    pub entropy: f64,
    /// Mean heat capacity there: dS/d ln T.
    pub heat_capacity: f64,
}

/// T >= 0 at which the mean entropy over `spectra` is `target` nats.
///
/// The mean entropy rises with T from the mean ln g_0 at T = 0 to the mean ln W at infinite temperature, and
/// dS/d ln T = C: a bracket and Newton's method find the one temperature.
///
/// # Errors
///
/// No spectrum; a target outside these limits; spectra whose entropy does not depend on temperature.
///
/// # Examples
///
/// ```
/// use gibbs::ensemble::Spectrum;
/// use gibbs::tokens::views::matching::temperature_with_entropy;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // Two levels of gap 1 at T = 1/2 have p_1 = 1/(1 + e^2).
/// let p = 1.0 / (1.0 + 2f64.exp());
/// let entropy = -p * p.ln() - (1.0 - p) * (1.0 - p).ln();
/// let matched = temperature_with_entropy(&[Spectrum::new(vec![0.0, 1.0])?], entropy)?;
/// assert!((matched.temperature.get() - 0.5).abs() < 1e-14);
/// assert!(temperature_with_entropy(&[Spectrum::new(vec![0.0, 1.0])?], 0.7).is_err());
/// # Ok(())
/// # }
/// ```
pub fn temperature_with_entropy<S: Borrow<Spectrum> + Sync>(
    spectra: &[S],
    target: f64,
) -> Result<Matched, MatchingError> {
    if spectra.is_empty() {
        return Err(MatchingError::NoContexts);
    }
    let limit = |f: fn(&Spectrum) -> f64| mean(spectra.iter().map(|s| f(s.borrow())));
    let (lowest, highest) = (limit(Spectrum::ln_ground_degeneracy), limit(Spectrum::ln_states));
    if lowest == highest {
        return Err(MatchingError::Flat(highest));
    }
    // The limits as another model's entropy reaches them, to rounding.
    let equal = |limit: f64| (target - limit).abs() <= 8.0 * f64::EPSILON * limit;
    if equal(lowest) {
        return Ok(Matched { temperature: Temperature::ZERO, entropy: lowest, heat_capacity: 0.0 });
    }
    if equal(highest) {
        return Ok(Matched { temperature: Temperature::INFINITE, entropy: highest, heat_capacity: 0.0 });
    }
    if target > highest {
        return Err(MatchingError::TooHigh { target, highest });
    }
    if target.is_nan() || target < lowest {
        return Err(MatchingError::TooLow { target, lowest });
    }
    let at = |ln_t: f64| -> Result<(f64, f64), MatchingError> {
        let values = thermo(spectra, Temperature::new(ln_t.exp())?);
        Ok((mean(values.iter().map(|t| t.entropy)), mean(values.iter().map(|t| t.heat_capacity))))
    };
    // At the scale of the highest level the entropy is neither limit; from there outwards.
    let widest = spectra.iter().map(|s| s.borrow().highest_excitation()).fold(0.0, f64::max);
    let (mut low, mut high) = (widest.ln(), widest.ln());
    while at(low)?.0 > target {
        low -= 1.0;
    }
    while at(high)?.0 < target && high < f64::MAX.ln() - 1.0 {
        high += 1.0;
    }
    let ln_t = rising_root(|x| at(x).unwrap_or((f64::NAN, f64::NAN)), target, low, high);
    let (entropy, heat_capacity) = at(ln_t)?;
    Ok(Matched { temperature: Temperature::new(ln_t.exp())?, entropy, heat_capacity })
}

/// Whether two models were given the same prompts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompts {
    /// Context k of both follows the same prompt: what the prompts do to both entropies alike cancels from the error.
    Same,
    /// Each has prompts of its own.
    Different,
}

/// Two models at temperatures of equal mean entropy.
#[derive(Clone, Debug)]
pub struct Match {
    /// T of the first model.
    pub temperature: Temperature,
    /// Its mean entropy there over contexts, in nats, with the error of independent prompts.
    pub entropy: Estimate,
    /// Its mean heat capacity there.
    pub heat_capacity: Estimate,
    /// T of the second model at which its mean entropy is the same.
    ///
    /// The error is that of the prompts, to first order: that of the difference of the mean entropies over
    /// dS/dT = (mean C)/T. NaN where it is not determined: at T = 0 and infinity, or from a single prompt.
    pub matched: Estimate,
    /// Mean heat capacity of the second model there.
    pub matched_heat_capacity: Estimate,
    /// The same for each pair of contexts alone, where the prompts are the same: `None` where no temperature matches.
    pub contexts: Vec<Option<Temperature>>,
    /// Whether the contexts were paired.
    pub prompts: Prompts,
}

/// The temperature at which `second` has the mean entropy over contexts that `first` has at `temperature`.
///
/// Entropies are those of the next token. Models with different tokenizers cut the same text into more or fewer tokens,
/// so equal entropies per token are then different entropies per byte: the match makes their *choices* equally wide,
/// not their texts.
///
/// # Errors
///
/// As [`temperature_with_entropy`]; a negative temperature; paired contexts that are not as many.
///
/// # Examples
///
/// ```
/// use gibbs::ensemble::Spectrum;
/// use gibbs::tokens::views::matching::{Prompts, match_models};
/// use gibbs::units::Temperature;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // Twice the logits need twice the temperature.
/// let first = [Spectrum::from_logits(&[0.0, 1.0, 3.0])?, Spectrum::from_logits(&[0.0, 2.0, 2.5])?];
/// let second = [Spectrum::from_logits(&[0.0, 2.0, 6.0])?, Spectrum::from_logits(&[0.0, 4.0, 5.0])?];
/// let matched = match_models(&first, &second, Temperature::new(0.7)?, Prompts::Same)?.matched;
/// assert!((matched.value - 1.4).abs() < 1e-13 && matched.std_error < 1e-13);
/// # Ok(())
/// # }
/// ```
pub fn match_models<S: Borrow<Spectrum> + Sync>(
    first: &[S],
    second: &[S],
    temperature: Temperature,
    prompts: Prompts,
) -> Result<Match, MatchingError> {
    if temperature.get() < 0.0 {
        return Err(MatchingError::Negative(temperature));
    }
    if prompts == Prompts::Same && first.len() != second.len() {
        return Err(MatchingError::Unpaired { first: first.len(), second: second.len() });
    }
    if first.is_empty() {
        return Err(MatchingError::NoContexts);
    }
    let given = thermo(first, temperature);
    let entropies: Vec<f64> = given.iter().map(|t| t.entropy).collect();
    let Matched { temperature: matched, heat_capacity, .. } =
        temperature_with_entropy(second, mean(entropies.iter().copied()))?;
    let found = thermo(second, matched);
    let entropy = mean_over_contexts(entropies.iter().copied());
    let difference = match prompts {
        Prompts::Same => mean_over_contexts(found.iter().zip(&entropies).map(|(t, s)| t.entropy - s)).std_error,
        Prompts::Different => entropy.std_error.hypot(mean_over_contexts(found.iter().map(|t| t.entropy)).std_error),
    };
    let alone = |k: usize| {
        let matched = temperature_with_entropy(&[second[k].borrow()], entropies[k]);
        matched.ok().map(|m| m.temperature)
    };
    Ok(Match {
        temperature,
        entropy,
        heat_capacity: mean_over_contexts(given.iter().map(|t| t.heat_capacity)),
        matched: Estimate::new(matched.get(), difference * matched.get() / heat_capacity, first.len() as f64),
        matched_heat_capacity: mean_over_contexts(found.iter().map(|t| t.heat_capacity)),
        contexts: if prompts == Prompts::Same { (0..first.len()).map(alone).collect() } else { Vec::new() },
        prompts,
    })
}

fn thermo<S: Borrow<Spectrum> + Sync>(spectra: &[S], temperature: Temperature) -> Vec<Thermo> {
    spectra.par_iter().map(|s| Canonical::new(s.borrow(), temperature.beta()).thermo()).collect()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(x: f64) -> Temperature {
        Temperature::new(x).unwrap()
    }

    fn spectra(scale: f64) -> Vec<Spectrum> {
        let levels = [[0.0, 0.3, 1.0, 4.0], [0.0, 0.0, 2.0, 2.5], [0.0, 1.0, 1.1, 9.0]];
        levels.iter().map(|e| Spectrum::new(e.iter().map(|x| scale * x).collect()).unwrap()).collect()
    }

    #[test]
    fn entropy_and_temperature_are_inverse_functions() {
        let spectra = spectra(1.0);
        for temperature in [0.05, 0.3, 1.0, 7.0, 300.0] {
            let entropy = mean(thermo(&spectra, t(temperature)).iter().map(|t| t.entropy));
            let matched = temperature_with_entropy(&spectra, entropy).unwrap();
            // A rounding error of S moves T by the error over C; C falls as 1/T^2.
            let tolerance = 1e-15 * (1.0 + 4.0 / matched.heat_capacity);
            assert!((matched.temperature.get() / temperature - 1.0).abs() < tolerance, "{matched:?}");
        }
    }

    #[test]
    fn logits_times_two_are_temperature_times_two() {
        for temperature in [0.2, 0.7, 1.0, 5.0] {
            let found = match_models(&spectra(1.0), &spectra(2.0), t(temperature), Prompts::Same).unwrap();
            assert!((found.matched.value / temperature - 2.0).abs() < 1e-13);
            assert!(found.matched.std_error < 1e-13, "{}", found.matched.std_error);
            for one in found.contexts {
                assert!((one.unwrap().get() / temperature - 2.0).abs() < 1e-12);
            }
            // Unpaired, the prompts are not known to be the same and the error is theirs.
            let unpaired = match_models(&spectra(1.0), &spectra(2.0), t(temperature), Prompts::Different).unwrap();
            assert_eq!(unpaired.matched.value, found.matched.value);
            let slope = unpaired.matched_heat_capacity.value / unpaired.matched.value;
            let expected = 2f64.sqrt() * unpaired.entropy.std_error / slope;
            assert!((unpaired.matched.std_error / expected - 1.0).abs() < 1e-10);
        }
    }

    #[test]
    fn absolute_zero_and_infinity_match_themselves() {
        let find = |temperature| match_models(&spectra(1.0), &spectra(3.0), temperature, Prompts::Same).unwrap();
        assert_eq!(find(Temperature::ZERO).matched.value, 0.0);
        assert_eq!(find(Temperature::INFINITE).matched.value, f64::INFINITY);
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let message = |target| temperature_with_entropy(&spectra(1.0), target).unwrap_err().to_string();
        assert!(
            message(1.5).starts_with("no temperature gives a mean entropy of 1.5 nats: it ends at 1.386294361119890")
        );
        assert!(message(0.1).starts_with("no temperature gives a mean entropy of 0.1 nats: ties leave 0.231049060"));
        assert!(message(f64::NAN).contains("NaN"));
        let flat = [Spectrum::new(vec![1.0; 4]).unwrap()];
        assert!(matches!(temperature_with_entropy(&flat, 4f64.ln()), Err(MatchingError::Flat(_))));
        assert_eq!(temperature_with_entropy::<Spectrum>(&[], 0.5), Err(MatchingError::NoContexts));
        let three = spectra(1.0);
        let refused = |first: &[Spectrum], temperature| {
            match_models(first, &three, temperature, Prompts::Same).unwrap_err().to_string()
        };
        assert_eq!(refused(&three, t(-1.0)), "temperature to match must be 0 or more, got -1");
        assert!(refused(&three[1..], t(1.0)).ends_with("got 2 and 3"));
    }
}
