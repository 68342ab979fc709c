//! Finite-size scaling: where the Binder cumulants of different sizes cross, and how they collapse.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::error::ExperimentError;
use super::tick::Tick;
use crate::ensemble::{Canonical, Spectrum};
use crate::estimators::{DensityOfStates, EnergyHistogram, Estimate, LevelWeights, jackknife_of};
use crate::model::{Boundary, ClusterModel, Lattice, LatticeKind, Magnet};
use crate::rng::{Seed, Stream, TaskRng};
use crate::samplers::{Sampler, Schedule, Wolff, run as run_chain};
use crate::systems::{Ising, Potts};
use crate::units::{Beta, Temperature};

/// Blocks that the errors come from, the same for all sizes.
const BLOCKS: usize = 32;
/// Updates in which a chain finds the number of clusters of one sweep.
const TUNING: u64 = 100;
/// Simulated temperatures: T_c (1 + x L^(-1/nu)) for these x.
const SIMULATED: [f64; 3] = [-0.5, 0.0, 0.5];
/// Points of a reweighted curve, over the simulated range.
const CURVE: usize = 41;

/// Which transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The square Ising model: T_c = 2/ln(1 + sqrt 2), nu = 1.
    Ising,
    /// The square Potts model of three colours: T_c = 1/ln(1 + sqrt 3), nu = 5/6.
    Potts3,
}

impl Family {
    /// Its name in figures.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ising => "Ising",
            Self::Potts3 => "Potts, q = 3",
        }
    }

    /// The exact critical temperature of the infinite square lattice, J = 1.
    #[must_use]
    pub fn critical_temperature(self) -> f64 {
        match self {
            Self::Ising => 2.0 / 2f64.sqrt().ln_1p(),
            Self::Potts3 => 1.0 / 3f64.sqrt().ln_1p(),
        }
    }

    /// nu, the exact exponent of the correlation length.
    ///
    /// # References
    ///
    /// F. Y. Wu, Rev. Mod. Phys. 54, 235 (1982), doi:10.1103/RevModPhys.54.235, table II.
    #[must_use]
    pub fn nu(self) -> f64 {
        match self {
            Self::Ising => 1.0,
            Self::Potts3 => 5.0 / 6.0,
        }
    }
}

/// What is studied.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The transition.
    pub family: Family,
    /// Sides of the tori, ascending.
    pub sides: Vec<usize>,
    /// Sweeps of clusters at each temperature.
    pub sweeps: u64,
}

/// The Binder cumulant of one size.
#[derive(Clone, Debug)]
pub struct Size {
    /// Side of the torus.
    pub side: usize,
    /// Measured at the simulated temperatures.
    pub points: Vec<(f64, Estimate)>,
    /// Reweighted between them.
    pub curve: Vec<(f64, Estimate)>,
}

/// Where two sizes have the same Binder cumulant.
#[derive(Clone, Copy, Debug)]
pub struct Crossing {
    /// The two sides.
    pub sides: (usize, usize),
    /// The temperature.
    pub temperature: Estimate,
    /// The cumulant there.
    pub binder: Estimate,
}

/// The whole study.
#[derive(Clone, Debug)]
pub struct Study {
    /// The transition.
    pub family: Family,
    /// One entry per side.
    pub sizes: Vec<Size>,
    /// Crossings of neighbouring sides.
    pub crossings: Vec<Crossing>,
}

/// Runs the study: all sides and temperatures in parallel, then curves and crossings.
///
/// # Errors
///
/// Fewer than two sides; samples that do not overlap; cumulants that do not cross in the simulated range.
pub fn run(config: &Config, seed: Seed, tick: Tick<'_>) -> Result<Study, ExperimentError> {
    let family = config.family;
    let tasks: Vec<(usize, usize)> =
        (0..config.sides.len()).flat_map(|side| (0..SIMULATED.len()).map(move |t| (side, t))).collect();
    let blocks: Result<Vec<Vec<CountsByEnergy>>, ExperimentError> = tasks
        .par_iter()
        .map(|&(number, t)| {
            let side = config.sides[number];
            let point = (number * SIMULATED.len() + t) as u32;
            let mut rng = seed.stream(Stream::FiniteSize { point, family: family as u16 }.id());
            let blocks = sample(family, side, temperature(family, side, SIMULATED[t])?.beta(), config.sweeps, &mut rng);
            tick();
            blocks
        })
        .collect();
    let blocks = blocks?;
    let cumulants: Result<Vec<Cumulant>, ExperimentError> = config
        .sides
        .iter()
        .zip(blocks.chunks_exact(SIMULATED.len()))
        .map(|(&side, blocks)| Cumulant::new(family, side, blocks))
        .collect();
    let cumulants = cumulants?;
    let sizes = cumulants.par_iter().map(|c| c.size(family)).collect::<Result<Vec<_>, _>>()?;
    let crossings = cumulants.par_windows(2).map(|pair| crossing(family, &pair[0], &pair[1]));
    Ok(Study { family, sizes, crossings: crossings.collect::<Result<Vec<_>, _>>()? })
}

