//! `gibbs exact`: exact thermodynamics of a system, or of several side by side.

use std::io::Write as _;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::json;

use super::arguments::{Common, ExactArgs, NEXT_SYSTEM, SystemArgs};
use super::figure::write_figure;
use super::system::{Asked, asked, check_plot, exact_between, manifest, report_violations};
use super::{Outcome, advise, print_table, temperatures};
use gibbs::ensemble::{Thermo, ThermoPerSite};
use gibbs::experiments::audit;
use gibbs::experiments::exact::{self, Curve, Known};
use gibbs::report::figures::{self, SystemCurve};
use gibbs::report::{Cell, Table, wrapped};
use gibbs::simulation::{Observable, Simulated as _};
use gibbs::systems::catalogue;
use gibbs::units::{Beta, Dimension, EnergyUnit, Temperature};

/// One of the systems that were asked for.
struct Subject {
    args: SystemArgs,
    /// What tells it from the others; nothing where it is alone.
    label: Option<String>,
    asked: Asked,
}

impl Subject {
    /// The text with the label before it.
    fn says(&self, text: &str) -> String {
        self.label.as_ref().map_or_else(|| text.to_owned(), |label| format!("{label}: {text}"))
    }
}

/// Runs the command.
pub fn run(common: &Common, args: &ExactArgs) -> Result<Outcome> {
    let subjects = subjects(args)?;
    let temperatures = temperatures::parse("-T", &args.thermal.temperatures)?;
    if args.plot {
        check_plot(common, "exact", &temperatures)?;
    }
    let known = subjects.iter().map(|subject| known(subject, &temperatures, args.thermal.per_site));
    let known = known.collect::<Result<Vec<Known>>>()?;
    for (subject, Known { unknown, .. }) in subjects.iter().zip(&known) {
        for (temperature, error) in unknown {
            // A row that is missing is said in any case.
            let line = subject.says(&format!("no row at T = {temperature}: {error}"));
            let _ = writeln!(std::io::stderr(), "{}", wrapped(&line));
        }
    }
    let curves: Vec<Curve> = known.into_iter().map(|known| known.curve).collect();
    if args.plot {
        plot(common, args, &subjects, &temperatures)?;
    }
    for subject in &subjects {
        subject.asked.doubts(&temperatures).iter().for_each(|doubt| advise(common, &subject.says(doubt)));
    }
    subjects[0].asked.units().iter().for_each(|units| advise(common, units));
    print_table(common, &table(&subjects, &curves))?;
    let mut violated = Vec::new();
    for (subject, curve) in subjects.iter().zip(&curves) {
        if let Curve::Total(points) = curve {
            violated.extend(audit::exact(subject.asked.system.exact(), points)?);
        }
    }
    Ok(report_violations(common, &violated))
}

/// The systems between `--`, with the unit that they share.
fn subjects(args: &ExactArgs) -> Result<Vec<Subject>> {
    let words: Vec<String> = std::iter::once(&args.system).chain(&args.words).cloned().collect();
    // A `--` before the first system separates nothing.
    let words = words.strip_prefix(&[NEXT_SYSTEM.to_owned()]).unwrap_or(&words);
    let mut systems = Vec::new();
    for words in words.split(|word| word == NEXT_SYSTEM) {
        let Some((system, parameters)) = words.split_first() else {
            bail!("no system stands between one `--` and the next; name one there, or leave out a `--`")
        };
        ensure!(
            !system.contains('='),
            "`{system}` stands where a system must; write `--` only before another system, as in `ising l=8 -- ising l=16`"
        );
        systems.push(SystemArgs { system: system.clone(), parameters: parameters.to_vec() });
    }
    let unit = args.thermal.unit.as_deref();
    let asked = systems.iter().map(|system| asked("exact", system, unit)).collect::<Result<Vec<_>>>()?;
    check_units(&systems, &asked)?;
    let labels = labels(&systems);
    if let Some(k) = (1..labels.len()).find(|&k| labels[..k].contains(&labels[k])) {
        bail!("`{}` is given twice; leave one of them out, or change a parameter", systems[k]);
    }
    let alone = systems.len() == 1;
    let infinite = |asked: &Asked| asked.system.exact().n_sites().is_infinite();
    if let (false, true, Some(k)) =
        (args.thermal.per_site, !asked.iter().all(infinite), asked.iter().position(infinite))
    {
        bail!("{} has values per site only; add --per-site for all", systems[k]);
    }
    let subject = |((args, asked), label)| Subject { args, label: (!alone).then_some(label), asked };
    Ok(systems.into_iter().zip(asked).zip(labels).map(subject).collect())
}

