//! One context with its draws as a JSON line.

use serde::Serialize;

use super::error::LogitsError;
use crate::ensemble::Spectrum;
use crate::tokens::position::{Draw, Position};

#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ground_energy: Option<f64>,
    logits: Vec<Logit>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tokens: &'a [String],
    drawn: Vec<usize>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Logit {
    Number(f64),
    Forbidden(&'static str),
}

/// A position and its draws as the line that [`JsonLines`](super::JsonLines) reads back as the same position but for
/// its `origin`, without a line end.
///
/// The logits are -E_i. Where these rounded numbers would not give back the distances of the levels to the last bit, as
/// of levels closer together than the rounding error of E_0, they are measured from the largest instead and
/// `ground_energy` is E_0.
///
/// # Errors
///
/// A position that lists only a part of the tokens, or a draw of an unlisted one.
///
/// # Examples
///
/// ```
/// use gibbs::ensemble::Spectrum;
/// use gibbs::tokens::{Draw, Position};
/// use gibbs::tokens::sources::logits::write_draws_line;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let listed = Spectrum::from_logits(&[1.5, 0.0, f64::NEG_INFINITY])?;
/// let drawn = vec![Draw::Listed(1), Draw::Listed(0)];
/// let position = Position { drawn, ..Position::full("row 1", listed) };
/// let line = write_draws_line(Some("One"), &position)?;
/// assert_eq!(line, r#"{"prompt":"One","logits":[1.5,0.0,"-inf"],"drawn":[1,0]}"#);
/// # Ok(())
/// # }
/// ```
pub fn write_draws_line(prompt: Option<&str>, position: &Position) -> Result<String, LogitsError> {
    let partial = || LogitsError::Partial(position.origin.clone());
    if position.unlisted.is_some() {
        return Err(partial());
    }
    let level = |draw: &Draw| match draw {
        Draw::Listed(level) => Ok(*level),
        Draw::Unlisted { .. } => Err(partial()),
    };
    let drawn = position.drawn.iter().map(level).collect::<Result<_, _>>()?;
    let listed = &position.listed;
    let mut logits: Vec<f64> = (0..listed.len()).map(|i| 0.0 - listed.energy(i)).collect();
    let mut ground_energy = None;
    if Spectrum::from_logits(&logits).as_ref() != Ok(listed) {
        ground_energy = Some(listed.ground_energy());
        logits = listed.excitations().iter().map(|excitation| 0.0 - excitation).collect();
    }
    let write = |&logit: &f64| if logit.is_finite() { Logit::Number(logit) } else { Logit::Forbidden("-inf") };
    let logits = logits.iter().map(write).collect();
    let line = Line { prompt, ground_energy, logits, tokens: &position.tokens, drawn };
    serde_json::to_string(&line)
        .map_err(|error| LogitsError::Json { origin: position.origin.clone(), message: error.to_string() })
}
