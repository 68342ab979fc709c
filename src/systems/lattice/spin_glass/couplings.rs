//! Bonds of a spin glass: read from a table and checked line by line, or drawn at random on a lattice.

use std::collections::BTreeMap;

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use thiserror::Error;

use crate::model::{Lattice, SystemError};
use crate::systems::TableError;
use crate::systems::table::parse_table;

/// Sites are numbered below 2^31.
const MOST_SITES: f64 = 2_147_483_648.0;

/// A table of couplings that names no Hamiltonian.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum CouplingsError {
    /// No bond at all.
    #[error("the table of couplings has no bonds")]
    Empty,
    /// A site that is no whole number.
    #[error("line {line}: a site must be a whole number from 0 to 2^31 - 1, got {value}")]
    Site {
        /// Line, counted from 1.
        line: usize,
        /// What was given.
        value: f64,
    },
    /// A bond of a site with itself.
    #[error("line {line}: site {site} is bonded to itself")]
    SelfBond {
        /// Line, counted from 1.
        line: usize,
        /// The site.
        site: u32,
    },
    /// A coupling that is NaN or infinite.
    #[error("line {line}: a coupling must be finite, got {value}")]
    Coupling {
        /// Line, counted from 1.
        line: usize,
        /// What was given.
        value: f64,
    },
    /// The two directions of a bond differ.
    #[error("lines {first_line} and {line} are asymmetric: J = {first} for {j},{i} but {second} for {i},{j}")]
    Asymmetric {
        /// First site of the second mention.
        i: u32,
        /// Second site of it.
        j: u32,
        /// Line of the first mention.
        first_line: usize,
        /// Line of the second.
        line: usize,
        /// Coupling in the first.
        first: f64,
        /// Coupling in the second.
        second: f64,
    },
    /// A bond given twice in the same direction.
    #[error("line {line}: bond {i},{j} is already given in line {first_line}")]
    Repeated {
        /// First site.
        i: u32,
        /// Second site.
        j: u32,
        /// Line of the first mention.
        first_line: usize,
        /// Line of the second.
        line: usize,
    },
    /// A bond given one way in a table that gives others both ways.
    #[error("line {line}: bond {i}-{j} is given as {i},{j} but not as {j},{i}, while other bonds are given both ways")]
    OneWay {
        /// Its line.
        line: usize,
        /// First site.
        i: u32,
        /// Second site.
        j: u32,
    },
    /// A number below the largest site that no bond mentions.
    #[error("site {site} has no bond: sites must be numbered from 0 to {last} without gaps")]
    Gap {
        /// The first such site.
        site: u32,
        /// The largest site.
        last: u32,
    },
    /// A bond of the lattice that the table lacks.
    #[error("bond {i}-{j} of the lattice {lattice} is missing")]
    Missing {
        /// First site.
        i: u32,
        /// Second site.
        j: u32,
        /// The lattice.
        lattice: String,
    },
    /// A bond that the lattice lacks.
    #[error("bond {i}-{j} is no bond of the lattice {lattice}")]
    Extra {
        /// First site.
        i: u32,
        /// Second site.
        j: u32,
        /// The lattice.
        lattice: String,
    },
    /// Energies that no 64-bit number holds.
    #[error("couplings and fields must add up to 0 or to a number from 1e-280 to 1e300, got {0:e}")]
    Magnitude(f64),
}

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

/// The bonds of a table, sorted by their sites.
pub(super) fn parse(text: &str) -> Result<Vec<Bond>, SystemError> {
    let table = parse_table(text)?;
    if let Some(header) = &table.header {
        let names: Vec<&str> = header.iter().map(String::as_str).collect();
        if !matches!(names[..], ["i", "j", "j" | "j_ij"]) {
            return Err(TableError::Header { expected: "i,j,J", found: names.join(",") }.into());
        }
    }
    // By (smaller, larger) site: the coupling, the line of the first mention and whether it had the smaller site first.
    let mut seen: BTreeMap<(u32, u32), Mention> = BTreeMap::new();
    for (line, cells) in &table.rows {
        let line = *line;
        let &[i, j, coupling] = three(line, cells)?;
        let (i, j) = (site(line, i)?, site(line, j)?);
        if i == j {
            return Err(CouplingsError::SelfBond { line, site: i }.into());
        }
        if !coupling.is_finite() {
            return Err(CouplingsError::Coupling { line, value: coupling }.into());
        }
        let forward = i < j;
        let mention = Mention { coupling, line, forward, both: false };
        let first = seen.entry((i.min(j), i.max(j))).or_insert(mention);
        if first.line == line {
            continue;
        }
        let (first_line, first_coupling) = (first.line, first.coupling);
        if first.both || first.forward == forward {
            return Err(CouplingsError::Repeated { i, j, first_line, line }.into());
        }
        if first_coupling != coupling {
            let (first, second) = (first_coupling, coupling);
            return Err(CouplingsError::Asymmetric { i, j, first_line, line, first, second }.into());
        }
        first.both = true;
    }
    check_directions(&seen)?;
    check_gaps(seen.keys())?;
    Ok(seen.into_iter().map(|((i, j), mention)| Bond { i, j, coupling: mention.coupling }).collect())
}

