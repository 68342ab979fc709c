//! The levels of one position: sentinels, the list as the top of the distribution, the mass of the rest.

use crate::ensemble::Spectrum;
use crate::numerics::ln_sum_exp;
use crate::tokens::position::{Draw, Position, Unlisted};

use super::entry::{Entry, Kind, LnProbability, ROUNDING, Record};
use super::error::RecordedError;
use super::format::name_of_id;
use super::tally::Tally;

/// Difference between two numbers for one token that no rounding makes.
const DIFFERENT: f64 = 0.01;
/// Amount by which probabilities after sampling may miss a sum of 1 by rounding.
const SAMPLED_ROUNDING: f64 = 1e-6;

/// Properties that the lists of a recording share. They decide whether a chosen token belongs to its list.
///
/// A list is of use where it is the top of the distribution and does not depend on the draw. Some servers add the chosen
/// token to it: at the end, as entry n + 1 (the older OpenAI interface), or in front, and then cut the list at n (vLLM's chat).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lists {
    /// Length of the lists to which nothing was added, where some list shows it; for drawn tokens and for prompts.
    width: [Option<usize>; 2],
    /// Whether lists begin with the chosen token even where a likelier one follows.
    chosen_first: bool,
}

impl Lists {
    /// Takes in the lists of one document. Those of the document decide before those of earlier ones.
    pub(super) fn observe(&mut self, records: &[Record]) {
        for prompt in [false, true] {
            let plain = records.iter().filter(|record| record.prompt == prompt && record.kind != Kind::Sampled);
            let widths = plain.filter_map(|record| {
                let chosen = find(record.chosen.as_ref(), record);
                (!record.top.is_empty() && !chosen.is_some_and(|i| is_last(i, &record.top))).then_some(record.top.len())
            });
            let width = &mut self.width[usize::from(prompt)];
            *width = widths.max().or(*width);
        }
        let lists = || records.iter().filter(|record| record.kind == Kind::List && record.top.len() > 1);
        if lists().any(|record| find(record.chosen.as_ref(), record).is_some_and(|i| i > 0)) {
            // Here the chosen token stands at its rank.
            self.chosen_first = false;
        } else {
            self.chosen_first |= lists().any(begins_with_chosen);
        }
    }

    /// The entry to take out, so that what is left is the top of the distribution: the chosen token, where it was added;
    /// the least likely one, where a chosen token in front may have driven out another.
    fn added(&self, chosen: usize, record: &Record, vocabulary: Option<u64>) -> Option<usize> {
        let n = record.top.len();
        if n < 2 || vocabulary == Some(n as u64) {
            return None;
        }
        let last = is_last(chosen, &record.top);
        let longer = self.width[usize::from(record.prompt)].map(|width| n == width + 1);
        let added = match record.kind {
            Kind::Sampled => false,
            Kind::List if chosen == 0 && (self.chosen_first || begins_with_chosen(record)) => {
                return least(&record.top);
            }
            Kind::List => last && longer == Some(true),
            Kind::Map => last && self.width[usize::from(record.prompt)].is_none_or(|width| n > width),
            Kind::Ranked => {
                (last && longer == Some(true)) || record.top[chosen].rank.is_some_and(|rank| rank > n as u64)
            }
        };
        added.then_some(chosen)
    }
}

/// The entry that is the chosen token: by id where both have one, else by text and, among equal texts, by ln p.
///
/// In a map equal texts are one entry, and a replacement character stands for many tokens: there ln p must agree, too.
fn find(chosen: Option<&Entry>, record: &Record) -> Option<usize> {
    const AGREEMENT: f64 = 1e-3;
    let chosen = chosen?;
    if chosen.id.is_some() && record.top.iter().any(|entry| entry.id.is_some()) {
        return record.top.iter().position(|entry| entry.id == chosen.id);
    }
    let distance = |entry: &Entry| match (entry.ln_p.known(), chosen.ln_p.known()) {
        (Some(a), Some(b)) => (a - b).abs(),
        _ => 0.0,
    };
    let strict = record.kind == Kind::Map || chosen.is_ambiguous();
    let same = record.top.iter().enumerate().filter(|(_, entry)| entry.is(chosen));
    let nearest = same.min_by(|(_, a), (_, b)| distance(a).total_cmp(&distance(b)));
    nearest.filter(|(_, entry)| !strict || distance(entry) <= AGREEMENT).map(|(i, _)| i)
}

