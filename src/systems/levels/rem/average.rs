//! The random energy model averaged exactly over its disorder at a finite number of levels, by quadrature.

use std::f64::consts::{SQRT_2, TAU};

use super::{NAME, require_sigma};
use crate::ensemble::Thermo;
use crate::model::{Exact, SystemError};
use crate::numerics::{CompensatedSum, GAUSS_LEGENDRE_16};
use crate::units::Beta;

/// Terms below this share of the largest are left out of a sum.
const NEGLIGIBLE: f64 = 1e-20;

/// Outer step in units of the width of the distribution of ln Z: trapezoid error e^(-pi^2/0.2) = 4e-22.
const OUTER_STEP: f64 = 0.2;

/// Above this ln w the factor 1 - e^-w is 1 and w e^-w is 0, both to e^-54.
const SATURATED: f64 = 4.0;

/// Below this a the first order in a^2 is exact in double precision.
const NEARLY_HOT: f64 = 1e-9;

/// Above this a the averages follow their law of low temperatures to 1e-12, and quadrature loses the digits of small entropies.
const FROZEN: f64 = 1e7;

/// Euler's constant gamma.
const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// Quenched averages over all realizations of V levels drawn from Normal(0, sigma^2).
///
/// With a = beta sigma, w = e^(s + a x), x normal, Phi(s) = E e^-w and A_k(s) = E[x^k w e^-w], the integral
/// representation Z^-k = int e^(ks) exp(-e^s Z) ds/Gamma(k) turns each average into one integral over s:
///
/// - `Y2 = E sum p_i^2`, `1 - Y2 = V(V-1) int A_0^2 Phi^(V-2) ds`
/// - `U = -sigma a (1 - Y2)` (Gaussian integration by parts)
/// - `C = a^2 V(V-1) int (A_0 A_2 - A_1^2) Phi^(V-2) ds`
/// - `S = -V int E[w (ln w + gamma) e^-w] Phi^(V-1) ds`, gamma being Euler's constant
/// - `ln Z = S - beta U`
///
/// No term cancels another of its size, so small values at low temperature keep their digits; the deviation from
/// 20-digit references is below 1e-14. Every temperature is legal; negative ones mirror positive ones.
///
/// # Examples
///
/// ```
/// use gibbs::model::Exact;
/// use gibbs::systems::RemAverage;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let two = RemAverage::new(2.0, 1.0)?;
/// // The mean of the lower of two normal numbers is -1/sqrt(pi).
/// assert!((two.thermo(Beta::INFINITE)?.energy + 0.5641895835477563).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// B. Derrida, Phys. Rev. B 24, 2613 (1981), doi:10.1103/PhysRevB.24.2613.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RemAverage {
    n_levels: f64,
    sigma: f64,
}

/// The averages over disorder at one a = |beta| sigma.
struct Averages {
    /// 1 - Y2.
    distinct: f64,
    participation: f64,
    entropy: f64,
    heat_capacity: f64,
}

/// The integrands over s at one s.
struct Integrands {
    /// Of 1 - Y2.
    distinct: f64,
    /// Of Y2.
    participation: f64,
    /// Of -S.
    surprisal: f64,
    /// Of C/a^2.
    variance: f64,
    /// Of V int A_0 Phi^(V-1) ds, which is 1.
    norm: f64,
}

impl Integrands {
    /// For V = `v` levels.
    fn new(v: f64, e: &Inner) -> Self {
        let phi_to_the = |power: f64| if power == 0.0 { 1.0 } else { (power * (-e.missing).ln_1p()).exp() };
        let single = v * phi_to_the(v - 1.0);
        let pair = v * (v - 1.0) * e.weight * e.weight * phi_to_the(v - 2.0);
        Self {
            distinct: pair,
            participation: single * e.second,
            surprisal: single * e.surprisal,
            variance: pair * e.variance,
            norm: single * e.weight,
        }
    }

