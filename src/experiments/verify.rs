//! The acceptance suite: every system by every sampler that applies, against exact results, as one family of checks.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::canonical_tests;
use super::error::ExperimentError;
use super::tick::Tick;
use crate::estimators::{Estimate, normal_equivalent, student_t_two_sided};
use crate::rng::Seed;
use crate::simulation::{self, Budget, Row, SamplerName, Settings, SimulationError};
use crate::systems::{LennardJones, Logits, Matrix, System, catalogue};
use crate::units::Temperature;

/// One system sampled one way at a list of temperatures.
#[derive(Debug)]
pub struct Case {
    /// The system with its parameters.
    pub system: System,
    /// How it reads on the command line.
    pub label: String,
    /// The sampler.
    pub sampler: SamplerName,
    /// Where it is sampled.
    pub temperatures: Vec<Temperature>,
    /// How long.
    pub budget: Budget,
    /// Whether it is compared with what was published, not with what is exact.
    pub published: bool,
}

/// What is checked by default: name, parameters, sampler, lowest and highest temperature.
const CASES: &[(&str, &str, SamplerName, f64, f64)] = &[
    ("levels", "energies=0,1,1.5,4 degeneracies=1,2,1,7", SamplerName::Direct, 0.25, 8.0),
    ("two_level", "", SamplerName::Direct, 0.15, 6.0),
    ("two_level", "gap=2 g0=2 g1=5", SamplerName::Direct, 0.3, 12.0),
    ("paramagnet", "spin=1/2", SamplerName::Direct, 0.15, 6.0),
    ("paramagnet", "spin=5/2 field=0.7", SamplerName::Direct, 0.15, 6.0),
    ("oscillator", "", SamplerName::Direct, 0.15, 50.0),
    ("classical_power", "", SamplerName::Direct, 0.1, 10.0),
    ("classical_power", "power=4 stiffness=2", SamplerName::Direct, 0.1, 10.0),
    ("classical_power", "", SamplerName::Metropolis, 0.1, 10.0),
    ("rotor", "", SamplerName::Direct, 0.3, 30.0),
    ("rotor", "nuclear=ortho", SamplerName::Direct, 1.5, 60.0),
    ("rotor", "nuclear=equilibrium", SamplerName::Direct, 0.3, 30.0),
    ("box", "dimension=1", SamplerName::Direct, 0.6, 60.0),
    ("box", "dimension=3", SamplerName::Direct, 0.6, 12.0),
    ("rem", "", SamplerName::Direct, 0.1, 4.0),
    ("logits", "", SamplerName::Direct, 0.2, 10.0),
    ("ising", "l=8", SamplerName::Metropolis, 1.5, 6.0),
    ("ising", "l=8", SamplerName::HeatBath, 1.5, 6.0),
    ("ising", "l=8", SamplerName::Wolff, 1.5, 6.0),
    ("ising", "l=8", SamplerName::SwendsenWang, 1.5, 6.0),
    ("ising", "l=8", SamplerName::Tempering, 1.5, 6.0),
    ("ising", "l=8", SamplerName::WangLandau, 1.5, 6.0),
    ("ising", "l=3x5", SamplerName::Metropolis, 2.0, 8.0),
    ("ising", "l=4 h=0.3", SamplerName::Metropolis, 3.5, 10.0),
    ("ising", "l=4x6 h=0.3", SamplerName::HeatBath, 3.5, 10.0),
    ("ising", "l=6 j=-1", SamplerName::Wolff, 2.2, 6.0),
    ("ising", "dimension=1 l=16", SamplerName::Wolff, 0.7, 5.0),
    ("ising", "dimension=1 l=16 h=0.2", SamplerName::HeatBath, 0.5, 5.0),
    ("ising", "dimension=3 l=2x2x4", SamplerName::SwendsenWang, 3.0, 12.0),
    ("ising", "lattice=triangular l=4", SamplerName::Wolff, 2.5, 10.0),
    ("ising", "lattice=triangular l=4 j=-1", SamplerName::HeatBath, 1.0, 6.0),
    ("ising", "lattice=honeycomb l=4", SamplerName::Wolff, 1.0, 6.0),
    ("potts", "dimension=1 l=12 q=5", SamplerName::Wolff, 0.3, 3.0),
    ("potts", "l=4 q=3", SamplerName::Metropolis, 0.8, 4.0),
    ("potts", "l=4 q=3", SamplerName::HeatBath, 0.8, 4.0),
    ("potts", "l=4 q=3", SamplerName::Wolff, 0.7, 4.0),
    ("potts", "l=4 q=10", SamplerName::SwendsenWang, 0.9, 3.0),
    ("potts", "l=4 q=10", SamplerName::WangLandau, 0.6, 3.0),
    ("potts", "l=4 q=3", SamplerName::Tempering, 0.7, 3.0),
    ("potts", "l=3 q=20", SamplerName::Multicanonical, 0.56, 0.63),
    ("potts", "l=3 q=4 j=-1", SamplerName::HeatBath, 0.5, 4.0),
    ("xy", "dimension=1 l=16", SamplerName::Metropolis, 0.6, 4.0),
    ("xy", "dimension=1 l=16", SamplerName::HeatBath, 0.6, 4.0),
    ("xy", "dimension=1 l=16", SamplerName::Wolff, 0.6, 4.0),
    ("xy", "dimension=1 l=16 boundary=open", SamplerName::OverRelaxation, 0.6, 4.0),
    ("heisenberg", "dimension=1 l=16", SamplerName::Metropolis, 0.6, 4.0),
    ("heisenberg", "dimension=1 l=16", SamplerName::OverRelaxation, 0.6, 4.0),
    ("heisenberg", "dimension=1 l=16", SamplerName::SwendsenWang, 0.6, 4.0),
    ("heisenberg", "dimension=1 l=16 boundary=open", SamplerName::HeatBath, 0.6, 4.0),
    ("spin_glass", "dimension=2 l=4", SamplerName::Tempering, 0.4, 4.0),
    ("spin_glass", "dimension=2 l=4", SamplerName::WangLandau, 0.4, 4.0),
    ("spin_glass", "dimension=2 l=4 distribution=gaussian h=0.2", SamplerName::Tempering, 0.5, 4.0),
    ("spin_glass", "dimension=3 l=2x2x4", SamplerName::Metropolis, 1.5, 6.0),
    ("xxz_chain", "", SamplerName::Direct, 0.15, 6.0),
    ("xxz_chain", "n=7 j=-1 delta=0.5 h=0.3 boundary=open", SamplerName::Direct, 0.1, 6.0),
    ("tfim_chain", "", SamplerName::Direct, 0.3, 12.0),
    ("tfim_chain", "n=9 j=0.7 gamma=1.3 boundary=open", SamplerName::Direct, 0.3, 12.0),
    ("tfim_chain", "n=100 gamma=0.8", SamplerName::Direct, 0.3, 6.0),
    ("matrix", "", SamplerName::Direct, 0.5, 20.0),
    ("quartic", "", SamplerName::Direct, 0.3, 20.0),
    ("quartic", "a=-3 b=0.5", SamplerName::Direct, 0.3, 20.0),
    ("morse", "", SamplerName::Direct, 0.15, 6.0),
    ("einstein_solid", "", SamplerName::Direct, 0.15, 20.0),
    ("debye_solid", "", SamplerName::Direct, 0.05, 5.0),
    ("rotor", "nuclear=normal", SamplerName::Direct, 1.0, 60.0),
    ("ideal_gas", "", SamplerName::Direct, 50.0, 3000.0),
    ("ideal_gas", "mass=4.0026 n=20 density=1e25", SamplerName::Direct, 5.0, 3000.0),
    ("photon_gas", "volume=1e-12", SamplerName::Direct, 40.0, 3000.0),
    ("photon_gas", "", SamplerName::Direct, 300.0, 6000.0),
    ("lennard_jones", "n=2 density=0.016 cutoff=2.5", SamplerName::Metropolis, 0.6, 4.0),
    ("lennard_jones", "n=2 density=0.07 cutoff=1.5 truncation=shifted", SamplerName::Metropolis, 0.4, 4.0),
    ("blume_capel", "l=4 delta=1", SamplerName::HeatBath, 1.0, 5.0),
    ("blume_capel", "l=3x4 delta=0.5 h=0.3", SamplerName::Metropolis, 1.5, 6.0),
    ("blume_capel", "l=3x5 delta=0.5 h=0.03", SamplerName::Mixed, 1.0, 6.0),
    ("blume_capel", "l=4 delta=1.975", SamplerName::Tempering, 0.5, 3.0),
    ("blume_capel", "l=4 delta=1.5", SamplerName::WangLandau, 0.4, 3.0),
    ("blume_capel", "dimension=1 l=20 delta=0.8 h=0.1", SamplerName::HeatBath, 0.5, 4.0),
    ("clock", "l=3", SamplerName::Wolff, 0.5, 3.0),
    ("clock", "l=3", SamplerName::HeatBath, 0.5, 3.0),
    ("clock", "l=3", SamplerName::WangLandau, 0.4, 3.0),
    ("clock", "l=2x4 q=5 j=-1", SamplerName::SwendsenWang, 0.6, 4.0),
    ("clock", "l=2x5 q=4", SamplerName::Tempering, 0.6, 4.0),
    ("clock", "dimension=1 l=16 q=8", SamplerName::Metropolis, 0.5, 4.0),
];

