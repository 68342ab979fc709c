//! Ising spins with given couplings on any graph: the Edwards–Anderson and Sherrington–Kirkpatrick spin glasses.

mod bonds;
mod couplings_error;
mod couplings_table;
mod enumeration;
mod glass_flip;
mod listed_states;
mod model;
mod row;

pub use bonds::Bond;
pub use couplings_error::CouplingsError;
pub use enumeration::GlassMoments;
pub use glass_flip::GlassFlip;
pub use model::GlassState;
pub(in crate::systems) use row::ROW;

use std::sync::OnceLock;

use rand::Rng;

use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::model::{Exact, Lattice, SystemError};
use crate::numerics::sum;
use crate::units::Beta;
use listed_states::ListedStates;

const SYSTEM: &str = "spin_glass";
/// Most sites of a lattice: two gigabytes of couplings in three dimensions.
const MOST_SITES: usize = 1 << 24;

/// Ising spins with `H = -sum_<ij> J_ij s_i s_j - h sum_i s_i`, s = +1 or -1; J_ij > 0 prefers parallel spins.
///
/// Energies are whole numbers of a small unit inside, so that no sum drifts however many flips it follows and states
/// whose energies tie do so exactly: a power of ten where that holds all couplings and the field (at most 12 decimals), else
/// a power of two, 2^-60 of the sum of all couplings or less. Up to 24 spins all states are listed and every
/// average is exact.
///
/// # Examples
///
/// A triangle of antiferromagnetic bonds is frustrated: six of its eight states share the lowest energy.
///
/// ```
/// use gibbs::model::Exact;
/// use gibbs::systems::SpinGlass;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), gibbs::systems::CouplingsError> {
/// let triangle = SpinGlass::from_text("i,j,J\n0,1,-0.1\n1,2,-0.1\n2,0,-0.1", 0.0)?;
/// let ground = triangle.thermo(Beta::INFINITE)?;
/// assert_eq!(ground.energy, -0.1);
/// assert!((ground.entropy - 6f64.ln()).abs() < 1e-15);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// S. F. Edwards and P. W. Anderson, J. Phys. F 5, 965 (1975), doi:10.1088/0305-4608/5/5/017;
/// D. Sherrington and S. Kirkpatrick, Phys. Rev. Lett. 35, 1792 (1975), doi:10.1103/PhysRevLett.35.1792.
#[derive(Clone, Debug)]
pub struct SpinGlass {
    n_sites: usize,
    h: f64,
    /// Sorted by sites, i < j.
    bonds: Vec<Bond>,
    /// Number of the small units in one unit of energy.
    units: f64,
    /// h in small units.
    field: i64,
    /// Neighbours of site i are `offsets[i]..offsets[i + 1]` of the two lists below.
    offsets: Vec<u32>,
    neighbours: Vec<u32>,
    /// J_ij in small units.
    couplings: Vec<i64>,
    listed_states: OnceLock<ListedStates>,
}

impl SpinGlass {
    /// The couplings of a comma-separated table with rows `i,j,J` (a header `i,j,J` may stand first, with units in
    /// brackets) in the field `h`.
    ///
    /// Sites are numbered from 0. A pair of sites is one bond: the table gives it once, or, like all others, once in
    /// each direction with the same J. Where a lattice has two parallel bonds (a periodic side of 2), J is their sum.
    ///
    /// # Errors
    ///
    /// A row that is no bond, a site without bonds, a bond given twice or unlike in its two directions, each with the
    /// number of the line; a field or a sum of energies that is not finite.
    pub fn from_text(text: &str, h: f64) -> Result<Self, CouplingsError> {
        Ok(Self::new(couplings_table::parse(text)?, h)?)
    }

    /// Couplings +1 and -1 with equal probability on the bonds of `lattice`, in the field `h`.
    ///
    /// One 32-bit word of `rng` per bond, in the order of [`Lattice::bonds`] (sites in order, each with its bonds forward
    /// along x, y, z), whose highest bit means +1: a seed names an instance for ever. Parallel bonds of a side of
    /// length 2 add up.
    ///
    /// # Errors
    ///
    /// More than 2^24 sites; a field that is not finite.
    pub fn bimodal<R: Rng + ?Sized>(lattice: &Lattice, h: f64, rng: &mut R) -> Result<Self, SystemError> {
        Self::new(bonds::bimodal(require_size(lattice)?, rng), h)
    }

    /// Couplings from Normal(0, 1) on the bonds of `lattice`, drawn in the order of [`SpinGlass::bimodal`].
    ///
    /// # Errors
    ///
    /// More than 2^24 sites; a field that is not finite.
    pub fn gaussian<R: Rng + ?Sized>(lattice: &Lattice, h: f64, rng: &mut R) -> Result<Self, SystemError> {
        Self::new(bonds::gaussian(require_size(lattice)?, rng), h)
    }

