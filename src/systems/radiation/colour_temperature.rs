//! Correlated colour temperature: the black body whose chromaticity lies nearest.

use std::sync::LazyLock;

use crate::systems::radiation::colour::{ColourError, Tristimulus};
use crate::systems::radiation::planck::BlackBody;

/// The black bodies among which the nearest is sought \[K\]. Beyond, chromaticity hardly changes with temperature: a
/// colder body is as red as the eye can see, a hotter one has the colour of infinite temperature.
const RANGE: (f64, f64) = (400.0, 1e8);

/// Trial bodies over the range, equidistant in ln T.
const TRIALS: usize = 160;

/// CIE's limit of what may be called a correlated colour temperature.
const FARTHEST: f64 = 0.05;

/// The temperature of the black body nearest in chromaticity, and how near it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CorrelatedTemperature {
    /// Its temperature \[K\].
    pub kelvin: f64,
    /// Distance in the CIE 1960 (u, v) plane, positive above the locus of black bodies (greenish), negative below (pinkish).
    pub distance: f64,
}

/// The i-th trial temperature \[K\].
fn trial(i: usize) -> f64 {
    let (low, high) = RANGE;
    low * (high / low).powf(i as f64 / (TRIALS - 1) as f64)
}

/// The locus at all trial temperatures.
static TRIED: LazyLock<Result<Vec<Locus>, ColourError>> =
    LazyLock::new(|| (0..TRIALS).map(|i| Locus::at(trial(i))).collect());

/// A point of the locus of black bodies with its derivative by ln T.
#[derive(Debug)]
struct Locus {
    point: (f64, f64),
    slope: (f64, f64),
}

impl Locus {
    fn at(kelvin: f64) -> Result<Self, ColourError> {
        let body = BlackBody::new(kelvin)?;
        let light = Tristimulus::of_black_body(&body)?;
        let growth = Tristimulus::of_spectrum(|wavelength| {
            Ok(body.spectral_radiance(wavelength)? * body.ln_radiance_slope(wavelength) * 1e-9)
        })?;
        let sum = |t: &Tristimulus| t.x + 15.0 * t.y + 3.0 * t.z;
        let (u, v) = light.uniform_chromaticity();
        let (total, d_total) = (sum(&light), sum(&growth));
        let slope = ((4.0 * growth.x - u * d_total) / total, (6.0 * growth.y - v * d_total) / total);
        Ok(Self { point: (u, v), slope })
    }

    /// From here to `(u, v)`.
    fn offset(&self, (u, v): (f64, f64)) -> (f64, f64) {
        (u - self.point.0, v - self.point.1)
    }

    /// Component along the locus of the way to `(u, v)`: positive where a hotter body is nearer, 0 at the nearest.
    fn along(&self, target: (f64, f64)) -> f64 {
        let (du, dv) = self.offset(target);
        du * self.slope.0 + dv * self.slope.1
    }
}

impl Tristimulus {
    /// Chromaticity of the CIE 1960 uniform scale, `u = 4 X / (X + 15 Y + 3 Z)`, `v = 6 Y / (X + 15 Y + 3 Z)`.
    #[must_use]
    pub fn uniform_chromaticity(&self) -> (f64, f64) {
        let sum = self.x + 15.0 * self.y + 3.0 * self.z;
        (4.0 * self.x / sum, 6.0 * self.y / sum)
    }

