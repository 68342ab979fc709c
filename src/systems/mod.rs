//! Physical systems: what an exact answer is, what a Hamiltonian is, and one system per file.

pub mod catalogue;
mod classical_power;
mod clusters;
pub mod colour;
mod colour_temperature;
mod debye_solid;
mod einstein_solid;
mod enumerable;
mod fluid;
mod ideal_gas;
mod ising;
mod ladder;
mod lattice;
mod levels;
mod local_states;
mod logits;
mod matrix;
mod maxwell_boltzmann;
mod merging;
mod morse;
mod oscillator;
mod oscillator_basis;
mod paramagnet;
mod particle_in_box;
mod photon_gas;
pub mod planck;
mod potts;
mod quantum_chain;
mod quartic;
mod quartic_classical;
mod rem;
mod rem_average;
mod rotor;
mod sequence;
mod spin_glass;
mod table;
mod two_level;
pub(crate) mod vector;

pub use catalogue::System;
pub use classical_power::ClassicalPower;
pub use clusters::ClusterModel;
pub use debye_solid::DebyeSolid;
pub use einstein_solid::EinsteinSolid;
pub use enumerable::Enumerable;
pub use fluid::{BOYLE_TEMPERATURE, Displacement, FluidState, LennardJones, Published, Truncation, VirialLimit};

pub use ideal_gas::{Filling, IdealGas};
pub use ising::{Flip, InfiniteIsing, Ising, IsingState, LevelCount, MagneticMoments};
pub use lattice::{Boundary, Lattice, LatticeKind};
pub use levels::Levels;
pub use local_states::{Environment, LocalStates};
pub use logits::Logits;
pub use matrix::Matrix;
pub use maxwell_boltzmann::MaxwellBoltzmann;
pub use morse::Morse;
pub use oscillator::Oscillator;
pub use paramagnet::{Paramagnet, Spin};
pub use particle_in_box::ParticleInBox;
pub use photon_gas::PhotonGas;
pub use potts::{InfinitePotts, OrderMoments, Potts, PottsLevel, PottsState, Recolour};
pub use quantum_chain::{InfiniteTfim, TfimChain, XxzChain};
pub(crate) use quantum_chain::{Particles, Sector, SectorEnsemble};

pub use quartic::{Quartic, QuarticAccuracy};
pub use quartic_classical::QuarticClassical;
pub use rem::{Rem, RemLimit};
pub use rem_average::RemAverage;
pub use rotor::{Nuclear, Rotor};
pub use sequence::{
    MAX_SEQUENCES, MarkovText, NextToken, Resampling, Sequence, SequenceError, SequenceModel, Tempered, WholeSequences,
};
pub use spin_glass::{Bond, CouplingsError, GlassMoments, GlassState, SpinGlass};
pub use table::TableError;
pub use two_level::{SchottkyPeak, TwoLevel};
pub use vector::{Heisenberg, Turn, VectorModel, VectorState, Xy};

use rand::Rng;
use thiserror::Error;

use crate::ensemble::{Canonical, Spectrum, SpectrumError, Thermo, ThermoPerSite};
use crate::units::{Beta, Temperature, UnitsError};

