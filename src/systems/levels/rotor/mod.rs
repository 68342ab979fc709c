//! The rigid rotor, with the nuclear-spin species of a homonuclear molecule: sums over l with a bounded tail, and
//! mixtures of two species whose composition is frozen.

mod frozen_mixture;
mod row;

pub use frozen_mixture::{FrozenMixture, Molecule};
pub(in crate::systems) use row::ROW;

use std::str::FromStr;

use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::model::{Exact, SystemError};
use crate::numerics::x_ln_x;
use crate::systems::unbounded_spectrum::{NEGLECTED_EXPONENT, count_levels, reduced_beta};
use crate::units::Beta;

const NAME: &str = "rotor";

/// Below this theta/T the asymptotic expansion is exact in double precision; above it at most 800 levels are summed.
const EXPANSION_BELOW: f64 = 1e-4;

/// E_l = theta l(l+1) with degeneracy (2l+1) times a nuclear-spin weight that depends on the parity of l.
///
/// `Z = sum_l w_l (2l+1) e^(-t l(l+1))`, t = theta/T. For t >= 1e-4 the sum runs over a list of the lowest levels (see
/// [`Rotor::spectrum_at`]); below, Mulholland's expansion `Z = (1/t)(1 + t/3 + t^2/15 + 4 t^3/315 + ...)` is used,
/// whose first neglected term is t^4/315 < 1e-18, and even and odd l contribute Z/2 each up to e^(-pi^2/(4t)).
/// T = 0 is legal; infinite and negative temperatures are refused, because the levels never end.
///
/// A frozen mixture ([`Rotor::frozen`]) is two gases, of even and of odd l, with the fixed shares `x = w/(w_even + w_odd)`
/// that their weights give at high temperature, per molecule: without a catalyst the species of hydrogen do not turn
/// into each other for weeks. U and C are `sum x U` and `sum x C`, without the heat of conversion;
/// `S = sum x (S - ln x)` and `ln Z = sum x (ln Z - ln x)` include the entropy of mixing, so that at high temperature they
/// are those of equilibrium.
///
/// # Examples
///
/// ```
/// use gibbs::model::Exact;
/// use gibbs::systems::{Nuclear, Rotor};
/// use gibbs::units::Beta;
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
    frozen: bool,
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
    /// Both frozen at 1 : 3, as in hydrogen from a bottle at room temperature, cooled.
    Normal,
    /// The majority species of deuterium: even l only, weight 6.
    OrthoDeuterium,
    /// The minority species of deuterium: odd l only, weight 3.
    ParaDeuterium,
    /// Deuterium in equilibrium: weight 6 for even l and 3 for odd l.
    Deuterium,
    /// Deuterium frozen at 6 : 3.
    NormalDeuterium,
}

impl FromStr for Nuclear {
    type Err = SystemError;

    fn from_str(text: &str) -> Result<Self, SystemError> {
        match text {
            "none" => Ok(Self::None),
            "ortho" => Ok(Self::Ortho),
            "para" => Ok(Self::Para),
            "equilibrium" => Ok(Self::Equilibrium),
            "normal" => Ok(Self::Normal),
            "ortho-deuterium" => Ok(Self::OrthoDeuterium),
            "para-deuterium" => Ok(Self::ParaDeuterium),
            "deuterium" => Ok(Self::Deuterium),
            "normal-deuterium" => Ok(Self::NormalDeuterium),
            _ => Err(SystemError::parameter(
                NAME,
                "nuclear",
                "none, ortho, para, equilibrium, normal, or deuterium, ortho-deuterium, para-deuterium, normal-deuterium",
                text,
            )),
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
            Nuclear::Equilibrium | Nuclear::Normal => (1.0, 3.0),
            Nuclear::OrthoDeuterium => (6.0, 0.0),
            Nuclear::ParaDeuterium => (0.0, 3.0),
            Nuclear::Deuterium | Nuclear::NormalDeuterium => (6.0, 3.0),
        };
        if matches!(nuclear, Nuclear::Normal | Nuclear::NormalDeuterium) {
            Self::frozen(theta, even, odd)
        } else {
            Self::with_weights(theta, even, odd)
        }
    }

