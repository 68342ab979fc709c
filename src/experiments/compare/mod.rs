//! The comparison: particle ensembles and token ensembles measured by the same code, tested for the same form.

mod config;
mod glow;
mod subject;

pub use config::Config;
pub use glow::{Glow, RankShare, TokenSpectrum, glow};
pub use subject::{Side, Subject};

use rayon::prelude::*;

use super::audit::{self, Finding};
use super::forms::{self, Verdict};
use super::{ExperimentError, Tick};
use crate::ensemble::Thermo;
use crate::estimators::{Estimate, GaussLobatto, LevelCount};
use crate::model::Exact;
use crate::rng::{Seed, Stream};
use crate::systems::RemAverage;
use crate::tokens::Position;
use crate::units::{Beta, Temperature};

/// Points of an exact curve.
const CURVE_POINTS: usize = 240;

/// One simulated temperature of one subject.
#[derive(Clone, Debug)]
pub struct Point {
    /// Temperature.
    pub temperature: Temperature,
    /// U, total.
    pub energy: Estimate,
    /// Var(E), total.
    pub variance: Estimate,
    /// S, total, in nats.
    pub entropy: Option<Estimate>,
    /// Probability of the ground state(s).
    pub ground: Estimate,
    /// Whether errors can be quoted.
    pub resolved: bool,
    /// Exact totals.
    pub exact: Thermo,
    /// Exact probability of the ground state(s).
    pub exact_ground: Option<f64>,
}

impl Point {
    /// C = Var(E)/T^2.
    #[must_use]
    pub fn heat_capacity(&self) -> Estimate {
        crate::simulation::heat_capacity(self.variance, self.temperature.beta())
    }
}

/// A histogram of energies at two temperatures and the slope of its log ratio.
#[derive(Clone, Debug)]
pub struct RatioTest {
    /// The colder and the hotter inverse temperature.
    pub betas: (Beta, Beta),
    /// Draws by energy.
    pub levels: Vec<LevelCount>,
    /// Fitted slope.
    pub slope: Estimate,
    /// Variance of the slope over that of as many independent draws: about 2 tau_int of a chain's energy, 1 for
    /// independent draws. Shown for the counts of single levels it errs on the safe side: they decorrelate faster.
    pub inflation: f64,
}

/// Everything found out about one subject.
#[derive(Clone, Debug)]
pub struct Findings {
    /// The subject.
    pub subject: Subject,
    /// Exact totals on a fine grid of temperatures.
    pub curve: Vec<Thermo>,
    /// Probability of the ground state(s) on the same grid, where the levels are listed.
    pub ground_curve: Vec<Option<f64>>,
    /// Simulated temperatures.
    pub points: Vec<Point>,
    /// The two-temperature test.
    pub ratio: RatioTest,
    /// The three tests of form.
    pub verdicts: Vec<Verdict>,
    /// Identities that do not hold.
    pub violations: Vec<Finding>,
}

/// The whole comparison.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Particles first, then token contexts, in the order of the configuration.
    pub findings: Vec<Findings>,
    /// The bound on |z| for all verdicts together.
    pub bound: f64,
    /// Disorder average of a random-energy model with the tokens' number of levels and mean spread.
    pub rem_prediction: Vec<Thermo>,
}

impl Comparison {
    /// The subjects of one side.
    pub fn side(&self, side: Side) -> impl Iterator<Item = &Findings> {
        self.findings.iter().filter(move |f| f.subject.side == side)
    }

    /// All verdicts.
    pub fn verdicts(&self) -> impl Iterator<Item = &Verdict> {
        self.findings.iter().flat_map(|f| &f.verdicts)
    }

    /// z of every resolved estimate of U, C and S against its exact value.
    pub fn sampled_z(&self) -> impl Iterator<Item = f64> {
        self.findings.iter().flat_map(|f| &f.points).filter(|point| point.resolved).flat_map(|point| {
            let energy = Some(point.energy.z_score(point.exact.energy));
            let heat_capacity = Some(point.heat_capacity().z_score(point.exact.heat_capacity));
            let entropy = point.entropy.map(|s| s.z_score(point.exact.entropy));
            [energy, heat_capacity, entropy].into_iter().flatten()
        })
    }

    /// The number of z of [`Comparison::sampled_z`], the largest of them, and the bound on it.
    #[must_use]
    pub fn sampled_check(&self) -> (usize, f64, f64) {
        let n = self.sampled_z().count();
        (n, self.sampled_z().fold(0.0, |worst: f64, z| worst.max(z.abs())), forms::bound(n))
    }

    /// Whether every test passed, every negative control was rejected, every estimate agrees with its exact value
    /// and every identity holds.
    #[must_use]
    pub fn passed(&self) -> bool {
        let (_, worst, bound) = self.sampled_check();
        worst <= bound
            && self.verdicts().all(|v| v.passed(self.bound))
            && self.findings.iter().all(|f| f.violations.is_empty())
    }
}

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

/// Simulates every subject at its temperatures and takes the three tests of form on each.
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
    let points: Result<Vec<Point>, ExperimentError> = tasks
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
    let points: Vec<Vec<Point>> =
        subjects.iter().map(|s| points.by_ref().take(s.temperatures().len()).collect()).collect();
    let findings: Result<Vec<Findings>, ExperimentError> = subjects
        .par_iter()
        .zip(points)
        .enumerate()
        .map(|(s, (subject, points))| conclude(config, subject, points, seed, s as u32, tick))
        .collect();
    let findings = findings?;
    let bound = forms::bound(findings.iter().flat_map(|f| &f.verdicts).map(Verdict::n_checks).sum());
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
    mut points: Vec<Point>,
    seed: Seed,
    number: u32,
    tick: Tick<'_>,
) -> Result<Findings, ExperimentError> {
    let panels = GaussLobatto::new(subject.panels())?;
    let plain: Vec<forms::Point> = points
        .iter()
        .map(|p| forms::Point {
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
    let mut verdicts = vec![
        forms::two_temperature_slope(&subject.name, ratio.slope, ratio.betas.0, ratio.betas.1),
        forms::fluctuation_dissipation(&subject.name, &panels, &plain)?,
    ];
    if subject.ln_states.is_finite() {
        verdicts.push(forms::third_law(&subject.name, &panels, &plain, subject.ln_states, subject.ln_ground)?);
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
        verdicts,
        violations,
    })
}

/// S at the ends of the panels where frequencies do not tell it (chains cannot count states, and a vocabulary is not
/// exhausted at middling temperatures): ln W minus the measured C d ln T above.
fn integrate_entropy(panels: &GaussLobatto, points: &mut [Point], ln_states: f64) -> Result<(), ExperimentError> {
    let heat_capacities: Vec<Estimate> = points.iter().map(Point::heat_capacity).collect();
    let tail = heat_capacities.last().map_or(0.0, |c| c.value / 2.0);
    for panel in 0..panels.n_panels() {
        let above = panels.integral_over(panel..panels.n_panels(), &heat_capacities)?;
        let integrated = Estimate { value: ln_states - tail - above.value, ..above };
        points[3 * panel].entropy.get_or_insert(integrated);
    }
    Ok(())
}
