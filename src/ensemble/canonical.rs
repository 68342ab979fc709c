//! A spectrum at an inverse temperature: ln Z, F, U, S, C and the level probabilities. The one softmax.

use super::spectrum::Spectrum;
use super::thermo::Thermo;
use crate::simd::{InstructionSet, LevelList, LevelMoments, exp};
use crate::units::Beta;

/// The canonical ensemble p_i = g_i e^(-beta E_i) / Z of a [`Spectrum`] at one beta.
///
/// All sums run over the levels other than the ground level and are added to it last by `ln_1p`, so that the
/// entropy and the heat capacity keep their relative precision when they are exponentially small. beta = +infinity
/// is uniform over the ground states, beta = 0 uniform over all allowed states, and a negative beta populates the
/// highest levels most ("ground" then means the highest level).
///
/// # Examples
///
/// Softmax and logits are inverses up to a constant: p = [0.6, 0.3, 0.1] -> ln p -> p.
///
/// ```
/// use gibbs::{ensemble::{Canonical, Spectrum}, units::Beta};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let logits: Vec<f64> = [0.6f64, 0.3, 0.1].iter().map(|p| p.ln() + 42.0).collect();
/// let spectrum = Spectrum::from_logits(&logits)?;
/// let tokens = Canonical::new(&spectrum, Beta::new(1.0)?);
/// assert!((tokens.probability(1) - 0.3).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Canonical<'a> {
    spectrum: &'a Spectrum,
    beta: Beta,
    /// Excitation of the level that dominates: 0, or the highest one at negative beta.
    base: f64,
    /// ln of the degeneracy of that level, ties included.
    ln_base_degeneracy: f64,
    /// Largest ln g - beta (excitation - base) among the other levels.
    largest: f64,
    /// The other levels by themselves.
    others: Others,
    /// ln of the other levels' weight over the base level's weight.
    ln_ratio: f64,
    /// ln Z with energies measured from the base level.
    ln_z_from_base: f64,
}

/// Levels other than the base level: their weight over that of the likeliest among them, and their moments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Others {
    /// Sum of the weights, of which the largest is 1.
    pub total: f64,
    /// Mean of E - E_base.
    pub mean: f64,
    /// Variance of beta E, as a sum with terms of both signs.
    pub variance: f64,
    /// The same sum without signs.
    pub without_signs: f64,
}

impl Others {
    const NONE: Self = Self { total: 0.0, mean: 0.0, variance: 0.0, without_signs: 0.0 };
}

impl<'a> Canonical<'a> {
    /// Prepares `spectrum` at `beta`: one pass over the levels, or up to three where beta < 0 or levels are degenerate.
    #[must_use]
    pub fn new(spectrum: &'a Spectrum, beta: Beta) -> Self {
        let base = if beta.get() < 0.0 { spectrum.highest_excitation() } else { 0.0 };
        let ln_base_degeneracy = if base == 0.0 {
            spectrum.ln_ground_degeneracy()
        } else {
            spectrum.ln_degeneracy_where(|excitation| excitation == base)
        };
        let mut ensemble = Self::frozen(spectrum, beta, base, ln_base_degeneracy);
        let largest = ensemble.largest_of_others();
        if largest > f64::NEG_INFINITY {
            let others = ensemble.sum_others(largest);
            ensemble.set_others(largest, others);
        }
        ensemble
    }

    /// `spectrum` of non-degenerate levels at a finite `beta` > 0, whose levels above the lowest were summed elsewhere.
    pub(super) fn of(spectrum: &'a Spectrum, beta: Beta, others: Others) -> Self {
        let mut ensemble = Self::frozen(spectrum, beta, 0.0, spectrum.ln_ground_degeneracy());
        ensemble.set_others(ensemble.largest_of_others(), others);
        ensemble
    }

    /// The base level alone.
    fn frozen(spectrum: &'a Spectrum, beta: Beta, base: f64, ln_base_degeneracy: f64) -> Self {
        Self {
            spectrum,
            beta,
            base,
            ln_base_degeneracy,
            largest: f64::NEG_INFINITY,
            others: Others::NONE,
            ln_ratio: f64::NEG_INFINITY,
            ln_z_from_base: ln_base_degeneracy,
        }
    }

    fn sum_others(&self, largest: f64) -> Others {
        let (levels, set) = (self.levels(), InstructionSet::current());
        let LevelMoments { total, first, second } = levels.moments(set, largest);
        let mean = if first.is_finite() {
            first / total
        } else {
            // No energy is beyond the span, but their sum is.
            let levels = levels.energies.iter().zip(levels.factors(set, largest));
            levels.filter(|&(&x, w)| w > 0.0 && x != self.base).map(|(x, w)| w / total * (x - self.base)).sum()
        };
        let (y, square) = (self.beta.get() * mean, second / total);
        Others { total, mean, variance: square - y * y, without_signs: square }
    }

