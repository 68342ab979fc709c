//! Truncations one after the other, before or after the temperature, on a spectrum of tokens.

use std::fmt;

use super::engine::{Engine, TemperatureOrder};
use super::error::TruncationError;
use super::kind::{Ties, TruncationKind};
use super::single::Truncation;
use super::threshold::kept_by;
use crate::ensemble::{Canonical, Spectrum};
use crate::numerics::sum;
use crate::units::{Beta, Temperature};

/// One truncation with the rules it goes by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stage {
    pub truncation: Truncation,
    pub ties: Ties,
    /// Whether typical needs a mass greater than its parameter, not one that reaches it.
    pub exceeds: bool,
    /// Whether it counts the probabilities before any truncation.
    pub of_the_whole: bool,
}

impl Stage {
    fn keeps(self, threshold: f64) -> bool {
        let Truncation { kind, parameter } = self.truncation;
        kind.keeps(parameter, threshold) || self.exceeds && parameter == threshold
    }
}

/// A sequence of truncations and the place of the temperature.
///
/// Our own rules are the order given and the temperature first, each truncation acting on what the one before has
/// left, renormalized; top-k and typical keep tokens tied with the last one, top-p does not. With an [`Engine`] order, ties and
/// boundaries are those of the engine and the order given does not matter.
///
/// # Examples
///
/// Truncating first and heating after is another ensemble than heating first:
///
/// ```
/// use gibbs::ensemble::{Canonical, Spectrum};
/// use gibbs::tokens::truncation::{Engine, Pipeline, Truncation};
/// use gibbs::units::Temperature;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let spectrum = Spectrum::from_logits(&[3.0, 1.0, 0.0, -1.0, -1.5])?;
/// let entropy = |engine: Engine| -> Result<f64, Box<dyn std::error::Error>> {
///     let pipeline = Pipeline::new(vec![Truncation::top_p(0.9)?], Some(engine), None)?;
///     let kept = pipeline.apply(&spectrum, Temperature::new(2.0)?)?;
///     Ok(Canonical::new(&kept.spectrum, kept.beta).thermo().entropy)
/// };
/// assert!(entropy(Engine::Transformers)? > entropy(Engine::LlamaCpp)? + 0.4);
/// # Ok(())
/// # }
/// ```
///
/// The default is no truncation at all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pipeline {
    pub(super) stages: Vec<Stage>,
    pub(super) temperature: TemperatureOrder,
    pub(super) engine: Option<Engine>,
}

/// A truncated ensemble: [`Canonical::new`]`(&truncated.spectrum, truncated.beta)` gives its probabilities, U, S and C.
#[derive(Clone, Debug, PartialEq)]
pub struct Truncated {
    /// The levels, `[n_levels]` as before, those not kept forbidden.
    pub spectrum: Spectrum,
    /// The inverse temperature.
    pub beta: Beta,
    /// Number of levels kept.
    pub n_kept: usize,
    /// Their probability in the whole ensemble at this beta.
    pub kept_mass: f64,
}

impl Pipeline {
    /// Truncations in the order given or, with `engine`, in the engine's; `temperature` overrides where the temperature stands.
    ///
    /// # Errors
    ///
    /// A kind that the engine does not have, or one given to it twice.
    pub fn new(
        truncations: Vec<Truncation>,
        engine: Option<Engine>,
        temperature: Option<TemperatureOrder>,
    ) -> Result<Self, TruncationError> {
        let stage = |truncation: Truncation| {
            let ties = engine.map_or(truncation.kind.own_ties(), |engine| engine.ties(truncation.kind));
            let exceeds = engine == Some(Engine::LlamaCpp) && truncation.kind == TruncationKind::Typical;
            Stage { truncation, ties, exceeds, of_the_whole: engine == Some(Engine::Candle) }
        };
        let mut stages: Vec<Stage> = truncations.into_iter().map(stage).collect();
        if let Some(engine) = engine {
            let place = |stage: &Stage| engine.order().iter().position(|&kind| kind == stage.truncation.kind);
            if let Some(stage) = stages.iter().find(|stage| place(stage).is_none()) {
                return Err(TruncationError::Unsupported { engine, kind: stage.truncation.kind });
            }
            stages.sort_by_key(place);
            let twice = stages.windows(2).find(|pair| place(&pair[0]) == place(&pair[1]));
            if let Some(pair) = twice {
                return Err(TruncationError::Repeated { engine, kind: pair[0].truncation.kind });
            }
        }
        let own = engine.map_or(TemperatureOrder::First, Engine::temperature_order);
        Ok(Self { stages, temperature: temperature.unwrap_or(own), engine })
    }

