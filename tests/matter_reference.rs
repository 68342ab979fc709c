//! Quantum levels, solids and gases against independent high-precision values (`tests/reference`), to 1e-10 relative.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "common/reference.rs"]
mod reference;

use gibbs::ensemble::{Canonical, Thermo};
use gibbs::model::Exact;
use gibbs::numerics::sum;
use gibbs::systems::{
    DebyeSolid, EinsteinSolid, Filling, IdealGas, MaxwellBoltzmann, Morse, Quartic, QuarticClassical, Rotor,
};
use gibbs::units::constants::{AVOGADRO, BOLTZMANN, ELEMENTARY_CHARGE, PLANCK, SPEED_OF_LIGHT};
use reference::{Row, rows};

const TOLERANCE: f64 = 1e-10;

/// Relative agreement of `ours` with a column, within `tolerance`.
fn compare(row: &Row, column: &str, ours: f64, tolerance: f64) {
    let exact = row.number(column);
    let deviation = if ours == exact { 0.0 } else { (ours / exact - 1.0).abs() };
    assert!(deviation <= tolerance, "{column}: {ours:e} against {exact:e}, {deviation:.1e} ({:?})", row.0);
}

/// ln Z, U, S, C and F against five columns.
fn compare_thermo(row: &Row, columns: [&str; 5], ours: &Thermo) {
    let values = [ours.ln_z, ours.energy, ours.entropy, ours.heat_capacity, ours.free_energy()];
    columns.iter().zip(values).for_each(|(column, value)| compare(row, column, value, TOLERANCE));
}

#[test]
fn s03_einstein_solid() {
    for row in rows("s03_einstein_solid") {
        let theta = row.number("theta_E");
        let ours = EinsteinSolid::new(theta).unwrap().thermo(row.beta()).unwrap();
        compare_thermo(&row, ["lnZ_per_atom", "U_per_atom", "S_per_atom", "C_per_atom", "F_per_atom"], &ours);
        let thermal = ours.energy - 1.5 * theta;
        assert!((thermal - row.number("U_thermal_per_atom")).abs() <= 1e-14 * ours.energy);
    }
}

#[test]
fn s03_debye_solid() {
    for row in rows("s03_debye_solid") {
        let theta = row.number("theta_D");
        let ours = DebyeSolid::new(theta).unwrap().thermo(row.beta()).unwrap();
        compare_thermo(&row, ["lnZ_per_atom", "U_per_atom", "S_per_atom", "C_per_atom", "F_per_atom"], &ours);
        for (column, value) in [("S_per_atom", ours.entropy), ("C_per_atom", ours.heat_capacity)] {
            compare(&row, column, value, 1e-13);
        }
        let thermal = ours.energy - 1.125 * theta;
        assert!((thermal - row.number("U_thermal_per_atom")).abs() <= 1e-14 * ours.energy);
    }
}

#[test]
fn s03_debye_si() {
    for row in rows("s03_debye_si") {
        let theta = row.number("theta_D");
        let ours = DebyeSolid::new(theta).unwrap().thermo(row.beta()).unwrap();
        let gas_constant = BOLTZMANN * AVOGADRO;
        compare(&row, "C_V[J/mol/K]", ours.heat_capacity * gas_constant, 1e-12);
        compare(&row, "C_V[kB/atom]", ours.heat_capacity, 1e-12);
        compare(&row, "S", ours.entropy * gas_constant, 1e-12);
        let thermal = (ours.energy - 1.125 * theta) * gas_constant;
        let rounding = 1e-15 * ours.energy * gas_constant;
        assert!((thermal - row.number("U_thermal")).abs() <= 1e-12 * thermal + rounding);
    }
}

