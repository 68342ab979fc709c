//! The levels of a finite system: energies with logarithmic degeneracies, in the caller's order.

use thiserror::Error;

use crate::numerics::ln_sum_exp;
use crate::simd::{self, InstructionSet};

/// A list of levels that is no spectrum.
#[derive(Clone, Debug, PartialEq, Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum SpectrumError {
    /// No levels at all.
    #[error("a spectrum needs at least one level, got none")]
    Empty,
    /// Every level is forbidden.
    #[error("all {0} levels are forbidden, at least one must be allowed")]
    AllForbidden(usize),
    /// An energy that is NaN or minus infinity.
    #[error("energy {index} must be a number or +inf (a forbidden level), got {value}")]
    Energy { index: usize, value: f64 },
    /// A logit that is NaN or plus infinity.
    #[error("logit {index} must be a number or -inf (a forbidden token), got {value}")]
    Logit { index: usize, value: f64 },
    /// A degeneracy that is not a positive finite number.
    #[error("degeneracy {index} must be positive and finite, got {value}")]
    Degeneracy { index: usize, value: f64 },
    /// The two lists differ in length.
    #[error("{energies} energies but {degeneracies} degeneracies")]
    Lengths { energies: usize, degeneracies: usize },
    /// Energies so far apart that their difference overflows.
    #[error("the levels span more than the largest number: from {lowest} to {highest}")]
    Span { lowest: f64, highest: f64 },
}

/// Levels E_i with ln g_i. Level i of the caller stays level i; an energy of +infinity is a forbidden level.
///
/// Energies are stored measured from the lowest level, plus that offset: entropy and heat capacity then do not
/// lose digits when the zero of energy is far away. Degeneracies are logarithmic because 2^N overflows at once.
///
/// # Examples
///
/// ```
/// use gibbs::ensemble::Spectrum;
/// # fn main() -> Result<(), gibbs::ensemble::SpectrumError> {
/// let spectrum = Spectrum::new(vec![-1.0, 3.0, f64::INFINITY])?;
/// assert_eq!((spectrum.len(), spectrum.ground_energy(), spectrum.excitation(1)), (3, -1.0, 4.0));
/// assert_eq!(spectrum.ln_states(), 2f64.ln());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    excitations: Vec<f64>,
    /// Empty when every level has g = 1.
    ln_degeneracies: Vec<f64>,
    ground_energy: f64,
    highest_excitation: f64,
    /// The lowest excitation above 0; +infinity where all allowed levels tie.
    gap: f64,
    ln_ground_degeneracy: f64,
}

impl Spectrum {
    /// Non-degenerate levels of the given energies `[n_levels]`.
    ///
    /// # Errors
    ///
    /// No level, NaN or minus infinity among the energies (named by index), or all levels forbidden.
    pub fn new(energies: Vec<f64>) -> Result<Self, SpectrumError> {
        Self::build(energies, Vec::new())
    }

    /// Levels with degeneracies g_i, both `[n_levels]`.
    ///
    /// # Errors
    ///
    /// As [`Spectrum::new`]; lengths that differ; a degeneracy that is not positive and finite.
    pub fn with_degeneracies(energies: Vec<f64>, degeneracies: &[f64]) -> Result<Self, SpectrumError> {
        let bad = degeneracies.iter().position(|&g| !(g > 0.0 && g.is_finite()));
        if let Some(index) = bad {
            return Err(SpectrumError::Degeneracy { index, value: degeneracies[index] });
        }
        Self::with_ln_degeneracies(energies, degeneracies.iter().map(|g| g.ln()).collect())
    }

    /// Levels with ln g_i, both `[n_levels]`.
    ///
    /// # Errors
    ///
    /// As [`Spectrum::new`]; lengths that differ; a logarithm that is not finite.
    pub fn with_ln_degeneracies(energies: Vec<f64>, ln_degeneracies: Vec<f64>) -> Result<Self, SpectrumError> {
        if energies.len() != ln_degeneracies.len() {
            return Err(SpectrumError::Lengths { energies: energies.len(), degeneracies: ln_degeneracies.len() });
        }
        if let Some(index) = ln_degeneracies.iter().position(|g| !g.is_finite()) {
            return Err(SpectrumError::Degeneracy { index, value: ln_degeneracies[index] });
        }
        Self::build(energies, ln_degeneracies)
    }

