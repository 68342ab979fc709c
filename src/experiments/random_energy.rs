//! Contexts beside the random energy model: width, freezing temperature, where the heat capacity peaks, participation.

use std::collections::HashMap;
use std::f64::consts::LN_10;
use std::sync::{Mutex, PoisonError};

use super::ExperimentError;
use crate::ensemble::{Canonical, Spectrum, curve};
use crate::model::Exact;
use crate::systems::RemAverage;
use crate::tokens::Position;
use crate::tokens::views::{level_moments, participation};
use crate::units::{Beta, Temperature};

/// Temperatures per decade among which the highest peak is looked for.
const PER_DECADE: f64 = 24.0;

/// Smallest and largest differences of energies whose peaks are looked for.
const NARROWEST: f64 = 1e-290;
const WIDEST: f64 = 1e290;

/// Where a heat capacity is highest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peak {
    /// T of the peak.
    pub temperature: Temperature,
    /// C there.
    pub heat_capacity: f64,
}

/// What freezes, and how: of one context, or of the average over random energy models of the same V and sigma.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Freezing {
    /// The highest peak of C(T).
    pub peak: Peak,
    /// Y2 = sum p^2 at T = 1.
    pub participation_at_one: f64,
    /// Y2 at T_c/2; 1/2 in an infinite random energy model.
    pub participation_at_half: f64,
    /// Y2 at T_c; 0 in an infinite random energy model.
    pub participation_at_freezing: f64,
    /// How far the ground state lies below the mean level, in units of sigma.
    pub depth: f64,
}

/// One context as a random energy model.
#[derive(Clone, Debug)]
pub struct RandomEnergy {
    /// The prompt.
    pub prompt: String,
    /// V, the number of allowed tokens.
    pub n_tokens: f64,
    /// sigma, the standard deviation of the levels over allowed tokens, in nats of logit.
    pub sigma: f64,
    /// Skewness of the levels: 0 for a normal distribution; negative where a tail of likely tokens stands out.
    pub skewness: f64,
    /// Excess kurtosis of the levels: 0 for a normal distribution.
    pub excess_kurtosis: f64,
    /// T_c = sigma/sqrt(2 ln V). Asymptotic: at V = 10^3 to 10^5 the mean heat capacity peaks at 1.3 to 1.4 T_c.
    pub freezing: Temperature,
    /// Gap from the ground state to the next level, in units of T_c, which is its mean in a large random energy model.
    pub gap: f64,
    /// The context itself, exactly.
    pub context: Freezing,
    /// The average over realizations of V normal levels of the same sigma, exactly (see [`RemAverage`]). One realization
    /// scatters around it, near and below T_c by as much as its own size.
    pub gaussian: Freezing,
}

/// Contexts beside the random energy model of their V and sigma. Averages over its realizations are kept by V.
///
/// # References
///
/// B. Derrida, Phys. Rev. B 24, 2613 (1981), doi:10.1103/PhysRevB.24.2613.
#[derive(Debug, Default)]
pub struct RandomEnergies {
    /// By V, at spread 1.
    averages: Mutex<HashMap<u64, Freezing>>,
}

impl RandomEnergies {
    /// `context`, which lists every token, beside its random energy model.
    ///
    /// # Errors
    ///
    /// Levels that are all equal: they have no width.
    pub fn view(&self, context: &Position) -> Result<RandomEnergy, ExperimentError> {
        let n_tokens = size(&context.listed);
        let average = if n_tokens < 2.0 { None } else { Some(self.average(n_tokens)?) };
        view(&context.origin, &context.listed, n_tokens, average)
    }

    /// The average over random energy models of `n_tokens` levels of spread 1.
    fn average(&self, n_tokens: f64) -> Result<Freezing, ExperimentError> {
        let mut averages = self.averages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = averages.get(&(n_tokens as u64)) {
            return Ok(*known);
        }
        let found = unit_average(n_tokens)?;
        averages.insert(n_tokens as u64, found);
        Ok(found)
    }
}

/// V, the number of allowed states.
fn size(spectrum: &Spectrum) -> f64 {
    spectrum.ln_states().exp().round()
}

