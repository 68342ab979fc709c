//! Logits from JSON documents: arrays of numbers, arrays of those, and objects with `logits`, read as they come.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::de::Read;

use super::context::Context;
use super::error::brief;
use super::{ArrayError, Position};

/// Takes each position as soon as it is read.
pub(super) type Emit<'a> = dyn FnMut(Position) -> Result<(), ArrayError> + 'a;

const FORM: &str = "neither an array of logits nor an object with `logits`";

/// The reader of documents, which hands out the contexts in them.
pub(super) struct Documents<'a> {
    emit: &'a mut Emit<'a>,
    /// The line that is the document, where each line is one.
    line: Option<u64>,
    /// Contexts read.
    n_rows: u64,
    failure: Option<ArrayError>,
}

impl<'a> Documents<'a> {
    pub(super) fn new(line: Option<u64>, emit: &'a mut Emit<'a>) -> Self {
        Self { emit, line, n_rows: 0, failure: None }
    }

    /// Reads one document from `json`.
    pub(super) fn read<'de, R: Read<'de>>(&mut self, json: &mut serde_json::Deserializer<R>) -> Result<(), ArrayError> {
        let message = match (Item { documents: self, inside: false }).deserialize(json) {
            Ok(Found::Numbers(context)) => return self.hand_out(context, false),
            Ok(Found::Contexts) => return Ok(()),
            Ok(Found::Number(_)) => FORM.to_owned(),
            // The bytes failed, not their form: the place says nothing.
            Err(error) if error.is_io() => error.to_string().split(" at line ").next().unwrap_or_default().to_owned(),
            Err(error) => error.to_string(),
        };
        Err(self.failure.take().unwrap_or_else(|| self.refused(&message)))
    }

    /// A message of the JSON parser with the place of the context.
    pub(super) fn refused(&self, message: &str) -> ArrayError {
        let message =
            if self.line.is_some() { message.replace(" at line 1 column ", " at column ") } else { message.into() };
        ArrayError::Json { origin: self.origin(false), message: brief(&message) }
    }

    fn origin(&self, inside: bool) -> String {
        let row = self.n_rows + 1;
        match self.line {
            None => format!("row {row}"),
            Some(line) if inside => format!("line {line}, row {row}"),
            Some(line) => format!("line {line}"),
        }
    }

    fn hand_out(&mut self, context: Context, inside: bool) -> Result<(), ArrayError> {
        let position = context.into_position(self.origin(inside))?;
        self.n_rows += 1;
        (self.emit)(position)
    }

    /// Keeps a failure for when the parser has returned.
    fn keep<T, E: Error>(&mut self, result: Result<T, ArrayError>) -> Result<T, E> {
        result.map_err(|failure| {
            self.failure = Some(failure);
            E::custom("refused")
        })
    }
}

impl fmt::Debug for Documents<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Documents").field("line", &self.line).field("n_rows", &self.n_rows).finish_non_exhaustive()
    }
}

/// What stands at a place where a logit, an array or an object may.
enum Found {
    Number(f64),
    Numbers(Context),
    /// Contexts, which have been handed out.
    Contexts,
}

/// The value at such a place, and whether it is inside of another.
struct Item<'d, 'a> {
    documents: &'d mut Documents<'a>,
    inside: bool,
}

impl<'de> DeserializeSeed<'de> for Item<'_, '_> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Item<'_, '_> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a logit (a number; null or \"-inf\" where forbidden) or an array of them")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Found, E> {
        Ok(Found::Number(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Found, E> {
        Ok(Found::Number(value as f64))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Found, E> {
        Ok(Found::Number(value as f64))
    }

    fn visit_unit<E: Error>(self) -> Result<Found, E> {
        Ok(Found::Number(f64::NEG_INFINITY))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Found, E> {
        let number = text.parse().map(Found::Number);
        number.map_err(|_| E::custom(format_args!("expected a number or \"-inf\", got `{}`", brief(text))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Found, A::Error> {
        let mut context = Context::default();
        let mut nested = false;
        while let Some(item) = array.next_element_seed(Item { documents: &mut *self.documents, inside: true })? {
            match item {
                Found::Number(logit) if !nested => {
                    let origin = self.documents.origin(self.inside);
                    self.documents.keep(context.push(logit, &origin))?;
                }
                Found::Numbers(row) if context.logits.is_empty() => {
                    nested = true;
                    let handed = self.documents.hand_out(row, true);
                    self.documents.keep(handed)?;
                }
                Found::Contexts if context.logits.is_empty() => nested = true,
                _ => return Err(A::Error::custom("numbers and arrays must not stand in one array")),
            }
        }
        Ok(if nested { Found::Contexts } else { Found::Numbers(context) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Found, A::Error> {
        let mut context: Option<Context> = None;
        let (mut nested, mut rest) = (false, Context::default());
        while let Some(key) = object.next_key::<String>()? {
            match key.as_str() {
                "logits" | "logit" if context.is_some() || nested => {
                    return Err(A::Error::custom("`logits` must stand in an object once"));
                }
                "logits" | "logit" => {
                    match object.next_value_seed(Item { documents: &mut *self.documents, inside: true })? {
                        Found::Numbers(numbers) => context = Some(numbers),
                        Found::Contexts => nested = true,
                        Found::Number(_) => return Err(A::Error::custom("`logits` must be an array")),
                    }
                }
                "drawn" => rest.drawn = object.next_value::<Option<_>>()?.unwrap_or_default(),
                "tokens" => rest.tokens = object.next_value::<Option<_>>()?.unwrap_or_default(),
                "ground_energy" => rest.ground_energy = object.next_value()?,
                _ => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        match context {
            Some(Context { logits, .. }) => {
                let handed = self.documents.hand_out(Context { logits, ..rest }, self.inside);
                self.documents.keep(handed)?;
            }
            None if !nested => return Err(A::Error::custom(FORM)),
            None if rest.drawn.is_empty() && rest.tokens.is_empty() && rest.ground_energy.is_none() => {}
            None => {
                return Err(A::Error::custom(
                    "`drawn` and `tokens` belong to the logits of one context, not of several",
                ));
            }
        }
        Ok(Found::Contexts)
    }
}
