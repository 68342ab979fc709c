//! The Ising chain in a transverse field: free fermions at any length, and the levels by diagonalization.

use std::sync::OnceLock;

use super::blocks::eigenvalues;
use super::fermions::{Sector, sectors};
use super::parity::{Combined, combine, spectrum};
use super::symmetry::{Bits, Group};
use super::{RESOLUTION, checked, require_sites};
use crate::ensemble::{Spectrum, Thermo};
use crate::model::{Boundary, Exact, SystemError};
use crate::systems::merging::merge_levels;
use crate::units::Beta;

const SYSTEM: &str = "tfim_chain";
/// Longest chain: its modes take a second.
const MOST_SITES: u32 = 1_000_000;
/// Longest chain whose levels are listed: at most 2^20 of them.
const MOST_LISTED: u32 = 20;
/// Longest chains that are diagonalized in seconds: blocks of at most 1100 rows.
const MOST_DIAGONALIZED_OPEN: u32 = 12;
const MOST_DIAGONALIZED_PERIODIC: u32 = 14;

/// `H = -J sum_i sz_i sz_i+1 - Gamma sum_i sx_i` with Pauli matrices sz, sx.
///
/// The chain is a gas of free fermions: an open one has n independent modes; a ring has two sectors, an even and an odd number of
/// fermions, with wave numbers of their own. Both are solved exactly at any length, as sums of positive terms; the exponentially
/// small energy between the two lowest levels of a chain with J > Gamma keeps all its digits, so that S(0) = 0 until it underflows
/// and S(0) = ln 2 beyond. The *listed* levels of [`TfimChain::spectrum`] are joined where they differ by less than
/// 10^-13 sqrt(n) (abs(J) + abs(Gamma)).
///
/// Around a ring of 2 sites both bonds count. Every temperature is legal: 0, infinite, negative.
///
/// # Examples
///
/// The ground state of a critical ring is `-2 J/sin(pi/2n)`.
///
/// ```
/// use gibbs::model::{Boundary, Exact};
/// use gibbs::systems::TfimChain;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), gibbs::model::SystemError> {
/// let ring = TfimChain::new(1000, 1.0, 1.0, Boundary::Periodic)?;
/// let ground = ring.thermo(Beta::INFINITE)?;
/// assert!((ground.energy * (std::f64::consts::PI / 2000.0).sin() + 2.0).abs() < 1e-12);
/// assert_eq!(ground.entropy, 0.0);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// P. Pfeuty, Ann. Phys. 57, 79 (1970), doi:10.1016/0003-4916(70)90270-8;
/// E. Lieb, T. Schultz and D. Mattis, Ann. Phys. 16, 407 (1961), doi:10.1016/0003-4916(61)90115-4.
#[derive(Clone, Debug)]
pub struct TfimChain {
    n: u32,
    j: f64,
    gamma: f64,
    boundary: Boundary,
    sectors: Vec<Sector>,
    /// Those of -H, for negative temperatures.
    inverted: OnceLock<Vec<Sector>>,
    spectrum: OnceLock<Option<Spectrum>>,
}

impl TfimChain {
    /// A chain of `n` spins with coupling `j` and transverse field `gamma`.
    ///
    /// # Errors
    ///
    /// Fewer than 2 spins or more than a million; a parameter that is not finite or beyond 1e100 in size.
    pub fn new(n: u32, j: f64, gamma: f64, boundary: Boundary) -> Result<Self, SystemError> {
        require_sites(SYSTEM, n, MOST_SITES, "2 to 1000000 (or inf)")?;
        let (j, gamma) = (checked(SYSTEM, "j", j)?, checked(SYSTEM, "gamma", gamma)?);
        let (sectors, inverted) = (sectors(n, j, gamma, boundary), OnceLock::new());
        Ok(Self { n, j, gamma, boundary, sectors, inverted, spectrum: OnceLock::new() })
    }

    /// Number of spins.
    #[must_use]
    pub fn n(&self) -> u32 {
        self.n
    }

    /// Open or periodic.
    #[must_use]
    pub fn boundary(&self) -> Boundary {
        self.boundary
    }

    /// All levels with their degeneracies, as sums of mode energies; `None` above 20 spins.
    #[must_use]
    pub fn spectrum(&self) -> Option<&Spectrum> {
        let listed = || if self.n <= MOST_LISTED { spectrum(&self.sectors, self.coupling()).ok() } else { None };
        self.spectrum.get_or_init(listed).as_ref()
    }

