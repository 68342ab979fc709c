//! The comparison: particle ensembles and token ensembles, measured by the same code and put to the same tests.

mod comparison;
mod config;
mod glow;
mod lookup;
mod point;
mod subject;

pub use comparison::{Comparison, Findings, Verdict};
pub use config::Config;
pub use glow::{Glow, RankShare, TokenSpectrum, glow};
pub use lookup::{
    At, Body, Filling, KELVIN, Likeliest, Lookup, SHOWN_PARTICLES, SIDE, WRITTEN_TOKENS, lookup, n_lookup_ticks,
    temperatures, written,
};
pub use point::{RatioTest, SimulatedPoint};
pub use subject::{Side, Subject};

use rayon::prelude::*;

use super::audit;
use super::canonical_tests::{self, SampledPoint, TestResult};
use super::error::ExperimentError;
use super::tick::Tick;
use crate::ensemble::Thermo;
use crate::estimators::{Estimate, GaussLobatto};
use crate::model::Exact;
use crate::rng::{Seed, Stream};
use crate::systems::RemAverage;
use crate::tokens::Position;
use crate::units::{Beta, Temperature};

/// Points of an exact curve.
const CURVE_POINTS: usize = 240;

/// The particle systems and token contexts that a comparison measures: `contexts` list every token, E = -ln p at T = 1.
///
/// # Errors
///
/// A system that cannot be built.
pub fn subjects(config: &Config, contexts: &[Position]) -> Result<Vec<Subject>, ExperimentError> {
    let mut subjects = Subject::particles(config)?;
    subjects.extend(Subject::tokens(contexts));
    Ok(subjects)
}

/// Number of ticks [`run`] gives.
#[must_use]
pub fn n_ticks(subjects: &[Subject]) -> usize {
    subjects.iter().map(|s| s.temperatures().len() + 2).sum()
}

/// Simulates every subject at its temperatures and takes the three canonical tests on each.
///
/// The result depends on configuration and seed alone: every simulated temperature has a random stream of its own.
///
/// # Errors
///
/// A sampler or an estimate refuses, for example because `config` asks for too few sweeps.
pub fn run(config: &Config, subjects: &[Subject], seed: Seed, tick: Tick<'_>) -> Result<Comparison, ExperimentError> {
    let tasks: Vec<(usize, usize)> = subjects
        .iter()
        .enumerate()
        .flat_map(|(s, subject)| (0..subject.temperatures().len()).map(move |t| (s, t)))
        .collect();
    let points: Result<Vec<SimulatedPoint>, ExperimentError> = tasks
        .par_iter()
        .map(|&(s, t)| {
            let stream = Stream::Compared { subject: s as u32, temperature: t as u16 }.id();
            let temperature = subjects[s].temperatures()[t];
            let point = subjects[s].measure(temperature, config, &mut seed.stream(stream));
            tick();
            point
        })
        .collect();
    let mut points = points?.into_iter();
    let points: Vec<Vec<SimulatedPoint>> =
        subjects.iter().map(|s| points.by_ref().take(s.temperatures().len()).collect()).collect();
    let findings: Result<Vec<Findings>, ExperimentError> = subjects
        .par_iter()
        .zip(points)
        .enumerate()
        .map(|(s, (subject, points))| conclude(config, subject, points, seed, s as u32, tick))
        .collect();
    let findings = findings?;
    let bound = canonical_tests::bound(findings.iter().flat_map(|f| &f.tests).map(TestResult::n_checks).sum());
    Ok(Comparison { rem_prediction: rem_prediction(&findings)?, findings, bound })
}

/// The random-energy model that knows of the tokens only their number and mean spread.
fn rem_prediction(findings: &[Findings]) -> Result<Vec<Thermo>, ExperimentError> {
    let tokens: Vec<&Findings> = findings.iter().filter(|f| f.subject.side == Side::Tokens).collect();
    let Some(first) = tokens.first() else { return Ok(Vec::new()) };
    let spread = tokens.iter().filter_map(|f| f.subject.spread).sum::<f64>() / tokens.len() as f64;
    let model = RemAverage::new(first.subject.ln_states.exp().round(), spread)?;
    first.curve.par_iter().map(|t| Ok(model.thermo(t.beta)?)).collect()
}

/// The tests and curves of one subject from its points.
fn conclude(
    config: &Config,
    subject: &Subject,
    mut points: Vec<SimulatedPoint>,
    seed: Seed,
    number: u32,
    tick: Tick<'_>,
) -> Result<Findings, ExperimentError> {
    let panels = GaussLobatto::new(subject.panels())?;
    let plain: Vec<SampledPoint> = points
        .iter()
        .map(|p| SampledPoint {
            temperature: p.temperature,
            energy: p.energy,
            variance: p.variance,
            resolved: p.resolved,
        })
        .collect();
    if subject.ln_states.is_finite() {
        integrate_entropy(&panels, &mut points, subject.ln_states)?;
    }
    let ratio =
        subject.ratio_test(&points, config, |sample| seed.stream(Stream::Ratio { subject: number, sample }.id()))?;
    tick();
    let mut tests = vec![
        canonical_tests::two_temperature_slope(&subject.name, ratio.slope, ratio.betas.0, ratio.betas.1),
        canonical_tests::fluctuation_dissipation(&subject.name, &panels, &plain)?,
    ];
    if subject.ln_states.is_finite() {
        let panels = (&panels, subject.n_frozen_panels());
        tests.push(canonical_tests::third_law(&subject.name, panels, &plain, subject.ln_states, subject.ln_ground)?);
    }
    let (first, last) = (points[0].temperature.get(), points[points.len() - 1].temperature.get());
    let grid: Vec<Beta> = (0..CURVE_POINTS)
        .map(|k| first * (last / first).powf(k as f64 / (CURVE_POINTS - 1) as f64))
        .map(|t| Temperature::new(t).map(Temperature::beta))
        .collect::<Result<_, _>>()?;
    let curve: Vec<Thermo> = grid.iter().map(|&b| subject.exact().thermo(b)).collect::<Result<_, _>>()?;
    let at_points: Vec<Thermo> = points.iter().map(|p| p.exact).collect();
    let violations =
        audit::exact(subject.exact(), &at_points)?.into_iter().filter(|finding| !finding.holds()).collect();
    tick();
    Ok(Findings {
        curve,
        ground_curve: grid.iter().map(|&b| subject.ground_probability(b)).collect(),
        subject: subject.clone(),
        points,
        ratio,
        tests,
        violations,
    })
}

/// S at the ends of the panels where frequencies do not give it: a chain does not count states, and at middle temperatures
/// many tokens of a vocabulary are never drawn. It is ln W minus the integral of the measured C d ln T above.
fn integrate_entropy(
    panels: &GaussLobatto,
    points: &mut [SimulatedPoint],
    ln_states: f64,
) -> Result<(), ExperimentError> {
    let heat_capacities: Vec<Estimate> = points.iter().map(SimulatedPoint::heat_capacity).collect();
    let tail = heat_capacities.last().map_or(0.0, |c| c.value / 2.0);
    for panel in 0..panels.n_panels() {
        let above = panels.integral_over(panel..panels.n_panels(), &heat_capacities)?;
        let integrated = Estimate { value: ln_states - tail - above.value, ..above };
        points[3 * panel].entropy.get_or_insert(integrated);
    }
    Ok(())
}
