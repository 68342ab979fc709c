//! Help and hints: groups of options, examples that run, numbers as people write them, and the form that was meant.
#![cfg(feature = "cli")]
#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/program.rs"]
mod program;

use std::process::Command;

use program::{gibbs, refused, stdout};

const COMMANDS: [&[&str]; 7] = [&[], &["systems"], &["exact"], &["sample"], &["verify"], &["glow"], &["thermometer"]];
#[cfg(feature = "llm")]
const OF_TOKENS: [&[&str]; 11] = [
    &["compare"],
    &["tokens"],
    &["tokens", "curve"],
    &["tokens", "text"],
    &["tokens", "draw"],
    &["tokens", "match"],
    &["tokens", "random-energy"],
    &["tokens", "states"],
    &["tokens", "corpus"],
    &["tokens", "sequences"],
    &["tokens", "export"],
];

fn commands() -> Vec<&'static [&'static str]> {
    #[cfg(feature = "llm")]
    return [&COMMANDS[..], &OF_TOKENS].concat();
    #[cfg(not(feature = "llm"))]
    COMMANDS.to_vec()
}

fn help(command: &[&str]) -> String {
    stdout(&[command, &["--help"]].concat())
}

/// The lines below "Examples:".
fn examples(command: &[&str]) -> Vec<String> {
    let help = help(command);
    let (_, examples) = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{command:?} has no examples"));
    examples.lines().map(|line| line.trim().to_owned()).collect()
}

