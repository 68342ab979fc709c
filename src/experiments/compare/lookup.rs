//! What the page looks up at each of its temperatures: values with errors, levels with particles in them, a lattice, a glowing body, and
//! the likeliest next tokens.

use rayon::prelude::*;

use super::config::Config;
use super::point::SimulatedPoint;
use super::subject::{Subject, clusters};
use crate::ensemble::{Canonical, Thermo};
use crate::experiments::error::ExperimentError;
use crate::experiments::glow::{Look, look};
use crate::experiments::tick::Tick;
use crate::rng::{Seed, Stream, TaskRng};
use crate::samplers::{Sampler, Schedule, occupation_numbers, run as run_chain};
use crate::systems::{Ising, Oscillator, TwoLevel};
use crate::tokens::Position;
use crate::units::{Beta, Temperature};

/// Temperatures of one decade, evenly spaced in ln T up to rounding: the E24 series with 4, 5, 7 and 8.
const DECADE: [f64; 24] = [
    1.0, 1.1, 1.2, 1.3, 1.5, 1.6, 1.8, 2.0, 2.2, 2.4, 2.7, 3.0, 3.3, 3.6, 4.0, 4.3, 4.7, 5.0, 5.6, 6.2, 7.0, 7.5, 8.0,
    9.1,
];
/// Ends of the finite temperatures above zero.
const ENDS: (f64, f64) = (0.05, 100.0);
/// Kelvin of the glowing body at T = 1.
pub const KELVIN: f64 = 2000.0;
/// Beyond this many kelvin the colour of a body no longer changes.
const WHITE_HOT: f64 = 1e9;
/// Particles shown in their levels.
pub const SHOWN_PARTICLES: u64 = 100;
/// Levels shown of the oscillator.
const SHOWN_LEVELS: usize = 12;
/// Side of the lattice shown.
pub const SIDE: usize = 64;
/// Sweeps of it before it is shown.
const SWEEPS: u64 = 100;
/// Most sweeps of the measured lattice at each temperature.
const MEASURED_SWEEPS: u64 = 10_000;
/// Tokens shown of each context.
const SHOWN_TOKENS: usize = 12;
/// Temperatures at which a model writes.
const WRITTEN: [f64; 11] = [0.0, 0.2, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, f64::INFINITY];
/// Tokens that it writes.
pub const WRITTEN_TOKENS: usize = 20;

/// One subject at one temperature.
#[derive(Clone, Debug)]
pub struct At {
    /// Exact totals; `None` where they are infinite.
    pub exact: Option<Thermo>,
    /// What was sampled, where errors can be quoted.
    pub sampled: Option<SimulatedPoint>,
}

/// Particles in the levels of one system, `[n_temperatures][n_levels]`; the last of the levels stands for all above.
#[derive(Clone, Debug)]
pub struct Filling {
    /// The system.
    pub name: &'static str,
    /// Particles in each level.
    pub particles: Vec<Vec<u64>>,
}

/// A body that glows.
#[derive(Clone, Debug)]
pub struct Body {
    /// Its temperature in kelvin.
    pub kelvin: f64,
    /// What it looks like.
    pub look: Look,
}

/// The likeliest tokens of one context.
#[derive(Clone, Debug)]
pub struct Likeliest {
    /// Their levels, the likeliest first.
    pub tokens: Vec<usize>,
    /// Their probabilities, `[n_temperatures][n_tokens]`.
    pub probabilities: Vec<Vec<f64>>,
}

/// Everything, by temperature.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// Zero, temperatures spaced evenly in ln T, infinity.
    pub temperatures: Vec<Temperature>,
    /// The subjects, `[n_subjects][n_temperatures]`.
    pub subjects: Vec<Vec<At>>,
    /// A two-level system and an oscillator.
    pub fillings: Vec<Filling>,
    /// States of an Ising lattice, `[n_temperatures][SIDE * SIDE]`.
    pub lattices: Vec<Vec<i8>>,
    /// Bodies; `None` at zero.
    pub bodies: Vec<Option<Body>>,
    /// The contexts, `[n_contexts]`.
    pub contexts: Vec<Likeliest>,
}

/// The temperatures of the page.
#[must_use]
pub fn temperatures() -> Vec<Temperature> {
    // Read as decimals, 5.6e-2 is 0.056 and not 0.05599999999999999.
    let scaled = |t: f64, decade: i32| format!("{t}e{decade}").parse().unwrap_or(t);
    let finite = (-2..=2).flat_map(|decade| DECADE.map(|t| scaled(t, decade)));
    let all = std::iter::once(0.0).chain(finite.filter(|t| (ENDS.0..=ENDS.1).contains(t))).chain([f64::INFINITY]);
    all.filter_map(|t| Temperature::new(t).ok()).collect()
}

/// Temperatures at which a model writes for the page.
#[must_use]
pub fn written() -> Vec<Temperature> {
    WRITTEN.iter().filter_map(|&t| Temperature::new(t).ok()).collect()
}

/// Number of ticks [`lookup`] gives.
#[must_use]
pub fn n_lookup_ticks() -> usize {
    temperatures().len()
}

