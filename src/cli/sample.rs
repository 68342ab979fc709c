//! `gibbs sample`.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::arguments::{self, Common, Format, SampleArgs};
use super::figure::write_figure;
use super::system::{Asked, asked, check_plot, exact_between, manifest, report_violations};
use super::{Outcome, advise, check_writable, interrupt, print, print_table, progress, temperatures};
use gibbs::experiments::audit;
use gibbs::files;
use gibbs::report::{
    Cell, Table, check_target, figures, last_frame, left_out_sentence, note_sentence, to_xyz, unresolved_sentence,
    wrapped, write_atomically,
};
use gibbs::rng::Seed;
use gibbs::simulation::{
    self, Budget, ChainMethods, Control, LadderRule, Observable, Row, Sampled, Sampling, Settings, Simulated, Status,
    Unresolved,
};
use gibbs::systems::System;
use gibbs::units::{Dimension, EnergyUnit, Temperature};
use serde_json::json;

/// Configurations that `--trajectory` takes from each replica.
const SNAPSHOTS: u64 = 50;
/// Relative difference of two sides of a box that are meant to be the same.
const SAME_SIDE: f64 = 1e-6;

/// `gibbs sample`.
pub fn run(common: &Common, args: &SampleArgs) -> Result<Outcome> {
    let asked = asked("sample", &args.system, args.thermal.unit.as_deref())?;
    let system = &asked.system;
    let temperatures = temperatures::parse("-T", &args.thermal.temperatures)?;
    let mut settings = Settings {
        sampler: args.sampler.parse()?,
        budget: budget(args, &asked)?,
        limit: args.limit,
        replicas: args.replicas,
        ladder: match args.ladder {
            arguments::LadderRule::Acceptance => LadderRule::EqualAcceptance,
            arguments::LadderRule::Entropy => LadderRule::EqualEntropy,
        },
        curve: args.curve.as_deref().map(|text| temperatures::parse("--curve", text)).transpose()?.unwrap_or_default(),
        per_site: args.thermal.per_site,
        start: args.restart.as_deref().map(|path| positions(path, system)).transpose()?,
        snapshots: if args.trajectory.is_some() { SNAPSHOTS } else { 0 },
        control: Control::default(),
    };
    if args.plot {
        check_plot(common, "sample", &temperatures)?;
    }
    if let Some(path) = args.trajectory.as_deref() {
        ensure!(!path.is_dir(), "--trajectory `{}` is a folder; name a file in it", path.display());
        check_target(path).context("--trajectory")?;
        check_writable("--trajectory", path.parent().unwrap_or(Path::new("")))?;
    }
    let by_sweeps = matches!(system.sampling(), Sampling::Chains(_));
    let bar = if by_sweeps {
        progress::sweeps(common.quiet, "sampling")
    } else {
        progress::bar(common.quiet, "sampling", temperatures.len())
    };
    let watched = bar.clone();
    settings.control = Control::reporting(move |done, planned| {
        watched.set_length(planned);
        watched.set_position(done);
    });
    if by_sweeps {
        interrupt::stop_first(settings.control.clone());
    }
    let tick = || {
        if !by_sweeps {
            bar.inc(1)
        }
    };
    let sampled = simulation::run(system, &temperatures, &settings, Seed(common.seed), &tick)?;
    bar.finish_and_clear();
    if !sampled.missing.is_empty() {
        let _ = writeln!(std::io::stderr(), "{}", wrapped(&missing_sentence(&sampled.missing)));
    }
    if sampled.rows.is_empty() && !sampled.missing.is_empty() {
        return Ok(Outcome::Interrupted);
    }
    report_choices(common, &sampled);
    if args.replicas == 1 && matches!(system.sampling(), Sampling::Chains(_)) {
        advise(common, "with one replica, different starts could not be compared; use --replicas 2");
    }
    if args.plot {
        plot(common, args, &temperatures, &settings.curve, &asked, &sampled)?;
    }
    if let Some(path) = &args.trajectory {
        write_atomically(path, to_xyz(&sampled.snapshots).as_bytes())?;
        advise(common, &format!("wrote {} configurations to {}", sampled.snapshots.len(), path.display()));
    }
    asked.advise(common, &temperatures);
    print_table(common, &sample_table(sampled.rows.iter().chain(&sampled.curve), &sampled.missing, asked.unit))?;
    if common.format == Format::Table {
        print(&reasons(&sampled.rows))?;
    }
    if !sampled.missing.is_empty() {
        return Ok(Outcome::Interrupted);
    }
    // A row of too few events is what it is; a run that met its limit is not done.
    let unsettled = sampled.rows.iter().any(|row| matches!(row.status, Status::Unresolved(Unresolved::Limit(_))));
    Ok(match report_violations(common, &audit::sampled(&sampled.rows)) {
        Outcome::Done if unsettled => Outcome::Undecided,
        outcome => outcome,
    })
}

/// Writes the figure with its table and manifest to the output folder.
fn plot(
    common: &Common,
    args: &SampleArgs,
    temperatures: &[Temperature],
    reweighted: &[Temperature],
    asked: &Asked,
    sampled: &Sampled,
) -> Result<()> {
    let exact = exact_between(&asked.system, &[temperatures, reweighted].concat());
    let csv = figures::system_table(exact.as_ref(), Some(sampled), asked.sites(), asked.unit).to_csv();
    let drawn = figures::draw_system(&args.system.to_string(), asked.unit, &csv)?;
    let mut config = manifest(&args.system, &args.thermal);
    let missing: Vec<f64> = sampled.missing.iter().map(|t| t.get()).collect();
    if !missing.is_empty() {
        config["interrupted_before_temperatures"] = json!(missing);
    }
    write_figure(common, "sample", csv, drawn, config)
}

