//! The program from outside: hostile and odd input, extreme numbers, and what is said of them.
#![cfg(all(feature = "cli", feature = "llm"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/program.rs"]
mod program;

use std::path::Path;
use std::process::{Command, Output};

use program::{gibbs, refused, stdout};
use serde_json::Value;
use tempfile::TempDir;

/// A sequence that changes the title of a terminal, clears it, and turns the direction of writing.
const HOSTILE: &str = "a\u{1b}]0;PWNED\u{7}\u{1b}[2J\u{9b}31m\u{202e}b";

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn file(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The rows of a table as JSON.
fn json(arguments: &[&str]) -> Vec<Value> {
    serde_json::from_str(&stdout(&[arguments, &["--format", "json"]].concat())).unwrap()
}

fn number(row: &Value, column: &str) -> f64 {
    row[column].as_f64().unwrap_or_else(|| panic!("{column} is {}", row[column]))
}

/// Fails if a terminal would obey a part of what was printed.
#[track_caller]
fn assert_shown(output: &Output) {
    for bytes in [&output.stdout, &output.stderr] {
        let text = std::str::from_utf8(bytes).unwrap();
        let obeyed =
            |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!text.contains(obeyed), "{text:?}");
    }
}

#[test]
fn random_energies_of_any_width_are_finite_or_refused() {
    let folder = folder();
    let levels = |text: &str| file(&folder, "r.json", text);
    let view = |text: &str| json(&["tokens", "random-energy", "--logits", &levels(text)]).remove(0);
    let one = view("[1,0]");
    for (text, width) in [("[1e17,0]", 1e17), ("[1e22,0]", 1e22), ("[1e200,0]", 1e200), ("[1e-200,0]", 1e-200)] {
        let wide = view(text);
        assert!(wide.as_object().unwrap().values().all(|x| x.is_number() || x == "row 1"), "{wide}");
        for scaled in ["sigma", "t_c", "peak_temperature", "gaussian_peak_temperature"] {
            assert!((number(&wide, scaled) / (width * number(&one, scaled)) - 1.0).abs() < 1e-6, "{scaled} of {text}");
        }
        for same in ["depth", "skewness", "excess_kurtosis", "y2_at_t_c", "peak_heat_capacity", "gaussian_depth"] {
            assert!((number(&wide, same) - number(&one, same)).abs() < 1e-7, "{same} of {text}");
        }
        let at_one = if width > 1.0 { 1.0 } else { 0.5 };
        assert!((number(&wide, "gaussian_y2_at_1") - at_one).abs() < 1e-15 && number(&wide, "y2_at_1") == at_one);
    }
    // Gaps and widths 400 decades apart have a grid of temperatures too.
    let far = view("[1e200,0,1e-200]");
    assert!(number(&far, "peak_temperature") > 0.0 && number(&far, "peak_heat_capacity") < 1.0);
    for text in ["[1e308,0]", "[-1e308,1e308]", "[1e-320,0]"] {
        refused(&["tokens", "random-energy", "--logits", &levels(text)], "after `row 1`");
    }
}

#[test]
fn averaged_random_energies_freeze() {
    let at = |sigma: &str, t: &str| {
        json(&["exact", "rem", "n=10", "seed=average", &format!("sigma={sigma}"), "-T", t, "--quiet"]).remove(0)
    };
    // Below T_c the entropy is linear in T, and everything is a function of T/sigma.
    let (cold, colder, frozen) = (at("1", "1e-11"), at("1", "1e-17"), at("1e40", "1"));
    assert!((number(&cold, "entropy") / (1e6 * number(&colder, "entropy")) - 1.0).abs() < 1e-9);
    assert!((number(&cold, "entropy") / (1e29 * number(&frozen, "entropy")) - 1.0).abs() < 1e-9);
    assert!((number(&frozen, "energy") / (1e40 * number(&colder, "energy")) - 1.0).abs() < 1e-9);
    refused(&["exact", "rem", "n=10", "seed=average", "sigma=1e308", "-T", "1e-10"], "exceeds the largest number");
}

#[test]
fn what_has_no_number_has_none_in_any_format() {
    let arguments = ["tokens", "match", "--prompt", " ", "-T", "1", "--format"];
    for format in ["table", "csv", "json"] {
        let text = stdout(&[&arguments[..], &[format]].concat());
        assert!(!text.to_lowercase().contains("nan") && text.contains("4.25888462421"[..6].trim()), "{text}");
    }
    let row = &json(&arguments[..6])[0];
    assert_eq!((&row["entropy_std_error"], &row["matched_temperature_std_error"]), (&Value::Null, &Value::Null));
    // Of equal levels there is no shape.
    let folder = folder();
    refused(&["tokens", "random-energy", "--logits", &file(&folder, "e.json", "[2,2]")], "2 equal levels");
}

