//! `gibbs tokens` from outside: every format of a file of logits, every view, and what is refused in one line.
#![cfg(feature = "cli")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/program.rs"]
mod program;
#[path = "common/reference.rs"]
#[allow(dead_code)]
mod reference;

use std::fs;
use std::io::{Cursor, Write};

use program::{gibbs, refused, stdout};
use safetensors::tensor::{Dtype, TensorView};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Writes `bytes` to a file of `folder` and gives its path.
fn file(folder: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// `gibbs tokens` with words separated by spaces, then `more`.
fn words<'a>(line: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    ["tokens"].into_iter().chain(line.split_whitespace()).chain(more.iter().copied()).collect()
}

/// A row of a CSV table without its first column.
fn numbers(row: &str, skip: usize) -> Vec<f64> {
    row.split(',').skip(skip).map(|cell| cell.parse().unwrap_or(f64::NAN)).collect()
}

/// A .npy file of one row of f8, with any shape in its header.
fn npy(logits: &[f64], shape: &str) -> Vec<u8> {
    let text = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(118u16.to_le_bytes());
    bytes.extend(format!("{text:117}\n").into_bytes());
    bytes.extend(logits.iter().flat_map(|x| x.to_le_bytes()));
    bytes
}

fn npz(array: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("logits.npy", SimpleFileOptions::default()).unwrap();
    archive.write_all(array).unwrap();
    archive.finish().unwrap().into_inner()
}

fn tensors(logits: &[f64]) -> Vec<u8> {
    let data: Vec<u8> = logits.iter().flat_map(|x| x.to_le_bytes()).collect();
    let view = TensorView::new(Dtype::F64, vec![logits.len()], &data).unwrap();
    safetensors::serialize([("logits", view)], None).unwrap()
}

/// The logits of a vector of the reference tables.
fn logits(vector: &str) -> Vec<f64> {
    let rows = reference::rows("s15_logit_vectors");
    rows.iter().filter(|row| row.text("vector_id") == vector).map(|row| row.number("logit")).collect()
}

/// The same logits in files of every format.
fn all_formats(folder: &TempDir, logits: &[f64]) -> Vec<String> {
    let list: Vec<String> = logits.iter().map(ToString::to_string).collect();
    let array = npy(logits, &format!("({},)", logits.len()));
    let line = format!("[{}]", list.join(", "));
    vec![
        file(folder, "a.npz", npz(&array)),
        file(folder, "a.npy", array),
        file(folder, "a.safetensors", tensors(logits)),
        file(folder, "wide.csv", list.join(",")),
        file(folder, "long.csv", format!("logit\n{}\n", list.join("\n"))),
        file(folder, "a.txt", list.join(" ")),
        file(folder, "a.json", &line),
        file(folder, "pretty.json", format!("[\n  [\n    {}\n  ]\n]\n", list.join(",\n    "))),
        file(folder, "a.jsonl", format!("{{\"logits\": {line}}}\n")),
        file(folder, "without_an_ending", &line),
    ]
}

#[test]
fn every_format_gives_the_reference_curve() {
    let folder = tempfile::tempdir().unwrap();
    let all: Vec<_> = reference::rows("s15_softmax_thermo")
        .into_iter()
        .filter(|row| row.text("vector_id") == "normal_10" && row.number("T") >= 0.1)
        .collect();
    assert!(all.len() > 4);
    let list: Vec<&str> = all.iter().map(|row| row.text("T")).collect();
    let mut first: Option<Vec<Vec<f64>>> = None;
    for path in all_formats(&folder, &logits("normal_10")) {
        let csv = stdout(&words("curve --format csv -T", &[&list.join(","), "--logits", &path]));
        let rows: Vec<Vec<f64>> = csv.lines().skip(1).map(|row| numbers(row, 1)).collect();
        assert_eq!(rows.len(), all.len(), "{path}: {csv}");
        for (row, expected) in rows.iter().zip(&all) {
            let names = ["T", "logsumexp", "F", "U_mean_energy", "S", "C_heat_capacity", "perplexity"];
            for (column, name) in [0, 2, 3, 4, 5, 6, 7].into_iter().zip(names) {
                let (found, wanted) = (row[column], expected.number(name));
                let tolerance = 1e-10 * wanted.abs() + 1e-13;
                assert!((found - wanted).abs() <= tolerance, "{path} {name}: {found} {wanted}");
            }
        }
        let bits = |rows: &[Vec<f64>]| rows.iter().flatten().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(first.get_or_insert_with(|| rows.clone())), bits(&rows), "{path}");
    }
}