    fn set_others(&mut self, largest: f64, others: Others) {
        (self.largest, self.others) = (largest, others);
        self.ln_ratio = largest + others.total.ln() - self.ln_base_degeneracy;
        self.ln_z_from_base = self.ln_base_degeneracy + ln_1p_exp(self.ln_ratio);
    }

    fn largest_of_others(&self) -> f64 {
        let gap = self.spectrum.gap();
        if gap == f64::INFINITY || self.beta.get().is_infinite() {
            f64::NEG_INFINITY
        } else if self.base == 0.0 && self.spectrum.ln_degeneracies().is_empty() {
            0.0 - self.beta.get() * gap
        } else {
            self.levels().largest(InstructionSet::current())
        }
    }

    fn levels(&self) -> LevelList<'a> {
        LevelList {
            energies: self.spectrum.excitations(),
            ln_degeneracies: self.spectrum.ln_degeneracies(),
            beta: self.beta.get(),
            base: self.base,
        }
    }

    /// The spectrum.
    #[must_use]
    pub fn spectrum(&self) -> &'a Spectrum {
        self.spectrum
    }

    /// The inverse temperature.
    #[must_use]
    pub fn beta(&self) -> Beta {
        self.beta
    }

    /// ln of the weight of allowed level `i` measured from the base level: ln g_i - beta (E_i - E_base).
    fn exponent(&self, i: usize) -> f64 {
        let distance = self.spectrum.excitation(i) - self.base;
        let ln_degeneracy = self.spectrum.ln_degeneracy(i);
        if distance == 0.0 { ln_degeneracy } else { ln_degeneracy - self.beta.get() * distance }
    }

    /// ln p_i of level `i`, all its g_i states together; minus infinity for a forbidden level.
    #[must_use]
    pub fn ln_probability(&self, i: usize) -> f64 {
        if self.spectrum.is_forbidden(i) {
            return f64::NEG_INFINITY;
        }
        (self.exponent(i) - self.ln_z_from_base).min(0.0)
    }

    /// p_i of level `i`.
    #[must_use]
    pub fn probability(&self, i: usize) -> f64 {
        exp(self.ln_probability(i))
    }

    /// All p_i, `[n_levels]`, in the order of the spectrum.
    #[must_use]
    pub fn probabilities(&self) -> Vec<f64> {
        self.factors(self.ln_z_from_base)
    }

    /// Weights proportional to p_i, none above 1 and with a sum of at least 1, `[n_levels]`: what the direct samplers build on.
    #[must_use]
    pub fn weights(&self) -> Vec<f64> {
        self.factors(self.largest.max(self.ln_base_degeneracy))
    }

    fn factors(&self, shift: f64) -> Vec<f64> {
        self.levels().factors(InstructionSet::current(), shift)
    }

    /// -ln of the probability of one state of level `i`, ln g_i - ln p_i: its mean over draws is the entropy.
    #[must_use]
    pub fn surprisal(&self, i: usize) -> f64 {
        self.spectrum.ln_degeneracy(i) - self.ln_probability(i)
    }

    /// ln Z, U, S and C. C is a two-pass variance around U wherever the sums that Z comes with would lose digits.
    #[must_use]
    pub fn thermo(&self) -> Thermo {
        let (mean, heat_capacity) = self.moments_from_base();
        let beta = self.beta.get();
        let base_energy = self.spectrum.ground_energy() + self.base;
        let boltzmann_term = if mean == 0.0 { 0.0 } else { beta * mean };
        let ln_z_offset = if base_energy == 0.0 { 0.0 } else { -beta * base_energy };
        Thermo {
            beta: self.beta,
            ln_z: self.ln_z_from_base + ln_z_offset,
            energy: base_energy + mean,
            entropy: self.ln_z_from_base + boltzmann_term,
            heat_capacity,
        }
    }

    /// Mean of E - E_base and variance of beta E.
    fn moments_from_base(&self) -> (f64, f64) {
        let [share_others, share_base] = self.shares();
        if share_others == 0.0 {
            return (0.0, 0.0);
        }
        let Others { total, mean: mean_of_others, without_signs, .. } = self.others;
        let mean = share_others * mean_of_others;
        let (beta, variance) = (self.beta.get(), self.relative_variance());
        if without_signs <= MOST_LOST * variance && mean_of_others.abs() > f64::MIN_POSITIVE / f64::EPSILON {
            return (mean, share_others * variance);
        }
        let spread = self.levels().spread(InstructionSet::current(), self.largest, mean);
        (mean, share_others / total * spread + share_base * (beta * mean).powi(2))
    }

    /// Variance of beta E over the probability of not being in the base level.
    ///
    /// In units of T, in which a level that is occupied at all is not far: a square of energies may overflow.
    pub(super) fn relative_variance(&self) -> f64 {
        self.others.variance + self.shares()[1] * (self.beta.get() * self.others.mean).powi(2)
    }

    /// Probability of not being in the base level, and of being in it, each to full relative precision.
    fn shares(&self) -> [f64; 2] {
        let ratio = (-self.ln_ratio.abs()).exp();
        let (greater, smaller) = (1.0 / (1.0 + ratio), ratio / (1.0 + ratio));
        if self.ln_ratio > 0.0 { [greater, smaller] } else { [smaller, greater] }
    }
}

