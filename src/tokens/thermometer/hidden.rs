//! Which hidden truncations explain what a temperature alone does not.

use super::battery::temperature_p_value;
use super::likelihood::{FitStatus, Likelihood, TemperatureFit};
use super::pairs::{PairSearch, TruncationPair};
use super::ranks::RankUniformity;
use super::request::Request;
use super::requested::{RequestedDraws, is_among};
use super::search::{self, Candidate, INDISTINGUISHABLE};
use crate::rng::Seed;
use crate::tokens::TokensError;

/// Levels of all positions together that are searched; of more, evenly spaced positions are.
const MOST_LEVELS: usize = 8_000_000;

/// What hidden truncations explain of the draws.
#[derive(Debug, Default)]
pub(super) struct HiddenTruncations {
    /// How many positions were searched, where not all were.
    pub n_searched: Option<usize>,
    /// Single truncations more likely than none by more than [`INDISTINGUISHABLE`], the most likely first.
    pub candidates: Vec<Candidate>,
    /// The draws against what the first of them leaves.
    pub behind: Option<Likelihood<'static>>,
    /// Two truncations that explain what the first alone does not, with the draws against what they leave.
    pub pair: Option<(TruncationPair, Likelihood<'static>)>,
}

/// What the search starts from.
pub(super) struct HiddenSearch<'s, 'a> {
    /// All draws, against the spectra as they are reported.
    pub whole: &'s Likelihood<'a>,
    /// The draws against what the requested truncations leave.
    pub requested: RequestedDraws<'s>,
    /// The requested b in units of the reference.
    pub beta: Option<f64>,
    /// Whether the reported distribution is that after the temperature.
    pub tempered: bool,
    pub request: &'s Request,
    /// Level of significance of each test.
    pub alpha_each: f64,
    pub seed: Seed,
}

impl HiddenSearch<'_, '_> {
    /// Looks for one truncation, and for two where one does not explain the draws.
    ///
    /// Beside a requested truncation: another one in its place, or else a further one.
    pub fn run(&self, fit: &TemperatureFit) -> Result<HiddenTruncations, TokensError> {
        let levels: usize = self.whole.tallies.iter().map(|tally| tally.spectrum.len()).sum();
        let step = levels.div_ceil(MOST_LEVELS);
        if step <= 1 {
            return self.search(fit);
        }
        let [whole, likelihood] = [self.whole, self.requested.likelihood].map(|draws| draws.thinned(step));
        let requested = RequestedDraws { likelihood: &likelihood, ..self.requested };
        let found = HiddenSearch { whole: &whole, requested, ..*self }.search(fit)?;
        Ok(HiddenTruncations { n_searched: Some(whole.tallies.len()), ..found })
    }

    fn search(&self, fit: &TemperatureFit) -> Result<HiddenTruncations, TokensError> {
        if fit.status != FitStatus::Measured {
            return Ok(HiddenTruncations::default());
        }
        let mut searched = self.whole;
        let mut candidates = self.candidates(searched)?;
        if candidates.first().is_some_and(|best| self.is_requested(best)) {
            searched = self.requested.likelihood;
            candidates = self.candidates(searched)?;
        }
        candidates.retain(|candidate| candidate.gain > INDISTINGUISHABLE);
        let Some(best) = candidates.first() else { return Ok(HiddenTruncations::default()) };
        let behind = search::behind(searched, best)?;
        let pair = if self.explains(&behind)? { None } else { self.pair(searched, best)? };
        Ok(HiddenTruncations { behind: Some(behind), pair, candidates, n_searched: None })
    }

    fn candidates(&self, draws: &Likelihood<'_>) -> Result<Vec<Candidate>, TokensError> {
        search::candidates(draws, self.request.level, self.beta.as_slice(), self.tempered)
    }

    /// Whether `found` is a truncation that was requested and is obeyed.
    fn is_requested(&self, found: &Candidate) -> bool {
        self.requested.n_outside == 0 && self.request.pipeline().is_some_and(|pipeline| is_among(pipeline, found))
    }

    /// Whether the draws behind a truncation are those of the requested b, or of some b where none is requested.
    fn explains(&self, behind: &Likelihood<'_>) -> Result<bool, TokensError> {
        let at_requested = match self.beta {
            Some(beta) if beta.is_finite() => temperature_p_value(behind, beta, &behind.maximum())? >= self.alpha_each,
            _ => true,
        };
        Ok(at_requested && fits(behind, self.alpha_each, self.seed)?)
    }

    /// Two truncations that gain more than `best` alone and leave draws of some temperature.
    fn pair(
        &self,
        searched: &Likelihood<'_>,
        best: &Candidate,
    ) -> Result<Option<(TruncationPair, Likelihood<'static>)>, TokensError> {
        let search = PairSearch {
            likelihood: searched,
            level: self.request.level,
            near: self.beta.as_slice(),
            tempered: self.tempered,
        };
        match search.pair(best.gain, self.alpha_each)? {
            Some((pair, behind)) if fits(&behind, self.alpha_each, self.seed)? => Ok(Some((pair, behind))),
            _ => Ok(None),
        }
    }
}

/// Whether ranks and tails are those of some temperature.
pub(super) fn fits(draws: &Likelihood<'_>, alpha_each: f64, seed: Seed) -> Result<bool, TokensError> {
    let ranks = RankUniformity::at(draws, draws.maximum().beta, seed)?;
    Ok(ranks.ks_p_value >= alpha_each && ranks.tail_p_value >= alpha_each)
}