/// A system that cannot be built, or a question it has no answer to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SystemError {
    /// No system of that name; the nearest name is suggested.
    #[error("unknown system `{name}`{} (`gibbs systems` lists them)", suggestion(.nearest))]
    UnknownSystem {
        /// What was asked for.
        name: String,
        /// The nearest existing name.
        nearest: Option<String>,
    },
    /// No parameter of that name.
    #[error("{system} has no parameter `{name}`{} (it takes {allowed})", suggestion(.nearest))]
    UnknownParameter {
        /// System asked for.
        system: &'static str,
        /// Parameter given.
        name: String,
        /// The nearest existing name.
        nearest: Option<String>,
        /// All parameters it takes.
        allowed: String,
    },
    /// A parameter outside its range or not of its form.
    #[error("{system}: `{name}` must be {expected}, got `{value}`")]
    Parameter {
        /// System asked for.
        system: &'static str,
        /// The parameter.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What was given.
        value: String,
    },
    /// A parameter that must be given and was not.
    #[error("{system} needs {missing}")]
    Missing {
        /// System asked for.
        system: &'static str,
        /// What must be given.
        missing: &'static str,
    },
    /// A parameter given twice.
    #[error("{system}: `{name}` is given twice")]
    Duplicate {
        /// System asked for.
        system: &'static str,
        /// The parameter.
        name: String,
    },
    /// Two parameters that exclude each other.
    #[error("{system}: give `{first}` or `{second}`, not both")]
    Conflict {
        /// System asked for.
        system: &'static str,
        /// One of the two.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A unit of energy on something else.
    #[error("{system}: `{name}` is no energy and takes a plain number, got `{value}`")]
    NoEnergy {
        /// System asked for.
        system: &'static str,
        /// The parameter.
        name: &'static str,
        /// What was given.
        value: String,
    },
    /// A unit that is none of energy.
    #[error("{system}: `{name}` has an unknown unit in `{value}`; known are J, eV, meV, K, cm-1 and kJ/mol")]
    UnknownUnit {
        /// System asked for.
        system: &'static str,
        /// The parameter.
        name: &'static str,
        /// What was given.
        value: String,
    },
    /// Energies in different units, or some without one.
    #[error(
        "{system}: `{first}` has {first_unit} and `{second}` {second_unit}; give all energies in one unit, defaults \
         included, or all without"
    )]
    MixedUnits {
        /// System asked for.
        system: &'static str,
        /// A parameter.
        first: &'static str,
        /// Its unit.
        first_unit: String,
        /// A parameter that has another.
        second: &'static str,
        /// Its unit.
        second_unit: String,
    },
    /// A file that cannot be read or is not of its form.
    #[error("cannot read `{path}`: {reason}")]
    File {
        /// Its path.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// A temperature at which the system has no canonical ensemble.
    #[error("{system} has no equilibrium at T = {temperature}: {reason}")]
    NoEquilibrium {
        /// The system.
        system: &'static str,
        /// The temperature asked for.
        temperature: Temperature,
        /// Why there is none.
        reason: &'static str,
    },
    /// A list of levels for samplers that would be too long.
    #[error("{system} would need {needed:.1e} levels at T = {temperature}, more than {limit:e}")]
    TooManyLevels {
        /// The system.
        system: &'static str,
        /// The temperature asked for.
        temperature: Temperature,
        /// How many would be needed.
        needed: f64,
        /// How many are allowed.
        limit: f64,
    },
    /// An exact result that does not exist or is not implemented for these parameters.
    #[error("{system} has no exact result here: {reason}")]
    NoExactResult {
        /// The system.
        system: &'static str,
        /// Why there is none, and what to do instead.
        reason: &'static str,
    },
    /// A cutoff that reaches two images of one particle.
    #[error(
        "{system}: `cutoff` must be at most half the side of the box, {largest}, got `{cutoff}`; at this density n = \
         {needed} would do (n = {n} is too few)"
    )]
    Cutoff {
        /// System asked for.
        system: &'static str,
        /// What was given.
        cutoff: f64,
        /// Half the side of the box, rounded down to four decimals.
        largest: f64,
        /// Number of particles given.
        n: usize,
        /// Number of particles whose box would be large enough.
        needed: f64,
    },
    /// Text that is no table of numbers.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The couplings are no Hamiltonian.
    #[error(transparent)]
    Couplings(#[from] CouplingsError),
    /// The levels are no spectrum.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
    /// The temperature is none.
    #[error(transparent)]
    Units(#[from] UnitsError),
}

fn suggestion(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!(", did you mean `{name}`?")).unwrap_or_default()
}

/// A system whose thermodynamics is known exactly.
pub trait Exact {
    /// ln Z, U, S and C of the whole system at `beta`.
    ///
    /// # Errors
    ///
    /// No equilibrium at that temperature, or no finite total (an infinite lattice has values per site only).
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError>;

    /// The number of sites that per-site values divide by; infinite for a system in the thermodynamic limit.
    fn n_sites(&self) -> f64 {
        1.0
    }

    /// The same per site.
    ///
    /// # Errors
    ///
    /// As [`Exact::thermo`].
    fn thermo_per_site(&self, beta: Beta) -> Result<ThermoPerSite, SystemError> {
        Ok(self.thermo(beta)?.per_site(self.n_sites()))
    }

    /// Whether its levels are the same at all temperatures, so that C = T dS/dT; those of a gas at constant pressure follow
    /// its volume.
    fn has_fixed_levels(&self) -> bool {
        true
    }

    /// Range of the entropy in nats: `(S(0), S(inf))` = (ln g_0, ln W), with an infinite W where levels never end.
    fn entropy_limits(&self) -> (f64, f64);
}

/// Listed levels are their own exact answer.
impl Exact for Spectrum {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        Ok(Canonical::new(self, beta).thermo())
    }

    fn entropy_limits(&self) -> (f64, f64) {
        (self.ln_ground_degeneracy(), self.ln_states())
    }
}

/// A Hamiltonian that is sampled by moves: it stores no temperature and owns no generator.
pub trait Model {
    /// A microstate.
    type State: Clone;
    /// A proposed change of it.
    type Move;

    /// A starting state.
    fn initial_state<R: Rng + ?Sized>(&self, rng: &mut R) -> Self::State;

    /// E of `state`, computed from scratch.
    fn energy(&self, state: &Self::State) -> f64;

    /// E of `state` from what is counted along with it, where something is.
    fn running_energy(&self, state: &Self::State) -> f64 {
        self.energy(state)
    }

    /// A move drawn from the proposal distribution.
    fn propose<R: Rng + ?Sized>(&self, state: &Self::State, rng: &mut R) -> Self::Move;

    /// E after `change` minus E before it.
    fn energy_change(&self, state: &Self::State, change: &Self::Move) -> f64;

    /// Makes the change.
    fn apply(&self, state: &mut Self::State, change: Self::Move);

    /// Proposed moves in one sweep.
    fn moves_per_sweep(&self) -> usize;

    /// ln of (probability to propose the way back / probability to propose this move); 0 for symmetric proposals.
    fn ln_proposal_ratio(&self, _state: &Self::State, _change: &Self::Move) -> f64 {
        0.0
    }
}

/// A model of spins, with the magnetization in which they order.
pub trait Magnet: Model {
    /// M of `state`: with a sign where the spins have two directions, the length of the vector sum otherwise.
    fn magnetization(&self, state: &Self::State) -> f64;
}
