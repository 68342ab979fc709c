//! Functions of beta carried with their first two derivatives: U and C come from the same expression as ln Z.

use std::ops::{Add, Div, Mul, Sub};

use crate::ensemble::Thermo;
use crate::units::Beta;

/// f(beta) with f' and f'': second-order Taylor arithmetic.
///
/// Every rule acts on the three numbers alone, so an expression without cancellation keeps the relative precision
/// of all three, also where they are exponentially small.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Jet {
    pub value: f64,
    pub first: f64,
    pub second: f64,
}

impl Jet {
    pub fn constant(value: f64) -> Self {
        Self { value, first: 0.0, second: 0.0 }
    }

    /// rate * beta.
    pub fn linear(rate: f64, beta: f64) -> Self {
        Self { value: if rate == 0.0 { 0.0 } else { rate * beta }, first: rate, second: 0.0 }
    }

    /// g(f) from g, g' and g'' at the value of f.
    pub fn chain(self, g: f64, dg: f64, ddg: f64) -> Self {
        let first = dg * self.first;
        Self { value: g, first, second: ddg * self.first * self.first + dg * self.second }
    }

    pub fn scale(self, factor: f64) -> Self {
        Self { value: factor * self.value, first: factor * self.first, second: factor * self.second }
    }

    pub fn plus(self, constant: f64) -> Self {
        Self { value: self.value + constant, ..self }
    }

    pub fn exp(self) -> Self {
        let e = self.value.exp();
        self.chain(e, e, e)
    }

    pub fn exp_m1(self) -> Self {
        let e = self.value.exp();
        self.chain(self.value.exp_m1(), e, e)
    }

    pub fn ln(self) -> Self {
        let inverse = 1.0 / self.value;
        self.chain(self.value.ln(), inverse, -inverse * inverse)
    }

    pub fn ln_1p(self) -> Self {
        let inverse = 1.0 / (1.0 + self.value);
        self.chain(self.value.ln_1p(), inverse, -inverse * inverse)
    }

    pub fn sqrt(self) -> Self {
        let root = self.value.sqrt();
        self.chain(root, 0.5 / root, -0.25 / (root * self.value))
    }

    pub fn tanh(self) -> Self {
        let (t, sech) = (self.value.tanh(), 1.0 / self.value.cosh());
        self.chain(t, sech * sech, -2.0 * t * sech * sech)
    }

    /// ln cosh without overflow.
    pub fn ln_cosh(self) -> Self {
        let (x, sech) = (self.value.abs(), 1.0 / self.value.cosh());
        // cosh x - 1 = 2 sinh^2(x/2) keeps the digits of small x.
        let value =
            if x < 1.0 { (2.0 * (0.5 * x).sinh().powi(2)).ln_1p() } else { x + 0.5f64.ln() + (-2.0 * x).exp().ln_1p() };
        self.chain(value, self.value.tanh(), sech * sech)
    }

    pub fn atanh(self) -> Self {
        let inverse = 1.0 / ((1.0 - self.value) * (1.0 + self.value));
        self.chain(self.value.atanh(), inverse, 2.0 * self.value * inverse * inverse)
    }

    /// f^n for a whole number n >= 2, also of a base that is zero or negative.
    pub fn power(self, n: f64) -> Self {
        let x = self.value;
        self.chain(x.powf(n), n * x.powf(n - 1.0), n * (n - 1.0) * x.powf(n - 2.0))
    }

    /// sum of `terms[k] f^(k+1) / (k+1)`: a power series given by the integers of its derivative.
    pub fn integrated_series(self, terms: &[f64]) -> Self {
        let x = self.value;
        let (mut value, mut first, mut second) = (0.0, 0.0, 0.0);
        for (k, term) in terms.iter().enumerate().rev() {
            value = value * x + term / (k + 1) as f64;
            first = first * x + term;
            if k > 0 {
                second = second * x + term * k as f64;
            }
        }
        self.chain(value * x, first, second)
    }

    /// The thermodynamics of ln Z = self - beta * `reference`: energies are measured from `reference`.
    pub fn thermo(self, beta: Beta, reference: f64) -> Thermo {
        // At T = 0 a vanishing factor wins over the infinite beta.
        let times = |factor: f64| if factor == 0.0 { 0.0 } else { beta.get() * factor };
        Thermo {
            beta,
            ln_z: self.value - times(reference),
            energy: reference - self.first,
            entropy: self.value - times(self.first),
            heat_capacity: times(times(self.second)),
        }
    }
}

impl Add for Jet {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, first: self.first + other.first, second: self.second + other.second }
    }
}

impl Sub for Jet {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + other.scale(-1.0)
    }
}

impl Mul for Jet {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self {
            value: self.value * other.value,
            first: self.first * other.value + self.value * other.first,
            second: self.second * other.value + 2.0 * self.first * other.first + self.value * other.second,
        }
    }
}

impl Div for Jet {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        let first = (self.first - value * other.first) / other.value;
        let second = (self.second - value * other.second - 2.0 * first * other.first) / other.value;
        Self { value, first, second }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_agree_with_differences() {
        let f: [fn(Jet) -> Jet; 11] = [
            Jet::exp,
            Jet::exp_m1,
            Jet::ln,
            Jet::ln_1p,
            Jet::sqrt,
            Jet::tanh,
            Jet::ln_cosh,
            |x| x.scale(0.5).atanh(),
            |x| x.power(3.0),
            |x| x.integrated_series(&[1.0, 2.0, 3.0]),
            |x| x.plus(1.0) / (x * x).plus(2.0),
        ];
        let step = 1e-4;
        for g in f {
            for x in [0.3, 1.2] {
                let at = |x: f64| g(Jet { value: x, first: 1.0, second: 0.0 });
                let (low, mid, high) = (at(x - step), at(x), at(x + step));
                assert!(((high.value - low.value) / (2.0 * step) - mid.first).abs() < 1e-6 * (1.0 + mid.first.abs()));
                let second = (high.first - low.first) / (2.0 * step);
                assert!((second - mid.second).abs() < 1e-6 * (1.0 + mid.second.abs()));
            }
        }
    }
}