    /// Size of the largest.
    fn largest(&self) -> f64 {
        let all = [self.distinct, self.participation, self.surprisal, self.variance, self.norm];
        all.into_iter().fold(0.0, |size: f64, term| size.max(term.abs()))
    }
}

/// Expectations over x at one s.
struct Inner {
    /// 1 - Phi.
    missing: f64,
    /// A_0 = E[w e^-w].
    weight: f64,
    /// Variance of x under w e^-w: A_2/A_0 - (A_1/A_0)^2.
    variance: f64,
    /// E[w^2 e^-w].
    second: f64,
    /// E[w (ln w + gamma) e^-w].
    surprisal: f64,
}

/// The sums over x that [`Inner`] is made of; distances d of x are measured from the peak of the integrand.
#[derive(Default)]
struct InnerSums {
    /// E[1 - e^-w].
    missing: CompensatedSum,
    /// E[w e^-w].
    weight: CompensatedSum,
    /// E[d w e^-w].
    distance: CompensatedSum,
    /// E[d^2 w e^-w].
    square: CompensatedSum,
    /// E[w^2 e^-w].
    second: CompensatedSum,
    /// E[w (ln w + gamma) e^-w].
    surprisal: CompensatedSum,
}

impl InnerSums {
    /// Adds the node at distance `d`, which has the share `gauss` of the normal distribution.
    fn add(&mut self, d: f64, ln_w: f64, gauss: f64) {
        let w = ln_w.exp();
        let weight = gauss * w * (-w).exp();
        self.missing.add(-gauss * (-w).exp_m1());
        self.weight.add(weight);
        self.distance.add(weight * d);
        self.square.add(weight * d * d);
        self.second.add(weight * w);
        self.surprisal.add(weight * (ln_w + EULER_GAMMA));
    }
}

impl RemAverage {
    /// The average over realizations of `n_levels` levels (2 to 2^500) of spread `sigma` >= 0.
    ///
    /// # Errors
    ///
    /// A number of levels that is no integer or outside its range; a sigma that is negative or not finite.
    pub fn new(n_levels: f64, sigma: f64) -> Result<Self, SystemError> {
        if !(n_levels >= 2.0 && n_levels <= 2f64.powi(500) && n_levels.fract() == 0.0) {
            return Err(SystemError::parameter(NAME, "n", "1 to 500 with seed=average", n_levels.log2()));
        }
        Ok(Self { n_levels, sigma: require_sigma(sigma)? })
    }

    /// Y2 = E sum_i p_i^2, the average participation: 1 at T = 0, 1/V at infinite temperature.
    #[must_use]
    pub fn participation(&self, beta: Beta) -> f64 {
        let a = self.spread(beta);
        if a.is_infinite() { 1.0 } else { self.averages(a).participation }
    }

    /// a = |beta| sigma.
    fn spread(&self, beta: Beta) -> f64 {
        if self.sigma == 0.0 { 0.0 } else { beta.get().abs() * self.sigma }
    }

    /// E max_i x_i of V normal numbers, `V int x phi(x) N(x)^(V-1) dx`, by the trapezoid rule.
    fn mean_maximum(&self) -> f64 {
        const STEP: f64 = 0.005;
        let term = |k: i32| {
            let x = STEP * f64::from(k);
            let density = (-0.5 * x * x).exp() / TAU.sqrt();
            x * density * ((self.n_levels - 1.0) * (-0.5 * libm::erfc(x / SQRT_2)).ln_1p()).exp()
        };
        let total: CompensatedSum = (-3000..=7000).map(term).collect();
        self.n_levels * STEP * total.value()
    }

