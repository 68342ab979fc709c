//! Figures of `gibbs tokens curve` and `match`.
#![cfg(all(feature = "cli", feature = "llm"))]
#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/program.rs"]
mod program;
#[path = "common/token_commands.rs"]
mod token_commands;

use std::fs;
use std::path::Path;

use program::{refused, stdout};
use serde_json::Value;
use token_commands::{file, json, words};

/// The rows of the CSV of the figure `stem`.
fn figure(folder: &Path, stem: &str) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_path(folder.join(format!("{stem}.csv"))).unwrap();
    reader.records().map(Result::unwrap).collect()
}

const LIST: &str = "tests/data/recorded/openai_chat.json";

#[test]
fn curves_of_contexts_are_drawn_with_their_mean() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("figures");
    let line = "curve --prompt And --prompt The -T 0.25,1,inf --top-k 5 --plot --quiet --out";
    stdout(&words(line, &[out.to_str().unwrap()]));
    let mut names: Vec<_> =
        fs::read_dir(&out).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["csv", "json", "png", "svg"].map(|end| format!("token_curve.{end}")));
    let rows = figure(&out, "token_curve");
    let mean = json("curve --prompt And --prompt The -T 1 --top-k 5", &[]).remove(2);
    for panel in ["energy", "entropy", "heat_capacity", "kept"] {
        for series in ["And", "The", "mean over contexts"] {
            let own: Vec<_> = rows.iter().filter(|row| &row[0] == panel && &row[1] == series).collect();
            assert!(own.len() > 150, "{panel} of {series}: {} points", own.len());
        }
        let at_one = |row: &&csv::StringRecord| &row[0] == panel && &row[1] == "mean over contexts" && &row[3] == "1";
        let drawn: f64 = rows.iter().find(at_one).unwrap()[4].parse().unwrap();
        assert!((drawn - mean[panel].as_f64().unwrap()).abs() < 1e-12 * drawn.abs().max(1.0), "{panel}");
    }
    let svg = fs::read_to_string(out.join("token_curve.svg")).unwrap();
    assert!(svg.contains("temperature, top-k 5") && svg.contains("Tokens kept"));
    assert!(fs::read(out.join("token_curve.png")).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn lists_are_drawn_as_bands() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    for (vocabulary, has_upper) in [(&["--vocabulary", "1000"][..], true), (&[], false)] {
        let line = format!("curve --logits {LIST} -T 0.5:2:4 --plot --quiet --out {out}");
        stdout(&words(&line, vocabulary));
        let rows = figure(folder.path(), "token_curve");
        let n = |kind: &str| rows.iter().filter(|row| &row[0] == "entropy" && &row[2] == kind).count();
        assert!(n("low") > 150 && (n("high") == n("low")) == has_upper && n("exact") == 0, "{vocabulary:?}");
        let svg = fs::read_to_string(folder.path().join("token_curve.svg")).unwrap();
        assert_eq!(svg.contains("a lower bound"), !has_upper);
    }
}

#[test]
fn matched_temperatures_are_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "twice.csv", "2,0,-2,-6\n4,3,0,0\n");
    let other = file(&folder, "once.csv", "1,0,-1,-3\n2,1.5,0,0\n");
    let out = folder.path().to_str().unwrap();
    let more = ["--logits", &path, "--with-logits", &other, "--plot", "--out", out];
    let matched = json("match -T 0.5,1,inf", &more);
    assert_eq!(matched.len(), 3);
    let rows = figure(folder.path(), "token_match");
    let points: Vec<_> = rows.iter().filter(|row| &row[0] == "matched_temperature" && &row[2] == "sampled").collect();
    assert_eq!(points.len(), 2);
    for (point, row) in points.iter().zip(&matched) {
        let cell = |k: usize| point[k].parse::<f64>().unwrap();
        assert_eq!(row["matched_temperature"].as_f64(), Some(cell(4)));
        assert_eq!(row["matched_temperature_std_error"].as_f64(), Some(cell(5)));
        assert!((cell(4) / cell(3) - 0.5).abs() < 1e-9);
    }
    let manifest: Value = serde_json::from_slice(&fs::read(folder.path().join("token_match.json")).unwrap()).unwrap();
    assert_eq!(manifest["config"]["second"]["logits"], *other);
}

#[test]
fn what_cannot_be_drawn_is_refused_in_one_line() {
    for (line, part) in [
        ("curve --plot --out /proc/nowhere", "--out"),
        ("match --plot --out /proc/nowhere", "--out"),
        ("curve -T inf --plot", "--plot needs a finite temperature"),
        ("match -T inf --plot", "--plot needs a finite temperature"),
    ] {
        refused(&words(line, &[]), part);
    }
}
