//! The random energy model: one realization by enumeration, and the thermodynamic limit. Its average has its own file.

mod average;
mod row;

pub use average::RemAverage;
pub(in crate::systems) use row::ROW;

use std::f64::consts::LN_2;

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::ensemble::{Spectrum, Thermo, ThermoPerSite};
use crate::model::{Exact, SystemError};
use crate::units::{Beta, Temperature};

pub(super) const NAME: &str = "rem";

/// The largest n of a realization: 2^23 levels.
const MAX_N: u32 = 23;

/// One realization of the random energy model: 2^n levels drawn from Normal(0, sigma^2).
///
/// Derrida's convention is sigma = J sqrt(n/2); here sigma is the spread of the levels itself, as for logits. The
/// levels stand in drawing order. Every temperature is legal: 0, infinite and negative.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::model::Exact;
/// use gibbs::systems::Rem;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), gibbs::model::SystemError> {
/// let rem = Rem::new(12, 1.0, &mut Seed(1).set_up())?;
/// assert_eq!(rem.spectrum().len(), 4096);
/// assert!((rem.thermo(Beta::ZERO)?.entropy - 4096f64.ln()).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// B. Derrida, Phys. Rev. B 24, 2613 (1981), doi:10.1103/PhysRevB.24.2613.
#[derive(Clone, Debug, PartialEq)]
pub struct Rem {
    n: u32,
    spectrum: Spectrum,
}

impl Rem {
    /// Draws the 2^`n` levels of spread `sigma` >= 0 (unit of energy) from `rng`, 1 <= n <= 23.
    ///
    /// # Errors
    ///
    /// n outside its range; a sigma that is negative or not finite.
    pub fn new<R: Rng + ?Sized>(n: u32, sigma: f64, rng: &mut R) -> Result<Self, SystemError> {
        if !(1..=MAX_N).contains(&n) {
            let expected = "1 to 23 for one realization (larger with seed=average, or inf)";
            return Err(SystemError::parameter(NAME, "n", expected, n));
        }
        let sigma = require_sigma(sigma)?;
        let energies = (0..1u64 << n).map(|_| sigma * Distribution::<f64>::sample(&StandardNormal, rng)).collect();
        Ok(Self { n, spectrum: Spectrum::new(energies)? })
    }

    /// The levels as a spectrum, in drawing order.
    #[must_use]
    pub fn spectrum(&self) -> &Spectrum {
        &self.spectrum
    }
}

impl Exact for Rem {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        self.spectrum.thermo(beta)
    }

    fn n_sites(&self) -> f64 {
        f64::from(self.n)
    }

    fn entropy_limits(&self) -> (f64, f64) {
        self.spectrum.entropy_limits()
    }
}

/// `sigma`, if it is a spread.
pub(super) fn require_sigma(sigma: f64) -> Result<f64, SystemError> {
    if sigma >= 0.0 && sigma.is_finite() {
        return Ok(sigma);
    }
    Err(SystemError::parameter(NAME, "sigma", "finite and not negative", sigma))
}

/// The random energy model for n -> infinity, per site: a freezing transition at T_c = sigma/sqrt(2 ln 2).
///
/// `sigma` means sigma_levels/sqrt(n) = J/sqrt(2), the spread of the levels per square root of n: a finite limit
/// needs levels that spread as sqrt(n). Above T_c ln Z/n = ln 2 + (beta sigma)^2/2; below it the entropy vanishes
/// and U/n = -sigma sqrt(2 ln 2). Negative temperatures mirror positive ones.
///
/// # Examples
///
/// ```
/// use gibbs::model::Exact;
/// use gibbs::systems::RemLimit;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let rem = RemLimit::new(1.0)?;
/// assert_eq!(rem.thermo_per_site(Beta::new(0.5)?)?.energy_per_site, -0.5);
/// assert_eq!(rem.thermo_per_site(Beta::INFINITE)?.entropy_per_site, 0.0);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// B. Derrida, Phys. Rev. B 24, 2613 (1981), doi:10.1103/PhysRevB.24.2613.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RemLimit {
    sigma: f64,
}

impl RemLimit {
    /// The limit for `sigma` = J/sqrt(2) >= 0 (unit of energy).
    ///
    /// # Errors
    ///
    /// A sigma that is negative or not finite.
    pub fn new(sigma: f64) -> Result<Self, SystemError> {
        Ok(Self { sigma: require_sigma(sigma)? })
    }

    /// T_c = sigma/sqrt(2 ln 2), below which the entropy per site is zero.
    ///
    /// # Errors
    ///
    /// None for a sigma that was accepted.
    pub fn critical_temperature(&self) -> Result<Temperature, SystemError> {
        Ok(Temperature::new(self.sigma / (2.0 * LN_2).sqrt())?)
    }

