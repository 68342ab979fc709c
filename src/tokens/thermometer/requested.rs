//! The requested truncations applied to what the positions report, before anything is measured.

use rayon::prelude::*;

use super::likelihood::Likelihood;
use super::search::{Candidate, Order};
use super::setting;
use super::tally::Tally;
use super::verdict::Reading;
use crate::ensemble::Spectrum;
use crate::tokens::TokensError;
use crate::tokens::truncation::{Pipeline, TemperatureOrder, Truncation, TruncationError, TruncationKind};
use crate::units::Temperature;

/// The draws against the spectra that `pipeline` leaves at `temperature`, and how many of them lie outside.
///
/// Of tokens tied with the last one kept an engine may keep others than [`Pipeline::apply`] does: a draw of such a one
/// counts as one of a kept token of its energy. An unlisted token is outside where the truncation cuts within the list.
pub(super) fn constrained(
    likelihood: &Likelihood<'_>,
    pipeline: &Pipeline,
    temperature: Temperature,
    reading: Reading,
) -> Result<(Likelihood<'static>, u64), TokensError> {
    refuse_unknown(likelihood, pipeline, reading)?;
    let tallies = likelihood.tallies.par_iter().with_min_len(16).map(|tally| {
        let kept = kept(tally, pipeline, temperature, reading)?;
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
fn refuse_unknown(likelihood: &Likelihood<'_>, pipeline: &Pipeline, reading: Reading) -> Result<(), TokensError> {
    let of_list = |kind| matches!(kind, TruncationKind::TopK | TruncationKind::MinP);
    let unknown = pipeline.truncations().into_iter().find(|truncation| !of_list(truncation.kind()));
    match unknown.filter(|_| likelihood.tallies.iter().any(|tally| !tally.is_full())) {
        None => Ok(()),
        Some(truncation) => Err(setting(
            "a truncation of positions that do not list all tokens",
            "top-k or min-p, which need the list alone",
            format!("{truncation} of {} logprobs", reading.name()),
        )),
    }
}

fn kept(
    tally: &Tally<'_>,
    pipeline: &Pipeline,
    temperature: Temperature,
    reading: Reading,
) -> Result<Spectrum, TokensError> {
    let error = |error: TruncationError| setting("a truncation", "one of tokens", error.to_string());
    let t = temperature.get();
    let kept = match (reading, pipeline.temperature_order()) {
        (Reading::Raw, _) => pipeline.apply(&tally.spectrum, temperature).map_err(error)?,
        // The tempered distribution is reported: at T = 1 it is what the truncations see.
        (Reading::Tempered, TemperatureOrder::First) => {
            pipeline.apply(&tally.spectrum, Temperature::new(1.0)?).map_err(error)?
        }
        (Reading::Tempered, TemperatureOrder::Last) => {
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
        TemperatureOrder::First => (Order::After, found.after),
        TemperatureOrder::Last => (Order::Before, None),
    };
    let (low, high) = after.map_or((found.parameter_low, found.parameter_high), |[_, low, high]| (low, high));
    let same = |truncation: Truncation| {
        truncation.kind().name() == found.kind && (low..=high).contains(&truncation.parameter())
    };
    [Order::Either, order].contains(&found.order) && pipeline.truncations().into_iter().any(same)
}