/// Temperatures of each case: enough that 26 seeds make 260 values for the coverage of the error bars.
const TEMPERATURES: usize = 10;
const PARTICLES: u64 = 200_000;
const SWEEPS: u64 = 10_000;
const WALK: u64 = 100_000;
const COORDINATE: u64 = 50_000;
const FLUID: &str = "lennard_jones";
/// Sweeps of two particles: a sweep is one move a particle, so these are cheap.
const PAIR_SWEEPS: u64 = 100_000;
/// Sweeps of many particles: of a thin gas, whose energy hardly varies, so many that a wrong T shows by some eight errors; of a liquid, about a
/// hundred autocorrelation times of its pressure.
const FLUID_SWEEPS: u64 = 12_000;

/// The cases for `systems`, or all of them for an empty list.
///
/// # Errors
///
/// A name that is no system.
pub fn cases(systems: &[String]) -> Result<Vec<Case>, ExperimentError> {
    for name in systems {
        catalogue::find(name)?;
    }
    let mut cases = Vec::new();
    for &(name, parameters, sampler, low, high) in CASES {
        if !(systems.is_empty() || systems.iter().any(|asked| asked == name)) {
            continue;
        }
        let pairs: Vec<(&str, &str)> = parameters.split_whitespace().filter_map(|pair| pair.split_once('=')).collect();
        let system = match name {
            "logits" => made_up_logits()?,
            "matrix" => made_up_matrix()?,
            _ => System::parse(name, &pairs)?,
        };
        let ratio = (high / low).powf(1.0 / (TEMPERATURES - 1) as f64);
        let temperatures: Result<Vec<_>, _> =
            (0..TEMPERATURES).map(|k| Temperature::new(low * ratio.powi(k as i32))).collect();
        cases.push(Case {
            system,
            label: format!("{name} {parameters}").trim_end().to_owned(),
            sampler,
            temperatures: temperatures?,
            published: false,
            budget: match sampler {
                SamplerName::Direct => Budget::Particles(PARTICLES),
                SamplerName::WangLandau => Budget::Sweeps(WALK),
                _ if name == "classical_power" => Budget::Sweeps(COORDINATE),
                _ if name == FLUID => Budget::Sweeps(PAIR_SWEEPS),
                _ => Budget::Sweeps(SWEEPS),
            },
        });
    }
    if systems.is_empty() || systems.iter().any(|asked| asked == FLUID) {
        for (temperature, density) in LennardJones::published_points() {
            let parameters = format!("density={density}");
            cases.push(Case {
                system: System::parse(FLUID, &[("density", &density.to_string())])?,
                label: format!("{FLUID} {parameters}"),
                sampler: SamplerName::Metropolis,
                temperatures: vec![temperature],
                budget: Budget::Sweeps(FLUID_SWEEPS),
                published: true,
            });
        }
    }
    Ok(cases)
}

