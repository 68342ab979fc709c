//! Are two sets of energies Boltzmann distributed at the two stated temperatures: the slope of the log ratio.
//!
//! With P_i(E) proportional to g(E) exp(-beta_i E), the unknown density of states drops out of
//! `ln[P_1(E) / P_2(E)] = a + s E`, and the slope is `s = -(beta_1 - beta_2) = beta_2 - beta_1`, exactly, for any
//! system. No partition function, no binning. Blind to what two temperatures share: a wrong g(E), or a scale of E and
//! of the temperatures that is wrong by the same factor.

use super::error::{EstimatorError, check_finite, check_length};
use super::estimate::Estimate;
use nalgebra::{Matrix2, Vector2};

/// Draws of one energy at the two temperatures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelCount {
    /// The energy.
    pub energy: f64,
    /// Draws at the first temperature; any weight >= 0, such as counts times n_eff / n for correlated draws.
    pub count1: f64,
    /// Draws at the second temperature.
    pub count2: f64,
}

/// The maximum-likelihood line through the log ratio of two energy distributions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlopeFit {
    /// a in `ln[P_1(E) / P_2(E)] = a + s E`, which is ln Z_2 - ln Z_1.
    pub intercept: f64,
    /// s, in inverse units of energy, with its error; `n_eff` is the number of draws (of blocks per temperature).
    pub slope: Estimate,
}

impl SlopeFit {
    /// Distance of the slope from the predicted beta2 - beta1, in standard errors.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::estimators::{Estimate, SlopeFit};
    /// let fit = SlopeFit { intercept: 0.0, slope: Estimate::new(0.75, 0.125, 100.0) };
    /// assert_eq!(fit.z_score(1.0, 1.5), 2.0);
    /// ```
    #[must_use]
    pub fn z_score(&self, beta1: f64, beta2: f64) -> f64 {
        self.slope.z_score(beta2 - beta1)
    }
}

/// Slope of the log ratio from a table of levels, with the error from the Fisher information.
///
/// Maximises `sum_E [n_1 ln p(E) + n_2 ln(1 - p(E))]` with `p = 1/(1 + N_2/N_1 exp(-a - s E))`, the logistic
/// regression of "drawn at the first temperature" on E. Costs nothing per draw, so millions of draws over a few levels
/// are cheap. `levels`: `[n_levels]` in any order, repeated energies allowed. The error holds for independent draws.
///
/// # Errors
///
/// A count that is negative or not finite, no draw at one temperature, [`EstimatorError::SingleLevel`], or
/// [`EstimatorError::NoOverlap`]: then the likelihood has no finite maximum.
///
/// # Examples
///
/// With two levels the fit is the log odds ratio, and its variance the sum of the inverse counts:
///
/// ```
/// use gibbs::estimators::{LevelCount, slope_from_levels};
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// let levels = [
///     LevelCount { energy: 0.0, count1: 600.0, count2: 800.0 },
///     LevelCount { energy: 1.0, count1: 400.0, count2: 200.0 },
/// ];
/// let slope = slope_from_levels(&levels)?.slope;
/// assert!((slope.value - (400.0f64 * 800.0 / (600.0 * 200.0)).ln()).abs() < 1e-12);
/// let variance: f64 = 1.0 / 600.0 + 1.0 / 800.0 + 1.0 / 400.0 + 1.0 / 200.0;
/// assert!((slope.std_error - variance.sqrt()).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// M. R. Shirts, J. Chem. Theory Comput. 9, 909 (2013), doi:10.1021/ct300688p.
pub fn slope_from_levels(levels: &[LevelCount]) -> Result<SlopeFit, EstimatorError> {
    let scale = Scale::of(levels)?;
    Ok(fit(levels, scale, Vector2::zeros())?.unscaled(scale))
}

