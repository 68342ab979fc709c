//! The verdict on a requested setting, and the name of the mistake where one is recognized.

use std::fmt;

use serde::Serialize;

use super::likelihood::{Fit, Likelihood, Point, Status};
use super::pairs::Pair;
use super::search::{Candidate, INDISTINGUISHABLE, Order};
use super::shape::Shape;
use super::tests_made::{Battery, Subject, temperature_p_value};
use crate::experiments::ExperimentError;
use crate::rng::Seed;
use crate::tokens::truncation::TruncationKind;

/// Which distribution the source reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// That of the model, at T = 1.
    Raw,
    /// That at the sampling temperature.
    Tempered,
}

impl Reading {
    /// In a sentence.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Tempered => "tempered",
        }
    }
}

/// The tests of the requested setting under one reading of the reported distribution.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tested {
    /// The reading.
    pub reading: Reading,
    /// The tests.
    #[serde(flatten)]
    pub battery: Battery,
    /// Whether any of them rejects.
    pub rejected: bool,
}

/// What the draws show.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Diagnosis {
    /// Nothing speaks against the setting.
    Consistent,
    /// T fits 1, whatever was requested.
    NotApplied,
    /// T fits the square of the requested one.
    AppliedTwice,
    /// T fits the inverse of the requested one: logits are multiplied and not divided.
    Inverse,
    /// Only most likely tokens were drawn.
    Greedy,
    /// The draws are uniform, or prefer unlikely tokens.
    InfinitelyHot,
    /// T fits none of these.
    OtherTemperature,
    /// Behind the most likely truncation T fits none of these: it, or what truncates, is another one.
    OtherTemperatureOrTruncation,
    /// Unlikely tokens are missing as under this truncation.
    HiddenTruncation {
        /// top-k, top-p, ...
        truncation: &'static str,
        /// Where it acts.
        order: Order,
        /// Its most likely parameter.
        parameter: f64,
        /// Its interval.
        parameter_low: f64,
        /// Its interval.
        parameter_high: f64,
        /// The parameter after the temperature, where the same sets have one there, too.
        parameter_after: Option<f64>,
        /// Others that the draws do not tell from it.
        alike: Vec<String>,
    },
    /// Unlikely tokens are missing as under these two truncations.
    HiddenTruncations(Box<Pair>),
    /// Tokens of probability zero were drawn.
    Impossible {
        /// How many.
        n: u64,
    },
    /// Tokens that the requested truncations remove were drawn.
    OutsideTruncation {
        /// How many.
        n: u64,
    },
    /// More or fewer unlisted tokens were drawn than any tail allows.
    UnlistedCount,
    /// No temperature gives such draws, alone or with one of the truncations that can be tested.
    NotBoltzmann,
    /// Too few or too many of the least likely tokens at every temperature.
    WrongTail,
    /// The draws follow the reported distribution, which is that of the sampling temperature, whatever this is.
    AsReported,
    /// The draws do not tell temperatures apart.
    NotIdentifiable,
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Consistent => f.write_str("nothing speaks against it"),
            Self::NotApplied => f.write_str("the temperature is not applied"),
            Self::AppliedTwice => f.write_str("the temperature is applied twice"),
            Self::Inverse => f.write_str("the logits are multiplied by the temperature"),
            Self::Greedy => f.write_str("decoding is greedy"),
            Self::InfinitelyHot => f.write_str("the draws do not prefer likely tokens"),
            Self::OtherTemperature => f.write_str("another temperature is applied"),
            Self::OtherTemperatureOrTruncation => {
                f.write_str("another temperature is applied, or another truncation or more than one")
            }
            Self::HiddenTruncations(pair) => write!(f, "unlikely tokens are missing as under {pair}"),
            Self::HiddenTruncation { .. } => {
                write!(f, "unlikely tokens are missing as under {}", self.truncation().unwrap_or_default())
            }
            Self::Impossible { n } => write!(f, "{n} tokens of probability zero were drawn"),
            Self::OutsideTruncation { n } => write!(f, "{n} tokens were drawn that the requested truncation removes"),
            Self::UnlistedCount => f.write_str("the number of unlisted tokens fits no tail of the lists"),
            Self::NotBoltzmann => {
                f.write_str("no temperature gives such draws, alone or with one of the truncations that can be tested")
            }
            Self::WrongTail => f.write_str("the least likely tokens are drawn too rarely or too often"),
            Self::AsReported => f.write_str("they follow logprobs of the sampling temperature, whatever this is"),
            Self::NotIdentifiable => f.write_str("the draws do not tell temperatures apart"),
        }
    }
}

