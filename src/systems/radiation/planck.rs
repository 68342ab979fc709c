//! Planck's law of thermal radiation: spectra, their peaks, and the share of power or photons in a band.
//!
//! Temperatures are in kelvin and wavelengths in metres, both of vacuum; everything else follows from the exact constants
//! in [`crate::units::constants`]. The dimensionless energy of a photon is `x = h nu / (k_B T) = c_2 / (lambda T)`.
//!
//! The factor `1/(e^x - 1)` in this file is the Bose occupation number of one mode of the field, a mean and not a
//! Boltzmann weight: the weights `e^(-n x)` of its levels are summed analytically. It is taken with `exp_m1`, because
//! `e^x - 1` loses all digits in the Rayleigh–Jeans limit `x -> 0`.
//!
//! # References
//!
//! M. Planck, Ann. Phys. 309, 553 (1901), doi:10.1002/andp.19013090310.

use std::f64::consts::PI;

use thiserror::Error;

use crate::numerics::GAUSS_LEGENDRE_16;
use crate::units::constants::{BOLTZMANN, FIRST_RADIATION, PLANCK, SECOND_RADIATION, SPEED_OF_LIGHT, STEFAN_BOLTZMANN};

/// Photon energy `x` at the maximum of the spectrum per wavelength: the root of `x = 5 (1 - e^-x)`.
pub const WIEN_X_WAVELENGTH: f64 = 4.965_114_231_744_276;

/// Photon energy `x` at the maximum of the spectrum per frequency: the root of `x = 3 (1 - e^-x)`.
pub const WIEN_X_FREQUENCY: f64 = 2.821_439_372_122_079;

/// Photon energy `x` at the maximum of the number of photons per wavelength: the root of `x = 4 (1 - e^-x)`.
pub const WIEN_X_PHOTON_WAVELENGTH: f64 = 3.920_690_394_872_886;

/// Photon energy `x` at the maximum of the number of photons per frequency: the root of `x = 2 (1 - e^-x)`.
pub const WIEN_X_PHOTON_FREQUENCY: f64 = 1.593_624_260_040_04;

/// `integral_0^inf x^3 / (e^x - 1) dx = pi^4 / 15`, the energy of the photon gas in units of its prefactor.
pub const ENERGY_INTEGRAL: f64 = PI * PI * PI * PI / 15.0;

/// `integral_0^inf x^2 / (e^x - 1) dx = 2 zeta(3)`, the number of photons in units of its prefactor.
pub const PHOTON_INTEGRAL: f64 = 2.404_113_806_319_188_6;

/// Mean energy of a photon of the gas in units of `k_B T`, `<x> = pi^4 / (30 zeta(3)) = 2.701...`.
pub const MEAN_PHOTON_ENERGY: f64 = ENERGY_INTEGRAL / PHOTON_INTEGRAL;

/// Mean square energy of a photon in units of `(k_B T)^2`, `<x^2> = 12 zeta(5) / zeta(3) = 10.35...`.
pub const MEAN_SQUARE_PHOTON_ENERGY: f64 = 24.0 * 1.036_927_755_143_37 / PHOTON_INTEGRAL;

/// Entropy of the gas per photon in units of `k_B`, `4/3 <x> = 3.601...`.
pub const ENTROPY_PER_PHOTON: f64 = 4.0 / 3.0 * MEAN_PHOTON_ENERGY;

/// The Planck temperature \[K\] (CODATA 2022), above which the law has no meaning.
pub(in crate::systems) const PLANCK_TEMPERATURE: f64 = 1.416_784e32;

/// Why a question about thermal radiation has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum PlanckError {
    /// The temperature is not one a body can have.
    #[error("temperature must be positive and below 1.4e32 K, got {0}")]
    Temperature(f64),
    /// The wavelength is not one a photon can have.
    #[error("wavelength must be positive and finite, got {0} m")]
    Wavelength(f64),
    /// The band is empty or reversed.
    #[error("a band needs 0 <= lower <= upper wavelength, got {lower} m to {upper} m")]
    Band { lower: f64, upper: f64 },
}

/// A black body at a temperature in kelvin: the radiation in equilibrium with it.
///
/// # Examples
///
/// ```
/// use gibbs::systems::radiation::planck::BlackBody;
/// # fn main() -> Result<(), gibbs::systems::radiation::planck::PlanckError> {
/// let sun = BlackBody::new(5772.0)?;
/// assert!((sun.peak_wavelength() - 502.0395e-9).abs() < 1e-13);
/// let visible = sun.power_fraction(380e-9, 780e-9)?;
/// assert!((visible - 0.464970).abs() < 1e-6);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlackBody {
    kelvin: f64,
}

