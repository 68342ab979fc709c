//! Work compiled for each instruction set, and the choice between them at run time.

use super::instruction_set::{InstructionSet, Width};

/// Work whose `run` is `#[inline(always)]`, and so compiled for the instruction set of its caller.
pub(super) trait Work {
    type Output;

    fn run(self) -> Self::Output;
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,popcnt")]
fn avx2<W: Work>(work: W) -> W::Output {
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq")]
fn avx512<W: Work>(work: W) -> W::Output {
    work.run()
}

/// Does `work` with the instructions of `set`.
#[inline]
pub(super) fn with<W: Work>(set: InstructionSet, work: W) -> W::Output {
    match set.width() {
        // SAFETY: an `InstructionSet` of this width is made only after all these features were detected.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Width::Avx512 => unsafe { avx512(work) },
        // SAFETY: likewise.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Width::Avx2 => unsafe { avx2(work) },
        _ => work.run(),
    }
}
