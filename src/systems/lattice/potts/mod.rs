//! The q-state Potts model H = -J sum delta(s, s') on any lattice, and on the infinite chain and plane.
//!
//! Energies and temperatures in units of one arbitrary energy, k_B = 1; J > 0 favours equal neighbours. With q = 2 it
//! is the Ising model of coupling J/2, its energies moved by J/2 per bond.

mod chain;
mod counting;
mod infinite;
mod model;
mod order;
mod row;

use std::sync::OnceLock;

pub use counting::{PottsJointLevel, PottsLevel};
pub use infinite::InfinitePotts;
pub use model::{PottsState, Recolour};
pub use order::OrderMoments;
pub(in crate::systems) use row::ROW;

use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::model::{Boundary, Exact, Lattice, LatticeKind, SystemError};
use crate::units::{Beta, Temperature};
use counting::CountedLevel;

const SYSTEM: &str = "potts";
const MOST_COLOURS: u32 = 64;

/// A finite q-state Potts model.
///
/// Exact results: chains of any length, open or periodic, in closed form; other lattices while their colourings can
/// be counted in about a second: 5 x 5 periodic or 4 x 40 at any q, 6 x 6 periodic and 10 x 10 open at q = 3, and all
/// lattices of few sites.
///
/// # Examples
///
/// ```
/// use gibbs::model::{Boundary, Exact, Lattice, LatticeKind};
/// use gibbs::systems::Potts;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), gibbs::model::SystemError> {
/// // The partition function of a ring is (e^K + q - 1)^N + (q - 1)(e^K - 1)^N.
/// let ring = Potts::new(Lattice::new(LatticeKind::Chain, &[8], Boundary::Periodic)?, 3, 1.0)?;
/// let ln_z = ((1f64.exp() + 2.0).powi(8) + 2.0 * 1f64.exp_m1().powi(8)).ln();
/// assert!((ring.thermo(Beta::new(1.0)?)?.ln_z - ln_z).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// R. B. Potts, Math. Proc. Camb. Phil. Soc. 48, 106 (1952), doi:10.1017/S0305004100027419;
/// F. Y. Wu, Rev. Mod. Phys. 54, 235 (1982), doi:10.1103/RevModPhys.54.235.
#[derive(Clone, Debug)]
pub struct Potts {
    lattice: Lattice,
    q: u32,
    j: f64,
    /// Levels by energy, and by energy and largest colour, once they have been asked for; `None` if too many.
    by_energy: OnceLock<Option<Counted<PottsLevel>>>,
    by_both: OnceLock<Option<Counted<PottsJointLevel>>>,
}

/// Counted levels and the spectrum they make, with energies measured from `reference`.
#[derive(Clone, Debug)]
struct Counted<L> {
    levels: Vec<L>,
    spectrum: Spectrum,
    reference: f64,
}

