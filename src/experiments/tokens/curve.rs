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

/// Exact U, S and C of fixed `contexts` at `temperatures` under the truncations of `pipeline`, and their means over contexts.
///
/// A truncated ensemble is one of fewer levels: C is its variance of energy at the tokens kept. Where the temperature
/// comes first these change with it, and C is then not the slope of U.
///
/// # Errors
///
/// A truncation that does not apply to the spectra.
pub fn curve(
    contexts: &[Context],
    temperatures: &[Temperature],
    pipeline: &Pipeline,
) -> Result<Vec<CurvePoint>, ExperimentError> {
    temperatures
        .par_iter()
        .map(|&temperature| {
            let thermo = |context: &Context| -> Result<Thermo, ExperimentError> {
                let kept = pipeline.apply(&context.spectrum, temperature)?;
                Ok(Canonical::new(&kept.spectrum, kept.beta).thermo())
            };
            let values: Vec<Thermo> = contexts.iter().map(thermo).collect::<Result<_, _>>()?;
            let mean = |f: fn(&Thermo) -> f64| mean_over_contexts(values.iter().map(f));
            Ok(CurvePoint {
                energy: mean(|t| t.energy),
                entropy: mean(|t| t.entropy),
                heat_capacity: mean(|t| t.heat_capacity),
                contexts: values,
            })
        })
        .collect()
}

/// Mean of one value per prompt with the standard error of independent prompts; NaN for the error of a single one.
pub fn mean_over_contexts(values: impl Iterator<Item = f64>) -> Estimate {
    let moments: Moments = values.collect();
    let n = moments.n() as f64;
    let std_error = moments.variance().map_or(f64::NAN, |variance| (variance / n).sqrt());
    Estimate::new(moments.mean().unwrap_or(f64::NAN), std_error, n)
}
