//! What these draws would have shown, and what no such draws can show.

use serde::Serialize;

use super::likelihood::Likelihood;
use crate::estimators::normal_quantile;
use crate::tokens::TokensError;

/// Probability with which an error of the stated size is found.
pub const POWER: f64 = 0.95;

/// The smallest errors that the tests find with probability [`POWER`], at the level of significance they use.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Power {
    /// Level of significance of each test.
    pub alpha_each: f64,
    /// Sum over draws of C at the tested temperature.
    pub sum_heat_capacity: f64,
    /// Smallest relative error of T that is found; `None` if the sum of C is too small for any. At T = infinity: the smallest 1/T that is found.
    pub relative_temperature_error: Option<f64>,
    /// The same before it is compared with 1; `None` if these draws tell nothing.
    #[serde(skip)]
    error: Option<f64>,
    /// Smallest mean share of the probability whose removal is found: ln(kinds/alpha_each)/n.
    pub removed_share: f64,
    /// Gap E - E_0 up to which the draws reach: a cut or a cap of the noise at any smaller gap is found; `None` if the
    /// whole spectra have too few draws.
    pub deepest_gap: Option<f64>,
}

impl Power {
    /// At b, for tests at `alpha_each` and a truncation test over `n_hypotheses`.
    pub(super) fn at(
        likelihood: &Likelihood<'_>,
        beta: f64,
        alpha_each: f64,
        n_hypotheses: usize,
    ) -> Result<Self, TokensError> {
        let point = likelihood.at(beta);
        let sum_heat_capacity = if beta.is_finite() { beta * beta * point.information } else { 0.0 };
        let sigmas = -normal_quantile(0.5 * alpha_each)? + normal_quantile(POWER)?;
        let error = sigmas / if beta == 0.0 { point.information.sqrt() } else { sum_heat_capacity.sqrt() };
        let needed = (n_hypotheses.max(1) as f64 / alpha_each).ln();
        Ok(Self {
            alpha_each,
            sum_heat_capacity,
            relative_temperature_error: (error < 1.0).then_some(error),
            error: error.is_finite().then_some(error),
            removed_share: needed / likelihood.n_draws() as f64,
            deepest_gap: deepest_gap(likelihood, beta, needed),
        })
    }
}

impl Power {
    /// Draws that would show a relative error of `detect` with the same probability, if they tell as much as these `n` do.
    pub(super) fn tokens_to_see(&self, detect: f64, n: u64) -> Option<u64> {
        self.error.map(|error| (n as f64 * (error / detect).powi(2)).ceil() as u64)
    }
}

/// The gap beyond which `needed` draws are expected.
fn deepest_gap(likelihood: &Likelihood<'_>, beta: f64, needed: f64) -> Option<f64> {
    let mut levels = Vec::new();
    for tally in likelihood.tallies.iter().filter(|tally| tally.n > 0) {
        let ensemble = tally.at(beta);
        let excitations = tally.spectrum.excitations().iter().enumerate();
        let allowed = excitations.filter(|(_, gap)| **gap < f64::INFINITY);
        levels.extend(allowed.map(|(i, &gap)| (gap, tally.n as f64 * ensemble.probability(i))));
    }
    levels.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let mut expected = 0.0;
    let reached = levels.into_iter().find(|(_, draws)| {
        expected += draws;
        expected > needed
    });
    reached.map(|(gap, _)| gap).filter(|gap| *gap > 0.0)
}
