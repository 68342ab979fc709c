//! The one-dimensional Ising model in a field, by transfer matrix: rings and open chains of any length, and the
//! infinite chain.

use super::jet::Jet;
use crate::ensemble::Thermo;
use crate::units::Beta;

/// The eigenvalues t + s and t - s of the transfer matrix [[A, C], [C, B]] with its largest element scaled to 1,
/// A = e^(K + b), B = e^(K - b), C = e^-K, K = beta J, b = beta abs(h), as functions of beta >= 0.
///
/// Exponents are written as rate * beta, so that T = 0 is the same expression.
pub(super) struct Transfer {
    beta: Beta,
    j: f64,
    field: f64,
    /// Energy per site of the scaling: -J - abs(h) (parallel) or J (alternating), whichever is lower.
    reference: f64,
    t: Jet,
    s: Jet,
    /// (A - B)/2.
    split: Jet,
    c: Jet,
    /// t + s - 1 without cancellation.
    excess: Jet,
    /// (t - s)/(t + s), the decay of correlations from site to site.
    decay: Jet,
}

impl Transfer {
    pub fn new(j: f64, h: f64, beta: Beta) -> Self {
        let field = h.abs();
        let exponent = |rate: f64| Jet::linear(rate, beta.get());
        let parallel = 2.0 * j + field >= 0.0;
        let (reference, a, b, c, determinant) = if parallel {
            let b = exponent(-2.0 * field).exp();
            let determinant = b * exponent(-4.0 * j).exp_m1().scale(-1.0);
            (-j - field, Jet::constant(1.0), b, exponent(-2.0 * j - field).exp(), determinant)
        } else {
            let (a, b) = (exponent(2.0 * j + field).exp(), exponent(2.0 * j - field).exp());
            (j, a, b, Jet::constant(1.0), exponent(4.0 * j).exp_m1())
        };
        let t = (a + b).scale(0.5);
        let split = a * exponent(-2.0 * field).exp_m1().scale(-0.5);
        let s = hypotenuse(split, c);
        let excess = if !parallel {
            t + split * (split / s.plus(1.0))
        } else if c.value == 0.0 {
            Jet::constant(0.0)
        } else {
            c * (c / (split + s))
        };
        let sum = t + s;
        let decay = determinant / (sum * sum);
        Self { beta, j, field, reference, t, s, split, c, excess, decay }
    }

    /// The smaller of t and s over the larger: tanh of half the inverse correlation length.
    fn ratio(&self) -> Jet {
        if self.t.value < self.s.value { self.t / self.s } else { self.s / self.t }
    }

    /// Half the length `n` in correlation lengths; below about 1 the ring is ordered (or frustrated) as a whole.
    pub fn half_lengths(&self, n: f64) -> f64 {
        n * self.ratio().value.atanh()
    }

    /// Totals of a ring of `n` sites.
    ///
    /// Well conditioned where [`Transfer::half_lengths`] is at least 1; below that C loses relative precision.
    pub fn ring(&self, n: f64) -> Thermo {
        let r = self.decay.value;
        let ln_ring = self.excess.ln_1p().scale(n) + self.ln_1p_decay_to(n);
        // From nearest-neighbour correlations instead of the reference: U keeps its digits at high temperature.
        let (m, transverse) = self.order();
        let far = r.powf(n);
        let bond = m * m * (1.0 + far) + transverse * (r + r.powf(n - 1.0));
        let energy = -n * (self.j * bond + self.field * m * (1.0 - far)) / (1.0 + far);
        Thermo { energy, ..ln_ring.thermo(self.beta, n * self.reference) }
    }

