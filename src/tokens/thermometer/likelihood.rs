//! The likelihood of a temperature given drawn tokens, its maximum and its interval.

use rayon::prelude::*;
use serde::Serialize;

use super::tally::Tally;
use crate::ensemble::Spectrum;
use crate::estimators::normal_quantile;
use crate::numerics::CompensatedSum;
use crate::tokens::Position;
use crate::tokens::TokensError;

/// Least sum of heat capacities that makes an estimate: at 4 the error is half of T.
pub const LEAST_SUM_C: f64 = 4.0;
/// Newton's iteration stops at a step of so many standard errors.
const RESOLUTION: f64 = 1e-10;
const MOST_STEPS: usize = 300;
/// Energies over T that rounding errors may have made of 0.
const ROUNDING: f64 = 1e-9;
/// Positions handed to a thread together.
const CHUNK: usize = 16;

/// ln L(b) = sum over draws of -b E(x) - ln Z(b), concave in b = 1/T, of tokens drawn from known spectra.
///
/// Draws are counted by position and level, so that an evaluation costs one pass over the spectra however many draws
/// there are. Of a partial spectrum the draws inside the list are used, with their law given that they are inside it:
/// softmax over the list at b, exact whatever the unlisted tokens are. Draws of forbidden tokens are set aside.
///
/// # Examples
///
/// ```
/// use gibbs::ensemble::Spectrum;
/// use gibbs::tokens::thermometer::Likelihood;
/// use gibbs::tokens::{Draw, Position};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // Two levels a gap of 1 apart, one draw in four excited: e^-b = 1/3.
/// let position = Position {
///     drawn: [0, 0, 0, 1].repeat(25).into_iter().map(Draw::Listed).collect(),
///     ..Position::full("row 1", Spectrum::new(vec![0.0, 1.0])?)
/// };
/// let fit = Likelihood::new(&[position])?.fit(0.95)?;
/// let temperature = fit.temperature.ok_or("measured")?;
/// assert!((temperature - 1.0 / 3f64.ln()).abs() < 1e-12);
/// assert!((fit.temperature_std_error.ok_or("measured")? / temperature - fit.sum_heat_capacity.sqrt().recip()).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Likelihood<'a> {
    pub(super) tallies: Vec<Tally<'a>>,
}

/// The likelihood and its slopes at one b.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LikelihoodPoint {
    /// b = 1/T.
    pub beta: f64,
    /// ln L.
    pub ln_likelihood: f64,
    /// d ln L/db = sum over draws of U(b) - E(x).
    pub score: f64,
    /// -d^2 ln L/db^2 = sum over draws of Var E; b^2 times it is the sum of heat capacities.
    pub information: f64,
}

/// What the draws say about the temperature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FitStatus {
    /// T with its error.
    Measured,
    /// Every draw is a most likely token: T = 0 fits best, and there is an upper bound alone.
    GroundStates,
    /// The draws are as hot as T = infinity or hotter: b <= 0 fits best.
    Inverted,
    /// The sum of heat capacities is below [`LEAST_SUM_C`]; or every draw is a most likely token and T has no bound; or b <= 0 fits best, but b = 1
    /// is not excluded.
    NotIdentifiable,
}

/// The maximum of the likelihood with its error and interval. None stands for infinity or, in errors, for unknown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TemperatureFit {
    /// What kind of answer it is.
    pub status: FitStatus,
    /// Most likely T in units of the reference; `None` if infinite.
    pub temperature: Option<f64>,
    /// Its standard error T/sqrt(sum C); `None` if sum C = 0 or T is infinite.
    pub temperature_std_error: Option<f64>,
    /// Lower end of the interval of T; `None` if b has no bound or no finite T belongs to it.
    pub temperature_low: Option<f64>,
    /// Upper end of the interval of T; `None` if it contains T = infinity.
    pub temperature_high: Option<f64>,
    /// Most likely b = 1/T; `None` if infinite.
    pub beta: Option<f64>,
    /// Its standard error; `None` if unknown.
    pub beta_std_error: Option<f64>,
    /// Lower end of the interval of b; `None` if unbounded.
    pub beta_low: Option<f64>,
    /// Upper end of the interval of b; `None` if unbounded.
    pub beta_high: Option<f64>,
    /// Confidence of the interval.
    pub level: f64,
    /// Sum over draws of C at the estimate: (T over its error) squared.
    pub sum_heat_capacity: f64,
    /// Draws used.
    pub n_draws: u64,
    /// ln L at the estimate.
    pub ln_likelihood: f64,
}

