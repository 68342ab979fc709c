//! All ways of counting against brute force, and what is too large for them.

use std::collections::BTreeMap;

use super::*;
use crate::model::{Boundary, Lattice, LatticeKind};

/// Every state, one by one.
fn brute_force<L: CountedLevel>(lattice: &Lattice) -> BTreeMap<(i64, i64), f64> {
    let mut counts = BTreeMap::new();
    for bits in 0u32..1 << lattice.n_sites() {
        let spins: Vec<i8> = (0..lattice.n_sites()).map(|i| if bits >> i & 1 == 1 { 1 } else { -1 }).collect();
        let magnetization = spins.iter().map(|&s| i64::from(s)).sum();
        let level = L::new(lattice.bond_sum(&spins), magnetization, 0.0);
        *counts.entry((level.bond_sum(), level.magnetization())).or_insert(0.0) += 1.0;
    }
    counts
}

fn counts_are_those_of_brute_force<L: CountedLevel>() {
    let mut lattices = Vec::new();
    for (lx, ly) in [(2, 2), (2, 3), (3, 2), (3, 3), (2, 6), (3, 4), (4, 4), (5, 3)] {
        lattices.push(Lattice::new(LatticeKind::Square, &[lx, ly], Boundary::Periodic).unwrap());
    }
    for n in [2, 3, 4, 7, 10] {
        for boundary in [Boundary::Periodic, Boundary::Open] {
            lattices.push(Lattice::new(LatticeKind::Chain, &[n], boundary).unwrap());
        }
    }
    for lattice in lattices {
        let (levels, exact) = (levels::<L>(&lattice).unwrap(), brute_force::<L>(&lattice));
        assert_eq!(levels.len(), exact.len(), "{lattice:?}");
        for level in levels {
            let count = exact[&(level.bond_sum(), level.magnetization())];
            assert!((level.ln_count() - count.ln()).abs() < 1e-13, "{lattice:?} {count}");
        }
    }
}

#[test]
fn tori_and_chains_are_counted_as_by_brute_force() {
    counts_are_those_of_brute_force::<IsingLevel>();
    counts_are_those_of_brute_force::<IsingJointLevel>();
}

fn small_lattices() -> Vec<Lattice> {
    let mut all = Vec::new();
    for boundary in [Boundary::Periodic, Boundary::Open] {
        for (kind, sides) in [
            (LatticeKind::Chain, vec![2]),
            (LatticeKind::Chain, vec![7]),
            (LatticeKind::Square, vec![2, 2]),
            (LatticeKind::Square, vec![3, 4]),
            (LatticeKind::Triangular, vec![2, 2]),
            (LatticeKind::Triangular, vec![3, 3]),
            (LatticeKind::Triangular, vec![4, 3]),
            (LatticeKind::Honeycomb, vec![2, 2]),
            (LatticeKind::Honeycomb, vec![4, 2]),
            (LatticeKind::Honeycomb, vec![2, 6]),
            (LatticeKind::Cubic, vec![2, 2, 2]),
            (LatticeKind::Cubic, vec![3, 2, 2]),
            (LatticeKind::Cubic, vec![2, 2, 3]),
        ] {
            all.push(Lattice::new(kind, &sides, boundary).unwrap());
        }
    }
    all
}

/// Every state, its bonds summed one by one.
fn places_by_brute_force<L: CountedLevel>(lattice: &Lattice) -> Vec<f64> {
    let places = places::<L>(lattice.n_sites(), lattice.n_bonds());
    let mut counts = vec![0.0; places.length];
    for bits in 0u32..1 << lattice.n_sites() {
        let unsatisfied = lattice.bonds().filter(|&(i, j)| (bits >> i ^ bits >> j) & 1 == 1).count();
        counts[unsatisfied * places.bond + bits.count_ones() as usize * places.spin] += 1.0;
    }
    counts
}

fn both_ways_count_the_same<L: CountedLevel>(lattice: &Lattice) {
    let exact = places_by_brute_force::<L>(lattice);
    assert_eq!(state_counts::<L>(lattice), exact, "{lattice:?}");
    let steps = steps(lattice, &along_longest_side(lattice));
    assert_eq!(site_counts(&steps, places::<L>(lattice.n_sites(), lattice.n_bonds())), exact, "{lattice:?}");
}

