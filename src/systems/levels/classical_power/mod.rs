//! One classical coordinate in a power-law well: equipartition in closed form.

mod row;

pub(in crate::systems) use row::ROW;

use rand::{Rng, RngExt};

use crate::ensemble::Thermo;
use crate::model::{Exact, Model, SystemError};
use crate::units::Beta;

const NAME: &str = "classical_power";

/// E = stiffness |x|^power for one coordinate x without momentum; `Z = int e^(-beta E) dx`, measure dx.
///
/// `ln Z = ln 2 + lnGamma(1 + 1/power) - ln(beta stiffness)/power`, U = T/power, C = 1/power: equipartition.
/// T = 0 is refused, because classical entropy falls to minus infinity there; so are infinite and negative T.
///
/// # Examples
///
/// ```
/// use gibbs::systems::ClassicalPower;
/// use gibbs::model::Exact;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let spring = ClassicalPower::new(2.0, 0.5)?.thermo(Beta::new(1.0)?)?;
/// assert!((spring.ln_z - 0.5 * std::f64::consts::TAU.ln()).abs() < 1e-15);
/// assert_eq!((spring.energy, spring.heat_capacity), (0.5, 0.5));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassicalPower {
    power: f64,
    stiffness: f64,
}

impl ClassicalPower {
    /// A well of the given `power` > 0 and `stiffness` > 0 (energy per length^power).
    ///
    /// # Errors
    ///
    /// Either is not positive and finite.
    pub fn new(power: f64, stiffness: f64) -> Result<Self, SystemError> {
        Ok(Self {
            power: SystemError::positive(NAME, "power", power)?,
            stiffness: SystemError::positive(NAME, "stiffness", stiffness)?,
        })
    }

    /// The exponent of |x|.
    #[must_use]
    pub fn power(&self) -> f64 {
        self.power
    }

    /// The prefactor of |x|^power.
    #[must_use]
    pub fn stiffness(&self) -> f64 {
        self.stiffness
    }

    /// The coordinate x >= 0 of `energy`: (energy/stiffness)^(1/power).
    #[must_use]
    pub fn coordinate(&self, energy: f64) -> f64 {
        (energy / self.stiffness).powf(1.0 / self.power)
    }

    /// `beta`, if this well has an ensemble there.
    ///
    /// # Errors
    ///
    /// T = 0, infinite and negative T.
    pub fn require_equilibrium(&self, beta: Beta) -> Result<f64, SystemError> {
        require_equilibrium(NAME, beta)
    }
}

/// `beta`, if a classical coordinate in a potential that rises without end has an ensemble there.
pub(in crate::systems) fn require_equilibrium(system: &'static str, beta: Beta) -> Result<f64, SystemError> {
    let b = beta.get();
    let reason = if b < 0.0 {
        "its energy has no upper bound, so no ensemble exists at negative temperature"
    } else if b == 0.0 {
        "nothing confines the coordinate, so ln Z diverges"
    } else if b.is_infinite() {
        "the entropy of a classical coordinate goes to minus infinity there"
    } else {
        return Ok(b);
    };
    Err(SystemError::NoEquilibrium { system, temperature: beta.temperature(), reason })
}

impl Exact for ClassicalPower {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        let b = self.require_equilibrium(beta)?;
        let share = 1.0 / self.power;
        let ln_z = std::f64::consts::LN_2 + libm::lgamma(1.0 + share) - share * (b.ln() + self.stiffness.ln());
        Ok(Thermo { beta, ln_z, energy: share / b, entropy: ln_z + share, heat_capacity: share })
    }

    fn entropy_limits(&self) -> (f64, f64) {
        (f64::NEG_INFINITY, f64::INFINITY)
    }
}

/// Steps of a Markov chain: from x to x +- length 10^u, u uniform in (-3, 3), where E(length) = 1.
///
/// The mixture of step lengths does not depend on x, so proposals are symmetric, and it serves temperatures over
/// many decades without being told which.
impl Model for ClassicalPower {
    /// x.
    type State = f64;
    /// The new x.
    type Move = f64;

    fn initial_state<R: Rng + ?Sized>(&self, _rng: &mut R) -> f64 {
        0.0
    }

    fn energy(&self, x: &f64) -> f64 {
        self.stiffness * x.abs().powf(self.power)
    }

    fn propose<R: Rng + ?Sized>(&self, x: &f64, rng: &mut R) -> f64 {
        let step = self.coordinate(1.0) * 10f64.powf(rng.random_range(-3.0..3.0));
        if rng.random::<bool>() { x + step } else { x - step }
    }

    fn energy_change(&self, x: &f64, new: &f64) -> f64 {
        self.energy(new) - self.energy(x)
    }

    fn apply(&self, x: &mut f64, new: f64) {
        *x = new;
    }

    fn moves_per_sweep(&self) -> usize {
        16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_integrals() {
        let ln_z = |power, stiffness, beta: f64| {
            ClassicalPower::new(power, stiffness).unwrap().thermo(Beta::new(beta).unwrap()).unwrap().ln_z
        };
        // Exponential: 2/(beta k). Gauss: sqrt(pi/(beta k)). Quartic: 2 Gamma(5/4).
        assert!((ln_z(1.0, 3.0, 2.0) - (1.0f64 / 3.0).ln()).abs() < 1e-15);
        assert!((ln_z(2.0, 3.0, 2.0) - 0.5 * (std::f64::consts::PI / 6.0).ln()).abs() < 1e-15);
        assert!((ln_z(4.0, 1.0, 1.0) - (2.0 * 0.906_402_477_055_477f64).ln()).abs() < 1e-14);
    }

    #[test]
    fn energy_and_coordinate_are_inverse() {
        let well = ClassicalPower::new(3.0, 0.2).unwrap();
        assert!((well.energy(&-well.coordinate(1.7)) - 1.7).abs() < 1e-14);
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let message = |p, k| ClassicalPower::new(p, k).unwrap_err().to_string();
        assert_eq!(message(0.0, 1.0), "classical_power: `power` must be positive and finite, got `0`");
        assert_eq!(message(2.0, f64::NAN), "classical_power: `stiffness` must be positive and finite, got `NaN`");
        let well = ClassicalPower::new(2.0, 1.0).unwrap();
        let message = |beta: f64| well.thermo(Beta::new(beta).unwrap()).unwrap_err().to_string();
        assert_eq!(
            message(f64::INFINITY),
            "classical_power has no equilibrium at T = 0: the entropy of a classical coordinate goes to minus \
             infinity there"
        );
        assert_eq!(
            message(0.0),
            "classical_power has no equilibrium at T = inf: nothing confines the coordinate, so ln Z diverges"
        );
        assert!(message(-1.0).starts_with("classical_power has no equilibrium at T = -1: its energy has no upper"));
    }
}
