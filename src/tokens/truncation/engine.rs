//! What engines do differently: where the temperature stands, the order of truncations, ties and boundaries.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::kind::{Ties, TruncationKind};

/// A name that is not known.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EngineError {
    /// Text that names no engine.
    #[error("engine must be llama.cpp, transformers, vllm or candle, got `{0}`")]
    Unknown(String),
    /// Text that is no place of the temperature.
    #[error("the temperature must stand first or last, got `{0}`")]
    TemperatureOrder(String),
}

/// Whether the temperature acts before the truncations or after them.
#[derive(Clone, Default, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TemperatureOrder {
    /// The truncations see the tempered distribution.
    #[default]
    First,
    /// The truncations see the distribution at T = 1, what they keep is tempered.
    Last,
}

impl fmt::Display for TemperatureOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First => "first",
            Self::Last => "last",
        })
    }
}

impl FromStr for TemperatureOrder {
    type Err = EngineError;

    fn from_str(text: &str) -> Result<Self, EngineError> {
        match text {
            "first" => Ok(Self::First),
            "last" => Ok(Self::Last),
            _ => Err(EngineError::TemperatureOrder(text.to_owned())),
        }
    }
}

/// An engine whose order, ties and boundaries a [`Pipeline`](super::Pipeline) reproduces.
///
/// | engine | order | ties of the last token |
/// | --- | --- | --- |
/// | `llama.cpp` | top-n-sigma, top-k, typical, top-p, min-p, temperature | none kept: exactly k tokens |
/// | `transformers` | temperature, top-k, top-p, min-p, typical, epsilon, eta | kept by top-k and typical |
/// | `vllm` | temperature, min-p, top-k, top-p | kept by top-k |
/// | `candle` | temperature, top-k, top-p | none kept |
///
/// Every truncation sees what the one before has left, renormalized, but candle's top-p after top-k, which counts the mass
/// of the whole distribution. typical in llama.cpp needs a mass greater than its parameter, elsewhere one that reaches it;
/// min-p keeps a token at its bound. What the table does not say is as in our own rules.
///
/// Which of several tied tokens an engine keeps when it does not keep all depends on its sorting routine; here it is
/// the lowest indices. Tied tokens have one energy, so U, S and C do not depend on it. A preset leaves out:
/// single precision; the first of several tied maxima at T = 0 (here all of them); the temperatures below which an
/// engine is greedy (vLLM 1e-5, candle 1e-7); T < 0, which engines refuse or take for greedy and which is a
/// temperature here; xtc and the penalties; samplers that vLLM hands over to other libraries (FlashInfer); typical
/// behind top-n-sigma in llama.cpp where tokens have been removed, whose entropy there is not a number.
///
/// # Examples
///
/// ```
/// use gibbs::tokens::truncation::{Engine, TemperatureOrder};
/// let engine: Engine = "llama.cpp".parse().unwrap();
/// assert_eq!(engine.temperature_order(), TemperatureOrder::Last);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// llama.cpp's default chain on the CPU.
    LlamaCpp,
    /// The logits warpers of Hugging Face transformers.
    Transformers,
    /// vLLM's own (PyTorch) sampler.
    Vllm,
    /// `LogitsProcessor` of candle.
    Candle,
}

impl Engine {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::LlamaCpp, Self::Transformers, Self::Vllm, Self::Candle];

    /// The name in options.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LlamaCpp => "llama.cpp",
            Self::Transformers => "transformers",
            Self::Vllm => "vllm",
            Self::Candle => "candle",
        }
    }

    /// The truncations it has, in its order.
    #[must_use]
    pub fn order(self) -> &'static [TruncationKind] {
        use TruncationKind::{Epsilon, Eta, MinP, TopK, TopNSigma, TopP, Typical};
        match self {
            Self::LlamaCpp => &[TopNSigma, TopK, Typical, TopP, MinP],
            Self::Transformers => &[TopK, TopP, MinP, Typical, Epsilon, Eta],
            Self::Vllm => &[MinP, TopK, TopP],
            Self::Candle => &[TopK, TopP],
        }
    }

    /// Where its temperature stands.
    #[must_use]
    pub fn temperature_order(self) -> TemperatureOrder {
        if self == Self::LlamaCpp { TemperatureOrder::Last } else { TemperatureOrder::First }
    }

    pub(super) fn ties(self, kind: TruncationKind) -> Ties {
        match self {
            Self::Transformers | Self::Vllm => kind.own_ties(),
            Self::LlamaCpp | Self::Candle => Ties::ByIndex,
        }
    }

    /// Its truncations in words.
    pub(super) fn kinds(self) -> String {
        let names: Vec<&str> = self.order().iter().map(|kind| kind.name()).collect();
        names.join(", ")
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Engine {
    type Err = EngineError;

    fn from_str(text: &str) -> Result<Self, EngineError> {
        let named = Self::ALL.into_iter().find(|engine| engine.name() == text);
        named.ok_or_else(|| EngineError::Unknown(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for engine in Engine::ALL {
            assert_eq!(engine.to_string().parse::<Engine>().unwrap(), engine);
        }
        assert_eq!(
            "ollama".parse::<Engine>().unwrap_err().to_string(),
            "engine must be llama.cpp, transformers, vllm or candle, got `ollama`"
        );
        for order in [TemperatureOrder::First, TemperatureOrder::Last] {
            assert_eq!(order.to_string().parse::<TemperatureOrder>().unwrap(), order);
        }
        assert!("middle".parse::<TemperatureOrder>().is_err());
    }
}