/// Refuses systems that do not share a unit.
fn check_units(systems: &[SystemArgs], asked: &[Asked]) -> Result<()> {
    let place = |is: &dyn Fn(Option<EnergyUnit>) -> bool| asked.iter().position(|asked| is(asked.unit));
    if let (Some(with), Some(without)) = (place(&|unit| unit.is_some()), place(&|unit| unit.is_none())) {
        let known = catalogue::find(&systems[without].system)?.parameters;
        let energy = known.iter().find(|parameter| parameter.is_energy());
        let remedy = energy.map_or("ask for them one by one".to_owned(), |parameter| {
            format!("give it one, as in `{}=100K`, or ask for them one by one", parameter.name)
        });
        bail!(
            "{} has T in kelvin but the energies of {} carry no unit, so they cannot share a table; {remedy}",
            systems[with],
            systems[without]
        );
    }
    let first = asked.first().and_then(|asked| asked.unit);
    if let (Some(first), Some(k)) = (first, place(&|unit| unit != first)) {
        let other = asked[k].unit.map_or_else(String::new, |unit| unit.to_string());
        bail!(
            "the energies of {} are in {first} but those of {} in {other}; name one unit with --unit",
            systems[0],
            systems[k]
        );
    }
    Ok(())
}

/// For each system its name and the parameters in which it differs from the others. What others of its name were given, and it was
/// not, is there with its default.
fn labels(systems: &[SystemArgs]) -> Vec<String> {
    let key = |word: &str| word.split('=').next().unwrap_or_default().to_owned();
    let full = |one: &SystemArgs| {
        let mut words = one.parameters.clone();
        for other in systems.iter().filter(|other| other.system == one.system).flat_map(|other| &other.parameters) {
            let known = catalogue::find(&one.system).ok();
            let parameter = known.and_then(|row| row.parameters.iter().find(|parameter| parameter.name == key(other)));
            let given = words.iter().any(|word| key(word) == key(other));
            if let (false, Some(default)) = (given, parameter.and_then(|parameter| parameter.default)) {
                words.push(format!("{}={default}", key(other)));
            }
        }
        words
    };
    let all: Vec<Vec<String>> = systems.iter().map(full).collect();
    let differs = |word: &&String| all.len() == 1 || all.iter().any(|words| !words.contains(word));
    let label = |(one, words): (&SystemArgs, &Vec<String>)| {
        let own = words.iter().filter(differs).cloned().collect();
        SystemArgs { system: one.system.clone(), parameters: own }.to_string()
    };
    systems.iter().zip(&all).map(label).collect()
}

/// Exact values of one system.
fn known(subject: &Subject, temperatures: &[Temperature], per_site: bool) -> Result<Known> {
    let found = exact::run(subject.asked.system.exact(), temperatures, per_site);
    Ok(match &subject.label {
        Some(label) => found.with_context(|| label.clone())?,
        None => found?,
    })
}

/// Writes the figure of all systems with its table and manifest to the output folder.
fn plot(common: &Common, args: &ExactArgs, subjects: &[Subject], temperatures: &[Temperature]) -> Result<()> {
    let lines: Vec<_> = subjects.iter().map(|one| (one, exact_between(&one.asked.system, temperatures))).collect();
    let unit = subjects[0].asked.unit;
    let (csv, title, config) = match &lines[..] {
        [(one, line)] => {
            let table = figures::system_table(line.as_ref(), None, one.asked.sites(), unit);
            (table.to_csv(), one.args.to_string(), manifest(&one.args, &args.thermal))
        }
        _ => {
            let mut curves = Vec::new();
            for (one, line) in &lines {
                let name = one.label.as_deref().unwrap_or_default();
                curves.extend(line.as_ref().map(|curve| SystemCurve { name, curve, sites: one.asked.sites() }));
            }
            let systems: Vec<_> = subjects
                .iter()
                .map(|one| json!({ "system": one.args.system, "parameters": one.args.parameters }))
                .collect();
            let config =
                json!({ "systems": systems, "temperatures": args.thermal.temperatures, "unit": args.thermal.unit });
            (figures::systems_table(&curves, unit).to_csv(), title(subjects), config)
        }
    };
    write_figure(common, "exact", csv.clone(), figures::draw_system(&title, unit, &csv)?, config)
}

