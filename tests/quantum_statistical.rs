//! Draws from quantum chains against their exact levels: chi-square, means, two temperatures, each with a negative control.
//!
//! Seeds are case numbers. A test fails where chance alone would do the same with probability below [`RARE`], that of
//! 4.5 standard deviations.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::estimators::{Counts, Moments, chi_square};
use gibbs::model::{Boundary, Exact};
use gibbs::rng::{Seed, StreamId, TaskRng};
use gibbs::samplers::{Alias, Sampler, occupation_numbers};
use gibbs::systems::FermionModes;
use gibbs::systems::{Matrix, TfimChain, XxzChain};
use gibbs::testing::{Check, slope};
use gibbs::units::Beta;

/// Two-sided probability of 4.5 standard deviations.
const RARE: f64 = 6.8e-6;
const BOUND: f64 = 4.5;

fn generator(test: u16, case: usize) -> TaskRng {
    Seed(case as u64).stream(StreamId::new(test, 0, 0))
}

fn beta(value: f64) -> Beta {
    Beta::new(value).unwrap()
}

/// The level of `spectrum` nearest to `energy`, which must be it up to rounding.
fn level(spectrum: &Spectrum, energy: f64) -> usize {
    let excitations = spectrum.excitations();
    let excitation = energy - spectrum.ground_energy();
    let above = excitations.partition_point(|&e| e < excitation - 1e-9);
    assert!((excitations[above] - excitation).abs() < 1e-9, "{energy} is no level");
    above
}

/// p-value of visits to levels; those expected less than 10 times share a cell.
fn p_value(counts: &[u64], ensemble: &Canonical<'_>) -> f64 {
    let draws = counts.iter().sum::<u64>() as f64;
    let (mut observed, mut expected, mut rest) = (Vec::new(), Vec::new(), (0, 0.0));
    for (count, p) in counts.iter().zip(ensemble.probabilities()) {
        if p * draws < 10.0 {
            rest = (rest.0 + count, rest.1 + p * draws);
        } else {
            observed.push(*count);
            expected.push(p * draws);
        }
    }
    if rest.1 > 10.0 {
        observed.push(rest.0);
        expected.push(rest.1);
    }
    chi_square(&observed, &expected).unwrap().p_value
}

#[test]
fn fermion_modes_visit_the_levels_of_the_spins() {
    let cases = [
        (Boundary::Periodic, 6, 1.0, 0.6, 0.3),
        (Boundary::Periodic, 7, -1.0, 0.4, 0.9),
        (Boundary::Periodic, 6, 1.0, 1.0, -0.5),
        (Boundary::Periodic, 5, 0.5, -1.2, 0.4),
        (Boundary::Open, 6, 1.0, 0.7, 0.4),
        (Boundary::Open, 7, -1.0, -1.3, -0.3),
    ];
    for (case, (boundary, n, j, gamma, b)) in cases.into_iter().enumerate() {
        let chain = TfimChain::new(n, j, gamma, boundary).unwrap();
        let spectrum = chain.diagonalized().unwrap();
        let (ensemble, control) = (Canonical::new(&spectrum, beta(b)), Canonical::new(&spectrum, beta(1.05 * b)));
        let mut draws = FermionModes::new(&chain, beta(b)).unwrap();
        let mut rng = generator(1, case);
        let mut counts = vec![0; spectrum.len()];
        for _ in 0..400_000 {
            draws.advance(&mut rng);
            counts[level(&spectrum, draws.energy())] += 1;
        }
        assert!(p_value(&counts, &ensemble) > RARE, "case {case}: {}", p_value(&counts, &ensemble));
        assert!(p_value(&counts, &control) < RARE, "case {case}: the control passed");
    }
}

#[test]
fn long_chains_have_their_exact_energies() {
    for (case, boundary) in [Boundary::Periodic, Boundary::Open].into_iter().enumerate() {
        let chain = TfimChain::new(1000, 1.0, 0.9, boundary).unwrap();
        let exact = |b: f64| chain.thermo(beta(b)).unwrap();
        let mut draws = FermionModes::new(&chain, beta(0.8)).unwrap();
        let mut rng = generator(2, case);
        let energies: Moments = (0..5000)
            .map(|_| {
                draws.advance(&mut rng);
                draws.energy()
            })
            .collect();
        let width = exact(0.8).heat_capacity.sqrt() / 0.8;
        let z = |b: f64| (energies.mean().unwrap() - exact(b).energy) / (width / 5000f64.sqrt());
        assert!(z(0.8).abs() <= BOUND, "{}", z(0.8));
        assert!(z(0.84).abs() > BOUND);
        // The variance of n normal numbers has the relative error sqrt(2/(n - 1)).
        let z = |b: f64| {
            let variance = exact(b).heat_capacity / (b * b);
            (energies.variance().unwrap() / variance - 1.0) / (2.0 / 4999f64).sqrt()
        };
        assert!(z(0.8).abs() <= BOUND, "{}", z(0.8));
    }
}

