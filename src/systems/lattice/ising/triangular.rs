//! The infinite triangular and honeycomb lattices without a field: Houtappel's solution per site, both signs of J.
//!
//! With q = e^(4K), K = beta J, the triangular lattice has `ln Z/N = -K + F(K)` where
//! `F = (1/2 pi) integral_0^pi ln[(a + sqrt(a^2 - b^2))/2] d omega`, `a = q^2 + 3 - 2 (q - 1) cos omega`,
//! `b = 2 (q - 1) 2 cos(omega/2)`. The derivative F' is an elliptic integral, which its arithmetic-geometric mean gives
//! in closed form. The honeycomb follows from the triangular lattice by the star-triangle transformation.

use std::f64::consts::{FRAC_PI_3, LN_2, PI};

use super::jet::Jet;
use crate::ensemble::Thermo;
use crate::numerics::tanh_sinh;
use crate::units::Beta;

/// n a_n, n = 1, 2, ..., of ln(closed loops per site of the triangular lattice) = sum a_n x^n: two triangles are
/// a_3 = 2, three rhombi a_4 = 3. Expansion of Houtappel's integral in exact integers.
const TRIANGULAR_LOOPS: [f64; 24] = [
    0.0,
    0.0,
    6.0,
    12.0,
    30.0,
    66.0,
    168.0,
    444.0,
    1248.0,
    3630.0,
    10890.0,
    33414.0,
    104442.0,
    331380.0,
    1064736.0,
    3457788.0,
    11333424.0,
    37447176.0,
    124611006.0,
    417281082.0,
    1405229790.0,
    4756284126.0,
    16172637312.0,
    55221235350.0,
];
/// The same of the honeycomb lattice, per two sites and in x^2: its hexagon is a_3 = 1.
const HONEYCOMB_LOOPS: [f64; 24] = [
    0.0,
    0.0,
    3.0,
    0.0,
    15.0,
    -9.0,
    84.0,
    -96.0,
    543.0,
    -825.0,
    3828.0,
    -6777.0,
    28392.0,
    -55272.0,
    217563.0,
    -452064.0,
    1705695.0,
    -3717585.0,
    13602252.0,
    -30752025.0,
    109916040.0,
    -255813360.0,
    897649635.0,
    -2138975385.0,
];
/// Below these weights of one step the series of loops have converged.
const TRIANGULAR_SERIES: f64 = 0.05;
const HONEYCOMB_SERIES: f64 = 0.03;
/// q = 3 is the critical point; beta is known to rounding only, so what rounds to it is the critical point.
const CRITICAL: f64 = 16.0 * f64::EPSILON;

fn triangular_loops(step: Jet) -> Jet {
    step.integrated_series(&TRIANGULAR_LOOPS)
}

fn honeycomb_loops(square: Jet) -> Jet {
    square.integrated_series(&HONEYCOMB_LOOPS)
}

/// Values per site of the triangular lattice with coupling `j` at `beta` >= 0, as if one site were the whole. C is
/// infinite at T_c of the ferromagnet; the antiferromagnet has no transition and S(0) = 0.323.
///
/// # References
///
/// R. M. F. Houtappel, Physica 16, 425 (1950), doi:10.1016/0031-8914(50)90130-3;
/// G. H. Wannier, Phys. Rev. 79, 357 (1950), doi:10.1103/PhysRev.79.357.
pub(super) fn triangular(j: f64, beta: Beta) -> Thermo {
    let coupling = Jet::linear(j, beta.get());
    let walls = Jet::linear(-4.0 * j, beta.get()).exp();
    if walls.value < HONEYCOMB_SERIES {
        return honeycomb_loops(walls).thermo(beta, -3.0 * j);
    }
    let step = coupling.tanh();
    if step.value.abs() < TRIANGULAR_SERIES {
        return (triangular_loops(step) + coupling.ln_cosh().scale(3.0)).plus(LN_2).thermo(beta, 0.0);
    }
    // -K counts energies from J: that of the ground states of the antiferromagnet.
    integral(coupling).thermo(beta, j)
}