impl BlackBody {
    /// A black body at `kelvin` \[K\].
    ///
    /// # Errors
    ///
    /// [`PlanckError::Temperature`] unless the temperature is positive and below the Planck temperature.
    pub fn new(kelvin: f64) -> Result<Self, PlanckError> {
        if kelvin > 0.0 && kelvin < PLANCK_TEMPERATURE {
            Ok(Self { kelvin })
        } else {
            Err(PlanckError::Temperature(kelvin))
        }
    }

    /// The temperature \[K\].
    #[must_use]
    pub fn kelvin(&self) -> f64 {
        self.kelvin
    }

    /// Spectral radiance per wavelength, `B_lambda(T) = 2 h c^2 / lambda^5 / (e^x - 1)` \[W sr^-1 m^-3\], at `wavelength` \[m\].
    ///
    /// Underflows to 0 on the far Wien side, where the true value is below the smallest double.
    ///
    /// # Errors
    ///
    /// [`PlanckError::Wavelength`] unless the wavelength is positive and finite.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::systems::radiation::planck::BlackBody;
    /// # fn main() -> Result<(), gibbs::systems::radiation::planck::PlanckError> {
    /// let lamp = BlackBody::new(2856.0)?;
    /// let radiance = lamp.spectral_radiance(560e-9)?;
    /// assert!((radiance / 2.680_081_428_384_936e11 - 1.0).abs() < 1e-12);
    /// # Ok(())
    /// # }
    /// ```
    pub fn spectral_radiance(&self, wavelength: f64) -> Result<f64, PlanckError> {
        if !(wavelength > 0.0 && wavelength < f64::INFINITY) {
            return Err(PlanckError::Wavelength(wavelength));
        }
        // (k_B T / h c)^5 x^5 / (e^x - 1): no lambda^5, which would underflow first.
        let inverse_thermal_length = self.kelvin / SECOND_RADIATION;
        Ok(FIRST_RADIATION * inverse_thermal_length.powi(5) * bose_power(self.photon_energy(wavelength), 5))
    }

    /// d ln B / d ln T of the [`Self::spectral_radiance`] at `wavelength` \[m\], `x / (1 - e^-x)`: 1 in the limit of long
    /// waves, x in that of short ones.
    pub(in crate::systems) fn ln_radiance_slope(&self, wavelength: f64) -> f64 {
        let x = self.photon_energy(wavelength);
        if x == 0.0 { 1.0 } else { -x / (-x).exp_m1() }
    }

    /// Radiant exitance, `M = sigma T^4` \[W m^-2\] (Stefan–Boltzmann).
    #[must_use]
    pub fn exitance(&self) -> f64 {
        STEFAN_BOLTZMANN * self.kelvin.powi(4)
    }

    /// Photons emitted per area and time, `n c / 4` with the density n of the gas \[m^-2 s^-1\].
    #[must_use]
    pub fn photon_exitance(&self) -> f64 {
        2.0 * PI * SPEED_OF_LIGHT * PHOTON_INTEGRAL * (self.kelvin / SECOND_RADIATION).powi(3)
    }

    /// Wavelength \[m\] at which [`Self::spectral_radiance`] is largest, `b / T` with `b = c_2 / 4.965...` (Wien).
    #[must_use]
    pub fn peak_wavelength(&self) -> f64 {
        SECOND_RADIATION / WIEN_X_WAVELENGTH / self.kelvin
    }

    /// Frequency \[Hz\] at which the spectral radiance per frequency is largest, `2.821... k_B T / h` (Wien).
    ///
    /// Not `c` over [`Self::peak_wavelength`]: a density changes its maximum with its variable.
    #[must_use]
    pub fn peak_frequency(&self) -> f64 {
        WIEN_X_FREQUENCY * BOLTZMANN / PLANCK * self.kelvin
    }

    /// Wavelength \[m\] at which the number of photons per wavelength is largest.
    #[must_use]
    pub fn photon_peak_wavelength(&self) -> f64 {
        SECOND_RADIATION / WIEN_X_PHOTON_WAVELENGTH / self.kelvin
    }

    /// Frequency \[Hz\] at which the number of photons per frequency is largest.
    #[must_use]
    pub fn photon_peak_frequency(&self) -> f64 {
        WIEN_X_PHOTON_FREQUENCY * BOLTZMANN / PLANCK * self.kelvin
    }