#[test]
fn audits_do_not_accuse_themselves() {
    for arguments in [
        // S is 4e-12, a difference of numbers of size 1.
        "exact two_level g0=1e-6 -T 1",
        "exact two_level g0=1e-9 -T 0.5,1,2",
        "exact two_level gap=1e-300 -T 1,1e-300",
        "exact two_level gap=1e300 -T 1,1e299,1e300",
        "exact oscillator -T 1e-3,1e300",
        "exact paramagnet spin=1/2 -T 1e-300,1e-3,1e300",
        // The variance of such energies is no number.
        "sample two_level gap=1e-300 -T 1",
        "sample two_level gap=1e-200 -T 1e-200,1",
        "sample two_level gap=1e200 -T 1,1e200",
        "sample two_level -T 0,0.01,1,inf --particles 1000",
        "sample oscillator -T 0.01,1 --particles 1000",
    ] {
        let words: Vec<&str> = arguments.split(' ').collect();
        let output = gibbs(&words);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments}: {message}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains("NaN") && !text.split_whitespace().any(|word| word == "-inf"), "{arguments}: {text}");
    }
    for arguments in ["exact einstein_solid -T 1e308", "exact two_level e0=1e308 gap=1e308 -T 1e-300"] {
        let words: Vec<&str> = arguments.split(' ').collect();
        let output = gibbs(&words);
        assert_eq!(output.status.code(), Some(2), "{arguments}");
    }
    refused(&["exact", "einstein_solid", "-T", "1e308"], "T = 1e308 exceeds the largest number");
}

#[test]
fn a_value_without_an_error_has_no_z_score() {
    let rows = json(&["sample", "two_level", "gap=1e-300", "-T", "1", "--quiet"]);
    let energy = rows.iter().find(|row| row["observable"] == "energy").unwrap();
    assert!((number(energy, "value") / 5e-301 - 1.0).abs() < 0.01 && energy["z_score"].is_null(), "{energy}");
}

/// Everything at its smallest: nothing is accused, and what cannot be seen with so few draws is said.
#[test]
fn the_smallest_comparison_is_undecided_and_not_failed() {
    let folder = folder();
    let config = file(
        &folder,
        "a.toml",
        "particles = 1000\ntokens = 1000\nising_side = 4\nsweeps = 1000\nrem_n = 4\nprompts = [\"In the\", \"And\"]\n\
         text_temperatures = [0.0, 1.0, inf]\ntext_length = 1\n",
    );
    let out = folder.path().join("out");
    for seed in ["1", "2", "3"] {
        let output = gibbs(&["compare", &config, "--out", out.to_str().unwrap(), "--seed", seed, "--quiet"]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(3), "{text}");
        assert!(text.contains("undecided: too") && text.contains("undecided: 20 of 20 tests"), "{text}");
        assert!(
            !text.contains("FAILED") && !text.contains("inf,") && text.contains("particles, tokens or sweeps"),
            "{text}"
        );
    }
}

#[test]
fn quiet_runs_say_in_one_line_why_they_failed() {
    let folder = folder();
    let draws = stdout(&["tokens", "draw", "--prompt", "In the", "-T", "1", "--draws", "3000", "--quiet"]);
    let path = file(&folder, "draws.jsonl", &draws);
    let output = gibbs(&["thermometer", &path, "--requested", "2", "--quiet"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), message.trim_end().lines().count()), (Some(1), 1), "{message}");
    assert!(message.contains("requested 2, measured"), "{message}");
}

#[test]
fn variables_are_checked_like_their_flags() {
    for (name, value) in [
        ("RAYON_NUM_THREADS", "100000"),
        ("RAYON_NUM_THREADS", "-1"),
        ("RAYON_NUM_THREADS", "abc"),
        ("RAYON_NUM_THREADS", "0"),
        ("RAYON_NUM_THREADS", "1.5"),
        ("RAYON_RS_NUM_CPUS", "65537"),
        ("GIBBS_SIMD", "\u{1b}[31m"),
    ] {
        let run = || {
            Command::new(env!("CARGO_BIN_EXE_gibbs")).args(["exact", "two_level", "-T", "1"]).env(name, value).output()
        };
        let output = run().unwrap();
        assert_shown(&output);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}={value}: {message}");
        assert!(message.contains(name) && output.stdout.is_empty(), "{message}");
    }
    for value in ["1", "4", ""] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_gibbs"));
        let output = program.args(["exact", "two_level", "-T", "1"]).env("RAYON_NUM_THREADS", value).output().unwrap();
        assert!(output.status.success(), "{value}");
    }
}

