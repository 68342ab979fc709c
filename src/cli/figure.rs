//! A figure of one command, with its table and manifest, in the output folder.

use anyhow::Result;
use serde_json::Value;

use super::advise;
use super::arguments::Common;
use gibbs::report::figures::Drawn;
use gibbs::report::{Manifest, write_atomically};

/// Writes `stem` as CSV, SVG, PNG and JSON, and says so.
pub fn write_figure(common: &Common, stem: &str, csv: String, drawn: Drawn, config: Value) -> Result<()> {
    let mut files = vec![
        (format!("{stem}.csv"), csv.into_bytes()),
        (format!("{stem}.svg"), drawn.svg.into_bytes()),
        (format!("{stem}.png"), drawn.png),
    ];
    let manifest = Manifest {
        command: std::env::args_os()
            .skip(1)
            .fold("gibbs".to_owned(), |line, word| line + " " + &word.to_string_lossy()),
        config,
        seed: common.seed,
        model: None,
        version: env!("CARGO_PKG_VERSION"),
        files: files.iter().map(|(name, _)| name.clone()).collect(),
    };
    files.push((format!("{stem}.json"), manifest.to_json().into_bytes()));
    for (name, contents) in &files {
        write_atomically(&common.out.join(name), contents)?;
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    advise(common, &format!("wrote {} to {}", names.join(", "), common.out.display()));
    Ok(())
}
