//! What a system tells the driver of itself: how it is sampled, by which methods, and which one `auto` takes.

use std::borrow::Cow;
use std::fmt;

use super::draw_estimates::DrawEstimates;
use super::sampled::Sampled;
use super::{
    Choice, LevelMagnetization, Radial, Row, RunLength, SamplerName, Settings, SimulationError, Snapshot, Verdict,
};
use crate::ensemble::Spectrum;
use crate::model::{Exact, SystemError};
use crate::rng::{Seed, TaskRng};
use crate::units::{Beta, Temperature};

/// A system that [`run`](super::run) can sample: one of this library, or anyone's own model.
///
/// See `examples/your_own_model.rs`.
pub trait Simulated: Sync {
    /// Its name, for messages.
    fn name(&self) -> &'static str;

    /// Its exact answer, if it has one.
    fn exact(&self) -> Option<&(dyn Exact + Sync)>;

    /// How it is sampled.
    fn sampling(&self) -> Sampling<'_>;

    /// Number of sites that per-site values divide by.
    fn n_sites(&self) -> f64 {
        self.exact().map_or(1.0, Exact::n_sites)
    }

    /// Refuses a temperature at which chains have nothing to come to rest in.
    ///
    /// # Errors
    ///
    /// No equilibrium at `beta`.
    fn has_equilibrium(&self, _beta: Beta) -> Result<(), SystemError> {
        Ok(())
    }

    /// Where a transition of first order is near, the energies of its two phases: a chain is in equilibrium when it has often gone from
    /// one to the other. `None` elsewhere, and where this is not known.
    fn coexisting_energies(&self, _beta: Beta) -> Option<[f64; 2]> {
        None
    }

    /// The magnetization of its levels, where it is drawn from levels that have one.
    fn level_magnetization(&self) -> Option<LevelMagnetization<'_>> {
        None
    }
}

/// The levels to draw from at some beta.
pub type LevelsAt<'a> = Box<dyn Fn(Beta) -> Result<Cow<'a, Spectrum>, SystemError> + Send + Sync + 'a>;

/// How a system is sampled.
pub enum Sampling<'a> {
    /// Not at all: it has an exact answer alone.
    ExactOnly,
    /// By independent draws from listed levels: all of them, or those whose neglected weight is below 2^-60.
    Levels(LevelsAt<'a>),
    /// By independent draws of something else, or by a single chain; the first is what `auto` means.
    Draws(Vec<DrawMethod<'a>>),
    /// By replicas of Markov chains.
    Chains(ChainMethods<'a>),
}

impl<'a> Sampling<'a> {
    /// Draws from the same levels at every temperature.
    #[must_use]
    pub fn of_spectrum(spectrum: &'a Spectrum) -> Self {
        Self::Levels(Box::new(move |_| Ok(Cow::Borrowed(spectrum))))
    }

    /// Draws from as many levels as matter at each temperature.
    pub fn of_spectra(levels_at: impl Fn(Beta) -> Result<Spectrum, SystemError> + Send + Sync + 'a) -> Self {
        Self::Levels(Box::new(move |beta| levels_at(beta).map(Cow::Owned)))
    }
}

/// `n` draws at some beta.
pub(super) type Draw<'a> =
    Box<dyn Fn(Beta, u64, &mut TaskRng) -> Result<DrawEstimates, SimulationError> + Send + Sync + 'a>;

/// What `n` of a [`DrawMethod`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// Independent particles.
    Particles,
    /// Sweeps of a chain.
    Sweeps,
}

/// Draws without levels.
pub struct DrawMethod<'a> {
    pub(super) sampler: SamplerName,
    pub(super) counting: Counting,
    pub(super) default: u64,
    pub(super) draw: Draw<'a>,
}

impl<'a> DrawMethod<'a> {
    /// `draw` makes that many independent draws at some beta; `default` of them unless the budget says otherwise.
    pub fn independent(
        default: u64,
        draw: impl Fn(Beta, u64, &mut TaskRng) -> Result<DrawEstimates, SimulationError> + Send + Sync + 'a,
    ) -> Self {
        Self { sampler: SamplerName::Direct, counting: Counting::Particles, default, draw: Box::new(draw) }
    }

    /// `draw` makes that many sweeps of one chain at some beta; `default` of them unless the budget says otherwise.
    pub fn chain(
        sampler: SamplerName,
        default: u64,
        draw: impl Fn(Beta, u64, &mut TaskRng) -> Result<DrawEstimates, SimulationError> + Send + Sync + 'a,
    ) -> Self {
        Self { sampler, counting: Counting::Sweeps, default, draw: Box::new(draw) }
    }
}

/// The chains of a system.
pub struct ChainMethods<'a> {
    /// All that apply, in the order in which refusals list them.
    pub methods: Vec<Method<'a>>,
    /// What `auto` means at some beta, and why.
    pub automatic: Box<dyn Fn(Beta) -> Choice + Send + Sync + 'a>,
    /// The method that forgets its state in a few sweeps at infinite temperature, where ln Z is known and reweighting is anchored;
    /// `None` for a system that is not reweighted.
    pub anchor: Option<SamplerName>,
    /// What is known of the positions of particles.
    pub periodic_box: Option<PeriodicBox<'a>>,
}

impl<'a> ChainMethods<'a> {
    /// The given methods: `auto` means the first, reweighting is anchored by the first that samples each temperature by itself.
    #[must_use]
    pub fn new(methods: Vec<Method<'a>>) -> Self {
        let first = methods.first().map_or(SamplerName::Auto, |method| method.sampler);
        let anchor = methods.iter().find(|method| matches!(method.run, Run::EachTemperature(_)));
        let anchor = anchor.map(|method| method.sampler);
        Self { methods, automatic: Box::new(move |_| Choice { sampler: first, why: "" }), anchor, periodic_box: None }
    }

