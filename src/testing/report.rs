//! What a check found, and all checks judged as one family.

use std::fmt;

use crate::estimators::{
    EstimatorError, chi_square_survival, family_wise_bound, normal_equivalent, student_t_two_sided,
};
use crate::units::Beta;

/// Share of false alarms allowed to all checks of a report together.
pub const ALPHA: f64 = 0.001;

/// Which question a check asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Is `energy_change` the difference of energies, and does `apply` lead to a state of the model?
    Consistency,
    /// Is `ln_proposal_ratio` the logarithm of the ratio of counted proposals, there and back?
    Proposals,
    /// Is the energy a sampler tells that of its state?
    RunningEnergy,
    /// Is every state reached from every start?
    Reachability,
    /// Are states visited as often as Boltzmann's distribution says?
    Enumeration,
    /// Do states drawn exactly keep Boltzmann's distribution under one sweep?
    Invariance,
    /// Have the energies at two temperatures a log ratio of slope beta2 - beta1?
    Slope,
    /// Do repeated runs have the exact mean energy?
    Bias,
    /// Do the error bars of repeated runs hold the exact energy as often as they claim?
    Coverage,
}

impl Kind {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Consistency => "consistency",
            Self::Proposals => "proposals",
            Self::RunningEnergy => "running energy",
            Self::Reachability => "reachability",
            Self::Enumeration => "enumeration",
            Self::Invariance => "invariance",
            Self::Slope => "slope",
            Self::Bias => "bias",
            Self::Coverage => "coverage",
        }
    }
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Within its bound, and its control is rejected.
    Passed,
    /// Outside its bound, or impossible to make.
    Failed,
    /// Within its bound, but so is a known mistake: it has shown nothing.
    Blind,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::Blind => "BLIND",
        })
    }
}

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The question.
    pub kind: Kind,
    /// Where it was asked; `None` for questions without temperature.
    pub beta: Option<Beta>,
    /// Size of the deviation in standard errors of a normal variable of the same probability; 0 or infinite for checks
    /// without chance.
    pub z: f64,
    /// The same for a known mistake in the same data, which must be rejected: 1.05 beta, or what `detail` says.
    pub control: Option<f64>,
    /// What `z` must stay within and `control` exceed; set by [`Report::new`].
    pub bound: f64,
    /// What was seen, in words.
    pub detail: String,
}

impl Check {
    /// A check that chance can fail.
    pub(super) fn measured(kind: Kind, beta: Option<Beta>, z: f64, control: f64, detail: String) -> Self {
        Self { kind, beta, z: z.abs(), control: Some(control.abs()), bound: f64::NAN, detail }
    }

    /// A check without chance: a violation, or what was seen where there is none.
    pub(super) fn exact(kind: Kind, beta: Option<Beta>, found: Result<String, String>) -> Self {
        let z = if found.is_ok() { 0.0 } else { f64::INFINITY };
        Self { kind, beta, z, control: None, bound: f64::NAN, detail: found.unwrap_or_else(|violation| violation) }
    }

    /// A check that could not be made, which counts as failed.
    pub(super) fn impossible(kind: Kind, beta: Option<Beta>, why: String) -> Self {
        Self::exact(kind, beta, Err(why))
    }

    /// How it ended.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        // Written so that NaN passes nowhere.
        let within = self.z <= self.bound;
        let rejects = self.control.is_none_or(|control| control > self.bound);
        match (within, rejects) {
            (false, _) => Verdict::Failed,
            (true, false) => Verdict::Blind,
            (true, true) => Verdict::Passed,
        }
    }

    /// Whether it passed with open eyes.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.verdict() == Verdict::Passed
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let temperature = self.beta.map_or_else(String::new, |beta| format!("{:.4}", beta.temperature().get()));
        let control = self.control.map_or_else(String::new, |z| format!("{z:.1}"));
        let z = if self.control.is_some() || self.z > 0.0 { format!("{:.2}", self.z) } else { String::new() };
        let (name, verdict) = (self.kind.name(), self.verdict());
        write!(f, "{name:<14}  {temperature:>8}  {z:>6}  {control:>7}  {verdict:<7}  {}", self.detail)
    }
}

