//! One thing to be compared, a particle system or the next token of a context: how it is sampled, and where.

use std::borrow::Cow;

use super::config::Config;
use super::point::{RatioTest, SimulatedPoint};
use crate::ensemble::{Canonical, Spectrum};
use crate::estimators::{GaussLobatto, LevelCount, level_counts, slope_from_blocks, slope_from_levels};
use crate::experiments::error::ExperimentError;
use crate::model::{Exact, Model};
use crate::rng::{Seed, TaskRng};
use crate::samplers::{Sampler, Schedule, Wolff, occupation_numbers, run};
use crate::simulation::{Observable, Observables, SimulationError, measure_chain, measure_levels};
use crate::systems::{Ising, Oscillator, Paramagnet, Rem, TwoLevel};
use crate::tokens::Position;
use crate::units::{Beta, Dimension, Temperature};

/// Which half of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Particles in levels, or spins.
    Particles,
    /// Next tokens of a language model.
    Tokens,
}

impl Side {
    /// The name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Particles => "particles",
            Self::Tokens => "tokens",
        }
    }
}

/// How an ensemble is drawn.
#[derive(Clone, Debug)]
enum Ensemble {
    /// Listed levels: occupation numbers.
    Levels(Spectrum),
    /// Oscillator levels without end, listed as far as they matter at each temperature.
    Oscillator(Oscillator),
    /// A chain of lattice states.
    Ising(Ising),
}

/// A particle system or a token context.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Which half it belongs to.
    pub side: Side,
    /// Its name in legends and tables.
    pub name: String,
    /// Number of sites its totals are divided by in figures.
    pub n_sites: f64,
    /// Lowest energy, total.
    pub ground_energy: f64,
    /// ln g_0 = S(0).
    pub ln_ground: f64,
    /// ln W = S(inf); infinite where levels never end.
    pub ln_states: f64,
    /// Standard deviation of the energy at infinite temperature; `None` where levels never end.
    pub spread: Option<f64>,
    ensemble: Ensemble,
    /// Panel edges in ln T.
    panels: Vec<f64>,
    temperatures: Vec<Temperature>,
}

/// Share of sweeps that ended in a ground state.
const GROUND_SHARE: Observable = Observable::intensive("ground_share", Dimension::Number);
/// Blocks that the error of a chain's slope comes from.
const BLOCKS: usize = 64;
/// Largest width of a panel in ln T.
const PANEL: f64 = 0.5;
/// Lowest excitation over the lowest temperature: its Boltzmann factor e^-12 leaves almost nothing excited.
const FROZEN: f64 = 12.0;
/// The same where there is no doubt of it.
const LONG_FROZEN: f64 = 16.0;
/// Highest temperature over the spread of the levels: the heat capacity falls as 1/T^2 there.
const MOLTEN: f64 = 50.0;

impl Subject {
    /// The particle systems of the comparison.
    ///
    /// # Errors
    ///
    /// A system that cannot be built from `config`.
    pub fn particles(config: &Config) -> Result<Vec<Self>, ExperimentError> {
        let rem = Rem::new(config.rem_n, 1.0, &mut Seed::default().set_up())?;
        let ising = Ising::torus(config.ising_side, config.ising_side, 1.0, 0.0)?;
        Ok(vec![
            Self::particles_in("two-level", TwoLevel::new(1.0, 1.0, 1.0)?.spectrum()),
            Self::particles_in("paramagnet, spin 5/2", Paramagnet::new("5/2".parse()?, 1.0)?.spectrum()),
            Self::particles_in(&format!("random-energy model, {} levels", rem.spectrum().len()), rem.spectrum()),
            Self::ising(ising, config.ising_side)?,
            Self::oscillator(Oscillator::new(1.0)?)?,
        ])
    }