/// Logits that need no file: 1000 values between -4 and 4, scattered by a formula, one of them forbidden.
fn made_up_logits() -> Result<System, ExperimentError> {
    let mut logits: Vec<f64> = (0..1000).map(|i| 4.0 * (0.37 * f64::from(i * i)).sin()).collect();
    logits[500] = f64::NEG_INFINITY;
    Ok(System::new(Logits::new(&logits)?))
}

/// A matrix that needs no file: 30 rows scattered by a formula.
fn made_up_matrix() -> Result<System, ExperimentError> {
    let scattered = |i: usize, j: usize| (0.37 * (1 + i * i + j * j + 7 * i * j) as f64).sin();
    Ok(System::new(Matrix::new(DMatrix::from_fn(30, 30, scattered))?))
}

/// The rows of one case, and its negative control: a temperature 5 % wrong.
#[derive(Debug)]
pub struct Checked {
    /// How it reads on the command line.
    pub label: String,
    /// Estimates beside exact values.
    pub rows: Vec<Row>,
    /// z of energies below the exact ones, by the exact fluctuations, where too few events were seen for an error bar: a
    /// sampler that never leaves its ground state fails here.
    pub frozen_z: Vec<f64>,
    /// Largest |z| of the energies against exact values at 1.05 beta.
    pub control: f64,
}

