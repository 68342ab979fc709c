//! What else there is to say about a run, in sentences.

use crate::simulation::{Changes, LeftOut, Note, Status, Unresolved, Unsettled};
use crate::tokens::views::NoEffect;

/// The sentence that says `note`.
#[must_use]
pub fn note_sentence(note: &Note) -> String {
    match note {
        Note::Exchange { n_temperatures: 1, coldest, thermalization, .. } => format!(
            "the one temperature {coldest} is hot enough for chains without exchange; {thermalization} sweeps of thermalization"
        ),
        Note::Exchange { n_temperatures, coldest, hottest, acceptance: (low, high), round_trips, thermalization } => {
            format!(
                "{n_temperatures} temperatures from {coldest} to {hottest}: {low:.2} to {high:.2} of the exchanges \
                 accepted, {round_trips} round trips, {thermalization} sweeps of thermalization"
            )
        }
        Note::FlatHistogram { n_walkers, n_energies, round_trips } => format!(
            "{n_walkers} walkers over {n_energies} energies: {round_trips} round trips between the lowest and the \
             highest energy"
        ),
        Note::NoAbsoluteEntropy { hottest } => format!(
            "the curve has no rows of S and F: the energies sampled up to T = {hottest} do not overlap with those at infinite \
             temperature, where ln Z is known; sample more temperatures above it"
        ),
        Note::UnknownStates => {
            "the curve has no rows of S and F: the number of states, which fixes ln Z at infinite temperature, is not known"
                .to_owned()
        }
        Note::SameStart => {
            "all replicas started from one configuration, so different starts could not be compared".to_owned()
        }
    }
}

/// The sentence that says which observables a method does not give.
#[must_use]
pub fn left_out_sentence(left_out: &LeftOut) -> String {
    let names: Vec<&str> = left_out.observables.iter().map(|observable| observable.name).collect();
    format!("{} works with energies alone; there is no {} from it", left_out.sampler.name(), names.join(", "))
}

/// The sentence that says why temperature changes nothing.
///
/// # Examples
///
/// ```
/// use gibbs::report::no_effect_sentence;
/// use gibbs::tokens::views::NoEffect;
/// let sentence = no_effect_sentence(&NoEffect::OneToken(None));
/// assert_eq!(sentence, "there is only one token, so temperature changes nothing");
/// ```
#[must_use]
pub fn no_effect_sentence(no_effect: &NoEffect) -> String {
    match no_effect {
        NoEffect::OneToken(None) => "there is only one token, so temperature changes nothing".to_owned(),
        NoEffect::OneToken(Some(truncation)) => {
            format!("{truncation} leaves one token, the same at every T, so temperature changes nothing")
        }
        NoEffect::EquallyLikely(n) => {
            format!("the {n} tokens that are left are equally likely, so temperature changes nothing")
        }
        NoEffect::NearlyCertain(least) => {
            // Rounded down: a probability below 1 is not called 1.
            let least = (least * 1e6).floor() / 1e6;
            format!("one token has a probability of {least} or more at every T, so temperature changes next to nothing")
        }
        NoEffect::OneTokenAt(temperatures) => {
            let list: Vec<String> = temperatures.iter().map(ToString::to_string).collect();
            format!("one token is left at T = {}, so temperature changes nothing there", list.join(", "))
        }
        NoEffect::SameTokens(n) => format!(
            "the truncations come before the temperature and leave the same {n} tokens at every T, so temperature changes \
             only the probabilities of these"
        ),
    }
}

/// Why a row of this status is not resolved; `None` where it is.
#[must_use]
pub fn unresolved_sentence(status: Status) -> Option<String> {
    match status {
        Status::Ok => None,
        Status::Unresolved(Unresolved::FewEvents) => Some(
            "too few draws fell outside the most likely state for an error bar; rare states may be more or less frequent than was seen"
                .to_owned(),
        ),
        Status::Unresolved(Unresolved::FewChanges(changes)) => Some(few_changes(changes)),
        Status::Unresolved(Unresolved::Limit(rests @ Unsettled::Drifting { z: None, .. })) => {
            Some(format!("{rests}; take another sampler, if there is one"))
        }
        Status::Unresolved(Unresolved::Limit(unsettled)) => Some(format!(
            "{unsettled}, and the limit of sweeps is reached; raise the limit, or take another sampler, if there is one"
        )),
    }
}

/// That a value changed too seldom, and what is known nevertheless.
fn few_changes(changes: Changes) -> String {
    /// Events that 95 % of the Poisson distributions of this mean have at least one of.
    const POISSON: f64 = 3.0;
    let sweeps = changes.sweeps * changes.replicas;
    match changes.sweeps_needed() {
        None => format!(
            "the value never changed in {sweeps} sweeps; if these are independent, other values have a probability below {:.1e} (95 % confidence)",
            POISSON / sweeps as f64
        ),
        Some(needed) => format!(
            "the value changed {} times in {sweeps} sweeps, and errors need {} changes; about {:.1e} sweeps of each replica would do",
            changes.n,
            Changes::ENOUGH,
            needed as f64,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_too_seldom_says_what_would_do() {
        let seldom = |n| few_changes(Changes { n, sweeps: 10_000, replicas: 2 });
        assert!(
            seldom(0).contains("never changed in 20000 sweeps") && seldom(0).contains("below 1.5e-4"),
            "{}",
            seldom(0)
        );
        // 100 changes in 10 000 sweeps of each: 800 in 80 000, and a quarter more.
        assert!(
            seldom(100).contains("changed 100 times in 20000 sweeps") && seldom(100).contains("1.0e5 sweeps of each")
        );
        assert!(!Changes { n: 800, sweeps: 10_000, replicas: 2 }.are_enough());
        assert!(Changes { n: 801, sweeps: 10_000, replicas: 2 }.are_enough());
    }
}
