//! Bonds of a spin glass: drawn at random on a lattice, or compared with those of one.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::couplings_error::CouplingsError;
use crate::model::Lattice;

/// One bond, i < j, with its coupling J_ij.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bond {
    /// The smaller site.
    pub i: u32,
    /// The larger site.
    pub j: u32,
    /// J_ij, positive where the spins prefer to be parallel.
    pub coupling: f64,
}

/// The bonds of `lattice` with couplings from `draw`, called once per bond in the order of [`Lattice::bonds`];
/// parallel bonds around a side of length 2 are one bond with the sum.
fn drawn(lattice: &Lattice, mut draw: impl FnMut() -> f64) -> Vec<Bond> {
    let mut bonds: Vec<Bond> =
        lattice.bonds().map(|(i, j)| Bond { i: i.min(j) as u32, j: i.max(j) as u32, coupling: draw() }).collect();
    bonds.sort_by_key(|bond| (bond.i, bond.j));
    bonds.dedup_by(|next, kept| {
        let parallel = (next.i, next.j) == (kept.i, kept.j);
        if parallel {
            kept.coupling += next.coupling;
        }
        parallel
    });
    bonds
}

/// Couplings +1 and -1 with equal probability: the highest bit of one 32-bit word per bond.
pub(super) fn bimodal<R: Rng + ?Sized>(lattice: &Lattice, rng: &mut R) -> Vec<Bond> {
    drawn(lattice, || if rng.next_u32() >> 31 == 1 { 1.0 } else { -1.0 })
}

/// Couplings from Normal(0, 1).
pub(super) fn gaussian<R: Rng + ?Sized>(lattice: &Lattice, rng: &mut R) -> Vec<Bond> {
    drawn(lattice, || StandardNormal.sample(rng))
}

/// Refuses `bonds` other than those of `lattice`.
pub(super) fn check_match(bonds: &[Bond], lattice: &Lattice) -> Result<(), CouplingsError> {
    let mut expected: Vec<(u32, u32)> = lattice.bonds().map(|(i, j)| (i.min(j) as u32, i.max(j) as u32)).collect();
    expected.sort_unstable();
    let given: Vec<(u32, u32)> = bonds.iter().map(|bond| (bond.i, bond.j)).collect();
    let absent = |wanted: &[(u32, u32)], from: &[(u32, u32)]| {
        wanted.iter().copied().find(|pair| from.binary_search(pair).is_err())
    };
    if let Some((i, j)) = absent(&expected, &given) {
        return Err(CouplingsError::Missing { i, j, lattice: lattice.to_string() });
    }
    match absent(&given, &expected) {
        None => Ok(()),
        Some((i, j)) => Err(CouplingsError::Extra { i, j, lattice: lattice.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Boundary, LatticeKind};

    #[test]
    fn tables_are_compared_with_lattices() {
        let square = Lattice::new(LatticeKind::Square, &[4, 4], Boundary::Periodic).unwrap();
        let mut bonds = drawn(&square, || 1.0);
        assert_eq!(bonds.len(), 32);
        assert!(check_match(&bonds, &square).is_ok());
        bonds.push(Bond { i: 14, j: 16, coupling: 1.0 });
        let message = |bonds: &[Bond]| check_match(bonds, &square).unwrap_err().to_string();
        assert_eq!(message(&bonds), format!("bond 14-16 is no bond of the lattice {square}"));
        bonds.retain(|bond| (bond.i, bond.j) != (3, 7));
        assert_eq!(message(&bonds), format!("bond 3-7 of the lattice {square} is missing"));
    }

    #[test]
    fn parallel_bonds_add_up() {
        let chain = Lattice::new(LatticeKind::Square, &[2, 3], Boundary::Periodic).unwrap();
        let mut number = 0.0;
        let bonds = drawn(&chain, || {
            number += 1.0;
            number
        });
        // Draws 1 and 3 go to 0-1 and 1-0.
        assert_eq!((bonds.len(), bonds[0]), (9, Bond { i: 0, j: 1, coupling: 4.0 }));
        assert_eq!(bonds.iter().map(|bond| bond.coupling).sum::<f64>(), 78.0);
    }
}
