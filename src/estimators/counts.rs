//! Estimates from a histogram: n_i independent draws of value x_i, as whole ensembles are drawn.

use super::estimate::Estimate;

/// Draws needed outside the most populated cell before a normal error bar means anything: the error is estimated from
/// the same events, and with fewer the lower tail of z is far above that of a normal variable.
pub const RESOLVED: u64 = 400;

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

    /// The mean, with error s / sqrt(n).
    #[must_use]
    pub fn mean(&self) -> Estimate {
        self.estimate(self.mean, self.spread())
    }

    /// The variance, with error from the fourth central moment: sqrt((m4 - s^4) / n).
    #[must_use]
    pub fn variance(&self) -> Estimate {
        let variance = self.spread();
        let fourth = self.average(|x| (x - self.mean).powi(4));
        self.estimate(variance, (fourth - variance * variance).max(0.0))
    }

    /// Share of the draws in the cells that `selected` accepts, with its binomial error.
    #[must_use]
    pub fn share(&self, selected: impl Fn(usize) -> bool) -> Estimate {
        let hits: u64 = self.counts.iter().enumerate().filter(|(i, _)| selected(*i)).map(|(_, n)| n).sum();
        let p = hits as f64 / self.total;
        self.estimate(p, p * (1.0 - p))
    }

    /// Entropy in nats from the frequencies f_i alone, -sum f_i ln(f_i / g_i) with `ln_g` `[n_cells]`: no
    /// partition function enters. Miller and Madow's (K - 1)/2n corrects the bias of K occupied cells.
    ///
    /// The error contains the variance of the surprisals and that of the correction; where all states are equally likely
    /// the second is all there is. The correction is right where every cell that matters was drawn many times. It knows
    /// nothing of cells that were never drawn.
    ///
    /// `None` where such cells matter. Their probability is about the share of draws in cells drawn once, and it must not
    /// change the entropy by more than a fifth of its error.
    ///
    /// # References
    ///
    /// G. A. Miller, in *Information Theory in Psychology* (1955), 95.
    #[must_use]
    pub fn entropy(&self, ln_g: impl Fn(usize) -> f64) -> Option<Estimate> {
        let occupied = || self.counts.iter().enumerate().filter(|(_, n)| **n > 0);
        let surprisal = |i: usize, n: u64| ln_g(i) - (n as f64 / self.total).ln();
        let plug_in = occupied().map(|(i, &n)| n as f64 * surprisal(i, n)).sum::<f64>() / self.total;
        let second = occupied().map(|(i, &n)| n as f64 * (surprisal(i, n) - plug_in).powi(2)).sum::<f64>() / self.total;
        let freedom = occupied().count() as f64 - 1.0;
        // Among equally likely states the first-order variance vanishes and that of chi-square/2n is left.
        let chi_square = freedom / (2.0 * self.total);
        let entropy = self.estimate(plug_in + chi_square, second + chi_square);
        let unseen = occupied().filter(|(_, n)| **n == 1).count() as f64 / self.total;
        (unseen * self.total.ln() <= 0.2 * entropy.std_error).then_some(entropy)
    }

    fn estimate(&self, value: f64, variance_of_one: f64) -> Estimate {
        Estimate { value, std_error: (variance_of_one / self.total).sqrt(), n_eff: self.total, tau_int: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_lonely_event_is_not_resolved() {
        assert!(!Counts::new(&[0.0, 1.0], &[1_000_000, 1]).is_resolved());
        assert!(Counts::new(&[0.0, 1.0], &[1_000_000, RESOLVED]).is_resolved());
    }
}
