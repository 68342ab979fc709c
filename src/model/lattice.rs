//! Lattices: who neighbours whom on chains, square, cubic, triangular and honeycomb lattices.

use std::fmt;

use crate::model::SystemError;

/// Most neighbours that any site of any lattice has.
pub(crate) const MOST_NEIGHBOURS: usize = 6;
const MOST_SITES: u64 = 1 << 31;

/// How the sites of a lattice are connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LatticeKind {
    /// One dimension, two neighbours.
    Chain,
    /// Two dimensions, four neighbours.
    Square,
    /// Three dimensions, six neighbours.
    Cubic,
    /// Two dimensions, six neighbours: a square lattice with one diagonal.
    Triangular,
    /// Two dimensions, three neighbours: a brick wall, which is a square lattice without every other vertical bond.
    Honeycomb,
}

impl LatticeKind {
    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::Square => "square",
            Self::Cubic => "cubic",
            Self::Triangular => "triangular",
            Self::Honeycomb => "honeycomb",
        }
    }

    /// Number of dimensions, which is the number of sides.
    #[must_use]
    pub fn dimension(self) -> usize {
        match self {
            Self::Chain => 1,
            Self::Square | Self::Triangular | Self::Honeycomb => 2,
            Self::Cubic => 3,
        }
    }
}

/// What happens at the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Boundary {
    /// Opposite edges neighbour each other.
    Periodic,
    /// Edge sites have fewer neighbours.
    Open,
}

/// A finite lattice; sites are numbered x first, then y, then z.
///
/// Around a periodic side of length 2 both parallel bonds count, so the same site fills two neighbour slots and the
/// number of bonds per site is that of the infinite lattice always.
///
/// # Examples
///
/// ```
/// use gibbs::model::{Boundary, Lattice, LatticeKind};
/// # fn main() -> Result<(), gibbs::model::SystemError> {
/// let torus = Lattice::new(LatticeKind::Square, &[3, 2], Boundary::Periodic)?;
/// assert_eq!(torus.neighbours(0).collect::<Vec<_>>(), [1, 2, 3, 3]);
/// assert_eq!((torus.n_sites(), torus.n_bonds()), (6, 12));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lattice {
    kind: LatticeKind,
    boundary: Boundary,
    /// Unused sides are 1.
    sides: [u32; 3],
    n_sites: u32,
    /// lx - 1 where lx is a power of two, else 0: a mask is cheaper than a division.
    mask: u32,
}

/// The neighbours of one site, in a fixed array.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slots {
    sites: [u32; MOST_NEIGHBOURS],
    n: usize,
}

impl Slots {
    #[inline]
    fn push(&mut self, site: u32) {
        self.sites[self.n] = site;
        self.n += 1;
    }

    #[inline]
    fn push_all(&mut self, sites: [Option<u32>; 2]) {
        sites.into_iter().flatten().for_each(|site| self.push(site));
    }

    /// The sites, one per bond.
    #[inline]
    pub fn as_slice(&self) -> &[u32] {
        &self.sites[..self.n]
    }
}

impl AsRef<[u32]> for Slots {
    #[inline]
    fn as_ref(&self) -> &[u32] {
        self.as_slice()
    }
}

impl Lattice {
    /// A lattice of `kind` with one side per dimension.
    ///
    /// # Errors
    ///
    /// A wrong number of sides, a side below 2, an odd side of a periodic honeycomb, more than 2^31 sites.
    pub fn new(kind: LatticeKind, sides: &[usize], boundary: Boundary) -> Result<Self, SystemError> {
        let refuse = |expected| {
            let value = sides.iter().map(ToString::to_string).collect::<Vec<_>>().join("x");
            Err(SystemError::parameter("lattice", "l", expected, value))
        };
        if sides.len() != kind.dimension() {
            return refuse("one side per dimension");
        }
        let mut all = [1u32; 3];
        let mut n_sites: u64 = 1;
        for (slot, &side) in all.iter_mut().zip(sides) {
            n_sites = n_sites.saturating_mul(side as u64);
            if side < 2 || n_sites > MOST_SITES {
                return refuse("sides of at least 2 with at most 2^31 sites");
            }
            *slot = side as u32;
        }
        if kind == LatticeKind::Honeycomb && boundary == Boundary::Periodic && sides.iter().any(|side| side % 2 == 1) {
            return refuse("even sides for a periodic honeycomb");
        }
        let mask = if all[0].is_power_of_two() { all[0] - 1 } else { 0 };
        Ok(Self { kind, boundary, sides: all, n_sites: n_sites as u32, mask })
    }