    /// Y2 = sum_i p_i^2, the participation: 1 - T/T_c below T_c, 0 above.
    #[must_use]
    pub fn participation(&self, beta: Beta) -> f64 {
        let spread = beta.get().abs() * self.sigma;
        if spread > 0.0 { (1.0 - (2.0 * LN_2).sqrt() / spread).max(0.0) } else { 0.0 }
    }
}

impl Exact for RemLimit {
    fn thermo(&self, _beta: Beta) -> Result<Thermo, SystemError> {
        Err(SystemError::NoExactResult {
            system: NAME,
            reason: "the totals of an infinite system are infinite; ask for values per site",
        })
    }

    fn n_sites(&self) -> f64 {
        f64::INFINITY
    }

    fn thermo_per_site(&self, beta: Beta) -> Result<ThermoPerSite, SystemError> {
        let frozen_spread = (2.0 * LN_2).sqrt();
        let spread = if self.sigma == 0.0 { 0.0 } else { beta.get() * self.sigma };
        // T_c itself belongs to the upper phase, where its rounding errors must not put it out.
        if spread.abs() <= frozen_spread * (1.0 + 4.0 * f64::EPSILON) {
            let square = spread * spread;
            return Ok(ThermoPerSite {
                beta,
                ln_z_per_site: LN_2 + 0.5 * square,
                energy_per_site: 0.0 - self.sigma * spread,
                entropy_per_site: (LN_2 - 0.5 * square).max(0.0),
                heat_capacity_per_site: square,
            });
        }
        Ok(ThermoPerSite {
            beta,
            ln_z_per_site: spread.abs() * frozen_spread,
            energy_per_site: -self.sigma * frozen_spread * spread.signum(),
            entropy_per_site: 0.0,
            heat_capacity_per_site: 0.0,
        })
    }

    fn entropy_limits(&self) -> (f64, f64) {
        (if self.sigma == 0.0 { f64::INFINITY } else { 0.0 }, f64::INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    #[test]
    fn levels_are_normal_and_reproducible() {
        let draw = |seed| Rem::new(14, 2.0, &mut ChaCha8Rng::seed_from_u64(seed)).unwrap();
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        // Mean 0 +- 2/sqrt(2^14), variance 4 +- 4 sqrt(2/2^14); C/beta^2 at beta -> 0 is the variance of the levels.
        let rem = draw(1);
        let hot = rem.thermo(Beta::new(1e-6).unwrap()).unwrap();
        assert!(hot.energy.abs() < 4.5 * 2.0 / 128.0);
        assert!((hot.heat_capacity * 1e12 - 4.0).abs() < 4.5 * 4.0 * 2f64.sqrt() / 128.0);
        assert_eq!(rem.n_sites(), 14.0);
    }

    #[test]
    fn the_limit_is_continuous_at_freezing() {
        let rem = RemLimit::new(0.8).unwrap();
        let critical = rem.critical_temperature().unwrap().beta();
        let [below, at, above] =
            [1.0 + 1e-9, 1.0, 1.0 - 1e-9].map(|f| rem.thermo_per_site(critical.scaled(f).unwrap()).unwrap());
        assert!((below.energy_per_site - above.energy_per_site).abs() < 1e-8);
        assert!((below.ln_z_per_site - above.ln_z_per_site).abs() < 1e-8);
        assert_eq!(below.heat_capacity_per_site, 0.0);
        assert!((at.heat_capacity_per_site - 2.0 * LN_2).abs() < 1e-14);
        let mirrored = rem.thermo_per_site(Beta::new(-3.0).unwrap()).unwrap();
        assert!(mirrored.energy_per_site > 0.0 && mirrored.ln_z_per_site > 0.0);
        assert_eq!(rem.participation(Beta::INFINITE), 1.0);
        assert_eq!(rem.participation(Beta::ZERO), 0.0);
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let message = |n, sigma| Rem::new(n, sigma, &mut ChaCha8Rng::seed_from_u64(1)).unwrap_err().to_string();
        let range = "1 to 23 for one realization (larger with seed=average, or inf)";
        assert_eq!(message(0, 1.0), format!("rem: `n` must be {range}, got `0`"));
        assert_eq!(message(24, 1.0), format!("rem: `n` must be {range}, got `24`"));
        assert_eq!(message(4, -1.0), "rem: `sigma` must be finite and not negative, got `-1`");
        assert_eq!(message(4, f64::NAN), "rem: `sigma` must be finite and not negative, got `NaN`");
        assert_eq!(
            RemLimit::new(1.0).unwrap().thermo(Beta::ZERO).unwrap_err().to_string(),
            "rem has no exact result here: the totals of an infinite system are infinite; ask for values per site"
        );
    }
}
