//! Do these draws follow that distribution: chi-square for counts, Kolmogorov-Smirnov for continuous values.

use super::error::{EstimatorError, check_finite, check_length};
use super::tail_probability::{chi_square_survival, kolmogorov_survival, normal_quantile};

/// Cells with fewer expected counts than this are pooled before a chi-square test.
pub const MIN_EXPECTED: f64 = 5.0;

/// The outcome of a chi-square test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChiSquareTest {
    /// sum (observed - expected)^2 / expected over the pooled cells.
    pub statistic: f64,
    /// Pooled cells minus one.
    pub dof: usize,
    /// Probability of a statistic at least as large, if the draws follow the expectation.
    pub p_value: f64,
}

/// Chi-square test of independent draws against given expected counts.
///
/// `observed`, `expected`: `[n_cells]`; the expected counts add up to the number of draws. Cells that expect fewer than
/// [`MIN_EXPECTED`] draws are pooled into one (with the smallest of the other cells if they are still too few). A draw in a
/// cell that expects none is impossible, not rare: it is never pooled and gives p = 0. Correlated draws need thinning by
/// 2 tau_int first, else p-values are too small.
///
/// # Errors
///
/// Unequal lengths, a negative or infinite expectation, totals that differ by more than 10^-6 relative, or fewer than
/// two cells after pooling.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// let test = gibbs::estimators::chi_square(&[60, 40], &[50.0, 50.0])?;
/// assert_eq!((test.statistic, test.dof), (4.0, 1));
/// assert!((test.p_value - 0.045500263896358417).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
pub fn chi_square(observed: &[u64], expected: &[f64]) -> Result<ChiSquareTest, EstimatorError> {
    if observed.len() != expected.len() {
        return Err(EstimatorError::LengthMismatch { expected: expected.len(), found: observed.len() });
    }
    for (index, &value) in expected.iter().enumerate() {
        if !(value >= 0.0 && value.is_finite()) {
            return Err(EstimatorError::Count { index, value });
        }
    }
    let draws: f64 = observed.iter().map(|n| *n as f64).sum();
    let total: f64 = expected.iter().sum();
    if (total - draws).abs() > 1e-6 * draws.max(1.0) {
        return Err(EstimatorError::ExpectedTotal { expected: total, observed: draws });
    }
    let possible = |(n, e): (&u64, &f64)| (*e > 0.0).then_some((*n as f64, *e));
    let (mut cells, small): (Vec<_>, Vec<_>) =
        observed.iter().zip(expected).filter_map(possible).partition(|(_, e)| *e >= MIN_EXPECTED);
    if !small.is_empty() {
        let mut pool = small.into_iter().fold((0.0, 0.0), |(n, e), cell| (n + cell.0, e + cell.1));
        if pool.1 < MIN_EXPECTED {
            let least = (0..cells.len()).min_by(|a, b| cells[*a].1.total_cmp(&cells[*b].1));
            if let Some(least) = least {
                let cell = cells.swap_remove(least);
                pool = (pool.0 + cell.0, pool.1 + cell.1);
            }
        }
        cells.push(pool);
    }
    check_length(cells.len(), 2)?;
    let dof = cells.len() - 1;
    if observed.iter().zip(expected).any(|(n, e)| *n > 0 && *e == 0.0) {
        return Ok(ChiSquareTest { statistic: f64::INFINITY, dof, p_value: 0.0 });
    }
    let statistic: f64 = cells.iter().map(|(n, e)| (n - e) * (n - e) / e).sum();
    Ok(ChiSquareTest { statistic, dof, p_value: chi_square_survival(statistic, dof as f64)? })
}

/// The outcome of a one-sample Kolmogorov-Smirnov test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KolmogorovSmirnovTest {
    /// D, the largest distance between the empirical and the given cumulative distribution.
    pub statistic: f64,
    /// Number of values.
    pub n: usize,
    /// Probability of a D at least as large, if the values follow the distribution.
    pub p_value: f64,
}