/// Values per site of the honeycomb lattice with coupling `j` > 0 at `beta` >= 0 (on two sublattices the sign of J
/// makes no difference).
pub(super) fn honeycomb(j: f64, beta: Beta) -> Thermo {
    let walls = Jet::linear(-2.0 * j, beta.get()).exp();
    if walls.value < TRIANGULAR_SERIES {
        return triangular_loops(walls).scale(0.5).thermo(beta, -1.5 * j);
    }
    let coupling = Jet::linear(j, beta.get());
    let step = coupling.tanh();
    if step.value * step.value < HONEYCOMB_SERIES {
        let loops = honeycomb_loops(step * step).scale(0.5);
        return (loops + coupling.ln_cosh().scale(1.5)).plus(LN_2).thermo(beta, 0.0);
    }
    // Summing over every other spin leaves a triangular lattice with e^(4K') = 2 cosh 2K - 1.
    let star = (coupling.scale(2.0).exp() + coupling.scale(-2.0).exp()).plus(-1.0);
    (coupling.ln_cosh() + integral(star.ln().scale(0.25))).plus(LN_2).scale(0.5).thermo(beta, 0.0)
}

/// F at `coupling`, by quadrature, with its derivatives in closed form.
fn integral(coupling: Jet) -> Jet {
    let k = coupling.value;
    let q = Jet::linear(4.0, k).exp();
    let value = if q.value < 1.0 { antiferromagnetic_integral(q.value) } else { ferromagnetic_integral(q.value) };
    let derivative = if q.value == 0.0 { Jet::constant(0.0) } else { derivative(q, Jet::linear(4.0, k).exp_m1()) };
    coupling.chain(value, derivative.value, derivative.first)
}

/// F' = d ln Z/dK + 1 from q and q - 1 as functions of K.
fn derivative(q: Jet, q_m1: Jet) -> Jet {
    let one = Jet::constant(1.0);
    if (q.value / 3.0 - 1.0).abs() <= CRITICAL {
        return Jet { value: 3.0, first: f64::INFINITY, second: 0.0 };
    }
    let q_p1 = q.plus(1.0);
    if q.value < 3.0 {
        let rest = q.scale(-1.0).plus(3.0);
        let mean = arithmetic_geometric_mean(q.sqrt().scale(2.0), (rest * q_p1).sqrt() * q_p1.scale(0.5));
        return (q.scale(2.0) - q_p1 * q * rest / mean) / q_m1;
    }
    let p = one / q;
    let (plus, minus, rest) = (p.plus(1.0), p.scale(-1.0).plus(1.0), p.scale(-3.0).plus(1.0));
    let mean = arithmetic_geometric_mean((minus * p.scale(3.0).plus(1.0)).sqrt(), (rest * plus).sqrt() * plus / minus);
    (plus / minus * (rest.scale(2.0) / (minus * mean)).plus(1.0)).plus(1.0)
}

fn arithmetic_geometric_mean(mut a: Jet, mut g: Jet) -> Jet {
    // Convergence is quadratic, of the derivatives two steps behind that of the value.
    let mut left = 3;
    while left > 0 {
        if (a.value - g.value).abs() <= 1e-9 * a.value {
            left -= 1;
        }
        (a, g) = ((a + g).scale(0.5), (a * g).sqrt());
    }
    a
}

/// F for q >= 1, with the square root factored at omega = 0, where it vanishes at the critical point.
fn ferromagnetic_integral(q: f64) -> f64 {
    let far = 0.5 * (q * q + 3.0) + (q * (q + 3.0) * (q - 1.0)).sqrt();
    let near = ((q - 3.0) * (q + 1.0)).powi(2) / (4.0 * far);
    let integrand = |omega: f64| {
        let step = 2.0 * (q - 1.0) * (0.5 * omega).sin().powi(2);
        let a = q * q + 3.0 - 2.0 * (q - 1.0) + 2.0 * step;
        (0.5 * a + ((near + step) * (far + step)).sqrt()).ln()
    };
    tanh_sinh(PI, integrand) / (2.0 * PI)
}

/// F for q < 1, on both sides of omega = 2 pi/3, where the square root has its least value, 0 at T = 0.
fn antiferromagnetic_integral(q: f64) -> f64 {
    let gap = q * (q + 3.0);
    let integrand = |shift: f64| {
        // cos omega + 1/2 for omega = 2 pi/3 + shift.
        let cosine = (0.5 * shift).sin().powi(2) - 0.75f64.sqrt() * shift.sin();
        let (a, root) = (q * q + q + 2.0 + 2.0 * (1.0 - q) * cosine, (1.0 - q) * cosine + 0.5 * gap);
        (0.5 * a + (root * root + gap * (1.0 - q)).sqrt()).ln()
    };
    let below = tanh_sinh(2.0 * FRAC_PI_3, |shift| integrand(-shift));
    (below + tanh_sinh(FRAC_PI_3, integrand)) / (2.0 * PI)
}