    /// A mixture of rotors of even l (weight `even`) and of odd l (weight `odd`) frozen at the shares even : odd.
    ///
    /// # Errors
    ///
    /// As [`Rotor::with_weights`]; a weight of 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::model::Exact;
    /// use gibbs::systems::Rotor;
    /// use gibbs::units::Beta;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let hydrogen = Rotor::frozen(87.6, 1.0, 3.0)?;
    /// assert!((hydrogen.thermo(Beta::INFINITE)?.energy - 0.75 * 2.0 * 87.6).abs() < 1e-12);
    /// // The nine states of ortho hydrogen at l = 1 and the mixing of the species: ln 4 + (3/4) ln 3.
    /// assert!((hydrogen.entropy_limits().0 - 4f64.ln() - 0.75 * 3f64.ln()).abs() < 1e-14);
    /// # Ok(())
    /// # }
    /// ```
    pub fn frozen(theta: f64, even: f64, odd: f64) -> Result<Self, SystemError> {
        if !(even > 0.0 && odd > 0.0) {
            let expected = "two positive weights for a frozen mixture";
            return Err(SystemError::parameter(NAME, "nuclear", expected, format_args!("{even}, {odd}")));
        }
        Ok(Self { frozen: true, ..Self::with_weights(theta, even, odd)? })
    }

    /// A rotor with nuclear weights `even` and `odd` of even and odd l; for deuterium 6 and 3.
    ///
    /// # Errors
    ///
    /// A theta that is not positive and finite; weights that are negative, not finite, or both 0.
    pub fn with_weights(theta: f64, even: f64, odd: f64) -> Result<Self, SystemError> {
        let theta = SystemError::positive(NAME, "theta", theta)?;
        if !(even >= 0.0 && odd >= 0.0 && even + odd > 0.0 && (even + odd).is_finite()) {
            let expected = "two finite weights >= 0, one of them positive";
            return Err(SystemError::parameter(NAME, "nuclear", expected, format_args!("{even}, {odd}")));
        }
        Ok(Self { theta, even, odd, frozen: false })
    }

    /// The two gases of a frozen mixture with their shares, even l first; `None` for everything else.
    #[must_use]
    pub fn species(&self) -> Option<[(f64, Self); 2]> {
        let pure =
            |even: f64, odd: f64| ((even + odd) / (self.even + self.odd), Self { even, odd, frozen: false, ..*self });
        self.frozen.then(|| [pure(self.even, 0.0), pure(0.0, self.odd)])
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
    /// Infinite and negative temperatures, those that would need more than 10^7 levels, and frozen mixtures, which have
    /// two lists of levels ([`Rotor::species`]).
    pub fn spectrum_at(&self, beta: Beta) -> Result<Spectrum, SystemError> {
        if self.frozen {
            let reason = "a frozen mixture consists of two gases and has no single list of levels";
            return Err(SystemError::NoExactResult { system: NAME, reason });
        }
        let t = reduced_beta(NAME, beta, self.theta)?;
        let step = if self.even > 0.0 && self.odd > 0.0 { 1 } else { 2 };
        let first = usize::from(self.even == 0.0);
        let first_excited = ((first + step) * (first + step + 1)) as f64;
        let smallest = [self.even, self.odd].into_iter().filter(|&w| w > 0.0).fold(f64::INFINITY, f64::min);
        let ln_ratio = (self.even.max(self.odd) / smallest).ln();
        let exponent = NEGLECTED_EXPONENT + ln_ratio + (-t.ln()).max(0.0);
        let last = 2.0 + (first_excited + exponent / t).sqrt().ceil();
        let last = count_levels(NAME, beta, last)?;
        let numbers = (first..=last).step_by(step);
        let energies = numbers.clone().map(|l| self.theta * (l as f64 * (l as f64 + 1.0))).collect();
        let ln_degeneracies = numbers.map(|l| (self.weight(l) * (2.0 * l as f64 + 1.0)).ln()).collect();
        Ok(Spectrum::with_ln_degeneracies(energies, ln_degeneracies)?)
    }
}

impl Exact for Rotor {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        let t = reduced_beta(NAME, beta, self.theta)?;
        if let Some([(even_share, even), (odd_share, odd)]) = self.species() {
            let (even, odd) = (even.thermo(beta)?, odd.thermo(beta)?);
            let mean = |value: fn(&Thermo) -> f64| even_share * value(&even) + odd_share * value(&odd);
            let mixing = mixing_entropy(even_share, odd_share);
            return Ok(Thermo {
                beta,
                ln_z: mean(|part| part.ln_z) + mixing,
                energy: mean(|part| part.energy),
                entropy: mean(|part| part.entropy) + mixing,
                heat_capacity: mean(|part| part.heat_capacity),
            });
        }
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
        if let Some([(even_share, even), (odd_share, odd)]) = self.species() {
            let parts = even_share * even.entropy_limits().0 + odd_share * odd.entropy_limits().0;
            return (parts + mixing_entropy(even_share, odd_share), f64::INFINITY);
        }
        let ground = if self.even > 0.0 { self.even.ln() } else { (3.0 * self.odd).ln() };
        (ground, f64::INFINITY)
    }
}

