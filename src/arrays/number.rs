//! How numbers are stored in binary files.

/// The type of the numbers of an array.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum NumberType {
    /// 1 sign, 5 exponent and 10 fraction bits.
    F16,
    /// The upper half of an `F32`.
    Bf16,
    F32,
    F64,
    /// Whole numbers with a sign, of 1, 2, 4 or 8 bytes.
    Signed(usize),
    /// Whole numbers without one.
    Unsigned(usize),
}

impl NumberType {
    pub(super) fn is_float(self) -> bool {
        !matches!(self, Self::Signed(_) | Self::Unsigned(_))
    }

    pub(super) fn n_bytes(self) -> usize {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
            Self::Signed(n_bytes) | Self::Unsigned(n_bytes) => n_bytes,
        }
    }

    /// The number stored as the lowest bits of `bits`.
    fn value(self, bits: u64) -> f64 {
        match self {
            Self::F16 => half(bits),
            Self::Bf16 => f64::from(f32::from_bits((bits as u32) << 16)),
            Self::F32 => f64::from(f32::from_bits(bits as u32)),
            Self::F64 => f64::from_bits(bits),
            Self::Signed(n_bytes) => {
                let unused = 64 - 8 * n_bytes as u32;
                ((bits << unused) as i64 >> unused) as f64
            }
            Self::Unsigned(_) => bits as f64,
        }
    }

    /// The numbers in `bytes`.
    pub(super) fn numbers(self, bytes: &[u8], big_endian: bool) -> Vec<f64> {
        let number = |chunk: &[u8]| {
            let mut little = [0; 8];
            let place = &mut little[..chunk.len()];
            place.copy_from_slice(chunk);
            if big_endian {
                place.reverse();
            }
            self.value(u64::from_le_bytes(little))
        };
        bytes.chunks_exact(self.n_bytes()).map(number).collect()
    }
}

/// The lowest finite numbers of float16, bfloat16 and float32, with which programs mask tokens.
const MASKS: [f64; 3] = [-65504.0, -3.389_531_389_251_535_5e38, f32::MIN as f64];

/// Puts minus infinity for logits that are masks: the lowest number of a type, as it is or as it is printed.
pub(crate) fn unmask(logits: &mut [f64]) {
    let is_mask = |logit: f64| logit <= MASKS[2] || MASKS.iter().any(|mask| (logit / mask - 1.0).abs() < 1e-7);
    for logit in logits.iter_mut().filter(|logit| is_mask(**logit)) {
        *logit = f64::NEG_INFINITY;
    }
}

fn half(bits: u64) -> f64 {
    let (negative, exponent, fraction) = (bits >> 15 == 1, bits >> 10 & 31, bits & 1023);
    let size = match (exponent, fraction) {
        (0, _) => fraction as f64 / f64::from(1 << 24),
        (31, 0) => f64::INFINITY,
        (31, _) => f64::NAN,
        _ => f64::from_bits((exponent + 1023 - 15) << 52 | fraction << 42),
    };
    if negative { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_numbers_are_those_of_the_standard() {
        let known =
            [(0x3c00, 1.0), (0xc000, -2.0), (0x7bff, 65504.0), (0x0400, 2f64.powi(-14)), (0x0001, 2f64.powi(-24))];
        for (bits, value) in known {
            assert_eq!(NumberType::F16.value(bits), value);
        }
        assert_eq!(NumberType::F16.value(0xfc00), f64::NEG_INFINITY);
        assert!(NumberType::F16.value(0x7e00).is_nan());
        assert_eq!(NumberType::F16.value(0x3555), 0.333_251_953_125);
        assert_eq!(NumberType::Bf16.value(0xc2ce), -103.0);
        assert_eq!(NumberType::F16.value(0x8000).to_bits(), (-0.0f64).to_bits());
    }

    #[test]
    fn masks_are_minus_infinity() {
        let mut logits =
            [-65504.0, -65503.0, -3.3895314e38, -3.4028235e38, -3.402_823_466_385_288_6e38, f64::MIN, -1e30, 0.0];
        unmask(&mut logits);
        let masked: Vec<bool> = logits.iter().map(|logit| *logit == f64::NEG_INFINITY).collect();
        assert_eq!(masked, [true, false, true, true, true, true, false, false]);
    }

    #[test]
    fn whole_numbers_keep_their_sign() {
        for n_bytes in [1, 2, 4, 8] {
            let least = (1u64 << (8 * n_bytes - 1)).to_be_bytes();
            let power = 2f64.powi(8 * n_bytes - 1);
            let bytes = &least[8 - n_bytes as usize..];
            assert_eq!(NumberType::Signed(n_bytes as usize).numbers(bytes, true), [-power]);
            assert_eq!(NumberType::Unsigned(n_bytes as usize).numbers(bytes, true), [power]);
        }
        assert_eq!(NumberType::Signed(2).numbers(&[0xfe, 0xff, 7, 0], false), [-2.0, 7.0]);
    }
}
