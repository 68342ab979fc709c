//! `gibbs systems`, `gibbs exact` and `gibbs sample`.

use anyhow::{Context, Result, ensure};

use super::arguments::{Common, ExactArgs, SampleArgs, SystemArgs};
use super::{Outcome, advise, print, print_table, progress, temperatures};
use gibbs::experiments::audit::{self, Finding};
use gibbs::experiments::exact::{self, Curve};
use gibbs::experiments::sample::{self, Budget, Row};
use gibbs::report::Table;
use gibbs::rng::Seed;
use gibbs::systems::{System, catalogue};

/// `gibbs systems [NAME]`.
pub fn describe(common: &Common, name: Option<&str>) -> Result<Outcome> {
    if let Some(name) = name {
        print(&catalogue::find(name)?.to_string())?;
        return Ok(Outcome::Done);
    }
    let mut table = Table::new(&["name", "summary", "parameters", "exact result", "samplers"]);
    for d in catalogue::all() {
        let parameters: Vec<String> =
            d.parameters.iter().map(|p| format!("{}={}", p.name, p.default.unwrap_or_default())).collect();
        table.push(vec![
            d.name.into(),
            d.summary.into(),
            parameters.join(" ").into(),
            d.exact.into(),
            d.samplers.into(),
        ]);
    }
    print_table(common, &table)?;
    Ok(Outcome::Done)
}

fn system(args: &SystemArgs) -> Result<System> {
    let parameters: Result<Vec<(&str, &str)>> = args
        .parameters
        .iter()
        .map(|pair| {
            pair.split_once('=').with_context(|| {
                format!("parameter `{pair}` must be key=value; `gibbs systems {}` lists them", args.system)
            })
        })
        .collect();
    Ok(System::parse(&args.system, &parameters?)?)
}

/// `gibbs exact`.
pub fn exact(common: &Common, args: &ExactArgs) -> Result<Outcome> {
    let system = system(&args.system)?;
    let temperatures = temperatures::parse(&args.system.temperatures)?;
    let curve = exact::run(system.exact(), &temperatures, args.system.per_site)?;
    print_table(common, &curve_table(&curve))?;
    match &curve {
        Curve::Total(points) => Ok(report_violations(common, &audit::exact(system.exact(), points)?)),
        Curve::PerSite(_) => Ok(Outcome::Done),
    }
}

/// Prints the identities that do not hold, if any.
fn report_violations(common: &Common, findings: &[Finding]) -> Outcome {
    for finding in findings.iter().filter(|finding| !finding.holds()) {
        advise(
            common,
            &format!(
                "identity {} does not hold at T = {}: {} against {} (tolerance {:.1e})",
                finding.identity,
                finding.beta.temperature(),
                finding.left,
                finding.right,
                finding.tolerance
            ),
        );
    }
    if findings.iter().all(Finding::holds) { Outcome::Done } else { Outcome::CheckFailed }
}

fn curve_table(curve: &Curve) -> Table {
    match curve {
        Curve::Total(points) => {
            let mut table =
                Table::new(&["temperature", "beta", "ln_z", "free_energy", "energy", "entropy", "heat_capacity"]);
            for t in points {
                let numbers = [t.ln_z, t.free_energy(), t.energy, t.entropy, t.heat_capacity];
                table.push([t.temperature().get(), t.beta.get()].into_iter().chain(numbers).map(Into::into).collect());
            }
            table
        }
        Curve::PerSite(points) => {
            let mut table = Table::new(&[
                "temperature",
                "beta",
                "ln_z_per_site",
                "free_energy_per_site",
                "energy_per_site",
                "entropy_per_site",
                "heat_capacity_per_site",
            ]);
            for t in points {
                let numbers = [
                    t.ln_z_per_site,
                    t.free_energy_per_site(),
                    t.energy_per_site,
                    t.entropy_per_site,
                    t.heat_capacity_per_site,
                ];
                table.push([t.temperature().get(), t.beta.get()].into_iter().chain(numbers).map(Into::into).collect());
            }
            table
        }
    }
}

/// `gibbs sample`.
pub fn sample(common: &Common, args: &SampleArgs) -> Result<Outcome> {
    let system = system(&args.system)?;
    let temperatures = temperatures::parse(&args.system.temperatures)?;
    let budget = budget(args)?;
    let bar = progress::bar(common.quiet, "sampling", temperatures.len());
    let rows = sample::run(
        &system,
        &temperatures,
        args.sampler.parse()?,
        budget,
        args.system.per_site,
        Seed(common.seed),
        &|| bar.inc(1),
    )?;
    bar.finish_and_clear();
    print_table(common, &sample_table(&rows))?;
    let outcome = report_violations(common, &audit::sampled(&rows));
    let unresolved = rows.iter().filter(|row| !row.resolved).count();
    if unresolved > 0 {
        advise(common, &format!("{unresolved} rows carry no z-score: too few events left the most likely level"));
    }
    Ok(outcome)
}

fn budget(args: &SampleArgs) -> Result<Option<Budget>> {
    if let Some(particles) = args.particles {
        ensure!(
            (1_000..=1_000_000_000_000_000_000).contains(&particles),
            "--particles must be from 1000 to 10^18, got {particles}"
        );
        return Ok(Some(Budget::Particles(particles)));
    }
    if let Some(error) = args.error {
        ensure!(error > 0.0 && error.is_finite(), "--error must be a positive number, got {error}");
        return Ok(Some(Budget::Error(error)));
    }
    if let Some(sweeps) = args.sweeps {
        ensure!(sweeps >= 100, "--sweeps must be at least 100, got {sweeps}");
        return Ok(Some(Budget::Sweeps(sweeps)));
    }
    Ok(None)
}

fn sample_table(rows: &[Row]) -> Table {
    let mut table = Table::new(&[
        "temperature",
        "observable",
        "value",
        "std_error",
        "exact",
        "z_score",
        "n_eff",
        "tau_int",
        "sampler",
    ]);
    for row in rows {
        table.push(vec![
            row.temperature.get().into(),
            row.observable.as_str().into(),
            row.estimate.value.into(),
            row.estimate.std_error.into(),
            row.exact.into(),
            row.z_score().into(),
            row.estimate.n_eff.into(),
            row.estimate.tau_int.into(),
            row.sampler.name().into(),
        ]);
    }
    table
}
