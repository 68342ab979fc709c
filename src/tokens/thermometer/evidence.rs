//! From the tests to the name of the mistake, where one is recognized.

use super::answers::rare_repetition;
use super::battery::{Battery, TestKind, TestedSetting, temperature_p_value};
use super::diagnosis::{Alternative, Diagnosis};
use super::gap_quantum::GapQuantum;
use super::hidden::{HiddenTruncations, fits};
use super::likelihood::{FitStatus, Likelihood, LikelihoodPoint, TemperatureFit};
use super::requested::RequestedDraws;
use super::search::INDISTINGUISHABLE;
use crate::rng::Seed;
use crate::tokens::LogprobsMode;
use crate::tokens::{Position, TokensError};

/// All that a diagnosis goes by.
pub(super) struct Evidence<'e> {
    /// The draws, and how many are outside the requested truncations.
    pub requested: RequestedDraws<'e>,
    pub fit: &'e TemperatureFit,
    pub maximum: &'e LikelihoodPoint,
    /// The tests at the fitted temperature.
    pub at_fit: &'e Battery,
    pub hidden: &'e HiddenTruncations,
    /// The tests of the requested setting, and its b in units of the reference.
    pub tested: Option<(&'e TestedSetting, f64)>,
    /// The requested temperature.
    pub temperature: Option<f64>,
    pub quantum: Option<&'e GapQuantum>,
    pub positions: &'e [Position],
    pub seed: Seed,
}

