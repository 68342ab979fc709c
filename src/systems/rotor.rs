//! The rigid rotor, with the nuclear-spin species of a homonuclear molecule: sums over l with a bounded tail.

use std::str::FromStr;

use super::ladder::{NEGLECTED_EXPONENT, count_levels, reduced_beta};
use super::{Exact, SystemError};
use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::units::Beta;

const NAME: &str = "rotor";

/// Below this theta/T the asymptotic expansion is exact in double precision; above it at most 800 levels are summed.
const EXPANSION_BELOW: f64 = 1e-4;

/// E_l = theta l(l+1) with degeneracy (2l+1) times a nuclear-spin weight that depends on the parity of l.
///
/// `Z = sum_l w_l (2l+1) e^(-t l(l+1))`, t = theta/T. For t >= 1e-4 the sum runs over a truncated ladder (see
/// [`Rotor::spectrum_at`]); below, Mulholland's expansion `Z = (1/t)(1 + t/3 + t^2/15 + 4 t^3/315 + ...)` is used,
/// whose first neglected term is t^4/315 < 1e-18, and even and odd l contribute Z/2 each up to e^(-pi^2/(4t)).
/// T = 0 is legal; infinite and negative temperatures are refused, because the levels never end.
///
/// # Examples
///
/// ```
/// use gibbs::{systems::{Exact, Nuclear, Rotor}, units::Beta};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ortho = Rotor::new(87.6, Nuclear::Ortho)?;
/// assert_eq!(ortho.thermo(Beta::INFINITE)?.energy, 2.0 * 87.6);
/// assert!((ortho.entropy_limits().0 - 9f64.ln()).abs() < 1e-15);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// H. P. Mulholland, Math. Proc. Camb. Philos. Soc. 24, 280 (1928).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rotor {
    theta: f64,
    even: f64,
    odd: f64,
}

/// Which values of l a rotor has, and with what nuclear-spin weight: the species of hydrogen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nuclear {
    /// Unlike nuclei: every l, weight 1.
    None,
    /// Odd l only, weight 3.
    Ortho,
    /// Even l only, weight 1.
    Para,
    /// Both in equilibrium: weight 1 for even l and 3 for odd l.
    Equilibrium,
}

impl FromStr for Nuclear {
    type Err = SystemError;

    fn from_str(text: &str) -> Result<Self, SystemError> {
        match text {
            "none" => Ok(Self::None),
            "ortho" => Ok(Self::Ortho),
            "para" => Ok(Self::Para),
            "equilibrium" => Ok(Self::Equilibrium),
            _ => Err(SystemError::Parameter {
                system: NAME,
                name: "nuclear",
                expected: "none, ortho, para or equilibrium",
                value: text.to_owned(),
            }),
        }
    }
}

impl Rotor {
    /// A rotor of rotational constant `theta` > 0 (unit of energy) and the given nuclear species.
    ///
    /// # Errors
    ///
    /// A theta that is not positive and finite.
    pub fn new(theta: f64, nuclear: Nuclear) -> Result<Self, SystemError> {
        let (even, odd) = match nuclear {
            Nuclear::None => (1.0, 1.0),
            Nuclear::Ortho => (0.0, 3.0),
            Nuclear::Para => (1.0, 0.0),
            Nuclear::Equilibrium => (1.0, 3.0),
        };
        Self::with_weights(theta, even, odd)
    }

    /// A rotor with nuclear weights `even` and `odd` of even and odd l; for deuterium 6 and 3.
    ///
    /// # Errors
    ///
    /// A theta that is not positive and finite; weights that are negative, not finite, or both 0.
    pub fn with_weights(theta: f64, even: f64, odd: f64) -> Result<Self, SystemError> {
        let refuse =
            |name, expected, value: String| Err(SystemError::Parameter { system: NAME, name, expected, value });
        if !(theta > 0.0 && theta.is_finite()) {
            return refuse("theta", "positive and finite", theta.to_string());
        }
        if !(even >= 0.0 && odd >= 0.0 && even + odd > 0.0 && (even + odd).is_finite()) {
            return refuse("nuclear", "two finite weights >= 0, one of them positive", format!("{even}, {odd}"));
        }
        Ok(Self { theta, even, odd })
    }

    /// Nuclear weight of level `l`.
    fn weight(&self, l: usize) -> f64 {
        if l.is_multiple_of(2) { self.even } else { self.odd }
    }

