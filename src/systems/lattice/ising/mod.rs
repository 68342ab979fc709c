//! The Ising model H = -J sum s s' - h sum s on lattices of every kind, finite and infinite.
//!
//! Energies, temperatures and h in units of one arbitrary energy, k_B = 1; J > 0 is ferromagnetic. Around a periodic
//! side of length 2 both parallel bonds count.

mod chains;
mod checkerboard;
mod counting;
mod enumeration;
mod infinite;
mod jet;
mod levels;
mod magnetism;
mod model;
mod onsager;
mod packed;
mod ring;
mod row;
mod single_flip;
mod states;
mod torus;
mod triangular;

use std::sync::OnceLock;

pub use checkerboard::Checkerboard;
pub use infinite::InfiniteIsing;
pub use levels::{IsingJointLevel, IsingLevel};
pub use magnetism::MagneticMoments;
pub use model::{Flip, IsingState};
pub use packed::PackedSpins;
pub(in crate::systems) use row::ROW;
pub use single_flip::SingleFlip;

use crate::ensemble::{Canonical, Spectrum, SpectrumError, Thermo};
use crate::model::{Boundary, Exact, Lattice, LatticeKind, SystemError};
use crate::units::Beta;
use counting::CountedLevel;
use ring::Transfer;

const SYSTEM: &str = "ising";
/// Why levels are missing.
const TOO_MANY_STATES: SystemError = SystemError::NoExactResult {
    system: SYSTEM,
    reason: "the lattice has too many states to count; sample it instead",
};
/// Half a ring in correlation lengths beyond which e^-2y is lost in rounding: the ends do not feel each other.
const FAR: f64 = 20.0;

/// A finite Ising model on any lattice.
///
/// Exact results: chains, periodic or open, with field by transfer matrix; other lattices with field while their
/// states can be counted by energy and magnetization (tori of about 6 x 6, or 4 x 16; any lattice of up to 26 spins),
/// without field by counting (8 x 8 and wider open strips) and on tori beyond by Kaufman's formula, unless J < 0 meets
/// an odd side.
///
/// # Examples
///
/// ```
/// use gibbs::model::Exact;
/// use gibbs::systems::Ising;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), gibbs::model::SystemError> {
/// // The partition function of a ring is (2 cosh K)^N + (2 sinh K)^N.
/// let ring = Ising::ring(8, 1.0, 0.0)?;
/// let ln_z = ((2.0 * 1f64.cosh()).powi(8) + (2.0 * 1f64.sinh()).powi(8)).ln();
/// assert!((ring.thermo(Beta::new(1.0)?)?.ln_z - ln_z).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// E. Ising, Z. Phys. 31, 253 (1925), doi:10.1007/BF02980577;
/// B. Kaufman, Phys. Rev. 76, 1232 (1949), doi:10.1103/PhysRev.76.1232.
#[derive(Clone, Debug)]
pub struct Ising {
    lattice: Lattice,
    j: f64,
    h: f64,
    /// Levels by energy, and by energy and magnetization, once they have been asked for; `None` if too many.
    by_energy: OnceLock<Option<Counted<IsingLevel>>>,
    by_both: OnceLock<Option<Counted<IsingJointLevel>>>,
}

/// Counted levels and the spectrum they make.
#[derive(Clone, Debug)]
struct Counted<L> {
    levels: Vec<L>,
    spectrum: Spectrum,
}

impl Ising {
    /// A ring of `n` spins with coupling `j` and field `h`.
    ///
    /// # Errors
    ///
    /// Fewer than 2 or more than 2^31 spins; a coupling or field that is not finite.
    pub fn ring(n: usize, j: f64, h: f64) -> Result<Self, SystemError> {
        Self::new(Lattice::new(LatticeKind::Chain, &[n], Boundary::Periodic)?, j, h)
    }

