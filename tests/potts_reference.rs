//! The exact Potts results against independent high-precision values (`tests/reference/s07*`, `s09*`).

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

#[path = "common/reference.rs"]
mod reference;

use gibbs::ensemble::ThermoPerSite;
use gibbs::model::{Boundary, Exact, Lattice, LatticeKind};
use gibbs::systems::{InfinitePotts, Ising, Potts};
use gibbs::units::Beta;
use reference::{Row, rows};

/// Relative agreement asked of every column.
const TOLERANCE: f64 = 1e-10;

fn lattice(kind: LatticeKind, sides: &[usize], boundary: Boundary) -> Lattice {
    Lattice::new(kind, sides, boundary).unwrap()
}

/// The periodic square lattice of a row.
fn torus(row: &Row) -> Potts {
    let sides = [row.number("Lx") as usize, row.number("Ly") as usize];
    let lattice = lattice(LatticeKind::Square, &sides, Boundary::Periodic);
    Potts::new(lattice, row.number("q") as u32, row.number("J")).unwrap()
}

#[track_caller]
fn compare(column: &str, ours: f64, row: &Row) {
    let reference = row.number(column);
    let deviation = if ours == reference { 0.0 } else { (ours / reference - 1.0).abs() };
    assert!(deviation <= TOLERANCE, "{column}: {deviation:e}, ours {ours:e} for {:?}", row.0);
}

#[track_caller]
fn compare_thermo(ours: &ThermoPerSite, row: &Row) {
    compare("lnZ_per_site", ours.ln_z_per_site, row);
    compare("U_per_site", ours.energy_per_site, row);
    compare("S_per_site", ours.entropy_per_site, row);
    compare("C_per_site", ours.heat_capacity_per_site, row);
    compare("F_per_site", ours.free_energy_per_site(), row);
}

#[test]
fn chains() {
    for row in rows("s07_potts_chain") {
        let (q, j) = (row.number("q") as u32, row.number("J"));
        let thermo = if row.text("N") == "inf" {
            InfinitePotts::chain(q, j).unwrap().thermo_per_site(row.beta())
        } else {
            let boundary = if row.text("boundary") == "open" { Boundary::Open } else { Boundary::Periodic };
            let chain = lattice(LatticeKind::Chain, &[row.number("N") as usize], boundary);
            Potts::new(chain, q, j).unwrap().thermo_per_site(row.beta())
        };
        compare_thermo(&thermo.unwrap(), &row);
    }
}

#[test]
fn densities_of_states_are_exact_integers() {
    for (q, side) in [(3, 3), (3, 4), (10, 3), (10, 4)] {
        let torus = lattice(LatticeKind::Square, &[side, side], Boundary::Periodic);
        let potts = Potts::new(torus, q, 1.0).unwrap();
        let levels = potts.density_of_states().unwrap();
        let rows = rows(&format!("s09_potts_dos_q{q}_{side}x{side}"));
        assert_eq!(levels.len(), rows.len());
        for (level, row) in levels.iter().zip(rows) {
            assert_eq!(level.satisfied, row.text("satisfied_bonds").parse::<u64>().unwrap());
            let count: u128 = row.text("g").parse().unwrap();
            assert!(count < 1 << 53);
            assert_eq!(level.count as u128, count, "q = {q}, {side} x {side}, {level:?}");
        }
    }
}

#[test]
fn tori() {
    let mut potts = torus(&rows("s09_potts_thermo")[0]);
    for row in rows("s09_potts_thermo") {
        let other = torus(&row);
        if (potts.q(), potts.lattice()) != (other.q(), other.lattice()) {
            potts = other;
        }
        compare_thermo(&potts.thermo_per_site(row.beta()).unwrap(), &row);
    }
}

#[test]
fn order_parameters() {
    for row in rows("s09_potts_order_parameter") {
        let potts = torus(&row);
        compare("U_per_site", potts.thermo_per_site(row.beta()).unwrap().energy_per_site, &row);
        let moments = potts.order_moments(row.beta()).unwrap();
        compare("m_mean", moments.m, &row);
        compare("m2_mean", moments.m2, &row);
    }
}

