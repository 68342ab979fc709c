//! The program from outside: what it refuses of lattices, in one line that names the offender and the remedy.
#![cfg(feature = "cli")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/program.rs"]
mod program;

use gibbs::rng::Seed;
use gibbs::systems::Checkerboard;
use gibbs::systems::Ising;
use gibbs::units::Beta;
use program::{gibbs, refused, stdout};

/// Refuses `gibbs sample` with `arguments`, separated by spaces.
fn refuses(arguments: &str, parts: &[&str]) {
    let words: Vec<&str> = ["sample"].into_iter().chain(arguments.split_whitespace()).collect();
    parts.iter().for_each(|part| refused(&words, part));
}

/// The couplings of a 4x4 torus, one line each.
fn torus() -> Vec<String> {
    let bonds = (0..16).flat_map(|i| {
        let (x, y) = (i % 4, i / 4);
        [(i, 4 * y + (x + 1) % 4), (i, 4 * ((y + 1) % 4) + x)]
    });
    bonds.map(|(i, j)| format!("{i},{j},{}", if (7 * i + 3 * j) % 5 < 3 { 1 } else { -1 })).collect()
}

#[test]
fn couplings_that_are_no_hamiltonian_of_the_lattice() {
    let folder = tempfile::tempdir().unwrap();
    let sampled = |rows: &[String]| {
        let path = folder.path().join("couplings.csv");
        std::fs::write(&path, rows.join("\n")).unwrap();
        format!("spin_glass dimension=2 l=4 couplings={} -T 1.5 --sweeps 1000 --quiet", path.display())
    };
    let arguments = sampled(&torus());
    let words: Vec<&str> = ["sample"].into_iter().chain(arguments.split(' ')).collect();
    assert!(!stdout(&words).is_empty());
    let with = |line: &str| [&torus()[..], &[line.to_owned()]].concat();
    let instead = |line: &str| {
        let mut rows = torus();
        rows[3] = line.to_owned();
        rows
    };
    for (rows, part) in [
        (torus()[..31].to_vec(), "bond 3-15 of the lattice square 4x4 is missing"),
        (instead("1,5,"), "line 4: expected a number"),
        (instead("1,5,nan"), "line 4: a coupling must be finite, got NaN"),
        (instead("1,5,-inf"), "line 4: a coupling must be finite"),
        (with("1,0,-5"), "lines 1 and 33 are asymmetric"),
        (with("2,2,1"), "line 33: site 2 is bonded to itself"),
        (with("3,20,1"), "site 16 has no bond"),
        (with("0,1,1"), "bond 0,1 is already given in line 1"),
        (with("0,5,1"), "bond 0-5 is no bond of the lattice square 4x4"),
    ] {
        refuses(&sampled(&rows), &[part, "couplings.csv"]);
    }
}

#[test]
fn samplers_that_do_not_apply() {
    let frustrated = "clusters are frustrated on triangular 4x4";
    for sampler in ["wolff", "swendsen-wang"] {
        refuses(&format!("ising lattice=triangular l=4 j=-1 --sampler {sampler} -T 2"), &[frustrated, "heat-bath"]);
        refuses(&format!("xy lattice=triangular l=4 j=-1 --sampler {sampler} -T 2"), &[frustrated, "heat-bath"]);
        refuses(&format!("ising lattice=triangular l=4 --sampler {sampler} -T -2"), &[frustrated, "beta = -0.5"]);
        refuses(&format!("potts l=4 j=-1 --sampler {sampler} -T 2"), &["beta J >= 0", "J = -1"]);
        refuses(&format!("spin_glass l=4 --sampler {sampler} -T 2"), &["tempering, metropolis, wang-landau"]);
    }
    refuses("ising l=4 h=0.5 --sampler wang-landau -T 2", &["--sampler wang-landau", "ising", "whole multiples"]);
    let gaussian = "spin_glass dimension=2 l=4 distribution=gaussian --sampler wang-landau -T 2";
    refuses(gaussian, &["--sampler wang-landau", "spin_glass", "whole multiples"]);
    for (system, part) in [
        (
            "ising l=4",
            "wolff, swendsen-wang, mixed, metropolis, heat-bath, tempering, wang-landau for ising, got `direct`",
        ),
        ("xy l=4", "over-relaxation"),
        ("spin_glass l=3", "for spin_glass, got `direct`"),
    ] {
        refuses(&format!("{system} --sampler direct -T 2"), &["--sampler must be one of", part]);
    }
    refuses("ising l=4 --sampler mbar -T 2", &["--sampler must be", "got `mbar`"]);
    refuses("ising l=4 --sampler metropolish -T 2", &["--sampler must be", "got `metropolish`"]);
    for t in ["0", "inf", "-1"] {
        refuses(&format!("ising l=4 --sampler tempering -T 2,{t}"), &["-T must be positive and finite", t]);
    }
}