    /// What `auto` means at some beta, and why.
    #[must_use]
    pub fn automatic(self, choose: impl Fn(Beta) -> Choice + Send + Sync + 'a) -> Self {
        Self { automatic: Box::new(choose), ..self }
    }

    /// The method at infinite temperature, where reweighting is anchored.
    #[must_use]
    pub fn anchored_by(self, sampler: SamplerName) -> Self {
        Self { anchor: Some(sampler), ..self }
    }
}

/// Refuses positions `[n]` that are no state of a system.
pub type CheckPositions<'a> = Box<dyn Fn(&[[f64; 3]]) -> Result<(), SystemError> + Send + Sync + 'a>;

/// The positions of particles in a periodic cube.
pub struct PeriodicBox<'a> {
    /// Number of particles.
    pub n: usize,
    /// Side of the cube.
    pub side: f64,
    /// Refuses positions that are no state of the system.
    pub check: CheckPositions<'a>,
}

/// One way to sample a system by chains.
pub struct Method<'a> {
    /// Its name.
    pub sampler: SamplerName,
    pub(super) run: Run<'a>,
}

/// Samples one temperature.
type RunOne<'a> = Box<dyn Fn(&OneTemperature<'_>) -> Result<Sample, SimulationError> + Send + Sync + 'a>;
/// Samples all temperatures.
type RunAll<'a> = Box<dyn Fn(&AllTemperatures<'_>) -> Result<AllSamples, SimulationError> + Send + Sync + 'a>;

pub(super) enum Run<'a> {
    /// Each temperature by itself.
    EachTemperature(RunOne<'a>),
    /// All temperatures together.
    AllTemperatures(RunAll<'a>),
}

impl<'a> Method<'a> {
    /// A method that samples each temperature by itself.
    pub fn each(
        sampler: SamplerName,
        run: impl Fn(&OneTemperature<'_>) -> Result<Sample, SimulationError> + Send + Sync + 'a,
    ) -> Self {
        Self { sampler, run: Run::EachTemperature(Box::new(run)) }
    }

    /// `first` where `at` holds, `second` elsewhere: the same dynamics by two kernels, which both sample each temperature by itself.
    #[must_use]
    pub(crate) fn either(at: impl Fn(Beta) -> bool + Send + Sync + 'a, first: Self, second: Self) -> Self {
        match (first.run, second.run) {
            (Run::EachTemperature(a), Run::EachTemperature(b)) => Self {
                sampler: first.sampler,
                run: Run::EachTemperature(Box::new(
                    move |task| {
                        if at(task.temperature.beta()) { a(task) } else { b(task) }
                    },
                )),
            },
            (run, _) => Self { sampler: first.sampler, run },
        }
    }
}

/// What is asked of a method at one temperature.
pub struct OneTemperature<'t> {
    /// The temperature.
    pub temperature: Temperature,
    /// The name that rows carry.
    pub sampler: SamplerName,
    /// How long is run.
    pub length: RunLength,
    /// Everything else.
    pub settings: &'t Settings,
    /// The generator of each replica.
    pub stream: &'t (dyn Fn(u16) -> TaskRng + Sync),
}

/// What is asked of a method that serves all temperatures at once.
pub struct AllTemperatures<'t> {
    /// The temperatures, in the order of the rows.
    pub temperatures: &'t [Temperature],
    /// How long is run.
    pub length: RunLength,
    /// Everything else.
    pub settings: &'t Settings,
    /// The seed of all streams.
    pub seed: Seed,
    /// Called after each temperature.
    pub tick: &'t (dyn Fn() + Sync),
}

/// What one temperature left behind.
#[derive(Debug)]
pub struct Sample {
    /// All rows.
    pub rows: Vec<Row>,
    /// Energies by block, `[n_blocks][...]`.
    pub energies: Vec<Vec<f64>>,
    /// How long it ran, and whether that was long enough.
    pub verdict: Verdict,
    /// Radial distribution function of a fluid.
    pub radial: Option<Radial>,
    /// Snapshots of a fluid.
    pub snapshots: Vec<Snapshot>,
}

/// What all temperatures together left behind.
#[derive(Debug, Default)]
pub struct AllSamples {
    /// Rows, notes and thermalization.
    pub sampled: Sampled,
    /// Energies by block of each temperature, where there are some.
    pub energies: Vec<(Temperature, Vec<Vec<f64>>)>,
}

/// Closures have nothing to show: what has them shows its names.
macro_rules! shown_by_names {
    ($($kind:ident: $($field:ident),*;)*) => {$(
        impl fmt::Debug for $kind<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($kind))$(.field(stringify!($field), &self.$field))*.finish_non_exhaustive()
            }
        }
    )*};
}

shown_by_names! {
    DrawMethod: sampler, counting, default;
    ChainMethods: methods, anchor, periodic_box;
    PeriodicBox: n, side;
    Method: sampler;
    OneTemperature: temperature, sampler, length, settings;
    AllTemperatures: temperatures, settings, seed;
}

impl fmt::Debug for Sampling<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExactOnly => f.write_str("ExactOnly"),
            Self::Levels(_) => f.write_str("Levels"),
            Self::Draws(methods) => f.debug_tuple("Draws").field(methods).finish(),
            Self::Chains(methods) => f.debug_tuple("Chains").field(methods).finish(),
        }
    }
}
