//! Clusters of frozen bonds: labels joined bond by bond, and on a torus row by row.

use std::hint::select_unpredictable;

/// Frozen bonds that a site owns, as bits of one byte.
pub(super) const RIGHT: u8 = 1;
/// The bond to the row below.
pub(super) const BELOW: u8 = 2;

/// The bonds of one sweep, and room for the labels that turn out to be equal.
///
/// Half of all bonds are frozen where clusters are of use, so a branch on one would be guessed wrong as often as not: a
/// site takes the smaller of two candidates, its own number where a bond is not frozen. Where both are, and their labels
/// differ, these are joined after the row; that is rare.
///
/// # References
///
/// J. Hoshen and R. Kopelman, Phys. Rev. B 14, 3438 (1976), doi:10.1103/PhysRevB.14.3438.
#[derive(Clone, Debug, Default)]
pub(super) struct TorusClusters {
    /// What every site owns, `[n_sites]`.
    pub bonds: Vec<u8>,
    equal: Vec<(u32, u32)>,
}

impl TorusClusters {
    /// Gives every site of rows of `side` sites a site of its cluster with a smaller number, or itself.
    pub fn label(&mut self, side: usize, labels: &mut Vec<u32>) {
        let n_sites = self.bonds.len();
        labels.clear();
        labels.extend(0..n_sites as u32);
        self.equal.resize(side, (0, 0));
        // The first row has nothing above it until the torus is closed.
        let nothing = (vec![0; side], vec![0; side]);
        for y in 0..n_sites / side {
            let (before, row) = labels.split_at_mut(y * side);
            let (bonds, above) = match y.checked_sub(1) {
                Some(above) => (&self.bonds[above * side..][..side], &before[above * side..]),
                None => (&nothing.0[..], &nothing.1[..]),
            };
            let n_equal = label_row(&mut row[..side], &self.bonds[y * side..][..side], above, bonds, &mut self.equal);
            self.equal[..n_equal].iter().for_each(|&(a, b)| join(labels, a, b));
        }
        for first in (0..n_sites).step_by(side) {
            let last = first + side - 1;
            if self.bonds[last] & RIGHT != 0 {
                join(labels, last as u32, first as u32);
            }
        }
        for x in 0..side {
            let bottom = n_sites - side + x;
            if self.bonds[bottom] & BELOW != 0 {
                join(labels, bottom as u32, x as u32);
            }
        }
    }
}

/// Labels one row, which comes with the numbers of its sites, by its own bonds and those of the row above; the number of
/// pairs of labels that are `equal` as well.
fn label_row(row: &mut [u32], bonds: &[u8], above: &[u32], bonds_above: &[u8], equal: &mut [(u32, u32)]) -> usize {
    let (mut n_equal, mut joined, mut last) = (0, false, 0);
    for (((own, bonds), &above), bonds_above) in row.iter_mut().zip(bonds).zip(above).zip(bonds_above) {
        let hangs = bonds_above & BELOW != 0;
        let left = select_unpredictable(joined, last, *own);
        let above = select_unpredictable(hangs, above, *own);
        equal[n_equal] = (left, above);
        n_equal += usize::from(joined & hangs & (left != above));
        last = left.min(above);
        *own = last;
        joined = bonds & RIGHT != 0;
    }
    n_equal
}

/// The smallest site of the cluster of `site`; halves the path to it.
#[inline]
fn root(labels: &mut [u32], mut site: u32) -> u32 {
    loop {
        let above = labels[site as usize];
        if above == site {
            return site;
        }
        let next = labels[above as usize];
        labels[site as usize] = next;
        site = next;
    }
}

/// Makes two clusters one, under the smaller of their roots.
#[inline]
pub(super) fn join(labels: &mut [u32], a: u32, b: u32) {
    let (a, b) = (root(labels, a), root(labels, b));
    labels[a.max(b) as usize] = a.min(b);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;
    use rand::Rng;

    #[test]
    fn labels_lead_to_the_smallest_site() {
        let mut labels: Vec<u32> = (0..8).collect();
        for (a, b) in [(7, 6), (6, 5), (3, 4), (5, 3), (1, 7)] {
            join(&mut labels, a, b);
        }
        assert!([3, 4, 5, 6, 7].into_iter().all(|site| root(&mut labels, site) == 1));
        assert!(root(&mut labels, 2) == 2 && labels.iter().enumerate().all(|(site, &label)| label as usize <= site));
    }

    /// The same roots as from joining bond by bond, at every density of bonds.
    #[test]
    fn rows_find_the_clusters_of_single_bonds() {
        let mut rng = Seed(1).set_up();
        for (lx, ly) in [(2, 2), (2, 5), (5, 2), (8, 6), (33, 17)] {
            for density in 0..=16 {
                let mut clusters = TorusClusters::default();
                let mut frozen = || u8::from(rng.next_u32() >> 28 < density);
                clusters.bonds = (0..lx * ly).map(|_| (frozen() * RIGHT) | (frozen() * BELOW)).collect();
                let (mut labels, mut expected) = (Vec::new(), (0..(lx * ly) as u32).collect::<Vec<_>>());
                clusters.label(lx, &mut labels);
                for (site, bonds) in clusters.bonds.iter().enumerate() {
                    let (x, y) = (site % lx, site / lx);
                    if bonds & RIGHT != 0 {
                        join(&mut expected, site as u32, (y * lx + (x + 1) % lx) as u32);
                    }
                    if bonds & BELOW != 0 {
                        join(&mut expected, site as u32, ((y + 1) % ly * lx + x) as u32);
                    }
                }
                assert!(labels.iter().enumerate().all(|(site, &label)| label as usize <= site));
                for site in 0..(lx * ly) as u32 {
                    assert_eq!(root(&mut labels, site), root(&mut expected, site), "{lx}x{ly} at {density}/16");
                }
            }
        }
    }
}