/// The names of the systems, and the parameters that they share.
fn title(subjects: &[Subject]) -> String {
    let mut names: Vec<&str> = subjects.iter().map(|one| one.args.system.as_str()).collect();
    names.dedup();
    let shared = |word: &&String| subjects.iter().all(|one| one.args.parameters.contains(word));
    let shared: Vec<&str> = subjects[0].args.parameters.iter().filter(shared).map(String::as_str).collect();
    let names = names.join(", ");
    if shared.is_empty() { names } else { format!("{names}; {}", shared.join(" ")) }
}

/// Columns of T, beta and what follows from ln Z.
const THERMAL: usize = 7;

/// The columns of all curves, after that of the system where there are several, and those of the magnetization where levels have
/// one.
fn table(subjects: &[Subject], curves: &[Curve]) -> Table {
    let suffix = if matches!(curves.first(), Some(Curve::PerSite(_))) { "_per_site" } else { "" };
    let several: &[&str] = if subjects.len() > 1 { &["system"] } else { &[] };
    let mut magnetic: Vec<Observable> = Vec::new();
    for (observable, _) in subjects.iter().flat_map(|one| magnetization(&one.asked, Beta::ZERO)) {
        if !magnetic.iter().any(|known| known.name == observable.name) {
            magnetic.push(observable);
        }
    }
    let names = ["ln_z", "free_energy", "energy", "entropy", "heat_capacity"].into_iter();
    let names = names.chain(magnetic.iter().map(|observable| observable.name));
    let names: Vec<String> = names.map(|name| format!("{name}{suffix}")).collect();
    let own = ["temperature", "beta"].into_iter().chain(names.iter().map(String::as_str));
    let columns: Vec<&str> = several.iter().copied().chain(own).collect();
    let mut table = Table::new(&columns);
    use Dimension::{Energy, Entropy, InverseEnergy, Number};
    for (one, curve) in subjects.iter().zip(curves) {
        let factors = [Number, InverseEnergy, Number, Energy, Energy, Entropy, Entropy].map(|of| one.asked.factor(of));
        for (beta, point) in points(curve) {
            let thermal = point.iter().zip(factors).map(|(x, factor)| Cell::from(x * factor));
            let known = magnetization(&one.asked, beta);
            let cell = |observable: &Observable| {
                let x = known.iter().find(|(known, _)| known.name == observable.name);
                x.map(|(of, x)| x * one.asked.factor(of.dimension)).into()
            };
            let label = one.label.iter().map(|label| Cell::from(label.as_str()));
            table.push(label.chain(thermal).chain(magnetic.iter().map(cell)).collect());
        }
    }
    // The magnetization has a table of its own.
    match columns.split_at(several.len() + THERMAL) {
        (_, []) => table,
        (thermal, magnetic) => table.with_views(&[thermal, &[&columns[..=several.len()], magnetic].concat()]),
    }
}

/// The magnetization at `beta`, where levels have one.
fn magnetization(asked: &Asked, beta: Beta) -> Vec<(Observable, f64)> {
    asked.system.level_magnetization().map(|m| m.exact(beta)).into_iter().flatten().collect()
}

/// Of each point of a curve the inverse temperature and the columns: T, beta and what follows from ln Z.
fn points(curve: &Curve) -> Vec<(Beta, [f64; THERMAL])> {
    let row = |beta: Beta, [ln_z, free_energy, energy, entropy, heat_capacity]: [f64; 5]| {
        (beta, [beta.temperature().get(), beta.get(), ln_z, free_energy, energy, entropy, heat_capacity])
    };
    match curve {
        Curve::Total(points) => {
            let total = |t: &Thermo| row(t.beta, [t.ln_z, t.free_energy(), t.energy, t.entropy, t.heat_capacity]);
            points.iter().map(total).collect()
        }
        Curve::PerSite(points) => {
            let per_site = |t: &ThermoPerSite| {
                let free_energy = t.free_energy_per_site();
                row(
                    t.beta,
                    [t.ln_z_per_site, free_energy, t.energy_per_site, t.entropy_per_site, t.heat_capacity_per_site],
                )
            };
            points.iter().map(per_site).collect()
        }
    }
}
