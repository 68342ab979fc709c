//! The program from outside: results on stdout, one line per refusal, exit codes, files, equal bytes for equal seeds.
#![cfg(feature = "cli")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/program.rs"]
mod program;

#[cfg(feature = "llm")]
use program::gibbs;
use program::{refused, stdout};

fn numbers(csv: &str) -> Vec<Vec<f64>> {
    csv.lines().skip(1).map(|line| line.split(',').map(|x| x.parse().unwrap_or(f64::NAN)).collect()).collect()
}

#[test]
fn exact_prints_the_columns_scripts_depend_on() {
    let csv = stdout(&["exact", "two_level", "-T", "0,1,inf", "--format", "csv"]);
    assert_eq!(csv.lines().next().unwrap(), "temperature,beta,ln_z,free_energy,energy,entropy,heat_capacity");
    let rows = numbers(&csv);
    let p = 1.0 / (1.0 + 1f64.exp());
    assert_eq!(rows[0][4..], [0.0, 0.0, 0.0]);
    assert!((rows[1][4] - p).abs() < 1e-15);
    assert!((rows[2][5] - 2f64.ln()).abs() < 1e-15);
}

#[test]
fn exact_answers_per_site_where_there_is_no_total() {
    let csv = stdout(&["exact", "ising", "l=inf", "-T", "2.0", "--format", "csv"]);
    assert!(csv.starts_with("temperature,beta,ln_z_per_site,free_energy_per_site,energy_per_site"));
    // Onsager: U/N = -1.7455645... at T = 2.
    assert!((numbers(&csv)[0][4] + 1.745_564_575_342_5).abs() < 1e-9);
    let torus = stdout(&["exact", "ising", "l=4", "-T", "2", "--per-site", "--format", "csv"]);
    assert!((numbers(&torus)[0][4] + 1.755_380_29).abs() < 1e-8);
}

#[test]
fn json_and_csv_hold_the_same_numbers() {
    let csv = numbers(&stdout(&["exact", "rotor", "-T", "0.3:7:5", "--format", "csv"]));
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&["exact", "rotor", "-T", "0.3:7:5", "--format", "json"])).unwrap();
    for (row, object) in csv.iter().zip(json.as_array().unwrap()) {
        assert_eq!(object["energy"].as_f64().unwrap(), row[4]);
        assert_eq!(object["temperature"].as_f64().unwrap(), row[0]);
    }
}

#[test]
fn negative_temperatures_invert_bounded_spectra_only() {
    let csv = stdout(&["exact", "two_level", "-T", "-1", "--format", "csv"]);
    assert!((numbers(&csv)[0][4] - 1.0 / (1.0 + (-1f64).exp())).abs() < 1e-15);
    refused(&["exact", "oscillator", "-T", "-1"], "no equilibrium at T = -1");
    refused(&["exact", "classical_power", "-T", "0"], "T = 0");
}

#[test]
fn sample_prints_one_row_per_observable_with_its_error() {
    let csv = stdout(&["sample", "paramagnet", "spin=3/2", "-T", "0.5,2", "--format", "csv", "--quiet"]);
    assert_eq!(
        csv.lines().next().unwrap(),
        "temperature,observable,value,std_error,exact,z_score,n_eff,tau_int,sampler,status,reason"
    );
    for row in csv.lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        let number = |k: usize| fields[k].parse::<f64>().unwrap();
        let square = ["heat_capacity", "square_magnetization", "susceptibility"].contains(&fields[1]);
        let z = if square { (number(2) / number(4)).ln() * number(2) } else { number(2) - number(4) } / number(3);
        assert!((z - number(5)).abs() < 1e-9, "{row}");
        assert!(number(5).abs() <= 4.5, "{row}");
    }
    // Energy, heat capacity, entropy, and three rows of the magnetization, at two temperatures.
    assert_eq!(csv.lines().count(), 13);
}

#[test]
fn a_billion_billion_particles_cost_what_a_million_do() {
    let csv =
        stdout(&["sample", "rotor", "-T", "5", "--particles", "1000000000000000000", "--format", "csv", "--quiet"]);
    let row: Vec<f64> = numbers(&csv)[0].clone();
    assert!(row[3] < 1e-8 && row[5].abs() <= 4.5, "{row:?}");
}

#[test]
fn sampling_runs_until_the_error_asked_for() {
    for system in [["two_level", "gap=1"], ["ising", "l=4"]] {
        let csv =
            stdout(&["sample", system[0], system[1], "-T", "2", "--error", "0.002", "--format", "csv", "--quiet"]);
        assert!(numbers(&csv)[0][3] <= 0.002, "{csv}");
    }
}

#[test]
fn refusals_name_the_offender_and_the_remedy() {
    refused(&["exact", "izing", "-T", "1"], "did you mean `ising`?");
    refused(&["systems", "paramagnt"], "did you mean `paramagnet`?");
    refused(&["exact", "two_level", "gp=1", "-T", "1"], "did you mean `gap`?");
    refused(&["exact", "two_level", "gap", "-T", "1"], "must be key=value");
    refused(&["exact", "two_level", "gap=12.5GeV", "-T", "1"], "12.5GeV");
    refused(&["exact", "two_level", "-T", "nan"], "got NaN");
    refused(&["exact", "two_level", "-T", "1:2"], "start:stop:count");
    refused(&["exact", "two_level"], "--temperatures");
    refused(&["sample", "ising", "--sampler", "direct", "-T", "2"], "--sampler must be");
    refused(&["sample", "two_level", "--sampler", "wolff", "-T", "2"], "--sampler must be");
    refused(&["sample", "ising", "j=-1", "l=5", "--sampler", "wolff", "-T", "2"], "frustrated on square 5x5");
    refused(&["sample", "two_level", "--particles", "10", "-T", "1"], "--particles must be");
    refused(&["verify", "nonsense"], "unknown system");
    refused(&["exact", "logits", "file=/nowhere.csv", "-T", "1"], "/nowhere.csv");
    refused(&["frobnicate"], "frobnicate");
    refused(&["exact", "two_level", "-T", "1", "--threads", "0"], "0");
}

