//! e^x of many numbers at once, to one unit in the last place, from gradual underflow to overflow.
//!
//! x = n ln 2 + r with |r| <= ln(2)/2, e^x = 2^n e^r: ln 2 in two parts of which the first has 41 bits, so that n times
//! it and the difference are exact; e^r = 1 + (r + r^2 q(r)) with q of degree 10 in Chebyshev's points; 2^n by the bits of
//! the exponent, in two factors so that only the second rounds where the result is subnormal.
//!
//! Errors, in units in the last place of a result >= 2^-1022: the last sum rounds by 1/2; r + r^2 q, below 0.42 in size,
//! rounds by 1/4 at most; so does r, which adds at most 0.2, the rounding of r^2 q 0.1, q itself 0.01. Together 1.06;
//! the largest that 2.5 x 10^6 arguments show is 0.97. Below 2^-1022 the result is rounded once more: 1 unit of 2^-1074.

use super::dispatch::{self, Work};
use super::instruction_set::InstructionSet;

/// Numbers in a block: one vector of 512 bits, or several narrower ones.
pub(super) const LANES: usize = 8;

/// 1.5 x 2^52: added to a small number it leaves the nearest integer in the last bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// The first 41 bits of ln 2, and the rest.
const LN_2: [f64; 2] = [0.693147180559663, 2.8235290563031577e-13];
/// Arguments beyond which the result is 0 or infinite; between them n has 11 bits.
const LIMITS: [f64; 2] = [-746.0, 710.0];
/// (e^r - 1 - r)/r^2 = sum_k Q_k r^k, to 4e-19 of e^r in r^2 times it.
const Q: [f64; 11] = [
    0.5,
    0.1666666666666667,
    0.04166666666666667,
    0.008333333333326141,
    0.0013888888888883752,
    0.00019841269874800512,
    2.4801587325533377e-05,
    2.7557255425720897e-06,
    2.75572736613304e-07,
    2.510520638458724e-08,
    2.091467938417506e-09,
];

/// e^x; NaN for NaN.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    // Comparisons that let NaN through.
    let x = if x < LIMITS[0] { LIMITS[0] } else { x };
    let x = if x > LIMITS[1] { LIMITS[1] } else { x };
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN_2[0]) - n * LN_2[1];
    let (r2, c) = (r * r, &Q);
    let r4 = r2 * r2;
    let low = (c[0] + c[1] * r) + (c[2] + c[3] * r) * r2;
    let middle = (c[4] + c[5] * r) + (c[6] + c[7] * r) * r2;
    let high = (c[8] + c[9] * r) + c[10] * r2;
    let q = low + (middle + high * r4) * r4;
    let e_r = 1.0 + (r + r2 * q);
    // n + 2048 > 0, halved; the exponents' bias is 1023.
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(2048);
    let (first, second) = (exponent >> 1, exponent - (exponent >> 1));
    let power = |exponent: u64| f64::from_bits(exponent.wrapping_sub(1) << 52);
    (e_r * power(first)) * power(second)
}

struct Weights<'a> {
    scale: f64,
    x: &'a [f64],
    out: &'a mut [f64],
}

impl Work for Weights<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let n = self.x.len().min(self.out.len());
        let (blocks, rest) = self.x[..n].as_chunks::<LANES>();
        let (out_blocks, out_rest) = self.out[..n].as_chunks_mut::<LANES>();
        for (x, out) in blocks.iter().zip(out_blocks) {
            for i in 0..LANES {
                out[i] = exp(-self.scale * x[i]);
            }
        }
        for (&x, out) in rest.iter().zip(out_rest) {
            *out = exp(-self.scale * x);
        }
    }
}

