//! `gibbs systems` and `gibbs exact`; what `gibbs sample` shares with them.

use std::io::Write as _;

use anyhow::{Context, Result, bail, ensure};

use super::arguments::{Common, ExactArgs, SystemArgs};
use super::figure::{check_figure, write_figure};
use super::{Outcome, advise, complain, description, hints, print, print_table, temperatures};
use gibbs::ensemble::{Thermo, ThermoPerSite};
use gibbs::experiments::audit::{self, Finding};
use gibbs::experiments::exact::{self, Curve, Known};
use gibbs::report::{Table, figures, wrapped};
use gibbs::simulation::{Sampled, Simulated as _};
use gibbs::systems::{System, catalogue};
use gibbs::units::{Beta, Dimension, EnergyUnit, Temperature};
use serde_json::json;

/// `gibbs systems [NAME]`.
pub fn describe(common: &Common, name: Option<&str>) -> Result<Outcome> {
    if let Some(name) = name {
        print(&description::text(catalogue::find(name)?))?;
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
    print_table(common, &table.with_views(&[&["name", "summary"]]))?;
    advise(common, "`gibbs systems NAME` says more of one");
    Ok(Outcome::Done)
}

/// What was asked for: a system, and the unit of what comes out, if it counts in kelvin.
pub struct Asked {
    pub system: System,
    pub unit: Option<EnergyUnit>,
}

impl Asked {
    /// The factor of a dimension between what is counted inside and what comes out.
    pub fn factor(&self, dimension: Dimension) -> f64 {
        self.unit.map_or(1.0, |unit| unit.of_kelvin(dimension).0)
    }

    /// Says in which units the numbers are, and what is doubtful about them.
    pub fn advise(&self, common: &Common, temperatures: &[Temperature]) {
        for caveat in temperatures.iter().filter_map(|t| self.system.caveat(t.beta())) {
            advise(common, &caveat);
        }
        if let Some(accuracy) = self.system.accuracy(temperatures) {
            advise(common, &accuracy);
        }
        if let Some(unit) = self.unit {
            let entropy = unit.of_kelvin(Dimension::Entropy).1;
            advise(common, &format!("T in K, energies in {unit}, S and C in {entropy}, beta per {unit}"));
        }
    }
}

/// The system of `command`.
pub fn asked(command: &str, args: &SystemArgs) -> Result<Asked> {
    let parameters: Vec<(&str, &str)> = args
        .parameters
        .iter()
        .map(|pair| {
            pair.split_once('=').with_context(|| {
                format!("parameter `{pair}` must be key=value; `gibbs systems {}` lists them", args.system)
            })
        })
        .collect::<Result<_>>()?;
    let known = catalogue::find(&args.system)?.parameters;
    for (key, value) in parameters.iter().filter(|(key, _)| known.iter().all(|parameter| parameter.name != *key)) {
        if let Some(option) = hints::of_parameter(command, key, value) {
            bail!("{} has no parameter `{key}`; write `{option}`", args.system);
        }
    }
    let (system, own) = System::parse_with_unit(&args.system, &parameters)?;
    let unit = match &args.unit {
        Some(text) => {
            let energy = known.iter().find(|parameter| parameter.is_energy());
            ensure!(
                own.is_some(),
                "--unit: the energies of {} carry no unit{}",
                args.system,
                energy.map_or(", and cannot have one".to_owned(), |p| format!("; add one, as in `{}=12.5meV`", p.name))
            );
            Some(text.parse().context("--unit")?)
        }
        None => own,
    };
    Ok(Asked { system, unit })
}

/// `gibbs exact`.
pub fn exact(common: &Common, args: &ExactArgs) -> Result<Outcome> {
    let asked = asked("exact", &args.system)?;
    let system = &asked.system;
    let temperatures = temperatures::parse("-T", &args.system.temperatures)?;
    if args.plot {
        check_plot(common, "exact", &temperatures)?;
    }
    let Known { curve, unknown } = exact::run(system.exact(), &temperatures, args.system.per_site)?;
    for (temperature, error) in &unknown {
        // A row that is missing is said in any case.
        let _ = writeln!(std::io::stderr(), "{}", wrapped(&format!("no row at T = {temperature}: {error}")));
    }
    if args.plot {
        let line = exact_between(system, &temperatures);
        plot(common, "exact", &args.system, &asked, line.as_ref(), None)?;
    }
    asked.advise(common, &temperatures);
    print_table(common, &curve_table(&curve, &asked))?;
    match &curve {
        Curve::Total(points) => Ok(report_violations(common, &audit::exact(system.exact(), points)?)),
        Curve::PerSite(_) => Ok(Outcome::Done),
    }
}

/// Refuses, before anything is computed, a figure without a temperature that has a place on its axis, or a folder that cannot be written.
pub fn check_plot(common: &Common, stem: &str, temperatures: &[Temperature]) -> Result<()> {
    ensure!(temperatures.iter().any(|t| t.get().is_finite()), "--plot needs a finite temperature; add one to -T");
    check_figure(common, stem)
}

/// Points of each half of an exact curve.
const CURVE: usize = 100;

/// The exact curve between the lowest and the highest of the finite temperatures, or around the only one; `None` where nothing is exact.
/// Half of the grid is linear and half logarithmic, and all temperatures are on it.
pub fn exact_between(system: &System, temperatures: &[Temperature]) -> Option<Curve> {
    let finite: Vec<f64> = temperatures.iter().map(|t| t.get()).filter(|t| t.is_finite()).collect();
    let grid = |sign: f64| -> Vec<f64> {
        let sizes = || finite.iter().map(|t| t * sign).filter(|t| *t > 0.0);
        let (low, high) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
        if low > high {
            return Vec::new();
        }
        let (low, high) = if low < high { (low, high) } else { (0.5 * low, 1.5 * high) };
        let start = if finite.contains(&0.0) { 0.0 } else { low };
        let share = |k: usize| k as f64 / (CURVE - 1) as f64;
        let linear = (0..CURVE).map(|k| start + (high - start) * share(k)).filter(|t| *t > 0.0);
        linear.chain((0..CURVE).map(|k| low * (high / low).powf(share(k)))).map(|t| sign * t).collect()
    };
    let mut line = [grid(-1.0), grid(1.0), finite.clone()].concat();
    line.sort_by(f64::total_cmp);
    line.dedup();
    let line = line.into_iter().map(Temperature::new).collect::<Result<Vec<_>, _>>().ok()?;
    exact::run(system.exact(), &line, false).ok().map(|known| known.curve)
}

/// Writes a figure of one system with its table and manifest to the output folder.
pub fn plot(
    common: &Common,
    stem: &str,
    args: &SystemArgs,
    asked: &Asked,
    exact: Option<&Curve>,
    sampled: Option<&Sampled>,
) -> Result<()> {
    let n_sites = asked.system.exact().n_sites();
    let n_sites = if n_sites.is_finite() { n_sites } else { 1.0 };
    let title = std::iter::once(&args.system).chain(&args.parameters).cloned().collect::<Vec<_>>().join(" ");
    let csv = figures::system_table(exact, sampled, n_sites, asked.unit).to_csv();
    let drawn = figures::draw_system(&title, asked.unit, &csv)?;
    let mut config = json!({ "system": args.system, "parameters": args.parameters, "temperatures": args.temperatures, "unit": args.unit });
    let missing: Vec<f64> = sampled.map_or_else(Vec::new, |sampled| sampled.missing.iter().map(|t| t.get()).collect());
    if !missing.is_empty() {
        config["interrupted_before_temperatures"] = json!(missing);
    }
    write_figure(common, stem, csv, drawn, config)
}

/// Prints the identities that do not hold, if any.
pub fn report_violations(common: &Common, findings: &[Finding]) -> Outcome {
    let violated: Vec<&Finding> = findings.iter().filter(|finding| !finding.holds()).collect();
    let Some(first) = violated.first() else { return Outcome::Done };
    violated.iter().for_each(|finding| advise(common, &format!("identity {finding}")));
    complain(common, &format!("{} of {} identities do not hold; the first: {first}", violated.len(), findings.len()));
    Outcome::CheckFailed
}

/// Columns of T, beta and what follows from ln Z.
const THERMAL: usize = 7;

/// The columns of a curve, and those of the magnetization where levels have one.
fn curve_table(curve: &Curve, asked: &Asked) -> Table {
    let (suffix, points): (&str, Vec<[f64; THERMAL]>) = match curve {
        Curve::Total(points) => {
            let row = |t: &Thermo| row(t.beta, [t.ln_z, t.free_energy(), t.energy, t.entropy, t.heat_capacity]);
            ("", points.iter().map(row).collect())
        }
        Curve::PerSite(points) => {
            let row = |t: &ThermoPerSite| {
                let free_energy = t.free_energy_per_site();
                row(
                    t.beta,
                    [t.ln_z_per_site, free_energy, t.energy_per_site, t.entropy_per_site, t.heat_capacity_per_site],
                )
            };
            ("_per_site", points.iter().map(row).collect())
        }
    };
    use Dimension::{Energy, Entropy, InverseEnergy, Number};
    let magnetization = asked.system.level_magnetization();
    let magnetic = |beta| magnetization.as_ref().map(|m| m.exact(beta)).into_iter().flatten();
    let names = ["ln_z", "free_energy", "energy", "entropy", "heat_capacity"].into_iter();
    let names = names.chain(magnetic(Beta::ZERO).map(|(observable, _)| observable.name));
    let names: Vec<String> = names.map(|name| format!("{name}{suffix}")).collect();
    let columns: Vec<&str> = ["temperature", "beta"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let mut table = Table::new(&columns);
    let factors = [Number, InverseEnergy, Number, Energy, Energy, Entropy, Entropy].map(|of| asked.factor(of));
    for (point, beta) in points.iter().zip(betas(curve)) {
        let thermal = point.iter().zip(factors).map(|(x, factor)| x * factor);
        let magnetic = magnetic(beta).map(|(observable, x)| x * asked.factor(observable.dimension));
        table.push(thermal.chain(magnetic).map(Into::into).collect());
    }
    // The magnetization has a table of its own.
    match columns.split_at(THERMAL) {
        (_, []) => table,
        (thermal, magnetic) => table.with_views(&[thermal, &[&columns[..1], magnetic].concat()]),
    }
}

/// The inverse temperatures of the points.
fn betas(curve: &Curve) -> Vec<Beta> {
    match curve {
        Curve::Total(points) => points.iter().map(|point| point.beta).collect(),
        Curve::PerSite(points) => points.iter().map(|point| point.beta).collect(),
    }
}

/// T, beta and five numbers.
fn row(beta: Beta, [ln_z, free_energy, energy, entropy, heat_capacity]: [f64; 5]) -> [f64; 7] {
    [beta.temperature().get(), beta.get(), ln_z, free_energy, energy, entropy, heat_capacity]
}