    /// A periodic `lx` x `ly` square lattice with coupling `j` and field `h`.
    ///
    /// # Errors
    ///
    /// A side below 2, more than 2^31 spins; a coupling or field that is not finite.
    pub fn torus(lx: usize, ly: usize, j: f64, h: f64) -> Result<Self, SystemError> {
        Self::new(Lattice::new(LatticeKind::Square, &[lx, ly], Boundary::Periodic)?, j, h)
    }

    /// Spins on any `lattice` with coupling `j` and field `h`.
    ///
    /// # Errors
    ///
    /// A coupling or field that is not finite.
    pub fn new(lattice: Lattice, j: f64, h: f64) -> Result<Self, SystemError> {
        let (j, h) = (checked("j", j)?, checked("h", h)?);
        Ok(Self { lattice, j, h, by_energy: OnceLock::new(), by_both: OnceLock::new() })
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

    /// h, field.
    #[must_use]
    pub fn h(&self) -> f64 {
        self.h
    }

    /// Density of states by energy.
    ///
    /// # Errors
    ///
    /// Too many states to count in about a second.
    pub fn density_of_states(&self) -> Result<&[IsingLevel], SystemError> {
        Ok(&self.counted_by_energy()?.ok_or(TOO_MANY_STATES)?.levels)
    }

    /// Density of states by energy and magnetization.
    ///
    /// # Errors
    ///
    /// Too many states to count in about a second.
    pub fn joint_density_of_states(&self) -> Result<&[IsingJointLevel], SystemError> {
        Ok(&self.counted_by_both()?.ok_or(TOO_MANY_STATES)?.levels)
    }

    fn counted_by_energy(&self) -> Result<Option<&Counted<IsingLevel>>, SystemError> {
        self.counted(&self.by_energy)
    }

    fn counted_by_both(&self) -> Result<Option<&Counted<IsingJointLevel>>, SystemError> {
        self.counted(&self.by_both)
    }

    /// What has been counted before, or is now.
    fn counted<'a, L: CountedLevel>(
        &self,
        before: &'a OnceLock<Option<Counted<L>>>,
    ) -> Result<Option<&'a Counted<L>>, SystemError> {
        if let Some(counted) = before.get() {
            return Ok(counted.as_ref());
        }
        let counted = self.count()?;
        Ok(before.get_or_init(|| counted).as_ref())
    }

    fn count<L: CountedLevel>(&self) -> Result<Option<Counted<L>>, SpectrumError> {
        let Some(levels) = counting::levels::<L>(&self.lattice) else { return Ok(None) };
        let energy = |level: &L| self.energy_of(level.bond_sum(), level.magnetization());
        let ln_counts = levels.iter().map(CountedLevel::ln_count).collect();
        let spectrum = Spectrum::with_ln_degeneracies(levels.iter().map(energy).collect(), ln_counts)?;
        Ok(Some(Counted { levels, spectrum }))
    }

    /// The levels that E depends on, if they can be counted.
    fn spectrum(&self) -> Result<Option<&Spectrum>, SystemError> {
        Ok(if self.h == 0.0 {
            self.counted_by_energy()?.map(|counted| &counted.spectrum)
        } else {
            self.counted_by_both()?.map(|counted| &counted.spectrum)
        })
    }

    /// The same system at beta >= 0: a negative temperature is the positive one of -H.
    fn at_positive(&self, beta: Beta) -> Result<(f64, f64, Beta), SystemError> {
        let b = beta.get();
        Ok(if b < 0.0 { (-self.j, -self.h, Beta::new(-b)?) } else { (self.j, self.h, beta) })
    }

    /// A ring, or spins without couplings on any lattice, which are a ring without couplings.
    fn ring_thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        let n = self.n_sites();
        let (j, h, positive) = self.at_positive(beta)?;
        let transfer = Transfer::new(j, h, positive);
        let y = transfer.half_lengths(n);
        // While the ends of a ring feel each other, its levels keep all digits of S and C; U loses some of its own
        // among levels when it is hot, but then the transfer matrix has them. NaN (T = 0) goes to the levels.
        let long = y >= FAR;
        if !long && let Some(spectrum) = self.spectrum()? {
            let thermo = Canonical::new(spectrum, beta).thermo();
            let energy = if y >= 1.0 { mirrored(transfer.ring(n), beta).energy } else { thermo.energy };
            return Ok(Thermo { energy, ..thermo });
        }
        with_all_digits(transfer.ring(n), beta)
    }

    /// A chain with two ends.
    fn open_chain_thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        let n = self.n_sites();
        let (j, h, positive) = self.at_positive(beta)?;
        let transfer = Transfer::new(j, h, positive);
        if h == 0.0 {
            // Bonds are independent: the two directions of the first spin, and one site of the infinite chain each.
            let bond = transfer.chain();
            let totals = Thermo {
                beta: positive,
                ln_z: std::f64::consts::LN_2 + (n - 1.0) * bond.ln_z,
                energy: (n - 1.0) * bond.energy,
                entropy: std::f64::consts::LN_2 + (n - 1.0) * bond.entropy,
                heat_capacity: (n - 1.0) * bond.heat_capacity,
            };
            return Ok(mirrored(totals, beta));
        }
        // As on a ring, levels keep all digits while the ends feel each other.
        let long = transfer.half_lengths(n) >= FAR;
        if !long && let Some(spectrum) = self.spectrum()? {
            return Ok(Canonical::new(spectrum, beta).thermo());
        }
        with_all_digits(transfer.open(n), beta)
    }
}

