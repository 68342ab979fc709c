//! `summary.md`: the three canonical tests with their numbers and verdicts, and what the audit found.

use std::fmt::Write as _;

use super::printable::markdown_cell;
use super::table::Table;
use crate::experiments::canonical_tests::{CONTROL, TestResult};
use crate::experiments::compare::{Comparison, Verdict};

/// The verdicts as a table: one row per test and subject.
#[must_use]
pub fn verdict_table(comparison: &Comparison) -> Table {
    let mut table = Table::new(&[
        "side",
        "subject",
        "test",
        "measured",
        "std_error",
        "predicted",
        "z_score",
        "worst_panel_z",
        "control_z",
        "verdict",
    ])
    .with_views(&[
        &["side", "subject", "test", "measured", "predicted", "z_score", "verdict"],
        &["side", "subject", "test", "z_score", "worst_panel_z", "control_z", "verdict"],
    ]);
    for findings in &comparison.findings {
        for result in &findings.tests {
            table.push(vec![
                findings.subject.side.name().into(),
                result.subject.as_str().into(),
                result.test.name().into(),
                result.measured.value.into(),
                result.measured.std_error.into(),
                result.predicted.into(),
                result.z.into(),
                result.panels_z.iter().map(|z| z.abs()).reduce(f64::max).into(),
                result.control_z.into(),
                word(result, comparison.bound).into(),
            ]);
        }
    }
    table
}

/// The largest |z| of the single panels, where they were tested.
fn worst_panel(result: &TestResult) -> String {
    let worst = result.panels_z.iter().map(|z| z.abs()).reduce(f64::max);
    worst.map_or("–".to_owned(), |z| format!("{z:.2} of {}", result.panels_z.len()))
}

/// The verdict on one test.
pub(super) fn word(result: &TestResult, bound: f64) -> &'static str {
    match (result.holds(bound), result.control_rejected(bound)) {
        (true, true) => "passed",
        (true, false) => "undecided: too few draws",
        _ => "FAILED",
    }
}

/// One line: how many tests passed, how many controls were rejected, how many identities are violated.
#[must_use]
pub fn verdict_line(comparison: &Comparison) -> String {
    let bound = comparison.bound;
    let n = comparison.tests().count();
    let held = comparison.tests().filter(|v| v.holds(bound)).count();
    let rejected = comparison.tests().filter(|v| v.control_rejected(bound)).count();
    let violations: usize = comparison.findings.iter().map(|f| f.violations.len()).sum();
    let (n_sampled, worst, sampled_bound) = comparison.sampled_check();
    let word = match comparison.verdict() {
        Verdict::Passed => ("passed", ""),
        Verdict::Undecided => {
            ("undecided", "; leave out --quick, or raise particles, tokens or sweeps, until every control is rejected")
        }
        Verdict::Failed => ("FAILED", ""),
    };
    format!(
        "{}: {held} of {n} tests of the Boltzmann form hold (|z| <= {bound:.2}), {rejected} of {n} negative controls are rejected; \
         {n_sampled} sampled values of U, C and S: largest |z| {worst:.2}, bound {sampled_bound:.2}; \
         {violations} thermodynamic identities are violated{}",
        word.0, word.1
    )
}

/// The text of `summary.md`.
#[must_use]
pub fn summary(comparison: &Comparison) -> String {
    let mut text = format!(
        "# Particles and tokens: three tests of the Boltzmann form\n\n\
         {line}.\n\n\
         ![Mean energy of particles beside token-sampling entropy](same_form.png)\n\n\
         None of the tests uses the softmax formula. The same code tests ensembles of particles and the tokens of a language \
         model.\n\n\
         - **Two-temperature slope**: ln of the ratio of two sampled energy histograms, against E, has the slope \
         −(β₁ − β₂).\n\
         - **Fluctuation–dissipation**: the sampled rise of U over all temperatures equals the integral of the sampled \
         Var(E)/T², over the whole range (shown: their ratio, predicted 1) and in each panel of temperatures (shown: the \
         largest |z| of the panels).\n\
         - **Third law**: S(∞) − ∫ C/T dT over the sampled heat capacities equals S(0) (in nats, totals). Not taken for \
         the oscillator, whose S(∞) is infinite.\n\n\
         The bound on |z| keeps the false alarms of all tests together at 0.1 %. As a negative control each test is \
         repeated with the stated temperatures {percent:.0} % too high; it must then fail. Where S(0) is not 0, the third law \
         must also exclude S(0) = 0; the weaker of the two controls is shown.\n\n\
         | side | subject | test | measured | predicted | z | worst panel | z, {percent:.0} % wrong T | verdict |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
        line = verdict_line(comparison),
        percent = 100.0 * (CONTROL - 1.0),
    );
    for findings in &comparison.findings {
        let side = findings.subject.side.name();
        for v in &findings.tests {
            let _ = writeln!(
                text,
                "| {side} | {} | {} | {} | {:.5} | {:+.2} | {} | {:+.2} | {} |",
                markdown_cell(&v.subject),
                v.test.name(),
                v.measured,
                v.predicted,
                v.z,
                worst_panel(v),
                v.control_z,
                word(v, comparison.bound)
            );
        }
    }
    text.push_str("\n## Audit\n\n");
    text.push_str(
        "Checked on the exact curve of every subject at every simulated temperature: F = U − TS, C ≥ 0, C = dU/dT, C = T dS/dT, \
         S(0) = ln g₀, S(∞) = ln W.\n\n",
    );
    let mut violated = 0;
    for findings in &comparison.findings {
        for finding in &findings.violations {
            violated += 1;
            let _ = writeln!(text, "- {}: {finding}", markdown_cell(&findings.subject.name));
        }
    }
    if violated == 0 {
        text.push_str("All identities hold.\n");
    }
    text
}
