//! How many states share the probability: Y2 = sum p^2 and its inverse.

use crate::ensemble::Canonical;
use crate::numerics::sum;

/// Y2 = sum_s p_s^2 over states, the probability that two independent draws are the same: 1/g_0 at T = 0, 1/W at
/// infinite temperature.
///
/// A level of g_i states contributes p_i^2/g_i. Exactly, Y2 = Z(2 beta)/Z(beta)^2; summed over probabilities it needs no
/// difference of large logarithms.
///
/// # Examples
///
/// ```
/// use gibbs::ensemble::{Canonical, Spectrum};
/// use gibbs::tokens::views::participation;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let logits = [0.5f64, 0.25, 0.25].map(f64::ln);
/// let tokens = Spectrum::from_logits(&logits)?;
/// assert!((participation(&Canonical::new(&tokens, Beta::new(1.0)?)) - 0.375).abs() < 1e-15);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn participation(ensemble: &Canonical<'_>) -> f64 {
    let spectrum = ensemble.spectrum();
    let allowed = (0..spectrum.len()).filter(|&i| !spectrum.is_forbidden(i));
    sum(allowed.map(|i| (2.0 * ensemble.ln_probability(i) - spectrum.ln_degeneracy(i)).exp()))
}

/// 1/Y2, the participation ratio: the number of states over which a draw is spread, from g_0 to W.
#[must_use]
pub fn participation_ratio(ensemble: &Canonical<'_>) -> f64 {
    1.0 / participation(ensemble)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::Spectrum;
    use crate::units::Beta;

    #[test]
    fn it_is_the_partition_function_at_twice_beta() {
        let levels = vec![0.3, -1.0, 2.0, -1.0, 0.9, 40.0, f64::INFINITY];
        let ln_g = vec![0.0, 0.4, 1.0, 0.0, 2.0, 3.0, 0.0];
        let spectrum = Spectrum::with_ln_degeneracies(levels, ln_g).unwrap();
        for beta in [0.0, 0.1, 1.0, 3.0, 20.0] {
            let at = |beta| Canonical::new(&spectrum, Beta::new(beta).unwrap());
            let identity = (at(2.0 * beta).thermo().ln_z - 2.0 * at(beta).thermo().ln_z).exp();
            let y2 = participation(&at(beta));
            assert!((y2 / identity - 1.0).abs() < 1e-12, "{y2} {identity} at {beta}");
            // Negative control: the purity of another temperature.
            assert!(beta == 0.0 || beta > 3.0 || (participation(&at(1.05 * beta)) / identity - 1.0).abs() > 1e-6);
        }
    }

    #[test]
    fn limits() {
        let spectrum = Spectrum::new(vec![1.0, 1.0, 5.0, f64::INFINITY]).unwrap();
        let ratio = |beta| participation_ratio(&Canonical::new(&spectrum, beta));
        assert!((ratio(Beta::INFINITE) - 2.0).abs() < 1e-14);
        assert!((ratio(Beta::ZERO) - 3.0).abs() < 1e-14);
    }
}
