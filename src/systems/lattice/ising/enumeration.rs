//! Counting the states of a small lattice one by one.

use crate::model::{Lattice, MOST_NEIGHBOURS};

/// Numbers of states by unsatisfied bonds and up spins, `[n_bonds + 1, n_sites + 1]`, of the states whose last spin is
/// down; the others are their mirror images.
///
/// From state to state one spin is flipped (Gray code).
pub(super) fn half_counts(lattice: &Lattice) -> Vec<u64> {
    let n = lattice.n_sites();
    // Neighbours as bits, and once more those that a second bond leads to.
    let mut masks = vec![[0u32; 2]; n];
    for (site, [once, twice]) in masks.iter_mut().enumerate() {
        for other in lattice.neighbours(site) {
            *twice |= *once & (1 << other);
            *once |= 1 << other;
        }
    }
    let mut counts = vec![0u64; (lattice.n_bonds() + MOST_NEIGHBOURS) * (n + 1)];
    let (mut state, mut unsatisfied, mut up) = (0u32, 0usize, 0usize);
    counts[0] = 1;
    for k in 1u32..1 << (n - 1) {
        let site = k.trailing_zeros() as usize;
        let [once, twice] = masks[site];
        let ups = (state & once).count_ones() + (state & twice).count_ones();
        let downs = once.count_ones() + twice.count_ones() - ups;
        state ^= 1 << site;
        if state >> site & 1 == 1 {
            (unsatisfied, up) = (unsatisfied + downs as usize - ups as usize, up + 1);
        } else {
            (unsatisfied, up) = (unsatisfied + ups as usize - downs as usize, up - 1);
        }
        counts[unsatisfied * (n + 1) + up] += 1;
    }
    counts.truncate((lattice.n_bonds() + 1) * (n + 1));
    counts
}
