//! Estimates from a histogram: n_i independent draws of value x_i, as whole ensembles are drawn.

use std::f64::consts::LN_2;

use special::Gamma as _;

use super::estimate::Estimate;

/// Draws needed outside the most populated cell before a normal error bar means anything: the error is estimated from
/// the same events, and with fewer the lower tail of z is far above that of a normal variable.
pub const RESOLVED: u64 = 400;

/// A level with fewer draws ends a tail that thins out; beyond one with more, a level may have been missed.
const THIN: u64 = 10;
/// Draws of a level that was never drawn are fewer than this, on average, in 95 % of the cases.
const MISSED: f64 = 3.0;

/// Independent draws counted by cell: `values` and `counts`, both `[n_cells]`.
///
/// # Examples
///
/// ```
/// use gibbs::estimators::Counts;
/// let counts = Counts::new(&[0.0, 1.0], &[7500, 2500]);
/// assert_eq!(counts.mean().value, 0.25);
/// assert!((counts.mean().std_error - (0.1875f64 / 9999.0).sqrt()).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Counts<'a> {
    values: &'a [f64],
    counts: &'a [u64],
    total: f64,
    mean: f64,
}

/// Cells with fewer draws than this have Grassberger's correction.
const MANY: u64 = 20;
/// Cells with fewer draws than this leave a bias.
const RARE: u64 = 6;

/// What n ln n, of a cell with n draws, is too large by: n (ln n - G_n) with Grassberger's G_n = psi(m + 1/2) + ln 2, m = n/2 rounded down.
fn low_bias(n: u64) -> f64 {
    let n = n as f64;
    n * (n.ln() - ((n / 2.0).floor() + 0.5).digamma() - LN_2)
}

impl<'a> Counts<'a> {
    /// Pairs values with counts; cells of count zero may hold any value, infinite ones included.
    #[must_use]
    pub fn new(values: &'a [f64], counts: &'a [u64]) -> Self {
        let total = counts.iter().sum::<u64>() as f64;
        let mut new = Self { values, counts, total, mean: 0.0 };
        new.mean = new.average(|x| x);
        new
    }

    /// Number of draws.
    #[must_use]
    pub fn n_draws(&self) -> f64 {
        self.total
    }

    /// Whether at least [`RESOLVED`] draws fell outside the most populated cell, so that errors can be quoted.
    #[must_use]
    pub fn is_resolved(&self) -> bool {
        let most = self.counts.iter().max().copied().unwrap_or(0);
        self.counts.iter().sum::<u64>() - most >= RESOLVED
    }

    fn average(&self, f: impl Fn(f64) -> f64) -> f64 {
        let occupied = self.values.iter().zip(self.counts).filter(|(_, n)| **n > 0);
        occupied.map(|(&x, &n)| n as f64 * f(x)).sum::<f64>() / self.total
    }

    /// Unbiased sample variance.
    fn spread(&self) -> f64 {
        self.average(|x| (x - self.mean).powi(2)) * self.total / (self.total - 1.0)
    }

    /// The mean, with error s / sqrt(n), and what a level just above those drawn could add.
    #[must_use]
    pub fn mean(&self) -> Estimate {
        self.with_missed(self.estimate(self.mean, self.spread()), |distance| distance)
    }

    /// The variance, with error from the fourth central moment: sqrt((m4 - s^4) / n + 2 s^4 / n^2), and what a level just above those drawn could
    /// add. Two levels that are drawn equally often leave nothing of the first term.
    #[must_use]
    pub fn variance(&self) -> Estimate {
        let variance = self.spread();
        let fourth = self.average(|x| (x - self.mean).powi(4));
        let of_one = (fourth - variance * variance).max(0.0) + 2.0 * variance * variance / self.total;
        self.with_missed(self.estimate(variance, of_one), |distance| distance * distance - variance)
    }

