//! `gibbs thermometer` from outside: verdicts as exit codes, its sources, and what it refuses.
#![cfg(feature = "cli")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/program.rs"]
mod program;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;

use program::{gibbs, refused, stdout};
use tempfile::TempDir;

/// Writes `bytes` to a file of `folder` and gives its path.
fn file(folder: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path: PathBuf = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Tokens drawn with `options`, in a file.
fn drawn(folder: &TempDir, name: &str, options: &str) -> String {
    let arguments: Vec<&str> = ["tokens", "draw"].into_iter().chain(options.split(' ')).collect();
    file(folder, name, stdout(&arguments))
}

/// Runs the thermometer on `path` with options separated by spaces.
fn thermometer(path: &str, options: &str) -> Output {
    let arguments: Vec<&str> = ["thermometer", path].into_iter().chain(options.split_whitespace()).collect();
    gibbs(&arguments)
}

/// Runs a command with `input` on stdin.
fn with_input(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gibbs"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The same on one line.
fn words(bytes: &[u8]) -> String {
    text(bytes).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn right_and_wrong_temperatures_are_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let right = drawn(&folder, "right.jsonl", "-T 0.7 --draws 500");
    let wrong = drawn(&folder, "wrong.jsonl", "-T 0.49 --draws 1000");
    let output = thermometer(&right, "--requested 0.7");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert!(words(&output.stdout).contains("[agrees, at alpha = 0.01]"));
    let output = thermometer(&wrong, "--requested 0.7");
    assert_eq!(output.status.code(), Some(1));
    assert!(words(&output.stdout).contains("as if the temperature were applied twice"), "{}", text(&output.stdout));
    // Without a request there is nothing to reject.
    assert_eq!(thermometer(&wrong, "").status.code(), Some(0));
    let output = thermometer(&wrong, "--requested 0.7 --format json");
    assert_eq!(output.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["rejected"], true);
    assert_eq!(report["n_draws"], 6000);
    assert!(report["sentence"].as_str().unwrap().contains("applied twice"));
    let (t, error) = (&report["fit"]["temperature"], &report["fit"]["temperature_std_error"]);
    assert!((t.as_f64().unwrap() - 0.49).abs() < 4.5 * error.as_f64().unwrap(), "{t} {error}");
}

#[test]
fn stdin_is_a_file_like_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = drawn(&folder, "tokens.jsonl", "-T 0.7 --draws 200 --top-p 0.9 --as llama.cpp");
    let bytes = fs::read(&path).unwrap();
    let options = ["--requested", "0.7", "--top-p", "0.9", "--as", "llama.cpp"];
    let from_file = gibbs(&[&["thermometer", &path], &options[..]].concat());
    let from_stdin = with_input(&[&["thermometer", "-"], &options[..]].concat(), &bytes);
    assert_eq!(from_file.status.code(), Some(0), "{}", text(&from_file.stdout));
    assert_eq!(from_file.stdout, from_stdin.stdout);
    // The same truncation in another order, and none, are told apart from it.
    let output = thermometer(&path, "--requested 0.7");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
}

#[test]
fn draws_depend_on_the_seed_alone() {
    let arguments = ["tokens", "draw", "-T", "0.8", "--draws", "50", "--seed", "3", "--threads"];
    let one = stdout(&[&arguments[..], &["1"]].concat());
    assert_eq!(one, stdout(&[&arguments[..], &["4"]].concat()));
    assert_ne!(one, stdout(&["tokens", "draw", "-T", "0.8", "--draws", "50", "--seed", "4"]));
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "tokens.jsonl", one);
    let report = thermometer(&path, "--requested 0.8 --format json --threads 1").stdout;
    assert_eq!(report, thermometer(&path, "--requested 0.8 --format json --threads 4").stdout);
}

