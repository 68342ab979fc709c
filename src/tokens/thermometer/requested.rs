//! The requested setting: its truncations applied to what the positions report, and its tests.

use rayon::prelude::*;

use super::battery::{Battery, TestKind, TestedSetting};
use super::gap_quantum::GapQuantum;
use super::likelihood::Likelihood;
use super::reference;
use super::request::Request;
use super::search::{Candidate, TruncationOrder};
use super::tally::Tally;
use crate::ensemble::Spectrum;
use crate::rng::Seed;
use crate::tokens::LogprobsMode;
use crate::tokens::TokensError;
use crate::tokens::truncation::{Pipeline, TemperatureOrder, Truncation, TruncationError, TruncationKind};
use crate::units::Temperature;

/// A requested temperature with its truncations, if the reported distribution has one of the two modes.
#[derive(Debug)]
pub(super) struct RequestedSetting {
    pub mode: LogprobsMode,
    /// The requested b in units of the reference.
    pub beta: f64,
    /// The draws against what the truncations leave, and how many of them lie outside; `None` without truncations.
    constrained: Option<(Likelihood<'static>, u64)>,
}

/// The draws against what the requested truncations leave.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestedDraws<'s> {
    pub likelihood: &'s Likelihood<'s>,
    /// Draws outside the truncations.
    pub n_outside: u64,
}

impl RequestedSetting {
    /// One setting for each of `modes`; empty if no temperature is requested.
    pub fn of(request: &Request, whole: &Likelihood<'_>, modes: &[LogprobsMode]) -> Result<Vec<Self>, TokensError> {
        let Some(temperature) = request.temperature else {
            return match request.pipeline() {
                None => Ok(Vec::new()),
                Some(pipeline) => Err(TokensError::Setting {
                    name: "requested truncations",
                    expected: "requested with a temperature",
                    value: pipeline.to_string(),
                }),
            };
        };
        let setting = |&mode: &LogprobsMode| {
            let constrained = |pipeline| constrained(whole, pipeline, temperature, mode);
            let constrained = request.pipeline().map(constrained).transpose()?;
            Ok(Self { mode, beta: reference::beta(temperature, mode), constrained })
        };
        modes.iter().map(setting).collect()
    }

    /// The draws that `setting` leaves of the `whole`; all of them where there is none.
    pub fn draws<'s>(setting: Option<&'s Self>, whole: &'s Likelihood<'_>) -> RequestedDraws<'s> {
        match setting.and_then(|setting| setting.constrained.as_ref()) {
            Some((likelihood, n_outside)) => RequestedDraws { likelihood, n_outside: *n_outside },
            None => RequestedDraws { likelihood: whole, n_outside: 0 },
        }
    }

    /// Tests the draws against the setting; logprobs at a temperature have gaps of the quantum of logits divided by it.
    pub fn test(
        &self,
        whole: &Likelihood<'_>,
        request: &Request,
        quantum: Option<&GapQuantum>,
        seed: Seed,
    ) -> Result<TestedSetting, TokensError> {
        let draws = Self::draws(Some(self), whole).likelihood;
        let tail_is_whole = request.pipeline().is_none();
        let mut battery = Battery::at(draws, self.beta, Some(&draws.maximum()), request.alpha, tail_is_whole, seed)?;
        if let (LogprobsMode::Tempered, Some(quantum), Some(t)) = (self.mode, quantum, request.temperature) {
            battery.add_sure(TestKind::Gaps, !quantum.power_of_two && !quantum.agrees_with(t.get()));
        }
        Ok(TestedSetting { mode: self.mode, rejected: battery.is_rejected(), battery })
    }
}

