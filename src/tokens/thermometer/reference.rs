//! Which temperature the reported distribution itself lives at.

use serde::Serialize;

use super::battery::temperature_p_value;
use super::gap_quantum::GapQuantum;
use super::likelihood::{Likelihood, LikelihoodPoint};
use super::request::Request;
use crate::tokens::LogprobsMode;
use crate::tokens::TokensError;
use crate::units::Temperature;

/// How it is known whether the logprobs are raw or tempered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceSource {
    /// It was stated, or the positions are full spectra, which are taken for raw logits.
    Given,
    /// The format of the responses says so, in the default configuration of those that write it.
    Format,
    /// The common quantum of the gaps.
    Gaps,
    /// The draws, provided that the requested temperature was applied once.
    Draws,
    /// Unknown: draws alone do not determine it.
    Unknown,
}

/// The temperature that the reported distribution lives at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reference {
    /// Raw or tempered; `None` if unknown.
    #[serde(rename = "reading")]
    pub mode: Option<LogprobsMode>,
    /// How it is known.
    pub source: ReferenceSource,
    /// The common quantum of the listed gaps, where there is one.
    #[serde(rename = "lattice")]
    pub quantum: Option<GapQuantum>,
}

/// 1/T in units of the reference: a tempered distribution is sampled at b = 1.
pub(super) fn beta(temperature: Temperature, mode: LogprobsMode) -> f64 {
    match mode {
        LogprobsMode::Raw => temperature.beta().get(),
        LogprobsMode::Tempered => 1.0,
    }
}

/// What the gaps of partial spectra show.
fn from_gaps(request: &Request, quantum: Option<&GapQuantum>) -> Option<LogprobsMode> {
    let quantum = quantum?;
    let temperature = request.temperature.map(Temperature::get).filter(|t| *t > 0.0 && t.is_finite());
    match (quantum.power_of_two, temperature.map(|t| quantum.agrees_with(t))) {
        (true, None | Some(false)) => Some(LogprobsMode::Raw),
        (false, Some(true)) => Some(LogprobsMode::Tempered),
        // A temperature that is itself a power of two leaves the gaps on powers of two.
        _ => None,
    }
}

/// The modes in which a requested temperature has to be tested.
pub(super) fn open_modes(
    request: &Request,
    quantum: Option<&GapQuantum>,
    partial: bool,
    reported: Option<LogprobsMode>,
) -> Vec<LogprobsMode> {
    let shown = if partial { from_gaps(request, quantum).or(reported) } else { Some(LogprobsMode::Raw) };
    let known = request.mode.or(shown);
    let greedy = request.temperature.is_some_and(|t| t.get() == 0.0);
    match known {
        Some(mode) => vec![mode],
        // Logprobs of greedy decoding are not divided by zero.
        None if greedy => vec![LogprobsMode::Raw],
        None => vec![LogprobsMode::Raw, LogprobsMode::Tempered],
    }
}

impl Reference {
    pub(super) fn new(
        request: &Request,
        quantum: Option<GapQuantum>,
        partial: bool,
        likelihood: &Likelihood<'_>,
        maximum: &LikelihoodPoint,
        open: &[LogprobsMode],
        reported: Option<LogprobsMode>,
    ) -> Result<Self, TokensError> {
        let (mode, source) = if request.mode.is_some() || !partial {
            (Some(open[0]), ReferenceSource::Given)
        } else if let Some(mode) = from_gaps(request, quantum.as_ref()) {
            (Some(mode), ReferenceSource::Gaps)
        } else if reported.is_some() {
            (reported, ReferenceSource::Format)
        } else if let Some(temperature) = request.temperature.filter(|_| open.len() == 2) {
            let fits = |mode| -> Result<bool, TokensError> {
                let beta = beta(temperature, mode);
                Ok(temperature_p_value(likelihood, beta, maximum)? >= request.alpha)
            };
            match (fits(LogprobsMode::Raw)?, fits(LogprobsMode::Tempered)?) {
                (true, false) => (Some(LogprobsMode::Raw), ReferenceSource::Draws),
                (false, true) => (Some(LogprobsMode::Tempered), ReferenceSource::Draws),
                _ => (None, ReferenceSource::Unknown),
            }
        } else {
            (None, ReferenceSource::Unknown)
        };
        Ok(Self { mode, source, quantum })
    }
}
