//! What each truncation of a pipeline keeps and removes.

use super::error::TruncationError;
use super::pipeline::Pipeline;
use super::single::Truncation;
use crate::ensemble::{Canonical, Spectrum};
use crate::numerics::sum;
use crate::units::Temperature;

/// What one truncation of a pipeline does to a spectrum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// The truncation.
    pub truncation: Truncation,
    /// Number of levels that are still kept behind it.
    pub n_kept: usize,
    /// Probability of the levels that it removes, in the whole ensemble as truncations see it: at T, or at T = 1 where the
    /// temperature stands last. What all truncations remove and what they keep adds up to 1.
    pub removed: f64,
}

impl Pipeline {
    /// What each truncation does to `spectrum` at `temperature`, in the order they act, `[n_truncations]`.
    ///
    /// # Errors
    ///
    /// As [`Pipeline::apply`].
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::ensemble::Spectrum;
    /// use gibbs::tokens::truncation::{Pipeline, Truncation};
    /// use gibbs::units::Temperature;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let tokens = Spectrum::from_logits(&[0.4f64, 0.3, 0.2, 0.1].map(f64::ln))?;
    /// // Of the three that top-k keeps, the first two have 7/9 of the probability.
    /// let pipeline = Pipeline::new(vec![Truncation::top_k(3)?, Truncation::top_p(0.75)?], None, None)?;
    /// let [top_k, top_p] = pipeline.stages(&tokens, Temperature::new(1.0)?)?[..] else { panic!() };
    /// assert_eq!((top_k.n_kept, top_p.n_kept), (3, 2));
    /// assert!((top_k.removed - 0.1).abs() < 1e-15 && (top_p.removed - 0.2).abs() < 1e-15);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stages(&self, spectrum: &Spectrum, temperature: Temperature) -> Result<Vec<Stage>, TruncationError> {
        let whole = Canonical::new(spectrum, self.seen(temperature.beta()));
        let mut stages = Vec::new();
        self.cut(spectrum, temperature.beta(), |truncation, before, after| {
            let removed = (0..after.len()).filter(|&i| after.is_forbidden(i) && !before.is_forbidden(i));
            let removed = sum(removed.map(|i| whole.probability(i))).min(1.0);
            let n_kept = (0..after.len()).filter(|&i| !after.is_forbidden(i)).count();
            stages.push(Stage { truncation, n_kept, removed });
        })?;
        Ok(stages)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Engine, TemperatureOrder};
    use super::*;

    #[test]
    fn what_is_removed_and_what_is_kept_add_up() {
        let logits: Vec<f64> = (0..60).map(|i| -0.07 * f64::from(i * i % 41)).collect();
        let spectrum = Spectrum::from_logits(&logits).unwrap();
        let truncations =
            vec![Truncation::top_p(0.95).unwrap(), Truncation::min_p(0.1).unwrap(), Truncation::top_k(20).unwrap()];
        for (engine, order) in [
            (None, None),
            (None, Some(TemperatureOrder::Last)),
            (Some(Engine::LlamaCpp), None),
            (Some(Engine::Vllm), None),
        ] {
            let pipeline = Pipeline::new(truncations.clone(), engine, order).unwrap();
            for t in [0.0, 0.3, 1.0, 4.0, f64::INFINITY] {
                let temperature = Temperature::new(t).unwrap();
                let stages = pipeline.stages(&spectrum, temperature).unwrap();
                let kept = pipeline.apply(&spectrum, temperature).unwrap();
                assert_eq!(stages.iter().map(|stage| stage.truncation).collect::<Vec<_>>(), pipeline.truncations());
                assert_eq!(stages[2].n_kept, kept.n_kept);
                assert!(stages.is_sorted_by_key(|stage| std::cmp::Reverse(stage.n_kept)));
                // The mass that is kept, at the temperature that the truncations see.
                let whole = Canonical::new(&spectrum, pipeline.seen(temperature.beta()));
                let is_kept = |&i: &usize| !kept.spectrum.is_forbidden(i);
                let mass: f64 = (0..60).filter(is_kept).map(|i| whole.probability(i)).sum();
                let removed: f64 = stages.iter().map(|stage| stage.removed).sum();
                assert!((removed + mass - 1.0).abs() < 1e-12, "{pipeline} at T = {t}: {removed} and {mass}");
            }
        }
    }

    #[test]
    fn what_is_removed_keeps_its_digits() {
        let spectrum = Spectrum::from_logits(&[0.0, -60.0]).unwrap();
        let pipeline = Pipeline::new(vec![Truncation::top_k(1).unwrap()], None, None).unwrap();
        let removed = pipeline.stages(&spectrum, Temperature::new(1.0).unwrap()).unwrap()[0].removed;
        assert!((removed / (-60f64).exp() - 1.0).abs() < 1e-12, "{removed}");
    }
}
