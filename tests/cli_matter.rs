//! The program from outside: a fluid and its files; what is refused of fluids, gases and matrices.
#![cfg(feature = "cli")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/program.rs"]
mod program;

use program::{gibbs, refused, stdout};

const GAS: [&str; 9] =
    ["sample", "lennard_jones", "n=64", "density=0.1", "cutoff=2.5", "-T", "1.5", "--sweeps", "2000"];

/// The fields of the CSV row of `observable`.
fn row(csv: &str, observable: &str) -> Vec<String> {
    let line = csv.lines().find(|line| line.split(',').nth(1) == Some(observable));
    line.unwrap_or_else(|| panic!("{observable} is not in {csv}")).split(',').map(str::to_owned).collect()
}

fn number(csv: &str, observable: &str, column: usize) -> f64 {
    row(csv, observable)[column].parse().unwrap()
}

#[test]
fn pressure_and_chemical_potential_are_never_divided() {
    let total = stdout(&[&GAS[..], &["--format", "csv"]].concat());
    let per_site = stdout(&[&GAS[..], &["--format", "csv", "--per-site"]].concat());
    assert_eq!(row(&total, "pressure"), row(&per_site, "pressure"));
    assert_eq!(row(&total, "excess_chemical_potential"), row(&per_site, "excess_chemical_potential"));
    let (energy, divided) = (number(&total, "energy", 2), number(&per_site, "energy_per_site", 2));
    assert!((energy / 64.0 - divided).abs() < 1e-12, "{energy} {divided}");
    // A gas with some attraction: colder than ideal in pressure and energy.
    let pressure = number(&total, "pressure", 2);
    assert!(energy < 0.0 && pressure > 0.0 && pressure < 0.15, "{energy} {pressure}");
    assert_eq!(row(&total, "pressure")[8], "metropolis");
}

#[test]
fn a_run_goes_on_from_its_own_trajectory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gas.xyz");
    let file = path.to_str().unwrap();
    let output = gibbs(&[&GAS[..], &["--trajectory", file]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("wrote 100 configurations"));
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 100 * 66);
    let side = (64.0f64 / 0.1).cbrt();
    assert!(text.lines().nth(1).unwrap().starts_with(&format!("Lattice=\"{side} 0 0 0 {side} 0 0 0 {side}\"")));
    let again = stdout(&[&GAS[..], &["--restart", file, "--format", "csv", "--quiet"]].concat());
    assert!(number(&again, "energy", 2) < 0.0);
    refused(
        &["sample", "lennard_jones", "n=64", "density=0.2", "cutoff=2.5", "-T", "1.5", "--restart", file],
        "give density=0.1",
    );
    refused(&["sample", "lennard_jones", "n=32", "density=0.05", "cutoff=2.5", "-T", "1.5", "--restart", file], "64");
    refused(&["sample", "ising", "l=4", "-T", "2", "--restart", file], "--restart");
    std::fs::write(&path, "1\n\nAr 0 x 0\n").unwrap();
    refused(&[&GAS[..], &["--restart", file]].concat(), "line 3");
    refused(&[&GAS[..], &["--restart", "/nowhere.xyz"]].concat(), "/nowhere.xyz");
}

#[test]
fn rare_encounters_have_no_z_scores_and_an_error_of_zero_is_no_target_reached() {
    let csv = stdout(&["sample", "lennard_jones", "n=2", "density=1e-7", "-T", "1", "--format", "csv", "--quiet"]);
    assert!(!row(&csv, "energy")[4].is_empty() && row(&csv, "energy")[5].is_empty(), "{csv}");
    let csv = stdout(&["sample", "photon_gas", "volume=1e-20", "-T", "300", "--format", "csv", "--quiet"]);
    assert!(row(&csv, "photons")[5].is_empty(), "{csv}");
    refused(&["sample", "debye_solid", "-T", "0.002", "--error", "1e-10"], "--error must be an error that");
}