/// The average over random energy models of `n_tokens` levels of spread 1.
fn unit_average(n_tokens: f64) -> Result<Freezing, ExperimentError> {
    let model = RemAverage::new(n_tokens, 1.0)?;
    let t_c = 1.0 / (2.0 * n_tokens.ln()).sqrt();
    let y2 = |t: f64| Ok::<_, ExperimentError>(model.participation(Temperature::new(t)?.beta()));
    Ok(Freezing {
        peak: peak(
            |betas| betas.iter().map(|&beta| Ok(model.thermo(beta)?.heat_capacity)).collect(),
            0.5 * t_c,
            6.0 * t_c,
        )?,
        participation_at_one: y2(1.0)?,
        participation_at_half: y2(0.5 * t_c)?,
        participation_at_freezing: y2(t_c)?,
        depth: -model.thermo(Beta::INFINITE)?.energy,
    })
}

fn view(
    prompt: &str,
    spectrum: &Spectrum,
    n_tokens: f64,
    unit_average: Option<Freezing>,
) -> Result<RandomEnergy, ExperimentError> {
    let moments = level_moments(spectrum);
    let sigma = moments.sigma;
    let widest = spectrum.highest_excitation();
    // Peaks lie between a fraction of the gap and a few times the width, and these must be numbers too.
    if sigma > 0.0 && !(spectrum.gap() >= NARROWEST && widest <= WIDEST) {
        return Err(ExperimentError::Setting {
            name: "the differences of energies of a context seen as random energies",
            expected: "from 1e-290 to 1e290",
            value: format!("{:e} to {widest:e} after `{prompt}`", spectrum.gap()),
        });
    }
    let Some(unit) = unit_average.filter(|_| sigma > 0.0) else {
        return Err(ExperimentError::Setting {
            name: "a context seen as random energies",
            expected: "of two energies at least",
            value: format!("{n_tokens} equal levels after `{prompt}`"),
        });
    };
    let freezing = Temperature::new(sigma / (2.0 * n_tokens.ln()).sqrt())?;
    let at = |factor: f64| Temperature::new(factor * freezing.get()).map(Temperature::beta);
    let betas = [Temperature::new(1.0)?.beta(), at(0.5)?, at(1.0)?];
    let excited = spectrum.gap();
    let own = |betas: &[Beta]| Ok(curve(spectrum, betas).iter().map(|thermo| thermo.heat_capacity).collect());
    // A two-level system peaks at 0.42 of its gap (below that with g_1 > g_0), a band at a fraction of its width.
    let coldest = excited.min(freezing.get()) / (4.0 * (2.0 + n_tokens.ln()));
    let [y_one, y_half, y_freezing] = betas.map(|beta| participation(&Canonical::new(spectrum, beta)));
    let context = Freezing {
        peak: peak(own, coldest, 3.0 * widest)?,
        participation_at_one: y_one,
        participation_at_half: y_half,
        participation_at_freezing: y_freezing,
        depth: moments.depth,
    };
    // All but Y2 at T = 1 depends on sigma by scale alone.
    let peak_temperature = Temperature::new(sigma * unit.peak.temperature.get())?;
    let gaussian = Freezing {
        peak: Peak { temperature: peak_temperature, ..unit.peak },
        participation_at_one: RemAverage::new(n_tokens, sigma)?.participation(betas[0]),
        ..unit
    };
    Ok(RandomEnergy {
        prompt: prompt.to_owned(),
        n_tokens,
        sigma,
        skewness: moments.skewness,
        excess_kurtosis: moments.excess_kurtosis,
        freezing,
        gap: excited / freezing.get(),
        context,
        gaussian,
    })
}

