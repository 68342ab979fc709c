//! The closed set of systems that a name and parameters can ask for, and what each can do.

mod descriptions;
mod lattices;
mod parameters;
mod parse;
mod texts;

use std::borrow::Cow;

use super::{
    ClassicalPower, DebyeSolid, EinsteinSolid, Heisenberg, IdealGas, InfiniteIsing, InfinitePotts, InfiniteTfim, Ising,
    LennardJones, Levels, Logits, Matrix, Morse, Oscillator, Paramagnet, ParticleInBox, PhotonGas, Potts, Quartic, Rem,
    RemAverage, RemLimit, Rotor, SpinGlass, TfimChain, TwoLevel, XxzChain, Xy,
};
use crate::ensemble::Spectrum;
use crate::model::{Exact, Lattice, SystemError};
use crate::units::Beta;

pub use descriptions::{Description, ParameterDescription, all, find};

/// A system chosen by name.
///
/// # Examples
///
/// ```
/// use gibbs::{systems::System, units::Beta};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let system = System::parse("two_level", &[("g1", "3")])?;
/// assert!((system.exact().thermo(Beta::ZERO)?.energy - 0.75).abs() < 1e-15);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum System {
    /// `levels`.
    Levels(Levels),
    /// `two_level`.
    TwoLevel(TwoLevel),
    /// `paramagnet`.
    Paramagnet(Paramagnet),
    /// `oscillator`.
    Oscillator(Oscillator),
    /// `classical_power`.
    ClassicalPower(ClassicalPower),
    /// `rotor`.
    Rotor(Rotor),
    /// `box`.
    ParticleInBox(ParticleInBox),
    /// `rem`, one realization.
    Rem(Rem),
    /// `rem` with `seed=average`.
    RemAverage(RemAverage),
    /// `rem` with `n=inf`.
    RemLimit(RemLimit),
    /// `logits`.
    Logits(Logits),
    /// `ising`.
    Ising(Ising),
    /// `ising` with `l=inf`.
    InfiniteIsing(InfiniteIsing),
    /// `potts`.
    Potts(Potts),
    /// `potts` with `dimension=1 l=inf`.
    InfinitePotts(InfinitePotts),
    /// `xy`.
    Xy(Xy),
    /// `heisenberg`.
    Heisenberg(Heisenberg),
    /// `spin_glass`.
    SpinGlass(SpinGlass),
    /// `xxz_chain`.
    XxzChain(XxzChain),
    /// `tfim_chain`.
    TfimChain(TfimChain),
    /// `tfim_chain` with `n=inf`.
    InfiniteTfim(InfiniteTfim),
    /// `matrix`.
    Matrix(Matrix),
    /// `quartic`.
    Quartic(Quartic),
    /// `morse`.
    Morse(Morse),
    /// `einstein_solid`.
    EinsteinSolid(EinsteinSolid),
    /// `debye_solid`.
    DebyeSolid(DebyeSolid),
    /// `ideal_gas`.
    IdealGas(IdealGas),
    /// `photon_gas`.
    PhotonGas(PhotonGas),
    /// `lennard_jones`.
    LennardJones(LennardJones),
}

/// Atoms in a cube of one thermal wavelength, above which quantum statistics changes the pressure by a per cent or two.
const DEGENERATE: f64 = 0.1;

