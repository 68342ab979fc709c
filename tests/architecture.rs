//! The layers of the code: imports run one way, files import one another in no circle, and what must stand in one place does.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each module with the modules of ours it may import.
const LAYERS: [(&str, &[&str]); 17] = [
    ("files", &[]),
    ("units", &[]),
    ("numerics", &[]),
    ("rng", &[]),
    ("simd", &[]),
    ("ensemble", &["units", "numerics", "simd"]),
    ("model", &["ensemble", "units", "numerics"]),
    ("estimators", &["numerics"]),
    ("samplers", &["model", "ensemble", "rng", "simd", "units"]),
    ("simulation", &["samplers", "estimators", "model", "ensemble", "rng", "units"]),
    ("arrays", &["numerics"]),
    (
        "systems",
        &[
            "arrays",
            "files",
            "simulation",
            "samplers",
            "estimators",
            "model",
            "ensemble",
            "rng",
            "simd",
            "numerics",
            "units",
        ],
    ),
    (
        "tokens",
        &["arrays", "simulation", "samplers", "estimators", "model", "ensemble", "rng", "simd", "numerics", "units"],
    ),
    ("testing", &["samplers", "estimators", "model", "ensemble", "rng", "numerics", "units"]),
    (
        "experiments",
        &["tokens", "systems", "simulation", "samplers", "estimators", "model", "ensemble", "rng", "numerics", "units"],
    ),
    (
        "report",
        &["files", "experiments", "tokens", "simulation", "estimators", "model", "ensemble", "numerics", "units"],
    ),
    (
        "cli",
        &[
            "files",
            "report",
            "experiments",
            "tokens",
            "systems",
            "simulation",
            "samplers",
            "estimators",
            "model",
            "ensemble",
            "rng",
            "numerics",
            "units",
        ],
    ),
];

/// A source file without comments, texts and unit tests.
struct Source {
    path: PathBuf,
    /// The names from the root of its crate to it.
    module: Vec<String>,
    code: String,
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            all.push(path);
        }
    }
    all
}

fn sources() -> Vec<Source> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let source = |path: PathBuf| {
        let relative = path.strip_prefix(&src).unwrap().with_extension("");
        let mut module: Vec<String> = relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
            module.pop();
        }
        let code = without_tests(&without_comments(&fs::read_to_string(&path).unwrap()));
        Source { path, module, code }
    };
    files(&src).into_iter().map(source).collect()
}

