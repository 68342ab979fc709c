//! The Lennard-Jones fluid in a periodic cube: its parameters, tails and pressure.
//!
//! Reduced units: eps = sigma = k_B = 1, so energies and temperatures are in eps, lengths in sigma, densities in
//! sigma^-3, pressures in eps/sigma^3. Everything here is configurational; the momenta add 3T/2 per particle to U and
//! 3/2 to C, and nothing else.

mod cells;
mod measure;
mod pair;
mod particle_cells;
mod particle_moves;
mod published;
mod row;
mod state;
mod two_particles;
mod virial;

pub use measure::{CHEMICAL_POTENTIAL, PRESSURE};
pub use particle_moves::ParticleMoves;
pub use published::Published;
pub(in crate::systems) use row::ROW;
pub use state::{Displacement, FluidState};
pub use virial::{BOYLE_TEMPERATURE, VirialLimit};

use std::f64::consts::PI;

use crate::model::SystemError;
use crate::units::{Beta, Temperature};

pub(crate) use pair::Pair;

const NAME: &str = "lennard_jones";

/// Most particles that a box may hold.
const MOST_PARTICLES: usize = 10_000_000;
/// Least nearest-neighbour distance \[sigma\] that the face-centred lattice of the density may have: there a pair has
/// the energy 43 eps and the crystal a pressure of some thousand eps/sigma^3, beyond any fluid.
const LEAST_DISTANCE: f64 = 0.8;
/// Half-width of proposed displacements \[sigma\] unless [`LennardJones::with_step`] sets another.
const DEFAULT_STEP: f64 = 0.3;

/// What is done about pairs beyond the cutoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairTruncation {
    /// The potential is cut at r_c, and the mean of what is cut off is added to energy, pressure and chemical
    /// potential as if the fluid were uniform out there: the standard long-range corrections.
    Cut,
    /// The potential is cut at r_c and raised by -u(r_c), so that it is continuous; nothing is added.
    Shifted,
}

/// N particles at number density rho in a periodic cube of side `L = (N/rho)^(1/3)`, with
/// `E = sum over pairs of u(r) + U_LRC`, `u(r) = 4 (r^-12 - r^-6)` for r < r_c, r the distance of nearest images.
///
/// Z is the configuration integral over V^N, `Z = int e^(-beta E) d^3N r / V^N`, so S is the excess over the ideal gas
/// of the same density and tends to 0 at high temperature. Energies of overlapping particles have no upper bound and
/// positions no levels, so T = 0 and infinite and negative temperatures are refused.
///
/// Exact results: one particle and two.
///
/// # Examples
///
/// ```
/// use gibbs::systems::{LennardJones, PairTruncation};
/// use gibbs::model::Model;
/// # fn main() -> Result<(), gibbs::model::SystemError> {
/// let fluid = LennardJones::new(500, 0.776, 3.0, PairTruncation::Cut)?;
/// assert!((fluid.tail_energy() / 500.0 + 0.2407).abs() < 1e-4);
/// // Two particles at the bottom of the well.
/// let pair = LennardJones::new(2, 0.001, 5.0, PairTruncation::Cut)?;
/// let state = pair.state(&[[0.0; 3], [2f64.powf(1.0 / 6.0), 0.0, 0.0]])?;
/// assert!((pair.energy(&state) - pair.tail_energy() + 1.0).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// M. P. Allen and D. J. Tildesley, Computer Simulation of Liquids, 2nd ed. (2017), doi:10.1093/oso/9780198803195.001.0001.
#[derive(Clone, Debug, PartialEq)]
pub struct LennardJones {
    n: usize,
    density: f64,
    truncation: PairTruncation,
    side: f64,
    pair: Pair,
    step: f64,
}