    /// The lowest levels of nonzero weight as a spectrum; the weight left out is below 2^-60 of the whole.
    ///
    /// The tail beyond L is at most `w_max e^(-t L(L+1))/t`, the integral of the decreasing summand. L is chosen so
    /// that this is below 2^-72 of the weight of the first excited level, hence of the whole.
    ///
    /// # Errors
    ///
    /// Infinite and negative temperatures, and those that would need more than 10^7 levels.
    pub fn spectrum_at(&self, beta: Beta) -> Result<Spectrum, SystemError> {
        let t = reduced_beta(NAME, beta, self.theta)?;
        let step = if self.even > 0.0 && self.odd > 0.0 { 1 } else { 2 };
        let first = usize::from(self.even == 0.0);
        let first_excited = ((first + step) * (first + step + 1)) as f64;
        let smallest = [self.even, self.odd].into_iter().filter(|&w| w > 0.0).fold(f64::INFINITY, f64::min);
        let ln_ratio = (self.even.max(self.odd) / smallest).ln();
        let exponent = NEGLECTED_EXPONENT + ln_ratio + (-t.ln()).max(0.0);
        let last = 2.0 + (first_excited + exponent / t).sqrt().ceil();
        let last = count_levels(NAME, beta, last)?;
        let ladder = (first..=last).step_by(step);
        let energies = ladder.clone().map(|l| self.theta * (l as f64 * (l as f64 + 1.0))).collect();
        let ln_degeneracies = ladder.map(|l| (self.weight(l) * (2.0 * l as f64 + 1.0)).ln()).collect();
        Ok(Spectrum::with_ln_degeneracies(energies, ln_degeneracies)?)
    }
}

impl Exact for Rotor {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        let t = reduced_beta(NAME, beta, self.theta)?;
        if t >= EXPANSION_BELOW {
            return Ok(Canonical::new(&self.spectrum_at(beta)?, beta).thermo());
        }
        // Logarithm of the expansion: ln Z = ln(weight) - ln t + t/3 + t^2/90 + 8 t^3/2835 + O(t^4), term by term.
        let ln_z = (0.5 * (self.even + self.odd)).ln() - t.ln() + t * (1.0 / 3.0 + t * (1.0 / 90.0 + t * 8.0 / 2835.0));
        let beta_u = 1.0 - t * (1.0 / 3.0 + t * (1.0 / 45.0 + t * 8.0 / 945.0));
        let heat_capacity = 1.0 + t * t * (1.0 / 45.0 + t * 16.0 / 945.0);
        Ok(Thermo { beta, ln_z, energy: beta_u / beta.get(), entropy: ln_z + beta_u, heat_capacity })
    }

    fn entropy_limits(&self) -> (f64, f64) {
        let ground = if self.even > 0.0 { self.even.ln() } else { (3.0 * self.odd).ln() };
        (ground, f64::INFINITY)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn sum_and_expansion_meet() {
        for nuclear in ["none", "ortho", "para", "equilibrium"] {
            let rotor = Rotor::new(2.0, nuclear.parse().unwrap()).unwrap();
            let beta = Beta::new(0.499_999 * EXPANSION_BELOW).unwrap();
            let expanded = rotor.thermo(beta).unwrap();
            let summed = Canonical::new(&rotor.spectrum_at(beta).unwrap(), beta).thermo();
            assert!((expanded.ln_z / summed.ln_z - 1.0).abs() < 1e-13);
            assert!((expanded.energy / summed.energy - 1.0).abs() < 1e-13);
            assert!((expanded.heat_capacity / summed.heat_capacity - 1.0).abs() < 1e-13);
        }
    }

    #[test]
    fn the_published_maximum_of_the_heat_capacity() {
        let t = Rotor::new(1.0, Nuclear::None).unwrap().thermo(Beta::new(1.0 / 0.807_166_53).unwrap()).unwrap();
        assert!((t.heat_capacity - 1.097_616_32).abs() < 1e-8);
    }

    #[test]
    fn very_high_temperatures_work() {
        let t = Rotor::new(1.0, Nuclear::Equilibrium).unwrap().thermo(Beta::new(1e-30).unwrap()).unwrap();
        assert!((t.energy / 1e30 - 1.0).abs() < 1e-15 && t.heat_capacity == 1.0);
        assert!((t.ln_z - 2e30f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let message = |theta: f64| Rotor::new(theta, Nuclear::None).unwrap_err().to_string();
        assert_eq!(message(-1.0), "rotor: `theta` must be positive and finite, got `-1`");
        assert_eq!(
            "both".parse::<Nuclear>().unwrap_err().to_string(),
            "rotor: `nuclear` must be none, ortho, para or equilibrium, got `both`"
        );
        assert!(Rotor::with_weights(1.0, 0.0, 0.0).is_err());
        let rotor = Rotor::new(1.0, Nuclear::None).unwrap();
        assert!(rotor.thermo(Beta::ZERO).unwrap_err().to_string().contains("levels never end"));
        assert!(rotor.thermo(Beta::new(-1.0).unwrap()).unwrap_err().to_string().contains("no upper bound"));
        assert!(rotor.spectrum_at(Beta::new(1e-15).unwrap()).unwrap_err().to_string().contains("more than 1e7"));
    }
}
