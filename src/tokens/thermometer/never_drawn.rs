//! Tokens whose draws are not recorded: taken out of the lists, which leaves the law of the other draws exact.

use std::collections::HashMap;

use serde::Serialize;

use super::tally::Tally;
use crate::ensemble::Spectrum;
use crate::tokens::{Draw, Position, TokensError, Unlisted};

/// Names of tokens that end an answer. Many servers do not record their draws.
const ENDS: [&str; 15] = [
    "</s>",
    "<|end|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|im_end|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|return|>",
    "<eos>",
    "<EOS>",
    "[EOS]",
    "<end_of_turn>",
    "<|end_of_turn|>",
    "<|endofturn|>",
    "<｜end▁of▁sentence｜>",
];

/// Draws expected of a token of which there is none that are no chance: with a probability of 5 % there would be none.
const SURPRISING: f64 = 3.0;
/// The same where any token may be the one: with a probability of 0.25 % there would be none of a given one.
const STRIKING: f64 = 6.0;
/// Most such tokens that are named.
const MOST_NAMED: usize = 3;

/// A token that was never drawn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NeverDrawn {
    /// Its text.
    pub token: String,
    /// Positions that listed it.
    pub positions: usize,
    /// Its probability in the reported distributions, summed over these positions: how many draws are expected. Where it was not taken out of the lists,
    /// the least of those at T = 1 and at the fitted temperature, of the draws inside the lists.
    pub mass: f64,
}

/// Positions without some tokens, and which these are.
type Kept = (Vec<Position>, Vec<NeverDrawn>);

/// The positions without the tokens of `asked`, and without those that end answers and were never drawn although some draws are
/// expected; `None` where no list has any.
///
/// The draws that are recorded follow the law given that none is of such a token: at each temperature, the Boltzmann distribution over the others.
///
/// # Errors
///
/// A token of `asked` that was drawn, or that no list has; one whose removal leaves a list empty.
pub(super) fn without_never_drawn(positions: &[Position], asked: &[String]) -> Result<Option<Kept>, TokensError> {
    let refuse = |expected, value: &String| {
        Err(TokensError::Setting { name: "a token that is never drawn", expected, value: value.clone() })
    };
    let has = |position: &Position, token: &str| position.tokens.iter().any(|text| text == token);
    let is_listed = |token: &str| positions.iter().any(|position| has(position, token));
    // A token of which only the id is known may be named by the number.
    let by_id = |token: &String| {
        let id = format!("token_id:{token}");
        if !is_listed(token) && is_listed(&id) { id } else { token.clone() }
    };
    let asked: Vec<String> = asked.iter().map(by_id).collect();
    let was_drawn = |token: &str| {
        positions.iter().any(|position| {
            let of = |draw: &Draw| matches!(draw, Draw::Listed(level) if position.tokens.get(*level).is_some_and(|text| text == token));
            position.drawn.iter().any(of)
        })
    };
    if let Some(drawn) = asked.iter().find(|token| was_drawn(token)) {
        return refuse("one that no draw is of", drawn);
    }
    if let Some(unknown) = asked.iter().find(|token| !is_listed(token)) {
        return refuse("one that a position lists", unknown);
    }
    let ends = ENDS.into_iter().filter(|token| !was_drawn(token) && expected_draws(positions, token) >= SURPRISING);
    let mut tokens: Vec<String> = asked.iter().cloned().chain(ends.map(str::to_owned)).collect();
    tokens.dedup();
    if tokens.is_empty() {
        return Ok(None);
    }
    let mut found: Vec<NeverDrawn> =
        tokens.iter().map(|token| NeverDrawn { token: token.clone(), positions: 0, mass: 0.0 }).collect();
    let kept = positions.iter().map(|position| without(position, &mut found)).collect::<Result<_, _>>()?;
    Ok(Some((kept, found)))
}

