//! Classical unit vectors H = -J sum s . s' on any lattice: the XY model (two components) and Heisenberg's (three).
//!
//! Energies and temperatures in units of one arbitrary energy, k_B = 1; J > 0 is ferromagnetic. Z and S refer to the
//! uniform measure normalised to 1 (d theta/2 pi, d Omega/4 pi) at every site, so S = 0 at infinite temperature and
//! S falls to minus infinity at T = 0. Around a side of length 2 both parallel bonds count.

mod bond;
mod chain;
mod clusters;
mod direction;
mod direction_draw;
mod heat_bath;
mod model;
mod over_relaxation;
mod row;

pub(crate) use direction::{dot, plus_scaled, renormalized, unit};
pub use heat_bath::VectorHeatBath;
pub use model::{Turn, VectorState};
pub use over_relaxation::OverRelaxation;
pub(in crate::systems) use row::{HEISENBERG, XY};

use crate::ensemble::Thermo;
use crate::model::{Boundary, Exact, Lattice, LatticeKind, SystemError};
use crate::units::Beta;

/// Width of small rotations unless [`VectorModel::with_step`] sets another.
const DEFAULT_STEP: f64 = 0.5;

/// Unit vectors of two components.
pub type Xy = VectorModel<2>;
/// Unit vectors of three components.
pub type Heisenberg = VectorModel<3>;

/// Unit vectors of `D` = 2 or 3 components on a lattice, H = -J sum over bonds of s . s'.
///
/// Exact results: open and closed chains of any length from the eigenvalues of the transfer operator,
/// `Z = lambda_0^(N-1)` and `Z = sum_l g_l lambda_l^N`, where lambda_l are modified Bessel functions I_l(beta J) for two
/// components and modified spherical ones for three. A closed antiferromagnet of odd length is frustrated: its sum
/// alternates, and it is refused where less than a hundredth of the terms would remain. T = 0 is refused, because
/// classical entropy falls to minus infinity there; negative temperatures are those of -J.
///
/// # Examples
///
/// ```
/// use gibbs::model::{Boundary, Exact, Lattice, LatticeKind};
/// use gibbs::systems::Heisenberg;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), gibbs::model::SystemError> {
/// // Every bond of an open chain has the energy of Langevin's function, coth K - 1/K.
/// let chain = Heisenberg::new(Lattice::new(LatticeKind::Chain, &[5], Boundary::Open)?, 1.0)?;
/// let thermo = chain.thermo(Beta::new(2.0)?)?;
/// assert!((thermo.energy + 4.0 * (1.0 / 2f64.tanh() - 0.5)).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// M. E. Fisher, Am. J. Phys. 32, 343 (1964), doi:10.1119/1.1970340;
/// G. S. Joyce, Phys. Rev. 155, 478 (1967), doi:10.1103/PhysRev.155.478.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorModel<const D: usize> {
    lattice: Lattice,
    j: f64,
    step: f64,
}

/// What vectors of `components` are called.
fn name(components: usize) -> &'static str {
    if components == 2 { "xy" } else { "heisenberg" }
}

impl<const D: usize> VectorModel<D> {
    const TWO_OR_THREE: () = assert!(D == 2 || D == 3, "vectors have two or three components");

    /// Unit vectors on `lattice` with coupling `j`.
    ///
    /// # Errors
    ///
    /// A coupling that is not finite.
    pub fn new(lattice: Lattice, j: f64) -> Result<Self, SystemError> {
        let () = Self::TWO_OR_THREE;
        if !j.is_finite() {
            return Err(SystemError::parameter(name(D), "j", "a finite number", j));
        }
        Ok(Self { lattice, j: j + 0.0, step: DEFAULT_STEP })
    }

    /// The same with small rotations of width `step`, in (0, 1): a proposed spin points along s + step v with v
    /// uniform on the sphere, an angle of at most asin(step). 0.5 unless set; sqrt(T/J) suits cold systems.
    ///
    /// A constant of the model, so that it cannot follow the state while a chain is measured.
    ///
    /// # Errors
    ///
    /// A step outside (0, 1).
    pub fn with_step(self, step: f64) -> Result<Self, SystemError> {
        if !(step > 0.0 && step < 1.0) {
            return Err(SystemError::parameter(name(D), "step", "between 0 and 1", step));
        }
        Ok(Self { step, ..self })
    }

    /// The lattice.
    #[must_use]
    pub fn lattice(&self) -> &Lattice {
        &self.lattice
    }

    /// J, coupling.
    #[must_use]
    pub fn j(&self) -> f64 {
        self.j
    }

    /// Width of small rotations.
    #[must_use]
    pub fn step(&self) -> f64 {
        self.step
    }

    /// K = beta J, if the system has an ensemble there.
    ///
    /// # Errors
    ///
    /// T = 0, unless J = 0.
    pub fn reduced_coupling(&self, beta: Beta) -> Result<f64, SystemError> {
        let k = if self.j == 0.0 { 0.0 } else { beta.get() * self.j };
        if k.is_finite() {
            return Ok(k);
        }
        Err(SystemError::NoEquilibrium {
            system: name(D),
            temperature: beta.temperature(),
            reason: "the entropy of a classical spin goes to minus infinity there",
        })
    }

