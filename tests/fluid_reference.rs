//! The Lennard-Jones fluid against independent values of high precision (`tests/reference/s14*`).

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "common/reference.rs"]
mod reference;

use gibbs::model::{Exact, Model};
use gibbs::systems::{BOYLE_TEMPERATURE, FluidState, LennardJones, PairTruncation, VirialLimit};
use gibbs::units::Temperature;
use reference::{Row, rows};

/// Relative agreement, of sums of 10^5 pairs too.
const TOLERANCE: f64 = 1e-11;

#[track_caller]
fn assert_close(ours: f64, reference: f64, what: &str) {
    assert!((ours - reference).abs() <= TOLERANCE * reference.abs(), "{what}: {ours:e} instead of {reference:e}");
}

/// Positions of a configuration whose coordinates are listed.
fn positions(configuration: &str) -> Vec<[f64; 3]> {
    rows(&format!("s14_lj_config_{configuration}")).iter().map(|row| ["x", "y", "z"].map(|x| row.number(x))).collect()
}

fn fluid(row: &Row, truncation: PairTruncation) -> LennardJones {
    let n: usize = row.text("N").parse().unwrap();
    LennardJones::new(n, n as f64 / row.number("L").powi(3), row.number("rc"), truncation).unwrap()
}

/// Sum over pairs inside the cutoff of u with potential and force shifted to 0 there, and of r.f.
fn force_shifted(model: &LennardJones, state: &FluidState) -> (f64, f64, u64) {
    let (side, cutoff) = (model.side(), model.cutoff());
    let slope = -24.0 * (2.0 * cutoff.powi(-12) - cutoff.powi(-6)) / cutoff;
    let positions: Vec<[f64; 3]> = state.positions().collect();
    let (mut energy, mut virial, mut inside) = (0.0, 0.0, 0);
    for (i, a) in positions.iter().enumerate() {
        for b in &positions[..i] {
            let d = [0, 1, 2].map(|k| a[k] - b[k] - side * ((a[k] - b[k]) / side).round());
            let r = (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]).sqrt();
            if r < cutoff {
                energy += model.pair_energy(r * r) - 4.0 * (cutoff.powi(-12) - cutoff.powi(-6)) - (r - cutoff) * slope;
                virial += 24.0 * (2.0 * r.powi(-12) - r.powi(-6)) + r * slope;
                inside += 1;
            }
        }
    }
    (energy, virial, inside)
}

#[test]
fn configurations_have_their_energies_and_virials() {
    let mut seen = 0;
    for row in rows("s14_lj_config_energies") {
        let (cut, shifted) = (fluid(&row, PairTruncation::Cut), fluid(&row, PairTruncation::Shifted));
        let state = cut.state(&positions(row.text("config"))).unwrap();
        assert_close(cut.energy(&state) - cut.tail_energy(), row.number("U_pair_cut"), "U");
        assert_close(cut.virial(&state), row.number("W_pair_virial"), "W");
        assert_close(cut.tail_energy(), row.number("U_LRC"), "U_LRC");
        assert_close(cut.energy(&state), row.number("U_total_with_LRC"), "U with tail");
        assert_eq!(state.energy(), cut.energy(&state));
        let raised = shifted.state(&positions(row.text("config"))).unwrap();
        assert_close(shifted.energy(&raised), row.number("U_pair_cut_shifted"), "U shifted");
        assert_close(shifted.virial(&raised), row.number("W_pair_virial"), "W shifted");
        let (energy, virial, inside) = force_shifted(&cut, &state);
        assert_close(energy, row.number("U_pair_linear_force_shift"), "U force-shifted");
        assert_close(virial, row.number("W_pair_linear_force_shift"), "W force-shifted");
        assert_eq!(inside as f64, row.number("n_pairs_inside"));
        // The digits that NIST publishes.
        for (ours, column) in [
            (cut.energy(&state) - cut.tail_energy(), "NIST_U_pair"),
            (cut.virial(&state), "NIST_W_pair"),
            (cut.tail_energy(), "NIST_U_LRC"),
        ] {
            assert!((ours / row.number(column) - 1.0).abs() < 5e-5, "{column}");
        }
        seen += 1;
    }
    assert_eq!(seen, 4);
}

#[test]
fn energies_do_not_depend_on_the_image_that_is_listed() {
    let row = &rows("s14_lj_config_energies")[0];
    let model = fluid(row, PairTruncation::Cut);
    let listed = positions("1");
    let moved: Vec<[f64; 3]> = listed.iter().enumerate().map(|(i, p)| p.map(|x| x + 10.0 * (i % 7) as f64)).collect();
    let (here, there) = (model.state(&listed).unwrap(), model.state(&moved).unwrap());
    assert!((model.energy(&here) / model.energy(&there) - 1.0).abs() < 1e-11);
    assert!((model.virial(&here) / model.virial(&there) - 1.0).abs() < 1e-11);
}

