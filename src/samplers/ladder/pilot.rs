//! The integrals over a pilot run that a ladder divides into equal steps.

use super::{LadderError, LadderRule, LadderSize, PilotPoint};
use crate::units::Beta;

/// Most rungs of a ladder.
const MOST_RUNGS: usize = 4096;

/// Checked points in ascending order of beta.
pub(super) struct Pilot(Vec<PilotPoint>);

impl Pilot {
    pub(super) fn new(points: &[PilotPoint]) -> Result<Self, LadderError> {
        let valid = |p: &PilotPoint| {
            p.beta.get() >= 0.0 && p.beta.get().is_finite() && p.variance >= 0.0 && p.variance.is_finite()
        };
        if let Some(index) = points.iter().position(|point| !valid(point)) {
            let PilotPoint { beta, variance } = points[index];
            return Err(LadderError::Point { index, beta, variance });
        }
        if points.len() < 2 {
            return Err(LadderError::Pilot(points.len()));
        }
        let mut points = points.to_vec();
        points.sort_by(|a, b| a.beta.get().total_cmp(&b.beta.get()));
        match points.windows(2).find(|pair| pair[0].beta == pair[1].beta) {
            None => Ok(Self(points)),
            Some(pair) => Err(LadderError::Repeated(pair[0].beta)),
        }
    }

    pub(super) fn check_covers(&self, beta: Beta) -> Result<(), LadderError> {
        let (hottest, coldest) = (self.0[0].beta, self.0[self.0.len() - 1].beta);
        if hottest <= beta && beta <= coldest {
            return Ok(());
        }
        let (coldest, hottest) = (coldest.temperature(), hottest.temperature());
        Err(LadderError::Range { temperature: beta.temperature(), coldest, hottest })
    }

    /// Acceptance between neighbours of `rungs`, all covered.
    pub(super) fn acceptances(&self, rungs: &[Beta]) -> Vec<f64> {
        let scale = self.scale(LadderRule::EqualAcceptance);
        rungs.windows(2).map(|pair| scale.acceptance(pair[0].get(), pair[1].get())).collect()
    }

    fn scale(&self, rule: LadderRule) -> Scale {
        let mut knots: Vec<Knot> = Vec::with_capacity(self.0.len());
        for point in &self.0 {
            let beta = point.beta.get();
            let density = match rule {
                LadderRule::EqualAcceptance => point.variance.sqrt(),
                LadderRule::EqualEntropy => beta * point.variance,
            };
            let integral =
                knots.last().map_or(0.0, |k: &Knot| k.integral + 0.5 * (k.density + density) * (beta - k.beta));
            knots.push(Knot { beta, density, integral });
        }
        Scale(knots)
    }

    /// Rungs from `cold` to `hot`, both covered and in this order.
    pub(super) fn rungs(
        &self,
        cold: Beta,
        hot: Beta,
        rule: LadderRule,
        size: LadderSize,
    ) -> Result<Vec<Beta>, LadderError> {
        let (scale, distances) = (self.scale(rule), self.scale(LadderRule::EqualAcceptance));
        let place = |n| scale.equal_steps(cold.get(), hot.get(), n);
        let target = match size {
            LadderSize::Rungs(n) if (2..=MOST_RUNGS).contains(&n) => return betas(&place(n)),
            LadderSize::Rungs(n) => return Err(LadderError::Rungs(n)),
            LadderSize::Acceptance(p) if p > 0.0 && p < 1.0 => p,
            LadderSize::Acceptance(p) => return Err(LadderError::Acceptance(p)),
        };
        let enough = |rungs: &Vec<f64>| rungs.windows(2).all(|pair| distances.acceptance(pair[0], pair[1]) >= target);
        // The longest of n - 1 steps is no shorter than their mean.
        let total = distances.at(cold.get()) - distances.at(hot.get());
        let fewest = (2..=MOST_RUNGS).find(|&n| acceptance(total / (n - 1) as f64) >= target);
        let lengths = fewest.unwrap_or(MOST_RUNGS + 1)..=MOST_RUNGS;
        let rungs = lengths.map(place).find(enough).ok_or(LadderError::TooManyRungs(target))?;
        betas(&rungs)
    }
}

fn betas(rungs: &[f64]) -> Result<Vec<Beta>, LadderError> {
    rungs.iter().map(|&beta| Ok(Beta::new(beta)?)).collect()
}

/// The integral over beta of a density that is linear between knots.
struct Scale(Vec<Knot>);

struct Knot {
    beta: f64,
    density: f64,
    /// From the first knot to here.
    integral: f64,
}

impl Scale {
    /// The cell whose lower knot is the last one that `below` accepts.
    fn cell(&self, below: impl Fn(&Knot) -> bool) -> (&Knot, &Knot) {
        let upper = self.0.partition_point(below).clamp(1, self.0.len() - 1);
        (&self.0[upper - 1], &self.0[upper])
    }

    fn at(&self, beta: f64) -> f64 {
        let (a, b) = self.cell(|knot| knot.beta <= beta);
        let (x, slope) = (beta - a.beta, (b.density - a.density) / (b.beta - a.beta));
        a.integral + x * (a.density + 0.5 * slope * x)
    }

    /// The beta where the integral has this value.
    fn inverse(&self, integral: f64) -> f64 {
        let (a, b) = self.cell(|knot| knot.integral < integral);
        let (rest, slope) = (integral - a.integral, (b.density - a.density) / (b.beta - a.beta));
        let root = (a.density * a.density + 2.0 * slope * rest).max(0.0).sqrt();
        let x = if rest > 0.0 { 2.0 * rest / (a.density + root) } else { 0.0 };
        (a.beta + x).min(b.beta)
    }

    /// `n` values from `cold` to `hot` at equal steps of the integral; of beta where it is constant.
    fn equal_steps(&self, cold: f64, hot: f64, n: usize) -> Vec<f64> {
        let (top, bottom) = (self.at(cold), self.at(hot));
        let between = |k: usize| {
            let share = k as f64 / (n - 1) as f64;
            if top > bottom { self.inverse(top - share * (top - bottom)) } else { cold - share * (cold - hot) }
        };
        let inner = (1..n - 1).map(between);
        std::iter::once(cold).chain(inner).chain([hot]).collect()
    }

    /// Acceptance between two rungs, where this is the integral of sqrt(Var E).
    fn acceptance(&self, a: f64, b: f64) -> f64 {
        acceptance((self.at(a) - self.at(b)).abs())
    }
}

/// erfc(L/2), the acceptance of exchanges between Gaussian energies at the distance L.
fn acceptance(distance: f64) -> f64 {
    libm::erfc(0.5 * distance)
}