/// Slope of the log ratio from energies sampled at two temperatures, with the error from the Fisher information.
///
/// `energies1`, `energies2`: `[n_1]`, `[n_2]`; `n_eff`: effective numbers of independent samples in them, or `None` for
/// independent draws. Correlated samples are given the weight n_eff / n each.
///
/// # Errors
///
/// As [`slope_from_levels`], an energy that is not finite, or an n_eff that is not positive.
///
/// # Examples
///
/// ```
/// use gibbs::estimators::{EstimatorError, slope_from_samples};
/// # fn main() -> Result<(), EstimatorError> {
/// let fit = slope_from_samples(&[0.0, 0.0, 1.0, 1.0], &[0.0, 0.0, 0.0, 1.0], None)?;
/// assert!((fit.slope.value - 3.0f64.ln()).abs() < 1e-12);
/// let apart = slope_from_samples(&[1.0, 2.0], &[3.0, 4.0], None);
/// assert_eq!(apart, Err(EstimatorError::NoOverlap { lower_ends: 2.0, upper_begins: 3.0 }));
/// # Ok(())
/// # }
/// ```
pub fn slope_from_samples(
    energies1: &[f64],
    energies2: &[f64],
    n_eff: Option<(f64, f64)>,
) -> Result<SlopeFit, EstimatorError> {
    let (n1, n2) = (energies1.len() as f64, energies2.len() as f64);
    let (n_eff1, n_eff2) = n_eff.unwrap_or((n1, n2));
    let mut levels = level_counts(energies1, energies2)?;
    for level in &mut levels {
        level.count1 *= n_eff1 / n1;
        level.count2 *= n_eff2 / n2;
    }
    slope_from_levels(&levels)
}

/// Slope of the log ratio from two correlated series, with the error from a delete-one-block jackknife.
///
/// `energies1`, `energies2`: `[n_1]`, `[n_2]`, each cut into `n_blocks` consecutive blocks, which must be long compared
/// with tau_int. `variance = (B - 1)/B sum (s_b - mean)^2`, once for the blocks of each series, added; `n_eff` is B. The
/// slope itself is that of [`slope_from_samples`], which correlation does not bias.
///
/// # Errors
///
/// As [`slope_from_samples`], also with a block left out; fewer than two blocks, or fewer samples than blocks.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// let first: Vec<f64> = (0..300).map(|i| f64::from(i * i % 7)).collect();
/// let fit = gibbs::estimators::slope_from_blocks(&first, &first, 20)?;
/// assert_eq!(fit.slope.value, 0.0); // equal samples, equal temperatures
/// # Ok(())
/// # }
/// ```
pub fn slope_from_blocks(energies1: &[f64], energies2: &[f64], n_blocks: usize) -> Result<SlopeFit, EstimatorError> {
    check_length(n_blocks, 2)?;
    check_length(energies1.len().min(energies2.len()), n_blocks)?;
    let (levels, places) = tabulated(energies1, energies2)?;
    let scale = Scale::of(&levels)?;
    let all = fit(&levels, scale, Vector2::zeros())?;
    let mut variance = 0.0;
    let (first, second) = places.split_at(energies1.len());
    for (places, count) in
        [(first, (|level| &mut level.count1) as fn(&mut LevelCount) -> &mut f64), (second, |level| &mut level.count2)]
    {
        let n = places.len();
        let mut moments = super::Moments::default();
        for block in 0..n_blocks {
            let mut without = levels.clone();
            places[block * n / n_blocks..(block + 1) * n / n_blocks]
                .iter()
                .for_each(|&place| *count(&mut without[place as usize]) -= 1.0);
            moments.push(fit(&without, scale, all.line)?.line[1] - all.line[1]);
        }
        variance += moments.variance_biased().unwrap_or(f64::NAN) * (n_blocks - 1) as f64;
    }
    let mut result = all.unscaled(scale);
    result.slope.std_error = variance.sqrt() / scale.width;
    result.slope.n_eff = n_blocks as f64;
    Ok(result)
}

/// The different energies of two series, ascending, with their numbers of draws.
///
/// # Errors
///
/// An empty series, or an energy that is not finite.
pub fn level_counts(energies1: &[f64], energies2: &[f64]) -> Result<Vec<LevelCount>, EstimatorError> {
    Ok(tabulated(energies1, energies2)?.0)
}

/// [`level_counts`], and for every draw of both series in turn the place of its energy among them.
fn tabulated(energies1: &[f64], energies2: &[f64]) -> Result<(Vec<LevelCount>, Vec<u32>), EstimatorError> {
    for energies in [energies1, energies2] {
        check_length(energies.len(), 1)?;
        check_finite(energies)?;
    }
    let energy = |draw: u32| {
        let draw = draw as usize;
        energies1.get(draw).copied().unwrap_or_else(|| energies2[draw - energies1.len()])
    };
    let n = energies1.len() + energies2.len();
    let mut order: Vec<u32> = (0..n as u32).collect();
    order.sort_by(|&a, &b| energy(a).total_cmp(&energy(b)));
    let (mut levels, mut places) = (Vec::new(), vec![0; n]);
    for same in order.chunk_by(|&a, &b| energy(a) == energy(b)) {
        let count1 = same.iter().filter(|&&draw| (draw as usize) < energies1.len()).count() as f64;
        same.iter().for_each(|&draw| places[draw as usize] = levels.len() as u32);
        levels.push(LevelCount { energy: energy(same[0]), count1, count2: same.len() as f64 - count1 });
    }
    Ok((levels, places))
}