impl Diagnosis {
    /// The hidden truncation, and what is like it.
    fn truncation(&self) -> Option<String> {
        let Self::HiddenTruncation {
            truncation,
            order,
            parameter,
            parameter_low,
            parameter_high,
            parameter_after,
            alike,
        } = self
        else {
            return None;
        };
        let [value, low, high] = [parameter, parameter_low, parameter_high].map(|x| short(*x));
        let mut text = format!("{truncation} {value} ({low} to {high}){}", order.words());
        if let Some(after) = parameter_after {
            text.push_str(&format!(" before the temperature, or {} after it", short(*after)));
        }
        if !alike.is_empty() {
            text.push_str(&format!(", which cannot be told from {}", alike.join(", ")));
        }
        Some(text)
    }
}

/// Four significant digits.
fn short(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return x.to_string();
    }
    if !(1e-4..1e7).contains(&x.abs()) {
        return format!("{x:.3e}");
    }
    let digits = (3 - x.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{x:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Whether ranks and tails are those of some temperature.
pub(super) fn fits(likelihood: &Likelihood<'_>, alpha_each: f64, seed: Seed) -> Result<bool, ExperimentError> {
    let shape = Shape::at(likelihood, likelihood.maximum().beta, seed)?;
    Ok(shape.ks_p_value >= alpha_each && shape.tail_p_value >= alpha_each)
}

/// Whether the draws behind a truncation are those of the requested b, or of some b where none is requested.
pub(super) fn explains(
    behind: &Likelihood<'_>,
    requested: Option<f64>,
    alpha_each: f64,
    seed: Seed,
) -> Result<bool, ExperimentError> {
    let warm = match requested {
        Some(beta) if beta.is_finite() => temperature_p_value(behind, beta, &behind.maximum())? >= alpha_each,
        _ => true,
    };
    Ok(warm && fits(behind, alpha_each, seed)?)
}

/// What the evidence is about: the likelihood with its maximum, the truncations, the requested b.
pub(super) struct Evidence<'e, 'a> {
    pub likelihood: &'e Likelihood<'a>,
    pub fit: &'e Fit,
    pub maximum: &'e Point,
    pub at_fit: &'e Battery,
    pub candidates: &'e [Candidate],
    /// Likelihood behind the best candidate.
    pub behind: Option<&'e Likelihood<'static>>,
    /// Two truncations that explain more, with the likelihood behind them.
    pub pair: Option<&'e (Pair, Likelihood<'static>)>,
    /// Reading, requested b in units of the reference, and its tests.
    pub tested: Option<(&'e Tested, f64)>,
    pub requested: Option<f64>,
    /// Draws outside the requested truncations.
    pub n_outside: u64,
    pub seed: Seed,
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, second, .. } = self;
        let and = if *first == TruncationKind::TopK.name() { "and then" } else { "with" };
        let [value, low, high] = [self.first_parameter, self.first_low, self.first_high].map(short);
        write!(f, "{first} {value} ({low} to {high}) {and} {} {}", second.kind, short(second.parameter))?;
        write!(f, " ({} to {}){}", short(second.parameter_low), short(second.parameter_high), second.order.words())?;
        self.alike.iter().try_for_each(|other| write!(f, ", which cannot be told from {other}"))
    }
}

