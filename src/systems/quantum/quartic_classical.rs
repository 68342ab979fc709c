//! The classical particle in a quartic potential: the limit that the quantum levels approach when it is hot.

use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::model::{Exact, SystemError};
use crate::systems::Quartic;
use crate::systems::levels::require_equilibrium;
use crate::units::Beta;

const NAME: &str = "quartic";

/// Potential energies beyond this many T weigh less than 2^-72.
const REACH: f64 = 52.0;

/// Points of the sum over x.
const POINTS: i32 = 2000;

/// E = p^2/2 + a x^2 + b x^4 as a classical energy with the measure dx dp/(2 pi), hbar = m = 1.
///
/// The momentum adds T/2 to U and 1/2 to C. The integral over x is a sum over equally spaced points, whose potential
/// energies are levels like any others; for a smooth potential that has no error but rounding once the points are closer
/// than its features. T = 0, infinite and negative T are refused.
///
/// # Examples
///
/// ```
/// use gibbs::model::Exact;
/// use gibbs::systems::{Quartic, QuarticClassical};
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let classical = QuarticClassical::new(Quartic::new(0.0, 1.0)?);
/// assert!((classical.thermo(Beta::new(0.5)?)?.energy - 0.75 * 2.0).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// E. Wigner, Phys. Rev. 40, 749 (1932), doi:10.1103/PhysRev.40.749 (how levels approach this limit).
#[derive(Clone, Debug)]
pub struct QuarticClassical {
    quartic: Quartic,
}

impl QuarticClassical {
    /// The classical limit of `quartic`.
    #[must_use]
    pub fn new(quartic: Quartic) -> Self {
        Self { quartic }
    }

    /// Equally spaced x with their potential energies as a spectrum: the x that can be reached at `beta`.
    ///
    /// # Errors
    ///
    /// T = 0, infinite and negative T; temperatures too low for the wells of a double well to be resolved; potentials
    /// whose numbers overflow.
    pub fn positions_at(&self, beta: Beta) -> Result<(Vec<f64>, Spectrum), SystemError> {
        let b = require_equilibrium(NAME, beta)?;
        let furthest = self.quartic.turning_point(self.quartic.floor() + REACH / b);
        let step = furthest / f64::from(POINTS);
        // Two steps within the width sqrt(T/V'') of a well; the error of the sum is e^(-2 pi^2 width^2/step^2) < 1e-34.
        if self.quartic.a() < 0.0 && 1.0 / b < -4.0 * self.quartic.a() * (2.0 * step).powi(2) {
            let reason = "it is so cold that 4001 points do not resolve its two wells; ask for a higher temperature";
            return Err(SystemError::NoExactResult { system: NAME, reason });
        }
        let positions: Vec<f64> = (-POINTS..=POINTS).map(|i| step * f64::from(i)).collect();
        let energies = positions.iter().map(|&x| self.quartic.potential(x)).collect();
        let ln_steps = vec![step.ln(); positions.len()];
        Ok((positions, Spectrum::with_ln_degeneracies(energies, ln_steps)?))
    }
}

impl Exact for QuarticClassical {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        let (_, positions) = self.positions_at(beta)?;
        let potential = Canonical::new(&positions, beta).thermo();
        // int dp/(2 pi) e^(-beta p^2/2) = sqrt(T/(2 pi)).
        let t = beta.temperature().get();
        let ln_momentum = 0.5 * (t / std::f64::consts::TAU).ln();
        Ok(Thermo {
            beta,
            ln_z: potential.ln_z + ln_momentum,
            energy: potential.energy + 0.5 * t,
            entropy: potential.entropy + ln_momentum + 0.5,
            heat_capacity: potential.heat_capacity + 0.5,
        })
    }

    fn entropy_limits(&self) -> (f64, f64) {
        (f64::NEG_INFINITY, f64::INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wigner's first quantum correction: ln Z - ln Z_classical = -beta^2 <V''>/24, V'' = 2a + 12 b x^2.
    #[test]
    fn hot_levels_approach_the_classical_limit_as_wigner_says() {
        for (a, b) in [(0.0, 1.0), (0.5, 0.1), (-4.0, 1.0)] {
            let quartic = Quartic::new(a, b).unwrap();
            let beta = Beta::new(1.0 / 50.0).unwrap();
            let quantum = quartic.thermo(beta).unwrap();
            let classical = QuarticClassical::new(quartic);
            let (positions, spectrum) = classical.positions_at(beta).unwrap();
            let ensemble = Canonical::new(&spectrum, beta);
            let square: f64 = positions.iter().enumerate().map(|(i, x)| ensemble.probability(i) * x * x).sum();
            let correction = -beta.get().powi(2) * (2.0 * a + 12.0 * b * square) / 24.0;
            let found = quantum.ln_z - classical.thermo(beta).unwrap().ln_z;
            assert!((found / correction - 1.0).abs() < 0.01, "{a} {b}: {found:e} {correction:e}");
        }
    }

    #[test]
    fn refuses_what_has_no_equilibrium() {
        let classical = QuarticClassical::new(Quartic::new(1.0, 1.0).unwrap());
        for (b, part) in [(0.0, "nothing confines"), (-1.0, "no upper bound"), (f64::INFINITY, "minus infinity")] {
            assert!(classical.thermo(Beta::new(b).unwrap()).unwrap_err().to_string().contains(part));
        }
        let deep = QuarticClassical::new(Quartic::new(-4.0, 1.0).unwrap());
        assert!((deep.thermo(Beta::new(1e3).unwrap()).unwrap().heat_capacity - 1.0).abs() < 1e-3);
        assert!(deep.thermo(Beta::new(1e6).unwrap()).unwrap_err().to_string().contains("4001 points"));
    }
}
