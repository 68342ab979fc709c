//! Do several replicas agree: the ratio of the spread of all replicas together to the spread within one.

use super::error::{EstimatorError, check_finite, check_length};
use super::moments::Moments;

/// R-hat and the variances it is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RHat {
    /// sqrt(pooled / within): 1 when replicas agree; above 1.01 they should run longer.
    pub r_hat: f64,
    /// W, mean of the unbiased variances within replicas.
    pub within: f64,
    /// B = n Var(means of the replicas), with n steps each.
    pub between: f64,
    /// (n - 1)/n W + B/n.
    pub pooled: f64,
}

/// Gelman and Rubin's R-hat, `sqrt(((n-1)/n W + B/n) / W)`, over replicas of equal length.
///
/// `replicas`: slices `[n_steps]`, at least two of at least two steps. It sees replicas stuck in different places,
/// not replicas that drift together ([`split_r_hat`] sees a drift), nor a mode that none has found.
///
/// # Errors
///
/// Too few or unequal replicas, a value that is not finite, or replicas that are all constant.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// let r = gibbs::estimators::r_hat(&[&[0.0, 2.0], &[4.0, 6.0]])?;
/// assert_eq!((r.within, r.between, r.pooled), (2.0, 16.0, 9.0));
/// assert_eq!(r.r_hat, 4.5f64.sqrt());
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// A. Gelman and D. B. Rubin, Stat. Sci. 7, 457 (1992), doi:10.1214/ss/1177011136.
pub fn r_hat(replicas: &[&[f64]]) -> Result<RHat, EstimatorError> {
    check_length(replicas.len(), 2)?;
    let n_steps = replicas[0].len();
    check_length(n_steps, 2)?;
    let (mut means, mut variances) = (Moments::default(), Moments::default());
    for replica in replicas {
        if replica.len() != n_steps {
            return Err(EstimatorError::LengthMismatch { expected: n_steps, found: replica.len() });
        }
        check_finite(replica)?;
        let moments: Moments = replica.iter().copied().collect();
        means.extend(moments.mean());
        variances.extend(moments.variance());
    }
    let n = n_steps as f64;
    let within = variances.mean().unwrap_or(f64::NAN);
    if within == 0.0 {
        return Err(EstimatorError::ConstantSeries { value: replicas[0][0], n: n_steps });
    }
    let between = n * means.variance().unwrap_or(f64::NAN);
    let pooled = (n - 1.0) / n * within + between / n;
    Ok(RHat { r_hat: (pooled / within).sqrt(), within, between, pooled })
}

/// R-hat with every replica cut into halves (the middle step of an odd number is dropped): also sees a drift, and
/// needs only one replica.
///
/// `replicas`: slices `[n_steps]` of at least four steps.
///
/// # Errors
///
/// As [`r_hat`].
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// let drift = gibbs::estimators::split_r_hat(&[&[0.0, 2.0, 3.0, 4.0, 6.0]])?;
/// assert_eq!(drift.r_hat, 4.5f64.sqrt());
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// A. Vehtari et al., Bayesian Anal. 16, 667 (2021), arXiv:1903.08008, eqs. 1-4.
pub fn split_r_hat(replicas: &[&[f64]]) -> Result<RHat, EstimatorError> {
    check_length(replicas.len(), 1)?;
    for replica in replicas {
        check_length(replica.len(), 4)?;
        if replica.len() != replicas[0].len() {
            return Err(EstimatorError::LengthMismatch { expected: replicas[0].len(), found: replica.len() });
        }
    }
    let halves: Vec<&[f64]> = replicas
        .iter()
        .flat_map(|replica| {
            let half = replica.len() / 2;
            [&replica[..half], &replica[replica.len() - half..]]
        })
        .collect();
    r_hat(&halves)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::synthetic::ar1;

    #[test]
    fn independent_replicas_agree_and_shifted_ones_do_not() {
        // B/W of m = 8 half replicas of white noise is F(7, inf): r_hat^2 - 1 = (B/W - 1)/n; 4.5 sigma of a normal is
        // chi-square(7) = 39.0, so B/W < 39.0/7
        let n = 1000;
        let replicas: Vec<Vec<f64>> = (1..=4).map(|case| ar1(0.0, n, case)).collect();
        let slices: Vec<&[f64]> = replicas.iter().map(Vec::as_slice).collect();
        let r = split_r_hat(&slices).unwrap();
        assert!(r.between / r.within < 39.0 / 7.0, "{r:?}");
        // negative control: one replica shifted by half a standard deviation
        let shifted: Vec<f64> = replicas[0].iter().map(|x| x + 0.5).collect();
        let r = split_r_hat(&[&shifted, slices[1], slices[2], slices[3]]).unwrap();
        assert!(r.between / r.within > 39.0 / 7.0 && r.r_hat > 1.01, "{r:?}");
    }

    #[test]
    fn refusals() {
        assert_eq!(r_hat(&[&[1.0, 2.0]]), Err(EstimatorError::TooFew { needed: 2, found: 1 }));
        assert_eq!(r_hat(&[&[1.0], &[2.0]]), Err(EstimatorError::TooFew { needed: 2, found: 1 }));
        let unequal = Err(EstimatorError::LengthMismatch { expected: 2, found: 3 });
        assert_eq!(r_hat(&[&[1.0, 2.0], &[1.0, 2.0, 3.0]]), unequal);
        assert_eq!(r_hat(&[&[1.0, 1.0], &[2.0, 2.0]]), Err(EstimatorError::ConstantSeries { value: 1.0, n: 2 }));
        assert!(matches!(r_hat(&[&[1.0, f64::NAN], &[2.0, 2.0]]), Err(EstimatorError::NonFinite { index: 1, .. })));
        assert_eq!(split_r_hat(&[]), Err(EstimatorError::TooFew { needed: 1, found: 0 }));
        assert_eq!(split_r_hat(&[&[1.0, 2.0, 3.0]]), Err(EstimatorError::TooFew { needed: 4, found: 3 }));
    }
}