#[test]
fn files_are_neither_made_nor_replaced_in_vain() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made");
    refused(&["sample", "two_level", "-T", "1", "--trajectory", made.join("x.xyz").to_str().unwrap()], "--trajectory");
    refused(&["exact", "ideal_gas", "-T", "0", "--plot", "--out", made.to_str().unwrap()], "T = 0");
    assert!(!made.exists());
    refused(&[&GAS[..], &["--trajectory", folder.path().to_str().unwrap()]].concat(), "is a folder");
    #[cfg(unix)]
    refused(&[&GAS[..], &["--quiet", "--trajectory", "/dev/null"]].concat(), "it is a device, not a file");
}

#[test]
fn a_fluid_is_drawn_with_its_distances() {
    let folder = tempfile::tempdir().unwrap();
    stdout(&[&GAS[..], &["--plot", "--out", folder.path().to_str().unwrap()]].concat());
    let svg = std::fs::read_to_string(folder.path().join("sample.svg")).unwrap();
    for label in ["Radial distribution function", "distance r [σ]", "Pressure", "excess μ"] {
        assert!(svg.contains(label), "{label}");
    }
}

#[test]
fn what_is_no_fluid_or_has_no_equilibrium_is_refused() {
    let refuses = |arguments: &str, part: &str| {
        let words: Vec<&str> = ["sample"].into_iter().chain(arguments.split_whitespace()).collect();
        refused(&words, part);
    };
    refuses("lennard_jones density=3 -T 1", "density");
    refuses("lennard_jones density=-1 -T 1", "density");
    refuses("lennard_jones density=nan -T 1", "density");
    refuses("lennard_jones n=100 density=0.8 cutoff=3 -T 1", "cutoff");
    refuses("lennard_jones n=0 -T 1", "`n`");
    refuses("lennard_jones truncation=none -T 1", "truncation");
    refuses("lennard_jones -T 0", "T = 0");
    refuses("lennard_jones -T inf", "T = inf");
    refuses("lennard_jones -T -1", "T = -1");
    refuses("lennard_jones -T 1 --sampler wolff", "metropolis");
    refuses("lennard_jones -T 1 --particles 1000", "--sweeps");
    refuses("lennard_jones -T 1 --curve 1:2:3", "--curve");
    for gas in ["ideal_gas", "classical_power"] {
        refuses(&format!("{gas} -T 0"), "T = 0");
        refuses(&format!("{gas} -T -1"), "T = -1");
        refuses(&format!("{gas} -T 1e-300"), "-T must be from 1e-100");
        refuses(&format!("{gas} -T 1e300"), "-T must be from 1e-100");
    }
    refuses("ideal_gas pressure=1e5 density=1e25 -T 300", "not both");
    refuses("ideal_gas mass=-1 -T 300", "mass");
    refuses("photon_gas -T inf", "T = inf");
    refuses("tfim_chain n=inf -T 1", "gibbs exact");
    refuses("xxz_chain n=40 -T 1", "`n`");
}

#[test]
fn a_matrix_comes_from_a_file_and_must_be_a_hamiltonian() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("h.csv");
    let file = format!("file={}", path.display());
    std::fs::write(&path, "0,-1,0\n-1,0,-1\n0,-1,0\n").unwrap();
    let csv = stdout(&["exact", "matrix", &file, "-T", "0", "--format", "csv"]);
    // Three sites in a row: -sqrt 2, 0 and sqrt 2.
    let ground: f64 = csv.lines().nth(1).unwrap().split(',').nth(4).unwrap().parse().unwrap();
    assert!((ground + 2f64.sqrt()).abs() < 1e-14, "{csv}");
    assert!(number(&stdout(&["sample", "matrix", &file, "-T", "1", "--format", "csv", "--quiet"]), "energy", 2) < 0.0);
    for (text, part) in [
        ("0,1\n2,0\n", "symmetric"),
        ("0,1\n1\n", "line 2"),
        ("0,1,2\n1,0,3\n", "square"),
        ("0,nan\nnan,0\n", "finite"),
        ("a,1\n1,0\n", "`a`"),
        ("", "no numbers"),
    ] {
        std::fs::write(&path, text).unwrap();
        refused(&["exact", "matrix", &file, "-T", "1"], "h.csv");
        refused(&["exact", "matrix", &file, "-T", "1"], part);
    }
    refused(&["exact", "matrix", "-T", "1"], "`file=`");
}
