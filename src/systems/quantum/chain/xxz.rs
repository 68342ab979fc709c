//! The XXZ chain of spins 1/2: levels by magnetization and symmetry, magnetization and susceptibility.

use super::blocks::eigenvalues;
use super::symmetry::{Bits, Group};
use super::{RESOLUTION, checked, require_sites};
use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::model::{Boundary, Exact, SystemError};
use crate::numerics::sum;
use crate::simulation::Sampling;
use crate::systems::description::{DIRECT, parameter};
use crate::systems::lattice::parameters::{BOUNDARY, boundary};
use crate::systems::merging::{merge, merge_levels};
use crate::systems::{Description, System};
use crate::units::Beta;

const SYSTEM: &str = "xxz_chain";
/// Longest chains whose levels come in seconds: the largest blocks have 1500 and 700 rows.
const MOST_SITES_OPEN: u32 = 14;
const MOST_SITES_PERIODIC: u32 = 16;

/// `H = J sum_i (Sx_i Sx_i+1 + Sy_i Sy_i+1 + Delta Sz_i Sz_i+1) - h sum_i Sz_i` with spins S = sigma/2.
///
/// J > 0 is antiferromagnetic; Delta = 1 is the Heisenberg chain, Delta = 0 the XX chain. All levels come from real
/// symmetric blocks of fixed magnetization, wave number, reflection and (at magnetization 0) spin flip. Levels closer
/// than 10^-13 n abs(J) (1 + abs(Delta)) are one level. The field moves levels by `-h M` and needs no new diagonalization.
///
/// Around a ring of 2 sites both bonds count, as on every lattice here. Every temperature is legal: 0, infinite, negative.
///
/// # Examples
///
/// Two spins: a singlet at -3J/4 and a triplet at J/4.
///
/// ```
/// use gibbs::model::{Boundary, Exact};
/// use gibbs::systems::XxzChain;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), gibbs::model::SystemError> {
/// let pair = XxzChain::new(2, 1.0, 1.0, 0.0, Boundary::Open)?;
/// assert!((pair.spectrum().ground_energy() + 0.75).abs() < 1e-15);
/// let z = 1.0 + 3.0 * (-1.0f64).exp();
/// assert!((pair.thermo(Beta::new(1.0)?)?.entropy - (z.ln() + 3.0 * (-1.0f64).exp() / z)).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// J. C. Bonner and M. E. Fisher, Phys. Rev. 135, A640 (1964), doi:10.1103/PhysRev.135.A640;
/// A. W. Sandvik, AIP Conf. Proc. 1297, 135 (2010), doi:10.1063/1.3518900.
#[derive(Clone, Debug, PartialEq)]
pub struct XxzChain {
    n: u32,
    j: f64,
    delta: f64,
    h: f64,
    boundary: Boundary,
    /// Levels without field by magnetization.
    levels: Vec<Level>,
    spectrum: Spectrum,
    /// Mean and variance of M within each level of the spectrum.
    moments: Vec<(f64, f64)>,
}

/// States of one energy without field and one magnetization.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Level {
    energy: f64,
    magnetization: f64,
    degeneracy: f64,
}

impl XxzChain {
    /// A chain of `n` spins with coupling `j`, anisotropy `delta` and field `h`, diagonalized.
    ///
    /// # Errors
    ///
    /// Fewer than 2 spins, or more than are diagonalized in seconds: 14 on an open chain, 16 on a ring; a parameter that is
    /// not finite or beyond 1e100 in size.
    pub fn new(n: u32, j: f64, delta: f64, h: f64, boundary: Boundary) -> Result<Self, SystemError> {
        let (most, expected) = match boundary {
            Boundary::Open => (MOST_SITES_OPEN, "2 to 14 on an open chain (longer ones take too long)"),
            Boundary::Periodic => (MOST_SITES_PERIODIC, "2 to 16 on a ring (longer ones take too long)"),
        };
        require_sites(SYSTEM, n, most, expected)?;
        let (j, delta) = (checked(SYSTEM, "j", j)?, checked(SYSTEM, "delta", delta)?);
        Self::from_levels(n, j, delta, h, boundary, diagonalize(n, j, delta, boundary))
    }

    /// The same chain in another field: the levels move, nothing is diagonalized.
    ///
    /// # Errors
    ///
    /// A field that is not finite or beyond 1e100 in size.
    pub fn in_field(&self, h: f64) -> Result<Self, SystemError> {
        Self::from_levels(self.n, self.j, self.delta, h, self.boundary, self.levels.clone())
    }

    fn from_levels(
        n: u32,
        j: f64,
        delta: f64,
        h: f64,
        boundary: Boundary,
        levels: Vec<Level>,
    ) -> Result<Self, SystemError> {
        let h = checked(SYSTEM, "h", h)?;
        let resolution = RESOLUTION * f64::from(n) * (j.abs() * (1.0 + delta.abs()) + h.abs());
        // Energy in the field, degeneracy, and sums of M and M^2 over the states.
        let moved = |level: &Level| {
            let (m, g) = (level.magnetization, level.degeneracy);
            (level.energy - h * m, g, g * m, g * m * m)
        };
        let merged = merge(
            levels.iter().map(moved).collect(),
            resolution,
            |level| level.0,
            |kept, level| {
                kept.1 += level.1;
                kept.2 += level.2;
                kept.3 += level.3;
            },
        );
        let degeneracies: Vec<f64> = merged.iter().map(|level| level.1).collect();
        let spectrum = Spectrum::with_degeneracies(merged.iter().map(|level| level.0).collect(), &degeneracies)?;
        let moments = merged.iter().map(|&(_, g, first, second)| {
            let mean = first / g;
            (mean, (second / g - mean * mean).max(0.0))
        });
        let moments = moments.collect();
        Ok(Self { n, j, delta, h, boundary, levels, spectrum, moments })
    }