impl Potts {
    /// `q` colours on `lattice` with coupling `j`.
    ///
    /// # Errors
    ///
    /// q outside 2..=64; a coupling that is not finite.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::model::{Boundary, Lattice, LatticeKind};
    /// use gibbs::systems::Potts;
    /// # fn main() -> Result<(), gibbs::model::SystemError> {
    /// let lattice = Lattice::new(LatticeKind::Square, &[4, 4], Boundary::Periodic)?;
    /// let refusal = Potts::new(lattice, 1, 1.0).map(|_| ()).map_err(|error| error.to_string());
    /// assert_eq!(refusal, Err("potts: `q` must be a whole number from 2 to 64, got `1`".to_owned()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(lattice: Lattice, q: u32, j: f64) -> Result<Self, SystemError> {
        let (q, j) = checked(q, j)?;
        Ok(Self { lattice, q, j, by_energy: OnceLock::new(), by_both: OnceLock::new() })
    }

    /// The lattice.
    #[must_use]
    pub fn lattice(&self) -> &Lattice {
        &self.lattice
    }

    /// q, number of colours.
    #[must_use]
    pub fn q(&self) -> u32 {
        self.q
    }

    /// J, coupling.
    #[must_use]
    pub fn j(&self) -> f64 {
        self.j
    }

    /// T_c = J/ln(1 + sqrt q) of the infinite lattice; `None` for other lattices than the square one and for J <= 0.
    #[must_use]
    pub fn critical_temperature(&self) -> Option<Temperature> {
        let square = self.lattice.kind() == LatticeKind::Square;
        if square { InfinitePotts::plane(self.q, self.j).ok()?.critical_temperature() } else { None }
    }

    /// Density of states by number of satisfied bonds.
    ///
    /// # Errors
    ///
    /// Too many colourings to count in about a second.
    pub fn density_of_states(&self) -> Result<&[PottsLevel], SystemError> {
        Ok(&self.counted_by_energy()?.levels)
    }

    /// Density of states by number of satisfied bonds and size of the largest colour.
    ///
    /// # Errors
    ///
    /// Too many colourings to count in about a second.
    pub fn joint_density_of_states(&self) -> Result<&[PottsJointLevel], SystemError> {
        Ok(&self.counted_by_both()?.levels)
    }

    fn counted_by_energy(&self) -> Result<&Counted<PottsLevel>, SystemError> {
        self.counted(&self.by_energy)
    }

    fn counted_by_both(&self) -> Result<&Counted<PottsJointLevel>, SystemError> {
        self.counted(&self.by_both)
    }

    /// What has been counted before, or is now.
    fn counted<'a, L: CountedLevel>(
        &self,
        before: &'a OnceLock<Option<Counted<L>>>,
    ) -> Result<&'a Counted<L>, SystemError> {
        let counted = match before.get() {
            Some(counted) => counted,
            None => {
                let counted = self.count()?;
                before.get_or_init(|| counted)
            }
        };
        counted.as_ref().ok_or(SystemError::NoExactResult {
            system: SYSTEM,
            reason: "the lattice has too many states to count; shorten all sides but one, or sample it instead",
        })
    }

    fn count<L: CountedLevel>(&self) -> Result<Option<Counted<L>>, SystemError> {
        let Some(levels) = counting::levels::<L>(&self.lattice, self.q) else { return Ok(None) };
        let satisfied = levels.iter().map(CountedLevel::satisfied);
        let best = if self.j >= 0.0 { satisfied.max() } else { satisfied.min() }.unwrap_or(0);
        // From the ground state, the distances of levels have no rounding of a far zero of energy.
        let energies = levels.iter().map(|level| -self.j * (level.satisfied() as f64 - best as f64)).collect();
        let ln_counts = levels.iter().map(|level| level.count().ln()).collect();
        let spectrum = Spectrum::with_ln_degeneracies(energies, ln_counts)?;
        Ok(Some(Counted { levels, spectrum, reference: -self.j * best as f64 }))
    }
}

fn checked(q: u32, j: f64) -> Result<(u32, f64), SystemError> {
    if !(2..=MOST_COLOURS).contains(&q) {
        return Err(SystemError::parameter(SYSTEM, "q", "a whole number from 2 to 64", q));
    }
    if !j.is_finite() {
        return Err(SystemError::parameter(SYSTEM, "j", "a finite number", j));
    }
    Ok((q, j + 0.0))
}

/// `thermo`, whose energies are measured from `reference`, with energies measured from 0.
fn measured_from(reference: f64, thermo: Thermo) -> Thermo {
    let offset = if reference == 0.0 { 0.0 } else { thermo.beta.get() * reference };
    Thermo { ln_z: thermo.ln_z - offset, energy: reference + thermo.energy, ..thermo }
}

impl Exact for Potts {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        let n = self.lattice.n_sites();
        if self.j == 0.0 {
            let ln_states = self.entropy_limits().1;
            return Ok(Thermo { beta, ln_z: ln_states, energy: 0.0, entropy: ln_states, heat_capacity: 0.0 });
        }
        match (self.lattice.kind(), self.lattice.boundary()) {
            (LatticeKind::Chain, Boundary::Periodic) => Ok(chain::ring(n, self.q, self.j, beta)?),
            (LatticeKind::Chain, Boundary::Open) => Ok(chain::open(n, self.q, self.j, beta)?),
            _ => {
                let counted = self.counted_by_energy()?;
                Ok(measured_from(counted.reference, Canonical::new(&counted.spectrum, beta).thermo()))
            }
        }
    }

    fn n_sites(&self) -> f64 {
        self.lattice.n_sites() as f64
    }

    /// `(ln g_0, N ln q)`; ln g_0 is NaN where no exact result tells it.
    fn entropy_limits(&self) -> (f64, f64) {
        let ln_states = self.n_sites() * f64::from(self.q).ln();
        let ground = if self.j == 0.0 {
            ln_states
        } else {
            self.thermo(Beta::INFINITE).map_or(f64::NAN, |thermo| thermo.entropy)
        };
        (ground, ln_states)
    }
}
