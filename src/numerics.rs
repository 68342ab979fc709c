//! Sums and logarithms that keep their digits: compensated sums, log-sum-exp, x ln x at 0.

/// Neumaier's compensated sum: a running total and the rounding errors it has lost so far.
///
/// # Examples
///
/// ```
/// use gibbs::numerics::CompensatedSum;
/// let sum: CompensatedSum = [1e16, 1.0, -1e16].into_iter().collect();
/// assert_eq!(sum.value(), 1.0);
/// ```
///
/// # References
///
/// A. Neumaier, Z. Angew. Math. Mech. 54, 39 (1974), doi:10.1002/zamm.19740540106.
#[derive(Clone, Copy, Debug, Default)]
pub struct CompensatedSum {
    total: f64,
    lost: f64,
}

impl CompensatedSum {
    /// Adds one term.
    pub fn add(&mut self, term: f64) {
        let total = self.total + term;
        self.lost +=
            if self.total.abs() >= term.abs() { (self.total - total) + term } else { (term - total) + self.total };
        self.total = total;
    }

    /// The sum so far.
    #[must_use]
    pub fn value(self) -> f64 {
        self.total + self.lost
    }
}

impl FromIterator<f64> for CompensatedSum {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> Self {
        let mut sum = Self::default();
        terms.into_iter().for_each(|term| sum.add(term));
        sum
    }
}

/// The compensated sum of `terms`.
pub fn sum(terms: impl IntoIterator<Item = f64>) -> f64 {
    terms.into_iter().collect::<CompensatedSum>().value()
}

/// ln(sum_i e^x_i) without overflow; minus infinity for an empty sum or when all terms are minus infinity.
///
/// # Examples
///
/// ```
/// let x = gibbs::numerics::ln_sum_exp([1000.0, 1000.0]);
/// assert!((x - 1000.0 - 2f64.ln()).abs() < 1e-12);
/// ```
pub fn ln_sum_exp<I>(terms: I) -> f64
where
    I: IntoIterator<Item = f64>,
    I::IntoIter: Clone,
{
    let terms = terms.into_iter();
    let largest = terms.clone().fold(f64::NEG_INFINITY, f64::max);
    if largest.is_infinite() {
        return largest;
    }
    largest + sum(terms.map(|x| (x - largest).exp())).ln()
}

/// x ln x with its limit 0 at x = 0.
#[must_use]
pub fn x_ln_x(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x * x.ln() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ln_sum_exp_has_its_limits() {
        assert_eq!(ln_sum_exp([]), f64::NEG_INFINITY);
        assert_eq!(ln_sum_exp([f64::NEG_INFINITY, 3.0]), 3.0);
        assert_eq!(x_ln_x(0.0), 0.0);
    }
}
