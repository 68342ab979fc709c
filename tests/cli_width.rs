//! Every line that a command prints for people fits 100 columns.
#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/program.rs"]
mod program;

#[cfg(feature = "llm")]
use std::{fs, path::Path};

use program::{gibbs, stdout};

const WIDTH: usize = 100;
/// A comparison of a second or two.
#[cfg(feature = "llm")]
const SMALL: &str = "particles = 5000\ntokens = 10000\nsweeps = 2000\nising_side = 6\nrem_n = 8\n\
    prompts = [\"And the king\"]\ntext_temperatures = [1.0]\ntext_length = 4\n";

/// What a command prints, whether or not a check failed or has power.
fn printed(line: &str) -> String {
    let output = gibbs(&line.split(' ').chain(["--quiet"]).collect::<Vec<_>>());
    assert!(
        matches!(output.status.code(), Some(0 | 1 | 3)),
        "gibbs {line}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[cfg(feature = "llm")]
fn of_tokens(folder: &Path) -> Vec<String> {
    let settings = folder.join("small.toml");
    fs::write(&settings, SMALL).unwrap();
    let draws = folder.join("draws.jsonl");
    fs::write(&draws, stdout(&["tokens", "draw", "-T", "0.8", "--top-k", "40", "--draws", "200"])).unwrap();
    let (settings, draws, out) = (settings.display(), draws.display(), folder.join("out"));
    let mut lines = vec![
        format!("compare {settings} --out {}", out.display()),
        format!("thermometer {draws}"),
        format!("thermometer {draws} --requested 0.6"),
    ];
    let rows = [
        "tokens --help",
        "tokens curve -T 0:2:7",
        "tokens curve -T 0:2:7 --top-k 40 --top-p 0.9",
        "tokens curve -T 0:2:3 --top-k 40 --top-p 0.9 --temper last --explain",
        "tokens curve -T 0:2:3 --typical 0.123456789012 --top-k 1 --explain",
        "tokens curve --logits tests/data/recorded/openai_chat.json --vocabulary 1000 -T 0.3,1,inf",
        "tokens text -T 0.5,2 --length 60",
        "tokens text -T 0.5,2 --length 3 --texts 3",
        "tokens match -T 0.5,1",
        "tokens random-energy",
        "tokens random-energy --prompt In_the_beginning_God_created_the_heaven_and_the_earth_and_the_earth",
        "tokens curve --prompt In_the_beginning_God_created_the_heaven_and_the_earth_and_the_earth -T 1e-7,1e7",
        "tokens states",
        "tokens corpus tests/data/kjv_excerpt.txt",
        "tokens sequences -T 1 --model-temperatures none",
    ];
    lines.extend(rows.map(str::to_owned));
    let commands = ["curve", "text", "draw", "match", "random-energy", "states", "corpus", "sequences", "export"];
    lines.extend(commands.map(|command| format!("tokens {command} --help")));
    lines
}

#[test]
fn tables_and_sentences_fit() {
    let mut lines: Vec<String> = [
        "--help",
        "-h",
        "systems --help",
        "sample --help",
        "exact --help",
        "verify --help",
        "glow --help",
        "thermometer --help",
        "systems",
        "exact ising l=8 -T 0.1:10:9:log --per-site",
        "exact debye_solid theta=428K -T 1:400:5 --unit kJ/mol",
        "exact ising l=4 -- lennard_jones n=2 density=0.01 cutoff=2.5 truncation=shifted -- paramagnet -T 0.5:2:3",
        "sample heisenberg dimension=1 l=8 -T 0.7 --sweeps 3000 --per-site",
        "sample spin_glass dimension=2 l=4 -T 2 --sweeps 1000 --sampler tempering",
        "sample photon_gas volume=1e-15 -T 300,1000 --particles 3000",
        "verify two_level",
        "verify two_level rotor --verbose",
        "exact paramagnet spin=10000 field=1.23456e-12 -T -0.0123456,298.1234 --per-site",
        "exact photon_gas volume=1.234567e-100 -T 123.4567,298.1234",
        "exact levels energies=-1.23456e-150,-2.3456e-150 -T 1.234567e-150,2.345678e-151",
        "sample paramagnet spin=5/2 field=1.23456e-12 -T 1.2345e-12",
        "sample ising l=4 h=0.3 -T 1.2345678 --sweeps 1e3 --curve 1.3:2:3 --per-site",
        "glow -T 5,1000,2700,12000 --particles 2000",
    ]
    .map(str::to_owned)
    .into();
    let systems = stdout(&["systems", "--format", "csv"]);
    lines.extend(systems.lines().skip(1).filter_map(|row| row.split(',').next()).map(|name| format!("systems {name}")));
    #[cfg(feature = "llm")]
    let folder = tempfile::tempdir().unwrap();
    #[cfg(feature = "llm")]
    lines.extend(of_tokens(folder.path()));
    let wide = |line: &String| -> Vec<String> {
        let text = printed(line);
        assert!(!text.is_empty(), "gibbs {line} printed nothing");
        // What a model writes is not ours to break.
        let ours = |text: &&str| !line.starts_with("tokens text") || text.starts_with("T = ");
        let wide = text.lines().filter(ours).filter(|text| text.chars().count() > WIDTH);
        wide.map(|text| format!("gibbs {line}\n{} columns: {text}", text.chars().count())).collect()
    };
    let half = lines.len() / 2;
    let wide: Vec<String> = std::thread::scope(|scope| {
        let first = scope.spawn(|| lines[..half].iter().flat_map(wide).collect::<Vec<_>>());
        let second: Vec<String> = lines[half..].iter().flat_map(wide).collect();
        first.join().unwrap().into_iter().chain(second).collect()
    });
    assert!(wide.is_empty(), "wider than {WIDTH} columns:\n{}", wide.join("\n"));
}
