//! The thermometer: which temperature, and which truncation, drawn tokens were drawn at.
//!
//! Given draws x from known spectra, the most likely b = 1/T solves sum E(x) = sum U(b): the thermometer equates
//! energies. Its relative error is 1/sqrt(sum C): heat capacity is sensitivity.

mod bounds;
mod lattice;
mod likelihood;
mod pairs;
mod power;
mod reference;
mod requested;
mod search;
mod shape;
mod tally;
mod tests_made;
mod unlisted;
mod verdict;

pub use bounds::{Bounds, BoundsError, Interval, bounds};
pub use lattice::Lattice;
pub use likelihood::{Fit, LEAST_SUM_C, Likelihood, Point, Status};
pub use pairs::Pair;
pub use power::{POWER, Power};
pub use reference::{Reference, Source};
pub use search::{Candidate, INDISTINGUISHABLE, Order, TruncationTest};
pub use shape::{Shape, Tail};
pub use tests_made::{Battery, Subject, Test};
pub use unlisted::UnlistedCount;
pub use verdict::{Diagnosis, Reading, Tested};

use rayon::prelude::*;
use serde::Serialize;

use crate::experiments::ExperimentError;
use crate::numerics::sum;
use crate::rng::Seed;
use crate::tokens::Position;
use crate::tokens::truncation::Pipeline;
use crate::units::Temperature;
use likelihood::has_no_list;
use verdict::{Evidence, explains, fits};

/// What is asked of the draws.
#[derive(Clone, Debug)]
pub struct Request {
    /// The temperature that is said to have been applied.
    pub temperature: Option<Temperature>,
    /// The truncations that are said to have been applied; they need a temperature.
    pub truncations: Option<Pipeline>,
    /// Which distribution the positions report; none to find out. Full spectra are raw unless told otherwise.
    pub reading: Option<Reading>,
    /// Probability of accusing a correct sampler, over all tests together.
    pub alpha: f64,
    /// Confidence of intervals.
    pub level: f64,
}

impl Default for Request {
    fn default() -> Self {
        Self { temperature: None, truncations: None, reading: None, alpha: 0.01, level: 0.95 }
    }
}

/// What the draws say. Floating-point numbers that are infinite or unknown are none (`null` in JSON).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Positions, with or without draws.
    pub n_positions: usize,
    /// Those of them that list some of their tokens alone.
    pub n_partial: usize,
    /// Positions passed over because they list no token but the drawn one.
    pub n_without_list: usize,
    /// Draws in all, those passed over left out.
    pub n_draws: u64,
    /// Draws of unlisted tokens.
    pub n_unlisted: u64,
    /// Draws of tokens of probability zero, those outside the requested truncations included.
    pub n_impossible: u64,
    /// Draws outside the requested truncations.
    pub n_outside: u64,
    /// The temperature in units of the reference.
    pub fit: Fit,
    /// The tests of form at the fitted temperature.
    pub at_fit: Battery,
    /// Which temperature the reported distribution itself lives at.
    pub reference: Reference,
    /// Truncations more likely than none by more than [`INDISTINGUISHABLE`], the most likely first.
    pub truncations: Vec<Candidate>,
    /// Two truncations that explain what one does not.
    pub pair: Option<Pair>,
    /// Mean over positions of the entropy at the fitted temperature, in nats; bounds where tokens are unlisted.
    pub mean_entropy: Interval,
    /// Mean over positions of the heat capacity at the fitted temperature; bounds where tokens are unlisted.
    pub mean_heat_capacity: Interval,
    /// What these draws would have shown.
    pub power: Power,
    /// The requested temperature.
    pub requested_temperature: Option<f64>,
    /// Probability of accusing a correct sampler.
    pub alpha: f64,
    /// The tests of the requested temperature, under each reading of the reported distribution that is open.
    pub tested: Vec<Tested>,
    /// Whether the requested setting is rejected under every reading; none where nothing was requested.
    pub rejected: Option<bool>,
    /// What the draws show, the plainest first.
    pub diagnoses: Vec<Diagnosis>,
    /// The verdict in a sentence.
    pub sentence: String,
}

impl Report {
    /// Whether a setting was requested and the draws reject it.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        self.rejected == Some(true)
    }

    /// The reading of the reported distribution under which the requested temperature does best.
    #[must_use]
    pub fn best_reading(&self) -> Option<&Tested> {
        best(&self.tested)
    }
}

/// The raw reading if it is not rejected, for it alone says something about the temperature; else the best.
fn best(tested: &[Tested]) -> Option<&Tested> {
    let raw = tested.iter().find(|tested| tested.reading == Reading::Raw && !tested.rejected);
    raw.or_else(|| {
        tested.iter().reduce(|best, other| if other.battery.least() > best.battery.least() { other } else { best })
    })
}