    /// All levels in the field, with their degeneracies.
    #[must_use]
    pub fn spectrum(&self) -> &Spectrum {
        &self.spectrum
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

    /// `<Sz>` per site, and `chi_zz = Var(sum Sz)/(N T)`, the derivative of the first by h.
    ///
    /// At T = 0, chi is infinite where the ground states differ in magnetization, and 0 otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::model::Boundary;
    /// use gibbs::systems::XxzChain;
    /// use gibbs::units::Beta;
    /// # fn main() -> Result<(), gibbs::model::SystemError> {
    /// // Curie's law of uncoupled spins: chi = 1/(4T).
    /// let free = XxzChain::new(4, 0.0, 1.0, 0.0, Boundary::Periodic)?;
    /// let (m, chi) = free.magnetic_response(Beta::new(2.0)?);
    /// assert!(m == 0.0 && (chi - 0.5).abs() < 1e-14);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn magnetic_response(&self, beta: Beta) -> (f64, f64) {
        let probabilities = Canonical::new(&self.spectrum, beta).probabilities();
        let mean = sum(probabilities.iter().zip(&self.moments).map(|(p, (m, _))| p * m));
        let square = |(p, (m, variance)): (&f64, &(f64, f64))| p * (variance + (m - mean).powi(2));
        let variance = sum(probabilities.iter().zip(&self.moments).map(square));
        let n = f64::from(self.n);
        (mean / n, if variance == 0.0 { 0.0 } else { beta.get() * variance / n })
    }
}

impl Exact for XxzChain {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        Ok(Canonical::new(&self.spectrum, beta).thermo())
    }

    fn n_sites(&self) -> f64 {
        f64::from(self.n)
    }

    fn entropy_limits(&self) -> (f64, f64) {
        (self.spectrum.ln_ground_degeneracy(), self.n_sites() * std::f64::consts::LN_2)
    }
}

/// The levels without field.
fn diagonalize(n: u32, j: f64, delta: f64, boundary: Boundary) -> Vec<Level> {
    let n_bonds = if boundary == Boundary::Periodic { n } else { n - 1 };
    // In units of J times 1 or Delta, whichever is larger, so that no square over- or underflows.
    let scale = delta.abs().max(1.0);
    let (along, across) = (0.25 * delta / scale, 0.5 / scale);
    let apply = |state: Bits, add: &mut dyn FnMut(Bits, f64)| {
        let mut diagonal = 0.0;
        for bond in 0..n_bonds {
            let pair: Bits = 1 << bond | 1 << ((bond + 1) % n);
            if (state & pair).count_ones() == 1 {
                diagonal -= along;
                add(state ^ pair, across);
            } else {
                diagonal += along;
            }
        }
        add(state, diagonal);
    };
    let mut levels = Vec::new();
    for up in 0..=n / 2 {
        let states: Vec<Bits> = (0..1 << n).filter(|state: &Bits| state.count_ones() == up).collect();
        let balanced = 2 * up == n;
        let group = Group::new(n, boundary, balanced);
        let sector = eigenvalues(n, &states, &group, apply);
        let (energies, degeneracies) = merge_levels(sector, RESOLUTION * f64::from(n));
        let magnetization = f64::from(up) - 0.5 * f64::from(n);
        for (energy, degeneracy) in energies.into_iter().zip(degeneracies) {
            let level = Level { energy: j * (scale * energy), magnetization, degeneracy };
            levels.push(level);
            if !balanced {
                levels.push(Level { magnetization: -magnetization, ..level });
            }
        }
    }
    levels
}

/// The row of `xxz_chain`.
pub(in crate::systems) static ROW: Description = Description {
    name: "xxz_chain",
    summary: "a chain of quantum spins 1/2; delta = 1 is Heisenberg's",
    hamiltonian: "H = j sum (SxSx + SySy + delta SzSz) - h sum Sz over neighbours, S = sigma/2; every T is legal",
    parameters: &[
        parameter("n", Some("8"), "1", "number of spins, 2 to 16 on a ring and to 14 on an open chain"),
        parameter("j", Some("1"), "E0", "coupling; positive is antiferromagnetic"),
        parameter("delta", Some("1"), "1", "anisotropy"),
        parameter("h", Some("0"), "E0", "field along z"),
        BOUNDARY,
    ],
    exact: "diagonalization by blocks of magnetization, momentum, reflection and spin flip",
    samplers: DIRECT,
    reference: "J. C. Bonner and M. E. Fisher, Phys. Rev. 135, A640 (1964), doi:10.1103/PhysRev.135.A640",
    unit: None,
    build: |parameters| {
        let n = parameters.parsed("n", "a whole number of spins")?;
        let [j, delta, h] = ["j", "delta", "h"].map(|name| parameters.finite(name));
        Ok(System::new(XxzChain::new(n, j?, delta?, h?, boundary(parameters)?)?))
    },
};

physical_system!(XxzChain, ROW, |system| Sampling::of_spectrum(system.spectrum()));
