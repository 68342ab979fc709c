//! Positions by answer: answers that repeat others for a reason, and tokens that repeat within an answer.

use std::collections::HashMap;
use std::ops::Range;

use serde::Serialize;

use super::tally::Tally;
use crate::estimators::normal_quantile;
use crate::tokens::{Draw, Position, TokensError};

/// Probability with which independent answers of a recording would begin alike as often as those that are counted once.
const COINCIDENCE: f64 = 1e-6;
/// Largest difference of the energies of one token after one text: sums in another order, as of other batches, round otherwise.
const ROUNDING: f64 = 0.05;

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

/// What was drawn at a position: its text where texts are known, else its level.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Drawn<'a> {
    Text(&'a str),
    Level(usize),
    Unlisted,
}

/// What was drawn, and its energy.
fn drawn(position: &Position) -> (Drawn<'_>, f64) {
    match position.drawn[0] {
        Draw::Listed(level) => {
            let text = position.tokens.get(level).filter(|text| !text.is_empty());
            (text.map_or(Drawn::Level(level), |text| Drawn::Text(text)), position.listed.energy(level))
        }
        Draw::Unlisted { ln_probability } => (Drawn::Unlisted, ln_probability.map_or(f64::INFINITY, |ln_p| -ln_p)),
    }
}

/// Whether the draws at both positions may be one draw: of one token, with one energy but for rounding.
fn is_same(a: &Position, b: &Position) -> bool {
    let ((token, energy), (other, theirs)) = (drawn(a), drawn(b));
    token == other && (energy == theirs || (energy - theirs).abs() <= ROUNDING)
}

/// The answers that go on with the same token of the same energy at `depth`, those of each kind together.
fn branches(positions: &[Position], answers: &[Range<usize>], depth: usize) -> Vec<Vec<Range<usize>>> {
    let mut by_token: HashMap<Drawn<'_>, Vec<(f64, Range<usize>)>> = HashMap::new();
    for answer in answers.iter().filter(|answer| answer.len() > depth) {
        let (token, energy) = drawn(&positions[answer.start + depth]);
        by_token.entry(token).or_default().push((energy, answer.clone()));
    }
    let of_token = |mut answers: Vec<(f64, Range<usize>)>| -> Vec<Vec<Range<usize>>> {
        answers.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.start.cmp(&b.1.start)));
        let near = |a: &(f64, Range<usize>), b: &(f64, Range<usize>)| a.0 == b.0 || b.0 - a.0 <= ROUNDING;
        let together = |near: &[(f64, Range<usize>)]| {
            let mut together: Vec<Range<usize>> = near.iter().map(|(_, answer)| answer.clone()).collect();
            together.sort_by_key(|answer| answer.start);
            together
        };
        answers.chunk_by(near).map(together).collect()
    };
    by_token.into_values().flat_map(of_token).collect()
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
/// Answers begin alike by chance, too. They are taken for copies, of a cache or of a fixed seed, for branches of one answer, or for one answer as far
/// as it had come, where independent ones would do so with a probability below 1e-6 at each of `betas`; what all copies have in common is then
/// counted once.
///
/// # Errors
///
/// A drawn level that is not listed.
pub(super) fn without_repeats(
    positions: &[Position],
    betas: &[f64],
) -> Result<Option<(Vec<Position>, Repeats)>, TokensError> {
    let mut answers = answers(positions);
    let mut repeated = begun(positions, &answers, betas)?;
    answers.retain(|answer| !repeated.contains_key(&answer.start));
    let mut copies = Copies { positions, betas, n_answers: answers.len(), repeated: HashMap::new() };
    copies.search(answers)?;
    repeated.extend(copies.repeated);
    if repeated.is_empty() {
        return Ok(None);
    }
    let repeats = Repeats { answers: repeated.len(), draws: repeated.values().map(|&n| n as u64).sum() };
    let mut kept = positions.to_vec();
    for (start, n) in repeated {
        kept[start..start + n].iter_mut().for_each(|position| position.drawn.clear());
    }
    Ok(Some((kept, repeats)))
}

