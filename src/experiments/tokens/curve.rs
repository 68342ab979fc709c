//! Exact U, S and C of fixed contexts along the temperature, and their means over independent prompts.

use rayon::prelude::*;

use crate::ensemble::truncation::Pipeline;
use crate::ensemble::{Canonical, Thermo};
use crate::estimators::{Estimate, Moments};
use crate::experiments::ExperimentError;
use crate::experiments::compare::Context;
use crate::units::Temperature;

/// Thermodynamics of contexts at one temperature.
#[derive(Clone, Debug)]
pub struct CurvePoint {
    /// One value per context.
    pub contexts: Vec<Thermo>,
    /// Mean energy over contexts; errors are those of independent prompts.
    pub energy: Estimate,
    /// Mean entropy over contexts.
    pub entropy: Estimate,
    /// Mean heat capacity over contexts.
    pub heat_capacity: Estimate,
}

/// Exact U, S and C of fixed `contexts` at `temperatures`, and their means over contexts.
#[must_use]
pub fn curve(contexts: &[Context], temperatures: &[Temperature]) -> Vec<CurvePoint> {
    let point = |temperature: &Temperature| {
        CurvePoint::new(contexts.iter().map(|c| Canonical::new(&c.spectrum, temperature.beta()).thermo()).collect())
    };
    temperatures.par_iter().map(point).collect()
}

/// The same of the ensembles that the truncations of `pipeline` leave.
///
/// Where the temperature acts first the kept tokens change with it: C is then the variance of beta E within the kept set,
/// not dU/dT.
///
/// # Errors
///
/// A context that cannot be truncated.
pub fn curve_truncated(
    contexts: &[Context],
    temperatures: &[Temperature],
    pipeline: &Pipeline,
) -> Result<Vec<CurvePoint>, ExperimentError> {
    let thermo = |context: &Context, temperature: Temperature| -> Result<Thermo, ExperimentError> {
        let kept = pipeline.apply(&context.spectrum, temperature)?;
        Ok(Canonical::new(&kept.spectrum, kept.beta).thermo())
    };
    let point = |temperature: &Temperature| {
        let values: Result<Vec<_>, _> = contexts.iter().map(|context| thermo(context, *temperature)).collect();
        Ok(CurvePoint::new(values?))
    };
    temperatures.par_iter().map(point).collect()
}

impl CurvePoint {
    fn new(contexts: Vec<Thermo>) -> Self {
        let mean = |f: fn(&Thermo) -> f64| mean_over_contexts(contexts.iter().map(f));
        Self {
            energy: mean(|t| t.energy),
            entropy: mean(|t| t.entropy),
            heat_capacity: mean(|t| t.heat_capacity),
            contexts,
        }
    }
}

/// Mean of one value per prompt with the standard error of independent prompts; NaN for the error of a single one.
pub fn mean_over_contexts(values: impl Iterator<Item = f64>) -> Estimate {
    let moments: Moments = values.collect();
    let n = moments.n() as f64;
    let std_error = moments.variance().map_or(f64::NAN, |variance| (variance / n).sqrt());
    Estimate::new(moments.mean().unwrap_or(f64::NAN), std_error, n)
}
