//! Chains of unit vectors against independent high-precision values (`tests/reference/s07_vector_chain.csv`).

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

use std::collections::BTreeMap;

use gibbs::systems::{Boundary, Exact, Lattice, LatticeKind, VectorModel};
use gibbs::units::{Beta, Temperature};

/// Relative agreement asked of every column.
const TOLERANCE: f64 = 1e-10;

type Row = BTreeMap<String, String>;

fn rows() -> Vec<Row> {
    let path = format!("{}/tests/reference/s07_vector_chain.csv", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    let names: Vec<String> = reader.headers().unwrap().iter().map(|h| h.split('[').next().unwrap().into()).collect();
    let row = |record: csv::StringRecord| names.iter().cloned().zip(record.iter().map(String::from)).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap()
}

fn columns<const D: usize>(row: &Row, scale: f64) -> Vec<(&'static str, f64)> {
    let boundary = if row["boundary"] == "open" { Boundary::Open } else { Boundary::Periodic };
    let n: usize = row["N"].parse().unwrap();
    let lattice = Lattice::new(LatticeKind::Chain, &[n], boundary).unwrap();
    let model = VectorModel::<D>::new(lattice, number(row, "J")).unwrap();
    let beta: Beta = Temperature::new(number(row, "T")).unwrap().beta().scaled(scale).unwrap();
    let thermo = model.thermo_per_site(beta).unwrap();
    vec![
        ("lnZ_per_site", thermo.ln_z_per_site),
        ("U_per_site", thermo.energy_per_site),
        ("S_per_site", thermo.entropy_per_site),
        ("C_per_site", thermo.heat_capacity_per_site),
        ("F_per_site", thermo.free_energy_per_site()),
        ("nn_correlation", model.neighbour_correlation(beta).unwrap()),
        ("M2_over_N", model.squared_magnetization(beta).unwrap() / n as f64),
    ]
}

/// Largest relative deviation of each column, with beta multiplied by `scale`.
fn deviations(scale: f64) -> BTreeMap<&'static str, (f64, usize)> {
    let mut worst: BTreeMap<&'static str, (f64, usize)> = BTreeMap::new();
    for row in rows() {
        let ours = if row["model"] == "XY" { columns::<2>(&row, scale) } else { columns::<3>(&row, scale) };
        for (column, value) in ours {
            let reference = number(&row, column);
            // The file gives no mean square of rings.
            if column == "M2_over_N" && row["boundary"] == "periodic" {
                assert!(reference.is_nan());
                continue;
            }
            let deviation = (value / reference - 1.0).abs();
            assert!(deviation.is_finite(), "{column}: {value} for {row:?}");
            let entry = worst.entry(column).or_default();
            *entry = (entry.0.max(deviation), entry.1 + 1);
        }
    }
    worst
}

#[test]
fn chains_and_rings() {
    for (column, (deviation, n)) in deviations(1.0) {
        println!("{column}: {deviation:.1e} in {n} rows");
        assert!(n >= 64, "{column}: only {n} rows");
        assert!(deviation <= TOLERANCE, "{column}: {deviation:e}");
    }
    // The comparison sees a temperature that is wrong by one part in a million.
    assert!(deviations(1.000_001).values().all(|(deviation, _)| *deviation > 100.0 * TOLERANCE));
}