/// By name, with the values per mole that the rotor's own test leaves out.
#[test]
fn s04_hydrogen_by_name() {
    for row in rows("s04_ortho_para") {
        let theta = row.number("theta_rot");
        let at = |name: &str| Rotor::new(theta, name.parse().unwrap()).unwrap().thermo(row.beta()).unwrap();
        assert_eq!((row.number("g_even"), row.number("g_odd")), (1.0, 3.0));
        let (normal, equilibrium) = (at("normal"), at("equilibrium"));
        compare_thermo(&row, ["lnZ_eq", "U_eq", "S_eq", "C_eq", "F_eq"], &equilibrium);
        compare(&row, "lnZ_even", at("para").ln_z, TOLERANCE);
        compare(&row, "lnZ_odd", at("ortho").ln_z, TOLERANCE);
        compare(&row, "U_frozen_mixture", normal.energy, TOLERANCE);
        compare(&row, "C_frozen_mixture[kB]", normal.heat_capacity, TOLERANCE);
        let gas_constant = BOLTZMANN * AVOGADRO;
        compare(&row, "C_frozen_mixture[J/mol/K]", normal.heat_capacity * gas_constant, TOLERANCE);
        compare(&row, "C_eq[J/mol/K]", equilibrium.heat_capacity * gas_constant, TOLERANCE);
    }
}

#[test]
fn s05_maxwell_speeds() {
    for row in rows("s05_maxwell_speeds") {
        let gas = IdealGas::new(row.number("mass[u]"), 1, Filling::Pressure(1e5)).unwrap();
        let speeds = gas.speeds(row.beta()).unwrap();
        for (column, ours) in [
            ("v_most_probable", speeds.most_probable()),
            ("v_mean", speeds.mean()),
            ("v_rms", speeds.rms()),
            ("v_median", speeds.median()),
            ("v2_mean", speeds.moment(2.0)),
            ("v3_mean", speeds.moment(3.0)),
            ("v4_mean", speeds.moment(4.0)),
            ("inv_v_mean", speeds.moment(-1.0)),
            ("var_v", speeds.rms().powi(2) - speeds.mean().powi(2)),
            ("var_vx", speeds.sigma().powi(2)),
            ("thermal_wavelength", gas.thermal_wavelength(row.beta()).unwrap()),
        ] {
            compare(&row, column, ours, 1e-13);
        }
        let thermo = gas.thermo(row.beta()).unwrap();
        compare(&row, "E_kin_mean[J]", thermo.energy * BOLTZMANN, 1e-13);
        compare(&row, "E_kin_mean[eV]", thermo.energy * BOLTZMANN / ELEMENTARY_CHARGE, 1e-13);
        let square = (row.number("T") * BOLTZMANN).powi(2);
        compare(&row, "var_E_kin", thermo.heat_capacity * square, 1e-13);
    }
}

#[test]
fn s05_maxwell_cdf() {
    let speeds = MaxwellBoltzmann::new(4.0, gibbs::units::Beta::new(0.01).unwrap()).unwrap();
    for row in rows("s05_maxwell_cdf") {
        let v = row.number("v_over_vp") * speeds.most_probable();
        compare(&row, "cdf", speeds.cdf(v), 1e-12);
        compare(&row, "survival", speeds.survival(v), 1e-13);
        compare(&row, "pdf_times_vp", speeds.density(v) * speeds.most_probable(), 1e-13);
        compare(&row, "cdf_abs_vx_component", speeds.component_cdf(v) - speeds.component_cdf(-v), 1e-13);
    }
}

#[test]
fn s05_sackur_tetrode() {
    for row in rows("s05_sackur_tetrode") {
        let gas = IdealGas::new(row.number("mass"), 1, Filling::Pressure(row.number("P"))).unwrap();
        let entropy = gas.thermo(row.beta()).unwrap().entropy;
        compare(&row, "S_per_atom[kB]", entropy, 1e-13);
        compare(&row, "S_per_atom[J/K]", entropy * BOLTZMANN, 1e-13);
        compare(&row, "S_molar", entropy * BOLTZMANN * AVOGADRO, 1e-13);
        let mu = gas.chemical_potential(row.beta()).unwrap() * BOLTZMANN / ELEMENTARY_CHARGE;
        compare(&row, "mu_chem", mu, 1e-13);
        compare(&row, "thermal_wavelength", gas.thermal_wavelength(row.beta()).unwrap(), 1e-13);
    }
}