    /// `<sx>` per site, `-(dF/dGamma)/n`, at `beta`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::model::Boundary;
    /// use gibbs::systems::TfimChain;
    /// use gibbs::units::Beta;
    /// # fn main() -> Result<(), gibbs::model::SystemError> {
    /// // Uncoupled spins in their field.
    /// let free = TfimChain::new(5, 0.0, 1.0, Boundary::Open)?;
    /// assert!((free.transverse_magnetization(Beta::new(0.5)?)? - 0.5f64.tanh()).abs() < 1e-15);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Exact::thermo`], which takes every beta.
    pub fn transverse_magnetization(&self, beta: Beta) -> Result<f64, SystemError> {
        Ok(-self.combined(beta)?.slope / self.n_sites())
    }

    /// The levels by diagonalization of the spins, in symmetric blocks, without any fermions: an independent check.
    ///
    /// # Errors
    ///
    /// More than 12 spins on an open chain or 14 on a ring.
    pub fn diagonalized(&self) -> Result<Spectrum, SystemError> {
        let (most, expected) = match self.boundary {
            Boundary::Open => (MOST_DIAGONALIZED_OPEN, "2 to 12 for diagonalization (free fermions reach any length)"),
            Boundary::Periodic => {
                (MOST_DIAGONALIZED_PERIODIC, "2 to 14 for diagonalization (free fermions reach any length)")
            }
        };
        require_sites(SYSTEM, self.n, most, expected)?;
        let n = self.n;
        let n_bonds = if self.boundary == Boundary::Periodic { n } else { n - 1 };
        let scale = self.j.abs().max(self.gamma.abs()).max(f64::MIN_POSITIVE);
        let (j, gamma) = (self.j / scale, self.gamma / scale);
        let states: Vec<Bits> = (0..1 << n).collect();
        let apply = |state: Bits, add: &mut dyn FnMut(Bits, f64)| {
            let unlike = (0..n_bonds).filter(|&bond| (state >> bond ^ state >> ((bond + 1) % n)) & 1 == 1).count();
            add(state, j * (2.0 * unlike as f64 - f64::from(n_bonds)));
            (0..n).for_each(|site| add(state ^ 1 << site, -gamma));
        };
        let levels = eigenvalues(n, &states, &Group::new(n, self.boundary, true), apply);
        let (energies, degeneracies) = merge_levels(levels, RESOLUTION * f64::from(n));
        let energies = energies.into_iter().map(|energy| scale * energy).collect();
        Ok(Spectrum::with_degeneracies(energies, &degeneracies)?)
    }

    /// Energy that rounding is measured by.
    fn coupling(&self) -> f64 {
        self.j.abs() + self.gamma.abs()
    }

    /// The sectors of H, or those of -H where beta is negative.
    pub(crate) fn sectors(&self, beta: Beta) -> &[Sector] {
        if beta.get() < 0.0 {
            self.inverted.get_or_init(|| sectors(self.n, -self.j, -self.gamma, self.boundary))
        } else {
            &self.sectors
        }
    }

    /// All states at abs(beta) of the Hamiltonian whose sectors [`TfimChain::sectors`] gives.
    pub(crate) fn combined(&self, beta: Beta) -> Result<Combined, SystemError> {
        let positive = Beta::new(beta.get().abs())?;
        let reason = "a chain has at least one sector";
        combine(self.sectors(beta), self.coupling(), positive)
            .ok_or(SystemError::NoExactResult { system: SYSTEM, reason })
    }
}

impl Exact for TfimChain {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        let thermo = self.combined(beta)?.portion.thermo();
        Ok(if beta.get() < 0.0 { Thermo { beta, energy: -thermo.energy, ..thermo } } else { thermo })
    }

    /// Modes that are alike lose the same digits, and there may be millions.
    fn rounding(&self) -> (f64, f64) {
        (4e-14, 0.0)
    }

    fn n_sites(&self) -> f64 {
        f64::from(self.n)
    }

    fn entropy_limits(&self) -> (f64, f64) {
        let ground = self.thermo(Beta::INFINITE).map_or(f64::NAN, |thermo| thermo.entropy);
        (ground, self.n_sites() * std::f64::consts::LN_2)
    }
}