    /// This glass, if its bonds are those of `lattice`.
    ///
    /// # Errors
    ///
    /// A bond of the lattice that is missing, or one that it does not have.
    pub fn matching(self, lattice: &Lattice) -> Result<Self, CouplingsError> {
        bonds::check_match(&self.bonds, lattice)?;
        Ok(self)
    }

    fn new(bonds: Vec<Bond>, h: f64) -> Result<Self, SystemError> {
        if !h.is_finite() {
            return Err(SystemError::parameter(SYSTEM, "h", "a finite number", h));
        }
        let n_sites = bonds.iter().map(|bond| bond.j as usize + 1).max().unwrap_or(0);
        let units = small_units(&bonds, h, n_sites)?;
        let whole = |energy: f64| (energy * units).round() as i64;
        let mut offsets = vec![0u32; n_sites + 1];
        for bond in &bonds {
            offsets[bond.i as usize + 1] += 1;
            offsets[bond.j as usize + 1] += 1;
        }
        (0..n_sites).for_each(|site| offsets[site + 1] += offsets[site]);
        let mut next = offsets.clone();
        let (mut neighbours, mut couplings) = (vec![0; 2 * bonds.len()], vec![0; 2 * bonds.len()]);
        for bond in &bonds {
            for (site, other) in [(bond.i, bond.j), (bond.j, bond.i)] {
                let slot = &mut next[site as usize];
                neighbours[*slot as usize] = other;
                couplings[*slot as usize] = whole(bond.coupling);
                *slot += 1;
            }
        }
        let (field, listed_states) = (whole(h), OnceLock::new());
        Ok(Self { n_sites, h, bonds, units, field, offsets, neighbours, couplings, listed_states })
    }

    /// h, the field.
    #[must_use]
    pub fn h(&self) -> f64 {
        self.h
    }

    /// The bonds, sorted by their sites.
    #[must_use]
    pub fn bonds(&self) -> &[Bond] {
        &self.bonds
    }

    /// `sqrt(sum_j J_ij^2)` of the site i where it is largest: the temperature at which mean-field theory lets spins freeze.
    #[must_use]
    pub fn mean_field_temperature(&self) -> f64 {
        let squares = |site| self.around(site).map(|(_, coupling)| self.energy_of(coupling).powi(2)).sum::<f64>();
        (0..self.n_sites).map(squares).fold(0.0, f64::max).sqrt()
    }

    /// The neighbours of `site` with their couplings in small units.
    #[inline]
    fn around(&self, site: usize) -> impl Iterator<Item = (usize, i64)> + '_ {
        let range = self.offsets[site] as usize..self.offsets[site + 1] as usize;
        let sites = self.neighbours[range.clone()].iter().map(|&other| other as usize);
        sites.zip(self.couplings[range].iter().copied())
    }

    /// Largest local field that any state has, in small units.
    pub(crate) fn largest_field(&self) -> i64 {
        let reach = |site| self.around(site).map(|(_, coupling)| coupling.abs()).sum::<i64>() + self.field.abs();
        (0..self.n_sites).map(reach).max().unwrap_or(0)
    }

    /// An energy from its whole number of small units.
    #[inline]
    pub(crate) fn energy_of(&self, whole: i64) -> f64 {
        whole as f64 / self.units
    }
}

fn require_size(lattice: &Lattice) -> Result<&Lattice, SystemError> {
    if lattice.n_sites() <= MOST_SITES {
        return Ok(lattice);
    }
    Err(SystemError::parameter(SYSTEM, "l", "a lattice of at most 2^24 sites", lattice))
}

/// How many small units make one unit of energy: see [`SpinGlass`].
fn small_units(bonds: &[Bond], h: f64, n_sites: usize) -> Result<f64, SystemError> {
    let magnitude = sum(bonds.iter().map(|bond| bond.coupling.abs())) + n_sites as f64 * h.abs();
    if magnitude == 0.0 {
        return Ok(1.0);
    }
    if !(1e-280..=1e300).contains(&magnitude) {
        return Err(SystemError::SumOfEnergies(magnitude));
    }
    let energies = || bonds.iter().map(|bond| bond.coupling).chain([h]);
    let mut power = 1.0;
    for _ in 0..=12 {
        // Whole numbers up to 2^52 and their quotients by a power of ten are told apart by 64-bit numbers.
        if magnitude * power < (1u64 << 52) as f64 && energies().all(|e| (e * power).round() / power == e) {
            return Ok(power);
        }
        power *= 10.0;
    }
    Ok(2f64.powi(60 - magnitude.log2().ceil() as i32))
}

impl Exact for SpinGlass {
    /// From all states: at most 24 spins.
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        Ok(Canonical::new(self.levels()?, beta).thermo())
    }

    fn n_sites(&self) -> f64 {
        self.n_sites as f64
    }

    /// S(0) is NaN above 24 spins, whose ground states are not counted.
    fn entropy_limits(&self) -> (f64, f64) {
        let ground = self.levels().map_or(f64::NAN, Spectrum::ln_ground_degeneracy);
        (ground, self.n_sites as f64 * std::f64::consts::LN_2)
    }
}
