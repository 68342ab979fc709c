//! Positions by answer: answers that repeat others for a reason, and tokens that repeat within an answer.

use std::collections::HashMap;
use std::ops::Range;

use serde::Serialize;

use super::tally::Tally;
use crate::estimators::normal_quantile;
use crate::tokens::{Draw, Position, TokensError};

/// Probability with which independent answers of a recording would begin alike as often as those that are counted once.
const COINCIDENCE: f64 = 1e-6;

/// Draws that were made once and stand in several answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Repeats {
    /// Answers that repeat the beginning of another, or all of it.
    pub answers: usize,
    /// Their draws that are not counted.
    pub draws: u64,
}

/// Draws of tokens that had been drawn before in the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Repetition {
    /// How many there are.
    pub seen: u64,
    /// How many there would be on average at the temperature that fits.
    pub expected: f64,
}

/// The place of a position within its answer is the number at the end of its origin: `line 2, token 17`.
fn answer_of(origin: &str) -> Option<&str> {
    let answer = origin.trim_end_matches(|c: char| c.is_ascii_digit());
    answer.ends_with("token ").then_some(answer)
}

/// The answers among positions with one draw each: consecutive positions whose origins name the same answer.
fn answers(positions: &[Position]) -> Vec<Range<usize>> {
    let same =
        |a: &Position, b: &Position| answer_of(&a.origin).is_some_and(|answer| Some(answer) == answer_of(&b.origin));
    let mut end = 0;
    let ranges = positions.chunk_by(same).map(|chunk| {
        end += chunk.len();
        end - chunk.len()..end
    });
    let whole = |answer: &Range<usize>| {
        positions[answer.clone()]
            .iter()
            .all(|position| answer_of(&position.origin).is_some() && position.drawn.len() == 1)
    };
    ranges.filter(whole).collect()
}

/// What was drawn at a position: its text where texts are known, else its level and energy.
#[derive(PartialEq, Eq, Hash)]
enum Drawn<'a> {
    Text(&'a str),
    Level(usize, u64),
    Unlisted(Option<u64>),
}

impl<'a> Drawn<'a> {
    fn of(position: &'a Position) -> Self {
        match position.drawn[0] {
            Draw::Listed(level) => match position.tokens.get(level).filter(|text| !text.is_empty()) {
                Some(text) => Self::Text(text),
                None => Self::Level(level, position.listed.energy(level).to_bits()),
            },
            Draw::Unlisted { ln_probability } => Self::Unlisted(ln_probability.map(f64::to_bits)),
        }
    }
}

/// What identifies a prompt: the tokens listed after it, or their energies.
fn prompt_of(first: &Position) -> (Vec<&str>, Vec<u64>) {
    let texts: Vec<&str> = first.tokens.iter().map(String::as_str).collect();
    let energies = |n: usize| (0..n).map(|level| first.listed.energy(level).to_bits()).collect();
    if texts.is_empty() { (texts, energies(first.listed.len())) } else { (texts, Vec::new()) }
}

/// ln of the largest probability of the draw at any of `betas`.
fn ln_probability(position: &Position, betas: &[f64]) -> Result<f64, TokensError> {
    let tally = Tally::new(position)?;
    Ok(match position.drawn[0] {
        Draw::Listed(level) => {
            betas.iter().map(|&beta| tally.at(beta).ln_probability(level)).fold(f64::NEG_INFINITY, f64::max)
        }
        // Beyond the list there is at most what it leaves.
        Draw::Unlisted { ln_probability } => {
            ln_probability.or(position.unlisted.map(|unlisted| unlisted.mass.ln())).unwrap_or(0.0).min(0.0)
        }
    })
}

/// The positions with the draws of repeated answers taken out, and how many these are; `None` where none are.
///
/// Answers to one prompt begin alike by chance, too. They are taken for copies, of a cache or of a fixed seed, or for branches of one answer, where
/// independent ones would do so with a probability below 1e-6 at each of `betas`; what all copies have in common is then counted once.
///
/// # Errors
///
/// A drawn level that is not listed.
pub(super) fn without_repeats(
    positions: &[Position],
    betas: &[f64],
) -> Result<Option<(Vec<Position>, Repeats)>, TokensError> {
    let answers = answers(positions);
    let mut prompts: HashMap<_, Vec<Range<usize>>> = HashMap::new();
    for answer in &answers {
        prompts.entry(prompt_of(&positions[answer.start])).or_default().push(answer.clone());
    }
    let mut copies = Copies { positions, betas, n_answers: answers.len(), repeated: HashMap::new() };
    for group in prompts.into_values().filter(|group| group.len() > 1) {
        copies.search(group)?;
    }
    if copies.repeated.is_empty() {
        return Ok(None);
    }
    let repeats = Repeats { answers: copies.repeated.len(), draws: copies.repeated.values().map(|&n| n as u64).sum() };
    let mut kept = positions.to_vec();
    for (start, n) in copies.repeated {
        kept[start..start + n].iter_mut().for_each(|position| position.drawn.clear());
    }
    Ok(Some((kept, repeats)))
}