#[test]
fn settings_out_of_range() {
    refuses("ising l=4 -T 2 --replicas 0", &["--replicas", "from 1 to 1024"]);
    refuses("ising l=4 -T 2 --ladder nonsense", &["--ladder", "acceptance, entropy"]);
    refuses("ising l=4 -T 2 --sweeps 99", &["--sweeps must be at least 100"]);
    refuses("ising l=4 -T 2 --particles 10000", &["--particles", "--sweeps"]);
    refuses("ising l=4 -T 2 --error 0", &["--error must be"]);
    refuses("two_level -T 1 --curve 2", &["--curve", "gibbs exact"]);
    refuses(
        "ising l=8 -T 3 --curve 0.5 --sweeps 1000",
        &["--curve: the samples do not support T = 0.5", "nearer to it"],
    );
    refuses("ising l=4 -T 2 --curve 2,nan", &["got NaN"]);
}

#[test]
fn parameters_out_of_range() {
    for q in ["0", "1", "65", "2.5", "many"] {
        refuses(&format!("potts q={q} -T 1"), &["`q` must be a whole number from 2 to 64", q]);
    }
    refuses("ising lattice=honeycomb l=5 -T 1", &["even sides for a periodic honeycomb", "5x5"]);
    refuses("ising lattice=kagome l=4 -T 1", &["`lattice` must be", "kagome"]);
    refuses("xy boundary=moebius -T 1", &["periodic or open", "moebius"]);
    refuses("ising l=4x4x4 -T 1", &["one for each dimension", "4x4x4"]);
    refuses("ising l=4x -T 1", &["`l` must be", "4x"]);
    refuses("ising l=0 -T 1", &["`l` must be", "0"]);
    refuses("xy l=inf -T 1", &["`l` must be finite", "inf"]);
    refuses("ising l=inf -T 1", &["gibbs exact"]);
    refuses("ising dimension=3 lattice=square l=4 -T 1", &["`dimension` must be", "3"]);
    refuses("heisenberg j=nan -T 1", &["`j` must be finite", "nan"]);
    refuses("ising l=4 j=-1e308 -T 1", &["`j` must be finite and at most 1e290", "-1e308"]);
    refuses("ising l=4 h=1e308 -T 1", &["`h` must be finite and at most 1e290", "1e308"]);
    refuses("spin_glass distribution=uniform -T 1", &["bimodal or gaussian", "uniform"]);
}

/// A run that is asked for too few sweeps takes more, and is right.
#[test]
fn short_runs_go_on_until_they_are_long_enough() {
    for (arguments, short) in [
        ("ising l=16 -T 2.27 --sampler metropolis", "200"),
        ("ising l=32 -T 2.27 --sampler metropolis", "1000"),
        ("potts l=4 -T 1 --sampler metropolis", "100"),
    ] {
        let words: Vec<&str> = ["sample"].into_iter().chain(arguments.split(' ')).collect();
        let csv = stdout(&[&words[..], &["--sweeps", short, "--format", "csv", "--quiet"]].concat());
        let energy: Vec<&str> = csv.lines().nth(1).unwrap().split(',').collect();
        assert!(energy[1] == "energy" && energy[5].parse::<f64>().unwrap().abs() <= 4.5, "{csv}");
        let (n_eff, tau_int): (f64, f64) = (energy[6].parse().unwrap(), energy[7].parse().unwrap());
        // Two replicas measure n_eff tau_int sweeps each: more than were asked for, and 100 tau_int at least.
        assert!(n_eff * tau_int > 1.5 * short.parse::<f64>().unwrap() && n_eff > 100.0, "{arguments}: {csv}");
    }
}

