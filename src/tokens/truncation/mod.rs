//! Truncations of next-token distributions: constrained ensembles, made by forbidding levels.

mod admission;
mod engine;
mod pipeline;
mod route;
mod verdict;

pub use admission::{Ties, admission, admission_by};
pub use engine::{Engine, TemperatureOrder};
pub use pipeline::{Pipeline, Truncated};
pub(crate) use route::Route;
pub(crate) use verdict::{Judge, Verdict};

use std::fmt;

use serde::Serialize;
use thiserror::Error;

use crate::ensemble::SpectrumError;

/// A truncation that cannot be.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum TruncationError {
    /// A parameter outside the range of its kind.
    #[error("{kind} must {}, got {value}", .kind.range())]
    Parameter {
        /// The kind.
        kind: TruncationKind,
        /// The parameter.
        value: f64,
    },
    /// Text that names no engine.
    #[error("engine must be llama.cpp, transformers, vllm or candle, got `{0}`")]
    Engine(String),
    /// Text that is no place of the temperature.
    #[error("the temperature must stand first or last, got `{0}`")]
    TemperatureOrder(String),
    /// A kind that the engine does not have.
    #[error("{engine} has no {kind}, only {}", .engine.kinds())]
    Unsupported {
        /// The engine.
        engine: Engine,
        /// The kind.
        kind: TruncationKind,
    },
    /// A kind given twice to an engine that takes it once.
    #[error("{engine} takes {kind} once, got it twice")]
    Repeated {
        /// The engine.
        engine: Engine,
        /// The kind.
        kind: TruncationKind,
    },
    /// A level that is more than one token.
    #[error("truncations act on tokens, levels of degeneracy 1, but level {0} has another")]
    Degenerate(usize),
    /// The kept levels make no spectrum.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
}

/// What a truncation goes by. Each kind has one number; the sets it keeps are nested in that number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TruncationKind {
    /// The k most likely tokens.
    TopK,
    /// The smallest set of most likely tokens with mass p.
    TopP,
    /// Tokens at least so likely relative to the most likely one.
    MinP,
    /// The smallest set with mass p of the tokens whose surprisal is closest to the entropy.
    Typical,
    /// Tokens with at least this probability.
    Epsilon,
    /// Tokens with at least the probability min(eta, sqrt(eta) e^-S).
    Eta,
    /// Tokens whose logit is at most n standard deviations of all logits below the largest.
    TopNSigma,
}

impl TruncationKind {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::TopK, Self::TopP, Self::MinP, Self::Typical, Self::Epsilon, Self::Eta, Self::TopNSigma];

    /// The name in messages, tables and options.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TopK => "top-k",
            Self::TopP => "top-p",
            Self::MinP => "min-p",
            Self::Typical => "typical",
            Self::Epsilon => "epsilon",
            Self::Eta => "eta",
            Self::TopNSigma => "top-n-sigma",
        }
    }

    /// Whether a larger parameter keeps more tokens (top-k, top-p, typical, top-n-sigma) and not fewer (min-p, epsilon, eta).
    #[must_use]
    pub fn nested_upwards(self) -> bool {
        matches!(self, Self::TopK | Self::TopP | Self::Typical | Self::TopNSigma)
    }

    /// Whether `parameter` keeps a token of this [`admission`]: the one place that decides.
    ///
    /// | kind | kept if and only if |
    /// | --- | --- |
    /// | top-k, top-n-sigma | parameter >= admission |
    /// | top-p, typical | parameter > admission |
    /// | min-p, epsilon, eta | parameter <= admission |
    #[must_use]
    pub fn keeps(self, parameter: f64, admission: f64) -> bool {
        match self {
            Self::TopK | Self::TopNSigma => parameter >= admission,
            Self::TopP | Self::Typical => parameter > admission,
            Self::MinP | Self::Epsilon | Self::Eta => parameter <= admission,
        }
    }

    /// Ties under our own rules: top-k and typical keep those of the last token, top-p stops once it has its mass.
    fn own_ties(self) -> Ties {
        if self == Self::TopP { Ties::ByIndex } else { Ties::Together }
    }

    fn range(self) -> &'static str {
        match self {
            Self::TopK => "be a whole number, 1 or more",
            Self::TopP | Self::Typical => "lie in (0, 1]",
            Self::MinP => "lie in [0, 1]",
            Self::Epsilon | Self::Eta => "lie in (0, 1)",
            Self::TopNSigma => "be positive and finite",
        }
    }

    fn admits(self, value: f64) -> bool {
        match self {
            Self::TopK => value >= 1.0 && value.fract() == 0.0,
            Self::TopP | Self::Typical => value > 0.0 && value <= 1.0,
            Self::MinP => (0.0..=1.0).contains(&value),
            Self::Epsilon | Self::Eta => value > 0.0 && value < 1.0,
            Self::TopNSigma => value > 0.0 && value < f64::INFINITY,
        }
    }
}

impl fmt::Display for TruncationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

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
    kind: TruncationKind,
    parameter: f64,
}

impl Truncation {
    /// A truncation of `kind` with its `parameter`.
    ///
    /// # Errors
    ///
    /// NaN or a parameter outside the range of the kind: top-k takes whole numbers from 1, top-p and typical (0, 1], min-p
    /// [0, 1], epsilon and eta (0, 1), top-n-sigma positive numbers.
    pub fn new(kind: TruncationKind, parameter: f64) -> Result<Self, TruncationError> {
        if kind.admits(parameter) {
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
#[allow(clippy::unwrap_used)]
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
