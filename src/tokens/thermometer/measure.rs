//! From positions with draws to a measurement: fit, tests of the request, search for truncations, diagnoses.

use std::borrow::Cow;

use super::answers::{Repeats, without_repeats};
use super::battery::{Battery, TestKind};
use super::bounds::bounds;
use super::evidence::Evidence;
use super::gap_quantum::GapQuantum;
use super::hidden::{HiddenSearch, HiddenTruncations};
use super::likelihood::{Likelihood, has_no_list};
use super::mean_bounds::mean_bounds;
use super::measurement::{Measurement, best};
use super::never_drawn::{NeverDrawn, never_seen, without_never_drawn};
use super::power::Power;
use super::reference::{self, Reference};
use super::request::Request;
use super::requested::RequestedSetting;
use crate::rng::Seed;
use crate::tokens::LogprobsMode;
use crate::tokens::{Position, TokensError};
use crate::units::Temperature;

/// Measures the temperature of the draws and judges the requested one.
///
/// Of `positions` those without draws count in the mean entropy alone. The randomized ranks use the streams of `seed`,
/// one per position; the result does not depend on the number of threads.
///
/// # Errors
///
/// No draw at all, a drawn level that is not listed, alpha or level outside (0, 1), truncations requested without a
/// temperature.
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
/// let positions = [Position { drawn, ..Position::full("row 1", listed) }];
/// let request = Request { temperature: Some(Temperature::new(0.7)?), ..Request::default() };
/// let found = measure(&positions, &request, Seed(1))?;
/// assert!(found.is_rejected());
/// assert_eq!(found.diagnoses, [Diagnosis::AppliedTwice]);
/// # Ok(())
/// # }
/// ```
pub fn measure(positions: &[Position], request: &Request, seed: Seed) -> Result<Measurement, TokensError> {
    request.check()?;
    let n_without_draws = positions.iter().filter(|position| position.drawn.is_empty()).count();
    let recorded = Recorded::of(positions, request)?;
    let positions = &recorded.positions[..];
    let whole = Likelihood::new(positions)?;
    let census = Census::of(positions, &whole)?;
    let quantum = GapQuantum::of(&whole.tallies);
    let partial = census.n_partial > 0;
    let reported = reported_mode(positions);
    let modes = reference::open_modes(request, quantum.as_ref(), partial, reported);

    let settings = RequestedSetting::of(request, &whole, &modes)?;
    let tested = settings
        .iter()
        .map(|setting| setting.test(&whole, request, quantum.as_ref(), seed))
        .collect::<Result<Vec<_>, _>>()?;
    let rejected = request.temperature.map(|_| tested.iter().all(|tested| tested.rejected));
    let chosen = best(&tested);
    let setting = settings.iter().find(|setting| chosen.is_some_and(|chosen| chosen.mode == setting.mode));
    let requested = RequestedSetting::draws(setting, &whole);
    let beta = setting.map(|setting| setting.beta);

    let draws = requested.likelihood;
    let maximum = draws.maximum();
    let fit = draws.fit(request.level)?;
    let tail_is_whole = request.pipeline().is_none();
    let at_fit = Battery::at(draws, fit.beta_or_limit(), None, request.alpha, tail_is_whole, seed)?;

    let suspicious = rejected == Some(true) || at_fit.rejects(TestKind::Truncation);
    let tempered = chosen.is_some_and(|tested| tested.mode == LogprobsMode::Tempered);
    let alpha_each = at_fit.alpha_each;
    let search = HiddenSearch { whole: &whole, requested, beta, tempered, request, alpha_each, seed };
    let hidden = if suspicious { search.run(&fit)? } else { HiddenTruncations::default() };
    let evidence = Evidence {
        requested,
        fit: &fit,
        maximum: &maximum,
        at_fit: &at_fit,
        hidden: &hidden,
        tested: chosen.zip(beta),
        temperature: request.temperature.map(Temperature::get),
        quantum: quantum.as_ref(),
        positions,
        seed,
    };
    let diagnoses = evidence.diagnoses()?;

    let (mean_entropy, mean_heat_capacity) = mean_bounds(positions, fit.beta_or_limit());
    let battery = chosen.map_or(&at_fit, |tested| &tested.battery);
    let n_hypotheses = battery.truncation.as_ref().map_or(1, |test| test.n_hypotheses);
    let tested_beta = beta.unwrap_or(fit.beta_or_limit());
    Ok(Measurement {
        n_positions: positions.len(),
        n_partial: census.n_partial,
        n_without_draws,
        n_without_list: census.n_without_list,
        n_draws: census.n_draws,
        n_unlisted: draws.n_unlisted(),
        n_impossible: draws.n_impossible(),
        n_outside: requested.n_outside,
        reference: Reference::new(request, quantum, partial, draws, &maximum, &modes, reported)?,
        mean_entropy,
        mean_heat_capacity,
        power: Power::at(draws, tested_beta, battery.alpha_each, n_hypotheses)?,
        requested_temperature: request.temperature.map(Temperature::get),
        alpha: request.alpha,
        detect: request.detect,
        repeats: recorded.repeats,
        never_seen: never_seen(positions, &[1.0, fit.beta_or_limit()])?,
        never_drawn: recorded.never_drawn,
        rejected,
        diagnoses,
        truncations: hidden.candidates,
        n_searched: hidden.n_searched,
        pair: hidden.pair.map(|(pair, _)| pair),
        tested,
        fit,
        at_fit,
    })
}

