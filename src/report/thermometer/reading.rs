//! What was left out of a source, cut or guessed, in words.

use crate::report::number::short;
use crate::tokens::sources::Reading;

/// One sentence for each thing that `reading` counts.
#[must_use]
pub fn reading_sentences(reading: &Reading) -> Vec<String> {
    let mass = short(reading.padding_mass);
    let counted = [
        (reading.unreported, "drawn tokens passed over, because no number is reported for them".to_owned()),
        (reading.without_logprobs, "answers, or chunks of them, passed over, because they have no logprobs".to_owned()),
        (reading.prompt_tokens, "tokens of prompts passed over, because they were not drawn".to_owned()),
        (
            reading.sentinels,
            "listed tokens with a placeholder (such as -9999 or null) for a number, taken as impossible or as unlisted"
                .to_owned(),
        ),
        (reading.restored, "drawn tokens that stood beside their list and were put into it".to_owned()),
        (
            reading.differing,
            "drawn tokens with a number of their own that is not the one in their list, which is used".to_owned(),
        ),
        (
            reading.padded,
            format!("rows whose columns beyond the vocabulary were cut, with a probability of at most {mass} at T = 1"),
        ),
        (
            reading.like_probabilities,
            "rows that add up to 1, as probabilities do, and are taken for logits (give their logarithms if they are probabilities)"
                .to_owned(),
        ),
    ];
    let noticed = [
        (reading.is_part, "there is more than was read: --positions sets how much is"),
        (
            reading.whole_first_row,
            "the first row has whole numbers alone, and is taken for logits; if it is a header of ids, take it out",
        ),
    ];
    let counted = counted.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{what}: {n}"));
    counted.chain(noticed.into_iter().filter(|(is, _)| *is).map(|(_, what)| what.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_happened_is_said() {
        assert!(reading_sentences(&Reading::default()).is_empty());
        let reading = Reading { unreported: 3, padded: 2, padding_mass: 0.0025, ..Reading::default() };
        let said = reading_sentences(&reading);
        assert_eq!(said.len(), 2);
        assert!(said[0].ends_with("for them: 3") && said[1].contains("0.0025"), "{said:?}");
    }
}