#[test]
fn recorded_tokens_go_back_through_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "{\"prompt\": \"And the king\", \"tokens\": [5, 9, 12]}\n\n{\"prompt\": \"And\", \"tokens\": [7]}\n";
    let path = file(&folder, "tokens.jsonl", lines);
    let output = thermometer(&path, "--model embedded");
    // Four tokens tell little.
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    assert!(words(&output.stdout).contains("4 drawn from 4 positions"), "{}", text(&output.stdout));
    let piped = with_input(&["thermometer", "--model", "embedded", "-"], lines.as_bytes());
    assert_eq!(output.stdout, piped.stdout);
    for (bytes, part) in [
        (&b""[..], "holds no tokens"),
        (b"[1, 2]\n", "line 1: with --model a line is"),
        (b"{\"prompt\": \"a\", \"tokens\": [1]}\n{\"prompt\": \"a\"}\n", "line 2"),
        (b"{\"prompt\": \"a\", \"tokens\": [99999999]}\n", "99999999"),
        (b"{\"prompt\": \"a\", \"tokens\": [-1]}\n", "line 1"),
        (b"\xff\xfe\n", "UTF-8"),
    ] {
        refused(&["thermometer", "--model", "embedded", &file(&folder, "bad.jsonl", bytes)], part);
    }
    refused(&["thermometer", "--model", "embedded", &path, "--vocabulary", "9"], "--vocabulary");
    refused(&["thermometer", "--model", "/nowhere", &path], "/nowhere");
}

#[test]
fn a_bad_option_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "tokens.jsonl", "{\"logits\": [1, 0, -1], \"drawn\": [0, 0, 1, 2]}\n");
    assert_eq!(thermometer(&path, "--requested 1").status.code(), Some(3));
    for (options, part) in [
        ("--requested nan", "--requested"),
        ("--requested 1,2", "single temperature"),
        ("--requested warm", "`warm`"),
        ("--requested 1 --requested 2", "multiple times"),
        ("--top-p 0.9", "--requested T"),
        ("--requested 1 --top-p 1.5", "top-p must"),
        ("--requested 1 --top-p nan", "top-p must"),
        ("--requested 1 --top-k 2.5", "top-k must"),
        ("--requested 1 --min-p -0.1", "min-p must"),
        ("--requested 1 --as foo", "llama.cpp, transformers, vllm or candle"),
        ("--requested 1 --temper foo", "first or last"),
        ("--input-format foo", "foo"),
        ("--alpha 0", "--alpha"),
        ("--alpha 1", "--alpha"),
        ("--alpha nan", "--alpha"),
        ("--alpha -0.1", "--alpha"),
        ("--level 0", "--level"),
        ("--level 1", "--level"),
        ("--level nan", "--level"),
        ("--positions 0", "--positions"),
        ("--logprobs-mode foo", "--logprobs-mode"),
        ("--reading foo", "raw, tempered"),
        ("--format csv", "--format csv"),
        ("--vocabulary x", "--vocabulary"),
        ("--vocabulary 7", "fewer than the 7 tokens of the vocabulary"),
        ("--tensor x", "leave it out"),
        ("--prompt x", "cannot be used with"),
        ("-T 0.7", "cannot be used with"),
        ("--server http://127.0.0.1:1", "cannot be used with"),
    ] {
        let arguments: Vec<&str> = ["thermometer", &path].into_iter().chain(options.split(' ')).collect();
        refused(&arguments, part);
    }
    refused(&["thermometer"], "FILE");
}

#[test]
fn columns_of_padding_are_cut_and_probabilities_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let curve = |path: &str, options: &str| {
        let words = ["tokens", "curve", "--logits", path, "-T", "1", "--format", "csv", "--quiet"];
        gibbs(&words.into_iter().chain(options.split_whitespace()).collect::<Vec<_>>())
    };
    let whole = file(&folder, "whole.jsonl", "[2, 1, 0]\n");
    let padded = file(&folder, "padded.jsonl", "[2, 1, 0, -20, -30]\n");
    let cut = text(&curve(&padded, "--vocabulary 3").stdout);
    let said =
        "\"rows whose columns beyond the vocabulary were cut, with a probability of at most 1.856e-10 at T = 1: 1\"";
    let without = cut.replace(",reading\n", "\n").replace(&format!(",{said}\n"), "\n");
    assert!(without == text(&curve(&whole, "").stdout) && cut != without, "{cut}");
    assert_ne!(curve(&whole, "").stdout, curve(&padded, "").stdout);
    let mass = curve(&padded, "--vocabulary 2");
    assert!(mass.status.code() == Some(2) && text(&mass.stderr).contains("0.090"), "{}", text(&mass.stderr));
    let drawn = file(&folder, "drawn.jsonl", "{\"logits\": [2, 1, -20], \"drawn\": [2]}\n");
    refused(&["thermometer", &drawn, "--vocabulary", "2"], "was drawn");
    let shares = curve(&file(&folder, "shares.jsonl", "[0.5, 0.25, 0.25]\n"), "");
    assert!(shares.status.success() && text(&shares.stdout).contains("add up to 1"), "{}", text(&shares.stdout));
    assert!(curve(&whole, "").stderr.is_empty());
}

