//! Quantum chains against independent high-precision values (`tests/reference/s10*`) and published numbers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

#[path = "common/reference.rs"]
mod reference;

use std::collections::BTreeMap;

use gibbs::ensemble::Spectrum;
use gibbs::model::{Boundary, Exact};
use gibbs::systems::{TfimChain, XxzChain};
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

#[test]
fn tfim_thermodynamics() {
    let mut largest: f64 = 0.0;
    for row in rows("s10_tfim_chain") {
        let n = row.number("N") as u32;
        let chain = TfimChain::new(n, row.number("J"), row.number("Gamma"), boundary(&row)).unwrap();
        let t = chain.thermo_per_site(row.beta()).unwrap();
        let pairs = [
            ("lnZ_per_site", t.ln_z_per_site),
            ("U_per_site", t.energy_per_site),
            ("S_per_site", t.entropy_per_site),
            ("C_per_site", t.heat_capacity_per_site),
            ("F_per_site", t.free_energy_per_site()),
            ("sigma_x_per_site", chain.transverse_magnetization(row.beta()).unwrap()),
        ];
        largest = largest.max(deviation(&row, &pairs));
    }
    println!("s10_tfim_chain: {largest:.1e}");
}

#[test]
fn the_published_transverse_rings() {
    for (n, ground) in [(4, -5.22625186), (8, -10.25166179)] {
        let ring = TfimChain::new(n, 1.0, 1.0, Boundary::Periodic).unwrap();
        near(ring.thermo(Beta::INFINITE).unwrap().energy, ground, 5e-9);
    }
    let ring = TfimChain::new(8, 1.0, 1.0, Boundary::Periodic).unwrap();
    for (beta, u, c, s) in [(1.0, -1.1333596, 0.3294861, 0.28623722), (2.0, -1.25553131, 0.12598748, 0.12539169)] {
        let t = ring.thermo_per_site(Beta::new(beta).unwrap()).unwrap();
        near(t.energy_per_site, u, 5e-8);
        near(t.heat_capacity_per_site, c, 5e-8);
        near(t.entropy_per_site, s, 5e-9);
    }
}

/// Relative where numbers are large, absolute where they are small.
fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-11 * (1.0 + b.abs())
}

#[test]
fn free_fermions_are_the_diagonalized_spins() {
    for boundary in [Boundary::Open, Boundary::Periodic] {
        for n in 2..=9 {
            for (j, gamma) in [
                (1.0, 0.5),
                (1.0, 1.0),
                (1.0, 1.7),
                (-1.0, 0.5),
                (-1.0, 1.3),
                (0.8, -0.6),
                (-1.0, -1.0),
                (0.0, 1.0),
                (1.0, 0.0),
            ] {
                let chain = TfimChain::new(n, j, gamma, boundary).unwrap();
                let (spins, fermions) = (chain.diagonalized().unwrap(), chain.spectrum().unwrap());
                let what = format!("{n} {boundary:?} {j} {gamma}");
                assert_eq!(spins.len(), fermions.len(), "{what}");
                for i in 0..spins.len() {
                    assert!(close(spins.energy(i), fermions.energy(i)), "{what}: level {i}");
                    assert_eq!(spins.ln_degeneracy(i), fermions.ln_degeneracy(i), "{what}: level {i}");
                }
                for beta in [f64::NEG_INFINITY, -2.0, -0.4, 0.0, 0.7, 3.0, 40.0, f64::INFINITY] {
                    let beta = Beta::new(beta).unwrap();
                    let (listed, closed) = (fermions.thermo(beta).unwrap(), chain.thermo(beta).unwrap());
                    assert!(listed.ln_z == closed.ln_z || close(listed.ln_z, closed.ln_z), "{what} at {beta}");
                    assert!(close(listed.energy, closed.energy), "{what} at {beta}");
                    assert!(close(listed.entropy, closed.entropy), "{what} at {beta}");
                    assert!(close(listed.heat_capacity, closed.heat_capacity), "{what} at {beta}");
                }
            }
        }
    }
}

