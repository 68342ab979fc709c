//! Spin glasses against independent high-precision values (`tests/reference/s12*`), and the instances that seeds name.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

use std::collections::BTreeMap;

use gibbs::model::{Boundary, Exact, Lattice, LatticeKind, Model};
use gibbs::rng::{Seed, StreamId};
use gibbs::systems::SpinGlass;
use gibbs::units::{Beta, Temperature};

/// Relative agreement asked of every column.
const TOLERANCE: f64 = 1e-10;

fn text(file: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/reference/{file}.csv", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Rows of a reference file by column name without its unit.
fn rows(file: &str) -> Vec<BTreeMap<String, String>> {
    let text = text(file);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names: Vec<String> = reader.headers().unwrap().iter().map(|h| h.split('[').next().unwrap().into()).collect();
    let row = |record: csv::StringRecord| names.iter().cloned().zip(record.iter().map(String::from)).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// Largest relative deviation of `pairs` from `row`, absolute where the reference is 0.
fn deviation(row: &BTreeMap<String, String>, pairs: &[(&str, f64)]) -> f64 {
    let mut largest: f64 = 0.0;
    for (column, ours) in pairs {
        let reference: f64 = row[*column].parse().unwrap();
        let deviation = if reference == 0.0 { ours.abs() } else { (ours / reference - 1.0).abs() };
        assert!(deviation <= TOLERANCE, "{column}: {ours:e} deviates by {deviation:e} from {row:?}");
        largest = largest.max(deviation);
    }
    largest
}

fn beta(row: &BTreeMap<String, String>) -> Beta {
    Temperature::new(row["T"].parse().unwrap()).unwrap().beta()
}

fn thermo(glass: &SpinGlass, row: &BTreeMap<String, String>) -> f64 {
    let thermo = glass.thermo(beta(row)).unwrap();
    let per_site = glass.thermo_per_site(beta(row)).unwrap();
    let moments = glass.glass_moments(beta(row)).unwrap();
    let pairs = [
        ("lnZ", thermo.ln_z),
        ("U", thermo.energy),
        ("S", thermo.entropy),
        ("C", thermo.heat_capacity),
        ("F", thermo.free_energy()),
        ("U_per_spin", per_site.energy_per_site),
        ("S_per_spin", per_site.entropy_per_site),
        ("C_per_spin", per_site.heat_capacity_per_site),
        ("m2", moments.m2),
        ("q2_overlap", moments.q2),
    ];
    deviation(row, &pairs)
}

fn edwards_anderson() -> SpinGlass {
    let square = Lattice::new(LatticeKind::Square, &[4, 4], Boundary::Periodic).unwrap();
    SpinGlass::from_text(&text("s12_ea_bonds"), 0.0).unwrap().matching(&square).unwrap()
}

#[test]
fn edwards_anderson_thermodynamics() {
    let glass = edwards_anderson();
    let largest = rows("s12_ea_thermo").iter().map(|row| thermo(&glass, row)).fold(0.0, f64::max);
    println!("s12_ea_thermo: {largest:.1e}");
}

#[test]
fn edwards_anderson_levels_are_counted() {
    let glass = edwards_anderson();
    let (levels, reference) = (glass.levels().unwrap(), rows("s12_ea_dos"));
    assert_eq!(levels.len(), reference.len());
    for (i, row) in reference.iter().enumerate() {
        assert_eq!(levels.energy(i), row["E"].parse::<f64>().unwrap());
        assert_eq!(levels.ln_degeneracy(i).exp().round(), row["g"].parse::<f64>().unwrap());
    }
    let ground = glass.ground_states().unwrap();
    assert_eq!(ground.len() as f64, levels.ln_ground_degeneracy().exp().round());
    for bits in ground {
        let spins: Vec<i8> = (0..16).map(|i| if bits >> i & 1 == 1 { 1 } else { -1 }).collect();
        assert_eq!(glass.energy(&glass.state(&spins)), -20.0);
    }
}

#[test]
fn sherrington_kirkpatrick_with_and_without_field() {
    let mut largest: f64 = 0.0;
    for row in rows("s12_sk_thermo") {
        let glass = SpinGlass::from_text(&text("s12_sk_couplings"), row["h"].parse().unwrap()).unwrap();
        let moments = glass.glass_moments(beta(&row)).unwrap();
        let pairs = [
            ("m_per_spin", moments.magnetization),
            ("abs_m_per_spin", moments.abs_magnetization),
            ("E_ground", glass.levels().unwrap().ground_energy()),
        ];
        largest = largest.max(thermo(&glass, &row)).max(deviation(&row, &pairs));
        let ground = glass.ground_states().unwrap();
        assert!(ground.contains(&row["ground_state_bits"].parse().unwrap()));
        assert_eq!(ground.len(), if glass.h() == 0.0 { 2 } else { 1 });
    }
    println!("s12_sk_thermo: {largest:.1e}");
}

#[test]
fn a_reference_row_at_another_temperature_is_refused() {
    let glass = edwards_anderson();
    let row = &rows("s12_ea_thermo")[5];
    let warmer = glass.thermo(beta(row).scaled(1.0 + 1e-9).unwrap()).unwrap();
    let reference: f64 = row["U"].parse().unwrap();
    assert!((warmer.energy / reference - 1.0).abs() > TOLERANCE);
}

/// A change here means that a seed names another instance: *Value-breaking*.
#[test]
fn a_seed_names_an_instance() {
    let rng = || Seed(7).stream(StreamId::new(0, 2, 3));
    let couplings = |glass: &SpinGlass| glass.bonds().iter().take(8).map(|b| b.coupling).collect::<Vec<_>>();
    let cubic = Lattice::new(LatticeKind::Cubic, &[3, 3, 3], Boundary::Periodic).unwrap();
    let bimodal = SpinGlass::bimodal(&cubic, 0.0, &mut rng()).unwrap();
    assert_eq!(couplings(&bimodal), [-1.0, -1.0, 1.0, 1.0, 1.0, 1.0, -1.0, -1.0]);
    let gaussian = SpinGlass::gaussian(&cubic, 0.0, &mut rng()).unwrap();
    let known = [
        0.4708849101386959,
        0.05959535310381495,
        -0.005900906860736782,
        0.9920288157539243,
        1.6192986969051635,
        -2.9073128970462263,
        -0.6035335424081507,
        -1.828632497357515,
    ];
    let close = couplings(&gaussian).iter().zip(known).all(|(a, b): (&f64, f64)| (a - b).abs() <= 1e-12 * b.abs());
    assert!(close, "{:?}", couplings(&gaussian));
    assert_eq!((bimodal.bonds().len(), gaussian.bonds().len()), (81, 81));
}