/// Measures the temperature of the draws and judges the requested one.
///
/// Of `positions` those without draws count in the mean entropy alone. The randomized ranks use the streams of `seed`,
/// one per position; the result does not depend on the number of threads.
///
/// # Errors
///
/// No draw at all, a drawn level that is not listed, alpha or level outside (0, 1).
///
/// # Examples
///
/// ```
/// use gibbs::ensemble::{Canonical, Spectrum};
/// use gibbs::tokens::thermometer::{Diagnosis, Request, measure};
/// use gibbs::tokens::{Draw, Position};
/// use gibbs::{rng::Seed, samplers::InverseCdf, units::Temperature};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let listed = Spectrum::from_logits(&(0..50).map(|i| f64::from(i * i % 53) / 10.0).collect::<Vec<_>>())?;
/// // Asked for 0.7, drawn at 0.7 * 0.7.
/// let sampler = InverseCdf::new(&Canonical::new(&listed, Temperature::new(0.49)?.beta()));
/// let mut rng = Seed(1).set_up();
/// let drawn = (0..2000).map(|_| Draw::Listed(sampler.draw(&mut rng))).collect();
/// let positions = [Position { origin: "row 1".into(), listed, unlisted: None, tokens: vec![], drawn }];
/// let request = Request { temperature: Some(Temperature::new(0.7)?), ..Request::default() };
/// let report = measure(&positions, &request, Seed(1))?;
/// assert!(report.is_rejected());
/// assert_eq!(report.diagnoses, [Diagnosis::AppliedTwice]);
/// # Ok(())
/// # }
/// ```
pub fn measure(positions: &[Position], request: &Request, seed: Seed) -> Result<Report, ExperimentError> {
    if !(request.alpha > 0.0 && request.alpha < 1.0) {
        return Err(setting("alpha", "between 0 and 1", request.alpha.to_string()));
    }
    if !(request.level > 0.0 && request.level < 1.0) {
        return Err(setting("the confidence level", "between 0 and 1", request.level.to_string()));
    }
    let whole = Likelihood::new(positions)?;
    let n_without_list = positions.iter().filter(|position| has_no_list(position)).count();
    let n_draws = whole.n_draws() + whole.n_impossible() + whole.n_unlisted();
    if n_draws == 0 && n_without_list > 0 {
        return Err(setting(
            "the list of a position",
            "two tokens or longer to tell a temperature (ask for top_logprobs)",
            format!("the drawn token alone at {n_without_list} of {}", positions.len()),
        ));
    }
    check_vocabulary(positions)?;
    if n_draws == 0 {
        return Err(setting("the number of drawn tokens", "at least 1", "0".to_owned()));
    }
    let lattice = Lattice::of(&whole.tallies);
    let n_partial = positions.iter().filter(|position| position.unlisted.is_some()).count();
    let open = reference::open_readings(request, lattice.as_ref(), n_partial > 0);
    let pipeline = request.truncations.as_ref().filter(|pipeline| !pipeline.keeps_all());
    let masked = match (pipeline, request.temperature) {
        (None, _) => None,
        (Some(pipeline), Some(temperature)) => {
            let of_reading = |&reading: &Reading| requested::constrained(&whole, pipeline, temperature, reading);
            Some(open.iter().map(of_reading).collect::<Result<Vec<_>, ExperimentError>>()?)
        }
        (Some(pipeline), None) => {
            return Err(setting("requested truncations", "requested with a temperature", pipeline.to_string()));
        }
    };
    let under = |k: usize| masked.as_ref().and_then(|masked| masked.get(k)).map_or(&whole, |(masked, _)| masked);
    let tail_is_whole = pipeline.is_none();
    let mut tested = Vec::new();
    if let Some(temperature) = request.temperature {
        for (k, &reading) in open.iter().enumerate() {
            let beta = reference::beta(temperature, reading);
            let maximum = under(k).maximum();
            let battery = Battery::at(under(k), beta, Some(&maximum), request.alpha, tail_is_whole, seed)?;
            tested.push(Tested { reading, rejected: battery.is_rejected(), battery });
        }
    }
    let rejected = request.temperature.map(|_| tested.iter().all(|tested| tested.rejected));
    let chosen =
        best(&tested).and_then(|tested| request.temperature.map(|t| (tested, reference::beta(t, tested.reading))));
    let chosen_index =
        chosen.and_then(|(tested, _)| open.iter().position(|&reading| reading == tested.reading)).unwrap_or(0);
    let likelihood = under(chosen_index);
    let n_outside = masked.as_ref().and_then(|masked| masked.get(chosen_index)).map_or(0, |(_, outside)| *outside);
    let maximum = likelihood.maximum();
    let fit = likelihood.fit(request.level)?;
    let at_fit = Battery::at(likelihood, fit.beta_or_limit(), None, request.alpha, tail_is_whole, seed)?;
    let suspicious = rejected == Some(true) || at_fit.rejects(Subject::Truncation);
    // Beside a requested truncation: another one in its place, or else a further one.
    let mut searched = &whole;
    let mut truncations = Vec::new();
    let near: Vec<f64> = chosen.iter().map(|(_, beta)| *beta).collect();
    let tempered = chosen.is_some_and(|(tested, _)| tested.reading == Reading::Tempered);
    if suspicious && fit.status == Status::Measured {
        let search = |likelihood| search::candidates(likelihood, request.level, &near, tempered);
        truncations = search(&whole)?;
        let as_requested =
            |best: &Candidate| pipeline.is_some_and(|pipeline| n_outside == 0 && requested::is_among(pipeline, best));
        if truncations.first().is_some_and(as_requested) {
            searched = likelihood;
            truncations = search(likelihood)?;
        }
        truncations.retain(|candidate| candidate.gain > INDISTINGUISHABLE);
    }
    let behind = truncations.first().map(|best| search::behind(searched, best)).transpose()?;
    let alpha_each = at_fit.alpha_each;
    let pair = match (truncations.first(), &behind) {
        (Some(best), Some(behind)) if !explains(behind, chosen.map(|(_, beta)| beta), alpha_each, seed)? => {
            let search = pairs::Search { likelihood: searched, level: request.level, near: &near, tempered };
            search.pair(best.gain, alpha_each)?
        }
        _ => None,
    };
    let pair = match pair {
        Some((pair, behind)) if fits(&behind, alpha_each, seed)? => Some((pair, behind)),
        _ => None,
    };
    let evidence = Evidence {
        likelihood,
        fit: &fit,
        maximum: &maximum,
        at_fit: &at_fit,
        candidates: &truncations,
        behind: behind.as_ref(),
        pair: pair.as_ref(),
        tested: chosen,
        requested: request.temperature.map(Temperature::get),
        n_outside,
        seed,
    };
    let diagnoses = evidence.diagnoses()?;
    let (mean_entropy, mean_heat_capacity) = mean_bounds(positions, fit.beta_or_limit());
    let reference = Reference::new(request, lattice, n_partial > 0, likelihood, &maximum, &open)?;
    let battery = chosen.map_or(&at_fit, |(tested, _)| &tested.battery);
    let n_hypotheses = battery.truncation.as_ref().map_or(1, |test| test.n_hypotheses);
    let tested_beta = chosen.map_or(fit.beta_or_limit(), |(_, beta)| beta);
    let power = Power::at(likelihood, tested_beta, battery.alpha_each, n_hypotheses)?;
    let sentence = evidence.sentence(&diagnoses, rejected, &open);
    Ok(Report {
        n_positions: positions.len(),
        n_partial,
        n_without_list,
        n_draws,
        n_unlisted: likelihood.n_unlisted(),
        n_impossible: likelihood.n_impossible(),
        n_outside,
        fit,
        at_fit,
        reference,
        truncations,
        pair: pair.map(|(pair, _)| pair),
        mean_entropy,
        mean_heat_capacity,
        power,
        requested_temperature: request.temperature.map(Temperature::get).filter(|t| t.is_finite()),
        alpha: request.alpha,
        tested,
        rejected,
        diagnoses,
        sentence,
    })
}