impl Checked {
    /// All z-scores.
    pub fn z_scores(&self) -> impl Iterator<Item = f64> {
        self.rows.iter().filter_map(Row::z_score).chain(self.frozen_z.iter().copied())
    }

    /// Largest |z|.
    #[must_use]
    pub fn worst(&self) -> f64 {
        worst(self.z_scores())
    }

    /// Whether all checks lie within `bound` and the negative control outside.
    #[must_use]
    pub fn passed(&self, bound: f64) -> bool {
        self.z_scores().all(|z| z.abs() <= bound) && self.control > bound
    }
}

/// Largest |z|, or NaN where one is.
fn worst(z_scores: impl Iterator<Item = f64>) -> f64 {
    z_scores.fold(0.0, |worst, z| if z.abs() >= worst || z.is_nan() { z.abs() } else { worst })
}

/// The suite's outcome.
#[derive(Debug)]
pub struct Suite {
    /// One entry per case.
    pub checked: Vec<Checked>,
    /// The bound on |z| of the family.
    pub bound: f64,
}

impl Suite {
    /// All z-scores.
    pub fn z_scores(&self) -> impl Iterator<Item = f64> {
        self.checked.iter().flat_map(Checked::z_scores)
    }

    /// Largest |z| of the family.
    #[must_use]
    pub fn worst(&self) -> f64 {
        worst(self.z_scores())
    }

    /// Whether all checks lie within the bound and every negative control outside.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.checked.iter().all(|checked| checked.passed(self.bound))
    }
}