/// Origin and unit of energy in which both parameters of the line are of order one.
#[derive(Clone, Copy, Debug)]
struct Scale {
    centre: f64,
    width: f64,
}

impl Scale {
    fn of(levels: &[LevelCount]) -> Result<Self, EstimatorError> {
        for (index, level) in levels.iter().enumerate() {
            if !level.energy.is_finite() {
                return Err(EstimatorError::NonFinite { index, value: level.energy });
            }
            for value in [level.count1, level.count2] {
                if !(value >= 0.0 && value.is_finite()) {
                    return Err(EstimatorError::Count { index, value });
                }
            }
        }
        check_overlap(levels)?;
        let draws: f64 = levels.iter().map(|level| level.count1 + level.count2).sum();
        let mean = |f: &dyn Fn(f64) -> f64| {
            levels.iter().map(|level| (level.count1 + level.count2) * f(level.energy)).sum::<f64>() / draws
        };
        let origin = levels[0].energy;
        let centre = origin + mean(&|energy| energy - origin);
        let width = mean(&|energy| (energy - centre) * (energy - centre)).sqrt();
        Ok(Self { centre, width })
    }
}

/// A finite maximum exists if and only if each sample reaches past the near end of the other.
fn check_overlap(levels: &[LevelCount]) -> Result<(), EstimatorError> {
    let range = |count: fn(&LevelCount) -> f64| {
        let drawn = levels.iter().filter(|level| count(level) > 0.0);
        drawn.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), level| {
            (low.min(level.energy), high.max(level.energy))
        })
    };
    let (low1, high1) = range(|level| level.count1);
    let (low2, high2) = range(|level| level.count2);
    if low1 > high1 || low2 > high2 {
        return Err(EstimatorError::TooFew { needed: 1, found: 0 });
    }
    if low1 == high1 && low1 == low2 && low2 == high2 {
        return Err(EstimatorError::SingleLevel { energy: low1 });
    }
    if high1 <= low2 {
        return Err(EstimatorError::NoOverlap { lower_ends: high1, upper_begins: low2 });
    }
    if high2 <= low1 {
        return Err(EstimatorError::NoOverlap { lower_ends: high2, upper_begins: low1 });
    }
    Ok(())
}

/// The fitted line in scaled energies (its intercept holds ln N_1/N_2), with the variance of its slope.
#[derive(Clone, Copy, Debug)]
struct ScaledFit {
    line: Vector2<f64>,
    slope_variance: f64,
    draws1: f64,
    draws2: f64,
}

impl ScaledFit {
    fn unscaled(&self, scale: Scale) -> SlopeFit {
        let slope = self.line[1] / scale.width;
        SlopeFit {
            intercept: self.line[0] - slope * scale.centre - (self.draws1 / self.draws2).ln(),
            slope: Estimate::new(slope, self.slope_variance.sqrt() / scale.width, self.draws1 + self.draws2),
        }
    }
}

const MAX_ITERATIONS: usize = 100;

/// Newton's method on the concave log-likelihood, with the step halved while it would go down.
fn fit(levels: &[LevelCount], scale: Scale, start: Vector2<f64>) -> Result<ScaledFit, EstimatorError> {
    check_overlap(levels)?;
    let mut line = start;
    let mut here = Likelihood::at(levels, scale, line);
    let mut size = f64::INFINITY;
    for _ in 0..MAX_ITERATIONS {
        let Some(inverse) = here.information.try_inverse() else { break };
        let mut step = inverse * here.gradient;
        size = step.amax();
        let mut next = Likelihood::at(levels, scale, line + step);
        while next.value < here.value - 1e-12 * here.value.abs() && size > 1e-14 {
            step *= 0.5;
            size = step.amax();
            next = Likelihood::at(levels, scale, line + step);
        }
        line += step;
        here = next;
        // convergence is quadratic: the next step would be below the rounding error
        if size <= 1e-9 * (1.0 + line.amax()) {
            let Some(inverse) = here.information.try_inverse() else { break };
            line += inverse * here.gradient;
            let draws1 = levels.iter().map(|level| level.count1).sum();
            let draws2 = levels.iter().map(|level| level.count2).sum();
            return Ok(ScaledFit { line, slope_variance: inverse[(1, 1)], draws1, draws2 });
        }
    }
    Err(EstimatorError::NotConverged { n_iterations: MAX_ITERATIONS, step: size })
}

