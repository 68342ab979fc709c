//! Every exact result against independent high-precision values (`tests/reference`), to 1e-10 relative.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, missing_docs)]

use std::collections::HashMap;

use gibbs::ensemble::{Canonical, Spectrum, Thermo};
use gibbs::model::Exact;
use gibbs::systems::{
    ClassicalPower, Levels, Logits, Nuclear, Oscillator, Paramagnet, ParticleInBox, RemAverage, RemLimit, Rotor,
    TwoLevel,
};
use gibbs::units::{Beta, Temperature, bits};

/// k_B in J/K and the charge of the electron in C: exact since 2019.
const BOLTZMANN: f64 = 1.380649e-23;
const ELECTRON_VOLT: f64 = 1.602176634e-19;
const AVOGADRO: f64 = 6.02214076e23;

/// One row of a reference file, by column name without its unit.
struct Row {
    cells: HashMap<String, String>,
}

impl Row {
    fn text(&self, column: &str) -> &str {
        self.cells.get(column).unwrap_or_else(|| panic!("no column {column}"))
    }

    fn number(&self, column: &str) -> f64 {
        self.text(column).parse().unwrap()
    }

    fn beta(&self) -> Beta {
        Temperature::new(self.number("T")).unwrap().beta()
    }
}

/// The rows of `file`. A column name that occurs with two units is found as `name[unit]` too.
fn rows(file: &str) -> Vec<Row> {
    let path = format!("{}/tests/reference/{file}.csv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let row = |line: &str| {
        let mut cells = HashMap::new();
        for (name, cell) in header.iter().zip(line.split(',')) {
            cells.entry(name.split('[').next().unwrap().to_owned()).or_insert(cell.to_owned());
            cells.insert((*name).to_owned(), cell.to_owned());
        }
        Row { cells }
    };
    let rows: Vec<Row> = lines.map(row).collect();
    assert!(!rows.is_empty());
    rows
}

/// The largest relative deviation found in one file, reported at the end (`--nocapture` shows it).
struct Check {
    file: &'static str,
    worst: f64,
    what: String,
    compared: usize,
}

impl Check {
    fn new(file: &'static str) -> Self {
        Self { file, worst: 0.0, what: String::new(), compared: 0 }
    }

    /// Compares with relative deviation; a reference below the smallest double parses to 0 and then ours must vanish.
    fn compare(&mut self, what: &str, ours: f64, reference: f64, scale: f64) {
        self.compared += 1;
        let deviation = if ours == reference || (reference == 0.0 && ours.abs() < 1e-300) {
            0.0
        } else {
            (ours - reference).abs() / scale
        };
        assert!(deviation < 1e-10, "{}: {what}: ours {ours:e}, reference {reference:e}, {deviation:e}", self.file);
        if deviation > self.worst {
            (self.worst, self.what) = (deviation, what.to_owned());
        }
    }

    fn relative(&mut self, row: &Row, column: &str, ours: f64) {
        let reference = row.number(column);
        let context = row.cells.get("T").map_or("", String::as_str);
        self.compare(&format!("{column} at T = {context}"), ours, reference, reference.abs());
    }

    /// ln Z, U, S, C and F under the file's names.
    fn thermo(&mut self, row: &Row, columns: [&str; 5], ours: &Thermo) {
        let [ln_z, energy, entropy, heat_capacity, free_energy] = columns;
        self.relative(row, energy, ours.energy);
        self.relative(row, entropy, ours.entropy);
        self.relative(row, heat_capacity, ours.heat_capacity);
        self.relative(row, ln_z, ours.ln_z);
        self.relative(row, free_energy, ours.free_energy());
    }

    fn finish(self) {
        eprintln!("{:24} {:5} values, largest deviation {:.1e} ({})", self.file, self.compared, self.worst, self.what);
    }
}

const STANDARD: [&str; 5] = ["lnZ", "U", "S", "C", "F"];

#[test]
fn s01_two_level() {
    let mut check = Check::new("s01_two_level");
    for row in rows(check.file) {
        let system = TwoLevel::new(row.number("Delta"), row.number("g0"), row.number("g1")).unwrap();
        check.thermo(&row, STANDARD, &system.thermo(row.beta()).unwrap());
        check.relative(&row, "p_upper", Canonical::new(system.spectrum(), row.beta()).probability(1));
    }
    check.finish();
}

