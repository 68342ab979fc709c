//! The layers of the code: imports run one way, and what must stand in one place does.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// Each module with the modules of ours it may import.
const LAYERS: [(&str, &[&str]); 13] = [
    ("units", &[]),
    ("numerics", &[]),
    ("rng", &[]),
    ("simd", &[]),
    ("ensemble", &["units", "numerics", "simd"]),
    ("systems", &["ensemble", "units", "numerics"]),
    ("language", &["ensemble", "units", "numerics"]),
    ("samplers", &["systems", "ensemble", "rng", "simd", "units"]),
    ("estimators", &["numerics"]),
    ("testing", &["units", "numerics", "rng", "ensemble", "systems", "samplers", "estimators"]),
    ("experiments", &["units", "numerics", "rng", "ensemble", "systems", "language", "samplers", "estimators"]),
    ("report", &["experiments", "estimators", "units", "ensemble"]),
    ("cli", &["experiments", "report", "units", "rng", "systems", "language", "ensemble"]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}

/// Every source file with its top module and the part of its text before the unit tests.
fn modules() -> Vec<(PathBuf, String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    sources(&src)
        .into_iter()
        .map(|path| {
            let relative = path.strip_prefix(&src).unwrap();
            let top = relative.components().next().unwrap().as_os_str().to_string_lossy();
            let module = top.trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\n#[allow").next().unwrap();
            (path.clone(), module, code.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned())
        })
        .collect()
}

/// The modules of ours that a text names by `crate::` or, in the binary, by `gibbs::`, outside comments.
fn imports(code: &str, root: &str) -> Vec<String> {
    code.lines()
        .map(str::trim_start)
        .filter(|line| !line.starts_with("//"))
        .flat_map(|line| line.split(root).skip(1).map(str::to_owned).collect::<Vec<_>>())
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
        .collect()
}

#[test]
fn imports_run_one_way() {
    let mut seen = 0;
    for (path, module, code) in modules() {
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == module) else { continue };
        let root = if module == "cli" { "gibbs::" } else { "crate::" };
        for import in imports(&code, root) {
            if !LAYERS.iter().any(|(name, _)| *name == import) || import == module {
                continue;
            }
            seen += 1;
            assert!(allowed.contains(&import.as_str()), "{} imports `{import}`, which is above it", path.display());
        }
    }
    assert!(seen > 50, "only {seen} imports were found: the test no longer reads the sources");
}

#[test]
fn every_module_has_a_layer() {
    for (path, module, _) in modules() {
        let known = LAYERS.iter().any(|(name, _)| *name == module) || ["lib", "main"].contains(&module.as_str());
        assert!(known, "{} belongs to no layer", path.display());
    }
}

/// Where a file may do what no other file may.
#[test]
fn one_place_for_each_special_thing() {
    for (path, module, code) in modules() {
        let name = path.to_string_lossy().into_owned();
        let only = |what: &str, allowed: bool| {
            let found = code.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(what));
            assert!(!found || allowed, "{name} contains `{what}`");
        };
        only("unsafe ", module == "simd");
        only("candle_", module == "language");
        only("plotters::", name.contains("/plot/"));
        only("println!", false);
        only("softmax(", name.ends_with("language/models/llama.rs"));
        only("(-beta", false);
        only("StdRng", false);
        only("from_os_rng", false);
    }
}

#[test]
fn files_stay_readable() {
    for (path, _, _) in modules() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.lines().count() <= 500, "{} is over 500 lines", path.display());
        assert!(text.starts_with("//!"), "{} does not say its job in its first line", path.display());
    }
}