    /// Correlated colour temperature: the black body from 400 K to 10^8 K whose CIE 1960 (u, v) lies nearest.
    ///
    /// The locus is computed from Planck's law at every step, so a black body gets back its own temperature, to nine digits up to 10^6 K;
    /// tables and cubic fits (McCamy's is good from 2800 to 6500 K) do not.
    ///
    /// # Errors
    ///
    /// [`ColourError::NoTemperature`] when the colour is farther than 0.05 from every black body, or lies beyond an end of
    /// the range.
    ///
    /// # Examples
    ///
    /// Daylight of the standard illuminant D65 is a little greener than the black body of 6503.5 K:
    ///
    /// ```
    /// use gibbs::systems::radiation::colour::{ColourError, Tristimulus};
    /// # fn main() -> Result<(), ColourError> {
    /// let (x, y) = (0.3127, 0.3290);
    /// let daylight = Tristimulus { x: x / y, y: 1.0, z: (1.0 - x - y) / y };
    /// let correlated = daylight.correlated_colour_temperature()?;
    /// assert!((correlated.kelvin - 6503.5).abs() < 1.0 && (correlated.distance - 0.0032).abs() < 1e-4);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # References
    ///
    /// CIE 15:2018, section 9.5, for the definition; C. S. McCamy, Color Res. Appl. 17, 142 (1992),
    /// doi:10.1002/col.5080170211, and Y. Ohno, LEUKOS 10, 47 (2014), doi:10.1080/15502724.2014.839020, for approximations.
    pub fn correlated_colour_temperature(&self) -> Result<CorrelatedTemperature, ColourError> {
        let target = self.uniform_chromaticity();
        let refused = ColourError::NoTemperature { u: target.0, v: target.1 };
        if !(target.0.is_finite() && target.1.is_finite()) {
            return Err(refused);
        }
        let distance = |locus: &Locus| {
            let (du, dv) = locus.offset(target);
            du.hypot(dv)
        };
        let trials = TRIED.as_ref().map_err(|error| *error)?;
        let nearest = (0..trials.len()).min_by(|&a, &b| distance(&trials[a]).total_cmp(&distance(&trials[b])));
        let Some(nearest) = nearest else { return Err(refused) };
        let (first, last) = (nearest.saturating_sub(1), (nearest + 1).min(trials.len() - 1));
        let (mut from, mut to) = (trial(first).ln(), trial(last).ln());
        let (mut before, mut after) = (trials[first].along(target), trials[last].along(target));
        if before < 0.0 || after > 0.0 || before == after {
            return Err(refused);
        }
        // False position in ln T, halving the weight of an end that stays (the Illinois rule), down to rounding.
        let (mut ln_t, mut side) = (from, 0);
        for _ in 0..60 {
            let between = (from + (to - from) * before / (before - after)).clamp(from, to);
            let step = (between - ln_t).abs();
            ln_t = between;
            let along = Locus::at(ln_t.exp())?.along(target);
            if along == 0.0 || step < 2.0 * f64::EPSILON * ln_t {
                break;
            }
            if along > 0.0 {
                (from, before) = (ln_t, along);
                after *= if side == 1 { 0.5 } else { 1.0 };
                side = 1;
            } else {
                (to, after) = (ln_t, along);
                before *= if side == -1 { 0.5 } else { 1.0 };
                side = -1;
            }
        }
        let kelvin = ln_t.exp();
        let foot = Locus::at(kelvin)?;
        let away = distance(&foot);
        if away > FARTHEST {
            return Err(refused);
        }
        Ok(CorrelatedTemperature { kelvin, distance: away.copysign(foot.offset(target).1) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_chromaticity(x: f64, y: f64) -> Tristimulus {
        Tristimulus { x: x / y, y: 1.0, z: (1.0 - x - y) / y }
    }

    #[test]
    fn every_black_body_gets_its_own_temperature_back() {
        for t in [401.0, 500.0, 798.0, 1000.0, 2856.0, 6500.0, 2e4, 1e5, 1e6, 1e7, 0.99e8] {
            let light = Tristimulus::of_black_body(&BlackBody::new(t).unwrap()).unwrap();
            let found = light.correlated_colour_temperature().unwrap();
            let resolved = 1e-9f64.max(1e-15 * t);
            assert!((found.kelvin / t - 1.0).abs() < resolved, "{t}: {}", found.kelvin);
        }
    }

    /// Values of the illuminants as their standards state them.
    #[test]
    fn published_illuminants() {
        for (x, y, kelvin) in
            [(0.447_58, 0.407_45, 2856.0), (0.345_67, 0.358_50, 5003.0), (1.0 / 3.0, 1.0 / 3.0, 5455.0)]
        {
            let found = of_chromaticity(x, y).correlated_colour_temperature().unwrap();
            assert!((found.kelvin - kelvin).abs() < 1.5, "{kelvin}: {}", found.kelvin);
        }
        // The equal-energy spectrum is pinker than the black body.
        let equal = of_chromaticity(1.0 / 3.0, 1.0 / 3.0).correlated_colour_temperature().unwrap();
        assert!((equal.distance + 0.0044).abs() < 1e-4, "{}", equal.distance);
    }

    #[test]
    fn the_foot_is_the_nearest_point() {
        let light = of_chromaticity(0.36, 0.40);
        let found = light.correlated_colour_temperature().unwrap();
        let away = |t: f64| {
            let (du, dv) = Locus::at(t).unwrap().offset(light.uniform_chromaticity());
            du.hypot(dv)
        };
        assert!((away(found.kelvin) - found.distance).abs() < 1e-15);
        for factor in [0.5, 0.9, 0.99, 1.01, 1.1, 2.0] {
            assert!(away(factor * found.kelvin) > found.distance);
        }
    }

    #[test]
    fn a_green_laser_and_what_is_beyond_the_locus_have_no_temperature() {
        for (x, y) in [(0.1, 0.8), (0.2, 0.2), (0.1666, 0.0089)] {
            let refused = of_chromaticity(x, y).correlated_colour_temperature();
            assert!(matches!(refused, Err(ColourError::NoTemperature { .. })), "{refused:?}");
        }
        let broken = Tristimulus { x: f64::NAN, y: 1.0, z: 1.0 };
        assert!(broken.correlated_colour_temperature().is_err());
        for t in [300.0, 1e10] {
            let light = Tristimulus::of_black_body(&BlackBody::new(t).unwrap()).unwrap();
            assert!(light.correlated_colour_temperature().is_err(), "{t}");
        }
    }
}