/// Log-likelihood, its gradient and the Fisher information at one line.
struct Likelihood {
    value: f64,
    gradient: Vector2<f64>,
    information: Matrix2<f64>,
}

impl Likelihood {
    fn at(levels: &[LevelCount], scale: Scale, line: Vector2<f64>) -> Self {
        let (mut value, mut gradient) = (0.0, Vector2::zeros());
        let (mut i00, mut i01, mut i11) = (0.0, 0.0, 0.0);
        for level in levels {
            let x = (level.energy - scale.centre) / scale.width;
            let log_odds = line[0] + line[1] * x;
            // both branches of 1/(1 + e^-t) from one exponential that cannot overflow
            let small = (-log_odds.abs()).exp();
            let (near, far) = (1.0 / (1.0 + small), small / (1.0 + small));
            let (first, second) = if log_odds >= 0.0 { (near, far) } else { (far, near) };
            value -= (level.count1 + level.count2) * small.ln_1p()
                + if log_odds >= 0.0 { level.count2 * log_odds } else { -level.count1 * log_odds };
            let pull = level.count1 * second - level.count2 * first;
            gradient += Vector2::new(pull, pull * x);
            let weight = (level.count1 + level.count2) * near * far;
            i00 += weight;
            i01 += weight * x;
            i11 += weight * x * x;
        }
        Self { value, gradient, information: Matrix2::new(i00, i01, i01, i11) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::synthetic::{ar1, rng};
    use rand::RngExt;

    /// Expected counts of `n` draws from twenty equidistant levels with degeneracies i + 1 at `beta`.
    fn ladder(beta: f64, n: f64) -> Vec<f64> {
        let weights: Vec<f64> = (0..20).map(|i| f64::from(i + 1) * (-beta * 0.3 * f64::from(i)).exp()).collect();
        let z: f64 = weights.iter().sum();
        weights.iter().map(|w| n * w / z).collect()
    }

    fn table(first: &[f64], second: &[f64]) -> Vec<LevelCount> {
        let pairs = first.iter().zip(second).enumerate();
        pairs.map(|(i, (&count1, &count2))| LevelCount { energy: 0.3 * i as f64, count1, count2 }).collect()
    }

    #[test]
    fn expected_counts_give_the_exact_slope() {
        for (beta1, beta2, n1, n2) in [(1.0, 1.3, 1e4, 1e4), (0.2, 3.0, 1e6, 10.0), (2.0, -1.0, 1.0, 7.0)] {
            let fit = slope_from_levels(&table(&ladder(beta1, n1), &ladder(beta2, n2))).unwrap();
            assert!((fit.slope.value - (beta2 - beta1)).abs() < 1e-11, "{fit:?}");
            assert!(fit.z_score(beta1, beta2).abs() < 1e-9);
            let ln_z = |beta: f64| -(ladder(beta, 1.0)[0]).ln();
            assert!((fit.intercept - (ln_z(beta2) - ln_z(beta1))).abs() < 1e-11, "{fit:?}");
        }
    }

    #[test]
    fn energies_far_from_zero_and_in_any_unit() {
        let near = table(&ladder(1.0, 1e4), &ladder(1.3, 1e4));
        let move_to = |level: &LevelCount| LevelCount { energy: 1e3 * level.energy - 1e6, ..*level };
        let far: Vec<_> = near.iter().map(move_to).collect();
        let (near, far) = (slope_from_levels(&near).unwrap().slope, slope_from_levels(&far).unwrap().slope);
        assert!((far.value * 1e3 - near.value).abs() < 1e-11);
        assert!((far.std_error * 1e3 / near.std_error - 1.0).abs() < 1e-11);
    }

    #[test]
    fn exponential_energies_at_two_temperatures() {
        // one quadratic degree of freedom pair: P(E) = beta exp(-beta E)
        let draw = |beta: f64, case: u64| -> Vec<f64> {
            let mut rng = rng(case);
            (0..100_000).map(|_| -(1.0 - rng.random::<f64>()).ln() / beta).collect()
        };
        let fit = slope_from_samples(&draw(1.0, 1), &draw(1.3, 2), None).unwrap();
        assert!(fit.z_score(1.0, 1.3).abs() < 4.5, "{fit:?}");
        // negative control: the second temperature is wrong by 5 %
        let wrong = slope_from_samples(&draw(1.0, 1), &draw(1.3 * 1.05, 2), None).unwrap();
        assert!(wrong.z_score(1.0, 1.3).abs() > 4.5, "{wrong:?}");
        // fewer effective samples, larger error
        let weighted = slope_from_samples(&draw(1.0, 1), &draw(1.3, 2), Some((25_000.0, 25_000.0))).unwrap();
        assert!((weighted.slope.std_error / fit.slope.std_error - 2.0).abs() < 1e-9);
        assert!((weighted.slope.value - fit.slope.value).abs() < 1e-11);
    }

    #[test]
    fn blocks_see_the_correlation() {
        // Gaussian density of states of variance 1: energies at beta are normal around -beta
        let n = 40_000;
        let shifted = |beta: f64, case| -> Vec<f64> { ar1(0.9, n, case).iter().map(|x| x - beta).collect() };
        let (first, second) = (shifted(0.5, 1), shifted(1.0, 2));
        let blocked = slope_from_blocks(&first, &second, 40).unwrap();
        let fisher = slope_from_samples(&first, &second, None).unwrap();
        assert_eq!(blocked.slope.value, fisher.slope.value);
        assert!(blocked.z_score(0.5, 1.0).abs() < 4.5, "{blocked:?}");
        // 2 * 39 degrees of freedom; the ratio lies between 1 and sqrt(2 tau) of E, 4.36, and near the latter
        // because the slope is nearly the difference of the means
        let ratio = blocked.slope.std_error / fisher.slope.std_error / 19f64.sqrt();
        assert!((ratio - 1.0).abs() < 4.5 / 156f64.sqrt(), "{ratio}");
        // negative control: independent series have the ratio 1
        let white = |beta: f64, case| -> Vec<f64> { ar1(0.0, n, case).iter().map(|x| x - beta).collect() };
        let blocked = slope_from_blocks(&white(0.5, 3), &white(1.0, 4), 40).unwrap();
        let fisher = slope_from_samples(&white(0.5, 3), &white(1.0, 4), None).unwrap();
        assert!((blocked.slope.std_error / fisher.slope.std_error - 1.0).abs() < 4.5 / 156f64.sqrt());
    }

    #[test]
    fn touching_samples_have_no_finite_maximum() {
        let touching = slope_from_samples(&[1.0, 2.0], &[0.0, 1.0], None);
        assert_eq!(touching, Err(EstimatorError::NoOverlap { lower_ends: 1.0, upper_begins: 1.0 }));
        let enclosed = slope_from_samples(&[1.0], &[0.0, 2.0], None).unwrap();
        assert!(enclosed.slope.value.abs() < 1e-12);
        // one inverted pair at distance d: d/2 = 2 exp(-|s|), the next neighbours being at distance 1 from it
        let barely = slope_from_samples(&[0.0, 1.0, 2.0, 3.0 + 1e-6], &[3.0, 4.0, 5.0, 6.0], None).unwrap();
        assert!((barely.slope.value + 4e6f64.ln()).abs() < 1e-5, "{barely:?}");
    }

    #[test]
    fn refusals() {
        let single = slope_from_samples(&[1.0, 1.0], &[1.0], None);
        assert_eq!(single, Err(EstimatorError::SingleLevel { energy: 1.0 }));
        assert_eq!(slope_from_samples(&[], &[1.0], None), Err(EstimatorError::TooFew { needed: 1, found: 0 }));
        assert!(matches!(slope_from_samples(&[f64::NAN], &[1.0], None), Err(EstimatorError::NonFinite { .. })));
        assert!(matches!(slope_from_samples(&[1.0], &[1.0], Some((-1.0, 1.0))), Err(EstimatorError::Count { .. })));
        assert_eq!(slope_from_levels(&[]), Err(EstimatorError::TooFew { needed: 1, found: 0 }));
        assert!(matches!(slope_from_blocks(&[1.0, 2.0], &[1.0, 2.0], 1), Err(EstimatorError::TooFew { .. })));
        assert!(matches!(slope_from_blocks(&[1.0, 2.0], &[1.0, 2.0], 3), Err(EstimatorError::TooFew { .. })));
    }
}
