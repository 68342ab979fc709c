//! Ising spins on a torus of even sides, one bit each, with their exact counts.

use crate::model::{Boundary, LatticeKind};
use crate::samplers::SamplerError;
use crate::simd::{Counts, Layout, Torus};
use crate::systems::Ising;
use serde::{Deserialize, Serialize};

/// Sides up to which words that are mostly empty do no harm.
const SMALL: usize = 64;
/// Spins that a word should hold beyond that.
const FEWEST: usize = 8;

/// The spins of one state, one bit each, with their bond sum and magnetization.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PackedSpins {
    pub(super) torus: Torus,
    magnetization: i64,
    bond_sum: i64,
}

/// Where the spins of `model` go, or why they cannot.
pub(super) fn layout(model: &Ising) -> Result<Layout, SamplerError> {
    let lattice = model.lattice();
    let sides = lattice.sides();
    let torus = lattice.kind() == LatticeKind::Square && lattice.boundary() == Boundary::Periodic;
    let layout = if torus { Layout::new(sides[0], sides[1]) } else { None };
    let roomy =
        |layout: &Layout| sides.iter().all(|&side| side <= SMALL) || layout.bands[0] * layout.bands[1] >= FEWEST;
    if model.h() != 0.0 {
        return Err(SamplerError::CheckerboardField(model.h()));
    }
    layout.filter(roomy).ok_or_else(|| SamplerError::CheckerboardLattice(lattice.to_string()))
}

impl PackedSpins {
    /// The state of `model` with these spins, `[n_sites]`, zero and positive numbers up; missing sites are up and
    /// extra ones ignored.
    ///
    /// # Errors
    ///
    /// A field, or a lattice that is no torus of suitable even sides: see [`crate::systems::Checkerboard::applies`].
    pub fn new(model: &Ising, spins: &[i8]) -> Result<Self, SamplerError> {
        let layout = layout(model)?;
        let lx = layout.sides[0];
        Ok(Self::from_torus(Torus::new(layout, |x, y| spins.get(x + lx * y).is_none_or(|&spin| spin >= 0))))
    }

    pub(super) fn from_torus(torus: Torus) -> Self {
        let counts = torus.counts();
        let mut state = Self { torus, magnetization: 0, bond_sum: 0 };
        state.record(counts);
        state
    }

    /// Takes over what a sweep counted.
    pub(super) fn record(&mut self, counts: Counts) {
        let n_sites = self.torus.layout().n_sites() as i64;
        self.magnetization = 2 * counts.up as i64 - n_sites;
        self.bond_sum = 2 * (n_sites - counts.antiparallel as i64);
    }

    /// B = sum of s s' over the bonds.
    #[must_use]
    pub fn bond_sum(&self) -> i64 {
        self.bond_sum
    }

    /// M = sum of s.
    #[must_use]
    pub fn magnetization(&self) -> i64 {
        self.magnetization
    }

    /// The spins, +1 or -1, `[n_sites]`, in the order of the lattice: x first.
    #[must_use]
    pub fn spins(&self) -> Vec<i8> {
        let [lx, ly] = self.torus.layout().sides;
        let spin = |site: usize| if self.torus.is_up(site % lx, site / lx) { 1 } else { -1 };
        (0..lx * ly).map(spin).collect()
    }
}