    /// Share of the radiated power between two wavelengths `lower <= upper` \[m\]; 0 and infinity are legal ends.
    ///
    /// The relative error is below 1e-12 for wide and narrow bands alike; a share below the smallest double is 0.
    ///
    /// # Errors
    ///
    /// [`PlanckError::Band`] when an end is NaN or negative or the ends are reversed.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::systems::radiation::planck::BlackBody;
    /// # fn main() -> Result<(), gibbs::systems::radiation::planck::PlanckError> {
    /// let bulb = BlackBody::new(3000.0)?;
    /// assert!((bulb.power_fraction(380e-9, 780e-9)? - 0.126695832380926).abs() < 1e-12);
    /// assert!((bulb.power_fraction(0.0, f64::INFINITY)? - 1.0).abs() < 1e-14);
    /// # Ok(())
    /// # }
    /// ```
    pub fn power_fraction(&self, lower: f64, upper: f64) -> Result<f64, PlanckError> {
        let (from, to) = self.band(lower, upper)?;
        Ok((bose_integral(3, from, to) / ENERGY_INTEGRAL).clamp(0.0, 1.0))
    }

    /// Share of the radiated photons between two wavelengths `lower <= upper` \[m\]; 0 and infinity are legal ends.
    ///
    /// # Errors
    ///
    /// As [`Self::power_fraction`].
    pub fn photon_fraction(&self, lower: f64, upper: f64) -> Result<f64, PlanckError> {
        let (from, to) = self.band(lower, upper)?;
        Ok((bose_integral(2, from, to) / PHOTON_INTEGRAL).clamp(0.0, 1.0))
    }

    /// Photon energy `x = c_2 / (lambda T)` at a wavelength \[m\].
    fn photon_energy(&self, wavelength: f64) -> f64 {
        SECOND_RADIATION / wavelength / self.kelvin
    }

    /// The band as an interval of photon energies: the shortest wavelength has the largest energy.
    fn band(&self, lower: f64, upper: f64) -> Result<(f64, f64), PlanckError> {
        if lower >= 0.0 && upper >= lower {
            Ok((self.photon_energy(upper), self.photon_energy(lower)))
        } else {
            Err(PlanckError::Band { lower, upper })
        }
    }
}

/// Probability density of the photon energy `x = h nu / (k_B T)`, `x^2 / (e^x - 1) / (2 zeta(3))`; 0 for negative `x`.
#[must_use]
pub fn photon_density(x: f64) -> f64 {
    bose_power(x, 2) / PHOTON_INTEGRAL
}

/// Density of the radiated energy over `x = h nu / (k_B T)`, `15 / pi^4 * x^3 / (e^x - 1)`; 0 for negative `x`.
#[must_use]
pub fn energy_density(x: f64) -> f64 {
    bose_power(x, 3) / ENERGY_INTEGRAL
}

/// Probability that a photon has an energy below `x` (in units of `k_B T`); 0 for negative `x`.
///
/// # Examples
///
/// ```
/// let median = 2.356_763_057_049_411_8;
/// assert!((gibbs::systems::radiation::planck::photon_cumulative(median) - 0.5).abs() < 1e-14);
/// ```
#[must_use]
pub fn photon_cumulative(x: f64) -> f64 {
    (bose_integral(2, 0.0, x) / PHOTON_INTEGRAL).clamp(0.0, 1.0)
}

/// Share of the energy carried by photons of energy below `x` (in units of `k_B T`); 0 for negative `x`.
#[must_use]
pub fn energy_cumulative(x: f64) -> f64 {
    (bose_integral(3, 0.0, x) / ENERGY_INTEGRAL).clamp(0.0, 1.0)
}

/// `x^power / (e^x - 1)` for `power >= 2`, with its limit 0 at both ends and below 0; NaN stays NaN.
fn bose_power(x: f64, power: i32) -> f64 {
    // Beyond this x the denominator is infinite and x^power may be too.
    const X_MAX: f64 = 709.0;
    if x <= 0.0 || x > X_MAX { 0.0 } else { x.powi(power) / x.exp_m1() }
}