impl LennardJones {
    /// `n` particles at number `density` \[sigma^-3\], potential treated by `truncation` at `cutoff` \[sigma\].
    ///
    /// # Errors
    ///
    /// - n = 0 or above ten million;
    /// - a density that is not positive or above 2.76, where nearest neighbours on a face-centred lattice are 0.8 sigma
    ///   apart (close-packed spheres of diameter sigma have 1.41);
    /// - a cutoff below 1, or above half the side of the box, where a particle would meet two images of another.
    pub fn new(n: usize, density: f64, cutoff: f64, truncation: PairTruncation) -> Result<Self, SystemError> {
        let refuse = |name, expected, value: String| SystemError::Parameter { system: NAME, name, expected, value };
        if !(1..=MOST_PARTICLES).contains(&n) {
            return Err(refuse("n", "from 1 to 10000000", n.to_string()));
        }
        let densest = 2f64.sqrt() / LEAST_DISTANCE.powi(3);
        if !(density > 0.0 && density <= densest) {
            let expected = "positive and at most 2.76, beyond which neighbours are closer than 0.8 sigma";
            return Err(refuse("density", expected, density.to_string()));
        }
        let side = (n as f64 / density).cbrt();
        if !(side.is_finite() && density.is_normal()) {
            return Err(refuse("density", "large enough for a box of finite side", density.to_string()));
        }
        if !(cutoff >= 1.0 && cutoff.is_finite()) {
            return Err(refuse("cutoff", "at least 1 (sigma) and finite", cutoff.to_string()));
        }
        // The slack is that of the cube root.
        if 2.0 * cutoff > side * (1.0 + 4.0 * f64::EPSILON) {
            let needed = (8.0 * cutoff.powi(3) * density).ceil();
            let largest = (0.5e4 * side).floor() / 1e4;
            return Err(SystemError::Cutoff { system: NAME, cutoff, largest, n, needed });
        }
        let pair = Pair::new(cutoff, truncation);
        Ok(Self { n, density, truncation, side, pair, step: DEFAULT_STEP.min(0.5 * side) })
    }

    /// The same with displacements proposed uniformly in a cube of half-width `step` \[sigma\]; 0.3 unless set.
    ///
    /// A constant of the model, so that it cannot follow the state while a chain is measured.
    ///
    /// # Errors
    ///
    /// A step that is not positive or exceeds half the side of the box.
    pub fn with_step(self, step: f64) -> Result<Self, SystemError> {
        if !(step > 0.0 && step <= 0.5 * self.side) {
            return Err(SystemError::parameter(NAME, "step", "positive and at most half the side of the box", step));
        }
        Ok(Self { step, ..self })
    }

    /// N.
    #[must_use]
    pub fn n(&self) -> usize {
        self.n
    }

    /// rho, number density \[sigma^-3\].
    #[must_use]
    pub fn density(&self) -> f64 {
        self.density
    }

    /// r_c \[sigma\].
    #[must_use]
    pub fn cutoff(&self) -> f64 {
        self.pair.cutoff()
    }

    /// What is done about pairs beyond the cutoff.
    #[must_use]
    pub fn truncation(&self) -> PairTruncation {
        self.truncation
    }

    /// L, side of the box \[sigma\].
    #[must_use]
    pub fn side(&self) -> f64 {
        self.side
    }

    /// V = N/rho \[sigma^3\].
    #[must_use]
    pub fn volume(&self) -> f64 {
        self.n as f64 / self.density
    }

    /// Half-width of proposed displacements \[sigma\].
    #[must_use]
    pub fn step(&self) -> f64 {
        self.step
    }

    /// u of a pair whose squared distance is `r_squared` \[sigma^2\]: 0 beyond the cutoff, infinite at 0, raised by
    /// -u(r_c) if the potential is shifted.
    #[must_use]
    pub fn pair_energy(&self, r_squared: f64) -> f64 {
        self.pair.energy(r_squared)
    }

    /// The pair potential with its cutoff.
    pub(crate) fn pair(&self) -> &Pair {
        &self.pair
    }

    /// `U_LRC = N (8/3) pi rho (r_c^-9/3 - r_c^-3)`, the tail of all N particles; 0 for a shifted potential.
    #[must_use]
    pub fn tail_energy(&self) -> f64 {
        0.5 * self.n as f64 * self.tail_chemical_potential()
    }

    /// `P_LRC = (16/3) pi rho^2 ((2/3) r_c^-9 - r_c^-3)`; 0 for a shifted potential.
    #[must_use]
    pub fn tail_pressure(&self) -> f64 {
        let cube = self.cutoff().powi(-3);
        self.tail(self.density * self.density * (2.0 / 3.0 * cube * cube * cube - cube))
    }