/// T_c (1 + x L^(-1/nu)).
fn temperature(family: Family, side: usize, x: f64) -> Result<Temperature, ExperimentError> {
    let scale = (side as f64).powf(-1.0 / family.nu());
    Ok(Temperature::new(family.critical_temperature() * (1.0 + x * scale))?)
}

/// Samples by energy (a whole number where J = 1): how many, and the sums of m^2 and m^4.
type CountsByEnergy = BTreeMap<i64, [f64; 3]>;

fn sample(
    family: Family,
    side: usize,
    beta: Beta,
    sweeps: u64,
    rng: &mut TaskRng,
) -> Result<Vec<CountsByEnergy>, ExperimentError> {
    let lattice = Lattice::new(LatticeKind::Square, &[side, side], Boundary::Periodic)?;
    match family {
        Family::Ising => clusters(&Ising::new(lattice, 1.0, 0.0)?, beta, sweeps, rng),
        Family::Potts3 => clusters(&Potts::new(lattice, 3, 1.0)?, beta, sweeps, rng),
    }
}

fn clusters<M: ClusterModel + Magnet>(
    model: &M,
    beta: Beta,
    sweeps: u64,
    rng: &mut TaskRng,
) -> Result<Vec<CountsByEnergy>, ExperimentError> {
    let n = model.lattice().n_sites() as f64;
    let mut chain = Wolff::new(model, beta, model.initial_state(rng))?;
    chain.tune(TUNING, rng);
    let schedule = |sweeps| Schedule { thermalization: 0, sweeps };
    run_chain(&mut chain, schedule(sweeps / 20), rng, |_| ());
    let mut blocks = vec![CountsByEnergy::new(); BLOCKS];
    for block in &mut blocks {
        run_chain(&mut chain, schedule(sweeps / BLOCKS as u64), rng, |chain| {
            let m2 = (model.magnetization(chain.state()) / n).powi(2);
            let sums = block.entry(chain.energy().round() as i64).or_default();
            sums.iter_mut().zip([1.0, m2, m2 * m2]).for_each(|(sum, x)| *sum += x);
        });
    }
    Ok(blocks)
}

/// One estimate of the density of states with the moments of m at each energy.
struct MomentsByEnergy {
    spectrum: Spectrum,
    m2: Vec<f64>,
    m4: Vec<f64>,
}

impl MomentsByEnergy {
    fn new(weights: &LevelWeights, sums: &CountsByEnergy) -> Result<Self, ExperimentError> {
        let mean = |energy: &f64, k: usize| sums.get(&(*energy as i64)).map_or(0.0, |s| s[k] / s[0]);
        let energies = weights.energies();
        Ok(Self {
            spectrum: Spectrum::with_ln_degeneracies(energies.to_vec(), weights.ln_weights().to_vec())?,
            m2: energies.iter().map(|e| mean(e, 1)).collect(),
            m4: energies.iter().map(|e| mean(e, 2)).collect(),
        })
    }

    /// 1 - <m^4>/(3 <m^2>^2): at one energy the moments of m do not depend on temperature.
    fn binder(&self, beta: Beta) -> f64 {
        let p = Canonical::new(&self.spectrum, beta).probabilities();
        let mean = |m: &[f64]| p.iter().zip(m).map(|(p, m)| p * m).sum::<f64>();
        1.0 - mean(&self.m4) / (3.0 * mean(&self.m2).powi(2))
    }
}

/// The Binder cumulant of one side as a function of temperature, from all blocks and without each.
struct Cumulant {
    side: usize,
    levels: Vec<MomentsByEnergy>,
}

impl Cumulant {
    /// From the blocks of every simulated temperature.
    fn new(family: Family, side: usize, runs: &[Vec<CountsByEnergy>]) -> Result<Self, ExperimentError> {
        let histogram = |block: &CountsByEnergy| {
            let energies: Vec<f64> = block.keys().map(|&e| e as f64).collect();
            let counts: Vec<u64> = block.values().map(|s| s[0] as u64).collect();
            EnergyHistogram::of_counts(&energies, &counts)
        };
        let histograms: Result<Vec<Vec<_>>, _> = runs.iter().map(|run| run.iter().map(histogram).collect()).collect();
        let betas: Result<Vec<f64>, _> =
            SIMULATED.iter().map(|&x| Ok::<_, ExperimentError>(temperature(family, side, x)?.beta().get())).collect();
        let density = DensityOfStates::solve(&betas?, &histograms?, None)?;
        let total = added(runs.iter().flatten());
        let mut levels = vec![MomentsByEnergy::new(density.levels(), &total)?];
        for (b, weights) in density.without_block().iter().enumerate() {
            let kept =
                runs.iter().flat_map(|run| run.iter().enumerate().filter(|(i, _)| *i != b).map(|(_, block)| block));
            levels.push(MomentsByEnergy::new(weights, &added(kept))?);
        }
        Ok(Self { side, levels })
    }

