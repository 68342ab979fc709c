//! The parameters that lattice models share: dimension, side, kind of lattice, boundary.

use crate::model::{Boundary, Lattice, LatticeKind};
use crate::numerics::whole;
use crate::systems::CatalogueError;
use crate::systems::description::{ParameterDescription, parameter};
use crate::systems::parameters::Parameters;

pub(in crate::systems) const DIMENSION: ParameterDescription =
    parameter("dimension", Some("2"), "1", "1, 2 or 3: chain, square or cubic");
pub(in crate::systems) const LATTICE: ParameterDescription = parameter(
    "lattice",
    None,
    "-",
    "chain, square, cubic, triangular (square with one diagonal) or honeycomb (a brick wall: square without every other \
     vertical bond, so l counts sites along its rows and columns); default: by dimension",
);
pub(in crate::systems) const SIDE: ParameterDescription = parameter(
    "l",
    Some("32"),
    "1",
    "side, or sides as 4x6; along a periodic side of 2, two bonds join each pair of neighbours",
);
pub(in crate::systems) const COUPLING: ParameterDescription =
    parameter("j", Some("1"), "E0", "coupling; positive is ferromagnetic");
pub(in crate::systems) const BOUNDARY: ParameterDescription =
    parameter("boundary", Some("periodic"), "-", "periodic or open");

/// Couplings and fields whose totals over any lattice are finite numbers.
pub(in crate::systems) const LARGEST: f64 = 1e290;
/// What they must be.
pub(in crate::systems) const ENERGY: &str = "finite and at most 1e290 in size";

/// Reads `j=`.
pub(in crate::systems) fn coupling(parameters: &Parameters<'_>) -> Result<f64, CatalogueError> {
    parameters.number("j", ENERGY, |j| j.abs() <= LARGEST)
}

/// A side given as `inf`, or a finite lattice.
pub(in crate::systems) enum Extent {
    Infinite(LatticeKind),
    Finite(Lattice),
}

/// Reads `dimension=`, `lattice=`, `l=` and `boundary=`.
pub(in crate::systems) fn extent(parameters: &Parameters<'_>) -> Result<Extent, CatalogueError> {
    let kind = kind(parameters)?;
    let boundary = boundary(parameters)?;
    let l = parameters.text("l");
    if l == "inf" {
        return Ok(Extent::Infinite(kind));
    }
    let side = |text: &str| {
        whole(text)
            .and_then(|side| usize::try_from(side).ok())
            .ok_or_else(|| parameters.refusal("l", "a side, sides as 4x6, or inf", l))
    };
    let mut sides = l.split('x').map(side).collect::<Result<Vec<usize>, _>>()?;
    if let [one] = sides[..] {
        sides = vec![one; kind.dimension()];
    }
    if sides.len() != kind.dimension() {
        return Err(parameters.refusal("l", "one side, or one for each dimension", l));
    }
    Ok(Extent::Finite(Lattice::new(kind, &sides, boundary)?))
}

/// Reads `boundary=`.
pub(in crate::systems) fn boundary(parameters: &Parameters<'_>) -> Result<Boundary, CatalogueError> {
    match parameters.text("boundary") {
        "periodic" => Ok(Boundary::Periodic),
        "open" => Ok(Boundary::Open),
        other => Err(parameters.refusal("boundary", "periodic or open", other)),
    }
}

/// Reads the lattice of a model that has no infinite form.
pub(in crate::systems) fn finite(parameters: &Parameters<'_>) -> Result<Lattice, CatalogueError> {
    match extent(parameters)? {
        Extent::Finite(lattice) => Ok(lattice),
        Extent::Infinite(_) => {
            Err(parameters.refusal("l", "finite: no infinite lattice of this kind is solved", "inf"))
        }
    }
}

fn kind(parameters: &Parameters<'_>) -> Result<LatticeKind, CatalogueError> {
    let by_dimension = |text: &str| match text {
        "1" => Ok(LatticeKind::Chain),
        "2" => Ok(LatticeKind::Square),
        "3" => Ok(LatticeKind::Cubic),
        other => Err(parameters.refusal("dimension", "1, 2 or 3", other)),
    };
    let Some(name) = parameters.given("lattice") else { return by_dimension(parameters.text("dimension")) };
    let all =
        [LatticeKind::Chain, LatticeKind::Square, LatticeKind::Cubic, LatticeKind::Triangular, LatticeKind::Honeycomb];
    let kind = all
        .into_iter()
        .find(|kind| kind.name() == name)
        .ok_or_else(|| parameters.refusal("lattice", "chain, square, triangular, honeycomb or cubic", name))?;
    match parameters.given("dimension") {
        Some(given) if by_dimension(given)?.dimension() != kind.dimension() => {
            Err(parameters.refusal("dimension", "that of the lattice, or left out", given))
        }
        _ => Ok(kind),
    }
}
