//! Several systems of `gibbs exact` in one table and one figure, and what a figure of exact curves shows.
#![cfg(feature = "cli")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/program.rs"]
mod program;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use program::{gibbs, refused, stdout};

fn printed(line: &str) -> String {
    stdout(&line.split(' ').collect::<Vec<_>>())
}

fn refuses(line: &str, part: &str) {
    refused(&line.split(' ').collect::<Vec<_>>(), part);
}

/// The rows of the CSV of a figure: panel, series, T and the value.
fn figure(line: &str, folder: &Path) -> Vec<(String, String, f64, f64)> {
    printed(&format!("{line} --plot --quiet --out {}", folder.display()));
    let mut reader = csv::Reader::from_path(folder.join("exact.csv")).unwrap();
    let row = |record: csv::StringRecord| {
        (record[0].to_owned(), record[1].to_owned(), record[3].parse().unwrap(), record[4].parse().unwrap())
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

#[test]
fn several_systems_are_one_table_of_the_same_numbers() {
    let together = printed("exact two_level gap=2 -- ising l=4 -- paramagnet -T 0.5,2 --format csv --quiet");
    let rows: Vec<&str> = together.lines().collect();
    assert!(rows[0].starts_with("system,temperature,beta,ln_z,free_energy,energy,entropy,heat_capacity,magnetization"));
    assert_eq!(rows.len(), 7);
    for (k, system) in ["two_level gap=2", "ising l=4", "paramagnet"].into_iter().enumerate() {
        let alone = printed(&format!("exact {system} -T 0.5,2 --format csv --quiet"));
        for (t, row) in alone.lines().skip(1).enumerate() {
            let row = format!("{system},{row}{}", if system == "paramagnet" { "" } else { ",,," });
            assert_eq!(rows[1 + 2 * k + t], row);
        }
    }
    // Options may stand anywhere.
    for line in [
        "exact -T 0.5,2 two_level gap=2 --format csv -- ising l=4 --quiet -- paramagnet",
        "--quiet exact two_level gap=2 -- -T 0.5,2 ising l=4 -- paramagnet --format csv",
    ] {
        assert_eq!(printed(line), together, "{line}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&printed("exact two_level -- oscillator -T 1 --format json")).unwrap();
    assert_eq!((&json[0]["system"], &json[1]["system"]), (&"two_level".into(), &"oscillator".into()));
}

#[test]
fn one_system_has_no_column_of_its_name() {
    let alone = printed("exact two_level -T 1 --format csv");
    assert!(alone.starts_with("temperature,beta,ln_z,"));
    // A `--` before the first system ends options and separates nothing.
    assert_eq!(printed("exact -T 1 --format csv -- two_level"), alone);
}

#[test]
fn names_hold_what_differs() {
    let names = |line: &str| -> Vec<String> {
        let csv = printed(&format!("exact {line} -T 1 --format csv --quiet"));
        csv.lines().skip(1).map(|row| row.split(',').next().unwrap().to_owned()).collect()
    };
    assert_eq!(names("ising l=4 j=2 -- ising j=2 l=2"), ["ising l=4", "ising l=2"]);
    // What one was given, the other has by default.
    assert_eq!(names("two_level -- two_level gap=2"), ["two_level gap=1", "two_level gap=2"]);
    assert_eq!(names("einstein_solid theta=9 -- debye_solid theta=9"), ["einstein_solid", "debye_solid"]);
}

#[test]
fn what_one_system_refuses_names_it() {
    let output = gibbs(&"exact two_level -- oscillator -T -1,1 --format csv".split(' ').collect::<Vec<_>>());
    let (rows, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success() && rows.lines().count() == 4, "{rows}");
    assert!(said.starts_with("oscillator: no row at T = -1: "), "{said}");
}

#[test]
fn systems_that_cannot_stand_together_are_refused_in_one_line() {
    for (line, part) in [
        ("einstein_solid theta=100K -- two_level -T 1", "give it one, as in `gap=100K`"),
        ("two_level -- einstein_solid theta=100K -T 1", "energies of two_level carry no unit"),
        ("einstein_solid theta=100K -- lennard_jones n=2 density=0.01 cutoff=2 -T 1", "ask for them one by one"),
        ("einstein_solid theta=100K -- two_level gap=3meV -T 1", "are in K but those of two_level gap=3meV in meV"),
        ("ising l=inf -- ising l=4 -T 2", "ising l=inf has values per site only; add --per-site"),
        ("ising l=4 -- ising l=4 -T 2", "`ising l=4` is given twice"),
        ("two_level gap=1 -- two_level -T 2", "`two_level` is given twice"),
        ("ising l=4 -- l=2 -T 2", "`l=2` stands where a system must"),
        ("ising l=4 -- -T 2", "no system stands between"),
        ("ising ising -T 2", "write `--` before another system"),
        ("two_level -- ising --l 4 -T 2", "ising takes `l` as a parameter"),
        ("two_level -- oscilator -T 2", "did you mean `oscillator`"),
        ("two_level -- oscillator -T -2", "oscillator: "),
    ] {
        refuses(&format!("exact {line}"), part);
    }
    // With a unit named, both come out in it.
    let both = printed("exact einstein_solid theta=100K -- two_level gap=3meV -T 100 --unit meV --format csv --quiet");
    let alone = printed("exact two_level gap=3meV -T 100 --format csv --quiet");
    assert!(both.lines().last().unwrap().ends_with(alone.lines().last().unwrap()));
}

#[test]
fn several_systems_are_one_figure_with_a_curve_of_each_in_every_panel() {
    let folder = tempfile::tempdir().unwrap();
    let line = "exact einstein_solid theta=1320K -- debye_solid theta=1860K -T 10:600:4";
    let rows = figure(line, folder.path());
    let panels: BTreeSet<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    assert_eq!(panels.len(), 4);
    for panel in panels {
        for series in ["einstein_solid theta=1320K", "debye_solid theta=1860K"] {
            let n = rows.iter().filter(|row| row.0 == panel && row.1 == series).count();
            assert!(n > 150, "{panel} of {series}: {n} points");
        }
    }
    let svg = fs::read_to_string(folder.path().join("exact.svg")).unwrap();
    let titles = ["einstein_solid, debye_solid", "einstein_solid theta=1320K", "debye_solid theta=1860K", "U [K]"];
    assert!(titles.iter().all(|text| svg.contains(text)) && !svg.contains("per site"));
    let manifest = fs::read_to_string(folder.path().join("exact.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["config"]["systems"][1]["parameters"][0], "theta=1860K");
    assert!(manifest["command"].as_str().unwrap().contains(" -- debye_solid"));
    figure("exact ising l=4 -- two_level -T 1,2", folder.path());
    let svg = fs::read_to_string(folder.path().join("exact.svg")).unwrap();
    assert!(svg.contains("S per site or system"));
    figure("exact ising l=4 -- ising l=2 -T 1,2", folder.path());
    let svg = fs::read_to_string(folder.path().join("exact.svg")).unwrap();
    assert!(svg.contains("ising l=2") && svg.contains("S per site [") && !svg.contains("or system"));
}

#[test]
fn exact_curves_are_fine_and_whole() {
    let folder = tempfile::tempdir().unwrap();
    let of = |line: &str, panel: &str| -> Vec<(f64, f64)> {
        let rows = figure(line, folder.path());
        rows.into_iter().filter(|row| row.0 == panel).map(|(.., t, y)| (t, y)).collect()
    };
    // Twelve temperatures miss the Schottky peak of 0.4392 at 0.4168 gap; the curve does not.
    let peak = of("exact two_level -T 0.05:5:12", "heat_capacity");
    let highest = peak.iter().map(|point| point.1).fold(0.0, f64::max);
    assert!((highest / 0.439_23 - 1.0).abs() < 1e-3, "{highest}");
    let asked = printed("exact two_level -T 0.05:5:12 --format csv");
    let asked = asked.lines().skip(1).map(|row| row.rsplit(',').next().unwrap().parse::<f64>().unwrap());
    assert!(asked.fold(0.0, f64::max) < 0.43);
    // One temperature is the middle of a curve.
    let around = of("exact ideal_gas n=7 mass=40 -T 300", "energy");
    assert!(around.len() > 150 && around[0].0 == 150.0 && around[around.len() - 1].0 == 450.0);
    let svg = fs::read_to_string(folder.path().join("exact.svg")).unwrap();
    assert!(svg.contains("U per particle [") && !svg.contains("per site"));
    // No curve goes through T = 0: there is nothing between the last negative temperature and 0.
    let broken = of("exact two_level -T -2,-1,0,1,2", "energy");
    assert!(broken.iter().any(|point| point.0 == 0.0) && broken[0].0 == -2.0);
    let svg = fs::read_to_string(folder.path().join("exact.svg")).unwrap();
    assert!(svg.matches("<polyline").count() >= 8, "two pieces in each of four panels");
}