/// Whether the list begins with the chosen token although a likelier one follows.
fn begins_with_chosen(record: &Record) -> bool {
    let first = record.top.first().and_then(|first| first.ln_p.known());
    let likelier = |ln_p: f64| record.top.iter().any(|entry| entry.ln_p.known() > Some(ln_p));
    find(record.chosen.as_ref(), record) == Some(0) && first.is_some_and(likelier)
}

/// Whether entry `i` is the least likely of several, with no tie.
fn is_last(i: usize, top: &[Entry]) -> bool {
    let Some(ln_p) = top[i].ln_p.known() else { return false };
    top.len() > 1 && top.iter().enumerate().all(|(j, entry)| j == i || entry.ln_p.known().is_some_and(|x| x > ln_p))
}

fn least(top: &[Entry]) -> Option<usize> {
    let ln_p = |i: &usize| top[*i].ln_p.known().unwrap_or(f64::NEG_INFINITY);
    (0..top.len()).min_by(|a, b| ln_p(a).total_cmp(&ln_p(b)))
}

/// -100 is where some servers cut: an entry of exactly that, with none below it, has no number.
fn unreport_cut(record: &mut Record) {
    const CUT: f64 = -100.0;
    let below = |entry: &Entry| entry.ln_p.known().is_some_and(|ln_p| ln_p < CUT);
    if record.top.iter().chain(&record.chosen).any(below) {
        return;
    }
    for entry in record.top.iter_mut().chain(&mut record.chosen) {
        if entry.ln_p == LnProbability::Known(CUT) {
            entry.ln_p = LnProbability::Unreported;
        }
    }
}

/// Takes entries without a number out of a list of descending probability. At its head it is a token that the server
/// holds for certain: it has what the others leave, if that is most. Elsewhere it and what follows are not known.
fn settle_unknown(record: &mut Record) {
    let is_unknown = |entry: &Entry| entry.ln_p == LnProbability::Unknown;
    let Some(first) = record.top.iter().position(is_unknown) else { return };
    let known = || record.top.iter().filter_map(|entry| entry.ln_p.known());
    let left = -ln_sum_exp(known()).exp_m1();
    let largest = known().fold(f64::NEG_INFINITY, f64::max);
    let is_ranked = matches!(record.kind, Kind::List | Kind::Sampled);
    let only = is_ranked && record.top.iter().filter(|entry| is_unknown(entry)).count() == 1;
    if first == 0 && only && left > 0.0 && left.ln() >= largest && largest > f64::NEG_INFINITY {
        let certain = LnProbability::Known(left.ln());
        if record.chosen.as_ref().is_some_and(|chosen| is_unknown(chosen) && chosen.is(&record.top[0])) {
            record.chosen.iter_mut().for_each(|chosen| chosen.ln_p = certain);
        }
        record.top[0].ln_p = certain;
        return;
    }
    if is_ranked && first > 0 {
        let last_known = record.top.iter().rposition(|entry| entry.ln_p.known().is_some());
        record.top.truncate(if last_known > Some(first) { first } else { record.top.len() });
    }
    record.top.retain(|entry| !is_unknown(entry));
}

/// The position of a record; `None` if the server reports no number for it.
pub(super) fn position(
    mut record: Record,
    lists: &Lists,
    vocabulary: Option<u64>,
    tally: &mut Tally,
) -> Result<Option<Position>, RecordedError> {
    unreport_cut(&mut record);
    let n_listed = record.top.len();
    settle_unknown(&mut record);
    tally.sentinels += (n_listed - record.top.len()) as u64;
    if matches!(record.kind, Kind::Map | Kind::Ranked) {
        let ln_p = |entry: &Entry| entry.ln_p.known().unwrap_or(f64::NEG_INFINITY);
        record.top.sort_by(|a, b| ln_p(b).total_cmp(&ln_p(a)));
    }
    let mut drawn = draw(&mut record, lists, vocabulary, tally);
    if record.top.iter().all(|entry| entry.ln_p.known().is_none()) {
        let Some(chosen) = record.chosen.filter(|chosen| chosen.ln_p.known().is_some()) else {
            tally.unreported += 1;
            return Ok(None);
        };
        tally.without_list += 1;
        record.top = vec![chosen];
        record.chosen = None;
        drawn = Some(Draw::Listed(0));
    }
    let origin = record.origin;
    let unlisted = rest(&origin, &record.top, record.kind, drawn, vocabulary)?;
    tally.sentinels += record.top.iter().filter(|entry| entry.ln_p.known().is_none()).count() as u64;
    tally.unlisted_draws += u64::from(matches!(drawn, Some(Draw::Unlisted { .. })));
    tally.positions += 1;
    let energies = record.top.iter().map(|entry| entry.ln_p.known().map_or(f64::INFINITY, |ln_p| -ln_p)).collect();
    let listed =
        Spectrum::new(energies).map_err(|source| RecordedError::Spectrum { origin: origin.clone(), source })?;
    let named = record.top.iter().any(|entry| entry.text.is_some() || entry.id.is_some());
    let name = |entry: Entry| entry.text.or_else(|| entry.id.map(name_of_id)).unwrap_or_default();
    let tokens = record.top.into_iter().map(name);
    let tokens = if named { tokens.collect() } else { Vec::new() };
    Ok(Some(Position { unlisted, tokens, drawn: drawn.into_iter().collect(), ..Position::full(origin, listed) }))
}

