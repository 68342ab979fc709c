//! The exact Ising results against independent high-precision values (`tests/reference/s07*`, `s08*`).

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

#[path = "common/reference.rs"]
mod reference;

use std::collections::BTreeMap;

use gibbs::ensemble::{Spectrum, ThermoPerSite};
use gibbs::model::Exact;
use gibbs::systems::{InfiniteIsing, Ising};
use gibbs::units::Temperature;
use reference::{Row, rows};

/// Relative agreement asked of every column unless a line below says otherwise.
const TOLERANCE: f64 = 1e-10;

/// Largest relative deviation per column; prints them (`--nocapture`) and checks them at the end.
#[derive(Default)]
struct Deviations(BTreeMap<&'static str, (f64, String)>);

impl Deviations {
    fn compare(&mut self, column: &'static str, ours: f64, row: &Row) {
        let reference = row.number(column);
        let deviation = if ours == reference || (reference.abs() < 1e-300 && ours.abs() < 1e-300) {
            0.0
        } else if reference == 0.0 {
            ours.abs()
        } else {
            (ours / reference - 1.0).abs()
        };
        let largest = self.0.entry(column).or_default();
        if deviation.is_nan() || deviation >= largest.0 {
            *largest = (deviation, format!("{ours:e} for {:?}", row.0));
        }
    }

    fn thermo(&mut self, ours: &ThermoPerSite, row: &Row) {
        self.compare("lnZ_per_site", ours.ln_z_per_site, row);
        self.compare("U_per_site", ours.energy_per_site, row);
        self.compare("S_per_site", ours.entropy_per_site, row);
        self.compare("C_per_site", ours.heat_capacity_per_site, row);
        self.compare("F_per_site", ours.free_energy_per_site(), row);
    }

    fn check(self, file: &str, weaker: &[(&str, f64)]) {
        for (column, (deviation, place)) in self.0 {
            println!("{file} {column}: {deviation:.1e}");
            let bound = weaker.iter().find(|(name, _)| *name == column).map_or(TOLERANCE, |(_, bound)| *bound);
            assert!(deviation <= bound, "{file} {column}: {deviation:e} above {bound:e}, ours {place}");
        }
    }
}

#[test]
fn rings_and_the_infinite_chain() {
    let mut deviations = Deviations::default();
    for row in rows("s07_ising_ring") {
        let (j, h) = (row.number("J"), row.number("h"));
        let (thermo, (m, chi)) = if row.text("N") == "inf" {
            let chain = InfiniteIsing::chain(j, h).unwrap();
            (chain.thermo_per_site(row.beta()), chain.magnetic_response(row.beta()).unwrap())
        } else {
            let ring = Ising::ring(row.number("N") as usize, j, h).unwrap();
            (ring.thermo_per_site(row.beta()), ring.magnetic_response(row.beta()).unwrap())
        };
        deviations.thermo(&thermo.unwrap(), &row);
        deviations.compare("m_per_site", m, &row);
        deviations.compare("chi_per_site", chi, &row);
    }
    deviations.check("s07_ising_ring", &[]);
}

#[test]
fn tori_without_field() {
    let mut deviations = Deviations::default();
    let mut torus = Ising::torus(2, 2, 1.0, 0.0).unwrap();
    for row in rows("s08_ising2d_torus") {
        let sides = (row.number("Lx") as usize, row.number("Ly") as usize);
        if torus.lattice().sides() != [sides.0, sides.1] {
            torus = Ising::torus(sides.0, sides.1, row.number("J"), 0.0).unwrap();
        }
        deviations.thermo(&torus.thermo_per_site(row.beta()).unwrap(), &row);
    }
    deviations.check("s08_ising2d_torus", &[]);
}

#[test]
fn enumerated_tori_with_field() {
    let mut deviations = Deviations::default();
    for row in rows("s08_ising2d_enumerated") {
        let (lx, ly) = (row.number("Lx") as usize, row.number("Ly") as usize);
        let torus = Ising::torus(lx, ly, row.number("J"), row.number("h")).unwrap();
        deviations.thermo(&torus.thermo_per_site(row.beta()).unwrap(), &row);
        let moments = torus.magnetic_moments(row.beta()).unwrap();
        deviations.compare("m_per_site", moments.magnetization, &row);
        deviations.compare("abs_m_per_site", moments.abs_magnetization, &row);
        deviations.compare("m2", moments.m2, &row);
        deviations.compare("m4", moments.m4, &row);
        deviations.compare("chi_per_site", moments.susceptibility, &row);
        deviations.compare("Binder_U4", moments.binder, &row);
    }
    deviations.check("s08_ising2d_enumerated", &[]);
}

#[test]
fn the_infinite_plane() {
    let mut deviations = Deviations::default();
    for row in rows("s08_ising2d_infinite") {
        let plane = InfiniteIsing::plane(row.number("J")).unwrap();
        let critical = row.text("label") == "Tc_exact";
        assert_eq!(critical, plane.critical_temperature().unwrap().get() == row.number("T"));
        deviations.thermo(&plane.thermo_per_site(row.beta()).unwrap(), &row);
        deviations.compare("m_spontaneous", plane.spontaneous_magnetization(row.beta()), &row);
    }
    deviations.check("s08_ising2d_infinite", &[]);
}

#[test]
fn densities_of_states() {
    for l in [2usize, 3, 4, 8] {
        let torus = Ising::torus(l, l, 1.0, 0.0).unwrap();
        let mut deviations = Deviations::default();
        let reference = rows(&format!("s08_ising2d_dos_{l}x{l}"));
        let levels = torus.density_of_states().unwrap();
        assert_eq!(levels.len(), reference.len());
        for row in &reference {
            let bond_sum = -row.number("E_over_J") as i64;
            let level = levels.iter().find(|level| level.bond_sum == bond_sum).unwrap();
            deviations.compare("ln_g", level.ln_count, row);
            // Counts below 2^53 are exact whole numbers before their logarithm is taken.
            if row.number("g") < 1e12 {
                assert_eq!(level.ln_count.exp().round(), row.number("g"));
            }
        }
        deviations.check(&format!("s08_ising2d_dos_{l}x{l}"), &[("ln_g", 1e-15)]);
    }
}

#[test]
fn joint_densities_of_states() {
    for l in [2usize, 3, 4] {
        let torus = Ising::torus(l, l, 1.0, 0.0).unwrap();
        let reference = rows(&format!("s08_ising2d_joint_dos_{l}x{l}"));
        let levels = torus.joint_density_of_states().unwrap();
        assert_eq!(levels.len(), reference.len());
        for row in &reference {
            let key = (-row.number("E_over_J") as i64, row.number("M") as i64);
            let level = levels.iter().find(|level| (level.bond_sum, level.magnetization) == key).unwrap();
            assert_eq!(level.ln_count, row.number("g").ln());
        }
    }
}

#[test]
fn maxima_of_the_heat_capacity() {
    let mut deviations = Deviations::default();
    for row in rows("s08_ising2d_cmax") {
        let l = row.number("L") as usize;
        let torus = Ising::torus(l, l, row.number("J"), 0.0).unwrap();
        let c = |t: f64| torus.thermo_per_site(Temperature::new(t).unwrap().beta()).unwrap().heat_capacity_per_site;
        let (mut low, mut high) = (2.2, 2.5);
        while high - low > 1e-9 {
            let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
            if c(a) < c(b) { low = a } else { high = b }
        }
        deviations.compare("T_Cmax", 0.5 * (low + high), &row);
        deviations.compare("C_max_per_site", c(0.5 * (low + high)), &row);
    }
    // A maximum is flat: where C is right to e its place is right to sqrt(2 e C/abs(C'')), with e = 1e-13 and
    // C/abs(C'') below 0.05 about 1e-7.
    deviations.check("s08_ising2d_cmax", &[("T_Cmax", 1e-7)]);
}

/// Two routes that share nothing: integer counts of states through the one softmax, and Kaufman's products.
#[test]
fn kaufman_agrees_with_the_counted_states_of_16_x_16() {
    let levels = rows("s08_ising2d_dos_16x16");
    let energies = levels.iter().map(|row| row.number("E_over_J")).collect();
    let ln_counts = levels.iter().map(|row| row.number("ln_g")).collect();
    let counted = Spectrum::with_ln_degeneracies(energies, ln_counts).unwrap();
    let torus = Ising::torus(16, 16, 1.0, 0.0).unwrap();
    for t in [0.3, 0.7, 1.0, 1.7, 2.0, 2.269, 2.4, 3.3, 10.0, 1e3, f64::INFINITY, 0.0, -2.0] {
        let beta = Temperature::new(t).unwrap().beta();
        let (ours, expected) = (torus.thermo(beta).unwrap(), counted.thermo(beta).unwrap());
        let pairs = [
            ("U", ours.energy, expected.energy),
            ("S", ours.entropy, expected.entropy),
            ("C", ours.heat_capacity, expected.heat_capacity),
        ];
        for (name, ours, expected) in pairs {
            let deviation = (ours - expected).abs();
            assert!(deviation <= TOLERANCE * expected.abs().max(1e-3), "{name} at T = {t}: {ours} {expected}");
        }
    }
}