#[test]
fn recorded_responses_give_bounds() {
    let path = |name: &str| format!("{}/tests/data/recorded/{name}", env!("CARGO_MANIFEST_DIR"));
    for name in ["openai_chat.json", "openai_chat.sse", "llama_cpp.json", "vllm_completions.json", "ollama.jsonl"] {
        let csv = stdout(&words("curve --format csv --logits", &[&path(name)]));
        assert!(csv.starts_with("context,temperature,unlisted_mass,ln_z_low,ln_z_high"), "{name}: {csv}");
        assert!(csv.lines().count() >= 28);
    }
    // Levels 0.5, 1.25 and 3 are listed; the rest has the mass 0.0572.
    let csv = stdout(&words("curve --format csv -T 1 --logits", &[&path("vllm_completions.json")]));
    let row = numbers(csv.lines().nth(1).unwrap(), 1);
    let mass = 1.0 - [0.5f64, 1.25, 3.0].iter().map(|e| (-e).exp()).sum::<f64>();
    assert!((row[1] - mass).abs() < 1e-6, "{csv}");
    refused(&words("curve --top-k 2 --logits", &[&path("openai_chat.json")]), "only part of the vocabulary");
    refused(&words("draw --logits", &[&path("openai_chat.json")]), "only part of the vocabulary");
    refused(&words("curve --input-format tgi --logits", &[&path("openai_chat.json")]), "tgi");
    refused(&words("curve --vocabulary 0 --logits", &[&path("openai_chat.json")]), "vocabulary of 0");
}

/// The effective vocabulary of one context under `options` at T.
fn kept(path: &str, options: &str) -> f64 {
    let csv = stdout(&words(&format!("curve --format csv {options} --logits"), &[path]));
    numbers(csv.lines().nth(1).unwrap(), 1)[7]
}

#[test]
fn truncations_keep_the_order_typed() {
    let folder = tempfile::tempdir().unwrap();
    // No two are equal: ties are kept together.
    let probabilities: [f64; 10] = [0.3, 0.2, 0.1, 0.08, 0.07, 0.06, 0.055, 0.05, 0.045, 0.04];
    let list: Vec<String> = probabilities.iter().map(|p| p.ln().to_string()).collect();
    let path = file(&folder, "a.csv", list.join(","));
    // The five most likely have 0.75, of which 0.6 is more than 0.78; of all, six have 0.81, and five of them are kept.
    let (k_first, p_first) = (
        kept(&path, "-T inf --temper last --top-k 5 --top-p 0.78"),
        kept(&path, "-T inf --temper last --top-p 0.78 --top-k 5"),
    );
    assert!((k_first - 3.0).abs() < 1e-9 && (p_first - 5.0).abs() < 1e-9, "{k_first} {p_first}");
    // An engine has its own order.
    let engine = |order: &str| kept(&path, &format!("-T 1 {order} --as vllm"));
    assert_eq!(engine("--top-k 5 --top-p 0.78").to_bits(), engine("--top-p 0.78 --top-k 5").to_bits());
    // A hot distribution needs more tokens for the same mass, unless it is heated last.
    let (first, last) = (kept(&path, "-T 100 --top-p 0.55"), kept(&path, "-T 100 --top-p 0.55 --temper last"));
    assert!((first - 6.0).abs() < 0.1 && (last - 3.0).abs() < 0.01, "{first} {last}");
    assert!(kept(&path, "-T 1 --top-p 0.9 --as vllm") < kept(&path, "-T 1"));
}

