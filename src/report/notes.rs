//! What else there is to say about a run, in sentences.

use crate::simulation::{LeftOut, Note, Status, Unresolved, Unsettled};

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
        Note::SameStart => {
            "all replicas started from one configuration, so different starts could not be compared".to_owned()
        }
    }
}

/// The sentence that says which observables a method does not give.
#[must_use]
pub fn left_out_sentence(left_out: &LeftOut) -> String {
    let names: Vec<&str> = left_out.observables.iter().map(|observable| observable.name).collect();
    format!("{} knows states by their energies alone and does not give {}", left_out.sampler.name(), names.join(", "))
}

/// Why a row of this status is not resolved; `None` where it is.
#[must_use]
pub fn unresolved_sentence(status: Status) -> Option<String> {
    match status {
        Status::Ok => None,
        Status::Unresolved(Unresolved::FewEvents) => Some(
            "too few events left the most likely state; what is rare may be more or less frequent than was seen"
                .to_owned(),
        ),
        Status::Unresolved(Unresolved::Limit(rests @ Unsettled::Drifting { z: None, .. })) => {
            Some(format!("{rests}; use another sampler"))
        }
        Status::Unresolved(Unresolved::Limit(unsettled)) => {
            Some(format!("{unsettled}, and the limit of sweeps is reached; raise the limit, or use another sampler"))
        }
    }
}
