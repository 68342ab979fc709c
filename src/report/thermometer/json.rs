//! What the thermometer found, for programs: every number, and the verdict in words.

use serde::Serialize;

use super::Provenance;
use super::verdict::{alternative_words, thermometer_sentence};
use crate::tokens::thermometer::{Decision, Diagnosis, Measurement, TruncationOrder};
use crate::tokens::truncation::TruncationKind;

/// A measurement with its diagnoses and its sentence at the end.
#[derive(Serialize)]
struct WithVerdict<'a> {
    #[serde(flatten)]
    measurement: &'a Measurement,
    diagnoses: Vec<NamedDiagnosis<'a>>,
    sentence: String,
    decision: Decision,
    #[serde(flatten)]
    provenance: &'a Provenance,
}

/// A diagnosis whose alternatives are named and not taken apart.
#[derive(Serialize)]
#[serde(untagged)]
enum NamedDiagnosis<'a> {
    HiddenTruncation {
        kind: &'static str,
        truncation: TruncationKind,
        order: TruncationOrder,
        parameter: f64,
        parameter_low: f64,
        parameter_high: f64,
        parameter_after: Option<f64>,
        alike: Vec<String>,
    },
    Other(&'a Diagnosis),
}

impl<'a> From<&'a Diagnosis> for NamedDiagnosis<'a> {
    fn from(diagnosis: &'a Diagnosis) -> Self {
        match diagnosis {
            Diagnosis::HiddenTruncation {
                truncation,
                order,
                parameter,
                parameter_low,
                parameter_high,
                parameter_after,
                alike,
            } => Self::HiddenTruncation {
                kind: "hidden_truncation",
                truncation: *truncation,
                order: *order,
                parameter: *parameter,
                parameter_low: *parameter_low,
                parameter_high: *parameter_high,
                parameter_after: *parameter_after,
                alike: alike.iter().map(alternative_words).collect(),
            },
            other => Self::Other(other),
        }
    }
}

/// The measurement as one JSON object, keys in a fixed order.
///
/// # Errors
///
/// Those of the JSON writer.
pub fn thermometer_json(measurement: &Measurement, provenance: &Provenance) -> serde_json::Result<String> {
    let diagnoses = measurement.diagnoses.iter().map(NamedDiagnosis::from).collect();
    let sentence = thermometer_sentence(measurement);
    serde_json::to_string_pretty(&WithVerdict {
        measurement,
        diagnoses,
        sentence,
        decision: measurement.decision(),
        provenance,
    })
}
