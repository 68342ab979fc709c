//! One truncation: a kind and its parameter.

use std::fmt;

use super::error::TruncationError;
use super::kind::TruncationKind;

/// One truncation: a kind and its parameter, which lies in the range of the kind.
///
/// # Examples
///
/// ```
/// use gibbs::tokens::truncation::Truncation;
/// assert_eq!(Truncation::top_p(0.9).unwrap().to_string(), "top-p 0.9");
/// assert_eq!(Truncation::top_p(1.5).unwrap_err().to_string(), "top-p must lie in (0, 1], got 1.5");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truncation {
    pub(super) kind: TruncationKind,
    pub(super) parameter: f64,
}

impl Truncation {
    /// A truncation of `kind` with its `parameter`.
    ///
    /// # Errors
    ///
    /// NaN or a parameter outside the range of the kind: top-k takes whole numbers from 1, top-p and typical (0, 1], min-p
    /// [0, 1], epsilon and eta (0, 1), top-n-sigma positive numbers.
    pub fn new(kind: TruncationKind, parameter: f64) -> Result<Self, TruncationError> {
        if kind.accepts(parameter) {
            Ok(Self { kind, parameter })
        } else {
            Err(TruncationError::Parameter { kind, value: parameter })
        }
    }

    /// The k most likely tokens.
    ///
    /// # Errors
    ///
    /// k = 0.
    pub fn top_k(k: u64) -> Result<Self, TruncationError> {
        Self::new(TruncationKind::TopK, k as f64)
    }

    /// The smallest set of most likely tokens with mass p, also called nucleus.
    ///
    /// # Errors
    ///
    /// A p outside (0, 1].
    ///
    /// # References
    ///
    /// A. Holtzman et al., arXiv:1904.09751.
    pub fn top_p(p: f64) -> Result<Self, TruncationError> {
        Self::new(TruncationKind::TopP, p)
    }

    /// Tokens with p_i >= ratio p_max: a window of energies of the width -T ln(ratio) above the ground level.
    ///
    /// # Errors
    ///
    /// A ratio outside [0, 1].
    ///
    /// # References
    ///
    /// N. N. Minh et al., arXiv:2407.01082.
    pub fn min_p(ratio: f64) -> Result<Self, TruncationError> {
        Self::new(TruncationKind::MinP, ratio)
    }

    /// The smallest set with `mass` of the tokens whose energy is closest to the mean energy U.
    ///
    /// # Errors
    ///
    /// A mass outside (0, 1].
    ///
    /// # References
    ///
    /// C. Meister et al., arXiv:2202.00666.
    pub fn typical(mass: f64) -> Result<Self, TruncationError> {
        Self::new(TruncationKind::Typical, mass)
    }

    /// Tokens with p_i >= epsilon.
    ///
    /// # Errors
    ///
    /// An epsilon outside (0, 1).
    ///
    /// # References
    ///
    /// J. Hewitt et al., arXiv:2210.15191.
    pub fn epsilon(epsilon: f64) -> Result<Self, TruncationError> {
        Self::new(TruncationKind::Epsilon, epsilon)
    }

    /// Tokens with p_i >= min(eta, sqrt(eta) e^-S).
    ///
    /// # Errors
    ///
    /// An eta outside (0, 1).
    ///
    /// # References
    ///
    /// J. Hewitt et al., arXiv:2210.15191.
    pub fn eta(eta: f64) -> Result<Self, TruncationError> {
        Self::new(TruncationKind::Eta, eta)
    }

    /// Tokens with E_i - E_0 <= n sigma, sigma the standard deviation of all allowed energies: the same set at any T.
    ///
    /// # Errors
    ///
    /// An n that is not positive and finite.
    ///
    /// # References
    ///
    /// C. Tang et al., arXiv:2411.07641.
    pub fn top_n_sigma(n: f64) -> Result<Self, TruncationError> {
        Self::new(TruncationKind::TopNSigma, n)
    }

    /// The kind.
    #[must_use]
    pub fn kind(self) -> TruncationKind {
        self.kind
    }

    /// The parameter; k of top-k as a number like the others.
    #[must_use]
    pub fn parameter(self) -> f64 {
        self.parameter
    }
}

impl fmt::Display for Truncation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.parameter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_names_kind_range_and_value() {
        let message = |kind, value| Truncation::new(kind, value).unwrap_err().to_string();
        assert_eq!(Truncation::top_k(0).unwrap_err().to_string(), "top-k must be a whole number, 1 or more, got 0");
        assert_eq!(message(TruncationKind::TopP, 0.0), "top-p must lie in (0, 1], got 0");
        assert_eq!(message(TruncationKind::Typical, 1.1), "typical must lie in (0, 1], got 1.1");
        assert_eq!(message(TruncationKind::MinP, -0.1), "min-p must lie in [0, 1], got -0.1");
        assert_eq!(message(TruncationKind::Epsilon, 1.0), "epsilon must lie in (0, 1), got 1");
        assert_eq!(message(TruncationKind::Eta, 0.0), "eta must lie in (0, 1), got 0");
        assert_eq!(
            message(TruncationKind::TopNSigma, f64::INFINITY),
            "top-n-sigma must be positive and finite, got inf"
        );
        for kind in TruncationKind::ALL {
            assert!(message(kind, f64::NAN).ends_with("got NaN"));
        }
        assert!(Truncation::new(TruncationKind::TopK, 2.5).is_err());
        assert_eq!(Truncation::top_k(40).unwrap().to_string(), "top-k 40");
    }
}
