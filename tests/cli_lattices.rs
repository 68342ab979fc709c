//! The program from outside: lattices, their samplers, curves and figures, and what is refused.
#![cfg(feature = "cli")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "common/program.rs"]
mod program;

use std::path::Path;

use program::{gibbs, refused, stdout};

/// One line of `sample`.
#[derive(Debug)]
struct Row {
    temperature: f64,
    observable: String,
    value: f64,
    std_error: f64,
    exact: Option<f64>,
    z: Option<f64>,
    sampler: String,
}

/// Runs `gibbs sample` with `arguments`, separated by spaces.
fn sample(arguments: &str) -> Vec<Row> {
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let csv = stdout(&[&["sample"], &words[..], &["--format", "csv", "--quiet"]].concat());
    assert_eq!(
        csv.lines().next().unwrap(),
        "temperature,observable,value,std_error,exact,z_score,n_eff,tau_int,sampler,status,reason"
    );
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |k: usize| fields[k].parse::<f64>().unwrap();
        let optional = |k: usize| fields[k].parse::<f64>().ok();
        Row {
            temperature: number(0),
            observable: fields[1].to_owned(),
            value: number(2),
            std_error: number(3),
            exact: optional(4),
            z: optional(5),
            sampler: fields[8].to_owned(),
        }
    };
    csv.lines().skip(1).map(row).collect()
}

/// Asserts that every row with an exact value agrees with it; how many have one.
fn agree(arguments: &str, rows: &[Row]) -> usize {
    let scores: Vec<f64> = rows.iter().filter_map(|row| row.z).collect();
    for row in rows {
        assert!(row.value.is_finite() && row.std_error.is_finite(), "{arguments}: {row:?}");
        assert!(row.z.is_none_or(|z| z.abs() <= 4.5), "{arguments}: {row:?}");
    }
    scores.len()
}

fn observables(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row.observable.as_str()).collect()
}

const MAGNET: [&str; 6] =
    ["energy", "heat_capacity", "abs_magnetization", "susceptibility", "connected_susceptibility", "binder"];
const CURVE: [&str; 4] = ["energy", "heat_capacity", "entropy", "free_energy"];

/// System, the rows of one temperature, how many of them have an exact value.
#[test]
fn every_lattice_prints_its_rows_and_they_agree_with_what_is_exact() {
    let potts = ["energy", "heat_capacity", "abs_magnetization", "connected_susceptibility", "binder"];
    let glass = [&MAGNET[..], &["overlap_squared"]].concat();
    let in_field = [&MAGNET[..2], &["magnetization"], &MAGNET[2..]].concat();
    let cases: [(&str, &[&str], usize); 12] = [
        ("ising l=4 -T 2.5", &MAGNET, 6),
        ("ising l=4 h=0.3 -T 4", &in_field, 7),
        ("ising dimension=1 l=12 -T 1.5", &MAGNET, 6),
        ("ising lattice=triangular l=4 -T 4", &MAGNET, 6),
        ("ising lattice=honeycomb l=4 -T 2", &MAGNET, 6),
        ("ising dimension=3 l=2x2x4 -T 5", &MAGNET, 6),
        ("ising l=3x4 boundary=open -T 2", &MAGNET, 6),
        ("ising l=4 -T -2.5", &MAGNET, 6),
        ("potts l=3 q=3 -T 1.2", &potts, 5),
        ("xy dimension=1 l=8 -T 0.7", &MAGNET, 2),
        ("heisenberg dimension=1 l=8 -T 0.7", &MAGNET, 2),
        ("spin_glass dimension=2 l=4 -T 2", &glass, 6),
    ];
    for (arguments, names, known) in cases {
        let rows = sample(&format!("{arguments} --sweeps 5000"));
        assert_eq!(observables(&rows), names, "{arguments}");
        assert_eq!(agree(arguments, &rows), known, "{arguments}");
        // Means of squares are compared on a logarithmic scale.
        let is_square = |row: &Row| {
            row.observable.contains("capacity")
                || row.observable.contains("squared")
                || row.observable.contains("susceptibility")
        };
        let z = |row: &Row| match (row.exact.unwrap(), is_square(row)) {
            (exact, true) if exact > 0.0 && row.value > 0.0 => (row.value / exact).ln() * row.value / row.std_error,
            (exact, _) => (row.value - exact) / row.std_error,
        };
        for row in rows.iter().filter(|row| row.std_error > 0.0 && row.z.is_some()) {
            assert!((z(row) - row.z.unwrap()).abs() < 1e-9, "{arguments}: {row:?}");
        }
    }
}