/// The tokens of lists that were never drawn although more draws of them are expected than chance leaves out, at each of `betas`; those with the most
/// expected draws first.
///
/// # Errors
///
/// A drawn level that is not listed.
pub(super) fn never_seen(positions: &[Position], betas: &[f64]) -> Result<Vec<NeverDrawn>, TokensError> {
    let mut expected: HashMap<&str, (usize, Vec<f64>)> = HashMap::new();
    let lists = || positions.iter().filter(|position| position.unlisted.is_some() && !position.drawn.is_empty());
    for position in lists() {
        let tally = Tally::new(position)?;
        let ensembles: Vec<_> = betas.iter().map(|&beta| tally.at(beta)).collect();
        for (level, text) in position.tokens.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            let (positions, sums) = expected.entry(text).or_insert_with(|| (0, vec![0.0; betas.len()]));
            *positions += 1;
            let inside = tally.n as f64;
            sums.iter_mut().zip(&ensembles).for_each(|(sum, ensemble)| *sum += inside * ensemble.probability(level));
        }
    }
    for position in lists() {
        for draw in &position.drawn {
            if let Draw::Listed(level) = *draw
                && let Some(text) = position.tokens.get(level)
            {
                expected.remove(text.as_str());
            }
        }
    }
    let least = |(token, (positions, sums)): (&str, (usize, Vec<f64>))| {
        let mass = sums.into_iter().fold(f64::INFINITY, f64::min);
        NeverDrawn { token: token.to_owned(), positions, mass }
    };
    let mut found: Vec<NeverDrawn> =
        expected.into_iter().map(least).filter(|never| never.mass.is_finite() && never.mass >= STRIKING).collect();
    found.sort_by(|a, b| b.mass.total_cmp(&a.mass).then_with(|| a.token.cmp(&b.token)));
    found.truncate(MOST_NAMED);
    Ok(found)
}

/// How often `token` would be drawn from the reported distributions, where these are those of lists.
fn expected_draws(positions: &[Position], token: &str) -> f64 {
    let of_position = |position: &Position| -> f64 {
        let levels = (0..position.tokens.len()).filter(|&level| position.tokens[level] == token);
        let allowed = levels.filter(|&level| !position.listed.is_forbidden(level));
        let probability: f64 = allowed.map(|level| (-position.listed.energy(level)).exp()).sum();
        position.drawn.len() as f64 * probability
    };
    positions.iter().filter(|position| position.unlisted.is_some()).map(of_position).sum()
}

/// The position given that none of `tokens` is drawn.
fn without(position: &Position, tokens: &mut [NeverDrawn]) -> Result<Position, TokensError> {
    let (listed, mut removed, mut mass) = (&position.listed, vec![false; position.listed.len()], 0.0);
    for token in tokens {
        let levels: Vec<usize> = (0..position.tokens.len()).filter(|&i| position.tokens[i] == token.token).collect();
        token.positions += usize::from(!levels.is_empty());
        for level in levels {
            removed[level] = true;
            if position.unlisted.is_some() && !listed.is_forbidden(level) {
                let p = (-listed.energy(level)).exp();
                token.mass += p;
                mass += p;
            }
        }
    }
    // A list of such tokens alone is left as it is: it tells nothing.
    if removed.iter().all(|gone| *gone) || !removed.contains(&true) {
        return Ok(position.clone());
    }
    // The energies of whole vocabularies have any gauge.
    let shift = (-mass.min(1.0 - f64::EPSILON)).ln_1p();
    let stay: Vec<usize> = (0..listed.len()).filter(|&level| !removed[level]).collect();
    let energy = |&level: &usize| if listed.is_forbidden(level) { f64::INFINITY } else { listed.energy(level) + shift };
    let place = |draw: &Draw| match *draw {
        Draw::Listed(level) => Draw::Listed(stay.partition_point(|&other| other < level)),
        Draw::Unlisted { ln_probability } => Draw::Unlisted { ln_probability: ln_probability.map(|x| x - shift) },
    };
    let unlisted =
        position.unlisted.map(|unlisted| Unlisted { mass: (unlisted.mass / shift.exp()).min(1.0), ..unlisted });
    Ok(Position {
        listed: Spectrum::new(stay.iter().map(energy).collect())?,
        unlisted,
        tokens: stay.iter().map(|&level| position.tokens[level].clone()).collect(),
        drawn: position.drawn.iter().map(place).collect(),
        origin: position.origin.clone(),
        reported: position.reported,
    })
}