impl Evidence<'_> {
    /// Names what the draws show, the plainest first.
    pub fn diagnoses(&self) -> Result<Vec<Diagnosis>, TokensError> {
        let mut found = self.impossible_draws();
        let truncation = self.hidden_truncation();
        // A truncation leaves no unlisted tokens.
        let none_unlisted = truncation.is_some() && self.requested.likelihood.n_unlisted() == 0;
        match truncation {
            Some((truncation, behind)) => {
                found.push(truncation);
                if !fits(behind, self.at_fit.alpha_each, self.seed)? {
                    found.insert(0, Diagnosis::NotBoltzmann);
                } else {
                    found.extend(self.temperature_behind(behind)?);
                }
            }
            None => {
                found.extend(self.temperature_alone()?);
                found.extend(self.form_alone());
            }
        }
        if self.tested.is_some_and(|(tested, _)| tested.rejected) {
            found.extend(self.other_gaps());
            found.extend(self.rare_repetition()?);
        }
        if self.excited_at_zero() {
            found.push(Diagnosis::OtherTemperature);
        }
        if !none_unlisted && self.rejects(TestKind::Unlisted) && self.at_fit.rejects(TestKind::Unlisted) {
            found.push(Diagnosis::UnlistedCount);
        }
        if found.is_empty() {
            let rejected = self.tested.is_some_and(|(tested, _)| tested.rejected);
            found.push(if rejected { self.by_rejecting_test() } else { self.nothing_wrong() });
        }
        Ok(found)
    }

    /// Whether the test of the requested setting rejects, or that at the fitted temperature where none is requested.
    fn rejects(&self, kind: TestKind) -> bool {
        self.tested.map_or(self.at_fit, |(tested, _)| &tested.battery).rejects(kind)
    }

    /// Draws of tokens that no such sampler draws.
    fn impossible_draws(&self) -> Vec<Diagnosis> {
        let outside = self.requested.n_outside;
        let impossible = self.requested.likelihood.n_impossible() - outside;
        let outside = (outside > 0).then_some(Diagnosis::OutsideTruncation { n: outside });
        let impossible = (impossible > 0).then_some(Diagnosis::Impossible { n: impossible });
        outside.into_iter().chain(impossible).collect()
    }

    /// The hidden truncations, with the draws against what they leave: two if one does not explain the draws.
    fn hidden_truncation(&self) -> Option<(Diagnosis, &Likelihood<'static>)> {
        match &self.hidden.pair {
            Some((pair, behind)) => Some((Diagnosis::HiddenTruncations(Box::new(pair.clone())), behind)),
            None => self.single_truncation().zip(self.hidden.behind.as_ref()),
        }
    }

    /// The most likely truncation, where it gains more than chance does.
    fn single_truncation(&self) -> Option<Diagnosis> {
        let (best, others) = self.hidden.candidates.split_first()?;
        let n_hypotheses = self.at_fit.truncation.as_ref().map_or(1, |test| test.n_hypotheses);
        if best.gain < (n_hypotheses as f64 / self.at_fit.alpha_each).ln() {
            return None;
        }
        let alike = others
            .iter()
            .filter(|other| best.gain - other.gain < INDISTINGUISHABLE)
            .map(|other| Alternative { kind: other.kind, parameter: other.parameter, order: other.order })
            .collect();
        Some(Diagnosis::HiddenTruncation {
            truncation: best.kind,
            order: best.order,
            parameter: best.parameter,
            parameter_low: best.parameter_low,
            parameter_high: best.parameter_high,
            parameter_after: best.after.map(|[parameter, ..]| parameter),
            alike,
        })
    }

    /// The mistake in the temperature that is left behind hidden truncations.
    fn temperature_behind(&self, behind: &Likelihood<'_>) -> Result<Option<Diagnosis>, TokensError> {
        let Some((_, beta)) = self.tested else { return Ok(None) };
        let maximum = behind.maximum();
        if temperature_p_value(behind, beta, &maximum)? >= self.at_fit.alpha_each {
            return Ok(None);
        }
        // Not all truncations were tried, and few of them together.
        Ok(Some(match self.wrong_temperature(behind, &maximum, beta)? {
            Diagnosis::OtherTemperature => Diagnosis::OtherTemperatureOrTruncation,
            named => named,
        }))
    }

    /// The mistake in the temperature without any truncation.
    fn temperature_alone(&self) -> Result<Option<Diagnosis>, TokensError> {
        let rejected = self.tested.filter(|_| self.rejects(TestKind::Temperature));
        rejected.map(|(_, beta)| self.wrong_temperature(self.requested.likelihood, self.maximum, beta)).transpose()
    }

    /// What no temperature explains without any truncation.
    fn form_alone(&self) -> Option<Diagnosis> {
        if self.at_fit.rejects(TestKind::Ranks) {
            Some(Diagnosis::NotBoltzmann)
        } else {
            self.at_fit.rejects(TestKind::Tail).then_some(Diagnosis::WrongTail)
        }
    }

    /// The temperatures that the gaps are of, where they are not of the requested one.
    fn other_gaps(&self) -> Option<Diagnosis> {
        let quantum = self.quantum.filter(|_| self.rejects(TestKind::Gaps))?;
        Some(Diagnosis::OtherGaps { temperatures: quantum.temperatures.clone() })
    }

    /// Tokens of the answer that were drawn again too rarely for the requested and for the measured temperature.
    fn rare_repetition(&self) -> Result<Option<Diagnosis>, TokensError> {
        let betas: Vec<f64> = self.tested.iter().map(|(_, beta)| *beta).chain([self.maximum.beta]).collect();
        let found = rare_repetition(self.positions, &betas, self.at_fit.alpha_each)?;
        Ok(found.map(Diagnosis::RareRepetition))
    }

    /// Whether T = 0 is requested and other than most likely tokens are drawn.
    fn excited_at_zero(&self) -> bool {
        let frozen = self.tested.is_some_and(|(_, beta)| beta == f64::INFINITY);
        frozen && self.requested.likelihood.n_excited(f64::INFINITY) > 0
    }

    /// A rejection without another name: by the test that rejects.
    fn by_rejecting_test(&self) -> Diagnosis {
        if self.rejects(TestKind::Unlisted) {
            Diagnosis::UnlistedCount
        } else if self.rejects(TestKind::Ranks) || self.rejects(TestKind::Truncation) {
            Diagnosis::NotBoltzmann
        } else if self.rejects(TestKind::Tail) {
            Diagnosis::WrongTail
        } else {
            Diagnosis::OtherTemperature
        }
    }

    fn nothing_wrong(&self) -> Diagnosis {
        if self.fit.status == FitStatus::NotIdentifiable {
            Diagnosis::NotIdentifiable
        } else if self.tested.is_some_and(|(tested, _)| tested.mode == LogprobsMode::Tempered) {
            Diagnosis::AsReported
        } else {
            Diagnosis::Consistent
        }
    }

    /// The name of a wrong temperature. `requested`: b in units of the reference.
    fn wrong_temperature(
        &self,
        draws: &Likelihood<'_>,
        maximum: &LikelihoodPoint,
        requested: f64,
    ) -> Result<Diagnosis, TokensError> {
        let alpha_each = self.at_fit.alpha_each;
        if maximum.beta == f64::INFINITY {
            return Ok(Diagnosis::Greedy);
        }
        if maximum.beta <= 0.0 || temperature_p_value(draws, 0.0, maximum)? >= alpha_each {
            return Ok(Diagnosis::InfinitelyHot);
        }
        // 1/T once too often or too rarely, in units of the reference.
        let factor = self.temperature.map_or(1.0, |t| 1.0 / t);
        let named = [
            (requested * factor, Diagnosis::AppliedTwice),
            (requested / factor, Diagnosis::NotApplied),
            (requested / (factor * factor), Diagnosis::Inverse),
        ];
        let mut best = (alpha_each, Diagnosis::OtherTemperature);
        for (beta, diagnosis) in named.into_iter().filter(|(beta, _)| beta.is_finite() && *beta > 0.0) {
            let p_value = temperature_p_value(draws, beta, maximum)?;
            if p_value >= best.0 {
                best = (p_value, diagnosis);
            }
        }
        Ok(best.1)
    }
}