/// The highest point of `heat_capacities` for temperatures from `low` to `high`: on a grid in ln T, then by golden section.
fn peak(
    heat_capacities: impl Fn(&[Beta]) -> Result<Vec<f64>, ExperimentError>,
    low: f64,
    high: f64,
) -> Result<Peak, ExperimentError> {
    let beta = |ln_t: f64| Ok::<_, ExperimentError>(Temperature::new(ln_t.exp())?.beta());
    let at = |ln_t: f64| Ok::<_, ExperimentError>(heat_capacities(&[beta(ln_t)?])?[0]);
    let ratio = high / low;
    // A ratio beyond the largest number still has a logarithm.
    let span = if ratio.is_finite() { ratio.ln() } else { high.ln() - low.ln() };
    let n = (span * PER_DECADE / LN_10).ceil().max(2.0);
    let step = span / n;
    let (mut best, mut highest) = (low.ln(), f64::NEG_INFINITY);
    let grid: Vec<f64> = (0..=n as usize).map(|k| low.ln() + step * k as f64).collect();
    let betas = grid.iter().map(|&x| beta(x)).collect::<Result<Vec<_>, _>>()?;
    for (x, c) in grid.into_iter().zip(heat_capacities(&betas)?) {
        if c > highest {
            (best, highest) = (x, c);
        }
    }
    let golden = 0.5 * (5f64.sqrt() - 1.0);
    let (mut a, mut b) = (best - step, best + step);
    let (mut x, mut y) = (b - golden * (b - a), a + golden * (b - a));
    let (mut at_x, mut at_y) = (at(x)?, at(y)?);
    // The top of a parabola is flat: its place is known to the root of the rounding error.
    while b - a > 1e-7 {
        if at_x > at_y {
            (b, y, at_y) = (y, x, at_x);
            x = b - golden * (b - a);
            at_x = at(x)?;
        } else {
            (a, x, at_x) = (x, y, at_y);
            y = a + golden * (b - a);
            at_y = at(y)?;
        }
    }
    Ok(Peak { temperature: Temperature::new((0.5 * (a + b)).exp())?, heat_capacity: at_x.max(at_y) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(levels: Vec<f64>) -> Result<RandomEnergy, ExperimentError> {
        let context = Position::full("x", Spectrum::new(levels)?);
        RandomEnergies::default().view(&context)
    }

    #[test]
    fn two_levels_have_their_schottky_peak() {
        let view = of(vec![0.0, 1.0]).unwrap();
        // C = x^2/(4 cosh^2(x/2)) is highest where x tanh(x/2) = 2: x = 2.3993572805, C = 0.4392288399.
        assert!((view.context.peak.temperature.get() * 2.399_357_280_5 - 1.0).abs() < 1e-6);
        assert!((view.context.peak.heat_capacity - 0.439_228_839_9).abs() < 1e-9);
        assert_eq!((view.sigma, view.skewness, view.excess_kurtosis), (0.5, 0.0, -2.0));
        assert_eq!((view.n_tokens, view.context.depth), (2.0, 1.0));
        // The mean of the lower of two normal levels is -sigma/sqrt(pi).
        assert!((view.gaussian.depth - 1.0 / std::f64::consts::PI.sqrt()).abs() < 1e-12);
        let p = 1.0 / (1.0 + (-1f64).exp());
        assert!((view.context.participation_at_one - (p * p + (1.0 - p) * (1.0 - p))).abs() < 1e-14);
    }

    #[test]
    fn everything_scales_with_the_width() {
        let levels = vec![-5.0, 1.0, 0.2, 0.5, -0.7, 1.4, 2.0, -1.0];
        let one = of(levels.clone()).unwrap();
        let three = of(levels.iter().map(|e| 3.0 * e + 40.0).collect()).unwrap();
        let close = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-6, "{a} {b}");
        close(three.freezing.get(), 3.0 * one.freezing.get());
        close(three.context.peak.temperature.get(), 3.0 * one.context.peak.temperature.get());
        close(three.context.peak.heat_capacity, one.context.peak.heat_capacity);
        close(three.gaussian.peak.temperature.get(), 3.0 * one.gaussian.peak.temperature.get());
        close(three.context.participation_at_half, one.context.participation_at_half);
        close(three.gap, one.gap);
        assert!(one.skewness < -1.0 && one.excess_kurtosis > 0.0);
    }

    #[test]
    fn the_mean_peak_sits_above_the_asymptotic_freezing_temperature() {
        // For V = 4096 the published disorder average peaks at 1.4 T_c with height 5.41, where 2 ln V is 16.6.
        let view = of((0..4096).map(|i| f64::from(i % 97)).collect()).unwrap();
        let peak = view.gaussian.peak;
        assert!((1.3..1.45).contains(&(peak.temperature.get() / view.freezing.get())));
        // The published height has an error of about 0.1: 400 samples, each scattering by 2.
        assert!((peak.heat_capacity - 5.41).abs() < 0.45, "{}", peak.heat_capacity);
    }

    #[test]
    fn levels_without_width_are_refused() {
        let message = of(vec![1.0; 5]).unwrap_err().to_string();
        assert_eq!(
            message,
            "a context seen as random energies must be of two energies at least, got 5 equal levels after `x`"
        );
    }
}
