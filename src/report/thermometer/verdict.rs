//! The verdict of the thermometer in one sentence.

use crate::report::number::{short, with_error};
use crate::tokens::thermometer::{
    Alternative, Candidate, Decision, Diagnosis, FitStatus, LogprobsMode, Measurement, Repetition, TemperatureFit,
    TruncationOrder, TruncationPair,
};
use crate::tokens::truncation::TruncationKind;

/// "requested 0.7, measured 0.490 ± 0.004: the temperature is applied twice".
#[must_use]
pub fn thermometer_sentence(found: &Measurement) -> String {
    let requested = found.requested_temperature.map_or(String::new(), |t| format!("requested {}, ", short(t)));
    let unit = if is_tempered(found) { " times the temperature of the logprobs" } else { "" };
    let measured = match named_truncation(found) {
        Some(fitted) => measured_behind(fitted, unit),
        None => format!("{}{unit}", measured(&found.fit)),
    };
    format!("{requested}{measured}: {}", verdict(found))
}

/// Whether the reported distribution is assumed to be that at the sampling temperature.
fn is_tempered(found: &Measurement) -> bool {
    found.best_tested().is_some_and(|tested| tested.mode == LogprobsMode::Tempered)
}

/// Whether a single hidden truncation is diagnosed, and whether two are.
fn n_truncations(found: &Measurement) -> (bool, bool) {
    let any = |is: fn(&Diagnosis) -> bool| found.diagnoses.iter().any(is);
    (any(|d| matches!(d, Diagnosis::HiddenTruncation { .. })), any(|d| matches!(d, Diagnosis::HiddenTruncations(_))))
}

/// The diagnosed truncation, or the second of two, if draws of some temperature are left behind it.
fn named_truncation(found: &Measurement) -> Option<&Candidate> {
    let candidate = match n_truncations(found) {
        (_, true) => found.pair.as_ref().map(|pair| &pair.second),
        (true, false) => found.truncations.first(),
        (false, false) => None,
    };
    candidate.filter(|candidate| candidate.beta > 0.0 && !found.diagnoses.contains(&Diagnosis::NotBoltzmann))
}

fn measured_behind(fitted: &Candidate, unit: &str) -> String {
    let error = fitted.beta_std_error.map(|error| error / (fitted.beta * fitted.beta));
    format!("measured {}{unit} with the truncation taken into account", with_error(1.0 / fitted.beta, error))
}

fn measured(fit: &TemperatureFit) -> String {
    match (fit.status, fit.temperature, fit.temperature_high, fit.temperature_low) {
        (FitStatus::GroundStates, _, high, _) => format!(
            "only the likeliest tokens were drawn, so T is below {} with {} % confidence",
            high.map_or_else(|| "infinity".to_owned(), short),
            short(100.0 * fit.level)
        ),
        (FitStatus::Inverted, _, _, Some(low)) if low > 0.0 => format!("measured infinite (above {})", short(low)),
        (FitStatus::Inverted, ..) => "measured a negative temperature".to_owned(),
        (FitStatus::NotIdentifiable, _, high, low) => {
            let bound = match (low.filter(|low| *low > 0.0), high.filter(|high| *high > 0.0)) {
                (Some(low), Some(high)) => format!("; T is between {} and {}", short(low), short(high)),
                (Some(low), None) => format!("; T is above {}", short(low)),
                _ => String::new(),
            };
            format!("not determined (the sum of C over the draws is {}{bound})", short(fit.sum_heat_capacity))
        }
        (FitStatus::Measured, Some(t), ..) => format!("measured {}", with_error(t, fit.temperature_std_error)),
        (FitStatus::Measured, ..) => "measured infinite".to_owned(),
    }
}

/// All diagnoses, and what limits them.
fn verdict(found: &Measurement) -> String {
    if found.requested_temperature.is_none() && found.diagnoses == [Diagnosis::Consistent] {
        return "the draws are consistent with a Boltzmann distribution at this temperature".to_owned();
    }
    if let [Diagnosis::OtherTemperature] = found.diagnoses[..]
        && found.fit.status == FitStatus::Measured
    {
        return other_temperature(found);
    }
    let not_boltzmann = found.diagnoses.contains(&Diagnosis::NotBoltzmann);
    let words = |diagnosis: &Diagnosis| match truncation_words(diagnosis) {
        Some(nearest) if not_boltzmann => format!("the nearest is {nearest}"),
        _ => diagnosis_words(diagnosis),
    };
    let mut text = found.diagnoses.iter().map(words).collect::<Vec<_>>().join("; ");
    let (one_truncation, _) = n_truncations(found);
    let has_lists = found.n_partial > found.n_without_list;
    if one_truncation && !is_tempered(found) && has_lists {
        text.push_str(
            "; lists of the likeliest tokens do not determine top-p and most other truncations after the temperature",
        );
    }
    if found.tested.len() == 2 && is_tempered(found) && found.rejected == Some(false) {
        text.push_str(
            "; if the logprobs are raw (T = 1), the draws reject the request; --logprobs-mode says which they are",
        );
    }
    if found.rejected == Some(true) && found.diagnoses == [Diagnosis::NotIdentifiable] {
        text.push_str(", but the draws reject the requested setting");
    }
    if found.rejected == Some(true) && found.diagnoses.iter().any(is_temperature) {
        text.push_str("; ");
        text.push_str(OTHER_CAUSES);
    }
    if let (Decision::Rejected, Some(never)) = (found.decision(), found.never_seen.first()) {
        let token = &never.token;
        text.push_str(&format!(
            "; `{token}` was never drawn, which would explain it if its draws are not recorded (--never-drawn)"
        ));
    }
    text
}