#[test]
fn site_by_site_and_state_by_state_count_what_brute_force_counts() {
    for lattice in small_lattices() {
        both_ways_count_the_same::<IsingLevel>(&lattice);
        both_ways_count_the_same::<IsingJointLevel>(&lattice);
    }
}

/// Under equal weights bonds are uncorrelated where no two join the same sites: Var B is the number of bonds, and
/// a double bond counts as one of weight 2. M is uncorrelated with B.
#[test]
fn moments_are_those_of_independent_spins() {
    for (kind, sides, boundary) in [
        (LatticeKind::Triangular, vec![4, 6], Boundary::Periodic),
        (LatticeKind::Triangular, vec![5, 9], Boundary::Open),
        (LatticeKind::Honeycomb, vec![6, 8], Boundary::Periodic),
        (LatticeKind::Square, vec![8, 9], Boundary::Open),
        (LatticeKind::Cubic, vec![3, 3, 3], Boundary::Open),
        (LatticeKind::Cubic, vec![2, 3, 4], Boundary::Periodic),
        (LatticeKind::Cubic, vec![2, 2, 6], Boundary::Periodic),
    ] {
        let lattice = Lattice::new(kind, &sides, boundary).unwrap();
        let n = lattice.n_sites() as f64;
        let by_energy = levels::<IsingLevel>(&lattice).unwrap();
        let mean = |f: &dyn Fn(f64) -> f64| -> f64 {
            by_energy.iter().map(|l| f(l.bond_sum as f64) * (l.ln_count - n * std::f64::consts::LN_2).exp()).sum()
        };
        let mut multiplicities = std::collections::HashMap::new();
        lattice.bonds().for_each(|(i, j)| *multiplicities.entry((i.min(j), i.max(j))).or_insert(0.0) += 1.0);
        let variance: f64 = multiplicities.values().map(|m| m * m).sum();
        assert!((mean(&|_| 1.0) - 1.0).abs() < 1e-12 && mean(&|b| b).abs() < 1e-10, "{lattice}");
        assert!((mean(&|b| b * b) / variance - 1.0).abs() < 1e-11, "{lattice}");
        // The largest level: all spins parallel.
        let aligned = by_energy.iter().find(|l| l.bond_sum == lattice.n_bonds() as i64).unwrap();
        assert_eq!(aligned.ln_count, std::f64::consts::LN_2);
        if n > 30.0 {
            continue;
        }
        let by_both = levels::<IsingJointLevel>(&lattice).unwrap();
        for level in &by_energy {
            let same = by_both.iter().filter(|l| l.bond_sum == level.bond_sum).map(|l| l.ln_count.exp());
            assert!((same.sum::<f64>() / level.ln_count.exp() - 1.0).abs() < 1e-12, "{lattice}");
        }
        let m2: f64 = by_both
            .iter()
            .map(|l| (l.magnetization as f64).powi(2) * (l.ln_count - n * std::f64::consts::LN_2).exp())
            .sum();
        assert!((m2 / n - 1.0).abs() < 1e-12, "{lattice}");
    }
}

#[test]
fn too_large_lattices_are_left_alone() {
    let lattice = |kind, sides: &[usize], boundary| Lattice::new(kind, sides, boundary).unwrap();
    for (kind, sides, boundary) in [
        (LatticeKind::Cubic, vec![4, 4, 4], Boundary::Periodic),
        (LatticeKind::Square, vec![20, 20], Boundary::Open),
        (LatticeKind::Square, vec![2, 600], Boundary::Open),
        (LatticeKind::Square, vec![16, 16], Boundary::Periodic),
        (LatticeKind::Square, vec![2, 600], Boundary::Periodic),
        (LatticeKind::Chain, vec![3_000_000], Boundary::Periodic),
    ] {
        assert!(levels::<IsingLevel>(&lattice(kind, &sides, boundary)).is_none(), "{kind:?} {sides:?}");
    }
    for (kind, sides) in
        [(LatticeKind::Triangular, vec![8, 8]), (LatticeKind::Square, vec![8, 8]), (LatticeKind::Chain, vec![2000])]
    {
        let periodic = lattice(kind, &sides, Boundary::Periodic);
        assert!(levels::<IsingJointLevel>(&periodic).is_none(), "{kind:?} {sides:?}");
    }
}