#[test]
fn every_view_prints_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("figures");
    let out = out.to_str().unwrap();
    let json = |line: &str, more: &[&str]| -> Vec<serde_json::Value> {
        serde_json::from_str(&stdout(&words(line, &[more, &["--format", "json", "--quiet"]].concat()))).unwrap()
    };
    let matched = json("match -T 0.7,1", &[]);
    assert_eq!(matched.len(), 2);
    assert!((matched[0]["matched_temperature"].as_f64().unwrap() - 0.7).abs() < 1e-9);
    let path = file(&folder, "twice.csv", "2,0,-2,-6\n");
    let other = file(&folder, "once.csv", "1,0,-1,-3\n");
    let matched = json("match -T 1", &["--logits", &path, "--with-logits", &other]);
    assert!((matched[0]["matched_temperature"].as_f64().unwrap() - 0.5).abs() < 1e-9);
    assert!(json("random-energy", &[])[0]["t_c"].as_f64().unwrap() > 0.0);
    let states = json("states --plot --out", &[out, "--prompt", "And"]);
    assert_eq!(states[0]["n_tokens"].as_f64(), Some(2048.0));
    let mut names: Vec<_> = fs::read_dir(out).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["token_states.csv", "token_states.json", "token_states.png", "token_states.svg"]);
    let verse = "And it came to pass, that the king said unto the people, Go ye up against the city.\n";
    let corpus = json("corpus", &[&file(&folder, "verse.txt", verse.repeat(20))]);
    assert!(corpus[0]["corpus_temperature"].as_f64().unwrap() > 0.0);
    let csv = stdout(&words("text --texts 3 --length 6 -T 0.7,1 --format csv", &[]));
    assert_eq!(csv.lines().next().unwrap().split(',').next(), Some("text"));
    assert_eq!(csv, stdout(&words("text --texts 3 --length 6 -T 0.7,1 --format csv --threads 1", &[])));
}

#[test]
fn the_model_is_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "model.gguf", "before");
    refused(&words("export --model /nowhere", &[&path]), "/nowhere");
    assert_eq!(fs::read(&path).unwrap(), b"before");
    assert!(stdout(&words("export", &[&path])).is_empty());
    let written = fs::read(&path).unwrap();
    assert!(written.starts_with(b"GGUF") && written.len() > 100_000);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    refused(&words("export", &[folder.path().to_str().unwrap()]), "not a file");
    // A file cut short is no model, whether this build reads GGUF or not.
    for n in [0, 3, 100, 5000, written.len() - 1] {
        refused(&words("curve --model", &[&file(&folder, "cut.gguf", &written[..n])]), "cut.gguf");
    }
}

#[test]
fn a_bad_option_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "a.csv", "2,1,0\n");
    for (options, part) in [
        ("-T nan", "got NaN"),
        ("-T warm", "`warm`"),
        ("--top-p 1.5", "top-p must"),
        ("--top-p 0", "top-p must"),
        ("--top-p nan", "top-p must"),
        ("--top-k 2.5", "top-k must"),
        ("--top-k -1", "top-k must"),
        ("--min-p 2", "min-p must"),
        ("--typical nan", "typical must"),
        ("--epsilon 1", "epsilon must"),
        ("--eta -1", "eta must"),
        ("--top-n-sigma -1", "top-n-sigma must"),
        ("--top-n-sigma nan", "top-n-sigma must"),
        ("--eta 0.1 --as vllm", "vllm has no eta"),
        ("--as foo", "llama.cpp, transformers, vllm or candle"),
        ("--as vllm --as candle", "multiple times"),
        ("--temper foo", "first or last"),
        ("--input-format foo", "foo"),
        ("--prompt x", "cannot be used with"),
        ("--seed -1", "-1"),
        ("--threads 0", "--threads"),
    ] {
        for command in ["curve", "draw"] {
            refused(&words(&format!("{command} {options} --logits"), &[&path]), part);
        }
    }
    for (line, part) in [
        ("draw -T 1,2", "single temperature"),
        ("draw --draws 0", "--draws"),
        ("draw --draws 2.5", "--draws"),
        ("draw --format csv", "--format csv"),
        ("draw --prompt=", "--prompt"),
        ("draw --prompts /nowhere", "/nowhere"),
        ("draw --prompt a --prompts b", "cannot be used with"),
        ("draw --input-format vllm", "--input-format"),
        ("curve --vocabulary 7", "--vocabulary"),
        ("states --tensor x", "--tensor"),
        ("curve --model /nowhere", "/nowhere"),
        ("text --length 0", "--length"),
        ("text --length 999999999999", "length"),
        ("text --texts 0", "--texts"),
        ("sequences --prompt= -T 1", "--prompt"),
        ("sequences --model-temperatures nan", "--model-temperatures"),
        ("states --plot --out /proc/nowhere", "--out"),
        ("text --plot --out /proc/nowhere", "--out"),
        ("sequences --plot --out /proc/nowhere", "--out"),
        ("corpus /nowhere", "/nowhere"),
        ("curve --logits /nowhere.npy", "/nowhere.npy"),
        ("nonsense", "nonsense"),
    ] {
        refused(&words(line, &[]), part);
    }
    refused(&words("match --logits", &[&path]), "--with-logits");
}

