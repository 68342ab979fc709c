//! Parameters given as text: known names only, each once, typed on demand; defaults come from the description.

use std::str::FromStr;

use super::CatalogueError;
use super::description::ParameterDescription;
use crate::model::SystemError;
use crate::numerics::whole;
use crate::units::EnergyUnit;

const POSITIVE: &str = "positive and finite";

/// The parameters given for one system.
pub(crate) struct Parameters<'a> {
    system: &'static str,
    known: &'static [ParameterDescription],
    given: Vec<(&'static str, &'a str)>,
    unit: Option<EnergyUnit>,
}

impl<'a> Parameters<'a> {
    /// Checks that each name exists and is given once; `unit` is that of energies that carry none.
    pub(in crate::systems) fn new(
        system: &'static str,
        known: &'static [ParameterDescription],
        unit: Option<EnergyUnit>,
        given: &[(&str, &'a str)],
    ) -> Result<Self, CatalogueError> {
        let mut found: Vec<(&'static str, &'a str)> = Vec::with_capacity(given.len());
        for &(key, value) in given {
            let Some(parameter) = known.iter().find(|parameter| parameter.name == key) else {
                let names = || known.iter().map(|parameter| parameter.name);
                return Err(CatalogueError::UnknownParameter {
                    system,
                    name: key.to_owned(),
                    nearest: nearest(key, names()),
                    allowed: names().collect::<Vec<_>>().join(", "),
                });
            };
            if found.iter().any(|&(name, _)| name == key) {
                return Err(CatalogueError::Duplicate { system, name: key.to_owned() });
            }
            found.push((parameter.name, value.trim()));
        }
        let unit = common_unit(system, known, &found)?.or(unit);
        Ok(Self { system, known, given: found, unit })
    }

    /// The unit that all energies carry; `None` for reduced ones.
    pub(in crate::systems) fn unit(&self) -> Option<EnergyUnit> {
        self.unit
    }

    /// The text of `name` if it was given.
    pub(in crate::systems) fn given(&self, name: &str) -> Option<&'a str> {
        self.given.iter().find(|(key, _)| *key == name).map(|&(_, value)| value)
    }

    /// The text of `name`, or its default.
    pub(in crate::systems) fn text(&self, name: &str) -> &'a str {
        let described = || self.known.iter().find(|parameter| parameter.name == name);
        self.given(name).unwrap_or_else(|| described().and_then(|parameter| parameter.default).unwrap_or_default())
    }

    /// `name` as a value of type `T`; whole numbers may be written as `1e3`.
    pub(in crate::systems) fn parsed<T: FromStr>(
        &self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<T, CatalogueError> {
        let text = self.text(name);
        let number = whole(text).map_or_else(|| text.to_owned(), |number| number.to_string());
        number.parse().map_err(|_| self.refusal(name, expected, text))
    }

    /// `name` as a finite number that `accepts`.
    pub(in crate::systems) fn number(
        &self,
        name: &'static str,
        expected: &'static str,
        accepts: impl Fn(f64) -> bool,
    ) -> Result<f64, CatalogueError> {
        let number =
            self.in_kelvin(name, self.text(name)).ok_or_else(|| self.refusal(name, expected, self.text(name)))?;
        if number.is_finite() && accepts(number) {
            Ok(number)
        } else {
            Err(self.refusal(name, expected, self.text(name)))
        }
    }

    /// `name` as a positive finite number.
    pub(in crate::systems) fn positive(&self, name: &'static str) -> Result<f64, CatalogueError> {
        self.number(name, POSITIVE, |x| x > 0.0)
    }

    /// `name` as a finite number.
    pub(in crate::systems) fn finite(&self, name: &'static str) -> Result<f64, CatalogueError> {
        self.number(name, "finite", |_| true)
    }

    /// `name` as numbers separated by commas, if it was given; what the numbers mean is checked by their owner.
    pub(in crate::systems) fn list(&self, name: &'static str) -> Result<Option<Vec<f64>>, CatalogueError> {
        let Some(text) = self.given(name) else { return Ok(None) };
        let number = |item: &str| {
            let item = item.trim();
            self.in_kelvin(name, item).ok_or_else(|| self.refusal(name, "numbers separated by commas", item))
        };
        text.split(',').map(number).collect::<Result<_, _>>().map(Some)
    }

    /// The number `text` of parameter `name`: in kelvin if it is an energy with a unit.
    fn in_kelvin(&self, name: &str, text: &str) -> Option<f64> {
        let energy = self.known.iter().any(|parameter| parameter.name == name && parameter.is_energy());
        match EnergyUnit::split(text) {
            Some((number, unit)) if energy => Some(number * unit.kelvin()),
            _ => text.parse().ok(),
        }
    }

    /// Refuses two parameters that exclude each other.
    pub(in crate::systems) fn conflict(&self, first: &'static str, second: &'static str) -> CatalogueError {
        CatalogueError::Conflict { system: self.system, first, second }
    }

    /// Refuses that a parameter is left out.
    pub(in crate::systems) fn missing(&self, missing: &'static str) -> CatalogueError {
        CatalogueError::Missing { system: self.system, missing }
    }

    /// Refuses the value of a parameter.
    pub(in crate::systems) fn refusal(
        &self,
        name: &'static str,
        expected: &'static str,
        value: &str,
    ) -> CatalogueError {
        let (system, value) = (self.system, value.to_owned());
        let energy = self.known.iter().any(|parameter| parameter.name == name && parameter.is_energy());
        if !energy && EnergyUnit::split(&value).is_some() {
            CatalogueError::NoEnergy { system, name, value }
        } else if energy && EnergyUnit::is_unknown(&value) {
            CatalogueError::UnknownUnit { system, name, value }
        } else {
            SystemError::Parameter { system, name, expected, value }.into()
        }
    }
}

/// The one unit of all energies of a system: those given, and the defaults of the others.
fn common_unit(
    system: &'static str,
    known: &'static [ParameterDescription],
    given: &[(&'static str, &str)],
) -> Result<Option<EnergyUnit>, CatalogueError> {
    let mut found: Option<(&'static str, Option<EnergyUnit>)> = None;
    for parameter in known.iter().filter(|parameter| parameter.is_energy()) {
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
                    return Err(CatalogueError::MixedUnits {
                        system,
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
pub(in crate::systems) fn nearest(name: &str, candidates: impl Iterator<Item = &'static str>) -> Option<String> {
    let scored = candidates
        .map(|candidate| (strsim::normalized_damerau_levenshtein(&name.to_lowercase(), candidate), candidate));
    let (score, best) = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (score > 0.5).then(|| best.to_owned())
}
