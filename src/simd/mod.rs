//! Loops over many bits or numbers at once, one portable definition of each compiled for several instruction sets.
//!
//! The loops run over blocks of eight words or numbers and are plain arithmetic, which the compiler turns into vector
//! instructions; so the results are the same bits everywhere. The only `unsafe` is the call of a function compiled for
//! an instruction set that was detected, and in the filter of neighbours loads and stores of whole vectors.

use std::env::VarError;
use std::sync::OnceLock;

mod bins;
mod dispatch;
mod exp;
mod extremes;
mod kernel;
mod layout;
mod level_draws;
mod levels;
mod neighbours;
mod pair_sums;
mod random;
mod tokens;
mod torus;

pub(crate) use bins::{Bins, Terms};
pub(crate) use exp::{exp, weights};
pub(crate) use extremes::{below, measure_from, range};
pub(crate) use kernel::{Rule, Thresholds};
pub(crate) use layout::Layout;
pub(crate) use level_draws::{BATCH, LevelDraws};
pub(crate) use levels::{Levels, Moments};
pub(crate) use neighbours::{CHUNK, Near, Slots};
pub(crate) use pair_sums::PairSums;
pub(crate) use random::Lanes;
pub(crate) use tokens::{CRUDE, LANES, block_maxima, masses, moments, weight_bounds};
pub(crate) use torus::{Counts, Torus};

/// Eight words: one vector of 512 bits, or several narrower ones.
type Block = [u64; 8];

/// Words in a block.
const WORDS: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Portable,
    Avx2,
    Avx512,
}

/// An instruction set that this processor has: its existence is the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InstructionSet(Level);

impl InstructionSet {
    /// The widest there is, or at most the one that the environment variable `GIBBS_SIMD` names (`portable`, `avx2`,
    /// `avx512`). Any other name is the error.
    pub fn detect() -> Result<Self, String> {
        match std::env::var("GIBBS_SIMD") {
            Ok(name) => Self::at_most(&name).ok_or(name),
            Err(VarError::NotPresent) => Ok(Self::widest(Level::Avx512)),
            Err(VarError::NotUnicode(name)) => Err(name.to_string_lossy().into_owned()),
        }
    }

    /// What [`InstructionSet::detect`] found when it was first asked; an unknown name limits nothing here.
    pub fn current() -> Self {
        static FOUND: OnceLock<InstructionSet> = OnceLock::new();
        *FOUND.get_or_init(|| Self::detect().unwrap_or_else(|_| Self::widest(Level::Avx512)))
    }

    pub fn at_most(name: &str) -> Option<Self> {
        let level = match name {
            "portable" => Level::Portable,
            "avx2" => Level::Avx2,
            "avx512" | "" => Level::Avx512,
            _ => return None,
        };
        Some(Self::widest(level))
    }

    #[cfg(target_arch = "x86_64")]
    fn widest(limit: Level) -> Self {
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vbmi2")
            && is_x86_feature_detected!("avx512vpopcntdq")
            && is_x86_feature_detected!("popcnt");
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt");
        if avx512 && limit == Level::Avx512 {
            Self(Level::Avx512)
        } else if avx2 && limit >= Level::Avx2 {
            Self(Level::Avx2)
        } else {
            Self(Level::Portable)
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn widest(_limit: Level) -> Self {
        Self(Level::Portable)
    }
}

/// What the tests compare: the instruction sets of this processor, the narrowest first.
#[cfg(test)]
fn sets() -> Vec<InstructionSet> {
    ["portable", "avx2", "avx512"].iter().filter_map(|name| InstructionSet::at_most(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_limit() {
        assert_eq!(InstructionSet::at_most("portable"), Some(InstructionSet(Level::Portable)));
        assert!(InstructionSet::at_most("avx2").is_some_and(|set| set.0 <= Level::Avx2));
        assert_eq!(InstructionSet::at_most("avx512"), InstructionSet::at_most(""));
        assert_eq!(InstructionSet::at_most("sse"), None);
    }
}