#[test]
fn what_is_left_out_of_a_recording_is_said_in_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let token = |chosen: &str, numbers: [&str; 3]| {
        let [a, b, own] = numbers;
        format!(
            r#"{{"token": "{chosen}", "logprob": {own}, "top_logprobs": [{{"token": "a", "logprob": {a}}}, {{"token": "b", "logprob": {b}}}]}}"#
        )
    };
    let usual = token("a", ["-0.5", "-1.5", "-0.5"]);
    let content =
        [usual.clone(), usual, token("c", ["null", "null", "null"]), token("b", ["-0.5", "-9999.0", "-9999.0"])];
    let answer = format!(
        r#"{{"choices": [{{"message": {{"content": "aacb"}}, "logprobs": {{"content": [{}]}}}}]}}"#,
        content.join(",")
    );
    let without = r#"{"choices": [{"message": {"content": "abc"}, "logprobs": null}]}"#;
    let path = file(&folder, "answers.jsonl", format!("{answer}\n{without}\n"));
    let table = words(&thermometer(&path, "").stdout);
    for said in
        ["no number is reported for them: 1", "they have no logprobs: 1", "taken as impossible or as unlisted: 3"]
    {
        assert!(table.contains(said), "{said}: {table}");
    }
    let report: serde_json::Value = serde_json::from_slice(&thermometer(&path, "--format json").stdout).unwrap();
    let reading = &report["reading"];
    assert_eq!((&reading["unreported"], &reading["without_logprobs"]), (&1.into(), &1.into()), "{reading}");

    let rows = (0..60).map(|i| format!(r#"{{"logits": [2, 1, 0, -20], "drawn": [{}]}}"#, i % 3)).collect::<Vec<_>>();
    let padded = file(&folder, "padded.jsonl", rows.join("\n"));
    let table = words(&thermometer(&padded, "--vocabulary 3").stdout);
    assert!(table.contains("reading rows whose columns") && table.contains("at T = 1: 60"), "{table}");
    assert!(!words(&thermometer(&padded, "").stdout).contains("reading"));
}

#[test]
fn a_bad_file_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    refused(&["thermometer", "/nowhere.jsonl"], "/nowhere.jsonl");
    refused(&["thermometer", folder.path().to_str().unwrap()], "directory");
    for (name, bytes, part) in [
        ("empty.jsonl", Vec::new(), "no logits"),
        ("index.jsonl", b"{\"logits\": [1, 0], \"drawn\": [2]}".to_vec(), "draw 0"),
        ("nan.jsonl", b"{\"logits\": [1, NaN], \"drawn\": [0]}".to_vec(), "NaN"),
        ("undrawn.jsonl", b"[1, 0]".to_vec(), "drawn"),
        ("bytes.jsonl", b"\xff\xfe\x00".to_vec(), "UTF-8"),
        ("deep.json", vec![b'['; 100_000], "recursion"),
        ("response.json", b"{\"choices\": [{\"logprobs\": null}]}".to_vec(), "response.json"),
    ] {
        refused(&["thermometer", &file(&folder, name, bytes)], part);
    }
    refused(&["thermometer", &file(&folder, "deep", vec![b'['; 100_000]), "--input-format", "vllm"], "deep");
}