/// `integral_from^to t^power / (e^t - 1) dt` by Gauss–Legendre quadrature on pieces of width at most 1.
///
/// The integrand is analytic up to its poles at `+-2 pi i`, so 16 nodes per piece reach rounding; there is no difference
/// of primitives and hence no cancellation in narrow bands. Beyond `WIDTH` past the lower end the rest is below 1e-20 of the whole.
pub(in crate::systems) fn bose_integral(power: i32, from: f64, to: f64) -> f64 {
    const WIDTH: f64 = 64.0;
    if from.is_nan() || to.is_nan() {
        return f64::NAN;
    }
    let from = from.max(0.0);
    let width = to.min(from + WIDTH) - from;
    // NaN: both ends at infinite photon energy, where there are no photons.
    if width.is_nan() || width <= 0.0 {
        return 0.0;
    }
    let pieces = width.ceil();
    let half = 0.5 * width / pieces;
    let mut sum = 0.0;
    let mut piece = 0.0;
    while piece < pieces {
        let centre = from + (2.0 * piece + 1.0) * half;
        for (node, weight) in GAUSS_LEGENDRE_16 {
            sum += weight * (bose_power(centre - half * node, power) + bose_power(centre + half * node, power));
        }
        piece += 1.0;
    }
    sum * half
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wien_roots_satisfy_their_equations() {
        for (x, n) in [
            (WIEN_X_WAVELENGTH, 5.0),
            (WIEN_X_FREQUENCY, 3.0),
            (WIEN_X_PHOTON_WAVELENGTH, 4.0),
            (WIEN_X_PHOTON_FREQUENCY, 2.0),
        ] {
            assert!((x + n * f64::exp_m1(-x)).abs() < 4e-15, "{x}");
        }
    }

    #[test]
    fn the_peak_is_a_maximum_of_the_radiance() -> Result<(), PlanckError> {
        for kelvin in [2.725, 300.0, 5772.0, 1e6] {
            let body = BlackBody::new(kelvin)?;
            let peak = body.peak_wavelength();
            let top = body.spectral_radiance(peak)?;
            assert!(top > body.spectral_radiance(peak * 1.001)?);
            assert!(top > body.spectral_radiance(peak * 0.999)?);
        }
        Ok(())
    }

    #[test]
    fn long_waves_follow_rayleigh_and_jeans() -> Result<(), PlanckError> {
        // B = 2 c k T / lambda^4 (1 - x/2 + ...), x = 1.4e-10 here.
        let radiance = BlackBody::new(1e4)?.spectral_radiance(1e4)?;
        let classical = 2.0 * crate::units::constants::SPEED_OF_LIGHT * BOLTZMANN * 1e4 / 1e16;
        assert!((radiance / classical - 1.0).abs() < 1e-9);
        Ok(())
    }

    #[test]
    fn radiance_integrates_to_the_exitance() -> Result<(), PlanckError> {
        // M = pi * integral of B over wavelength; trapezoid in ln(lambda), which converges geometrically.
        let body = BlackBody::new(3000.0)?;
        let step = 0.01;
        let mut sum = 0.0;
        for i in 0..2500 {
            let wavelength = 1e-8 * (f64::from(i) * step).exp();
            sum += body.spectral_radiance(wavelength)? * wavelength * step;
        }
        assert!((PI * sum / body.exitance() - 1.0).abs() < 1e-9);
        Ok(())
    }

    #[test]
    fn bands_add_up_and_narrow_bands_keep_their_digits() -> Result<(), PlanckError> {
        let body = BlackBody::new(3000.0)?;
        let whole = body.power_fraction(300e-9, 900e-9)?;
        let parts = body.power_fraction(300e-9, 500e-9)? + body.power_fraction(500e-9, 900e-9)?;
        assert!((whole / parts - 1.0).abs() < 1e-13);
        let narrow = body.power_fraction(500e-9, 500.000_001e-9)?;
        let by_radiance = PI * body.spectral_radiance(500.000_000_5e-9)? * 1e-15 / body.exitance();
        assert!((narrow / by_radiance - 1.0).abs() < 1e-6, "{narrow} {by_radiance}");
        Ok(())
    }

    #[test]
    fn hostile_arguments_are_refused_and_limits_are_finite() -> Result<(), PlanckError> {
        for kelvin in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e33] {
            assert!(matches!(BlackBody::new(kelvin), Err(PlanckError::Temperature(_))));
        }
        for kelvin in [1e-300, 1e-3, 1e3, 1e32] {
            let body = BlackBody::new(kelvin)?;
            for wavelength in [1e-300, 1e-7, 1.0, 1e300] {
                assert!(body.spectral_radiance(wavelength)?.is_finite(), "{kelvin} {wavelength}");
            }
            assert!((body.photon_fraction(0.0, f64::INFINITY)? - 1.0).abs() < 1e-14);
            assert_eq!(body.photon_fraction(0.0, 0.0)?, 0.0);
        }
        let body = BlackBody::new(300.0)?;
        for wavelength in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(body.spectral_radiance(wavelength), Err(PlanckError::Wavelength(_))));
        }
        for (lower, upper) in [(2e-6, 1e-6), (-1.0, 1.0), (f64::NAN, 1.0), (0.0, f64::NAN)] {
            assert!(matches!(body.power_fraction(lower, upper), Err(PlanckError::Band { .. })));
        }
        assert_eq!(energy_cumulative(-1.0), 0.0);
        assert!(energy_cumulative(f64::NAN).is_nan() && energy_density(f64::NAN).is_nan());
        assert_eq!(energy_cumulative(f64::INFINITY), 1.0);
        Ok(())
    }
}