    fn at(&self, temperature: Temperature) -> Result<Estimate, ExperimentError> {
        let values: Vec<f64> = self.levels.iter().map(|levels| levels.binder(temperature.beta())).collect();
        Ok(jackknife_of(values[0], &values[1..])?)
    }

    fn size(&self, family: Family) -> Result<Size, ExperimentError> {
        let (first, last) = (SIMULATED[0], SIMULATED[SIMULATED.len() - 1]);
        let at = |x: f64| -> Result<(f64, Estimate), ExperimentError> {
            let t = temperature(family, self.side, x)?;
            Ok((t.get(), self.at(t)?))
        };
        let grid = (0..CURVE).map(|k| first + (last - first) * k as f64 / (CURVE - 1) as f64);
        Ok(Size {
            side: self.side,
            points: SIMULATED.iter().map(|&x| at(x)).collect::<Result<_, _>>()?,
            curve: grid.map(at).collect::<Result<_, _>>()?,
        })
    }
}

/// The sums of several blocks.
fn added<'a>(blocks: impl Iterator<Item = &'a CountsByEnergy>) -> CountsByEnergy {
    let mut total = CountsByEnergy::new();
    for (energy, sums) in blocks.flatten() {
        let own = total.entry(*energy).or_default();
        own.iter_mut().zip(sums).for_each(|(own, sum)| *own += sum);
    }
    total
}

/// Where the cumulants of two sides cross within the simulated range of the larger one.
fn crossing(family: Family, small: &Cumulant, large: &Cumulant) -> Result<Crossing, ExperimentError> {
    let range = [SIMULATED[0], SIMULATED[SIMULATED.len() - 1]].map(|x| temperature(family, large.side, x));
    let [low, high] = range;
    let (low, high) = (low?.get(), high?.get());
    let found: Result<Vec<(f64, f64)>, ExperimentError> =
        small.levels.iter().zip(&large.levels).map(|(a, b)| root(a, b, low, high)).collect();
    let found = found?;
    let estimate = |of: fn(&(f64, f64)) -> f64| {
        let values: Vec<f64> = found.iter().map(of).collect();
        jackknife_of(values[0], &values[1..])
    };
    Ok(Crossing {
        sides: (small.side, large.side),
        temperature: estimate(|found| found.0)?,
        binder: estimate(|found| found.1)?,
    })
}

/// The temperature between `low` and `high` where both cumulants are equal, and their value there, by bisection.
fn root(
    small: &MomentsByEnergy,
    large: &MomentsByEnergy,
    mut low: f64,
    mut high: f64,
) -> Result<(f64, f64), ExperimentError> {
    let difference = |t: f64| -> Result<f64, ExperimentError> {
        let beta = Temperature::new(t)?.beta();
        Ok(large.binder(beta) - small.binder(beta))
    };
    // Below the crossing the larger lattice is the more ordered one.
    if !(difference(low)? > 0.0 && difference(high)? < 0.0) {
        return Err(ExperimentError::Setting {
            name: "sweeps",
            expected: "enough for cumulants that cross in the simulated range",
            value: format!("no crossing between T = {low} and {high}"),
        });
    }
    while high - low > 1e-12 * high {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if difference(middle)? > 0.0 { low = middle } else { high = middle }
    }
    Ok((low, large.binder(Temperature::new(low)?.beta())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_tori_cross_near_the_critical_temperature() {
        let config = Config { family: Family::Ising, sides: vec![8, 16], sweeps: 20_000 };
        let study = run(&config, Seed(1), &|| ()).unwrap();
        let crossing = study.crossings[0];
        assert!((crossing.temperature.value / Family::Ising.critical_temperature() - 1.0).abs() < 5e-3, "{crossing:?}");
        // Exact on 8 x 8 where the states are counted by energy and magnetization: not there; on 4 x 4 it is.
        let small = Config { family: Family::Ising, sides: vec![4, 8], sweeps: 20_000 };
        let size = &run(&small, Seed(2), &|| ()).unwrap().sizes[0];
        let exact = Ising::torus(4, 4, 1.0, 0.0).unwrap();
        for (t, estimate) in &size.curve {
            let moments = exact.magnetic_moments(Temperature::new(*t).unwrap().beta()).unwrap();
            assert!(estimate.z_score(moments.binder).abs() < 4.5, "{t} {estimate} {}", moments.binder);
        }
        let wrong = exact.magnetic_moments(Temperature::new(size.curve[20].0 / 1.05).unwrap().beta()).unwrap();
        assert!(size.curve[20].1.z_score(wrong.binder).abs() > 4.5);
    }
}
