//! What else there is to say about a run, in sentences.

use crate::simulation::Note;

/// The sentence that says `note`.
#[must_use]
pub fn note_sentence(note: &Note) -> String {
    match note {
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