#[test]
fn every_sampler_that_applies_agrees_with_what_is_exact() {
    for (system, samplers) in [
        ("ising l=4 -T 2.5", &["metropolis", "heat-bath", "wolff", "swendsen-wang", "tempering"][..]),
        ("potts l=3 -T 1.2", &["metropolis", "heat-bath", "wolff", "swendsen-wang", "tempering"]),
        (
            "xy dimension=1 l=8 -T 0.7",
            &["metropolis", "heat-bath", "over-relaxation", "wolff", "swendsen-wang", "tempering"],
        ),
        (
            "heisenberg dimension=1 l=8 -T 0.7",
            &["metropolis", "heat-bath", "over-relaxation", "wolff", "swendsen-wang", "tempering"],
        ),
        ("spin_glass dimension=2 l=4 -T 2", &["metropolis", "tempering"]),
    ] {
        for sampler in samplers {
            let arguments = format!("{system} --sampler {sampler} --sweeps 5000");
            let rows = sample(&arguments);
            assert!(agree(&arguments, &rows) >= 2, "{arguments}");
            assert!(rows.iter().all(|row| row.sampler == *sampler), "{arguments}");
        }
    }
}

#[test]
fn wang_landau_gives_entropies_at_any_temperature() {
    for arguments in ["ising l=4 -T 0,0.5,2,inf,-2", "potts l=3 q=3 -T 0.5,1,-1", "spin_glass dimension=2 l=4 -T 0.5,2"]
    {
        let arguments = format!("{arguments} --sampler wang-landau --sweeps 10000");
        let rows = sample(&arguments);
        assert_eq!(agree(&arguments, &rows), rows.len(), "{arguments}");
        for temperature in rows.chunk_by(|a, b| a.temperature == b.temperature) {
            // F = U - T S has no value at infinite temperature.
            let n = if temperature[0].temperature.is_infinite() { 3 } else { 4 };
            assert_eq!(observables(temperature), CURVE[..n], "{arguments}");
            assert!(temperature.iter().all(|row| row.sampler == "wang-landau"));
        }
    }
}

#[test]
fn curves_are_reweighted_and_absolute_where_they_reach_infinite_temperature() {
    for arguments in [
        "ising l=4 -T 2,3 --curve 2.5,inf",
        "potts l=3 -T 0.9,1.4 --curve 1.1,inf",
        "xy dimension=1 l=8 -T 0.7,1.5 --curve 1,inf",
        "heisenberg dimension=1 l=8 -T 0.7,1.5 --curve 1,inf",
        "spin_glass dimension=2 l=4 -T 1.5,2 --curve 1.7,inf",
    ] {
        let arguments = format!("{arguments} --sweeps 5000");
        let rows = sample(&arguments);
        agree(&arguments, &rows);
        let curve: Vec<Row> = rows.into_iter().filter(|row| row.sampler == "mbar").collect();
        let expected: Vec<&str> = CURVE.iter().chain(&CURVE[..3]).copied().collect();
        assert_eq!(observables(&curve), expected, "{arguments}");
        assert!(curve.iter().all(|row| row.z.is_some()), "{arguments}");
    }
}

#[test]
fn curves_cross_infinite_temperature() {
    let rows = sample("ising l=4 -T 4,-4 --curve -5,inf,5 --sweeps 5000");
    agree("--curve -5,inf,5", &rows);
    let curve: Vec<f64> = rows.iter().filter(|row| row.sampler == "mbar").map(|row| row.temperature).collect();
    assert_eq!((curve.len(), curve[0], curve[10]), (11, -5.0, 5.0));
}

/// U is then a small difference of large energies: what its rounding explains is no violation.
#[test]
fn identities_hold_at_the_ends_of_the_temperature_scale() {
    for system in ["spin_glass dimension=2 l=4", "ising l=5 j=-1", "potts l=3", "ising l=4 h=0.3", "ising l=16"] {
        let words: Vec<&str> = ["exact"].into_iter().chain(system.split(' ')).collect();
        let csv = stdout(&[&words[..], &["-T", "0,1e-9,1e9,inf,-1", "--format", "csv"]].concat());
        assert!(csv.lines().count() == 6 && !csv.contains("NaN"), "{system}: {csv}");
    }
}

#[test]
fn per_site_divides_what_grows_with_the_system() {
    for (arguments, n) in [
        ("ising l=4 -T 2.5 --curve 2.4", 16.0),
        ("spin_glass dimension=2 l=4 -T 2", 16.0),
        ("ising l=4 -T 2 --sampler wang-landau", 16.0),
    ] {
        let totals = sample(&format!("{arguments} --sweeps 2000"));
        let shares = sample(&format!("{arguments} --sweeps 2000 --per-site"));
        assert_eq!(totals.len(), shares.len());
        for (total, share) in totals.iter().zip(&shares) {
            let ratio = ["binder", "overlap_squared"].contains(&total.observable.as_str());
            let (n, suffix) = if ratio { (1.0, "") } else { (n, "_per_site") };
            assert_eq!(share.observable, format!("{}{suffix}", total.observable));
            for (a, b) in [(total.value, share.value), (total.std_error, share.std_error)] {
                assert!((a / n - b).abs() <= 1e-14 * b.abs(), "{arguments}: {total:?} {share:?}");
            }
        }
    }
}

