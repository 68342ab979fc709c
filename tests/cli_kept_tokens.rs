//! The number of tokens that truncations keep, step by step, and why temperature may change nothing.
#![cfg(all(feature = "cli", feature = "llm"))]
#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/program.rs"]
mod program;
#[path = "common/token_commands.rs"]
mod token_commands;

use program::{refused, stdout};
use serde_json::Value;
use token_commands::{file, json, words};

#[test]
fn a_truncation_gets_a_column_of_kept_tokens() {
    let folder = tempfile::tempdir().unwrap();
    // p = 0.4, 0.3, 0.2, 0.1 and 0.7, 0.1, 0.1, 0.1 at T = 1.
    let rows = "-0.916290731874155,-1.203972804325936,-1.6094379124341003,-2.302585092994046\n\
                -0.35667494393873245,-2.302585092994046,-2.302585092994046,-2.302585092994046\n";
    let path = file(&folder, "rows.csv", rows);
    let plain = stdout(&words("curve -T 1 --format csv --logits", &[&path]));
    assert!(plain.starts_with("context,temperature,beta,ln_z,"), "{plain}");
    let kept = json("curve -T 1,1000 --top-k 3 --top-p 0.75 --logits", &[&path]);
    let of = |k: usize| kept[k]["kept"].as_f64().unwrap();
    // Of three tokens 4/9 + 3/9 reach 0.75; of the other row all four are kept by top-k, three of them tied.
    assert_eq!([of(0), of(1), of(2), of(3)], [2.0, 3.0, 2.0, 3.0]);
    assert_eq!((kept[4]["context"].as_str(), of(4), of(5)), (Some("mean"), 2.0, 3.0));
    let header = stdout(&words("curve -T 1 --top-k 3 --format csv --logits", &[&path]));
    // It stands last, so that the others stay where they are without it.
    let (plain, header) = (plain.lines().next().unwrap(), header.lines().next().unwrap());
    assert_eq!(header, format!("{plain},kept"));
}

#[test]
fn explanations_follow_the_order_of_the_steps() {
    let explained = |more: &[&str]| json("curve --prompt And -T 0.5,2 --top-k 40 --top-p 0.9 --explain", more);
    let steps =
        |rows: &[Value]| -> Vec<String> { rows.iter().map(|row| row["step"].as_str().unwrap().to_owned()).collect() };
    let first = explained(&[]);
    assert_eq!(steps(&first[..4]), ["all tokens", "temperature", "top-k 40", "top-p 0.9"]);
    assert_eq!((first.len(), first[0]["kept"].as_u64(), first[2]["kept"].as_u64()), (8, Some(2048), Some(40)));
    assert!(first[0]["removed"].is_null() && first[1]["removed"] == 0.0 && first[3]["reason"].is_null());
    let curve = json("curve --prompt And -T 0.5,2 --top-k 40 --top-p 0.9", &[]);
    for k in [0, 1] {
        assert_eq!(first[4 * k + 3]["kept"], curve[k]["kept"]);
        let removed = |row: &Value| row["removed"].as_f64().unwrap();
        let (top_k, top_p) = (removed(&first[4 * k + 2]), removed(&first[4 * k + 3]));
        assert!(top_k > 0.0 && top_p > 0.0 && top_p <= 0.1 * (1.0 - top_k));
    }
    // Heat takes probability to the tokens that top-k removes.
    assert!(first[6]["removed"].as_f64() > first[2]["removed"].as_f64());
    let last = explained(&["--as", "llama.cpp"]);
    assert_eq!(steps(&last[..4]), ["all tokens", "top-k 40", "top-p 0.9", "temperature"]);
    assert_eq!(last[3]["kept"], last[7]["kept"]);
    assert!(last[0]["reason"].as_str().unwrap().starts_with("the truncations come before the temperature"));
}

#[test]
fn sentences_say_why_temperature_changes_nothing() {
    let said = |line: &str| -> Vec<String> {
        let text = stdout(&words(line, &["--explain", "--quiet"]));
        text.split_once("\n\n").map_or_else(Vec::new, |(_, said)| said.lines().map(str::to_owned).collect())
    };
    let greedy = "top-k 1 leaves one token, the same at every T, so temperature changes nothing";
    assert_eq!(said("curve --prompt And -T 0.5,2 --top-k 1"), [format!("And: {greedy}")]);
    assert_eq!(said("curve -T 0.5,2 --top-k 1"), [format!("every context: {greedy}")]);
    assert!(said("curve --prompt And -T 0.5,2 --top-k 40").is_empty());
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "rows.csv", "30,0,0\n1,1,0\n3,0,0\n");
    let all = said(&format!("curve -T 0.5,2 --top-k 2 --as candle --logits {path}"));
    let all = all.join(" ");
    assert!(all.starts_with("line 1: one token has a probability of 0.999999 or more at every T, so"), "{all}");
    assert!(all.contains(" line 2: the 2 tokens that are left are equally likely, so temperature"), "{all}");
    assert!(!all.contains("line 3"), "{all}");
    let cold = said(&format!("curve -T 0.2,5 --top-p 0.9 --logits {}", file(&folder, "one.csv", "2,1,0\n")));
    assert_eq!(cold.len(), 1);
    assert!(cold[0].ends_with("one token is left at T = 0.2, so temperature changes nothing there"), "{cold:?}");
}

#[test]
fn what_lists_only_some_tokens_cannot_be_explained() {
    let list = ["--logits", "tests/data/recorded/openai_chat.json", "--vocabulary", "1000"];
    refused(&words("curve --explain", &list), "--explain needs the whole vocabulary");
    refused(&words("curve --explain --top-k 3", &list), "truncations cannot be computed");
}
