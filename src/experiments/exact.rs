//! Exact thermodynamics of a system at a list of temperatures.

use rayon::prelude::*;

use super::error::ExperimentError;
use crate::ensemble::{Thermo, ThermoPerSite};
use crate::model::{Exact, SystemError};
use crate::units::Temperature;

/// Exact values at each temperature: totals, or per site where that is asked for or all there is.
#[derive(Clone, Debug, PartialEq)]
pub enum Curve {
    /// Totals of the whole system.
    Total(Vec<Thermo>),
    /// Values per site.
    PerSite(Vec<ThermoPerSite>),
}

/// ln Z, F, U, S and C at `temperatures`; a system without finite totals answers per site.
///
/// # Errors
///
/// A temperature at which the system has no equilibrium or no exact result.
pub fn run(
    system: &(dyn Exact + Sync),
    temperatures: &[Temperature],
    per_site: bool,
) -> Result<Curve, ExperimentError> {
    let betas: Vec<_> = temperatures.iter().map(|t| t.beta()).collect();
    if per_site || system.n_sites().is_infinite() {
        let points: Result<_, _> = betas.par_iter().map(|&beta| system.thermo_per_site(beta)).collect();
        return Ok(Curve::PerSite(points?));
    }
    let points: Result<_, _> = betas.par_iter().map(|&beta| in_range(system.thermo(beta)?)).collect();
    Ok(Curve::Total(points?))
}

/// The totals, if numbers hold them: at a temperature that is neither 0 nor infinite all must be finite.
fn in_range(point: Thermo) -> Result<Thermo, SystemError> {
    let temperature = point.temperature();
    let Thermo { ln_z, energy, entropy, heat_capacity, .. } = point;
    let finite = [ln_z, energy, entropy, point.free_energy()].iter().all(|x| x.is_finite()) && !heat_capacity.is_nan();
    if finite || temperature.get() == 0.0 || temperature.get().is_infinite() {
        return Ok(point);
    }
    Err(SystemError::OutOfRange(temperature))
}