#[test]
fn s01_two_level_si() {
    let mut check = Check::new("s01_two_level_si");
    for row in rows(check.file) {
        let gap = row.number("Delta") * ELECTRON_VOLT / BOLTZMANN;
        let system = TwoLevel::new(gap, row.number("g0"), row.number("g1")).unwrap();
        let ours = system.thermo(row.beta()).unwrap();
        check.relative(&row, "Delta_over_kB", gap);
        check.relative(&row, "lnZ", ours.ln_z);
        check.relative(&row, "U[eV]", ours.energy * BOLTZMANN / ELECTRON_VOLT);
        check.relative(&row, "U[J]", ours.energy * BOLTZMANN);
        check.relative(&row, "S[kB]", ours.entropy);
        check.relative(&row, "S[J/K]", ours.entropy * BOLTZMANN);
        check.relative(&row, "C[kB]", ours.heat_capacity);
        check.relative(&row, "C[J/K]", ours.heat_capacity * BOLTZMANN);
        check.relative(&row, "C_molar", ours.heat_capacity * BOLTZMANN * AVOGADRO);
        check.relative(&row, "F[eV]", ours.free_energy() * BOLTZMANN / ELECTRON_VOLT);
        check.relative(&row, "p_upper", Canonical::new(system.spectrum(), row.beta()).probability(1));
    }
    check.finish();
}

#[test]
fn s01_schottky_peak() {
    let mut check = Check::new("s01_schottky_peak");
    for row in rows(check.file) {
        let peak = TwoLevel::new(1.0, row.number("g0"), row.number("g1")).unwrap().schottky_peak().unwrap();
        check.relative(&row, "T_peak_over_Delta", peak.temperature.get());
        check.relative(&row, "Delta_over_T_peak", peak.temperature.beta().get());
        check.relative(&row, "C_peak[kB]", peak.heat_capacity);
        check.relative(&row, "C_peak[J/K]", peak.heat_capacity * BOLTZMANN);
        let kelvin = 0.01 * ELECTRON_VOLT / BOLTZMANN;
        check.relative(&row, "T_peak_for_Delta_0.01eV", peak.temperature.get() * kelvin);
    }
    check.finish();
}

#[test]
fn s02_brillouin() {
    let mut check = Check::new("s02_brillouin");
    for row in rows(check.file) {
        let system = Paramagnet::new(row.text("spin_J").parse().unwrap(), row.number("h")).unwrap();
        check.thermo(&row, STANDARD, &system.thermo(row.beta()).unwrap());
        check.relative(&row, "m", system.magnetization(row.beta()));
        check.relative(&row, "m2", system.square_magnetization(row.beta()));
        check.relative(&row, "chi", system.susceptibility(row.beta()));
    }
    check.finish();
}

#[test]
fn s03_harmonic_quantum() {
    let mut check = Check::new("s03_harmonic_quantum");
    for row in rows(check.file) {
        let system = Oscillator::new(row.number("hbar_omega")).unwrap();
        check.thermo(&row, STANDARD, &system.thermo(row.beta()).unwrap());
        check.relative(&row, "n_mean", system.mean_occupation(row.beta()).unwrap());
    }
    check.finish();
}

/// The classical oscillator has two quadratic coordinates, x and p, with phase-space measure dx dp/(2 pi).
#[test]
fn s03_harmonic_classical() {
    let mut check = Check::new("s03_harmonic_classical");
    for row in rows(check.file) {
        let beta = row.beta();
        let at = |stiffness: f64| ClassicalPower::new(2.0, stiffness).unwrap().thermo(beta).unwrap();
        let (potential, kinetic) = (at(0.5 * row.number("k")), at(0.5 / row.number("mass")));
        let ln_measure = std::f64::consts::TAU.ln();
        let ours = Thermo {
            beta,
            ln_z: potential.ln_z + kinetic.ln_z - ln_measure,
            energy: potential.energy + kinetic.energy,
            entropy: potential.entropy + kinetic.entropy - ln_measure,
            heat_capacity: potential.heat_capacity + kinetic.heat_capacity,
        };
        check.thermo(&row, STANDARD, &ours);
        check.relative(&row, "U_kinetic", kinetic.energy);
        check.relative(&row, "U_potential", potential.energy);
    }
    check.finish();
}

#[test]
fn s04_rigid_rotor() {
    let mut check = Check::new("s04_rigid_rotor");
    for row in rows(check.file) {
        let theta = row.number("theta_rot");
        let system = Rotor::new(theta, Nuclear::None).unwrap();
        let ours = system.thermo(row.beta()).unwrap();
        check.thermo(&row, STANDARD, &ours);
        check.relative(&row, "l(l+1)_mean", ours.energy / theta);
        let spectrum = system.spectrum_at(row.beta()).unwrap();
        check.relative(&row, "p_l0", Canonical::new(&spectrum, row.beta()).probability(0));
    }
    check.finish();
}

