//! Parameters given as text: known names only, each once, typed on demand; defaults come from the description.

use std::str::FromStr;

use super::descriptions::Description;
use crate::model::SystemError;
use crate::units::EnergyUnit;

pub(super) const POSITIVE: &str = "positive and finite";

/// The parameters given for one system.
pub(super) struct Parameters<'a> {
    system: &'static Description,
    given: Vec<(&'static str, &'a str)>,
    unit: Option<EnergyUnit>,
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
        let unit = common_unit(system, &known)?.or(system.unit);
        Ok(Self { system, given: known, unit })
    }

    /// The name of the system.
    pub(super) fn system(&self) -> &'static str {
        self.system.name
    }

    /// The unit that all energies carry; `None` for reduced ones.
    pub(super) fn unit(&self) -> Option<EnergyUnit> {
        self.unit
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
        let number =
            self.in_kelvin(name, self.text(name)).ok_or_else(|| self.refusal(name, expected, self.text(name)))?;
        if number.is_finite() && accepts(number) {
            Ok(number)
        } else {
            Err(self.refusal(name, expected, self.text(name)))
        }
    }

    /// `name` as a positive finite number.
    pub(super) fn positive(&self, name: &'static str) -> Result<f64, SystemError> {
        self.number(name, POSITIVE, |x| x > 0.0)
    }

    /// `name` as numbers separated by commas, if it was given; what the numbers mean is checked by their owner.
    pub(super) fn list(&self, name: &'static str) -> Result<Option<Vec<f64>>, SystemError> {
        let Some(text) = self.given(name) else { return Ok(None) };
        let number = |item: &str| {
            let item = item.trim();
            self.in_kelvin(name, item).ok_or_else(|| self.refusal(name, "numbers separated by commas", item))
        };
        text.split(',').map(number).collect::<Result<_, _>>().map(Some)
    }

    /// The number `text` of parameter `name`: in kelvin if it is an energy with a unit.
    fn in_kelvin(&self, name: &str, text: &str) -> Option<f64> {
        let energy = self.system.parameters.iter().any(|parameter| parameter.name == name && parameter.is_energy());
        match EnergyUnit::split(text) {
            Some((number, unit)) if energy => Some(number * unit.kelvin()),
            _ => text.parse().ok(),
        }
    }

    pub(super) fn refusal(&self, name: &'static str, expected: &'static str, value: &str) -> SystemError {
        let (system, value) = (self.system.name, value.to_owned());
        let energy = self.system.parameters.iter().any(|parameter| parameter.name == name && parameter.is_energy());
        if !energy && EnergyUnit::split(&value).is_some() {
            SystemError::NoEnergy { system, name, value }
        } else if energy && EnergyUnit::is_unknown(&value) {
            SystemError::UnknownUnit { system, name, value }
        } else {
            SystemError::Parameter { system, name, expected, value }
        }
    }
}

/// The one unit of all energies of a system: those given, and the defaults of the others.
fn common_unit(
    system: &'static Description,
    given: &[(&'static str, &str)],
) -> Result<Option<EnergyUnit>, SystemError> {
    let mut found: Option<(&'static str, Option<EnergyUnit>)> = None;
    for parameter in system.parameters.iter().filter(|parameter| parameter.is_energy()) {
        let text = given.iter().find(|(name, _)| *name == parameter.name).map(|&(_, text)| text);
        for item in text.or(parameter.default).unwrap_or_default().split(',') {
            let unit = EnergyUnit::split(item).map(|(_, unit)| unit);
            // Zero and infinity are the same in every unit; what is no number is refused when it is read.
            if unit.is_none() && !item.trim().parse::<f64>().is_ok_and(|x| x != 0.0 && x.is_finite()) {
                continue;
            }
            match found {
                Some((first, other)) if other != unit => {
                    let symbol = |unit: Option<EnergyUnit>| unit.map_or("no unit".to_owned(), |unit| unit.to_string());
                    return Err(SystemError::MixedUnits {
                        system: system.name,
                        first,
                        first_unit: symbol(other),
                        second: parameter.name,
                        second_unit: symbol(unit),
                    });
                }
                _ => found = Some((parameter.name, unit)),
            }
        }
    }
    Ok(found.and_then(|(_, unit)| unit))
}

/// The candidate most like `name`, if any is like it at all.
pub(super) fn nearest(name: &str, candidates: impl Iterator<Item = &'static str>) -> Option<String> {
    let scored = candidates.map(|candidate| (strsim::normalized_damerau_levenshtein(name, candidate), candidate));
    let (score, best) = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (score > 0.5).then(|| best.to_owned())
}