    /// All averages at 0 < a < infinity.
    fn averages(&self, a: f64) -> Averages {
        if a > FROZEN {
            return self.frozen(a);
        }
        let v = self.n_levels;
        if a < NEARLY_HOT {
            let distinct = 1.0 - 1.0 / v;
            let square = a * a * distinct;
            return Averages {
                distinct,
                participation: 1.0 / v,
                entropy: v.ln() - 0.5 * square,
                heat_capacity: square,
            };
        }
        let [mut distinct, mut participation, mut surprisal, mut variance] = [CompensatedSum::default(); 4];
        let step = self.for_each_s(a, |at| {
            distinct.add(at.distinct);
            participation.add(at.participation);
            surprisal.add(at.surprisal);
            variance.add(at.variance);
        });
        Averages {
            distinct: step * distinct.value(),
            participation: step * participation.value(),
            entropy: -(step * surprisal.value()),
            heat_capacity: a * a * (step * variance.value()),
        }
    }

    /// All averages at a > [`FROZEN`]: C = A t + B t^2 in t = 1/a, with A and B from two points, S and U by integration from t = 0.
    fn frozen(&self, a: f64) -> Averages {
        let slope = |a: f64| a * self.averages(a).heat_capacity;
        let (one, two) = (slope(FROZEN), slope(0.5 * FROZEN));
        let (linear, square) = (2.0 * one - two, FROZEN * (two - one));
        let t = a.recip();
        let distinct = t * (self.mean_maximum() - t * t * (linear / 2.0 + square * t / 3.0));
        Averages {
            distinct,
            participation: 1.0 - distinct,
            entropy: t * (linear + square * t / 2.0),
            heat_capacity: t * (linear + square * t),
        }
    }

    /// Shows the integrands at equidistant s to `add`, from their peak in both directions until they are negligible, and
    /// returns the distance of the s: by the trapezoid rule it is the weight of each.
    fn for_each_s(&self, a: f64, mut add: impl FnMut(&Integrands)) -> f64 {
        let v = self.n_levels;
        // The integrands peak where V (1 - Phi) is about 1; there d ln(1 - Phi)/ds = A_0/(1 - Phi) sets the width.
        // At the lower bound V (1 - Phi) is below e^-2 + e^-5, whether typical or extreme levels dominate it.
        let bound = (0.5 * a * a).min(a * (2.0 * v.ln() + 10.0).sqrt());
        let (mut low, mut high) = (-v.ln() - bound - 2.0, 40.0);
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            if v * inner(middle, a).missing < 1.0 { low = middle } else { high = middle }
        }
        let centre = inner(low, a);
        let step = OUTER_STEP * centre.missing / centre.weight;
        for direction in [1.0, -1.0] {
            let mut largest = 0.0f64;
            for k in (if direction > 0.0 { 0u32 } else { 1 }).. {
                let integrands = Integrands::new(v, &inner(low + direction * f64::from(k) * step, a));
                add(&integrands);
                let size = integrands.largest();
                largest = largest.max(size);
                if size.is_nan() || size <= NEGLIGIBLE * largest {
                    break;
                }
            }
        }
        step
    }
}

