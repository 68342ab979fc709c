//! Which temperature the reported distribution itself lives at.

use serde::Serialize;

use super::lattice::Lattice;
use super::likelihood::{Likelihood, Point};
use super::tests_made::temperature_p_value;
use super::{Reading, Request};
use crate::tokens::TokensError;
use crate::units::Temperature;

/// Where the knowledge of the reading comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// It was stated, or the positions are full spectra, which are taken for raw logits.
    Given,
    /// The common quantum of the gaps.
    Gaps,
    /// The draws, provided that the requested temperature was applied once.
    Draws,
    /// Nothing tells: draws alone never do.
    Unknown,
}

/// The temperature that the reported distribution lives at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reference {
    /// The reading; none where nothing tells.
    pub reading: Option<Reading>,
    /// How it is known.
    pub source: Source,
    /// The common quantum of the listed gaps, where there is one.
    pub lattice: Option<Lattice>,
}

/// 1/T in units of the reference: a tempered distribution is sampled at b = 1.
pub(super) fn beta(temperature: Temperature, reading: Reading) -> f64 {
    match reading {
        Reading::Raw => temperature.beta().get(),
        Reading::Tempered => 1.0,
    }
}

/// What the gaps tell about partial spectra.
fn from_gaps(request: &Request, lattice: Option<&Lattice>) -> Option<Reading> {
    let lattice = lattice?;
    let temperature = request.temperature.map(Temperature::get).filter(|t| *t > 0.0 && t.is_finite());
    match (lattice.power_of_two, temperature.map(|t| lattice.agrees_with(t))) {
        (true, None | Some(false)) => Some(Reading::Raw),
        (false, Some(true)) => Some(Reading::Tempered),
        // A temperature that is itself a power of two leaves the gaps on powers of two.
        _ => None,
    }
}

/// The readings under which a requested temperature has to be tested.
pub(super) fn open_readings(request: &Request, lattice: Option<&Lattice>, partial: bool) -> Vec<Reading> {
    let known = request.reading.or(if partial { from_gaps(request, lattice) } else { Some(Reading::Raw) });
    let greedy = request.temperature.is_some_and(|t| t.get() == 0.0);
    match known {
        Some(reading) => vec![reading],
        // Logprobs of greedy decoding are not divided by zero.
        None if greedy => vec![Reading::Raw],
        None => vec![Reading::Raw, Reading::Tempered],
    }
}

impl Reference {
    pub(super) fn new(
        request: &Request,
        lattice: Option<Lattice>,
        partial: bool,
        likelihood: &Likelihood<'_>,
        maximum: &Point,
        open: &[Reading],
    ) -> Result<Self, TokensError> {
        let (reading, source) = if request.reading.is_some() || !partial {
            (Some(open[0]), Source::Given)
        } else if let Some(reading) = from_gaps(request, lattice.as_ref()) {
            (Some(reading), Source::Gaps)
        } else if let Some(temperature) = request.temperature.filter(|_| open.len() == 2) {
            let fits = |reading| -> Result<bool, TokensError> {
                let beta = beta(temperature, reading);
                Ok(temperature_p_value(likelihood, beta, maximum)? >= request.alpha)
            };
            match (fits(Reading::Raw)?, fits(Reading::Tempered)?) {
                (true, false) => (Some(Reading::Raw), Source::Draws),
                (false, true) => (Some(Reading::Tempered), Source::Draws),
                _ => (None, Source::Unknown),
            }
        } else {
            (None, Source::Unknown)
        };
        Ok(Self { reading, source, lattice })
    }
}