/// `thermo` of -H at -beta as that of H at `beta`.
fn mirrored(thermo: Thermo, beta: Beta) -> Thermo {
    if beta.get() < 0.0 { Thermo { beta, energy: -thermo.energy, ..thermo } } else { thermo }
}

/// The same, if the transfer matrix keeps its digits at that temperature.
fn with_all_digits(thermo: Thermo, beta: Beta) -> Result<Thermo, SystemError> {
    if !thermo.entropy.is_finite() {
        return Err(SystemError::NoExactResult {
            system: SYSTEM,
            reason: "at this temperature, the transfer matrix of a frustrated chain of this length loses its digits; \
                     use a shorter chain",
        });
    }
    Ok(mirrored(thermo, beta))
}

fn checked(name: &'static str, value: f64) -> Result<f64, SystemError> {
    if value.is_finite() {
        return Ok(value + 0.0);
    }
    Err(SystemError::parameter(SYSTEM, name, "a finite number", value))
}

impl Exact for Ising {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        if self.lattice.is_ring() || self.j == 0.0 {
            return self.ring_thermo(beta);
        }
        if self.lattice.kind() == LatticeKind::Chain {
            return self.open_chain_thermo(beta);
        }
        if let Some(spectrum) = self.spectrum()? {
            return Ok(Canonical::new(spectrum, beta).thermo());
        }
        let (j, h, positive) = self.at_positive(beta)?;
        let refuse = |reason: &'static str| Err(SystemError::NoExactResult { system: SYSTEM, reason });
        if h != 0.0 {
            return refuse("with a field, only chains and lattices small enough to count have an exact result");
        }
        if self.lattice.is_torus() && j < 0.0 && !self.lattice.is_bipartite() {
            return refuse(
                "an antiferromagnet with an odd side has an exact result only if the lattice is small enough to count",
            );
        }
        match self.lattice.sides()[..] {
            [lx, ly] if self.lattice.is_torus() => Ok(mirrored(torus::thermo(lx, ly, j.abs(), positive), beta)),
            _ => {
                refuse("only chains, periodic square lattices and lattices small enough to count have an exact result")
            }
        }
    }

    fn n_sites(&self) -> f64 {
        self.lattice.n_sites() as f64
    }

    /// `(ln g_0, N ln 2)`; ln g_0 is NaN where it is not known exactly.
    fn entropy_limits(&self) -> (f64, f64) {
        let ground = self.thermo(Beta::INFINITE).map_or(f64::NAN, |thermo| thermo.entropy);
        (ground, self.n_sites() * std::f64::consts::LN_2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thermo(ising: &Ising, beta: f64) -> Thermo {
        ising.thermo(Beta::new(beta).unwrap()).unwrap()
    }

    #[test]
    fn refusals_name_the_parameter() {
        let message = |result: Result<Ising, SystemError>| result.unwrap_err().to_string();
        assert_eq!(
            message(Ising::torus(1, 4, 1.0, 0.0)),
            "lattice: `l` must be sides of at least 2 with at most 2^31 sites, got `1x4`"
        );
        assert_eq!(message(Ising::ring(8, f64::NAN, 0.0)), "ising: `j` must be a finite number, got `NaN`");
        assert!(Ising::torus(1 << 20, 1 << 20, 1.0, 0.0).is_err() && Ising::ring(4, 1.0, f64::INFINITY).is_err());
        let frustrated = Ising::torus(33, 33, -1.0, 0.0).unwrap();
        assert!(frustrated.thermo(Beta::ZERO).is_err() && frustrated.entropy_limits().0.is_nan());
        assert!(Ising::torus(32, 32, 1.0, 0.1).unwrap().thermo(Beta::ZERO).is_err());
        assert!(Ising::torus(32, 32, 1.0, 0.1).unwrap().density_of_states().is_err());
    }

    #[test]
    fn ground_states_of_rings() {
        let entropy = |n, j, h| {
            let ground = thermo(&Ising::ring(n, j, h).unwrap(), f64::INFINITY);
            (ground.energy, ground.entropy)
        };
        for j in [1.0, -1.0] {
            let (energy, ordered) = entropy(8, j, 0.0);
            assert!(energy == -8.0 && (ordered - 2f64.ln()).abs() < 1e-15);
        }
        let (energy, frustrated) = entropy(9, -1.0, 0.0);
        assert!(energy == -7.0 && (frustrated - 18f64.ln()).abs() < 1e-14);
        let (energy, frustrated) = entropy(9, -1.0, 0.5);
        assert!(energy == -7.5 && (frustrated - 9f64.ln()).abs() < 1e-14);
        assert_eq!(entropy(8, 1.0, -0.5), (-12.0, 0.0));
        // At h = 2 abs(J) isolated spins flip freely: Lucas number L_8 = 47.
        assert!((entropy(8, -1.0, 2.0).1 - 47f64.ln()).abs() < 1e-14);
        assert_eq!(entropy(8, 0.0, 0.0), (0.0, 8.0 * 2f64.ln()));
    }

    #[test]
    fn rings_are_precise_from_cold_to_hot() {
        // Without field everything follows from u = tanh K alone; per level the cold C is beta^2 (4J)^2 C(N,2) e^-4K.
        for n in [3usize, 8, 64, 1000] {
            let ring = Ising::ring(n, 1.0, 0.0).unwrap();
            let size = n as f64;
            let cold = thermo(&ring, 20.0);
            let expected = 400.0 * 16.0 * 0.5 * size * (size - 1.0) * (-80f64).exp();
            assert!((cold.heat_capacity / expected - 1.0).abs() < 1e-12, "{n}");
            for beta in [1e-6, 1e-3, 0.1, 0.5] {
                let t = thermo(&ring, beta);
                let u = beta.tanh();
                let energy = -size * (u + u.powi(n as i32 - 1)) / (1.0 + u.powi(n as i32));
                assert!((t.energy / energy - 1.0).abs() < 1e-12, "{n} {beta}");
            }
            assert!((thermo(&ring, 0.0).entropy / (size * 2f64.ln()) - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn transfer_matrix_and_levels_agree() {
        for (j, h) in [(1.0, 0.0), (1.0, 0.3), (-1.0, 0.0), (-1.0, 0.5), (-1.0, 2.0), (-1.0, 3.0), (0.0, 1.0)] {
            for n in [2usize, 3, 5, 12, 33] {
                let ring = Ising::ring(n, j, h).unwrap();
                for beta in [0.05, 0.3, 1.0, 2.0] {
                    let b = Beta::new(beta).unwrap();
                    let direct = Transfer::new(j, h, b).ring(n as f64);
                    let listed = Canonical::new(&ring.counted_by_both().unwrap().unwrap().spectrum, b).thermo();
                    let close = |x: f64, y: f64| (x - y).abs() <= 1e-12 * (1.0 + y.abs());
                    assert!(close(direct.ln_z, listed.ln_z), "{j} {h} {n} {beta}");
                    assert!(close(direct.energy, listed.energy), "{j} {h} {n} {beta}");
                    assert!(close(direct.entropy, listed.entropy), "{j} {h} {n} {beta}");
                    assert!(close(direct.heat_capacity, listed.heat_capacity), "{j} {h} {n} {beta}");
                }
            }
        }
    }

    #[test]
    fn open_chains_agree_with_their_levels() {
        for (j, h) in [(1.0, 0.0), (1.0, 0.3), (-1.0, 0.0), (-1.0, 0.5), (-1.0, 3.0), (0.3, -1.0)] {
            for n in [2usize, 3, 5, 12, 60] {
                let lattice = Lattice::new(LatticeKind::Chain, &[n], Boundary::Open).unwrap();
                let chain = Ising::new(lattice, j, h).unwrap();
                for beta in [-0.7, 0.05, 0.3, 1.0, 2.0] {
                    let b = Beta::new(beta).unwrap();
                    let listed = Canonical::new(&chain.counted_by_both().unwrap().unwrap().spectrum, b).thermo();
                    let (sj, sh, positive) = chain.at_positive(b).unwrap();
                    let mut ways = vec![chain.thermo(b).unwrap()];
                    if h != 0.0 {
                        ways.push(mirrored(Transfer::new(sj, sh, positive).open(n as f64), b));
                    }
                    for ours in ways {
                        let close = |x: f64, y: f64| (x - y).abs() <= 1e-12 * (1.0 + y.abs());
                        assert!(close(ours.ln_z, listed.ln_z), "{j} {h} {n} {beta} {ours:?} {listed:?}");
                        assert!(close(ours.energy, listed.energy), "{j} {h} {n} {beta} {ours:?} {listed:?}");
                        assert!(close(ours.entropy, listed.entropy), "{j} {h} {n} {beta} {ours:?} {listed:?}");
                        assert!(close(ours.heat_capacity, listed.heat_capacity), "{j} {h} {n} {beta}");
                    }
                    // The response is the derivative of ln Z in h.
                    let (m, chi) = chain.magnetic_response(b).unwrap();
                    let moments = chain.magnetic_moments(b).unwrap();
                    let scale = beta.abs() * n as f64;
                    assert!((m - moments.magnetization).abs() < 1e-13, "{j} {h} {n} {beta}");
                    assert!((chi - moments.susceptibility).abs() < 1e-13 * scale, "{j} {h} {n} {beta} {chi}");
                }
            }
        }
    }

    #[test]
    fn open_chains_of_any_length() {
        let chain = |n: usize, j: f64, h: f64| {
            Ising::new(Lattice::new(LatticeKind::Chain, &[n], Boundary::Open).unwrap(), j, h).unwrap()
        };
        // Without field Z = 2 (2 cosh K)^(N-1); S keeps its digits when it is cold, U when it is hot.
        let long = chain(1 << 30, -1.0, 0.0);
        let bonds = f64::from((1u32 << 30) - 1);
        assert!((thermo(&long, 1e-9).energy / (-bonds * 1e-9) - 1.0).abs() < 1e-14);
        let cold = thermo(&long, 10.0);
        let excess = bonds * (21.0 * (-20f64).exp());
        assert!(((cold.entropy - 2f64.ln()) / excess - 1.0).abs() < 1e-8, "{cold:?}");
        assert_eq!(long.entropy_limits().0, 2f64.ln());
        // A field decides between the two ground states; an even antiferromagnet ignores it.
        let ground = |ising: Ising| (thermo(&ising, f64::INFINITY).energy, thermo(&ising, f64::INFINITY).entropy);
        assert_eq!(ground(chain(1 << 20, 1.0, -0.25)), (-f64::from((1 << 20) - 1) - 0.25 * f64::from(1 << 20), 0.0));
        assert_eq!(ground(chain(9, -1.0, 0.5)), (-8.5, 0.0));
        let (energy, entropy) = ground(chain(10, -1.0, 0.5));
        assert!(energy == -9.0 && (entropy - 2f64.ln()).abs() < 1e-15);
        // Two halves of a very long chain share one bond: ends and middle of the transfer matrix fit together.
        let (one, two) = (thermo(&chain(100_000, 0.7, 0.2), 0.5), thermo(&chain(200_000, 0.7, 0.2), 0.5));
        let ring = thermo(&Ising::ring(100_000, 0.7, 0.2).unwrap(), 0.5);
        for (a, b, c) in [(one.ln_z, two.ln_z, ring.ln_z), (one.energy, two.energy, ring.energy)] {
            assert!(((b - a) / c - 1.0).abs() < 1e-12, "{a} {b} {c}");
        }
        let (_, chi) = chain(1 << 30, 1.0, 0.0).magnetic_response(Beta::new(0.5).unwrap()).unwrap();
        assert!((chi / (0.5 * 1f64.exp()) - 1.0).abs() < 1e-8);
        assert!(chain(5000, 1.0, 0.1).magnetic_response(Beta::new(0.5).unwrap()).is_err());
    }

    #[test]
    fn negative_temperature_is_the_mirrored_system() {
        for (ising, other) in [
            (Ising::ring(50, 1.0, 0.4).unwrap(), Ising::ring(50, -1.0, -0.4).unwrap()),
            (Ising::torus(16, 16, 1.0, 0.0).unwrap(), Ising::torus(16, 16, -1.0, 0.0).unwrap()),
        ] {
            let (a, b) = (thermo(&ising, -0.3), thermo(&other, 0.3));
            assert_eq!((a.energy, a.entropy, a.ln_z), (-b.energy, b.entropy, b.ln_z));
            assert_eq!(a.heat_capacity, b.heat_capacity);
        }
    }

    #[test]
    fn tori_have_their_limits() {
        for (lx, ly) in [(4, 6), (16, 24), (9, 11)] {
            let ising = Ising::torus(lx, ly, 1.0, 0.0).unwrap();
            let n = (lx * ly) as f64;
            let cold = thermo(&ising, f64::INFINITY);
            assert_eq!((cold.energy, cold.heat_capacity), (-2.0 * n, 0.0));
            assert!((cold.entropy - 2f64.ln()).abs() < 1e-14 && (cold.free_energy() + 2.0 * n).abs() < 1e-9);
            let hot = thermo(&ising, 0.0);
            assert!((hot.entropy / (n * 2f64.ln()) - 1.0).abs() < 1e-13 && hot.energy.abs() < 1e-9);
            // One flipped spin costs 8J: C = beta^2 64 N e^(-8 beta) at leading order, corrections of order e^(-4 beta).
            let chilly = thermo(&ising, 8.0);
            let expected = 64.0 * 64.0 * n * (-64f64).exp();
            assert!((chilly.heat_capacity / expected - 1.0).abs() < 1e-11, "{lx} {ly}");
        }
    }

    #[test]
    fn frustrated_tori_are_counted() {
        // 3 x 3: every row and column keeps one unsatisfied bond, so E_0 = -18 + 2 * 6.
        let ising = Ising::torus(3, 3, -1.0, 0.0).unwrap();
        assert_eq!(thermo(&ising, f64::INFINITY).energy, -6.0);
    }
}