/// Tr H = 0 and Tr H^2 are known; a listed spectrum has them as its moments at beta = 0.
#[test]
fn traces_are_those_of_the_hamiltonian() {
    let moments = |spectrum: &Spectrum| {
        let g = |i: usize| spectrum.ln_degeneracy(i).exp();
        let mean = |power: i32| (0..spectrum.len()).map(|i| g(i) * spectrum.energy(i).powi(power)).sum::<f64>();
        (mean(0), mean(1), mean(2))
    };
    let check = |spectrum: &Spectrum, n: u32, square: f64, what: &str| {
        let (states, first, second) = moments(spectrum);
        let dimension = f64::from(1u32 << n);
        assert!((states / dimension - 1.0).abs() < 1e-12, "{what}: {states} states");
        assert!(first.abs() < 1e-12 * dimension * square.sqrt(), "{what}: trace {first}");
        assert!((second / (dimension * square) - 1.0).abs() < 1e-12, "{what}: {second}");
    };
    for (boundary, longest) in [(Boundary::Open, 13), (Boundary::Periodic, 16)] {
        for n in (2..=longest).filter(|n| n % 5 != 0) {
            // Two bonds between the same two spins add up before they are squared.
            let bonds = match (boundary, n) {
                (Boundary::Open, n) => f64::from(n) - 1.0,
                (Boundary::Periodic, 2) => 4.0,
                (Boundary::Periodic, n) => f64::from(n),
            };
            let (j, delta, h) = (-0.9f64, 0.6f64, 0.3f64);
            let what = format!("{n} {boundary:?}");
            let xxz = XxzChain::new(n, j, delta, h, boundary).unwrap();
            let square = bonds * j * j * (2.0 + delta * delta) / 16.0 + f64::from(n) * h * h / 4.0;
            check(xxz.spectrum(), n, square, &what);
            let tfim = TfimChain::new(n, j, h, boundary).unwrap();
            let square = bonds * j * j + f64::from(n) * h * h;
            check(tfim.spectrum().unwrap(), n, square, &what);
            if n <= 11 {
                check(&tfim.diagonalized().unwrap(), n, square, &what);
            }
        }
    }
}

/// At Delta = 0 the open chain is free fermions with energies J cos(pi k/(n+1)), k = 1..=n.
#[test]
fn the_open_xx_chain_is_free_fermions() {
    let n = 12;
    let modes: Vec<f64> = (1..=n).map(|k| (std::f64::consts::PI * f64::from(k) / f64::from(n + 1)).cos()).collect();
    let mut sums: Vec<f64> = (0..1u32 << n)
        .map(|bits| (0..n).filter(|k| bits >> k & 1 == 1).map(|k| modes[k as usize]).sum::<f64>())
        .collect();
    sums.sort_by(f64::total_cmp);
    let chain = XxzChain::new(n, 1.0, 0.0, 0.0, Boundary::Open).unwrap();
    let spectrum = chain.spectrum();
    let ours: Vec<f64> = (0..spectrum.len())
        .flat_map(|i| vec![spectrum.energy(i); spectrum.ln_degeneracy(i).exp().round() as usize])
        .collect();
    assert_eq!(ours.len(), sums.len());
    assert!(ours.iter().zip(&sums).all(|(a, b)| (a - b).abs() < 1e-12));
}

#[test]
fn multiplets_are_counted_whole_at_absolute_zero() {
    let ground = |n: u32, j: f64, delta: f64, h: f64, boundary: Boundary| {
        XxzChain::new(n, j, delta, h, boundary).unwrap().entropy_limits().0.exp().round()
    };
    // The ferromagnet has all 2S + 1 = n + 1 states of the largest spin, the easy axis two, the field one.
    assert_eq!(ground(9, -1.0, 1.0, 0.0, Boundary::Periodic), 10.0);
    assert_eq!(ground(12, -1.0, 1.0, 0.0, Boundary::Open), 13.0);
    assert_eq!(ground(10, -1.0, 1.5, 0.0, Boundary::Periodic), 2.0);
    assert_eq!(ground(10, -1.0, 1.5, 0.1, Boundary::Periodic), 1.0);
    // An odd antiferromagnetic ring: spin 1/2 with two momenta.
    assert_eq!(ground(9, 1.0, 1.0, 0.0, Boundary::Periodic), 4.0);
    // Two spins at the field that closes the gap: singlet and one of the triplet.
    assert_eq!(ground(2, 1.0, 1.0, 1.0, Boundary::Open), 2.0);
    let transverse = |n, j, gamma| TfimChain::new(n, j, gamma, Boundary::Periodic).unwrap().entropy_limits().0;
    assert_eq!(transverse(8, 1.0, 0.0), 2f64.ln());
    // Two states whose splitting, about 2^-200, is known, and two whose splitting no number can tell.
    assert_eq!(transverse(200, 1.0, 0.5), 0.0);
    assert_eq!(transverse(2000, 1.0, 0.5), 2f64.ln());
    assert_eq!(transverse(200, 1.0, 1.5), 0.0);
    assert!((transverse(9, -1.0, 0.0) - 18f64.ln()).abs() < 1e-15);
}