    /// Tokens as levels: E_i = -logit_i, g_i = 1; a logit of minus infinity is a forbidden token.
    ///
    /// # Errors
    ///
    /// No logit, NaN or plus infinity among them (named by index), or all forbidden.
    pub fn from_logits(logits: &[f64]) -> Result<Self, SpectrumError> {
        Self::of_tokens(logits)
    }

    /// [`Spectrum::from_logits`] of numbers of 32 bits, each of which is a number of 64 bits: nothing is rounded.
    ///
    /// # Errors
    ///
    /// As [`Spectrum::from_logits`].
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::ensemble::Spectrum;
    /// # fn main() -> Result<(), gibbs::ensemble::SpectrumError> {
    /// let spectrum = Spectrum::from_logits_f32(&[0.5f32, 2.0, f32::NEG_INFINITY])?;
    /// assert_eq!(spectrum, Spectrum::from_logits(&[0.5, 2.0, f64::NEG_INFINITY])?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_logits_f32(logits: &[f32]) -> Result<Self, SpectrumError> {
        Self::of_tokens(logits)
    }

    fn of_tokens<T: Copy + Into<f64>>(logits: &[T]) -> Result<Self, SpectrumError> {
        let set = InstructionSet::current();
        let (lowest, span) = Self::range(set, -1.0, logits, |index, value| SpectrumError::Logit { index, value })?;
        let (excitations, counted) = simd::below(set, -lowest, logits);
        Ok(Self {
            excitations,
            ln_degeneracies: Vec::new(),
            ground_energy: lowest + 0.0,
            highest_excitation: span,
            gap: counted.gap,
            ln_ground_degeneracy: (counted.n_lowest as f64).ln(),
        })
    }

    /// Non-degenerate levels given as distances E_i - E_0 `[n_levels]` from the energy E_0: distances far smaller than
    /// the rounding error of E_0 are kept.
    ///
    /// # Errors
    ///
    /// As [`Spectrum::new`]; a lowest distance other than 0 is added to E_0; an E_0 that is not finite.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::ensemble::Spectrum;
    /// # fn main() -> Result<(), gibbs::ensemble::SpectrumError> {
    /// let doublet = Spectrum::from_excitations(-25.0, vec![0.0, 1e-20])?;
    /// assert_eq!((doublet.energy(1), doublet.excitation(1)), (-25.0, 1e-20));
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_excitations(ground_energy: f64, excitations: Vec<f64>) -> Result<Self, SpectrumError> {
        if !ground_energy.is_finite() {
            return Err(SpectrumError::Energy { index: 0, value: ground_energy });
        }
        let mut spectrum = Self::build(excitations, Vec::new())?;
        spectrum.ground_energy += ground_energy;
        Ok(spectrum)
    }

    fn build(mut energies: Vec<f64>, ln_degeneracies: Vec<f64>) -> Result<Self, SpectrumError> {
        let set = InstructionSet::current();
        let (lowest, span) = Self::range(set, 1.0, &energies, |index, value| SpectrumError::Energy { index, value })?;
        let counted = simd::measure_from(set, lowest, &mut energies);
        let mut spectrum = Self {
            excitations: energies,
            ln_degeneracies,
            ground_energy: lowest + 0.0,
            highest_excitation: span,
            gap: counted.gap,
            ln_ground_degeneracy: (counted.n_lowest as f64).ln(),
        };
        if !spectrum.ln_degeneracies.is_empty() {
            spectrum.ln_ground_degeneracy = spectrum.ln_degeneracy_where(|excitation| excitation == 0.0);
        }
        Ok(spectrum)
    }

    /// The lowest of the energies sign x values, and their span.
    fn range<T: Copy + Into<f64>>(
        set: InstructionSet,
        sign: f64,
        values: &[T],
        bad_level: impl Fn(usize, f64) -> SpectrumError,
    ) -> Result<(f64, f64), SpectrumError> {
        if values.is_empty() {
            return Err(SpectrumError::Empty);
        }
        let range = simd::range(set, sign, values);
        if !range.valid {
            let bad = values.iter().map(|&value| value.into()).enumerate();
            let mut bad = bad.filter(|(_, value)| value.is_nan() || sign * value == f64::NEG_INFINITY);
            return Err(bad.next().map_or(SpectrumError::Empty, |(index, value)| bad_level(index, value)));
        }
        if range.lowest == f64::INFINITY {
            return Err(SpectrumError::AllForbidden(values.len()));
        }
        let (lowest, highest) = (range.lowest, range.highest);
        let span = highest - lowest;
        if span == f64::INFINITY {
            return Err(SpectrumError::Span { lowest, highest });
        }
        Ok((lowest, span))
    }

    /// Number of levels, forbidden ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.excitations.len()
    }

    /// Never true: a spectrum has at least one level.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.excitations.is_empty()
    }

    /// E_i - E_0 of level `i`, +infinity when it is forbidden.
    #[must_use]
    pub fn excitation(&self, i: usize) -> f64 {
        self.excitations[i]
    }

    /// E_i - E_0 of all levels, `[n_levels]`.
    #[must_use]
    pub fn excitations(&self) -> &[f64] {
        &self.excitations
    }

    /// E_i of level `i`, +infinity when it is forbidden.
    #[must_use]
    pub fn energy(&self, i: usize) -> f64 {
        self.ground_energy + self.excitations[i]
    }

    /// ln g_i of level `i`.
    #[must_use]
    pub fn ln_degeneracy(&self, i: usize) -> f64 {
        self.ln_degeneracies.get(i).copied().unwrap_or(0.0)
    }

    /// Whether level `i` can never be occupied.
    #[must_use]
    pub fn is_forbidden(&self, i: usize) -> bool {
        self.excitations[i] == f64::INFINITY
    }

    /// The lowest allowed energy E_0.
    #[must_use]
    pub fn ground_energy(&self) -> f64 {
        self.ground_energy
    }

    /// The highest allowed energy measured from E_0: where negative temperatures lead.
    #[must_use]
    pub fn highest_excitation(&self) -> f64 {
        self.highest_excitation
    }

    /// ln W, W = sum of g_i over allowed levels: the entropy at infinite temperature.
    #[must_use]
    pub fn ln_states(&self) -> f64 {
        self.ln_degeneracy_where(|excitation| excitation < f64::INFINITY)
    }

    /// ln g_0 with all levels tied with the lowest: the entropy at T = 0.
    #[must_use]
    pub fn ln_ground_degeneracy(&self) -> f64 {
        self.ln_ground_degeneracy
    }

    /// The lowest excitation above 0; +infinity where all allowed levels tie.
    pub(crate) fn gap(&self) -> f64 {
        self.gap
    }

    /// ln g_i of all levels; empty where every g is 1.
    pub(crate) fn ln_degeneracies(&self) -> &[f64] {
        &self.ln_degeneracies
    }

    /// ln of the summed degeneracy of the levels whose excitation `keep` accepts.
    pub(crate) fn ln_degeneracy_where(&self, keep: impl Fn(f64) -> bool) -> f64 {
        let kept = (0..self.len()).filter(|&i| keep(self.excitations[i]));
        if self.ln_degeneracies.is_empty() {
            (kept.count() as f64).ln()
        } else {
            ln_sum_exp(kept.map(|i| self.ln_degeneracies[i]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_names_its_cause() {
        let message = |result: Result<Spectrum, SpectrumError>| result.unwrap_err().to_string();
        assert_eq!(message(Spectrum::new(vec![])), "a spectrum needs at least one level, got none");
        assert_eq!(
            message(Spectrum::new(vec![0.0, f64::NAN])),
            "energy 1 must be a number or +inf (a forbidden level), got NaN"
        );
        assert_eq!(
            message(Spectrum::from_logits(&[0.0, f64::INFINITY])),
            "logit 1 must be a number or -inf (a forbidden token), got inf"
        );
        assert_eq!(
            message(Spectrum::from_logits(&[f64::NEG_INFINITY; 2])),
            "all 2 levels are forbidden, at least one must be allowed"
        );
        assert_eq!(
            message(Spectrum::with_degeneracies(vec![0.0, 1.0], &[1.0, 0.0])),
            "degeneracy 1 must be positive and finite, got 0"
        );
        assert_eq!(message(Spectrum::with_degeneracies(vec![0.0], &[])), "1 energies but 0 degeneracies");
        assert!(message(Spectrum::new(vec![-1e308, 1e308])).starts_with("the levels span"));
    }

    #[test]
    fn ties_add_up_to_the_ground_degeneracy() {
        let spectrum = Spectrum::with_degeneracies(vec![1.0, 1.0, 2.0], &[2.0, 3.0, 5.0]).unwrap();
        assert!((spectrum.ln_ground_degeneracy() - 5f64.ln()).abs() < 1e-15);
        assert!((spectrum.ln_states() - 10f64.ln()).abs() < 1e-15);
    }
}
