//! Magnetizations, exact and sampled, and what is said where a row or a value is missing.
#![cfg(feature = "cli")]
#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/program.rs"]
mod program;

use program::{gibbs, refused, stdout};

/// Standard error in one line of single spaces, of a run that succeeds.
fn said(line: &str) -> String {
    let output = gibbs(&line.split(' ').collect::<Vec<_>>());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{line}: {text}");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Rows of a CSV result, by the names in its header.
fn rows(line: &str) -> Vec<Vec<(String, String)>> {
    let words: Vec<&str> = line.split(' ').chain(["--format", "csv", "--quiet"]).collect();
    let text = stdout(&words);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let named = |row: csv::StringRecord| header.iter().zip(&row).map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
    reader.records().map(|row| named(row.unwrap())).collect()
}

fn number(row: &[(String, String)], column: &str) -> f64 {
    let (_, text) = row.iter().find(|(name, _)| name == column).unwrap_or_else(|| panic!("no {column} in {row:?}"));
    text.parse().unwrap_or_else(|_| panic!("{column} of {row:?} is no number"))
}

#[test]
fn a_paramagnet_has_its_exact_magnetization() {
    for (row, t) in rows("exact paramagnet field=0.6 -T 0.5,2,-1").iter().zip([0.5f64, 2.0, -1.0]) {
        let x = 0.3 / t;
        assert!((number(row, "magnetization") - 0.5 * x.tanh()).abs() < 1e-15);
        assert_eq!(number(row, "square_magnetization"), 0.25);
        assert!((number(row, "susceptibility") - 0.25 / t / x.cosh().powi(2)).abs() < 1e-15);
    }
    // Curie's law, and a field in units: 1/K becomes 1/meV.
    let free = &rows("exact paramagnet spin=3/2 field=0 -T 2 --per-site")[0];
    assert!((number(free, "susceptibility_per_site") - 1.25 / 2.0).abs() < 1e-15);
    let kelvin = &rows("exact paramagnet field=1K -T 2")[0];
    let other = &rows("exact paramagnet field=1K -T 2 --unit meV")[0];
    let ratio = number(kelvin, "susceptibility") / number(other, "susceptibility");
    assert!((ratio - 0.086_173_332_621_451_8).abs() < 1e-14, "{ratio}");
}

#[test]
fn a_sampled_paramagnet_agrees_and_a_wrong_temperature_does_not() {
    let names = ["magnetization", "square_magnetization", "susceptibility"];
    let wrong = rows("exact paramagnet spin=5/2 field=0.7 -T 1.05");
    for sampled in rows("sample paramagnet spin=5/2 field=0.7 -T 1 --particles 1e8").iter().skip(3) {
        let name = names.iter().find(|name| sampled.iter().any(|(_, text)| text == *name)).unwrap();
        assert!(number(sampled, "z_score").abs() < 4.5, "{sampled:?}");
        let control = (number(sampled, "value") - number(&wrong[0], name)) / number(sampled, "std_error");
        assert!(control.abs() > 4.5, "{name}: {control}");
    }
    assert_eq!(rows("sample paramagnet -T 1").len(), 6);
    assert_eq!(rows("sample paramagnet -T 0 --particles 1000").len(), 5, "no susceptibility at T = 0");
}

#[test]
fn a_lattice_in_a_field_has_its_signed_magnetization() {
    let signed = |parameters: &str| {
        let rows = rows(&format!("sample {parameters} -T 2 --sweeps 1e4"));
        rows.into_iter().find(|row| row.iter().any(|(_, text)| text == "magnetization"))
    };
    for (parameters, sign) in [
        ("ising l=4 h=0.3", 1.0),
        ("ising l=4 h=-0.3", -1.0),
        ("ising dimension=1 l=12 h=0.5 j=-1", 1.0),
        ("blume_capel l=3 h=0.4", 1.0),
    ] {
        let row = signed(parameters).unwrap_or_else(|| panic!("{parameters} has no magnetization"));
        assert!(number(&row, "value") * sign > 0.1 && number(&row, "z_score").abs() < 4.5, "{parameters}: {row:?}");
    }
    let glass = signed("spin_glass dimension=2 l=4 h=0.5 seed=3").unwrap();
    assert!(number(&glass, "value") > 1.0, "no exact value is claimed, but the field has its sign: {glass:?}");
    assert!(signed("ising l=4").is_none() && signed("potts l=4").is_none());
}

#[test]
fn one_temperature_without_an_exact_value_does_not_refuse_the_others() {
    assert_eq!(rows("exact oscillator -T 1,-1,2").len(), 2);
    assert!(said("exact oscillator -T 1,-1,2 --quiet").contains("no row at T = -1: "));
    assert_eq!(rows("exact ideal_gas -T 0,300 --unit kJ/mol").len(), 1);
    refused(&["exact", "oscillator", "-T", "-1"], "oscillator");
    let rotor = rows("sample rotor theta=1.93cm-1 -T 300");
    assert!(rotor.iter().all(|row| number(row, "exact").is_finite() && number(row, "z_score").abs() < 4.5));
}

#[test]
fn a_curve_without_entropy_says_why() {
    let far = "sample ising l=32 -T 1.5,1.6 --sweeps 1000 --curve 1.55";
    assert!(said(far).contains("the curve has no rows of S and F: the energies sampled up to T = 1.6 do not overlap"));
    assert_eq!(rows(far).iter().filter(|row| row.iter().any(|(_, text)| text == "mbar")).count(), 2);
    let near = "sample ising l=4 -T 2,3 --sweeps 1000 --curve 2.5";
    assert!(!said(near).contains("no rows of S and F"));
    let apart = ["sample", "ising", "l=16", "-T", "0.5,2.2", "--sweeps", "200", "--curve", "1"];
    refused(&[&apart[..], &["--quiet"]].concat(), "the energies sampled at T = ");
}

#[test]
fn a_cavity_smaller_than_the_wavelength_is_doubted() {
    let doubt = "thermal wavelength h c/(k_B T) is 4.80e-5 m; in a cavity this small the modes are discrete";
    for command in ["exact photon_gas volume=1e-18 -T 300", "sample photon_gas volume=1e-12 -T 300 --particles 1000"] {
        assert!(said(command).contains(doubt), "{command}");
    }
    assert!(!said("exact photon_gas -T 300").contains("wavelength"));
}