    /// `mu_LRC = (16/3) pi rho (r_c^-9/3 - r_c^-3)`, what the tail adds to the energy of an inserted particle; 0 for a
    /// shifted potential.
    #[must_use]
    pub fn tail_chemical_potential(&self) -> f64 {
        let cube = self.cutoff().powi(-3);
        self.tail(self.density * (cube * cube * cube / 3.0 - cube))
    }

    fn tail(&self, value: f64) -> f64 {
        match self.truncation {
            PairTruncation::Cut => 16.0 / 3.0 * PI * value,
            PairTruncation::Shifted => 0.0,
        }
    }

    /// `P = rho T + W/(3V) + P_LRC` from the `virial` W of one state ([`LennardJones::virial`]) or from its mean.
    ///
    /// W is the sum over pairs of r.f inside the cutoff: it leaves out the impulse that a cut potential has at r_c,
    /// which with the tail is the usual estimate of the pressure of the full potential.
    #[must_use]
    pub fn pressure(&self, temperature: Temperature, virial: f64) -> f64 {
        self.density * temperature.get() + virial / (3.0 * self.volume()) + self.tail_pressure()
    }

    /// `beta`, if the fluid has an ensemble there.
    ///
    /// # Errors
    ///
    /// T = 0, infinite and negative T.
    pub fn require_equilibrium(&self, beta: Beta) -> Result<f64, SystemError> {
        require_equilibrium(beta)
    }
}

/// `beta`, if it is positive and finite.
fn require_equilibrium(beta: Beta) -> Result<f64, SystemError> {
    let b = beta.get();
    let reason = if b < 0.0 {
        "the energy of overlapping particles has no upper bound, so no ensemble exists at negative temperature"
    } else if b == 0.0 {
        "particles would overlap there, and the mean of their energy diverges"
    } else if b.is_infinite() {
        "the entropy of classical positions goes to minus infinity there"
    } else {
        return Ok(b);
    };
    Err(SystemError::NoEquilibrium { system: NAME, temperature: beta.temperature(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_the_potential() {
        // Derivatives of the tail of the free energy, A_LRC = (8/3) pi N^2/V (r_c^-9/3 - r_c^-3): P = -dA/dV of an
        // energy proportional to 1/V and of the volume in r_c-independent integrals.
        let fluid = LennardJones::new(500, 0.85, 3.0, PairTruncation::Cut).unwrap();
        assert!((fluid.tail_energy() / (500.0 * 0.85) + 0.310_138_880_850_244_7).abs() < 1e-14);
        assert!((fluid.tail_pressure() / 0.7225 + 0.619_994_011_580_772_9).abs() < 1e-14);
        let shifted = LennardJones::new(500, 0.85, 3.0, PairTruncation::Shifted).unwrap();
        assert_eq!(
            (shifted.tail_energy(), shifted.tail_pressure(), shifted.tail_chemical_potential()),
            (0.0, 0.0, 0.0)
        );
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let message =
            |n, density, cutoff| LennardJones::new(n, density, cutoff, PairTruncation::Cut).unwrap_err().to_string();
        assert_eq!(message(0, 0.5, 3.0), "lennard_jones: `n` must be from 1 to 10000000, got `0`");
        for density in [0.0, -1.0, f64::NAN, f64::INFINITY, 2.8] {
            assert!(
                message(500, density, 3.0).starts_with("lennard_jones: `density` must be positive and at most 2.76")
            );
        }
        assert!(message(500, 1e-310, 3.0).contains("`density`"));
        for cutoff in [0.5, -3.0, f64::NAN, f64::INFINITY] {
            assert!(message(500, 0.5, cutoff).starts_with("lennard_jones: `cutoff` must be at least 1"));
        }
        assert_eq!(
            message(100, 0.85, 3.0),
            "lennard_jones: `cutoff` must be at most half the side of the box, 2.4499, got `3`; at this density n = 184 \
             would do (n = 100 is too few)"
        );
        assert!(LennardJones::new(184, 0.85, 3.0, PairTruncation::Cut).is_ok());
        let fluid = LennardJones::new(500, 0.85, 3.0, PairTruncation::Cut).unwrap();
        for step in [0.0, f64::NAN, 4.3] {
            assert!(fluid.clone().with_step(step).unwrap_err().to_string().contains("`step`"));
        }
        for beta in [0.0, -1.0, f64::INFINITY] {
            assert!(fluid.require_equilibrium(Beta::new(beta).unwrap()).is_err());
        }
    }
}