/// The message of a refusal, which does not say the same thing twice.
fn message(arguments: &[&str], part: &str) {
    refused(arguments, part);
    let message = String::from_utf8(gibbs(arguments).stderr).unwrap();
    let parts: Vec<&str> = message.trim().split(": ").collect();
    assert!(parts.windows(2).all(|pair| pair[0] != pair[1]), "{message}");
}

#[test]
fn a_hostile_file_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let good = [2.0, 1.0, 0.0];
    let array = npy(&good, "(3,)");
    let huge = npy(&good, "(18446744073709551615, 99999999)");
    let tensor = tensors(&good);
    let mut header = (1u64 << 60).to_le_bytes().to_vec();
    header.extend(b"{}");
    let archive = npz(&array);
    let deep = vec![b'['; 100_000];
    let nan = npy(&[1.0, f64::NAN], "(2,)");
    for (name, bytes) in [
        ("cut.npy", array[..array.len() - 4].to_vec()),
        ("head.npy", array[..40].to_vec()),
        ("magic.npy", b"PK\x03\x04 no array at all".to_vec()),
        ("huge.npy", huge.clone()),
        ("nan.npy", nan.clone()),
        ("zeros.npy", npy(&[], "(0,)")),
        ("cut.npz", archive[..archive.len() / 2].to_vec()),
        ("magic.npz", b"\x93NUMPY".to_vec()),
        ("huge.npz", npz(&huge)),
        ("nan.npz", npz(&nan)),
        ("cut.safetensors", tensor[..tensor.len() - 4].to_vec()),
        ("header.safetensors", header),
        ("nan.safetensors", tensors(&[f64::NAN, 0.0])),
        ("nan.csv", b"1,nan\n".to_vec()),
        ("ragged.csv", b"1,2\n1,2,3\n".to_vec()),
        ("words.csv", b"one,two\n1,2\n".to_vec()),
        ("nan.json", b"[1, NaN]".to_vec()),
        ("forbidden.json", b"[null, null]".to_vec()),
        ("open.json", b"[1, 2".to_vec()),
        ("deep.json", deep.clone()),
        ("deep.jsonl", deep.clone()),
        ("deep.csv", deep.clone()),
        ("deep", deep),
        ("bytes.json", b"[1, \xff]".to_vec()),
        ("bytes.jsonl", b"[1, 2]\n\xff\n".to_vec()),
        ("bytes.csv", b"1,2\n\xff,1\n".to_vec()),
        ("empty.json", Vec::new()),
        ("empty.jsonl", Vec::new()),
        ("empty.npy", Vec::new()),
        ("empty.npz", Vec::new()),
        ("empty.safetensors", Vec::new()),
        ("empty.csv", Vec::new()),
    ] {
        message(&words("curve --logits", &[&file(&folder, name, bytes)]), name);
    }
    message(&words("curve --logits", &[folder.path().to_str().unwrap()]), "directory");
    message(&words("corpus", &[&file(&folder, "bytes.txt", b"\xff")]), "bytes.txt");
    message(&words("draw --prompts", &[&file(&folder, "blank.txt", b"\n\n")]), "no prompt");
    message(&words("curve --tensor x --logits", &[&file(&folder, "a.npz", archive)]), "`x`");
}

#[test]
fn a_line_that_does_not_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut line = b"[".to_vec();
    line.resize(70 << 20, b' ');
    let path = file(&folder, "long.jsonl", &line);
    refused(&words("curve --logits", &[&path]), "long.jsonl");
    refused(&["thermometer", "--model", "embedded", &path], "64 MiB");
    refused(&words("corpus", &[&path]), "64 MiB");
}

#[test]
fn a_folder_that_reaches_outside_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    file(&folder, "config.json", r#"{"model_type": "llama", "architectures": ["LlamaForCausalLM"]}"#);
    file(&folder, "tokenizer.json", "{}");
    file(&folder, "model.safetensors.index.json", r#"{"weight_map": {"a": "../../etc/passwd"}}"#);
    refused(&words("curve --model", &[folder.path().to_str().unwrap()]), "");
    file(&folder, "config.json", vec![b'['; 100_000]);
    refused(&words("curve --model", &[folder.path().to_str().unwrap()]), "");
}