/// Spontaneous magnetization per site of the triangular ferromagnet, `j` > 0.
///
/// # References
///
/// R. B. Potts, Phys. Rev. 88, 352 (1952), doi:10.1103/PhysRev.88.352.
pub(super) fn triangular_magnetization(j: f64, beta: Beta) -> f64 {
    let p = Jet::linear(-4.0 * j, beta.get()).exp().value;
    if 1.0 - 3.0 * p <= CRITICAL {
        return 0.0;
    }
    ((1.0 - 3.0 * p) * (1.0 + p).powi(3) / ((1.0 + 3.0 * p) * (1.0 - p).powi(3))).powf(0.125)
}

/// Spontaneous magnetization per site of the honeycomb ferromagnet, `j` > 0.
///
/// # References
///
/// S. Naya, Prog. Theor. Phys. 11, 53 (1954), doi:10.1143/PTP.11.53.
pub(super) fn honeycomb_magnetization(j: f64, beta: Beta) -> f64 {
    let y = Jet::linear(-2.0 * j, beta.get()).exp().value;
    let rest = 1.0 - 4.0 * y + y * y;
    if rest <= CRITICAL {
        return 0.0;
    }
    (rest * (1.0 + y * y).powi(3) / ((1.0 - y).powi(6) * (1.0 + y).powi(2))).powf(0.125)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Lattice = fn(f64, Beta) -> Thermo;

    fn at(lattice: Lattice, j: f64, beta: f64) -> Thermo {
        lattice(j, Beta::new(beta).unwrap())
    }

    fn close(a: f64, b: f64, tolerance: f64) -> bool {
        (a - b).abs() <= tolerance * b.abs()
    }

    /// ln Z/N from Houtappel's double integral by the trapezoidal rule, which converges exponentially off criticality.
    fn double_integral(j: f64, beta: f64) -> f64 {
        let (c, s) = ((2.0 * beta * j).cosh(), (2.0 * beta * j).sinh());
        let n = 600;
        let cosine = |i: usize| (2.0 * PI * i as f64 / n as f64).cos();
        let terms = (0..n * n).map(|i| {
            let (x, y) = (i / n, i % n);
            (c.powi(3) + s.powi(3) - s * (cosine(x) + cosine(y) + cosine(x + y))).ln()
        });
        LN_2 + 0.5 * crate::numerics::sum(terms) / (n * n) as f64
    }

    #[test]
    fn the_double_integral_is_done_right() {
        for (j, beta) in [(1.0, 0.15), (1.0, 0.2), (1.0, 0.4), (1.0, 0.7), (-1.0, 0.1), (-1.0, 0.3), (-1.0, 0.6)] {
            let (ours, exact) = (at(triangular, j, beta).ln_z, double_integral(j, beta));
            assert!(close(ours, exact, 1e-12), "{j} {beta}: {ours} {exact}");
        }
    }

    #[test]
    fn energies_and_heat_capacities_are_derivatives() {
        let cases: [(Lattice, f64, [f64; 6]); 3] = [
            (triangular, 1.0, [0.02, 0.1, 0.25, 0.3, 0.6, 1.0]),
            (triangular, -1.0, [0.02, 0.1, 0.25, 0.6, 1.5, 3.0]),
            (honeycomb, 1.0, [0.05, 0.15, 0.3, 0.6, 0.9, 1.6]),
        ];
        for (lattice, j, betas) in cases {
            for beta in betas {
                // Richardson's difference of the fourth order.
                let difference = |f: &dyn Fn(f64) -> f64| {
                    let h = 2e-3 * beta;
                    let slope = |h: f64| (f(beta + h) - f(beta - h)) / (2.0 * h);
                    (4.0 * slope(h) - slope(2.0 * h)) / 3.0
                };
                let t = at(lattice, j, beta);
                let energy = -difference(&|b| at(lattice, j, b).ln_z);
                let heat_capacity = -beta * beta * difference(&|b| at(lattice, j, b).energy);
                assert!(close(t.energy, energy, 1e-7), "{j} {beta}: {} {energy}", t.energy);
                assert!(close(t.heat_capacity, heat_capacity, 1e-6), "{j} {beta}: {} {heat_capacity}", t.heat_capacity);
                assert!(close(t.entropy, t.ln_z + beta * t.energy, 1e-9), "{j} {beta}");
            }
        }
    }

    #[test]
    fn branches_join() {
        let (walls, step) = (-HONEYCOMB_SERIES.ln(), HONEYCOMB_SERIES.sqrt().atanh());
        let cases: [(Lattice, f64, f64); 5] = [
            (triangular, 1.0, 0.25 * walls),
            (triangular, 1.0, TRIANGULAR_SERIES.atanh()),
            (triangular, -1.0, TRIANGULAR_SERIES.atanh()),
            (honeycomb, 1.0, -0.5 * TRIANGULAR_SERIES.ln()),
            (honeycomb, 1.0, step),
        ];
        for (lattice, j, beta) in cases {
            let (a, b) = (at(lattice, j, beta * (1.0 - 1e-13)), at(lattice, j, beta * (1.0 + 1e-13)));
            assert!(close(a.ln_z, b.ln_z, 2e-12) && close(a.energy, b.energy, 2e-12), "{a:?} {b:?}");
            assert!(close(a.entropy, b.entropy, 1e-11), "{a:?} {b:?}");
            assert!(close(a.heat_capacity, b.heat_capacity, 1e-11), "{a:?} {b:?}");
        }
    }

    #[test]
    fn critical_points_and_ground_states() {
        for (lattice, t_c, energy) in [
            (triangular as Lattice, 4.0 / 3f64.ln(), -2.0),
            (honeycomb as Lattice, 2.0 / (2.0 + 3f64.sqrt()).ln(), -2.0 / 3f64.sqrt()),
        ] {
            let critical = at(lattice, 1.0, 1.0 / t_c);
            assert!(close(critical.energy, energy, 1e-14) && critical.heat_capacity == f64::INFINITY, "{critical:?}");
            // C grows with the logarithm of the distance from T_c, alike on both sides.
            let c = |distance: f64| at(lattice, 1.0, (1.0 + distance) / t_c).heat_capacity;
            let (slope, other) = (c(1e-8) - c(1e-6), c(-1e-8) - c(-1e-6));
            assert!(slope > 1.0 && close(slope, other, 1e-3), "{slope} {other}");
            let near = at(lattice, 1.0, (1.0 + 1e-9) / t_c);
            assert!(close(near.ln_z, critical.ln_z, 1e-8) && close(near.energy, energy, 1e-7));
            let cold = at(lattice, 1.0, f64::INFINITY);
            assert_eq!((cold.entropy, cold.heat_capacity), (0.0, 0.0));
            assert_eq!((at(lattice, 1.0, 0.0).entropy, at(lattice, 1.0, 0.0).energy), (LN_2, 0.0));
        }
        // Wannier's entropy, (2/pi) integral_0^(pi/3) ln(2 cos w) dw.
        for beta in [f64::INFINITY, 1e4, 40.0] {
            let cold = at(triangular, -1.0, beta);
            assert!(close(cold.entropy, 0.323_065_947_219_450_5, 1e-13), "{cold:?}");
            assert!(close(cold.energy, -1.0, 1e-14) && cold.heat_capacity.abs() < 1e-60);
        }
    }

    #[test]
    fn magnetizations_vanish_where_c_diverges() {
        for (magnetization, t_c) in [
            (triangular_magnetization as fn(f64, Beta) -> f64, 4.0 / 3f64.ln()),
            (honeycomb_magnetization, 2.0 / (2.0 + 3f64.sqrt()).ln()),
        ] {
            let at = |beta: f64| magnetization(1.0, Beta::new(beta).unwrap());
            assert_eq!((at(1.0 / t_c), at(0.0), at(0.99 / t_c), at(f64::INFINITY)), (0.0, 0.0, 0.0, 1.0));
            // m^8 is linear in the distance.
            let ratio = at((1.0 + 2e-6) / t_c) / at((1.0 + 1e-6) / t_c);
            assert!(close(ratio.powi(8), 2.0, 1e-4), "{ratio}");
        }
    }
}