/// What an interrupted run does not have.
fn missing_sentence(missing: &[Temperature]) -> String {
    let temperatures: Vec<String> = missing.iter().map(Temperature::to_string).collect();
    format!("interrupted: nothing is known at T = {}, and no curve is reweighted", temperatures.join(", "))
}

/// Why rows are not resolved, a paragraph for each reason at each temperature.
fn reasons(rows: &[Row]) -> String {
    let unresolved: Vec<&Row> = rows.iter().filter(|row| !row.is_resolved()).collect();
    let same = |a: &&Row, b: &&Row| a.temperature == b.temperature && a.status == b.status;
    let paragraph = |rows: &[&Row]| {
        let names: Vec<&str> = rows.iter().map(|row| row.observable.as_str()).collect();
        let reason = unresolved_sentence(rows[0].status).unwrap_or_default();
        wrapped(&format!("\nT = {}: {} unresolved: {reason}", rows[0].temperature, names.join(", "))) + "\n"
    };
    unresolved.chunk_by(same).map(paragraph).collect()
}

/// The positions in the last frame of the file at `path`, in the box of `system` if the file has a box.
fn positions(path: &Path, system: &System) -> Result<Vec<[f64; 3]>> {
    let read = || -> Result<Vec<[f64; 3]>> {
        let frame = last_frame(&files::read_text(path, files::MOST_BYTES)?)?;
        let Sampling::Chains(ChainMethods { periodic_box: Some(fluid), .. }) = system.sampling() else {
            return Ok(frame.positions);
        };
        ensure!(
            frame.positions.len() == fluid.n,
            "it holds {} particles but the fluid has {}; give n={}",
            frame.positions.len(),
            fluid.n,
            frame.positions.len()
        );
        if let Some(side) = frame.side {
            // Nine digits are enough for the side, and spare a reader the rounding of a cube.
            let density: f64 = format!("{:.8e}", frame.positions.len() as f64 / side.powi(3)).parse()?;
            ensure!(
                (side / fluid.side - 1.0).abs() < SAME_SIDE,
                "its box has side {side} but the fluid's has {}; give density={density}",
                fluid.side
            );
        }
        (fluid.check)(&frame.positions)?;
        Ok(frame.positions)
    };
    read().with_context(|| format!("--restart `{}`", path.display()))
}

/// Says which samplers were chosen and why, one line for each, and what else the run has to say.
fn report_choices(common: &Common, sampled: &Sampled) {
    for same in sampled.choices.chunk_by(|a, b| a.1 == b.1) {
        let (first, last) = (same[0].0, same[same.len() - 1].0);
        let at = if same.len() == 1 { format!("T = {first}") } else { format!("T = {first} to {last}") };
        advise(common, &format!("sampler {} at {at}: {}", same[0].1.sampler.name(), same[0].1.why));
    }
    sampled.notes.iter().for_each(|note| advise(common, &note_sentence(note)));
    sampled.left_out.iter().for_each(|left_out| advise(common, &left_out_sentence(left_out)));
}

fn budget(args: &SampleArgs, asked: &Asked) -> Result<Option<Budget>> {
    if let Some(particles) = args.particles {
        ensure!(
            (1_000..=1_000_000_000_000_000_000).contains(&particles),
            "--particles must be from 1000 to 10^18, got {particles}"
        );
        return Ok(Some(Budget::Particles(particles)));
    }
    if let Some(error) = args.error {
        ensure!(error > 0.0 && error.is_finite(), "--error must be a positive number, got {error}");
        return Ok(Some(Budget::Error(error / asked.factor(Dimension::Energy))));
    }
    if let Some(sweeps) = args.sweeps {
        ensure!(sweeps >= 100, "--sweeps must be at least 100, got {sweeps}");
        return Ok(Some(Budget::Sweeps(sweeps)));
    }
    Ok(None)
}

/// The rows, and one for each temperature that is missing.
fn sample_table<'a>(rows: impl Iterator<Item = &'a Row>, missing: &[Temperature], unit: Option<EnergyUnit>) -> Table {
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
        "status",
        "reason",
    ]);
    for row in rows {
        let z_score = row.z_score();
        let meant = |x: f64| row.is_resolved().then_some(x);
        let row = unit.map_or_else(|| row.clone(), |unit| row.in_unit(unit));
        table.push(vec![
            row.temperature.get().into(),
            row.observable.as_str().into(),
            row.estimate.value.into(),
            meant(row.estimate.std_error).into(),
            row.exact.into(),
            z_score.into(),
            meant(row.estimate.n_eff).into(),
            row.estimate.tau_int.into(),
            row.sampler.name().into(),
            if row.is_resolved() { "ok" } else { "unresolved" }.into(),
            unresolved_sentence(row.status).into(),
        ]);
    }
    for temperature in missing {
        let mut row = vec![Cell::Empty; 11];
        row[0] = temperature.get().into();
        row[1] = Observable::ENERGY.name.into();
        row[9] = "unresolved".into();
        row[10] = "the run was interrupted before this temperature was done".into();
        table.push(row);
    }
    let columns = ["temperature", "observable", "value", "exact", "z_score", "n_eff", "tau_int", "sampler", "status"];
    table.with_views(&[&columns])
}
