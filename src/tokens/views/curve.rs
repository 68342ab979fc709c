//! Exact U, S and C of contexts along the temperature, and their means over independent prompts.

use rayon::prelude::*;

use crate::ensemble::{self, Canonical, Spectrum, Thermo};
use crate::estimators::{Estimate, Moments};
use crate::tokens::TokensError;
use crate::tokens::truncation::Pipeline;
use crate::units::{Beta, Temperature};

/// ln Z, U, S and C at each of `temperatures` of the ensembles that the truncations of `pipeline` leave of `spectrum`.
///
/// Where the temperature acts first the kept tokens change with it: C is then the variance of beta E within the kept set,
/// not dU/dT.
///
/// # Errors
///
/// A spectrum that cannot be truncated.
pub fn curve(
    spectrum: &Spectrum,
    temperatures: &[Temperature],
    pipeline: &Pipeline,
) -> Result<Vec<Thermo>, TokensError> {
    if pipeline.keeps_all() {
        let betas: Vec<Beta> = temperatures.iter().map(|temperature| temperature.beta()).collect();
        return Ok(ensemble::curve(spectrum, &betas));
    }
    Ok(truncated_curve(spectrum, temperatures, pipeline)?.into_iter().map(|(thermo, _)| thermo).collect())
}

/// The same with the number of tokens kept at each temperature, `[n_temperatures]`.
///
/// # Errors
///
/// As [`curve`].
pub fn truncated_curve(
    spectrum: &Spectrum,
    temperatures: &[Temperature],
    pipeline: &Pipeline,
) -> Result<Vec<(Thermo, usize)>, TokensError> {
    let thermo = |&temperature: &Temperature| {
        let kept = pipeline.apply(spectrum, temperature)?;
        Ok((Canonical::new(&kept.spectrum, kept.beta).thermo(), kept.n_kept))
    };
    temperatures.par_iter().map(thermo).collect()
}

/// Means over contexts at one temperature; errors are those of independent prompts.
#[derive(Clone, Copy, Debug)]
pub struct MeanThermo {
    /// U.
    pub energy: Estimate,
    /// S in nats.
    pub entropy: Estimate,
    /// C.
    pub heat_capacity: Estimate,
}

impl MeanThermo {
    /// Means of one value per context.
    pub fn over<'a>(contexts: impl Iterator<Item = &'a Thermo> + Clone) -> Self {
        let mean = |f: fn(&Thermo) -> f64| mean_over_contexts(contexts.clone().map(f));
        Self { energy: mean(|t| t.energy), entropy: mean(|t| t.entropy), heat_capacity: mean(|t| t.heat_capacity) }
    }
}

/// Mean of one value per prompt with the standard error of independent prompts; NaN for the error of a single one.
pub fn mean_over_contexts(values: impl Iterator<Item = f64>) -> Estimate {
    let moments: Moments = values.collect();
    let n = moments.n() as f64;
    let std_error = moments.variance().map_or(f64::NAN, |variance| (variance / n).sqrt());
    Estimate::new(moments.mean().unwrap_or(f64::NAN), std_error, n)
}