    /// How its sites are connected.
    #[must_use]
    pub fn kind(&self) -> LatticeKind {
        self.kind
    }

    /// What happens at its edge.
    #[must_use]
    pub fn boundary(&self) -> Boundary {
        self.boundary
    }

    /// Number of dimensions.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.kind.dimension()
    }

    /// Side lengths, `[dimension]`.
    #[must_use]
    pub fn sides(&self) -> Vec<usize> {
        self.sides[..self.dimension()].iter().map(|&side| side as usize).collect()
    }

    /// N, number of sites.
    #[must_use]
    pub fn n_sites(&self) -> usize {
        self.n_sites as usize
    }

    /// Number of bonds.
    #[must_use]
    pub fn n_bonds(&self) -> usize {
        let n = self.n_sites();
        match (self.boundary, self.kind) {
            (Boundary::Periodic, LatticeKind::Chain) => n,
            (Boundary::Periodic, LatticeKind::Square) => 2 * n,
            (Boundary::Periodic, LatticeKind::Cubic | LatticeKind::Triangular) => 3 * n,
            (Boundary::Periodic, LatticeKind::Honeycomb) => 3 * n / 2,
            (Boundary::Open, _) => (0..self.n_sites).map(|site| self.forward(site).n).sum(),
        }
    }

    /// Largest number of neighbours of a site.
    #[must_use]
    pub fn coordination(&self) -> usize {
        match self.kind {
            LatticeKind::Chain => 2,
            LatticeKind::Honeycomb => 3,
            LatticeKind::Square => 4,
            LatticeKind::Cubic | LatticeKind::Triangular => 6,
        }
    }

    /// Whether two sublattices exist, each neighbouring only the other.
    #[must_use]
    pub fn is_bipartite(&self) -> bool {
        match self.kind {
            LatticeKind::Honeycomb => true,
            LatticeKind::Triangular => false,
            LatticeKind::Chain | LatticeKind::Square | LatticeKind::Cubic => {
                self.boundary == Boundary::Open || self.sides().iter().all(|side| side.is_multiple_of(2))
            }
        }
    }

    /// Whether it is a periodic chain.
    #[must_use]
    pub fn is_ring(&self) -> bool {
        self.kind == LatticeKind::Chain && self.boundary == Boundary::Periodic
    }

    /// Whether it is a periodic square lattice.
    #[must_use]
    pub fn is_torus(&self) -> bool {
        self.kind == LatticeKind::Square && self.boundary == Boundary::Periodic
    }

    /// The sublattice of `site`, 0 or 1: (x + y + z) mod 2.
    #[must_use]
    pub fn sublattice(&self, site: usize) -> usize {
        let [x, y, z] = self.coordinates(site as u32);
        ((x + y + z) % 2) as usize
    }

    /// The neighbours of `site`, one per bond.
    pub fn neighbours(&self, site: usize) -> impl Iterator<Item = usize> + use<> {
        let slots = self.slots(site as u32);
        slots.sites.into_iter().take(slots.n).map(|site| site as usize)
    }

    /// Every bond once, as a pair of sites.
    pub fn bonds(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.n_sites).flat_map(|site| {
            let slots = self.forward(site);
            slots.sites.into_iter().take(slots.n).map(move |other| (site as usize, other as usize))
        })
    }

    /// x, y and z of `site`; 0 for dimensions there are not.
    #[inline]
    pub(crate) fn coordinates(&self, site: u32) -> [u32; 3] {
        let [lx, ly, _] = self.sides;
        if self.mask != 0 {
            let rest = site >> lx.trailing_zeros();
            return if self.kind == LatticeKind::Cubic {
                [site & self.mask, rest % ly, rest / ly]
            } else {
                [site & self.mask, rest, 0]
            };
        }
        let rest = site / lx;
        if self.kind == LatticeKind::Cubic { [site % lx, rest % ly, rest / ly] } else { [site % lx, rest, 0] }
    }

    /// The site one step along `axis` from `site` at coordinate `c` of that axis, forward or backward.
    #[inline]
    fn step(&self, site: u32, axis: usize, c: u32, forward: bool) -> Option<u32> {
        let stride = match axis {
            0 => 1,
            1 => self.sides[0],
            _ => self.sides[0] * self.sides[1],
        };
        let last = self.sides[axis] - 1;
        let periodic = self.boundary == Boundary::Periodic;
        match (forward, c == if forward { last } else { 0 }) {
            (true, false) => Some(site + stride),
            (false, false) => Some(site - stride),
            (true, true) => periodic.then(|| site - last * stride),
            (false, true) => periodic.then(|| site + last * stride),
        }
    }

    /// Two steps, along x and then y.
    #[inline]
    fn diagonal(&self, site: u32, x: u32, y: u32, forward: bool) -> Option<u32> {
        self.step(site, 0, x, forward).and_then(|site| self.step(site, 1, y, forward))
    }

    /// The neighbours one step forward of `site`, or those one step back.
    #[inline]
    fn push_steps(&self, slots: &mut Slots, site: u32, forward: bool) {
        let [x, y, z] = self.coordinates(site);
        let step = |axis, c| self.step(site, axis, c, forward);
        let along_x = step(0, x);
        match self.kind {
            LatticeKind::Chain => slots.push_all([along_x, None]),
            LatticeKind::Square => slots.push_all([along_x, step(1, y)]),
            LatticeKind::Cubic => {
                slots.push_all([along_x, step(1, y)]);
                slots.push_all([step(2, z), None]);
            }
            LatticeKind::Triangular => {
                slots.push_all([along_x, step(1, y)]);
                slots.push_all([self.diagonal(site, x, y, forward), None]);
            }
            // Even sites own the vertical bonds.
            LatticeKind::Honeycomb => {
                slots.push_all([along_x, if (x + y).is_multiple_of(2) == forward { step(1, y) } else { None }]);
            }
        }
    }

    /// The neighbours whose bonds `site` owns.
    #[inline]
    pub(crate) fn forward(&self, site: u32) -> Slots {
        let mut slots = Slots::default();
        self.push_steps(&mut slots, site, true);
        slots
    }

    /// All neighbours of `site`, one per bond.
    #[inline]
    pub(crate) fn slots(&self, site: u32) -> Slots {
        if self.is_torus() {
            let [right, left, below, above] = self.torus_neighbours(site);
            return Slots { sites: [right, left, below, above, 0, 0], n: 4 };
        }
        let mut slots = self.forward(site);
        self.push_steps(&mut slots, site, false);
        slots
    }

    /// All neighbours of `site` on a torus, the commonest lattice, without branches on its kind.
    #[inline]
    pub(crate) fn torus_neighbours(&self, site: u32) -> [u32; 4] {
        let (lx, n) = (self.sides[0], self.n_sites);
        let x = if self.mask != 0 { site & self.mask } else { site % lx };
        let right = if x + 1 == lx { site + 1 - lx } else { site + 1 };
        let below = if site >= n - lx { site - (n - lx) } else { site + lx };
        let left = if x == 0 { site + (lx - 1) } else { site - 1 };
        let above = if site < lx { site + (n - lx) } else { site - lx };
        [right, left, below, above]
    }

    /// Sum of the spins around `site`.
    #[inline]
    pub(crate) fn neighbour_sum(&self, spins: &[i8], site: u32) -> i32 {
        let sum = |sites: &[u32]| sites.iter().map(|&other| i32::from(spins[other as usize])).sum();
        if self.is_torus() { sum(&self.torus_neighbours(site)) } else { sum(self.slots(site).as_slice()) }
    }

    /// Sum of s s' over all bonds of spins +1 and -1.
    pub(crate) fn bond_sum(&self, spins: &[i8]) -> i64 {
        if !(self.is_ring() || self.is_torus()) {
            return self.bonds().map(|(i, j)| i64::from(spins[i] * spins[j])).sum();
        }
        let lx = self.sides[0] as usize;
        // Equal pairs less unequal ones; those of 64 bonds are counted in bytes.
        let products = |a: &[i8], b: &[i8]| -> i64 {
            let equal = |(a, b): (&[i8], &[i8])| i64::from(a.iter().zip(b).map(|(s, t)| u8::from(s == t)).sum::<u8>());
            2 * a.chunks(64).zip(b.chunks(64)).map(equal).sum::<i64>() - a.len() as i64
        };
        let mut total = 0;
        for (y, row) in spins.chunks_exact(lx).enumerate() {
            total += products(&row[..lx - 1], &row[1..]) + i64::from(row[lx - 1] * row[0]);
            if self.dimension() == 2 {
                let below = if y + 1 == self.sides[1] as usize { 0 } else { (y + 1) * lx };
                total += products(row, &spins[below..below + lx]);
            }
        }
        total
    }
}