/// The draws against the spectra that `pipeline` leaves at `temperature`, and how many of them lie outside.
///
/// Of tokens tied with the last one kept an engine may keep others than [`Pipeline::apply`] does: a draw of such a one
/// counts as one of a kept token of its energy. An unlisted token is outside where the truncation cuts within the list.
fn constrained(
    likelihood: &Likelihood<'_>,
    pipeline: &Pipeline,
    temperature: Temperature,
    mode: LogprobsMode,
) -> Result<(Likelihood<'static>, u64), TokensError> {
    refuse_unknown(likelihood, pipeline, mode)?;
    let tallies = likelihood.tallies.par_iter().with_min_len(16).map(|tally| {
        let kept = kept(tally, pipeline, temperature, mode)?;
        let mut masked = tally.constrained(kept.clone(), |level| tied(&kept, &tally.spectrum, level));
        let cuts = (0..kept.len()).any(|i| kept.is_forbidden(i) && !tally.spectrum.is_forbidden(i));
        if cuts && masked.n_unlisted > 0 {
            masked.n_impossible += std::mem::take(&mut masked.n_unlisted);
        }
        // What is left of the unlisted tokens is not bounded by their mass any more.
        Ok(masked)
    });
    let tallies: Vec<Tally<'static>> = tallies.collect::<Result<_, TokensError>>()?;
    let masked = Likelihood { tallies };
    let outside = masked.n_impossible() - likelihood.n_impossible();
    Ok((masked, outside))
}

/// Truncations of partial spectra act on the list alone, so only those that do not need the rest can be requested.
fn refuse_unknown(likelihood: &Likelihood<'_>, pipeline: &Pipeline, mode: LogprobsMode) -> Result<(), TokensError> {
    let of_list = |kind| matches!(kind, TruncationKind::TopK | TruncationKind::MinP);
    let unknown = pipeline.truncations().into_iter().find(|truncation| !of_list(truncation.kind()));
    match unknown.filter(|_| likelihood.tallies.iter().any(|tally| !tally.is_full())) {
        None => Ok(()),
        Some(truncation) => Err(TokensError::Setting {
            name: "a truncation of positions that do not list all tokens",
            expected: "top-k or min-p, which need the list alone",
            value: format!("{truncation} of {} logprobs", mode.name()),
        }),
    }
}

fn kept(
    tally: &Tally<'_>,
    pipeline: &Pipeline,
    temperature: Temperature,
    mode: LogprobsMode,
) -> Result<Spectrum, TokensError> {
    let error = |error: TruncationError| TokensError::Setting {
        name: "a truncation",
        expected: "one of tokens",
        value: error.to_string(),
    };
    let t = temperature.get();
    let kept = match (mode, pipeline.temperature_order()) {
        (LogprobsMode::Raw, _) => pipeline.apply(&tally.spectrum, temperature).map_err(error)?,
        // The tempered distribution is reported: at T = 1 it is what the truncations see.
        (LogprobsMode::Tempered, TemperatureOrder::First) => {
            pipeline.apply(&tally.spectrum, Temperature::new(1.0)?).map_err(error)?
        }
        (LogprobsMode::Tempered, TemperatureOrder::Last) => {
            let energies = (0..tally.spectrum.len()).map(|i| tally.spectrum.energy(i) * t).collect();
            pipeline.apply(&Spectrum::new(energies)?, temperature).map_err(error)?
        }
    };
    let energy = |i: usize| if kept.spectrum.is_forbidden(i) { f64::INFINITY } else { tally.spectrum.energy(i) };
    Ok(Spectrum::new((0..tally.spectrum.len()).map(energy).collect())?)
}

/// A kept level of the energy of a level that is not kept.
fn tied(kept: &Spectrum, whole: &Spectrum, level: usize) -> Option<usize> {
    let energy = whole.excitation(level);
    (0..kept.len()).find(|&i| !kept.is_forbidden(i) && whole.excitation(i) == energy)
}

/// Whether a truncation found in the draws is one of those requested.
pub(super) fn is_among(pipeline: &Pipeline, found: &Candidate) -> bool {
    let (order, after) = match pipeline.temperature_order() {
        TemperatureOrder::First => (TruncationOrder::After, found.after),
        TemperatureOrder::Last => (TruncationOrder::Before, None),
    };
    let (low, high) = after.map_or((found.parameter_low, found.parameter_high), |[_, low, high]| (low, high));
    let same =
        |truncation: Truncation| truncation.kind() == found.kind && (low..=high).contains(&truncation.parameter());
    [TruncationOrder::Either, order].contains(&found.order) && pipeline.truncations().into_iter().any(same)
}