/// The code with comments left out and with empty texts.
fn without_comments(text: &str) -> String {
    let (mut code, mut rest) = (String::new(), text);
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("r\"") || rest.starts_with("r#\"") {
            let end = if rest.starts_with("r#") { "\"#" } else { "\"" };
            let open = rest.find('"').unwrap() + 1;
            rest = rest[open..].find(end).map_or("", |close| &rest[open + close + end.len()..]);
            code.push_str("\"\"");
        } else if c == '"' {
            let mut escaped = false;
            let close = rest.char_indices().skip(1).find(|&(_, c)| {
                let closes = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                closes
            });
            rest = close.map_or("", |(at, _)| &rest[at + 1..]);
            code.push_str("\"\"");
        } else if rest.starts_with("'\"'") {
            (code, rest) = (code + "' '", &rest[3..]);
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    code
}

/// The code up to its unit tests, which stand at the end.
fn without_tests(code: &str) -> String {
    let end = code.match_indices("#[cfg(test)]").find(|(at, _)| {
        let item = code[*at..].lines().find(|line| !line.trim_start().starts_with('#')).unwrap_or_default();
        item.trim_start().starts_with("mod ")
    });
    end.map_or(code, |(at, _)| &code[..at]).to_owned()
}

/// A path that a file names, from the root of the crate, and whether it only passes it on (`pub use`).
#[derive(Clone, Debug, PartialEq)]
struct Import {
    path: Vec<String>,
    passed_on: bool,
}

/// All paths of our own that `source` names: in `use` with all their branches, and in the midst of code. `root` is the name of the crate.
fn imports(source: &Source, root: &str) -> Vec<Import> {
    let mut found = Vec::new();
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut code = source.code.as_str();
    let mut other = String::new();
    // `use` statements first; what remains is searched for paths.
    while let Some(at) = code.find("use ") {
        let starts = at == 0 || code[..at].ends_with(['\n', ' ']);
        let end = code[at..].find(';').map_or(code.len(), |end| at + end);
        if !starts {
            other.push_str(&code[..at + 4]);
            code = &code[at + 4..];
            continue;
        }
        other.push_str(&code[..at]);
        let line = code[..at].rsplit('\n').next().unwrap_or_default();
        for path in branches(&code[at + 4..end]) {
            if let Some(path) = absolute(&path, &source.module, root) {
                found.push(Import { path, passed_on: line.trim_start().starts_with("pub") });
            }
        }
        code = &code[end..];
    }
    other.push_str(code);
    for start in [root, "super"] {
        for (at, _) in other.match_indices(&format!("{start}::")) {
            if other[..at].ends_with(|c: char| is_name(c) || c == ':' || c == '(') && !other[..at].ends_with('(') {
                continue;
            }
            let text: String = other[at..].chars().take_while(|&c| is_name(c) || c == ':').collect();
            let path: Vec<String> = text.split("::").filter(|s| !s.is_empty()).map(str::to_owned).collect();
            found.extend(absolute(&path, &source.module, root).map(|path| Import { path, passed_on: false }));
        }
    }
    found
}

/// The paths of a tree of imports: `a::{b, c::d}` has two.
fn branches(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let tree = tree.split(" as ").next().filter(|_| !tree.contains('{')).unwrap_or(tree);
    let Some(open) = tree.find('{') else {
        return vec![tree.split("::").map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect()];
    };
    let stem: Vec<String> = tree[..open].split("::").map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect();
    let inner = &tree[open + 1..tree.rfind('}').unwrap()];
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    let full =
        |part: &str| branches(part).into_iter().map(|branch| [stem.clone(), branch].concat()).collect::<Vec<_>>();
    parts.into_iter().filter(|part| !part.trim().is_empty()).flat_map(full).collect()
}

/// The path from the root of the crate; none if it leads to another crate.
fn absolute(path: &[String], module: &[String], root: &str) -> Option<Vec<String>> {
    let path: Vec<String> = path.iter().filter(|name| *name != "self").cloned().collect();
    match path.first()?.as_str() {
        first if first == root => Some(path[1..].to_vec()),
        "super" => {
            let up = path.iter().take_while(|name| *name == "super").count();
            Some([&module[..module.len().saturating_sub(up)], &path[up..]].concat())
        }
        // A module imports from its own children by their names.
        _ => Some([module, &path].concat()),
    }
}

/// The file in which the thing at `path` stands, following what modules pass on.
fn place<'s>(path: &[String], all: &'s [Source], exports: &Exports) -> Option<&'s Source> {
    let mut path = path.to_vec();
    for _ in 0..8 {
        let depth = (1..=path.len()).rev().find(|&n| all.iter().any(|s| s.module == path[..n]))?;
        let found = all.iter().find(|s| s.module == path[..depth])?;
        let passed = path.get(depth).and_then(|name| exports.get(&(found.module.clone(), name.clone())));
        match passed {
            Some(target) if *target != path => path = [target.as_slice(), &path[depth + 1..]].concat(),
            _ => return Some(found),
        }
    }
    None
}

/// What a module passes on by a name, and where it has it from.
type Exports = BTreeMap<(Vec<String>, String), Vec<String>>;

fn exports(all: &[Source]) -> Exports {
    let mut exports = Exports::new();
    for source in all {
        for import in imports(source, "crate").into_iter().filter(|import| import.passed_on) {
            if let Some(name) = import.path.last() {
                exports.insert((source.module.clone(), name.clone()), import.path);
            }
        }
    }
    exports
}