/// Answers that repeat others, by the number of their first position, and how many of their positions do.
struct Copies<'p> {
    positions: &'p [Position],
    betas: &'p [f64],
    n_answers: usize,
    repeated: HashMap<usize, usize>,
}

/// Answers that are alike so far.
struct Alike {
    answers: Vec<Range<usize>>,
    /// Positions that they share.
    depth: usize,
    /// Of so many independent answers, each has what these share since `counted` with the probability e^`ln_p`.
    n: usize,
    ln_p: f64,
    /// Positions that are already counted once.
    counted: usize,
}

impl Copies<'_> {
    /// Looks among the answers to one prompt, from their beginning on; a loop, because answers may be long.
    fn search(&mut self, answers: Vec<Range<usize>>) -> Result<(), TokensError> {
        let n = answers.len();
        let mut pending = vec![Alike { answers, depth: 0, n, ln_p: 0.0, counted: 0 }];
        while let Some(Alike { answers, depth, n, ln_p, counted }) = pending.pop() {
            let mut branches: HashMap<Drawn<'_>, Vec<Range<usize>>> = HashMap::new();
            for answer in answers.iter().filter(|answer| answer.len() > depth) {
                branches.entry(Drawn::of(&self.positions[answer.start + depth])).or_default().push(answer.clone());
            }
            let all_alike = branches.len() == 1 && answers.iter().all(|answer| answer.len() > depth);
            for branch in branches.into_values().filter(|branch| branch.len() > 1) {
                let ln_p = ln_p + ln_probability(&self.positions[branch[0].start + depth], self.betas)?;
                let chance = coincidence(branch.len() - 1, n as f64 * ln_p.exp()) * self.n_answers as f64;
                let depth = depth + 1;
                pending.push(if chance < COINCIDENCE || (all_alike && counted == depth - 1 && counted > 0) {
                    self.repeated.extend(branch[1..].iter().map(|answer| (answer.start, depth)));
                    Alike { depth, n: branch.len(), ln_p: 0.0, counted: depth, answers: branch }
                } else {
                    Alike { depth, n, ln_p, counted, answers: branch }
                });
            }
        }
        Ok(())
    }
}

/// Bound on the probability of at least `k` events of a Poisson distribution of this `mean` (Chernoff).
fn coincidence(k: usize, mean: f64) -> f64 {
    let k = k as f64;
    if k <= mean { 1.0 } else { (k - mean - k * (k / mean).ln()).exp() }
}

