//! Mean, width and shape of the distribution of the levels.

use crate::ensemble::{Canonical, Spectrum};
use crate::units::Beta;

/// Moments of the levels over allowed states.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelMoments {
    /// Mean of E - E_0.
    pub mean_excitation: f64,
    /// Standard deviation.
    pub sigma: f64,
    /// Skewness: 0 for a normal distribution.
    pub skewness: f64,
    /// Excess kurtosis: 0 for a normal distribution.
    pub excess_kurtosis: f64,
    /// (mean - E_0)/sigma.
    pub depth: f64,
}

/// The moments of the levels, all states alike: the ensemble at infinite temperature.
#[must_use]
pub fn level_moments(spectrum: &Spectrum) -> LevelMoments {
    let hot = Canonical::new(spectrum, Beta::ZERO);
    let allowed = || (0..spectrum.len()).filter(|&i| !spectrum.is_forbidden(i)).map(|i| (i, hot.probability(i)));
    // In units of a power of two near the width, fourth powers are numbers whatever the width is.
    let unit = power_of_two(spectrum.highest_excitation());
    let excitation = |i: usize| spectrum.excitation(i) / unit;
    let mean: f64 = allowed().map(|(i, p)| p * excitation(i)).sum();
    let central = |k: i32| allowed().map(|(i, p)| p * (excitation(i) - mean).powi(k)).sum::<f64>();
    let variance = central(2);
    let sigma = variance.sqrt();
    LevelMoments {
        mean_excitation: mean * unit,
        sigma: sigma * unit,
        skewness: central(3) / (variance * sigma),
        excess_kurtosis: central(4) / (variance * variance) - 3.0,
        depth: mean / sigma,
    }
}

/// The largest power of two that is at most `x`, where `x` is a positive number.
fn power_of_two(x: f64) -> f64 {
    if x >= f64::MIN_POSITIVE && x.is_finite() { f64::from_bits(x.to_bits() & (0x7ff << 52)) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_the_levels_does_not_depend_on_their_width() {
        let moments =
            |width: f64| level_moments(&Spectrum::new([0.0, 1.0, 1.5, 4.0].map(|e| width * e).to_vec()).unwrap());
        let one = moments(1.0);
        for exponent in [-900, -600, -3, 3, 600, 900] {
            let width = 2f64.powi(exponent);
            let wide = moments(width);
            assert_eq!(
                (wide.skewness, wide.excess_kurtosis, wide.depth),
                (one.skewness, one.excess_kurtosis, one.depth)
            );
            assert_eq!((wide.sigma, wide.mean_excitation), (width * one.sigma, width * one.mean_excitation));
        }
    }
}