impl System {
    /// The name by which [`System::parse`] finds it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Levels(_) => "levels",
            Self::TwoLevel(_) => "two_level",
            Self::Paramagnet(_) => "paramagnet",
            Self::Oscillator(_) => "oscillator",
            Self::ClassicalPower(_) => "classical_power",
            Self::Rotor(_) => "rotor",
            Self::ParticleInBox(_) => "box",
            Self::Rem(_) | Self::RemAverage(_) | Self::RemLimit(_) => "rem",
            Self::Logits(_) => "logits",
            Self::Ising(_) | Self::InfiniteIsing(_) => "ising",
            Self::Potts(_) | Self::InfinitePotts(_) => "potts",
            Self::Xy(_) => "xy",
            Self::Heisenberg(_) => "heisenberg",
            Self::SpinGlass(_) => "spin_glass",
            Self::XxzChain(_) => "xxz_chain",
            Self::TfimChain(_) | Self::InfiniteTfim(_) => "tfim_chain",
            Self::Matrix(_) => "matrix",
            Self::Quartic(_) => "quartic",
            Self::Morse(_) => "morse",
            Self::EinsteinSolid(_) => "einstein_solid",
            Self::DebyeSolid(_) => "debye_solid",
            Self::IdealGas(_) => "ideal_gas",
            Self::PhotonGas(_) => "photon_gas",
            Self::LennardJones(_) => "lennard_jones",
        }
    }

    /// Its exact answer.
    #[must_use]
    pub fn exact(&self) -> &(dyn Exact + Sync) {
        match self {
            Self::Levels(system) => system,
            Self::TwoLevel(system) => system,
            Self::Paramagnet(system) => system,
            Self::Oscillator(system) => system,
            Self::ClassicalPower(system) => system,
            Self::Rotor(system) => system,
            Self::ParticleInBox(system) => system,
            Self::Rem(system) => system,
            Self::RemAverage(system) => system,
            Self::RemLimit(system) => system,
            Self::Logits(system) => system,
            Self::Ising(system) => system,
            Self::InfiniteIsing(system) => system,
            Self::Potts(system) => system,
            Self::InfinitePotts(system) => system,
            Self::Xy(system) => system,
            Self::Heisenberg(system) => system,
            Self::SpinGlass(system) => system,
            Self::XxzChain(system) => system,
            Self::TfimChain(system) => system,
            Self::InfiniteTfim(system) => system,
            Self::Matrix(system) => system,
            Self::Quartic(system) => system,
            Self::Morse(system) => system,
            Self::EinsteinSolid(system) => system,
            Self::DebyeSolid(system) => system,
            Self::IdealGas(system) => system,
            Self::PhotonGas(system) => system,
            Self::LennardJones(system) => system,
        }
    }

    /// Whether it is a model of spins on many sites, sampled by chains.
    #[must_use]
    pub fn is_lattice(&self) -> bool {
        matches!(self, Self::Ising(_) | Self::Potts(_) | Self::Xy(_) | Self::Heisenberg(_) | Self::SpinGlass(_))
    }

    /// h, the field that its spins feel; 0 for systems without one.
    #[must_use]
    pub fn field(&self) -> f64 {
        match self {
            Self::Ising(system) => system.h(),
            Self::SpinGlass(system) => system.h(),
            _ => 0.0,
        }
    }

    /// The temperature of the transition that mean-field theory predicts, which lies above the true one: spins relax in
    /// a few sweeps there. `None` for systems that are no lattices.
    ///
    /// `z abs(J)/D` for vectors of D components on lattices of z neighbours, `z abs(J)/2` for two colours and
    /// `z abs(J) (q - 2)/(2 (q - 1) ln(q - 1))` for more, `sqrt(sum_j J_ij^2)` of the strongest site of a glass.
    ///
    /// # References
    ///
    /// F. Y. Wu, Rev. Mod. Phys. 54, 235 (1982), doi:10.1103/RevModPhys.54.235, section I.C;
    /// D. Sherrington and S. Kirkpatrick, Phys. Rev. Lett. 35, 1792 (1975), doi:10.1103/PhysRevLett.35.1792.
    #[must_use]
    pub fn mean_field_temperature(&self) -> Option<f64> {
        let pull = |lattice: &Lattice, j: f64| lattice.coordination() as f64 * j.abs();
        Some(match self {
            Self::Ising(system) => pull(system.lattice(), system.j()),
            Self::Potts(system) if system.q() == 2 => pull(system.lattice(), system.j()) / 2.0,
            Self::Potts(system) => {
                let others = f64::from(system.q() - 1);
                pull(system.lattice(), system.j()) * (others - 1.0) / (2.0 * others * others.ln())
            }
            Self::Xy(system) => pull(system.lattice(), system.j()) / 2.0,
            Self::Heisenberg(system) => pull(system.lattice(), system.j()) / 3.0,
            Self::SpinGlass(system) => system.mean_field_temperature(),
            _ => return None,
        })
    }

    /// What makes its results at `beta` doubtful, if anything does.
    #[must_use]
    pub fn caveat(&self, beta: Beta) -> Option<String> {
        match self {
            Self::IdealGas(gas) => {
                let degeneracy = gas.degeneracy_parameter(beta).ok().filter(|x| *x > DEGENERATE)?;
                let t = beta.temperature();
                Some(format!(
                    "T = {t}: {degeneracy:.2} atoms in a cube of one thermal wavelength: they are bosons or fermions, and \
                     Maxwell-Boltzmann does not hold"
                ))
            }
            _ => None,
        }
    }

    /// Number of components of its magnetization; `None` where that is no vector.
    #[must_use]
    pub fn n_components(&self) -> Option<f64> {
        match self {
            Self::Ising(_) | Self::SpinGlass(_) => Some(1.0),
            Self::Xy(_) => Some(2.0),
            Self::Heisenberg(_) => Some(3.0),
            _ => None,
        }
    }

    /// The levels to draw from at `beta`: all of them, or a list whose neglected weight is below 2^-60; `None` for
    /// systems without a list of levels (continuous ones, frozen mixtures, disorder averages, infinite ones).
    ///
    /// # Errors
    ///
    /// No equilibrium at that temperature, or more levels needed than can be listed.
    pub fn spectrum_at(&self, beta: Beta) -> Result<Option<Cow<'_, Spectrum>>, SystemError> {
        Ok(match self {
            Self::Levels(system) => Some(Cow::Borrowed(system.spectrum())),
            Self::TwoLevel(system) => Some(Cow::Borrowed(system.spectrum())),
            Self::Paramagnet(system) => Some(Cow::Borrowed(system.spectrum())),
            Self::Rem(system) => Some(Cow::Borrowed(system.spectrum())),
            Self::Logits(system) => Some(Cow::Borrowed(system.spectrum())),
            Self::Oscillator(system) => Some(Cow::Owned(system.spectrum_at(beta)?)),
            Self::Rotor(system) if system.species().is_some() => None,
            Self::Rotor(system) => Some(Cow::Owned(system.spectrum_at(beta)?)),
            Self::Quartic(system) => Some(Cow::Owned(system.spectrum_at(beta)?)),
            Self::Morse(system) => Some(Cow::Borrowed(system.spectrum())),
            Self::EinsteinSolid(system) => Some(Cow::Owned(system.spectrum_at(beta)?)),
            Self::ParticleInBox(system) => Some(Cow::Owned(system.spectrum_at(beta)?)),
            Self::XxzChain(system) => Some(Cow::Borrowed(system.spectrum())),
            Self::TfimChain(system) => system.spectrum().map(Cow::Borrowed),
            Self::Matrix(system) => Some(Cow::Borrowed(system.spectrum())),
            Self::ClassicalPower(_)
            | Self::RemAverage(_)
            | Self::RemLimit(_)
            | Self::Ising(_)
            | Self::InfiniteIsing(_)
            | Self::Potts(_)
            | Self::InfinitePotts(_)
            | Self::Xy(_)
            | Self::Heisenberg(_)
            | Self::SpinGlass(_)
            | Self::InfiniteTfim(_)
            | Self::DebyeSolid(_)
            | Self::IdealGas(_)
            | Self::PhotonGas(_)
            | Self::LennardJones(_) => None,
        })
    }
}