/// Answers with which the next one begins, as in a stream whose chunks repeat what came before, by the number of their first position; none where
/// chance would make as many.
fn begun(
    positions: &[Position],
    answers: &[Range<usize>],
    betas: &[f64],
) -> Result<HashMap<usize, usize>, TokensError> {
    let (mut found, mut mean) = (HashMap::new(), 0.0);
    for (answer, next) in answers.iter().zip(answers.iter().skip(1)).filter(|(answer, next)| answer.len() <= next.len())
    {
        let mut ln_p = 0.0;
        for position in &positions[answer.clone()] {
            ln_p += ln_probability(position, betas)?;
        }
        mean += ln_p.exp();
        if positions[answer.clone()].iter().zip(&positions[next.clone()]).all(|(a, b)| is_same(a, b)) {
            found.insert(answer.start, answer.len());
        }
    }
    Ok(if coincidence(found.len(), mean) < COINCIDENCE { found } else { HashMap::new() })
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
    /// Looks among the answers, from their beginning on; a loop, because answers may be long.
    fn search(&mut self, answers: Vec<Range<usize>>) -> Result<(), TokensError> {
        let n = answers.len();
        let mut pending = vec![Alike { answers, depth: 0, n, ln_p: 0.0, counted: 0 }];
        while let Some(Alike { answers, depth, n, ln_p, counted }) = pending.pop() {
            let branches = branches(self.positions, &answers, depth);
            let all_alike = branches.len() == 1 && answers.iter().all(|answer| answer.len() > depth);
            for branch in branches.into_iter().filter(|branch| branch.len() > 1) {
                let mut most = f64::NEG_INFINITY;
                for answer in &branch {
                    most = most.max(ln_probability(&self.positions[answer.start + depth], self.betas)?);
                }
                let ln_p = ln_p + most;
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
    fn copies_that_are_rounded_otherwise_are_copies() {
        let noisy = |positions: &[Position], seed: u64| -> Vec<Position> {
            let mut rng = Seed(seed).set_up();
            let moved = |position: &Position, rng: &mut crate::rng::TaskRng| {
                let mut energy = |i| position.listed.energy(i) + 1e-3 * crate::rng::uniform(rng);
                let listed = Spectrum::new((0..VOCABULARY).map(&mut energy).collect()).unwrap();
                Position { listed, ..position.clone() }
            };
            positions.iter().map(|position| moved(position, &mut rng)).collect()
        };
        let one = drawn(0..1, 30, 7);
        let copies: Vec<Position> = (0..8).flat_map(|answer| noisy(&renamed(&one, answer), answer as u64)).collect();
        let (_, repeats) = without_repeats(&copies, &[1.0]).unwrap().unwrap();
        assert_eq!(repeats, Repeats { answers: 7, draws: 210 });
    }

    #[test]
    fn an_answer_as_far_as_it_had_come_is_counted_once() {
        let one = drawn(0..1, 40, 8);
        let chunks: Vec<Position> = (1..=40).flat_map(|n| renamed(&one[..n], n)).collect();
        let (kept, repeats) = without_repeats(&chunks, &[1.0, 0.5]).unwrap().unwrap();
        assert_eq!(repeats, Repeats { answers: 39, draws: 39 * 40 / 2 });
        assert_eq!(kept.iter().map(|position| position.drawn.len()).sum::<usize>(), 40);
        // Cut-off answers, each followed by all of it.
        let pairs = (0..8).flat_map(|pair| {
            let whole = drawn(2 * pair..2 * pair + 1, 12, 50 + pair as u64);
            [renamed(&whole[..3 + pair], 2 * pair), renamed(&whole, 2 * pair + 1)].concat()
        });
        let (_, repeats) = without_repeats(&pairs.collect::<Vec<_>>(), &[1.0]).unwrap().unwrap();
        assert_eq!(repeats, Repeats { answers: 8, draws: (0..8).map(|pair| 3 + pair).sum() });
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