    /// The next token after each prompt, all at the same temperatures so that they can be averaged.
    #[must_use]
    pub fn tokens(contexts: &[Position]) -> Vec<Self> {
        let ranges = contexts.iter().map(|c| range(&c.listed));
        let (coldest, hottest) = ranges.fold((f64::INFINITY, 0.0f64), |r, (low, high)| (r.0.min(low), r.1.max(high)));
        let subject = |c: &Position| Self::levels(Side::Tokens, &c.origin, &c.listed, (coldest, hottest));
        contexts.iter().map(subject).collect()
    }

    fn particles_in(name: &str, spectrum: &Spectrum) -> Self {
        Self::levels(Side::Particles, name, spectrum, range(spectrum))
    }

    fn levels(side: Side, name: &str, spectrum: &Spectrum, (coldest, hottest): (f64, f64)) -> Self {
        let panels = even_panels(coldest.ln(), hottest.ln());
        Self {
            side,
            name: name.to_owned(),
            n_sites: 1.0,
            ground_energy: spectrum.ground_energy(),
            ln_ground: spectrum.ln_ground_degeneracy(),
            ln_states: spectrum.ln_states(),
            spread: Some(spread_at_infinite_temperature(spectrum)),
            ensemble: Ensemble::Levels(spectrum.clone()),
            temperatures: nodes(&panels),
            panels,
        }
    }

    fn oscillator(oscillator: Oscillator) -> Result<Self, ExperimentError> {
        let ground = oscillator.thermo(Beta::INFINITE)?;
        let quantum = 2.0 * ground.energy;
        let panels = even_panels((quantum / FROZEN).ln(), (30.0 * quantum).ln());
        Ok(Self {
            side: Side::Particles,
            name: "oscillator".to_owned(),
            n_sites: 1.0,
            ground_energy: ground.energy,
            ln_ground: 0.0,
            ln_states: f64::INFINITY,
            spread: None,
            temperatures: nodes(&panels),
            panels,
            ensemble: Ensemble::Oscillator(oscillator),
        })
    }

    fn ising(ising: Ising, side: usize) -> Result<Self, ExperimentError> {
        let n_sites = ising.n_sites();
        let ground = ising.thermo(Beta::INFINITE)?;
        // Panels of width ~1/L around the transition, where the heat capacity has a peak of that width.
        let critical = (2.0 / 2f64.sqrt().ln_1p()).ln();
        let mut panels = even_panels(0.5f64.ln(), critical - 5.0 / side as f64);
        panels.extend([-2.0, -0.6, 0.6, 2.0].map(|x| critical + x / side as f64));
        panels.extend(even_panels(critical + 5.0 / side as f64, 30f64.ln()));
        Ok(Self {
            side: Side::Particles,
            name: format!("Ising, {side} x {side}"),
            n_sites,
            ground_energy: ground.energy,
            ln_ground: ground.entropy,
            ln_states: n_sites * std::f64::consts::LN_2,
            spread: Some((2.0 * n_sites).sqrt()),
            temperatures: nodes(&panels),
            panels,
            ensemble: Ensemble::Ising(ising),
        })
    }

    /// Edges of the Gauss–Lobatto panels in ln T.
    #[must_use]
    pub fn panels(&self) -> &[f64] {
        &self.panels
    }

    /// Number of the coldest panels in which nothing is excited. Contexts share their temperatures, and one with a wide gap is frozen where another
    /// is not. Its excited levels have a probability of about e^-16 or less there; the error for levels that were never drawn is far larger.
    #[must_use]
    pub fn n_frozen_panels(&self) -> usize {
        let Ensemble::Levels(spectrum) = &self.ensemble else { return 0 };
        let coldest = (spectrum.gap() / LONG_FROZEN).ln();
        self.panels.iter().skip(1).filter(|edge| **edge <= coldest && coldest.is_finite()).count()
    }

    /// Simulated temperatures: the nodes of the panels, ascending.
    #[must_use]
    pub fn temperatures(&self) -> &[Temperature] {
        &self.temperatures
    }