/// Positions whose draws are independent and complete.
struct Recorded<'p> {
    positions: Cow<'p, [Position]>,
    never_drawn: Vec<NeverDrawn>,
    repeats: Repeats,
}

impl<'p> Recorded<'p> {
    /// Takes tokens whose draws are not recorded out of the lists, and draws that were made once out of all answers but one.
    fn of(positions: &'p [Position], request: &Request) -> Result<Self, TokensError> {
        let mut recorded = Self { positions: positions.into(), never_drawn: Vec::new(), repeats: Repeats::default() };
        if let Some((kept, found)) = without_never_drawn(&recorded.positions, &request.never_drawn)? {
            (recorded.positions, recorded.never_drawn) = (kept.into(), found);
        }
        let fitted = Likelihood::new(&recorded.positions)?.maximum().beta;
        let asked = request.temperature.map(|t| t.beta().get());
        let betas: Vec<f64> = [fitted, 1.0].into_iter().chain(asked).collect();
        if let Some((kept, repeats)) = without_repeats(&recorded.positions, &betas)? {
            (recorded.positions, recorded.repeats) = (kept.into(), repeats);
        }
        Ok(recorded)
    }
}

/// What the source says it reports, where all of its positions with draws say the same.
fn reported_mode(positions: &[Position]) -> Option<LogprobsMode> {
    let mut drawn = positions.iter().filter(|position| !position.drawn.is_empty()).map(|position| position.reported);
    let first = drawn.next()??;
    drawn.all(|other| other == Some(first)).then_some(first)
}

/// How many positions and draws there are.
struct Census {
    n_partial: usize,
    n_without_list: usize,
    n_draws: u64,
}

impl Census {
    /// Counts them, and refuses what no temperature follows from.
    fn of(positions: &[Position], whole: &Likelihood<'_>) -> Result<Self, TokensError> {
        let n_partial = positions.iter().filter(|position| position.unlisted.is_some()).count();
        let n_without_list = positions.iter().filter(|position| has_no_list(position)).count();
        let n_draws = whole.n_draws() + whole.n_impossible() + whole.n_unlisted();
        if n_draws == 0 && n_without_list > 0 {
            return Err(TokensError::Setting {
                name: "the list of a position",
                expected: "two tokens or longer to tell a temperature (ask for top_logprobs)",
                value: format!("the drawn token alone at {n_without_list} of {}", positions.len()),
            });
        }
        check_vocabulary(positions)?;
        if n_draws == 0 {
            let (name, expected) = ("the number of drawn tokens", "at least 1");
            return Err(TokensError::Setting { name, expected, value: "0".to_owned() });
        }
        Ok(Self { n_partial, n_without_list, n_draws })
    }
}

/// A stated vocabulary must have room for the mass that is not listed.
fn check_vocabulary(positions: &[Position]) -> Result<(), TokensError> {
    let stated = |position: &Position| position.unlisted.filter(|unlisted| unlisted.n_tokens.is_some());
    for position in positions.iter().filter(|position| !has_no_list(position)) {
        if let Some(unlisted) = stated(position)
            && let Err(error) = bounds(&position.listed, unlisted, 1.0)
        {
            return Err(TokensError::Setting {
                name: "the size of the vocabulary",
                expected: "one in which the listed tokens are the likeliest",
                value: format!("{error} at {}", position.origin),
            });
        }
    }
    Ok(())
}
