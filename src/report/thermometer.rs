//! What the thermometer found, for reading and for programs.

use crate::experiments::thermometer::Report;

/// The report as JSON.
pub fn to_json(report: &Report) -> String {
    serde_json::to_string_pretty(report).map_or_else(|error| error.to_string(), |json| json + "\n")
}

/// The report for reading.
pub fn to_text(report: &Report) -> String {
    format!("{}\n", report.sentence)
}