#[test]
fn bad_logits_are_refused_by_index() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        format!("file={}", path.display())
    };
    refused(&["exact", "logits", &write("empty.csv", ""), "-T", "1"], "empty.csv");
    refused(&["exact", "logits", &write("nan.csv", "1.0\nnan\n"), "-T", "1"], "logit 1");
    refused(&["exact", "logits", &write("words.csv", "1.0\nred\n"), "-T", "1"], "red");
    refused(&["exact", "logits", &write("masked.csv", "-inf\n-inf\n"), "-T", "1"], "forbidden");
}

#[test]
fn verify_passes_for_one_system_and_says_so() {
    let text = stdout(&["verify", "two_level", "paramagnet", "--quiet"]);
    assert!(text.contains("\npassed: "), "{text}");
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let arguments = ["sample", "ising", "l=8", "-T", "1.5:4:6", "--sweeps", "2000", "--format", "csv", "--quiet"];
    let with = |threads: &str| stdout(&[&arguments[..], &["--threads", threads]].concat());
    assert_eq!(with("1"), with("4"));
    let other = stdout(&[&arguments[..], &["--seed", "2"]].concat());
    assert_ne!(with("1"), other);
}

#[cfg(feature = "llm")]
mod with_a_language_model {
    use std::path::Path;

    use super::*;

    /// A folder's files with their bytes, but for the manifest's own command line.
    fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
            .collect();
        files.sort();
        files
    }

    #[test]
    fn the_comparison_writes_the_same_files_for_any_number_of_threads() {
        let folders: Vec<_> = ["1", "4"]
            .map(|threads| {
                let folder = tempfile::tempdir().unwrap();
                let out = folder.path().to_string_lossy().into_owned();
                let output = gibbs(&["compare", "--quick", "--quiet", "--threads", threads, "--out", &out]);
                assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
                folder
            })
            .into_iter()
            .collect();
        let files = contents(folders[0].path());
        assert_eq!(files, contents(folders[1].path()));
        for stem in ["mean_energy", "entropy", "heat_capacity", "limits", "boltzmann_test", "collapse", "glow"] {
            for extension in ["csv", "svg", "png"] {
                let name = format!("{stem}.{extension}");
                let found = files.iter().find(|(file, _)| *file == name);
                assert!(found.is_some_and(|(_, bytes)| bytes.len() > 1000), "{name}");
            }
        }
        assert!(files.iter().any(|(name, _)| name == "summary.md"));
    }

    #[test]
    fn an_unwritable_folder_is_refused_before_any_work() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let out = file.path().join("below").to_string_lossy().into_owned();
        refused(&["compare", "--out", &out], "--out");
    }

    #[test]
    fn settings_are_checked() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("c.toml");
        let path = config.to_string_lossy().into_owned();
        std::fs::write(&config, "particels = 3\n").unwrap();
        refused(&["compare", &path], "particels");
        std::fs::write(&config, "ising_side = 5\n").unwrap();
        refused(&["compare", &path], "ising_side must be even");
        refused(&["compare", "/nowhere.toml"], "/nowhere.toml");
    }

    #[test]
    fn models_that_cannot_be_read_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_string_lossy().into_owned();
        refused(&["tokens", "curve", "--model", &path], "config.json");
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/language_model");
        for name in ["config.json", "tokenizer.json"] {
            std::fs::copy(assets.join(name), folder.path().join(name)).unwrap();
        }
        refused(&["tokens", "curve", "--model", &path], "model.safetensors");
        let weights = std::fs::read(assets.join("model.safetensors")).unwrap();
        std::fs::write(folder.path().join("model.safetensors"), &weights[..weights.len() / 2]).unwrap();
        refused(&["tokens", "curve", "--model", &path], "truncated");
        refused(&["tokens", "curve", "--model", "model.gguf"], "GGUF");
    }

    #[test]
    fn curves_of_tokens_obey_the_limits() {
        let csv = stdout(&["tokens", "curve", "-T", "0,1,inf", "--prompt", "And the king", "--format", "csv"]);
        let rows = numbers(&csv);
        assert!(csv.starts_with("context,temperature,beta,ln_z,free_energy,energy,entropy,heat_capacity"));
        assert_eq!(rows[0][6], 0.0);
        assert!((rows[1][5] - rows[1][6]).abs() < 1e-12, "in this gauge U(1) = S(1)");
        assert!((rows[2][6] - 2048f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn means_over_prompts_carry_the_error_of_independent_prompts() {
        let prompts = ["--prompt", "And the king", "--prompt", "The LORD is my"];
        let csv = stdout(&[&["tokens", "curve", "-T", "0,1,inf", "--format", "csv"], &prompts[..]].concat());
        let means: Vec<Vec<f64>> = numbers(&csv).split_off(6);
        assert_eq!((means[0][6], means[0][10], means[2][10]), (0.0, 0.0, 0.0), "{csv}");
        assert!(means[1][10] > 0.0 && !csv.contains("NaN"));
    }

    #[test]
    fn greedy_text_repeats_and_seeds_differ() {
        let text = |t: &str, seed: &str| {
            stdout(&["tokens", "text", "-T", t, "--length", "12", "--seed", seed, "--quiet", "--format", "csv"])
        };
        assert_eq!(text("0", "1"), text("0", "2"));
        assert_ne!(text("1", "1"), text("1", "2"));
        refused(&["tokens", "text", "--length", "100000"], "length must be");
    }
}
