//! Numbers with uncertainties from series of numbers: this module sees `&[f64]` and knows no physics.
//!
//! | file | question it answers |
//! | --- | --- |
//! | `error` | what refuses an estimate |
//! | `estimate` | how is a number written with its uncertainty, and how far is it from an exact value |
//! | `moments` | mean and variance in one pass |
//! | `autocorrelation` | how many steps does the series remember, and what is the error of its mean |
//! | `binning` | does the error stop growing when neighbours are averaged |
//! | `series` | how is a run of any length recorded in bounded memory, for several observables at once |
//! | `counts` | what follows from the occupation numbers of levels |
//! | `jackknife` | what is the error of a function of means |
//! | `small_samples` | how much wider are the errors of few or skewed values |
//! | `tail_probability` | how often would chance alone do this |
//! | `goodness_of_fit` | do these draws follow that distribution |
//! | `two_temperature` | are two sets of energies Boltzmann distributed at the two stated temperatures |
//! | `mbar` | what do samples of several states say about each other, and about states that were not sampled |
//! | `density_of_states` | what do samples at several temperatures say about other temperatures |
//! | `integrals` | what is the integral of a measured curve, and its error |
//! | `pool` | what does such a record, or do several, say of means, variances and functions of means |
//! | `replicas` | what do several runs say together, and do they agree |
//! | `rhat` | do several replicas agree |
//! | `thermalization` | has a run forgotten its start |
//! | `cell_density` | how many states have each energy, and what do known counts say about it |
//! | `transition_matrix` | the same from proposed moves between cells of energy |
//! | `flat_histogram` | the same from visits of a chain with known weights |
//!
//! Conventions: tau_int = 1/2 + sum_{t>=1} rho(t), so 1/2 for white noise and (1/2)(1+a)/(1-a) for AR(1);
//! n_eff = n / (2 tau_int). No estimator can see a mode that the series never visited.

mod autocorrelation;
mod binning;
mod cell_density;
mod counts;
mod density_of_states;
mod error;
mod estimate;
mod flat_histogram;
mod goodness_of_fit;
mod integrals;
mod jackknife;
mod mbar;
mod moments;
mod pool;
mod replicas;
mod rhat;
mod series;
mod small_samples;
#[cfg(test)]
mod synthetic;
mod tail_probability;
mod thermalization;
mod transition_matrix;
mod two_temperature;

pub use autocorrelation::{
    IntegratedTime, MIN_LENGTH_IN_TAU, WINDOW_FACTOR, autocorrelation, autocovariance, integrated_time, series_mean,
};
pub use binning::{BlockingLevel, blocking};
pub use cell_density::{CellDensity, Known};
pub use counts::{Counts, RESOLVED};
pub use density_of_states::{DensityOfStates, EnergyHistogram, LevelWeights};
pub use error::EstimatorError;
pub use estimate::Estimate;
pub use flat_histogram::density_from_visits;
pub use goodness_of_fit::{
    ChiSquareTest, KolmogorovSmirnovTest, MIN_EXPECTED, chi_square, family_wise_bound, kolmogorov_smirnov,
};
pub use integrals::GaussLobatto;
pub use jackknife::{jackknife, jackknife_of};
pub use mbar::{MIN_EFFECTIVE_SAMPLES, MIN_SHARED_SAMPLES, Mbar, MbarSamples};
pub use moments::Moments;
pub use pool::{MIN_BLOCK_IN_TAU, MIN_BLOCKS};
pub use replicas::{Agreement, Replicas};
pub use rhat::{RHat, r_hat, split_r_hat};
pub use series::{MAX_BINS, Series};
pub use tail_probability::{
    chi_square_survival, kolmogorov_survival, normal_equivalent, normal_quantile, normal_two_sided, student_t_two_sided,
};
pub use thermalization::{
    DRIFT_BOUND, Drift, R_HAT_BOUND, Thermalization, drift_among, drift_bound, thermalization, truncation_point,
};
pub use transition_matrix::density_from_transitions;
pub use two_temperature::{
    LevelCount, SlopeFit, level_counts, slope_from_blocks, slope_from_levels, slope_from_samples,
};
