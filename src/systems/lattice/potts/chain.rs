//! The one-dimensional Potts model: open chains and rings of any length, cold or hot, at either sign of temperature.

use super::measured_from;
use crate::ensemble::{Canonical, Spectrum, SpectrumError, Thermo};
use crate::numerics::CompensatedSum;
use crate::units::Beta;

/// Decay of correlations once around a ring, in e-foldings, beyond which its ends do not feel each other: e^-80 stays
/// below rounding also when multiplied by the largest number of sites and colours.
const FAR: f64 = 80.0;
/// Levels listed of a ring that is not longer than that. Fewer than 80 of its bonds are then in the rarer state on
/// average, and the weight beyond 1000 is below (80 e / 1000)^1000.
const MOST_LEVELS: usize = 1000;

/// One bond of an open chain: a neighbour of the same colour, or one of the q - 1 others.
fn bond_levels(q: u32, j: f64) -> Result<Spectrum, SpectrumError> {
    Spectrum::with_degeneracies(vec![-j, 0.0], &[1.0, f64::from(q - 1)])
}

/// ln Z, U, S and C of one bond, e^K + q - 1: the infinite chain per site.
pub(super) fn bond(q: u32, j: f64, beta: Beta) -> Result<Thermo, SpectrumError> {
    Ok(Canonical::new(&bond_levels(q, j)?, beta).thermo())
}

/// Independent bonds: Z = q (e^K + q - 1)^(N - 1).
pub(super) fn open(n: usize, q: u32, j: f64, beta: Beta) -> Result<Thermo, SpectrumError> {
    let bonds = scaled(bond(q, j, beta)?, n as f64 - 1.0);
    let ln_q = f64::from(q).ln();
    Ok(Thermo { ln_z: bonds.ln_z + ln_q, entropy: bonds.entropy + ln_q, ..bonds })
}

fn scaled(one: Thermo, n: f64) -> Thermo {
    Thermo {
        beta: one.beta,
        ln_z: n * one.ln_z,
        energy: n * one.energy,
        entropy: n * one.entropy,
        heat_capacity: n * one.heat_capacity,
    }
}

/// Z = (e^K + q - 1)^N + (q - 1)(e^K - 1)^N: independent bonds where the second term is nothing, else listed levels,
/// which keep the digits that the two terms lose against each other.
pub(super) fn ring(n: usize, q: u32, j: f64, beta: Beta) -> Result<Thermo, SpectrumError> {
    let levels = bond_levels(q, j)?;
    let one = Canonical::new(&levels, beta);
    let (same, other) = (one.probability(0), one.probability(1));
    let (colours, others) = (f64::from(q), f64::from(q - 1));
    let aligned = colours * other <= others;
    // -ln of the ratio r = (e^K - 1)/(e^K + q - 1) = 1 - q/(q - 1) other = -(1 - q same)/(q - 1).
    // Near infinite temperature, where r vanishes, rounding must not turn its sign.
    let decay =
        if aligned { -(-colours * other / others).ln_1p() } else { others.ln() - (-(colours * same).min(1.0)).ln_1p() };
    if n as f64 * decay >= FAR {
        return Ok(scaled(one.thermo(), n as f64));
    }
    // Levels from the ground state on (or from the top): by unsatisfied bonds where neighbours align, else by satisfied.
    let (mut energies, mut ln_counts) = (Vec::new(), Vec::new());
    let mut ln_choose = CompensatedSum::default();
    for i in 0..=n.min(MOST_LEVELS) {
        if i > 0 {
            ln_choose.add(((n + 1 - i) as f64 / i as f64).ln());
        }
        let (unsatisfied, energy) = if aligned { (i, j * i as f64) } else { (n - i, -j * i as f64) };
        let ln_colourings = ln_cycle_colourings(unsatisfied, others);
        if ln_colourings > f64::NEG_INFINITY {
            energies.push(energy);
            ln_counts.push(ln_choose.value() + ln_colourings);
        }
    }
    let spectrum = Spectrum::with_ln_degeneracies(energies, ln_counts)?;
    let reference = if aligned { -j * n as f64 } else { 0.0 };
    Ok(measured_from(reference, Canonical::new(&spectrum, beta).thermo()))
}

