//! Kaufman's solution of the finite periodic square lattice without a field.

use super::jet::Jet;
use super::onsager::{SERIES, ln_closed_loops, loop_fugacity};
use crate::ensemble::Thermo;
use crate::units::Beta;

/// Totals of a periodic lx x ly lattice with coupling `j` > 0 at `beta` >= 0.
///
/// Z is written in the small variable of the phase, x = e^(-2 beta J) below the critical temperature (energies then
/// count from the ground state) and x = tanh(beta J) above it. Both expansions run over the same closed loops:
/// 2N ln cosh K + ln g(x) + N ln 2 above, 2NK + ln g(x) below, where g differs by the sign of one product.
///
/// C loses about x^-3 in relative precision where it is exponentially small; wide lattices avoid that by the bulk
/// series, small ones by counting.
///
/// # References
///
/// B. Kaufman, Phys. Rev. 76, 1232 (1949), doi:10.1103/PhysRev.76.1232.
pub(super) fn thermo(lx: usize, ly: usize, j: f64, beta: Beta) -> Thermo {
    let (n_modes, length) = (lx.min(ly) as f64, lx.max(ly) as f64);
    let n = n_modes * length;
    let (ordered, x) = loop_fugacity(j, beta);
    let square = x * x;
    // Loops around the lattice: domain walls come in pairs, single loops of the high-temperature series do not.
    let winding = if ordered { square.value } else { x.value }.powf(n_modes - 2.0);
    let bulk = square.value < SERIES && winding < 1e-17;
    let ln_half_loops = if bulk { ln_closed_loops(square).scale(n) } else { ln_loops(x, length, n_modes, ordered) };
    if ordered {
        let states = if bulk { std::f64::consts::LN_2 } else { 0.0 };
        let boundary = if bulk { Jet::constant(0.0) } else { square.scale(-1.0).ln_1p().scale(0.5 * n) };
        (ln_half_loops + boundary).plus(states).thermo(beta, -2.0 * n * j)
    } else {
        // 2N ln cosh K = -N ln(1 - x^2).
        let cosh = if bulk {
            Jet::linear(j, beta.get()).ln_cosh().scale(2.0 * n)
        } else {
            square.scale(-1.0).ln_1p().scale(-0.5 * n)
        };
        (ln_half_loops + cosh).plus(n * std::f64::consts::LN_2).thermo(beta, 0.0)
    }
}

/// Products over the modes l = parity, parity + 2, ... < 2n of one boundary condition.
struct Sector {
    /// sum of ln(x e^gamma_l).
    ln_growth: Jet,
    /// product of (1 + e^(-m gamma_l)).
    plus: Jet,
    /// product of (1 - e^(-m gamma_l)).
    minus: Jet,
}

fn sector(x: Jet, m: f64, n: f64, parity: u32) -> Sector {
    let square = x * x;
    let complement = square.scale(-1.0).plus(1.0);
    // cosh gamma_l = cosh 2K coth 2K - cos(pi l/n), times 2x: near 1, so it is kept as its distance from 1.
    let common = square * square.plus(3.0) / complement;
    let critical = x.scale(-2.0).plus(1.0) - square;
    let gap = critical * critical / complement;
    let one = Jet::constant(1.0);
    let mut sector = Sector { ln_growth: Jet::constant(0.0), plus: one, minus: one };
    for l in (parity..2 * n as u32).step_by(2) {
        let angle = std::f64::consts::PI * f64::from(l) / n;
        // growth = x e^gamma_l.
        let growth_m1 = if l == 0 {
            // gamma_0 changes sign at the critical point and is analytic there.
            x.scale(-2.0) / x.plus(1.0)
        } else {
            let half_sine = (0.5 * angle).sin();
            let below = gap + x.scale(4.0 * half_sine * half_sine);
            let root = (below * (below + x.scale(4.0))).sqrt();
            let b_m1 = common - x.scale(2.0 * angle.cos());
            (b_m1 + (b_m1 * b_m1.plus(2.0) - square.scale(4.0)) / root.plus(1.0)).scale(0.5)
        };
        sector.ln_growth = sector.ln_growth + growth_m1.ln_1p();
        let decay = (x / growth_m1.plus(1.0)).power(m);
        sector.plus = sector.plus * decay.plus(1.0);
        sector.minus = sector.minus * decay.scale(-1.0).plus(1.0);
    }
    sector
}

/// ln of half the four products of Kaufman's formula, relative to x^(-N/2).
fn ln_loops(x: Jet, m: f64, n: f64, ordered: bool) -> Jet {
    let (odd, even) = (sector(x, m, n, 1), sector(x, m, n, 0));
    let even_over_odd = (even.ln_growth - odd.ln_growth).scale(0.5 * m).exp();
    let even_products = if ordered { even.plus + even.minus } else { even.plus - even.minus };
    let products = (odd.plus + odd.minus + even_over_odd * even_products).scale(0.5);
    odd.ln_growth.scale(0.5 * m) + products.ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::{Canonical, Spectrum};
    use crate::systems::lattice::ising::{IsingLevel, counting};

    /// Relative deviations of ln Z, U, S and C from those of the counted states.
    fn deviations(lx: usize, ly: usize, beta: f64) -> [f64; 4] {
        let beta = Beta::new(beta).unwrap();
        let levels = counting::torus::<IsingLevel>(lx, ly).unwrap();
        let energies = levels.iter().map(|level| -level.bond_sum as f64).collect();
        let spectrum =
            Spectrum::with_ln_degeneracies(energies, levels.iter().map(|level| level.ln_count).collect()).unwrap();
        let (a, b) = (thermo(lx, ly, 1.0, beta), Canonical::new(&spectrum, beta).thermo());
        let relative = |a: f64, b: f64| (a / b - 1.0).abs();
        [
            relative(a.ln_z, b.ln_z),
            relative(a.energy, b.energy),
            relative(a.entropy, b.entropy),
            relative(a.heat_capacity, b.heat_capacity),
        ]
    }

    #[test]
    fn kaufman_agrees_with_counting() {
        for (lx, ly) in [(2, 2), (2, 7), (3, 3), (5, 4), (5, 7), (6, 6), (8, 8)] {
            for beta in [1e-2, 0.1, 0.3, 0.4406867935097715, 0.45, 0.6, 1.0] {
                let worst = deviations(lx, ly, beta).into_iter().fold(0.0, f64::max);
                assert!(worst < 1e-11, "{lx}x{ly} at beta {beta}: {worst:e}");
            }
        }
    }
}
