//! The magnetization of a system that is drawn from its levels: each level has one.

use std::fmt;

use super::magnetization::{MAGNETIZATION, SUSCEPTIBILITY};
use super::{DrawnLevels, Observable};
use crate::estimators::{Counts, Estimate};
use crate::units::{Beta, Dimension};

/// `<m^2>`.
const SQUARE_MAGNETIZATION: Observable = Observable::extensive("square_magnetization", Dimension::Number).square();

/// The exact `[<m>, <m^2>, d<m>/dh]` at some beta.
type ExactMeans<'a> = Box<dyn Fn(Beta) -> [f64; 3] + Send + Sync + 'a>;

/// The magnetization of each level, and what is exactly known of its mean.
pub struct LevelMagnetization<'a> {
    values: Vec<f64>,
    exact: ExactMeans<'a>,
}

impl fmt::Debug for LevelMagnetization<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LevelMagnetization").field("values", &self.values).finish_non_exhaustive()
    }
}

impl<'a> LevelMagnetization<'a> {
    /// m of each level, `[n_levels]`, beside the exact `<m>`, `<m^2>` and susceptibility `d<m>/dh` = beta Var(m) at some beta.
    pub fn new(values: Vec<f64>, exact: impl Fn(Beta) -> [f64; 3] + Send + Sync + 'a) -> Self {
        Self { values, exact: Box::new(exact) }
    }

    /// What is exactly known at `beta`.
    #[must_use]
    pub fn exact(&self, beta: Beta) -> [(Observable, f64); 3] {
        let [mean, square, susceptibility] = (self.exact)(beta);
        [(MAGNETIZATION, mean), (SQUARE_MAGNETIZATION, square), (SUSCEPTIBILITY, susceptibility)]
    }

    /// The estimates of particles drawn over the levels, in the order of the exact values. At T = 0 there is no susceptibility: the
    /// particles no longer fluctuate.
    pub(super) fn estimates(&self, drawn: &DrawnLevels, beta: Beta) -> Vec<Estimate> {
        let of = |value: fn(f64) -> f64| -> Vec<f64> { self.values.iter().map(|&m| value(m)).collect() };
        let [m, minus_m, square] = [of(|m| m), of(|m| -m), of(|m| m * m)];
        let [m, minus_m, square] = [&m, &minus_m, &square].map(|values| Counts::new(values, &drawn.occupation));
        // The level above all that were drawn, which adds to the error, has the largest or the smallest m.
        let wider = |a: Estimate, b: Estimate| Estimate { std_error: a.std_error.max(b.std_error), ..a };
        let mut estimates = vec![wider(m.mean(), minus_m.mean()), square.mean()];
        if beta.get().is_finite() {
            estimates.push(wider(m.variance(), minus_m.variance()).scaled(beta.get()));
        }
        estimates
    }
}