#[test]
fn s04_ortho_para() {
    let mut check = Check::new("s04_ortho_para");
    for row in rows(check.file) {
        let (theta, even, odd) = (row.number("theta_rot"), row.number("g_even"), row.number("g_odd"));
        let at = |even, odd| Rotor::with_weights(theta, even, odd).unwrap().thermo(row.beta()).unwrap();
        let (equilibrium, para, ortho) = (at(even, odd), at(even, 0.0), at(0.0, odd));
        check.thermo(&row, ["lnZ_eq", "U_eq", "S_eq", "C_eq", "F_eq"], &equilibrium);
        check.relative(&row, "fraction_odd_l_eq", (ortho.ln_z - equilibrium.ln_z).exp());
        for (ours, [ln_z, energy, heat_capacity]) in
            [(para, ["lnZ_even", "U_even", "C_even"]), (ortho, ["lnZ_odd", "U_odd", "C_odd"])]
        {
            check.relative(&row, ln_z, ours.ln_z);
            check.relative(&row, energy, ours.energy);
            check.relative(&row, heat_capacity, ours.heat_capacity);
        }
        let frozen = |even_part: f64, odd_part: f64| (even * even_part + odd * odd_part) / (even + odd);
        check.relative(&row, "U_frozen_mixture", frozen(para.energy, ortho.energy));
        check.relative(&row, "C_frozen_mixture[kB]", frozen(para.heat_capacity, ortho.heat_capacity));
    }
    check.finish();
}

#[test]
fn s05_box1d() {
    let mut check = Check::new("s05_box1d");
    for row in rows(check.file) {
        let system = ParticleInBox::new(1, row.number("eps1")).unwrap();
        check.thermo(&row, STANDARD, &system.thermo(row.beta()).unwrap());
    }
    check.finish();
}

#[test]
fn s11_rem_asymptotic() {
    let mut check = Check::new("s11_rem_asymptotic");
    for row in rows(check.file) {
        let system = RemLimit::new(row.number("J") / 2f64.sqrt()).unwrap();
        let ours = system.thermo_per_site(row.beta()).unwrap();
        check.relative(&row, "lnZ_per_N", ours.ln_z_per_site);
        check.relative(&row, "U_per_N", ours.energy_per_site);
        check.relative(&row, "C_per_N", ours.heat_capacity_per_site);
        check.relative(&row, "F_per_N", ours.free_energy_per_site());
        let critical = row.text("phase") == "Tc";
        let absolute = |check: &mut Check, column: &str, value: f64| {
            let scale = if critical { 1.0 } else { row.number(column).abs() };
            check.compare(&format!("{column} at T = {}", row.text("T")), value, row.number(column), scale);
        };
        absolute(&mut check, "S_per_N", ours.entropy_per_site);
        absolute(&mut check, "participation_Y2", system.participation(row.beta()));
        let ratio = row.number("T") / system.critical_temperature().unwrap().get();
        check.relative(&row, "T_over_Tc", ratio);
    }
    check.finish();
}

#[test]
fn s11_rem_finite() {
    let mut check = Check::new("s11_rem_finite");
    let quenched = ["lnZ_quenched", "U_quenched", "S_quenched", "C_quenched", "F_quenched"];
    for row in rows(check.file) {
        let system = RemAverage::new(row.number("V_levels"), row.number("sigma")).unwrap();
        check.thermo(&row, quenched, &system.thermo(row.beta()).unwrap());
        check.relative(&row, "Y2_quenched", system.participation(row.beta()));
    }
    check.finish();
}

#[test]
fn s11_rem_levels_thermo() {
    let mut check = Check::new("s11_rem_levels_thermo");
    let energies: Vec<f64> = rows("s11_rem_levels").iter().map(|row| row.number("E")).collect();
    let system = Levels::new(energies.clone(), &[]).unwrap();
    for row in rows(check.file) {
        check.thermo(&row, STANDARD, &system.thermo(row.beta()).unwrap());
        let p = Canonical::new(system.spectrum(), row.beta()).probabilities();
        let at = |pick: fn(f64, f64) -> f64| energies.iter().copied().reduce(pick).unwrap();
        let index = |energy: f64| energies.iter().position(|&e| e == energy).unwrap();
        check.relative(&row, "p_ground", p[index(at(f64::min))]);
        check.relative(&row, "p_highest", p[index(at(f64::max))]);
        check.relative(&row, "Y2", p.iter().map(|p| p * p).sum());
    }
    check.finish();
}