/// How many times the variance the same sum without signs may be: a sum right to 30 units of 2^-53 then gives a variance
/// right to 64 x 2 x 30 of them, 4.3e-13. More is left to a second pass.
const MOST_LOST: f64 = 64.0;

/// ln(1 + e^x) without overflow or loss.
fn ln_1p_exp(x: f64) -> f64 {
    if x > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thermo(spectrum: &Spectrum, beta: f64) -> Thermo {
        Canonical::new(spectrum, Beta::new(beta).unwrap()).thermo()
    }

    #[test]
    fn two_levels_match_the_closed_form() {
        let spectrum = Spectrum::with_degeneracies(vec![0.0, 1.0], &[1.0, 3.0]).unwrap();
        for beta in [0.1f64, 1.0, 5.0, 40.0, 600.0, -2.0] {
            let w = 3.0 * (-beta).exp();
            let p = w / (1.0 + w);
            let t = thermo(&spectrum, beta);
            assert!((t.ln_z / w.ln_1p() - 1.0).abs() < 1e-12);
            assert!((t.energy / p - 1.0).abs() < 1e-12);
            assert!((t.heat_capacity / (beta * beta * p / (1.0 + w)) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn limits_of_temperature() {
        let spectrum = Spectrum::new(vec![2.0, 2.0, 5.0, f64::INFINITY]).unwrap();
        let cold = thermo(&spectrum, f64::INFINITY);
        assert_eq!((cold.energy, cold.entropy, cold.heat_capacity), (2.0, 2f64.ln(), 0.0));
        assert_eq!(cold.free_energy(), 2.0);
        let hot = thermo(&spectrum, 0.0);
        assert!((hot.energy - 3.0).abs() < 1e-15 && (hot.entropy - 3f64.ln()).abs() < 1e-15);
        assert_eq!((hot.heat_capacity, hot.free_energy()), (0.0, f64::NEG_INFINITY));
        let inverted = thermo(&spectrum, f64::NEG_INFINITY);
        assert_eq!((inverted.energy, inverted.entropy), (5.0, 0.0));
        assert_eq!(Canonical::new(&spectrum, Beta::ZERO).probability(3), 0.0);
        assert_eq!(Canonical::new(&spectrum, Beta::new(-1.0).unwrap()).probability(3), 0.0);
    }

    #[test]
    fn a_distant_zero_of_energy_costs_no_digits() {
        let near = Spectrum::new(vec![0.0, 1.0]).unwrap();
        let far = Spectrum::new(vec![1e6, 1e6 + 1.0]).unwrap();
        assert_eq!(thermo(&near, 3.0).entropy, thermo(&far, 3.0).entropy);
    }

    #[test]
    fn a_single_level_has_no_entropy_at_any_temperature() {
        let spectrum = Spectrum::new(vec![1.5]).unwrap();
        for beta in [0.0, 1.0, f64::INFINITY, -3.0] {
            let t = thermo(&spectrum, beta);
            assert_eq!((t.entropy, t.energy, t.heat_capacity, t.free_energy()), (0.0, 1.5, 0.0, 1.5));
        }
    }

    #[test]
    fn huge_energies_do_not_overflow() {
        let spectrum = Spectrum::with_degeneracies(vec![0.0, 1e308], &[1.0, 1e308]).unwrap();
        assert_eq!(thermo(&spectrum, 1.0).heat_capacity, 0.0);
        assert_eq!(thermo(&spectrum, 0.0).heat_capacity, 0.0);
        // Sums of these are beyond all numbers; a power of 2 changes no digit of a result.
        let energies = [-8e6, 8e6, 8e6, 7e6, -8e6];
        let unit = 2f64.powi(1000);
        let small = Spectrum::new(energies.to_vec()).unwrap();
        let huge = Spectrum::new(energies.map(|x| x * unit).to_vec()).unwrap();
        for beta in [0.0, 2f64.powi(-22), -2f64.powi(-22)] {
            let (expected, found) = (thermo(&small, beta), thermo(&huge, beta / unit));
            assert!((found.energy / unit / expected.energy - 1.0).abs() < 1e-14, "{found:?}");
            assert!((found.entropy / expected.entropy - 1.0).abs() < 1e-14, "{found:?}");
            assert!(
                (found.heat_capacity - expected.heat_capacity).abs() <= 1e-14 * expected.heat_capacity,
                "{found:?}"
            );
        }
    }

    #[test]
    fn huge_degeneracies_do_not_overflow() {
        let spectrum = Spectrum::with_ln_degeneracies(vec![0.0, 1.0], vec![0.0, 1000.0]).unwrap();
        let t = thermo(&spectrum, 1.0);
        assert!((t.ln_z - 999.0).abs() < 1e-12 && (t.energy - 1.0).abs() < 1e-12);
    }
}
