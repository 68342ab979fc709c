//! Chains of unit vectors against independent high-precision values (`tests/reference/s07_vector_chain.csv`).

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

use std::collections::BTreeMap;

use gibbs::model::{Boundary, Exact, Lattice, LatticeKind};
use gibbs::systems::VectorModel;
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

/// Values of rings beyond the file, evaluated from the sum over Bessel functions with 80 digits and differences of
/// ln Z: cold, on both sides of the change of method, and frustrated.
/// (D, N, beta, J, ln Z, U, S, C).
const RINGS: [(usize, usize, f64, f64, [f64; 4]); 16] = [
    (2, 2, 50.0, 1.0, [96.77973268994258, -1.9899747460103374, -2.719004610574293, 0.5025383022147035]),
    (2, 2, 300.0, 1.0, [595.8828051464338, -1.998332637728457, -3.6169861721031786, 0.5004177119659861]),
    (2, 2, 10000.0, 1.0, [19994.129323940684, -1.9999499993749688, -5.370669809003954, 0.5000125009375976]),
    (2, 5, 90.0, 1.0, [436.52437068782103, -4.977727978366595, -11.471147365172452, 2.009001869605663]),
    (2, 3, 2.0, -1.0, [1.4888250549945456, -1.0682088437652817, -0.6475926325360175, 0.5457815996373871]),
    (2, 7, 3.0, -1.0, [10.50152704283865, -5.170950765628995, -5.011325254048336, 3.6838554186875867]),
    (2, 51, 20.0, -1.0, [896.3155590219033, -49.63706244574106, -96.42568989291793, 25.666236231213283]),
    (2, 64, 0.001, 1.0, [1.599999900000011e-05, -0.03199999600000067, -1.5999997000000557e-05, 3.199998800000333e-05]),
    (3, 2, 50.0, 1.0, [94.70168263345197, -1.98, -4.298317366548036, 1.0]),
    (3, 2, 300.0, 1.0, [592.9099231642239, -1.9966666666666666, -6.090076835776092, 1.0]),
    (3, 2, 10000.0, 1.0, [19989.403365266902, -1.9999, -9.596634733096073, 1.0]),
    (3, 5, 90.0, 1.0, [427.6232010667326, -4.955505682957835, -18.37231039947254, 4.009021801187138]),
    (3, 3, 2.0, -1.0, [1.2238173671078107, -0.953665466733645, -0.6835135663594795, 0.7241786317181879]),
    (3, 7, 3.0, -1.0, [8.238319421537591, -4.469411142193727, -5.169914005043589, 5.2136348274375415]),
    (3, 51, 20.0, -1.0, [831.6221077926831, -48.41340429364054, -136.6459780801277, 50.10974651827396]),
    (
        3,
        64,
        0.001,
        1.0,
        [1.0666666311111133e-05, -0.021333331911111246, -1.0666665600000113e-05, 2.1333329066667345e-05],
    ),
];

fn ring<const D: usize>(n: usize, j: f64, beta: f64) -> [f64; 4] {
    let lattice = Lattice::new(LatticeKind::Chain, &[n], Boundary::Periodic).unwrap();
    let thermo = VectorModel::<D>::new(lattice, j).unwrap().thermo(Beta::new(beta).unwrap()).unwrap();
    [thermo.ln_z, thermo.energy, thermo.entropy, thermo.heat_capacity]
}

#[test]
fn cold_and_frustrated_rings() {
    let mut worst: f64 = 0.0;
    for (d, n, beta, j, expected) in RINGS {
        let ours = if d == 2 { ring::<2>(n, j, beta) } else { ring::<3>(n, j, beta) };
        for (ours, expected) in ours.into_iter().zip(expected) {
            let deviation = (ours / expected - 1.0).abs();
            assert!(deviation <= TOLERANCE, "D = {d}, N = {n}, beta = {beta}, J = {j}: {ours:e}, not {expected:e}");
            worst = worst.max(deviation);
        }
    }
    println!("largest deviation {worst:.1e}");
}

/// `<M^2>` of rings, evaluated with 80 digits as the double sum over eigenvalues and distances, term by term.
/// (D, N, beta, J, `<M^2>`).
const SQUARES: [(usize, usize, f64, f64, f64); 12] = [
    (2, 8, 1.0, -1.0, 3.0552893696032),
    (2, 8, 20.0, -1.0, 0.10210351472779151),
    (2, 9, 2.0, -1.0, 1.6551005252025384),
    (2, 51, 20.0, -1.0, 0.6556294558164308),
    (2, 10, 90.0, -1.0, 0.027910001017372597),
    (2, 10, 1.0, 1.0, 26.107029519877234),
    (3, 8, 1.0, -1.0, 4.184957739648862),
    (3, 8, 20.0, -1.0, 0.20385739688085308),
    (3, 7, 3.0, -1.0, 1.4262957936204275),
    (3, 51, 20.0, -1.0, 1.3086788375097287),
    (3, 10, 90.0, -1.0, 0.05580413677997036),
    (3, 10, 1.0, 1.0, 19.113154060235853),
];

#[test]
fn squared_magnetizations_of_rings() {
    fn squared<const D: usize>(n: usize, j: f64, beta: f64) -> f64 {
        let lattice = Lattice::new(LatticeKind::Chain, &[n], Boundary::Periodic).unwrap();
        VectorModel::<D>::new(lattice, j).unwrap().squared_magnetization(Beta::new(beta).unwrap()).unwrap()
    }
    let mut worst: (f64, f64) = (0.0, 0.0);
    for (d, n, beta, j, expected) in SQUARES {
        let ours = if d == 2 { squared::<2>(n, j, beta) } else { squared::<3>(n, j, beta) };
        // Of antiferromagnetic rings little of N is left.
        let scale = if j < 0.0 { n as f64 } else { expected };
        let deviation = (ours - expected).abs() / scale;
        assert!(deviation <= 1e-13, "D = {d}, N = {n}, beta = {beta}, J = {j}: {ours:e}, not {expected:e}");
        worst = if j < 0.0 { (worst.0.max(deviation), worst.1) } else { (worst.0, worst.1.max(deviation)) };
    }
    println!("largest deviations {:.1e} of N, {:.1e} of the value", worst.0, worst.1);
}
