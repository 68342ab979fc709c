//! The battery of tests of the draws at one temperature, with one level of significance for all of them together.

use serde::Serialize;

use super::likelihood::{Likelihood, LikelihoodPoint};
use super::ranks::RankUniformity;
use super::search::{self, TruncationTest};
use super::unlisted::UnlistedCount;
use crate::estimators::chi_square_survival;
use crate::rng::Seed;
use crate::tokens::LogprobsMode;
use crate::tokens::TokensError;

/// (variance^3/third cumulant^2) of the summed energies from which the chi-square law is used: as a Poisson count of
/// this mean, whose two-sided tails it then gives to a fifth.
const NEARLY_NORMAL: f64 = 100.0;

/// What a test is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TestKind {
    /// The summed energies of the draws.
    Temperature,
    /// Their ranks (Kolmogorov–Smirnov).
    Ranks,
    /// The least likely tokens.
    Tail,
    /// Sets that no draw leaves.
    Truncation,
    /// Draws of unlisted tokens.
    Unlisted,
    /// Draws of forbidden tokens.
    Impossible,
    /// The common quantum of the gaps, which is that of another temperature.
    Gaps,
}

impl TestKind {
    /// In a table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Temperature => "temperature",
            Self::Ranks => "ranks",
            Self::Tail => "tail",
            Self::Truncation => "truncation",
            Self::Unlisted => "unlisted",
            Self::Impossible => "impossible",
            Self::Gaps => "gaps",
        }
    }
}

/// One test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TestOutcome {
    /// What it is about.
    pub subject: TestKind,
    /// Probability of data at least as extreme from a correct sampler, or a bound on it.
    pub p_value: f64,
    /// Whether it is below the share of alpha that each test has.
    pub rejected: bool,
}

/// The tests of the requested setting, if the reported distribution has one of the two modes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TestedSetting {
    /// The mode.
    #[serde(rename = "reading")]
    pub mode: LogprobsMode,
    /// The tests.
    #[serde(flatten)]
    pub battery: Battery,
    /// Whether any of them rejects.
    pub rejected: bool,
}

/// All tests at one b.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Battery {
    /// b = 1/T in units of the reference; `None` if infinite.
    pub beta: Option<f64>,
    /// alpha over the number of tests (Bonferroni).
    pub alpha_each: f64,
    /// The tests.
    pub tests: Vec<TestOutcome>,
    /// Ranks and tails in detail.
    pub shape: Option<RankUniformity>,
    /// The truncation with the smallest p-value.
    pub truncation: Option<TruncationTest>,
    /// Draws outside the lists.
    pub unlisted: Option<UnlistedCount>,
}

impl Battery {
    /// Makes the tests at b. `maximum`: of the likelihood, where b was given and is to be tested too.
    ///
    /// `tail_is_whole`: the unlisted tokens are not truncated, so that their number can be tested.
    ///
    /// At T = 0 any draw of another than a most likely token is impossible; among ties an engine may choose as it likes.
    pub(super) fn at(
        likelihood: &Likelihood<'_>,
        beta: f64,
        maximum: Option<&LikelihoodPoint>,
        alpha: f64,
        tail_is_whole: bool,
        seed: Seed,
    ) -> Result<Self, TokensError> {
        let mut p_values = Vec::new();
        let (mut shape, mut truncation, mut unlisted) = (None, None, None);
        let mut n_impossible = likelihood.n_impossible();
        if beta.is_infinite() {
            n_impossible += likelihood.n_excited(beta);
        } else {
            if let Some(maximum) = maximum {
                p_values.push((TestKind::Temperature, temperature_p_value(likelihood, beta, maximum)?));
            }
            if likelihood.n_draws() > 0 {
                let found = RankUniformity::at(likelihood, beta, seed)?;
                p_values.push((TestKind::Ranks, found.ks_p_value));
                if !found.tails.is_empty() {
                    p_values.push((TestKind::Tail, found.tail_p_value));
                }
                shape = Some(found);
                truncation = search::test(likelihood, beta);
                p_values.extend(truncation.as_ref().map(|test| (TestKind::Truncation, test.p_value)));
            }
            unlisted = UnlistedCount::at(likelihood, beta).filter(|_| tail_is_whole);
            p_values.extend(unlisted.map(|count| (TestKind::Unlisted, count.p_value)));
        }
        let alpha_each = alpha / p_values.len().max(1) as f64;
        // This test is never wrong, so it takes no share of alpha.
        p_values.push((TestKind::Impossible, if n_impossible > 0 { 0.0 } else { 1.0 }));
        let tests = p_values
            .into_iter()
            .map(|(subject, p_value)| TestOutcome { subject, p_value, rejected: p_value < alpha_each })
            .collect();
        Ok(Self { beta: beta.is_finite().then_some(beta), alpha_each, tests, shape, truncation, unlisted })
    }

    /// Whether any test rejects.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        self.tests.iter().any(|test| test.rejected)
    }

    /// Whether the test of `subject` rejects.
    #[must_use]
    pub fn rejects(&self, subject: TestKind) -> bool {
        self.tests.iter().any(|test| test.subject == subject && test.rejected)
    }

    /// Adds a test that takes no share of alpha: it is wrong as good as never.
    pub(super) fn add_sure(&mut self, subject: TestKind, rejected: bool) {
        self.tests.push(TestOutcome { subject, p_value: if rejected { 0.0 } else { 1.0 }, rejected });
    }

    /// The smallest p-value of the draws: the gaps are no draws.
    pub(super) fn least(&self) -> f64 {
        let of_draws = self.tests.iter().filter(|test| test.subject != TestKind::Gaps);
        of_draws.map(|test| test.p_value).fold(1.0, f64::min)
    }
}

/// Two-sided p-value of b from the ratio of likelihoods 2 (ln L(b^) - ln L(b)).
///
/// By the chi-square law where the summed energies are close to normal at b; else by Chernoff's bound 2 L(b)/L(b^), which
/// holds for any spectra and any number of draws.
pub(super) fn temperature_p_value(
    likelihood: &Likelihood<'_>,
    beta: f64,
    maximum: &LikelihoodPoint,
) -> Result<f64, TokensError> {
    let here = likelihood.at(beta);
    let ratio = 2.0 * (maximum.ln_likelihood - here.ln_likelihood).max(0.0);
    let spread = here.information.sqrt();
    if spread == 0.0 {
        return Ok(if ratio > 1e-9 { 0.0 } else { 1.0 });
    }
    let step = (0.01 * beta.abs()).max(0.01 / spread);
    let third = (likelihood.at(beta + step).information - likelihood.at(beta - step).information) / (2.0 * step);
    let effective = here.information.powi(3) / (third * third);
    if effective >= NEARLY_NORMAL {
        Ok(chi_square_survival(ratio, 1.0)?)
    } else {
        Ok((2.0 * (-0.5 * ratio).exp()).min(1.0))
    }
}