#[test]
fn results_depend_on_the_seed_and_not_on_the_number_of_threads() {
    for arguments in [
        "ising l=8 -T 2,3 --sampler tempering --sweeps 1000",
        "spin_glass l=4 -T 1.5 --sweeps 1000 --replicas 3",
        "ising l=4 -T 2,3 --sampler wang-landau --sweeps 1000 --replicas 4",
        "xy l=4 -T 1,2 --curve 1.5 --sweeps 1000 --replicas 4",
        "potts l=8 -T 1.5 --sampler heat-bath --sweeps 1000 --replicas 5",
    ] {
        let words: Vec<&str> = arguments.split(' ').collect();
        let with = |more: &[&str]| stdout(&[&["sample"], &words[..], &["--format", "csv", "--quiet"], more].concat());
        let one = with(&["--threads", "1"]);
        assert_eq!(one, with(&["--threads", "4"]), "{arguments}");
        assert_ne!(one, with(&["--seed", "2"]), "{arguments}");
    }
}

#[test]
fn auto_says_what_it_chose_and_why_unless_told_to_be_quiet() {
    for (system, t, sampler) in [
        ("ising l=4", "2", "wolff"),
        ("ising l=4", "9", "heat-bath"),
        ("ising l=4 h=0.5", "2", "mixed"),
        ("ising l=5 j=-1", "3", "heat-bath"),
        ("ising l=4 j=-1", "2", "wolff"),
        ("potts l=4 q=2 j=-1", "2", "heat-bath"),
        ("xy l=4", "9", "wolff"),
        ("spin_glass dimension=2 l=4", "2", "tempering"),
    ] {
        let mut words: Vec<&str> = ["sample"].into_iter().chain(system.split(' ')).collect();
        words.extend(["-T", t, "--sweeps", "2000", "--format", "csv"]);
        let output = gibbs(&words);
        assert!(output.status.success(), "{words:?}");
        let advice = String::from_utf8(output.stderr).unwrap();
        let line = advice.lines().find(|line| line.starts_with("sampler ")).unwrap_or_default();
        let said = format!("sampler {sampler} at T = {t}: ");
        assert!(line.starts_with(&said) && line.len() > said.len() + 10, "{words:?}: {advice}");
        assert!(
            String::from_utf8(output.stdout.clone())
                .unwrap()
                .lines()
                .skip(1)
                .all(|row| row.contains(&format!(",{sampler},ok,")))
        );
        words.push("--quiet");
        let quiet = gibbs(&words);
        assert!(quiet.stderr.is_empty(), "{}", String::from_utf8_lossy(&quiet.stderr));
        assert_eq!(quiet.stdout, output.stdout);
    }
}

fn files(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn plots_are_four_files_and_nothing_else() {
    for (stem, arguments) in [
        ("sample", "sample ising l=4 -T 2,3 --sweeps 2000 --curve 2:3:5 --plot"),
        ("sample", "sample spin_glass dimension=2 l=4 -T 2 --sweeps 2000 --plot"),
        ("exact", "exact ising l=4 -T 1:4:20 --plot"),
        ("exact", "exact potts dimension=1 l=8 -T 0.5:4:20 --plot"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().to_string_lossy().into_owned();
        let words: Vec<&str> = arguments.split(' ').chain(["--quiet", "--out", &out]).collect();
        stdout(&words);
        assert_eq!(files(folder.path()), ["csv", "json", "png", "svg"].map(|end| format!("{stem}.{end}")));
        let read = |end: &str| std::fs::read(folder.path().join(format!("{stem}.{end}"))).unwrap();
        assert!(read("png").starts_with(b"\x89PNG") && read("png").ends_with(b"IEND\xaeB`\x82"));
        assert!(String::from_utf8(read("svg")).unwrap().trim_end().ends_with("</svg>"));
        assert!(read("csv").ends_with(b"\n"));
        let manifest: serde_json::Value = serde_json::from_slice(&read("json")).unwrap();
        assert_eq!(manifest["seed"], 1);
    }
}

#[test]
fn what_is_refused_writes_no_figure() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_string_lossy().into_owned();
    refused(&["sample", "ising", "l=16", "-T", "2.2", "--sampler", "direct", "--plot", "--out", &out], "--sampler");
    refused(&["exact", "oscillator", "-T", "-1,-2", "--plot", "--out", &out], "T = -1");
    refused(&["exact", "two_level", "-T", "inf", "--plot", "--out", &out], "--plot needs a finite temperature");
    assert!(files(folder.path()).is_empty());
    let file = tempfile::NamedTempFile::new().unwrap();
    let below = file.path().join("below").to_string_lossy().into_owned();
    let started = std::time::Instant::now();
    let long = ["sample", "ising", "l=64", "-T", "2:3:100", "--sweeps", "1000000", "--plot", "--out", &below];
    refused(&long, "--out");
    refused(&["exact", "ising", "-T", "2", "--plot", "--out", &below], "--out");
    assert!(started.elapsed().as_secs() < 5, "refused after the work");
}