impl Evidence<'_, '_> {
    /// Names what the draws show, the plainest first.
    pub fn diagnoses(&self) -> Result<Vec<Diagnosis>, ExperimentError> {
        let mut found = Vec::new();
        let alpha_each = self.at_fit.alpha_each;
        if self.n_outside > 0 {
            found.push(Diagnosis::OutsideTruncation { n: self.n_outside });
        }
        let n_impossible = self.likelihood.n_impossible() - self.n_outside;
        if n_impossible > 0 {
            found.push(Diagnosis::Impossible { n: n_impossible });
        }
        let rejects = |subject| match self.tested {
            Some((tested, _)) => tested.battery.rejects(subject),
            None => self.at_fit.rejects(subject),
        };
        let (truncation, behind) = match self.pair {
            Some((pair, behind)) => (Some(Diagnosis::HiddenTruncations(Box::new(pair.clone()))), Some(behind)),
            None => (self.truncation(alpha_each), self.behind),
        };
        match &truncation {
            Some(truncation) => {
                found.push(truncation.clone());
                if let Some(behind) = behind {
                    let maximum = behind.maximum();
                    if !fits(behind, alpha_each, self.seed)? {
                        found.insert(0, Diagnosis::NotBoltzmann);
                    } else if let Some((_, beta)) = self.tested
                        && temperature_p_value(behind, beta, &maximum)? < alpha_each
                    {
                        // Not all truncations were tried, and few of them together.
                        found.push(match self.temperature(behind, &maximum, beta, alpha_each)? {
                            Diagnosis::OtherTemperature => Diagnosis::OtherTemperatureOrTruncation,
                            named => named,
                        });
                    }
                }
            }
            None => {
                if let Some((_, beta)) = self.tested.filter(|_| rejects(Subject::Temperature)) {
                    found.push(self.temperature(self.likelihood, self.maximum, beta, alpha_each)?);
                }
                if self.at_fit.rejects(Subject::Ranks) {
                    found.push(Diagnosis::NotBoltzmann);
                } else if self.at_fit.rejects(Subject::Tail) {
                    found.push(Diagnosis::WrongTail);
                }
            }
        }
        if self.tested.is_some_and(|(_, beta)| beta == f64::INFINITY) && self.likelihood.n_excited(f64::INFINITY) > 0 {
            found.push(Diagnosis::OtherTemperature);
        }
        // A truncation leaves none of them.
        let cut = truncation.is_some() && self.likelihood.n_unlisted() == 0;
        if !cut && rejects(Subject::Unlisted) && self.at_fit.rejects(Subject::Unlisted) {
            found.push(Diagnosis::UnlistedCount);
        }
        let rejected = self.tested.is_some_and(|(tested, _)| tested.rejected);
        if found.is_empty() && rejected {
            found.push(if rejects(Subject::Unlisted) {
                Diagnosis::UnlistedCount
            } else if rejects(Subject::Ranks) || rejects(Subject::Truncation) {
                Diagnosis::NotBoltzmann
            } else if rejects(Subject::Tail) {
                Diagnosis::WrongTail
            } else {
                Diagnosis::OtherTemperature
            });
        }
        if found.is_empty() {
            found.push(if self.fit.status == Status::NotIdentifiable {
                Diagnosis::NotIdentifiable
            } else if self.is_tempered() {
                Diagnosis::AsReported
            } else {
                Diagnosis::Consistent
            });
        }
        Ok(found)
    }

    /// Whether the reported distribution is taken for that of the sampling temperature.
    fn is_tempered(&self) -> bool {
        self.tested.is_some_and(|(tested, _)| tested.reading == Reading::Tempered)
    }

    /// The most likely truncation, where it gains more than chance does.
    fn truncation(&self, alpha_each: f64) -> Option<Diagnosis> {
        let best = self.candidates.first()?;
        let n_hypotheses = self.at_fit.truncation.as_ref().map_or(1, |test| test.n_hypotheses);
        if best.gain < (n_hypotheses as f64 / alpha_each).ln() {
            return None;
        }
        let alike = self.candidates[1..]
            .iter()
            .filter(|other| best.gain - other.gain < INDISTINGUISHABLE)
            .map(|other| format!("{} {}{}", other.kind, short(other.parameter), other.order.words()))
            .collect();
        Some(Diagnosis::HiddenTruncation {
            truncation: best.kind,
            order: best.order,
            parameter: best.parameter,
            parameter_low: best.parameter_low,
            parameter_high: best.parameter_high,
            parameter_after: best.after.map(|[parameter, ..]| parameter),
            alike,
        })
    }

    /// The name of a wrong temperature. `requested`: b in units of the reference.
    fn temperature(
        &self,
        likelihood: &Likelihood<'_>,
        maximum: &Point,
        requested: f64,
        alpha_each: f64,
    ) -> Result<Diagnosis, ExperimentError> {
        if maximum.beta == f64::INFINITY {
            return Ok(Diagnosis::Greedy);
        }
        if maximum.beta <= 0.0 || temperature_p_value(likelihood, 0.0, maximum)? >= alpha_each {
            return Ok(Diagnosis::InfinitelyHot);
        }
        // 1/T once too often or too rarely, in units of the reference.
        let factor = self.requested.map_or(1.0, |t| 1.0 / t);
        let named = [
            (requested * factor, Diagnosis::AppliedTwice),
            (requested / factor, Diagnosis::NotApplied),
            (requested / (factor * factor), Diagnosis::Inverse),
        ];
        let mut best = (alpha_each, Diagnosis::OtherTemperature);
        for (beta, diagnosis) in named.into_iter().filter(|(beta, _)| beta.is_finite() && *beta > 0.0) {
            let p_value = temperature_p_value(likelihood, beta, maximum)?;
            if p_value >= best.0 {
                best = (p_value, diagnosis);
            }
        }
        Ok(best.1)
    }
}