fn is_program(source: &Source) -> bool {
    source.module.first().is_some_and(|top| top == "cli") || source.path.ends_with("main.rs")
}

#[test]
fn imports_run_one_way() {
    let mut seen = 0;
    for source in sources() {
        let Some(top) = source.module.first() else { continue };
        let (_, allowed) = LAYERS.iter().find(|(name, _)| name == top).unwrap_or_else(|| panic!("{top} has no layer"));
        for import in imports(&source, if is_program(&source) { "gibbs" } else { "crate" }) {
            let Some(of) = import.path.first().filter(|of| *of != top) else { continue };
            if !LAYERS.iter().any(|(name, _)| name == of) {
                continue;
            }
            seen += 1;
            assert!(allowed.contains(&of.as_str()), "{} imports `{}`", source.path.display(), import.path.join("::"));
        }
    }
    assert!(seen > 300, "only {seen} imports were found: the test no longer reads the sources");
}

#[test]
fn no_circle_of_files() {
    let all = sources();
    let exports = exports(&all);
    let mut edges: BTreeMap<&Path, BTreeSet<&Path>> = BTreeMap::new();
    for source in all.iter().filter(|source| !is_program(source)) {
        for import in imports(source, "crate").into_iter().filter(|import| !import.passed_on) {
            if let Some(target) = place(&import.path, &all, &exports).filter(|target| target.path != source.path) {
                edges.entry(&source.path).or_default().insert(&target.path);
            }
        }
    }
    assert!(edges.values().map(BTreeSet::len).sum::<usize>() > 500, "the test no longer reads the sources");
    let reach = |from| {
        let (mut seen, mut next): (BTreeSet<&Path>, Vec<&Path>) = (BTreeSet::new(), vec![from]);
        while let Some(file) = next.pop() {
            next.extend(edges.get(file).into_iter().flatten().copied().filter(|file| seen.insert(*file)));
        }
        seen
    };
    let circles: Vec<String> = edges
        .keys()
        .filter(|file| reach(file).contains(**file))
        .map(|file| file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(file).display().to_string())
        .collect();
    assert!(circles.is_empty(), "these files import one another in circles:\n{}", circles.join("\n"));
}

/// Where a file may do what no other file may.
#[test]
fn one_place_for_each_special_thing() {
    for Source { path, module, code } in sources() {
        let top = module.first().cloned().unwrap_or_default();
        let name = path.to_string_lossy().into_owned();
        let only = |what: &str, allowed: bool| assert!(!code.contains(what) || allowed, "{name} contains `{what}`");
        only("unsafe ", top == "simd");
        only("candle_", name.contains("/tokens/models/"));
        only("plotters::", name.contains("/plot/"));
        only("println!", false);
        only("softmax(", name.ends_with("tokens/models/llama.rs"));
        only("(-beta", top == "ensemble");
        only("StdRng", false);
        only("from_os_rng", false);
        only("StreamId::new(", name.ends_with("rng.rs"));
    }
}

#[test]
fn files_stay_readable() {
    for Source { path, .. } in sources() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.lines().count() <= 500, "{} is over 500 lines", path.display());
        assert!(text.starts_with("//!"), "{} does not say its job in its first line", path.display());
    }
}

#[test]
fn the_reader_of_imports_reads_trees_and_paths() {
    let source = Source {
        path: PathBuf::from("a/b.rs"),
        module: vec!["a".to_owned(), "b".to_owned()],
        code: without_tests(&without_comments(
            "use crate::{c::{D, e::F}, g as h};\nuse std::fmt;\npub use super::i::J;\n// crate::no\nfn k() { super::l::m(\"crate::no\"); \
             crate::n::O::p() }\n#[cfg(test)]\n#[allow(x)]\nmod tests { use crate::no; }\n",
        )),
    };
    let found: Vec<String> = imports(&source, "crate").iter().map(|import| import.path.join("::")).collect();
    assert_eq!(found, ["c::D", "c::e::F", "g", "a::b::std::fmt", "a::i::J", "n::O::p", "a::l::m"]);
}
