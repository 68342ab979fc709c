//! The page: its numbers are those of the library, it asks nobody for anything, and it is about the file or model that is given.
#![cfg(all(feature = "cli", feature = "llm"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/program.rs"]
mod program;

use std::path::Path;

use program::{gibbs, refused, stdout};
use serde_json::Value;

const SMALL: &str = "particles = 5000\ntokens = 20000\nsweeps = 2000\nising_side = 4\nrem_n = 8\n";

/// Makes the page with `options`, and its text.
fn page(folder: &Path, options: &[&str]) -> String {
    let settings = folder.join("settings.toml");
    std::fs::write(&settings, SMALL).unwrap();
    let out = folder.join("out");
    let [settings, out] = [&settings, &out].map(|path| path.to_str().unwrap());
    let words = [&["page", settings, "--out", out, "--quiet"], options].concat();
    let output = gibbs(&words);
    // 4 x 4 spins and 5000 particles may be too few for the controls: undecided is 3.
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read_to_string(Path::new(out).join("report.html")).unwrap()
}

fn data(page: &str) -> Value {
    let (_, rest) = page.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

fn number(text: &Value) -> f64 {
    text.as_str().unwrap().parse().unwrap()
}

#[test]
fn all_that_is_looked_up_is_exact() {
    let folder = tempfile::tempdir().unwrap();
    let page = page(folder.path(), &["--prompt", "In the", "--prompt", "And the"]);
    let data = data(&page);
    let temperatures = data["fragments"].as_array().unwrap();
    assert!(temperatures.len() > 80);
    let all: Vec<&str> = temperatures.iter().map(|t| t.as_str().unwrap()).collect();
    let csv = stdout(&["exact", "two_level", "-T", &all.join(","), "--format", "csv"]);
    let exact: Vec<Vec<&str>> = csv.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert!(
        csv.starts_with("temperature,beta,ln_z,free_energy,energy,entropy,heat_capacity") && exact.len() == all.len()
    );
    for (t, temperature) in all.iter().enumerate() {
        let shown = &data["subjects"][0][t];
        for (column, of) in [(0, 4), (2, 5), (4, 6)] {
            let (rounded, value): (f64, f64) = (number(&shown[column]), exact[t][of].parse().unwrap());
            assert!((rounded - value).abs() <= 5.1e-6 * value.abs(), "T = {temperature}: {rounded} for {value}");
        }
        for context in data["contexts"].as_array().unwrap() {
            let percents: Vec<f64> = context["percents"][t].as_array().unwrap().iter().map(number).collect();
            assert!(percents.windows(2).all(|pair| pair[0] >= pair[1]) && percents.iter().sum::<f64>() < 100.1);
        }
        for filling in data["fillings"].as_array().unwrap() {
            let particles = filling[t].as_array().unwrap().iter().map(|n| n.as_u64().unwrap());
            assert_eq!(particles.sum::<u64>(), 100);
        }
        assert_eq!(data["lattices"][t]["spins"].as_str().unwrap().len(), 64 * 64 / 4);
    }
    let [cold, hot] = [0, temperatures.len() - 1].map(|t| &data["contexts"][0]["percents"][t]);
    assert!(number(&cold[0]) == 100.0 && (number(&hot[0]) - 100.0 / 2048.0).abs() < 1e-4, "{cold} {hot}");
    let texts = data["contexts"][1]["texts"].as_array().unwrap();
    assert!(texts.len() > 5 && texts.iter().all(|text| !text.as_str().unwrap().is_empty()));
    // Cursors move to the right as it gets hotter.
    for places in data["charts"].as_array().unwrap().iter().flat_map(|chart| chart.as_array().unwrap()) {
        let places: Vec<f64> = places.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        assert!(places.windows(2).all(|pair| pair[0] <= pair[1]) && places[places.len() - 1] > places[0] + 4000.0);
    }
}

#[test]
fn it_asks_nobody_and_computes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let page = page(folder.path(), &["--prompt", "</script><script>alert(1)</script>"]);
    assert!(page.len() < 3_000_000, "{}", page.len());
    let addresses = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!addresses.contains("http://") && !addresses.contains("https://") && !page.contains("src="));
    assert!(page.matches("href=").count() == 1 && page.contains("href=\"#article\""));
    assert!(!page.contains("<script>alert") && page.matches("</script>").count() == 2, "a prompt became a script");
    let script = page.rsplit_once("<script>").unwrap().1;
    for forbidden in ["exp(", "log(", "pow(", "**", "fetch", "XMLHttpRequest", "import"] {
        assert!(!script.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn the_page_of_a_file_is_about_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.jsonl");
    let multipliers = [3, 7, 9, 11, 13, 17, 19, 21];
    let row = |k: usize| {
        format!("[{}]\n", (0..50).map(|i| (0.2 * ((i * k) % 50) as f64).to_string()).collect::<Vec<_>>().join(","))
    };
    std::fs::write(&file, multipliers.map(row).concat()).unwrap();
    let page = page(folder.path(), &["--logits", file.to_str().unwrap()]);
    let data = data(&page);
    let contexts = data["contexts"].as_array().unwrap();
    assert_eq!(contexts.len(), 6);
    assert!(contexts[0]["tokens"][0].as_str().unwrap().starts_with("token "), "{}", contexts[0]["tokens"]);
    assert!(page.contains("mine.jsonl") && page.contains("the first 6 rows are compared, and the others are left out"));
    assert!(!page.contains("id=\"text\"") && !page.contains("What the model writes"));
    refused(&["page", "--logits", "no_such_file.npy"], "no_such_file.npy");
    refused(&["page", "--tensor", "a"], "--tensor");
    for (row, remedy) in
        [("[1, 1, 1]\n", "leave the row out"), ("[2]\n", "leave the row out"), ("[1e300, 1]\n", "divide them")]
    {
        std::fs::write(&file, row).unwrap();
        refused(&["page", "--logits", file.to_str().unwrap()], remedy);
    }
    // Equal logits in another order: the same levels.
    assert_eq!(contexts[0]["percents"], contexts[1]["percents"]);
}