    /// Whether there is no truncation: every allowed token is kept.
    #[must_use]
    pub fn keeps_all(&self) -> bool {
        self.stages.is_empty()
    }

    /// The truncations in the order they act.
    #[must_use]
    pub fn truncations(&self) -> Vec<Truncation> {
        self.stages.iter().map(|stage| stage.truncation).collect()
    }

    /// The engine whose rules are followed.
    #[must_use]
    pub fn engine(&self) -> Option<Engine> {
        self.engine
    }

    /// Where the temperature stands.
    #[must_use]
    pub fn temperature_order(&self) -> TemperatureOrder {
        self.temperature
    }

    /// The inverse temperature at which the truncations see the levels.
    pub(super) fn seen(&self, beta: Beta) -> Beta {
        match self.temperature {
            TemperatureOrder::First => beta,
            TemperatureOrder::Last => Beta::new(1.0).unwrap_or(beta),
        }
    }

    /// The truncated ensemble of `spectrum` at `temperature`.
    ///
    /// At T = 0 and T = infinity the kept set is the limit of the kept sets: top-k keeps k tokens at any T. At T = 0 the ensemble
    /// is uniform over the lowest of the kept levels: over all maxima where the engines choose one. Behind truncations at
    /// T = 1 any temperature is one of the kept levels, negative ones included.
    ///
    /// # Errors
    ///
    /// A level of a degeneracy other than 1, unless there is nothing to truncate.
    pub fn apply(&self, spectrum: &Spectrum, temperature: Temperature) -> Result<Truncated, TruncationError> {
        let beta = temperature.beta();
        if self.keeps_all() {
            let n_kept = spectrum.excitations().iter().filter(|x| x.is_finite()).count();
            return Ok(Truncated { spectrum: spectrum.clone(), beta, n_kept, kept_mass: 1.0 });
        }
        let kept = self.cut(spectrum, beta, |_, _, _| {})?;
        let is_kept = |&i: &usize| !kept.is_forbidden(i);
        let n_kept = (0..kept.len()).filter(is_kept).count();
        let whole = Canonical::new(spectrum, beta);
        let kept_mass = sum((0..kept.len()).filter(is_kept).map(|i| whole.probability(i))).min(1.0);
        Ok(Truncated { spectrum: kept, beta, n_kept, kept_mass })
    }

    /// `spectrum` with the levels forbidden that the truncations do not keep; `behind` sees the levels before and after each of them.
    pub(super) fn cut(
        &self,
        spectrum: &Spectrum,
        beta: Beta,
        mut behind: impl FnMut(Truncation, &Spectrum, &Spectrum),
    ) -> Result<Spectrum, TruncationError> {
        let degenerate = || (0..spectrum.len()).find(|&i| spectrum.ln_degeneracy(i) != 0.0);
        if let (false, Some(level)) = (self.keeps_all(), degenerate()) {
            return Err(TruncationError::Degenerate(level));
        }
        let seen = self.seen(beta);
        let mut kept = spectrum.clone();
        for stage in &self.stages {
            let ensemble = Canonical::new(if stage.of_the_whole { spectrum } else { &kept }, seen);
            let keeps = kept_by(stage.truncation.kind, stage.ties, &ensemble, |threshold| stage.keeps(threshold));
            // From the levels as given: no rounding piles up when the ground level changes.
            let level = |(i, keeps): (usize, bool)| {
                if keeps && !kept.is_forbidden(i) { spectrum.excitation(i) } else { f64::INFINITY }
            };
            let excitations = keeps.into_iter().enumerate().map(level).collect();
            let rest = Spectrum::from_excitations(spectrum.ground_energy(), excitations)?;
            behind(stage.truncation, &kept, &rest);
            kept = rest;
        }
        Ok(kept)
    }
}