/// Runs all `cases` once.
///
/// # Errors
///
/// A case that cannot be sampled.
pub fn run(cases: &[Case], seed: Seed, tick: Tick<'_>) -> Result<Suite, ExperimentError> {
    let checked: Result<Vec<Checked>, ExperimentError> = cases
        .par_iter()
        .enumerate()
        .map(|(number, case)| {
            let seed = Seed(seed.0.wrapping_add((number as u64) << 32));
            let settings = Settings { sampler: case.sampler, budget: Some(case.budget), ..Settings::default() };
            let sampled = simulation::run(&case.system, &case.temperatures, &settings, seed, tick);
            let in_case = |error: SimulationError| ExperimentError::Case {
                label: case.label.clone(),
                error: Box::new(error.into()),
            };
            let rows = sampled.map_err(in_case)?.rows;
            let (control, frozen_z) = (control(&case.system, &rows)?, frozen(&case.system, &rows)?);
            Ok(Checked { label: case.label.clone(), control, frozen_z, rows })
        })
        .collect();
    let checked = checked?;
    let mut suite = Suite { checked, bound: 0.0 };
    suite.bound = canonical_tests::bound(suite.z_scores().count());
    Ok(suite)
}

/// (U - exact)/(exact error of n independent draws) of unresolved energies, where it is negative. Too many rare events are
/// not judged: only the probability of too few falls at least as fast as that of a normal variable.
fn frozen(system: &System, rows: &[Row]) -> Result<Vec<f64>, ExperimentError> {
    let mut all = Vec::new();
    for row in rows.iter().filter(|row| row.observable == "energy" && !row.is_resolved()) {
        let exact = system.exact().thermo(row.temperature.beta())?;
        let error = exact.heat_capacity.sqrt() * row.temperature.get() / row.estimate.n_eff.sqrt();
        if error > 0.0 {
            all.push(((row.estimate.value - exact.energy) / error).min(0.0));
        }
    }
    Ok(all)
}

/// Largest distance of the energies, in errors, from those at 1.05 beta. Where only one temperature is published, the
/// energy at the other follows from the sampled heat capacity.
fn control(system: &System, rows: &[Row]) -> Result<f64, ExperimentError> {
    let mut worst: f64 = 0.0;
    for row in rows.iter().filter(|row| row.observable == "energy" && row.is_resolved()) {
        let beta = row.temperature.beta();
        let wrong = beta.scaled(canonical_tests::CONTROL)?;
        let heat_capacity =
            || rows.iter().find(|r| r.observable == "heat_capacity" && r.temperature == row.temperature);
        let energy = match (system.exact().thermo(wrong), row.exact) {
            (Err(_), Some(published)) => {
                let step = wrong.temperature().get() - row.temperature.get();
                published + heat_capacity().map_or(f64::NAN, |c| c.estimate.value) * step
            }
            (thermo, _) => thermo?.energy,
        };
        worst = worst.max(Row { exact: Some(energy), ..row.clone() }.z_score().map_or(0.0, f64::abs));
    }
    Ok(worst)
}

/// How often one-sigma error bars of one case covered the exact value.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// How the case reads on the command line.
    pub label: String,
    /// The sampler.
    pub sampler: SamplerName,
    /// The observable.
    pub observable: String,
    /// What each seed gave.
    seeds: Vec<Seeded>,
}

/// The error bars of one seed.
#[derive(Clone, Copy, Debug, Default)]
struct Seeded {
    n: f64,
    covered: f64,
    sum_z: f64,
}

impl Coverage {
    /// Error bars examined.
    #[must_use]
    pub fn n(&self) -> usize {
        self.total(|seed| seed.n) as usize
    }