impl fmt::Display for Lattice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sides: Vec<String> = self.sides().iter().map(ToString::to_string).collect();
        write!(f, "{} {}", self.kind.name(), sides.join("x"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lattices() -> Vec<Lattice> {
        let mut all = Vec::new();
        for boundary in [Boundary::Periodic, Boundary::Open] {
            let mut add = |kind, sides: &[usize]| all.extend(Lattice::new(kind, sides, boundary));
            for lx in 2..8 {
                add(LatticeKind::Chain, &[lx]);
                for ly in 2..6 {
                    add(LatticeKind::Square, &[lx, ly]);
                    add(LatticeKind::Triangular, &[lx, ly]);
                    add(LatticeKind::Honeycomb, &[lx, ly]);
                    add(LatticeKind::Cubic, &[lx, ly, 3]);
                    add(LatticeKind::Cubic, &[lx, ly, 2]);
                }
            }
        }
        all
    }

    #[test]
    fn neighbours_are_mutual_and_each_fills_two_slots() {
        for lattice in lattices() {
            let count = |i: usize, j: usize| lattice.neighbours(i).filter(|&k| k == j).count();
            let mut slots = 0;
            for i in 0..lattice.n_sites() {
                slots += lattice.neighbours(i).count();
                assert!(lattice.neighbours(i).count() <= lattice.coordination());
                assert!(lattice.neighbours(i).all(|j| j < lattice.n_sites() && j != i && count(i, j) == count(j, i)));
            }
            assert_eq!(slots, 2 * lattice.n_bonds(), "{lattice:?}");
            assert_eq!(lattice.bonds().count(), lattice.n_bonds(), "{lattice:?}");
        }
    }

    #[test]
    fn shells_of_a_periodic_lattice_have_its_coordination() {
        for lattice in lattices().iter().filter(|l| l.boundary() == Boundary::Periodic) {
            for i in 0..lattice.n_sites() {
                assert_eq!(lattice.neighbours(i).count(), lattice.coordination(), "{lattice:?}");
            }
        }
        // Second shells of large lattices: a wrong wrap or diagonal changes them.
        for (kind, sides, second) in [
            (LatticeKind::Square, vec![8, 8], 8),
            (LatticeKind::Triangular, vec![8, 8], 12),
            (LatticeKind::Honeycomb, vec![8, 8], 6),
            (LatticeKind::Cubic, vec![6, 6, 6], 18),
        ] {
            let lattice = Lattice::new(kind, &sides, Boundary::Periodic).unwrap();
            for i in 0..lattice.n_sites() {
                let first: Vec<usize> = lattice.neighbours(i).collect();
                let mut shell: Vec<usize> = first.iter().flat_map(|&j| lattice.neighbours(j)).collect();
                shell.sort_unstable();
                shell.dedup();
                shell.retain(|j| *j != i && !first.contains(j));
                assert_eq!(shell.len(), second, "{lattice}");
            }
        }
    }

    #[test]
    fn sublattices_of_bipartite_lattices_neighbour_each_other_only() {
        for lattice in lattices().iter().filter(|l| l.is_bipartite()) {
            for (i, j) in lattice.bonds() {
                assert_ne!(lattice.sublattice(i), lattice.sublattice(j), "{lattice:?}");
            }
        }
    }

    #[test]
    fn bond_sum_counts_every_bond_once() {
        // Rows are counted 64 bonds at a time.
        let long = [[64, 2], [65, 3], [66, 4], [129, 2]]
            .map(|sides| Lattice::new(LatticeKind::Square, &sides, Boundary::Periodic).unwrap());
        let ring = Lattice::new(LatticeKind::Chain, &[130], Boundary::Periodic).unwrap();
        for lattice in lattices().into_iter().chain(long).chain([ring]) {
            let spins: Vec<i8> =
                (0..lattice.n_sites()).map(|i| if (i * i + i / 3) % 3 == 0 { -1 } else { 1 }).collect();
            let twice: i64 = (0..spins.len())
                .map(|i| i64::from(spins[i]) * i64::from(lattice.neighbour_sum(&spins, i as u32)))
                .sum();
            assert_eq!(2 * lattice.bond_sum(&spins), twice, "{lattice:?}");
        }
    }

    #[test]
    fn refusals() {
        let message = |kind, sides: &[usize]| Lattice::new(kind, sides, Boundary::Periodic).unwrap_err().to_string();
        assert_eq!(
            message(LatticeKind::Square, &[1, 4]),
            "lattice: `l` must be sides of at least 2 with at most 2^31 sites, got `1x4`"
        );
        assert!(message(LatticeKind::Cubic, &[1 << 20; 3]).contains("2^31"));
        assert!(message(LatticeKind::Cubic, &[4, 4]).contains("one side per dimension"));
        assert!(message(LatticeKind::Honeycomb, &[5, 4]).contains("even sides"));
    }
}