/// The expectations over x at `s` for spread `a`, by Gauss–Legendre panels around the peak of the integrand.
///
/// The integrand w e^-w phi(x) is log-concave, so walking away from its maximum until it is negligible misses
/// nothing; beyond [`SATURATED`] the rest of 1 - Phi is a normal tail.
fn inner(s: f64, a: f64) -> Inner {
    // The maximum solves a (1 - w) = x: the left side falls and the right side rises.
    let (mut low, mut high) = (-s.max(0.0) / a - 1.0, a + 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if a * (1.0 - (s + a * middle).exp()) > middle { low = middle } else { high = middle }
    }
    // Everything is measured by the distance d from the peak: where a is large s and a x nearly cancel, and taking
    // their sum only once turns its rounding error into a harmless shift of s.
    let peak = low.min((SATURATED - s) / a);
    let ln_w_peak = s + a * peak;
    let edge = ((SATURATED - ln_w_peak) / a).max(0.0);
    let ln_w = |d: f64| ln_w_peak + a * d;
    let ln_gauss = |d: f64| -0.5 * (peak + d) * (peak + d);
    let ln_density = |d: f64| ln_w(d) - ln_w(d).exp() + ln_gauss(d);
    let floor = ln_density(0.0) + NEGLIGIBLE.ln();
    let width = 1.0 / (1.0 + a);
    let mut sums = InnerSums::default();
    let mut panel = |from: f64, to: f64| {
        let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
        for (node, node_weight) in GAUSS_LEGENDRE_16 {
            for d in [middle - half * node, middle + half * node] {
                sums.add(d, ln_w(d), half * node_weight * ln_gauss(d).exp() / TAU.sqrt());
            }
        }
    };
    let mut right = 0.0;
    while right < edge && ln_w(right).min(0.0) + ln_gauss(right) > floor {
        let next = (right + width).min(edge);
        panel(right, next);
        right = next;
    }
    let mut left = 0.0;
    while ln_density(left) > floor {
        panel(left - width, left);
        left -= width;
    }
    // The walk ends at the edge, or before it where what is left of 1 - Phi is negligible too.
    let tail = if right >= edge { 0.5 * libm::erfc((peak + edge) / SQRT_2) } else { 0.0 };
    let weight = sums.weight.value();
    let mean = |sum: CompensatedSum| if weight > 0.0 { sum.value() / weight } else { 0.0 };
    let distance = mean(sums.distance);
    Inner {
        missing: (sums.missing.value() + tail).min(1.0),
        weight,
        variance: mean(sums.square) - distance * distance,
        second: sums.second.value(),
        surprisal: sums.surprisal.value(),
    }
}