#[test]
fn response_is_the_derivative_by_the_field() {
    let chain = XxzChain::new(7, 1.0, 0.5, 0.4, Boundary::Open).unwrap();
    for beta in [-1.0, 0.5, 3.0] {
        let beta = Beta::new(beta).unwrap();
        let m = |h: f64| chain.in_field(h).unwrap().magnetic_response(beta).0;
        let f = |h: f64| chain.in_field(h).unwrap().thermo(beta).unwrap().free_energy() / 7.0;
        let (magnetization, chi) = chain.magnetic_response(beta);
        assert!((magnetization + (f(0.4 + 1e-4) - f(0.4 - 1e-4)) / 2e-4).abs() < 1e-8);
        assert!((chi - (m(0.4 + 1e-4) - m(0.4 - 1e-4)) / 2e-4).abs() < 1e-8);
        for boundary in [Boundary::Open, Boundary::Periodic] {
            let chain = |gamma: f64| TfimChain::new(9, 0.8, gamma, boundary).unwrap();
            let f = |gamma: f64| chain(gamma).thermo(beta).unwrap().free_energy() / 9.0;
            let sx = chain(0.6).transverse_magnetization(beta).unwrap();
            assert!((sx + (f(0.6 + 1e-4) - f(0.6 - 1e-4)) / 2e-4).abs() < 1e-8, "{boundary:?} {beta}");
        }
    }
}

#[test]
fn a_reference_row_at_another_temperature_is_refused() {
    let row = &rows("s10_xxz_chain")[3];
    let chain =
        XxzChain::new(2, row.number("J"), row.number("Delta_anisotropy"), row.number("h"), boundary(row)).unwrap();
    let warmer = chain.thermo_per_site(row.beta().scaled(1.0 + 1e-9).unwrap()).unwrap();
    assert!((warmer.energy_per_site / row.number("U_per_site") - 1.0).abs() > TOLERANCE);
}

#[test]
fn every_refusal_names_its_cause() {
    let xxz = |n, j, delta, h, boundary| XxzChain::new(n, j, delta, h, boundary).unwrap_err().to_string();
    assert_eq!(
        xxz(15, 1.0, 1.0, 0.0, Boundary::Open),
        "xxz_chain: `n` must be 2 to 14 on an open chain (longer ones take too long), got `15`"
    );
    assert!(xxz(17, 1.0, 1.0, 0.0, Boundary::Periodic).contains("2 to 16 on a ring"));
    assert!(xxz(1, 1.0, 1.0, 0.0, Boundary::Periodic).contains("got `1`"));
    assert!(xxz(4, f64::NAN, 1.0, 0.0, Boundary::Open).contains("`j` must be a finite number"));
    assert!(xxz(4, 1.0, f64::INFINITY, 0.0, Boundary::Open).contains("`delta`"));
    assert!(xxz(4, 1.0, 1.0, 1e200, Boundary::Open).contains("`h`"));
    let tfim = |n, j, gamma| TfimChain::new(n, j, gamma, Boundary::Open).map(|_| ()).unwrap_err().to_string();
    assert!(tfim(1_000_001, 1.0, 1.0).contains("2 to 1000000"));
    assert!(tfim(4, 1.0, f64::NAN).contains("`gamma`"));
    let long = TfimChain::new(13, 1.0, 1.0, Boundary::Open).unwrap();
    let message = long.diagonalized().unwrap_err().to_string();
    assert!(message.contains("2 to 12 for diagonalization (free fermions reach any length), got `13`"), "{message}");
    assert!(TfimChain::new(21, 1.0, 1.0, Boundary::Periodic).unwrap().spectrum().is_none());
}
