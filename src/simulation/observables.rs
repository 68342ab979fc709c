//! Rows of estimates from what the replicas of a lattice recorded, beside exact values.

use super::replicated::{Measured, Observable};
use super::{Row, SamplerName};
use crate::estimators::{Estimate, EstimatorError, RESOLVED};
use crate::experiments::ExperimentError;
use crate::simulation::measure::{JACKKNIFE_BLOCKS, heat_capacity, or_constant, or_zero};
use crate::systems::System;
use crate::units::{Dimension, Temperature};

/// Binder's cumulant.
pub(super) const BINDER: &str = "binder";

/// The square of the overlap q = sum s s'/N of two independent replicas of a spin glass.
pub(super) const OVERLAP: &str = "overlap_squared";
/// P of a fluid.
pub const PRESSURE: &str = "pressure";
/// What a particle more costs beyond an ideal gas, from inserted particles.
pub const CHEMICAL_POTENTIAL: &str = "excess_chemical_potential";
/// Mean energy of one photon.
pub(super) const PHOTON_ENERGY: &str = "photon_energy";
/// Mean speed of an atom, in m/s.
pub(super) const MEAN_SPEED: &str = "mean_speed";
/// What does not grow with the number of sites.
pub(super) const INTENSIVE: [&str; 6] = [BINDER, OVERLAP, PRESSURE, CHEMICAL_POTENTIAL, PHOTON_ENERGY, MEAN_SPEED];
/// What the names of observables that were divided by the number of sites end in.
pub(super) const PER_SITE: &str = "_per_site";
/// F.
pub(super) const FREE_ENERGY: &str = "free_energy";

/// What an observable is made of, as far as units of energy are concerned.
pub(super) fn dimension(observable: &str) -> Dimension {
    match observable.trim_end_matches(PER_SITE) {
        "energy" | FREE_ENERGY | CHEMICAL_POTENTIAL | PHOTON_ENERGY => Dimension::Energy,
        "heat_capacity" | "entropy" => Dimension::Entropy,
        "susceptibility" | "connected_susceptibility" => Dimension::InverseEnergy,
        _ => Dimension::Number,
    }
}

/// Exact moments of the magnetization M of a whole system.
#[derive(Clone, Copy, Debug)]
struct Moments {
    magnetization: f64,
    abs: f64,
    square: f64,
    fourth: Option<f64>,
}

/// Relative rounding error of a sum over a density of states.
const ROUNDING: f64 = 1e-12;

/// The estimate with an error that is at least that of rounding: what a known number fixes, such as S at infinite
/// temperature, is not known better than it is computed. `scale` is the size of the terms
/// where they cancel; that of a logarithm is 1.
pub(super) fn rounded(estimate: Estimate, scale: f64) -> Estimate {
    Estimate { std_error: estimate.std_error.max(ROUNDING * estimate.value.abs().max(scale)), ..estimate }
}

/// U of the replicas.
pub(super) fn energy(measured: &Measured) -> Result<Estimate, ExperimentError> {
    Ok(or_constant(measured.replicas.mean(Observable::Energy.index()))?)
}

/// Whether enough events were seen for errors to be meant: an excursion from the commonest energy is two changes, and
/// one that moves in most sweeps has no commonest energy.
pub(super) fn is_resolved(measured: &Measured) -> bool {
    measured.changes > (2 * RESOLVED).min(measured.replicas.n_sweeps() as u64 / 2)
}

/// U, C, `<|M|>`, susceptibilities and Binder's cumulant.
///
/// The susceptibility is the response to a field, `beta (<M^2> - <M>^2)` per component, where `<M> = 0` is known
/// without a field: a chain that never turned round would make it the connected one,
/// `beta (<M^2> - <|M|>^2)`, which has a row of its own. Potts colours have the latter only.
pub(super) fn rows(
    system: &System,
    temperature: Temperature,
    sampler: SamplerName,
    measured: &Measured,
) -> Result<Vec<Row>, ExperimentError> {
    let beta = temperature.beta();
    let thermo = system.exact().thermo(beta).ok();
    let exact = moments(system, temperature);
    let resolved = is_resolved(measured);
    let row =
        |observable: &str, estimate, exact| Row::beside((temperature, sampler), observable, estimate, exact, resolved);
    let replicas = &measured.replicas;
    let variance = or_zero(replicas.variance(Observable::Energy.index(), JACKKNIFE_BLOCKS))?;
    let abs = or_constant(replicas.mean(Observable::AbsMagnetization.index()))?;
    let mut rows = vec![
        row("energy", energy(measured)?, thermo.map(|t| t.energy)),
        row("heat_capacity", heat_capacity(variance, beta), thermo.map(|t| t.heat_capacity)),
        row("abs_magnetization", abs, exact.map(|m| m.abs)),
    ];
    if !beta.get().is_finite() {
        return Ok(rows);
    }
    let of = |f: &dyn Fn(&[f64]) -> f64| -> Result<Estimate, EstimatorError> {
        or_constant(replicas.jackknife(JACKKNIFE_BLOCKS, f))
    };
    let at = |m: &[f64], observable: Observable| m[observable.index()];
    let b = beta.get();
    let field = system.field();
    if let Some(components) = system.n_components() {
        let mean = |m: &[f64]| if field == 0.0 { 0.0 } else { at(m, Observable::Magnetization) };
        let estimate = of(&|m| b / components * (at(m, Observable::Square) - mean(m).powi(2)))?;
        let exact = exact.map(|m| b / components * (m.square - m.magnetization.powi(2)));
        rows.push(row("susceptibility", estimate, exact));
    }
    let connected = of(&|m| b * (at(m, Observable::Square) - at(m, Observable::AbsMagnetization).powi(2)))?;
    rows.push(row("connected_susceptibility", connected, exact.map(|m| b * (m.square - m.abs * m.abs))));
    match of(&|m| 1.0 - at(m, Observable::Fourth) / (3.0 * at(m, Observable::Square).powi(2))) {
        // A magnetization that never left 0 has no cumulant.
        Err(EstimatorError::NonFiniteFunction { .. }) => {}
        binder => {
            let exact = exact.and_then(|m| Some(1.0 - m.fourth? / (3.0 * m.square * m.square)));
            rows.push(row(BINDER, binder?, exact));
        }
    }
    Ok(rows)
}

/// Exact moments where the system knows them.
fn moments(system: &System, temperature: Temperature) -> Option<Moments> {
    let beta = temperature.beta();
    let n = system.exact().n_sites();
    match system {
        System::Ising(ising) => {
            let m = ising.magnetic_moments(beta).ok()?;
            Some(Moments {
                magnetization: n * m.magnetization,
                abs: n * m.abs_magnetization,
                square: n * n * m.m2,
                fourth: Some(n.powi(4) * m.m4),
            })
        }
        System::SpinGlass(glass) => {
            let m = glass.glass_moments(beta).ok()?;
            Some(Moments {
                magnetization: n * m.magnetization,
                abs: n * m.abs_magnetization,
                square: n * n * m.m2,
                fourth: None,
            })
        }
        System::Potts(potts) => {
            let m = potts.order_moments(beta).ok()?;
            Some(Moments { magnetization: n * m.m, abs: n * m.m, square: n * n * m.m2, fourth: Some(n.powi(4) * m.m4) })
        }
        _ => None,
    }
}

/// Exact mean of the squared overlap, for a spin glass whose states can be listed.
pub(super) fn exact_overlap(system: &System, temperature: Temperature) -> Option<f64> {
    match system {
        System::SpinGlass(glass) => Some(glass.glass_moments(temperature.beta()).ok()?.q2),
        _ => None,
    }
}