impl Exact for RemAverage {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        let a = self.spread(beta);
        let sign = if beta.get() < 0.0 { -1.0 } else { 1.0 };
        if a == 0.0 {
            let ln_v = self.n_levels.ln();
            return Ok(Thermo { beta, ln_z: ln_v, energy: 0.0, entropy: ln_v, heat_capacity: 0.0 });
        }
        if a.is_infinite() {
            let energy = -sign * self.sigma * self.mean_maximum();
            return Ok(Thermo { beta, ln_z: f64::INFINITY, energy, entropy: 0.0, heat_capacity: 0.0 });
        }
        let averages = self.averages(a);
        Ok(Thermo {
            beta,
            ln_z: averages.entropy + a * (a * averages.distinct),
            energy: -sign * self.sigma * (a * averages.distinct),
            entropy: averages.entropy,
            heat_capacity: averages.heat_capacity,
        })
    }

    fn n_sites(&self) -> f64 {
        self.n_levels.log2()
    }

    /// That of the quadrature, whose exponents are as large as ln V; S is a sum of terms of size 1.
    fn rounding(&self) -> (f64, f64) {
        (1e-13, 1e-13)
    }

    fn entropy_limits(&self) -> (f64, f64) {
        (if self.sigma == 0.0 { self.n_levels.ln() } else { 0.0 }, self.n_levels.ln())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probabilities_sum_to_one() {
        for v in [2.0, 3.0, 64.0, 151_936.0, 2f64.powi(40), 2f64.powi(300)] {
            for a in [2e-9, 1e-6, 0.1, 1.0, 3.0, 10.0, 100.0, 1000.0, 1e8] {
                let rem = RemAverage::new(v, 1.0).unwrap();
                if a >= NEARLY_HOT {
                    let mut norm = CompensatedSum::default();
                    let step = rem.for_each_s(a, |at| norm.add(at.norm));
                    assert!((step * norm.value() - 1.0).abs() < 1e-12, "{v} {a} {}", step * norm.value() - 1.0);
                }
                let averages = rem.averages(a);
                let total = averages.distinct + averages.participation;
                assert!((total - 1.0).abs() < 1e-12, "{v} {a} {}", total - 1.0);
            }
        }
    }

    #[test]
    fn entropy_and_energy_obey_the_second_law() {
        // dS/dbeta = beta dU/dbeta, by central differences.
        let rem = RemAverage::new(4096.0, 1.0).unwrap();
        for beta in [0.5, 3.0, 20.0] {
            let at = |f: f64| rem.thermo(Beta::new(beta * f).unwrap()).unwrap();
            let (below, here, above) = (at(1.0 - 1e-4), at(1.0), at(1.0 + 1e-4));
            let ds = above.entropy - below.entropy;
            assert!((ds / (beta * (above.energy - below.energy)) - 1.0).abs() < 1e-6);
            assert!((-beta * ds / (2e-4 * beta) / here.heat_capacity - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn low_temperature_approaches_the_mean_minimum() {
        let rem = RemAverage::new(1024.0, 2.0).unwrap();
        let (cold, zero) = (rem.thermo(Beta::new(5000.0).unwrap()).unwrap(), rem.thermo(Beta::INFINITE).unwrap());
        assert!((cold.energy / zero.energy - 1.0).abs() < 1e-6);
        // S = (pi^2/6) rho T + ..., rho being the density of the gap above the ground state at 0; C starts twice so.
        assert!(cold.entropy > 0.0 && (cold.heat_capacity / cold.entropy - 1.0).abs() < 1e-2);
    }

    #[test]
    fn entropy_is_linear_at_the_lowest_temperatures() {
        let rem = RemAverage::new(1024.0, 1.0).unwrap();
        let slope = |beta: f64| rem.thermo(Beta::new(beta).unwrap()).unwrap().entropy * beta;
        assert!((slope(1e8) / slope(1e6) - 1.0).abs() < 1e-5, "{} {}", slope(1e8), slope(1e6));
    }

    #[test]
    fn the_law_of_low_temperatures_continues_the_quadrature() {
        for v in [2.0, 1024.0, 2f64.powi(500)] {
            let rem = RemAverage::new(v, 1.0).unwrap();
            for a in [0.5 * FROZEN, 0.7 * FROZEN, FROZEN] {
                let (near, frozen) = (rem.averages(a), rem.frozen(a));
                let close =
                    |x: f64, y: f64, tolerance: f64| assert!((x / y - 1.0).abs() < tolerance, "{v} {a}: {x} {y}");
                close(frozen.heat_capacity, near.heat_capacity, 1e-10);
                assert!((frozen.entropy - near.entropy).abs() < 1e-12, "{v} {a}: {} {}", frozen.entropy, near.entropy);
                close(frozen.distinct, near.distinct, 1e-12);
            }
            let cold = rem.thermo(Beta::new(1e300).unwrap()).unwrap();
            assert!(cold.entropy > 0.0 && cold.entropy < 1e-295 && cold.entropy == cold.heat_capacity);
        }
    }

    #[test]
    fn limits_and_mirror() {
        let rem = RemAverage::new(64.0, 1.0).unwrap();
        assert_eq!(rem.thermo(Beta::ZERO).unwrap().entropy, 64f64.ln());
        let (plus, minus) =
            (rem.thermo(Beta::new(2.0).unwrap()).unwrap(), rem.thermo(Beta::new(-2.0).unwrap()).unwrap());
        assert_eq!((plus.energy, plus.ln_z), (-minus.energy, minus.ln_z));
        assert_eq!(rem.participation(Beta::ZERO), 1.0 / 64.0);
        assert_eq!(rem.participation(Beta::INFINITE), 1.0);
        assert_eq!(rem.n_sites(), 6.0);
        let flat = RemAverage::new(4.0, 0.0).unwrap();
        assert_eq!(flat.thermo(Beta::INFINITE).unwrap().entropy, 4f64.ln());
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let message = |v, sigma| RemAverage::new(v, sigma).unwrap_err().to_string();
        assert_eq!(message(1.0, 1.0), "rem: `n` must be 1 to 500 with seed=average, got `0`");
        assert_eq!(message(4.0, f64::INFINITY), "rem: `sigma` must be finite and not negative, got `inf`");
    }
}