/// -x ln x - y ln y, the entropy of mixing two species.
fn mixing_entropy(x: f64, y: f64) -> f64 {
    -x_ln_x(x) - x_ln_x(y)
}

#[cfg(test)]
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
    fn a_frozen_mixture_is_two_gases_and_hot_the_same_as_equilibrium() {
        for (frozen, free) in [("normal", "equilibrium"), ("normal-deuterium", "deuterium")] {
            let [frozen, free] = [frozen, free].map(|name| Rotor::new(1.0, name.parse().unwrap()).unwrap());
            let at = |rotor: &Rotor, t: f64| rotor.thermo(Beta::new(1.0 / t).unwrap()).unwrap();
            for t in [50.0, 1e6] {
                let (one, other) = (at(&frozen, t), at(&free, t));
                assert!((one.entropy / other.entropy - 1.0).abs() < 1e-14, "{t}");
                assert!((one.ln_z / other.ln_z - 1.0).abs() < 1e-14, "{t}");
                assert!((one.heat_capacity / other.heat_capacity - 1.0).abs() < 1e-13, "{t}");
            }
            // Cold, equilibrium has the lower free energy, because it may convert.
            assert!(at(&frozen, 0.5).free_energy() > at(&free, 0.5).free_energy());
            let cold = frozen.thermo(Beta::INFINITE).unwrap();
            assert!((cold.entropy - frozen.entropy_limits().0).abs() < 1e-14);
            assert_eq!(cold.heat_capacity, 0.0);
            for t in [0.3, 1.0, 4.0] {
                let (low, high, middle) = (at(&frozen, t * 0.9999), at(&frozen, t * 1.0001), at(&frozen, t));
                let slope = (high.energy - low.energy) / (2e-4 * t);
                assert!((slope / middle.heat_capacity - 1.0).abs() < 1e-5);
                assert!((middle.ln_z + middle.energy / t - middle.entropy).abs() < 1e-13);
            }
            assert!(frozen.spectrum_at(Beta::new(1.0).unwrap()).unwrap_err().to_string().contains("two gases"));
            assert!(free.species().is_none());
            let shares = frozen.species().unwrap().map(|(share, _)| share);
            assert!((shares[0] + shares[1] - 1.0).abs() < 1e-15);
        }
    }

    /// Deuterium by the bare sum: ortho l = 0, 2, ... of weight 6, para l = 1, 3, ... of weight 3.
    #[test]
    fn deuterium_has_its_weights() {
        let (theta, t) = (43.0, 30.0);
        let at =
            |name: &str| Rotor::new(theta, name.parse().unwrap()).unwrap().thermo(Beta::new(1.0 / t).unwrap()).unwrap();
        let part = |first: usize, weight: f64| -> f64 {
            let term = |l: usize| weight * (2 * l + 1) as f64 * (-theta * (l * (l + 1)) as f64 / t).exp();
            (first..40).step_by(2).map(term).sum()
        };
        let (even, odd) = (part(0, 6.0), part(1, 3.0));
        for (name, z) in [("deuterium", even + odd), ("ortho-deuterium", even), ("para-deuterium", odd)] {
            assert!((at(name).ln_z - z.ln()).abs() < 1e-13, "{name}");
        }
        let shares = (2.0 * even.ln() + odd.ln()) / 3.0 + (3f64.ln() - 2.0 / 3.0 * 2f64.ln());
        assert!((at("normal-deuterium").ln_z - shares).abs() < 1e-13);
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
            "rotor: `nuclear` must be none, ortho, para, equilibrium, normal, or deuterium, ortho-deuterium, para-deuterium, \
             normal-deuterium, got `both`"
        );
        assert!(Rotor::with_weights(1.0, 0.0, 0.0).is_err());
        assert_eq!(
            Rotor::frozen(1.0, 0.0, 3.0).unwrap_err().to_string(),
            "rotor: `nuclear` must be two positive weights for a frozen mixture, got `0, 3`"
        );
        assert!(Rotor::frozen(1.0, 1.0, f64::NAN).is_err() && Rotor::frozen(1.0, 1.0, f64::INFINITY).is_err());
        let rotor = Rotor::new(1.0, Nuclear::None).unwrap();
        assert!(rotor.thermo(Beta::ZERO).unwrap_err().to_string().contains("levels never end"));
        assert!(rotor.thermo(Beta::new(-1.0).unwrap()).unwrap_err().to_string().contains("no upper bound"));
        assert!(rotor.spectrum_at(Beta::new(1e-15).unwrap()).unwrap_err().to_string().contains("more than 1e7"));
    }
}
