//! A figure of one command, with its table and manifest, in the output folder.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::arguments::Common;
use super::{advise, check_writable};
use gibbs::report::figures::Drawn;
use gibbs::report::{Manifest, check_target, command_line, write_set};

/// Endings of the files of a figure.
const ENDINGS: [&str; 4] = ["csv", "svg", "png", "json"];

/// Refuses an output folder that cannot hold the figure `stem` before anything is computed.
pub fn check_figure(common: &Common, stem: &str) -> Result<()> {
    check_writable("--out", &common.out)?;
    for ending in ENDINGS {
        check_target(&common.out.join(format!("{stem}.{ending}"))).context("--out")?;
    }
    Ok(())
}

/// Writes `stem` as CSV, SVG, PNG and JSON, and says so.
pub fn write_figure(common: &Common, stem: &str, csv: String, drawn: Drawn, config: Value) -> Result<()> {
    let mut files = vec![
        (format!("{stem}.csv"), csv.into_bytes()),
        (format!("{stem}.svg"), drawn.svg.into_bytes()),
        (format!("{stem}.png"), drawn.png),
    ];
    let given = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let arguments: Vec<String> = std::iter::once("gibbs".to_owned()).chain(given).collect();
    let manifest = Manifest {
        command: command_line(&arguments),
        arguments,
        config,
        seed: common.seed,
        model: None,
        version: env!("CARGO_PKG_VERSION"),
        files: files.iter().map(|(name, _)| name.clone()).collect(),
    };
    files.push((format!("{stem}.json"), manifest.to_json().into_bytes()));
    write_set(&common.out, &files)?;
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    advise(common, &format!("wrote {} to {}", names.join(", "), common.out.display()));
    Ok(())
}