/// The four ways to get these sums wrong that are seen most often are far from the reference.
#[test]
fn usual_mistakes_are_rejected() {
    let row = &rows("s14_lj_config_energies")[0];
    let model = fluid(row, PairTruncation::Cut);
    let state = model.state(&positions("1")).unwrap();
    let energy = model.energy(&state);
    let off = |wrong: f64, column: &str| (wrong / row.number(column) - 1.0).abs() > 1e-3;
    // No tail; every pair twice; the shifted potential with the tail of the cut one; the tail of the pressure in U.
    assert!(off(energy - model.tail_energy(), "U_total_with_LRC"));
    assert!(off(2.0 * energy - model.tail_energy(), "U_total_with_LRC"));
    assert!(off(row.number("U_pair_cut_shifted") + model.tail_energy(), "U_total_with_LRC"));
    assert!(off(model.tail_pressure() * model.volume(), "U_LRC"));
    // Without images.
    let open = LennardJones::new(800, 1e-4, 3.0, PairTruncation::Cut).unwrap();
    let apart = open.state(&positions("1")).unwrap();
    assert!(off(open.energy(&apart) - open.tail_energy(), "U_pair_cut"));
}

#[test]
fn two_particles_are_integrated_exactly() {
    let mut seen = 0;
    for row in rows("s14_lj_pair").iter().filter(|row| row.text("convention") == "truncated_at_L/2") {
        let side = row.number("L");
        for truncation in [PairTruncation::Cut, PairTruncation::Shifted] {
            let model = LennardJones::new(2, 2.0 / side.powi(3), 0.5 * side, truncation).unwrap();
            let thermo = model.thermo(row.beta()).unwrap();
            assert!((thermo.entropy - thermo.ln_z - row.beta().get() * thermo.energy).abs() < 1e-13);
            if truncation == PairTruncation::Cut {
                let ln_z = thermo.ln_z + row.beta().get() * model.tail_energy();
                assert_close(ln_z, row.number("ln_config_integral_over_V^2"), "ln Z");
                assert_close(thermo.energy - model.tail_energy(), row.number("U_config"), "U");
                assert_close(thermo.heat_capacity, row.number("C_config"), "C");
                seen += 1;
            } else {
                assert!(thermo.energy > row.number("U_config"));
            }
        }
    }
    assert_eq!(seen, 10);
}

#[test]
fn the_full_potential_has_its_virial_coefficients() {
    for row in rows("s14_lj_b2") {
        let limit = VirialLimit::of_full_potential(Temperature::new(row.number("T")).unwrap()).unwrap();
        assert_close(limit.b2, row.number("B2"), "B2");
        assert_close(limit.u1, row.number("u1_energy_per_N_per_density"), "u1");
    }
    let boyle = VirialLimit::of_full_potential(Temperature::new(BOYLE_TEMPERATURE).unwrap()).unwrap();
    assert!(boyle.b2.abs() < 1e-13, "{:e}", boyle.b2);
}

#[test]
fn the_cut_potential_has_its_virial_coefficients() {
    for row in rows("s14_lj_b2_truncated") {
        let model = LennardJones::new(500, 0.001, row.number("rc"), PairTruncation::Cut).unwrap();
        let limit = model.virial_limit(Temperature::new(row.number("T")).unwrap()).unwrap();
        assert_close(limit.b2, row.number("B2_truncated"), "B2");
        assert_close(limit.u1, row.number("u1_with_LRC"), "u1");
        assert_close(limit.b2_pressure, row.number("B2_effective_with_LRC"), "B of P");
        let tail = model.tail_pressure() / model.density().powi(2);
        assert_close(tail, row.number("P_LRC_coefficient"), "tail of P");
        let without = limit.b2_pressure - tail / row.number("T");
        let scale = limit.b2_pressure.abs() / without.abs();
        assert!((without / row.number("B2_virial_without_cutoff_impulse") - 1.0).abs() < TOLERANCE * scale.max(1.0));
    }
}

/// A potential with a higher cutoff comes closer to the full one.
#[test]
fn tails_make_up_for_the_cutoff() {
    let t = Temperature::new(1.2).unwrap();
    let full = VirialLimit::of_full_potential(t).unwrap();
    let error = |cutoff, truncation| {
        let limit = LennardJones::new(5000, 0.01, cutoff, truncation).unwrap().virial_limit(t).unwrap();
        ((limit.b2_pressure - full.b2).abs(), (limit.u1 - full.u1).abs())
    };
    let (near, far) = (error(3.0, PairTruncation::Cut), error(12.0, PairTruncation::Cut));
    assert!(near.0 < 2e-3 && near.1 < 2e-3 && far.0 < 1e-6 && far.1 < 1e-6, "{near:?} {far:?}");
    assert!(error(3.0, PairTruncation::Shifted).0 > 0.1);
}

#[test]
fn published_state_points_are_those_of_the_table() {
    let mut listed = LennardJones::published_points();
    for row in rows("s14_lj_nist_nvt_mc") {
        let (temperature, density) = listed.next().unwrap();
        assert_eq!((temperature.get(), density), (row.number("T"), row.number("rho")));
        let published = LennardJones::new(500, density, row.number("rc"), PairTruncation::Cut)
            .unwrap()
            .published(temperature)
            .unwrap();
        // The larger of the two uncertainties, where both are given.
        for (found, value, uncertainty, crosscheck) in [
            (published.energy, "U_NIST_per_N", "U_NIST_unc", "U_crosscheck_err"),
            (published.pressure, "P_NIST", "P_NIST_unc", "P_crosscheck_err"),
        ] {
            let error = row.text(uncertainty).parse::<f64>().unwrap_or(0.0).max(row.number(crosscheck));
            assert_eq!(found, (row.number(value), error), "T = {temperature}, density {density}: {value}");
        }
    }
    assert!(listed.next().is_none());
}