/// The logit vectors by name, the generated one included.
fn vectors() -> HashMap<String, Vec<f64>> {
    let mut vectors: HashMap<String, Vec<f64>> = HashMap::new();
    for row in rows("s15_logit_vectors") {
        vectors.entry(row.text("vector_id").to_owned()).or_default().push(row.number("logit"));
    }
    for row in rows("s15_big_vector_spec") {
        let [n, a, c, modulus] = ["n", "multiplier_a", "increment_c", "modulus"].map(|name| row.number(name) as u64);
        let logit = |i: u64| 24.0 * (((a * i + c) % modulus) as f64 / 65536.0).powi(2) - 12.0;
        let logits: Vec<f64> = (0..n).map(logit).collect();
        assert_eq!(logits[0], row.number("first_logit"));
        assert_eq!(logits[1], row.number("second_logit"));
        assert_eq!(logits[logits.len() - 1], row.number("last_logit"));
        vectors.insert(row.text("vector_id").to_owned(), logits);
    }
    vectors
}

#[test]
fn s15_softmax_thermo() {
    let mut check = Check::new("s15_softmax_thermo");
    let vectors = vectors();
    let columns = ["logsumexp", "U_mean_energy", "S[nat]", "C_heat_capacity", "F"];
    for row in rows(check.file) {
        let system = Logits::new(&vectors[row.text("vector_id")]).unwrap();
        let ours = system.thermo(row.beta()).unwrap();
        check.thermo(&row, columns, &ours);
        check.relative(&row, "S[bit]", bits(ours.entropy));
        check.relative(&row, "perplexity", ours.entropy.exp());
        let p = Canonical::new(system.spectrum(), row.beta()).probabilities();
        check.relative(&row, "p_max", p.into_iter().fold(0.0, f64::max));
    }
    check.finish();
}

#[test]
fn s15_softmax_limits() {
    let mut check = Check::new("s15_softmax_limits");
    let vectors = vectors();
    for row in rows(check.file) {
        let system = Logits::new(&vectors[row.text("vector_id")]).unwrap();
        let (cold, hot) = (system.thermo(Beta::INFINITE).unwrap(), system.thermo(Beta::ZERO).unwrap());
        check.relative(&row, "U_T0", cold.energy);
        check.relative(&row, "S_T0[nat]", cold.entropy);
        check.relative(&row, "degeneracy_T0", cold.entropy.exp());
        check.relative(&row, "U_Tinf", hot.energy);
        check.relative(&row, "S_Tinf[nat]", hot.entropy);
        assert_eq!((cold.heat_capacity, hot.heat_capacity), (0.0, 0.0));
    }
    check.finish();
}

#[test]
fn s15_softmax_probabilities() {
    let mut check = Check::new("s15_softmax_probabilities");
    let vectors = vectors();
    for row in rows(check.file) {
        let spectrum = Spectrum::from_logits(&vectors[row.text("vector_id")]).unwrap();
        let ensemble = Canonical::new(&spectrum, row.beta());
        let index = row.number("index") as usize;
        check.relative(&row, "p", ensemble.probability(index));
        check.relative(&row, "ln_p", ensemble.ln_probability(index));
    }
    check.finish();
}

#[test]
fn s15_roundtrip() {
    let mut check = Check::new("s15_roundtrip");
    for group in rows(check.file).chunks(3) {
        let logits: Vec<f64> = group.iter().map(|row| row.number("p_given").ln()).collect();
        let system = Logits::new(&logits).unwrap();
        for (index, row) in group.iter().enumerate() {
            let ours = system.thermo(row.beta()).unwrap();
            check.relative(row, "p_at_T", Canonical::new(system.spectrum(), row.beta()).probability(index));
            check.relative(row, "logit_ln_p", logits[index]);
            check.relative(row, "U", ours.energy);
            check.relative(row, "S[nat]", ours.entropy);
            check.relative(row, "S[bit]", bits(ours.entropy));
            check.relative(row, "C", ours.heat_capacity);
            // At T = 1 the logarithm of sum p is the rounding error of the inputs, so its scale is S.
            let reference = row.number("logsumexp");
            check.compare("logsumexp", ours.ln_z, reference, reference.abs().max(ours.entropy));
        }
    }
    check.finish();
}