/// The place of the chosen token in the list, from which tokens that do not belong to it have been taken.
fn draw(record: &mut Record, lists: &Lists, vocabulary: Option<u64>, tally: &mut Tally) -> Option<Draw> {
    let chosen = record.chosen.clone()?;
    let reported = match chosen.ln_p {
        LnProbability::Known(ln_p) => Some(ln_p),
        LnProbability::Zero => Some(f64::NEG_INFINITY),
        LnProbability::Unreported | LnProbability::Unknown => None,
    };
    // Whether an entry without a number has one must not depend on the draw: it is not in the list.
    let mut place = find(Some(&chosen), record);
    if let Some(level) = place.filter(|&level| record.top[level].ln_p == LnProbability::Unreported) {
        record.top.remove(level);
        tally.sentinels += 1;
        place = None;
    }
    let Some(level) = place else {
        let least = record.top.iter().filter_map(|entry| entry.ln_p.known()).fold(f64::INFINITY, f64::min);
        if record.kind != Kind::Sampled && reported > Some(least) {
            // Likelier than the least of the list, it belongs there: the server lists the other tokens alone, or the
            // entry was overwritten by that of another token with the same text.
            tally.restored += 1;
            record.top.push(chosen);
            return Some(Draw::Listed(record.top.len() - 1));
        }
        return Some(Draw::Unlisted { ln_probability: reported });
    };
    if let (Some(listed), Some(own)) = (record.top[level].ln_p.known(), chosen.ln_p.known()) {
        tally.differing += u64::from((listed - own).abs() > DIFFERENT);
    }
    let Some(added) = lists.added(level, record, vocabulary) else { return Some(Draw::Listed(level)) };
    let removed = record.top.remove(added);
    if added == level {
        Some(Draw::Unlisted { ln_probability: removed.ln_p.known().or(reported) })
    } else {
        Some(Draw::Listed(level - usize::from(added < level)))
    }
}

/// The mass of the tokens that are not listed.
fn rest(
    origin: &str,
    top: &[Entry],
    kind: Kind,
    drawn: Option<Draw>,
    vocabulary: Option<u64>,
) -> Result<Option<Unlisted>, RecordedError> {
    let ln_sum = ln_sum_exp(top.iter().filter_map(|entry| entry.ln_p.known()));
    let left = -ln_sum.exp_m1();
    let sum = ln_sum.exp();
    if left.is_nan() || left < -ROUNDING {
        return Err(RecordedError::Mass { origin: origin.to_owned(), sum });
    }
    let is_rounding = kind == Kind::Sampled && left <= SAMPLED_ROUNDING;
    let mut mass = if left <= 0.0 || is_rounding { 0.0 } else { left };
    let outside = matches!(drawn, Some(Draw::Unlisted { .. }));
    if let Some(Draw::Unlisted { ln_probability: Some(ln_p) }) = drawn {
        let probability = ln_p.exp();
        if probability > mass + ROUNDING {
            return Err(RecordedError::Contradiction { origin: origin.to_owned(), probability, left: mass });
        }
        mass = mass.max(probability);
    }
    let n_tokens = match vocabulary {
        None => None,
        Some(vocabulary) => match vocabulary.checked_sub(top.len() as u64) {
            Some(0) if mass <= ROUNDING && !outside => return Ok(None),
            None | Some(0) => {
                let origin = origin.to_owned();
                return Err(RecordedError::Vocabulary { origin, listed: top.len(), sum, vocabulary });
            }
            n_tokens => n_tokens,
        },
    };
    Ok(Some(Unlisted { mass, n_tokens }))
}
