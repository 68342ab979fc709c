//! The integral of a curve measured at chosen points, with the error that the points' errors cause.

use super::error::{EstimatorError, check_length};
use super::estimate::Estimate;
use std::ops::Range;

/// Nodes of a panel in [-1, 1], and their weights: Gauss-Lobatto of order 4.
const NODES: [f64; 4] = [-1.0, -INNER, INNER, 1.0];
const WEIGHTS: [f64; 4] = [1.0 / 6.0, 5.0 / 6.0, 5.0 / 6.0, 1.0 / 6.0];
const INNER: f64 = 0.447_213_595_499_957_9; // 1/sqrt 5

/// Gauss-Lobatto quadrature on panels: four nodes per panel, the end nodes shared, exact to degree 5.
///
/// On `[a, b]` the nodes are `(a+b)/2 + (b-a)/2 {-1, -1/sqrt 5, 1/sqrt 5, 1}` with weights
/// `(b-a)/2 {1/6, 5/6, 5/6, 1/6}`. P panels have 3P + 1 nodes; panel p owns nodes 3p..=3p+3. Values at the edges
/// themselves make a running integral available at every edge.
///
/// The error of an integral is `sqrt(sum w_i^2 sigma_i^2)` for independent node values, the weights of a shared node
/// added first; `n_eff` is 1 plus the Welch-Satterthwaite degrees of freedom of that sum. What it cannot see: the
/// error of the quadrature itself, which is found by halving the panels of a curve known exactly.
///
/// # Examples
///
/// ```
/// use gibbs::estimators::{Estimate, GaussLobatto};
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// let rule = GaussLobatto::new(&[0.0, 1.0, 3.0])?;
/// assert_eq!(rule.nodes().len(), 7);
/// let measured: Vec<Estimate> = rule.nodes().iter().map(|x| Estimate::new(x.powi(5), 0.1, 50.0)).collect();
/// let integral = rule.integral(&measured)?;
/// assert!((integral.value - 3f64.powi(6) / 6.0).abs() < 1e-12 * 121.5);
/// assert!((rule.integral_over(0..1, &measured)?.value - 1.0 / 6.0).abs() < 1e-15);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// Abramowitz and Stegun, Handbook of Mathematical Functions (1964), eq. 25.4.32; degrees of freedom: F. E.
/// Satterthwaite, Biom. Bull. 2, 110 (1946), doi:10.2307/3002019.
#[derive(Clone, Debug, PartialEq)]
pub struct GaussLobatto {
    edges: Vec<f64>,
    nodes: Vec<f64>,
}

impl GaussLobatto {
    /// Panels between neighbouring `edges`, `[n_panels + 1]`, in the variable of integration (ln T, say).
    ///
    /// # Errors
    ///
    /// Fewer than two edges, or edges that are not finite and increasing.
    pub fn new(edges: &[f64]) -> Result<Self, EstimatorError> {
        check_length(edges.len(), 2)?;
        let mut last = f64::NEG_INFINITY;
        for (index, &value) in edges.iter().enumerate() {
            if !(value.is_finite() && value > last) {
                return Err(EstimatorError::Edge { index, value });
            }
            last = value;
        }
        let mut nodes = vec![edges[0]];
        for panel in edges.windows(2) {
            let (centre, half) = (0.5 * (panel[0] + panel[1]), 0.5 * (panel[1] - panel[0]));
            nodes.extend([centre + half * NODES[1], centre + half * NODES[2], panel[1]]);
        }
        Ok(Self { edges: edges.to_vec(), nodes })
    }

    /// Where to measure, `[3 n_panels + 1]`, increasing.
    #[must_use]
    pub fn nodes(&self) -> &[f64] {
        &self.nodes
    }

    /// Number of panels.
    #[must_use]
    pub fn n_panels(&self) -> usize {
        self.edges.len() - 1
    }