    /// The error with what [`MISSED`] draws of the lowest level above all that were drawn would change, where the highest of these was drawn often:
    /// `influence` is n times what one draw at some distance from the mean changes.
    fn with_missed(&self, found: Estimate, influence: impl Fn(f64) -> f64) -> Estimate {
        let cells = || self.values.iter().zip(self.counts);
        let drawn = cells().filter(|(_, n)| **n > 0).map(|(&x, _)| x);
        let highest = drawn.fold(f64::NEG_INFINITY, f64::max);
        let at_highest: u64 = cells().filter(|(x, _)| **x == highest).map(|(_, n)| n).sum();
        let next = cells().map(|(&x, _)| x).filter(|&x| x > highest).fold(f64::INFINITY, f64::min);
        if at_highest < THIN || !next.is_finite() {
            return found;
        }
        let missed = MISSED * influence(next - self.mean) / self.total;
        Estimate { std_error: found.std_error.hypot(missed), ..found }
    }

    /// Share of the draws in the cells that `selected` accepts, with its binomial error.
    #[must_use]
    pub fn share(&self, selected: impl Fn(usize) -> bool) -> Estimate {
        let hits: u64 = self.counts.iter().enumerate().filter(|(i, _)| selected(*i)).map(|(_, n)| n).sum();
        let p = hits as f64 / self.total;
        self.estimate(p, p * (1.0 - p))
    }

    /// Entropy in nats from the frequencies f_i alone, -sum f_i ln(f_i / g_i) with `ln_g` `[n_cells]`: no
    /// partition function enters. The bias of the logarithms is corrected cell by cell: as Miller and Madow do in cells with many draws,
    /// as Grassberger does in those with few.
    ///
    /// The error contains the variance of the surprisals and that of the correction; where all states are equally likely
    /// the second is all there is.
    ///
    /// `None` where cells with few draws or none matter: what Grassberger's correction leaves of their bias may be at most a fifth of
    /// the error. A cell that expects z draws leaves z E1(2z)/n.
    ///
    /// # References
    ///
    /// G. A. Miller, in *Information Theory in Psychology* (1955), 95. P. Grassberger, [arXiv:physics/0307138](https://arxiv.org/abs/physics/0307138),
    /// eqs. 28 and 30.
    #[must_use]
    pub fn entropy(&self, ln_g: impl Fn(usize) -> f64) -> Option<Estimate> {
        let occupied = || self.counts.iter().enumerate().filter(|(_, n)| **n > 0);
        let surprisal = |i: usize, n: u64| ln_g(i) - (n as f64 / self.total).ln();
        let plug_in = occupied().map(|(i, &n)| n as f64 * surprisal(i, n)).sum::<f64>() / self.total;
        let second = occupied().map(|(i, &n)| n as f64 * (surprisal(i, n) - plug_in).powi(2)).sum::<f64>() / self.total;
        let freedom = occupied().count() as f64 - 1.0;
        let few = |n: u64| n < MANY;
        let of_few: f64 = occupied().map(|(_, &n)| n).filter(|&n| few(n)).map(|n| low_bias(n) - 0.5).sum();
        // Among equally likely states the first-order variance vanishes and that of chi-square/2n is left.
        let chi_square = freedom / (2.0 * self.total);
        let entropy = self.estimate(plug_in + chi_square + of_few / self.total, second + chi_square);
        // Draws that are all in one cell have no error; whether they are resolved is another question.
        (freedom == 0.0 || self.bias_left() <= 0.2 * entropy.std_error).then_some(entropy)
    }

    /// A bound on the bias that the corrections leave: the cells with fewer than [`RARE`] draws leave the more the more evenly they share
    /// what they expect, which is at most a little more than they were drawn.
    fn bias_left(&self) -> f64 {
        let possible = self.values.iter().zip(self.counts).filter(|(x, n)| x.is_finite() && **n < RARE);
        let (cells, draws) = possible.fold((0.0, MISSED), |(cells, draws), (_, &n)| (cells + 1.0, draws + n as f64));
        if cells == 0.0 {
            return 0.0;
        }
        // z E1(2z), by the bound of Abramowitz and Stegun, 5.1.20; it is largest at 0.2.
        let z = f64::min(draws / cells, 0.2);
        cells * z * (-2.0 * z).exp() * (0.5 / z).ln_1p() / self.total
    }

