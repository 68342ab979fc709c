//! What is wrong with a table of couplings, line by line, or with one for another lattice.

use thiserror::Error;

use crate::arrays::ArrayError;
use crate::model::SystemError;

/// A table of couplings that names no Hamiltonian. Lines count from 1.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum CouplingsError {
    /// Text that is no table of numbers.
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// Bonds or a field that make no system.
    #[error(transparent)]
    System(#[from] SystemError),
    /// No bond at all.
    #[error("the table of couplings has no bonds")]
    Empty,
    /// A site that is no whole number.
    #[error("line {line}: a site must be a whole number from 0 to 2^31 - 1, got {value}")]
    Site { line: u64, value: f64 },
    /// A bond of a site with itself.
    #[error("line {line}: site {site} is bonded to itself")]
    SelfBond { line: u64, site: u32 },
    /// A coupling that is NaN or infinite.
    #[error("line {line}: a coupling must be finite, got {value}")]
    Coupling { line: u64, value: f64 },
    /// The two directions of a bond differ.
    #[error("lines {first_line} and {line} are asymmetric: J = {first} for {j},{i} but {second} for {i},{j}")]
    Asymmetric { i: u32, j: u32, first_line: u64, line: u64, first: f64, second: f64 },
    /// A bond given twice in the same direction.
    #[error("line {line}: bond {i},{j} is already given in line {first_line}")]
    Repeated { i: u32, j: u32, first_line: u64, line: u64 },
    /// A bond given one way in a table that gives others both ways.
    #[error("line {line}: bond {i}-{j} is given as {i},{j} but not as {j},{i}, while other bonds are given both ways")]
    OneWay { line: u64, i: u32, j: u32 },
    /// A number below the largest site that no bond mentions.
    #[error("site {site} has no bond: sites must be numbered from 0 to {last} without gaps")]
    Gap { site: u32, last: u32 },
    /// A bond of the lattice that the table lacks.
    #[error("bond {i}-{j} of the lattice {lattice} is missing")]
    Missing { i: u32, j: u32, lattice: String },
    /// A bond that the lattice lacks.
    #[error("bond {i}-{j} is no bond of the lattice {lattice}")]
    Extra { i: u32, j: u32, lattice: String },
}
