//! Logits from JSON documents: arrays of numbers, arrays of those, and objects with `logits`, read as they come.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::de::Read;

use super::error::{ArrayError, brief};
use super::literals::quoted_literals;
use super::row::Row;

/// Takes each row as soon as it is read.
pub(super) type Emit<'a> = dyn FnMut(Row) -> Result<(), ArrayError> + 'a;

const FORM: &str = "neither an array of logits nor an object with `logits`";

/// The reader of documents, which hands out the rows in them.
pub(super) struct Documents<'a> {
    emit: &'a mut Emit<'a>,
    /// The line that is the document, where each line is one.
    line: Option<u64>,
    /// Whether what an object holds beside `logits` is passed over.
    numbers_alone: bool,
    /// Rows read.
    n_rows: u64,
    failure: Option<ArrayError>,
}

impl<'a> Documents<'a> {
    pub(super) fn new(line: Option<u64>, emit: &'a mut Emit<'a>) -> Self {
        Self { emit, line, numbers_alone: false, n_rows: 0, failure: None }
    }

    /// Documents of which the numbers alone are of use: `tokens`, `drawn` and `ground_energy` may be anything.
    pub(super) fn of_numbers_alone(emit: &'a mut Emit<'a>) -> Self {
        Self { numbers_alone: true, ..Self::new(None, emit) }
    }

    /// Reads one document from `json`.
    pub(super) fn read<'de, R: Read<'de>>(&mut self, json: &mut serde_json::Deserializer<R>) -> Result<(), ArrayError> {
        let message = match (Item { documents: self, inside: false }).deserialize(json) {
            Ok(Found::Numbers(row)) => return self.hand_out(row, false),
            Ok(Found::Rows) => return Ok(()),
            Ok(Found::Number(_)) => FORM.to_owned(),
            // The bytes failed, not their form: the place says nothing.
            Err(error) if error.is_io() => error.to_string().split(" at line ").next().unwrap_or_default().to_owned(),
            Err(error) => error.to_string(),
        };
        Err(self.failure.take().unwrap_or_else(|| self.refused(&message)))
    }

    /// Reads the one document that `text` is.
    pub(super) fn read_text(&mut self, text: &str) -> Result<(), ArrayError> {
        let quoted = quoted_literals(text);
        let mut json = serde_json::Deserializer::from_str(quoted.as_deref().unwrap_or(text));
        self.read(&mut json)?;
        json.end().map_err(|error| self.refused(&error.to_string()))
    }

    /// A message of the JSON parser with the place of the row.
    fn refused(&self, message: &str) -> ArrayError {
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

    fn hand_out(&mut self, row: Row, inside: bool) -> Result<(), ArrayError> {
        let row = Row { origin: self.origin(inside), ..row };
        self.n_rows += 1;
        (self.emit)(row)
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
    Numbers(Row),
    /// Rows, which have been handed out.
    Rows,
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
        let mut row = Row::default();
        let mut nested = false;
        while let Some(item) = array.next_element_seed(Item { documents: &mut *self.documents, inside: true })? {
            match item {
                Found::Number(number) if !nested => {
                    let origin = self.documents.origin(self.inside);
                    self.documents.keep(row.push(number, &origin))?;
                }
                Found::Numbers(inner) if row.numbers.is_empty() => {
                    nested = true;
                    let handed = self.documents.hand_out(inner, true);
                    self.documents.keep(handed)?;
                }
                Found::Rows if row.numbers.is_empty() => nested = true,
                _ => return Err(A::Error::custom("an array must not mix numbers and arrays")),
            }
        }
        Ok(if nested { Found::Rows } else { Found::Numbers(row) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Found, A::Error> {
        let mut numbers: Option<Vec<f64>> = None;
        let (mut nested, mut notes) = (false, Row::default());
        while let Some(key) = object.next_key::<String>()? {
            match key.as_str() {
                "logits" | "logit" if numbers.is_some() || nested => {
                    return Err(A::Error::custom("an object must have `logits` only once"));
                }
                "logits" | "logit" => {
                    match object.next_value_seed(Item { documents: &mut *self.documents, inside: true })? {
                        Found::Numbers(row) => numbers = Some(row.numbers),
                        Found::Rows => nested = true,
                        Found::Number(_) => return Err(A::Error::custom("`logits` must be an array")),
                    }
                }
                _ if self.documents.numbers_alone => {
                    object.next_value::<IgnoredAny>()?;
                }
                "drawn" => notes.drawn = object.next_value::<Option<_>>()?.unwrap_or_default(),
                "tokens" => notes.tokens = object.next_value::<Option<_>>()?.unwrap_or_default(),
                "ground_energy" => notes.ground_energy = object.next_value()?,
                _ => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        match numbers {
            Some(numbers) => {
                let handed = self.documents.hand_out(Row { numbers, ..notes }, self.inside);
                self.documents.keep(handed)?;
            }
            None if !nested => return Err(A::Error::custom(FORM)),
            None if notes.drawn.is_empty() && notes.tokens.is_empty() && notes.ground_energy.is_none() => {}
            None => {
                return Err(A::Error::custom(
                    "`drawn` and `tokens` belong to the logits of one context, not of several",
                ));
            }
        }
        Ok(Found::Rows)
    }
}
