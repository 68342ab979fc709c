//! Rows of logits made positions, one at a time.

use super::error::LogitsError;
use crate::arrays::{ArrayError, Row, brief, unmask};
use crate::ensemble::{Spectrum, SpectrumError};
use crate::tokens::position::{Draw, Position};

/// The positions of rows, one at least; nothing follows an error.
#[derive(Debug)]
pub(super) struct RowPositions<I> {
    rows: I,
    n_rows: u64,
    done: bool,
}

impl<I> RowPositions<I> {
    pub(super) fn new(rows: I) -> Self {
        Self { rows, n_rows: 0, done: false }
    }
}

impl<I: Iterator<Item = Result<Row, ArrayError>>> Iterator for RowPositions<I> {
    type Item = Result<Position, LogitsError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let item = match self.rows.next() {
            None if self.n_rows == 0 => Some(Err(LogitsError::Empty)),
            None => None,
            Some(row) => Some(row.map_err(LogitsError::from).and_then(position)),
        };
        self.n_rows += 1;
        self.done = !matches!(item, Some(Ok(_)));
        item
    }
}

/// A row of logits as a position.
fn position(row: Row) -> Result<Position, LogitsError> {
    let Row { origin, numbers: logits, ground_energy, tokens, drawn } = row;
    let n_tokens = logits.len();
    let listed = match spectrum(logits, ground_energy) {
        Ok(listed) => listed,
        Err(source) => return Err(LogitsError::Spectrum { origin: brief(&origin), source }),
    };
    if !tokens.is_empty() && tokens.len() != n_tokens {
        return Err(LogitsError::Tokens { origin, n_tokens: tokens.len(), n_logits: n_tokens });
    }
    let draw = |(index, &token): (usize, &u64)| match usize::try_from(token) {
        Ok(level) if level < n_tokens => Ok(Draw::Listed(level)),
        _ => Err(LogitsError::Drawn { origin: origin.clone(), index, token, n_tokens }),
    };
    let drawn = drawn.iter().enumerate().map(draw).collect::<Result<_, _>>()?;
    Ok(Position { tokens, drawn, ..Position::full(origin, listed) })
}

/// Logits as levels, masked tokens forbidden; with a `ground_energy` they are minus the distances from it.
fn spectrum(mut logits: Vec<f64>, ground_energy: Option<f64>) -> Result<Spectrum, SpectrumError> {
    let Some(ground_energy) = ground_energy else {
        unmask(&mut logits);
        return Spectrum::from_logits(&logits);
    };
    // Refuses by the names of logits first.
    Spectrum::from_logits(&logits)?;
    Spectrum::from_excitations(ground_energy, logits.into_iter().map(|logit| 0.0 - logit).collect())
}