/// A limit that is too low gives values without errors, and says so in every format.
#[test]
fn what_is_not_resolved_says_so() {
    let words = [
        "sample",
        "ising",
        "l=32",
        "-T",
        "2.27,9",
        "--sampler",
        "heat-bath",
        "--sweeps",
        "100",
        "--limit",
        "500",
        "--quiet",
    ];
    for format in ["table", "csv", "json"] {
        let output = gibbs(&[&words[..], &["--format", format]].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(3), "{text}");
        let resolved = |line: &&str| line.contains("ok");
        assert!(text.contains("unresolved") && text.lines().any(|line| resolved(&line)), "{text}");
        let reason = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(reason.contains("the limit of sweeps is reached"), "{text}");
    }
}

#[test]
fn a_limit_below_the_sweeps_is_refused() {
    let output = gibbs(&["sample", "ising", "l=4", "-T", "2", "--sweeps", "1000", "--limit", "999"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && message.contains("--limit") && message.contains("999"), "{message}");
}

/// Bit-sliced sweeps need even sides; the program takes plain ones instead.
#[test]
fn odd_sides_are_refused_by_the_checkerboard_and_sampled_all_the_same() {
    let ising = Ising::torus(5, 5, 1.0, 0.0).unwrap();
    let mut rng = Seed(1).set_up();
    let refusal = Checkerboard::metropolis(&ising, Beta::new(0.4).unwrap(), &mut rng).unwrap_err().to_string();
    assert!(refusal.contains("even sides") && refusal.contains("5x5"), "{refusal}");
    for sampler in ["metropolis", "heat-bath"] {
        let words = ["sample", "ising", "l=5", "-T", "3", "--sampler", sampler, "--format", "csv", "--quiet"];
        let csv = stdout(&words);
        let energy: Vec<&str> = csv.lines().nth(1).unwrap().split(',').collect();
        assert!(energy[1] == "energy" && energy[5].parse::<f64>().unwrap().abs() <= 4.5, "{csv}");
    }
}

/// Every sampler of every lattice at the ends of the temperature scale: a result without NaN, or one line.
#[test]
fn edge_temperatures_give_numbers_or_one_line() {
    let systems = [
        "ising l=4",
        "ising l=4 j=-1",
        "ising lattice=triangular l=4 j=-1",
        "ising l=3 h=0.3",
        "ising dimension=1 l=2 boundary=open",
        "potts l=3",
        "potts l=4 q=2 j=-1",
        "xy dimension=1 l=6",
        "heisenberg l=3 j=-1",
        "spin_glass dimension=2 l=3",
    ];
    let samplers =
        ["auto", "metropolis", "heat-bath", "over-relaxation", "wolff", "swendsen-wang", "tempering", "wang-landau"];
    let mut answered = 0;
    for (system, sampler) in systems.iter().flat_map(|system| samplers.map(|sampler| (system, sampler))) {
        for t in ["0", "1e-9", "1e9", "inf", "-1"] {
            let words: Vec<&str> = ["sample"].into_iter().chain(system.split(' ')).collect();
            let options =
                ["--sampler", sampler, "-T", t, "--sweeps", "500", "--limit", "20000", "--format", "csv", "--quiet"];
            let output = gibbs(&[&words[..], &options].concat());
            let (csv, message) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
            let case = format!("{system} --sampler {sampler} -T {t}: {csv}{message}");
            assert!(!csv.contains("NaN") && !message.contains("NaN"), "{case}");
            match output.status.code() {
                Some(0 | 3) => answered += 1,
                Some(2) => assert!(csv.is_empty() && message.trim_end().lines().count() == 1, "{case}"),
                _ => panic!("{case}"),
            }
        }
    }
    assert!(answered > 150, "only {answered} answers");
    refuses("xy l=4 -T 0", &["xy has no equilibrium at T = 0"]);
    refuses("heisenberg l=4 -T 1,0", &["heisenberg has no equilibrium at T = 0"]);
}

#[test]
fn an_unknown_instruction_set_is_refused_everywhere() {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gibbs"));
    let output = command.env("GIBBS_SIMD", "portabel").args(["exact", "two_level", "-T", "1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("GIBBS_SIMD must be portable, avx2 or avx512, got `portabel`"), "{message}");
}