/// What moves the measured energy as another temperature does.
const OTHER_CAUSES: &str =
    "a mask, a grammar, a penalty, a bias, or logprobs of another model or quantization would explain such draws, too";

/// Diagnoses that name a mistake in the temperature.
fn is_temperature(diagnosis: &Diagnosis) -> bool {
    use Diagnosis::{AppliedTwice, Greedy, InfinitelyHot, Inverse, NotApplied, OtherTemperature};
    matches!(diagnosis, AppliedTwice | Greedy | InfinitelyHot | Inverse | NotApplied | OtherTemperature)
}

/// The sentence for draws that agree with a temperature, but not with the requested one.
fn other_temperature(found: &Measurement) -> String {
    let t = found.fit.temperature.map_or_else(String::new, short);
    let unit = if is_tempered(found) { " times the temperature of the logprobs" } else { "" };
    format!(
        "the energies drawn are those of T = {t}{unit}, not of the requested one; such a temperature would explain them; {OTHER_CAUSES}"
    )
}

fn diagnosis_words(diagnosis: &Diagnosis) -> String {
    match diagnosis {
        Diagnosis::Consistent => "the draws do not contradict it".to_owned(),
        Diagnosis::NotApplied => "the draws are as if no temperature were applied".to_owned(),
        Diagnosis::AppliedTwice => "the draws are as if the temperature were applied twice".to_owned(),
        Diagnosis::Inverse => {
            "the draws are as if the logits were multiplied by the temperature, not divided".to_owned()
        }
        Diagnosis::Greedy => "the draws are as if decoding were greedy".to_owned(),
        Diagnosis::InfinitelyHot => "likely tokens are not drawn more often than others".to_owned(),
        Diagnosis::OtherTemperature => "the energies drawn are not those of the requested temperature".to_owned(),
        Diagnosis::OtherTemperatureOrTruncation => {
            "another temperature, another truncation, or several truncations would explain the rest".to_owned()
        }
        Diagnosis::HiddenTruncations(pair) => format!("unlikely tokens are missing, as with {}", pair_words(pair)),
        Diagnosis::HiddenTruncation { .. } => {
            format!("unlikely tokens are missing, as with {}", truncation_words(diagnosis).unwrap_or_default())
        }
        Diagnosis::Impossible { n } => format!("{n} tokens of probability zero were drawn"),
        Diagnosis::OutsideTruncation { n } => {
            format!("{n} tokens were drawn that the requested truncation removes")
        }
        Diagnosis::UnlistedCount => {
            "too few or too many unlisted tokens were drawn, whatever the unlisted part of the distributions is"
                .to_owned()
        }
        Diagnosis::NotBoltzmann => {
            "the draws fit no temperature, with or without one of the truncations that can be tested".to_owned()
        }
        Diagnosis::RareRepetition(Repetition { seen, expected }) => format!(
            "tokens that their answer had already were drawn {seen} times where {} times are expected, as under a repetition, presence or \
             frequency penalty",
            short(*expected)
        ),
        Diagnosis::OtherGaps { temperatures } => {
            let list: Vec<String> = temperatures.iter().map(|t| short(*t)).collect();
            format!(
                "the gaps between logprobs are not those of 16-bit logits at the requested temperature, but at T = {}, unless the model \
                 scales its logits",
                list.join(" or ")
            )
        }
        Diagnosis::WrongTail => "the least likely tokens were drawn too rarely or too often".to_owned(),
        Diagnosis::AsReported => {
            "the draws follow the reported logprobs; these are at the sampling temperature already, so they do not show which it was"
                .to_owned()
        }
        Diagnosis::NotIdentifiable => "the draws do not determine the temperature".to_owned(),
    }
}

/// The hidden truncation of a diagnosis, and what cannot be distinguished from it.
fn truncation_words(diagnosis: &Diagnosis) -> Option<String> {
    let Diagnosis::HiddenTruncation {
        truncation,
        order,
        parameter,
        parameter_low,
        parameter_high,
        parameter_after,
        alike,
    } = diagnosis
    else {
        return None;
    };
    let [value, low, high] = [parameter, parameter_low, parameter_high].map(|x| short(*x));
    let mut text = format!("{truncation} {value} ({low} to {high}){}", order_words(*order));
    if let Some(after) = parameter_after {
        text.push_str(&format!(" before the temperature, or {} after it", short(*after)));
    }
    if !alike.is_empty() {
        let names: Vec<String> = alike.iter().map(alternative_words).collect();
        text.push_str(&format!(", which these draws do not distinguish from {}", names.join(", ")));
    }
    Some(text)
}

pub(super) fn alternative_words(other: &Alternative) -> String {
    format!("{} {}{}", other.kind, short(other.parameter), order_words(other.order))
}

pub(super) fn pair_words(pair: &TruncationPair) -> String {
    let TruncationPair { first, second, .. } = pair;
    let and = if *first == TruncationKind::TopK { "and then" } else { "with" };
    let [value, low, high] = [pair.first_parameter, pair.first_low, pair.first_high].map(short);
    let alike: String = pair
        .alike
        .iter()
        .map(|other| format!(", which these draws do not distinguish from {}", pair_words(other)))
        .collect();
    format!(
        "{first} {value} ({low} to {high}) {and} {} {} ({} to {}){}{alike}",
        second.kind,
        short(second.parameter),
        short(second.parameter_low),
        short(second.parameter_high),
        order_words(second.order)
    )
}

/// Where a truncation acts, behind its name.
pub(super) fn order_words(order: TruncationOrder) -> &'static str {
    match order {
        TruncationOrder::Before => " before the temperature",
        TruncationOrder::After => " after the temperature",
        TruncationOrder::Either => "",
    }
}
