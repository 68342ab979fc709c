//! Periodic rings and square lattices: who neighbours whom.

/// A periodic ring (one dimension) or square lattice (two), sites numbered row by row.
///
/// Every site has 2 * dimension neighbour slots and there are dimension * N bonds always: around a side of length 2
/// both parallel bonds count, so the same site fills two slots.
///
/// # Examples
///
/// ```
/// use gibbs::systems::Ising;
/// # fn main() -> Result<(), gibbs::systems::SystemError> {
/// let ising = Ising::torus(3, 2, 1.0, 0.0)?;
/// assert_eq!(ising.lattice().neighbours(0).collect::<Vec<_>>(), [1, 2, 3, 3]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lattice {
    dimension: u32,
    lx: u32,
    ly: u32,
    n_sites: u32,
    /// lx - 1 where lx is a power of two, else 0: a mask is cheaper than a division.
    mask: u32,
}

impl Lattice {
    pub(super) fn ring(n: u32) -> Self {
        Self::new(1, n, 1)
    }

    pub(super) fn torus(lx: u32, ly: u32) -> Self {
        Self::new(2, lx, ly)
    }

    fn new(dimension: u32, lx: u32, ly: u32) -> Self {
        Self { dimension, lx, ly, n_sites: lx * ly, mask: if lx.is_power_of_two() { lx - 1 } else { 0 } }
    }

    /// Number of dimensions, 1 or 2.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension as usize
    }

    /// Side lengths `(lx, ly)`; ly = 1 on a ring.
    #[must_use]
    pub fn sides(&self) -> (usize, usize) {
        (self.lx as usize, self.ly as usize)
    }

    /// N, number of sites.
    #[must_use]
    pub fn n_sites(&self) -> usize {
        self.n_sites as usize
    }

    /// Number of bonds, dimension * N.
    #[must_use]
    pub fn n_bonds(&self) -> usize {
        self.dimension() * self.n_sites()
    }

    /// Whether two sublattices exist, each neighbouring only the other: all sides are even.
    #[must_use]
    pub fn is_bipartite(&self) -> bool {
        self.lx.is_multiple_of(2) && (self.dimension == 1 || self.ly.is_multiple_of(2))
    }

    /// The 2 * dimension neighbours of `site`: right, left, then below, above.
    pub fn neighbours(&self, site: usize) -> impl Iterator<Item = usize> + use<> {
        self.slots(site as u32).into_iter().take(2 * self.dimension as usize).map(|site| site as usize)
    }

    /// Right, left, below, above; the last two mean nothing on a ring.
    #[inline]
    pub(crate) fn slots(&self, site: u32) -> [u32; 4] {
        let (lx, n) = (self.lx, self.n_sites);
        let x = if self.mask != 0 { site & self.mask } else { site % lx };
        [
            if x + 1 == lx { site + 1 - lx } else { site + 1 },
            if x == 0 { site + (lx - 1) } else { site - 1 },
            if site >= n - lx { site - (n - lx) } else { site + lx },
            if site < lx { site + (n - lx) } else { site - lx },
        ]
    }

    /// Sum of the spins around `site`.
    #[inline]
    pub(crate) fn neighbour_sum(&self, spins: &[i8], site: u32) -> i32 {
        let at = |site: u32| i32::from(spins[site as usize]);
        let [right, left, below, above] = self.slots(site);
        let row = at(right) + at(left);
        if self.dimension == 1 { row } else { row + at(below) + at(above) }
    }

    /// Sum of s s' over all bonds.
    pub(crate) fn bond_sum(&self, spins: &[i8]) -> i64 {
        let lx = self.lx as usize;
        // Products of one row at a time add up in 32 bits without overflow.
        let products =
            |a: &[i8], b: &[i8]| -> i64 { i64::from(a.iter().zip(b).map(|(s, t)| i32::from(s * t)).sum::<i32>()) };
        let mut total = 0;
        for (y, row) in spins.chunks_exact(lx).enumerate() {
            total += products(row, &row[1..]) + i64::from(row[lx - 1] * row[0]);
            if self.dimension == 2 {
                let below = if y + 1 == self.ly as usize { 0 } else { (y + 1) * lx };
                total += products(row, &spins[below..below + lx]);
            }
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lattices() -> Vec<Lattice> {
        let mut all: Vec<Lattice> = (2..9).map(Lattice::ring).collect();
        for lx in 2..8 {
            all.extend((2..8).map(|ly| Lattice::torus(lx, ly)));
        }
        all
    }

    #[test]
    fn neighbours_are_mutual_and_bonds_number_dimension_times_n() {
        for lattice in lattices() {
            let count = |i: usize, j: usize| lattice.neighbours(i).filter(|&k| k == j).count();
            let mut slots = 0;
            for i in 0..lattice.n_sites() {
                slots += lattice.neighbours(i).count();
                assert!(lattice.neighbours(i).all(|j| j < lattice.n_sites() && j != i && count(i, j) == count(j, i)));
            }
            assert_eq!(slots, 2 * lattice.n_bonds(), "{lattice:?}");
        }
    }

    #[test]
    fn bond_sum_counts_every_bond_once() {
        for lattice in lattices() {
            let spins: Vec<i8> =
                (0..lattice.n_sites()).map(|i| if (i * i + i / 3) % 3 == 0 { -1 } else { 1 }).collect();
            let twice: i64 = (0..spins.len())
                .map(|i| i64::from(spins[i]) * i64::from(lattice.neighbour_sum(&spins, i as u32)))
                .sum();
            assert_eq!(2 * lattice.bond_sum(&spins), twice, "{lattice:?}");
        }
    }
}