    fn require_chain(&self) -> Result<(), SystemError> {
        if self.lattice.kind() == LatticeKind::Chain {
            return Ok(());
        }
        Err(SystemError::NoExactResult {
            system: name(D),
            reason: "only chains, open and closed, are solved; sample other lattices",
        })
    }
}

impl<const D: usize> Exact for VectorModel<D> {
    /// Free spins, at infinite temperature or without coupling, are exact on every lattice.
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        let (k, n) = (self.reduced_coupling(beta)?, self.lattice.n_sites());
        if k == 0.0 {
            return Ok(Thermo { beta, ln_z: 0.0, energy: 0.0, entropy: 0.0, heat_capacity: 0.0 });
        }
        self.require_chain()?;
        match self.lattice.boundary() {
            Boundary::Open => Ok(chain::open_thermo::<D>(n, self.j, beta, k)),
            Boundary::Periodic => Ok(chain::Ring::<D>::new(n, beta, k)?.thermo(self.j, beta)),
        }
    }

    fn n_sites(&self) -> f64 {
        self.lattice.n_sites() as f64
    }

    /// (minus infinity, 0), or (0, 0) without coupling.
    fn entropy_limits(&self) -> (f64, f64) {
        (if self.j == 0.0 { 0.0 } else { f64::NEG_INFINITY }, 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(n: usize, boundary: Boundary) -> Lattice {
        Lattice::new(LatticeKind::Chain, &[n], boundary).unwrap()
    }

    fn close(a: f64, b: f64, tolerance: f64) -> bool {
        (a - b).abs() <= tolerance * b.abs()
    }

    /// A ring of two sites is a single bond of twice the coupling, at all K.
    fn two_sites<const D: usize>() {
        for k in [1e-200, 1e-9, 1e-5, 0.01, 0.3, 1.0, 7.0, 49.9, 50.1, 99.0, 101.0, 1e3, 1e4, 1e6] {
            let beta = Beta::new(k).unwrap();
            let ring = VectorModel::<D>::new(chain(2, Boundary::Periodic), 1.0).unwrap();
            let open = VectorModel::<D>::new(chain(2, Boundary::Open), 2.0).unwrap();
            let (a, b) = (ring.thermo(beta).unwrap(), open.thermo(beta).unwrap());
            for (a, b) in [
                (a.ln_z, b.ln_z),
                (a.energy, b.energy),
                (a.entropy, b.entropy),
                (a.heat_capacity, b.heat_capacity),
                (ring.neighbour_correlation(beta).unwrap(), open.neighbour_correlation(beta).unwrap()),
                (ring.squared_magnetization(beta).unwrap(), open.squared_magnetization(beta).unwrap()),
            ] {
                assert!(close(a, b, 2e-11), "{D} at {k}: {a:e} {b:e}");
            }
        }
    }

    #[test]
    fn a_ring_of_two_is_one_bond_of_twice_the_coupling() {
        two_sites::<2>();
        two_sites::<3>();
    }

    /// Long rings are open chains of one bond more; cold ones have (D - 1)/2 per mode.
    fn long_and_cold<const D: usize>() {
        for (n, k) in [(1000, 1e-6), (1000, 0.7), (1_000_000, 3.0), (1_000_000, 150.0), (1_000_000, 1e4)] {
            for j in [1.0, -1.0] {
                let beta = Beta::new(k).unwrap();
                let ring = VectorModel::<D>::new(chain(n, Boundary::Periodic), j).unwrap().thermo(beta).unwrap();
                let open = VectorModel::<D>::new(chain(n + 1, Boundary::Open), j).unwrap().thermo(beta).unwrap();
                assert!(close(ring.energy, open.energy, 1e-12) && close(ring.ln_z, open.ln_z, 1e-12));
                assert!(close(ring.heat_capacity, open.heat_capacity, 1e-10), "{ring:?} {open:?}");
                assert!(close(ring.entropy, open.entropy, 1e-12));
            }
        }
        let modes = (D - 1) as f64;
        for n in [2usize, 3, 10, 100] {
            let beta = Beta::new(1e7).unwrap();
            let ring = VectorModel::<D>::new(chain(n, Boundary::Periodic), 1.0).unwrap().thermo(beta).unwrap();
            let size = n as f64;
            assert!(close(ring.heat_capacity, 0.5 * modes * (size - 1.0), 1e-5), "{D} {n} {ring:?}");
            assert!(close(ring.energy, -size + 0.5 * modes * (size - 1.0) / 1e7, 1e-13), "{D} {n} {ring:?}");
        }
    }

    #[test]
    fn long_rings_are_chains_and_cold_ones_are_modes() {
        long_and_cold::<2>();
        long_and_cold::<3>();
    }

    /// `<M^2>` by adding up powers of the correlation one by one.
    #[test]
    fn squared_magnetization_is_the_double_sum() {
        for n in [2usize, 3, 7, 64] {
            for (j, k) in [(1.0, 0.01), (1.0, 2.0), (1.0, 500.0), (-1.0, 0.01), (-1.0, 2.0), (-1.0, 500.0)] {
                let beta = Beta::new(k).unwrap();
                let open = Heisenberg::new(chain(n, Boundary::Open), j).unwrap();
                let u = open.neighbour_correlation(beta).unwrap();
                let sum: f64 = (0..n * n).map(|ij| u.powi((ij % n).abs_diff(ij / n) as i32)).sum();
                assert!((open.squared_magnetization(beta).unwrap() - sum).abs() < 1e-12 * (n * n) as f64);
            }
        }
        // Three sites of a ring are three neighbours; long rings forget that they are closed, cold ones are one spin.
        for (j, k) in [(1.0, 0.3), (1.0, 40.0), (1.0, 140.0), (-1.0, 1.0)] {
            let beta = Beta::new(k).unwrap();
            let ring = Xy::new(chain(3, Boundary::Periodic), j).unwrap();
            let expected = 3.0 + 6.0 * ring.neighbour_correlation(beta).unwrap();
            assert!(close(ring.squared_magnetization(beta).unwrap(), expected, 1e-12), "{j} {k}");
        }
        for n in [500, 501] {
            for j in [1.0, -1.0] {
                let beta = Beta::new(1.5).unwrap();
                let ring = Heisenberg::new(chain(n, Boundary::Periodic), j).unwrap();
                let u = ring.neighbour_correlation(beta).unwrap();
                let expected = n as f64 * (1.0 + u) / (1.0 - u);
                assert!(close(ring.squared_magnetization(beta).unwrap(), expected, 1e-11), "{j}");
            }
        }
        let cold = Xy::new(chain(10, Boundary::Periodic), 1.0).unwrap();
        assert!(close(cold.squared_magnetization(Beta::new(1e7).unwrap()).unwrap(), 100.0, 1e-5));
    }

    #[test]
    fn signs_of_coupling_and_temperature() {
        let thermo = |n, boundary, j: f64, beta: f64| {
            Xy::new(chain(n, boundary), j).unwrap().thermo(Beta::new(beta).unwrap()).unwrap()
        };
        for (n, boundary) in [(7, Boundary::Open), (8, Boundary::Periodic)] {
            let (ferro, anti) = (thermo(n, boundary, 1.0, 0.9), thermo(n, boundary, -1.0, 0.9));
            assert_eq!((ferro.energy, ferro.heat_capacity), (anti.energy, anti.heat_capacity));
            let inverted = thermo(n, boundary, 1.0, -0.9);
            assert_eq!((inverted.energy, inverted.entropy), (-ferro.energy, ferro.entropy));
        }
        // A triangle of antiferromagnetic neighbours is frustrated, also as a ferromagnet at negative temperature.
        let (ferro, anti) = (thermo(3, Boundary::Periodic, 1.0, 0.9), thermo(3, Boundary::Periodic, -1.0, 0.9));
        assert!(anti.energy > ferro.energy && anti.energy > -1.5);
        assert_eq!(thermo(3, Boundary::Periodic, 1.0, -0.9).energy, -anti.energy);
    }

    #[test]
    fn refusals_and_limits() {
        let xy = |lattice: Lattice, j| Xy::new(lattice, j).unwrap();
        let message = |model: Xy, beta: f64| model.thermo(Beta::new(beta).unwrap()).unwrap_err().to_string();
        assert_eq!(
            message(xy(chain(4, Boundary::Open), 1.0), f64::INFINITY),
            "xy has no equilibrium at T = 0: the entropy of a classical spin goes to minus infinity there"
        );
        let square = Lattice::new(LatticeKind::Square, &[4, 4], Boundary::Periodic).unwrap();
        assert_eq!(
            message(xy(square.clone(), 1.0), 1.0),
            "xy has no exact result here: only chains, open and closed, are solved; sample other lattices"
        );
        assert!(message(xy(chain(3, Boundary::Periodic), -1.0), 50.0).contains("frustrated ring this cold"));
        assert!(message(xy(chain(2, Boundary::Periodic), 1.0), 1e12).contains("more than 1e5"));
        assert_eq!(
            Heisenberg::new(square.clone(), f64::NAN).unwrap_err().to_string(),
            "heisenberg: `j` must be a finite number, got `NaN`"
        );
        assert_eq!(
            xy(square.clone(), 1.0).with_step(1.0).unwrap_err().to_string(),
            "xy: `step` must be between 0 and 1, got `1`"
        );
        let free = xy(square, 1.0).thermo(Beta::ZERO).unwrap();
        assert_eq!((free.ln_z, free.energy, free.entropy, free.heat_capacity), (0.0, 0.0, 0.0, 0.0));
        let uncoupled = xy(chain(4, Boundary::Periodic), 0.0);
        assert_eq!(uncoupled.thermo(Beta::INFINITE).unwrap().entropy, 0.0);
        assert_eq!(uncoupled.squared_magnetization(Beta::INFINITE).unwrap(), 4.0);
        assert_eq!(uncoupled.entropy_limits(), (0.0, 0.0));
        assert_eq!(xy(chain(4, Boundary::Open), 1.0).entropy_limits(), (f64::NEG_INFINITY, 0.0));
    }
}