/// Kolmogorov-Smirnov test of independent continuous values against the cumulative distribution `cumulative`.
///
/// `p = K((sqrt n + 0.12 + 0.11/sqrt n) D)` with Kolmogorov's asymptotic K: Stephens' correction makes it good to a few
/// percent of p from n = 5 on. `values`: `[n]` in any order. Blind to most of what happens in the tails; not for
/// discrete levels, where p-values come out too large ([`chi_square`] is for those), nor for correlated values.
///
/// # Errors
///
/// No value, a value that is not finite, or a `cumulative` that leaves [0, 1] or falls.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// let test = gibbs::estimators::kolmogorov_smirnov(&[0.625, 0.125, 0.375, 0.875], |x| x)?;
/// assert_eq!(test.statistic, 0.125);
/// assert!(test.p_value > 0.999);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// M. A. Stephens, J. R. Stat. Soc. B 32, 115 (1970), doi:10.1111/j.2517-6161.1970.tb00821.x.
pub fn kolmogorov_smirnov(
    values: &[f64],
    cumulative: impl Fn(f64) -> f64,
) -> Result<KolmogorovSmirnovTest, EstimatorError> {
    check_length(values.len(), 1)?;
    check_finite(values)?;
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let (mut statistic, mut last) = (0.0f64, 0.0);
    for (i, &at) in sorted.iter().enumerate() {
        let value = cumulative(at);
        if !(value >= last && value <= 1.0) {
            return Err(EstimatorError::Cumulative { at, value });
        }
        last = value;
        statistic = statistic.max(value - i as f64 / n).max((i + 1) as f64 / n - value);
    }
    let p_value = kolmogorov_survival((n.sqrt() + 0.12 + 0.11 / n.sqrt()) * statistic)?;
    Ok(KolmogorovSmirnovTest { statistic, n: sorted.len(), p_value })
}