    /// The exact answer.
    #[must_use]
    pub fn exact(&self) -> &dyn Exact {
        match &self.ensemble {
            Ensemble::Levels(spectrum) => spectrum,
            Ensemble::Oscillator(oscillator) => oscillator,
            Ensemble::Ising(ising) => ising,
        }
    }

    /// Exact probability of the ground state(s) at `beta`.
    #[must_use]
    pub fn ground_probability(&self, beta: Beta) -> Option<f64> {
        let thermo = self.exact().thermo(beta).ok()?;
        Some(thermo.ln_level_probability(self.ground_energy, self.ln_ground).exp())
    }

    fn spectrum_at(&self, beta: Beta) -> Result<Cow<'_, Spectrum>, ExperimentError> {
        Ok(match &self.ensemble {
            Ensemble::Oscillator(oscillator) => Cow::Owned(oscillator.spectrum_at(beta)?),
            Ensemble::Levels(spectrum) => Cow::Borrowed(spectrum),
            Ensemble::Ising(_) => return Err(SimulationError::NotSampled { system: "ising" }.into()),
        })
    }

    fn n_draws(&self, config: &Config) -> u64 {
        if self.side == Side::Tokens { config.tokens } else { config.particles }
    }

    /// Samples at `temperature` and measures.
    ///
    /// # Errors
    ///
    /// The chain is too short for its autocorrelations.
    pub fn measure(
        &self,
        temperature: Temperature,
        config: &Config,
        rng: &mut TaskRng,
    ) -> Result<SimulatedPoint, ExperimentError> {
        let beta = temperature.beta();
        let exact = self.exact().thermo(beta)?;
        if let Ensemble::Ising(ising) = &self.ensemble {
            let schedule = Schedule { thermalization: config.sweeps / 10, sweeps: config.sweeps };
            let ground = self.ground_energy;
            let observables = Observables::new().mean_of_energy(GROUND_SHARE, |e| if e == ground { 1.0 } else { 0.0 });
            let mut clusters = clusters(ising, beta, schedule.thermalization, rng)?;
            let chain = measure_chain(&mut clusters, Schedule { thermalization: 0, ..schedule }, &observables, rng)?;
            return Ok(SimulatedPoint {
                temperature,
                energy: chain.energy,
                variance: chain.variance,
                entropy: None,
                ground: chain.means[0],
                resolved: chain.resolved,
                exact,
                exact_ground: self.ground_probability(beta),
            });
        }
        let levels = measure_levels(&*self.spectrum_at(beta)?, beta, self.n_draws(config), rng);
        Ok(SimulatedPoint {
            temperature,
            energy: levels.energy,
            variance: levels.variance,
            entropy: levels.entropy,
            ground: levels.ground,
            resolved: levels.resolved,
            exact,
            exact_ground: self.ground_probability(beta),
        })
    }

    /// Draws new energies at two temperatures near the largest measured heat capacity and fits the log ratio of
    /// their histograms.
    ///
    /// # Errors
    ///
    /// The two histograms do not overlap.
    pub fn ratio_test(
        &self,
        points: &[SimulatedPoint],
        config: &Config,
        stream: impl Fn(u16) -> TaskRng,
    ) -> Result<RatioTest, ExperimentError> {
        let peak = points.iter().fold(&points[0], |best, point| {
            if point.heat_capacity().value > best.heat_capacity().value { point } else { best }
        });
        let cold = peak.temperature.beta();
        // Histograms of width sqrt(C) T still overlap, and tell the slope best, when they lie 1.5 widths apart.
        let apart = (1.5 / peak.heat_capacity().value.sqrt()).min(0.5);
        let hot = cold.scaled(1.0 - apart)?;
        let (mut first, mut second) = (stream(0), stream(1));
        if let Ensemble::Ising(ising) = &self.ensemble {
            let schedule = Schedule { thermalization: config.sweeps / 10, sweeps: 3 * config.sweeps };
            let (cold_energies, hot_energies) = rayon::join(
                || chain_energies(ising, cold, schedule, &mut first),
                || chain_energies(ising, hot, schedule, &mut second),
            );
            let (cold_energies, hot_energies) = (cold_energies?, hot_energies?);
            let slope = slope_from_blocks(&cold_energies, &hot_energies, BLOCKS)?.slope;
            let levels = level_counts(&cold_energies, &hot_energies)?;
            let independent = slope_from_levels(&levels)?.slope;
            let inflation = (slope.std_error / independent.std_error).powi(2);
            return Ok(RatioTest { betas: (cold, hot), levels, slope, inflation });
        }
        let n = 20 * self.n_draws(config);
        let (colder, hotter) = (self.spectrum_at(cold)?, self.spectrum_at(hot)?);
        let cold_counts = occupation_numbers(&Canonical::new(&colder, cold), n, &mut first);
        let hot_counts = occupation_numbers(&Canonical::new(&hotter, hot), n, &mut second);
        let listed = if colder.len() > hotter.len() { &colder } else { &hotter };
        let count = |counts: &[u64], i: usize| counts.get(i).map_or(0.0, |&n| n as f64);
        let levels: Vec<LevelCount> = (0..listed.len())
            .map(|i| LevelCount {
                energy: listed.energy(i),
                count1: count(&cold_counts, i),
                count2: count(&hot_counts, i),
            })
            .filter(|level| level.count1 + level.count2 > 0.0)
            .collect();
        Ok(RatioTest { betas: (cold, hot), slope: slope_from_levels(&levels)?.slope, levels, inflation: 1.0 })
    }
}

