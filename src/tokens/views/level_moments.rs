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
    let mean: f64 = allowed().map(|(i, p)| p * spectrum.excitation(i)).sum();
    let central = |k: i32| allowed().map(|(i, p)| p * (spectrum.excitation(i) - mean).powi(k)).sum::<f64>();
    let variance = central(2);
    let sigma = variance.sqrt();
    LevelMoments {
        mean_excitation: mean,
        sigma,
        skewness: central(3) / (variance * sigma),
        excess_kurtosis: central(4) / (variance * variance) - 3.0,
        depth: mean / sigma,
    }
}
