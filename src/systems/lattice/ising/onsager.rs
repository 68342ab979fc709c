//! The infinite square lattice without a field: Onsager's solution per site and Yang's magnetization.

use super::jet::Jet;
use crate::ensemble::Thermo;
use crate::numerics::tanh_sinh;
use crate::units::Beta;

/// n a_n, n = 1, 2, ..., of ln(closed loops per site) = sum a_n x^(2n): 2 squares are a_2 = 1, 2 rectangles a_3 = 2.
///
/// Expansion of Onsager's integral in exact integers.
const CLOSED_LOOPS: [f64; 24] = [
    0.0,
    2.0,
    6.0,
    18.0,
    60.0,
    224.0,
    910.0,
    3922.0,
    17628.0,
    81742.0,
    388322.0,
    1880880.0,
    9256676.0,
    46169384.0,
    232913766.0,
    1186581074.0,
    6096959764.0,
    31564256174.0,
    164502941754.0,
    862456678238.0,
    4545940101520.0,
    24077341257356.0,
    128085071706818.0,
    684110198176624.0,
];

/// Below this x^2 the series of closed loops has converged.
pub(super) const SERIES: f64 = 0.03;

/// ln of the closed-loop sum per site of the infinite lattice, in the square of the weight of one step.
pub(super) fn ln_closed_loops(square: Jet) -> Jet {
    square.integrated_series(&CLOSED_LOOPS)
}

/// Whether the lattice orders at `beta` >= 0, and the weight of one step of a loop: e^(-2K) of a domain wall in the
/// ordered phase, tanh K of a high-temperature graph in the disordered one.
pub(super) fn loop_fugacity(j: f64, beta: Beta) -> (bool, Jet) {
    let coupling = Jet::linear(j, beta.get());
    let ordered = (2.0 * coupling.value).sinh() >= 1.0;
    (ordered, if ordered { Jet::linear(-2.0 * j, beta.get()).exp() } else { coupling.tanh() })
}

/// Values per site with coupling `j` > 0 at `beta` >= 0, as if one site were the whole. C is infinite at T_c.
///
/// # References
///
/// L. Onsager, Phys. Rev. 65, 117 (1944), doi:10.1103/PhysRev.65.117.
pub(super) fn thermo(j: f64, beta: Beta) -> Thermo {
    let (ordered, x) = loop_fugacity(j, beta);
    let square = x * x;
    if square.value < SERIES {
        return if ordered {
            ln_closed_loops(square).thermo(beta, -2.0 * j)
        } else {
            let cosh = Jet::linear(j, beta.get()).ln_cosh().scale(2.0);
            (ln_closed_loops(square) + cosh).plus(std::f64::consts::LN_2).thermo(beta, 0.0)
        };
    }
    let k = j * beta.get();
    let sinh = (2.0 * k).sinh();
    let distance = (sinh - 1.0) * (sinh + 1.0) / (1.0 + sinh * sinh);
    // beta = 1/T_c is known to rounding only: what rounds to the critical point is the critical point.
    if (sinh - 1.0).abs() <= 4.0 * f64::EPSILON {
        let ln_z = 0.5 * std::f64::consts::LN_2 + 2.0 * CATALAN / std::f64::consts::PI;
        let energy = -j * std::f64::consts::SQRT_2;
        return Thermo { beta, ln_z, energy, entropy: ln_z + beta.get() * energy, heat_capacity: f64::INFINITY };
    }
    let (first, difference) = elliptic(distance.abs());
    let coth = (1.0 + sinh * sinh).sqrt() / sinh;
    let bracket = std::f64::consts::FRAC_PI_2 + distance * first;
    let ln_z = ln_z_per_site(k, distance.abs());
    let energy = -j * coth * bracket * std::f64::consts::FRAC_2_PI;
    let heat_capacity =
        2.0 * std::f64::consts::FRAC_2_PI * (k * coth).powi(2) * (difference - bracket / (1.0 + sinh * sinh));
    Thermo { beta, ln_z, energy, entropy: ln_z + beta.get() * energy, heat_capacity }
}

/// Catalan's constant.
const CATALAN: f64 = 0.915_965_594_177_219;

/// Complete elliptic integrals K and K - E of complementary modulus `k_prime`, by the arithmetic-geometric mean.
fn elliptic(k_prime: f64) -> (f64, f64) {
    let (mut a, mut g) = (1.0f64, k_prime);
    let mut weight = 0.5;
    let mut sum = weight * (1.0 - k_prime) * (1.0 + k_prime);
    loop {
        let c = 0.5 * (a - g);
        weight *= 2.0;
        sum += weight * c * c;
        (a, g) = (0.5 * (a + g), (a * g).sqrt());
        // Convergence is quadratic: the next c is below c^2.
        if c <= 1e-9 * a {
            break;
        }
    }
    let first = std::f64::consts::FRAC_PI_2 / a;
    (first, first * sum)
}

/// ln(2 cosh 2K) + (1/pi) integral_0^(pi/2) ln[(1 + sqrt(k'^2 + k^2 sin^2 psi))/2] d psi.
fn ln_z_per_site(k: f64, k_prime: f64) -> f64 {
    let modulus_squared = (1.0 - k_prime) * (1.0 + k_prime);
    let integrand = |psi: f64| {
        let root = (k_prime * k_prime + modulus_squared * psi.sin().powi(2)).sqrt();
        (0.5 * (1.0 + root)).ln()
    };
    (2.0 * (2.0 * k).cosh()).ln() + tanh_sinh(std::f64::consts::FRAC_PI_2, integrand) / std::f64::consts::PI
}

/// Spontaneous magnetization per site, (1 - sinh(2 beta J)^-4)^(1/8) below T_c and 0 above.
///
/// # References
///
/// C. N. Yang, Phys. Rev. 85, 808 (1952), doi:10.1103/PhysRev.85.808.
pub(super) fn spontaneous_magnetization(j: f64, beta: Beta) -> f64 {
    let sinh = (2.0 * j * beta.get()).sinh();
    if sinh - 1.0 <= 4.0 * f64::EPSILON { 0.0 } else { (-(-4.0 * sinh.ln()).exp_m1()).powf(0.125) }
}