/// Tokens that were drawn again in their answers, if they were drawn more rarely than any of `betas` explains with probability `alpha`.
///
/// # Errors
///
/// A drawn level that is not listed; `alpha` outside (0, 1).
pub(super) fn rare_repetition(
    positions: &[Position],
    betas: &[f64],
    alpha: f64,
) -> Result<Option<Repetition>, TokensError> {
    let mut rarest: Option<Repetition> = None;
    let bound = normal_quantile(1.0 - alpha)?;
    for &beta in betas {
        let (mut seen, mut expected, mut variance) = (0, 0.0, 0.0);
        for answer in answers(positions) {
            let mut before: Vec<&str> = Vec::new();
            for position in &positions[answer] {
                let Draw::Listed(drawn) = position.drawn[0] else { continue };
                let tally = Tally::new(position)?;
                let ensemble = tally.at(beta);
                let again =
                    |level: usize| position.tokens.get(level).is_some_and(|text| before.contains(&text.as_str()));
                let p: f64 = (0..position.tokens.len())
                    .filter(|&level| again(level))
                    .map(|level| ensemble.probability(level))
                    .sum();
                seen += u64::from(again(drawn));
                expected += p;
                variance += p * (1.0 - p);
                before.extend(position.tokens.get(drawn).map(String::as_str));
            }
        }
        // Fewer than ten expected ones are no law of large numbers.
        if expected - seen as f64 <= bound * variance.sqrt() || variance < 10.0 {
            return Ok(None);
        }
        let found = Repetition { seen, expected };
        rarest = Some(rarest.filter(|other| other.expected < expected).unwrap_or(found));
    }
    Ok(rarest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::{Canonical, Spectrum};
    use crate::rng::Seed;
    use crate::samplers::InverseCdf;
    use crate::units::Beta;

    const VOCABULARY: usize = 30;

    /// Answers of `n` tokens drawn at T = 1, numbered from `first`, from spectra that depend on the place alone.
    fn drawn(answers: Range<usize>, n: usize, seed: u64) -> Vec<Position> {
        let mut rng = Seed(seed).set_up();
        let mut positions = Vec::new();
        for answer in answers {
            for place in 0..n {
                let energies = (0..VOCABULARY).map(|i| ((i * i * (place + 3)) % 41) as f64 / 10.0).collect();
                let listed = Spectrum::new(energies).unwrap();
                let sampler = InverseCdf::new(&Canonical::new(&listed, Beta::new(1.0).unwrap()));
                let drawn = vec![Draw::Listed(sampler.draw(&mut rng))];
                let tokens = (0..VOCABULARY).map(|i| format!("t{i}")).collect();
                let origin = format!("line {answer}, token {}", place + 1);
                positions.push(Position { tokens, drawn, ..Position::full(origin, listed) });
            }
        }
        positions
    }

    fn renamed(positions: &[Position], answer: usize) -> Vec<Position> {
        let name = |position: &Position| {
            let place = position.origin.rsplit(' ').next().unwrap();
            Position { origin: format!("line {answer}, token {place}"), ..position.clone() }
        };
        positions.iter().map(name).collect()
    }

    #[test]
    fn independent_answers_are_all_counted() {
        for seed in 0..20 {
            assert!(without_repeats(&drawn(0..200, 6, seed), &[1.0]).unwrap().is_none(), "{seed}");
        }
        // At T = 0.2 many answers are alike by chance, which the temperature explains.
        let likeliest = [Position { drawn: vec![Draw::Listed(0)], ..drawn(0..1, 1, 3).swap_remove(0) }];
        let cold: Vec<Position> = (0..50).flat_map(|answer| renamed(&likeliest, answer)).collect();
        assert!(without_repeats(&cold, &[f64::INFINITY, 20.0]).unwrap().is_none());
    }

    #[test]
    fn copies_and_branches_are_counted_once() {
        let mut positions = drawn(0..10, 12, 1);
        let copy = positions[..12].to_vec();
        (10..15).for_each(|answer| positions.extend(renamed(&copy, answer)));
        let (kept, repeats) = without_repeats(&positions, &[1.0, 0.5]).unwrap().unwrap();
        assert_eq!(repeats, Repeats { answers: 5, draws: 60 });
        assert_eq!(kept.iter().map(|position| position.drawn.len()).sum::<usize>(), 120);
        // Eight branches of one beginning of eight tokens go on independently.
        let beginning = drawn(0..1, 8, 2);
        let branches = (0..8).flat_map(|answer| {
            let mut branch = drawn(answer..answer + 1, 12, 100 + answer as u64);
            branch.splice(..8, renamed(&beginning, answer));
            branch
        });
        let (_, repeats) = without_repeats(&branches.collect::<Vec<_>>(), &[1.0]).unwrap().unwrap();
        assert!(repeats.answers == 7 && repeats.draws == 56, "{repeats:?}");
    }

    #[test]
    fn long_answers_are_compared_to_their_ends() {
        let n = 20_000;
        let one = drawn(0..1, n, 4);
        let two = [one.clone(), renamed(&one, 1)].concat();
        let (_, repeats) = without_repeats(&two, &[1.0]).unwrap().unwrap();
        assert_eq!(repeats, Repeats { answers: 1, draws: n as u64 });
    }

    #[test]
    fn avoided_tokens_are_rare() {
        let positions = drawn(0..40, 30, 5);
        assert_eq!(rare_repetition(&positions, &[1.0], 1e-3).unwrap(), None);
        // Drawn anew where the answer has the token already.
        let mut rng = Seed(6).set_up();
        let mut penalized = positions.clone();
        for answer in answers(&positions) {
            let mut before = Vec::new();
            for position in &mut penalized[answer] {
                let sampler = InverseCdf::new(&Canonical::new(&position.listed, Beta::new(1.0).unwrap()));
                let mut level = sampler.draw(&mut rng);
                while before.contains(&level) {
                    level = sampler.draw(&mut rng);
                }
                before.push(level);
                position.drawn = vec![Draw::Listed(level)];
            }
        }
        let found = rare_repetition(&penalized, &[1.0, 0.8], 1e-3).unwrap().unwrap();
        assert!(found.seen == 0 && found.expected > 100.0, "{found:?}");
    }
}