/// The bound on |z| that `n_checks` independent normal z-scores all stay under with probability 1 - `alpha`.
///
/// Each check gets `1 - (1 - alpha)^(1/n_checks)` (Šidák; Bonferroni's alpha/n_checks to first order, which also holds
/// for dependent checks).
///
/// # Errors
///
/// No check, or `alpha` outside (0, 1).
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// let bound = gibbs::estimators::family_wise_bound(200, 0.00136)?;
/// assert!((bound - 4.5).abs() < 1e-3);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// Z. Šidák, J. Am. Stat. Assoc. 62, 626 (1967), doi:10.1080/01621459.1967.10482935.
pub fn family_wise_bound(n_checks: usize, alpha: f64) -> Result<f64, EstimatorError> {
    check_length(n_checks, 1)?;
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(EstimatorError::Probability(alpha));
    }
    let each = -((-alpha).ln_1p() / n_checks as f64).exp_m1();
    Ok(-normal_quantile(0.5 * each)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::normal_two_sided;
    use crate::estimators::synthetic::rng;
    use rand::RngExt;

    #[test]
    fn small_cells_are_pooled() {
        // 1 + 2 + 3 make one cell of 6
        let test = chi_square(&[44, 50, 2, 2, 2], &[50.0, 44.0, 1.0, 2.0, 3.0]).unwrap();
        assert_eq!(test.dof, 2);
        assert!((test.statistic - (36.0 / 50.0 + 36.0 / 44.0)).abs() < 1e-12);
        // 1 alone joins the least of the others
        let test = chi_square(&[48, 46, 6], &[50.0, 49.0, 1.0]).unwrap();
        assert_eq!(test.dof, 1);
        assert!((test.statistic - (4.0 / 50.0 + 4.0 / 50.0)).abs() < 1e-12);
    }

    #[test]
    fn impossible_draws_are_not_pooled_away() {
        let forbidden = chi_square(&[50, 49, 1], &[50.0, 50.0, 0.0]).unwrap();
        assert_eq!((forbidden.statistic, forbidden.p_value), (f64::INFINITY, 0.0));
        let allowed = chi_square(&[50, 50, 0], &[50.0, 50.0, 0.0]).unwrap();
        assert_eq!((allowed.statistic, allowed.dof, allowed.p_value), (0.0, 1, 1.0));
    }

    /// Number of p-values below 5 % in 1000 tests of 200 draws of u^power for uniform u against the uniform law.
    fn rejections(power: f64, case: u64) -> (f64, f64) {
        let mut rng = rng(case);
        let (mut chi_square_rejects, mut ks_rejects) = (0.0, 0.0);
        for _ in 0..1000 {
            let draws: Vec<f64> = (0..200).map(|_| rng.random::<f64>().powf(power)).collect();
            let mut counts = [0; 10];
            draws.iter().for_each(|x| counts[((x * 10.0) as usize).min(9)] += 1);
            chi_square_rejects += f64::from(chi_square(&counts, &[20.0; 10]).unwrap().p_value < 0.05);
            ks_rejects += f64::from(kolmogorov_smirnov(&draws, |x| x).unwrap().p_value < 0.05);
        }
        (chi_square_rejects, ks_rejects)
    }

    #[test]
    fn p_values_reject_as_often_as_they_say() {
        // binomial: 50 +- 4.5 sqrt(1000 * 0.05 * 0.95) = 50 +- 31; the discreteness of the chi-square of 10 cells of 20
        // and the few percent of Stephens move 50 by less than 3
        let (chi_square_rejects, ks_rejects) = rejections(1.0, 1);
        assert!((chi_square_rejects - 50.0f64).abs() < 34.0, "{chi_square_rejects}");
        assert!((ks_rejects - 50.0f64).abs() < 34.0, "{ks_rejects}");
        // negative control: u^1.3
        let (chi_square_rejects, ks_rejects) = rejections(1.3, 1);
        assert!(chi_square_rejects > 84.0 && ks_rejects > 84.0, "{chi_square_rejects} {ks_rejects}");
    }

    #[test]
    fn bound_of_one_check_is_the_normal_quantile() {
        assert!((family_wise_bound(1, 0.05).unwrap() - 1.959_963_984_540_054).abs() < 1e-13);
        let bound = family_wise_bound(1_000_000, 1e-9).unwrap();
        assert!((normal_two_sided(bound) * 1e6 / 1e-9 - 1.0).abs() < 1e-8);
    }

    #[test]
    fn refusals() {
        assert_eq!(chi_square(&[1], &[1.0, 2.0]), Err(EstimatorError::LengthMismatch { expected: 2, found: 1 }));
        assert_eq!(chi_square(&[1], &[-1.0]), Err(EstimatorError::Count { index: 0, value: -1.0 }));
        assert_eq!(chi_square(&[9], &[9.0]), Err(EstimatorError::TooFew { needed: 2, found: 1 }));
        assert_eq!(chi_square(&[], &[]), Err(EstimatorError::TooFew { needed: 2, found: 0 }));
        assert!(matches!(chi_square(&[9, 9], &[9.0, 8.0]), Err(EstimatorError::ExpectedTotal { .. })));
        assert!(matches!(kolmogorov_smirnov(&[], |x| x), Err(EstimatorError::TooFew { .. })));
        assert!(matches!(kolmogorov_smirnov(&[f64::NAN], |x| x), Err(EstimatorError::NonFinite { .. })));
        assert!(matches!(kolmogorov_smirnov(&[2.0], |x| x), Err(EstimatorError::Cumulative { .. })));
        assert!(matches!(kolmogorov_smirnov(&[0.1, 0.2], |x| 1.0 - x), Err(EstimatorError::Cumulative { .. })));
        assert!(matches!(family_wise_bound(0, 0.1), Err(EstimatorError::TooFew { .. })));
        assert!(matches!(family_wise_bound(1, f64::NAN), Err(EstimatorError::Probability(_))));
    }
}
