//! What the thermometer found, for reading.

use crate::experiments::thermometer::Report;

/// The report for reading.
pub fn thermometer_text(report: &Report) -> String {
    format!("{}\n", report.sentence)
}
