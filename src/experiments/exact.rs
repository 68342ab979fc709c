//! Exact thermodynamics of a system at a list of temperatures.

use rayon::prelude::*;

use super::error::ExperimentError;
use crate::ensemble::{Thermo, ThermoPerSite};
use crate::model::{Exact, SystemError};
use crate::units::{Beta, Temperature};

/// Exact values at each temperature: totals, or per site where that is asked for or all there is.
#[derive(Clone, Debug, PartialEq)]
pub enum Curve {
    /// Totals of the whole system.
    Total(Vec<Thermo>),
    /// Values per site.
    PerSite(Vec<ThermoPerSite>),
}

/// Exact values, and the temperatures that have none.
#[derive(Debug)]
pub struct Known {
    /// Exact values at the other temperatures, in their order.
    pub curve: Curve,
    /// Temperatures without an exact value, and why.
    pub unknown: Vec<(Temperature, SystemError)>,
}

/// ln Z, F, U, S and C at `temperatures`; a system without finite totals answers per site.
///
/// # Errors
///
/// No temperature at which the system has an equilibrium and an exact result.
pub fn run(
    system: &(dyn Exact + Sync),
    temperatures: &[Temperature],
    per_site: bool,
) -> Result<Known, ExperimentError> {
    if per_site || system.n_sites().is_infinite() {
        let (points, unknown) = known(temperatures, |beta| system.thermo_per_site(beta))?;
        return Ok(Known { curve: Curve::PerSite(points), unknown });
    }
    let (points, unknown) = known(temperatures, |beta| in_range(system.thermo(beta)?))?;
    Ok(Known { curve: Curve::Total(points), unknown })
}

/// Answers, and the temperatures without one.
type Answers<T> = (Vec<T>, Vec<(Temperature, SystemError)>);

/// What `at` answers and what it refuses; its first refusal where that is all.
fn known<T: Send>(
    temperatures: &[Temperature],
    at: impl Fn(Beta) -> Result<T, SystemError> + Sync,
) -> Result<Answers<T>, ExperimentError> {
    let answers: Vec<_> = temperatures.par_iter().map(|&t| at(t.beta()).map_err(|error| (t, error))).collect();
    let (mut points, mut unknown) = (Vec::new(), Vec::new());
    for answer in answers {
        match answer {
            Ok(point) => points.push(point),
            Err(refusal) => unknown.push(refusal),
        }
    }
    match unknown.first() {
        Some(_) if points.is_empty() => Err(unknown.swap_remove(0).1.into()),
        _ => Ok((points, unknown)),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::Oscillator;

    #[test]
    fn one_temperature_without_equilibrium_does_not_refuse_the_others() {
        let oscillator = Oscillator::new(1.0).unwrap();
        let temperatures = [1.0, -1.0, 2.0].map(|t| Temperature::new(t).unwrap());
        let found = run(&oscillator, &temperatures, false).unwrap();
        let Curve::Total(points) = found.curve else { panic!("an oscillator has totals") };
        assert_eq!(points.len(), 2);
        assert_eq!(found.unknown.iter().map(|(t, _)| *t).collect::<Vec<_>>(), [temperatures[1]]);
        assert!(run(&oscillator, &temperatures[1..2], false).is_err());
    }
}
