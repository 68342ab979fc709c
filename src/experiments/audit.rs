//! Thermodynamic identities every run checks on its own output; what does not hold is reported, never hidden.

use std::fmt;

use super::canonical_tests;
use crate::ensemble::Thermo;
use crate::estimators::Estimate;
use crate::model::{Exact, SystemError};
use crate::numerics::shortest;
use crate::simulation::Row;
use crate::units::Beta;

/// Relative step of the central differences, and the discrepancy they may leave: h^2 from truncation of smooth
/// curves plus rounding errors of order 1e-15/h.
const STEP: f64 = 1e-4;
const TOLERANCE: f64 = 1e-6;
/// What rounding may leave of the difference of two equal numbers.
const ROUNDING: f64 = 16.0 * f64::EPSILON;

/// One identity checked at one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The identity, in formula.
    pub identity: &'static str,
    /// Inverse temperature it was checked at.
    pub beta: Beta,
    /// Its left side.
    pub left: f64,
    /// Its right side.
    pub right: f64,
    /// Largest difference that rounding and finite differences explain.
    pub tolerance: f64,
}

impl Finding {
    /// Whether both sides agree. NaN on either side does not.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.left == self.right || (self.left - self.right).abs() <= self.tolerance
    }
}

/// What does not hold, where, and by how much.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |x: f64| shortest(x, 1e-5..1e17);
        let (identity, temperature) = (self.identity, self.beta.temperature());
        let (left, right) = (number(self.left), number(self.right));
        write!(
            f,
            "{identity} does not hold at T = {temperature}: {left} against {right} (tolerance {:.1e})",
            self.tolerance
        )
    }
}

/// Checks F = U - T S, C >= 0, C = dU/dT, C = T dS/dT at `points`, and S(0) = ln g_0, S(inf) = ln W at the ends.
///
/// The derivatives are central differences of the system's own exact curve; they are left out at T = 0 and
/// infinity and where the difference would step over a temperature that has no equilibrium.
///
/// # Errors
///
/// The system refuses one of the points.
pub fn exact(system: &dyn Exact, points: &[Thermo]) -> Result<Vec<Finding>, SystemError> {
    let mut findings = Vec::new();
    for point in points {
        at_point(point, &mut findings);
        let beta = point.beta.get();
        if beta != 0.0 && beta.is_finite() && system.has_fixed_levels() {
            derivatives(system, point, &mut findings)?;
        }
    }
    let (ground, infinite) = system.entropy_limits();
    for (beta, identity, limit) in [(Beta::INFINITE, "S(0) = ln g_0", ground), (Beta::ZERO, "S(inf) = ln W", infinite)]
    {
        if let (Ok(thermo), true) = (system.thermo(beta), limit.is_finite()) {
            findings.push(Finding {
                identity,
                beta,
                left: thermo.entropy,
                right: limit,
                tolerance: 1e-10 * limit.abs().max(1.0),
            });
        }
    }
    Ok(findings)
}

fn at_point(point: &Thermo, findings: &mut Vec<Finding>) {
    let beta = point.beta;
    let Thermo { energy, entropy, heat_capacity, .. } = *point;
    let temperature = point.temperature().get();
    if temperature.is_finite() && temperature != 0.0 {
        let right = energy - temperature * entropy;
        let scale = energy.abs().max((temperature * entropy).abs());
        findings.push(Finding {
            identity: "F = U - T S",
            beta,
            left: point.free_energy(),
            right,
            // An entropy below the smallest number is 0.
            tolerance: 1e-10 * scale + temperature.abs() * f64::MIN_POSITIVE,
        });
    }
    findings.push(Finding { identity: "C >= 0", beta, left: heat_capacity.min(0.0), right: 0.0, tolerance: 0.0 });
}

fn derivatives(system: &dyn Exact, point: &Thermo, findings: &mut Vec<Finding>) -> Result<(), SystemError> {
    let (colder, hotter) = (point.beta.scaled(1.0 + STEP)?, point.beta.scaled(1.0 - STEP)?);
    let (Ok(colder), Ok(hotter)) = (system.thermo(colder), system.thermo(hotter)) else {
        return Ok(());
    };
    // In ln beta every slope is dimensionless: dS/d ln beta = -C and beta dU/d ln beta = -C.
    let width = (colder.beta.get() / hotter.beta.get()).ln();
    let (rounding, absolute) = system.rounding();
    let noise = |a: f64, b: f64| rounding * a.abs().max(b.abs()) / STEP;
    let heat_capacity = point.heat_capacity;
    let beta = point.beta.get();
    // U may be a small difference of energies that spread over sqrt(C)/beta.
    let spread = heat_capacity.max(0.0).sqrt() / beta.abs();
    // A curve that bends within the step (a sharp peak) is compared with the mean of its neighbours' bend.
    let bend = (colder.heat_capacity + hotter.heat_capacity - 2.0 * heat_capacity).abs();
    let tolerance = TOLERANCE * heat_capacity.abs() + bend;
    findings.push(Finding {
        identity: "C = dU/dT",
        beta: point.beta,
        left: heat_capacity,
        right: beta * (hotter.energy - colder.energy) / width,
        tolerance: tolerance + beta.abs() * noise(hotter.energy, colder.energy).max(noise(spread, 0.0)),
    });
    // S = ln Z + beta U, both measured from the lowest level, and may be a small difference of the two.
    let lowest = system.thermo(Beta::INFINITE).map_or(0.0, |ground| ground.energy);
    let excitation = (beta * (point.energy - if lowest.is_finite() { lowest } else { 0.0 })).abs();
    // A degeneracy below 1 has a negative logarithm, which the sum over the other levels must make up for.
    let ground = system.entropy_limits().0;
    let ground = if ground.is_finite() { ground } else { 0.0 };
    let terms = noise(hotter.entropy, colder.entropy).max(noise(excitation, ground)) + absolute / STEP;
    findings.push(Finding {
        identity: "C = T dS/dT",
        beta: point.beta,
        left: heat_capacity,
        right: (hotter.entropy - colder.entropy) / width,
        tolerance: tolerance + terms,
    });
    Ok(())
}