/// Where a bond was first given, and whether the other direction followed.
struct Mention {
    coupling: f64,
    line: usize,
    forward: bool,
    both: bool,
}

fn three(line: usize, cells: &[f64]) -> Result<&[f64; 3], TableError> {
    cells.try_into().map_err(|_| TableError::Columns { line, expected: 3, found: cells.len() })
}

fn site(line: usize, value: f64) -> Result<u32, CouplingsError> {
    if (0.0..MOST_SITES).contains(&value) && value.fract() == 0.0 {
        Ok(value as u32)
    } else {
        Err(CouplingsError::Site { line, value })
    }
}

fn check_directions(seen: &BTreeMap<(u32, u32), Mention>) -> Result<(), CouplingsError> {
    if !seen.values().any(|mention| mention.both) {
        return Ok(());
    }
    match seen.iter().find(|(_, mention)| !mention.both) {
        None => Ok(()),
        Some((&(a, b), mention)) => {
            let (i, j) = if mention.forward { (a, b) } else { (b, a) };
            Err(CouplingsError::OneWay { line: mention.line, i, j })
        }
    }
}

fn check_gaps<'a>(bonds: impl Iterator<Item = &'a (u32, u32)>) -> Result<(), CouplingsError> {
    let mut sites: Vec<u32> = bonds.flat_map(|&(i, j)| [i, j]).collect();
    sites.sort_unstable();
    sites.dedup();
    let last = *sites.last().ok_or(CouplingsError::Empty)?;
    match sites.iter().zip(0..).find(|&(&site, expected)| site != expected) {
        None => Ok(()),
        Some((_, site)) => Err(CouplingsError::Gap { site, last }),
    }
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
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::model::{Boundary, LatticeKind};

    #[test]
    fn tables_are_read_with_and_without_header_and_in_either_direction() {
        let bond = |i, j, coupling| Bond { i, j, coupling };
        let expected = vec![bond(0, 1, 0.5), bond(0, 2, -1.0), bond(1, 2, 2.0)];
        for text in [
            "i[1],j[1],J_ij[E0]\n0,1,0.5\n1,2,2\n2,0,-1\n",
            "i,j,J\n1,0,0.5\n\n# a comment\n2,1,2.0\n0,2,-1",
            "0,1,0.5\n1,0,0.5\n1,2,2\n2,1,2\n2,0,-1\n0,2,-1",
        ] {
            assert_eq!(parse(text).unwrap(), expected);
        }
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let cases = [
            ("", "the table of couplings has no bonds"),
            ("i,k,J\n0,1,1", "the header must be i,j,J, got `i,k,j`"),
            ("i,j,J\n0,1", "line 2: expected 3 columns, got 2"),
            ("0,1\n1,2", "line 1: expected 3 columns, got 2"),
            ("0,1,1\n1,2,", "line 2: expected a number, got ``"),
            ("0,1,1\n1,2,NaN", "line 2: a coupling must be finite, got NaN"),
            ("0,1,-inf", "line 1: a coupling must be finite, got -inf"),
            ("0,1,1\n2,2,1", "line 2: site 2 is bonded to itself"),
            ("0,1,1\n1,1.5,1", "line 2: a site must be a whole number from 0 to 2^31 - 1, got 1.5"),
            ("0,-1,1", "line 1: a site must be a whole number from 0 to 2^31 - 1, got -1"),
            ("0,4000000000,1", "line 1: a site must be a whole number from 0 to 2^31 - 1, got 4000000000"),
            ("0,1,1\n1,3,1", "site 2 has no bond: sites must be numbered from 0 to 3 without gaps"),
            ("1,2,1", "site 0 has no bond: sites must be numbered from 0 to 2 without gaps"),
            ("0,1,1\n1,2,1\n1,0,2", "lines 1 and 3 are asymmetric: J = 1 for 0,1 but 2 for 1,0"),
            ("0,1,1\n1,2,1\n0,1,1", "line 3: bond 0,1 is already given in line 1"),
            ("0,1,1\n1,0,1\n1,0,1", "line 3: bond 1,0 is already given in line 1"),
            (
                "0,1,1\n1,0,1\n2,1,1",
                "line 3: bond 2-1 is given as 2,1 but not as 1,2, while other bonds are given both ways",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(parse(text).unwrap_err().to_string(), message, "{text}");
        }
    }

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
