//! Which vector instructions this processor has, asked once at run time.

use std::env::VarError;
use std::sync::OnceLock;

/// Which vector instructions a set has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Width {
    Portable,
    Avx2,
    Avx512,
}

/// An instruction set that this processor has: its existence is the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InstructionSet(Width);

impl InstructionSet {
    /// The widest there is, or at most the one that the environment variable `GIBBS_SIMD` names (`portable`, `avx2`,
    /// `avx512`). Any other name is the error.
    pub fn detect() -> Result<Self, String> {
        match std::env::var("GIBBS_SIMD") {
            Ok(name) => Self::at_most(&name).ok_or(name),
            Err(VarError::NotPresent) => Ok(Self::widest(Width::Avx512)),
            Err(VarError::NotUnicode(name)) => Err(name.to_string_lossy().into_owned()),
        }
    }

    /// What [`InstructionSet::detect`] found when it was first asked; an unknown name limits nothing here.
    pub fn current() -> Self {
        static FOUND: OnceLock<InstructionSet> = OnceLock::new();
        *FOUND.get_or_init(|| Self::detect().unwrap_or_else(|_| Self::widest(Width::Avx512)))
    }

    pub fn at_most(name: &str) -> Option<Self> {
        let limit = match name {
            "portable" => Width::Portable,
            "avx2" => Width::Avx2,
            "avx512" | "" => Width::Avx512,
            _ => return None,
        };
        Some(Self::widest(limit))
    }

    /// The kind of vector instructions.
    #[inline]
    pub(super) fn width(self) -> Width {
        self.0
    }

    #[cfg(target_arch = "x86_64")]
    fn widest(limit: Width) -> Self {
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vbmi2")
            && is_x86_feature_detected!("avx512vpopcntdq")
            && is_x86_feature_detected!("popcnt");
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt");
        if avx512 && limit == Width::Avx512 {
            Self(Width::Avx512)
        } else if avx2 && limit >= Width::Avx2 {
            Self(Width::Avx2)
        } else {
            Self(Width::Portable)
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn widest(_limit: Width) -> Self {
        Self(Width::Portable)
    }
}

/// What the tests compare: the instruction sets of this processor, the narrowest first.
#[cfg(test)]
pub(super) fn sets() -> Vec<InstructionSet> {
    ["portable", "avx2", "avx512"].iter().filter_map(|name| InstructionSet::at_most(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_limit() {
        assert_eq!(InstructionSet::at_most("portable"), Some(InstructionSet(Width::Portable)));
        assert!(InstructionSet::at_most("avx2").is_some_and(|set| set.0 <= Width::Avx2));
        assert_eq!(InstructionSet::at_most("avx512"), InstructionSet::at_most(""));
        assert_eq!(InstructionSet::at_most("sse"), None);
    }
}