/// The steps in order, then the engine: `top-p 0.9, temperature (llama.cpp)`.
impl fmt::Display for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut steps: Vec<String> = self.stages.iter().map(|stage| stage.truncation.to_string()).collect();
        match self.temperature {
            TemperatureOrder::First => steps.insert(0, "temperature".to_owned()),
            TemperatureOrder::Last => steps.push("temperature".to_owned()),
        }
        f.write_str(&steps.join(", "))?;
        self.engine.map_or(Ok(()), |engine| write!(f, " ({engine})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(truncations: &[Truncation], engine: Option<Engine>, logits: &[f64], t: f64) -> Vec<usize> {
        let spectrum = Spectrum::from_logits(logits).unwrap();
        let pipeline = Pipeline::new(truncations.to_vec(), engine, None).unwrap();
        let truncated = pipeline.apply(&spectrum, Temperature::new(t).unwrap()).unwrap();
        (0..logits.len()).filter(|&i| !truncated.spectrum.is_forbidden(i)).collect()
    }

    #[test]
    fn engines_differ_in_ties() {
        let top_k = [Truncation::top_k(2).unwrap()];
        let logits = [0.0, 1.0, 0.0, 0.0];
        assert_eq!(kept(&top_k, None, &logits, 1.0), [0, 1, 2, 3]);
        assert_eq!(kept(&top_k, Some(Engine::Transformers), &logits, 1.0), [0, 1, 2, 3]);
        assert_eq!(kept(&top_k, Some(Engine::Vllm), &logits, 1.0), [0, 1, 2, 3]);
        assert_eq!(kept(&top_k, Some(Engine::LlamaCpp), &logits, 1.0), [0, 1]);
        assert_eq!(kept(&top_k, Some(Engine::Candle), &logits, 1.0), [0, 1]);
    }

    #[test]
    fn engines_differ_at_the_bound_of_typical() {
        let typical = [Truncation::typical(0.5).unwrap()];
        assert_eq!(kept(&typical, Some(Engine::Transformers), &[0.0; 4], 1.0).len(), 4);
        assert_eq!(kept(&typical, Some(Engine::LlamaCpp), &[0.0; 4], 1.0).len(), 3);
    }

    #[test]
    fn candle_does_not_renormalize_between_top_k_and_top_p() {
        let logits: Vec<f64> = [0.4f64, 0.2, 0.2, 0.15, 0.05].iter().map(|p| p.ln()).collect();
        let both = [Truncation::top_k(2).unwrap(), Truncation::top_p(0.6).unwrap()];
        // Of the two, the first has 2/3 of the mass of both, but 0.4 of the whole.
        assert_eq!(kept(&both, Some(Engine::Transformers), &[logits[0], logits[1]], 1.0), [0]);
        let both_of_four = [Truncation::top_k(4).unwrap(), Truncation::top_p(0.63).unwrap()];
        assert_eq!(kept(&both_of_four, Some(Engine::Transformers), &logits, 1.0), [0, 1]);
        assert_eq!(kept(&both_of_four, Some(Engine::Candle), &logits, 1.0), [0, 1, 2]);
    }

    #[test]
    fn the_order_of_an_engine_overrides_the_order_given() {
        let mixed =
            vec![Truncation::top_p(0.9).unwrap(), Truncation::min_p(0.1).unwrap(), Truncation::top_k(7).unwrap()];
        let order = |engine| Pipeline::new(mixed.clone(), engine, None).unwrap().to_string();
        assert_eq!(order(None), "temperature, top-p 0.9, min-p 0.1, top-k 7");
        assert_eq!(order(Some(Engine::LlamaCpp)), "top-k 7, top-p 0.9, min-p 0.1, temperature (llama.cpp)");
        assert_eq!(order(Some(Engine::Transformers)), "temperature, top-k 7, top-p 0.9, min-p 0.1 (transformers)");
        assert_eq!(order(Some(Engine::Vllm)), "temperature, min-p 0.1, top-k 7, top-p 0.9 (vllm)");
        let last = Pipeline::new(mixed, None, Some(TemperatureOrder::Last)).unwrap();
        assert_eq!(last.to_string(), "top-p 0.9, min-p 0.1, top-k 7, temperature");
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let message = |truncations, engine| Pipeline::new(truncations, Some(engine), None).unwrap_err().to_string();
        let eta = Truncation::eta(0.1).unwrap();
        assert_eq!(
            message(vec![eta], Engine::LlamaCpp),
            "llama.cpp has no eta, only top-n-sigma, top-k, typical, top-p, min-p"
        );
        let top_p = Truncation::top_p(0.9).unwrap();
        assert_eq!(message(vec![top_p, top_p], Engine::Candle), "candle takes top-p once, got it twice");
        let doublet = Spectrum::with_degeneracies(vec![0.0, 1.0], &[1.0, 2.0]).unwrap();
        let pipeline = Pipeline::new(vec![top_p], None, None).unwrap();
        let refused = pipeline.apply(&doublet, Temperature::new(1.0).unwrap()).unwrap_err().to_string();
        assert_eq!(refused, "truncations act on tokens, levels of degeneracy 1, but level 1 has another");
        let all = Pipeline::new(vec![], None, None).unwrap();
        assert!(all.keeps_all() && all.apply(&doublet, Temperature::ZERO).unwrap().n_kept == 2);
    }

    #[test]
    fn spans_without_squares_and_levels_without_width_are_truncated_too() {
        for logits in [vec![8e307, -8e307, 0.0, f64::NEG_INFINITY], vec![1e-320, 0.0, 0.0], vec![3.0]] {
            let spectrum = Spectrum::from_logits(&logits).unwrap();
            for kind in TruncationKind::ALL {
                let parameter = if kind == TruncationKind::TopK { 1.0 } else { 0.5 };
                let pipeline = Pipeline::new(vec![Truncation::new(kind, parameter).unwrap()], None, None).unwrap();
                for t in [0.0, 1e-300, 1.0, 1e300, f64::INFINITY, -1.0] {
                    let truncated = pipeline.apply(&spectrum, Temperature::new(t).unwrap()).unwrap();
                    assert!(truncated.n_kept >= 1 && truncated.kept_mass > 0.0, "{kind} of {logits:?} at T = {t}");
                }
            }
        }
    }

    #[test]
    fn extreme_temperatures_have_a_meaning() {
        let logits = [1.0, 2.0, 2.0, -1.0, f64::NEG_INFINITY];
        let spectrum = Spectrum::from_logits(&logits).unwrap();
        let thermo = |pipeline: &Pipeline, t: f64| {
            let truncated = pipeline.apply(&spectrum, Temperature::new(t).unwrap()).unwrap();
            Canonical::new(&truncated.spectrum, truncated.beta).thermo()
        };
        for order in [TemperatureOrder::First, TemperatureOrder::Last] {
            let top_k = Pipeline::new(vec![Truncation::top_k(3).unwrap()], None, Some(order)).unwrap();
            assert_eq!(thermo(&top_k, 0.0).entropy, 2f64.ln());
            assert!((thermo(&top_k, f64::INFINITY).entropy - 3f64.ln()).abs() < 1e-15);
        }
        let one = |order| Pipeline::new(vec![Truncation::top_k(1).unwrap()], None, Some(order)).unwrap();
        // Population inversion: the least likely token leads, or of the kept ones the least likely.
        assert_eq!(thermo(&one(TemperatureOrder::First), -1.0).energy, 1.0);
        assert_eq!(thermo(&one(TemperatureOrder::Last), -1.0).energy, -2.0);
    }
}
