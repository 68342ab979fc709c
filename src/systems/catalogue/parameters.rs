//! Parameters given as text: known names only, each once, typed on demand; defaults come from the description.

use std::str::FromStr;

use super::descriptions::Description;
use crate::systems::SystemError;

/// Suffixes that make a number an energy with a unit, which is not supported yet.
const UNITS: [&str; 6] = ["meV", "eV", "kJ/mol", "cm-1", "J", "K"];

/// The parameters given for one system.
pub(super) struct Parameters<'a> {
    system: &'static Description,
    given: Vec<(&'static str, &'a str)>,
}

impl<'a> Parameters<'a> {
    /// Checks that each name exists and is given once.
    pub(super) fn new(system: &'static Description, given: &[(&str, &'a str)]) -> Result<Self, SystemError> {
        let mut known: Vec<(&'static str, &'a str)> = Vec::with_capacity(given.len());
        for &(key, value) in given {
            let Some(parameter) = system.parameters.iter().find(|parameter| parameter.name == key) else {
                let names = || system.parameters.iter().map(|parameter| parameter.name);
                return Err(SystemError::UnknownParameter {
                    system: system.name,
                    name: key.to_owned(),
                    nearest: nearest(key, names()),
                    allowed: names().collect::<Vec<_>>().join(", "),
                });
            };
            if known.iter().any(|&(name, _)| name == key) {
                return Err(SystemError::Duplicate { system: system.name, name: key.to_owned() });
            }
            known.push((parameter.name, value.trim()));
        }
        Ok(Self { system, given: known })
    }

    /// The text of `name` if it was given.
    pub(super) fn given(&self, name: &str) -> Option<&'a str> {
        self.given.iter().find(|(key, _)| *key == name).map(|&(_, value)| value)
    }

    /// The text of `name`, or its default.
    pub(super) fn text(&self, name: &str) -> &'a str {
        let described = || self.system.parameters.iter().find(|parameter| parameter.name == name);
        self.given(name).unwrap_or_else(|| described().and_then(|parameter| parameter.default).unwrap_or_default())
    }

    /// `name` as a value of type `T`.
    pub(super) fn parsed<T: FromStr>(&self, name: &'static str, expected: &'static str) -> Result<T, SystemError> {
        self.text(name).parse().map_err(|_| self.refusal(name, expected, self.text(name)))
    }

    /// `name` as a finite number that `accepts`.
    pub(super) fn number(
        &self,
        name: &'static str,
        expected: &'static str,
        accepts: impl Fn(f64) -> bool,
    ) -> Result<f64, SystemError> {
        let number: f64 = self.parsed(name, expected)?;
        if number.is_finite() && accepts(number) {
            Ok(number)
        } else {
            Err(self.refusal(name, expected, self.text(name)))
        }
    }

    /// `name` as a positive finite number.
    pub(super) fn positive(&self, name: &'static str) -> Result<f64, SystemError> {
        self.number(name, super::POSITIVE, |x| x > 0.0)
    }

    /// `name` as numbers separated by commas, if it was given; what the numbers mean is checked by their owner.
    pub(super) fn list(&self, name: &'static str) -> Result<Option<Vec<f64>>, SystemError> {
        let Some(text) = self.given(name) else { return Ok(None) };
        let number = |item: &str| {
            let item = item.trim();
            item.parse().map_err(|_| self.refusal(name, "numbers separated by commas", item))
        };
        text.split(',').map(number).collect::<Result<_, _>>().map(Some)
    }

    pub(super) fn refusal(&self, name: &'static str, expected: &'static str, value: &str) -> SystemError {
        let (system, value) = (self.system.name, value.to_owned());
        let carries_unit = |unit| value.strip_suffix(unit).is_some_and(|rest| rest.trim().parse::<f64>().is_ok());
        if UNITS.into_iter().any(carries_unit) {
            SystemError::Unit { system, name, value }
        } else {
            SystemError::Parameter { system, name, expected, value }
        }
    }
}

/// The candidate most like `name`, if any is like it at all.
pub(super) fn nearest(name: &str, candidates: impl Iterator<Item = &'static str>) -> Option<String> {
    let scored = candidates.map(|candidate| (strsim::normalized_damerau_levenshtein(name, candidate), candidate));
    let (score, best) = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (score > 0.5).then(|| best.to_owned())
}
