//! Rows of results: one observable at one temperature, with its error and its exact value.

use std::fmt;

use super::{Changes, Observable, SamplerName, Scaling, Unsettled};
use crate::estimators::Estimate;
use crate::units::{EnergyUnit, Temperature};

/// What the names of observables that were divided by the number of sites end in.
const PER_SITE: &str = "_per_site";

/// What a row is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Status {
    /// Its error is meant.
    Ok,
    /// Nothing tells how far its value is from the mean.
    Unresolved(Unresolved),
}

impl Status {
    /// Of values in which `enough` events were seen, or not.
    #[must_use]
    pub fn of_events(enough: bool) -> Self {
        if enough { Self::Ok } else { Self::Unresolved(Unresolved::FewEvents) }
    }

    /// Of a series that changed so often.
    #[must_use]
    pub fn of_changes(changes: Changes) -> Self {
        if changes.are_enough() { Self::Ok } else { Self::Unresolved(Unresolved::FewChanges(changes)) }
    }
}

/// Why a row is not resolved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unresolved {
    /// Too few draws left the most populated level, or too few round trips were made.
    FewEvents,
    /// The value changed too seldom.
    FewChanges(Changes),
    /// The replicas did not forget their starts, or remember too much, within the limit of the run.
    Limit(Unsettled),
}

/// One observable at one temperature.
#[derive(Clone, Debug)]
pub struct Row {
    /// Temperature.
    pub temperature: Temperature,
    /// Its name; totals, or `_per_site`.
    pub observable: String,
    /// What it is.
    pub kind: Observable,
    /// What was estimated.
    pub estimate: Estimate,
    /// What is exact, where it is known, or what was published.
    pub exact: Option<f64>,
    /// Standard error of what was published; 0 of what is exact.
    pub exact_error: f64,
    /// Whether the error is meant.
    pub status: Status,
    /// The sampler used.
    pub sampler: SamplerName,
}

impl Row {
    /// A row beside what is exact, where that is known.
    #[must_use]
    pub fn new(
        (temperature, sampler): (Temperature, SamplerName),
        kind: Observable,
        estimate: Estimate,
        exact: Option<f64>,
        status: Status,
    ) -> Self {
        let observable = kind.name.to_owned();
        Self { temperature, observable, kind, estimate, exact, exact_error: 0.0, status, sampler }
    }

    /// (estimate - exact)/error, of the logarithms where a mean of squares was estimated; `None` without an exact value, without an
    /// error, or where too few events were seen to tell.
    #[must_use]
    pub fn z_score(&self) -> Option<f64> {
        let exact = self.exact?;
        let std_error = self.estimate.std_error.hypot(self.exact_error);
        let estimate = Estimate { std_error, ..self.estimate };
        let z_score = estimate.finite_z_score(exact).filter(|_| self.is_resolved())?;
        Some(if self.kind.is_square { estimate.z_score_of_logarithm(exact) } else { z_score })
    }

    /// Whether the error is meant.
    #[must_use]
    pub fn is_resolved(&self) -> bool {
        self.status == Status::Ok
    }

    /// The same row of a system that counts in kelvin, in `unit`.
    #[must_use]
    pub fn in_unit(&self, unit: EnergyUnit) -> Self {
        let factor = unit.of_kelvin(self.kind.dimension).0;
        Self {
            estimate: self.estimate.scaled(factor),
            exact: self.exact.map(|x| x * factor),
            exact_error: self.exact_error * factor,
            ..self.clone()
        }
    }

    /// Divides by the number of sites what grows with it.
    pub(super) fn divide(&mut self, n_sites: f64) {
        if self.kind.scaling == Scaling::Intensive {
            return;
        }
        self.observable.push_str(PER_SITE);
        self.estimate = self.estimate.scaled(1.0 / n_sites);
        self.exact = self.exact.map(|x| x / n_sites);
        self.exact_error /= n_sites;
    }
}

/// Temperature, observable, value with error, exact value, autocorrelation time, z-score and sampler, in columns.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let exact = or_dash(self.exact.map(|x| format!("{x:.6}")));
        let tau_int = or_dash(self.estimate.tau_int.map(|tau| format!("{tau:.2}")));
        let z = or_dash(self.z_score().map(|z| format!("{z:+.2}")));
        write!(f, "T = {:<8} {:<24} {:>18}", self.temperature.to_string(), self.observable, self.estimate.to_string())?;
        write!(f, "   exact {exact:>12}   tau_int {tau_int:>7}   z {z:>6}   {}", self.sampler.name())
    }
}