/// A line in the words that a shell makes of it.
fn words(line: &str) -> Vec<String> {
    let parts = line.split('\'').enumerate();
    parts
        .flat_map(|(k, part)| match k % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

#[test]
fn every_command_has_three_examples_that_run() {
    // What needs a file, a server or minutes is not run.
    let needs = ["compare", ".gguf", ".npy", "book.txt", ".jsonl", "http", "--model-temperatures", "tokens match"];
    let folder = tempfile::tempdir().unwrap();
    for command in commands() {
        let examples = examples(command);
        assert!(examples.len() >= 3, "{command:?}: {examples:?}");
        for line in &examples {
            let expected = ["gibbs"].iter().chain(command).copied().collect::<Vec<_>>().join(" ");
            assert!(line.starts_with(&expected), "{command:?}: {line}");
            if line == "gibbs verify" || needs.iter().any(|need| line.contains(need)) {
                continue;
            }
            let mut program = Command::new(env!("CARGO_BIN_EXE_gibbs"));
            let output = program.args(&words(line)[1..]).arg("--quiet").current_dir(folder.path()).output().unwrap();
            assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
            assert!(!output.stdout.is_empty(), "{line} printed nothing");
        }
    }
}

#[test]
fn options_stand_in_groups() {
    let groups = |command: &[&str]| -> Vec<String> {
        let help = help(command);
        help.lines().filter(|line| line.ends_with(':') && !line.starts_with(' ')).map(str::to_owned).collect()
    };
    let has = |command: &[&str], expected: &[&str]| {
        let groups = groups(command);
        assert!(expected.iter().all(|name| groups.contains(&format!("{name}:"))), "{command:?}: {groups:?}");
    };
    has(&["exact"], &["System", "Output"]);
    has(&["sample"], &["System", "Sampling", "Output"]);
    has(&["thermometer"], &["Model", "Truncation", "Output"]);
    #[cfg(feature = "llm")]
    has(&["tokens", "curve"], &["Model", "Truncation", "Sampling", "Output"]);
}

#[test]
fn the_settings_of_the_comparison_belong_to_it() {
    assert!(!help(&["sample"]).contains("--config") && help(&[]).contains("--config"));
    refused(&["exact", "two_level", "-T", "1", "--config", "x.toml"], "--config");
    refused(&["--config", "x.toml", "exact", "two_level", "-T", "1"], "--config has the settings of `compare`");
    #[cfg(feature = "llm")]
    for line in [
        &["--config", "missing.toml"][..],
        &["compare", "--config", "missing.toml"],
        &["--config", "missing.toml", "compare"],
    ] {
        refused(line, "missing.toml");
    }
}

#[test]
fn counts_are_whole_numbers_in_any_notation() {
    let sampled =
        |particles: &str| stdout(&["sample", "two_level", "-T", "1", "--particles", particles, "--format", "csv"]);
    assert_eq!(sampled("1e6"), sampled("1000000"));
    assert_eq!(sampled("1.5e3"), sampled("1500"));
    assert!(sampled("1e18").lines().count() == 4, "ten to the eighteen is the most");
    let exact = |side: &str| stdout(&["exact", "ising", side, "dimension=1", "-T", "0.5:1:6", "--format", "csv"]);
    assert_eq!(exact("l=1e3"), exact("l=1000"));
    assert_eq!(stdout(&["exact", "two_level", "-T", "1:2:1e1", "--format", "csv"]).lines().count(), 11);
    for (option, bad) in [("--sweeps", "1.5"), ("--sweeps", "1e99"), ("--replicas", "0.2e1x"), ("--seed", "1e-1")] {
        refused(&["sample", "ising", "l=4", "-T", "2", option, bad], option);
    }
    for number in ["1.5", "-5"] {
        refused(
            &["sample", "ising", "l=4", "-T", "2", "--sweeps", number],
            "whole number of 0 or more, such as 1000 or 1e6",
        );
    }
    let unknown = gibbs(&["verify", "-q"]);
    assert!(!String::from_utf8(unknown.stderr).unwrap().contains("tip"), "no command takes values behind --");
    refused(&["sample", "ising", "l=4", "-T", "2", "--replicas", "1e4"], "whole number from 1 to 1024");
    refused(
        &["sample", "two_level", "-T", "1", "--particles", "1e19"],
        "--particles must be from 1000 to 10^18, got 10000000000000000000",
    );
    refused(&["sample", "classical_power", "-T", "1", "--particles", "1e18"], "--particles must be at most 10^9");
    refused(&["sample", "ising", "-T", "1", "--particles", "1e18"], "sampled by --sweeps, got it for ising");
}

#[test]
fn what_was_meant_is_said() {
    let cases: [(&[&str], &str); 9] = [
        (&["exact", "ising", "--l", "8", "-T", "1"], "write `l=8`"),
        (&["exact", "ising", "--l=8", "-T", "1"], "write `l=8`"),
        (&["exact", "ising", "-l", "8", "-T", "1"], "write `l=8`"),
        (&["sample", "spin_glass", "-T", "1", "--Distribution", "gaussian"], "write `distribution=gaussian`"),
        (&["exact", "ising", "l=4", "T=2", "-T", "1"], "write `-T 2`"),
        (&["exact", "ising", "l=4", "temperature=2", "-T", "1"], "write `-T 2`"),
        (&["sample", "ising", "l=4", "sweeps=100", "-T", "1"], "write `--sweeps 100`"),
        (&["exact", "ising", "per_site=true", "-T", "1"], "write `--per-site`"),
        (&["exact", "ising", "L=4", "-T", "1"], "did you mean `l`?"),
    ];
    for (line, part) in cases {
        refused(line, part);
    }
}

#[test]
fn units_that_are_not_known_are_listed() {
    let units = "known are J, eV, meV, K, cm-1, kJ/mol and kcal/mol";
    for gap in ["gap=1ev", "gap=1kcal", "gap=3 GeV", "gap=1e2kelvin"] {
        refused(&["exact", "two_level", gap, "-T", "300"], units);
    }
    for t in ["300K", "25 meV", "1:300K:5"] {
        refused(&["exact", "two_level", "gap=1eV", "-T", t], "in kelvin where energies carry a unit");
    }
    let energy = |gap: &str, unit: &str| -> f64 {
        let csv = stdout(&["exact", "two_level", gap, "-T", "300", "--unit", unit, "--format", "csv"]);
        csv.lines().nth(1).unwrap().split(',').nth(4).unwrap().parse().unwrap()
    };
    assert!((energy("gap=1kcal/mol", "kJ/mol") / energy("gap=4.184kJ/mol", "kJ/mol") - 1.0).abs() < 1e-14);
    assert!((energy("gap=1kcal/mol", "kcal/mol") / energy("gap=1kcal/mol", "kJ/mol") - 1.0 / 4.184).abs() < 1e-14);
}

#[test]
#[cfg(feature = "llm")]
fn top_k_of_zero_is_none() {
    let curve = |options: &[&str]| {
        stdout(&[&["tokens", "curve", "--prompt", "And the king", "-T", "1", "--format", "csv"], options].concat())
    };
    assert_eq!(curve(&["--top-k", "0"]), curve(&[]));
    assert_eq!(curve(&["--top-k", "0", "--top-p", "0.9"]), curve(&["--top-p", "0.9"]));
    assert_ne!(curve(&["--top-k", "1"]), curve(&[]));
}

#[test]
fn systems_are_listed_by_name_and_summary() {
    let table = stdout(&["systems", "--quiet"]);
    assert_eq!(table.lines().next().unwrap().split_whitespace().collect::<Vec<_>>(), ["name", "summary"]);
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    let csv = stdout(&["systems", "--format", "csv"]);
    assert!(csv.starts_with("name,summary,parameters,exact result,samplers\n"));
    let ising = stdout(&["systems", "ising"]).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(ising.contains("along a periodic side of 2, two bonds join each pair of neighbours"), "{ising}");
    assert!(ising.contains("honeycomb (a brick wall"), "{ising}");
}

#[test]
fn verify_prints_a_line_for_each_case() {
    let table = stdout(&["verify", "two_level", "paramagnet", "--quiet"]);
    let (cases, verdict) = table.split_once("\n\n").unwrap();
    let n_cases = cases.lines().count() - 1;
    assert!(
        verdict.starts_with("passed: ")
            && verdict.split_whitespace().collect::<Vec<_>>().join(" ").contains(&format!("of {n_cases} cases")),
        "{table}"
    );
    let verbose = stdout(&["verify", "two_level", "paramagnet", "--quiet", "--verbose"]);
    let csv = stdout(&["verify", "two_level", "paramagnet", "--quiet", "--format", "csv"]);
    let (rows, same) = verbose.split_once("\n\n").unwrap();
    assert!(rows.lines().count() > 3 * n_cases && same == verdict);
    assert!(csv.starts_with("system,sampler,temperature,observable,value,std_error,exact,z_score\n"));
    assert!(csv.lines().count() > 3 * n_cases);
}