/// Boltzmann factors: out_i = e^(-scale x_i), as far as both lists reach. For `scale` > 0 an x of +infinity gives 0.
pub(crate) fn weights(set: InstructionSet, scale: f64, x: &[f64], out: &mut [f64]) {
    dispatch::with(set, Weights { scale, x, out });
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::instruction_set::sets;
    use super::*;

    /// a b without rounding, as two numbers.
    fn product(a: f64, b: f64) -> [f64; 2] {
        [a * b, a.mul_add(b, -(a * b))]
    }

    fn two_sum(a: f64, b: f64) -> [f64; 2] {
        let sum = a + b;
        let shadow = sum - a;
        [sum, (a - (sum - shadow)) + (b - shadow)]
    }

    /// n and e^x/2^n as a sum of two numbers: Taylor's series in twice the precision.
    fn reference(x: f64) -> (i32, [f64; 2]) {
        let n = (x * std::f64::consts::LOG2_E).round();
        // ln 2 less the two parts above.
        let [p, q] = product(n, LN_2[1]);
        let [r, lost] = two_sum(x - n * LN_2[0], -p);
        let lost = lost - q - n * 1.94704509238075e-31;
        let mut sum = [1.0, 0.0];
        for k in (1..=24).rev() {
            // 1 + (r/k) sum.
            let [p, q] = product(r, sum[0]);
            let tail = q + r * sum[1] + lost * sum[0];
            let k = f64::from(k);
            let high = p / k;
            let low = (high.mul_add(-k, p) + tail) / k;
            let [s, t] = two_sum(1.0, high);
            sum = two_sum(s, t + low);
        }
        (n as i32, sum)
    }

    /// Error of e^x in units in the last place: of the exact value, or of subnormals.
    fn error(x: f64) -> f64 {
        let (n, [high, low]) = reference(x);
        // Exact, for subnormals too; in two steps because 2^1074 is no number.
        let scaled = |y: f64, n: i32| y * 2f64.powi(-n / 2) * 2f64.powi(-n - (-n / 2));
        let unit =
            if n >= -1021 { 2f64.powi(if high < 1.0 { -53 } else { -52 }) } else { scaled(f64::from_bits(1), n) };
        ((scaled(exp(x), n) - high) - low).abs() / unit
    }

    /// A number in [0, 1) after the last one.
    pub fn next(state: &mut u64) -> f64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 11) as f64 / (1u64 << 53) as f64
    }

    fn largest_error(n: usize, seed: u64, argument: impl Fn(f64) -> f64) -> f64 {
        let mut state = seed;
        (0..n).map(|_| error(argument(next(&mut state)))).fold(0.0, f64::max)
    }

    #[test]
    fn errors_are_about_one_unit() {
        let ln_2 = std::f64::consts::LN_2;
        // All of the range, numbers near 0, half odd multiples of ln 2 and whole ones, and their neighbours.
        let near = |u: f64, half: f64| {
            let n = (u * 2090.0).round() - 1066.0;
            let x = (n + half) * ln_2;
            f64::from_bits(x.to_bits().wrapping_add((u * 1e9) as u64 % 65) - 32)
        };
        let normal = [
            largest_error(600_000, 1, |u| -708.3 + u * 1417.9),
            largest_error(600_000, 2, |u| u - 0.5),
            largest_error(300_000, 3, |u| near(u, 0.5).clamp(-708.3, 709.7)),
            largest_error(300_000, 4, |u| near(u, 0.0).clamp(-708.3, 709.7)),
            largest_error(100_000, 5, |u| (u - 0.5) * 2f64.powf(-60.0 * u)),
            largest_error(600_000, 6, |u| -40.0 * u),
        ];
        assert!(normal.iter().all(|&e| e < 1.06), "{normal:?}");
        let subnormal = largest_error(300_000, 7, |u| -745.2 + u * 36.9);
        assert!(subnormal < 1.0, "{subnormal}");
        // The reference is no copy of what it judges.
        assert!(error(1.0) > 0.0 && normal[0] > 0.5);
    }

    #[test]
    fn library_and_kernel_are_neighbours() {
        let mut state = 8;
        for _ in 0..2_000_000 {
            let x = -746.0 + next(&mut state) * 1456.0;
            let apart = (exp(x).to_bits() as i64 - x.exp().to_bits() as i64).abs();
            assert!(apart <= 1, "{x}");
        }
    }

    #[test]
    fn limits_are_exact() {
        for x in [-745.133_219_101_941_2, -746.0, -1e3, -1e300, f64::NEG_INFINITY] {
            assert_eq!(exp(x).to_bits(), 0, "{x}");
        }
        assert_eq!(exp(-745.13), f64::from_bits(1));
        assert_eq!(exp(-744.0), f64::from_bits(2));
        for x in [709.782_712_893_384_1, 710.0, 1e3, 1e300, f64::INFINITY] {
            assert_eq!(exp(x), f64::INFINITY, "{x}");
        }
        assert!(exp(709.782_712_893_383_9) < f64::INFINITY);
        assert!(exp(f64::NAN).is_nan());
        for x in [0.0, -0.0, 1e-300, -1e-17, f64::from_bits(1)] {
            assert_eq!(exp(x), 1.0);
        }
    }

    #[test]
    fn all_instruction_sets_repeat_the_scalar_twin_bit_for_bit() {
        let specials = [0.0, f64::INFINITY, 745.1, 744.0, 709.0, 1e300, -709.0, -720.0, f64::from_bits(3)];
        let mut state = 9;
        for n in [0, 1, 7, 8, 9, 15, 16, 100, 4099] {
            let mut x: Vec<f64> = (0..n).map(|_| 800.0 * next(&mut state) - 20.0).collect();
            x.iter_mut().zip(specials).for_each(|(x, special)| *x = special);
            for scale in [1.0, 0.7, -1.0] {
                for set in sets() {
                    let mut out = vec![f64::NAN; n];
                    weights(set, scale, &x, &mut out);
                    assert!(x.iter().zip(&out).all(|(&x, w)| w.to_bits() == exp(-scale * x).to_bits()), "{set:?}");
                }
            }
        }
    }
}