impl Evidence<'_, '_> {
    /// "requested 0.7, measured 0.490 ± 0.004: the temperature is applied twice".
    pub fn sentence(&self, diagnoses: &[Diagnosis], rejected: Option<bool>, open: &[Reading]) -> String {
        let mut text = String::new();
        if let Some(t) = self.requested {
            text.push_str(&format!("requested {}, ", short(t)));
        }
        let one = diagnoses.iter().any(|found| matches!(found, Diagnosis::HiddenTruncation { .. }));
        let two = diagnoses.iter().any(|found| matches!(found, Diagnosis::HiddenTruncations(_)));
        let behind = (one || two) && !diagnoses.contains(&Diagnosis::NotBoltzmann);
        let best = if two { self.pair.map(|(pair, _)| &pair.second) } else { self.candidates.first() };
        let best = best.filter(|_| behind);
        text.push_str(&match best {
            Some(best) => format!(
                "measured {} behind the truncation",
                with_error(1.0 / best.beta, best.beta_std_error.map(|error| error / (best.beta * best.beta)))
            ),
            None => measured(self.fit),
        });
        if self.is_tempered() {
            text.push_str(" times the temperature of the logprobs");
        }
        text.push_str(": ");
        if self.requested.is_none() && diagnoses == [Diagnosis::Consistent] {
            text.push_str("the draws are Boltzmann-distributed at this temperature as far as they show");
            return text;
        }
        let names: Vec<String> = diagnoses
            .iter()
            .map(|found| match found.truncation() {
                Some(nearest) if !behind => format!("of these {nearest} comes nearest"),
                _ => found.to_string(),
            })
            .collect();
        text.push_str(&names.join("; "));
        if one && !self.is_tempered() && self.likelihood.tallies.iter().any(|tally| !tally.is_full()) {
            text.push_str("; lists do not tell top-p and most others after the temperature");
        }
        if open.len() == 2 && self.is_tempered() && rejected == Some(false) {
            text.push_str("; raw logprobs (T = 1) would reject the request, and --reading says which they are");
        }
        if rejected == Some(true) && diagnoses == [Diagnosis::NotIdentifiable] {
            text.push_str(", but they reject it");
        }
        text
    }
}

fn measured(fit: &Fit) -> String {
    match (fit.status, fit.temperature, fit.temperature_high, fit.temperature_low) {
        (Status::GroundStates, _, high, _) => format!(
            "only likeliest tokens were drawn, so T is below {} with {} % confidence",
            high.map_or_else(|| "infinity".to_owned(), short),
            short(100.0 * fit.level)
        ),
        (Status::Inverted, _, _, Some(low)) if low > 0.0 => format!("measured infinite (above {})", short(low)),
        (Status::Inverted, ..) => "measured a negative temperature".to_owned(),
        (Status::NotIdentifiable, _, high, low) => {
            let bound = match (low.filter(|low| *low > 0.0), high.filter(|high| *high > 0.0)) {
                (Some(low), Some(high)) => format!("; T is between {} and {}", short(low), short(high)),
                (Some(low), None) => format!("; T is above {}", short(low)),
                _ => String::new(),
            };
            format!("not identifiable (the sum of C is {}{bound})", short(fit.sum_heat_capacity))
        }
        (Status::Measured, Some(t), ..) => {
            format!("measured {}", with_error(t, fit.temperature_std_error))
        }
        (Status::Measured, ..) => "measured infinite".to_owned(),
    }
}

/// `0.4903 ± 0.0041`: two digits of the error.
fn with_error(value: f64, error: Option<f64>) -> String {
    match error {
        Some(error) if error > 0.0 && error.is_finite() => {
            let digits = (1 - error.log10().floor() as i32).clamp(0, 15) as usize;
            format!("{value:.digits$} ± {error:.digits$}")
        }
        _ => short(value),
    }
}
