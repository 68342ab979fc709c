//! Quantum chains against independent high-precision values (`tests/reference/s10*`) and published numbers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

#[path = "common/reference.rs"]
mod reference;

use std::collections::BTreeMap;

use gibbs::systems::{Boundary, Exact, XxzChain};
use gibbs::units::Beta;
use reference::{Row, rows};

/// Relative agreement asked of every column.
const TOLERANCE: f64 = 1e-10;

fn boundary(row: &Row) -> Boundary {
    match row.text("boundary") {
        "periodic" => Boundary::Periodic,
        "open" => Boundary::Open,
        other => panic!("boundary {other}"),
    }
}

/// Largest relative deviation of `pairs` from `row`, absolute where the reference is 0.
fn deviation(row: &Row, pairs: &[(&str, f64)]) -> f64 {
    let mut largest: f64 = 0.0;
    for &(column, ours) in pairs {
        let reference = row.number(column);
        let deviation = if reference == 0.0 { ours.abs() } else { (ours / reference - 1.0).abs() };
        assert!(deviation <= TOLERANCE, "{column}: {ours:e} deviates by {deviation:e} from {:?}", row.0);
        largest = largest.max(deviation);
    }
    largest
}

#[test]
fn xxz_thermodynamics() {
    let mut chains: BTreeMap<String, XxzChain> = BTreeMap::new();
    let mut largest: f64 = 0.0;
    for row in rows("s10_xxz_chain") {
        let (n, delta) = (row.number("N"), row.number("Delta_anisotropy"));
        let name = format!("{n} {} {} {delta}", row.text("boundary"), row.text("J"));
        let chain = chains
            .entry(name)
            .or_insert_with(|| XxzChain::new(n as u32, row.number("J"), delta, 0.0, boundary(&row)).unwrap())
            .in_field(row.number("h"))
            .unwrap();
        let t = chain.thermo_per_site(row.beta()).unwrap();
        let (m, chi) = chain.magnetic_response(row.beta());
        let pairs = [
            ("lnZ_per_site", t.ln_z_per_site),
            ("U_per_site", t.energy_per_site),
            ("S_per_site", t.entropy_per_site),
            ("C_per_site", t.heat_capacity_per_site),
            ("F_per_site", t.free_energy_per_site()),
            ("Sz_per_site", m),
            ("chi_zz_per_site", chi),
            ("E_ground_per_site", chain.spectrum().ground_energy() / n),
        ];
        largest = largest.max(deviation(&row, &pairs));
    }
    println!("s10_xxz_chain: {largest:.1e}");
}

#[test]
fn xxz_spectra() {
    let mut levels: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for row in rows("s10_xxz_spectra") {
        let name = format!("{} {}", row.text("N"), row.text("boundary"));
        levels.entry(name).or_default().push((row.number("E_over_J"), row.number("Sz_total")));
    }
    for (name, mut reference) in levels {
        let (n, text) = name.split_once(' ').unwrap();
        let boundary = if text == "open" { Boundary::Open } else { Boundary::Periodic };
        // A small field tells the magnetizations apart and moves every level by less than a gap.
        let h = 1e-6;
        let chain = XxzChain::new(n.parse().unwrap(), 1.0, 1.0, h, boundary).unwrap();
        let spectrum = chain.spectrum();
        let ours: Vec<f64> = (0..spectrum.len())
            .flat_map(|i| vec![spectrum.energy(i); spectrum.ln_degeneracy(i).exp().round() as usize])
            .collect();
        reference.iter_mut().for_each(|level| level.0 -= h * level.1);
        reference.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert_eq!(ours.len(), reference.len());
        for (ours, (energy, _)) in ours.iter().zip(&reference) {
            assert!((ours - energy).abs() < 1e-13, "{name}: {ours} {energy}");
        }
    }
}

fn near(value: f64, published: f64, digits: f64) {
    assert!((value - published).abs() <= digits, "{value} is not {published}");
}

#[test]
fn the_published_heisenberg_rings() {
    for (n, ground) in [(4, -2.0), (6, -2.80277564), (8, -3.65109341), (10, -4.51544635)] {
        let ring = XxzChain::new(n, 1.0, 1.0, 0.0, Boundary::Periodic).unwrap();
        near(ring.spectrum().ground_energy(), ground, 5e-9);
        assert_eq!(ring.entropy_limits().0, 0.0);
    }
    for (n, beta, u, c, s) in [
        (8, 1.0, -0.20469814, 0.18894248, 0.59069629),
        (8, 2.0, -0.3432093, 0.36332099, 0.39133667),
        (10, 1.0, -0.20465457, 0.18867427, 0.59073397),
    ] {
        let ring = XxzChain::new(n, 1.0, 1.0, 0.0, Boundary::Periodic).unwrap();
        let t = ring.thermo_per_site(Beta::new(beta).unwrap()).unwrap();
        near(t.energy_per_site, u, 5e-8);
        near(t.heat_capacity_per_site, c, 5e-9);
        near(t.entropy_per_site, s, 5e-9);
    }
}