#[cfg(unix)]
#[test]
fn devices_pipes_and_folders_are_no_files() {
    let folder = folder();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let places =
        [("/dev/zero", "a device"), (pipe.to_str().unwrap(), "a pipe"), (folder.path().to_str().unwrap(), "a folder")];
    for (path, what) in places {
        let part = format!("it is {what}, not a file");
        let parameter = |name: &str| format!("{name}={path}");
        refused(&["sample", "spin_glass", "dimension=2", "l=4", &parameter("couplings"), "-T", "1"], &part);
        for system in ["levels", "matrix", "logits"] {
            refused(&["exact", system, &parameter("file"), "-T", "1"], &part);
        }
        refused(&["compare", path], &part);
        refused(&["compare", "--config", path], &part);
        refused(&["sample", "lennard_jones", "n=256", "-T", "1", "--restart", path], &part);
        refused(&["sample", "lennard_jones", "n=256", "-T", "1", "--restart", path], path);
    }
    let long = folder.path().join("long.toml");
    std::fs::File::create(&long).unwrap().set_len(1 << 33).unwrap();
    let long = long.to_str().unwrap();
    refused(&["compare", long], "longer than 1 MiB");
    refused(&["exact", "levels", &format!("file={long}"), "-T", "1"], "longer than 256 MiB");
    refused(&["sample", "lennard_jones", "n=256", "-T", "1", "--restart", long], "longer than 256 MiB");
}

#[test]
fn nothing_from_outside_is_obeyed_by_a_terminal() {
    let folder = folder();
    let prompts = file(&folder, "p.txt", &format!("In the{HOSTILE} beginning\n"));
    let couplings = file(&folder, "c.csv", &format!("0,1,1\n1,2,{HOSTILE}\n"));
    let config = file(&folder, "a.toml", &format!("particles = 1\n\"{HOSTILE}\" = 1\n"));
    let bad_config = file(&folder, "b.toml", HOSTILE);
    let named = file(&folder, &format!("{HOSTILE}.csv"), "energy,degeneracy\nx,1\n");
    let lines = format!("{{\"prompt\": {:?}, \"tokens\": [1]}}", "x").replace('x', "x");
    let recorded = file(&folder, "r.jsonl", &lines);
    let (couplings, named) = (format!("couplings={couplings}"), format!("file={named}"));
    let unknown = format!("{HOSTILE}=1");
    let printed: [&[&str]; 8] = [
        &["tokens", "curve", "--prompts", &prompts, "-T", "1"],
        &["tokens", "curve", "--prompts", &prompts, "-T", "1", "--format", "csv"],
        &["tokens", "curve", "--prompts", &prompts, "-T", "1", "--format", "json"],
        &["tokens", "states", "--prompts", &prompts],
        &["tokens", "match", "--prompts", &prompts, "-T", "1"],
        &["tokens", "draw", "--prompts", &prompts, "-T", "1", "--draws", "2"],
        &["tokens", "text", "--prompts", &prompts, "-T", "1", "--length", "3"],
        &["tokens", "random-energy", "--prompts", &prompts],
    ];
    for arguments in printed {
        let output = gibbs(arguments);
        assert_shown(&output);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let refusals: [&[&str]; 10] = [
        &["sample", "spin_glass", "dimension=2", "l=4", &couplings, "-T", "1"],
        &["exact", "levels", &named, "-T", "1"],
        &["exact", "two_level", &unknown, "-T", "1"],
        &["exact", HOSTILE, "-T", "1"],
        &["exact", "two_level", "-T", HOSTILE],
        &["compare", &config],
        &["compare", &bad_config],
        &["compare", HOSTILE],
        &["thermometer", HOSTILE],
        &["thermometer", &recorded, "--model", HOSTILE],
    ];
    for arguments in refusals {
        let output = gibbs(arguments);
        assert_shown(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap().trim_end().lines().count(), 1, "{arguments:?}");
    }
    // Data are not changed: what JSON holds is the prompt itself.
    assert_eq!(json(printed[0])[0]["context"], format!("In the{HOSTILE} beginning"));
}

#[test]
fn cells_of_a_table_are_no_formulas() {
    let text = stdout(&["tokens", "curve", "--prompt", "=1+1", "--prompt", "@a|b", "-T", "1", "--format", "csv"]);
    let starts: Vec<&str> = text.lines().skip(1).map(|line| &line[..4]).collect();
    assert_eq!(starts, ["'=1+", "'@a|", "mean"]);
}

#[cfg(unix)]
#[test]
fn the_recorded_command_makes_the_same_record() {
    let folder = folder();
    let prompt = "In the $(touch owned) \"beginning\" `touch owned` it's";
    let run = |program: &mut Command| program.current_dir(&folder).output().unwrap();
    let arguments = ["tokens", "states", "--prompt", prompt, "--plot", "--out", "out dir"];
    let output = run(Command::new(env!("CARGO_BIN_EXE_gibbs")).args(arguments));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let path = folder.path().join("out dir").join("token_states.json");
    let first = std::fs::read(&path).unwrap();
    let record: Value = serde_json::from_slice(&first).unwrap();
    let recorded: Vec<&str> =
        record["arguments"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    assert_eq!(recorded, [&["gibbs"], &arguments[..]].concat());
    std::fs::remove_file(&path).unwrap();
    let script =
        format!("gibbs() {{ {:?} \"$@\"; }}; {}", env!("CARGO_BIN_EXE_gibbs"), record["command"].as_str().unwrap());
    assert!(run(Command::new("sh").args(["-c", &script])).status.success());
    assert_eq!(std::fs::read(&path).unwrap(), first);
    assert!(!Path::new(&folder.path().join("owned")).exists());
}
