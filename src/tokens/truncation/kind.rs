//! The kinds of truncation: their names, ranges, and the one comparison that keeps a token or not.

use std::fmt;

use serde::Serialize;

/// The rule of a truncation. Each kind has one number; the sets it keeps are nested in that number.
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

    /// Whether `parameter` keeps a token of this [`threshold`](super::thresholds): the one place that decides.
    ///
    /// | kind | kept if and only if |
    /// | --- | --- |
    /// | top-k, top-n-sigma | parameter >= threshold |
    /// | top-p, typical | parameter > threshold |
    /// | min-p, epsilon, eta | parameter <= threshold |
    #[must_use]
    pub fn keeps(self, parameter: f64, threshold: f64) -> bool {
        match self {
            Self::TopK | Self::TopNSigma => parameter >= threshold,
            Self::TopP | Self::Typical => parameter > threshold,
            Self::MinP | Self::Epsilon | Self::Eta => parameter <= threshold,
        }
    }

    /// Ties under our own rules: top-k and typical keep those of the last token, top-p stops once it has its mass.
    pub(crate) fn own_ties(self) -> Ties {
        if self == Self::TopP { Ties::ByIndex } else { Ties::Together }
    }

    pub(super) fn range(self) -> &'static str {
        match self {
            Self::TopK => "be a whole number, 1 or more",
            Self::TopP | Self::Typical => "lie in (0, 1]",
            Self::MinP => "lie in [0, 1]",
            Self::Epsilon | Self::Eta => "lie in (0, 1)",
            Self::TopNSigma => "be positive and finite",
        }
    }

    pub(super) fn accepts(self, value: f64) -> bool {
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

/// What happens to tokens that are exactly tied where a truncation cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ties {
    /// All of them are kept.
    Together,
    /// They are kept one by one, lowest index first, until the truncation has what it needs.
    ByIndex,
}
