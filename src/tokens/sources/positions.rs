//! The positions of a file as they are read, and the account of what was left out, cut or guessed on the way.

use std::fmt;
use std::io::BufRead;

use serde::Serialize;

use super::error::SourceError;
use super::logits::LogitsError;
use super::recorded::{Responses, Tally};
use crate::ensemble::{Canonical, Spectrum};
use crate::tokens::position::{Draw, Position};
use crate::units::Beta;

/// Probability at T = 1 that columns may hold which are taken for padding.
const PADDING: f64 = 0.01;
/// Amount by which numbers that are taken for probabilities may miss a sum of 1.
const PROBABILITIES: f64 = 1e-4;

/// What a source held that is not in its positions as it stands there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Reading {
    /// Drawn tokens that were passed over: the source reports no number for them or their list.
    pub unreported: u64,
    /// Answers, or chunks of them, with text but no logarithms.
    pub without_logprobs: u64,
    /// Tokens of prompts that were passed over.
    pub prompt_tokens: u64,
    /// Listed tokens with a sentinel for a number.
    pub sentinels: u64,
    /// Drawn tokens beside their list that were put into it.
    pub restored: u64,
    /// Drawn tokens with a number of their own that is not the one in their list.
    pub differing: u64,
    /// Whether there is more that was not read, because as much was asked for as was read.
    pub is_part: bool,
    /// Whether the first of several rows has whole numbers alone, and the second fractions: it may be a header of ids.
    pub whole_first_row: bool,
    /// Rows of which padding was cut.
    pub padded: u64,
    /// Largest probability at T = 1 of what was cut of a row.
    pub padding_mass: f64,
    /// Rows of numbers that add up to 1, as probabilities do, and were taken for logits.
    pub like_probabilities: u64,
}

impl From<Tally> for Reading {
    fn from(tally: Tally) -> Self {
        Self {
            unreported: tally.unreported,
            without_logprobs: tally.without_logprobs,
            prompt_tokens: tally.prompt_tokens,
            sentinels: tally.sentinels,
            restored: tally.restored,
            differing: tally.differing,
            ..Self::default()
        }
    }
}

/// The positions of a file, in order.
pub struct Positions {
    source: Source,
    vocabulary: Option<u64>,
    /// What was cut and guessed; a recording counts for itself.
    reading: Reading,
    n_rows: u64,
    first_is_whole: bool,
}

enum Source {
    Logits(Box<dyn Iterator<Item = Result<Position, LogitsError>> + Send>),
    Responses(Box<Responses<Box<dyn BufRead + Send>>>),
}

impl fmt::Debug for Positions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Positions").field("reading", &self.reading()).finish_non_exhaustive()
    }
}

impl Positions {
    pub(super) fn of_logits(
        rows: Box<dyn Iterator<Item = Result<Position, LogitsError>> + Send>,
        vocabulary: Option<u64>,
    ) -> Self {
        Self { source: Source::Logits(rows), vocabulary, reading: Reading::default(), n_rows: 0, first_is_whole: false }
    }

    pub(super) fn of_responses(responses: Responses<Box<dyn BufRead + Send>>) -> Self {
        Self {
            source: Source::Responses(Box::new(responses)),
            vocabulary: None,
            reading: Reading::default(),
            n_rows: 0,
            first_is_whole: false,
        }
    }

    /// What was left out, cut or guessed so far.
    #[must_use]
    pub fn reading(&self) -> Reading {
        match &self.source {
            Source::Logits(_) => self.reading,
            Source::Responses(responses) => responses.tally().into(),
        }
    }

    /// A row of logits without its padding.
    fn row(&mut self, position: Position) -> Result<Position, SourceError> {
        self.reading.like_probabilities += u64::from(are_probabilities(&position));
        self.n_rows += 1;
        match self.n_rows {
            1 => self.first_is_whole = are_ids(&position),
            2 => self.reading.whole_first_row = self.first_is_whole && !are_whole(&position),
            _ => {}
        }
        let Some(vocabulary) = self.vocabulary.filter(|&vocabulary| vocabulary != position.listed.len() as u64) else {
            return Ok(position);
        };
        let (position, mass) = without_padding(position, vocabulary)?;
        self.reading.padded += 1;
        self.reading.padding_mass = self.reading.padding_mass.max(mass);
        Ok(position)
    }
}

impl Iterator for Positions {
    type Item = Result<Position, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.source {
            Source::Responses(responses) => Some(responses.next()?.map_err(Into::into)),
            Source::Logits(rows) => {
                let row = rows.next()?;
                Some(row.map_err(Into::into).and_then(|position| self.row(position)))
            }
        }
    }
}

fn logits(position: &Position) -> impl Iterator<Item = f64> {
    (0..position.listed.len()).map(|level| -position.listed.energy(level))
}

fn are_whole(position: &Position) -> bool {
    logits(position).all(|x| x.fract() == 0.0)
}

/// Whether numbers may be the ids of tokens: whole, not negative, and all different.
fn are_ids(position: &Position) -> bool {
    let mut numbers: Vec<f64> = logits(position).collect();
    numbers.sort_by(f64::total_cmp);
    numbers.len() > 2 && numbers[0] >= 0.0 && are_whole(position) && numbers.windows(2).all(|pair| pair[0] < pair[1])
}

/// Whether what is read as logits are probabilities: fractions that add up to 1.
fn are_probabilities(position: &Position) -> bool {
    let numbers = || logits(position);
    let fractions = numbers().all(|x| (0.0..=1.0).contains(&x)) && numbers().any(|x| x > 0.0 && x < 1.0);
    position.listed.len() > 1 && fractions && (numbers().sum::<f64>() - 1.0).abs() < PROBABILITIES
}

/// The first `vocabulary` tokens of a position that lists more, for matrices of models are padded to round sizes, and the
/// probability of the others at T = 1.
fn without_padding(position: Position, vocabulary: u64) -> Result<(Position, f64), SourceError> {
    let columns = position.listed.len();
    let refuse = |reason| Err(SourceError::Padding { origin: position.origin.clone(), columns, reason });
    if vocabulary > columns as u64 {
        return refuse(format!("fewer than the {vocabulary} tokens of the vocabulary"));
    }
    if vocabulary == 0 {
        return refuse("and a vocabulary has at least one token".to_owned());
    }
    let kept = vocabulary as usize;
    if position.drawn.iter().any(|draw| matches!(draw, Draw::Listed(level) if *level >= kept)) {
        return refuse(format!("and a token beyond the {vocabulary} of the vocabulary was drawn"));
    }
    let ensemble = Canonical::new(&position.listed, Beta::new(1.0).unwrap_or(Beta::ZERO));
    let mass: f64 = (kept..columns).map(|level| ensemble.probability(level)).sum();
    // Rows of zeros in the last matrix give logits of zero, which may be likely.
    let are_alike = (kept..columns).all(|level| position.listed.energy(level) == position.listed.energy(kept));
    if mass > PADDING && !(are_alike && columns - kept > 1) {
        return refuse(format!(
            "and those beyond the {vocabulary} of the vocabulary differ and have a probability of {mass:.3} at T = 1, as padding has not"
        ));
    }
    let energies = (0..kept).map(|level| position.listed.energy(level)).collect();
    let listed = Spectrum::new(energies).map_err(|error| SourceError::Padding {
        origin: position.origin.clone(),
        columns,
        reason: format!("and the first {vocabulary} are no distribution: {error}"),
    })?;
    let tokens = position.tokens.into_iter().take(kept).collect();
    Ok((Position { tokens, drawn: position.drawn, ..Position::full(position.origin, listed) }, mass))
}