/// Measures and draws everything at every temperature of the page.
///
/// # Errors
///
/// A sampler or an exact result refuses.
pub fn lookup(
    config: &Config,
    subjects: &[Subject],
    contexts: &[Position],
    seed: Seed,
    tick: Tick<'_>,
) -> Result<Lookup, ExperimentError> {
    let temperatures = temperatures();
    let quick = Config { sweeps: config.sweeps.min(MEASURED_SWEEPS), ..config.clone() };
    let tasks: Vec<_> = (0..subjects.len()).flat_map(|s| (0..temperatures.len()).map(move |t| (s, t))).collect();
    let at = |&(s, t): &(usize, usize)| {
        let stream = Stream::LookedUp { subject: s as u32, temperature: t as u16 }.id();
        look_up(&subjects[s], temperatures[t], &quick, || seed.stream(stream))
    };
    let mut at = tasks.par_iter().map(at).collect::<Result<Vec<_>, _>>()?.into_iter();
    let two_level = TwoLevel::new(1.0, 1.0, 1.0)?;
    let oscillator = Oscillator::new(1.0)?;
    let ising = Ising::torus(SIDE, SIDE, 1.0, 0.0)?;
    let pictures: Vec<(Vec<u64>, Vec<u64>, Vec<i8>)> = (0..temperatures.len() as u32)
        .into_par_iter()
        .map(|t| {
            let beta = temperatures[t as usize].beta();
            let mut rng = seed.stream(Stream::Picture(t).id());
            let two = occupation_numbers(&Canonical::new(two_level.spectrum(), beta), SHOWN_PARTICLES, &mut rng);
            let climbed = filled_oscillator(&oscillator, beta, &mut rng)?;
            let spins = lattice(&ising, beta, &mut rng)?;
            tick();
            Ok((two, climbed, spins))
        })
        .collect::<Result<_, ExperimentError>>()?;
    let (mut two, mut climbed, mut lattices) = (Vec::new(), Vec::new(), Vec::new());
    for (a, b, c) in pictures {
        two.push(a);
        climbed.push(b);
        lattices.push(c);
    }
    Ok(Lookup {
        subjects: subjects.iter().map(|_| at.by_ref().take(temperatures.len()).collect()).collect(),
        fillings: vec![
            Filling { name: "two-level system", particles: two },
            Filling { name: "oscillator", particles: climbed },
        ],
        lattices,
        bodies: temperatures.iter().map(|&t| body(t)).collect::<Result<_, _>>()?,
        contexts: contexts.par_iter().map(|context| likeliest(context, &temperatures)).collect(),
        temperatures,
    })
}

fn look_up(
    subject: &Subject,
    temperature: Temperature,
    config: &Config,
    rng: impl FnOnce() -> TaskRng,
) -> Result<At, ExperimentError> {
    let exact = subject.exact().thermo(temperature.beta()).ok().filter(|thermo| thermo.energy.is_finite());
    // Below and above the simulated temperatures nothing happens.
    let simulated = subject.temperatures();
    let happens = simulated.first().zip(simulated.last()).is_some_and(|(a, b)| (a..=b).contains(&&temperature));
    let sampled = if happens { Some(subject.measure(temperature, config, &mut rng())?) } else { None };
    Ok(At { exact, sampled: sampled.filter(|point| point.resolved) })
}

/// Particles in the lowest levels of an oscillator, the last of which stands for all above; at infinite temperature all are there.
fn filled_oscillator(oscillator: &Oscillator, beta: Beta, rng: &mut TaskRng) -> Result<Vec<u64>, ExperimentError> {
    let mut shown = vec![0; SHOWN_LEVELS];
    if beta == Beta::ZERO {
        shown[SHOWN_LEVELS - 1] = SHOWN_PARTICLES;
        return Ok(shown);
    }
    let spectrum = oscillator.spectrum_at(beta)?;
    let occupation = occupation_numbers(&Canonical::new(&spectrum, beta), SHOWN_PARTICLES, rng);
    occupation.iter().enumerate().for_each(|(level, n)| shown[level.min(SHOWN_LEVELS - 1)] += n);
    Ok(shown)
}

fn lattice(ising: &Ising, beta: Beta, rng: &mut TaskRng) -> Result<Vec<i8>, ExperimentError> {
    let mut wolff = clusters(ising, beta, SWEEPS, rng)?;
    run_chain(&mut wolff, Schedule { thermalization: 0, sweeps: SWEEPS }, rng, |_| ());
    Ok(wolff.state().spins().to_vec())
}

fn body(temperature: Temperature) -> Result<Option<Body>, ExperimentError> {
    let kelvin = (KELVIN * temperature.get()).min(WHITE_HOT);
    if kelvin == 0.0 {
        return Ok(None);
    }
    Ok(Some(Body { kelvin: KELVIN * temperature.get(), look: look(kelvin)? }))
}

fn likeliest(context: &Position, temperatures: &[Temperature]) -> Likeliest {
    let listed = &context.listed;
    let mut tokens: Vec<usize> = (0..listed.len()).collect();
    tokens.sort_by(|&a, &b| listed.energy(a).total_cmp(&listed.energy(b)));
    tokens.truncate(SHOWN_TOKENS);
    let probabilities = temperatures
        .iter()
        .map(|t| {
            let ensemble = Canonical::new(listed, t.beta());
            tokens.iter().map(|&token| ensemble.probability(token)).collect()
        })
        .collect();
    Likeliest { tokens, probabilities }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_temperatures_are_those_that_people_ask_for() {
        let t: Vec<f64> = temperatures().iter().map(|t| t.get()).collect();
        assert!(t.windows(2).all(|pair| pair[0] < pair[1]), "{t:?}");
        for asked in [0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 1.0, 2.0, 5.0, 10.0, 100.0, f64::INFINITY] {
            assert!(t.contains(&asked), "{asked} is not among {t:?}");
        }
        assert!(written().iter().all(|t| temperatures().contains(t)));
        assert!(t.iter().all(|t| t.to_string().len() <= 5), "{t:?}");
    }
}