    fn estimate(&self, value: f64, variance_of_one: f64) -> Estimate {
        Estimate { value, std_error: (variance_of_one / self.total).sqrt(), n_eff: self.total, tau_int: None }
    }
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution as _, Poisson};

    use super::*;
    use crate::rng::Seed;

    #[test]
    fn variance_and_share_have_their_closed_forms() {
        let counts = Counts::new(&[0.0, 1.0, f64::INFINITY], &[750, 250, 0]);
        assert!((counts.variance().value - 0.1875 * 1000.0 / 999.0).abs() < 1e-12);
        // Var(s^2) of a Bernoulli variable: p q (1 - 4 p q) / n to leading order.
        assert!((counts.variance().std_error.powi(2) * 1000.0 / (0.1875 * 0.25) - 1.0).abs() < 0.01);
        assert_eq!(counts.share(|i| i == 1).value, 0.25);
    }

    #[test]
    fn entropy_of_equal_counts_is_that_of_the_states() {
        let counts = Counts::new(&[0.0, 1.0], &[500_000, 500_000]);
        let entropy = counts.entropy(|i| if i == 0 { 0.0 } else { 3f64.ln() }).unwrap();
        assert!((entropy.value - (2f64.ln() + 0.5 * 3f64.ln()) - 0.5e-6).abs() < 1e-12);
        let even = counts.entropy(|_| 0.0).unwrap();
        assert!((even.std_error - (0.5f64).sqrt() * 1e-6).abs() < 1e-12, "{even:?}");
    }

    #[test]
    fn entropy_is_not_quoted_while_cells_are_still_being_discovered() {
        let counts: Vec<u64> = (1..=100).map(|n| if n < 50 { 1 } else { 10 }).collect();
        let values: Vec<f64> = counts.iter().map(|_| 0.0).collect();
        assert!(Counts::new(&values, &counts).entropy(|_| 0.0).is_none());
    }

    /// 2000 cells that expect between 10^-4 and 10^4 draws: a third of them is never drawn.
    #[test]
    fn rare_cells_leave_no_bias_that_is_seen() {
        let expected: Vec<f64> = (0..2000).map(|i| 10f64.powf(4.0 - f64::from(i) / 250.0)).collect();
        let total: f64 = expected.iter().sum();
        let exact: f64 = expected.iter().map(|z| -z / total * (z / total).ln()).sum();
        let mut rng = Seed(5).set_up();
        let (n, mut z) = (2000, Vec::new());
        for _ in 0..n {
            let draw = |z: &f64| Poisson::new(*z).unwrap().sample(&mut rng) as u64;
            let counts: Vec<u64> = expected.iter().map(draw).collect();
            let unseen = counts.iter().filter(|n| **n == 0).count();
            assert!(unseen > 600, "{unseen}");
            z.push(Counts::new(&vec![0.0; counts.len()], &counts).entropy(|_| 0.0).unwrap().z_score(exact));
        }
        let mean = z.iter().sum::<f64>() / f64::from(n);
        let square = z.iter().map(|z| z * z).sum::<f64>() / f64::from(n);
        // With Miller and Madow's correction in all cells it is -0.14.
        assert!(mean.abs() < 4.0 / f64::from(n).sqrt(), "{mean}");
        assert!((square - 1.0).abs() < 4.0 * (2.0 / f64::from(n)).sqrt(), "{square}");
    }

    #[test]
    fn a_level_that_was_missed_is_in_the_error() {
        // Of two levels drawn equally often the variance is known to 1/n; three draws of a third level at 4 would change it by 3 (3.5^2 - 1/4)/n.
        let n = 1e6;
        let pair = Counts::new(&[0.0, 1.0], &[500_000, 500_000]).variance();
        let third = Counts::new(&[4.0, 0.0, 1.0, f64::INFINITY], &[0, 500_000, 500_000, 0]).variance();
        assert!((pair.std_error * n / (0.25 * 2f64.sqrt()) - 1.0).abs() < 1e-3, "{pair:?}");
        assert!((third.std_error * n / 36.0 - 1.0).abs() < 1e-3, "{third:?}");
        // A tail that thins out says itself what comes next.
        let [closed, open] = [&[0.0, 1.0, 2.0][..], &[0.0, 1.0, 2.0, 3.0]].map(|values| {
            let counts = [900_000, 99_995, 5, 0];
            Counts::new(values, &counts[..values.len()]).variance().std_error
        });
        assert_eq!(closed, open);
    }

    #[test]
    fn a_lonely_event_is_not_resolved() {
        assert!(!Counts::new(&[0.0, 1.0], &[1_000_000, 1]).is_resolved());
        assert!(Counts::new(&[0.0, 1.0], &[1_000_000, RESOLVED]).is_resolved());
    }
}
