//! `gibbs systems`, and what `gibbs exact` and `gibbs sample` share.

use anyhow::{Context, Result, bail, ensure};

use super::arguments::{Common, SystemArgs, ThermalArgs};
use super::figure::check_figure;
use super::{Outcome, advise, complain, description, hints, print, print_table, temperatures};
use gibbs::experiments::audit::Finding;
use gibbs::experiments::exact::{self, Curve};
use gibbs::report::Table;
use gibbs::report::figures::Sites;
use gibbs::systems::{System, catalogue};
use gibbs::units::{Dimension, EnergyUnit, Temperature};
use serde_json::{Value, json};

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

    /// How many sites it has, and what they are called.
    pub fn sites(&self) -> Sites {
        Sites { n: self.system.exact().n_sites(), name: self.system.site_name() }
    }

    /// What is doubtful about the numbers at `temperatures`.
    pub fn doubts(&self, temperatures: &[Temperature]) -> Vec<String> {
        let caveats = temperatures.iter().filter_map(|t| self.system.caveat(t.beta()));
        caveats.chain(self.system.accuracy(temperatures)).collect()
    }

    /// In which units the numbers are.
    pub fn units(&self) -> Option<String> {
        let unit = self.unit?;
        let entropy = unit.of_kelvin(Dimension::Entropy).1;
        Some(format!("T in K, energies in {unit}, S and C in {entropy}, beta per {unit}"))
    }

    /// Says in which units the numbers are, and what is doubtful about them.
    pub fn advise(&self, common: &Common, temperatures: &[Temperature]) {
        self.doubts(temperatures).iter().chain(&self.units()).for_each(|line| advise(common, line));
    }
}

/// The system of `command`, with its energies in `unit` or in their own.
pub fn asked(command: &str, args: &SystemArgs, unit: Option<&str>) -> Result<Asked> {
    let parameters: Vec<(&str, &str)> = args
        .parameters
        .iter()
        .map(|pair| {
            pair.split_once('=').with_context(|| {
                let another = command == "exact" && catalogue::find(pair).is_ok();
                let remedy = if another { "; write `--` before another system" } else { "" };
                format!("parameter `{pair}` must be key=value; `gibbs systems {}` lists them{remedy}", args.system)
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
    let unit = match unit {
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

/// Refuses, before anything is computed, a figure without a temperature that has a place on its axis, or a folder that cannot be written.
pub fn check_plot(common: &Common, stem: &str, temperatures: &[Temperature]) -> Result<()> {
    ensure!(temperatures.iter().any(|t| t.get().is_finite()), "--plot needs a finite temperature; add one to -T");
    check_figure(common, stem)
}

/// The exact curve between the lowest and the highest of the finite temperatures, or around the only one; `None` where nothing is exact.
pub fn exact_between(system: &System, temperatures: &[Temperature]) -> Option<Curve> {
    exact::run(system.exact(), &temperatures::between(temperatures), false).ok().map(|known| known.curve)
}

/// What the record of a figure says of a system.
pub fn manifest(args: &SystemArgs, thermal: &ThermalArgs) -> Value {
    json!({ "system": args.system, "parameters": args.parameters, "temperatures": thermal.temperatures, "unit": thermal.unit })
}

/// Prints the identities that do not hold, if any.
pub fn report_violations(common: &Common, findings: &[Finding]) -> Outcome {
    let violated: Vec<&Finding> = findings.iter().filter(|finding| !finding.holds()).collect();
    let Some(first) = violated.first() else { return Outcome::Done };
    violated.iter().for_each(|finding| advise(common, &format!("identity {finding}")));
    complain(common, &format!("{} of {} identities do not hold; the first: {first}", violated.len(), findings.len()));
    Outcome::CheckFailed
}