/// A server that answers every request alike and remembers what it read.
fn mock(body: String) -> (String, std::sync::Arc<std::sync::Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let kept = std::sync::Arc::clone(&seen);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { break };
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut length, mut request) = (0, String::new());
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
                    break;
                }
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                request += &line;
            }
            let mut sent = vec![0; length];
            let _ = reader.read_exact(&mut sent);
            kept.lock().unwrap().push_str(&(request + &String::from_utf8_lossy(&sent)));
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all((head + &body).as_bytes());
        }
    });
    (url, seen)
}

/// Runs the program with a key in the environment.
fn with_key(arguments: &[&str], key: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gibbs")).args(arguments).env("SERVER_KEY", key).output().unwrap()
}

#[test]
fn a_live_server_is_measured() {
    let key = "sk-very-secret-0123456789";
    let recorded = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/recorded/vllm_completions.json");
    let (url, seen) = mock(fs::read_to_string(recorded).unwrap());
    let arguments = ["thermometer", "--server", &url, "-T", "0.7", "--prompt", "x", "--key-variable", "SERVER_KEY"];
    let folder = tempfile::tempdir().unwrap();
    let out = ["--out", folder.path().to_str().unwrap()];
    let output = with_key(&[&arguments[..], &["--requests", "3"], &out].concat(), key);
    let saved = fs::read_to_string(folder.path().join("answers.jsonl")).unwrap();
    assert!(saved.lines().count() == 3 && !saved.contains(key), "{saved}");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(err.starts_with("3 requests of up to 64 tokens, 192 in all; answers are saved in "), "{err}");
    // The same answer three times.
    assert_eq!(output.status.code(), Some(3), "{out}{err}");
    assert!(out.starts_with("verdict") && out.contains("requested 0.7"), "{out}");
    assert!(!out.contains(key) && !err.contains(key));
    let seen = seen.lock().unwrap().clone();
    assert_eq!(seen.matches("POST /v1/completions").count(), 3, "{seen}");
    assert!(seen.contains(key) && seen.contains("\"temperature\":0.7"), "{seen}");
    // An answer that is none, with the key in it.
    let (url, _) = mock(format!("{{\"error\": \"no such key {key}\"}}"));
    let bad =
        ["thermometer", "--server", &url, "--prompt", "x", "--key-variable", "SERVER_KEY", "--retries", "0", "--quiet"];
    let output = with_key(&bad, key);
    let message = text(&output.stderr);
    assert_eq!((output.status.code(), message.lines().count()), (Some(2), 1), "{message}");
    assert!(output.stdout.is_empty() && !message.contains(key), "{message}");
}

#[test]
fn a_server_that_cannot_be_asked_is_refused_in_one_line() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let down = ["thermometer", "--server", &url, "-T", "0.7", "--prompt", "x", "--retries", "0", "--quiet"];
    refused(&down, "cannot be reached");
    let retried = gibbs(&["thermometer", "--server", &url, "--prompt", "x", "--retries", "1"]);
    assert_eq!(text(&retried.stderr).matches("cannot be reached").count(), 1);
    refused(&["thermometer", "--server", &url], "--prompt");
    for (option, value) in [
        ("-T", "nan"),
        ("-T", "-1"),
        ("--prompt", ""),
        ("--alpha", "2"),
        ("--timeout", "nan"),
        ("--timeout", "0"),
        ("--timeout", "-1"),
        ("--rate", "nan"),
        ("--rate", "0"),
        ("--rate", "-1"),
        ("--requests", "0"),
        ("--max-tokens", "0"),
        ("--top-logprobs", "0"),
        ("--body", "[]"),
        ("--body", "{"),
        ("--body", "{\"temperature\": 2}"),
        ("--key-variable", "NO_SUCH_VARIABLE"),
        ("--endpoint", "foo"),
    ] {
        refused(&["thermometer", "--server", &url, "--prompt", "x", "--retries", "0", "--quiet", option, value], "");
    }
    let secret = format!("http://user:hunter2@127.0.0.1:{port}");
    let output = gibbs(&["thermometer", "--server", &secret, "--prompt", "x"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!text(&output.stderr).contains("hunter2"));
}