/// Checks sampled rows: every estimate with its exact value within error, and between neighbouring temperatures
/// U rising with T and dU/T_2 <= dS <= dU/T_1, which is dS = dU/T for a rise over a finite step.
///
/// Rows that are not resolved, or whose error is 0, judge nothing: their errors are not meant. All checks together give a false
/// alarm at the rate [`super::canonical_tests::ALPHA`].
#[must_use]
pub fn sampled(rows: &[Row]) -> Vec<Finding> {
    let bound = canonical_tests::bound(rows.len() * 4);
    let mut findings: Vec<Finding> = rows
        .iter()
        .filter(|row| row.z_score().is_some())
        .filter_map(|row| {
            let (left, right) = (row.estimate.value, row.exact?);
            let tolerance = bound * row.estimate.std_error.hypot(row.exact_error) + ROUNDING * right.abs();
            Some(Finding { identity: "estimate = exact value", beta: row.temperature.beta(), left, right, tolerance })
        })
        .collect();
    let of = |name: &str| -> Vec<&Row> {
        let mut chosen: Vec<&Row> = rows
            .iter()
            .filter(|row| row.observable.starts_with(name) && row.temperature.get() > 0.0)
            .filter(|row| row.temperature.get().is_finite())
            .collect();
        chosen.sort_by(|a, b| a.temperature.get().total_cmp(&b.temperature.get()));
        chosen
    };
    let (energies, entropies) = (of("energy"), of("entropy"));
    for (k, pair) in energies.windows(2).enumerate() {
        let (cold, hot) = (pair[0], pair[1]);
        if !cold.is_resolved() || !hot.is_resolved() {
            continue;
        }
        let rise = hot.estimate.value - cold.estimate.value;
        let error = scatter(bound, &hot.estimate, &cold.estimate);
        let mut check = |identity, excess: f64, tolerance| {
            let beta = hot.temperature.beta();
            findings.push(Finding { identity, beta, left: excess.max(0.0), right: 0.0, tolerance });
        };
        check("U rises with T", -rise, error);
        // Entropies of all temperatures or of none: a missing one would pair different steps.
        if entropies.len() == energies.len() {
            let (below, above) = (entropies[k].estimate, entropies[k + 1].estimate);
            let (step, scatter) = (above.value - below.value, scatter(bound, &above, &below));
            let (t_cold, t_hot) = (cold.temperature.get(), hot.temperature.get());
            check("S rises by at least dU/T_2", rise / t_hot - step, scatter + error / t_hot);
            check("S rises by at most dU/T_1", step - rise / t_cold, scatter + error / t_cold);
        }
    }
    findings
}

/// How far a difference of two estimates may be off: by `bound` standard errors, and by the rounding of both.
fn scatter(bound: f64, a: &Estimate, b: &Estimate) -> f64 {
    bound * a.std_error.hypot(b.std_error) + ROUNDING * (a.value.abs() + b.value.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::{Canonical, Spectrum};

    /// A two-level system whose heat capacity is wrong by a factor.
    struct Planted(f64);

    impl Exact for Planted {
        fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
            let spectrum = Spectrum::new(vec![0.0, 1.0])?;
            let thermo = Canonical::new(&spectrum, beta).thermo();
            Ok(Thermo { heat_capacity: thermo.heat_capacity * self.0, ..thermo })
        }
        fn entropy_limits(&self) -> (f64, f64) {
            (0.0, 2f64.ln())
        }
    }

    #[test]
    fn sampled_rows_pass_and_a_wrong_temperature_does_not() {
        use crate::rng::Seed;
        use crate::simulation::{Budget, Settings, run};
        use crate::systems::System;
        use crate::units::Temperature;
        let system = System::parse("paramagnet", &[("spin", "3/2")]).unwrap();
        let temperatures: Vec<Temperature> = [0.3, 0.5, 1.0, 2.0].map(|t| Temperature::new(t).unwrap()).to_vec();
        let settings = Settings { budget: Some(Budget::Particles(1_000_000)), ..Settings::default() };
        let mut rows = run(&system, &temperatures, &settings, Seed(1), &|| ()).unwrap().rows;
        assert!(sampled(&rows).iter().all(Finding::holds));
        for row in &mut rows {
            row.exact = None;
            row.temperature = Temperature::new(row.temperature.get() * 1.5).unwrap();
        }
        assert!(sampled(&rows).iter().any(|finding| !finding.holds()), "dS = dU/T misses a wrong temperature");
    }

    fn failures(factor: f64) -> usize {
        let system = Planted(factor);
        let points: Vec<Thermo> =
            [0.0, 0.02, 0.3, 1.0, 5.0, 40.0, -1.0].map(|b| system.thermo(Beta::new(b).unwrap()).unwrap()).to_vec();
        exact(&system, &points).unwrap().iter().filter(|finding| !finding.holds()).count()
    }

    #[test]
    fn holds_for_a_correct_system_and_catches_a_wrong_one() {
        assert_eq!(failures(1.0), 0);
        assert!(failures(1.01) >= 8);
    }
}