/// One cm^-1 in kelvin.
const WAVENUMBER: f64 = 100.0 * PLANCK * SPEED_OF_LIGHT / BOLTZMANN;

fn morse(row: &Row) -> Morse {
    Morse::new(row.number("omega_e") * WAVENUMBER, row.number("omega_e_x_e") * WAVENUMBER).unwrap()
}

#[test]
fn s06_morse_levels() {
    for row in rows("s06_morse_levels") {
        let (molecule, n) = (morse(&row), row.number("n") as usize);
        let energy = molecule.spectrum().energy(n);
        compare(&row, "E", energy / WAVENUMBER, 1e-13);
        compare(&row, "E_over_kB", energy, 1e-13);
        // The last level lies 2e-6 of D_e below the edge: a difference of rounded numbers.
        let below = (energy - molecule.dissociation_energy()) / WAVENUMBER;
        assert!((below - row.number("E_minus_De")).abs() < 1e-10, "{below}");
    }
}

#[test]
fn s06_morse_thermo() {
    for row in rows("s06_morse_thermo") {
        let molecule = morse(&row);
        assert_eq!(molecule.n_bound() as f64, row.number("n_bound"));
        compare(&row, "D_e", molecule.dissociation_energy() / WAVENUMBER, 1e-13);
        let ours = molecule.thermo(row.beta()).unwrap();
        compare(&row, "lnZ", ours.ln_z, TOLERANCE);
        compare(&row, "U", ours.energy / WAVENUMBER, TOLERANCE);
        compare(&row, "U_over_kB", ours.energy, TOLERANCE);
        compare(&row, "S", ours.entropy, TOLERANCE);
        compare(&row, "C", ours.heat_capacity, TOLERANCE);
        compare(&row, "F", ours.free_energy() / WAVENUMBER, TOLERANCE);
    }
}

fn quartic(row: &Row) -> Quartic {
    Quartic::new(row.number("a"), row.number("b")).unwrap()
}

#[test]
fn s06_anharmonic_levels() {
    for row in rows("s06_anharmonic_levels") {
        let spectrum = quartic(&row).spectrum_at(gibbs::units::Beta::new(0.1).unwrap()).unwrap();
        compare(&row, "E", spectrum.energy(row.number("n") as usize), 1e-13);
    }
}

#[test]
fn s06_anharmonic_thermo() {
    for row in rows("s06_anharmonic_thermo") {
        compare_thermo(&row, ["lnZ", "U", "S", "C", "F"], &quartic(&row).thermo(row.beta()).unwrap());
    }
}

#[test]
fn s06_anharmonic_classical() {
    for row in rows("s06_anharmonic_classical") {
        let classical = QuarticClassical::new(quartic(&row));
        let ours = classical.thermo(row.beta()).unwrap();
        compare_thermo(&row, ["lnZ", "U", "S", "C", "F"], &ours);
        compare(&row, "U_potential", ours.energy - 0.5 * row.number("T"), TOLERANCE);
        compare(&row, "C_potential", ours.heat_capacity - 0.5, TOLERANCE);
        let (positions, spectrum) = classical.positions_at(row.beta()).unwrap();
        let ensemble = Canonical::new(&spectrum, row.beta());
        let mean = |power: i32| sum(positions.iter().enumerate().map(|(i, x)| ensemble.probability(i) * x.powi(power)));
        compare(&row, "x2_mean", mean(2), TOLERANCE);
        compare(&row, "x4_mean", mean(4), TOLERANCE);
    }
}