    /// Share that covered.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.total(|seed| seed.covered) / self.total(|seed| seed.n)
    }

    /// Distance of the share from that of honest error bars, in standard errors.
    #[must_use]
    pub fn coverage_z(&self) -> f64 {
        self.z(ONE_SIGMA, |seed| seed.covered)
    }

    /// Distance of the mean z from 0 in standard errors: normal, if no estimate is biased.
    #[must_use]
    pub fn bias_z(&self) -> f64 {
        self.z(0.0, |seed| seed.sum_z)
    }

    /// Whether the error bars are honest and their centres unbiased, within `bound`.
    #[must_use]
    pub fn passed(&self, bound: f64) -> bool {
        self.coverage_z().abs() <= bound && self.bias_z().abs() <= bound
    }

    fn total(&self, of: impl Fn(&Seeded) -> f64) -> f64 {
        self.seeds.iter().map(of).sum()
    }

    /// (mean - expected)/error, as a normal z of the same probability. The error comes from the scatter between seeds: within one seed the
    /// errors at different temperatures are correlated for samplers that serve all temperatures at once.
    fn z(&self, expected: f64, of: impl Fn(&Seeded) -> f64) -> f64 {
        let mean = self.total(&of) / self.total(|seed| seed.n);
        let scatter = self.total(|seed| (of(seed) - mean * seed.n).powi(2)).sqrt();
        let n_seeds = self.seeds.len() as f64;
        let t = Estimate::new(mean, scatter / self.total(|seed| seed.n), n_seeds).z_score(expected);
        let normal = student_t_two_sided(t, n_seeds - 1.0).and_then(normal_equivalent);
        normal.map_or(t, |z| z.copysign(t))
    }
}

/// The probability that a normal variable lies within one standard deviation.
const ONE_SIGMA: f64 = 0.682_689_492_137_085_9;

/// Counts, over all `suites` (one per seed), how often the error bars of each case and observable cover.
#[must_use]
pub fn coverage(suites: &[Suite]) -> Vec<Coverage> {
    let mut all: Vec<Coverage> = Vec::new();
    for (number, suite) in suites.iter().enumerate() {
        for (checked, row) in suite.checked.iter().flat_map(|c| c.rows.iter().map(move |row| (c, row))) {
            // What was published has an error of its own, the same for every seed; what cannot vary has none.
            let judged = row.exact_error == 0.0 && row.estimate.std_error > 0.0;
            let Some(z) = row.z_score().filter(|_| judged) else { continue };
            let same =
                |c: &Coverage| c.label == checked.label && c.sampler == row.sampler && c.observable == row.observable;
            let coverage = match all.iter().position(same) {
                Some(found) => &mut all[found],
                None => {
                    all.push(Coverage {
                        label: checked.label.clone(),
                        sampler: row.sampler,
                        observable: row.observable.clone(),
                        seeds: vec![Seeded::default(); suites.len()],
                    });
                    let last = all.len() - 1;
                    &mut all[last]
                }
            };
            let seed = &mut coverage.seeds[number];
            seed.n += 1.0;
            seed.covered += if z.abs() <= 1.0 { 1.0 } else { 0.0 };
            seed.sum_z += z;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlated_error_bars_are_judged_by_the_seeds() {
        // 100 seeds of ten equal z each: 68 of them cover, as 680 of 1000 independent ones would.
        let seeds = |covering: usize, bias: f64| {
            let one = |k: usize| Seeded {
                n: 10.0,
                covered: if k < covering { 10.0 } else { 0.0 },
                sum_z: 10.0 * (bias + if k.is_multiple_of(2) { 1.0 } else { -1.0 }),
            };
            let seeds = (0..100).map(one).collect();
            Coverage { label: String::new(), sampler: SamplerName::Direct, observable: String::new(), seeds }
        };
        assert!(seeds(68, 0.0).passed(4.5) && seeds(60, 0.0).passed(4.5));
        assert!(!seeds(40, 0.0).passed(4.5) && !seeds(68, 0.5).passed(4.5));
        // 45 of 100 are 4.7 standard errors of a scatter that is estimated: as improbable as 4.4 of one that is known.
        assert!(seeds(45, 0.0).coverage_z() < -4.2 && seeds(45, 0.0).coverage_z() > -4.6);
        assert_eq!((seeds(68, 0.0).n(), seeds(68, 0.0).share()), (1000, 0.68));
    }

    #[test]
    fn every_system_has_a_case() {
        for description in catalogue::all() {
            assert!(!cases(&[description.name.to_owned()]).unwrap().is_empty(), "{}", description.name);
        }
        assert!(cases(&["izing".to_owned()]).is_err());
    }
}
