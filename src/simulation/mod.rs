//! The one driver: samples any model at a list of temperatures, with error bars, and with exact values where there are some.
//!
//! A system says by [`Simulated`] how it is sampled; the driver owns random streams, starts, the verdict on thermalization, recording
//! in bounded memory, replicas, exchange, flat histograms, reweighting and rows.
//!
//! | file | what it does |
//! | --- | --- |
//! | `run` | all temperatures of one system |
//! | `method`, `chains` | what a system tells of itself; the methods of a model of states and moves |
//! | `settings`, `budget`, `sampler_name`, `setting`, `error` | what is asked for; what is refused |
//! | `observable`, `observables`, `magnetization` | what is measured of a state, and what is made of the means |
//! | `starts`, `replicas`, `thermalization`, `stretches` | replicas of one temperature, run until they forget their starts, then measured |
//! | `recorder` | what a replica leaves behind, in bounded memory |
//! | `tempering`, `pilot`, `tempered_run`; `flat_histogram`, `flat_walks` | methods that serve all temperatures at once |
//! | `levels`, `draws`, `draw_estimates`, `chain` | independent draws; one chain of fixed length |
//! | `control` | how far a run is; asking it to end |
//! | `sampled`, `note`, `row`, `estimates`, `histogram`, `reweighting`, `particles` | results |

mod budget;
mod chain;
mod chains;
mod coexistence;
mod control;
mod draw_estimates;
mod draws;
mod error;
pub(crate) mod estimates;
mod flat_histogram;
mod flat_walks;
mod histogram;
mod level_magnetization;
mod levels;
mod magnetization;
mod method;
mod note;
mod observable;
mod observables;
mod particles;
mod pilot;
pub(crate) mod recorder;
pub(crate) mod replicas;
mod reweighting;
mod row;
mod run;
mod sampled;
mod sampler_name;
mod setting;
mod settings;
mod starts;
mod stretches;
mod tempered_run;
mod tempering;
mod thermalization;
mod unsettled;

pub use chain::{Chain, ChainRun, SavedChain, measure_chain};
pub use chains::{Chains, chain_method, tempering_method};
pub use control::Control;
pub use draw_estimates::{DrawEstimates, affordable_draws, record};
pub use error::SimulationError;
pub use estimates::heat_capacity;
pub use flat_histogram::EnergyGrid;
pub use histogram::Cell;
pub use level_magnetization::LevelMagnetization;
pub use levels::{DrawnLevels, measure_levels};
pub use magnetization::{ExactMoments, Magnetization};
pub use method::{
    AllTemperatures, ChainMethods, CheckPositions, Counting, DrawMethod, LevelsAt, Method, OneTemperature, PeriodicBox,
    Sample, Sampling, Simulated,
};
pub use note::{LeftOut, Note};
pub use observable::{KnownObservable, Observable, Scaling};
pub use observables::Observables;
pub use particles::{Radial, Shell, Snapshot};
pub use recorder::Changes;
pub use row::{Row, Status, Unresolved};
pub use run::run;
pub use sampled::{Histogram, Sampled, Verdict};
pub use sampler_name::{Choice, SamplerName};
pub use setting::Setting;
pub use settings::{Budget, DEFAULT_PARTICLES, DEFAULT_SWEEPS, Settings};
pub use starts::Start;
pub use thermalization::RunLength;
pub use unsettled::Unsettled;

pub use crate::samplers::LadderRule;
