//! The Metropolis–Hastings accept rule: one function of one dimensionless cost.

use rand::Rng;

use crate::rng::uniform;

/// Whether a move of dimensionless `cost` = beta dE - ln(proposal ratio) is made: always when the cost is not
/// positive, else with probability e^-cost.
///
/// The comparison is u <= e^-cost with u in (0, 1] of 53 bits, so an uphill move less likely than 2^-53 is never
/// made by an accident of u = 0, and a NaN cost is refused.
///
/// # References
///
/// N. Metropolis et al., J. Chem. Phys. 21, 1087 (1953), doi:10.1063/1.1699114;
/// W. K. Hastings, Biometrika 57, 97 (1970), doi:10.1093/biomet/57.1.97.
pub fn accepts<R: Rng + ?Sized>(cost: f64, rng: &mut R) -> bool {
    cost <= 0.0 || uniform(rng) <= (-cost).exp()
}