#[test]
fn constants_of_the_transition() {
    for row in rows("s09_potts_constants") {
        let q = row.number("q") as u32;
        let plane = InfinitePotts::plane(q, 1.0).unwrap();
        let critical = plane.critical_temperature().unwrap();
        compare("Tc_over_J", critical.get(), &row);
        compare("beta_c_J", critical.beta().get(), &row);
        let (middle, latent) = (plane.critical_energy().unwrap(), plane.latent_heat().unwrap());
        compare("u_mid_per_site_over_J", middle, &row);
        compare("latent_heat_per_site_over_J", latent, &row);
        compare("u_ordered_per_site_over_J", middle - 0.5 * latent, &row);
        compare("u_disordered_per_site_over_J", middle + 0.5 * latent, &row);
        let finite = Potts::new(lattice(LatticeKind::Square, &[4, 4], Boundary::Open), q, 2.5).unwrap();
        assert!((finite.critical_temperature().unwrap().get() / critical.get() - 2.5).abs() < 1e-14);
    }
    let cubic = lattice(LatticeKind::Cubic, &[2, 2, 2], Boundary::Open);
    assert!(Potts::new(cubic, 3, 1.0).unwrap().critical_temperature().is_none());
}

#[test]
fn two_colours_are_ising_spins_of_half_the_coupling() {
    for (lx, ly) in [(2, 3), (3, 3), (4, 4), (5, 6)] {
        for j in [1.3, -1.3] {
            let torus = lattice(LatticeKind::Square, &[lx, ly], Boundary::Periodic);
            let shift = 0.5 * j * torus.n_bonds() as f64;
            let (potts, ising) = (Potts::new(torus, 2, j).unwrap(), Ising::torus(lx, ly, 0.5 * j, 0.0).unwrap());
            for beta in [f64::NEG_INFINITY, -20.0, -1.0, -0.1, 0.0, 0.1, 0.7, 3.0, 20.0, f64::INFINITY] {
                let beta = Beta::new(beta).unwrap();
                let (p, i) = (potts.thermo(beta).unwrap(), ising.thermo(beta).unwrap());
                let close = |x: f64, y: f64, scale: f64| (x - y).abs() <= 1e-12 * scale;
                if beta.get().is_finite() {
                    assert!(close(p.ln_z, i.ln_z + beta.get() * shift, 1.0 + p.ln_z.abs()), "{lx} {ly} {j} {beta}");
                }
                assert!(close(p.energy, i.energy - shift, 2.0 * shift.abs()), "{lx} {ly} {j} {beta}");
                assert!(close(p.entropy, i.entropy, i.entropy), "{lx} {ly} {j} {beta}");
                assert!(close(p.heat_capacity, i.heat_capacity, 10.0 * i.heat_capacity), "{lx} {ly} {j} {beta}");
            }
            assert!((potts.entropy_limits().0 - ising.entropy_limits().0).abs() < 1e-13);
        }
    }
}

#[test]
fn strips_of_one_row_pair_are_chains_of_larger_spins() {
    // A periodic 2 x L ladder by the eigenvalues of its q^2 x q^2 transfer matrix, independent of any counting: the
    // trace of the L-th power of the matrix itself, for q = 3 and L = 4.
    let (q, columns) = (3usize, 4usize);
    let ladder = lattice(LatticeKind::Square, &[2, columns], Boundary::Periodic);
    let potts = Potts::new(ladder, q as u32, 1.0).unwrap();
    for beta in [-0.8, 0.3, 1.1] {
        let weight = |bonds: usize| f64::exp(beta * bonds as f64);
        let n = q * q;
        // Both parallel bonds inside a pair count.
        let matrix = |a: usize, b: usize| {
            let same = |x: usize, y: usize| usize::from(x == y);
            weight(2 * same(a / q, a % q) + same(a / q, b / q) + same(a % q, b % q))
        };
        let mut power: Vec<f64> = (0..n * n).map(|i| f64::from(u8::from(i / n == i % n))).collect();
        for _ in 0..columns {
            let product = |i: usize| (0..n).map(|k| power[i / n * n + k] * matrix(k, i % n)).sum();
            power = (0..n * n).map(product).collect();
        }
        let trace: f64 = (0..n).map(|i| power[i * n + i]).sum();
        let ln_z = potts.thermo(Beta::new(beta).unwrap()).unwrap().ln_z;
        assert!((ln_z - trace.ln()).abs() < 1e-12 * ln_z.abs(), "{beta}");
    }
}

#[test]
fn lattices_too_large_to_count_say_so() {
    let torus = lattice(LatticeKind::Square, &[32, 32], Boundary::Periodic);
    let potts = Potts::new(torus, 3, 1.0).unwrap();
    let refusal = potts.thermo(Beta::new(1.0).unwrap()).unwrap_err().to_string();
    assert!(refusal.starts_with("potts has no exact result here") && refusal.contains("sample it"), "{refusal}");
    assert!(potts.order_moments(Beta::ZERO).is_err() && potts.entropy_limits().0.is_nan());
}