    /// Weights of the nodes `3 panels.start ..= 3 panels.end` for the integral over a range of panels.
    ///
    /// # Errors
    ///
    /// An empty range, or one that leaves the panels.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
    /// let rule = gibbs::estimators::GaussLobatto::new(&[0.0, 12.0, 36.0])?;
    /// assert_eq!(rule.weights(0..2)?, [1.0, 5.0, 5.0, 3.0, 10.0, 10.0, 2.0]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn weights(&self, panels: Range<usize>) -> Result<Vec<f64>, EstimatorError> {
        let Range { start, end } = panels;
        if start >= end || end > self.n_panels() {
            return Err(EstimatorError::Panels { start, end, n_panels: self.n_panels() });
        }
        let mut weights = vec![0.0; 3 * (end - start) + 1];
        for (p, panel) in self.edges[start..=end].windows(2).enumerate() {
            for (k, weight) in WEIGHTS.iter().enumerate() {
                weights[3 * p + k] += weight * 0.5 * (panel[1] - panel[0]);
            }
        }
        Ok(weights)
    }

    /// Integral over a range of panels; `values`: `[3 n_panels + 1]`, independent measurements at all nodes.
    ///
    /// Integrals over neighbouring ranges share the node between them and are not independent.
    ///
    /// # Errors
    ///
    /// A wrong number of values, a value that is not finite or whose error is negative or not finite, or a range as
    /// refused by [`GaussLobatto::weights`].
    pub fn integral_over(&self, panels: Range<usize>, values: &[Estimate]) -> Result<Estimate, EstimatorError> {
        if values.len() != self.nodes.len() {
            return Err(EstimatorError::LengthMismatch { expected: self.nodes.len(), found: values.len() });
        }
        let first = 3 * panels.start;
        let weights = self.weights(panels)?;
        let (mut sum, mut variance, mut scatter, mut least) = (0.0, 0.0, 0.0, f64::INFINITY);
        for (i, (weight, estimate)) in weights.iter().zip(&values[first..]).enumerate() {
            let index = first + i;
            if !estimate.value.is_finite() {
                return Err(EstimatorError::NonFinite { index, value: estimate.value });
            }
            if !(estimate.std_error >= 0.0 && estimate.std_error.is_finite()) {
                return Err(EstimatorError::StdError { index, value: estimate.std_error });
            }
            let part = (weight * estimate.std_error).powi(2);
            sum += weight * estimate.value;
            variance += part;
            scatter += part * part / (estimate.n_eff - 1.0);
            least = least.min(estimate.n_eff);
        }
        let n_eff = if scatter > 0.0 { 1.0 + variance * variance / scatter } else { least };
        Ok(Estimate::new(sum, variance.sqrt(), n_eff))
    }

    /// Integral over all panels; arguments and errors as in [`GaussLobatto::integral_over`].
    ///
    /// # Errors
    ///
    /// As [`GaussLobatto::integral_over`].
    pub fn integral(&self, values: &[Estimate]) -> Result<Estimate, EstimatorError> {
        self.integral_over(0..self.n_panels(), values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::Moments;
    use crate::estimators::synthetic::ar1;

    fn exactly(rule: &GaussLobatto, f: impl Fn(f64) -> f64) -> Vec<Estimate> {
        rule.nodes().iter().map(|x| Estimate::new(f(*x), 0.0, f64::INFINITY)).collect()
    }

    #[test]
    fn exact_to_degree_five_and_no_further() {
        let rule = GaussLobatto::new(&[-0.3, 0.4, 2.0]).unwrap();
        for degree in 0..=6 {
            let exact = (2f64.powi(degree + 1) - (-0.3f64).powi(degree + 1)) / f64::from(degree + 1);
            let integral = rule.integral(&exactly(&rule, |x| x.powi(degree))).unwrap().value;
            assert_eq!((integral / exact - 1.0).abs() < 1e-14, degree <= 5, "degree {degree}: {integral} {exact}");
        }
    }

    #[test]
    fn panels_add_up() {
        let rule = GaussLobatto::new(&[0.0, 0.5, 1.5, 3.0]).unwrap();
        let values = exactly(&rule, f64::exp);
        let parts: f64 = (0..3).map(|p| rule.integral_over(p..p + 1, &values).unwrap().value).sum();
        assert!((parts - rule.integral(&values).unwrap().value).abs() < 1e-13);
        assert!((parts - (3f64.exp() - 1.0)).abs() < 1e-3);
        let (first, last) = (rule.nodes()[0], rule.nodes()[9]);
        assert_eq!((first, rule.nodes()[3], rule.nodes()[6], last), (0.0, 0.5, 1.5, 3.0));
    }

    #[test]
    fn errors_add_in_quadrature_with_shared_weights() {
        // weights 1, 5, 5, 2, 5, 5, 1
        let rule = GaussLobatto::new(&[0.0, 12.0, 24.0]).unwrap();
        let values = vec![Estimate::new(1.0, 0.5, 11.0); 7];
        let integral = rule.integral(&values).unwrap();
        assert!((integral.value - 24.0).abs() < 1e-13);
        assert!((integral.std_error - 0.5 * 106f64.sqrt()).abs() < 1e-13);
        // Welch-Satterthwaite: 10 (sum w^2)^2 / sum w^4
        assert!((integral.n_eff - 1.0 - 10.0 * 106f64.powi(2) / (2.0 + 4.0 * 625.0 + 16.0)).abs() < 1e-10);
        assert_eq!(rule.integral(&exactly(&rule, f64::sin)).unwrap().n_eff, f64::INFINITY);
    }

    #[test]
    fn scatter_of_noisy_integrals_is_as_stated() {
        let rule = GaussLobatto::new(&[0.0, 1.0, 3.0]).unwrap();
        let noise = ar1(0.0, 7 * 4000, 1);
        let mut moments = Moments::default();
        for noise in noise.chunks_exact(7) {
            let nodes = rule.nodes().iter().zip(noise);
            let values: Vec<_> = nodes.map(|(x, e)| Estimate::new(x * x + 0.1 * e, 0.1, 100.0)).collect();
            let integral = rule.integral(&values).unwrap();
            moments.push(integral.z_score(9.0));
        }
        assert!(moments.estimate().unwrap().z_score(0.0).abs() < 4.5);
        // variance of 4000 normal z-scores: 1 +- sqrt(2/4000)
        let variance = moments.variance().unwrap();
        assert!((variance - 1.0).abs() < 4.5 * (2.0f64 / 4000.0).sqrt(), "{variance}");
        // negative control: errors larger by a tenth would be noticed
        assert!((variance / 1.21 - 1.0).abs() > 4.5 * (2.0f64 / 4000.0).sqrt());
    }

    #[test]
    fn refusals() {
        assert_eq!(GaussLobatto::new(&[1.0]), Err(EstimatorError::TooFew { needed: 2, found: 1 }));
        assert_eq!(GaussLobatto::new(&[1.0, 1.0]), Err(EstimatorError::Edge { index: 1, value: 1.0 }));
        assert!(matches!(GaussLobatto::new(&[f64::NAN, 1.0]), Err(EstimatorError::Edge { index: 0, .. })));
        let rule = GaussLobatto::new(&[0.0, 1.0]).unwrap();
        let mut values = exactly(&rule, |x| x);
        assert_eq!(rule.integral(&values[1..]), Err(EstimatorError::LengthMismatch { expected: 4, found: 3 }));
        let outside = rule.integral_over(0..2, &values);
        assert_eq!(outside, Err(EstimatorError::Panels { start: 0, end: 2, n_panels: 1 }));
        assert!(matches!(rule.weights(1..1), Err(EstimatorError::Panels { .. })));
        values[2].std_error = f64::NAN;
        assert!(matches!(rule.integral(&values), Err(EstimatorError::StdError { index: 2, .. })));
        values[1].value = f64::NAN;
        assert!(matches!(rule.integral(&values), Err(EstimatorError::NonFinite { index: 1, .. })));
    }
}
