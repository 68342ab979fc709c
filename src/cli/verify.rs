//! `gibbs verify`: the acceptance suite, once or over 60 fresh seeds.

use anyhow::Result;

use super::arguments::{Common, Format, VerifyArgs};
use super::{Outcome, advise, complain, print, print_table, progress};
use gibbs::experiments::canonical_tests;
use gibbs::experiments::verify::{self, Case, Coverage, Suite};
use gibbs::report::{Cell, Table, wrapped};
use gibbs::rng::Seed;

/// Seeds of `--full`.
const SEEDS: u64 = 26;

/// Runs the suite and prints its table and verdict.
pub fn run(common: &Common, args: &VerifyArgs) -> Result<Outcome> {
    let mut cases = verify::cases(&args.systems)?;
    if args.full {
        // What was published has errors of its own: there is no coverage to count.
        cases.retain(|case| !case.published);
        return full(common, &cases);
    }
    once(common, &cases, args.verbose)
}

fn n_ticks(cases: &[Case]) -> usize {
    cases.iter().map(|case| case.temperatures.len()).sum()
}

fn once(common: &Common, cases: &[Case], verbose: bool) -> Result<Outcome> {
    let bar = progress::bar(common.quiet, "verifying", n_ticks(cases));
    let suite = verify::run(cases, Seed(common.seed), &|| bar.inc(1))?;
    bar.finish_and_clear();
    let rows = verbose || common.format != Format::Table;
    print_table(common, &if rows { suite_table(&suite) } else { case_table(&suite) })?;
    let passed = suite.passed();
    let n = suite.z_scores().count();
    for blind in suite.checked.iter().filter(|c| c.control <= suite.bound) {
        advise(
            common,
            &format!(
                "{}: the negative control was not rejected (temperature 5 % wrong, |z| = {:.2})",
                blind.label, blind.control
            ),
        );
    }
    let verdict = format!(
        "{}: {n} checks, largest |z| {:.2}, bound {:.2}; a 5 % wrong temperature is rejected in {} of {} cases",
        if passed { "passed" } else { "FAILED" },
        suite.worst(),
        suite.bound,
        suite.checked.iter().filter(|c| c.control > suite.bound).count(),
        suite.checked.len(),
    );
    conclude(common, &verdict, passed)
}

fn full(common: &Common, cases: &[Case]) -> Result<Outcome> {
    let bar = progress::bar(common.quiet, "verifying, 26 seeds", n_ticks(cases) * SEEDS as usize);
    let suites: Result<Vec<Suite>, _> =
        (0..SEEDS).map(|k| verify::run(cases, Seed(common.seed.wrapping_add(k << 40)), &|| bar.inc(1))).collect();
    bar.finish_and_clear();
    let coverage = verify::coverage(&suites?);
    // Coverage and mean of each.
    let bound = canonical_tests::bound(2 * coverage.len());
    print_table(common, &coverage_table(&coverage, bound))?;
    let failed = coverage.iter().filter(|c| !c.passed(bound)).count();
    let verdict = format!(
        "{}: for {} of {} kinds of error bars, one-sigma coverage is 68.3 % and the mean z is 0, within {bound:.2} standard errors",
        if failed == 0 { "passed" } else { "FAILED" },
        coverage.len() - failed,
        coverage.len(),
    );
    conclude(common, &verdict, failed == 0)
}

/// The verdict belongs to the readable result; beside CSV and JSON it goes to stderr.
fn conclude(common: &Common, verdict: &str, passed: bool) -> Result<Outcome> {
    if common.format == Format::Table {
        print(&format!("\n{}\n", wrapped(verdict)))?;
    } else {
        advise(common, verdict);
    }
    if !passed {
        complain(common, verdict);
    }
    Ok(if passed { Outcome::Done } else { Outcome::CheckFailed })
}

/// One row per case.
fn case_table(suite: &Suite) -> Table {
    let mut table = Table::new(&["system", "checks", "worst_z", "control_z", "verdict"]);
    for checked in &suite.checked {
        table.push(vec![
            checked.label.as_str().into(),
            (checked.z_scores().count() as u64).into(),
            checked.worst().into(),
            checked.control.into(),
            if checked.passed(suite.bound) { "passed" } else { "FAILED" }.into(),
        ]);
    }
    table
}

/// One row per estimate.
fn suite_table(suite: &Suite) -> Table {
    let mut table =
        Table::new(&["system", "sampler", "temperature", "observable", "value", "std_error", "exact", "z_score"]);
    for checked in &suite.checked {
        for row in &checked.rows {
            table.push(vec![
                checked.label.as_str().into(),
                row.sampler.name().into(),
                row.temperature.get().into(),
                row.observable.as_str().into(),
                row.estimate.value.into(),
                row.estimate.std_error.into(),
                row.exact.into(),
                row.z_score().into(),
            ]);
        }
    }
    table
}

fn coverage_table(coverage: &[Coverage], bound: f64) -> Table {
    let mut table =
        Table::new(&["system", "sampler", "observable", "error_bars", "coverage", "coverage_z", "bias_z", "verdict"]);
    for c in coverage {
        let verdict: Cell = if c.passed(bound) { "passed" } else { "FAILED" }.into();
        table.push(vec![
            c.label.as_str().into(),
            c.sampler.name().into(),
            c.observable.as_str().into(),
            (c.n() as u64).into(),
            c.share().into(),
            c.coverage_z().into(),
            c.bias_z().into(),
            verdict,
        ]);
    }
    table
}
