//! `gibbs systems` and `gibbs exact`; what `gibbs sample` shares with them.

use anyhow::{Context, Result, ensure};

use super::arguments::{Common, ExactArgs, SystemArgs};
use super::figure::{check_figure, write_figure};
use super::{Outcome, advise, complain, description, print, print_table, temperatures};
use gibbs::ensemble::{Thermo, ThermoPerSite};
use gibbs::experiments::audit::{self, Finding};
use gibbs::experiments::exact::{self, Curve};
use gibbs::report::{Table, figures};
use gibbs::simulation::Sampled;
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
    print_table(common, &table.with_views(&[&["name", "summary", "parameters"]]))?;
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

pub fn asked(args: &SystemArgs) -> Result<Asked> {
    let parameters: Result<Vec<(&str, &str)>> = args
        .parameters
        .iter()
        .map(|pair| {
            pair.split_once('=').with_context(|| {
                format!("parameter `{pair}` must be key=value; `gibbs systems {}` lists them", args.system)
            })
        })
        .collect();
    let (system, own) = System::parse_with_unit(&args.system, &parameters?)?;
    let unit = match &args.unit {
        Some(text) => {
            let energy = catalogue::find(&args.system)?.parameters.iter().find(|parameter| parameter.is_energy());
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
    let asked = asked(&args.system)?;
    let system = &asked.system;
    let temperatures = temperatures::parse("-T", &args.system.temperatures)?;
    if args.plot {
        check_figure(common, "exact")?;
    }
    let curve = exact::run(system.exact(), &temperatures, args.system.per_site)?;
    if args.plot {
        plot(common, "exact", &args.system, &asked, Some(&curve), None)?;
    }
    asked.advise(common, &temperatures);
    print_table(common, &curve_table(&curve, &asked))?;
    match &curve {
        Curve::Total(points) => Ok(report_violations(common, &audit::exact(system.exact(), points)?)),
        Curve::PerSite(_) => Ok(Outcome::Done),
    }
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
    let config = json!({ "system": args.system, "parameters": args.parameters, "temperatures": args.temperatures, "unit": args.unit });
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

fn curve_table(curve: &Curve, asked: &Asked) -> Table {
    let (suffix, points): (&str, Vec<[f64; 7]>) = match curve {
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
    let names = ["ln_z", "free_energy", "energy", "entropy", "heat_capacity"].map(|name| format!("{name}{suffix}"));
    let columns: Vec<&str> = ["temperature", "beta"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let mut table = Table::new(&columns);
    use Dimension::{Energy, Entropy, InverseEnergy, Number};
    let factors = [Number, InverseEnergy, Number, Energy, Energy, Entropy, Entropy].map(|of| asked.factor(of));
    for point in points {
        table.push(point.iter().zip(factors).map(|(x, factor)| (x * factor).into()).collect());
    }
    table
}

/// T, beta and five numbers.
fn row(beta: Beta, [ln_z, free_energy, energy, entropy, heat_capacity]: [f64; 5]) -> [f64; 7] {
    [beta.temperature().get(), beta.get(), ln_z, free_energy, energy, entropy, heat_capacity]
}