/// Wolff's clusters of `ising`, after as many sweeps as `thermalization` in which their number in an advance is found.
///
/// They start with all spins up, from where a ferromagnet melts faster than it orders; at random for an antiferromagnet.
pub(super) fn clusters<'a>(
    ising: &'a Ising,
    beta: Beta,
    thermalization: u64,
    rng: &mut TaskRng,
) -> Result<Wolff<'a, Ising>, ExperimentError> {
    let up = || ising.state(&vec![1; ising.lattice().n_sites()]);
    let mut wolff = Wolff::new(ising, beta, if ising.j() > 0.0 { up() } else { ising.initial_state(rng) })?;
    wolff.tune(thermalization, rng);
    Ok(wolff)
}

/// Energies of the Ising model after each of the sweeps of `schedule`.
fn chain_energies(
    ising: &Ising,
    beta: Beta,
    schedule: Schedule,
    rng: &mut TaskRng,
) -> Result<Vec<f64>, ExperimentError> {
    let mut wolff = clusters(ising, beta, schedule.thermalization, rng)?;
    let mut energies = Vec::new();
    run(&mut wolff, Schedule { thermalization: 0, ..schedule }, rng, |wolff| energies.push(wolff.energy()));
    Ok(energies)
}

/// Temperatures between which everything happens: from all frozen to all levels equally likely.
fn range(spectrum: &Spectrum) -> (f64, f64) {
    let gap = spectrum.gap();
    if gap.is_finite() { (gap / FROZEN, MOLTEN * spread_at_infinite_temperature(spectrum)) } else { (0.1, 10.0) }
}

fn spread_at_infinite_temperature(spectrum: &Spectrum) -> f64 {
    let Ok(beta) = Beta::new(1e-6 / spectrum.highest_excitation().max(f64::MIN_POSITIVE)) else { return 0.0 };
    Canonical::new(spectrum, beta).thermo().heat_capacity.sqrt() / beta.get()
}

/// Edges from `low` to `high` in equal steps of at most [`PANEL`].
fn even_panels(low: f64, high: f64) -> Vec<f64> {
    let n = ((high - low) / PANEL).ceil().max(1.0) as usize;
    (0..=n).map(|k| low + (high - low) * k as f64 / n as f64).collect()
}

fn nodes(panels: &[f64]) -> Vec<Temperature> {
    GaussLobatto::new(panels)
        .map(|panels| panels.nodes().iter().filter_map(|x| Temperature::new(x.exp()).ok()).collect())
        .unwrap_or_default()
}