    /// Totals of an open chain of `n` sites in a field.
    ///
    /// The ends weigh the two eigenvectors: `Z = A+ (t + s)^(n-1) + A- (t - s)^(n-1)` where, relative to e^b,
    /// `A+ = [1 + E + m (1 - E)]/2 + e^-b C/s` with `E = e^-2b`, and `A+ A- = [(A - B)/2s - sinh(b) C/s]^2`.
    pub fn open(&self, n: f64) -> Thermo {
        let exponent = |rate: f64| Jet::linear(rate, self.beta.get());
        let rest = exponent(-2.0 * self.field).exp_m1().scale(-1.0);
        let even = exponent(-2.0 * self.field).exp().plus(1.0);
        let m = self.split / self.s;
        let first = (even + m * rest).scale(0.5) + exponent(-self.field).exp() * (self.c / self.s);
        // The last two factors are relative to the scaling of the transfer matrix.
        let couple = if self.c.value == 1.0 && self.c.first == 0.0 {
            exponent(2.0 * self.j).exp_m1()
        } else {
            exponent(-2.0 * self.j).exp_m1() * exponent(-self.field).exp()
        };
        let odd = (rest * couple / self.s).scale(0.5);
        let ratio = odd * odd / (first * first);
        // The power 1 of two sites has no second derivative of its own.
        let decay = if n > 2.0 { self.decay.power(n - 1.0) } else { self.decay };
        let ln_z = self.excess.ln_1p().scale(n - 1.0) + first.ln() + (ratio * decay).ln_1p();
        ln_z.thermo(self.beta, (n - 1.0) * self.reference - self.field)
    }

    /// Values per site of the infinite chain, as if one site were the whole.
    pub fn chain(&self) -> Thermo {
        let (m, transverse) = self.order();
        let energy = -self.j * (m * m + transverse * self.decay.value) - self.field * m;
        Thermo { energy, ..self.excess.ln_1p().thermo(self.beta, self.reference) }
    }

    /// ln(1 + decay^n).
    fn ln_1p_decay_to(&self, n: f64) -> Jet {
        if self.decay.value.abs() < 0.5 {
            return self.decay.power(n).ln_1p();
        }
        let ln_power = self.ratio().atanh().scale(-2.0 * n);
        if self.decay.value > 0.0 || n % 2.0 == 0.0 {
            ln_power.exp().ln_1p()
        } else {
            ln_power.exp_m1().scale(-1.0).ln()
        }
    }

    /// m = (A - B)/2s, magnetization of the infinite chain in abs(h), and 1 - m^2.
    fn order(&self) -> (f64, f64) {
        if self.split.value == 0.0 {
            return (0.0, 1.0);
        }
        let (m, c) = (self.split.value / self.s.value, self.c.value / self.s.value);
        (m, c * c)
    }

    /// Magnetization per site along the field and susceptibility per site of a ring of `n` sites (or infinitely
    /// many).
    pub fn response(&self, n: f64) -> (f64, f64) {
        let (m, transverse) = self.order();
        let y = if n.is_finite() { self.half_lengths(n) } else { f64::INFINITY };
        // The other eigenvalue: (1 - r^n)/(1 + r^n) and n times 1 minus its square.
        let frustrated = self.decay.value < 0.0 && n % 2.0 == 1.0;
        let (whole, rest) = if y == f64::INFINITY {
            (1.0, 0.0)
        } else if frustrated {
            (1.0 / y.tanh(), -n / y.sinh().powi(2))
        } else {
            (y.tanh(), n / y.cosh().powi(2))
        };
        if self.s.value == 0.0 {
            // Colder than the smallest number can say: all spins together.
            return (0.0, self.beta.get() * n);
        }
        let variance = whole * self.t.value * transverse / self.s.value + rest * m * m;
        (m * whole, if variance == 0.0 { 0.0 } else { self.beta.get() * variance })
    }
}

/// sqrt(a^2 + b^2) without underflow of the squares.
fn hypotenuse(a: Jet, b: Jet) -> Jet {
    let (small, large) = if a.value < b.value { (a, b) } else { (b, a) };
    if large.value == 0.0 {
        return Jet::constant(0.0);
    }
    let tangent = small / large;
    large * (tangent * tangent).plus(1.0).sqrt()
}
