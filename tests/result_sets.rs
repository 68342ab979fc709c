//! The program from outside: files of results appear as whole sets, whoever else writes and whatever ends the program.
#![cfg(all(feature = "cli", unix))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/program.rs"]
#[allow(dead_code)]
mod program;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use program::refused;

const NAMES: [&str; 4] = ["sample.csv", "sample.json", "sample.png", "sample.svg"];

fn sample(seed: u32, out: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_gibbs"))
        .args(["sample", "two_level", "-T", "0.5,1,2", "--particles", "1000", "--plot", "--quiet"])
        .args(["--seed", &seed.to_string(), "--out", "out"])
        .current_dir(out)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())).collect()
}

#[test]
fn sets_of_two_runs_do_not_mix() {
    let alone: Vec<BTreeMap<String, Vec<u8>>> = (1..=2)
        .map(|seed| {
            let folder = tempfile::tempdir().unwrap();
            assert!(sample(seed, folder.path()).wait().unwrap().success());
            contents(&folder.path().join("out"))
        })
        .collect();
    assert!(alone[0].keys().eq(NAMES) && alone[0] != alone[1]);
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..10 {
        let runs = [1, 2].map(|seed| sample(seed, folder.path()));
        runs.into_iter().for_each(|mut run| assert!(run.wait().unwrap().success()));
        let found = contents(&folder.path().join("out"));
        assert!(alone.contains(&found), "{:?}", found.keys());
    }
}

/// Whenever the signal comes, the old set or the new one stands there and nothing else.
#[test]
fn signals_leave_whole_sets_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    assert!(sample(1, folder.path()).wait().unwrap().success());
    let old = contents(&out);
    let mut new = None;
    let mut ended = 0;
    for (case, signal) in (0..24).zip(["INT", "TERM", "HUP"].into_iter().cycle()) {
        let mut run = sample(2, folder.path());
        std::thread::sleep(Duration::from_millis(20 * case));
        let _ = Command::new("kill").args([format!("-{signal}"), run.id().to_string()]).stderr(Stdio::null()).status();
        let status = run.wait().unwrap();
        let found = contents(&out);
        assert!(found.keys().eq(NAMES), "{signal} at {case}: {:?}", found.keys());
        ended += u32::from(!status.success());
        if found != old {
            let new = new.get_or_insert_with(|| found.clone());
            assert!(found == *new, "{signal} at {case}: a mixed set");
        }
    }
    assert!(ended > 0, "no signal came in time");
}

#[test]
fn places_that_cannot_hold_results_are_refused_before_work_begins() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "mine").unwrap();
    for out in [file.to_str().unwrap(), &format!("{}/below", file.display()), "/dev/null", "/proc/nowhere"] {
        for command in ["exact", "sample"] {
            refused(&[command, "two_level", "-T", "1", "--plot", "--out", out], "--out");
        }
        refused(&["glow", "-T", "3000", "--plot", "--out", out], "--out");
    }
    std::fs::create_dir_all(folder.path().join("out").join("exact.svg")).unwrap();
    let out = folder.path().join("out");
    refused(&["exact", "two_level", "-T", "1,2", "--plot", "--out", out.to_str().unwrap()], "exact.svg");
    assert!(std::fs::read_dir(&out).unwrap().count() == 1);
    let fluid = ["sample", "lennard_jones", "n=256", "-T", "2", "--sweeps", "100000", "--trajectory"];
    for (path, part) in [("/dev/null", "a device"), ("/dev/stdout", ""), ("/dev/full", "a device")] {
        refused(&[&fluid[..], &[path]].concat(), "--trajectory");
        refused(&[&fluid[..], &[path]].concat(), part);
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
}
