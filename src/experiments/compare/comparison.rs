//! What a comparison found out.

use super::point::{RatioTest, SimulatedPoint};
use super::subject::{Side, Subject};
use crate::ensemble::Thermo;
use crate::experiments::audit::Finding;
use crate::experiments::canonical_tests::{self, TestResult};

/// Everything found out about one subject.
#[derive(Clone, Debug)]
pub struct Findings {
    /// The subject.
    pub subject: Subject,
    /// Exact totals on a fine grid of temperatures.
    pub curve: Vec<Thermo>,
    /// Probability of the ground state(s) on the same grid, where the levels are listed.
    pub ground_curve: Vec<Option<f64>>,
    /// Simulated temperatures.
    pub points: Vec<SimulatedPoint>,
    /// The two-temperature test.
    pub ratio: RatioTest,
    /// The three canonical tests.
    pub tests: Vec<TestResult>,
    /// Identities that do not hold.
    pub violations: Vec<Finding>,
}

/// What the comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything holds, and every negative control is rejected.
    Passed,
    /// Everything holds, but there are too few draws to reject every negative control.
    Undecided,
    /// Something does not hold.
    Failed,
}

/// The whole comparison.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Particles first, then token contexts, in the order of the configuration.
    pub findings: Vec<Findings>,
    /// The bound on |z| for all tests together.
    pub bound: f64,
    /// Disorder average of a random-energy model with the tokens' number of levels and mean spread.
    pub rem_prediction: Vec<Thermo>,
}

impl Comparison {
    /// The subjects of one side.
    pub fn side(&self, side: Side) -> impl Iterator<Item = &Findings> {
        self.findings.iter().filter(move |f| f.subject.side == side)
    }

    /// The results of all tests.
    pub fn tests(&self) -> impl Iterator<Item = &TestResult> {
        self.findings.iter().flat_map(|f| &f.tests)
    }

    /// z of every resolved estimate of U, C and S against its exact value.
    pub fn sampled_z(&self) -> impl Iterator<Item = f64> {
        self.findings.iter().flat_map(|f| &f.points).filter(|point| point.resolved).flat_map(|point| {
            let energy = point.energy.finite_z_score(point.exact.energy);
            let heat_capacity = point.heat_capacity().finite_z_score(point.exact.heat_capacity);
            let entropy = point.entropy.and_then(|s| s.finite_z_score(point.exact.entropy));
            [energy, heat_capacity, entropy].into_iter().flatten()
        })
    }

    /// The number of z of [`Comparison::sampled_z`], the largest of them, and the bound on it.
    #[must_use]
    pub fn sampled_check(&self) -> (usize, f64, f64) {
        let n = self.sampled_z().count();
        (n, self.sampled_z().fold(0.0, |worst: f64, z| worst.max(z.abs())), canonical_tests::bound(n))
    }

    /// Failed if a test, an estimate or an identity does not hold; passed if they all do and every negative control is rejected.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let (_, worst, bound) = self.sampled_check();
        let holds = worst <= bound
            && self.tests().all(|test| test.holds(self.bound))
            && self.findings.iter().all(|f| f.violations.is_empty());
        let sees = self.tests().all(|test| test.control_rejected(self.bound));
        match (holds, sees) {
            (false, _) => Verdict::Failed,
            (true, false) => Verdict::Undecided,
            (true, true) => Verdict::Passed,
        }
    }

    /// Whether the verdict is that everything holds.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.verdict() == Verdict::Passed
    }
}