impl TemperatureFit {
    /// Whether the interval contains `beta`.
    #[must_use]
    pub fn contains(&self, beta: f64) -> bool {
        self.beta_low.is_none_or(|low| beta >= low) && self.beta_high.is_none_or(|high| beta <= high)
    }

    /// b as a number: plus or minus infinity where all draws are of the lowest or all of the highest levels.
    pub(super) fn beta_or_limit(&self) -> f64 {
        self.beta.unwrap_or(if self.status == FitStatus::Inverted { f64::NEG_INFINITY } else { f64::INFINITY })
    }
}

impl<'a> Likelihood<'a> {
    /// Counts the draws.
    ///
    /// # Errors
    ///
    /// A drawn level that the position does not list.
    pub fn new(positions: &'a [Position]) -> Result<Self, TokensError> {
        let with_list = positions.iter().filter(|position| !has_no_list(position));
        Ok(Self { tallies: with_list.map(Tally::new).collect::<Result<_, _>>()? })
    }

    /// Every `step`-th position with its draws.
    pub(super) fn thinned(&self, step: usize) -> Likelihood<'static> {
        let copy = |tally: &Tally<'_>| tally.constrained(tally.spectrum.clone().into_owned(), |_| None);
        Likelihood { tallies: self.tallies.iter().step_by(step).map(copy).collect() }
    }

    /// The same draws against other spectra of the same levels, in which more of them are forbidden.
    pub(super) fn constrained(&self, spectra: Vec<Spectrum>) -> Likelihood<'static> {
        Likelihood {
            tallies: self.tallies.iter().zip(spectra).map(|(tally, s)| tally.constrained(s, |_| None)).collect(),
        }
    }

    /// The same draws against the first `k` levels of each position alone, the likeliest, and those tied with the last.
    pub(super) fn first(&self, k: usize) -> Result<Likelihood<'static>, TokensError> {
        let tallies = self.tallies.par_iter().with_min_len(CHUNK).map(|tally| tally.first(k));
        Ok(Likelihood { tallies: tallies.collect::<Result<_, _>>()? })
    }

    /// Draws that the likelihood uses: of allowed listed tokens.
    #[must_use]
    pub fn n_draws(&self) -> u64 {
        self.tallies.iter().map(|tally| tally.n).sum()
    }

    /// Draws of tokens that no listed position allows: none comes from a correct sampler.
    #[must_use]
    pub fn n_impossible(&self) -> u64 {
        self.tallies.iter().map(|tally| tally.n_impossible).sum()
    }

    /// Draws of tokens outside the lists.
    #[must_use]
    pub fn n_unlisted(&self) -> u64 {
        self.tallies.iter().map(|tally| tally.n_unlisted).sum()
    }

    /// Draws of other levels than those that b = plus or minus infinity leaves.
    pub(super) fn n_excited(&self, beta: f64) -> u64 {
        let excited = |tally: &Tally<'_>| -> u64 {
            let base = if beta > 0.0 { 0.0 } else { tally.spectrum.highest_excitation() };
            tally.counts.iter().filter(|(level, _)| tally.spectrum.excitation(*level) != base).map(|(_, n)| n).sum()
        };
        self.tallies.iter().map(excited).sum()
    }

    /// ln L and its first two derivatives at b; plus and minus infinity are legal.
    #[must_use]
    pub fn at(&self, beta: f64) -> LikelihoodPoint {
        let of_tally = |tally: &Tally<'_>| -> [f64; 3] {
            if tally.n == 0 {
                return [0.0; 3];
            }
            let ensemble = tally.at(beta);
            let thermo = ensemble.thermo();
            let mean = thermo.energy - tally.spectrum.ground_energy();
            let (mut ln_likelihood, mut score) = (0.0, 0.0);
            for &(level, n) in &tally.counts {
                ln_likelihood += n as f64 * ensemble.ln_probability(level);
                score += n as f64 * (mean - tally.spectrum.excitation(level));
            }
            [ln_likelihood, score, tally.n as f64 * variance(tally, beta, thermo.heat_capacity)]
        };
        let parts: Vec<[f64; 3]> = self.tallies.par_iter().with_min_len(CHUNK).map(of_tally).collect();
        let total = |k: usize| parts.iter().map(|part| part[k]).collect::<CompensatedSum>().value();
        LikelihoodPoint { beta, ln_likelihood: total(0), score: total(1), information: total(2) }
    }

    /// Whether all draws are of the levels that are most likely at b = plus infinity, and at minus infinity.
    fn extremes(&self) -> (bool, bool) {
        let all = |at: &dyn Fn(&Tally<'_>) -> f64| {
            let same = |tally: &Tally<'_>| {
                tally.counts.iter().all(|&(level, _)| tally.spectrum.excitation(level) == at(tally))
            };
            self.tallies.iter().all(same)
        };
        (all(&|_| 0.0), all(&|tally| tally.spectrum.highest_excitation()))
    }

    /// The most likely b: where the energies drawn add up to the mean energies, sum E(x) = sum U(b).
    #[must_use]
    pub fn maximum(&self) -> LikelihoodPoint {
        if !self.tallies.iter().any(Tally::is_informative) {
            return self.at(1.0);
        }
        match self.extremes() {
            (true, _) => return self.at(f64::INFINITY),
            (_, true) => return self.at(f64::NEG_INFINITY),
            _ => {}
        }
        let drawn: f64 =
            self.tallies.iter().flat_map(|t| t.counts.iter().map(|&(i, n)| n as f64 * t.spectrum.excitation(i))).sum();
        let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
        let mut point = self.at(1.0);
        for _ in 0..MOST_STEPS {
            if point.score > 0.0 {
                low = point.beta
            } else {
                high = point.beta
            }
            // Newton's step for ln U, which is nearly linear in b in the cold: from s/I to (U/I) ln(1 + s/E).
            let step = (drawn + point.score) / point.information * (point.score / drawn).ln_1p();
            if step.abs() * point.information.sqrt() < RESOLUTION || step.abs() <= 1e-14 * point.beta.abs() {
                break;
            }
            let mut next = point.beta + step;
            let reach = 2.0 * point.beta.abs() + 1.0 / (point.information / self.n_draws() as f64).sqrt();
            if step.is_nan() || step.abs() > reach {
                next = point.beta + reach.min(1e3 + 4.0 * point.beta.abs()).copysign(point.score);
            }
            if !(next > low && next < high) {
                // Only a bracketed root is bisected for: without a bracket the step is lost in rounding.
                if !(low.is_finite() && high.is_finite()) {
                    break;
                }
                next = 0.5 * (low + high);
            }
            point = self.at(next);
        }
        point
    }

    /// The two b at which ln L has fallen by `drop` from its maximum; infinite where it never does.
    #[must_use]
    pub fn fallen_by(&self, maximum: &LikelihoodPoint, drop: f64) -> (f64, f64) {
        if !self.tallies.iter().any(Tally::is_informative) {
            return (f64::NEG_INFINITY, f64::INFINITY);
        }
        let side = |direction: f64| {
            if maximum.beta == direction * f64::INFINITY { maximum.beta } else { self.root(maximum, drop, direction) }
        };
        (side(-1.0), side(1.0))
    }

    /// Root of ln L(b) = maximum - drop on the side of the maximum that `direction` points to.
    fn root(&self, maximum: &LikelihoodPoint, drop: f64, direction: f64) -> f64 {
        let excess = |point: &LikelihoodPoint| maximum.ln_likelihood - point.ln_likelihood - drop;
        let finite = maximum.beta.is_finite();
        // From a maximum at infinity the search starts at b = 0.
        let mut inside = if finite { maximum.beta } else { f64::NAN };
        let mut step = if finite { direction * (2.0 * drop / maximum.information).sqrt() } else { -direction };
        let mut point = self.at(if finite { maximum.beta + step } else { 0.0 });
        if !finite && excess(&point) > 0.0 {
            // Towards the maximum until ln L is high enough.
            let mut outside = point.beta;
            for _ in 0..MOST_STEPS {
                point = self.at(outside + step);
                if excess(&point) <= 0.0 {
                    break;
                }
                outside = point.beta;
                step *= 2.0;
            }
            inside = point.beta;
            point = self.at(outside);
        } else {
            step = if finite { step } else { direction };
            for _ in 0..MOST_STEPS {
                if excess(&point) >= 0.0 {
                    break;
                }
                inside = point.beta;
                step *= 2.0;
                point = self.at(point.beta + step);
            }
        }
        let mut outside = point.beta;
        for _ in 0..MOST_STEPS {
            // ln L is concave, so Newton's step from outside falls short of the root or meets it.
            let mut next = point.beta + excess(&point) / point.score;
            let (low, high) = (inside.min(outside), inside.max(outside));
            if !(next > low && next < high) {
                next = 0.5 * (low + high);
            }
            let close = (next - point.beta).abs() <= 1e-12 * next.abs().max(1e-3 * (high - low));
            point = self.at(next);
            if excess(&point) >= 0.0 {
                outside = next
            } else {
                inside = next
            }
            if close || excess(&point).abs() < 1e-11 {
                break;
            }
        }
        point.beta
    }

    /// The most likely temperature with its error and its profile-likelihood interval at `level`.
    ///
    /// 2 (ln L(b^) - ln L(b)) <= chi-square quantile of one degree of freedom. Where all draws are of the lowest (or
    /// the highest) levels the interval is one-sided and exact: the probability of such draws at its end is 1 - level.
    ///
    /// # Errors
    ///
    /// A `level` outside (0, 1).
    pub fn fit(&self, level: f64) -> Result<TemperatureFit, TokensError> {
        let quantile = normal_quantile(0.5 + 0.5 * level)?;
        let maximum = self.maximum();
        let drop = if maximum.beta.is_finite() { 0.5 * quantile * quantile } else { -(-level).ln_1p() };
        let (low, high) = self.fallen_by(&maximum, drop);
        let informative = self.tallies.iter().any(Tally::is_informative);
        let sum_heat_capacity =
            if maximum.beta.is_finite() { maximum.beta * maximum.beta * maximum.information } else { 0.0 };
        let span = self.tallies.iter().map(|tally| tally.spectrum.highest_excitation()).fold(0.0, f64::max);
        let holds_zero = low * span <= ROUNDING && high >= 0.0;
        let status = if !informative {
            FitStatus::NotIdentifiable
        } else if maximum.beta == f64::INFINITY && !holds_zero {
            FitStatus::GroundStates
        } else if maximum.beta <= 0.0 {
            // Draws that the reported distribution itself may have are no sign of heat.
            if high < 1.0 { FitStatus::Inverted } else { FitStatus::NotIdentifiable }
        } else if maximum.beta == f64::INFINITY || sum_heat_capacity < LEAST_SUM_C {
            FitStatus::NotIdentifiable
        } else {
            FitStatus::Measured
        };
        let finite = |x: f64| x.is_finite().then_some(x);
        let inverse = |b: f64| finite(1.0 / b);
        let known = |x: Option<f64>| if informative { x } else { None };
        Ok(TemperatureFit {
            status,
            temperature: known(inverse(maximum.beta)),
            temperature_std_error: known(
                inverse(maximum.beta).map(|t| t.abs() / sum_heat_capacity.sqrt()).filter(|e| e.is_finite()),
            ),
            temperature_low: known(if holds_zero && high == 0.0 { None } else { inverse(high) }),
            temperature_high: known(if holds_zero { None } else { inverse(low) }),
            beta: known(finite(maximum.beta)),
            beta_std_error: known(finite(maximum.information.sqrt().recip())).filter(|_| maximum.beta.is_finite()),
            beta_low: known(finite(low)),
            beta_high: known(finite(high)),
            level,
            sum_heat_capacity,
            n_draws: self.n_draws(),
            ln_likelihood: maximum.ln_likelihood,
        })
    }
}

/// Var E at b from the heat capacity C = b^2 Var E there, of which nothing is left at b = 0.
fn variance(tally: &Tally<'_>, beta: f64, heat_capacity: f64) -> f64 {
    let span = tally.spectrum.highest_excitation();
    if beta.is_infinite() || span == 0.0 {
        return 0.0;
    }
    let least = 1e-6 / span;
    if beta.abs() >= least {
        return heat_capacity / (beta * beta);
    }
    tally.at(least).thermo().heat_capacity / (least * least)
}
/// Whether a single token of several is listed: probably the drawn one, listed because it was drawn, so that the list
/// says nothing about the temperature.
pub(super) fn has_no_list(position: &Position) -> bool {
    position.listed.len() == 1 && position.unlisted.is_some_and(|unlisted| unlisted.mass > 0.0)
}
