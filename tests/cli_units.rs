//! The program from outside: energies with units, temperatures in kelvin.
#![cfg(feature = "cli")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/program.rs"]
mod program;
#[path = "common/reference.rs"]
mod reference;

use gibbs::units::EnergyUnit;
use program::{gibbs, refused, stdout};
use reference::rows;

/// The rows of the CSV that `gibbs` prints for `arguments`, separated by spaces.
fn printed(arguments: &str) -> Vec<Vec<f64>> {
    let words: Vec<&str> = arguments.split_whitespace().chain(["--format", "csv"]).collect();
    let csv = stdout(&words);
    csv.lines().skip(1).map(|line| line.split(',').map(|x| x.parse().unwrap_or(f64::NAN)).collect()).collect()
}

/// The columns of `gibbs exact`.
const BETA: usize = 1;
const ENERGY: usize = 4;
const ENTROPY: usize = 5;
const HEAT_CAPACITY: usize = 6;

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-10 * b.abs()
}

#[test]
fn a_two_level_system_in_electronvolts() {
    for row in rows("s01_two_level_si") {
        let [gap, g0, g1, t] = ["Delta", "g0", "g1", "T"].map(|name| row.text(name));
        let parameters = format!("two_level gap={gap}eV g0={g0} g1={g1} -T {t}");
        let [own, joule, molar] =
            ["", " --unit J", " --unit kJ/mol"].map(|unit| printed(&format!("exact {parameters}{unit}")).remove(0));
        for (found, expected) in [
            (own[ENERGY], "U[eV]"),
            (joule[ENERGY], "U[J]"),
            (own[ENTROPY], "S[kB]"),
            (own[HEAT_CAPACITY], "C[kB]"),
            (molar[HEAT_CAPACITY], "C_molar[J/mol/K]"),
            (own[3], "F[eV]"),
        ] {
            assert!(close(found, row.number(expected)), "{parameters}: {found} is not {expected}");
        }
        assert!(close(own[BETA], row.beta().get() * EnergyUnit::ElectronVolt.kelvin()), "beta per eV: {parameters}");
        assert!(close(joule[BETA] * joule[ENERGY], own[BETA] * own[ENERGY]), "beta U has no unit: {parameters}");
    }
}

#[test]
fn samples_come_in_the_unit_asked_for_and_keep_their_z_scores() {
    let arguments = "sample two_level gap=12.5meV -T 50:600:4 --quiet";
    let (own, kelvin) = (printed(arguments), printed(&format!("{arguments} --unit K")));
    assert!(own.len() >= 12);
    for (a, b) in own.iter().zip(&kelvin) {
        // An energy is 11.6 times as many kelvins; heat capacities and entropies stay in k_B.
        let energy = close(b[2], 11.604_518_121_550_083 * a[2]) && close(b[3], 11.604_518_121_550_083 * a[3]);
        assert!(energy || close(b[2], a[2]), "{a:?} {b:?}");
        assert!(close(a[5], b[5]) || a[5].is_nan(), "{a:?} {b:?}");
    }
    // --error is in the unit that comes out.
    let wanted = printed("sample two_level gap=12.5meV -T 300 --error 0.001 --quiet");
    assert!(wanted[0][3] <= 0.001 && wanted[0][3] > 0.0005, "{wanted:?}");
    // Per site it is that of one site: ten thousand draws of a hundred atoms do.
    let gas = printed("sample ideal_gas n=100 -T 300 --unit K --per-site --error 0.5 --quiet");
    assert!(gas[0][3] <= 0.5 && gas[0][3] > 0.1, "{gas:?}");
}

#[test]
fn the_unit_is_said_and_drawn() {
    let output = gibbs(&["exact", "oscillator", "quantum=200cm-1", "-T", "300"]);
    let advice = String::from_utf8(output.stderr).unwrap();
    assert_eq!(advice, "T in K, energies in cm-1, S and C in k_B, beta per cm-1\n");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    stdout(&["exact", "oscillator", "quantum=200cm-1", "-T", "50:600:12", "--unit", "kJ/mol", "--plot", "--out", out]);
    let svg = std::fs::read_to_string(folder.path().join("exact.svg")).unwrap();
    for label in ["temperature T [K]", "U [kJ/mol]", "S [J/(mol K)]"] {
        assert!(svg.contains(label), "{label}");
    }
    // Only what has sites is divided by their number.
    assert!(!svg.contains("per site"));
}

#[test]
fn what_mixes_units_is_refused() {
    let refuses = |arguments: &str, part: &str| {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        refused(&words, part);
    };
    refuses("exact ising l=4 h=1meV -T 300", "`j` has no unit but `h` has meV");
    refuses("exact ising l=4 j=1meV h=2K -T 300", "`j` has meV but `h` has K");
    refuses("exact levels energies=0,1meV,2 -T 300", "the same unit");
    refuses("exact two_level g0=2meV -T 300", "`g0` is not an energy");
    refuses("exact spin_glass dimension=2 l=3 h=1meV -T 10", "`h` is not an energy");
    refuses("exact oscillator quantum=12.5GeV -T 10", "unknown unit in `12.5GeV`");
    refuses("exact lennard_jones n=2 density=0.01 cutoff=2 --unit meV -T 10", "carry no unit, and cannot have one");
    refuses("sample ising l=4 -T 2 --curve warm", "--curve `warm`");
    refuses("exact two_level gap=1 --unit meV -T 300", "--unit");
    refuses(
        "exact two_level gap=1meV --unit kcal -T 300",
        "must be J, eV, meV, K, cm-1, kJ/mol or kcal/mol, got `kcal`",
    );
}

#[test]
fn a_molecule_vibrates_and_argon_is_weighed() {
    for row in rows("s06_morse_thermo").iter().filter(|row| row.text("molecule") == "HCl-like") {
        let [omega_e, omega_e_x_e, t] = ["omega_e", "omega_e_x_e", "T"].map(|name| row.text(name));
        let parameters = format!("exact morse omega_e={omega_e}cm-1 omega_e_x_e={omega_e_x_e}cm-1 -T {t}");
        let [own, kelvin] = ["", " --unit K"].map(|unit| printed(&format!("{parameters}{unit}")).remove(0));
        for (found, expected) in [
            (own[ENERGY], "U[cm^-1]"),
            (own[3], "F[cm^-1]"),
            (own[ENTROPY], "S[kB]"),
            (own[HEAT_CAPACITY], "C[kB]"),
            (kelvin[ENERGY], "U_over_kB[K]"),
        ] {
            assert!(close(found, row.number(expected)), "{parameters}: {found} is not {expected}");
        }
    }
    for row in rows("s05_sackur_tetrode") {
        let [mass, pressure, t] = ["mass", "P", "T"].map(|name| row.text(name));
        let gas = printed(&format!("exact ideal_gas mass={mass} pressure={pressure} -T {t} --unit kJ/mol")).remove(0);
        assert!(close(gas[ENTROPY], row.number("S_molar[J/mol/K]")), "{}: {}", row.text("gas"), gas[ENTROPY]);
    }
    // Literature: 154.846(3) J/(mol K).
    let argon = printed("exact ideal_gas -T 298.15 --unit kJ/mol").remove(0);
    assert!((argon[ENTROPY] - 154.846).abs() < 0.003, "{argon:?}");
}