/// A stated vocabulary must have room for the mass that is not listed.
fn check_vocabulary(positions: &[Position]) -> Result<(), ExperimentError> {
    let stated = |position: &Position| position.unlisted.filter(|unlisted| unlisted.n_tokens.is_some());
    for position in positions.iter().filter(|position| !has_no_list(position)) {
        if let Some(unlisted) = stated(position)
            && let Err(error) = bounds(&position.listed, unlisted, 1.0)
        {
            return Err(setting(
                "the size of the vocabulary",
                "one in which the listed tokens are the likeliest",
                format!("{error} at {}", position.origin),
            ));
        }
    }
    Ok(())
}

fn setting(name: &'static str, expected: &'static str, value: String) -> ExperimentError {
    ExperimentError::Setting { name, expected, value }
}

/// Means over positions of S and C at b, or bounds on them.
fn mean_bounds(positions: &[Position], beta: f64) -> (Interval, Interval) {
    let of_position = |position: &Position| -> [Interval; 2] {
        let unbounded = Interval { low: Some(0.0), high: None };
        let Ok(at) = crate::units::Beta::new(beta) else { return [unbounded; 2] };
        match position.unlisted {
            None => {
                let thermo = crate::ensemble::Canonical::new(&position.listed, at).thermo();
                [thermo.entropy, thermo.heat_capacity].map(|x| Interval { low: Some(x), high: Some(x) })
            }
            Some(unlisted) => bounds(&position.listed, unlisted, beta)
                .map_or([unbounded; 2], |bounds| [bounds.entropy, bounds.heat_capacity]),
        }
    };
    let told: Vec<&Position> = positions.iter().filter(|position| !has_no_list(position)).collect();
    let all: Vec<[Interval; 2]> = told.into_par_iter().with_min_len(16).map(of_position).collect();
    let mean = |k: usize| {
        let end = |f: fn(&Interval) -> Option<f64>| {
            let values: Option<Vec<f64>> = all.iter().map(|pair| f(&pair[k])).collect();
            values.map(|values| sum(values) / all.len() as f64)
        };
        Interval { low: end(|i| i.low), high: end(|i| i.high) }
    };
    (mean(0), mean(1))
}