/// ln of (q-1)^m + (-1)^m (q-1), the ways to colour a cycle of `m` runs so that neighbours differ; q for m = 0.
fn ln_cycle_colourings(m: usize, others: f64) -> f64 {
    let sign = if m.is_multiple_of(2) { 1.0 } else { -1.0 };
    m as f64 * others.ln() + (sign * others.powf(1.0 - m as f64)).ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Boundary, Exact, Lattice, LatticeKind};
    use crate::systems::{Ising, Potts};

    fn ring_of(n: usize, q: u32, j: f64) -> Potts {
        Potts::new(Lattice::new(LatticeKind::Chain, &[n], Boundary::Periodic).unwrap(), q, j).unwrap()
    }

    fn thermo(potts: &Potts, beta: f64) -> Thermo {
        potts.thermo(Beta::new(beta).unwrap()).unwrap()
    }

    #[track_caller]
    fn close(ours: f64, expected: f64) {
        assert!((ours - expected).abs() <= 1e-12 * expected.abs(), "{ours:e}, expected {expected:e}");
    }

    #[test]
    fn closed_form_and_levels_meet() {
        // On both sides of the switch, and at moderate coupling where the two terms lose no digits.
        for (n, q) in [(2, 2), (2, 5), (3, 3), (17, 4), (64, 10), (200, 64)] {
            for beta in [-2.0, -0.7, -0.01, 0.01, 0.3, 1.0, 2.0] {
                let (a, b, others) = (f64::exp(beta) + f64::from(q - 1), beta.exp_m1(), f64::from(q - 1));
                let (size, r) = (f64::from(n), b / a);
                let term = others * r.powi(n);
                let t = thermo(&ring_of(n as usize, q, 1.0), beta);
                close(t.ln_z, size * a.ln() + term.ln_1p());
                close(t.energy, -size * beta.exp() / a * (1.0 + others * r.powi(n - 1)) / (1.0 + term));
                assert!((t.entropy - t.ln_z - beta * t.energy).abs() < 1e-12 * t.ln_z.abs());
            }
        }
    }

    #[test]
    fn cold_rings_keep_their_digits() {
        // Two unsatisfied bonds: C(n, 2)(q - 1) states per ground state, each 2 J up; three cost e^-K more.
        for (n, q) in [(5usize, 2u32), (8, 3), (100, 10), (3_000_000, 3), (1 << 31, 64)] {
            let (size, beta) = (n as f64, 90.0);
            let t = thermo(&ring_of(n, q, 1.0), beta);
            let pairs = 0.5 * size * (size - 1.0) * f64::from(q - 1);
            close(t.heat_capacity, 4.0 * beta * beta * pairs * (-2.0 * beta).exp());
            close(t.entropy, f64::from(q).ln());
            assert_eq!(t.energy, -size);
        }
        let frustrated = thermo(&ring_of(9, 2, -1.0), f64::INFINITY);
        assert!((frustrated.energy, frustrated.heat_capacity) == (1.0, 0.0));
        close(frustrated.entropy, 18f64.ln());
        close(thermo(&ring_of(4, 3, -1.0), f64::INFINITY).entropy, 18f64.ln());
        close(thermo(&ring_of(1000, 3, -1.0), f64::INFINITY).entropy, 1000.0 * 2f64.ln());
    }

    #[test]
    fn hot_rings_are_free_sites() {
        for q in 2..=64 {
            for beta in [-1e-17, 0.0, 1e-17] {
                let t = thermo(&ring_of(5000, q, 1.0), beta);
                close(t.entropy, 5000.0 * f64::from(q).ln());
                close(t.energy, -5000.0 / f64::from(q));
            }
        }
    }

    #[test]
    fn negative_temperature_is_the_mirrored_coupling() {
        for (n, q) in [(6, 2), (7, 2), (7, 3), (50, 4), (5000, 2)] {
            for beta in [0.2, 3.0, 12.0, f64::INFINITY] {
                let (a, b) = (thermo(&ring_of(n, q, 1.0), -beta), thermo(&ring_of(n, q, -1.0), beta));
                assert_eq!((a.energy, a.entropy, a.heat_capacity), (-b.energy, b.entropy, b.heat_capacity));
                assert!(a.ln_z == b.ln_z && a.entropy.is_finite());
            }
        }
    }

    #[test]
    fn two_colours_are_ising_spins_of_half_the_coupling() {
        for n in [2usize, 3, 8, 64, 1000, 5000] {
            for j in [1.0, -1.0] {
                let (potts, ising) = (ring_of(n, 2, j), Ising::ring(n, 0.5 * j, 0.0).unwrap());
                let shift = 0.5 * j * n as f64;
                for beta in [-30.0, -1.0, -0.1, 0.0, 0.1, 1.0, 4.0, 30.0] {
                    let (p, i) = (thermo(&potts, beta), ising.thermo(Beta::new(beta).unwrap()).unwrap());
                    assert!((p.ln_z - i.ln_z - beta * shift).abs() <= 1e-12 * (1.0 + p.ln_z.abs()), "{n} {j} {beta}");
                    assert!((p.energy - i.energy + shift).abs() <= 1e-12 * n as f64, "{n} {j} {beta}");
                    close(p.entropy, i.entropy);
                    assert!((p.heat_capacity - i.heat_capacity).abs() <= 1e-11 * i.heat_capacity, "{n} {j} {beta}");
                }
            }
        }
    }

    #[test]
    fn open_chains_are_independent_bonds() {
        let potts = Potts::new(Lattice::new(LatticeKind::Chain, &[6], Boundary::Open).unwrap(), 5, 1.0).unwrap();
        for beta in [-3.0, -0.2, 0.0, 0.4, 5.0] {
            let (t, a) = (thermo(&potts, beta), f64::exp(beta) + 4.0);
            close(t.ln_z, 5f64.ln() + 5.0 * a.ln());
            close(t.energy, -5.0 * beta.exp() / a);
            close(t.heat_capacity, 5.0 * beta * beta * 4.0 * beta.exp() / (a * a));
        }
        assert_eq!(thermo(&potts, f64::INFINITY).energy, -5.0);
        close(thermo(&potts, f64::NEG_INFINITY).entropy, 5f64.ln() + 5.0 * 4f64.ln());
    }
}