/// All checks of a model or sampler, judged as one family: a correct one fails with probability [`ALPHA`].
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    checks: Vec<Check>,
    bound: f64,
}

impl Report {
    /// Judges `checks` as one family in which correct ones fail with probability `alpha` together.
    ///
    /// # Errors
    ///
    /// No check, or `alpha` outside (0, 1).
    pub fn new(mut checks: Vec<Check>, alpha: f64) -> Result<Self, EstimatorError> {
        let by_chance = checks.iter().filter(|check| check.control.is_some()).count();
        let bound = family_wise_bound(by_chance.max(checks.len().min(1)), alpha)?;
        checks.iter_mut().for_each(|check| check.bound = bound);
        Ok(Self { checks, bound })
    }

    /// All checks.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The bound on z that all of them must keep.
    #[must_use]
    pub fn bound(&self) -> f64 {
        self.bound
    }

    /// Whether every check passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.checks.iter().all(Check::passed)
    }

    /// Those that did not pass.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| !check.passed())
    }

    /// Whether every check of `kind` passed; false if there is none.
    #[must_use]
    pub fn passes(&self, kind: Kind) -> bool {
        let mut asked = self.checks.iter().filter(|check| check.kind == kind).peekable();
        asked.peek().is_some() && asked.all(Check::passed)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<14}  {:>8}  {:>6}  {:>7}  {:<7}  detail", "check", "T", "|z|", "control", "verdict")?;
        self.checks.iter().try_for_each(|check| writeln!(f, "{check}"))?;
        let failed = self.failures().count();
        write!(f, "{} checks, {failed} not passed; |z| within {:.2} < control", self.checks.len(), self.bound)
    }
}

/// The normal |z| as improbable as a chi-square of at least `statistic`.
pub(super) fn size_of_chi_square(statistic: f64, dof: usize) -> Result<f64, EstimatorError> {
    if statistic == f64::INFINITY {
        Ok(statistic)
    } else {
        normal_equivalent(chi_square_survival(statistic, dof as f64)?)
    }
}

/// The normal |z| as improbable as a Student variable of at least |t|.
pub(super) fn size_of_student(t: f64, dof: usize) -> Result<f64, EstimatorError> {
    if t.is_infinite() { Ok(t.abs()) } else { normal_equivalent(student_t_two_sided(t, dof as f64)?) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(z: f64, control: f64) -> Check {
        Check::measured(Kind::Slope, Some(Beta::ZERO), z, control, String::new())
    }

    #[test]
    fn a_check_fails_is_blind_or_passes() {
        let report = Report::new(vec![check(-1.0, 9.0), check(5.0, 9.0), check(1.0, 2.0)], ALPHA).unwrap();
        let verdicts: Vec<Verdict> = report.checks().iter().map(Check::verdict).collect();
        assert_eq!(verdicts, [Verdict::Passed, Verdict::Failed, Verdict::Blind]);
        assert!(!report.passed() && !report.passes(Kind::Slope) && !report.passes(Kind::Bias));
        assert_eq!(report.failures().count(), 2);
        assert_eq!(Report::new(vec![check(f64::NAN, 9.0)], ALPHA).unwrap().checks()[0].verdict(), Verdict::Failed);
        assert_eq!(Report::new(vec![check(0.0, f64::NAN)], ALPHA).unwrap().checks()[0].verdict(), Verdict::Blind);
        assert!(Report::new(vec![Check::exact(Kind::Consistency, None, Ok(String::new()))], ALPHA).unwrap().passed());
        assert!(Report::new(vec![], ALPHA).is_err());
    }

    #[test]
    fn sizes_are_those_of_a_normal_variable() {
        // Chi-square of one degree of freedom is a squared normal variable.
        assert!((size_of_chi_square(9.0, 1).unwrap() - 3.0).abs() < 1e-12);
        assert_eq!(size_of_chi_square(f64::INFINITY, 3), Ok(f64::INFINITY));
        assert!((size_of_student(3.0, 1_000_000_000).unwrap() - 3.0).abs() < 1e-6);
        assert_eq!(size_of_chi_square(0.0, 3), Ok(0.0));
    }
}