fn judge(check: &Check) {
    assert!(check.z.abs() <= BOUND && check.control.unwrap().abs() > BOUND, "{check:?}");
}

#[test]
fn two_temperatures_agree() {
    let ring = TfimChain::new(10, 1.0, 1.0, Boundary::Periodic).unwrap();
    let check = slope(|beta| FermionModes::new(&ring, beta).unwrap(), beta(0.5), &mut generator(3, 0));
    judge(&check);
    let xxz = XxzChain::new(8, 1.0, 1.0, 0.2, Boundary::Periodic).unwrap();
    let check = slope(|beta| Alias::new(&Canonical::new(xxz.spectrum(), beta)), beta(1.0), &mut generator(3, 1));
    judge(&check);
    let matrix = Matrix::from_csv("0,1,0,2\n1,1,0.5,0\n0,0.5,-1,1\n2,0,1,0.3\n").unwrap();
    let check = slope(|beta| Alias::new(&Canonical::new(matrix.spectrum(), beta)), beta(1.0), &mut generator(3, 2));
    judge(&check);
}

#[test]
fn occupation_numbers_of_the_heisenberg_ring() {
    let ring = XxzChain::new(8, 1.0, 1.0, 0.0, Boundary::Periodic).unwrap();
    let (exact, spectrum) = (ring.thermo(beta(1.0)).unwrap(), ring.spectrum());
    let occupation = occupation_numbers(&Canonical::new(spectrum, beta(1.0)), 10_000_000, &mut generator(4, 0));
    assert!(p_value(&occupation, &Canonical::new(spectrum, beta(1.0))) > RARE);
    assert!(p_value(&occupation, &Canonical::new(spectrum, beta(1.05))) < RARE);
    let counts = Counts::new(spectrum.excitations(), &occupation);
    assert!(counts.mean().z_score(exact.energy - spectrum.ground_energy()).abs() <= BOUND);
    assert!(counts.variance().z_score(exact.heat_capacity).abs() <= BOUND);
    let warmer = ring.thermo(beta(1.05)).unwrap();
    assert!(counts.mean().z_score(warmer.energy - spectrum.ground_energy()).abs() > BOUND);
}

#[test]
fn limits_of_temperature_are_drawn() {
    for boundary in [Boundary::Open, Boundary::Periodic] {
        let chain = TfimChain::new(7, -1.0, 0.4, boundary).unwrap();
        let spectrum = chain.spectrum().unwrap();
        let mut rng = generator(5, 0);
        for (b, level) in [(f64::INFINITY, 0), (f64::NEG_INFINITY, spectrum.len() - 1)] {
            let mut draws = FermionModes::new(&chain, beta(b)).unwrap();
            for _ in 0..100 {
                draws.advance(&mut rng);
                assert!((draws.energy() - spectrum.energy(level)).abs() < 1e-12);
            }
        }
        // At infinite temperature all 128 states are equally likely.
        let mut draws = FermionModes::new(&chain, Beta::ZERO).unwrap();
        let mut counts = vec![0; spectrum.len()];
        for _ in 0..100_000 {
            draws.advance(&mut rng);
            counts[self::level(spectrum, draws.energy())] += 1;
        }
        assert!(p_value(&counts, &Canonical::new(spectrum, Beta::ZERO)) > RARE);
        assert!(p_value(&counts, &Canonical::new(spectrum, beta(0.05))) < RARE);
    }
}

/// A change here means that a seed draws other states: *Value-breaking*.
#[test]
fn a_seed_names_its_draws() {
    let ring = TfimChain::new(6, 1.0, 0.6, Boundary::Periodic).unwrap();
    let mut draws = FermionModes::new(&ring, beta(0.3)).unwrap();
    let mut rng = generator(6, 0);
    let drawn: Vec<(usize, String)> = (0..4)
        .map(|_| {
            draws.advance(&mut rng);
            let state = draws.state();
            (state.sector, state.occupied.iter().map(|&o| if o { '1' } else { '0' }).collect())
        })
        .collect();
    let known = [(1, "010010"), (1, "110000"), (1, "101101"), (1, "000000")];
    assert_eq!(drawn, known.map(|(sector, occupied)| (sector, occupied.to_owned())));
}
